"""Centred in the group, scaled by the batch: REINFORCE++ with a baseline, and GPG."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from annotated_types import Gt

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped
from rewardkit.groups.whiten import token_whiten

Variant = Literal["verl", "openrlhf"]


def reinforce_plus_plus_baseline(rewards: Any, lengths: Any, groups: Groups, *, variant: Variant = "verl") -> Shaped:
    """REINFORCE++-baseline (arXiv 2501.03262): `c_i = r_i - mean_g`, then normalised over all tokens of the batch.

    lengths: `[n]` tokens of each response; a row counts in mean and variance as often as it has tokens, so a long
    response dominates both, and the result of equal rewards depends on lengths.

    - `verl`: `(c - m) / sqrt(var + 1e-8)`, ddof 1; the mean of a group of one is taken for 0 (its raw reward stays);
    - `openrlhf`: `(c - m) / sqrt(max(var, 1e-8))`, ddof 0; a group of one is 0 before normalising. KL term and
      reward clip, which come before it there, are not here.

    `m` is not 0 in general: a group whose rewards are all equal gets `-m / std`, a signal (its state stays EQUAL).
    """
    if variant not in get_args(Variant):
        raise GroupError(f"variant of reinforce++-baseline: {' or '.join(get_args(Variant))}, not {variant!r}")
    batch = Batch.of(rewards, groups)
    tokens = batch.beside(lengths, "lengths")
    lib = batch.kind.lib
    apart = lib.where(batch.scored, batch.centred, float("nan"))
    if variant == "verl":
        apart = batch.where_single(batch.rewards, apart)
        return batch.shaped(token_whiten(batch.kind, apart, tokens, ddof=1, in_variance=1e-8))
    return batch.shaped(token_whiten(batch.kind, apart, tokens, ddof=0, least_variance=1e-8))


def gpg(
    rewards: Any,
    groups: Groups,
    *,
    f_norm: Annotated[float, Gt(0)] = 1.0,
    single: Literal["zero", "raw"] = "zero",
) -> Shaped:
    """GPG as verl has it (arXiv 2504.02546): `A_i = N / max(1, rewards that are not 0) (r_i - mean_g) / f_norm`.

    N and the count are over the scored rows of the whole batch. Meant for rewards of 0 and 1: with -1 for wrong the
    factor is always 1. A group of one: 0, or the raw reward (`single="raw"`, verl).

    >>> gpg([1, 0, 0, 0, 1, 1, 0, 1], Groups.equal(8, 4)).advantages.tolist()
    [1.5, -0.5, -0.5, -0.5, 0.5, 0.5, -1.5, 0.5]
    """
    if single not in ("zero", "raw"):
        raise GroupError(f"single is 'zero' or 'raw', not {single!r}")
    batch = Batch.of(rewards, groups)
    rows = float(batch.counts.sum())
    paid = float((batch.scored & (batch.rewards != 0)).sum())
    factor = rows / max(1.0, paid) / f_norm
    apart = batch.where_single(batch.rewards, batch.centred) if single == "raw" else batch.centred
    return batch.shaped(apart * factor)
