"""A small run of the fuzzer: what `benchmarks/math_fuzz.py` does with a hundred thousand inputs."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rewardkit import Outcome
from rewardkit.execution.local import LocalExecutor


def load(name: str) -> ModuleType:
    """A benchmark script as a module."""
    path = Path(__file__).parents[3] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fuzz = load("math_fuzz")


def shown(ledger: object) -> list[str]:
    return [f"{what}: {one!r:.400}" for what, one in ledger.violations]  # type: ignore[attr-defined]  # of the script


@pytest.mark.parametrize("chunk", [0, 1])
def test_generated_inputs_violate_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "BOUND_MS", 500.0)  # the machine of a test run may be slow
    ledger = fuzz.Ledger()
    with LocalExecutor(workers=2, deadline_s=20.0, memory_mb=fuzz.MEMORY_MB) as executor:
        fuzz.examine(fuzz.inputs(seed=7, chunk=chunk, count=600), executor, ledger)
    assert not shown(ledger)
    assert {o.value for o in (Outcome.CORRECT, Outcome.INCORRECT, Outcome.UNDECIDED)} <= ledger.outcomes.keys()


def test_what_hypothesis_thinks_of_violates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "BOUND_MS", 500.0)
    ledger = fuzz.Ledger()
    with LocalExecutor(workers=2, deadline_s=20.0, memory_mb=fuzz.MEMORY_MB) as executor:
        fuzz.examine(list(fuzz.by_hypothesis(300, seed=7)), executor, ledger)
    assert not shown(ledger)


def test_the_fuzzer_makes_the_same_inputs_from_the_same_seed() -> None:
    assert repr(fuzz.inputs(3, 5, 50)) == repr(fuzz.inputs(3, 5, 50)) != repr(fuzz.inputs(4, 5, 50))


def test_the_fuzzer_notices_a_wrong_outcome() -> None:
    ledger = fuzz.Ledger()
    with LocalExecutor(workers=1) as executor:
        fuzz.examine([fuzz.Input("wrong", "\\boxed{1}", "1", Outcome.CORRECT)], executor, ledger, threads=2)
    assert [what for what, _ in ledger.violations] == ["CORRECT, which can't be"]
