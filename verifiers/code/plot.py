"""`code.plot`: whether a plotting program draws something, and what is expected where the row says so.

    build("code.plot").verify(Sample(response="```python\\nimport matplotlib.pyplot as plt\\nplt.plot([1, 2])\\n```"))

The program runs in a sandbox with matplotlib loaded beforehand. What its figures hold comes back as plain values, with
pictures, and is judged outside; a reference program runs in a sandbox of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, cast

from annotated_types import Ge, Gt, Le

from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Cost, Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.code.cases import fenced
from rewardkit.verifiers.code.drivers import driver
from rewardkit.verifiers.code.extract import extract_code
from rewardkit.verifiers.code.formats.tests import BadReferenceError
from rewardkit.verifiers.code.judge.result import OF_STATUS, Assurance, Verdict, failure
from rewardkit.verifiers.code.judge.summary import OUTCOMES
from rewardkit.verifiers.code.plots.claims import Failure, Figure, read_claim
from rewardkit.verifiers.code.plots.compare import compare
from rewardkit.verifiers.code.plots.expected import Expected, expected_of, read_expected
from rewardkit.verifiers.code.sandbox import Execution, Job, Limits, Sandbox, SandboxError, Status
from rewardkit.verifiers.code.static import with_retries
from rewardkit.verifiers.visible import shorten

_SHOWN_MARKS = 20
_OUT_OF_MEMORY = "it raised MemoryError"
_HEAD = "import matplotlib.pyplot as plt\n"
_SQUARES = {"marks": [{"kind": "line", "x": [0, 1, 2, 3], "y": [0, 1, 4, 9]}]}
_TWO = {"marks": [{"kind": "line", "count": 2}], "title": "Squares"}
_PROGRAM = _HEAD + "plt.bar(['a', 'b', 'c'], [3, 1, 2])\nplt.show()\n"


def _example(
    code: str, outcome: Outcome, title: str, reference: Any = None, value: float | None = None, **options: Any
) -> Example:
    sample = Sample(prompt="Plot it.", response=fenced(_HEAD + code), reference=reference)
    return Example(sample, outcome, value, options, title)


def _attack(name: str, code: str, reference: Any = None) -> Attack:
    return Attack(name, Sample(prompt="Plot it.", response=fenced(_HEAD + code), reference=reference))


@register(
    "code.plot",
    reference="none: anything drawn counts; or marks, title, xlabel, ylabel, legend; or a program that draws the like",
    source="own; the marks and texts that ChartMimic (arXiv 2406.09961) compares",
    examples=[
        _example("plt.plot([1, 3, 2])\nplt.show()", Outcome.CORRECT, "something is drawn"),
        _example("plt.plot([x * x for x in range(4)])\nplt.savefig('a.png')", Outcome.CORRECT, "its data", _SQUARES),
        _example("plt.plot([x ** 3 for x in range(4)])", Outcome.INCORRECT, "other data", _SQUARES),
        _example("plt.bar([2, 0, 1], [2, 3, 1])", Outcome.CORRECT, "as a program draws it", _PROGRAM),
        _example("plt.plot([1, 2])\nplt.title('Squares')", Outcome.PARTIAL, "a part", _TWO, 2 / 3, partial="fraction"),
        _example("fig, ax = plt.subplots()\nax.set_title('Squares')", Outcome.INCORRECT, "an empty figure"),
        _example("plt.plot([1, 2], [1])", Outcome.INCORRECT, "a program that fails"),
        _example("plt.plot([1])", Outcome.BAD_REFERENCE, "an empty reference", {"marks": []}),
    ],
    attacks=[
        _attack("no_figure", "print('a fine plot')"),
        _attack("blank_canvas", "plt.figure()\nplt.savefig('a.png')"),
        _attack("invisible", "plt.plot([1, 2], visible=False)"),
        _attack("transparent", "plt.plot([1, 2], alpha=0)"),
        _attack("white_on_white", "plt.scatter([1, 2], [1, 2], c='white')"),
        _attack("of_no_width", "plt.plot([1, 2], linewidth=0)"),
        _attack("outside_the_axes", "plt.plot([1, 2])\nplt.xlim(50, 60)"),
        _attack("not_a_number", "plt.plot([float('nan')] * 9)"),
        _attack("only_texts", "plt.text(0.5, 0.5, 'a line')\nplt.title('Plot')"),
        _attack("drawn_before_a_crash", "plt.plot([1, 2])\nraise SystemExit(3)"),
        _attack("forged_claim", 'import os\nos.write(int(os.environ["REWARDKIT_RESULT_FD"]), b"{}\\n")\nos._exit(0)'),
        _attack("hidden_series", "plt.plot([5, 5])\nplt.plot([x * x for x in range(4)], alpha=0)", _SQUARES),
        _attack("every_guess", "for p in range(1, 5):\n    plt.plot([x ** p for x in range(4)])", _SQUARES),
    ],
    extra="code",
    requires=["matplotlib"],
)
@dataclass(frozen=True)
class Plot(Verifier):
    """Whether a matplotlib program draws something that can be seen, and what is expected where the row says so.

    A mark is a line, a set of points or bars, a pie, an area, an image... It counts if it has data and if it changes
    the picture: what is invisible, white on white, of no size or outside the axes does not. Expected marks are compared
    by kind, by data within the tolerance, and by label. A program that fails is INCORRECT whatever it drew before.

    Expected data never enter the program's process (`assurance` data_flow). Where no data are expected there is
    nothing to keep from it: it can claim a plot that it did not draw (`assurance` in_process), and wins nothing that
    one line of plotting would not win.
    """

    cost: ClassVar[Cost] = Cost.SANDBOX

    partial: Annotated[
        Literal["all", "fraction"],
        Doc("all: only full agreement pays; fraction: the share of what is expected or drawn that agrees"),
    ] = "all"
    tolerance: Annotated[float, Ge(0), Le(1), Doc("difference of data, relative to the range of the expected ones")] = (
        0.001
    )
    allow_extra: Annotated[bool, Doc("further marks than those expected do no harm")] = False
    texts: Annotated[bool, Doc("titles, axis labels and legends of a reference program are expected too")] = False
    timeout: Annotated[float, Gt(0), Le(600), Doc("processor seconds that the program may take, drawing included")] = (
        10.0
    )
    memory_mb: Annotated[int, Ge(64), Doc("megabytes that the program may take")] = 1024
    keep_image: Annotated[bool, Doc("put the picture of the first figure, a PNG in base64, into the evidence")] = False
    allow_weak: Annotated[bool, Doc("accept a sandbox from which files of the machine can be read")] = False

    def begin(self, sample: Sample) -> Score | Deferred:
        """Read what is expected and find the program."""
        try:
            expected = read_expected(sample.reference)
        except BadReferenceError as error:
            return self.bad_reference(f"The reference can't be used: {error}.", **_evidence("none"))
        code = extract_code(sample.response_text, "python")
        if code is None:
            return self.no_answer("The response holds no Python program.", **_evidence("none"))
        return Deferred((code.text, expected))

    def finish(self, work: Any) -> Score:
        """Run the program, and the reference program where there is one."""
        source, expected = work
        try:
            return with_retries(self.allow_weak, lambda sandbox: self._judged(source, expected, sandbox))
        except BadReferenceError as error:
            return self.bad_reference(f"The reference can't be used: {error}.", **_evidence("none"))
        except SandboxError as error:
            return self.unavailable(f"The program could not be run: {error}", **_evidence("none"))

    def verify(self, sample: Sample) -> Score:
        """Judge one sample, waiting for its sandbox."""
        begun = self.begin(sample)
        return self.finish(begun.work) if isinstance(begun, Deferred) else begun

    def _judged(self, source: str, expected: Expected, sandbox: Sandbox) -> Score:
        limits = Limits(cpu_s=self.timeout, memory_mb=self.memory_mb)
        if expected.program:
            expected = _expected_by(expected.program, self.texts, limits, cast(Hashable, sandbox))
        execution, figures = _run(source, limits, sandbox)
        evidence: dict[str, Any] = {"code": shorten(source), **_evidence(sandbox.isolation, expected)}
        if isinstance(figures, Failure):
            return self._failed(execution, figures, evidence)
        marks = [mark for figure in figures for mark in figure.marks]
        evidence["figures"] = len(figures)
        evidence["marks"] = [
            {"kind": mark.kind[:20], "points": len(mark.x), "label": shorten(mark.label, 60)}
            for mark in marks[:_SHOWN_MARKS]
        ]
        if self.keep_image and figures:
            evidence["png"] = figures[0].png
        if not marks:
            what = f"made {len(figures)} figures that show nothing" if figures else "made no figure"
            return self.incorrect(f"The program {what}.", **evidence)
        found = compare(expected, figures, self.tolerance)
        extra = 0 if self.allow_extra else found.extra
        evidence |= {"missing": list(found.missing[:_SHOWN_MARKS]), "extra_marks": found.extra}
        if not found.missing and not extra:
            return self.correct(f"The program draws {len(marks)} marks.", **evidence)
        lacks = f"lacks {', '.join(found.missing[:3])}" if found.missing else f"draws {extra} marks too many"
        if self.partial == "fraction" and found.met:
            share = found.met / (found.met + len(found.missing) + extra)
            return self.graded(share, f"The plot {lacks}.", **evidence)
        return self.incorrect(f"The plot {lacks}.", **evidence)

    def _failed(self, execution: Execution, why: Failure, evidence: dict[str, Any]) -> Score:
        verdict = OF_STATUS.get(execution.status, Verdict.RUNTIME_ERROR)
        detail = why.detail
        if execution.status not in (Status.OK, Status.FAILED):
            detail = failure(execution)
        elif why.stage == "compile":
            verdict = Verdict.COMPILE_ERROR
        elif detail.startswith(_OUT_OF_MEMORY):
            verdict = Verdict.MEMORY_LIMIT
        evidence["class"] = str(verdict)
        reason = f"The program drew nothing: {verdict}: {shorten(detail, 240)}."
        return Score.of(OUTCOMES[verdict], reason, within=self.range, evidence=evidence)


def _run(source: str, limits: Limits, sandbox: Sandbox) -> tuple[Execution, tuple[Figure, ...] | Failure]:
    made = driver("plots", "run_plots", source, is_remote=sandbox.isolation.startswith("remote"))
    execution = sandbox.run(Job(made.source, files=made.files, limits=limits, flavour="plot"))
    if execution.status is not Status.OK:
        return execution, Failure("run", failure(execution))
    return execution, read_claim(execution.result)


@functools.lru_cache(maxsize=256)
def _expected_by(program: str, with_texts: bool, limits: Limits, sandbox: Hashable) -> Expected:
    """What the figures of a reference program ask for; raises `BadReferenceError`."""
    _, figures = _run(program, limits, cast(Sandbox, sandbox))
    if isinstance(figures, Failure):
        raise BadReferenceError(f"the reference program draws nothing: {shorten(figures.detail, 200)}")
    return expected_of(figures, with_texts=with_texts)


def _evidence(isolation: str, expected: Expected | None = None) -> dict[str, str]:
    if expected is None:
        return {"isolation": isolation, "assurance": "none"}
    return {
        "isolation": isolation,
        "assurance": str(Assurance.DATA_FLOW if expected.has_data else Assurance.IN_PROCESS),
    }
