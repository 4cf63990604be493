"""Mixing the values of children into one, and the weighted sum.

None keeps its meaning: a required child that could not judge a row (BAD_REFERENCE, UNAVAILABLE) leaves the whole row
without a value, with that child's outcome and reason, never with a silent zero; an `optional` one is left out of that
row, and the reason says so. A row of which no child could judge anything has no value either.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import UNJUDGED, has_range
from rewardkit.gates.conditions import Way, check_conditions, conditions_of, ways_of
from rewardkit.gates.node import Gate, Node, Part, as_part, can_be_correct, dearest, masked
from rewardkit.gates.tree import check_parts, check_weights
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score


def terms(child: Node | Part) -> tuple[Part, ...]:
    """The terms that a child adds to a sum: a sum without a name of its own is taken apart."""
    return child.children if type(child) is Sum and child.name == Sum.name else (as_part(child),)


@dataclass(frozen=True)
class Mix(Gate):
    """Base of the gates that run all their children on a row and make one value of the values that they give."""

    children: tuple[Part, ...]

    def __post_init__(self) -> None:
        check_parts(self, self.children)

    @property
    def cost(self) -> Cost:
        """That of the dearest child."""
        return dearest([child.node for child in self.children])

    @property
    def can_be_correct(self) -> bool:
        """Whether every child can be."""
        return all(can_be_correct(child.node) for child in self.children)

    @property
    def range(self) -> Range:
        """The closed interval of its values."""
        raise NotImplementedError

    def mixed(self, present: Sequence[tuple[Part, float]]) -> float:
        """The value from those of the children that have one, in order, never empty; rounding may leave the range."""
        raise NotImplementedError

    def told(self, present: Sequence[tuple[Part, float]]) -> str:
        """How the value came about."""
        raise NotImplementedError

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch with every child."""
        return Then([child.node.submit(samples) for child in self.children], self._merge)

    def _merge(self, columns: Sequence[list[Score]]) -> list[Score]:
        names = [child.name for child in self.children]
        return [self.combine(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]

    def combine(self, parts: Mapping[str, Score], closed: Mapping[str, str] | None = None) -> Score:
        """The score of one row from its children's; `closed` says why children were not run."""
        present: list[tuple[Part, float]] = []
        left_out = dict(closed or {})
        for child in self.children:
            score = parts.get(child.name)
            if score is None:
                continue
            if score.value is not None:
                turned = child.weight < 0 and score.outcome in UNJUDGED
                present.append((child, child.node.range.high if turned else score.value))
            elif child.optional:
                left_out[child.name] = score.reason
            else:
                return masked(child.name, score, parts)
        if not present:
            name, score = next((n, s) for n, s in parts.items() if s.value is None)
            return masked(name, score, parts)
        within = self.range
        value = min(max(self.mixed(present), within.low), within.high)
        notes = "".join(f"; without {name}: {why}" for name, why in left_out.items())
        evidence = {"left_out": left_out} if left_out else {}
        return Score.graded(value, self.told(present) + notes, within=within, evidence=evidence, parts=dict(parts))


@dataclass(frozen=True)
class Sum(Mix):
    """The weighted sum of its children: sum of weight * value.

    Its range follows from theirs; a negative weight turns a child's range over. A child with `only_if` is run and
    paid only where the named siblings are CORRECT, and adds 0 elsewhere; so does an optional child that has no value.
    Where that would let a row that fails the condition earn more than one that meets it, the sum is refused. CORRECT
    at the top of the range, INCORRECT at its bottom, PARTIAL between.

    Where a weight turns a child's range over, a response that the child could not judge (NO_ANSWER, UNDECIDED, TIMEOUT,
    CRASHED: the bottom of its range) counts as the top of it: breaking a penalty never pays.
    """

    edges: ClassVar[frozenset[str]] = frozenset({"weight", "optional", "only_if"})

    name: str = "sum"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_weights(self.children, negative=True)
        check_conditions(self.children)
        has_range(self)

    @functools.cached_property
    def _conditions(self) -> tuple[str, ...]:
        return conditions_of(self.children)

    @functools.cached_property
    def _ways(self) -> tuple[Way, ...]:
        return ways_of(self.children)

    @functools.cached_property
    def range(self) -> Range:
        """From the least to the greatest sum that the children's ranges and conditions allow."""
        return Range(min(way.low for way in self._ways), max(way.high for way in self._ways))

    @property
    def can_be_correct(self) -> bool:
        """Whether the top can be reached: not where a row that fails a condition comes nearest to it."""
        reached = max(way.high for way in self._ways if way.all_hold)
        return reached >= self.range.high and super().can_be_correct

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin with every child that has no condition; with the others as soon as the conditions are known."""
        if not self._conditions:
            return super().submit(samples)
        free = [child for child in self.children if not child.only_if]
        begun = [child.node.submit(samples) for child in free]
        told = {c.name: p.result() for c, p in zip(free, begun, strict=True) if c.name in self._conditions}
        rows: list[Sequence[int]] = [range(len(samples)) for _ in free]
        closed: list[dict[str, str]] = [{} for _ in samples]
        bound = [child for child in self.children if child.only_if]
        for child in bound:
            for i in range(len(samples)):
                failed = [n for n in child.only_if if told[n][i].outcome is not Outcome.CORRECT]
                if failed:
                    closed[i][child.name] = f"{failed[0]} is {told[failed[0]][i].outcome}"
            rows.append([i for i in range(len(samples)) if child.name not in closed[i]])
        open_ = [(child, own) for child, own in zip(bound, rows[len(free) :], strict=True) if own]
        begun += [child.node.submit([samples[i] for i in own]) for child, own in open_]
        order = [*((child, range(len(samples))) for child in free), *open_]

        def merge(columns: Sequence[list[Score]]) -> list[Score]:
            parts: list[dict[str, Score]] = [{} for _ in samples]
            for (child, own), scores in zip(order, columns, strict=True):
                for i, score in zip(own, scores, strict=True):
                    parts[i][child.name] = score
            return [self.combine(own, why) for own, why in zip(parts, closed, strict=True)]

        return Then(begun, merge)

    def mixed(self, present: Sequence[tuple[Part, float]]) -> float:
        """Sum of weight * value."""
        return math.fsum(child.weight * value for child, value in present)

    def told(self, present: Sequence[tuple[Part, float]]) -> str:
        """The terms."""
        return " + ".join(f"{child.weight:g}*{child.name}({value:g})" for child, value in present)
