"""Products and means: zeros, signs, ranges, and monotony."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range
from rewardkit.errors import OptionError
from rewardkit.gates.combine import Mix
from rewardkit.gates.means import Geometric, Harmonic, Maximum, Mean, Minimum, Product
from rewardkit.gates.node import Part
from rewardkit.score import check

Maker = Callable[..., Any]
C, P, N, X = Outcome.CORRECT, Outcome.PARTIAL, Outcome.INCORRECT, Outcome.UNAVAILABLE
GATES: list[type[Mix]] = [Product, Minimum, Maximum, Mean, Geometric, Harmonic]
each_gate = pytest.mark.parametrize("gate", GATES, ids=lambda g: g.__name__)


@pytest.mark.parametrize(
    ("gate", "values", "expected"),
    [
        (Product, (0.5, 0.5, 1.0), 0.25),
        (Product, (0.5, 0.0, 1.0), 0.0),
        (Minimum, (0.5, 0.25, 1.0), 0.25),
        (Maximum, (0.5, 0.25, 0.0), 0.5),
        (Mean, (0.5, 0.25, 0.75), 0.5),
        (Geometric, (0.5, 0.25, 1.0), 0.5),
        (Geometric, (1.0, 0.0, 1.0), 0.0),
        (Harmonic, (0.5, 0.25, 1.0), 3 / 7),
        (Harmonic, (1.0, 0.0, 1.0), 0.0),
        (Harmonic, (5e-324, 1.0, 1.0), 1.5e-323),
    ],
)
def test_a_formula_gives_its_value(
    told: Maker, rows: Maker, gate: type[Mix], values: tuple[float, ...], expected: float
) -> None:
    node = gate(tuple(Part(told(f"c{i}")) for i in range(len(values))))
    [score] = node.score(rows(**{f"c{i}": [v] for i, v in enumerate(values)}))
    assert score.value == pytest.approx(expected)
    check(score, node.range)


@pytest.mark.parametrize(
    ("gate", "expected"), [(Mean, (3 * 0.5 + 0.25) / 4), (Geometric, 0.5**0.75 * 0.25**0.25), (Harmonic, 4 / (6 + 4))]
)
def test_weights_count_by_their_proportions(told: Maker, rows: Maker, gate: type[Mix], expected: float) -> None:
    for scale in (1.0, 10.0):
        node = gate((Part(told("a"), 3 * scale), Part(told("b"), scale)))
        assert node.score(rows(a=[0.5], b=[0.25]))[0].value == pytest.approx(expected)


@pytest.mark.parametrize("gate", [Product, Geometric, Harmonic])
def test_a_negative_range_has_no_place_where_signs_would_cancel(told: Maker, gate: type[Mix]) -> None:
    with pytest.raises(OptionError, match="no child whose range goes below 0"):
        gate((Part(told("a")), Part(told("b", -1.0))))


@pytest.mark.parametrize(
    ("a", "b", "value"), [(0.5, 0.5, 0.5), (-0.25, 1.0, -0.5), (-1.0, -0.25, -0.5), (0.0, -1.0, 0.0), (-1.0, 4.0, -2.0)]
)
def test_signs_of_the_published_combination(told: Maker, rows: Maker, a: float, b: float, value: float) -> None:
    node = Geometric((Part(told("a", -1.0)), Part(told("b", -1.0, 4.0))), signs="krc")
    assert node.range == Range(-2.0, 2.0)
    [score] = node.score(rows(a=[a], b=[b]))
    assert score.value == pytest.approx(value)
    check(score, node.range)


@given(values=st.lists(st.tuples(st.floats(-2, 0), st.floats(0.1, 2), st.floats(0, 1)), min_size=1, max_size=4))
def test_signed_values_lie_in_their_range(told: Maker, rows: Maker, values: list[Any]) -> None:
    node = Geometric(tuple(Part(told(f"c{i}", low, high)) for i, (low, high, _) in enumerate(values)), signs="krc")
    said = {f"c{i}": [min(low + (high - low) * share, high)] for i, (low, high, share) in enumerate(values)}
    [score] = node.score(rows(**said))
    check(score, node.range)
    product = math.prod(abs(v) for [v] in said.values()) ** (1 / len(values))
    sign = 1 if all(v > 0 for [v] in said.values()) else -1
    assert score.value == pytest.approx(sign * product, abs=1e-9)


def test_a_part_that_is_never_above_0_has_no_place_in_a_geometric_mean(told: Maker) -> None:
    with pytest.raises(OptionError, match="'b' is never above 0"):
        Geometric((Part(told("a")), Part(told("b", -1.0, 0.0))), signs="krc")


@pytest.mark.parametrize("gate", [Minimum, Maximum])
def test_the_least_of_different_scales_is_refused(told: Maker, gate: type[Mix]) -> None:
    with pytest.raises(OptionError, match="share one range"):
        gate((Part(told("a")), Part(told("b", 0.0, 10.0))))


@pytest.mark.parametrize("gate", [Mean, Geometric, Harmonic])
@pytest.mark.parametrize("weight", [-1.0, 0.0, math.inf])
def test_a_mean_takes_positive_weights(told: Maker, gate: type[Mix], weight: float) -> None:
    with pytest.raises(OptionError, match="weight of 'a'"):
        gate((Part(told("a"), weight), Part(told("b"))))


@pytest.mark.parametrize(
    ("gate", "value"), [(Product, 0.5), (Minimum, 0.5), (Maximum, 0.5), (Mean, 0.5), (Harmonic, 0.5)]
)
def test_an_optional_child_without_a_value_is_left_out(told: Maker, rows: Maker, gate: type[Mix], value: float) -> None:
    node = gate((Part(told("a")), Part(told("b"), optional=True)))
    [score] = node.score(rows(a=[0.5], b=[X]))
    assert (score.value, score.evidence) == (value, {"left_out": {"b": "b says UNAVAILABLE"}})


def test_means_of_some_children_need_one_scale(told: Maker) -> None:
    with pytest.raises(OptionError, match="share one range"):
        Mean((Part(told("a")), Part(told("b", 0, 5), optional=True)))
    Mean((Part(told("a")), Part(told("b", 0, 5))))


@pytest.mark.parametrize("gate", [Product, Minimum, Mean, Geometric, Harmonic])
def test_the_reason_names_the_part_that_pulls_down(told: Maker, rows: Maker, gate: type[Mix]) -> None:
    node = gate((Part(told("fine")), Part(told("poor"))))
    [score] = node.score(rows(fine=[0.9], poor=[0.1]))
    assert "the lowest is poor" in score.reason
    assert score.parts["fine"].value == 0.9


UNIT = st.floats(0, 1)


@each_gate
@given(data=st.data())
def test_values_lie_in_the_range_and_rise_with_every_child(
    told: Maker, rows: Maker, gate: type[Mix], data: st.DataObject
) -> None:
    low = data.draw(st.sampled_from([0.0, 0.5]))
    high = data.draw(st.sampled_from([1.0, 3.0]))
    count = data.draw(st.integers(1, 4))
    weights = [data.draw(st.floats(0.1, 5)) if "weight" in gate.edges else 1.0 for _ in range(count)]
    node = gate(tuple(Part(told(f"c{i}", low, high), w) for i, w in enumerate(weights)))
    assert node.range == Range(pytest.approx(node.range.low), pytest.approx(node.range.high))
    values = [low + (high - low) * data.draw(UNIT) for _ in range(count)]
    raised = [v + (high - v) * data.draw(UNIT) for v in values]
    columns = {f"c{i}": [a, b] for i, (a, b) in enumerate(zip(values, raised, strict=True))}
    before, after = node.score(rows(**columns))
    check(before, node.range)
    check(after, node.range)
    assert after.value >= before.value - 1e-12


@each_gate
def test_the_top_of_all_parts_is_the_top(told: Maker, rows: Maker, gate: type[Mix]) -> None:
    shared = gate in (Minimum, Maximum)
    node = gate(tuple(Part(told(f"c{i}", 0.0, 0.7 if shared else 0.1 * (i + 1))) for i in range(3)))
    top, bottom = node.score(rows(**{f"c{i}": [C, N] for i in range(3)}))
    assert (top.outcome, bottom.outcome) == (C, N)


@each_gate
def test_one_part_that_could_not_judge_masks_the_row(told: Maker, rows: Maker, gate: type[Mix]) -> None:
    [score] = gate((Part(told("a")), Part(told("b")))).score(rows(a=[N], b=[X]))
    assert (score.value, score.outcome) == (None, X), "not even where the other is 0: None is not 0"
