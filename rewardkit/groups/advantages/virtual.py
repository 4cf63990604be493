"""NGRPO: a group in which nobody was right still learns, against a sample that would have been."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped

Variant = Literal["bounded", "authors"]


def ngrpo(
    rewards: Any,
    groups: Groups,
    *,
    max_reward: float = 1.0,
    virtual: Annotated[int, Ge(1)] = 1,
    eps: Annotated[float, Ge(0)] = 1e-6,
    variant: Variant = "bounded",
) -> Shaped:
    """NGRPO (arXiv 2509.18851): mean and std over the group and `virtual` samples of the highest reward.

    `A_i = (r_i - mean') / (std' + eps)` for the n real rows, ddof 1 over `n + virtual` values. All wrong: equal
    negative advantages (the point of it; `state` EQUAL, `signal` True). All at `max_reward`: exactly 0. The sum over
    a group is below 0 unless all are at `max_reward`. Meant with a lower clip range for negative advantages (0.16
    against 0.24). Invariant under `r -> a r + b` only when `max_reward` moves too.

    - `bounded` (the default): a reward above `max_reward` is an error (shaped rewards can be; an all-right group
      would then be pushed further up than a mixed one), and a group of one gets its virtual sample too;
    - `authors`: no such check; a group of one gets `r / (1 + eps)` and no virtual sample.

    >>> ngrpo([0, 0, 0, 0], Groups.equal(4, 4)).advantages.round(4).tolist()
    [-0.4472, -0.4472, -0.4472, -0.4472]
    """
    if variant not in get_args(Variant):
        raise GroupError(f"variant of ngrpo: {' or '.join(get_args(Variant))}, not {variant!r}")
    batch = Batch.of(rewards, groups)
    lib = batch.kind.lib
    slack = 4 * batch.kind.rounding(rewards) * abs(max_reward)
    above = batch.scored & (batch.rewards > max_reward + slack)
    if variant == "bounded" and bool(above.any()):
        raise GroupError(f"a reward is above max_reward ({max_reward}): give the highest reward that can be earned")
    number = batch.counts + virtual
    mean = (groups.sum(batch.rewards) + virtual * max_reward) / number
    apart = batch.rewards - groups.spread(mean)
    squares = groups.sum(apart * apart) + virtual * (max_reward - mean) ** 2
    std = (
        lib.sqrt(squares / (number - 1))
        if bool((number > 1).all())
        else lib.sqrt(squares / lib.clip(number - 1, 1, None))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        advantages = apart / groups.spread(std + eps)
    topmost = groups.max(lib.abs(batch.rewards - max_reward)) <= slack
    advantages = lib.where(groups.spread(topmost), 0.0, advantages)
    if variant == "authors":
        advantages = batch.where_single(batch.rewards / (1 + eps), advantages)
    return batch.shaped(advantages)
