"""What length rewards inside a group share: who is correct, how long each response is, and which rows are left out.

A rule derives from `GroupLength` and says two things: its range, and `values`, the value of each response of one group.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias, get_args

from annotated_types import Ge

from rewardkit.data.units import Unit, count_words, token_count
from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import UNJUDGED, number, one_of, placed, snapped, whole
from rewardkit.gates.grouped import split
from rewardkit.gates.node import Gate, Node
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score

Tag: TypeAlias = Literal["easy", "hard"]


class Response(NamedTuple):
    """What a length rule knows of one response of a group."""

    value: float
    """What the child gave it."""
    is_correct: bool
    length: int
    tag: Tag | None = None
    """The difficulty that the response itself declares."""


@dataclass(frozen=True)
class GroupLength(Gate):
    """What length rewards inside a group share: a child that says what is correct, and lengths in a declared unit.

    A response is correct where the child's outcome is CORRECT or, with `correct_from`, its value is at least that. Rows
    that the child gives no value (BAD_REFERENCE, UNAVAILABLE) keep its outcome and reason, and are left out of the
    group; so are rows without a length, which are UNAVAILABLE. Both are told in the evidence (`group_size`, `judged`).
    A row without a group, in a group of mixed prompts, or of another size than `group_size` is UNAVAILABLE. Where the
    child found nothing to judge (NO_ANSWER, UNDECIDED, TIMEOUT, CRASHED), the row keeps that outcome at the bottom.
    """

    needs_groups: ClassVar[bool] = True

    child: Node
    unit: Annotated[Unit, Doc("what lengths are counted in: tokens (read from `tokens_field`), characters or words")]
    tokens_field: Annotated[str, Doc("column with the number of tokens of the response, or the list of their ids")] = (
        "n_tokens"
    )
    correct_from: Annotated[float | None, Doc("value of the child from which on a response is correct; or its top")] = (
        None
    )
    group_size: Annotated[int | None, Doc("rows that every group must have; none: any number"), Ge(1)] = None

    def __post_init__(self) -> None:
        one_of("unit", self.unit, get_args(Unit))
        if self.group_size is not None:
            whole("group_size", self.group_size, 1)
        if self.correct_from is not None and not self.child.range.low < self.correct_from <= self.child.range.high:
            raise OptionError(f"correct_from must lie above the bottom of the child's range {self.child.range}")

    @property
    @abstractmethod
    def range(self) -> Range:
        """The closed interval of its values."""

    @abstractmethod
    def values(self, group: Sequence[Response]) -> list[float]:
        """The value of each response of one group."""

    @property
    def cost(self) -> Cost:
        """That of the child."""
        return self.child.cost

    @property
    def _spread(self) -> float:
        """How far a correct response stands above a wrong one before length is looked at."""
        low, high = self.child.range
        return high - low if self.correct_from is None else self.correct_from - low

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch, in which every group must be whole."""
        groups, faults = split(samples, self.group_size)
        rows = [row for members in groups.values() for row in members]

        def finish(results: Sequence[list[Score]]) -> list[Score]:
            judged = dict(zip(rows, results[0], strict=True))
            scores = {row: Score.of(Outcome.UNAVAILABLE, fault) for row, fault in faults.items()}
            for members in groups.values():
                scores.update(self._group(samples, {row: judged[row] for row in members}))
            return [scores[row] for row in range(len(samples))]

        return Then([self.child.submit([samples[row] for row in rows])], finish)

    def _group(self, samples: Sequence[Sample], judged: Mapping[int, Score]) -> dict[int, Score]:
        scores: dict[int, Score] = {}
        group: dict[int, Response] = {}
        for row, score in judged.items():
            parts = {self.child.name: score}
            length = _length(samples[row], self.unit, self.tokens_field)
            if score.value is None:
                scores[row] = Score(None, score.outcome, f"{self.child.name}: {score.reason}", {}, parts)
            elif isinstance(length, str):
                scores[row] = Score.of(Outcome.UNAVAILABLE, length, parts=parts)
            else:
                group[row] = Response(score.value, self._is_correct(score), length, self.tag(samples[row]))
        values = self.values(list(group.values())) if group else []
        shared = {
            "group_size": len(judged),
            "judged": len(group),
            "accuracy": accuracy(list(group.values())),
        }
        for (row, response), value in zip(group.items(), values, strict=True):
            scores[row] = self._score(judged[row], response, value, shared)
        return scores

    def _is_correct(self, score: Score) -> bool:
        if self.correct_from is None or score.value is None:
            return score.outcome is Outcome.CORRECT
        return score.value >= self.correct_from

    def _score(self, child: Score, response: Response, value: float, shared: Mapping[str, Any]) -> Score:
        evidence = {"length": response.length, "unit": self.unit, **shared}
        parts = {self.child.name: child}
        if child.outcome in UNJUDGED:
            reason = f"{self.child.name}: {child.reason}"
            return Score.of(child.outcome, reason, within=self.range, evidence=evidence, parts=parts)
        reason = (
            f"{'correct' if response.is_correct else 'wrong'}, {response.length} {self.unit}, in a group of "
            f"{shared['judged']} of which {shared['accuracy']:.0%} are correct: {child.value:g} becomes {value:g}"
        )
        return placed(snapped(value, self.range), reason, self.range, evidence, parts)

    def tag(self, sample: Sample) -> Tag | None:
        """The difficulty that a response declares; only some rules read one."""
        return None

    def _refuse_unless(self, *, is_kept: bool, what: str) -> None:
        if not is_kept:
            raise OptionError(f"{what}, or a wrong response could overtake a correct one")


def accuracy(group: Sequence[Response]) -> float:
    """The share of the responses of one group that are correct."""
    return sum(r.is_correct for r in group) / len(group) if group else 0.0


def above(option: str, value: float, least: float) -> None:
    """Raise `OptionError` unless an option is a finite number above `least`."""
    if number(option, value) <= least:
        raise OptionError(f"{option} must be above {least:g}, not {value!r}")


def _length(sample: Sample, unit: Unit, tokens_field: str) -> int | str:
    if unit == "characters":
        return len(sample.response_text)
    if unit == "words":
        return count_words(sample.response_text)
    count = token_count(sample.data.get(tokens_field))
    if isinstance(count, int):
        return count
    problem = f"holds {count}" if tokens_field in sample.data else "is missing"
    return f"column {tokens_field!r} {problem}; unit 'tokens' needs the number of tokens of the response, or their ids"
