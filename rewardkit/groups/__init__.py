"""Advantages and statistics over the responses to one prompt: pure functions on numpy arrays and torch tensors.

    from rewardkit.groups import Groups, grpo
    shaped = grpo(rewards, Groups.of(prompt_ids, size=8))
    shaped.advantages, shaped.kept, shaped.states

Every advantage function takes rewards `[n]` (NaN or None: not scored, left out of the statistics, advantage 0) and the
`Groups` of the rows, and gives back a `Shaped`: advantages, the rows to train on, and what is to be known about each
group. `catalog` has them all by name.
"""

from rewardkit.groups.advantages.batch_baseline import gpg, reinforce_plus_plus_baseline
from rewardkit.groups.advantages.difficulty import a_grae, grpo_lead
from rewardkit.groups.advantages.gdpo import gdpo
from rewardkit.groups.advantages.grpo import dr_grpo, grpo, grpo_batch
from rewardkit.groups.advantages.leave_one_out import opo, rloo
from rewardkit.groups.advantages.median import mc_grpo
from rewardkit.groups.advantages.rank import rank_gaussian
from rewardkit.groups.advantages.reshaped import c_grpo, grpo_s, unlikeliness
from rewardkit.groups.advantages.risk import mixed_risk, riskpo, tracked_quantile
from rewardkit.groups.advantages.shared import Moments, against, shared_baseline
from rewardkit.groups.advantages.signed import nsr, psr, w_reinforce
from rewardkit.groups.advantages.virtual import ngrpo
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Shaped, State
from rewardkit.groups.shaping.entropy import entropy_rewards, entropy_token_rewards
from rewardkit.groups.shaping.length import lead_length_rewards
from rewardkit.groups.shaping.likelihood import unlikely_rewards
from rewardkit.groups.shaping.mixing import conditioned, rubric_mixed, weighted_sum

__all__ = [
    "GroupError",
    "Groups",
    "Moments",
    "Shaped",
    "State",
    "a_grae",
    "against",
    "c_grpo",
    "conditioned",
    "dr_grpo",
    "entropy_rewards",
    "entropy_token_rewards",
    "gdpo",
    "gpg",
    "grpo",
    "grpo_batch",
    "grpo_lead",
    "grpo_s",
    "lead_length_rewards",
    "mc_grpo",
    "mixed_risk",
    "ngrpo",
    "nsr",
    "opo",
    "psr",
    "rank_gaussian",
    "reinforce_plus_plus_baseline",
    "riskpo",
    "rloo",
    "rubric_mixed",
    "shared_baseline",
    "tracked_quantile",
    "unlikeliness",
    "unlikely_rewards",
    "w_reinforce",
    "weighted_sum",
]
