"""Transforms: the value of one child, reshaped.

    Affine(length, scale=-1.0)
    Threshold(judge, at=0.8)

All of them are monotone in the child's value; each says in which direction. The range follows exactly from the
child's. What all share:

- None: a child without a value leaves the row without one, with the child's outcome and reason.
- The outcome is CORRECT at the top of the range, INCORRECT at its bottom, PARTIAL between. A row at the bottom keeps
  the child's own outcome (NO_ANSWER, UNDECIDED, TIMEOUT, CRASHED), so that a cascade still sees it.
- A transform that turns the order over (`affine` with a negative scale) pays such rows the bottom of its range too: a
  response that broke its verifier never comes out on top by inversion.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Gt

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import UNJUDGED, number, placed, spread
from rewardkit.gates.node import Gate, Node, can_be_correct, masked
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Range, Score


@dataclass(frozen=True)
class Transform(Gate):
    """What all transforms share: one child, a function of its value, and the range that follows."""

    child: Node
    kind: ClassVar[str]

    def __post_init__(self) -> None:
        self.check()
        try:
            spread(self.kind, self.range)
        except OverflowError as error:
            raise OptionError(f"{self.kind} of the child's range {self.child.range} is not finite") from error

    def check(self) -> None:
        """Raise `OptionError` for options that can't be used."""

    def of(self, value: float) -> float:
        """The transformed value."""
        raise NotImplementedError

    def told(self, value: float, result: float) -> str:
        """How `value` became `result`, in one sentence."""
        return f"{self.kind} of {self.child.name}({value:g}) is {result:g}"

    @property
    def is_increasing(self) -> bool:
        """Whether a higher value of the child never gives a lower one here; otherwise it never gives a higher one."""
        return True

    @functools.cached_property
    def range(self) -> Range:
        """The image of the child's range."""
        low, high = sorted((self.of(self.child.range.low), self.of(self.child.range.high)))
        return Range(low, high)

    @property
    def cost(self) -> Cost:
        """That of the child."""
        return self.child.cost

    @property
    def can_be_correct(self) -> bool:
        """Whether the child can be; inverted, its bottom is the top."""
        return not self.is_increasing or can_be_correct(self.child)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch."""
        return Then([self.child.submit(samples)], lambda columns: [self.transformed(score) for score in columns[0]])

    def transformed(self, score: Score) -> Score:
        """The score of one row from the child's."""
        parts = {self.child.name: score}
        if score.value is None:
            return masked(self.child.name, score, parts)
        evidence = {"child": score.value}
        if not self.is_increasing and score.outcome in UNJUDGED:
            reason = f"{self.child.name} is {score.outcome}, which {self.kind} never turns into a gain: {score.reason}"
            return Score.of(score.outcome, reason, within=self.range, evidence=evidence, parts=parts)
        value = self.of(score.value)
        return placed(value, self.told(score.value, value), self.range, evidence, parts, score.outcome)


@dataclass(frozen=True)
class Clip(Transform):
    """`min(max(v, low), high)`. Increasing. Range: the part of the child's range between the limits."""

    low: Annotated[float | None, Doc("values below it become it; none: no lower limit")] = None
    high: Annotated[float | None, Doc("values above it become it; none: no upper limit")] = None
    name: str = "clip"
    kind = "clip"

    def check(self) -> None:
        if self.low is None and self.high is None:
            raise OptionError("clip needs low, high or both")
        low = -math.inf if self.low is None else number("low", self.low)
        high = math.inf if self.high is None else number("high", self.high)
        if not low < high:
            raise OptionError(f"low must be below high, not {self.low!r} and {self.high!r}")

    def of(self, value: float) -> float:
        """The nearest value between the limits."""
        value = value if self.low is None else max(value, self.low)
        return value if self.high is None else min(value, self.high)

    @property
    def can_be_correct(self) -> bool:
        """Whether the child can be, or less than its top suffices."""
        return can_be_correct(self.child) or self.range.high < self.child.range.high


@dataclass(frozen=True)
class Affine(Transform):
    """`scale * v + shift`. Increasing where `scale` is positive, decreasing where it is negative."""

    scale: Annotated[float, Doc("factor, other than 0; negative turns the order over")] = 1.0
    shift: Annotated[float, Doc("added after scaling")] = 0.0
    name: str = "affine"
    kind = "affine"

    def check(self) -> None:
        number("shift", self.shift)
        if number("scale", self.scale) == 0:
            raise OptionError("scale must not be 0: every row would get the same value")

    def of(self, value: float) -> float:
        """Scaled and shifted."""
        return self.scale * value + self.shift

    @property
    def is_increasing(self) -> bool:
        """Whether the scale is positive."""
        return self.scale > 0


@dataclass(frozen=True)
class Sigmoid(Transform):
    """`1 / (1 + exp(-(v - centre) / temperature))`, in (0, 1). Increasing; 0.5 at the centre."""

    centre: Annotated[float, Doc("the value that becomes 0.5")] = 0.0
    temperature: Annotated[float, Doc("width of the curve, in the child's values"), Gt(0)] = 1.0
    name: str = "sigmoid"
    kind = "sigmoid"

    def check(self) -> None:
        number("centre", self.centre)
        if number("temperature", self.temperature) <= 0:
            raise OptionError(f"temperature must be above 0, not {self.temperature!r}")

    def of(self, value: float) -> float:
        """The logistic function, written so that neither tail overflows."""
        x = (value - self.centre) / self.temperature
        if x >= 0:
            return 1 / (1 + math.exp(-x))
        grown = math.exp(x)
        return grown / (1 + grown)


@dataclass(frozen=True)
class Power(Transform):
    """`sign(v) * |v| ** exponent`. Increasing; 0 stays 0 and negative values keep their sign, so any range will do."""

    exponent: Annotated[float, Doc("above 0; above 1 favours the best, below 1 the mediocre"), Gt(0)] = 2.0
    name: str = "power"
    kind = "power"

    def check(self) -> None:
        if number("exponent", self.exponent) <= 0:
            raise OptionError(f"exponent must be above 0, not {self.exponent!r}: 0 and below lose the order")

    def of(self, value: float) -> float:
        """The power of the magnitude under the value's sign."""
        return math.copysign(math.pow(abs(value), self.exponent), value)


@dataclass(frozen=True)
class Threshold(Transform):
    """1 where the child's value reaches `at`, else 0. Increasing. Range: [0, 1].

    `at` must lie above the bottom of the child's range (or every row passes) and not above its top (or none does).
    """

    at: Annotated[float, Doc("the lowest value that passes, in the child's range")] = 0.5
    name: str = "threshold"
    kind = "threshold"

    def check(self) -> None:
        within = self.child.range
        if not within.low < number("at", self.at) <= within.high:
            never = "never fails" if self.at <= within.low else "can never pass"
            raise OptionError(f"at {self.at:g}, {self.child.name!r} {never}: its range is {within}")

    def of(self, value: float) -> float:
        """Whether it is reached, as a number."""
        return 1.0 if value >= self.at else 0.0

    @property
    def can_be_correct(self) -> bool:
        """Whether the child can be, or less than its top suffices."""
        return can_be_correct(self.child) or self.at < self.child.range.high

    def told(self, value: float, result: float) -> str:
        """Which side of the threshold the value lies on."""
        return f"{self.child.name}({value:g}) {'reaches' if result else 'is below'} the threshold {self.at:g}"
