"""Baselines other than the plain mean: leave-one-out (RLOO) and length-weighted (OPO)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped, require
from rewardkit.groups.whiten import batch_normal

Single = Literal["zero", "raw"]
"""A group of one scored row: no signal, or (as verl has it) the raw reward without any baseline."""


def rloo(rewards: Any, groups: Groups, *, single: Single = "zero", whiten: bool = False) -> Shaped:
    """Leave-one-out (arXiv 2402.14740): `A_i = r_i - mean of the others = n / (n - 1) (r_i - mean_g)`.

    `n` counts scored rows only. A group of one: 0 (TRL, verl's vectorised form), or `single="raw"` (verl's loop).
    `whiten`: TRL's `normalize_advantages`, `(A - mean) / (std + 1e-4)` over the batch, ddof 1; rows of groups of
    one take no part. Neither clipping of rewards nor a KL term, which TRL can put before, is here. Sums to 0 over a
    group; scales with the rewards.

    >>> rloo([1, 0, 0, 0], Groups.equal(4, 4)).advantages.round(4).tolist()
    [1.0, -0.3333, -0.3333, -0.3333]
    """
    _check(single)
    batch = Batch.of(rewards, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = batch.where_mixed(batch.centred * groups.spread(batch.counts / (batch.counts - 1)))
    if whiten:
        lib = batch.kind.lib
        compared = lib.where(batch.scored, apart, float("nan"))
        compared = batch.where_single(lib.full_like(apart, float("nan")), compared)
        apart = batch.where_mixed(batch_normal(batch.kind, compared, 1e-4))
    return batch.shaped(batch.where_single(batch.rewards, apart) if single == "raw" else apart)


def opo(rewards: Any, lengths: Any, groups: Groups, *, single: Single = "zero") -> Shaped:
    """OPO (arXiv 2505.23585): `A_i = r_i - sum L r / sum L` over the group: long responses weigh more in the baseline.

    lengths: `[n]` tokens of each response, not all 0 in a group. A group of one: 0, or `single="raw"` (verl takes its
    baseline for 0). Equal rewards: exactly 0. Doesn't sum to 0 over a group unless lengths are equal.

    >>> opo([1, 0, 0, 1], [10, 30, 20, 40], Groups.equal(4, 4)).advantages.tolist()
    [0.5, -0.5, -0.5, 0.5]
    """
    _check(single)
    batch = Batch.of(rewards, groups)
    lib = batch.kind.lib
    weight = lib.where(batch.scored, batch.beside(lengths, "lengths"), float("nan"))
    tokens = groups.sum(weight)
    require(not bool((weight < 0).any()), "lengths: a number of tokens can't be negative")
    require(not bool(((batch.counts > 0) & (tokens == 0)).any()), "lengths: all are 0 in a group, so nothing weighs")
    with np.errstate(invalid="ignore", divide="ignore"):
        baseline = groups.sum(weight * batch.rewards) / tokens
    apart = batch.where_mixed(batch.rewards - groups.spread(baseline))
    return batch.shaped(batch.where_single(batch.rewards, apart) if single == "raw" else apart)


def _check(single: str) -> None:
    if single not in ("zero", "raw"):
        raise GroupError(f"single is 'zero' or 'raw', not {single!r}")
