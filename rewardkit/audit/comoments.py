"""Means, spreads and products of many columns at once, in one pass over rows of which some have no value.

    moments = CoMoments(columns=3)
    moments.add(rows)                     # an array [rows, columns], NaN where there is no value
    moments.correlation(0, 2)             # over the rows in which both have one

Every pair of columns has its own count and its own means, over the rows in which both have a value. Batches are merged
as differences from the running means (Chan, Golub and LeVeque, 1979), so that large values lose no digits.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rewardkit.bench.preference.moments import Correlation

Table = npt.NDArray[np.float64]


class CoMoments:
    """Over all pairs of `columns`; memory and time a row are their square."""

    def __init__(self, columns: int) -> None:
        shape = (columns, columns)
        self.n: Table = np.zeros(shape)
        """[i, j]: rows in which i and j have values."""
        self.mean: Table = np.zeros(shape)
        """[i, j]: mean of i over these."""
        self.squares: Table = np.zeros(shape)
        """[i, j]: squared distances of i to that mean."""
        self.products: Table = np.zeros(shape)
        """[i, j]: products of the distances of i and j to their means."""

    def add(self, rows: Table) -> None:
        """Count rows: `[rows, columns]`, NaN where there is no value."""
        has = ~np.isnan(rows)
        count = has.sum(axis=0)
        centre = np.where(has, rows, 0.0).sum(axis=0) / np.maximum(count, 1)
        apart = np.where(has, rows - centre, 0.0)  # small numbers, of which squares can be taken
        mask = has.astype(float)
        n = mask.T @ mask
        sums = apart.T @ mask
        some = np.maximum(n, 1)
        squares = (apart**2).T @ mask - sums**2 / some
        products = apart.T @ apart - sums * sums.T / some
        self._merge(n, centre[:, None] + sums / some, np.maximum(squares, 0.0), products)

    def std(self, column: int) -> float:
        """Standard deviation of a column (divisor n); NaN without values."""
        n = self.n[column, column]
        return math.sqrt(self.squares[column, column] / n) if n else math.nan

    def correlation(self, i: int, j: int) -> Correlation:
        """Pearson's r of two columns over the rows in which both have a value, with Fisher's interval."""
        n = int(self.n[i, j])
        xx, yy = (self._kept(*pair) for pair in ((i, j), (j, i)))
        return Correlation.of(n, xx, yy, float(self.products[i, j]))

    def _kept(self, i: int, j: int) -> float:
        """The squared distances, 0 where they are what rounding leaves of a constant."""
        squares, n = float(self.squares[i, j]), float(self.n[i, j])
        return 0.0 if squares <= n * (1e-12 * max(abs(float(self.mean[i, j])), 1e-300)) ** 2 else squares

    def _merge(self, n: Table, mean: Table, squares: Table, products: Table) -> None:
        both = np.maximum(self.n + n, 1)
        apart = np.where(n > 0, mean - self.mean, 0.0)
        weight = self.n * n / both
        self.squares += squares + apart**2 * weight
        self.products += products + apart * apart.T * weight
        self.mean += apart * n / both
        self.n += n
