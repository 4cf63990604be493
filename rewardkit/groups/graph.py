"""Step advantages from trajectories that share steps (SALT)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from rewardkit.groups.arrays import Array, kind_of
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import refuse_infinite
from rewardkit.groups.steps import require_prompts


@dataclass(frozen=True, eq=False)
class GraphAdvantages:
    """Advantages of steps in the graph of their prompt's trajectories."""

    advantages: Array
    """`[m]`: of each step; 0 where not kept."""
    kept: Array
    """`[m]` bool: False for the steps of a trajectory without an advantage (NaN)."""
    edges: Groups
    """Steps that were merged: one group for each edge of the graph, numbered by first rows."""


def salt(
    advantages: Any,
    trajectories: Groups,
    actions: Sequence[Hashable],
    prompts: Groups,
    *,
    window: Annotated[int, Ge(0)] | None = None,
) -> GraphAdvantages:
    """Advantages assigned to steps through a graph of trajectories (SALT, arXiv 2510.20022).

    advantages: `[t]`, of each trajectory, by any group formula (GRPO, RLOO...), in the order of `trajectories`;
    actions: `[m]`, the step taken, a row a step in the trajectory's order (anything hashable; give pairs of
    observation and action where the environment is not deterministic). prompts: `t` trajectories in groups.

    Steps of one prompt that are the same action after the same history are one edge, and get the mean advantage of
    the trajectories that pass through it, each counted once; a step that no other shares keeps its trajectory's. So
    what good and bad trajectories have in common is neither praised nor blamed. Nothing is shared: the advantages as
    they came. All identical: their mean, 0 if they were centred (those trajectories then teach nothing).

    The abstract describes shared and distinct steps; how much of the history must agree could not be read at the
    source. Here all of it does (`window=None`), so that the graph is a tree and the sum over all steps is kept; a
    `window` of h merges steps after the same h actions, wherever they stand, and lets trajectories meet again.

    >>> steps = salt([1, -1, -1], Groups.from_sizes([2, 2, 2]), list("abacdc"), Groups.equal(3, 3))
    >>> steps.advantages.tolist()
    [0.0, 1.0, 0.0, -1.0, -1.0, -1.0]
    """
    require_prompts(trajectories, prompts)
    if len(actions) != trajectories.rows:
        raise GroupError(f"{trajectories.rows} steps, but {len(actions)} actions")
    if window is not None and window < 0:
        raise GroupError(f"window is a number of steps from 0 up, or None for the whole history, not {window!r}")
    kind = kind_of(advantages)
    wide = kind.wide(advantages)
    if wide.shape != (trajectories.count,):
        raise GroupError(f"one advantage a trajectory, shape ({trajectories.count},), not {tuple(wide.shape)}")
    refuse_infinite(kind, wide, "advantage")
    edges = Groups.of(_edges(trajectories, actions, prompts, window))
    once = np.zeros(trajectories.rows, dtype=bool)  # the first time that a trajectory passes an edge
    once[np.unique(edges.index * trajectories.count + trajectories.index, return_index=True)[1]] = True
    own = trajectories.spread(wide)
    mean = edges.spread(edges.mean(kind.lib.where(kind.move(once), own, float("nan"))))
    kept = ~kind.lib.isnan(own)
    return GraphAdvantages(kind.like(kind.lib.where(kept, mean, 0.0), advantages), kept, edges)


def _edges(trajectories: Groups, actions: Sequence[Hashable], prompts: Groups, window: int | None) -> list[int]:
    """The edge of every step. A whole history is told by the edge before it, so no history is ever copied."""
    numbers: dict[Hashable, int] = {}
    before: list[tuple[Hashable, ...]] = [() for _ in range(trajectories.count)]
    edges = []
    for row, (trajectory, action) in enumerate(zip(trajectories.index.tolist(), actions, strict=True)):
        history = before[trajectory]
        try:
            edge = numbers.setdefault((int(prompts.index[trajectory]), history, action), len(numbers))
        except TypeError:
            raise GroupError(f"the action of step {row} is a {type(action).__name__}; give a text or a tuple") from None
        edges.append(edge)
        if window is None:
            before[trajectory] = (edge,)
        elif window:
            before[trajectory] = (*history, action)[-window:]
    return edges
