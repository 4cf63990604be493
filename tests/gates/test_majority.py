"""Agreement of a prompt's group as a reward."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardkit as rk
from rewardkit import Outcome, Range, Sample, Score
from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.majority import Majority
from rewardkit.gates.node import Gate
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost
from rewardkit.score import UNIT


def group(*responses: str, name: str = "q", prompt: str = "What is it?") -> list[Sample]:
    return [Sample(prompt=prompt, response=text, group=name, id=f"{name}-{i}") for i, text in enumerate(responses)]


def boxed(*answers: str, name: str = "q") -> list[Sample]:
    return group(*(f"It is \\boxed{{{answer}}}." for answer in answers), name=name)


def values(scores: Sequence[Score]) -> list[float | None]:
    return [score.value for score in scores]


def outcomes(scores: Sequence[Score]) -> list[str]:
    return [score.outcome.value for score in scores]


@dataclass(frozen=True)
class Texts(Gate):
    """A child that compares texts without spaces; answers that begin with `*` misbehave in the way that they name."""

    name: str = "texts"
    range: Range = UNIT
    cost: Cost = Cost.CPU
    can_be_correct: bool = True
    asked: list[int] = field(default_factory=list, compare=False)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        self.asked.append(len(samples))
        return Then([], lambda _: [self.judged(sample) for sample in samples])

    def judged(self, sample: Sample) -> Score:
        answer, reference = sample.response_text, str(sample.reference)
        if answer == "":
            return Score.of(Outcome.NO_ANSWER, "nothing there")
        if answer == "*down" and reference != "0":
            return Score.of(Outcome.UNAVAILABLE, "the judge is down")
        if answer == "*slow":
            return Score.of(Outcome.TIMEOUT, "too slow")
        if reference == "*unusable":
            return Score.of(Outcome.BAD_REFERENCE, "no such reference")
        if answer == "*mute":
            return Score.of(Outcome.INCORRECT, "says nothing of itself")
        equal = answer.strip() == reference.strip() or answer.startswith("*any") or reference.startswith("*any")
        outcome = Outcome.CORRECT if equal else Outcome.INCORRECT
        return Score.of(outcome, "compared", evidence={"answer": answer})


def test_equivalent_answers_are_one_answer() -> None:
    scores = Majority(rk.get("math")).score(boxed("1/2", "0.5", "\\frac{1}{2}", "3", "4", "4"))
    assert values(scores) == [1, 1, 1, 0, 0, 0]
    assert outcomes(scores) == ["CORRECT"] * 3 + ["INCORRECT"] * 3
    assert scores[0].reason == "3 of 6 responses answer 1/2, and no other answer has more"
    assert scores[0].evidence["votes"] == 3
    assert json.loads(json.dumps(scores[3].evidence)) == scores[3].evidence
    assert scores[0].parts["math"].outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    ("child", "options", "responses"),
    [
        ("number", {}, ["It is \\boxed{42}", "It is \\boxed{42.0}", "It is \\boxed{7}"]),
        ("choice", {"probe": "A"}, ["Answer: B", "The answer is (B).", "Answer: C"]),
        ("exact", {}, ["\\boxed{Paris}", "\\boxed{Paris}", "\\boxed{Rome}"]),
        ("boolean", {"probe": "no"}, ["yes", "Yes.", "no"]),
    ],
)
def test_any_child_that_shows_its_answer_will_do(child: str, options: dict[str, Any], responses: list[str]) -> None:
    assert values(Majority(rk.get(child), **options).score(group(*responses))) == [1, 1, 0]


def test_references_are_not_looked_at_and_groups_not_mixed() -> None:
    rows = [*boxed("1", "1", "2", name="a"), *boxed("2", "2", "1", name="b")]
    lying = [Sample(prompt=r.prompt, response=r.response, group=r.group, reference="2") for r in rows]
    order = [3, 0, 4, 1, 5, 2]
    scores = Majority(rk.get("math")).score([lying[i] for i in order])
    assert [scores[order.index(i)].value for i in range(6)] == [1, 1, 0, 1, 1, 0]


def test_silence_is_no_majority_and_stays_in_the_size_of_the_group() -> None:
    scores = Majority(Texts()).score(group("", "", "", "", "7", "7", "8"))
    assert values(scores) == [0, 0, 0, 0, 1, 1, 0]
    assert outcomes(scores)[0] == "NO_ANSWER"
    assert scores[4].evidence["majority_share"] == pytest.approx(2 / 7)


@pytest.mark.parametrize(
    ("ties", "paid"), [("none", [0, 0, 0, 0, 0]), ("all", [1, 1, 1, 1, 0]), ("first", [1, 0, 1, 0, 0])]
)
def test_ties_are_settled_as_declared(ties: Any, paid: list[float]) -> None:
    scores = Majority(Texts(), ties=ties).score(group("a", "b", "a", "b", "c"))
    assert values(scores) == paid
    if ties == "none":
        assert set(outcomes(scores)) == {"UNDECIDED"}
        assert scores[0].reason == "there is no majority: 2 answers tie with 2 of 5 votes"


def test_a_lone_answer_agrees_with_nobody() -> None:
    scores = Majority(Texts(), ties="all").score(group("a", "", ""))
    assert values(scores) == [0, 0, 0]
    assert scores[0].reason == "there is no majority: no answer has 2 of 3 votes"


def test_frequency_is_paid_minus_surprisal() -> None:
    gate = Majority(Texts(), pays="frequency", entropy_weight=0.5)
    scores = gate.score(group("a", "a", "b", ""))
    assert gate.range == Range(-0.5, 1.0)
    assert values(scores) == pytest.approx([0.5 - 0.25, 0.5 - 0.25, 0.25 - 0.5, -0.5])
    assert outcomes(scores) == ["PARTIAL", "PARTIAL", "PARTIAL", "NO_ANSWER"]
    assert values(gate.score(group("a", "a"))) == [1, 1]
    assert Majority(Texts(), pays="frequency", entropy_weight=0.0).range == Range(0.0, 1.0)


def test_the_published_entropy_is_one_number_for_the_group() -> None:
    rows = group("a", "b", "b", "a", "c")
    scores = Majority(Texts(), pays="frequency", entropy="published").score(rows)
    assert values(scores) == pytest.approx([-0.320172] * 4 + [-0.520172], abs=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_answer_that_matches_anything_is_paid_with_no_majority(count: int) -> None:
    """It also passes against the probe, which the majority does not: so even where everybody else agrees."""
    for others in (["4", "4", "4", "4"], ["4", "4", "4", "4", "5"], ["1", "2", "3", "4"]):
        scores = Majority(Texts()).score(group(*others, *["*any"] * count))
        assert [score.value for score in scores[len(others) :]] == [0] * count or (count > 1 and len(set(others)) == 4)
        assert sum(score.value or 0 for score in scores[: len(others)]) <= max(others.count("4"), 1)
    paid = Majority(Texts()).score(group("4", "4", "4", "4", *["*any"] * count))
    assert values(paid)[:4] == [1, 1, 1, 1]
    assert paid[-1].reason == "the answer *any equals answers that differ from each other"


def test_different_answers_are_never_merged_by_one_that_matches_both() -> None:
    scores = Majority(Texts()).score(group("1", "2", "3", "*any"))
    assert set(outcomes(scores)) == {"UNDECIDED"}
    assert values(scores) == [0, 0, 0, 0]


def test_an_answer_that_is_no_reference_votes_for_nothing() -> None:
    scores = Majority(Texts()).score(group("*unusable", "*unusable", "*unusable", "5", "5", "*slow"))
    assert values(scores) == [0, 0, 0, 1, 1, 0]
    assert outcomes(scores) == ["UNDECIDED"] * 3 + ["CORRECT"] * 2 + ["TIMEOUT"]
    assert "does not pass where it is the reference itself" in scores[0].reason


def test_long_answers_that_begin_alike_are_not_taken_for_equal() -> None:
    """Evidence shows the first 200 characters; what is cut can't be compared."""
    start = "1+" * 150
    scores = Majority(rk.get("math")).score(boxed(start + "1", start + "1", start + "2", "5"))
    assert values(scores) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (group("*down", "1", "1"), "texts: the judge is down"),
        (group("*mute", "1", "1"), "does not show the answer"),
        (group("1"), "has one row"),
        ([*group("1"), *group("1", prompt="Another?")], "mixes prompts"),
        ([Sample(response="1"), Sample(response="1")], "the row has no group"),
    ],
)
def test_a_group_whose_agreement_is_unknown_has_no_value(rows: list[Sample], message: str) -> None:
    scores = Majority(Texts()).score([*rows, *group("a", "a", "b", name="other")])
    assert values(scores) == [*[None] * len(rows), 1, 1, 0]
    assert {score.outcome for score in scores[: len(rows)]} == {Outcome.UNAVAILABLE}
    assert message in scores[0].reason


