"""`require`: a hard gate.

    require(get("format")) >> get("math")

Conditions run first, in order, each on the rows that are still standing. A row that fails one gets the floor, and
neither the conditions after it nor the reward are run on it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.node import Gate, Node, Part, can_be_correct, dearest, is_number, masked
from rewardkit.gates.tree import check_names, check_opens, check_parts, check_whole_groups
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score

_OWN = frozenset({"failed", "left_out"})
"""What the evidence says of this gate's own conditions; the rest is that of the reward, whose answer others read."""


@dataclass(frozen=True)
class Require(Gate):
    """A hard gate: `reward` is run and paid only where every condition passes; elsewhere the row gets `otherwise`.

    A condition passes where it is CORRECT, or where its value is `at_least` what it says. A row that fails keeps the
    outcome and the reason of the first condition that it failed. `otherwise` must not lie above the bottom of the
    reward's range: a failed gate never pays more than a wrong answer behind it.

    Range: from `otherwise` to the top of the reward's. Monotone in the reward and in every condition. A condition
    without a value leaves the row without one, unless it is `optional`: then it counts as passed, and the reason says
    so.
    """

    edges: ClassVar[frozenset[str]] = frozenset({"at_least", "optional"})

    conditions: tuple[Part, ...]
    reward: Node
    otherwise: Annotated[float | None, Doc("what a failed condition pays; none: the bottom of the reward")] = None
    name: str = "require"

    def __post_init__(self) -> None:
        check_parts(self, self.conditions)
        check_names([*(part.node for part in self.conditions), self.reward])
        for part in self.conditions:
            check_opens(part)
        check_whole_groups("require", [*(part.node for part in self.conditions[1:]), self.reward])
        if self.otherwise is not None and not (is_number(self.otherwise) and self.otherwise <= self.reward.range.low):
            raise OptionError(
                f"otherwise must be a finite number not above the bottom of the reward's range "
                f"{self.reward.range}, not {self.otherwise!r}"
            )

    @functools.cached_property
    def range(self) -> Range:
        """From `otherwise` to the top of the reward's range."""
        low, high = self.reward.range
        return Range(low if self.otherwise is None else self.otherwise, high)

    @property
    def cost(self) -> Cost:
        """That of the dearest child."""
        return dearest([*(part.node for part in self.conditions), self.reward])

    @property
    def can_be_correct(self) -> bool:
        """Whether the reward can be."""
        return can_be_correct(self.reward)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Run the conditions now, in order, each on the rows still standing; begin on the reward for what is left."""
        done: dict[int, Score] = {}
        passed: list[dict[str, Score]] = [{} for _ in samples]
        standing = list(range(len(samples)))
        for part in self.conditions:
            if not standing:
                break
            for i, score in zip(standing, part.node.score([samples[i] for i in standing]), strict=True):
                passed[i][part.name] = score
                if not (part.passes(score) or (part.optional and score.value is None)):
                    done[i] = self._stopped(part.name, score, passed[i])
            standing = [i for i in standing if i not in done]

        def merge(columns: Sequence[list[Score]]) -> list[Score]:
            for column in columns:
                for i, score in zip(standing, column, strict=True):
                    done[i] = self._opened(score, passed[i])
            return [done[i] for i in range(len(samples))]

        return Then([self.reward.submit([samples[i] for i in standing])] if standing else [], merge)

    def _stopped(self, name: str, score: Score, parts: Mapping[str, Score]) -> Score:
        if score.value is None:
            return masked(name, score, parts)
        graded = (Outcome.PARTIAL, Outcome.CORRECT)
        outcome = Outcome.INCORRECT if score.outcome in graded else score.outcome
        evidence = {"failed": name}
        return Score.of(outcome, f"{name}: {score.reason}", within=self.range, evidence=evidence, parts=dict(parts))

    def _opened(self, score: Score, passed: Mapping[str, Score]) -> Score:
        skipped = {name: s.reason for name, s in passed.items() if s.value is None}
        parts = {**passed, self.reward.name: score}
        reason = score.reason + "".join(f"; without {name}: {why}" for name, why in skipped.items())
        evidence = {key: seen for key, seen in score.evidence.items() if key not in _OWN}
        if skipped:
            evidence["left_out"] = skipped
        if score.value is None or score.value in {self.range.low, self.range.high}:
            return Score(score.value, score.outcome, reason, evidence, parts)
        return Score.graded(score.value, reason, within=self.range, evidence=evidence, parts=parts)
