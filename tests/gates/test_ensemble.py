"""Ensembles keep to their formulas, to their range whatever the members say, and show the disagreement."""

import asyncio
import itertools
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range
from rewardkit.errors import OptionError
from rewardkit.gates.ensemble import Ensemble
from rewardkit.score import check

Maker = Callable[..., Any]
KINDS: list[dict[str, Any]] = [
    {"by": "mean"},
    {"by": "min"},
    {"by": "median"},
    {"by": "trimmed_mean"},
    {"by": "minus_std", "coefficient": 0.7, "ddof": 1},
    {"by": "minus_variance", "coefficient": 2.0},
]


def members(told: Maker, count: int, low: float = 0.0, high: float = 5.0) -> tuple[Any, ...]:
    return tuple(told(f"m{i}", low, high) for i in range(count))


def columns(values: list[Any]) -> dict[str, list[Any]]:
    return {f"m{i}": [value] for i, value in enumerate(values)}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"by": "mean"}, 2.333333),
        ({"by": "min"}, 1.0),
        ({"by": "minus_variance"}, 0.777778),
        ({"by": "minus_variance", "ddof": 1}, 0.0),
        ({"by": "minus_variance", "coefficient": 0.0}, 2.333333),
        ({"by": "minus_std", "ddof": 1}, 0.805808),
        ({"by": "median"}, 2.0),
        ({"by": "trimmed_mean", "trim": 1}, 2.0),
    ],
)
def test_an_ensemble_of_1_2_4_matches_its_worked_example(
    told: Maker, rows: Maker, options: dict[str, Any], expected: float
) -> None:
    [score] = Ensemble(members(told, 3), **options).score(rows(**columns([1.0, 2.0, 4.0])))
    assert score.value == pytest.approx(expected, abs=1e-6)
    assert score.evidence["min"] == 1.0
    assert score.evidence["max"] == 4.0
    assert score.evidence["members"] == {"m0": 1.0, "m1": 2.0, "m2": 4.0}
    assert score.evidence["std"] == pytest.approx(
        statistics.stdev([1, 2, 4]) if options.get("ddof") else statistics.pstdev([1, 2, 4])
    )


def test_the_median_of_four_is_the_mean_of_the_middle_two(told: Maker, rows: Maker) -> None:
    [score] = Ensemble(members(told, 4), by="median").score(rows(**columns([4.0, 0.0, 1.0, 2.0])))
    assert score.value == 1.5


@pytest.mark.parametrize("options", KINDS, ids=lambda o: o["by"])
@given(values=st.lists(st.floats(0, 5), min_size=4, max_size=4), order=st.permutations(range(4)))
def test_an_ensemble_keeps_its_range_and_does_not_depend_on_the_order_of_its_members(
    told: Maker, rows: Maker, options: dict[str, Any], values: list[float], order: list[int]
) -> None:
    gate = Ensemble(members(told, 4), **options)
    [score] = gate.score(rows(**columns(values)))
    [other] = gate.score(rows(**columns([values[i] for i in order])))
    check(score, gate.range)
    assert score.value == other.value


@pytest.mark.parametrize("options", KINDS[:4], ids=lambda o: o["by"])
@given(values=st.lists(st.floats(0, 5), min_size=3, max_size=3), at=st.integers(0, 2), more=st.floats(0, 5))
def test_an_ensemble_without_a_penalty_is_monotone_in_every_member(
    told: Maker, rows: Maker, options: dict[str, Any], values: list[float], at: int, more: float
) -> None:
    gate = Ensemble(members(told, 3), **options)
    raised = [max(v, more) if i == at else v for i, v in enumerate(values)]
    before, after = gate.score([*rows(**columns(values)), *rows(**columns(raised))])
    assert after.value >= before.value - 1e-12


