"""One baseline shared by several groups, and statistics that several processes can merge."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from rewardkit.groups.arrays import kind_of
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped, refuse_infinite


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of some rewards; NaN is left out.

    Trainers that split a batch over processes must not normalise each part by itself: every process takes the
    `Moments` of its part, they are merged, and the merged ones go into `against`.

    >>> whole = Moments.of([1.0, 2.0]).merged(Moments.of([6.0, None]))
    >>> whole.count, whole.mean, round(whole.std(), 4)
    (3, 3.0, 2.6458)
    """

    count: int
    mean: float
    squares: float

    @classmethod
    def of(cls, rewards: Any) -> Moments:
        """Of all scored rewards, of any shape."""
        kind = kind_of(rewards)
        wide = kind.wide(rewards)
        refuse_infinite(kind, wide, "reward")
        scored = wide[~kind.lib.isnan(wide)]
        if not len(scored):
            return cls(0, 0.0, 0.0)
        mean = float(scored.mean())
        return cls(len(scored), mean, float(((scored - mean) ** 2).sum()))

    def merged(self, other: Moments) -> Moments:
        """As if both had been taken over one batch (Chan, Golub and LeVeque 1983)."""
        count = self.count + other.count
        if not count:
            return self
        gap = other.mean - self.mean
        mean = self.mean + gap * other.count / count
        return Moments(count, mean, self.squares + other.squares + gap * gap * self.count * other.count / count)

    def std(self, ddof: int = 1) -> float:
        """Standard deviation; NaN for too few rewards."""
        return math.sqrt(self.squares / (self.count - ddof)) if self.count > ddof else math.nan


def shared_baseline(
    rewards: Any,
    groups: Groups,
    *,
    pool: Iterable[Any] | None = None,
    scale: bool = True,
    eps: Annotated[float, Ge(0)] = 1e-4,
) -> Shaped:
    """Mean and deviation of a pool that several groups share: `A_i = (r_i - mean_pool) / (std_pool + eps)`, ddof 1.

    For prompts that are versions of one task (rephrasings, turns, levels of difficulty), whose groups are too
    small for a baseline of their own. `pool`: the pool of every row, default the whole batch; a group must lie in one
    pool. `scale=False` only centres. A pool of equal rewards, and one of a single row: 0. A group of equal rewards in
    a pool that varies has a signal (state EQUAL): that is what a shared baseline is for. Sums to 0 over a pool, not
    over a group. A batch that is spread over processes: see `against`.
    """
    batch = Batch.of(rewards, groups)
    pools = Groups.of([0] * groups.rows if pool is None else pool)
    if pools.rows != groups.rows:
        raise GroupError(f"{groups.rows} rows, but {pools.rows} in the pools")
    groups.require_inside(pools.index, "pools")
    within = Batch(rewards, batch.kind, batch.rewards, pools)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = within.centred / pools.spread(pools.std(batch.rewards) + eps) if scale else within.centred
    return batch.shaped(within.where_mixed(scaled))


def against(
    rewards: Any, groups: Groups, moments: Moments, *, scale: bool = True, eps: Annotated[float, Ge(0)] = 1e-4
) -> Shaped:
    """The same against moments taken elsewhere: of all processes' rewards, or of an earlier step's.

    Fewer than two rewards in the moments, or rewards without any spread: zeros.
    """
    batch = Batch.of(rewards, groups)
    apart = batch.rewards - moments.mean
    if moments.count < 2 or moments.squares <= 0:
        return batch.shaped(apart * 0.0)
    return batch.shaped(apart / (moments.std() + eps) if scale else apart)
