from __future__ import annotations

import pytest

from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.length.linear import LinearLength
from rewardkit.verifiers.length.measure import Unit, measured

ANY = LinearLength(unit="characters", max_length=100)


def length(unit: Unit, response: str = "a b", **data: object) -> int | Score:
    return measured(ANY, Sample(response=response, data=data), unit, "n_tokens")


def test_each_unit_counts_its_own() -> None:
    text = "Six sevens\nare \u56db\u5341\u4e8c. \U0001f600"
    assert length("characters", text) == 21
    assert length("words", text) == 7  # each character of 四十二 is a word
    assert length("tokens", text, n_tokens=9) == 9
    assert length("tokens", text, n_tokens=[1, 2, 3]) == 3
    assert length("tokens", text, n_tokens=(1, 2)) == 2


def test_thinking_counts() -> None:
    assert length("words", "<think>a b c</think> d") == 4


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "is missing"),
        ({"n_tokens": None}, "NoneType"),
        ({"n_tokens": True}, "boolean"),
        ({"n_tokens": -1}, "outside 0"),
        ({"n_tokens": 10**5000}, "outside 0"),
        ({"n_tokens": 3.0}, "float"),
        ({"n_tokens": "3"}, "str"),
        ({"n_tokens": ["3"]}, "not one of token ids"),
        ({"n_tokens": [[1, 2]]}, "not one of token ids"),
        ({"n_tokens": 0}, "says 0 tokens"),
        ({"n_tokens": []}, "says 0 tokens"),
    ],
)
def test_unusable_count_is_our_side_and_names_its_column(data: dict[str, object], why: str) -> None:
    score = length("tokens", **data)
    assert isinstance(score, Score)
    assert score.outcome is Outcome.UNAVAILABLE
    assert score.value is None
    assert "column 'n_tokens'" in score.reason
    assert why in score.reason


@pytest.mark.parametrize("unit", ["tokens", "characters", "words"])
def test_invisible_response_has_no_length(unit: Unit) -> None:
    score = length(unit, "\u200b\n\u2060", n_tokens=12)
    assert isinstance(score, Score)
    assert score.outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "one two three four",
        "one\u200btwo\u200bthree\u200bfour",
        "one\u3000two\u2003three\u00a0four",
        "one\u2800two three\u2060four",
    ],
)
def test_no_separator_makes_words_fewer(text: str) -> None:
    assert length("words", text) == 4


def test_gluing_words_together_makes_no_text_short() -> None:
    assert length("words", "word_" * 400) == 50
    assert length("words", "\u7b54" * 400) == 400
    assert length("words", "\u0e01" * 400) == 100
