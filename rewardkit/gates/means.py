"""Other ways to make one value of several: product, least, greatest, and the three means.

    geometric(get("math"), 0.5 * get("f1"))

| gate | value | children's ranges | zero |
|---|---|---|---|
| `product` | product of v | not below 0 | one zero makes the whole 0 |
| `min`, `max` | the least, the greatest v | one for all | nothing special |
| `mean` | sum(w * v) / sum(w) | one for all, where some are optional | nothing special |
| `geometric` | (product of v^w)^(1 / sum(w)) | not below 0, unless `signs` says so | one zero makes the whole 0 |
| `harmonic` | sum(w) / sum(w / v) | not below 0 | one zero makes the whole 0 |

A negative value has no place in a product or in the last two means: two bad parts would make a good one, or the sign
of the result would hang on how many there are. Children whose range goes below 0 are refused, unless a geometric mean
is told what signs mean; bring them above 0 with `affine` first. All but that one are monotone in every child. What lies
behind a low value is always told: the reason names the child that is furthest down in its own range, and every child's
score stays in `parts`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from rewardkit.errors import OptionError
from rewardkit.gates.checks import has_range
from rewardkit.gates.combine import Mix
from rewardkit.gates.node import Part
from rewardkit.gates.tree import check_one_range, check_weights
from rewardkit.reward import Doc
from rewardkit.score import Range

Present = Sequence[tuple[Part, float]]
Signs = Literal["refused", "krc"]


@dataclass(frozen=True)
class _Pooled(Mix):
    """What these gates share: the range is what the formula gives at the ends of the children's ranges."""

    def pooled(self, present: Present) -> float:
        """The formula."""
        raise NotImplementedError

    @functools.cached_property
    def range(self) -> Range:
        """From the formula's value for the bottoms of the children to that for their tops."""
        return Range(
            self.pooled([(child, child.node.range.low) for child in self.children]),
            self.pooled([(child, child.node.range.high) for child in self.children]),
        )

    def mixed(self, present: Present) -> float:
        """The formula's value."""
        return self.pooled(present)

    def told(self, present: Present) -> str:
        """All values, and the one that is lowest in its range."""
        values = ", ".join(f"{child.name}({value:g})" for child, value in present)
        lowest, _ = min(present, key=lambda pair: _height(*pair))
        return f"{type(self).__name__.lower()} of {values}; the lowest is {lowest.name}"


@dataclass(frozen=True)
class Product(_Pooled):
    """The product of its children: 0 as soon as one of them is 0.

    Range: from the product of the bottoms to that of the tops; no child's range may go below 0. Monotone. An optional
    child without a value counts as 1, and the range takes that in.
    """

    edges: ClassVar[frozenset[str]] = frozenset({"optional"})

    name: str = "product"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_not_negative("a product", self.children)
        has_range(self)

    def pooled(self, present: Present) -> float:
        """Product of the values."""
        return math.prod(value for _, value in present)

    @functools.cached_property
    def range(self) -> Range:
        """From the product of the bottoms to that of the tops, an optional child being 1 at times."""
        lows = [min(c.node.range.low, 1.0) if c.optional else c.node.range.low for c in self.children]
        highs = [max(c.node.range.high, 1.0) if c.optional else c.node.range.high for c in self.children]
        return Range(math.prod(lows), math.prod(highs))


@dataclass(frozen=True)
class Minimum(_Pooled):
    """The least of its children's values: as good as the worst of them. Range: theirs, which must be one. Monotone.

    An optional child without a value is left out.
    """

    edges: ClassVar[frozenset[str]] = frozenset({"optional"})

    name: str = "min"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_one_range("the children of min", [child.node for child in self.children])

    def pooled(self, present: Present) -> float:
        """The least value."""
        return min(value for _, value in present)


@dataclass(frozen=True)
class Maximum(_Pooled):
    """The greatest of its children's values: as good as the best of them. Range: theirs, which must be one. Monotone.

    An optional child without a value is left out.
    """

    edges: ClassVar[frozenset[str]] = frozenset({"optional"})

    name: str = "max"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_one_range("the children of max", [child.node for child in self.children])

    def pooled(self, present: Present) -> float:
        """The greatest value."""
        return max(value for _, value in present)


@dataclass(frozen=True)
class _Mean(_Pooled):
    """What the weighted means share; weights are positive, and only their proportions count."""

    edges: ClassVar[frozenset[str]] = frozenset({"weight", "optional"})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_weights(self.children)
        if any(child.optional for child in self.children):
            check_one_range("children of a mean of which some are optional", [child.node for child in self.children])
        if not math.isfinite(sum(child.weight for child in self.children)):
            raise OptionError("the weights of a mean must add up to a finite number")


