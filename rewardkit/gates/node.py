"""What every gate is made of: nodes, the parts that hold them, and what all gates share.

A gate is a frozen dataclass: nodes in some fields, options in the others. A child whose gate has to know more of it
than its scores (a weight, a threshold) is a `Part`. Every child's score stays in `parts`.

In Python, `+`, `-` and a number times a reward make sums:

    get("math").named("correct") + 0.2 * get("length.linear", ...)
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol, Self

from annotated_types import Ge, Gt

from rewardkit.execution.scorer import Pending
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score

if TYPE_CHECKING:
    from rewardkit.gates.combine import Sum


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
        from rewardkit.gates.combine import Sum, terms

        return Sum((*terms(self), *terms(other)))

    def __sub__(self: Node, other: Node | Part) -> Sum:
        from rewardkit.gates.combine import Sum, terms

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
        from rewardkit.gates.combine import Sum, terms

        return Sum((self, *terms(other)))

    def __sub__(self, other: Node | Part) -> Sum:
        from rewardkit.gates.combine import Sum, terms

        return Sum((self, *(dataclasses.replace(term, weight=-term.weight) for term in terms(other))))

    def __mul__(self, weight: float) -> Part:
        return dataclasses.replace(self, weight=self.weight * weight) if is_number(weight) else NotImplemented

    __rmul__ = __mul__


EDGE_DEFAULTS: Mapping[str, Any] = {f.name: f.default for f in dataclasses.fields(Part) if f.name != "node"}
"""What a part's fields are when nothing is said."""


def as_part(child: Node | Part) -> Part:
    """The child as a part."""
    return child if isinstance(child, Part) else Part(child)


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


def is_number(value: Any) -> bool:
    """Whether `value` is a finite number, and no truth value."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
