"""What a run over many rows came to: outcomes, mean reward, groups, and the rows that could not be scored.

A `Summary` is fed one row at a time and keeps counts only, so its memory does not grow with the rows. Groups are
followed while they are open: at most `OPEN_GROUPS` at once, the one longest untouched is closed first. Rollouts of one
prompt stand close together in practice; a group whose rows lie further apart than that is counted as two.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Hashable
from dataclasses import dataclass, field

from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range

OPEN_GROUPS = 65_536
_REASONS = 200  # distinct reasons that are told apart; further ones are counted together
_REASON_CHARS = 160


@dataclass(slots=True)
class GroupCounts:
    """Groups by how their rollouts scored. Groups of one rollout say nothing about spread and are left out."""

    groups: int = 0
    """Groups of at least two rollouts."""
    rollouts: int = 0
    """Rollouts in them."""
    all_bottom: int = 0
    """Groups in which every scored rollout got the bottom of the range: no gradient."""
    all_top: int = 0
    """Groups in which every scored rollout got the top: no gradient."""
    all_equal: int = 0
    """Groups in which every scored rollout got one and the same reward in between: no gradient."""
    mixed: int = 0
    """Groups with different rewards: these train."""
    unscored: int = 0
    """Groups in which no rollout has a value."""
    pass_rate_sum: float = 0.0
    """Sum over the scored groups of the share of their scored rollouts that are CORRECT."""

    @property
    def pass_rate(self) -> float:
        """Mean over the scored groups of the share of scored rollouts that are CORRECT; NaN without any."""
        scored = self.groups - self.unscored
        return self.pass_rate_sum / scored if scored else math.nan


@dataclass(slots=True)
class _OpenGroup:
    size: int = 0
    scored: int = 0
    correct: int = 0
    low: float = math.inf
    high: float = -math.inf


@dataclass(slots=True)
class Summary:
    """Counts over the rows of a run."""

    within: Range
    """The range of the reward."""
    rows: int = 0
    """Input rows, malformed ones among them."""
    malformed: int = 0
    """Rows that could not become a sample."""
    samples: int = 0
    """Responses judged; more than the rows where a row holds several."""
    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    """Samples by outcome."""
    value_sum: float = 0.0
    scored: int = 0
    """Samples with a value."""
    groups: GroupCounts = field(default_factory=GroupCounts)
    reasons: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    """(outcome, reason) of unscorable samples and rows: how many, and the first of them by name."""
    _open: collections.OrderedDict[Hashable, _OpenGroup] = field(default_factory=collections.OrderedDict)

    @property
    def mean(self) -> float:
        """Mean reward over the samples that have a value; NaN without any."""
        return self.value_sum / self.scored if self.scored else math.nan

    def add_malformed(self, where: str, error: str) -> None:
        """Count a row that could not become a sample."""
        self.rows += 1
        self.malformed += 1
        self._note("malformed", error, where)

    def add(self, sample_group: Hashable, where: str, value: float | None, outcome: str, reason: str) -> None:
        """Count one judged sample."""
        self.samples += 1
        self.outcomes[outcome] += 1
        if value is None:
            self._note(outcome, reason, where)
        else:
            self.scored += 1
            self.value_sum += value
        if sample_group is not None:
            self._follow(sample_group, value, outcome)

    def close(self) -> None:
        """Close the groups that are still open; to be called once, at the end."""
        while self._open:
            self._close(self._open.popitem(last=False)[1])

    def _follow(self, key: Hashable, value: float | None, outcome: str) -> None:
        group = self._open.get(key)
        if group is None:
            group = self._open[key] = _OpenGroup()
            if len(self._open) > OPEN_GROUPS:
                self._close(self._open.popitem(last=False)[1])
        else:
            self._open.move_to_end(key)
        group.size += 1
        if value is not None:
            group.scored += 1
            group.correct += outcome == Outcome.CORRECT
            group.low = min(group.low, value)
            group.high = max(group.high, value)

    def _close(self, group: _OpenGroup) -> None:
        if group.size < 2:
            return
        counts = self.groups
        counts.groups += 1
        counts.rollouts += group.size
        if not group.scored:
            counts.unscored += 1
            return
        counts.pass_rate_sum += group.correct / group.scored
        if group.high == self.within.low:
            counts.all_bottom += 1
        elif group.low == self.within.high:
            counts.all_top += 1
        elif group.low == group.high:
            counts.all_equal += 1
        else:
            counts.mixed += 1

    def _note(self, outcome: str, reason: str, where: str) -> None:
        key = (outcome, reason[:_REASON_CHARS])
        if key not in self.reasons and len(self.reasons) >= _REASONS:
            key = (outcome, "other reasons")
        count, first = self.reasons.get(key, (0, where))
        self.reasons[key] = (count + 1, first)


def group_of(sample: Sample) -> Hashable:
    """What a sample's rollouts share: its declared group, else its prompt, else nothing.

    >>> group_of(Sample(response="", group="q1")), group_of(Sample(response=""))
    ('q1', None)
    """
    if sample.group is not None:
        return sample.group
    prompt = sample.prompt_text
    return hash(prompt) if prompt else None
