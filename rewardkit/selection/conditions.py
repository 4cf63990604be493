"""What must hold of a response and its prompt to be chosen, and an account of those of which it does not."""

from __future__ import annotations

import collections
import math
import random
from dataclasses import dataclass

from rewardkit.errors import OptionError
from rewardkit.selection.scored import Response, ScoredGroup

Reasons = collections.Counter[str]
"""Why responses, pairs or prompts were left out, and how many."""


@dataclass(frozen=True)
class Conditions:
    """What must hold of a response, and of the prompt that it belongs to. None: no condition."""

    min_reward: float | None = None
    max_reward: float | None = None
    outcomes: frozenset[str] = frozenset()
    """Outcomes that are taken; empty for all."""
    min_pass_rate: float | None = None
    max_pass_rate: float | None = None
    """Bounds of the share of the prompt's scored responses that pass, both included: its difficulty."""
    min_scored: int = 1
    """Scored responses that the prompt must have."""
    needs_signal: bool = False
    """Leave out prompts whose rewards are all equal."""
    distinct: bool = False
    """Of equal texts of one prompt take the first only."""

    def __post_init__(self) -> None:
        _ordered("reward", self.min_reward, self.max_reward)
        _ordered("pass-rate", self.min_pass_rate, self.max_pass_rate)
        for bound in (self.min_pass_rate, self.max_pass_rate):
            if bound is not None and not 0 <= bound <= 1:
                raise OptionError(f"a pass rate lies between 0 and 1, not {bound:g}")

    def against_prompt(self, group: ScoredGroup) -> str | None:
        """Why the whole prompt is left out; None when it is not."""
        scored = len(group.scored)
        if scored < self.min_scored:
            return f"of prompts with fewer than {self.min_scored} scored responses"
        rate = group.pass_rate
        if rate is not None and self.min_pass_rate is not None and rate < self.min_pass_rate:
            return f"of prompts with a pass rate below {self.min_pass_rate:g}"
        if rate is not None and self.max_pass_rate is not None and rate > self.max_pass_rate:
            return f"of prompts with a pass rate above {self.max_pass_rate:g}"
        if self.needs_signal and group.is_equal:
            return "of prompts whose rewards are all equal"
        return None

    def against(self, response: Response) -> str | None:
        """Why the response is left out; None when it is not."""
        if response.reward is None:
            return f"without a reward ({response.outcome})"
        if self.outcomes and response.outcome not in self.outcomes:
            return f"with the outcome {response.outcome}"
        if self.min_reward is not None and response.reward < self.min_reward:
            return f"with a reward below {self.min_reward:g}"
        if self.max_reward is not None and response.reward > self.max_reward:
            return f"with a reward above {self.max_reward:g}"
        return None

    def met(self, group: ScoredGroup, reasons: Reasons) -> list[Response]:
        """The responses of a group that meet all, in order; why not the others is added to `reasons`."""
        unscored = [r for r in group.responses if r.reward is None]
        reasons.update(f"without a reward ({r.outcome})" for r in unscored)
        if len(unscored) == len(group.responses):
            return []
        why = self.against_prompt(group)
        if why is not None:
            reasons[why] += len(group.responses) - len(unscored)
            return []
        kept: list[Response] = []
        texts: set[str] = set()
        for response in group.scored:
            why = self.against(response)
            if why is None and self.distinct and response.sample.response_text in texts:
                why = "with the same text as another one of their prompt"
            if why is not None:
                reasons[why] += 1
                continue
            if self.distinct:
                texts.add(response.sample.response_text)
            kept.append(response)
        return kept


def reward_of(response: Response) -> float:
    """The reward of a response that has one."""
    assert response.reward is not None
    return response.reward


def chance_of(seed: int, group: ScoredGroup) -> random.Random:
    """The chance of one group, the same whatever the others are."""
    return random.Random(f"{seed}:{group.key or group.name}")


def _ordered(name: str, low: float | None, high: float | None) -> None:
    for bound in (low, high):
        if bound is not None and not math.isfinite(bound):
            raise OptionError(f"--min-{name} and --max-{name} are finite numbers, not {bound}")
    if low is not None and high is not None and low > high:
        raise OptionError(f"--min-{name} {low:g} lies above --max-{name} {high:g}")
