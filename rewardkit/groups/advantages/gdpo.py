"""GDPO: every reward is normalised in its group before the rewards are added."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge

from rewardkit.groups.arrays import kind_of
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped, State, refuse_infinite
from rewardkit.groups.shaping.mixing import weighted_sum
from rewardkit.groups.whiten import batch_normal, token_whiten

Variant = Literal["trl", "authors-trl", "authors-verl"]


def gdpo(
    components: Any,
    groups: Groups,
    *,
    weights: Any = None,
    lengths: Any = None,
    variant: Variant = "trl",
    eps: Annotated[float, Ge(0)] | None = None,
) -> Shaped:
    """Group reward-decoupled normalisation (arXiv 2601.05242).

    components: `[n, k]`, NaN where one reward did not score a row. weights: `[k]`, default 1 each.

    1. in each group and for each reward: `z_ik = (R_ik - mean_gk) / (std_gk + eps)`, ddof 1;
    2. `s_i = sum_k w_k z_ik`;
    3. over the whole batch (all groups, all processes): `A_i = (s_i - mean(s)) / (std(s) + eps)`, ddof 1.

    Weights act after normalisation: they set the influence of a reward, its scale does not. A reward that is
    constant in a group adds 0 there; a group where all are gets exactly 0, and a reward that only one row of the
    group has drops out of it. A row without any reward is not scored. Many dead groups shrink `std(s)` and so
    amplify the live ones.

    Variants: `trl` (the default: eps 1e-4, TRL's `normalize_then_sum`, which passes over NaN); `authors-trl` (the
    authors' fork of TRL, which takes a missing reward for 0 before the statistics: a row that could not be scored
    is then treated as a bad one); `authors-verl` (their fork of verl: group eps 1e-6, no weights, and step 3 over the
    *tokens* of the batch, `(s - m) / sqrt(var + 1e-8)`, so that a long response counts by its `lengths` and even a
    dead group is shifted by `-m`).

    `rewards` of the result is the plain weighted sum. Its groups can be MIXED without signal and EQUAL with: two
    rewards may cancel in the sum; `state` therefore is EQUAL only where every single reward is.

    >>> a = gdpo([[1, 0.5], [0, 0.5], [1, 1], [0, 0], [0, 1], [1, 1]], Groups.equal(6, 3)).advantages
    >>> a[:4].round(4).tolist()
    [0.0001, -1.1179, 1.1179, -1.118]
    """
    if variant not in get_args(Variant):
        raise GroupError(f"variant of gdpo: one of {', '.join(get_args(Variant))}, not {variant!r}")
    kind = kind_of(components)
    wide = kind.wide(components)
    if wide.ndim != 2 or wide.shape[0] != groups.rows:
        raise GroupError(f"components are [rows, rewards], ({groups.rows}, k), not {tuple(wide.shape)}")
    if variant == "authors-verl" and weights is not None:
        raise GroupError("variant authors-verl adds the rewards without weights")
    refuse_infinite(kind, wide, "reward")
    per_reward = kind.wide([1.0] * wide.shape[1] if weights is None else weights)
    if variant == "authors-trl":
        wide = kind.lib.where(kind.lib.isnan(wide), 0.0, wide)
    eps = eps if eps is not None else 1e-6 if variant == "authors-verl" else 1e-4

    mixed = weighted_sum(wide, per_reward)
    total = kind.lib.zeros_like(mixed)
    state = kind.lib.full_like(groups.sum(mixed), int(State.UNSCORED))
    for k in range(wide.shape[1]):
        batch = Batch(components, kind, wide[:, k], groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            z = batch.where_mixed(batch.centred / groups.spread(groups.std(batch.rewards) + eps))
        total = total + per_reward[k] * kind.lib.where(batch.scored, z, 0.0)
        state = kind.lib.minimum(state, batch.state)  # the one with most to learn from: MIXED, EQUAL, SINGLE, UNSCORED
    state = kind.lib.asarray(state, dtype=kind.lib.int8)
    whole = Batch(components, kind, mixed, groups)
    total = kind.lib.where(whole.scored, total, float("nan"))
    if variant == "authors-verl":
        if lengths is None:
            raise GroupError("variant authors-verl normalises over tokens: it needs the lengths of the responses")
        tokens = whole.beside(lengths, "lengths")
        return whole.shaped(token_whiten(kind, total, tokens, ddof=1, in_variance=1e-8), state=state)
    normal = batch_normal(kind, total, eps)
    dead = groups.spread(state != int(State.MIXED))
    return whole.shaped(kind.lib.where(dead, 0.0, normal), state=state)
