"""What the tests of gates share: a child that says what the row's data tells it to say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from rewardkit import Outcome, Range, Sample, Score
from rewardkit.execution.scorer import Pending
from rewardkit.gates.node import Gate
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost
from rewardkit.score import UNIT


@dataclass(frozen=True)
class Told(Gate):
    """Gives the value or the outcome in the column of its name, and remembers the rows that it was shown.

    A response of the form `=0.5` is told by itself, so that a test can give one to a reference response.
    """

    name: str
    range: Range = UNIT
    cost: Cost = Cost.CPU
    can_be_correct: bool = True
    shown: list[str | None] = field(default_factory=list, compare=False)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        self.shown.extend(sample.id for sample in samples)
        return Then([], lambda _: [self.judged(sample) for sample in samples])

    def judged(self, sample: Sample) -> Score:
        text = sample.response_text
        told = float(text[1:]) if text.startswith("=") else sample.data[self.name]
        if isinstance(told, Outcome):
            return Score.of(told, f"{self.name} says {told}", within=self.range)
        return Score.graded(told, f"{self.name} says {told}", within=self.range)


@pytest.fixture(scope="session")
def told() -> Callable[..., Told]:
    """Makes children: `told("a", low, high)`."""

    def make(name: str, low: float = 0.0, high: float = 1.0, **rest: Any) -> Told:
        return Told(name, Range(low, high), **rest)

    return make


@pytest.fixture(scope="session")
def rows() -> Callable[..., list[Sample]]:
    """Makes one row of each of the values of each column: `rows(a=[0.0, 1.0])`."""

    def make(**columns: Sequence[Any]) -> list[Sample]:
        return [
            Sample(response="", id=str(i), data=dict(zip(columns, values, strict=True)))
            for i, values in enumerate(zip(*columns.values(), strict=True))
        ]

    return make
