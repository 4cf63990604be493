from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.gates.similarity import SelfSimilarity, jaccard, mean_similarities, pooled_distinct, sketched
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, check


def group(*responses: str, **data: Any) -> list[Sample]:
    return [Sample(prompt="p", response=response, group="g", data=data) for response in responses]


def values(gate: SelfSimilarity, samples: list[Sample]) -> list[float | None]:
    scores = gate.score(samples)
    for score in scores:
        check(score, UNIT)
    return [score.value for score in scores]


def test_worked_example_of_pooled_distinct_n() -> None:
    assert pooled_distinct([[1, 2, 3, 4], [1, 2, 3, 5]], 3) == pytest.approx(0.75, abs=1e-6)
    assert pooled_distinct([[1, 2], []], 3) == 0.0


def test_copies_earn_nothing_and_strangers_all() -> None:
    gate = SelfSimilarity(size=2)
    assert values(gate, group("a b c", "a b c", "a b c")) == [0.0, 0.0, 0.0]
    assert values(gate, group("a b c", "d e f")) == [1.0, 1.0]
    assert values(gate, group("a b c", "a b c", "x y z")) == [0.5, 0.5, 1.0]


@pytest.mark.parametrize("noise", ["A,  b c!", "a\u200b b\u2060 c", "\uff41 \uff42 \uff43", "a\nb\u2003c..."])
def test_noise_makes_no_copy_a_stranger(noise: str) -> None:
    assert values(SelfSimilarity(size=2), group("a b c", noise)) == [0.0, 0.0]


def test_a_response_shorter_than_one_n_gram_is_one() -> None:
    assert values(SelfSimilarity(size=5), group("yes", "yes", "no")) == [0.5, 0.5, 1.0]


def test_an_empty_response_is_no_answer_and_nobody_s_peer() -> None:
    scores = SelfSimilarity(size=1).score(group("a b", "a b", "\u200b"))
    assert [s.value for s in scores] == [0.0, 0.0, 0.0]
    assert scores[2].outcome is Outcome.NO_ANSWER
    assert scores[0].evidence["compared"] == 1


def test_a_response_that_can_be_compared_with_none_is_unavailable() -> None:
    for samples in (group("a b"), [Sample(prompt="p", response="a b")], group("a", "")[:1]):
        [score] = SelfSimilarity().score(samples)
        assert score.outcome is Outcome.UNAVAILABLE
    scores = SelfSimilarity(group_size=3).score(group("a", "b"))
    assert "has 2 rows" in scores[0].reason


def test_token_ids_come_from_the_row() -> None:
    gate = SelfSimilarity(unit="tokens", size=1)
    samples = [*group("x", completion_ids=[1, 2, 3]), *group("x", completion_ids=[2, 3, 4])]
    assert values(gate, samples) == [0.5, 0.5]
    [score, _] = gate.score([*group("x"), samples[0]])
    assert score.outcome is Outcome.UNAVAILABLE
    assert "'completion_ids'" in score.reason


SETS = st.lists(st.integers(0, 30), min_size=1, max_size=40)


@given(SETS, SETS)
def test_a_sketch_of_a_small_set_is_the_set(one: list[int], other: list[int]) -> None:
    expected = len({*one} & {*other}) / len({*one} | {*other})
    assert jaccard(sketched(one, 1, 64), sketched(other, 1, 64), 64) == pytest.approx(expected)


@given(st.lists(SETS, min_size=2, max_size=9))
def test_means_are_those_of_all_pairs(sequences: list[list[int]]) -> None:
    sketches = [sketched(s, 1, 64) for s in sequences]
    count = len(sketches)
    expected = [
        sum(jaccard(sketches[i], sketches[j], 64) for j in range(count) if j != i) / (count - 1) for i in range(count)
    ]
    assert mean_similarities(sketches, 64, 32) == pytest.approx(expected)


@given(st.integers(34, 200), st.integers(2, 32))
def test_in_a_large_group_each_is_compared_with_as_many_as_declared(count: int, peers: int) -> None:
    """Sketches of two kinds; with all equal peers the mean of a half-and-half group can't leave [0, 1]."""
    alike = sketched("abc", 1, 64)
    assert mean_similarities([alike] * count, 64, peers) == [1.0] * count


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32), st.floats(0.05, 0.95))
def test_the_error_of_a_sketch_is_within_five_of_its_standard_errors(seed: int, share: float) -> None:
    chance = random.Random(seed)
    common = [chance.getrandbits(60) for _ in range(int(8000 * share))]
    rest = 8000 - len(common)
    one, other = ([*common, *(chance.getrandbits(60) for _ in range(rest))] for _ in range(2))
    exact = len({*one} & {*other}) / len({*one} | {*other})
    estimate = jaccard(sketched(one, 1, 1024), sketched(other, 1, 1024), 1024)
    assert abs(estimate - exact) < 5 * 0.5 / 1024**0.5


@given(st.lists(st.text("ab ", max_size=8), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_permuting_a_group_permutes_its_values(responses: list[str], order: Any) -> None:
    places = list(range(len(responses)))
    order.shuffle(places)
    gate = SelfSimilarity(size=1)
    got = values(gate, group(*responses))
    shuffled = values(gate, group(*(responses[i] for i in places)))
    assert shuffled == pytest.approx([got[i] for i in places], abs=1e-9)


def test_the_cost_of_a_large_group_is_bounded() -> None:
    responses = [" ".join(f"w{(i * 31 + j * j) % 997}" for j in range(300)) for i in range(256)]
    began = time.process_time()
    SelfSimilarity().score(group(*responses))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("options", [{"unit": "bytes"}, {"size": 0}, {"peers": 1}, {"sketch": 1}, {"group_size": 1}])
def test_options_that_can_not_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        SelfSimilarity(**options)
