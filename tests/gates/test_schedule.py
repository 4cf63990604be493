"""Schedules go where they say, and what moves with them says which step it was taken from."""

import asyncio
import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range, Sample
from rewardkit.errors import OptionError
from rewardkit.gates.schedule import Schedule, schedule
from rewardkit.gates.scheduled import Scheduled, ScheduledThreshold, Weighted
from rewardkit.gates.tree import children_of
from rewardkit.score import check

Maker = Callable[..., Any]
RAMP = {"linear": {"from": 0.0, "to": 1.0, "start": 100, "end": 300}}
FADE = {"linear": {"from": 1.0, "to": 0.0, "start": 100, "end": 300}}
WAVE = {"cosine": {"from": 1.0, "to": 0.2, "end": 1000}}
KNOTS = {"piecewise": [[10, 0.0], [20, 1.0], [40, 0.5]]}
HOLD = {"hold": [[0, 0.25], [100, 0.75]]}

specs = st.one_of(
    st.floats(-3, 3),
    st.builds(
        lambda kind, a, b, start, more: {kind: {"from": a, "to": b, "start": start, "end": start + more}},
        st.sampled_from(["linear", "cosine"]),
        st.floats(-3, 3),
        st.floats(-3, 3),
        st.integers(0, 50),
        st.integers(1, 50),
    ),
    st.builds(
        lambda kind, steps, values: {kind: [list(pair) for pair in zip(sorted(steps), values, strict=False)]},
        st.sampled_from(["piecewise", "hold"]),
        st.sets(st.integers(0, 100), min_size=1, max_size=4),
        st.lists(st.floats(-3, 3), min_size=4, max_size=4),
    ),
)


@pytest.mark.parametrize(
    ("spec", "points"),
    [
        (0.5, {0: 0.5, 10**9: 0.5}),
        (RAMP, {0: 0.0, 100: 0.0, 150: 0.25, 299: 0.995, 300: 1.0, 10**9: 1.0}),
        (WAVE, {0: 1.0, 250: 0.2 + 0.8 * 0.853553, 500: 0.6, 1000: 0.2, 2000: 0.2}),
        (KNOTS, {0: 0.0, 10: 0.0, 15: 0.5, 20: 1.0, 30: 0.75, 40: 0.5, 41: 0.5}),
        (HOLD, {0: 0.25, 99: 0.25, 99.9: 0.25, 100: 0.75, 500: 0.75}),
    ],
)
def test_a_schedule_goes_through_its_points(spec: Any, points: dict[float, float]) -> None:
    course = schedule(spec)
    assert {step: course.at(step) for step in points} == pytest.approx(points, abs=1e-6)


@given(spec=specs, step=st.floats(0, 200))
def test_a_schedule_stays_between_its_knots_and_survives_json(spec: Any, step: float) -> None:
    course = schedule(spec)
    assert min(course.values) - 1e-12 <= course.at(step) <= max(course.values) + 1e-12
    again = schedule(json.loads(json.dumps(course.spec)))
    assert again.at(step) == course.at(step)
    assert schedule(again.spec) == again


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("linear", "finite number"),
        (True, "finite number"),
        (math.nan, "finite number"),
        ({}, "not nothing"),
        ({"liner": {}}, "did you mean 'linear'"),
        ({"linear": {"from": 0, "to": 1, "end": 10}, "cosine": {}}, "not 'linear', 'cosine'"),
        ({"linear": [0, 1]}, "linear takes from, to, start, end"),
        ({"linear": {"from": 0, "to": 1}}, "linear needs the argument 'end'"),
        ({"linear": {"from": 0, "to": 1, "ende": 10}}, "did you mean 'end'"),
        ({"linear": {"from": 0, "to": "1", "end": 10}}, "linear.to must be a finite number"),
        ({"cosine": {"from": 0, "to": 1, "start": 10, "end": 10}}, "to a later end"),
        ({"cosine": {"from": 0, "to": 1, "start": -1, "end": 10}}, "not from -1"),
        ({"piecewise": []}, "a list of .step, value."),
        ({"piecewise": [[0, 1, 2]]}, "one of it is"),
        ({"piecewise": [[0, 1], [0, 2]]}, "in the order of their steps"),
        ({"hold": [[5, 1], [3, 2]]}, "3 follows 5"),
        ({"hold": [[-5, 1]]}, "steps begin at 0"),
        ({"hold": [[0, None]]}, "finite number"),
    ],
)
def test_schedules_that_make_no_sense_are_refused(spec: Any, complaint: str) -> None:
    with pytest.raises(OptionError, match=complaint):
        schedule(spec)


