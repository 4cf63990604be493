from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.sample import Sample
from rewardkit.score import Outcome, check
from rewardkit.verifiers.repetition.compression import Compression
from rewardkit.verifiers.repetition.distinct import DistinctN
from rewardkit.verifiers.repetition.measure import covered, distinct_share, ngrams, repeated_share
from rewardkit.verifiers.repetition.ngram import NgramRepetition

SEQUENCES = st.lists(st.integers(0, 5), max_size=40)
SIZES = st.integers(1, 5)


def value(verifier: NgramRepetition | DistinctN | Compression, response: str, **data: object) -> float:
    score = verifier.verify(Sample(response=response, data=data))
    check(score, verifier.range)
    assert score.value is not None
    return score.value


def test_worked_example_of_the_sparse_penalty() -> None:
    tokens = ["a a a a a", "a b c d", "a b a b a b", "a"]
    verifier = NgramRepetition(size=2)
    assert [value(verifier, text) for text in tokens] == pytest.approx([-0.75, 0.0, -0.6, 0.0], abs=1e-6)


def test_worked_example_of_the_dense_penalty() -> None:
    penalties = [-0.05 * inside for inside in covered([1, 2, 3, 1, 2, 3, 4], 2)]
    assert penalties == pytest.approx([0.0, 0.0, 0.0, -0.05, -0.05, -0.05, 0.0], abs=1e-6)
    verifier = NgramRepetition(unit="tokens", size=2, form="covered", max_penalty=-0.05)
    mean = value(verifier, "x", completion_ids=[1, 2, 3, 1, 2, 3, 4])
    assert mean == pytest.approx(sum(penalties) / 7, abs=1e-9)


@settings(deadline=None)
@given(st.lists(SEQUENCES, min_size=1, max_size=5), SIZES)
def test_the_share_of_token_ids_is_what_trl_computes(batch: list[list[int]], size: int) -> None:
    rewards = pytest.importorskip("trl.rewards")
    theirs = rewards.get_repetition_penalty_reward(ngram_size=size, max_penalty=-1.0)(batch)
    verifier = NgramRepetition(unit="tokens", size=size)
    ours = [value(verifier, "x", completion_ids=ids) if ids else 0.0 for ids in batch]
    assert ours == pytest.approx(theirs, abs=1e-12)


@given(SEQUENCES, SIZES)
def test_covered_units_are_those_of_later_occurrences(sequence: list[int], size: int) -> None:
    seen, expected = set(), [False] * len(sequence)
    for start, ngram in enumerate(ngrams(sequence, size)):
        if ngram in seen:
            expected[start : start + size] = [True] * size
        seen.add(ngram)
    assert covered(sequence, size) == expected


@given(SEQUENCES, SIZES, st.integers(2, 12))
def test_the_moving_average_is_that_of_every_window(sequence: list[int], size: int, window: int) -> None:
    grams = list(ngrams(sequence, size))
    if not grams:
        assert distinct_share(sequence, size, window) is None
        return
    windows = [grams[i : i + window] for i in range(max(1, len(grams) - window + 1))]
    expected = sum(len(set(w)) / len(w) for w in windows) / len(windows)
    assert distinct_share(sequence, size, window) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.integers(0, 5), min_size=6, max_size=40), SIZES)
def test_repeating_the_whole_never_lowers_the_repeated_share(sequence: list[int], size: int) -> None:
    assert repeated_share(sequence * 2, size) >= repeated_share(sequence, size)


@given(SEQUENCES, SIZES)
def test_distinct_and_repeated_add_up_to_one(sequence: list[int], size: int) -> None:
    share = distinct_share(sequence, size)
    if share is not None:
        assert share + repeated_share(sequence, size) == pytest.approx(1.0)


@pytest.mark.parametrize("column", [None, 5, "ids", [1, "2"], []])
def test_tokens_come_from_the_row_or_nothing_is_judged(column: object) -> None:
    for verifier in (NgramRepetition(unit="tokens"), DistinctN(unit="tokens")):
        score = verifier.verify(Sample(response="x", data={"completion_ids": column}))
        assert score.outcome is Outcome.UNAVAILABLE
        assert "'completion_ids'" in score.reason


def prose(words: int) -> str:
    """Text with the word frequencies of prose (Zipf's law), which says nothing twice on purpose."""
    chance = random.Random(7)
    vocabulary = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(4000)]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]
    return " ".join(chance.choices(vocabulary, weights, k=words))


@pytest.mark.parametrize("words", [100, 1000, 20_000])
@pytest.mark.parametrize("method", ["zlib", "lzma"])
def test_text_that_does_not_repeat_itself_loses_nothing(words: int, method: Any) -> None:
    assert value(Compression(method=method), prose(words)) == 1.0


def test_only_lzma_sees_a_repetition_far_apart() -> None:
    text = prose(16_000)
    zlib, lzma = (Compression(method=m).verify(Sample(response=text * 3)).evidence["ratio"] for m in ("zlib", "lzma"))
    assert lzma < 0.6 * zlib


@settings(deadline=None)
@given(st.integers(2, 60))
def test_saying_a_paragraph_more_often_never_earns_more(times: int) -> None:
    paragraph = prose(60) + ". "
    verifier = Compression()
    assert value(verifier, paragraph * (times + 1)) <= value(verifier, paragraph * times)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (Compression, {"free_ratio": 0.1, "bottom_ratio": 0.1}),
        (Compression, {"free_ratio": math.nan}),
        (NgramRepetition, {"max_penalty": 0.5}),
        (NgramRepetition, {"max_penalty": -math.inf}),
        (DistinctN, {"bottom": 1.0}),
        (DistinctN, {"window": 1}),
    ],
)
def test_options_that_can_not_be_meant_are_refused(make: Any, options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        make(**options)
