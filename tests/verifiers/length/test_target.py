from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, check
from rewardkit.verifiers.length.scaled import ScaledLength
from rewardkit.verifiers.length.target import TargetLength


def value(verifier: TargetLength | ScaledLength, length: int, is_correct: bool) -> float:
    score = verifier.verify(Sample(response="It is 42.", data={"n_tokens": length, "ok": is_correct}))
    check(score, verifier.range)
    assert score.value is not None
    return score.value


def target(**options: Any) -> TargetLength:
    return TargetLength(unit="tokens", **{"target": 2000, "correct_field": "ok", **options})


LENGTHS = [1000, 1500, 2500, 7000]


def test_worked_example_of_l1_exact() -> None:
    published = target(form="l1_exact", floor=-3.0)
    assert [value(published, n, True) for n in LENGTHS] == pytest.approx([0.7, 0.85, 0.85, -0.5], abs=1e-6)
    assert [value(published, n, False) for n in LENGTHS] == pytest.approx([-0.3, -0.15, -0.15, -1.5], abs=1e-6)
    assert published.range == Range(-3.0, 1.0)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"form": "max"}, [0.8, 0.65, 0.35, 0.0]),
        ({"form": "max_code"}, [0.65, 0.575, 0.425, 0.0]),
        ({"form": "max_code", "alpha": 0.01}, [1.0, 1.0, 0.0, 0.0]),
        ({"form": "exact"}, [0.7, 0.85, 0.85, 0.0]),
        ({"form": "exact", "floor": 0.1}, [0.7, 0.85, 0.85, 0.1]),
    ],
)
def test_worked_example_of_l1_max_and_the_sound_exact_form(options: dict[str, Any], expected: list[float]) -> None:
    assert [value(target(**options), n, True) for n in LENGTHS] == pytest.approx(expected, abs=1e-6)


@given(st.sampled_from(["exact", "max", "max_code"]), st.integers(1, 10**6), st.integers(1, 10**6))
def test_no_length_pays_a_wrong_response(form: str, length: int, goal: int) -> None:
    verifier = target(form=form, target=goal, floor=0.05)
    assert value(verifier, length, False) == 0.0 < value(verifier, length, True)


@given(st.integers(1, 10**5), st.integers(1, 10**5), st.integers(1, 10**5))
def test_in_the_max_forms_a_longer_response_never_earns_more(goal: int, one: int, other: int) -> None:
    for form in ("max", "max_code"):
        verifier = target(form=form, target=goal)
        assert value(verifier, max(one, other), True) <= value(verifier, min(one, other), True)


def test_a_target_can_be_a_column_and_must_then_be_there() -> None:
    verifier = TargetLength(unit="words", target_field="asked", assume="correct")
    assert verifier.verify(Sample(response="one two", data={"asked": 2})).outcome is Outcome.CORRECT
    for wrong in (None, 0, -1, 2.0, "2", True, 10**400):
        score = verifier.verify(Sample(response="one two", data={"asked": wrong}))
        assert score.outcome is Outcome.UNAVAILABLE
        assert "'asked'" in score.reason


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"target_field": "t"}, "give either target"),
        ({"target": None}, "give either target"),
        ({"form": "l1_exact"}, "floor must say"),
        ({"floor": 1.0}, "0 <= floor < 1"),
        ({"floor": -0.5}, "0 <= floor < 1"),
        ({"alpha": float("nan")}, "finite"),
        ({"alpha": 0.0}, "positive"),
        ({"delta": 0.0}, "delta"),
        ({"assume": "correct"}, "correct_field"),
    ],
)
def test_options_that_can_not_be_meant_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        target(**options)


def test_worked_example_of_the_length_scaled_reward() -> None:
    verifier = ScaledLength(unit="tokens", max_length=1000, correct_field="ok", wrong="rising")
    lengths = [250, 500, 750]  # a length of 0 is not a response
    assert [value(verifier, n, True) for n in lengths] == pytest.approx([0.46875, 0.375, 0.21875], abs=1e-6)
    assert [value(verifier, n, False) for n in lengths] == pytest.approx([-0.75, -0.5, -0.25], abs=1e-6)
    assert value(verifier, 1000, True) == -1.0


@given(st.floats(0, 1), st.integers(1, 2000), st.integers(1, 2000), st.sampled_from(["flat", "rising"]))
def test_in_the_scaled_reward_no_wrong_response_earns_more_than_a_correct_one_within_the_limit(
    risk: float, one: int, other: int, wrong: Any
) -> None:
    verifier = ScaledLength(unit="tokens", max_length=2001, correct_field="ok", risk=risk, wrong=wrong)
    assert value(verifier, one, False) <= value(verifier, other, True)


def test_the_flat_scaled_reward_pays_no_wrong_response_for_length() -> None:
    verifier = ScaledLength(unit="tokens", max_length=1000, correct_field="ok", exceed=-2.0, margin=16)
    assert {value(verifier, n, False) for n in (1, 500, 983)} == {-1.0}
    assert value(verifier, 984, False) == value(verifier, 984, True) == -2.0
