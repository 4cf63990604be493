"""A small run of `benchmarks/math_sympy.py`: pairs whose equality sympy knows."""

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
import sympy


def load(name: str) -> ModuleType:
    """A benchmark script as a module."""
    path = Path(__file__).parents[3] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


agreement = load("math_sympy")


def test_the_verifier_agrees_with_sympy() -> None:
    tallies = agreement.measure(seed=7, count=220).values()
    assert [pair for t in tallies for pair in t.false_positives] == []
    assert [pair for t in tallies for pair, _ in t.false_negatives] == []
    assert sum(t.equal for t in tallies) > 60
    assert sum(t.different for t in tallies) > 60


@pytest.mark.parametrize("family", list(agreement.FAMILIES))
def test_every_family_makes_pairs(family: str) -> None:
    rng = random.Random(1)
    assert len({str(agreement.FAMILIES[family].make(rng)) for _ in range(12)}) > 3


def test_a_proof_needs_digits() -> None:
    x = sympy.Symbol("x", positive=True)
    assert agreement.agree(sympy.sin(x) ** 2, 1 - sympy.cos(x) ** 2) is True
    assert agreement.agree(x, x + sympy.Rational(1, 10**20)) is False
    assert agreement.agree(x, x + sympy.Rational(1, 10**26)) is None
