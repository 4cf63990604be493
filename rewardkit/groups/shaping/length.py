"""Rewards of right responses scaled by their length inside the group (GRPO-LEAD)."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from rewardkit.groups.arrays import Array
from rewardkit.groups.layout import Groups
from rewardkit.groups.shaped import Batch


def lead_length_rewards(
    rewards: Any,
    lengths: Any,
    groups: Groups,
    *,
    alpha: Annotated[float, Ge(0)] = 0.05,
    least: Annotated[float, Ge(0)] = 4000,
    eps: Annotated[float, Ge(0)] = 1e-6,
) -> Array:
    """`[n]`: GRPO-LEAD's length factor (arXiv 2504.09696): `r_i exp(-alpha z_i)` for right rows (`r > 0`).

    lengths: `[n]` tokens. `z = (L - mean) / (std + eps)` over the right rows of the group, ddof 1; a lone right
    row has z 0. Groups whose three shortest responses have a mean of `least` tokens or fewer are left alone.
    Wrong rows keep their reward: they never gain by length.
    """
    batch = Batch.of(rewards, groups)
    kind, lib = batch.kind, batch.kind.lib
    tokens = lib.where(batch.scored, batch.beside(lengths, "lengths"), float("nan"))
    right = batch.scored & (batch.rewards > 0)
    of_right = lib.where(right, tokens, float("nan"))
    std = groups.std(of_right)
    std = lib.where(lib.isnan(std), 1.0, std)
    apart = of_right - groups.spread(groups.mean(of_right))
    with np.errstate(invalid="ignore", divide="ignore"):
        z = lib.where(apart == 0, 0.0, apart / groups.spread(std + eps))
    shortest = groups.mean(lib.where(groups.rank(tokens) < 3, tokens, float("nan")))
    usable = right & groups.spread(shortest > least)
    return kind.like(lib.where(usable, batch.rewards * lib.exp(-alpha * z), batch.rewards), rewards)
