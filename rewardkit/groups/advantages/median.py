"""MC-GRPO: centred on the median of one rollout more, which is then left out."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped

Variant = Literal["floored", "authors-math", "authors-gsm"]


def mc_grpo(
    rewards: Any,
    groups: Groups,
    *,
    variant: Variant = "floored",
    eps: Annotated[float, Ge(0)] = 1e-3,
    std_share: Annotated[float, Ge(0)] = 0.5,
) -> Shaped:
    """Median-centred GRPO (MC-GRPO, arXiv 2601.22582): `A_i = (r_i - m) / s`, one row of each group left out.

    Sample one rollout more than is to be trained on. `m` is the lower median of the scored rewards (for an even
    number the smaller of the middle two). The pivot, the first row whose reward is `m`, is not kept.

    - `floored` (the default): `s = max(MAD, std_share * std) + eps`, MAD the lower median of `|r - m|` without
      the factor 1.4826, std with ddof 1. Where rewards are spread out the MAD stands; where more than half of
      them are equal, which with rewards of 0 and 1 is every odd group, the MAD is 0 and the floor takes over:
      a lone right answer among n gets about `sqrt(n) / std_share`. Invariant under `r -> a r + b`, `a > 0`, eps aside.
    - `authors-math`: `s = MAD + eps` as released. On 0/1 rewards a minority row gets an advantage of 1 / eps = 1000.
    - `authors-gsm`: the same, and every advantage that is not 0 (more than 1e-6) times n / (number of those).

    A group of equal rewards: zeros, its first row still left out. Doesn't sum to 0.

    >>> shaped = mc_grpo([0.2, 1.0, 0.5, 0.9, 0.0], Groups.equal(5, 5))
    >>> shaped.advantages.round(3).tolist(), shaped.kept.tolist()
    ([-0.748, 1.247, 0.0, 0.998, -1.247], [True, True, False, True, True])
    """
    if variant not in get_args(Variant):
        raise GroupError(f"variant of mc-grpo: one of {', '.join(get_args(Variant))}, not {variant!r}")
    batch = Batch.of(rewards, groups)
    lib = batch.kind.lib
    middle = groups.median(batch.rewards)
    apart = batch.rewards - groups.spread(middle)
    scale = groups.median(lib.abs(apart))
    if variant == "floored":
        scale = lib.maximum(scale, std_share * groups.std(batch.rewards))
    with np.errstate(invalid="ignore", divide="ignore"):
        advantages = batch.where_mixed(apart / groups.spread(scale + eps))
    if variant == "authors-gsm":
        moved = batch.scored & (lib.abs(advantages) > 1e-6)
        number = groups.sum(batch.kind.wide(moved))
        factor = lib.where(number > 0, batch.counts / lib.clip(number, 1, None), 1.0)
        advantages = lib.where(moved, advantages * groups.spread(factor), advantages)
    row = batch.kind.wide(batch.kind.move(np.arange(groups.rows)))
    pivot = groups.min(lib.where(batch.scored & (apart == 0), row, float("nan")))
    return batch.shaped(advantages, kept=row != groups.spread(pivot))
