"""Rewards that favour what the policy found unlikely."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Le

from rewardkit.groups.arrays import Array
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch

LikelihoodVariant = Literal["right-rows", "authors"]


def unlikely_rewards(
    rewards: Any,
    mean_logprobs: Any,
    groups: Groups,
    *,
    beta: Annotated[float, Ge(0), Le(1)] = 0.25,
    variant: LikelihoodVariant = "right-rows",
) -> Array:
    """`[n]`: the unlikeliness reward (arXiv 2506.02355): `r'_i = r_i (1 - beta rank_i / n)`.

    mean_logprobs: `[n]`, mean log-probability of a response's tokens under the policy that wrote it (by length, not
    its sum). `rank` counts from 0 for the least likely scored row of the group, so that it loses nothing and the
    likeliest loses `beta (n - 1) / n`: the paper's `(n - rank) / n` with the likeliest at rank 1. `beta` is 0.25 in
    the released script.

    - `right-rows` (the default): rows with a reward of 0 or less keep it; rows that are equally likely, such as copies
      of one response, share their mean rank;
    - `authors`: as released, every row: a negative reward is made less bad the likelier the row was. Equal
      probabilities rank in row order, so that copies of one response get different rewards.

    >>> unlikely_rewards([1.0, 1.0, 0.0, 1.0], [-0.5, -0.2, -0.9, -0.1], Groups.equal(4, 4)).tolist()
    [0.9375, 0.875, 0.0, 0.8125]
    """
    if variant not in get_args(LikelihoodVariant):
        raise GroupError(f"variant of unlikeliness: {' or '.join(get_args(LikelihoodVariant))}, not {variant!r}")
    batch = Batch.of(rewards, groups)
    lib = batch.kind.lib
    likely = lib.where(batch.scored, batch.beside(mean_logprobs, "mean_logprobs"), float("nan"))
    rank = batch.kind.wide(groups.rank(likely)) if variant == "authors" else groups.midrank(likely)
    less = 1 - beta * rank / groups.spread(lib.clip(batch.counts, 1, None))
    if variant != "authors":
        less = lib.where(batch.rewards > 0, less, 1.0)
    return batch.kind.like(batch.rewards * less, rewards)
