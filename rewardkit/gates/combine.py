"""What all gates share, and the weighted sum.

A gate is a frozen dataclass: nodes in some fields, options in the others. A child whose gate has to know more of it
than its scores (a weight, a threshold) is a `Part`. Every child's score stays in `parts`, and None keeps its meaning:
a required child that could not judge a row (BAD_REFERENCE, UNAVAILABLE) leaves the whole row without a value, with
that child's outcome and reason, never with a silent zero; an `optional` one is left out of that row, and the reason
says so. A row of which no child could judge anything has no value either.

In Python, `+`, `-` and a number times a reward make sums:

    get("math").named("correct") + 0.2 * get("length.linear", ...)
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol, Self

from annotated_types import Ge, Gt

from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import UNJUDGED, has_range
from rewardkit.gates.conditions import Way, check_conditions, conditions_of, ways_of
from rewardkit.gates.tree import check_parts, check_weights, is_number
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score


class Node(Protocol):
    """A reward in a tree: a scorer, or a gate over others."""

    @property
    def name(self) -> str: ...

    @property
    def range(self) -> Range: ...

    @property
    def cost(self) -> Cost: ...

    def submit(self, samples: Sequence[Sample]) -> Pending: ...

    def score(self, samples: Sequence[Sample]) -> list[Score]: ...

    async def ascore(self, samples: Sequence[Sample]) -> list[Score]: ...


class Operators:
    """Sums written as sums, for everything that is a node."""

    def __add__(self: Node, other: Node | Part) -> Sum:
        return Sum((*terms(self), *terms(other)))

    def __sub__(self: Node, other: Node | Part) -> Sum:
        return Sum((*terms(self), *(dataclasses.replace(term, weight=-term.weight) for term in terms(other))))

    def __mul__(self: Node, weight: float) -> Part:
        return Part(self, weight=weight) if is_number(weight) else NotImplemented

    def __rmul__(self: Node, weight: float) -> Part:
        return Part(self, weight=weight) if is_number(weight) else NotImplemented

    def named(self, name: str) -> Self:
        """The same reward under another name, which it has in `parts`."""
        return dataclasses.replace(self, name=name)  # type: ignore[type-var]  # every node is a dataclass

    def when(self: Node, *names: str) -> Part:
        """This as a part of a sum that is run and paid only where the siblings called `names` are CORRECT."""
        return Part(self, only_if=names)


class Gate(Operators):
    """What all gates share: scoring now is beginning and waiting."""

    needs_groups: ClassVar[bool] = False
    """Whether it must be given whole groups: all rows of one prompt in one call."""

    edges: ClassVar[frozenset[str]] = frozenset()
    """Which fields of `Part` its children may set."""

    @property
    def can_be_correct(self) -> bool:
        """Whether the top of its range, and with it CORRECT, can be reached."""
        return True

    def submit(self, samples: Sequence[Sample]) -> Pending:
        raise NotImplementedError

    def score(self, samples: Sequence[Sample]) -> list[Score]:
        """One score a sample, in order."""
        return self.submit(samples).result()

    async def ascore(self, samples: Sequence[Sample]) -> list[Score]:
        """The same from asyncio, without blocking the loop."""
        pending = await asyncio.to_thread(self.submit, samples)
        return await pending.aresult()


@dataclass(frozen=True)
class Part:
    """A child of a gate, with what the gate has to know of it; each gate says which of the fields it takes."""

    node: Node
    weight: Annotated[float, Doc("how much it counts")] = 1.0
    optional: Annotated[bool, Doc("leave it out of a row that it can't judge, instead of masking the row")] = False
    only_if: Annotated[tuple[str, ...], Doc("siblings that must be CORRECT for it to be run and paid")] = ()
    at_least: Annotated[float | None, Doc("value from which on it passes; default: it must be CORRECT")] = None
    pays: Annotated[float, Doc("what it adds when it passes in full"), Ge(0)] = 1.0
    levels: Annotated[int | None, Doc("how many steps of it count, the top being one"), Gt(1)] = None

    @property
    def name(self) -> str:
        """Name of the child."""
        return self.node.name

    def when(self, *names: str) -> Part:
        """The same, run and paid only where the siblings called `names` are CORRECT."""
        return dataclasses.replace(self, only_if=names)

    def passes(self, score: Score) -> bool:
        """Whether `score`, one of this child's, opens what lies behind it."""
        if self.at_least is None:
            return score.outcome is Outcome.CORRECT
        return score.value is not None and score.value >= self.at_least

    def __add__(self, other: Node | Part) -> Sum:
        return Sum((self, *terms(other)))

    def __sub__(self, other: Node | Part) -> Sum:
        return Sum((self, *(dataclasses.replace(term, weight=-term.weight) for term in terms(other))))

    def __mul__(self, weight: float) -> Part:
        return dataclasses.replace(self, weight=self.weight * weight) if is_number(weight) else NotImplemented

    __rmul__ = __mul__


EDGE_DEFAULTS: Mapping[str, Any] = {f.name: f.default for f in dataclasses.fields(Part) if f.name != "node"}
"""What a part's fields are when nothing is said."""


def as_part(child: Node | Part) -> Part:
    """The child as a part."""
    return child if isinstance(child, Part) else Part(child)


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


_BY_PRICE = (Cost.CPU, Cost.SANDBOX, Cost.GPU, Cost.REMOTE)


def dearest(children: Sequence[Node]) -> Cost:
    """The highest cost class among `children`."""
    return max((child.cost for child in children), key=_BY_PRICE.index)


def can_be_correct(node: Node) -> bool:
    """Whether the node can reach the top of its range."""
    return bool(getattr(node, "can_be_correct", True))


def masked(name: str, score: Score, parts: Mapping[str, Score]) -> Score:
    """A row without a value, because the child called `name` has none."""
    return Score(None, score.outcome, f"{name}: {score.reason}", {}, dict(parts))
