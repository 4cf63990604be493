"""Transforms keep the order that they claim, and their ranges are exact."""

import asyncio
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range, Sample
from rewardkit.errors import OptionError
from rewardkit.gates.centring import LogSigmoid, log_sigmoid
from rewardkit.gates.transform import Affine, Clip, Power, Sigmoid, Threshold
from rewardkit.score import check

Maker = Callable[..., Any]

TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "clip": lambda child: Clip(child, low=-0.5, high=1.5),
    "clip above": lambda child: Clip(child, high=1.0),
    "affine": lambda child: Affine(child, scale=0.3, shift=-1.0),
    "affine turned over": lambda child: Affine(child, scale=-2.0, shift=1.0),
    "sigmoid": lambda child: Sigmoid(child, centre=0.5, temperature=0.25),
    "power": lambda child: Power(child, exponent=3.0),
    "root": lambda child: Power(child, exponent=0.5),
    "threshold": lambda child: Threshold(child, at=0.75),
    "log_sigmoid": lambda child: LogSigmoid(child, centre=0.5),
}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("clip", -1.7, -0.5),
        ("clip", 0.25, 0.25),
        ("clip", 1.9, 1.5),
        ("affine", 1.0, -0.7),
        ("affine turned over", 2.0, -3.0),
        ("sigmoid", 0.5, 0.5),
        ("sigmoid", 1.0, 0.880797),
        ("power", -0.5, -0.125),
        ("root", -0.25, -0.5),
        ("threshold", 0.75, 1.0),
        ("threshold", 0.7499, 0.0),
        ("log_sigmoid", 0.5, -0.693147),
    ],
)
def test_a_transform_gives_the_value_of_its_formula(
    told: Maker, rows: Maker, kind: str, value: float, expected: float
) -> None:
    gate = TRANSFORMS[kind](told("v", -2.0, 2.0))
    [score] = gate.score(rows(v=[value]))
    assert score.value == pytest.approx(expected, abs=1e-6)
    assert score.evidence["child"] == value
    assert score.parts["v"].value == value
    assert "v(" in score.reason


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_the_range_of_a_transform_is_reached_at_both_ends(told: Maker, rows: Maker, kind: str) -> None:
    gate = TRANSFORMS[kind](told("v", -2.0, 2.0))
    scores = gate.score(rows(v=[-2.0, 2.0]))
    assert sorted(score.value for score in scores) == list(gate.range)
    assert {score.outcome for score in scores} == {Outcome.CORRECT, Outcome.INCORRECT}


@pytest.mark.parametrize("kind", TRANSFORMS)
@given(values=st.lists(st.floats(-2, 2), min_size=2, max_size=8))
def test_a_transform_is_monotone_and_stays_in_its_range(
    told: Maker, rows: Maker, kind: str, values: list[float]
) -> None:
    gate = TRANSFORMS[kind](told("v", -2.0, 2.0))
    scores = gate.score(rows(v=sorted(values)))
    for score in scores:
        check(score, gate.range)
    got = [score.value for score in scores]
    assert got == sorted(got, reverse=not gate.is_increasing)


@pytest.mark.parametrize("kind", TRANSFORMS)
@pytest.mark.parametrize("outcome", [Outcome.UNDECIDED, Outcome.NO_ANSWER, Outcome.TIMEOUT, Outcome.CRASHED])
def test_what_could_not_be_judged_pays_the_bottom_in_either_direction(
    told: Maker, rows: Maker, kind: str, outcome: Outcome
) -> None:
    gate = TRANSFORMS[kind](told("v", -2.0, 2.0))
    [score] = gate.score(rows(v=[outcome]))
    assert (score.value, score.outcome) == (gate.range.low, outcome)


@pytest.mark.parametrize("kind", TRANSFORMS)
@pytest.mark.parametrize("outcome", [Outcome.BAD_REFERENCE, Outcome.UNAVAILABLE])
def test_a_transform_of_nothing_is_nothing(told: Maker, rows: Maker, kind: str, outcome: Outcome) -> None:
    [score] = TRANSFORMS[kind](told("v", -2.0, 2.0)).score(rows(v=[outcome]))
    assert (score.value, score.outcome) == (None, outcome)
    assert score.reason == f"v: v says {outcome}"


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_transforms_can_be_pickled_hashed_and_awaited(told: Maker, rows: Maker, kind: str) -> None:
    gate = TRANSFORMS[kind](told("v", -2.0, 2.0))
    assert pickle.loads(pickle.dumps(gate)) == gate
    samples = rows(v=[-1.0, 0.0, 1.0])
    assert asyncio.run(gate.ascore(samples)) == gate.score(samples)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (Clip, "low, high or both"),
        (lambda c: Clip(c, low=1.0, high=1.0), "low must be below high"),
        (lambda c: Clip(c, low=2.0), "finite ends"),
        (lambda c: Clip(c, low=math.nan), "finite number"),
        (lambda c: Affine(c, scale=0.0), "must not be 0"),
        (lambda c: Affine(c, scale=1e308, shift=1e308), "finite ends"),
        (lambda c: Affine(c, shift="1"), "finite number"),
        (lambda c: Sigmoid(c, temperature=0.0), "above 0"),
        (lambda c: Sigmoid(c, centre=-1e6), "finite ends"),
        (lambda c: Power(c, exponent=-1.0), "above 0"),
        (lambda c: Power(Affine(c, scale=1e90), exponent=4.0), "not finite"),
        (lambda c: Threshold(c, at=0.0), "never fails"),
        (lambda c: Threshold(c, at=1.1), "can never pass"),
        (lambda c: Threshold(c, at=True), "finite number"),
        (LogSigmoid, "exactly one"),
        (lambda c: LogSigmoid(c, centre=0.0, centre_column="b"), "exactly one"),
        (lambda c: LogSigmoid(c, centre=math.inf), "finite number"),
    ],
)
def test_options_that_make_no_reward_are_refused(told: Maker, make: Callable[[Any], Any], complaint: str) -> None:
    with pytest.raises(OptionError, match=complaint):
        make(told("v"))


