"""`first`: a cascade. Rules decide first, and the next reward is asked only for what they could not decide.

first(get("math"), get("judge"))
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.node import Gate, Node, can_be_correct, dearest
from rewardkit.gates.tree import check_names, check_one_range, check_whole_groups
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Range, Score

Ask = Literal["UNDECIDED", "NO_ANSWER", "INCORRECT", "TIMEOUT", "CRASHED", "BAD_REFERENCE", "UNAVAILABLE"]
"""Outcomes after which another reward may be asked: all but CORRECT and PARTIAL."""


@dataclass(frozen=True)
class First(Gate):
    """The first of its children that decides: each is asked only about the rows that the one before left open.

    A row is open where the outcome is one of `ask_on`. CORRECT and PARTIAL can't be: nothing overturns what a rule
    accepted. A child after the last is not there, so its outcome stands whatever it is. With INCORRECT in `ask_on`, a
    later child may recover what a rule wrongly refused, and its own errors then count as rewards: measure it first.

    Range: that of the children, who must share one. Monotone in each child's value where its outcomes stay the same.
    A child without a value decides too, unless its outcome is in `ask_on`: the row then has none. The evidence names
    who decided, and `parts` holds all that were asked.
    """

    children: tuple[Node, ...]
    ask_on: Annotated[tuple[Ask, ...], Doc("outcomes after which the next child is asked")] = ("UNDECIDED",)
    name: str = "first"

    def __post_init__(self) -> None:
        if len(self.children) < 2:
            raise OptionError(f"{self.name} needs at least two children, one to ask after the other")
        if not self.ask_on:
            raise OptionError("ask_on names no outcome, so no child but the first would ever be asked")
        for outcome in self.ask_on:
            if outcome not in get_args(Ask):
                raise OptionError(f"ask_on can't hold {outcome!r}: expected {', '.join(get_args(Ask))}")
        check_names(self.children)
        check_one_range("the children of first", self.children)
        check_whole_groups("first", self.children[1:])

    @functools.cached_property
    def range(self) -> Range:
        """That of every child."""
        return self.children[0].range

    @property
    def cost(self) -> Cost:
        """That of the dearest child."""
        return dearest(self.children)

    @property
    def can_be_correct(self) -> bool:
        """Whether some child can be."""
        return any(map(can_be_correct, self.children))

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Ask all children but the last now, in order, each about the rows still open; begin with the last."""
        asked: list[dict[str, Score]] = [{} for _ in samples]
        open_ = list(range(len(samples)))
        for child in self.children[:-1]:
            if not open_:
                break
            for i, score in zip(open_, child.score([samples[i] for i in open_]), strict=True):
                asked[i][child.name] = score
            open_ = [i for i in open_ if asked[i][child.name].outcome.value in self.ask_on]
        last = self.children[-1]

        def merge(columns: Sequence[list[Score]]) -> list[Score]:
            for column in columns:
                for i, score in zip(open_, column, strict=True):
                    asked[i][last.name] = score
            return [self._decided(parts) for parts in asked]

        return Then([last.submit([samples[i] for i in open_])] if open_ else [], merge)

    def _decided(self, parts: dict[str, Score]) -> Score:
        name, score = list(parts.items())[-1]
        before = "".join(f"; {other} was {s.outcome}" for other, s in parts.items() if other != name)
        evidence = {"decided_by": name}
        return Score(score.value, score.outcome, f"{name}: {score.reason}{before}", evidence, parts)
