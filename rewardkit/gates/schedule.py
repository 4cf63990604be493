"""Schedules: a number as a function of the trainer's step.

    schedule(0.5)                                                         # constant
    schedule({"linear": {"from": 0.0, "to": 1.0, "start": 100, "end": 500}})
    schedule({"cosine": {"from": 1.0, "to": 0.1, "end": 1000}})           # half a wave; `start` is 0
    schedule({"piecewise": [[0, 1.0], [200, 0.5], [1000, 0.2]]})          # straight lines between knots
    schedule({"hold": [[0, 0.5], [500, 0.75]]})                           # each value until the next knot

Before its first step a schedule has its first value, after its last its last one.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rewardkit.errors import OptionError, nearest
from rewardkit.gates.checks import number


class Course(StrEnum):
    """How a schedule goes from one knot to the next."""

    LINEAR = "piecewise"
    """In a straight line."""
    COSINE = "cosine"
    """In half a cosine wave: slowly at both ends."""
    HOLD = "hold"
    """Not at all: it jumps at the next knot."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A number as a function of the step: knots (step, value), and how it goes between them. Make it by `schedule`."""

    knots: tuple[tuple[float, float], ...]
    course: Course = Course.LINEAR

    def __post_init__(self) -> None:
        if not self.knots:
            raise OptionError("a schedule needs at least one knot")
        for position, (step, value) in enumerate(self.knots):
            number(f"the value at knot {position}", value)
            if number(f"the step of knot {position}", step) < 0:
                raise OptionError(f"steps begin at 0, and knot {position} is at {step!r}")
            if position and step <= self.knots[position - 1][0]:
                raise OptionError(
                    f"knots must come in the order of their steps, each once: {step:g} follows "
                    f"{self.knots[position - 1][0]:g}"
                )

    def at(self, step: float) -> float:
        """Its value at a step.

        >>> ramp = schedule({"linear": {"from": 0, "to": 1, "start": 100, "end": 300}})
        >>> ramp.at(0), ramp.at(150), ramp.at(9999)
        (0.0, 0.25, 1.0)
        """
        after = bisect.bisect_right(self.knots, step, key=lambda knot: knot[0])
        if after in (0, len(self.knots)):
            return self.knots[0 if after == 0 else -1][1]
        (start, first), (end, last) = self.knots[after - 1], self.knots[after]
        share = _PROGRESS[self.course]((step - start) / (end - start))
        return first + (last - first) * share

    def over(self, start: float, end: float) -> tuple[float, float]:
        """Its values at the ends of a stretch without a knot inside; at `end`, what it comes to just before it."""
        return self.at(start), self.at(start) if self.course is Course.HOLD else self.at(end)

    @property
    def values(self) -> tuple[float, ...]:
        """Its values at the knots, which bound it."""
        return tuple(value for _, value in self.knots)

    @property
    def spec(self) -> Any:
        """What `schedule` makes it from."""
        if len(self.knots) == 1 and self.course is not Course.HOLD:
            return self.knots[0][1]
        if self.course is not Course.COSINE:
            return {self.course.value: [[step, value] for step, value in self.knots]}
        (start, first), (end, last) = self.knots
        return {"cosine": {"from": first, "to": last, "start": start, "end": end}}


_PROGRESS: Mapping[Course, Callable[[float], float]] = {
    Course.LINEAR: lambda share: share,
    Course.COSINE: lambda share: (1 - math.cos(math.pi * share)) / 2,
    Course.HOLD: lambda share: 0.0,
}

_KINDS = ("linear", "cosine", "piecewise", "hold")
_RAMP = ("from", "to", "start", "end")


def schedule(spec: Any) -> Schedule:
    """The schedule that a number or a mapping of one kind to its arguments describes (see the module).

    Raises:
        OptionError: not one of the kinds, a missing or unknown argument, or knots that are not in order.
    """
    if isinstance(spec, Schedule):
        return spec
    if not isinstance(spec, Mapping):
        return Schedule(((0.0, number("a constant schedule", spec)),))
    if len(spec) != 1 or next(iter(spec)) not in _KINDS:
        told = ", ".join(map(repr, spec)) or "nothing"
        hint = nearest(str(next(iter(spec), "")), _KINDS)
        raise OptionError(f"a schedule is a number or one of {', '.join(_KINDS)}, not {told}; {hint}")
    [(kind, told)] = spec.items()
    if kind in ("piecewise", "hold"):
        return Schedule(_knots(kind, told), Course(kind))
    if not isinstance(told, Mapping):
        raise OptionError(f"{kind} takes {', '.join(_RAMP)}, not {told!r:.80}")
    for key in told:
        if key not in _RAMP:
            raise OptionError(f"{kind} has no argument {key!r}; {nearest(str(key), _RAMP)}")
    for key in ("from", "to", "end"):
        if key not in told:
            raise OptionError(f"{kind} needs the argument {key!r}")
    first, last, start, end = (number(f"{kind}.{key}", told.get(key, 0)) for key in _RAMP)
    if not 0 <= start < end:
        raise OptionError(f"{kind} goes from start to a later end, not from {start:g} to {end:g}")
    return Schedule(((start, first), (end, last)), Course.COSINE if kind == "cosine" else Course.LINEAR)


def _knots(kind: str, told: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(told, (list, tuple)) or not told:
        raise OptionError(f"{kind} takes a list of [step, value], not {told!r:.80}")
    for pair in told:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise OptionError(f"{kind} takes a list of [step, value], and one of it is {pair!r:.80}")
    return tuple((number("a step", step), number("a value", value)) for step, value in told)
