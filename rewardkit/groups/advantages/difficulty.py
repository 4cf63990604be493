"""Scaled by how hard the prompt was: GRPO-LEAD and A-GRAE."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le

from rewardkit.groups.advantages.grpo import grpo
from rewardkit.groups.layout import Groups
from rewardkit.groups.shaped import Batch, Shaped, require
from rewardkit.groups.shaping.length import lead_length_rewards


def grpo_lead(
    rewards: Any,
    groups: Groups,
    *,
    lengths: Any = None,
    low: float = 0.4,
    high: float = 1.5,
    middle: float = 0.75,
    slope: float = 10.0,
    eps: Annotated[float, Ge(0)] = 1e-6,
) -> Shaped:
    """GRPO-LEAD (arXiv 2504.09696): GRPO times a weight that falls with the share of right rows.

    `rho_g` is the share of scored rows with a reward above 0, and
    `w(p) = low + (high - low) / (1 + exp(slope (p - middle)))`; a positive advantage is multiplied by `w(rho)`, a
    negative one by `w(1 - rho)`. GRPO with ddof 1 and `eps`. With `lengths` (tokens, `[n]`) the rewards of right
    rows are first scaled by `lead_length_rewards`. Equal groups, and groups of one: 0. Doesn't sum to 0.
    """
    if lengths is not None:
        rewards = lead_length_rewards(rewards, lengths, groups)
    plain = grpo(rewards, groups, variant="trl", eps=eps)
    batch = Batch.of(rewards, groups)
    lib = batch.kind.lib
    right = lib.where(batch.scored, batch.kind.wide(batch.rewards > 0), float("nan"))
    share = groups.mean(right)

    def weight(p: Any) -> Any:
        return groups.spread(low + (high - low) / (1 + lib.exp(slope * (p - middle))))

    advantages = batch.kind.wide(plain.advantages)
    return batch.shaped(advantages * lib.where(advantages > 0, weight(share), weight(1 - share)))


def a_grae(
    rewards: Any,
    groups: Groups,
    *,
    alpha: Annotated[float, Gt(0)] = 1.0,
    batch_mean: Annotated[float, Ge(0), Le(1)] | None = None,
    eps: Annotated[float, Ge(0)] = 1e-6,
) -> Shaped:
    """A-GRAE (arXiv 2602.05548): GRPO's advantages re-weighted between hard and easy prompts as the policy gets better.

    With `mu` the group's mean reward, `m` the mean of `mu` over the groups, and `A` from GRPO (ddof 1):
    `D = 0.5 A / (sqrt(mu) + eps)`, `E = 0.5 A / (1 - sqrt(mu) + eps)`, `A' = (1 - m) E + m D`; a positive `A'` is
    multiplied by `min(1, m / alpha)` (alpha 1 for mathematics in the released code, 0.5 elsewhere).

    Mean rewards must be in [0, 1] (the released code gives NaN below 0). `batch_mean` replaces `m` where the batch at
    hand is a part of the step's. Equal groups, and groups of one: 0.
    """
    batch = Batch.of(rewards, groups)
    lib = batch.kind.lib
    present = batch.mean[batch.counts > 0]
    require(
        not bool(((present < 0) | (present > 1)).any()),
        "a group's mean reward is outside [0, 1], where this formula is not defined: rescale the rewards",
    )
    mean = batch_mean if batch_mean is not None else float(present.mean()) if len(present) else 0.0
    advantages = batch.kind.wide(grpo(batch.rewards, groups, eps=eps).advantages)
    root = groups.spread(lib.sqrt(batch.mean))
    with np.errstate(invalid="ignore", divide="ignore"):
        hard, easy = 0.5 * advantages / (root + eps), 0.5 * advantages / (1 - root + eps)
    mixed = batch.where_mixed((1 - mean) * easy + mean * hard)
    return batch.shaped(lib.where(mixed > 0, mixed * min(1.0, mean / alpha), mixed))
