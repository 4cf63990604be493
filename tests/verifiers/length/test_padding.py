from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.data.units import characters, count_words, normal, token_count, token_ids, words
from rewardkit.verifiers.length.padding import content_share

PROSE = "First we add.\n\nThen:\n    x = 1\nand so on; see the table | a | b |. Yes. Yes."


def test_ordinary_text_is_content_to_the_last_character() -> None:
    assert content_share(PROSE) == 1.0


@pytest.mark.parametrize(
    "padding",
    ["\u200b" * 100, " " * 100, "\n" * 100, "\u3164" * 100, "\ufeff\u2060" * 50, "<!--" + "x" * 93 + "-->",
     "<span style='display:none'>" + "word " * 13 + "</span>", "\U000e0041" * 100],
)  # fmt: skip
def test_what_nobody_reads_is_padding(padding: str) -> None:
    assert content_share("x" * 100 + padding) == pytest.approx(100 / (100 + len(padding)), abs=0.05)


def test_a_sentence_said_again_is_padding_and_a_short_line_is_not() -> None:
    assert content_share("We add seven six times. " * 50) == pytest.approx(1 / 50, abs=0.01)
    assert content_share("}\n" * 50) == 1.0


@given(st.text(max_size=200))
def test_the_share_is_a_share(text: str) -> None:
    assert 0.0 <= content_share(text) <= 1.0


@given(st.text(max_size=100), st.text(max_size=100))
def test_a_text_has_no_more_words_than_its_halves_together(one: str, other: str) -> None:
    assert count_words(f"{one} {other}") == count_words(one) + count_words(other)


@pytest.mark.parametrize(
    "written",
    ["the answer is 42", "The  ANSWER,\nis: 42!", "\uff54\uff48\uff45 answer\u3000is 42",
     "t\u200bhe ans\u00adwer is 4\u20602"],
)  # fmt: skip
def test_noise_makes_no_word_new(written: str) -> None:
    assert words(written) == ["the", "answer", "is", "42"]


def test_signs_are_units_where_there_are_hardly_any_words() -> None:
    assert words("!?!? a") == ["!", "?", "!", "?", "a"]


def test_ligatures_can_not_blow_a_text_up() -> None:
    assert len(normal("\ufdfa" * 1000)) == 1000
    assert len(characters("\ufdfa" * 1000)) == 1000


@pytest.mark.parametrize("column", [True, None, "7", 7.0, [1, "2"], [True], [[1]], -1, 1 << 60])
def test_what_is_no_token_count_is_named(column: object) -> None:
    assert isinstance(token_count(column), str)


def test_token_ids_are_a_list_of_whole_numbers() -> None:
    assert token_ids((5, 6)) == [5, 6]
    assert token_ids(7) == "a value of type int"