def test_a_schedule_needs_a_knot() -> None:
    with pytest.raises(OptionError, match="at least one knot"):
        Schedule(())


def mix(told: Maker, *specs: Any, low: float = 0.0, **options: Any) -> Scheduled:
    children = (Weighted(told(f"c{i}", low), schedule(spec)) for i, spec in enumerate(specs))
    return Scheduled(tuple(children), **options)


def test_weights_follow_the_rows_own_step_and_are_told(told: Maker, rows: Maker) -> None:
    gate = mix(told, FADE, RAMP)
    scores = gate.score(rows(c0=[1.0] * 4, c1=[0.5] * 4, step=[0, 150, 200.0, 10**6]))
    assert [s.value for s in scores] == [1.0, 0.875, 0.75, 0.5]
    assert scores[1].evidence == {"step": 150, "weights": {"c0": 0.75, "c1": 0.25}}
    assert scores[1].reason == "at step 150: 0.75*c0(1) + 0.25*c1(0.5)"
    assert gate.range == Range(0.0, 1.0)
    assert [s.outcome for s in scores] == [Outcome.CORRECT] + [Outcome.PARTIAL] * 3


def test_a_child_without_weight_at_a_step_is_not_run(told: Maker, rows: Maker) -> None:
    gate = mix(told, 1.0, RAMP)
    scores = gate.score(rows(c0=[1.0] * 3, c1=[Outcome.UNAVAILABLE, 1.0, 1.0], step=[50, 101, 100]))
    assert gate.children[1].node.shown == ["1"]
    assert [s.value for s in scores] == [1.0, 1.005, 1.0]
    assert set(scores[0].parts) == {"c0"}
    assert "not run at weight 0: c1" in scores[0].reason
    [nothing] = mix(told, RAMP).score(rows(c0=[1.0], step=[0]))
    assert (nothing.value, nothing.outcome, nothing.parts) == (0.0, Outcome.INCORRECT, {})


def test_a_child_that_needs_whole_groups_is_shown_them(told: Maker, rows: Maker) -> None:
    class Grouped(type(told("v"))):  # type: ignore[misc]  # the class is the fixture's
        needs_groups = True

    child = Grouped("c0")
    gate = Scheduled((Weighted(child, schedule(RAMP)),))
    samples = rows(c0=[0.5, 0.5, 0.5], step=[50, 200, None])
    assert [s.value for s in gate.score(samples)] == [0.0, 0.25, None]
    threshold = ScheduledThreshold(child, schedule(0.5))
    assert [s.value for s in threshold.score(samples)] == [1.0, 1.0, None]
    assert child.shown == ["0", "1", "2"] * 2


@pytest.mark.parametrize("step", [None, "5", -1, math.nan, math.inf, True, [3]])
def test_a_row_without_a_step_is_unavailable_and_costs_nothing(told: Maker, rows: Maker, step: object) -> None:
    gate = mix(told, 1.0)
    threshold = ScheduledThreshold(told("c0"), schedule(0.5))
    for each, child in ((gate, gate.children[0].node), (threshold, threshold.child)):
        [score] = each.score(rows(c0=[1.0], step=[step]))
        assert (score.value, score.outcome) == (None, Outcome.UNAVAILABLE)
        assert "in the column 'step'; expected the trainer's step" in score.reason
        assert child.shown == []


def test_a_default_step_stands_in_for_a_missing_one_only(told: Maker, rows: Maker) -> None:
    gate = mix(told, RAMP, step_column="global_step", default_step=200)
    scores = gate.score(rows(c0=[1.0] * 3, global_step=[None, 300, "x"], step=[0, 0, 0]))
    assert [s.value for s in scores] == [0.5, 1.0, None]
    assert scores[0].evidence["step"] == 200
    [absent] = gate.score([Sample(response="", data={"c0": 1.0})])
    assert absent.value == 0.5


