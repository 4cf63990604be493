"""Preference pairs out of a group, with a margin, of balanced length, drawn without listing them all."""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rewardkit.errors import OptionError
from rewardkit.selection.conditions import Conditions, Reasons, chance_of, reward_of
from rewardkit.selection.scored import Response, ScoredGroup

CANDIDATES = 64
"""Pairs that are drawn for every pair wanted of a prompt, to choose from."""

MOST_PAIRS = 128
"""Pairs that may be wanted of a prompt."""

_SPARE = 8


class Pair(NamedTuple):
    """A response and a worse one to the same prompt."""

    chosen: Response
    rejected: Response


Pick = Literal["random", "widest"]


@dataclass
class Pairs:
    """Preference pairs: at most `count` of a prompt, with rewards at least `margin` apart.

    `pick` says which: drawn at random, or those furthest apart. Texts that are equal are no pair, whatever they were
    paid. `length_ratio` is how many times as long as the shorter of a pair the longer may be. With `balance`, of all
    the pairs that are drawn those are taken that keep the chosen as long as the rejected over the whole output (by the
    mean logarithm of the ratio of their lengths in characters): a model trained on pairs whose better half is longer
    learns to be long.

    A group of n costs n log n: pairs are drawn, never listed.
    """

    conditions: Conditions = field(default_factory=Conditions)
    margin: float = 0.0
    count: int = 1
    pick: Pick = "random"
    length_ratio: float | None = None
    balance: bool = False
    seed: int = 0
    pairs: int = 0
    """Pairs so far."""
    chosen_chars: int = 0
    rejected_chars: int = 0
    longer_chosen: int = 0
    """Pairs whose chosen half is the longer one."""
    longer_rejected: int = 0
    _drift: float = 0.0
    """Sum over the pairs of the logarithm of the ratio of the lengths, chosen over rejected."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_PAIRS:
            raise OptionError(f"a prompt gives 1 to {MOST_PAIRS} pairs, not {self.count}")
        if not (math.isfinite(self.margin) and self.margin >= 0):
            raise OptionError(f"the margin is a finite number from 0 up, not {self.margin:g}")
        if self.length_ratio is not None and not self.length_ratio >= 1:
            raise OptionError(f"the length ratio is a number from 1 up, not {self.length_ratio:g}")
        if self.balance and self.pick == "widest":
            raise OptionError("pairs are either the widest or balanced in length")

    def choose(self, group: ScoredGroup, reasons: Reasons) -> list[Pair]:
        """The pairs of a group; `reasons` counts prompts that give none, and responses that can't be in any."""
        met = self.conditions.met(group, reasons)
        if len(met) < 2:
            reasons["prompts with fewer than two responses to compare"] += 1
            return []
        ascending = sorted(range(len(met)), key=lambda i: reward_of(met[i]))
        rewards = [reward_of(met[i]) for i in ascending]
        below = [self._below(rewards, place) for place in range(len(rewards))]
        if not any(below):
            equal = rewards[0] == rewards[-1]
            why = "all rewards are equal" if equal else f"no two rewards are {self.margin:g} apart"
            reasons[f"prompts in which {why}"] += 1
            return []
        places = (
            self._widest(rewards, below) if self.pick == "widest" else self._drawn(below, chance_of(self.seed, group))
        )
        candidates = [Pair(met[ascending[high]], met[ascending[low]]) for high, low in places]
        fitting = [pair for pair in candidates if self._fits(pair)]
        if not fitting:
            reasons["prompts whose pairs are of equal text, or too different in length"] += 1
            return []
        taken: list[Pair] = []
        for _ in range(min(self.count, len(fitting))):
            pair = fitting.pop(self._next(fitting))
            self._count(pair)
            taken.append(pair)
        return taken

    def _below(self, rewards: Sequence[float], place: int) -> int:
        """How many of the ascending rewards are lower by the margin, and lower at all."""
        limit = rewards[place] - self.margin
        far = bisect.bisect_right(rewards, limit + 1e-12 * max(1.0, abs(limit)))  # 0.3 - 0.1 is a margin of 0.2
        return min(far, bisect.bisect_left(rewards, rewards[place]))

    def _drawn(self, below: Sequence[int], chance: random.Random) -> list[tuple[int, int]]:
        """Different pairs in random order, each response with another equally often: (higher, lower) places."""
        able = [place for place, count in enumerate(below) if count]
        wanted = CANDIDATES * self.count
        if sum(below[place] for place in able) <= wanted:
            every = [(high, low) for high in able for low in range(below[high])]
            chance.shuffle(every)
            return every
        found: dict[tuple[int, int], None] = {}
        for _ in range(wanted):
            high = chance.choice(able)
            found[high, chance.randrange(below[high])] = None
        return list(found)

    def _widest(self, rewards: Sequence[float], below: Sequence[int]) -> list[tuple[int, int]]:
        """The pairs furthest apart, the furthest first; a few more than are wanted, for some will not fit."""
        reach = min(len(below), self.count + _SPARE)
        ends = [(high, low) for high in range(len(below) - reach, len(below)) for low in range(min(reach, below[high]))]
        return sorted(ends, key=lambda pair: rewards[pair[1]] - rewards[pair[0]])

    def _next(self, fitting: Sequence[Pair]) -> int:
        """Which of the pairs to take: the first, or the one that brings the lengths closest to balance."""
        if not self.balance:
            return 0
        return min(range(len(fitting)), key=lambda i: abs(self._drift + _log_ratio(fitting[i])))

    def _fits(self, pair: Pair) -> bool:
        chosen, rejected = pair.chosen.sample.response_text, pair.rejected.sample.response_text
        if chosen == rejected:
            return False
        shorter, longer = sorted((len(chosen), len(rejected)))
        return self.length_ratio is None or longer <= self.length_ratio * shorter

    def _count(self, pair: Pair) -> None:
        chosen, rejected = (len(half.sample.response_text) for half in pair)
        self.pairs += 1
        self.chosen_chars += chosen
        self.rejected_chars += rejected
        self.longer_chosen += chosen > rejected
        self.longer_rejected += rejected > chosen
        self._drift += _log_ratio(pair)


def _log_ratio(pair: Pair) -> float:
    chosen, rejected = (len(half.sample.response_text) for half in pair)
    return math.log((chosen + 1) / (rejected + 1))
