"""Judges a function by what it returns: the driver calls it in a sandbox, the values are compared outside.

All cases share a process as long as it lives. After a case that ends it the next
ones go on in a fresh one, and a case that meets a limit which others had used some of is tried again, so each has the
whole limit to itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rewardkit.verifiers.code.drivers import driver
from rewardkit.verifiers.code.drivers.encoding import MAX_NODES
from rewardkit.verifiers.code.formats.tests import CallCase, CallTests
from rewardkit.verifiers.code.judge.result import OF_STATUS, Settings, TestResult, Verdict, failure, filled
from rewardkit.verifiers.code.sandbox import Execution, Job, Sandbox, SandboxError, Status
from rewardkit.verifiers.code.typed import matches, shown
from rewardkit.verifiers.visible import shorten

_SHARED_LIMITS = (Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT)
"""What the cases of one process use up together."""

_WITHOUT_RESULT = ("remote:piston",)
_MOST_BRACKETS = 3 * MAX_NODES
_STAGES = {"compile": Verdict.COMPILE_ERROR, "load": Verdict.RUNTIME_ERROR, "missing": Verdict.RUNTIME_ERROR}


def judge_calls(source: str, tests: CallTests, settings: Settings, sandbox: Sandbox) -> list[TestResult]:
    """One result a case, in order."""
    readings = [tests]
    if tests.may_be_wrapped:
        bare = (replace(case, expected=json.dumps(json.loads(case.expected)[0])) for case in tests.cases)
        readings.insert(0, replace(tests, cases=tuple(bare)))
    found: list[list[TestResult]] = [[] for _ in readings]
    for number, (verdict, detail, claimed) in enumerate(_answers(source, tests, settings, sandbox)):
        for results, reading in zip(found, readings, strict=True):
            results.append(_judged(reading.cases[number], verdict, detail, claimed, settings))
        if settings.stops and all(any(r.verdict is not Verdict.PASSED for r in results) for results in found):
            break
    best = max(found, key=lambda results: sum(result.verdict is Verdict.PASSED for result in results))
    return filled(best, [case.is_hidden for case in tests.cases])


def _judged(case: CallCase, verdict: Verdict, detail: str, claimed: Any, settings: Settings) -> TestResult:
    evidence = {"input": shorten(case.args), "expected": shorten(case.expected)}
    if verdict is not Verdict.PASSED:
        return TestResult(verdict, detail, evidence, case.is_hidden)
    if matches(json.loads(case.expected), claimed, settings.tolerance):
        return TestResult(Verdict.PASSED, is_hidden=case.is_hidden)
    evidence["actual"] = shorten(shown(claimed))
    return TestResult(Verdict.WRONG_ANSWER, "it returned another value", evidence, case.is_hidden)


def _answers(source: str, tests: CallTests, settings: Settings, sandbox: Sandbox) -> Iterator[tuple[Verdict, str, Any]]:
    """For each case PASSED and the claimed value, or what ended the call and the words for it."""
    first, count = 0, len(tests.cases)
    is_remote = sandbox.isolation.startswith("remote")
    if sandbox.isolation in _WITHOUT_RESULT:
        raise SandboxError(f"{sandbox.isolation} gives no returned values back; calls need another sandbox")
    while first < count:
        arguments = f"[{','.join(case.args for case in tests.cases[first:])}]"
        made = driver("calls", "run_calls", source, tests.function, arguments, first, is_remote=is_remote)
        execution = sandbox.run(
            Job(made.source, files=made.files, limits=settings.limits, flavour=settings.flavour_for(source))
        )
        answered = 0
        for kind, content in _lines(execution.result, first, count):
            if kind in _STAGES:
                for _ in range(first, count):
                    yield _STAGES[kind], _words(kind, content), None
                return
            answered += 1
            yield _answer(kind, content)
        first += answered
        is_shared = answered and execution.status in _SHARED_LIMITS
        if first < count and not is_shared:
            yield _ended(execution)
            first += 1


def _lines(result: bytes, first: int, count: int) -> Iterator[tuple[str, Any]]:
    """The driver's lines, as far as they are what it writes; the program may have written there too."""
    for line in result.split(b"\n")[:-1]:
        if line.count(b"[") + line.count(b"{") > _MOST_BRACKETS:
            return  # a forged line that would take a multiple of its size here
        try:
            number, kind, content = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            return
        if not isinstance(kind, str):
            return
        if number == -1 and first == 0 and kind in _STAGES:
            yield kind, content
            return
        if number != first or kind not in ("value", "raised", "large") or first >= count:
            return
        yield kind, content
        first += 1


def _answer(kind: str, content: Any) -> tuple[Verdict, str, Any]:
    if kind == "value":
        return Verdict.PASSED, "", content
    if kind == "large":
        return Verdict.OUTPUT_LIMIT, f"it returned a value that can't cross: {content!s:.80}", None
    words = _words(kind, content)
    is_memory = isinstance(content, list) and content[:1] == ["MemoryError"]
    return (Verdict.MEMORY_LIMIT if is_memory else Verdict.RUNTIME_ERROR), words, None


def _words(kind: str, content: Any) -> str:
    name, message = content if isinstance(content, list) and len(content) == 2 else ("an error", "")
    if kind == "missing":
        return f"it defines no function {name!s:.80}"
    return shorten(f"it raised {name}: {message}" if message else f"it raised {name}", 240)


def _ended(execution: Execution) -> tuple[Verdict, str, Any]:
    if execution.status is Status.OK:
        return Verdict.RUNTIME_ERROR, "it ended the process before it returned", None
    return OF_STATUS[execution.status], failure(execution), None
