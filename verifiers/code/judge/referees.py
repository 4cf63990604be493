"""Special checkers and interactors: programs that belong to the tests and judge in place of the comparison.

They come with the data set, so they run in sandboxes of their own. A checker reads what the program wrote, an
interactor talks to it while it runs; neither ever shares a process with it.
"""

from __future__ import annotations

from rewardkit.verifiers.code.drivers import driver
from rewardkit.verifiers.code.formats.tests import BadReferenceError, IoCase
from rewardkit.verifiers.code.judge.result import OF_STATUS, Settings, TestResult, Verdict, failure, is_syntax_error
from rewardkit.verifiers.code.sandbox import Job, Limits, Sandbox, Status
from rewardkit.verifiers.visible import shorten

_CPU_S = 10.0
_ACCEPTS = {"1", "1.0", "true", "ok", "yes", "ac", "accepted", "correct"}
_REJECTS = {"0", "0.0", "false", "no", "wa", "wrong", "wrong answer", "incorrect", "rejected"}


def checked(checker: str, case: IoCase, output: bytes, settings: Settings, sandbox: Sandbox) -> tuple[bool, str]:
    """Whether the special checker accepts an output, and what it says if not.

    It finds the three texts as the files `input`, `expected` and `output`, also named as its arguments. The last line
    that it prints is its verdict (1 or 0, or a word for them); where it prints none, exit code 0 accepts.

    Raises:
        BadReferenceError: it does not compile, or says what means neither.
    """
    files = {**_files(case), "output": output}
    limits = Limits(cpu_s=max(_CPU_S, settings.limits.cpu_s), memory_mb=max(512, settings.limits.memory_mb))
    flavour = settings.flavour_for(checker)
    execution = sandbox.run(
        Job(checker, argv=("input", "expected", "output"), files=files, limits=limits, flavour=flavour)
    )
    if execution.status is Status.FAILED and is_syntax_error(execution.stderr, "python"):
        raise BadReferenceError(f"the checker does not compile: {failure(execution)}")
    lines = execution.stdout[-10_000:].decode("utf-8", "replace").strip().lower().splitlines()
    if execution.status is not Status.OK and not lines:
        return False, f"the checker rejects its output ({failure(execution)})"
    if not lines:
        return True, ""
    word = lines[-1].strip()
    if word in _ACCEPTS and execution.status is Status.OK:
        return True, ""
    if word in _REJECTS or execution.status is not Status.OK:
        return False, f"the checker rejects its output: {shorten(word, 80)}"
    raise BadReferenceError(f"the checker says {shorten(word, 80)!r}; expected 1 or 0 as its last line")


def interacted(interactor: str, source: str, case: IoCase, settings: Settings, sandbox: Sandbox) -> TestResult:
    """What an interactor makes of a Python program that reads from it and writes to it.

    It finds the files `input` and `expected`, also named as its arguments, and reads and writes by standard input and
    output. Exit code 0 accepts.

    Raises:
        BadReferenceError: it does not compile.
    """
    is_remote = sandbox.isolation.startswith("remote")
    own = Limits(
        cpu_s=_CPU_S, wall_s=settings.limits.wall_limit_s + _CPU_S, memory_mb=max(512, settings.limits.memory_mb)
    )
    ours = driver("piped", "run_piped", interactor, is_remote=is_remote)
    theirs = driver("piped", "run_piped", source, is_remote=is_remote)
    referee = Job(
        ours.source,
        argv=("input", "expected"),
        files={**ours.files, **_files(case)},
        limits=own,
        flavour=settings.flavour_for(interactor),
    )
    player = Job(theirs.source, files=theirs.files, limits=settings.limits, flavour=settings.flavour_for(source))
    judged, played = sandbox.duet(referee, player)
    evidence = {"input": shorten(case.stdin)}
    if judged.status is Status.OK:
        return TestResult(Verdict.PASSED, is_hidden=case.is_hidden)
    if is_syntax_error(judged.stderr, "python"):
        raise BadReferenceError(f"the interactor does not compile: {failure(judged)}")
    if played.status in (Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT):
        return TestResult(OF_STATUS[played.status], failure(played), evidence, case.is_hidden)
    ended_first = any(name in judged.stderr[-2000:] for name in (b"EOFError", b"BrokenPipeError"))
    if played.status is Status.FAILED and ended_first:
        kind = Verdict.COMPILE_ERROR if is_syntax_error(played.stderr, "python") else Verdict.RUNTIME_ERROR
        return TestResult(kind, failure(played), evidence, case.is_hidden)
    if judged.status is not Status.FAILED:
        return TestResult(
            OF_STATUS[judged.status], f"the interactor with it: {failure(judged)}", evidence, case.is_hidden
        )
    detail = f"the interactor rejects it ({failure(judged)})"
    return TestResult(Verdict.WRONG_ANSWER, detail, evidence, case.is_hidden)


def _files(case: IoCase) -> dict[str, bytes]:
    return {name: text.encode("utf-8", "surrogatepass") for name, text in _texts(case)}


def _texts(case: IoCase) -> tuple[tuple[str, str], ...]:
    return ("input", case.stdin), ("expected", case.expected)
