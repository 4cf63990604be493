"""How the values of one part are distributed, counted in one pass."""

from __future__ import annotations

import collections
import math
from dataclasses import dataclass, field

import numpy as np

from rewardkit.audit.comoments import Table
from rewardkit.score import Range, Score

MOST_DISTINCT = 1000
"""Different values that are told apart; beyond that there are just more."""


@dataclass(slots=True)
class Distribution:
    """Counts of one part."""

    within: Range
    """The range of the part."""
    run: int = 0
    """Responses on which it was run."""
    scored: int = 0
    """Those of them that have a value."""
    bottom: int = 0
    top: int = 0
    least: float = math.inf
    most: float = -math.inf
    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    _distinct: set[float] = field(default_factory=set)

    @property
    def unscored(self) -> int:
        """Responses on which it was run and has no value (None)."""
        return self.run - self.scored

    @property
    def distinct(self) -> int:
        """Different values; `MOST_DISTINCT` + 1 stands for more than can be told apart."""
        return len(self._distinct)

    @property
    def is_constant(self) -> bool:
        """Whether it gave one and the same value to all responses, of which there are several."""
        return self.scored > 1 and self.least == self.most

    def count(self, score: Score | None) -> None:
        """Count what it gave to one response; None where it was not run."""
        if score is not None:
            self.run += 1
            self.outcomes[score.outcome.value] += 1

    def add(self, values: Table) -> None:
        """Count the values of some responses, NaN where there is none."""
        values = values[~np.isnan(values)]
        if not len(values):
            return
        self.scored += len(values)
        self.bottom += int((values == self.within.low).sum())
        self.top += int((values == self.within.high).sum())
        self.least = min(self.least, float(values.min()))
        self.most = max(self.most, float(values.max()))
        if len(self._distinct) <= MOST_DISTINCT:
            new = np.unique(values).tolist()
            self._distinct.update(new[: MOST_DISTINCT + 1])
            while len(self._distinct) > MOST_DISTINCT + 1:
                self._distinct.pop()
