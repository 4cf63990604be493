"""What gates check of their own options and of the columns that they read, and where a value lies in its range."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from rewardkit.errors import OptionError
from rewardkit.gates.node import is_number
from rewardkit.sample import Sample
from rewardkit.score import PAYS, Outcome, Pays, Range, Score

UNJUDGED = frozenset({Outcome.NO_ANSWER, Outcome.UNDECIDED, Outcome.TIMEOUT, Outcome.CRASHED})
"""Outcomes that pay the bottom of the range although nothing was found wrong."""

LARGEST = 1e100
"""Rewards end here, so that sums and squares of very many of them are finite."""


def number(name: str, value: object) -> float:
    """The option `name` as a finite float; raises `OptionError`."""
    if not is_number(value):
        raise OptionError(f"{name} must be a finite number, not {value!r}")
    assert isinstance(value, (int, float))
    return float(value)


def whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """The option `name` as an integer from `least` to `most`; raises `OptionError`."""
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= least and (most is None or value <= most)
    if not fits:
        upto = f" of at least {least}" if most is None else f" from {least} to {most}"
        raise OptionError(f"{name} must be an integer{upto}, not {value!r}")
    assert isinstance(value, int)
    return value


def one_of(name: str, value: object, known: Sequence[str]) -> None:
    """Raise `OptionError` unless the option `name` has one of the `known` values."""
    if value not in known:
        raise OptionError(f"{name} must be one of {', '.join(known)}, not {value!r}")


def spread(kind: str, within: Range) -> Range:
    """`within`, if it is a range that a reward can have: ends one below the other, neither beyond `LARGEST`; raises
    `OptionError`.
    """
    if not (-LARGEST <= within.low < within.high <= LARGEST):
        raise OptionError(
            f"the range of {kind} would be {within}: it needs finite ends, one below the other and none beyond "
            f"{LARGEST:g}"
        )
    return within


def has_range(gate: Any) -> None:
    """Raise `OptionError` unless a gate whose children and weights have been checked has a range to be rewarded in."""
    try:
        within = gate.range
    except OverflowError as error:
        raise OptionError(f"the range of {gate.name} is not finite: weights or values are too large") from error
    spread(gate.name, within)


def column_number(sample: Sample, column: str) -> float | None:
    """The finite number in a column of a row; None where there is none."""
    value = sample.data.get(column)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def snapped(value: float, within: Range) -> float:
    """`value`, or the end of `within` that it misses by less than 1e-12 of the width, as sums of floats do."""
    slack = 1e-12 * (within.high - within.low)
    if value >= within.high - slack:
        return within.high
    return within.low if value <= within.low + slack else value


def placed(
    value: float,
    reason: str,
    within: Range,
    evidence: Mapping[str, Any],
    parts: Mapping[str, Score],
    outcome: Outcome | None = None,
) -> Score:
    """A score whose outcome follows from the place of `value` in `within`; at the bottom, `outcome` if that pays it."""
    value = min(max(value, within.low), within.high)
    if value == within.low and outcome is not None and PAYS[outcome] is Pays.BOTTOM:
        return Score.of(outcome, reason, within=within, evidence=evidence, parts=parts)
    return Score.graded(value, reason, within=within, evidence=evidence, parts=parts)
