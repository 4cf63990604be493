"""Which rows belong to one prompt, and statistics over them.

A `Groups` says for every row which group it is in. Groups may have any sizes, and their rows may stand anywhere:

>>> groups = Groups.of(["a", "b", "a", "b", "b"])
>>> groups.sizes.tolist(), groups.labels
([2, 3], ('a', 'b'))
>>> groups.mean([1.0, 0.0, 0.0, 3.0, 0.0]).tolist()
[0.5, 1.0]

Rules that hold for every statistic here: NaN (or `None`) is a row that could not be scored; it takes no part, and a
group without one scored row has NaN. Groups are numbered by their first row. Work and memory are linear in the rows
(`n log n` where something is sorted). Infinite values are refused by the advantage functions, not here.

What can't be right is a `GroupError`: a group of another size than was promised (a rollout was lost, and a statistic
over the rest would look complete), a group that holds two prompts (their rewards can't be compared), a row
without a group.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rewardkit.errors import UsageError
from rewardkit.groups.arrays import Array, Kind, host, kind_of


class GroupError(UsageError, ValueError):
    """Groups that are incomplete, mix prompts or don't fit the values; or values that a function does not take."""


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of every row."""

    index: np.ndarray
    """`[n]` int64: the number of the row's group, 0 to `count - 1`, in the order of first rows."""
    sizes: np.ndarray
    """`[count]` int64: rows in each group, scored or not; at least 1."""
    labels: Sequence[Hashable]
    """`[count]`: the group's id as it was given."""

    @classmethod
    def of(cls, ids: Iterable[Any], *, size: int | None = None, prompts: Iterable[Hashable] | None = None) -> Groups:
        """Groups from the id of every row.

        `size`: the rollouts that every prompt was to have; any other size is a `GroupError`.
        `prompts`: the prompt of every row; a group that holds two is a `GroupError`.
        """
        index, labels = _numbered(ids)
        groups = cls(index, np.bincount(index, minlength=len(labels)), labels)
        if size is not None:
            groups._require_size(size)
        if prompts is not None:
            groups._require_one_prompt(prompts)
        return groups

    @classmethod
    def from_sizes(cls, sizes: Sequence[int] | np.ndarray) -> Groups:
        """Groups that stand one after the other.

        >>> Groups.from_sizes([2, 1]).index.tolist()
        [0, 0, 1]
        """
        counts = np.asarray(sizes, dtype=np.int64)
        if counts.ndim != 1 or (counts < 1).any():
            raise GroupError(f"group sizes are a list of whole numbers from 1 up, not {sizes!r:.80}")
        return cls(np.repeat(np.arange(len(counts)), counts), counts, range(len(counts)))

    @classmethod
    def equal(cls, rows: int, size: int) -> Groups:
        """Groups of one size that stand one after the other, as trainers lay out a batch.

        >>> Groups.equal(6, 3).sizes.tolist()
        [3, 3]
        """
        if size < 1 or rows % size:
            raise GroupError(f"{rows} rows can't be cut into groups of {size}: the last group would be incomplete")
        return cls.from_sizes(np.full(rows // size, size))

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.sizes)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.index)

    def sum(self, values: Any) -> Array:
        """`[count]`: the sum of each group's scored rows; 0 where there is none."""
        kind, wide = self._wide(values)
        return kind.sums(_without_nan(kind, wide), self._on(kind), self.count)

    def scored(self, values: Any) -> Array:
        """`[count]` float: how many rows of each group are scored (not NaN)."""
        kind, wide = self._wide(values)
        return kind.sums(kind.wide(~kind.lib.isnan(wide)), self._on(kind), self.count)

    def mean(self, values: Any) -> Array:
        """`[count]`: the mean of each group's scored rows."""
        with np.errstate(invalid="ignore"):
            return self.sum(values) / self.scored(values)

    def std(self, values: Any, ddof: int = 1) -> Array:
        """`[count]`: standard deviation with `scored - ddof` in the divisor; NaN where that is not positive.

        Taken from the centred values (two passes), so that a large common offset costs no digits.
        """
        kind, wide = self._wide(values)
        apart = wide - self.spread(self.mean(wide))
        free = self.scored(wide) - ddof
        with np.errstate(invalid="ignore", divide="ignore"):
            return kind.lib.where(free > 0, kind.lib.sqrt(self.sum(apart * apart) / free), float("nan"))

    def min(self, values: Any) -> Array:
        """`[count]`: the lowest scored value of each group."""
        kind, wide = self._wide(values)
        lib = kind.lib
        low = kind.lows(lib.where(lib.isnan(wide), float("inf"), wide), self._on(kind), self.count)
        return lib.where(self.scored(wide) > 0, low, float("nan"))

    def max(self, values: Any) -> Array:
        """`[count]`: the highest scored value of each group."""
        return -self.min(-self._wide(values)[1])

    def spread(self, per_group: Array) -> Array:
        """`[n]`: the value of its group for every row."""
        return per_group[self._on(kind_of(per_group))]

    def order(self, values: Any) -> Array:
        """`[n]`: row numbers, group by group and ascending inside each; ties in row order, NaN last in its group.

        >>> Groups.of(["a", "b", "a"]).order([2.0, 5.0, 1.0]).tolist()
        [2, 0, 1]
        """
        kind, wide = self._wide(values)
        ascending = kind.order(wide)
        return ascending[kind.order(self._on(kind)[ascending])]

    def rank(self, values: Any) -> Array:
        """`[n]` int: how many rows of its group stand before the row in `order`: 0 is the lowest, NaN rows last.

        >>> Groups.of(["a", "b", "a"]).rank([2.0, 5.0, 1.0]).tolist()
        [1, 0, 0]
        """
        kind, wide = self._wide(values)
        order = self.order(wide)
        rank = kind.lib.empty_like(order)
        rank[order] = kind.move(self.places)
        return rank

    def midrank(self, values: Any) -> Array:
        """`[n]` float: the same, but rows of one value share the mean of their ranks.

        >>> Groups.from_sizes([4]).midrank([2.0, 5.0, 2.0, 1.0]).tolist()
        [1.5, 3.0, 1.5, 0.0]
        """
        kind, wide = self._wide(values)
        rank = kind.lib.empty_like(wide)
        if not self.rows:
            return rank
        order = self.order(wide)
        value, group = wide[order], self._on(kind)[order]
        begins = kind.lib.ones_like(~kind.lib.isnan(wide))
        begins[1:] = (value[1:] != value[:-1]) | (group[1:] != group[:-1])
        block = kind.lib.cumsum(begins, 0) - 1
        count = int(block[-1]) + 1
        place = kind.wide(kind.move(self.places))
        mean = kind.sums(place, block, count) / kind.sums(kind.lib.ones_like(place), block, count)
        rank[order] = mean[block]
        return rank

    def quantile(self, values: Any, share: float) -> Array:
        """`[count]`: the quantile of each group's scored rows, linear between neighbours (numpy's and torch's default).

        >>> Groups.from_sizes([4]).quantile([3.0, 1.0, 2.0, 4.0], 0.5).tolist()
        [2.5]
        """
        kind, wide = self._wide(values)
        lib = kind.lib
        ascending = wide[self.order(wide)]
        scored = self.scored(wide)
        place = lib.clip(scored - 1, 0, None) * share
        below = lib.floor(place)
        above = lib.minimum(below + 1, lib.clip(scored - 1, 0, None))
        first = kind.move(self.starts)
        low, high = (ascending[first + whole(kind, at, first)] for at in (below, above))
        return low + (high - low) * (place - below)

    def median(self, values: Any) -> Array:
        """`[count]`: the lower median of each group's scored rows: for an even count the smaller of the middle two."""
        kind, wide = self._wide(values)
        first = kind.move(self.starts)
        middle = kind.lib.floor(kind.lib.clip(self.scored(wide) - 1, 0, None) / 2)
        return wide[self.order(wide)][first + whole(kind, middle, first)]

    @cached_property
    def starts(self) -> np.ndarray:
        """`[count]` int: where each group begins in `order`."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes)

    @cached_property
    def places(self) -> np.ndarray:
        """`[n]` int: 0, 1, 2... inside each group, for rows that stand in `order`."""
        return np.asarray(np.arange(self.rows) - np.repeat(self.starts, self.sizes))

    def _on(self, kind: Kind) -> Array:
        return kind.move(self.index)

    def _wide(self, values: Any) -> tuple[Kind, Array]:
        kind = kind_of(values)
        wide = kind.wide(values)
        if wide.shape != (self.rows,):
            raise GroupError(f"{self.rows} rows in {self.count} groups, but values of shape {tuple(wide.shape)}")
        return kind, wide

    def _require_size(self, size: int) -> None:
        wrong = np.flatnonzero(self.sizes != size)
        if len(wrong):
            shown = ", ".join(f"{self.labels[g]!r} has {self.sizes[g]}" for g in wrong[:3])
            more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            raise GroupError(f"every group was to have {size} rows, but {shown}{more}")

    def _require_one_prompt(self, prompts: Iterable[Hashable]) -> None:
        index, _ = _numbered(prompts, what="prompt")
        if len(index) != self.rows:
            raise GroupError(f"{self.rows} rows, but {len(index)} prompts")
        self.require_inside(index, "prompts")

    def require_inside(self, index: np.ndarray, what: str) -> None:
        """A `GroupError` where the rows of a group have different numbers in `index`."""
        first = np.full(self.count, self.rows)
        np.minimum.at(first, self.index, np.arange(self.rows))
        wrong = np.flatnonzero(index != index[first][self.index])
        if len(wrong):
            group, row = self.index[wrong[0]], wrong[0]
            raise GroupError(
                f"group {self.labels[group]!r} mixes {what}: row {row} and row {first[group]} are of different {what}"
            )


def _without_nan(kind: Kind, wide: Array) -> Array:
    return kind.lib.where(kind.lib.isnan(wide), 0.0, wide)


def whole(kind: Kind, values: Array, like: Array) -> Array:
    """Whole numbers that are kept as floats, as integers of the dtype of others."""
    return values.astype(like.dtype) if kind.lib is np else values.to(like.dtype)


def _numbered(ids: Iterable[Any], what: str = "group id") -> tuple[np.ndarray, tuple[Hashable, ...]]:
    """The number of each id's first appearance, and the distinct ids."""
    if hasattr(ids, "dtype"):
        given = host(ids)
        if given.ndim != 1:
            raise GroupError(f"one {what} for every row: a list, not an array of shape {given.shape}")
        if np.issubdtype(given.dtype, np.integer):
            distinct, first, index = np.unique(given, return_index=True, return_inverse=True)
            by_first = np.argsort(first, kind="stable")
            renumbered = np.empty_like(by_first)
            renumbered[by_first] = np.arange(len(by_first))
            return renumbered[index.reshape(-1)], tuple(distinct[by_first].tolist())
        ids = given.tolist()
    numbers: dict[Hashable, int] = {}
    try:
        index = np.fromiter((numbers.setdefault(one, len(numbers)) for one in ids), dtype=np.int64)
    except TypeError as error:
        raise GroupError(f"a {what} must be a text, a number or a tuple of them: {error}") from None
    for label, number in numbers.items():
        if label is None or (isinstance(label, float) and math.isnan(label)):
            row = int(np.flatnonzero(index == number)[0])
            raise GroupError(f"row {row} has no {what}: rows of one prompt must share one")
    return index, tuple(numbers)
