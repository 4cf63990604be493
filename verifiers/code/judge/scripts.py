"""Judges a program by tests that are code: the tests in one sandbox, the program in another.

The tests' sandbox never runs a line of the program, so what it reports can be believed; the program's side can only
return values. Where tests and program can't be told apart, `Settings.in_process` runs both in one sandbox, and the
score says that it can be forged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardkit.verifiers.code.drivers import driver
from rewardkit.verifiers.code.formats.scripts import inseparable
from rewardkit.verifiers.code.formats.tests import BadReferenceError, ScriptTests
from rewardkit.verifiers.code.judge.result import OF_STATUS, Settings, TestResult, Verdict, failure, filled
from rewardkit.verifiers.code.sandbox import Execution, Job, Limits, Sandbox, Status
from rewardkit.verifiers.visible import shorten

_OF_UNIT = {
    "passed": Verdict.PASSED,
    "skipped": Verdict.PASSED,
    "failed": Verdict.WRONG_ANSWER,
    "error": Verdict.WRONG_ANSWER,
    "raised": Verdict.RUNTIME_ERROR,
    "large": Verdict.OUTPUT_LIMIT,
    "unsplittable": Verdict.UNDECIDED,
}
_OF_THE_PROGRAM = (Verdict.RUNTIME_ERROR, *OF_STATUS.values(), Verdict.UNDECIDED)
_OF_LIMITS = (Verdict.TIME_LIMIT, Verdict.MEMORY_LIMIT, Verdict.OUTPUT_LIMIT)
_OF_STAGE = {"compile": Verdict.COMPILE_ERROR, "load": Verdict.RUNTIME_ERROR}
_TESTS_CPU_S = 20.0
_PROGRAM_LACKS = ("NameError", "ImportError")


@dataclass
class _Attempt:
    """One run of the tests from a unit on."""

    program: Execution
    tests: Execution
    units: list[str] | None = None
    verdicts: list[tuple[str, list[str]]] = field(default_factory=list)
    calls: int = 0
    """How often the tests had asked the program for anything when the last unit ended."""
    end: tuple[str, list[Any]] | None = None
    """A line that ends it all: program, setup, unsplittable, died or done, with what it says."""


def judge_script(source: str, tests: ScriptTests, settings: Settings, sandbox: Sandbox) -> list[TestResult]:
    """One result a unit of the tests: a statement, `check`, a test method, a test function.

    Raises:
        BadReferenceError: the tests fail before they come to the program, or never call it.
    """
    obstacle = None if settings.in_process else inseparable(tests)
    if obstacle is not None:
        return [_undecided(f"the tests use {obstacle}, which reaches into the program's process")]
    results: list[TestResult] = []
    calls = 0
    while True:
        first = len(results)
        attempt = _attempt(source, tests, settings, sandbox, first)
        whole = _before_units(attempt)
        if whole is not None:
            return [*results, whole]
        assert attempt.units is not None  # else it ended before the units, above
        calls += attempt.calls
        answered = [verdict for verdict in attempt.verdicts if verdict[0] != "died"]
        names = attempt.units[first:]
        results += [_result(name, *verdict) for name, verdict in zip(names, answered, strict=False)]
        failed = any(result.verdict is not Verdict.PASSED for result in results)
        if len(results) >= len(attempt.units) or (settings.stops and failed):
            break
        if not (_ended(attempt).verdict in _OF_LIMITS and answered):
            results.append(_ended(attempt, attempt.units[len(results)]))
            if settings.stops or len(results) >= len(attempt.units):
                break
    if not results:
        raise BadReferenceError("there is no test in the test code")
    if calls == 0 and not any(result.verdict in _OF_THE_PROGRAM for result in results):
        detail = next((f": {r.detail}" for r in results if r.verdict is not Verdict.PASSED), "")
        raise BadReferenceError(f"the tests never call the program{detail}")
    return filled(results, [False] * len(attempt.units))


def _attempt(source: str, tests: ScriptTests, settings: Settings, sandbox: Sandbox, first: int) -> _Attempt:
    plan: dict[str, Any] = {
        "style": tests.style,
        "setup": tests.setup,
        "tests": tests.tests,
        "entry_point": tests.entry_point,
        "first": first,
        "stops": settings.stops,
    }
    is_remote = sandbox.isolation.startswith("remote")
    flavour = settings.flavour_for(source, *tests.setup, *tests.tests)
    if settings.in_process:
        plan["program"] = source
    tests_driver = driver("testing", "run_tests", json.dumps(plan), is_remote=is_remote)
    limits = settings.limits
    if settings.in_process:
        job = Job(tests_driver.source, files=tests_driver.files, limits=limits, flavour=flavour)
        execution = sandbox.run(job)
        return _read(_Attempt(execution, execution), execution.result)
    own = Limits(
        cpu_s=max(_TESTS_CPU_S, limits.cpu_s),
        wall_s=limits.wall_limit_s + _TESTS_CPU_S,
        memory_mb=limits.memory_mb + 512,
    )
    program = driver("solution", "run_solution", source, is_remote=is_remote)
    executions = sandbox.duet(
        Job(tests_driver.source, files=tests_driver.files, limits=own, flavour=flavour),
        Job(program.source, files=program.files, limits=limits, flavour=flavour),
    )
    return _read(_Attempt(executions[1], executions[0]), executions[0].result)


def _read(attempt: _Attempt, result: bytes) -> _Attempt:
    """What the tests wrote down, up to the first line that they would not write."""
    for line in result.split(b"\n")[:-1]:
        try:
            kind, *rest = json.loads(line)
            if kind == "units" and attempt.units is None:
                attempt.units = [str(name) for name in rest[0]]
            elif kind == "unit" and attempt.units is not None and len(rest) == 4:
                attempt.verdicts.append((str(rest[1]), _error(rest[2])))
                attempt.calls = int(rest[3])
            else:
                attempt.end = (kind, _ENDS[kind](*rest))
                break
        except (ValueError, TypeError, LookupError, RecursionError):
            break  # in one process with the tests, the program may have written it
    return attempt


def _error(value: Any) -> list[str]:
    name, message = value
    return [str(name), str(message)]


_ENDS: Mapping[str, Callable[..., list[Any]]] = {
    "program": lambda stage, error: [_OF_STAGE[stage], _error(error)],
    "setup": lambda error, calls: [_error(error), int(calls)],
    "unsplittable": lambda error: [_error(error)],
    "died": list,
    "done": lambda calls: [int(calls)],
}
"""Lines that end it all, each with what is read of it."""


def _before_units(attempt: _Attempt) -> TestResult | None:
    """The result of a program or of tests that did not get as far as the first unit."""
    kind, rest = attempt.end or ("", [])
    if kind == "program":
        return TestResult(rest[0], _words(rest[1]))
    if kind == "unsplittable":
        return _undecided(str(rest[0][1]))
    if kind == "setup":
        error, calls = rest
        if calls == 0 and error[0] not in _PROGRAM_LACKS:
            raise BadReferenceError(f"the tests fail before they call the program: {': '.join(error)[:200]}")
        return TestResult(
            Verdict.RUNTIME_ERROR if calls == 0 else Verdict.WRONG_ANSWER, f"the tests {_words(error)[3:]}"
        )
    if attempt.units is not None:
        return None
    if kind == "died" or attempt.program.status not in (Status.OK, Status.FAILED):
        return _ended(attempt)
    if attempt.tests is attempt.program:
        return TestResult(Verdict.RUNTIME_ERROR, failure(attempt.program))
    raise BadReferenceError(f"the tests could not be set up: {failure(attempt.tests)}")


def _ended(attempt: _Attempt, name: str = "") -> TestResult:
    """What stopped the program, or the tests that worked on its values."""
    evidence = {"input": shorten(name)} if name else {}
    if attempt.program.status is Status.OK or attempt.program.status is Status.FAILED:
        if attempt.tests is not attempt.program and attempt.tests.status in OF_STATUS:
            verdict = OF_STATUS[attempt.tests.status]
            return TestResult(verdict, f"the tests that worked on its values: {failure(attempt.tests)}", evidence)
        return TestResult(Verdict.RUNTIME_ERROR, "it ended the process, or spoke where only its values may", evidence)
    return TestResult(OF_STATUS[attempt.program.status], failure(attempt.program), evidence)


def _result(name: str, verdict: str, detail: list[str]) -> TestResult:
    if verdict in ("passed", "skipped"):
        return TestResult(Verdict.PASSED)
    if verdict == "unsplittable":
        return _undecided(detail[-1])
    evidence = {"input": shorten(name)}
    if verdict == "error" and detail[0] in _PROGRAM_LACKS:
        return TestResult(Verdict.RUNTIME_ERROR, f"the tests {_words(detail)[3:]}", evidence)
    if verdict == "raised" and detail[0] == "MemoryError":
        return TestResult(Verdict.MEMORY_LIMIT, "it ran out of memory", evidence)
    words = {
        "failed": f"an assertion failed: {detail[-1]}" if detail[-1] else "an assertion failed",
        "error": f"the tests could not work with its value: {': '.join(detail)}",
        "large": "it returned a value that can't cross",
    }.get(verdict, _words(detail))
    return TestResult(_OF_UNIT.get(verdict, Verdict.RUNTIME_ERROR), shorten(words, 240), evidence)


def _words(detail: list[str]) -> str:
    name, message = detail
    return shorten(f"it raised {name}: {message}" if message else f"it raised {name}", 240)


def _undecided(why: str) -> TestResult:
    return TestResult(Verdict.UNDECIDED, shorten(f"{why}; the option in_process runs both in one sandbox", 400))
