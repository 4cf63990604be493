"""A reward without references: what most responses to a prompt answer.

    Majority(get("math"))                                       # 1 for the answer of the majority (TTRL)
    Majority(get("math"), pays="frequency")                     # how frequent the answer is, minus entropy (TTRV)

Answers are compared by a child reward, so that `1/2` and `0.5` are one answer: what the child shows as the answer of
one response becomes the reference for the next. References of the rows are not looked at.

Here the references are written by the policy, so nothing of an answer is taken on trust: it must pass as its own
reference, equality is asked in both directions and never closed transitively, and an answer that equals two that
differ (the probe being one of them) votes for nothing (`rewardkit.groups.clusters` says how).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from annotated_types import Ge

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.ballots import Voting
from rewardkit.gates.checks import number, one_of, whole
from rewardkit.gates.node import Gate, Node, can_be_correct
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score

Pays = Literal["majority", "frequency"]
Ties = Literal["none", "all", "first"]
Entropy = Literal["surprisal", "published"]


@dataclass(frozen=True)
class Majority(Gate):
    """Agreement inside a prompt's group: 1 for the answer of the majority, or how frequent a row's answer is.

    `pays="majority"` (TTRL, arXiv 2504.16084): range [0, 1]; CORRECT for every row that answers as the largest cluster
    does, INCORRECT for other answers. UNDECIDED for all where nothing won: a tie (see `ties`) or fewer than `fewest`
    votes.
    `pays="frequency"` (TTRV, arXiv 2510.06783): range [-entropy_weight, 1]; `p - entropy_weight * surprisal`, p the
    share of the group that gives this answer, surprisal `-ln p / ln n`. The published entropy term is one number for
    the group, which group-centred advantages take out again; `entropy="published"` has it
    (`rewardkit.groups.vote.ttrv`).

    NO_ANSWER (TIMEOUT, CRASHED) where the child found no answer, UNDECIDED where an answer does not pass as its own
    reference or equals two that differ; both the bottom of the range, and no vote. They stay in the size of the
    group: agreement of few among many silent ones is no large share, and silence is never a majority.

    None, for the whole group, where its agreement can't be known: the child is UNAVAILABLE for one of its rows, it
    refuses the probe, it shows no answer, the group has another size than `group_size`, fewer than two rows, or
    two prompts, or the row has no group. All rows of a group must come in one call.

    The child is asked twice for each row (once to see its answer, once with that answer as the reference) and then
    once for each pair of distinct answer and cluster, with one more for each answer that joins another.

    Agreement is no truth, and paying for it can teach the policy one answer to everything: `evidence` has the share of
    the majority and the normalised entropy of every group; watch both, and held-out accuracy.
    """

    needs_groups: ClassVar[bool] = True

    child: Node
    name: str = "majority"
    pays: Annotated[Pays, Doc("1 for the answer of the majority, or the frequency of a row's answer")] = "majority"
    ties: Annotated[Ties, Doc("who wins where several answers are most frequent; first: by the order of rows")] = "none"
    fewest: Annotated[int, Doc("rows that a majority has at least"), Ge(1)] = 2
    entropy_weight: Annotated[float, Doc("how much entropy takes from a frequency"), Ge(0)] = 0.75
    entropy: Annotated[Entropy, Doc("entropy told row by row, or the published one of the whole group")] = "surprisal"
    group_size: Annotated[int | None, Doc("rows that every group must have; default: any from 2 up"), Ge(2)] = None
    probe: Annotated[str, Doc("a reference that the child takes, to see what a response answers")] = "0"
    answer_keys: Annotated[
        tuple[str, ...], Doc("where the child's evidence shows the answer: the first of these that is there")
    ] = ("answer", "extracted", "chosen")

    def __post_init__(self) -> None:
        one_of("pays", self.pays, get_args(Pays))
        one_of("ties", self.ties, get_args(Ties))
        one_of("entropy", self.entropy, get_args(Entropy))
        whole("fewest", self.fewest, 1)
        if number("entropy_weight", self.entropy_weight) < 0:
            raise OptionError(f"entropy_weight must not be negative, not {self.entropy_weight!r}")
        if self.group_size is not None and whole("group_size", self.group_size, 2) < self.fewest:
            raise OptionError(f"fewest = {self.fewest} votes can never be reached in groups of {self.group_size}")
        if not can_be_correct(self.child):
            raise OptionError(f"{self.child.name!r} can never be CORRECT, so it can't say which answers are equal")
        if not self.answer_keys:
            raise OptionError("answer_keys must name at least one key of the child's evidence")

    @property
    def range(self) -> Range:
        """[0, 1], or [-entropy_weight, 1] for frequencies."""
        return UNIT if self.pays == "majority" else Range(0.0 - self.entropy_weight, 1.0)

    @property
    def cost(self) -> Cost:
        """That of the child."""
        return self.child.cost

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin to read all responses; who equals whom is asked when the scores are collected."""
        groups, lost = self._grouped(samples)
        rows = [row for group in groups for row in group]
        reading = self.child.submit([dataclasses.replace(samples[row], reference=self.probe) for row in rows])
        return Voting(self, samples, groups, lost, reading)

    def _grouped(self, samples: Sequence[Sample]) -> tuple[list[list[int]], dict[int, Score]]:
        """The rows of each group that can be voted on, and the scores of all others."""
        by_group: dict[str, list[int]] = {}
        lost: dict[int, Score] = {}
        for row, sample in enumerate(samples):
            if sample.group is None:
                lost[row] = self.unknown(
                    "the row has no group; rows of one prompt must share one to vote on its answer"
                )
            else:
                by_group.setdefault(sample.group, []).append(row)
        groups = []
        for group, rows in by_group.items():
            fault = self._fault(group, [samples[row] for row in rows])
            if fault is None:
                groups.append(rows)
            else:
                lost.update((row, self.unknown(fault)) for row in rows)
        return groups, lost

    def _fault(self, group: str, samples: Sequence[Sample]) -> str | None:
        if self.group_size is not None and len(samples) != self.group_size:
            return f"group {group!r} has {len(samples)} of {self.group_size} rows; a vote needs all of them"
        if len(samples) < 2:
            return f"group {group!r} has one row; a vote needs at least two responses to the prompt"
        if len({sample.prompt_text for sample in samples}) > 1:
            return f"group {group!r} mixes prompts; answers to different prompts can't be counted together"
        return None

    def unknown(self, why: str) -> Score:
        """A row whose group's agreement can't be known."""
        return Score.of(Outcome.UNAVAILABLE, why, within=self.range)
