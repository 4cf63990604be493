"""Positive and negative samples apart: PSR, NSR and W-REINFORCE, on rewards of 0 and 1."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from rewardkit.groups.arrays import host
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped


def psr(rewards: Any, groups: Groups) -> Shaped:
    """Positive sample reinforcement (arXiv 2506.01347): `A = r`: right rows 1, wrong rows 0.

    Rewards must be 0 or 1 exactly; the released code passes any other value through as if it were an advantage, here
    it is an error. No baseline: groups of equal rewards keep their signal. The same holds for `nsr` and `w_reinforce`.

    >>> psr([1, 0], Groups.equal(2, 2)).advantages.tolist()
    [1.0, 0.0]
    """
    return _signed(rewards, groups, right=1.0, wrong=0.0)


def nsr(rewards: Any, groups: Groups) -> Shaped:
    """Negative sample reinforcement (arXiv 2506.01347): `A = r - 1`: right rows 0, wrong rows -1."""
    return _signed(rewards, groups, right=0.0, wrong=-1.0)


def w_reinforce(rewards: Any, groups: Groups, *, positive: Annotated[float, Ge(0)] = 0.1) -> Shaped:
    """Weighted REINFORCE (arXiv 2506.01347): right rows `positive` (the paper's lambda), wrong rows -1."""
    return _signed(rewards, groups, right=positive, wrong=-1.0)


def _signed(rewards: Any, groups: Groups, *, right: float, wrong: float) -> Shaped:
    batch = Batch.of(rewards, groups)
    other = batch.scored & (batch.rewards != 0) & (batch.rewards != 1)
    if bool(other.any()):
        row = int(np.flatnonzero(host(other))[0])
        value = float(batch.rewards[row])
        raise GroupError(
            f"row {row} has the reward {value:g}; this formula is for rewards of 0 and 1: recode them first"
        )
    return batch.shaped(batch.kind.lib.where(batch.rewards == 1, right, batch.rewards * 0.0 + wrong))
