"""Gates that change with the trainer's step: a sum with moving weights, a threshold that moves.

    fading = schedule({"linear": {"from": 1.0, "to": 0.1, "end": 500}})
    Scheduled((Weighted(get("format"), fading), Weighted(get("math"), schedule(1.0))))

The step is the row's own `data["step"]` (or the column named by `step_column`), so a score depends on its row alone: it
is the same when the row is scored again from a file. Every score tells the step, and the weights or the threshold taken
from it, in its evidence. A row without a step is UNAVAILABLE, and no child is run on it, unless `default_step` says
which step to take.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import UNJUDGED, column_number, placed, snapped, spread, whole
from rewardkit.gates.node import Gate, Node, can_be_correct, dearest, masked
from rewardkit.gates.schedule import Course, Schedule
from rewardkit.gates.tree import check_names, needs_groups
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score

PIECES = 256
"""Parts of a stretch that are bounded one by one where schedules of different shapes move together."""

StepColumn = Annotated[str, Doc("column with the trainer's step, a number of at least 0")]
DefaultStep = Annotated[int | None, Doc("step of rows that have none; none: they are UNAVAILABLE"), Ge(0)]


@dataclass(frozen=True)
class Weighted:
    """A child with the course of its weight."""

    node: Node
    weight: Annotated[Schedule, Doc("its weight as a function of the step")]

    @property
    def name(self) -> str:
        """Name of the child."""
        return self.node.name


@dataclass(frozen=True)
class Scheduled(Gate):
    """`sum of w_i(step) * v_i`: the weighted sum of its children, with weights that are functions of the step.

    A child whose weight is 0 at a row's step is not run on that row and is left out of its parts, which the reason
    says. Monotone in every child with a positive weight.

    Range: the hull of the sum's range over the whole course of the schedules, so that rewards of all steps are on one
    scale; a row may thus be as good as it can be at its step and still PARTIAL. It is exact, but where a cosine moves
    beside a schedule of another shape: there it may be wider than the hull, by under 1 % of what they move.

    None: a child with a weight other than 0 that has no value leaves the row without one, with its outcome and reason.
    As in `sum`, a response that a child of negative weight could not judge counts as the top of its range.
    """

    children: tuple[Weighted, ...]
    step_column: StepColumn = "step"
    default_step: DefaultStep = None
    name: str = "scheduled"

    def __post_init__(self) -> None:
        if not self.children:
            raise OptionError("a scheduled sum needs at least one child")
        check_names([child.node for child in self.children])
        _check_step(self.step_column, self.default_step)
        for child in self.children:
            if not any(child.weight.values):
                raise OptionError(f"the weight of {child.name!r} is 0 at every step")
        spread("a scheduled sum", self.range)

    @functools.cached_property
    def range(self) -> Range:
        """The hull over all steps."""
        steps = sorted({0.0, *(step for child in self.children for step, _ in child.weight.knots)})
        ends = [self._ends([(w, w) for w in self.weights(step)]) for step in steps]
        for start, end in itertools.pairwise(steps):
            ends += self._stretch(start, end)
        return Range(min(low for low, _ in ends), max(high for _, high in ends))

    @property
    def cost(self) -> Cost:
        """That of the dearest child."""
        return dearest([child.node for child in self.children])

    @property
    def can_be_correct(self) -> bool:
        """Whether every child can be."""
        return all(can_be_correct(child.node) for child in self.children)

    def weights(self, step: float) -> list[float]:
        """The children's weights at a step."""
        return [child.weight.at(step) for child in self.children]

    def _stretch(self, start: float, end: float) -> list[tuple[float, float]]:
        """Bounds of the sum between two neighbouring knots.

        The lowest sum, `sum of min(w_i * low_i, w_i * high_i)`, is concave in the weights, and the highest is convex.
        If all weights go the same way, in straight lines or along one wave, both are extreme at the stretch's ends.
        """
        moves = [child.weight.over(start, end) for child in self.children]
        moving = [c.weight for c, (first, last) in zip(self.children, moves, strict=True) if first != last]
        waves = {(w.knots[0][0], w.knots[-1][0]) for w in moving if w.course is Course.COSINE}
        if not waves or (len(waves) == 1 and all(w.course is Course.COSINE for w in moving)):
            return [self._ends([(w, w) for w in side]) for side in zip(*moves, strict=True)]
        cuts = [start + (end - start) * i / PIECES for i in range(PIECES)] + [end]
        return [
            self._ends([child.weight.over(first, last) for child in self.children])
            for first, last in itertools.pairwise(cuts)
        ]

    def _ends(self, weights: Sequence[tuple[float, float]]) -> tuple[float, float]:
        """The lowest and the highest sum, where each weight lies between two."""
        ends = [
            sorted(w * v for w in pair for v in child.node.range)
            for pair, child in zip(weights, self.children, strict=True)
        ]
        return math.fsum(end[0] for end in ends), math.fsum(end[-1] for end in ends)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch: each child on the rows at whose step its weight is not 0, or on all if it needs groups."""
        steps = [_step(sample, self.step_column, self.default_step) for sample in samples]
        weights = [None if step is None else self.weights(step) for step in steps]
        rows = [
            [i for i, w in enumerate(weights) if needs_groups(child.node) or (w is not None and w[k])]
            for k, child in enumerate(self.children)
        ]
        begun = [
            child.node.submit([samples[i] for i in own]) for child, own in zip(self.children, rows, strict=True) if own
        ]

        def finish(columns: Sequence[list[Score]]) -> list[Score]:
            found: list[dict[str, Score]] = [{} for _ in samples]
            run = [(k, own) for k, own in enumerate(rows) if own]
            for (k, own), scores in zip(run, columns, strict=True):
                for i, score in zip(own, scores, strict=True):
                    if (w := weights[i]) is not None and w[k]:
                        found[i][self.children[k].name] = score
            return [
                _lost(sample, self.step_column) if step is None else self.combine(parts, step)
                for sample, step, parts in zip(samples, steps, found, strict=True)
            ]

        return Then(begun, finish)

    def combine(self, parts: dict[str, Score], step: float) -> Score:
        """The score of one row at a step, from those of the children with a weight there."""
        for name, score in parts.items():
            if score.value is None:
                return masked(name, score, parts)
        weights = {child.name: w for child, w in zip(self.children, self.weights(step), strict=True)}
        tops = {child.name: child.node.range.high for child in self.children}
        terms = [
            (w, name, tops[name] if w < 0 and score.outcome in UNJUDGED else score.value or 0.0)
            for name, score in parts.items()
            for w in (weights[name],)
        ]
        told = " + ".join(f"{weight:g}*{name}({value:g})" for weight, name, value in terms) or "nothing"
        reason = f"at step {step:g}: {told}"
        silent = [name for name in weights if name not in parts]
        if silent:
            reason += f"; not run at weight 0: {', '.join(silent)}"
        value = math.fsum(weight * value for weight, _, value in terms)
        return placed(snapped(value, self.range), reason, self.range, {"step": step, "weights": weights}, parts)


@dataclass(frozen=True)
class ScheduledThreshold(Gate):
    """1 where the child's value reaches a threshold that moves with the step, else 0. Range: [0, 1].

    With `keep_value` a row that reaches it keeps the child's value, and one that does not gets the bottom of the
    child's range, which is then the range. Increasing in the child's value. At every step the threshold must lie above
    the bottom of the child's range (or every row passes) and not above its top (or none does). A row that does not
    reach it keeps the child's outcome where that pays the bottom, so that a cascade sees it.

    None: a child without a value leaves the row without one, with its outcome and reason.
    """

    child: Node
    at: Annotated[Schedule, Doc("the threshold, by the step")]
    keep_value: Annotated[bool, Doc("give the child's value, not 1, to rows that reach the threshold")] = False
    step_column: StepColumn = "step"
    default_step: DefaultStep = None
    name: str = "scheduled_threshold"

    def __post_init__(self) -> None:
        _check_step(self.step_column, self.default_step)
        within = self.child.range
        for step, value in self.at.knots:
            if not within.low < value <= within.high:
                never = "never fails" if value <= within.low else "can never pass"
                raise OptionError(
                    f"at step {step:g} the threshold is {value:g}, where {self.child.name!r} {never}: "
                    f"its range is {within}"
                )

    @property
    def range(self) -> Range:
        """[0, 1], or the child's where its values are kept."""
        return self.child.range if self.keep_value else UNIT

    @property
    def cost(self) -> Cost:
        """That of the child."""
        return self.child.cost

    @property
    def can_be_correct(self) -> bool:
        """Whether the child can be, or at some step less suffices."""
        return can_be_correct(self.child) or (not self.keep_value and min(self.at.values) < self.child.range.high)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on the rows that have a step; a child that needs whole groups is shown all rows."""
        steps = [_step(sample, self.step_column, self.default_step) for sample in samples]
        rows = [i for i, step in enumerate(steps) if step is not None or needs_groups(self.child)]
        begun = self.child.submit([samples[i] for i in rows])

        def finish(columns: Sequence[list[Score]]) -> list[Score]:
            scores = dict(zip(rows, columns[0], strict=True))
            return [
                _lost(sample, self.step_column) if step is None else self.judged(scores[i], step)
                for i, (sample, step) in enumerate(zip(samples, steps, strict=True))
            ]

        return Then([begun], finish)

    def judged(self, score: Score, step: float) -> Score:
        """The score of one row at a step, from the child's."""
        parts = {self.child.name: score}
        if score.value is None:
            return masked(self.child.name, score, parts)
        at = self.at.at(step)
        passes = score.value >= at
        side = "reaches" if passes else "is below"
        reason = f"{self.child.name}({score.value:g}) {side} {at:g}, the threshold at step {step:g}"
        value = (score.value if self.keep_value else 1.0) if passes else self.range.low
        outcome = score.outcome if score.outcome in UNJUDGED else None
        evidence = {"step": step, "threshold": at, "child": score.value}
        return placed(value, reason, self.range, evidence, parts, outcome)


def _check_step(column: object, default: object) -> None:
    if not (isinstance(column, str) and column):
        raise OptionError(f"step_column must be the name of a column, not {column!r}")
    if default is not None:
        whole("default_step", default, 0)


def _step(sample: Sample, column: str, default: int | None) -> float | None:
    if sample.data.get(column) is None:
        return default
    step = column_number(sample, column)
    return None if step is None or step < 0 else int(step) if step.is_integer() else step


def _lost(sample: Sample, column: str) -> Score:
    value = sample.data.get(column)
    told = "no step" if value is None else f"{value!r:.80} as its step"
    return Score.of(
        Outcome.UNAVAILABLE,
        f"the row has {told} in the column {column!r}; expected the trainer's step, a number of at least 0, or a "
        "default_step in the recipe",
    )
