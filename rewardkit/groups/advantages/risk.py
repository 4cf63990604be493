"""RiskPO: the tail of the reward distribution of a bundle of prompts instead of its mean."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge, Gt, Le, Lt

from rewardkit.groups.arrays import Array, kind_of
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped, require

Tail = Literal["averse", "seeking", "none"]
Credit = Literal["uniform", "std", "score"]


def mixed_risk(
    scores: Any,
    groups: Groups,
    *,
    q_down: float | None = None,
    q_up: float | None = None,
    alpha_down: float = 0.2,
    alpha_up: float = 0.9,
    mix: float = 1.5,
    tail: Tail = "averse",
    natural_baseline: bool = False,
    scale: bool = False,
    eps: float = 1e-6,
) -> Array:
    """`[n]`: mixed value-at-risk advantages (arXiv 2510.00911) of scores whose distribution is that of their group.

    With quantiles `q_d`, `q_u` at `alpha_down`, `alpha_up` (of the group, unless given):
    `a(x) = ((x - q_d)+ - (x - q_u)+ + c) / (alpha_up - alpha_down + eps)`, with `c = q_d - q_u` under
    `natural_baseline` and else 0; then by `tail`

    - `averse`: `A = (mix v + a) / (mix + 1)`, `v(x) = -(q_d - x)+ / (alpha_down + eps)`;
    - `seeking`: `A = (mix u + a) / (mix + 1)`, `u(x) = (x - q_u)+ / (1 - alpha_up + eps)`;
    - `none`: `A = a`.

    `scale` divides by the standard deviation of the group's scores (ddof 1; 1 for a single score) plus eps.
    `natural_baseline` makes every advantage at most 0 (the authors' default; one of their two scripts turns it off):
    training then only pushes down, so it is off here.
    """
    if tail not in get_args(Tail):
        raise GroupError(f"tail of riskpo: one of {', '.join(get_args(Tail))}, not {tail!r}")
    require(0 < alpha_down < alpha_up < 1, "0 < alpha_down < alpha_up < 1 must hold")
    kind = kind_of(scores)
    x = kind.wide(scores)
    low = groups.quantile(x, alpha_down) if q_down is None else _same(groups, x, q_down)
    high = groups.quantile(x, alpha_up) if q_up is None else _same(groups, x, q_up)
    q_d, q_u = groups.spread(low), groups.spread(high)

    def above(values: Array) -> Array:
        return kind.lib.clip(values, 0, None)

    shift = q_d - q_u if natural_baseline else 0.0
    between = (above(x - q_d) - above(x - q_u) + shift) / (alpha_up - alpha_down + eps)
    outside = {
        "averse": lambda: -above(q_d - x) / (alpha_down + eps),
        "seeking": lambda: above(x - q_u) / (1 - alpha_up + eps),
    }.get(tail)
    mixed = between if outside is None else (mix * outside() + between) / (mix + 1)
    if not scale:
        return mixed
    std = groups.std(x)
    return mixed / groups.spread(kind.lib.where(kind.lib.isnan(std), 1.0, std) + eps)


def riskpo(
    rewards: Any,
    groups: Groups,
    *,
    bundle: Annotated[int, Ge(1)] = 5,
    alpha_down: Annotated[float, Gt(0), Lt(1)] = 0.2,
    alpha_up: Annotated[float, Gt(0), Lt(1)] = 0.9,
    q_down: float | None = None,
    q_up: float | None = None,
    mix: Annotated[float, Ge(0)] = 1.5,
    tail: Tail = "averse",
    natural_baseline: bool = False,
    scale: bool = False,
    credit: Credit = "uniform",
    eps: Annotated[float, Gt(0), Le(1)] = 1e-6,
) -> Shaped:
    """RiskPO (arXiv 2510.00911): `bundle` prompts in a row are one exam; the j-th response to each of them is a paper.

    A paper's score is the sum of its rewards; `mixed_risk` over the papers of a bundle gives its advantage, which its
    rows get by `credit`: `uniform`, the same for all; `std`, divided by the standard deviation of the row's prompt
    (ddof 1; 1 where that is at most 1e-3); `score`, half for a reward above 0 and one and a half times for others. (The
    authors' fourth way, shares in proportion to the deviation from the prompt's mean, divides by sums that can be
    near 0 and is left out.) `q_down` and `q_up` are tracked quantiles (see `tracked_quantile`), else the bundle's.

    A bundle that is cut short is an error. Rows beyond its smallest group are in no paper: not kept. A paper with a
    row that was not scored has no score: its rows are not kept. `state` is that of the prompts' groups; a
    bundle whose papers all score alike gets 0 (unless `natural_baseline` or quantiles from outside shift it).
    """
    if credit not in get_args(Credit):
        raise GroupError(f"credit of riskpo: one of {', '.join(get_args(Credit))}, not {credit!r}")
    batch = Batch.of(rewards, groups)
    kind, lib = batch.kind, batch.kind.lib
    if groups.count % bundle:
        raise GroupError(f"{groups.count} prompts can't be cut into bundles of {bundle}: the last would be incomplete")
    of_group = np.arange(groups.count) // bundle
    papers = np.minimum.reduceat(groups.sizes, np.arange(0, groups.count, bundle)) if groups.count else groups.sizes
    bundles = Groups.from_sizes(papers)
    place = np.empty(groups.rows, dtype=np.int64)
    place[np.argsort(groups.index, kind="stable")] = groups.places
    bound = of_group[groups.index]
    taken = place < papers[bound]
    paper = kind.move(np.where(taken, bundles.starts[bound] + place, 0))
    inside = kind.move(taken)
    missing = kind.sums(kind.wide(inside & ~batch.scored), paper, bundles.rows)
    score = kind.sums(lib.where(inside & batch.scored, batch.rewards, 0.0), paper, bundles.rows)
    score = lib.where(missing > 0, float("nan"), score)
    of_paper = mixed_risk(
        score,
        bundles,
        q_down=q_down,
        q_up=q_up,
        alpha_down=alpha_down,
        alpha_up=alpha_up,
        mix=mix,
        tail=tail,
        natural_baseline=natural_baseline,
        scale=scale,
        eps=eps,
    )
    advantages = of_paper[paper]
    if credit == "std":
        std = groups.std(batch.rewards)
        advantages = advantages / groups.spread(lib.where(std > 1e-3, std, 1.0))
    elif credit == "score":
        advantages = advantages * lib.where(batch.rewards > 0, 0.5, 1.5)
    kept = inside & ~lib.isnan(advantages)
    return batch.shaped(lib.where(kept, advantages, 0.0), kept)


def tracked_quantile(quantile: float, scores: Any, *, alpha: float, rate: float) -> float:
    """A running quantile moved by one batch: `q + rate (alpha - mean(x < q))`, over the scored ones.

    >>> tracked_quantile(1.0, [0.0, 1.0, 2.0, 3.0], alpha=0.2, rate=0.1)
    0.995
    """
    kind = kind_of(scores)
    wide = kind.wide(scores)
    scored = wide[~kind.lib.isnan(wide)]
    if not len(scored):
        return quantile
    return quantile + rate * (alpha - float((scored < quantile).sum()) / len(scored))


def _same(groups: Groups, like: Array, value: float) -> Array:
    return groups.sum(like * 0.0) + value
