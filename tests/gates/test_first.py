"""In a cascade rules decide first, and nothing overturns what a rule accepted."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome
from rewardkit.errors import OptionError
from rewardkit.gates.first import First
from rewardkit.score import check

Maker = Callable[..., Any]
C, N, U, X, B = Outcome.CORRECT, Outcome.INCORRECT, Outcome.UNDECIDED, Outcome.UNAVAILABLE, Outcome.BAD_REFERENCE
SAID = st.sampled_from([0.5, C, N, U, X, B, Outcome.NO_ANSWER, Outcome.TIMEOUT, Outcome.CRASHED])


def test_the_next_is_asked_only_for_what_the_first_could_not_decide(told: Maker, rows: Maker) -> None:
    rule, judge = told("rule"), told("judge")
    gate = First((rule, judge))
    scores = gate.score(rows(rule=[C, N, U, U, U, B, 0.5], judge=[N, C, C, N, X, C, C]))
    assert [s.value for s in scores] == [1.0, 0.0, 1.0, 0.0, None, None, 0.5]
    assert judge.shown == ["2", "3", "4"]
    assert [s.evidence["decided_by"] for s in scores[:3]] == ["rule", "rule", "judge"]
    assert scores[2].reason == "judge: judge says CORRECT; rule was UNDECIDED"
    assert set(scores[2].parts) == {"rule", "judge"}


def test_nobody_is_asked_about_rows_that_a_rule_decided(told: Maker, rows: Maker) -> None:
    class Judge(type(told("x"))):
        def submit(self, samples: Any) -> Any:
            raise AssertionError("a judge must not be called, not even with no rows")

    gate = First((told("rule"), Judge("one"), Judge("two")))
    assert [s.value for s in gate.score(rows(rule=[C, N]))] == [1.0, 0.0]


def test_declared_outcomes_open_a_row_for_the_next(told: Maker, rows: Maker) -> None:
    gate = First((told("rule"), told("judge")), ask_on=("INCORRECT", "BAD_REFERENCE"))
    scores = gate.score(rows(rule=[N, B, U], judge=[C, N, C]))
    assert [s.value for s in scores] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("outcome", ["CORRECT", "PARTIAL", "UNSURE"])
def test_what_a_rule_accepted_can_not_be_opened_again(told: Maker, outcome: Any) -> None:
    with pytest.raises(OptionError, match="ask_on can't hold"):
        First((told("a"), told("b")), ask_on=(outcome,))


def test_a_cascade_of_one_or_of_different_scales_is_refused(told: Maker) -> None:
    with pytest.raises(OptionError, match="at least two"):
        First((told("a"),))
    with pytest.raises(OptionError, match="share one range"):
        First((told("a"), told("b", -1.0)))
    with pytest.raises(OptionError, match="no outcome"):
        First((told("a"), told("b")), ask_on=())


@given(
    said=st.lists(SAID, min_size=3, max_size=3),
    ask=st.sets(st.sampled_from(["UNDECIDED", "INCORRECT", "UNAVAILABLE"]), min_size=1),
)
def test_an_acceptance_stands_whatever_comes_after_it(told: Maker, rows: Maker, said: list[Any], ask: set[Any]) -> None:
    gate = First((told("a"), told("b"), told("c")), ask_on=tuple(sorted(ask)))
    [score] = gate.score(rows(a=[said[0]], b=[said[1]], c=[said[2]]))
    check(score, gate.range)
    decided = score.parts[score.evidence["decided_by"]]
    assert (score.value, score.outcome) == (decided.value, decided.outcome)
    before = list(score.parts.values())[:-1]
    assert all(s.outcome.value in ask for s in before)
    if said[0] is C:
        assert score.value == 1.0
