"""`bonus`: a weighted sum with something on top for a row that has everything right.

bonus(get("format"), get("math"), amount=0.5)
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt

from rewardkit.errors import OptionError
from rewardkit.gates.combine import Sum
from rewardkit.gates.node import can_be_correct, is_number
from rewardkit.reward import Doc
from rewardkit.score import Outcome, Range, Score


@dataclass(frozen=True)
class Bonus(Sum):
    """The weighted sum of its children, plus `amount` where every one of them is CORRECT: an all-pass bonus.

    It is never paid where a child is missing: one that is optional and has no value, or one whose `only_if` does not
    hold. Weights must be positive, so that CORRECT everywhere is the top of the sum; `only_if` and the meaning of None
    are those of `sum`. Range: from the bottom of the sum to its top plus `amount`. Monotone where the sum is.
    """

    amount: Annotated[float, Doc("what is added where every child is CORRECT"), Gt(0)] = 1.0
    name: str = "bonus"

    def __post_init__(self) -> None:
        if not is_number(self.amount) or self.amount <= 0:
            raise OptionError(f"amount must be a finite number above 0, not {self.amount!r}")
        super().__post_init__()
        for child in self.children:
            if child.weight < 0:
                raise OptionError(f"the weight of {child.name!r} must be positive here, not {child.weight!r}")
            if not can_be_correct(child.node):
                raise OptionError(f"the bonus can never be paid, since {child.name!r} can never be CORRECT")

    @functools.cached_property
    def range(self) -> Range:
        """From the bottom of the sum to its top plus the bonus."""
        return Range(min(way.low for way in self._ways), max(way.high for way in self._ways) + self.amount)

    @property
    def can_be_correct(self) -> bool:
        """Always: a sum of positive weights is at its top where every child is CORRECT."""
        return True

    def combine(self, parts: Mapping[str, Score], closed: Mapping[str, str] | None = None) -> Score:
        """The score of one row: the sum's, and the bonus if it is due."""
        score = super().combine(parts, closed)
        if score.value is None:
            return score
        missed = [c.name for c in self.children if c.name not in parts or parts[c.name].outcome is not Outcome.CORRECT]
        value = score.value if missed else self.range.high
        note = f"no bonus, for {missed[0]}" if missed else f"bonus {self.amount:g}: everything is CORRECT"
        evidence = {**score.evidence, "bonus": 0.0 if missed else self.amount}
        return Score.graded(
            value, f"{score.reason}; {note}", within=self.range, evidence=evidence, parts=dict(score.parts)
        )
