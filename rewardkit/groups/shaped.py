"""What every advantage function gives back, and what it starts from.

A group whose rewards are all equal teaches nothing under most formulas; its zeros must not look like a result.
`Shaped` therefore says of every group how its rewards stood (`state`) and whether any row of it got an advantage
(`signal`). The two differ for formulas that do learn from equal groups (NGRPO, PSR/NSR, whitening over a batch).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np

from rewardkit.groups.arrays import Array, Kind, host, kind_of
from rewardkit.groups.layout import GroupError, Groups

LARGEST = 1e100
"""Values beyond this are refused like infinite ones: their squares are."""


class State(IntEnum):
    """How the rewards of one group stand."""

    MIXED = 0
    """At least two scored rows, of different reward."""
    EQUAL = 1
    """At least two scored rows, all of one reward up to the rounding of their dtype."""
    SINGLE = 2
    """One scored row: nothing to compare it with."""
    UNSCORED = 3
    """No scored row."""


@dataclass(frozen=True, eq=False)
class Shaped:
    """Advantages of a batch, and what is to be known about its groups. Arrays are of the kind that was given."""

    advantages: Array
    """`[n]`: the advantage of each row; 0 for a row that is not kept."""
    kept: Array
    """`[n]` bool: rows to train on. False: not scored (NaN), or left out by the formula (MC-GRPO's pivot)."""
    rewards: Array
    """`[n]`: the reward that the advantage was made of, after mixing and shaping; NaN where not scored."""
    state: Array
    """`[count]` int8: the `State` of each group, of `rewards`."""
    signal: Array
    """`[count]` bool: some row of the group has an advantage other than 0."""
    groups: Groups

    @property
    def states(self) -> Mapping[str, int]:
        """How many groups are in each `State`.

        >>> from rewardkit.groups import Groups, grpo
        >>> dict(grpo([1.0, 0.0, 1.0, 1.0], Groups.equal(4, 2)).states)
        {'MIXED': 1, 'EQUAL': 1, 'SINGLE': 0, 'UNSCORED': 0}
        """
        found = np.bincount(host(self.state), minlength=len(State))
        return {state.name: int(found[state]) for state in State}


@dataclass(frozen=True, eq=False)
class Batch:
    """Rewards of a batch made ready: float64, NaN found, statistics of each group taken once."""

    given: Any
    kind: Kind
    rewards: Array
    """`[n]` float64."""
    groups: Groups

    @classmethod
    def of(cls, rewards: Any, groups: Groups) -> Batch:
        """Refuses what no formula can use: another number of rows than the groups have, and infinite rewards."""
        kind = kind_of(rewards)
        wide = kind.wide(rewards)
        if wide.shape != (groups.rows,):
            raise GroupError(f"rewards are one number a row, shape ({groups.rows},), not {tuple(wide.shape)}")
        refuse_infinite(kind, wide, "reward")
        return cls(rewards, kind, wide, groups)

    def beside(self, values: Any, name: str) -> Array:
        """`[n]` float64: another number for every row (a length, a log-probability); every scored row needs one."""
        wide = self.kind.wide(values)
        if wide.shape != self.rewards.shape:
            raise GroupError(f"{name}: one number a row, shape {tuple(self.rewards.shape)}, not {tuple(wide.shape)}")
        missing = self.scored & ~self.kind.lib.isfinite(wide)
        if missing.any():
            row = int(np.flatnonzero(host(missing))[0])
            raise GroupError(f"{name}: row {row} is scored but has none")
        return wide

    @cached_property
    def scored(self) -> Array:
        """`[n]` bool."""
        return ~self.kind.lib.isnan(self.rewards)

    @cached_property
    def counts(self) -> Array:
        """`[count]` float: scored rows."""
        return self.groups.scored(self.rewards)

    @cached_property
    def mean(self) -> Array:
        """`[count]`."""
        return self.groups.mean(self.rewards)

    @cached_property
    def state(self) -> Array:
        """`[count]` int8."""
        lib = self.kind.lib
        low, high = self.groups.min(self.rewards), self.groups.max(self.rewards)
        largest = lib.maximum(lib.abs(low), lib.abs(high))
        equal = high - low <= 4 * self.kind.rounding(self.given) * largest
        state = lib.where(equal, int(State.EQUAL), int(State.MIXED))
        state = lib.where(self.counts == 1, int(State.SINGLE), state)
        return lib.asarray(lib.where(self.counts == 0, int(State.UNSCORED), state), dtype=lib.int8)

    @cached_property
    def centred(self) -> Array:
        """`[n]`: reward minus the mean of its group; exactly 0 in a group that is not mixed."""
        return self.where_mixed(self.rewards - self.groups.spread(self.mean))

    def where_mixed(self, values: Array, otherwise: Any = 0.0) -> Array:
        """`[n]`: the values in mixed groups, and something else in the others."""
        mixed = self.groups.spread(self.state == int(State.MIXED))
        return self.kind.lib.where(mixed, values, otherwise)

    def where_single(self, values: Array, otherwise: Array) -> Array:
        """`[n]`: the values in groups of one scored row, and something else in the others."""
        single = self.groups.spread(self.state == int(State.SINGLE))
        return self.kind.lib.where(single, values, otherwise)

    def shaped(self, advantages: Array, kept: Array | None = None, state: Array | None = None) -> Shaped:
        """The result: advantages in the dtype given, 0 for rows that are not kept; the state of `rewards`, if not told.

        Rows that were not scored are never kept.
        """
        lib = self.kind.lib
        keep = self.scored if kept is None else self.scored & kept
        clean = lib.where(keep, advantages, 0.0)
        moved = self.groups.sum(lib.abs(clean))
        return Shaped(
            self.kind.like(clean, self.given),
            keep,
            self.kind.like(self.rewards, self.given),
            self.state if state is None else state,
            moved > 0,
            self.groups,
        )


def refuse_infinite(kind: Kind, wide: Array, name: str) -> None:
    """An infinite value would make every advantage of its group NaN, and so would one whose square is infinite."""
    infinite = kind.lib.abs(wide) > LARGEST
    if infinite.any():
        row = int(np.argwhere(host(infinite))[0][0])
        raise GroupError(f"row {row} has an infinite {name}, or one further from 0 than {LARGEST:g}")


def require(holds: bool, message: str) -> None:
    """Raises a `GroupError` unless it holds."""
    if not holds:
        raise GroupError(message)
