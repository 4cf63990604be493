"""`code`: whether the program in a response passes the tests of its reference, run in a sandbox.

    rewardkit.get("code").score([Sample(prompt="...", response="```python\\nprint(int(input()) + 1)\\n```",
                                        reference={"inputs": ["1\\n"], "outputs": ["2\\n"]})])

`begin` finds the program and reads the tests, in the caller's process; `finish` runs them. See `judge` for how each
kind of tests is judged, and docs/code.md for what the references look like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, MinLen

from rewardkit.errors import OptionError
from rewardkit.registry import register
from rewardkit.reward import Cost, Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Range, Score
from rewardkit.verifiers.code import cases
from rewardkit.verifiers.code.compare import Rule
from rewardkit.verifiers.code.extract import Code, complete, defines, extract_code, prompt_head
from rewardkit.verifiers.code.formats.detect import Format, read_tests
from rewardkit.verifiers.code.formats.tests import (
    BadReferenceError,
    CallTests,
    IoTests,
    ScriptTests,
    Tests,
    limited,
)
from rewardkit.verifiers.code.judge.calls import judge_calls
from rewardkit.verifiers.code.judge.result import Assurance, Settings, TestResult, Verdict
from rewardkit.verifiers.code.judge.scripts import judge_script
from rewardkit.verifiers.code.judge.stdio import judge_io
from rewardkit.verifiers.code.judge.summary import OUTCOMES, summary
from rewardkit.verifiers.code.languages import CompileError, prepare
from rewardkit.verifiers.code.sandbox import Limits, Sandbox, SandboxError
from rewardkit.verifiers.code.static import server_sandbox, with_retries
from rewardkit.verifiers.visible import shorten

_OF_ONE_PROCESS = ("landlock", "weak")
"""Where a program that starts processes would not be run at all; what starts none is judged as everywhere."""


@dataclass(frozen=True, slots=True)
class Work:
    """A program and its tests: all that is left to do in a sandbox."""

    source: str
    language: str
    tests: Tests
    how: str
    """Where the program was found, for the evidence."""


@register(
    "code",
    reference="tests: inputs and outputs, calls, assertions, check(candidate), unittest or pytest code (docs/code.md)",
    source="formats of APPS, HumanEval, MBPP, LiveCodeBench, CodeContests; tiers of CodeRL, fraction of PRIME",
    examples=cases.EXAMPLES,
    attacks=cases.ATTACKS,
)
@dataclass(frozen=True)
class CodeTests(Verifier):
    """Whether the program in the response passes the tests that the reference holds, run in a sandbox.

    The program is the last fenced block of the right language outside the thinking, or the completion of a prompt that
    ends inside a function. Expected values never enter the process that runs it: outputs and returned values are
    compared outside, and tests that are code run in a sandbox of their own. Every score says which `isolation` stood
    between the program and the machine, and the `assurance` that its verdict could not be forged.

    A wrong answer, an exception and a program that does not compile are INCORRECT; a program past its time limit is a
    TIMEOUT, one past its memory or output limit CRASHED. Tests that can't be judged from outside the program's process
    (mock.patch, captured output) are UNDECIDED unless `in_process` is set.
    """

    cost: ClassVar[Cost] = Cost.SANDBOX

    language: Annotated[
        Literal["auto", "python", "c", "cpp", "java", "javascript", "bash", "go", "rust"],
        Doc("language of the program; auto: what the fence says, else Python"),
    ] = "auto"
    format: Annotated[Format, Doc("format of the tests; auto: recognised by the reference's keys")] = "auto"
    rule: Annotated[Rule, Doc("when two outputs are the same: exact, tokens, or the looser rule of a benchmark")] = (
        "exact"
    )
    tolerance: Annotated[
        float | None, Gt(0), Doc("absolute or relative difference that two decimals may have; integers may have none")
    ] = None
    timeout: Annotated[float, Gt(0), Le(600), Doc("processor seconds that each test may take")] = 4.0
    memory_mb: Annotated[int, Ge(16), Doc("megabytes that the program may take")] = 512
    processes: Annotated[int, Ge(0), Le(1024), Doc("processes that the program may start; none behind landlock")] = 16
    partial: Annotated[
        Literal["all", "fraction", "tiers"],
        Doc("all: only all tests passed pay; fraction: the share that passed (PRIME); tiers: how it failed (CodeRL)"),
    ] = "all"
    tiers: Annotated[
        tuple[float, ...],
        MinLen(4),
        Doc("what tiers pay: compile error, runtime error, wrong answer, passed; CodeRL's own are -1, -0.6, -0.3, 1"),
    ] = (0.0, 0.2, 0.35, 1.0)
    max_tests: Annotated[int | None, Ge(1), Doc("judge by the first so many tests; None: by all")] = None
    stop_at_first_failure: Annotated[
        bool, Doc("run no test after one that failed, where only all tests passed pay")
    ] = True
    flavour: Annotated[
        Literal["auto", "plain", "science"], Doc("libraries that the sandbox has loaded beforehand; only speed differs")
    ] = "auto"
    in_process: Annotated[
        bool, Doc("run tests that are code in the program's own process, where a program can forge the verdict")
    ] = False
    allow_weak: Annotated[bool, Doc("accept a sandbox from which files of the machine can be read")] = False
    server: Annotated[
        str | None,
        Doc("run on a server, sandboxfusion:URL or piston:URL, not on this machine; tests that are code can't"),
    ] = None

    def __post_init__(self) -> None:
        if self.server is not None:
            server_sandbox(self.server)
        ascends = all(low < high for low, high in zip(self.tiers, self.tiers[1:], strict=False))
        if len(self.tiers) != 4 or not ascends:
            raise OptionError(
                "tiers are four values in rising order: compile error, runtime error, wrong answer, passed"
            )

    @property
    def range(self) -> Range:
        """`[0, 1]`, or from the lowest tier to the highest."""
        return Range(self.tiers[0], self.tiers[-1]) if self.partial == "tiers" else Range()

    def begin(self, sample: Sample) -> Score | Deferred:
        """Read the tests and find the program."""
        try:
            tests = limited(read_tests(sample.reference, sample.data, self.format), self.max_tests)
        except BadReferenceError as error:
            return self.bad_reference(f"The tests can't be used: {error}.", **_evidence("none"))
        wanted = None if self.language == "auto" else self.language
        names = _names(tests)
        code = extract_code(sample.response_text, wanted, names)
        if code is None:
            what = f"{wanted} " if wanted else ""
            return self.no_answer(f"The response holds no {what}program.", **_evidence("none"))
        if code.language != "python" and (not isinstance(tests, IoTests) or tests.interactor):
            reason = f"The tests need a Python program, and this one is in {code.language}."
            return self.undecided(reason, language=code.language, **_evidence("none"))
        source = code.text
        if isinstance(tests, (CallTests, ScriptTests)) and names:
            head = prompt_head(sample.prompt_text or _prompt_of(sample.reference), names[0])
            if head is not None:
                source, tests = _joined(code, tests, head, names[0])
        return Deferred(Work(source, code.language, tests, code.how))

    def finish(self, work: Any) -> Score:
        """Run the tests; a fault of the sandbox is tried again before the row is given up."""
        assert isinstance(work, Work)
        try:
            return with_retries(self.allow_weak, lambda sandbox: self.judge(work, sandbox), self.server)
        except BadReferenceError as error:
            return self.bad_reference(f"The tests can't be used: {error}.", **_evidence("none"))
        except SandboxError as error:
            return self.unavailable(f"The program could not be run: {error}", **_evidence("none"))

    def verify(self, sample: Sample) -> Score:
        """Judge one sample, waiting for its sandboxes."""
        begun = self.begin(sample)
        return self.finish(begun.work) if isinstance(begun, Deferred) else begun

    def judge(self, work: Work, sandbox: Sandbox) -> Score:
        """The score of a program under `sandbox`; raises `SandboxError` and `BadReferenceError`."""
        results, assurance = self._results(work, sandbox)
        evidence = {
            **summary(results),
            "language": work.language,
            "found_in": work.how,
            "code": shorten(work.source),
            **_evidence(sandbox.isolation, assurance),
        }
        return self._score(results, evidence)

    def _results(self, work: Work, sandbox: Sandbox) -> tuple[list[TestResult], Assurance]:
        settings = self._settings(sandbox.isolation)
        if isinstance(work.tests, ScriptTests):
            assurance = Assurance.IN_PROCESS if self.in_process else Assurance.SPLIT
            return judge_script(work.source, work.tests, settings, sandbox), assurance
        if isinstance(work.tests, CallTests):
            return judge_calls(work.source, work.tests, settings, sandbox), Assurance.DATA_FLOW
        program = prepare(work.source, work.language, sandbox)
        if isinstance(program, CompileError):
            failed = (
                TestResult(Verdict.COMPILE_ERROR, program.message, is_hidden=c.is_hidden) for c in work.tests.cases
            )
            return list(failed), Assurance.DATA_FLOW
        return judge_io(program, work.tests, settings, sandbox), Assurance.DATA_FLOW

    def _settings(self, isolation: str) -> Settings:
        processes = 0 if isolation in _OF_ONE_PROCESS else self.processes
        limits = Limits(cpu_s=self.timeout, memory_mb=self.memory_mb, processes=processes)
        stops = self.stop_at_first_failure and self.partial != "fraction"
        return Settings(limits, self.rule, self.tolerance, stops, self.flavour, self.in_process)

    def _score(self, results: list[TestResult], evidence: dict[str, Any]) -> Score:
        passed = sum(result.verdict is Verdict.PASSED for result in results)
        if passed == len(results):
            return self.correct(f"The program passes all {passed} tests.", **evidence)
        number, first = next((n, r) for n, r in enumerate(results) if r.verdict is not Verdict.PASSED)
        where = f"Test {number + 1} of {len(results)}" if len(results) > 1 else "The test"
        reason = f"{where}: {first.verdict}: {first.detail}."
        if self.partial == "fraction" and passed and all(r.verdict is not Verdict.UNDECIDED for r in results):
            return self.graded(passed / len(results), f"{passed} of {len(results)} tests pass. {reason}", **evidence)
        if self.partial == "tiers" and first.verdict in (Verdict.RUNTIME_ERROR, Verdict.WRONG_ANSWER):
            value = self.tiers[1 if first.verdict is Verdict.RUNTIME_ERROR else 2]
            return self.graded(value, reason, **evidence)
        return Score.of(OUTCOMES[first.verdict], reason, within=self.range, evidence=evidence)


def _names(tests: Tests) -> tuple[str, ...]:
    """What the program must define, where the tests say so."""
    if isinstance(tests, CallTests):
        return (tests.function,)
    return (tests.entry_point,) if isinstance(tests, ScriptTests) and tests.entry_point else ()


def _prompt_of(reference: Any) -> str:
    prompt = reference.get("prompt") if isinstance(reference, dict) else None
    return prompt if isinstance(prompt, str) else ""


def _joined(code: Code, tests: CallTests | ScriptTests, head: tuple[str, str], name: str) -> tuple[str, Tests]:
    """The program with what the prompt gives it, and the tests with the functions that the prompt gives them."""
    before, whole = head
    if isinstance(tests, ScriptTests):
        tests = ScriptTests(tests.style, tests.tests, (before, *tests.setup), tests.entry_point)
    if not defines(code.text, name):
        return complete(whole, code.text), tests
    needs_head = before.strip() and before.strip() not in code.text and "from __future__" not in code.text
    return (f"{before}\n{code.text}" if needs_head else code.text), tests


def _evidence(isolation: str, assurance: Assurance | None = None) -> dict[str, str]:
    """What every score says of how it came about."""
    return {"isolation": isolation, "assurance": str(assurance) if assurance else "none"}
