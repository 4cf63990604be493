"""Rank statistics on a sample of the rows, which is all of them where they fit.

    kept = Reservoir(columns=3, size=20_000, seed=0)
    kept.add(rows)                        # an array [rows, columns], NaN where there is no value
    Ranks(kept.rows).spearman(0, 2)

Every row has the same chance to be kept (Vitter's algorithm R), and the same rows and seed keep the same sample.

The interval of Spearman's rho is Fisher's with the variance (1 + rho^2 / 2) / (n - 3): Bonett and Wright, Psychometrika
65 (2000) 23-28.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rewardkit.audit.comoments import Table
from rewardkit.bench.preference.estimates import Z
from rewardkit.bench.preference.moments import Correlation


class Reservoir:
    """A sample of at most `size` rows of those that were added."""

    def __init__(self, columns: int, size: int, seed: int) -> None:
        self.size = size
        self.seen = 0
        self._kept: Table = np.empty((0, columns))
        self._random = np.random.default_rng(seed)

    @property
    def rows(self) -> Table:
        """The rows that were kept."""
        return self._kept

    @property
    def is_whole(self) -> bool:
        """Whether all rows that were added are there."""
        return self.seen <= self.size

    def add(self, rows: Table) -> None:
        """Count rows: `[rows, columns]`."""
        fitting = min(len(rows), max(0, self.size - self.seen))
        if fitting:
            self._kept = np.concatenate((self._kept, rows[:fitting]))
        later = rows[fitting:]
        if len(later):
            numbers = np.arange(self.seen + fitting, self.seen + len(rows))
            for row, place in zip(later, self._random.integers(0, numbers + 1).tolist(), strict=True):
                if place < self.size:
                    self._kept[place] = row
        self.seen += len(rows)


class Ranks:
    """The ranks of the columns of some rows, over the rows in which two columns have values."""

    def __init__(self, rows: Table) -> None:
        self._rows = rows
        has = ~np.isnan(rows)
        self._masks, which = np.unique(has, axis=1, return_inverse=True)
        self._mask_of: list[int] = which.reshape(-1).tolist()
        self._found: dict[tuple[int, int], Table] = {}

    def spearman(self, i: int, j: int) -> Correlation:
        """Spearman's rho of two columns, ties sharing their mean rank."""
        first, second = self._ranks(i, j), self._ranks(j, i)
        n = len(first)
        if n < 2:
            return Correlation(None, None, None, n)
        x, y = first - first.mean(), second - second.mean()
        xx, yy = float(x @ x), float(y @ y)
        if xx <= 0 or yy <= 0:
            return Correlation(None, None, None, n)
        rho = max(-1.0, min(1.0, float(x @ y) / math.sqrt(xx) / math.sqrt(yy)))
        if n <= 3 or abs(rho) >= 1:
            return Correlation(rho, None, None, n)
        half = Z * math.sqrt((1 + rho * rho / 2) / (n - 3))
        return Correlation(rho, math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half), n)

    def _ranks(self, column: int, beside: int) -> Table:
        key = (column, self._mask_of[beside])
        if key not in self._found:
            has = self._masks[:, self._mask_of[column]] & self._masks[:, self._mask_of[beside]]
            self._found[key] = ranks(self._rows[has, column])
        return self._found[key]


def ranks(values: Table) -> Table:
    """The rank of each value from 1 up, ties sharing the mean of theirs.

    >>> ranks(np.array([10.0, 30.0, 10.0])).tolist()
    [1.5, 3.0, 1.5]
    """
    counts: npt.NDArray[np.intp]
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Table = last - (counts - 1) / 2
    return mean[which.reshape(-1)]
