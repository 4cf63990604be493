"""Judges a program by what it writes: one fresh run a case, and the output compared where the program can't reach.

A run must end with exit code 0: output that is right does not excuse a crash after it.
"""

from __future__ import annotations

from rewardkit.verifiers.code.compare import first_difference, same_output
from rewardkit.verifiers.code.formats.tests import IoCase, IoTests
from rewardkit.verifiers.code.judge.referees import checked, interacted
from rewardkit.verifiers.code.judge.result import (
    OF_STATUS,
    Settings,
    TestResult,
    Verdict,
    failure,
    filled,
    is_syntax_error,
)
from rewardkit.verifiers.code.languages import Runnable
from rewardkit.verifiers.code.sandbox import Execution, Sandbox, Status
from rewardkit.verifiers.visible import shorten

_LONGER, _MARGIN = 8, 1 << 20
"""Output longer than this many times the expected one, and so many bytes, is wrong without a look at it."""


def judge_io(program: Runnable, tests: IoTests, settings: Settings, sandbox: Sandbox) -> list[TestResult]:
    """One result a case, in order. Programs that talk to an interactor are in Python."""
    results: list[TestResult] = []
    for case in tests.cases:
        if tests.interactor:
            results.append(interacted(tests.interactor, program.source, case, settings, sandbox))
        else:
            execution = sandbox.run(program.job(case.stdin, settings))
            results.append(_judged(execution, case, program, tests.checker, settings, sandbox))
        if settings.stops and results[-1].verdict is not Verdict.PASSED:
            break
    return filled(results, [case.is_hidden for case in tests.cases])


def _judged(
    execution: Execution, case: IoCase, program: Runnable, checker: str, settings: Settings, sandbox: Sandbox
) -> TestResult:
    evidence = {"input": shorten(case.stdin), "expected": shorten(case.expected)}
    actual = execution.stdout.decode("utf-8", "surrogateescape")
    if execution.status is not Status.OK:
        verdict = OF_STATUS[execution.status]
        if execution.status is Status.FAILED and is_syntax_error(execution.stderr, program.language):
            verdict = Verdict.COMPILE_ERROR
        return TestResult(verdict, failure(execution), evidence, case.is_hidden)
    if not checker and len(execution.stdout) > _LONGER * len(case.expected) + _MARGIN:
        return TestResult(Verdict.WRONG_ANSWER, "it writes far more than is expected", evidence, case.is_hidden)
    if checker:
        accepted, detail = checked(checker, case, execution.stdout, settings, sandbox)
    else:
        accepted = same_output(case.expected, actual, settings.rule, settings.tolerance)
        detail = "" if accepted else f"its output is wrong: {first_difference(case.expected, actual)}"
    if accepted:
        return TestResult(Verdict.PASSED, is_hidden=case.is_hidden)
    return TestResult(Verdict.WRONG_ANSWER, detail, {**evidence, "actual": shorten(actual)}, case.is_hidden)
