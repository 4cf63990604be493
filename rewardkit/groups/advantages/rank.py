"""G2RPO: ranks of the group mapped to a standard normal distribution."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from rewardkit.groups.arrays import host, lookup
from rewardkit.groups.layout import GroupError, Groups, whole
from rewardkit.groups.shaped import Batch, Shaped

Ties = Literal["mean", "midrank"]


def rank_gaussian(rewards: Any, groups: Groups, *, ties: Ties = "mean") -> Shaped:
    """Rank-Gaussian advantages (G2RPO, arXiv 2604.08539): `A_i = Phi^-1((rank_i - 0.5) / n)`, rank 1 the lowest.

    The paper matches the rewards of a task to N(0, 1) by optimal transport in one dimension; the plotting position
    and the rule for ties are the usual ones, not confirmed by released code (there is none). Tied rows get

    - `mean`: the mean of the quantiles that they span: exact transport of tied mass; sums to 0 over a group;
    - `midrank`: the quantile of their mean rank; doesn't sum to 0.

    n counts scored rows. Equal rewards and a group of one: 0. Invariant under any increasing map of the rewards: a gap
    of 0.01 and one of 10 come out alike. The deviation inside a group is a little below 1 (0.975 for n = 4);
    don't divide by it again.

    >>> rank_gaussian([0, 0, 0, 1], Groups.equal(4, 4)).advantages.round(3).tolist()
    [-0.383, -0.383, -0.383, 1.15]
    """
    if ties not in ("mean", "midrank"):
        raise GroupError(f"ties are 'mean' or 'midrank', not {ties!r}")
    batch = Batch.of(rewards, groups)
    kind, lib = batch.kind, batch.kind.lib
    order = groups.order(batch.rewards)
    row = kind.move(np.arange(groups.rows))
    place = kind.move(groups.places)
    value = lib.where(batch.scored, batch.rewards, 0.0)[order]
    group = kind.move(groups.index)[order]
    differs = lib.ones_like(batch.scored)
    differs[1:] = (value[1:] != value[:-1]) | (group[1:] != group[:-1]) | ~batch.scored[order][1:]
    closes = lib.ones_like(differs)
    closes[:-1] = differs[1:]
    first = kind.running_max(lib.where(differs, row, 0))
    last = (
        groups.rows - 1 - lib.flip(kind.running_max(lib.flip(lib.where(closes, groups.rows - 1 - row, 0), (0,))), (0,))
    )

    count = whole(kind, batch.counts, like=row)
    sizes = host(count)
    table, begin = lookup(kind, _half_steps, sizes)
    at = groups.spread(kind.move(begin[sizes]))[order]
    bound = lib.clip(groups.spread(count)[order] - 1, 0, None)
    if ties == "midrank":
        start = place - (row - first)
        sorted_advantages = table[at + lib.minimum(2 * start + (last - first), 2 * bound)]
    else:
        quantile = lib.where(place <= bound, table[at + 2 * lib.minimum(place, bound)], 0.0)
        total = kind.running_sum(quantile)
        sorted_advantages = (total[last] - total[first] + quantile[first]) / (last - first + 1)
    advantages = lib.empty_like(batch.rewards)
    advantages[order] = kind.wide(sorted_advantages)
    return batch.shaped(batch.where_mixed(advantages))


def _half_steps(size: int) -> np.ndarray:
    """Quantiles at ranks 1, 1.5, 2, ... size; ties can have a half rank. One value for an empty group, never read."""
    inverse = NormalDist().inv_cdf
    size = max(size, 1)
    return np.array([inverse((step / 2 + 0.5) / size) for step in range(2 * size - 1)])