def test_a_weighted_child_without_a_value_masks_the_row(told: Maker, rows: Maker) -> None:
    [score] = mix(told, 1.0, 0.5).score(rows(c0=[1.0], c1=[Outcome.BAD_REFERENCE], step=[3]))
    assert (score.value, score.outcome, score.reason) == (None, Outcome.BAD_REFERENCE, "c1: c1 says BAD_REFERENCE")
    assert score.parts["c0"].value == 1.0


def test_the_range_is_the_hull_over_the_course_and_not_of_all_weights_at_once(told: Maker) -> None:
    assert mix(told, FADE, RAMP).range == Range(0.0, 1.0)
    assert mix(told, 1.0, WAVE).range == Range(0.0, 2.0)
    assert mix(told, WAVE, {"cosine": {"from": 0.0, "to": 0.8, "end": 1000}}).range == Range(0.0, 1.0)
    assert mix(told, 1.0, {"linear": {"from": 1.0, "to": -1.0, "end": 10}}).range == Range(-1.0, 2.0)
    assert mix(told, HOLD, {"hold": [[0, 0.75], [100, 0.25]]}).range == Range(0.0, 1.0)
    jump, ramp = {"hold": [[0, 1.0], [100, 0.0]]}, {"linear": {"from": 0.0, "to": 1.0, "end": 100}}
    assert mix(told, jump, ramp).range == Range(0.0, 2.0)
    assert mix(told, 1.0, low=-1.0).range == Range(-1.0, 1.0)


@given(courses=st.lists(specs, min_size=1, max_size=3), lows=st.lists(st.floats(-2, 0.5), min_size=3, max_size=3))
def test_no_step_leaves_the_range_and_the_range_is_hardly_wider(
    told: Maker, rows: Maker, courses: list[Any], lows: list[float]
) -> None:
    children = tuple(
        Weighted(told(f"c{i}", low), schedule(spec))
        for i, (spec, low) in enumerate(zip(courses, lows, strict=False))
        if any(abs(w) > 1e-6 for w in schedule(spec).values)
    )
    if not children:
        return
    gate = Scheduled(children)
    steps = [i / 4 for i in range(401)]
    least = most = None
    for corner in itertools.product(*(child.node.range for child in children)):
        sums = [math.fsum(w * v for w, v in zip(gate.weights(step), corner, strict=True)) for step in steps]
        least = min(sums) if least is None else min(least, *sums)
        most = max(sums) if most is None else max(most, *sums)
    assert least is not None
    assert most is not None
    low, high = gate.range
    slack = 1e-9 + 0.15 * sum(max(c.weight.values) - min(c.weight.values) for c in children)  # quarter steps
    assert low - 1e-9 <= least <= low + slack
    assert high - slack <= most <= high + 1e-9
    corner = {child.name: [child.node.range.high] * 5 for child in children}
    for score in gate.score(rows(**corner, step=[0, 17, 33.5, 50, 100])):
        check(score, gate.range)


def test_the_range_of_a_cosine_beside_a_line_is_within_a_hundredth_of_the_hull(told: Maker) -> None:
    gate = mix(told, {"cosine": {"from": 1.0, "to": 0.0, "end": 60}}, {"linear": {"from": 0.0, "to": 1.0, "end": 60}})
    sums = [gate.weights(i / 100) for i in range(10_001)]
    least = min(sum(min(w, 0.0) for w in weights) for weights in sums)
    most = max(sum(max(w, 0.0) for w in weights) for weights in sums)
    assert most > 1.1  # neither end of the course has more than 1
    assert gate.range.low <= least + 1e-9
    assert gate.range.high >= most - 1e-9
    assert gate.range == pytest.approx((least, most), abs=0.01)


@given(value=st.floats(0, 1), more=st.floats(0, 1), step=st.integers(0, 400))
def test_a_scheduled_sum_is_monotone_in_a_child_with_a_positive_weight(
    told: Maker, rows: Maker, value: float, more: float, step: int
) -> None:
    gate = mix(told, FADE, 0.5)
    low, high = gate.score(rows(c0=sorted([value, more]), c1=[0.3, 0.3], step=[step, step]))
    assert low.value <= high.value


