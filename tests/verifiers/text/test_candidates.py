"""Which texts of a response may stand for its answer."""

from __future__ import annotations

import pytest

from rewardkit.registry import build
from rewardkit.sample import Sample
from rewardkit.score import Outcome


@pytest.mark.parametrize("entry", ["exact", "em"])
@pytest.mark.parametrize(
    ("right", "twin"),
    [
        ("**Answer:** **mercury**", "**Answer:** **mercury** or **gold**"),
        ("\\boxed{\\text{mercury}}", "\\boxed{\\text{mercury} \\text{gold}}"),
        ("The answer is `mercury`.", "The answer is `mercury` and `gold`."),
        ("**Answer**\n\nmercury", "**Answer**\n\nnot mercury"),
        ("The answer is **mercury**. It is liquid.", "The answer is mercury? No."),
    ],
)
def test_a_wrapping_around_the_whole_answer_does_not_count(entry: str, right: str, twin: str) -> None:
    outcomes = [build(entry).verify(Sample(response=r, reference="mercury")).outcome for r in (right, twin)]
    assert outcomes == [Outcome.CORRECT, Outcome.INCORRECT]
