"""Votes are counted by their rule, and a missing vote means what was declared."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome
from rewardkit.errors import OptionError
from rewardkit.gates.vote import Vote
from rewardkit.score import check

Maker = Callable[..., Any]
WORDS = {
    "y": Outcome.CORRECT,
    "n": Outcome.INCORRECT,
    "p": 0.5,
    "u": Outcome.UNDECIDED,
    "t": Outcome.TIMEOUT,
    "?": Outcome.UNAVAILABLE,
    "!": Outcome.BAD_REFERENCE,
}
C, N, U, X, B = Outcome.CORRECT, Outcome.INCORRECT, Outcome.UNDECIDED, Outcome.UNAVAILABLE, Outcome.BAD_REFERENCE


def vote(told: Maker, rows: Maker, said: str, **options: Any) -> Any:
    gate = Vote(tuple(told(f"c{i}") for i in range(len(said))), **options)
    [score] = gate.score(rows(**{f"c{i}": [WORDS[word]] for i, word in enumerate(said)}))
    check(score, gate.range)
    assert set(score.parts) == {f"c{i}" for i in range(len(said))}
    return score


@pytest.mark.parametrize(
    ("said", "options", "outcome"),
    [
        ("yyn", {}, C),
        ("ynn", {}, N),
        ("ypt", {}, N),
        ("yn", {}, N),
        ("yn", {"ties": "undecided"}, U),
        ("yn", {"ties": "correct"}, C),
        ("nn", {"ties": "correct"}, N),
        ("yyn", {"rule": "unanimous"}, N),
        ("yyy", {"rule": "unanimous"}, C),
        ("ynn", {"rule": "k_of_n", "k": 1}, C),
        ("ynn", {"rule": "k_of_n", "k": 2}, N),
        ("yyyn", {"rule": "k_of_n", "k": 3}, C),
        # an UNDECIDED child is against unless it may abstain
        ("yyu", {"rule": "unanimous"}, N),
        ("yyu", {"rule": "unanimous", "undecided": "abstain"}, C),
        ("yyt", {"rule": "unanimous", "undecided": "abstain"}, N),
        ("uuu", {"undecided": "abstain"}, U),
        ("yuu", {"undecided": "abstain", "quorum": 2}, U),
        # missing votes
        ("yy?", {}, X),
        ("yy!?", {}, B),
        ("yy?", {"missing": "unless_decided"}, C),
        ("nn?", {"missing": "unless_decided"}, N),
        ("yn?", {"missing": "unless_decided"}, X),
        ("y?", {"missing": "unless_decided"}, X),
        ("n?", {"rule": "unanimous", "missing": "unless_decided"}, N),
        ("yy?", {"rule": "unanimous", "missing": "unless_decided"}, X),
        ("yn?", {"rule": "k_of_n", "k": 1, "missing": "unless_decided"}, C),
        ("nn?", {"rule": "k_of_n", "k": 2, "missing": "unless_decided"}, N),
        ("u??", {"missing": "unless_decided", "undecided": "abstain"}, X),
        ("yy?", {"missing": "unless_decided", "undecided": "abstain", "quorum": 3}, X),
        ("yy?", {"rule": "unanimous", "missing": "against"}, N),
        ("yy?", {"rule": "unanimous", "missing": "abstain"}, C),
        ("y??", {"missing": "abstain", "quorum": 2}, X),
        ("???", {"missing": "abstain"}, X),
        ("???", {"missing": "against"}, N),
    ],
)
def test_a_vote_follows_its_rule(told: Maker, rows: Maker, said: str, options: dict[str, Any], outcome: Any) -> None:
    score = vote(told, rows, said, **options)
    assert score.outcome is outcome
    assert score.value == {C: 1.0, N: 0.0, U: 0.0, X: None, B: None}[outcome]


def test_the_reason_names_the_votes(told: Maker, rows: Maker) -> None:
    assert vote(told, rows, "yn").reason == ("1 for (c0), 1 against (c1); the rule is majority, and a tie is incorrect")
    score = vote(told, rows, "yu?", rule="k_of_n", k=1, undecided="abstain", missing="abstain")
    assert score.reason == "1 for (c0), 0 against (none), without a vote: c1, c2; 1 of 3 are needed"
    assert score.evidence == {"for": ["c0"], "against": [], "abstained": ["c1", "c2"], "missing": []}
    assert vote(told, rows, "y??", missing="abstain", quorum=2).reason == (
        "1 of 3 children voted and 2 must; c1: c1 says UNAVAILABLE"
    )


RULES: list[dict[str, Any]] = [{}, {"ties": "correct"}, {"rule": "unanimous"}, {"rule": "k_of_n", "k": 2}]


@pytest.mark.parametrize("options", RULES)
@pytest.mark.parametrize("undecided", ["against", "abstain"])
@given(said=st.text("ynut?", min_size=2, max_size=5), data=st.data())
def test_a_vote_does_not_depend_on_order_and_one_more_vote_never_hurts(
    told: Maker, rows: Maker, options: dict[str, Any], undecided: str, said: str, data: st.DataObject
) -> None:
    options = {**options, "undecided": undecided, "missing": "unless_decided"}
    value = vote(told, rows, said, **options).value
    shuffled = "".join(data.draw(st.permutations(said)))
    assert vote(told, rows, shuffled, **options).value == value
    for i, word in enumerate(said):
        if word in "nt" and value is not None:
            raised = vote(told, rows, f"{said[:i]}y{said[i + 1 :]}", **options).value
            assert raised is None or raised >= value


@pytest.mark.parametrize("options", RULES)
@pytest.mark.parametrize("undecided", ["against", "abstain"])
@given(said=st.text("ynu?", min_size=2, max_size=4))
def test_a_verdict_over_a_missing_vote_is_the_one_of_every_way_it_could_have_gone(
    told: Maker, rows: Maker, options: dict[str, Any], undecided: str, said: str
) -> None:
    options = {**options, "undecided": undecided}
    found = vote(told, rows, said, missing="unless_decided", **options).outcome
    ways = itertools.product("ynu", repeat=said.count("?"))
    outcomes = set()
    for way in ways:
        filled = iter(way)
        full = "".join(next(filled) if word == "?" else word for word in said)
        outcomes.add(vote(told, rows, full, **options).outcome)
    assert found is (outcomes.pop() if len(outcomes) == 1 else X)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"rule": "most"}, "rule must be one of k_of_n, majority, unanimous"),
        ({"ties": "none"}, "ties must be one of"),
        ({"missing": "zero"}, "missing must be one of"),
        ({"rule": "k_of_n"}, "k must be an integer from 1 to 2"),
        ({"rule": "k_of_n", "k": 3}, "k must be an integer from 1 to 2"),
        ({"k": 1}, "k belongs to the rule k_of_n"),
        ({"quorum": 3}, "quorum must be an integer from 1 to 2"),
    ],
)
def test_votes_that_can_not_be_held_are_refused(told: Maker, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(OptionError, match=complaint):
        Vote((told("a"), told("b")), **options)


def test_a_vote_that_can_never_pass_is_refused(told: Maker) -> None:
    mute = told("mute", can_be_correct=False)
    with pytest.raises(OptionError, match="can never pass, since mute"):
        Vote((told("a"), mute), rule="unanimous")
    assert Vote((told("a"), mute), rule="k_of_n", k=1).can_be_correct
    with pytest.raises(OptionError, match="at least one child"):
        Vote(())


def test_votes_can_be_awaited(told: Maker, rows: Maker) -> None:
    gate = Vote((told("a"), told("b")))
    scores = asyncio.run(gate.ascore(rows(a=[1.0, 0.0], b=[1.0, 1.0])))
    assert [s.value for s in scores] == [1.0, 0.0]
