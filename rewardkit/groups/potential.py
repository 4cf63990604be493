"""Rewards shaped without a change of what is best, and one that is meant to change it: self-correction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le

from rewardkit.groups.arrays import Array, kind_of
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import refuse_infinite


@dataclass(frozen=True, eq=False)
class ShapedSteps:
    """Step rewards with potential-based shaping."""

    rewards: Array
    """`[m]`: `r_t + F_t`."""
    shaping: Array
    """`[m]`: `F_t`."""


def potential_shaping(
    rewards: Any,
    potentials: Any,
    trajectories: Groups,
    *,
    gamma: Annotated[float, Ge(0), Le(1)],
    after: Any = None,
) -> ShapedSteps:
    """Potential-based shaping (Ng, Harada and Russell 1999): `F_t = gamma * Phi(s_{t+1}) - Phi(s_t)`, `r_t + F_t`.

    rewards, potentials: `[m]`, a step a row in the trajectory's order; the potential is of the state *before* the
    step. after: `[t]`, the potential of the state that follows the last step, default 0.

    With `after = 0` the discounted return of a trajectory changes by exactly `-Phi(s_0)`, whatever it did, so no
    policy overtakes another. That holds only where the episode *ended*: the potential of a terminal state must be 0.
    Where it was merely cut off give the potential of the state it stopped in; its return then changes by
    `gamma^T Phi(s_T) - Phi(s_0)`, which a bootstrapped value takes up.

    Useful with returns of steps only: with gamma 1 and one outcome a trajectory, shaping is the same constant for all
    trajectories of a prompt, and centring in the group takes it out again. NaN in a reward or a potential is NaN in
    the steps that need it.

    >>> steps = potential_shaping([0, 0, 1], [0.2, 0.5, 0.9], Groups.equal(3, 3), gamma=0.99)
    >>> steps.shaping.round(3).tolist(), steps.rewards.round(3).tolist()
    ([0.295, 0.391, -0.9], [0.295, 0.391, 0.1])
    """
    if not 0 <= gamma <= 1:
        raise GroupError(f"gamma lies in [0, 1], not {gamma!r}")
    kind = kind_of(rewards, potentials)
    wide, phi = kind.wide(rewards), kind.wide(potentials)
    last = kind.wide(np.zeros(trajectories.count) if after is None else after)
    for name, values, count in (
        ("rewards", wide, trajectories.rows),
        ("potentials", phi, trajectories.rows),
        ("after", last, trajectories.count),
    ):
        if values.shape != (count,):
            raise GroupError(f"{name}: expected shape ({count},), got {tuple(values.shape)}")
        refuse_infinite(kind, values, f"value of {name}")
    order = np.argsort(trajectories.index, kind="stable")
    follows = np.empty_like(order)  # the row of the next step; for a last step any row
    follows[order] = np.append(order[1:], order[:1])
    is_last = np.zeros(trajectories.rows, dtype=bool)
    is_last[order[trajectories.starts + trajectories.sizes - 1]] = True
    following = kind.lib.where(kind.move(is_last), trajectories.spread(last), phi[kind.move(follows)])
    shaping = gamma * following - phi
    given = rewards if kind_of(rewards) == kind else potentials
    return ShapedSteps(kind.like(wide + shaping, given), kind.like(shaping, given))


@dataclass(frozen=True, eq=False)
class SelfCorrection:
    """Rewards of two attempts at one problem."""

    first: Array
    """`[n]`: what the first attempt is paid: its own reward, unshaped."""
    second: Array
    """`[n]`: what the second is paid: `r2 + bonus`. NaN where either attempt could not be scored."""
    bonus: Array
    """`[n]`: `alpha * (r2 - r1)`."""
    quality: Array
    """`[n]`: `r2`, what the revision is worth by itself. Log it beside the bonus: if only the bonus grows, the policy
    earns it by failing on purpose first."""


def self_correction(first: Any, second: Any, *, alpha: Annotated[float, Ge(0)] = 10.0) -> SelfCorrection:
    """The self-correction bonus of SCoRe's second stage (arXiv 2409.12917): `r2 + alpha * (r2 - r1)`, and `r1`.

    first, second: `[n]`, the rewards of the two attempts. For 0/1 rewards: corrected `1 + alpha`, spoilt `-alpha`,
    left as it was `r2` with no bonus, so a revision that changes nothing is not paid as an improvement. The paper
    wants alpha above 1; that its experiments use 10 could not be confirmed at the source.

    The bonus invites a deliberately bad first attempt: `0 -> 1` earns more than `1 -> 1`. Pay the first attempt its
    own reward too (`first`), or hold it close to the reference policy, as the paper does.

    >>> self_correction([0, 0, 1, 1], [0, 1, 0, 1]).second.tolist()
    [0.0, 11.0, -10.0, 1.0]
    """
    if not (np.isfinite(alpha) and alpha >= 0):
        raise GroupError(f"alpha must be a finite number from 0 up, not {alpha!r}")
    kind = kind_of(first, second)
    one, two = kind.wide(first), kind.wide(second)
    if one.shape != two.shape:
        raise GroupError(f"attempts of different shapes: {tuple(one.shape)} and {tuple(two.shape)}")
    refuse_infinite(kind, one, "first reward")
    refuse_infinite(kind, two, "second reward")
    bonus = alpha * (two - one)
    given = first if kind_of(first) == kind else second
    return SelfCorrection(*(kind.like(values, given) for values in (one, two + bonus, bonus, two)))
