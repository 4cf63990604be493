"""What is chosen from a group: the best responses, those that meet conditions, or the prompt by its difficulty.

Pairs are in `rewardkit.selection.pairs`.

Every chooser says of what it leaves out why, so that nothing disappears unaccounted for. A response without a reward
is never chosen: nobody knows what it is worth. Where chance decides it is drawn from a seed and the name of the group,
so the choice in one group does not depend on the others or on their order.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, field
from typing import Literal

from rewardkit.errors import OptionError
from rewardkit.selection.conditions import Conditions, Reasons, chance_of, reward_of
from rewardkit.selection.scored import Response, ScoredGroup

Ties = Literal["first", "shortest", "random"]


@dataclass(frozen=True)
class Best:
    """The `count` best responses of every prompt that meets the conditions, in the order of the file."""

    conditions: Conditions = field(default_factory=Conditions)
    count: int = 1
    ties: Ties = "first"
    seed: int = 0

    def choose(self, group: ScoredGroup, reasons: Reasons) -> list[Response]:
        """The chosen ones of a group."""
        met = self.conditions.met(group, reasons)
        order = list(range(len(met)))
        if self.ties == "shortest":
            order.sort(key=lambda i: len(met[i].sample.response_text))
        elif self.ties == "random":
            chance_of(self.seed, group).shuffle(order)
        order.sort(key=lambda i: -reward_of(met[i]))  # stable: among equals the order from above
        chosen = sorted(order[: self.count])
        if len(met) > len(chosen):
            reasons["that are not among the best of their prompt"] += len(met) - len(chosen)
        return [met[i] for i in chosen]


@dataclass(frozen=True)
class Filter:
    """All responses that meet the conditions, or `count` of them drawn at random from each prompt, in file order."""

    conditions: Conditions = field(default_factory=Conditions)
    count: int | None = None
    seed: int = 0

    def choose(self, group: ScoredGroup, reasons: Reasons) -> list[Response]:
        """The chosen ones of a group."""
        met = self.conditions.met(group, reasons)
        if self.count is None or len(met) <= self.count:
            return met
        chosen = sorted(chance_of(self.seed, group).sample(range(len(met)), self.count))
        reasons[f"beyond {self.count} of their prompt"] += len(met) - len(chosen)
        return [met[i] for i in chosen]


@dataclass(frozen=True)
class Buckets:
    """Every prompt with the name of its bucket: `unsolved` (none pass), `solved` (all pass), and between the `edges`
    those of `names`, the hardest first; an edge belongs to the harder bucket."""

    conditions: Conditions = field(default_factory=Conditions)
    edges: tuple[float, ...] = (1 / 3, 2 / 3)
    wanted: frozenset[str] = frozenset()
    """Buckets that are taken; empty for all."""

    def __post_init__(self) -> None:
        if list(self.edges) != sorted(set(self.edges)) or not all(0 < edge < 1 for edge in self.edges):
            raise OptionError(f"edges ascend and lie between 0 and 1, not {', '.join(f'{e:g}' for e in self.edges)}")
        unknown = self.wanted - set(self.names)
        if unknown:
            raise OptionError(f"there is no bucket {min(unknown)!r}; there are {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """All buckets, from hard to easy.

        >>> Buckets().names, Buckets(edges=(0.5,)).names
        (('unsolved', 'hard', 'medium', 'easy', 'solved'), ('unsolved', '0-0.5', '0.5-1', 'solved'))
        """
        if len(self.edges) == 2:
            return ("unsolved", "hard", "medium", "easy", "solved")
        ends = (0.0, *self.edges, 1.0)
        between = [f"{low:g}-{high:g}" for low, high in itertools.pairwise(ends)]
        return ("unsolved", *between, "solved")

    def bucket(self, pass_rate: float) -> str:
        """The bucket of a pass rate.

        >>> [Buckets().bucket(rate) for rate in (0.0, 0.25, 0.5, 0.75, 1.0)]
        ['unsolved', 'hard', 'medium', 'easy', 'solved']
        """
        if pass_rate == 0:
            return self.names[0]
        if pass_rate == 1:
            return self.names[-1]
        return self.names[1 + bisect.bisect_left(self.edges, pass_rate)]

    def choose(self, group: ScoredGroup, reasons: Reasons) -> tuple[Response, str] | None:
        """The first scored response, which stands for the prompt, and the bucket; None when it is left out."""
        rate = group.pass_rate
        if rate is None:
            reasons["prompts without a scored response"] += 1
            return None
        why = self.conditions.against_prompt(group)
        if why is not None:
            reasons[why.removeprefix("of ")] += 1
            return None
        bucket = self.bucket(rate)
        if self.wanted and bucket not in self.wanted:
            reasons[f"prompts in the bucket {bucket}"] += 1
            return None
        return group.scored[0], bucket
