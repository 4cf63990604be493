"""The results of all tests as evidence, and the outcome that each verdict stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rewardkit.score import Outcome
from rewardkit.verifiers.code.judge.result import TestResult, Verdict

_SHOWN = 1000

OUTCOMES: Mapping[Verdict, Outcome] = {
    Verdict.PASSED: Outcome.CORRECT,
    Verdict.COMPILE_ERROR: Outcome.INCORRECT,
    Verdict.RUNTIME_ERROR: Outcome.INCORRECT,
    Verdict.WRONG_ANSWER: Outcome.INCORRECT,
    Verdict.TIME_LIMIT: Outcome.TIMEOUT,
    Verdict.MEMORY_LIMIT: Outcome.CRASHED,
    Verdict.OUTPUT_LIMIT: Outcome.CRASHED,
    Verdict.UNDECIDED: Outcome.UNDECIDED,
}
"""What the first test that did not pass makes of the program."""


def summary(results: Sequence[TestResult]) -> dict[str, Any]:
    """Class, verdict of every test, the first failure, and how many of the public and of the hidden tests passed.

    >>> summary([TestResult(Verdict.PASSED), TestResult(Verdict.WRONG_ANSWER, is_hidden=True)])["hidden"]
    {'passed': 0, 'tests': 1}
    """
    failed = [(number, r) for number, r in enumerate(results) if r.verdict is not Verdict.PASSED]
    evidence: dict[str, Any] = {
        "class": str(failed[0][1].verdict if failed else Verdict.PASSED),
        "passed": len(results) - len(failed),
        "tests": [str(result.verdict) for result in results[:_SHOWN]],
    }
    for name, is_hidden in (("public", False), ("hidden", True)):
        part = [result for result in results if result.is_hidden is is_hidden]
        passed = sum(result.verdict is Verdict.PASSED for result in part)
        evidence[name] = {"passed": passed, "tests": len(part)}
    if failed:
        number, first = failed[0]
        evidence["first_failure"] = {
            "test": number,
            "class": str(first.verdict),
            "detail": first.detail,
            "is_hidden": first.is_hidden,
            **first.evidence,
        }
    return evidence
