"""A lower rule never outvotes a higher one."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome
from rewardkit.errors import OptionError
from rewardkit.gates.lexicographic import Lexicographic
from rewardkit.gates.node import Part
from rewardkit.score import check

Maker = Callable[..., Any]
C, N, X = Outcome.CORRECT, Outcome.INCORRECT, Outcome.UNAVAILABLE


def test_equal_levels_give_the_scalar_form(told: Maker, rows: Maker) -> None:
    gate = Lexicographic(tuple(Part(told(name, 0.0, 2.0), levels=3) for name in "abc"))
    scores = gate.score(rows(a=[1.0, 1.0, 0.0], b=[0.0, 1.0, 2.0], c=[2.0, 0.0, 2.0]))
    assert [s.value for s in scores] == pytest.approx([0.423077, 0.461538, 0.307692], abs=1e-6)
    assert scores[0].evidence == {"levels": {"a": 1.0, "b": 0.0, "c": 2.0}}


def test_without_levels_a_rule_is_met_or_not_and_the_last_one_is_graded(told: Maker, rows: Maker) -> None:
    gate = Lexicographic((Part(told("right")), Part(told("layout")), Part(told("style"))))
    scores = gate.score(rows(right=[C, C, 0.99, N], layout=[N, C, C, C], style=[1.0, 0.25, 1.0, 0.5]))
    assert [s.value for s in scores] == pytest.approx([5 / 7, 6.25 / 7, 3 / 7, 2.5 / 7])


@pytest.mark.parametrize(
    ("levels", "message"), [((1,), "at least 2"), ((2.5,), "at least 2"), ((2**30, 2**30), "different values")]
)
def test_levels_that_can_not_be_told_apart_are_refused(told: Maker, levels: tuple[Any, ...], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Lexicographic(tuple(Part(told(f"c{i}"), levels=n) for i, n in enumerate(levels)))


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_row_that_can_not_be_ranked_has_no_value(told: Maker, rows: Maker, name: str) -> None:
    gate = Lexicographic((Part(told("a")), Part(told("b"))))
    [score] = gate.score(rows(**{"a": [N], "b": [C], name: [X]}))
    assert (score.value, score.outcome) == (None, X)


@given(data=st.data())
def test_values_are_in_the_order_of_the_levels_read_from_the_first_rule_on(
    told: Maker, rows: Maker, data: st.DataObject
) -> None:
    levels = data.draw(st.lists(st.integers(2, 6), min_size=1, max_size=4))
    last_is_graded = data.draw(st.booleans())
    parts = [Part(told(f"c{i}", -1.0, 2.0), levels=n) for i, n in enumerate(levels)]
    if last_is_graded:
        parts[-1] = Part(told(f"c{len(levels) - 1}", -1.0, 2.0))
    gate = Lexicographic(tuple(parts))
    drawn = st.integers(0, 60)
    columns = {f"c{i}": [-1 + data.draw(drawn) / 20 for _ in range(2)] for i in range(len(levels))}
    one, two = gate.score(rows(**columns))
    check(one, gate.range)
    own = tuple(one.evidence["levels"].values())
    other = tuple(two.evidence["levels"].values())
    assert (own < other) == (one.value < two.value)
    assert (own == other) == (one.value == two.value)


@given(data=st.data())
def test_a_level_is_reached_in_full_or_not_at_all(told: Maker, rows: Maker, data: st.DataObject) -> None:
    steps = data.draw(st.integers(2, 20))
    value = data.draw(st.integers(0, 1000)) / 1000
    gate = Lexicographic((Part(told("a"), levels=steps), Part(told("b"))))
    [score] = gate.score(rows(a=[value], b=[N]))
    level = score.evidence["levels"]["a"]
    assert level / (steps - 1) <= value + 1e-9 < (level + 1) / (steps - 1) + 2e-9
