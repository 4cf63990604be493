"""Voting: several rewards each say yes or no, and a declared rule counts the votes.

Vote((math, judge_a, judge_b), rule="majority", ties="undecided")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from annotated_types import Ge

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import one_of, whole
from rewardkit.gates.node import Gate, Node, can_be_correct, dearest, masked
from rewardkit.gates.tree import check_names
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score

Rule = Literal["k_of_n", "majority", "unanimous"]
Ties = Literal["incorrect", "undecided", "correct"]
Missing = Literal["none", "unless_decided", "against", "abstain"]
Undecided = Literal["against", "abstain"]


@dataclass(frozen=True)
class Vote(Gate):
    """1 if enough children vote for the response, else 0. Range: [0, 1]. Monotone: a further vote never hurts.

    A child votes for where its outcome is CORRECT and against where it is anything else with a value; PARTIAL is
    against, so put a `threshold` before children that grade. With `undecided: abstain`, an UNDECIDED child does not
    vote.

    | `rule` | passes where |
    |---|---|
    | `k_of_n` | at least `k` children vote for |
    | `majority` | more of the votes cast are for than against; equal numbers are a tie, and `ties` says what it means |
    | `unanimous` | every vote cast is for |

    A tie is INCORRECT, CORRECT, or UNDECIDED (which pays the bottom too, and lets a cascade ask its next reward).
    Where too few votes are cast (`quorum`) because children abstained, the row is UNDECIDED.

    None: `missing` says what a child without a value means. `none`: the row has no value, with that child's outcome and
    reason. `unless_decided`: the same, unless the other votes settle it whatever that child would have said. `against`:
    a vote against. `abstain`: no vote; if fewer than `quorum` votes are left, the row has no value.
    """

    children: tuple[Node, ...]
    rule: Annotated[Rule, Doc("which votes suffice")] = "majority"
    k: Annotated[int | None, Doc("votes needed by k_of_n"), Ge(1)] = None
    ties: Annotated[Ties, Doc("what a tied majority means")] = "incorrect"
    missing: Annotated[Missing, Doc("what a child without a value means")] = "none"
    undecided: Annotated[Undecided, Doc("what an UNDECIDED child means")] = "against"
    quorum: Annotated[int, Doc("votes that must be cast where children may abstain"), Ge(1)] = 1
    name: str = "vote"

    def __post_init__(self) -> None:
        if not self.children:
            raise OptionError("a vote needs at least one child")
        check_names(self.children)
        for name, known in (("rule", Rule), ("ties", Ties), ("missing", Missing), ("undecided", Undecided)):
            one_of(name, getattr(self, name), get_args(known))
        whole("quorum", self.quorum, 1, len(self.children))
        if self.rule == "k_of_n":
            whole("k", self.k, 1, len(self.children))
        elif self.k is not None:
            raise OptionError(f"k belongs to the rule k_of_n, not to {self.rule}")
        if not self.can_be_correct:
            mute = ", ".join(child.name for child in self.children if not can_be_correct(child))
            raise OptionError(f"the vote can never pass, since {mute} can never be CORRECT; put a threshold before it")

    @property
    def range(self) -> Range:
        """[0, 1]."""
        return UNIT

    @property
    def cost(self) -> Cost:
        """That of the dearest child."""
        return dearest(self.children)

    @property
    def can_be_correct(self) -> bool:
        """Whether the children that can be CORRECT are enough."""
        yes = sum(can_be_correct(child) for child in self.children)
        may_abstain = "abstain" in (self.missing, self.undecided)
        return self._decide(yes, 0 if may_abstain else len(self.children) - yes) is Outcome.CORRECT

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch with every child."""
        return Then(
            [child.submit(samples) for child in self.children],
            lambda columns: [self.combine(row) for row in zip(*columns, strict=True)],
        )

    def combine(self, scores: Sequence[Score]) -> Score:
        """The score of one row from its children's, in their order."""
        parts = {child.name: score for child, score in zip(self.children, scores, strict=True)}
        votes: dict[str, list[str]] = {"for": [], "against": [], "abstained": [], "missing": []}
        for name, score in parts.items():
            votes[self._vote(score)].append(name)
        yes, no, lost = len(votes["for"]), len(votes["against"]), votes["missing"]
        outcome = self._decide(yes, no)
        if lost:
            if self.missing == "none" or len(possible := self._possible(yes, no, len(lost))) > 1:
                stopped = masked(lost[0], parts[lost[0]], parts)
                return Score(None, stopped.outcome, stopped.reason, votes, parts)
            [outcome] = possible
        if outcome is None:
            return self._too_few(votes, parts)
        return Score.of(outcome, self._told(votes), within=UNIT, evidence=votes, parts=parts)

    def _vote(self, score: Score) -> str:
        if score.value is None:
            return {"against": "against", "abstain": "abstained"}.get(self.missing, "missing")
        if score.outcome is Outcome.UNDECIDED and self.undecided == "abstain":
            return "abstained"
        return "for" if score.outcome is Outcome.CORRECT else "against"

    def _decide(self, yes: int, no: int) -> Outcome | None:
        """What so many votes mean; None where too few were cast."""
        if yes + no < self.quorum:
            return None
        if self.rule == "majority" and yes == no:
            return Outcome(self.ties.upper())
        passes = {"k_of_n": self.k is not None and yes >= self.k, "majority": yes > no, "unanimous": no == 0}
        return Outcome.CORRECT if passes[self.rule] else Outcome.INCORRECT

    def _possible(self, yes: int, no: int, lost: int) -> set[Outcome | None]:
        """What it could come to, whatever `lost` further children would have said."""
        voting = range(lost + 1) if self.undecided == "abstain" else (lost,)
        return {self._decide(yes + more, no + votes - more) for votes in voting for more in range(votes + 1)}

    def _too_few(self, votes: Mapping[str, list[str]], parts: Mapping[str, Score]) -> Score:
        cast = len(votes["for"]) + len(votes["against"])
        told = f"{cast} of {len(parts)} children voted and {self.quorum} must"
        for name, score in parts.items():
            if score.value is None:
                return Score(None, score.outcome, f"{told}; {name}: {score.reason}", votes, parts)
        return Score.of(Outcome.UNDECIDED, f"{told}; the others are undecided", evidence=votes, parts=parts)

    def _told(self, votes: Mapping[str, list[str]]) -> str:
        yes, no = votes["for"], votes["against"]
        told = f"{len(yes)} for ({', '.join(yes) or 'none'}), {len(no)} against ({', '.join(no) or 'none'})"
        left = [*votes["abstained"], *votes["missing"]]
        told += f", without a vote: {', '.join(left)}" if left else ""
        rule = f"{self.k} of {len(self.children)} are needed" if self.rule == "k_of_n" else f"the rule is {self.rule}"
        tie = f", and a tie is {self.ties}" if self.rule == "majority" and len(yes) == len(no) else ""
        return f"{told}; {rule}{tie}"
