"""Which words behind an answer take it back."""

from __future__ import annotations

import time

import pytest

from rewardkit.registry import build
from rewardkit.sample import Sample
from rewardkit.score import Outcome
from rewardkit.verifiers.extraction import final_answer
from rewardkit.verifiers.retraction import is_taken_back, takes_back

TWINS = [
    (". No wait, that is wrong.", ". Waiting is no option."),
    (". Scratch that.", ". Scratch cards are excluded."),
    (", but that's wrong.", ", but that's a detail."),
    ("\n\nI made a mistake.", "\n\nI made a table."),
    (". Hold on, this is off.", ". Hold the rest constant."),
    (" — no, wait.", " — no doubt."),
    (". That is not right.", ". It is not D."),
    (". Actually, that is incorrect.", ". Actually, that is easy."),
    (". Let me recalculate.", ". Let me verify: it holds."),
    (". On second thought, no.", ". On Monday, no."),
    (". Das ist falsch.", ". Das ist bekannt."),
    ("。等等，不对。", "。因为其他的都不对。"),
]


@pytest.mark.parametrize("answer", ["The answer is 7{}", "\\boxed{{7}}{}", "<answer>7</answer>{}"])
@pytest.mark.parametrize(("taken_back", "kept"), TWINS)
def test_an_answer_is_taken_back_in_so_many_words(answer: str, taken_back: str, kept: str) -> None:
    for rest, expected in ((taken_back, True), (kept, False)):
        found = final_answer(answer.format(rest))
        assert found is not None
        assert is_taken_back(found) is expected, rest


@pytest.mark.parametrize(("entry", "reference"), [("number", 7), ("exact", "7"), ("em", "7"), ("f1", "7")])
def test_no_entry_pays_what_was_taken_back_and_all_pay_a_later_answer(entry: str, reference: object) -> None:
    responses = ["The answer is 7. No wait, that is wrong.", "\\boxed{7}. Scratch that.", "The answer is 7? No."]
    outcomes = [build(entry).verify(Sample(response=r, reference=reference)).outcome for r in responses]
    assert Outcome.CORRECT not in outcomes
    later = "The answer is 5. Wait, no, that's wrong. The answer is 7."
    assert build(entry).verify(Sample(response=later, reference=reference)).outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    "response",
    [
        "I don't think the answer is 7.",
        "It is not true that the correct answer is 7.",
        "If the answer is 7, x is even.",
        "People say that the answer is 7.",
        "The wrong answer is 7.",
        "It would be a mistake to say that the answer is 7.",
    ],
)
def test_an_answer_that_is_denied_supposed_or_reported_is_none(response: str) -> None:
    assert final_answer(response) is None


def test_long_junk_is_read_at_once() -> None:
    for unit in ("wait ", ". no ", ", no, ", "it is not ", "-", "*"):
        started = time.process_time()
        takes_back(unit * 40_000, has_answer=True)
        assert time.process_time() - started < 0.5, unit