def test_weights_that_add_up_to_one_at_every_step_keep_correct_correct(told: Maker, rows: Maker) -> None:
    courses = [{"linear": {"from": a, "to": b, "end": 1000}} for a, b in ((0.1, 0.7), (0.2, 0.2), (0.7, 0.1))]
    gate = mix(told, *courses)
    steps = list(range(1100))
    assert any(math.fsum(gate.weights(step)) != 1.0 for step in steps)
    scores = gate.score(rows(c0=[1.0] * 1100, c1=[1.0] * 1100, c2=[1.0] * 1100, step=steps))
    assert {(s.value, s.outcome) for s in scores} == {(1.0, Outcome.CORRECT)}


def test_a_threshold_moves_with_the_step(told: Maker, rows: Maker) -> None:
    gate = ScheduledThreshold(told("v"), schedule(HOLD))
    scores = gate.score(rows(v=[0.5, 0.5, 0.75, Outcome.UNDECIDED], step=[99, 100, 100, 0]))
    assert [s.value for s in scores] == [1.0, 0.0, 1.0, 0.0]
    assert scores[3].outcome is Outcome.UNDECIDED
    assert scores[1].evidence == {"step": 100, "threshold": 0.75, "child": 0.5}
    assert scores[1].reason == "v(0.5) is below 0.75, the threshold at step 100"
    [lost] = gate.score(rows(v=[Outcome.UNAVAILABLE], step=[1]))
    assert (lost.value, lost.outcome) == (None, Outcome.UNAVAILABLE)


def test_a_threshold_can_keep_the_value_of_what_reaches_it(told: Maker, rows: Maker) -> None:
    gate = ScheduledThreshold(told("v", -1.0, 1.0), schedule(0.25), keep_value=True)
    scores = gate.score(rows(v=[0.2, 0.25, 0.6, 1.0], step=[1] * 4))
    assert [s.value for s in scores] == [-1.0, 0.25, 0.6, 1.0]
    assert [s.outcome for s in scores] == [Outcome.INCORRECT, Outcome.PARTIAL, Outcome.PARTIAL, Outcome.CORRECT]
    assert gate.range == Range(-1.0, 1.0)


@given(values=st.lists(st.floats(0, 1), min_size=2, max_size=6), step=st.integers(0, 200), keep=st.booleans())
def test_a_moving_threshold_is_monotone(told: Maker, rows: Maker, values: list[float], step: int, keep: bool) -> None:
    gate = ScheduledThreshold(told("v"), schedule(HOLD), keep_value=keep)
    scores = gate.score(rows(v=sorted(values), step=[step] * len(values)))
    for score in scores:
        check(score, gate.range)
    got = [s.value for s in scores]
    assert got == sorted(got)


def test_scheduled_gates_that_could_not_work_are_refused(told: Maker) -> None:
    with pytest.raises(OptionError, match="at step 300 the threshold is 2, where 'v' can never pass"):
        ScheduledThreshold(told("v"), schedule({"linear": {"from": 0.5, "to": 2.0, "start": 100, "end": 300}}))
    with pytest.raises(OptionError, match="never fails"):
        ScheduledThreshold(told("v"), schedule(RAMP))
    with pytest.raises(OptionError, match="weight of 'c0' is 0 at every step"):
        mix(told, {"hold": [[0, 0.0], [5, 0.0]]})
    with pytest.raises(OptionError, match="default_step"):
        mix(told, 1.0, default_step=-1)
    with pytest.raises(OptionError, match="step_column"):
        mix(told, 1.0, step_column="")
    with pytest.raises(OptionError, match="at least one child"):
        Scheduled(())
    with pytest.raises(OptionError, match="two children"):
        Scheduled((Weighted(told("a"), schedule(1.0)), Weighted(told("a"), schedule(1.0))))


def test_scheduled_gates_can_be_awaited_and_walked(told: Maker, rows: Maker) -> None:
    gate = mix(told, FADE, RAMP)
    samples = rows(c0=[1.0, 0.0], c1=[0.0, 1.0], step=[150, None])
    assert asyncio.run(gate.ascore(samples)) == gate.score(samples)
    assert [child.name for _, child in children_of(gate)] == ["c0", "c1"]
