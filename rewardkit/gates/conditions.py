"""Conditions between the parts of a sum: what `only_if` may say, and what values it leaves possible."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rewardkit.errors import OptionError, nearest
from rewardkit.gates.node import Part
from rewardkit.gates.tree import check_whole_groups

MOST_CONDITIONS = 8
"""Different conditions in one sum: its range is worked out for each way that they can turn out."""


class Way(NamedTuple):
    """One way that the conditions of a sum can turn out."""

    all_hold: bool
    low: float
    """The least value of the sum then."""
    high: float


def conditions_of(parts: Sequence[Part]) -> tuple[str, ...]:
    """The parts that others depend on, by name."""
    return tuple(dict.fromkeys(name for part in parts for name in part.only_if))


def check_conditions(parts: Sequence[Part]) -> None:
    """Raise `OptionError` for a condition that is no sibling, hangs on a condition itself, or would pay for failing.

    What hangs on several conditions is lost by failing any of them, so it counts against each.
    """
    by_name = {part.name: part for part in parts}
    for part in parts:
        for name in part.only_if:
            if name not in by_name:
                raise OptionError(f"only_if of {part.name!r} names no sibling {name!r}; {nearest(name, by_name)}")
            if by_name[name].only_if or name == part.name:
                raise OptionError(f"only_if of {part.name!r} names {name!r}, itself run on some rows only")
        if part.only_if:
            check_whole_groups("only_if", [part.node])
    names = conditions_of(parts)
    if len(names) > MOST_CONDITIONS:
        raise OptionError(f"a sum can have {MOST_CONDITIONS} different conditions, not {len(names)}")
    for name in names:
        gain = by_name[name].weight * (by_name[name].node.range.high - by_name[name].node.range.low)
        loss = math.fsum(min(_ends(part)[0], 0.0) for part in parts if name in part.only_if)
        if gain + loss < 0:
            raise OptionError(
                f"what depends on {name!r} can take {-loss:g} from a row where it is CORRECT, more than the "
                f"{gain:g} that being CORRECT adds: a row that fails it would earn more"
            )


def ways_of(parts: Sequence[Part]) -> tuple[Way, ...]:
    """Every way that the conditions can turn out, with the bounds of the sum."""
    names = conditions_of(parts)
    ways = []
    for held in itertools.product((True, False), repeat=len(names)):
        holds = dict(zip(names, held, strict=True))
        ends = [_ends_where(part, holds) for part in parts]
        ways.append(Way(all(held), math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends)))
    return tuple(ways)


def _ends_where(part: Part, holds: Mapping[str, bool]) -> tuple[float, float]:
    """The least and the greatest that a part adds where the conditions turned out so."""
    if not all(holds[name] for name in part.only_if):
        return 0.0, 0.0
    if holds.get(part.name):
        top = part.weight * part.node.range.high
        return top, top
    low, high = _ends(part)
    return (min(low, 0.0), max(high, 0.0)) if part.optional else (low, high)


def _ends(part: Part) -> tuple[float, float]:
    low, high = sorted((part.weight * part.node.range.low, part.weight * part.node.range.high))
    return low, high
