"""Which prompts to draw next: those whose groups promise a varied reward (MMR1's variance-aware sampling)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge, Le

from rewardkit.groups.arrays import Array, host, kind_of
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.passk import correctness
from rewardkit.groups.shaped import refuse_infinite

Variant = Literal["sound", "authors"]


def outcome_variance(correct: Any, groups: Groups, *, ddof: Annotated[int, Ge(0), Le(1)] = 0) -> Array:
    """`[count]`: the outcome variance score `p (1 - p)`, p the share of right rows: 0.25 at most, 0 without signal.

    correct: `[n]` 1, 0 or NaN. `ddof=1` takes out the bias of few rollouts, `p (1-p) n / (n-1)`. NaN where no row
    is scored (with ddof 1: fewer than two).

    >>> outcome_variance([1, 0, 0, 0], Groups.equal(4, 4)).tolist()
    [0.1875]
    """
    batch = correctness(correct, groups)
    lib, n = batch.kind.lib, batch.counts
    free = lib.where(n > ddof, n - ddof, float("nan"))
    return batch.mean * (1 - batch.mean) * n / free


def variance_promotion(
    variance: Any, diversity: Any = None, *, alpha: Annotated[float, Ge(0)] = 0.8, beta: float = 0.2
) -> Array:
    """`[count]`: the variance promotion score `alpha * OVS + beta * TDS` (VPS of MMR1, arXiv 2509.21268).

    variance: `[count]`, `outcome_variance`; diversity: `[count]`, how much the trajectories of a prompt differ, higher
    for more different. A score that rises with likeness, such as self-BLEU, needs a negative beta or `1 - score`;
    the authors' code adds it as it is. The scales differ (a variance is 0.25 at most), so equal weights are not equal
    influence. The weights 0.8 and 0.2 could not be confirmed at the source; the shipped configuration uses the variance
    alone (`diversity=None`, alpha 1). NaN in either is NaN.

    >>> variance_promotion([0.0, 0.25], [0.9, 0.4]).round(2).tolist()
    [0.18, 0.28]
    """
    kind = kind_of(variance, diversity)
    spread = kind.wide(variance)
    apart = kind.lib.zeros_like(spread) if diversity is None else kind.wide(diversity)
    if spread.shape != apart.shape:
        raise GroupError(f"variance and diversity of different shapes: {tuple(spread.shape)}, {tuple(apart.shape)}")
    refuse_infinite(kind, spread, "variance")
    refuse_infinite(kind, apart, "diversity")
    return kind.like(alpha * spread + beta * apart, variance)


def sampling_weights(
    scores: Any,
    previous: Any = None,
    *,
    momentum: Annotated[float, Ge(0), Le(1)] = 0.0,
    floor: Annotated[float, Ge(0), Le(1)] = 0.05,
    variant: Variant = "sound",
) -> Array:
    """`[count]`: how heavily each prompt is to be drawn: scores stretched over the data set, then averaged over time.

    `w = (s - min) / (max - min)`, then `momentum * previous + (1 - momentum) * w`. `sound` lifts w into `[floor, 1]`,
    so that no prompt is never drawn again, and gives 1 to all where the scores do not differ. `authors` divides by
    `max - min + 1e-8` and has no floor: the lowest prompt gets 0 and is lost to the weighted draws, and equal scores
    give nothing but zeros, which a sampler refuses. Their default momentum of 1 keeps the first weights for ever.
    A NaN score (no row could be scored) keeps its previous weight; without one it gets 1: it is not known yet.

    >>> sampling_weights([0.18, 0.28, 0.27, 0.04]).round(3).tolist()
    [0.604, 1.0, 0.96, 0.05]
    """
    if variant not in get_args(Variant):
        raise GroupError(f"variant: one of {', '.join(get_args(Variant))}, not {variant!r}")
    if not (0 <= momentum <= 1 and 0 <= floor <= 1):
        raise GroupError(f"momentum and floor lie in [0, 1], not {momentum!r} and {floor!r}")
    kind = kind_of(scores, previous)
    lib, wide = kind.lib, kind.wide(scores)
    refuse_infinite(kind, wide, "score")
    old = None if previous is None else kind.wide(previous)
    if old is not None and old.shape != wide.shape:
        raise GroupError(f"scores and previous weights of different shapes: {tuple(wide.shape)}, {tuple(old.shape)}")
    known = ~lib.isnan(wide)
    if not bool(known.any()):
        return kind.like(lib.ones_like(wide) if old is None else old, scores)
    low, high = wide[known].min(), wide[known].max()
    if variant == "authors":
        weights = (wide - low) / (high - low + 1e-8)
    elif bool(high > low):
        weights = floor + (1 - floor) * (wide - low) / (high - low)
    else:
        weights = lib.ones_like(wide)
    if old is None:
        return kind.like(lib.where(known, weights, 1.0), scores)
    return kind.like(lib.where(known, momentum * old + (1 - momentum) * weights, old), scores)


def draw_prompts(
    weights: Any, count: Annotated[int, Ge(0)], *, ratio: Annotated[float, Ge(0), Le(1)] = 0.5, seed: int
) -> np.ndarray:
    """`[count]` int64: prompts for a batch, `int(count * ratio)` by weight, the rest uniformly; both with return.

    The same weights and seed draw the same prompts. The uniform part keeps every prompt in play whatever the weights.

    >>> len(draw_prompts([0.05, 1.0, 0.5], 8, seed=0))
    8
    """
    heavy = np.asarray(host(weights), dtype=np.float64)
    if heavy.ndim != 1 or not len(heavy) or not np.isfinite(heavy).all() or (heavy < 0).any() or heavy.sum() <= 0:
        raise GroupError("weights are a list of finite numbers from 0 up, at least one of them above 0")
    if not 0 <= ratio <= 1 or count < 0:
        raise GroupError(f"ratio lies in [0, 1] and count from 0 up, not {ratio!r} and {count!r}")
    generator = np.random.default_rng(seed)
    weighted = int(count * ratio)
    drawn = generator.choice(len(heavy), weighted, p=heavy / heavy.sum())
    return np.concatenate([drawn, generator.integers(len(heavy), size=count - weighted)]).astype(np.int64)
