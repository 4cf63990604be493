"""`Reward`, the protocol of everything that scores, and `Verifier`, the rule-based kind.

A verifier is a frozen dataclass whose fields are its options:

    @register("starts_with", reference="the text to begin with", source="own", examples=[...], attacks=[...])
    @dataclass(frozen=True)
    class StartsWith(Verifier):
        '''Whether the response begins with the reference.'''

        is_bounded = True
        ignore_case: Annotated[bool, Doc("compare without regard to case")] = False

        def verify(self, sample: Sample) -> Score: ...

It judges one sample and knows nothing of batches, processes or files. Where it runs is the executor's choice, led by
two things it says of itself: `cost`, and whether it `is_bounded` (every input is judged in bounded time and memory,
so it may run in the caller's process). What is not bounded runs in a worker process that can be killed.

A verifier that is fast on most rows and unbounded on a few splits its work: `begin` runs in the caller's process, is
bounded, and returns either a score or a `Deferred`; `finish` turns the deferred work into a score in a worker.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score


class Cost(StrEnum):
    """What a reward spends most of, which decides where an executor runs it."""

    CPU = "cpu"
    """A processor core of this machine."""
    SANDBOX = "sandbox"
    """A sandboxed execution of the response's own code. `Verifier.finish` waits for a sandbox, which bounds and kills
    what runs in it, so it stays in the caller's process, on a thread."""
    GPU = "gpu"
    """A model on an accelerator, best in large batches."""
    REMOTE = "remote"
    """A call over the network."""


@dataclass(frozen=True, slots=True)
class Doc:
    """The sentence that documents an option, inside `Annotated[type, Doc(...)]`."""

    text: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Work that may hang, so it belongs into a worker process. Equal work is done once."""

    work: Hashable
    """Picklable and hashable: all that `Verifier.finish` needs, and nothing else."""


@runtime_checkable
class Reward(Protocol):
    """Everything that scores: a verifier bound to an executor, a model, a judge, a recipe."""

    @property
    def range(self) -> Range:
        """The closed interval of its values."""
        ...

    @property
    def cost(self) -> Cost:
        """What it spends most of."""
        ...

    def score(self, samples: Sequence[Sample]) -> list[Score]:
        """One score a sample, in order. Never raises for what a sample contains."""
        ...

    async def ascore(self, samples: Sequence[Sample]) -> list[Score]:
        """The same from asyncio, without blocking the loop."""
        ...


class Verifier(ABC):
    """A rule that judges one sample. Subclasses are frozen dataclasses: their fields are their options.

    Pure and picklable: the same sample always gets the same score, and nothing is kept between samples.
    """

    is_bounded: ClassVar[bool] = False
    """Whether `verify` takes bounded time and memory on any input whatever; if not, it runs in a killable worker."""

    cost: ClassVar[Cost] = Cost.CPU
    """What it spends most of."""

    preload: ClassVar[tuple[str, ...]] = ()
    """Modules that `finish` imports: worker processes load them once, before any row's clock starts."""

    @property
    def range(self) -> Range:
        """The closed interval of its values; `[0, 1]` unless a subclass says otherwise."""
        return UNIT

    @abstractmethod
    def verify(self, sample: Sample) -> Score:
        """Judge one sample, from beginning to end, in this process."""

    def begin(self, sample: Sample) -> Score | Deferred:
        """The bounded part of the work: a score, or what is left to do in a worker."""
        if self.is_bounded:
            return self.verify(sample)
        return Deferred(_Whole(sample))

    def finish(self, work: Any) -> Score:
        """The part that may hang; `work` is what `begin` deferred."""
        assert isinstance(work, _Whole)
        return self.verify(work.sample)

    def account(self, sample: Sample) -> Mapping[str, str]:
        """What `rewardkit explain` shows of one sample beside its score: how it was read, where it differs. Bounded."""
        return {}

    def correct(self, reason: str, **evidence: Any) -> Score:
        """Verified: the top of the range."""
        return Score.of(Outcome.CORRECT, reason, within=self.range, evidence=evidence)

    def incorrect(self, reason: str, **evidence: Any) -> Score:
        """Checked and wrong: the bottom of the range."""
        return Score.of(Outcome.INCORRECT, reason, within=self.range, evidence=evidence)

    def no_answer(self, reason: str, **evidence: Any) -> Score:
        """Nothing to check in the response: the bottom of the range."""
        return Score.of(Outcome.NO_ANSWER, reason, within=self.range, evidence=evidence)

    def undecided(self, reason: str, **evidence: Any) -> Score:
        """The rule can't tell: the bottom of the range."""
        return Score.of(Outcome.UNDECIDED, reason, within=self.range, evidence=evidence)

    def bad_reference(self, reason: str, **evidence: Any) -> Score:
        """The reference can't be used: no value."""
        return Score.of(Outcome.BAD_REFERENCE, reason, within=self.range, evidence=evidence)

    def unavailable(self, reason: str, **evidence: Any) -> Score:
        """Our side, or the caller's, lacks what the rule needs: no value."""
        return Score.of(Outcome.UNAVAILABLE, reason, within=self.range, evidence=evidence)

    def graded(self, value: float, reason: str, **evidence: Any) -> Score:
        """A measured value inside the range; see `Score.graded`."""
        return Score.graded(value, reason, within=self.range, evidence=evidence)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A whole sample as deferred work; equal when everything a verifier may look at is equal."""

    sample: Sample

    def __hash__(self) -> int:
        return hash((self.sample.response_text, self.sample.prompt_text))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Whole):
            return NotImplemented
        mine, theirs = self.sample, other.sample
        return (
            _same(mine.response, theirs.response)
            and _same(mine.prompt, theirs.prompt)
            and _same(mine.reference, theirs.reference)
            and _same(mine.data, theirs.data)
        )


def _same(a: object, b: object) -> bool:
    """Equality that also tells 1 from True and from 1.0, at any depth."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    return a == b
