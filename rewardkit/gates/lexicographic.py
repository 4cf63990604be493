"""`lexicographic`: rules in order of importance, of which a lower one never outvotes a higher one.

lexicographic(get("math"), get("format", sections=["think", "answer"]), Part(get("f1"), levels=11))
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rewardkit.errors import OptionError
from rewardkit.gates.combine import Mix
from rewardkit.gates.node import Part
from rewardkit.score import UNIT, Range, Score

_LARGEST = 2**40
"""Positions that can be told apart: beyond that, steps of the lowest rule would vanish in rounding."""

_SLACK = 1e-9


@dataclass(frozen=True)
class Lexicographic(Mix):
    """Its children in order of importance: the next one counts only among rows that are level on all before it.

    A child's value is read in `levels` equal steps of its range, 2 unless it says otherwise: reached or not. A level
    is reached in full or not at all, never rounded up. The last child may leave `levels` out and then counts as it is.
    With l_k the level of child k, from 0, and L_k its number of levels, the value is

        (l_1 * L_2 * ... * L_K  +  l_2 * L_3 * ... * L_K  +  ...  +  l_K) / (L_1 * ... * L_K - 1)

    so that one level of a rule weighs more than everything below it together; a last child that counts as it is has
    L_K = 2 and l_K in [0, 1]. With equal L this is the scalar form of a list of preferences. Rules with margins
    (HERON, arXiv 2309.02632: the first signal that differs by more than its delta decides) are not transitive, so no
    value of single rows can hold them.

    Range [0, 1]; monotone in every child. The levels are in the evidence. Every child must have a value: without one
    a row can't be ranked.
    """

    edges: ClassVar[frozenset[str]] = frozenset({"levels"})

    name: str = "lexicographic"

    def __post_init__(self) -> None:
        super().__post_init__()
        for child in self.children:
            if child.levels is not None and (not isinstance(child.levels, int) or child.levels < 2):
                raise OptionError(
                    f"levels of {child.name!r} must be a whole number of at least 2, not {child.levels!r}"
                )
        if math.prod(self._radixes) > _LARGEST:
            raise OptionError(f"the levels of {self.name} make more than {_LARGEST} different values; take fewer")

    @property
    def _radixes(self) -> list[int]:
        return [child.levels or 2 for child in self.children]

    @property
    def range(self) -> Range:
        """[0, 1]."""
        return UNIT

    def levels(self, present: Sequence[tuple[Part, float]]) -> list[float]:
        """How high each child stands, in its own levels."""
        heights = []
        for child, value in present:
            low, high = child.node.range
            height = (value - low) / (high - low)
            if child is self.children[-1] and child.levels is None:
                heights.append(height)
            else:
                steps = (child.levels or 2) - 1
                reached = math.floor(height * steps + _SLACK)
                heights.append(float(min(reached, steps - 1) if value < high else steps))
        return heights

    def mixed(self, present: Sequence[tuple[Part, float]]) -> float:
        """The levels as digits of one number, as a share of the largest."""
        number = 0.0
        for radix, level in zip(self._radixes, self.levels(present), strict=True):
            number = number * radix + level
        return number / (math.prod(self._radixes) - 1)

    def told(self, present: Sequence[tuple[Part, float]]) -> str:
        """The levels, highest rule first."""
        steps = zip(present, self._radixes, self.levels(present), strict=True)
        return ", then ".join(f"{child.name} {level:g} of {radix - 1}" for (child, _), radix, level in steps)

    def combine(self, parts: Mapping[str, Score], closed: Mapping[str, str] | None = None) -> Score:
        """The score of one row from its children's, with the levels in the evidence."""
        score = super().combine(parts, closed)
        if score.value is None:
            return score
        present = [(child, value) for child in self.children if (value := parts[child.name].value) is not None]
        levels = {child.name: level for (child, _), level in zip(present, self.levels(present), strict=True)}
        return Score(score.value, score.outcome, score.reason, {**score.evidence, "levels": levels}, score.parts)
