from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.registry import build
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score, check
from rewardkit.verifiers.format.budget import ThinkBudget, read_thinking
from rewardkit.verifiers.format.mode import ThinkMode
from rewardkit.verifiers.format.tags import Fault


def judge(verifier: ThinkBudget | ThinkMode, response: str, **data: object) -> Score:
    score = verifier.verify(Sample(response=response, data=data))
    check(score, verifier.range)
    return score


@given(st.integers(0, 300), st.integers(1, 100), st.integers(0, 100))
def test_the_value_falls_over_the_slack_and_not_before(length: int, budget: int, slack: int) -> None:
    value = judge(
        ThinkBudget(unit="characters", max_length=budget, slack=slack), f"<think>{'x' * length}</think>y"
    ).value
    over = max(length - budget, 0)
    expected = 1.0 if not over else max(1.0 - over / slack, 0.0) if slack else 0.0
    assert value == pytest.approx(expected)


def test_all_blocks_count_together() -> None:
    verifier = ThinkBudget(unit="words", max_length=3)
    assert judge(verifier, "<think>a b</think>x<think>c</think>y").outcome is Outcome.CORRECT
    assert judge(verifier, "<think>a b</think>x<think>c d</think>y").outcome is Outcome.INCORRECT


def test_tokens_are_those_of_the_thinking_that_the_row_declares() -> None:
    verifier = ThinkBudget(unit="tokens", max_length=3)
    assert judge(verifier, "<think>abc</think>y", n_thinking_tokens=[7, 8, 9]).outcome is Outcome.CORRECT
    assert judge(verifier, "<think>abc</think>y", n_thinking_tokens=4).outcome is Outcome.INCORRECT
    assert judge(verifier, "<think></think>y", n_thinking_tokens=0).outcome is Outcome.CORRECT
    for wrong in (None, "3", True, 0, [None]):
        assert judge(verifier, "<think>abc</think>y", n_thinking_tokens=wrong).outcome is Outcome.UNAVAILABLE
    assert judge(verifier, "<think>abc</think>y").outcome is Outcome.UNAVAILABLE


@pytest.mark.parametrize("budget", [None, -1, 2.5, "9", True])
def test_a_budget_of_the_row_must_be_one(budget: object) -> None:
    score = judge(ThinkBudget(unit="words", budget_field="budget"), "<think>a</think>b", budget=budget)
    assert score.outcome is Outcome.UNAVAILABLE
    assert "'budget'" in score.reason


@pytest.mark.parametrize(
    "response",
    ["<think>a", "<think>a<think>b</think>c", "a</think>b", "<Think>a</Think>b", "<think >a</think>b", "a <think/> b",
     "<think>a</thinking>b", "<thinking>a</think>b"],
)  # fmt: skip
def test_a_fault_in_the_tags_is_told_and_not_paid(response: str) -> None:
    score = judge(ThinkBudget(unit="words", max_length=9), response)
    assert score.outcome is Outcome.INCORRECT
    assert "tag" in score.reason or "character" in score.reason


def test_thinking_that_the_prompt_opened_ends_at_its_closing_tag() -> None:
    assert read_thinking("a</thinking>b", is_open=True) == (1, "a", "b")
    assert isinstance(read_thinking("<think>a</think>b", is_open=True), Fault)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_length": 5, "budget_field": "b"},
        {"max_length": 5, "min_length": 6},
    ],
)
def test_budgets_that_can_not_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        ThinkBudget(unit="words", **options)


MODES = (("[Easy]", 0, 20), ("[Hard]", 10, None))


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ("[Easy] it is 42", Outcome.CORRECT),
        ("\n [easy]it is 42", Outcome.CORRECT),
        ("[Hard] 6 x 7 = 42, as is plain", Outcome.CORRECT),
        ("[Easy] 6 x 7 = 42, as is plain", Outcome.INCORRECT),
        ("[Hard] 42", Outcome.INCORRECT),
        ("[Medium] 42", Outcome.INCORRECT),
        ("it is [Easy] 42", Outcome.INCORRECT),
        ("[Easy]", Outcome.NO_ANSWER),
        ("\u200b", Outcome.NO_ANSWER),
    ],
)
def test_what_follows_a_tag_must_be_what_it_claims(response: str, outcome: Outcome) -> None:
    assert judge(ThinkMode(unit="characters", modes=MODES), response).outcome is outcome


@pytest.mark.parametrize("between", ["", " ", "\u200b", "\n\n", "\u2060 \u200b" * 100])
def test_two_tags_claim_nothing(between: str) -> None:
    assert judge(ThinkMode(unit="characters", modes=MODES), f"[Easy]{between}[Hard] 42").outcome is Outcome.INCORRECT


def test_the_mode_that_was_asked_for_is_a_column() -> None:
    verifier = ThinkMode(unit="characters", modes=MODES, mode_field="mode")
    assert judge(verifier, "[Easy] 42", mode="[easy]").outcome is Outcome.CORRECT
    assert judge(verifier, "[Easy] 42", mode="[Hard]").outcome is Outcome.INCORRECT
    for wrong in (None, 1, "easy"):
        assert judge(verifier, "[Easy] 42", mode=wrong).outcome is Outcome.UNAVAILABLE


def test_of_two_tags_that_begin_alike_the_longer_one_is_meant() -> None:
    verifier = ThinkMode(unit="words", modes=(("/think", 3, None), ("/think_less", 0, 2)))
    assert judge(verifier, "/think_less a b").outcome is Outcome.CORRECT


def test_modes_come_from_a_recipe_as_lists() -> None:
    verifier = build("format.mode", {"unit": "words", "modes": [["/think", 3, None], ["/no_think", 0, 0]]})
    assert hash(verifier) == hash(
        build("format.mode", {"unit": "words", "modes": [["/think", 3, None], ["/no_think", 0, 0]]})
    )
    with pytest.raises(OptionError, match="modes"):
        build("format.mode", {"unit": "words", "modes": [["/think", "3", None]]})


@pytest.mark.parametrize("modes", [(), (("", 0, 1),), (("a", 0, 1), ("A", 0, 1)), (("a", 2, 1),), (("a", -1, 1),)])
def test_modes_that_can_not_be_meant_are_refused(modes: Any) -> None:
    with pytest.raises(OptionError):
        ThinkMode(unit="words", modes=modes)
