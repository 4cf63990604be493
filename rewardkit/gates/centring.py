"""Centring a reward on that of a reference response to the same prompt.

LogSigmoid(reward_model, centre_column="base_reward")      # log sigmoid(r - base_reward)
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from rewardkit.errors import OptionError, RowError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import UNJUDGED, column_number, number, placed
from rewardkit.gates.node import masked
from rewardkit.gates.transform import Transform
from rewardkit.gates.tree import check_whole_groups
from rewardkit.gates.under_way import Then
from rewardkit.reward import Doc
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score


def log_sigmoid(x: float) -> float:
    """`log(1 / (1 + exp(-x)))`, exact in both tails.

    >>> round(log_sigmoid(-2), 6), log_sigmoid(-1000)
    (-2.126928, -1000.0)
    """
    return 0.0 - math.log1p(math.exp(-x)) if x >= 0 else x - math.log1p(math.exp(x))


@dataclass(frozen=True)
class LogSigmoid(Transform):
    """Log-sigmoid centring: `log sigmoid(v - c)`, where `c` is the value of a reference response to the same prompt.

    It levels off above the reference and falls in proportion below it, so a sum over several reward models asks that
    each be good enough (the sum is the logarithm of the product of `sigmoid(v_k - c_k)`). Meant for rewards on the
    Bradley-Terry scale; on values that are 0 or 1 it is an affine map. Increasing. Never positive: where a positive
    value is needed, use `sigmoid`. Source: Wang et al. 2024, arXiv:2402.00742, who take a quantile of the base
    policy's rewards for the prompt as `c`; the gate takes whichever you give it.

    Exactly one of `centre`, `centre_column` and `response_column` says where `c` comes from. A `c` of a row must lie
    in the child's range `[a, b]`, which bounds this one: `[log sigmoid(a - b), log sigmoid(b - a)]`; with a constant
    it is `[log sigmoid(a - c), log sigmoid(b - c)]`.

    None: also where the row's reference value is missing or outside the child's range, or the child could not judge
    the reference response. Then the outcome is BAD_REFERENCE, or UNAVAILABLE if our side failed.
    """

    centre: Annotated[float | None, Doc("the reference value, the same for every row")] = None
    centre_column: Annotated[str | None, Doc("column with the reference value of the row's prompt")] = None
    response_column: Annotated[str | None, Doc("column with a reference response, which the child scores")] = None
    name: str = "log_sigmoid"
    kind = "log_sigmoid"

    def check(self) -> None:
        given = [value for value in (self.centre, self.centre_column, self.response_column) if value is not None]
        if len(given) != 1:
            raise OptionError("log_sigmoid needs exactly one of centre, centre_column and response_column")
        if self.centre is not None:
            number("centre", self.centre)
        if self.response_column is not None:
            check_whole_groups("log_sigmoid with a response_column", [self.child])

    def of(self, value: float) -> float:
        """The transformed value, with the constant centre."""
        return log_sigmoid(value - (self.centre or 0.0))

    @functools.cached_property
    def range(self) -> Range:
        """From the child's bottom against the highest reference to its top against the lowest."""
        low, high = self.child.range
        least, most = (low, high) if self.centre is None else (self.centre, self.centre)
        return Range(log_sigmoid(low - most), log_sigmoid(high - least))

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch; reference responses go to the child in the same one."""
        if self.centre is not None:
            return super().submit(samples)
        if self.centre_column is not None:
            centres = [self._read(sample, self.centre_column) for sample in samples]
            return Then([self.child.submit(samples)], lambda columns: self._all(columns[0], centres))
        assert self.response_column is not None
        rivals = [self._rival(sample, self.response_column) for sample in samples]
        extra = [rival for rival in rivals if isinstance(rival, Sample)]
        return Then([self.child.submit([*samples, *extra])], lambda columns: self._against(columns[0], rivals))

    def _read(self, sample: Sample, column: str) -> float | Score:
        centre = column_number(sample, column)
        if centre is None:
            reason = f"the column {column!r} has no finite number to centre on, but {sample.data.get(column)!r:.80}"
            return Score.of(Outcome.BAD_REFERENCE, reason)
        if not self.child.range.low <= centre <= self.child.range.high:
            reason = f"{column} {centre:g} lies outside the range {self.child.range} of {self.child.name!r}"
            return Score.of(Outcome.BAD_REFERENCE, reason)
        return centre

    def _rival(self, sample: Sample, column: str) -> Sample | Score:
        response = sample.data.get(column)
        if response is None:
            return Score.of(Outcome.BAD_REFERENCE, f"the row has no reference response in the column {column!r}")
        try:
            return dataclasses.replace(sample, response=response)
        except RowError as error:
            return Score.of(Outcome.BAD_REFERENCE, f"column {column!r}: {error}")

    def _against(self, scores: Sequence[Score], rivals: Sequence[Sample | Score]) -> list[Score]:
        judged = iter(scores[len(rivals) :])
        centres: list[float | Score] = []
        for rival in rivals:
            score = rival if isinstance(rival, Score) else next(judged)
            if score.value is None:
                centres.append(score)
            elif score.outcome in UNJUDGED:
                reason = f"the reference response is {score.outcome} to {self.child.name!r}: {score.reason}"
                centres.append(Score.of(Outcome.BAD_REFERENCE, reason))
            else:
                centres.append(score.value)
        return self._all(scores[: len(rivals)], centres)

    def _all(self, scores: Sequence[Score], centres: Sequence[float | Score]) -> list[Score]:
        return [self._centred(score, centre) for score, centre in zip(scores, centres, strict=True)]

    def _centred(self, score: Score, centre: float | Score) -> Score:
        parts = {self.child.name: score}
        if score.value is None:
            return masked(self.child.name, score, parts)
        if isinstance(centre, Score):
            return Score(None, centre.outcome, centre.reason, {"child": score.value}, parts)
        value = log_sigmoid(score.value - centre)
        reason = f"log sigmoid of {self.child.name}({score.value:g}) less its reference {centre:g} is {value:g}"
        return placed(value, reason, self.range, {"child": score.value, "centre": centre}, parts, score.outcome)

    def told(self, value: float, result: float) -> str:
        """The value, what it is measured against, and what came of it."""
        return f"log sigmoid of {self.child.name}({value:g}) less {self.centre:g} is {result:g}"
