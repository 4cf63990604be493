"""A hard gate pays the floor and spares what lies behind it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range
from rewardkit.errors import OptionError
from rewardkit.gates.node import Part
from rewardkit.gates.require import Require
from rewardkit.recipe import require
from rewardkit.score import check

Maker = Callable[..., Any]
C, P, N, X, B = Outcome.CORRECT, Outcome.PARTIAL, Outcome.INCORRECT, Outcome.UNAVAILABLE, Outcome.BAD_REFERENCE
SAID = st.sampled_from([0.0, 0.25, 0.5, 1.0, C, N, Outcome.NO_ANSWER, Outcome.UNDECIDED, Outcome.CRASHED, X, B])


def test_a_failed_condition_pays_the_floor_and_spares_the_reward(told: Maker, rows: Maker) -> None:
    layout, tools, math = told("layout"), told("tools"), told("math")
    gate = Require((Part(layout), Part(tools)), math, otherwise=-1.0)
    scores = gate.score(rows(layout=[N, C, C, X, C, C], tools=[C, 0.5, C, C, C, C], math=[C, C, C, C, N, B]))
    assert [s.value for s in scores] == [-1.0, -1.0, 1.0, None, 0.0, None]
    assert (layout.shown, tools.shown, math.shown) == ([*"012345"], [*"1245"], [*"245"])
    assert scores[0].outcome is N
    assert scores[0].reason == "layout: layout says INCORRECT"
    assert scores[0].evidence == {"failed": "layout"}
    assert set(scores[2].parts) == {"layout", "tools", "math"}


def test_nothing_behind_a_gate_that_all_rows_fail_is_called_at_all(told: Maker, rows: Maker) -> None:
    class Judge(type(told("x"))):
        def submit(self, samples: Any) -> Any:
            raise AssertionError("a judge must not be called, not even with no rows")

    gate = Require((Part(told("a")), Part(Judge("b"))), Judge("c"))
    assert [s.value for s in gate.score(rows(a=[N, 0.5, X]))] == [0.0, 0.0, None]
    assert [s.value for s in asyncio.run(gate.ascore(rows(a=[N])))] == [0.0]


def test_a_failed_condition_keeps_its_outcome(told: Maker, rows: Maker) -> None:
    [score] = Require((Part(told("a")),), told("b")).score(rows(a=[Outcome.NO_ANSWER], b=[C]))
    assert (score.value, score.outcome) == (0.0, Outcome.NO_ANSWER)


def test_a_threshold_opens_the_gate_from_its_value_on(told: Maker, rows: Maker) -> None:
    gate = Require((Part(told("a"), at_least=0.5),), told("b"))
    scores = gate.score(rows(a=[0.5, 0.49, 1.0, C, N], b=[0.75, 0.75, 0.75, 0.75, 0.75]))
    assert [s.value for s in scores] == [0.75, 0.0, 0.75, 0.75, 0.0]
    assert scores[1].outcome is N, "graded credit in a condition is no credit"


def test_the_published_worked_example_of_a_gated_vector(told: Maker, rows: Maker) -> None:
    bottom = (Part(told("grounded"), at_least=0.5), Part(told("basic"), at_least=0.5))
    gate = Require(bottom, 0.5 * told("robust") + 0.5 * told("useful"), otherwise=0.0)
    vectors = rows(grounded=[1.0, 1.0, 1.0], basic=[1.0, 0.4, 1.0], robust=[0.6, 1.0, 0.0], useful=[0.2, 1.0, 1.0])
    assert [s.value for s in gate.score(vectors)] == pytest.approx([0.4, 0.0, 0.5])


def test_an_optional_condition_that_could_not_judge_counts_as_passed_and_is_told(told: Maker, rows: Maker) -> None:
    gate = Require((Part(told("a"), optional=True),), told("b"))
    [score] = gate.score(rows(a=[X], b=[C]))
    assert (score.value, score.evidence) == (1.0, {"left_out": {"a": "a says UNAVAILABLE"}})


@pytest.mark.parametrize("otherwise", [0.5, float("nan"), float("inf"), True])
def test_a_floor_above_a_wrong_answer_is_refused(told: Maker, otherwise: float) -> None:
    with pytest.raises(OptionError, match="not above the bottom"):
        Require((Part(told("a")),), told("b"), otherwise=otherwise)


@pytest.mark.parametrize(
    ("at_least", "message"),
    [(1.01, "can never pass"), (0.0, "always passes"), (-3, "always passes"), (float("nan"), "finite number")],
)
def test_a_threshold_that_decides_nothing_is_refused(told: Maker, at_least: float, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Require((Part(told("a"), at_least=at_least),), told("b"))


def test_a_condition_that_can_never_be_correct_is_refused(told: Maker) -> None:
    with pytest.raises(OptionError, match="'a' can never be CORRECT"):
        Require((Part(told("a", can_be_correct=False)),), told("b"))
    Require((Part(told("a", can_be_correct=False), at_least=0.5),), told("b"))


def test_python_writes_it_with_an_arrow(told: Maker) -> None:
    a, b = told("a"), told("b")
    assert require(a, otherwise=-1) >> b == Require((Part(a),), b, -1.0)


@given(a=SAID, b=SAID, c=SAID, floor=st.sampled_from([None, 0.0, -0.5]))
def test_a_failed_gate_never_pays_more_than_an_open_one(
    told: Maker, rows: Maker, a: Any, b: Any, c: Any, floor: float | None
) -> None:
    gate = Require((Part(told("a")), Part(told("b"), at_least=0.5)), told("c"), floor)
    [score] = gate.score(rows(a=[a], b=[b], c=[c]))
    check(score, gate.range)
    [opened] = gate.score(rows(a=[C], b=[C], c=[c]))
    assert gate.range == Range(0.0 if floor is None else floor, 1.0)
    assert score.value is None or opened.value is None or score.value <= opened.value
