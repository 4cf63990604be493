"""Several rewards of a row made one: weighted sum, conditioned reward, rubric mixing."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge, Le

from rewardkit.groups.arrays import Array, kind_of
from rewardkit.groups.layout import GroupError, Groups


def weighted_sum(components: Any, weights: Any = None) -> Array:
    """`[n]`: `r_i = sum_k w_k R_ik` over the rewards that a row has; NaN for a row without any (TRL's rule).

    components: `[n, k]`; weights: `[k]`, default 1 each. Missing rewards are left out, not made up for: a row with
    one reward of two gets that one's share only. Distinct mixes of one total become one number; where that
    matters use `gdpo`.

    >>> weighted_sum([[1.0, None], [None, None], [0.5, 1.0]], [1.0, 0.5]).tolist()
    [1.0, nan, 1.0]
    """
    kind = kind_of(components)
    wide = kind.wide(components)
    if wide.ndim != 2:
        raise GroupError(f"components are [rows, rewards], not of shape {tuple(wide.shape)}")
    share = kind.wide(np.ones(wide.shape[1]) if weights is None else weights)
    if share.shape != (wide.shape[1],):
        raise GroupError(f"{wide.shape[1]} rewards a row, but weights of shape {tuple(share.shape)}")
    if not bool(kind.lib.isfinite(share).all()):
        raise GroupError("weights must be finite numbers")
    lib = kind.lib
    absent = lib.isnan(wide)
    total = lib.where(absent, 0.0, wide) @ share
    return lib.where(absent.all(1), float("nan"), total)


def conditioned(easy: Any, hard: Any, *, threshold: float = 1.0) -> Array:
    """`[n]`: the easy reward where the hard one reaches the threshold, else 0 (GDPO's conditioned reward, 2601.05242).

    The paper conditions an easier reward on a harder one; that the test is `hard >= threshold` is our reading. Use
    the result as a reward of its own in `gdpo`. Lowering the easy reward's weight does not do the same: where it
    is much easier it is still learnt first. NaN in either is NaN: what could not be judged opens nothing.

    >>> conditioned([1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    kind = kind_of(easy, hard)
    low, high = kind.wide(easy), kind.wide(hard)
    if low.shape != high.shape:
        raise GroupError(f"easy and hard rewards of different shapes: {tuple(low.shape)} and {tuple(high.shape)}")
    lib = kind.lib
    opened = lib.where(high >= threshold, low, 0.0)
    return kind.like(lib.where(lib.isnan(low) | lib.isnan(high), float("nan"), opened), easy)


RubricVariant = Literal["paper", "released", "server"]


def rubric_mixed(
    outcome: Any,
    rubric: Any,
    groups: Groups,
    *,
    alpha: Annotated[float, Ge(0), Le(1)] = 0.3,
    variant: RubricVariant = "paper",
) -> Array:
    """`[n]`: outcome and rubric score mixed as in C-GRPO (arXiv 2601.06021).

    outcome: `[n]`, 0 or 1; rubric: `[n]`, share of the rubrics met, 0 to 1.

    - `paper`: `o_i ((1 - a) + a q_i / max_g q)`: a wrong row stays 0, and the best rubric score of the group counts
      as full (over all its scored rows, wrong ones included; a highest score of 0 leaves q as it is);
    - `released`: `o_i ((1 - a) + a q_i)`: what the released flags (normalise in group, only positive) come to;
    - `server`: `(1 - a) o_i + a q_i`, for wrong rows too: a wrong answer is paid for its rubrics.

    NaN in either is NaN. The paper's form was recalled, not checked against its text.

    >>> rubric_mixed([1.0, 1.0, 0.0, 0.0], [0.6, 0.3, 0.6, 0.0], Groups.equal(4, 4)).tolist()
    [1.0, 0.85, 0.0, 0.0]
    """
    if variant not in get_args(RubricVariant):
        raise GroupError(f"variant of the rubric mix: one of {', '.join(get_args(RubricVariant))}, not {variant!r}")
    kind = kind_of(outcome, rubric)
    right, met = kind.wide(outcome), kind.wide(rubric)
    if variant == "server":
        return kind.like((1 - alpha) * right + alpha * met, outcome)
    if variant == "paper":
        known = kind.lib.where(kind.lib.isnan(right), float("nan"), met)
        best = groups.spread(groups.max(known))
        met = kind.lib.where(best > 0, met / kind.lib.where(best > 0, best, 1.0), met)
    return kind.like(right * ((1 - alpha) + alpha * met), outcome)
