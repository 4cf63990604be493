"""Step advantages from states that several trajectories of one prompt pass through (GiGPO)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge, Le

from rewardkit.groups.arrays import Array, kind_of
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.passk import running_sums
from rewardkit.groups.shaped import Batch, refuse_infinite

Normaliser = Literal["mean_norm", "mean_std_norm"]
Single = Literal["zero", "raw"]


@dataclass(frozen=True, eq=False)
class StepAdvantages:
    """Advantages of the steps of a batch of trajectories. Arrays are of the kind that was given."""

    advantages: Array
    """`[m]`: of each step; 0 where not kept."""
    kept: Array
    """`[m]` bool: False where a reward that the step's return needs, or its episode's, could not be scored."""
    episode: Array
    """`[m]`: the part that comes from the whole trajectory, the same for all its steps."""
    step: Array
    """`[m]`: the part that comes from the steps of other trajectories in the same state, before it is weighted."""
    returns: Array
    """`[m]`: discounted return from the step on."""
    anchors: Groups
    """Steps of one prompt in one state. A state seen once (size 1) has no `step` part: many of them mean that the
    states are told apart too finely."""


def discounted_returns(rewards: Any, trajectories: Groups, gamma: Annotated[float, Ge(0), Le(1)]) -> Array:
    """`[m]`: `R_t = sum_{s >= t} gamma^(s-t) r_s` inside each trajectory.

    rewards: `[m]`, a step a row; the steps of a trajectory stand in their order (others may stand between). NaN, a
    reward that could not be scored, makes the return of its step and of all before it NaN.

    >>> discounted_returns([0.0, 1.0, 0.0, 2.0], Groups.from_sizes([2, 2]), 0.5).tolist()
    [0.5, 1.0, 1.0, 2.0]
    """
    if not 0 <= gamma <= 1:
        raise GroupError(f"gamma lies in [0, 1], not {gamma!r}")
    kind = kind_of(rewards)
    wide = kind.wide(rewards)
    if wide.shape != (trajectories.rows,):
        raise GroupError(f"rewards are one number a step, shape ({trajectories.rows},), not {tuple(wide.shape)}")
    refuse_infinite(kind, wide, "reward")
    order = np.argsort(trajectories.index, kind="stable")
    left = (np.repeat(trajectories.sizes, trajectories.sizes) - 1 - trajectories.places)[::-1].copy()
    backwards = kind.move(order[::-1].copy())
    returns = kind.lib.empty_like(wide)
    returns[backwards] = running_sums(kind, wide[backwards], left, gamma)
    return kind.like(returns, rewards)


def gigpo(
    rewards: Any,
    trajectories: Groups,
    states: Sequence[Hashable],
    episodes: Any,
    prompts: Groups,
    *,
    gamma: Annotated[float, Ge(0), Le(1)] = 0.95,
    weight: Annotated[float, Ge(0)] = 1.0,
    normaliser: Normaliser = "mean_norm",
    single: Single = "zero",
    eps: Annotated[float, Ge(0)] = 1e-6,
    ddof: Annotated[int, Ge(0)] = 1,
) -> StepAdvantages:
    """Group-in-group advantages (GiGPO, arXiv 2505.10978): `A = A_episode + weight * A_step`.

    rewards: `[m]`, of the steps; trajectories: `m` steps in `t` groups; states: `[m]`, what the agent saw before each
    step (anything hashable; equal means the same anchor state). episodes: `[t]`, the outcome of each trajectory, in
    the order of `trajectories`; prompts: `t` trajectories in groups.

    - `A_episode`: the outcome normalised among the trajectories of the prompt, each counted once;
    - `A_step`: the discounted return normalised among the steps of the prompt in the same state. States never join
      prompts. A state seen once gets 0.

    `mean_norm` takes the mean away; `mean_std_norm` also divides by `std + eps`. `single`: a prompt with one
    trajectory gets `zero`, or, as in the authors' code (mean 0, deviation 1), its `raw` outcome; a lone *step* gets 0
    in both. Gamma 0.95 and weight 1 are those of the authors' ALFWorld script, which uses `mean_std_norm`.

    Public copies differ: early ones normalise the episode over *steps*, so that a long trajectory counts more often,
    and default to a weight of 0.8; a later one also groups states by likeness of their text (greedy, so dependent
    on order), which is left to the caller's `states`. A state that a trajectory visits twice counts twice, as
    published: by its own return it then competes with itself.

    >>> steps = gigpo([0, 1, 0, 0], Groups.from_sizes([2, 2]), ["s0", "s1", "s0", "s2"], [1, 0], Groups.equal(2, 2))
    >>> steps.advantages.round(4).tolist()
    [0.975, 0.5, -0.975, -0.5]
    """
    if normaliser not in get_args(Normaliser) or single not in get_args(Single):
        raise GroupError(f"normaliser: mean_norm or mean_std_norm; single: zero or raw; not {normaliser!r}, {single!r}")
    if not np.isfinite(weight):
        raise GroupError(f"weight must be a finite number, not {weight!r}")
    require_prompts(trajectories, prompts)
    if len(states) != trajectories.rows:
        raise GroupError(f"{trajectories.rows} steps, but {len(states)} states")
    kind = kind_of(rewards, episodes)
    returns = discounted_returns(kind.wide(rewards), trajectories, gamma)
    prompt_of_step = prompts.index[trajectories.index]
    anchors = Groups.of(zip(prompt_of_step.tolist(), states, strict=True))

    outcome = Batch.of(kind.wide(episodes), prompts)
    episode = _normal(outcome, normaliser, eps, ddof)
    if single == "raw":
        by = 1 + eps if normaliser == "mean_std_norm" else 1.0
        episode = outcome.where_single(outcome.rewards / by, episode)
    episode = trajectories.spread(kind.lib.where(outcome.scored, episode, float("nan")))

    here = Batch.of(returns, anchors)
    step = _normal(here, normaliser, eps, ddof)
    kept = here.scored & ~kind.lib.isnan(episode)
    episode, step = (kind.lib.where(kept, part, 0.0) for part in (episode, step))
    given = rewards if kind_of(rewards) == kind else episodes
    total, episode, step, returns = (
        kind.like(values, given) for values in (episode + weight * step, episode, step, returns)
    )
    return StepAdvantages(total, kept, episode, step, returns, anchors)


def require_prompts(trajectories: Groups, prompts: Groups) -> None:
    """Raises a `GroupError` unless there is a prompt for every trajectory."""
    if prompts.rows != trajectories.count:
        raise GroupError(f"{trajectories.count} trajectories, but prompts for {prompts.rows}")


def _normal(batch: Batch, normaliser: Normaliser, eps: float, ddof: int) -> Array:
    if normaliser == "mean_norm":
        return batch.centred
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = batch.centred / batch.groups.spread(batch.groups.std(batch.rewards, ddof) + eps)
    return batch.where_mixed(scaled)