@dataclass(frozen=True)
class Mean(_Mean):
    """The weighted arithmetic mean, sum(w * v) / sum(w), over the children that have a value. Monotone.

    Range: the formula's at the ends of the children's ranges. An optional child without a value is left out with its
    weight, so the others count for more in that row; all must then share one range.
    """

    name: str = "mean"

    def pooled(self, present: Present) -> float:
        """sum(w * v) / sum(w)."""
        return _at_ends(present, math.fsum(child.weight * value for child, value in present) / _total(present))


@dataclass(frozen=True)
class Geometric(_Mean):
    """The weighted geometric mean, exp(sum(w * log v) / sum(w)): below the arithmetic one, the more the parts differ.

    A part that is 0 makes the whole 0. No child's range may go below 0. Range: the formula's at the ends of the
    children's ranges. Monotone. An optional child without a value is left out with its weight; all must then share one
    range.

    With `signs: krc` ranges may go below 0, and the value is the kinesthetic reward combination of Lucy-SKG
    (arXiv 2305.15801, equation 2): the mean of the absolute values, negative unless every part is above 0, and 0 where
    one is 0. It is not monotone: beside one negative part a better other part makes the whole worse. Range: from the
    lowest that one negative part and the largest others make, to the mean of the tops.
    """

    signs: Annotated[Signs, Doc("what a part below 0 means: it can't be, or the combination of Lucy-SKG")] = "refused"
    name: str = "geometric"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.signs not in get_args(Signs):
            raise OptionError(f"signs must be {' or '.join(get_args(Signs))}, not {self.signs!r}")
        if self.signs == "refused":
            _check_not_negative("a geometric mean", self.children)
        for child in self.children:
            if child.node.range.high <= 0:
                raise OptionError(f"{child.name!r} is never above 0, since its range is {child.node.range}")

    @functools.cached_property
    def range(self) -> Range:
        """From the lowest to the highest value of the formula."""
        tops = [(child, child.node.range.high) for child in self.children]
        largest = [(child, max(abs(end) for end in child.node.range)) for child in self.children]
        lows = [(child, child.node.range.low) for child in self.children]
        below = [i for i, (_, low) in enumerate(lows) if low < 0]
        low = min((self.pooled([*largest[:i], lows[i], *largest[i + 1 :]]) for i in below), default=self.pooled(lows))
        return Range(low, self.pooled(tops))

    def pooled(self, present: Present) -> float:
        """exp(sum(w * log |v|) / sum(w)); 0 if any value is 0, negative if any is."""
        if any(value == 0 for _, value in present):
            return 0.0
        size = math.exp(math.fsum(c.weight * math.log(abs(v)) for c, v in present) / _total(present))
        size = _at_ends([(child, abs(value)) for child, value in present], size)
        return size if all(value > 0 for _, value in present) else -size


@dataclass(frozen=True)
class Harmonic(_Mean):
    """The weighted harmonic mean, sum(w) / sum(w / v): follows the lowest part most of all. Monotone.

    A part that is 0 makes the whole 0, which is the limit of the formula. No child's range may go below 0. Range: the
    formula's at the ends of the children's ranges. An optional child without a value is left out with its weight; all
    must then share one range.
    """

    name: str = "harmonic"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_not_negative("a harmonic mean", self.children)

    def pooled(self, present: Present) -> float:
        """sum(w) / sum(w / v); 0 if any value is 0."""
        if any(value <= 0 for _, value in present):
            return 0.0
        # The lowest value is taken out of the fractions, or the least numbers there are would overflow them.
        lowest = min(value for _, value in present)
        return _at_ends(present, lowest * _total(present) / math.fsum(c.weight * (lowest / v) for c, v in present))


def _at_ends(present: Present, mean: float) -> float:
    """A mean inside the values that it is of, whatever rounding did: of equal values it is that value."""
    values = [value for _, value in present]
    return min(max(mean, min(values)), max(values))


def _total(present: Present) -> float:
    return math.fsum(child.weight for child, _ in present)


def _height(child: Part, value: float) -> float:
    low, high = child.node.range
    return (value - low) / (high - low)


def _check_not_negative(where: str, children: Sequence[Part]) -> None:
    for child in children:
        if child.node.range.low < 0:
            raise OptionError(
                f"{where} takes no child whose range goes below 0, and that of {child.name!r} is {child.node.range}; "
                f"bring it above 0 with affine"
            )
