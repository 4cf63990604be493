"""`route`: each row to the reward of its declared task.

The task is what the row's own column says, never what its reference looks like. A row whose task has no case can't be
judged: it gets no value, and says which tasks there are.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from rewardkit.errors import OptionError, nearest
from rewardkit.execution.scorer import Pending
from rewardkit.gates.node import Gate, Node, can_be_correct, dearest
from rewardkit.gates.tree import check_one_range, needs_groups
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score


@dataclass(frozen=True)
class Route(Gate):
    """Sends each row to the case that its column `by` names.

    Range: that of the cases, who must share one. A row that has no such column, or names no case, is BAD_REFERENCE:
    no value. A case that needs whole groups gets none of a group whose rows name different cases: they are UNAVAILABLE.
    The evidence names the case.
    """

    by: Annotated[str, Doc("column that names the case of a row")]
    cases: Mapping[str, Node]
    name: str = "route"

    def __post_init__(self) -> None:
        if not self.cases:
            raise OptionError("a route needs at least one case")
        check_one_range("the cases of a route", list(self.cases.values()))

    @functools.cached_property
    def range(self) -> Range:
        """That of every case."""
        return next(iter(self.cases.values())).range

    @property
    def cost(self) -> Cost:
        """That of the dearest case."""
        return dearest(list(self.cases.values()))

    @property
    def can_be_correct(self) -> bool:
        """Whether some case can be."""
        return any(map(can_be_correct, self.cases.values()))

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch: one sub-batch a case."""
        done: dict[int, Score] = {}
        taken: dict[str, list[int]] = {}
        for i, sample in enumerate(samples):
            case = sample.data.get(self.by)
            if isinstance(case, str) and case in self.cases:
                taken.setdefault(case, []).append(i)
            else:
                done[i] = self._lost(case)
        for case in [case for case in taken if needs_groups(self.cases[case])]:
            torn = self._torn(case, taken, samples)
            done.update(torn)
            taken[case] = [i for i in taken[case] if i not in torn]
        begun = {case: rows for case, rows in taken.items() if rows}

        def merge(columns: Sequence[list[Score]]) -> list[Score]:
            for (case, rows), scores in zip(begun.items(), columns, strict=True):
                done.update((i, self._found(case, score)) for i, score in zip(rows, scores, strict=True))
            return [done[i] for i in range(len(samples))]

        return Then([self.cases[case].submit([samples[i] for i in rows]) for case, rows in begun.items()], merge)

    def _found(self, case: str, score: Score) -> Score:
        return Score(score.value, score.outcome, score.reason, {"case": case}, {self.cases[case].name: score})

    def _lost(self, case: object) -> Score:
        if case is None:
            return Score.of(Outcome.BAD_REFERENCE, f"the row has no column {self.by!r} that says its task")
        return Score.of(Outcome.BAD_REFERENCE, f"no case for {self.by} {case!r}; {nearest(str(case), self.cases)}")

    def _torn(self, case: str, taken: Mapping[str, Sequence[int]], samples: Sequence[Sample]) -> dict[int, Score]:
        """The rows of a case whose group has rows elsewhere too."""
        here = set(taken[case])
        elsewhere = {sample.group for i, sample in enumerate(samples) if i not in here and sample.group is not None}
        why = f"{case!r} needs whole groups, and rows of this group name another {self.by}"
        torn = Score.of(Outcome.UNAVAILABLE, why, evidence={"case": case})
        return {i: torn for i in taken[case] if samples[i].group in elsewhere}
