"""What this installation can and can't do, found out by trying."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated

from rewardkit import registry
from rewardkit.errors import RewardkitError
from rewardkit.execution.local import LocalExecutor
from rewardkit.execution.nursery import waited_ns
from rewardkit.execution.pool import processors
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score

EXTRAS: dict[str, tuple[tuple[str, ...], str]] = {
    "format": (("jsonschema",), "the reward json"),
    "datasets": (("datasets",), "nothing of scoring: dataset folders are read and written without it"),
    "code": (("tree_sitter", "matplotlib"), "the rewards code.ast_match, code.dataflow_match, code.bleu and code.plot"),
    "language": (("lingua",), "the reward language, and language.switch by detector"),
    "report": (("vl_convert",), "the HTML report of `rewardkit bench labelled`"),
    "sql": (("duckdb", "sqlglot"), "DuckDB for the reward sql, and the reward sql.components"),
    "trl": (("trl", "torch"), "training with TRL; the reward functions for it can be built without"),
}
"""Extra, the modules it brings, and what is disabled without them."""

_CORE = ("math-verify", "numpy", "orjson", "pyarrow", "pydantic", "rich", "sympy", "typer", "google-re2")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    what: str
    is_ok: bool
    details: str


def diagnose() -> Iterator[Finding]:
    """Every check, in the order in which a person reads them."""
    version = metadata.version("rewardkit")
    yield Finding("rewardkit", True, f"{version} in {os.path.dirname(os.path.abspath(__file__))}")
    yield Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform()}")
    yield Finding("processors", True, str(processors()))
    for name in _CORE:
        yield _library(name)
    for extra, (modules, disables) in EXTRAS.items():
        missing = [m for m in modules if importlib.util.find_spec(m) is None]
        hint = f"missing {', '.join(missing)}; disables {disables}; pip install 'rewardkit[{extra}]'"
        yield Finding(f"extra {extra}", not missing, hint if missing else ", ".join(modules))
    yield _rewards()
    yield _workers()
    yield _clock()


def _library(name: str) -> Finding:
    try:
        return Finding(name, True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, False, "not installed, though rewardkit depends on it: reinstall rewardkit")


def _rewards() -> Finding:
    broken = []
    names = registry.names()
    for name in names:
        try:
            entry = registry.find(name)
        except (RewardkitError, ImportError) as error:
            broken.append(f"{name} ({error})")
        else:
            broken += [f"{name} (needs {', '.join(entry.missing)})"] if entry.missing else []
    details = f"{len(names)} registered" + (f"; can't be used: {', '.join(broken)}" if broken else "")
    return Finding("rewards", not broken, details)


@dataclass(frozen=True)
class _Endless(Verifier):
    """A verifier that never ends, to see that it can be ended."""

    seconds: Annotated[float, Doc("unused; a verifier is told apart by its options")] = 0.0

    def verify(self, sample: Sample) -> Score:
        """Never returns."""
        while True:
            pass


def _workers() -> Finding:
    what = "killable worker processes"
    with LocalExecutor(workers=1, deadline_s=0.2) as executor:
        [score] = executor.score(_Endless(), [Sample(response="")])
    if score.outcome is Outcome.TIMEOUT:
        return Finding(what, True, "an endless verifier was ended at its deadline")
    return Finding(
        what, False, f"an endless verifier ended as {score.outcome}: {score.reason}; hard rows can't be judged"
    )


def _clock() -> Finding:
    is_ok = os.path.exists("/proc/self/schedstat") and waited_ns("self") >= 0
    details = (
        "time without a processor is not charged to a row"
        if is_ok
        else ("/proc/self/schedstat is missing: on a crowded machine, rows may time out for want of a processor")
    )
    return Finding("deadline clock", is_ok, details)
