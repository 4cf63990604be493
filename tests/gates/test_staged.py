"""Each stage opens the next, and a row that comes further never gets less."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range
from rewardkit.errors import OptionError
from rewardkit.gates.node import Part
from rewardkit.gates.staged import Staged
from rewardkit.score import check

Maker = Callable[..., Any]
C, P, N, X = Outcome.CORRECT, Outcome.PARTIAL, Outcome.INCORRECT, Outcome.UNAVAILABLE
SAID = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, C, N, Outcome.NO_ANSWER, Outcome.TIMEOUT, X])


def test_each_stage_is_run_where_the_one_before_passed(told: Maker, rows: Maker) -> None:
    parse, layout, right = told("parse"), told("layout"), told("right")
    gate = Staged((Part(parse, pays=0.5), Part(layout, pays=0.5), Part(right, pays=2.0)), floor=-1.0)
    assert gate.range == Range(-1.0, 2.0)
    scores = gate.score(rows(parse=[N, C, C, C, X], layout=[C, 0.5, C, C, C], right=[C, C, N, C, C]))
    assert [s.value for s in scores] == [-1.0, -0.25, 0.0, 2.0, None]
    assert [s.outcome for s in scores] == [N, P, P, C, X]
    assert (parse.shown, layout.shown, right.shown) == ([*"01234"], [*"123"], [*"23"])
    assert scores[1].evidence == {"reached": "layout", "stage": 2}
    assert scores[1].reason == "stage 2 of 3, layout: layout says 0.5"


def test_nothing_behind_a_stage_that_all_rows_fail_is_called_at_all(told: Maker, rows: Maker) -> None:
    class Judge(type(told("x"))):
        def submit(self, samples: Any) -> Any:
            raise AssertionError("a judge must not be called, not even with no rows")

    gate = Staged((Part(told("a")), Part(Judge("b")), Part(Judge("c"))))
    assert [s.value for s in asyncio.run(gate.ascore(rows(a=[N, 0.5, X])))] == [0.0, 0.5, None]


@pytest.mark.parametrize(
    ("layout", "runs", "match", "quality", "value"),
    [
        (N, C, C, C, -1.0),
        (C, N, C, C, -1.0),
        (C, C, N, C, 0.0),
        (C, C, C, 0.0, 6.0),
        (C, C, C, C, 7.5),
        (C, C, C, 0.744141 / 1.5, 6.744141),
    ],
)
def test_published_tiers_are_stages(
    told: Maker, rows: Maker, layout: Any, runs: Any, match: Any, quality: Any, value: float
) -> None:
    pays = {"layout": 0.0, "runs": 1.0, "match": 6.0, "quality": 1.5}
    gate = Staged(tuple(Part(told(name), pays=amount) for name, amount in pays.items()), floor=-1.0)
    [score] = gate.score(rows(layout=[layout], runs=[runs], match=[match], quality=[quality]))
    assert score.value == pytest.approx(value)
    check(score, gate.range)


def test_a_row_at_the_bottom_keeps_the_outcome_that_stopped_it(told: Maker, rows: Maker) -> None:
    gate = Staged((Part(told("a"), pays=0.0), Part(told("b"))))
    scores = gate.score(rows(a=[Outcome.NO_ANSWER, C], b=[C, Outcome.TIMEOUT]))
    assert [s.outcome for s in scores] == [Outcome.NO_ANSWER, Outcome.TIMEOUT]


def test_an_optional_stage_that_could_not_judge_adds_nothing_and_opens_the_next(told: Maker, rows: Maker) -> None:
    gate = Staged((Part(told("a"), optional=True), Part(told("b"))))
    [score] = gate.score(rows(a=[X], b=[C]))
    assert (score.value, score.outcome) == (1.0, P)
    assert score.evidence["left_out"] == {"a": "a says UNAVAILABLE"}


@pytest.mark.parametrize(
    ("stages", "options", "message"),
    [
        ([{"pays": -1.0}, {}], {}, "pays of 's0'"),
        ([{"pays": float("nan")}, {}], {}, "pays of 's0'"),
        ([{"pays": 0.0}, {"pays": 0.0}], {}, "every stage pays 0"),
        ([{"at_least": 2.0}, {}], {}, "can never pass"),
        ([{}, {"at_least": 0.5}], {}, "is the last stage"),
        ([{"weight": 2.0}, {}], {}, "'s0' is given 'weight'"),
        ([{}, {}], {"floor": float("inf")}, "floor must be a finite number"),
        ([], {}, "needs at least one child"),
    ],
)
def test_stages_that_can_not_be_right_are_refused(
    told: Maker, stages: list[Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        Staged(tuple(Part(told(f"s{i}"), **edges) for i, edges in enumerate(stages)), **options)


@given(data=st.data())
def test_a_row_that_comes_further_never_gets_less(told: Maker, rows: Maker, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    stages = [
        Part(
            told(f"s{i}", -1.0, 1.0),
            pays=data.draw(st.sampled_from([0.0, 0.5, 2.0])) if i else 1.0,
            at_least=data.draw(st.sampled_from([None, 0.0, 0.5])) if i < count - 1 else None,
        )
        for i in range(count)
    ]
    gate = Staged(tuple(stages), floor=-0.5)
    step = st.integers(-4, 4).map(lambda n: n / 4)
    low = [data.draw(step) for _ in range(count)]
    high = [max(v, data.draw(step)) for v in low]
    worse, better = gate.score(rows(**{f"s{i}": [a, b] for i, (a, b) in enumerate(zip(low, high, strict=True))}))
    check(worse, gate.range)
    assert worse.value <= better.value


@given(said=st.lists(SAID, min_size=2, max_size=3))
def test_a_value_lies_in_the_range_and_none_never_becomes_zero(told: Maker, rows: Maker, said: list[Any]) -> None:
    gate = Staged(tuple(Part(told(f"s{i}")) for i in range(len(said))))
    [score] = gate.score(rows(**{f"s{i}": [v] for i, v in enumerate(said)}))
    check(score, gate.range)
    reached = [gate.children[i].name for i in range(len(said)) if f"s{i}" in score.parts]
    assert (score.value is None) == any(score.parts[name].value is None for name in reached)