@pytest.mark.parametrize("options", KINDS, ids=lambda o: o["by"])
@pytest.mark.parametrize("quorum", [None, 3])
def test_the_range_of_an_ensemble_is_the_least_and_greatest_of_all_corners(
    told: Maker, rows: Maker, options: dict[str, Any], quorum: int | None
) -> None:
    gate = Ensemble(members(told, 4, -1.0, 2.0), quorum=quorum, **options)
    said = [-1.0, 2.0] if quorum is None else [-1.0, 2.0, Outcome.UNAVAILABLE]
    corners = [row for row in itertools.product(said, repeat=4) if row.count(Outcome.UNAVAILABLE) < 2]
    scores = gate.score([row for corner in corners for row in rows(**columns(list(corner)))])
    values = [score.value for score in scores]
    assert Range(min(values), max(values)) == gate.range


@pytest.mark.parametrize("by", ["mean", "median", "minus_std", "minus_variance", "trimmed_mean"])
def test_members_that_agree_are_believed_exactly(told: Maker, rows: Maker, by: Any) -> None:
    [score] = Ensemble(members(told, 3), by=by).score(rows(**columns([0.1, 0.1, 0.1])))
    assert (score.value, score.evidence["std"]) == (0.1, 0.0)


def test_a_member_without_a_value_masks_the_row_unless_a_quorum_is_declared(told: Maker, rows: Maker) -> None:
    row = rows(**columns([Outcome.UNAVAILABLE, 2.0, 4.0]))
    [strict] = Ensemble(members(told, 3)).score(row)
    assert (strict.value, strict.outcome, strict.reason) == (None, Outcome.UNAVAILABLE, "m0: m0 says UNAVAILABLE")
    [lenient] = Ensemble(members(told, 3), quorum=2).score(row)
    assert lenient.value == 3.0
    assert "left out without a value: m0" in lenient.reason
    assert lenient.evidence["missing"] == ["m0"]
    assert lenient.parts["m0"].value is None
    [lost] = Ensemble(members(told, 3), quorum=2).score(
        rows(**columns([1.0, Outcome.BAD_REFERENCE, Outcome.UNAVAILABLE]))
    )
    assert (lost.value, lost.outcome) == (None, Outcome.BAD_REFERENCE)
    assert lost.reason == "1 members have a value and 2 are needed; m1: m1 says BAD_REFERENCE"


def test_an_ensemble_is_correct_where_all_are_and_incorrect_at_the_bottom(told: Maker, rows: Maker) -> None:
    gate = Ensemble(members(told, 3))
    scores = gate.score(rows(m0=[5.0, 0.0, 5.0], m1=[5.0, 0.0, 5.0], m2=[5.0, 0.0, 0.0]))
    assert [s.outcome for s in scores] == [Outcome.CORRECT, Outcome.INCORRECT, Outcome.PARTIAL]
    assert asyncio.run(gate.ascore(rows(**columns([1.0, 2.0, 3.0]))))[0].value == 2.0


@pytest.mark.parametrize(
    ("count", "options", "complaint"),
    [
        (0, {}, "at least one member"),
        (3, {"by": "max"}, "must be one of mean, min"),
        (3, {"coefficient": -1.0}, "disagreement would be paid"),
        (3, {"ddof": 2}, "from 0 to 1"),
        (3, {"quorum": 4}, "from 1 to 3"),
        (1, {"by": "minus_std", "ddof": 1}, "at least 2 members"),
        (3, {"by": "minus_variance", "ddof": 1, "quorum": 1}, "at least 2 members"),
        (2, {"by": "trimmed_mean"}, "at least 3 members"),
        (5, {"by": "trimmed_mean", "trim": 2, "quorum": 4}, "at least 5 members"),
    ],
)
def test_ensembles_that_could_not_be_computed_are_refused(
    told: Maker, count: int, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(OptionError, match=complaint):
        Ensemble(members(told, count), **options)


def test_members_on_different_scales_are_refused(told: Maker) -> None:
    with pytest.raises(OptionError, match=r"share one range.*\[0, 1\].*\[-1, 1\]"):
        Ensemble((told("a"), told("b", -1.0, 1.0)))
    with pytest.raises(OptionError, match="two children"):
        Ensemble((told("a"), told("a")))
