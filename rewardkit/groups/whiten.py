"""Normalising over a whole batch: by rows, and by tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from rewardkit.groups.arrays import Array, Kind
from rewardkit.groups.layout import GroupError


def batch_normal(kind: Kind, values: Array, eps: float) -> Array:
    """`[n]`: `(x - mean) / (std + eps)` over the rows that are not NaN, ddof 1; fewer than two, or no spread: zeros."""
    scored = values[~kind.lib.isnan(values)]
    if len(scored) < 2:
        return values * 0.0
    mean = scored.mean()
    apart = scored - mean
    std = float(((apart * apart).sum() / (len(scored) - 1)) ** 0.5)
    return (values - mean) / (std + eps) if std + eps > 0 else values * 0.0


def token_whiten(
    kind: Kind, values: Array, lengths: Array, *, ddof: int, in_variance: float = 0.0, least_variance: float = 0.0
) -> Array:
    """`[n]`: `(x - m) / sqrt(var + in_variance)` where each row counts as often as it has tokens.

    `m` and `var` are over the tokens of the batch: a long response weighs more, and `m` is not 0 in general.
    """
    scored = ~kind.lib.isnan(values)
    if not bool(scored.any()):
        return values
    tokens = kind.lib.where(scored, lengths, 0.0)
    clean = kind.lib.where(scored, values, 0.0)
    if bool((tokens < 0).any()):
        raise GroupError("lengths: a number of tokens can't be negative")
    count = float(tokens.sum())
    if count - ddof <= 0:
        raise GroupError(f"lengths: {count:.0f} tokens in the whole batch are too few to take their variance")
    mean = (tokens * clean).sum() / count
    variance: Any = (tokens * (clean - mean) ** 2).sum() / (count - ddof) + in_variance
    variance = kind.lib.clip(variance, least_variance, None) if least_variance else variance
    if float(variance) == 0:
        return values * 0.0
    with np.errstate(invalid="ignore"):
        return (values - mean) / kind.lib.sqrt(variance)