def test_log_sigmoid_centring_matches_its_worked_example(told: Maker, rows: Maker) -> None:
    gate = LogSigmoid(told("r", -10.0, 10.0), centre_column="base")
    scores = gate.score(rows(r=[-2.0, 0.0, 3.0], base=[0.0, 0, 1.0]))
    assert [s.value for s in scores] == pytest.approx([-2.126928, -0.693147, -0.126928], abs=1e-6)
    total = log_sigmoid(2) + log_sigmoid(-1)
    assert (total, math.exp(total)) == pytest.approx((-1.44019, 0.236883), abs=1e-6)
    assert [s.evidence["centre"] for s in scores] == [0.0, 0.0, 1.0]


def test_centring_bounds_its_range_by_the_childs(told: Maker, rows: Maker) -> None:
    assert LogSigmoid(told("r"), centre=0.25).range == Range(log_sigmoid(-0.25), log_sigmoid(0.75))
    gate = LogSigmoid(told("r", -1.0, 2.0), centre_column="base")
    assert gate.range == Range(log_sigmoid(-3), log_sigmoid(3))
    worst, best = gate.score(rows(r=[-1.0, 2.0], base=[2.0, -1.0]))
    assert (worst.value, worst.outcome) == (gate.range.low, Outcome.INCORRECT)
    assert (best.value, best.outcome) == (gate.range.high, Outcome.CORRECT)


@pytest.mark.parametrize("base", [None, "0.5", math.nan, math.inf, 10**400, True, 1.5, -0.1, [0.5]])
def test_a_row_without_a_usable_reference_value_has_no_value(told: Maker, rows: Maker, base: object) -> None:
    [score] = LogSigmoid(told("r"), centre_column="base").score(rows(r=[0.5], base=[base]))
    assert (score.value, score.outcome) == (None, Outcome.BAD_REFERENCE)
    assert "base" in score.reason
    assert score.parts["r"].value == 0.5


def test_a_reference_response_is_scored_by_the_child_in_the_same_batch(told: Maker) -> None:
    gate = LogSigmoid(told("r", -10.0, 10.0), response_column="base")
    samples = [
        Sample(response="=3", data={"base": "=1"}),
        Sample(response="=3", data={}),
        Sample(response="=-2", data={"base": [{"role": "assistant", "content": "=0"}]}),
        Sample(response="=1", data={"base": 7}),
        Sample(response="=1", data={"base": "", "r": Outcome.UNAVAILABLE}),
        Sample(response="=1", data={"base": "", "r": Outcome.TIMEOUT}),
        Sample(response="", data={"base": "=1", "r": Outcome.BAD_REFERENCE}),
    ]
    scores = gate.score(samples)
    assert scores[0].value == pytest.approx(-0.126928, abs=1e-6)
    assert scores[2].value == pytest.approx(-2.126928, abs=1e-6)
    assert [s.value for s in scores[3:]] == [None] * 4
    assert [s.outcome for s in scores] == [
        Outcome.PARTIAL,
        Outcome.BAD_REFERENCE,
        Outcome.PARTIAL,
        Outcome.BAD_REFERENCE,
        Outcome.UNAVAILABLE,
        Outcome.BAD_REFERENCE,
        Outcome.BAD_REFERENCE,
    ]
    assert scores[0].parts["r"].value == 3.0


def test_log_sigmoid_holds_in_both_tails() -> None:
    assert log_sigmoid(1e300) == 0.0
    assert log_sigmoid(-1e300) == -1e300
    assert log_sigmoid(-745.2) == pytest.approx(-745.2)


def test_a_threshold_below_the_top_can_pass_a_child_that_never_reaches_it(told: Maker) -> None:
    child = told("v", can_be_correct=False)
    assert Threshold(child, at=0.5).can_be_correct
    assert not Threshold(child, at=1.0).can_be_correct
    assert not Power(child).can_be_correct
    assert Affine(child, scale=-1.0).can_be_correct
