from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.registry import build
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, check
from rewardkit.verifiers.length.cosine import PUBLISHED, CosineLength


def value(verifier: CosineLength, length: int, is_correct: bool) -> float:
    """By tokens, or by characters for a length that is written out."""
    data = {"n_tokens": length, "is_correct": is_correct}
    score = verifier.verify(Sample(response="x" * min(length, 5000), data=data))
    check(score, verifier.range)
    assert score.value is not None
    return score.value


def published(name: str, **options: Any) -> CosineLength:
    return CosineLength(correct_field="is_correct", **PUBLISHED[name], **options)


def test_worked_example_of_the_paper() -> None:
    """Correct in [1, 2], wrong in [-10, 0], exceed -10 from 16 tokens before 16384. Length 0 is not a response."""
    verifier = published("demystify", unit="tokens", max_length=16384)
    assert verifier.range == Range(-10.0, 2.0)
    lengths = [4096, 8192, 12288, 16368]
    correct, wrong = [1.853553, 1.5, 1.146447, -10], [-8.535534, -5.0, -1.464466, -10]
    assert [value(verifier, n, True) for n in lengths] == pytest.approx(correct, abs=1e-6)
    assert [value(verifier, n, False) for n in lengths] == pytest.approx(wrong, abs=1e-6)
    assert value(verifier, 1, True) == pytest.approx(2.0, abs=1e-6)
    assert value(verifier, 1, False) == pytest.approx(-10.0, abs=1e-6)


def test_open_r1_parameters_with_the_wave_held_at_its_end() -> None:
    """open-r1 pays 0.75 at 1500 of 1000 characters, because its cosine turns around; here the end is the end."""
    verifier = published("open_r1", unit="characters", max_length=1000)
    lengths = [500, 1000, 1500, 2000]
    assert [value(verifier, n, True) for n in lengths] == pytest.approx([0.75, 0.5, 0.5, 0.5], abs=1e-9)
    assert [value(verifier, n, False) for n in lengths] == pytest.approx([-0.75, -0.5, -0.5, -0.5], abs=1e-9)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_by_default_no_length_helps_a_wrong_response(one: int, other: int) -> None:
    verifier = CosineLength(unit="tokens", max_length=1000, correct_field="is_correct")
    assert value(verifier, one, False) == 0.0 < value(verifier, other, True)


ends = st.floats(-1e6, 1e6)


@given(ends, ends, st.integers(1, 10**6), st.lists(st.integers(1, 2 * 10**6), min_size=2, max_size=5))
def test_wave_runs_monotonously_between_its_ends(short: float, long: float, maximum: int, lengths: list[int]) -> None:
    if short == long:
        return
    verifier = CosineLength(unit="tokens", max_length=maximum, assume="correct", correct_short=short, correct_long=long)
    values = [value(verifier, n, True) for n in sorted(lengths)]
    assert all(min(short, long) <= v <= max(short, long) for v in values)
    assert values == pytest.approx(sorted(values, reverse=short > long), rel=1e-9, abs=1e-6)
    assert value(verifier, maximum, True) == long


def test_free_length_pays_the_short_value_whole() -> None:
    verifier = CosineLength(unit="tokens", max_length=300, free_length=100, assume="correct")
    assert [value(verifier, n, True) for n in (1, 100, 200, 300)] == pytest.approx([1.0, 1.0, 0.75, 0.5])


@pytest.mark.parametrize("flag", [None, "yes", "1", 0.5, 2, [True], math.nan])
def test_unclear_correctness_is_our_side_and_names_its_column(flag: object) -> None:
    verifier = CosineLength(unit="words", max_length=10, correct_field="is_correct")
    score = verifier.verify(Sample(response="x", data={"is_correct": flag}))
    assert score.outcome is Outcome.UNAVAILABLE
    assert "'is_correct'" in score.reason


@pytest.mark.parametrize("flag", [True, 1, 1.0])
def test_correctness_is_a_boolean_or_zero_or_one(flag: object) -> None:
    verifier = CosineLength(unit="words", max_length=10, correct_field="ok")
    assert verifier.verify(Sample(response="x", data={"ok": flag})).value == pytest.approx(0.9877641)


def test_assumed_side_decides_the_range() -> None:
    assert CosineLength(unit="words", max_length=10, assume="correct").range == Range(0.5, 1.0)
    wrong = CosineLength(unit="words", max_length=10, assume="wrong", wrong_short=-1.0, wrong_long=-0.5)
    assert wrong.range == Range(-1.0, -0.5)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "give either"),
        ({"correct_field": "ok", "assume": "correct"}, "give either"),
        ({"assume": "wrong"}, "every response would get"),
        ({"assume": "correct", "correct_short": math.nan}, "not a finite number"),
        ({"assume": "correct", "exceed": -math.inf}, "not a finite number"),
        ({"assume": "correct", "exceed": 0.75}, "running past the limit would pay"),
        ({"correct_field": "ok", "wrong_short": -1.0, "exceed": 0.0}, "running past the limit would pay"),
        ({"correct_field": "ok", "wrong_long": 0.75}, "earn more than a correct one"),
        ({"assume": "correct", "margin": 3}, "without exceed"),
        ({"assume": "correct", "margin": 10, "exceed": 0.0}, "max_length - 1 = 9"),
        ({"assume": "correct", "free_length": 10}, "max_length - 1 = 9"),
    ],
)
def test_options_that_can_not_be_meant_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        CosineLength(unit="words", max_length=10, **options)


def test_recipe_gives_options_as_json() -> None:
    with pytest.raises(OptionError, match="did you mean 'max_length'"):
        build("length.cosine", {"unit": "tokens", "max_lenght": 5, "assume": "correct"})
    with pytest.raises(OptionError, match="needs the option 'unit'"):
        build("length.cosine", {"max_length": 5, "assume": "correct"})


@settings(deadline=None)
@given(st.booleans(), st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_the_wave_is_what_trl_computes(is_right: bool, lengths: list[int]) -> None:
    """TRL counts tokens and holds the wave at its end, as here; its correctness is math verification."""
    rewards = pytest.importorskip("trl.rewards")
    answer = r"\boxed{\frac{1}{3}}" if is_right else r"\boxed{\frac{1}{2}}"
    theirs = rewards.get_cosine_scaled_reward(max_len=100)(
        [[{"content": answer}]] * len(lengths), [r"\frac{1}{3}"] * len(lengths), [[0] * n for n in lengths]
    )
    verifier = published("open_r1", unit="tokens", max_length=100)
    assert [value(verifier, n, is_right) for n in lengths] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize(
    "padding", [" " * 5000, "\u200b" * 5000, "<!-- " + "hm, so " * 800 + "-->", "Let me see this. " * 300]
)
def test_padding_does_not_bring_a_wrong_response_to_the_better_paid_end(padding: str) -> None:
    verifier = published("demystify", unit="characters", max_length=6000)
    plain = verifier.verify(Sample(response="It is 41.", data={"is_correct": False})).value
    padded = verifier.verify(Sample(response="It is 41. " + padding, data={"is_correct": False})).value
    assert plain is not None
    assert padded == pytest.approx(plain, abs=1e-3)
