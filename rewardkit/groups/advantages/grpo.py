"""GRPO: reward minus the mean of its group, over the standard deviation. With the scale of the batch, and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped

Variant = Literal["trl", "verl", "verl-vectorized", "easyr1", "oat", "openrlhf", "open-instruct"]


@dataclass(frozen=True)
class Arithmetic:
    """What trainers do differently under the one name."""

    eps: float
    ddof: int = 1
    single: Literal["zero", "raw", "error"] = "zero"
    """A group of one scored row: no signal, the raw reward (as if its mean were 0 and its deviation 1), or refused."""
    least_variance: float = 0.0


VARIANTS: dict[Variant, Arithmetic] = {
    "trl": Arithmetic(1e-4),
    "verl": Arithmetic(1e-6, single="raw"),
    "verl-vectorized": Arithmetic(1e-6, single="raw", least_variance=1e-6),
    "easyr1": Arithmetic(1e-6, single="error"),
    "oat": Arithmetic(1e-8),
    "openrlhf": Arithmetic(1e-9),
    "open-instruct": Arithmetic(1e-8, ddof=0),
}
"""`open-instruct` is its mode "standard"; its default "centered" is `dr_grpo`. `oat` is understand-r1-zero's."""


def grpo(
    rewards: Any,
    groups: Groups,
    *,
    variant: Variant = "trl",
    eps: Annotated[float, Ge(0)] | None = None,
    ddof: Annotated[int, Ge(0)] | None = None,
) -> Shaped:
    """Group relative advantages (arXiv 2402.03300): `A_i = (r_i - mean_g) / (std_g + eps)`.

    rewards: `[n]`, NaN where not scored. The paper writes no eps and does not fix ddof; `variant` takes both
    from a trainer (see `VARIANTS`), `eps` and `ddof` override it.

    | variant | eps | ddof | a group of one |
    |---|---|---|---|
    | trl | 1e-4 | 1 | 0 |
    | verl | 1e-6 | 1 | the raw reward over `1 + eps`: an update without a baseline |
    | verl-vectorized | 1e-6, and a variance of at least 1e-6 | 1 | the same |
    | easyr1 | 1e-6 | 1 | an error |
    | oat | 1e-8 | 1 | 0 |
    | openrlhf | 1e-9 | 1 | 0 |
    | open-instruct | 1e-8 | 0 | 0 |

    A group whose rewards are equal up to rounding gets exactly 0 and the state EQUAL. Near-equal but different
    rewards are blown up to order 1: that is the formula. Invariant under `r -> a r + b` with `a > 0`, eps aside.

    >>> grpo([1, 0, 0, 0], Groups.equal(4, 4)).advantages.round(4).tolist()
    [1.4997, -0.4999, -0.4999, -0.4999]
    """
    if variant not in VARIANTS:
        raise GroupError(f"variant of grpo: one of {', '.join(get_args(Variant))}, not {variant!r}")
    rule = VARIANTS[variant]
    batch = Batch.of(rewards, groups)
    eps = rule.eps if eps is None else eps
    std = groups.std(batch.rewards, rule.ddof if ddof is None else ddof)
    if rule.least_variance:
        std = batch.kind.lib.clip(std, rule.least_variance**0.5, None)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = batch.where_mixed(batch.centred / groups.spread(std + eps))
    if rule.single == "error" and bool((batch.counts == 1).any()):
        raise GroupError("a group has only one scored row, and this variant refuses such groups")
    if rule.single == "raw":
        scaled = batch.where_single(batch.rewards / (1 + eps), scaled)
    return batch.shaped(scaled)


def grpo_batch(rewards: Any, groups: Groups, *, eps: Annotated[float, Ge(0)] = 1e-4) -> Shaped:
    """GRPO with the scale of the batch (TRL's `scale_rewards="batch"`): `A_i = (r_i - mean_g) / (std + eps)`.

    `std` is over the *raw* rewards of all scored rows of the batch (not over the centred ones), ddof 1: the batch
    must be the whole step's, of all processes. Fewer than two scored rows, or a batch of one reward: zeros.
    """
    batch = Batch.of(rewards, groups)
    scored = batch.rewards[batch.scored]
    if len(scored) < 2:
        return batch.shaped(batch.centred * 0.0)
    apart = scored - scored.mean()
    std = ((apart * apart).sum() / (len(scored) - 1)) ** 0.5
    return batch.shaped(batch.centred / (std + eps) if float(std) + eps > 0 else batch.centred * 0.0)


def dr_grpo(rewards: Any, groups: Groups) -> Shaped:
    """Dr. GRPO (arXiv 2503.20783): `A_i = r_i - mean_g`; a group of one scored row: 0.

    This is half of the method. The loss must also sum over tokens and divide by a constant (the longest length
    allowed), not by each response's own length: TRL `loss_type="dr_grpo"`, verl
    `loss_agg_mode="seq-mean-token-sum-norm"`. Sums to 0 over a group; `rloo` is this times `n / (n - 1)`.
    """
    batch = Batch.of(rewards, groups)
    return batch.shaped(batch.centred)
