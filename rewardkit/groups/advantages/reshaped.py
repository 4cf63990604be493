"""GRPO on rewards that were reshaped inside the group: unlikeliness, entropy (GRPO-S), rubrics (C-GRPO).

Shaping before normalising gives groups whose rows are all right a signal of full size from the shaping alone; the
`state` of the result is that of the reshaped rewards.
"""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge, Le

from rewardkit.groups.advantages.grpo import grpo
from rewardkit.groups.layout import Groups
from rewardkit.groups.shaped import Shaped
from rewardkit.groups.shaping.entropy import entropy_rewards
from rewardkit.groups.shaping.likelihood import LikelihoodVariant, unlikely_rewards
from rewardkit.groups.shaping.mixing import RubricVariant, rubric_mixed


def unlikeliness(
    rewards: Any,
    mean_logprobs: Any,
    groups: Groups,
    *,
    beta: Annotated[float, Ge(0), Le(1)] = 0.25,
    variant: LikelihoodVariant = "right-rows",
    eps: Annotated[float, Ge(0)] = 1e-6,
) -> Shaped:
    """Unlikeliness reward (arXiv 2506.02355): right rows lose up to `beta` the likelier they were; then GRPO, ddof 1.

    See `unlikely_rewards` for the shaping. A group of right rows only gets a pure ranking of likelihood, at full size.
    """
    return grpo(unlikely_rewards(rewards, mean_logprobs, groups, beta=beta, variant=variant), groups, eps=eps)


def grpo_s(
    rewards: Any,
    entropies: Any,
    groups: Groups,
    *,
    plain: Annotated[float, Ge(0), Le(1)] = 0.5,
    eps: Annotated[float, Ge(0)] = 1e-6,
) -> Shaped:
    """GRPO-S (arXiv 2508.04349): right rows share their rewards by entropy; then GRPO, ddof 1.

    See `entropy_rewards` for the shaping and for what of it could not be confirmed.
    """
    return grpo(entropy_rewards(rewards, entropies, groups, plain=plain), groups, eps=eps)


def c_grpo(
    outcome: Any,
    rubric: Any,
    groups: Groups,
    *,
    alpha: Annotated[float, Ge(0), Le(1)] = 0.3,
    variant: RubricVariant = "paper",
    eps: Annotated[float, Ge(0)] = 1e-6,
) -> Shaped:
    """C-GRPO (arXiv 2601.06021): a right row's reward depends on its share of the rubrics met; then GRPO, ddof 1.

    See `rubric_mixed` for the mix and its variants.
    """
    return grpo(rubric_mixed(outcome, rubric, groups, alpha=alpha, variant=variant), groups, eps=eps)
