"""What matters of scored groups before training: is there anything to learn from, and where not.

    report = GroupReport()
    for group in scored.groups():
        report.add(group)
    print(report.to_json())

Everything is counted in one pass and in memory that does not grow with the rows: sums, counts by group size, and the
names of the first groups without a signal.
"""

from __future__ import annotations

import collections
import functools
import math
from dataclasses import dataclass, field
from typing import Any

from rewardkit.bench.statistics import wilson
from rewardkit.selection.scored import ScoredGroup

NAMED = 1000
"""Groups without a signal that are named at most."""

REASONS = 50
"""Reasons why responses have no reward that are told apart at most."""

BINS = 10
"""Bars of the difficulty histogram between the groups in which none pass and those in which all do."""

_REASON_CHARS = 160

STATES = ("mixed", "all zero", "all one", "all equal", "single", "unscored")
"""How the rewards of a group stand: of different value; all 0; all 1; all of one other value; only one response has a
reward; none has."""

TRAINS = "mixed"


@dataclass(slots=True)
class _Spread:
    """Count, mean and squared distances to it, of values one by one (Welford) or of two sets (Chan et al.)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        apart = value - self.mean
        self.mean += apart / self.count
        self.squares += apart * (value - self.mean)

    def merge(self, other: _Spread) -> None:
        if not other.count:
            return
        count = self.count + other.count
        apart = other.mean - self.mean
        self.squares += other.squares + apart * apart * self.count * other.count / count
        self.mean += apart * other.count / count
        self.count = count


@dataclass(slots=True)
class GroupReport:
    """Fed one group at a time."""

    groups: int = 0
    responses: int = 0
    scored: int = 0
    """Responses with a reward."""
    passed: int = 0
    lost: int = 0
    """Rows that could not be read."""
    sizes: collections.Counter[int] = field(default_factory=collections.Counter)
    """Groups by their number of responses, scored or not."""
    states: collections.Counter[str] = field(default_factory=collections.Counter)
    """Groups by `STATES`."""
    difficulty: collections.Counter[int] = field(default_factory=collections.Counter)
    """Groups by pass rate: 0 for none, `BINS + 1` for all, and the number of the tenth between."""
    reasons: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Why responses have no reward: how many, and where the first is."""
    silent: list[dict[str, Any]] = field(default_factory=list)
    """The first groups without a signal: name, state, responses, mean reward."""
    _rewards: _Spread = field(default_factory=_Spread)
    """Of all scored responses."""
    _within: float = 0.0
    """Sum over the groups of the squared distances to the mean of the group."""
    _by_counts: collections.Counter[tuple[int, int]] = field(default_factory=collections.Counter)
    """Groups by scored and passing responses."""

    def add(self, group: ScoredGroup) -> None:
        """Count a group."""
        self.lost += len(group.lost)
        for where, reason in group.lost:
            self._note(reason, where)
        if not group.responses:
            return
        self.groups += 1
        self.responses += len(group.responses)
        self.sizes[len(group.responses)] += 1
        for response in group.responses:
            if response.reward is None:
                self._note(response.outcome, response.where)
        own = _Spread()
        for response in group.scored:
            assert response.reward is not None
            own.add(response.reward)
        self._rewards.merge(own)
        self._within += own.squares
        passing = sum(response.passes for response in group.scored)
        self.scored += own.count
        self.passed += passing
        state = _state(group, own)
        self.states[state] += 1
        if own.count:
            self._by_counts[own.count, passing] += 1
            self.difficulty[_bin(passing, own.count)] += 1
        if state != TRAINS and len(self.silent) < NAMED:
            mean = own.mean if own.count else None
            self.silent.append(
                {"group": group.name, "state": state, "responses": len(group.responses), "mean_reward": mean}
            )

    @property
    def comparable(self) -> int:
        """Groups with at least two scored responses: those that could train."""
        return self.groups - self.states["single"] - self.states["unscored"]

    @property
    def without_signal(self) -> int:
        """Groups that are not mixed."""
        return self.groups - self.states[TRAINS]

    @property
    def variance(self) -> dict[str, float] | None:
        """The variance of the scored rewards (divisor n) and its two parts; None without any reward.

        `within` is the mean squared distance to the mean of the own group: what group advantages are made of.
        `between` is the rest, the spread of the groups' means: how far the prompts differ in difficulty.
        """
        count = self._rewards.count
        if not count:
            return None
        total = self._rewards.squares / count
        within = min(self._within / count, total)
        return {"mean": self._rewards.mean, "total": total, "within": within, "between": total - within}

    def pass_at_k(self) -> list[dict[str, Any]]:
        """The unbiased pass@k for powers of two up to the largest number of scored responses, and for that itself.

        Each point is the mean over the groups with at least k scored responses, with its 95 % interval over prompts:
        Wilson's on the sum of their estimates, which is wide enough for values between 0 and 1.
        """
        largest = max((scored for scored, _ in self._by_counts), default=0)
        ks = sorted({*(1 << i for i in range(largest.bit_length())), largest} - {0})
        points = []
        for k in ks:
            groups, total = 0, 0.0
            for (scored, passing), count in self._by_counts.items():
                if scored >= k:
                    groups += count
                    total += count * _estimate(scored, passing, k)
            low, high = wilson(min(total, groups), groups)
            points.append({"k": k, "value": total / groups, "low": low, "high": high, "groups": groups})
        return points

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        states = {state: self.states[state] for state in STATES}
        return {
            "groups": self.groups,
            "responses": self.responses,
            "scored": self.scored,
            "unscored": self.responses - self.scored,
            "unreadable_rows": self.lost,
            "passed": self.passed,
            "sizes": {str(size): count for size, count in sorted(self.sizes.items())},
            "states": states,
            "shares": {state: count / self.groups if self.groups else None for state, count in states.items()},
            "rewards": self.variance,
            "pass_at_k": self.pass_at_k(),
            "difficulty": [{"pass_rate": label, "groups": count} for label, count in self.histogram()],
            "without_signal": {"groups": self.without_signal, "named": self.silent},
            "not_scored": [{"why": why, "rows": count, "first": first} for why, (count, first) in self.reasons.items()],
        }

    def histogram(self) -> list[tuple[str, int]]:
        """Groups by pass rate, from hard to easy: none pass, the tenths between, all pass."""
        labels = ["0", *(f"{i / BINS:g}-{(i + 1) / BINS:g}" for i in range(BINS)), "1"]
        return [(label, self.difficulty[i]) for i, label in enumerate(labels)]

    def _note(self, reason: str, where: str) -> None:
        key = reason[:_REASON_CHARS]
        if key not in self.reasons and len(self.reasons) >= REASONS:
            key = "other reasons"
        count, first = self.reasons.get(key, (0, where))
        self.reasons[key] = (count + 1, first)


def _state(group: ScoredGroup, spread: _Spread) -> str:
    if spread.count == 0:
        return "unscored"
    if spread.count == 1:
        return "single"
    if not group.is_equal:
        return TRAINS
    return {0.0: "all zero", 1.0: "all one"}.get(spread.mean, "all equal")


def _bin(passing: int, scored: int) -> int:
    if passing == 0:
        return 0
    if passing == scored:
        return BINS + 1
    return min(math.ceil(passing * BINS / scored), BINS)


@functools.lru_cache(maxsize=65_536)
def _estimate(scored: int, passing: int, k: int) -> float:
    from rewardkit.groups.passk import pass_at_k

    return float(pass_at_k([scored], [passing], k)[0])
