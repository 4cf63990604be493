"""Whole numbers in English words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.registry import build
from rewardkit.sample import Sample
from rewardkit.score import Outcome
from rewardkit.verifiers.number.words import number_in_words

ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(number: int, joint: str) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    size, word = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = number % size
    between = joint if rest < 100 else " "
    return f"{spelled(number // size, joint)} {word}" + (between + spelled(rest, joint) if rest else "")


@given(st.integers(0, 99_999), st.sampled_from([" ", " and "]))
def test_a_number_below_a_hundred_thousand_is_read_back(number: int, joint: str) -> None:
    assert number_in_words(spelled(number, joint).capitalize() + ".") == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "and", "a", "hundred", "one hundred and", "twenty ten", "five twenty", "one two", "one hundred zero"),
        *("minus five", "forty-two pens", "forty or fifty", "one hundred thousand", "two hundred hundred", "once"),
    ],
)
def test_anything_beside_one_number_is_none(text: str) -> None:
    assert number_in_words(text) is None


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ("The answer is forty-two.", Outcome.CORRECT),
        ("\\boxed{\\text{forty-two}}", Outcome.CORRECT),
        ("Forty-two", Outcome.CORRECT),
        ("The answer is forty-three.", Outcome.INCORRECT),
        ("The answer is not forty-two.", Outcome.UNDECIDED),
        ("The answer is forty-two or so.", Outcome.UNDECIDED),
        ("The answer is forty or two.", Outcome.UNDECIDED),
        ("There are forty-two pens.", Outcome.NO_ANSWER),
    ],
)
def test_words_are_a_number_only_as_the_whole_answer(response: str, outcome: Outcome) -> None:
    assert build("number").verify(Sample(response=response, reference=42)).outcome is outcome
