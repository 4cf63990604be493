"""What became of each test, and what a judge is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rewardkit.verifiers.code.compare import Rule
from rewardkit.verifiers.code.sandbox import Execution, Limits, Status
from rewardkit.verifiers.code.sandbox.limits import Flavour
from rewardkit.verifiers.visible import shorten


class Verdict(StrEnum):
    """What became of one test. The verdict of a program is that of its first test that did not pass."""

    PASSED = "passed"
    COMPILE_ERROR = "compile error"
    RUNTIME_ERROR = "runtime error"
    WRONG_ANSWER = "wrong answer"
    TIME_LIMIT = "time limit"
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    UNDECIDED = "undecided"
    """The test can't be used this way; the detail says what stands against it."""
    NOT_RUN = "not run"
    """An earlier test failed, and the first failure settles the score."""


OF_STATUS: Mapping[Status, Verdict] = {
    Status.FAILED: Verdict.RUNTIME_ERROR,
    Status.TIME_LIMIT: Verdict.TIME_LIMIT,
    Status.MEMORY_LIMIT: Verdict.MEMORY_LIMIT,
    Status.OUTPUT_LIMIT: Verdict.OUTPUT_LIMIT,
}


class Assurance(StrEnum):
    """How far a verdict can be trusted against a program that wants to forge it."""

    DATA_FLOW = "data_flow"
    """Expected values never enter the process that runs the program; what it claims is compared outside."""
    SPLIT = "split"
    """Tests written as code run in a sandbox of their own, and only plain values come to them."""
    IN_PROCESS = "in_process"
    """Tests and program share a process: a hostile program can forge the verdict."""
    STATIC = "static"
    """Nothing was run."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What became of one test."""

    __test__ = False  # for pytest: no test class

    verdict: Verdict
    detail: str = ""
    """A clause that ends a sentence: what was wrong, from the program's or the judge's side."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Input, expected and actual value of a test that failed, shortened."""
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """How programs are run and compared."""

    limits: Limits = field(default_factory=Limits)
    """For each test; `cpu_s` is the time limit."""
    rule: Rule = "exact"
    tolerance: float | None = None
    stops: bool = True
    """Whether the first failure ends it."""
    flavour: Flavour = "auto"
    in_process: bool = False

    def flavour_for(self, *sources: str) -> Flavour:
        """Which libraries to preload for these sources."""
        if self.flavour != "auto":
            return self.flavour
        return "science" if any(name in source for source in sources for name in _SCIENCE) else "plain"


_SYNTAX = (b"SyntaxError", b"IndentationError", b"TabError")
_SCIENCE = ("numpy", "sympy", "scipy", "pandas")


def failure(execution: Execution) -> str:
    """How a program failed: the last line of its standard error that names an error, or how it ended."""
    lines = execution.stderr[-4000:].decode("utf-8", "replace").strip().splitlines()
    if lines and execution.status is Status.FAILED:
        said = next((line for line in reversed(lines) if "rror" in line or "xception" in line), lines[-1])
        return f"it ended with {shorten(said.strip())}"
    if execution.status is not Status.FAILED:
        return f"it ran past its {execution.status.value}"
    how = f"signal {execution.signal}" if execution.signal else f"exit code {execution.exit_code}"
    return f"it ended with {how}"


def is_syntax_error(stderr: bytes, language: str) -> bool:
    """Whether an interpreter refused the source, by what it says; only a label, since a program can say so too."""
    lines = stderr[-4000:].strip().splitlines()
    if language == "python":
        return bool(lines) and lines[-1].split(b":")[0] in _SYNTAX
    return language == "javascript" and any(line.startswith(b"SyntaxError: ") for line in lines)


def filled(results: list[TestResult], are_hidden: Sequence[bool]) -> list[TestResult]:
    """The results with those of the tests that were not run; `are_hidden` says of every test whether it is hidden."""
    return results + [TestResult(Verdict.NOT_RUN, is_hidden=hidden) for hidden in are_hidden[len(results) :]]