def test_a_group_of_another_size_than_declared_is_not_voted_on() -> None:
    scores = Majority(Texts(), group_size=3).score([*group("1", "1"), *group("1", "1", "2", name="r")])
    assert values(scores) == [None, None, 1, 1, 0]
    assert scores[0].reason == "group 'q' has 2 of 3 rows; a vote needs all of them"


def test_a_probe_that_the_child_refuses_is_told() -> None:
    scores = Majority(rk.get("choice")).score(group("Answer: B", "Answer: B"))
    assert values(scores) == [None, None]
    assert "set `probe` to one of the kind that it documents" in scores[0].reason


def test_the_child_is_asked_little() -> None:
    child = Texts()
    Majority(child).score([*group(*["4"] * 64), *group(*["4"] * 60, "5", "6", "7", "8", name="r")])
    assert child.asked[:2] == [128, 128]  # to read, and to confirm
    assert sum(child.asked[2:]) <= 5 * 5
    sloppy = Texts()
    Majority(sloppy).score(group(*(" " * i + "4" for i in range(64))))
    assert sum(sloppy.asked[2:]) <= 2 * 64  # one cluster of 64 texts
    assert len(sloppy.asked) <= 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["1", " 1", "2", "2 ", "3", "", "*any", "*unusable"]), min_size=2, max_size=8), st.data()
)
def test_the_order_of_rows_decides_nothing(answers: list[str], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(answers))))
    for pays in ("majority", "frequency"):
        gate = Majority(Texts(), pays=pays)  # type: ignore[arg-type]  # a table of both
        straight, moved = gate.score(group(*answers)), gate.score(group(*(answers[i] for i in order)))
        assert [straight[i].value for i in order] == values(moved)
        assert [straight[i].outcome for i in order] == [score.outcome for score in moved]


def test_asyncio_gets_the_same() -> None:
    gate, rows = Majority(rk.get("math")), boxed("1", "1.0", "2")
    assert values(asyncio.run(gate.ascore(rows))) == values(gate.score(rows)) == [1, 1, 0]
    assert gate.score([]) == []


def test_a_child_that_is_never_correct_is_refused() -> None:
    with pytest.raises(OptionError, match="can never be CORRECT"):
        Majority(Texts(can_be_correct=False))


@pytest.mark.parametrize(
    "options",
    [
        {"ties": "last"},
        {"pays": "truth"},
        {"entropy": "none"},
        {"fewest": 0},
        {"entropy_weight": -1.0},
        {"entropy_weight": float("nan")},
        {"group_size": 1},
        {"group_size": 2, "fewest": 3},
        {"answer_keys": ()},
    ],
)
def test_options_that_can_not_be_right_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Majority(Texts(), **options)
