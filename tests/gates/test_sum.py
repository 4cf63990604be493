"""Sums: weights, conditions between siblings, and what a missing part means."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range
from rewardkit.errors import OptionError
from rewardkit.gates.bonus import Bonus
from rewardkit.gates.combine import Sum
from rewardkit.gates.node import Part
from rewardkit.score import check

Maker = Callable[..., Any]
C, P, N, X, B = Outcome.CORRECT, Outcome.PARTIAL, Outcome.INCORRECT, Outcome.UNAVAILABLE, Outcome.BAD_REFERENCE
SAID = st.sampled_from([0.0, 0.25, 0.5, 1.0, C, N, Outcome.NO_ANSWER, Outcome.UNDECIDED, X, B])


def test_a_sum_adds_its_weighted_children(told: Maker, rows: Maker) -> None:
    gate = Sum((Part(told("a")), Part(told("b", -1.0), weight=0.5)))
    assert gate.range == Range(-0.5, 1.5)
    scores = gate.score(rows(a=[C, N, Outcome.TIMEOUT], b=[C, 0.5, -1.0]))
    assert [s.value for s in scores] == [1.5, 0.25, -0.5]
    assert [s.outcome for s in scores] == [C, P, N]
    assert scores[1].parts["b"].value == 0.5


def test_a_negative_weight_turns_a_childs_range_over(told: Maker, rows: Maker) -> None:
    gate = Sum((Part(told("a")), Part(told("b"), weight=-1.0)))
    assert gate.range == Range(-1, 1)
    [score] = gate.score(rows(a=[C], b=[N]))
    assert (score.value, score.outcome) == (1.0, C)


@pytest.mark.parametrize("broken", [Outcome.TIMEOUT, Outcome.CRASHED, Outcome.UNDECIDED, Outcome.NO_ANSWER])
def test_breaking_a_penalty_never_pays(told: Maker, rows: Maker, broken: Outcome) -> None:
    gate = Sum((Part(told("a")), Part(told("penalty"), weight=-0.5)))
    clean, punished, escaped = gate.score(rows(a=[C, C, C], penalty=[N, C, broken]))
    assert (clean.value, punished.value, escaped.value) == (1.0, 0.5, 0.5)


def test_operators_write_the_same_sum(told: Maker) -> None:
    a, b, c = told("a"), told("b"), told("c")
    assert a + 0.5 * b - c == Sum((Part(a), Part(b, 0.5), Part(c, -1.0)))
    assert 2 * (0.5 * a) + (b + c) == Sum((Part(a), Part(b), Part(c)))
    named = (a + b).named("both")
    assert named + c == Sum((Part(named), Part(c)))
    assert a + (0.2 * b).when("a") == Sum((Part(a), Part(b, 0.2, only_if=("a",))))
    with pytest.raises(TypeError):
        a * b


@pytest.mark.parametrize("masked", [B, X])
def test_a_required_part_that_could_not_judge_masks_the_row(told: Maker, rows: Maker, masked: Outcome) -> None:
    gate = Sum((Part(told("a")), Part(told("b"), weight=0.1)))
    [score] = gate.score(rows(a=[C], b=[masked]))
    assert (score.value, score.outcome) == (None, masked)
    assert score.parts["a"].value == 1.0
    assert score.reason == f"b: b says {masked}"


def test_an_optional_part_that_could_not_judge_is_left_out_and_said_so(told: Maker, rows: Maker) -> None:
    gate = Sum((Part(told("a")), Part(told("b", 0.5, 1.0), optional=True)))
    assert gate.range == Range(0.0, 2.0), "without b the sum can be a alone"
    [score] = gate.score(rows(a=[0.5], b=[X]))
    assert (score.value, score.outcome) == (0.5, P)
    assert score.evidence == {"left_out": {"b": "b says UNAVAILABLE"}}
    assert "without b: b says UNAVAILABLE" in score.reason
    assert score.parts["b"].value is None


def test_a_row_of_which_nothing_could_be_judged_has_no_value(told: Maker, rows: Maker) -> None:
    gate = Sum((Part(told("a"), optional=True), Part(told("b"), optional=True)))
    [score] = gate.score(rows(a=[B], b=[X]))
    assert (score.value, score.outcome) == (None, B)


def test_a_part_behind_a_condition_is_not_run_where_the_condition_fails(told: Maker, rows: Maker) -> None:
    right, brief = told("right"), told("brief")
    gate = Sum((Part(right), Part(brief, 0.2, only_if=("right",))))
    assert gate.range == Range(0.0, 1.2)
    scores = gate.score(rows(right=[C, N, 0.75, X, Outcome.UNDECIDED], brief=[0.5, C, C, C, C]))
    assert [s.value for s in scores] == [1.1, 0.0, 0.75, None, 0.0]
    assert [s.outcome for s in scores] == [P, N, P, X, N]
    assert brief.shown == ["0"], "a length reward never sees a wrong answer"
    assert scores[1].reason == "1*right(0); without brief: right is INCORRECT"
    assert asyncio.run(gate.ascore(rows(right=[C, N], brief=[0.5, C])))[0].value == 1.1


def test_a_penalty_behind_a_condition_leaves_a_wrong_answer_at_the_bottom(told: Maker, rows: Maker) -> None:
    gate = Sum((Part(told("right")), Part(told("overlong", -1.0, 0.0), 0.5, only_if=("right",))))
    assert gate.range == Range(0.0, 1.0), "0 wrong, 0.5 right and long, 1 right and short: -0.5 never happens"
    scores = gate.score(rows(right=[N, C, C], overlong=[-1.0, -1.0, 0.0]))
    assert [(s.value, s.outcome) for s in scores] == [(0.0, N), (0.5, P), (1.0, C)]


def test_an_easy_reward_is_conditioned_on_a_hard_one(told: Maker, rows: Maker) -> None:
    gate = Sum((Part(told("hard")), Part(told("easy"), only_if=("hard",))))
    scores = gate.score(rows(hard=[1.0, 0.0, 1.0, 0.0], easy=[1.0, 1.0, 0.0, 1.0]))
    conditioned = [s.parts["easy"].value if "easy" in s.parts else 0.0 for s in scores]
    assert conditioned == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([("a", {}), ("a", {})], "two children are called 'a'"),
        ([("a", {"weight": 0})], "a finite number other than 0"),
        ([("a", {"weight": float("nan")})], "a finite number other than 0"),
        ([("a", {"weight": True})], "a finite number other than 0"),
        ([("a", {"pays": 2.0})], "'a' is given 'pays', which sum does not know"),
        ([], "needs at least one child"),
        ([("a", {}), ("b", {"only_if": ("c",)})], "names no sibling 'c'"),
        ([("a", {"only_if": ("a",)})], "itself run on some rows only"),
        ([("a", {}), ("b", {"only_if": ("a",)}), ("c", {"only_if": ("b",)})], "itself run on some rows only"),
        ([("a", {}), ("b", {"weight": -1.5, "only_if": ("a",)})], "a row that fails it would earn more"),
    ],
)
def test_a_sum_that_can_not_be_right_is_refused(told: Maker, parts: list[Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Sum(tuple(Part(told(name), **edges) for name, edges in parts))


def test_a_part_behind_a_condition_can_not_need_whole_groups(told: Maker) -> None:
    class Grouped(type(told("x"))):
        needs_groups = True

    with pytest.raises(OptionError, match="'g' needs whole groups"):
        Sum((Part(told("a")), Part(Grouped("g"), only_if=("a",))))
    Sum((Part(told("a")), Part(Grouped("g"))))


WEIGHTS = st.floats(-3, 3).filter(lambda w: abs(w) > 1e-3)


@given(weights=st.lists(WEIGHTS, min_size=1, max_size=4), data=st.data())
def test_every_value_lies_in_the_range_and_none_never_becomes_zero(
    told: Maker, rows: Maker, weights: list[float], data: st.DataObject
) -> None:
    optional = data.draw(st.lists(st.booleans(), min_size=len(weights), max_size=len(weights)))
    gate = Sum(tuple(Part(told(f"c{i}"), w, o) for i, (w, o) in enumerate(zip(weights, optional, strict=True))))
    said = {f"c{i}": [data.draw(SAID)] for i in range(len(weights))}
    [score] = gate.score(rows(**said))
    check(score, gate.range)
    unjudged = [i for i in range(len(weights)) if said[f"c{i}"][0] in (X, B)]
    must_mask = any(not optional[i] for i in unjudged) or len(unjudged) == len(weights)
    assert (score.value is None) == must_mask


@given(a=SAID, b=SAID, weight=st.floats(0.01, 3), low=st.floats(-1, 0), high=st.floats(0.1, 2))
def test_a_row_that_fails_a_condition_never_earns_more_than_one_that_meets_it(
    told: Maker, rows: Maker, a: Any, b: Any, weight: float, low: float, high: float
) -> None:
    parts = (Part(told("a")), Part(told("b", low, high), weight, only_if=("a",)))
    try:
        gate = Sum(parts)
    except OptionError:
        assert weight * low < -1
        return
    said = min(low + (high - low) * b, high) if isinstance(b, float) else b
    met, failed = gate.score(rows(a=[C, N], b=[said, said]))
    check(met, gate.range)
    check(failed, gate.range)
    assert met.value is None or failed.value is None or met.value >= failed.value


def test_an_all_pass_bonus_is_paid_for_all_or_not_at_all(told: Maker, rows: Maker) -> None:
    gate = Bonus((Part(told("a")), Part(told("b"), 2.0, optional=True)), amount=0.5)
    assert gate.range == Range(0.0, 3.5)
    scores = gate.score(rows(a=[C, C, C, N, X], b=[C, 0.5, X, N, C]))
    assert [s.value for s in scores] == [3.5, 2.0, 1.0, 0.0, None]
    assert [s.outcome for s in scores] == [C, P, P, N, X]
    assert gate.can_be_correct
    assert scores[0].reason.endswith("bonus 0.5: everything is CORRECT")
    assert scores[2].evidence == {"left_out": {"b": "b says UNAVAILABLE"}, "bonus": 0.0}, "a missing part earns none"


@pytest.mark.parametrize("amount", [0.0, -1.0, float("inf"), float("nan")])
def test_a_bonus_is_a_positive_number(told: Maker, amount: float) -> None:
    with pytest.raises(OptionError, match="amount"):
        Bonus((Part(told("a")),), amount=amount)


def test_a_bonus_that_can_never_be_paid_is_refused(told: Maker) -> None:
    with pytest.raises(OptionError, match="'a' can never be CORRECT"):
        Bonus((Part(told("a", can_be_correct=False)),))


def test_a_sum_whose_top_no_row_reaches_says_so(told: Maker) -> None:
    assert Sum((Part(told("a")), Part(told("b", -1.0, 0.0), only_if=("a",)))).can_be_correct
    assert not Sum((Part(told("a")), Part(told("b", 0.5, 1.0), -1.0, only_if=("a",)))).can_be_correct
    assert not Sum((Part(told("a")), Part(told("b", can_be_correct=False)))).can_be_correct
