"""Rewards of right responses shared out by how uncertain the policy was (GRPO-S, GTPO)."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge, Le

from rewardkit.groups.arrays import Array
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, require


def entropy_rewards(
    rewards: Any, entropies: Any, groups: Groups, *, plain: Annotated[float, Ge(0), Le(1)] = 0.5
) -> Array:
    """`[n]`: GRPO-S (arXiv 2508.04349): `r'_i = plain r_i + (1 - plain) n H_i / sum H` over the n right rows (r = 1).

    entropies: `[n]`, mean entropy of the policy over a response's tokens, at least 0. Other rows keep their reward.
    No right row, or entropies that add up to 0: the rewards as they are. The right rows' mean stays 1: it only
    shares out. This is the form of the paper's first versions, as recalled (version 6 reshapes wrong rows too).

    >>> entropy_rewards([1, 1, 0, 0], [0.6, 0.2, 0.3, 0.5], Groups.equal(4, 4)).round(4).tolist()
    [1.25, 0.75, 0.0, 0.0]
    """
    batch = Batch.of(rewards, groups)
    lib = batch.kind.lib
    entropy = batch.beside(entropies, "entropies")
    require(not bool((batch.scored & (entropy < 0)).any()), "entropies can't be negative")
    right = batch.scored & (batch.rewards == 1)
    number = groups.spread(groups.sum(batch.kind.wide(right)))
    total = groups.spread(groups.sum(lib.where(right, entropy, 0.0)))
    usable = right & (total > 0)
    share = number * entropy / lib.where(total > 0, total, 1.0)
    return batch.kind.like(lib.where(usable, plain * batch.rewards + (1 - plain) * share, batch.rewards), rewards)


def entropy_token_rewards(
    rewards: Any,
    entropies: Any,
    lengths: Any,
    groups: Groups,
    *,
    plain: Annotated[float, Ge(0), Le(1)] = 0.5,
) -> Array:
    """`[n, t]`: GTPO, the same at every position: n and sum over the right rows that still have a token there.

    entropies: `[n, t]` of each token; lengths: `[n]` tokens of each response. NaN behind its last token, and in
    rows that are not scored. A position where the entropies add up to 0 keeps the reward.
    """
    batch = Batch.of(rewards, groups)
    kind, lib = batch.kind, batch.kind.lib
    entropy = kind.wide(entropies)
    if entropy.ndim != 2 or entropy.shape[0] != groups.rows:
        raise GroupError(f"entropies are [rows, positions], ({groups.rows}, t), not {tuple(entropy.shape)}")
    positions = int(entropy.shape[1])
    tokens = batch.beside(lengths, "lengths")
    require(not bool((tokens > positions).any()), f"lengths: a response is longer than the {positions} entropies a row")
    columns = []
    for position in range(positions):
        alive = tokens > position
        there = lib.where(alive, batch.rewards, float("nan"))
        columns.append(
            kind.wide(entropy_rewards(there, lib.where(alive, entropy[:, position], 0.0), groups, plain=plain))
        )
    return kind.like(lib.stack(columns, 1), rewards)
