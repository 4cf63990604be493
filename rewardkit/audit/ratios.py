"""A share of sums over groups, with an interval that knows that the rows of a group belong together.

    share = Ratio()
    share.add(wins, pairs)                # once a group
    share.estimate()                      # wins of all groups over pairs of all groups

The interval is that of a ratio of sums over independent groups: with e_g = w_g - R p_g,

    variance(R) = G / (G - 1) * sum e_g^2 / (sum p_g)^2

which is what the bootstrap over groups comes to in the limit (the infinitesimal jackknife; for areas under a curve of
clustered data: Obuchowski, Biometrics 53 (1997) 567-578). Where no group differs from the others, so that the variance
is 0, a share has Wilson's interval with groups for rows: that is wide enough, never too narrow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rewardkit.bench.preference.estimates import Z
from rewardkit.bench.statistics import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval over groups."""

    value: float | None
    """None where nothing was counted."""
    low: float | None
    high: float | None
    groups: int
    """Groups that were counted."""


@dataclass(slots=True)
class Ratio:
    """Sums over groups of what was counted, and of what it is counted out of."""

    groups: int = 0
    counted: float = 0.0
    out_of: float = 0.0
    _ww: float = 0.0
    _wp: float = 0.0
    _pp: float = 0.0

    def add(self, counted: float, out_of: float) -> None:
        """One group; one that has nothing to count out of says nothing."""
        if out_of == 0:
            return
        self.groups += 1
        self.counted += counted
        self.out_of += out_of
        self._ww += counted * counted
        self._wp += counted * out_of
        self._pp += out_of * out_of

    def estimate(self, low: float = 0.0, high: float = 1.0) -> Share:
        """The ratio, whose values lie between `low` and `high`."""
        if not self.out_of:
            return Share(None, None, None, 0)
        value = self.counted / self.out_of
        if self.groups < 2:
            return Share(value, None, None, self.groups)
        squares = self._ww - 2 * value * self._wp + value * value * self._pp
        if squares <= 1e-12 * self._pp:
            share = min(max((value - low) / (high - low), 0.0), 1.0)
            ends = wilson(share * self.groups, self.groups)
            return Share(value, low + (high - low) * ends.low, low + (high - low) * ends.high, self.groups)
        half = Z * math.sqrt(self.groups / (self.groups - 1) * squares) / self.out_of
        return Share(value, max(low, value - half), min(high, value + half), self.groups)
