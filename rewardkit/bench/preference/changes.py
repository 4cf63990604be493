"""`Changes`: differences of two scores of the same response, counted in one pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rewardkit.bench.preference.estimates import Count, Z


@dataclass(slots=True)
class Changes:
    """What one probe did to the scores."""

    n: int = 0
    """Responses that have a score before and after."""
    mean: float = 0.0
    squares: float = 0.0
    """Sum of squared differences from the mean change."""
    higher: int = 0
    lower: int = 0
    not_applicable: int = 0
    """Responses that the probe can't change without damage."""
    unscored: int = 0
    """Responses without a score before or after."""

    def add(self, before: float, after: float) -> None:
        """Count one response."""
        change = after - before
        self.n += 1
        from_mean = change - self.mean
        self.mean += from_mean / self.n
        self.squares += from_mean * (change - self.mean)
        self.higher += change > 0
        self.lower += change < 0

    @property
    def interval(self) -> tuple[float, float] | None:
        """The normal interval of the mean change, `m +- z s / sqrt(n)`; None below two responses."""
        if self.n < 2:
            return None
        half = Z * math.sqrt(self.squares / (self.n - 1) / self.n)
        return self.mean - half, self.mean + half

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        low, high = self.interval or (None, None)
        shares = {"higher": self.higher, "at_least_as_high": self.n - self.lower, "lower": self.lower}
        return {
            "n": self.n,
            "mean_change": self.mean if self.n else None,
            "mean_change_low": low,
            "mean_change_high": high,
            **{name: Count(self.n, count).estimate(name).as_json() for name, count in shares.items()},
            "not_applicable": self.not_applicable,
            "unscored": self.unscored,
        }
