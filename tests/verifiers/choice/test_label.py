"""What `label` takes for one label of a closed set."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.sample import Sample
from rewardkit.score import Outcome
from rewardkit.verifiers.choice.label import Label

LABELS = ("positive", "negative", "very positive", "not-applicable")


def judge(response: str, reference: object = "positive", **options: object) -> Outcome:
    sample = Sample(response=response, reference=reference)
    return Label(**{"labels": LABELS, **options}).verify(sample).outcome  # type: ignore[arg-type]  # typed by the class


@pytest.mark.parametrize(
    "response",
    [
        "positive",
        "Positive.",
        "**POSITIVE**",
        "<answer> positive </answer>",
        "\\boxed{\\text{positive}}",
        "The answer is positive.",
        "The answer is positive, because it praises.",
        "The answer is 'positive'.",
        "The answer is positive. The review praises it.",
        "The answer is positive because it praises.",
    ],
)
def test_a_label_alone_or_explained_is_correct(response: str) -> None:
    assert judge(response) is Outcome.CORRECT


@pytest.mark.parametrize(
    ("response", "reference", "outcome"),
    [
        ("<answer>nonpositive</answer>", "positive", Outcome.UNDECIDED),
        ("<answer>positively</answer>", "positive", Outcome.UNDECIDED),
        ("<answer>very positive</answer>", "positive", Outcome.INCORRECT),
        ("<answer>very positive</answer>", "very positive", Outcome.CORRECT),
        ("<answer>Very-Positive</answer>", "very positive", Outcome.CORRECT),
        ("<answer>NOT_APPLICABLE</answer>", "not-applicable", Outcome.CORRECT),
        ("<answer>not positive</answer>", "positive", Outcome.UNDECIDED),
        ("<answer>positive sounding</answer>", "positive", Outcome.UNDECIDED),
        ("<answer>positve</answer>", "positive", Outcome.UNDECIDED),
        ("<answer>positive or negative</answer>", "positive", Outcome.INCORRECT),
        ("<answer>positive/negative</answer>", "positive", Outcome.INCORRECT),
        ("<answer>positive, not negative</answer>", "positive", Outcome.INCORRECT),
        ("\\boxed{positive} or \\boxed{negative}", "negative", Outcome.INCORRECT),
        ("I find it positive", "positive", Outcome.NO_ANSWER),
        ("positive reviews are rare", "positive", Outcome.NO_ANSWER),
        ("positive. negative.", "positive", Outcome.INCORRECT),
        ("", "positive", Outcome.NO_ANSWER),
        ("positive", "mixed", Outcome.BAD_REFERENCE),
        ("positive", None, Outcome.BAD_REFERENCE),
        ("positive", ["positive"], Outcome.BAD_REFERENCE),
    ],
)
def test_labels_are_whole_words_and_only_one(response: str, reference: object, outcome: Outcome) -> None:
    assert judge(response, reference) is outcome


def test_strict_and_normalised_are_two_modes() -> None:
    for response in ("Positive", "positive!", "**positive**", "very-positive"):
        assert judge(f"<answer>{response}</answer>", strict=True) is Outcome.UNDECIDED
    assert judge("<answer>positive</answer>", strict=True) is Outcome.CORRECT
    assert judge("The answer is positive.", strict=True) is Outcome.CORRECT
    assert judge("<answer>positive</answer>", "Positive", strict=True) is Outcome.BAD_REFERENCE


def test_case_can_tell_labels_apart() -> None:
    options = {"labels": ("us", "US"), "match_case": True}
    assert [judge("<answer>US</answer>", r, **options) for r in ("us", "US")] == [Outcome.INCORRECT, Outcome.CORRECT]
    with pytest.raises(OptionError, match="stands for"):
        Label(labels=("us", "US"))


def test_synonyms_count_as_their_label_and_two_of_one_label_are_no_hedge() -> None:
    synonyms = {"positive": ("good", "thumbs up"), "negative": ("bad",)}
    assert judge("<answer>Thumbs up!</answer>", synonyms=synonyms) is Outcome.CORRECT
    assert judge("<answer>good, positive</answer>", synonyms=synonyms) is Outcome.CORRECT
    assert judge("<answer>good, bad</answer>", synonyms=synonyms) is Outcome.INCORRECT
    assert judge("<answer>positive</answer>", "good", synonyms=synonyms) is Outcome.BAD_REFERENCE


def test_labels_with_signs_are_told_apart() -> None:
    labels = ("C", "C++", "C#")
    found = {r: [judge(f"<answer>{r}</answer>", label, labels=labels) for label in labels] for r in labels}
    for position, label in enumerate(labels):
        expected = [Outcome.INCORRECT] * 3
        expected[position] = Outcome.CORRECT
        assert found[label] == expected


def test_labels_may_come_from_the_row() -> None:
    sample = Sample(response="spam", reference="spam", data={"classes": ["spam", "ham"]})
    assert Label(column="classes").verify(sample).outcome is Outcome.CORRECT
    for classes in (None, "spam", ["spam"], ["spam", 1], ["spam", "SPAM"]):
        sample = Sample(response="spam", reference="spam", data={"classes": classes})
        assert Label(column="classes").verify(sample).outcome is Outcome.BAD_REFERENCE


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"labels": ("a", "b"), "column": "c"},
        {"labels": ("a",)},
        {"labels": ("a", "")},
        {"labels": ("a", "b"), "strict": True, "synonyms": {"a": ("c",)}},
        {"labels": ("a", "b"), "synonyms": {"c": ("d",)}},
        {"labels": ("a", "b"), "synonyms": {"a": ("b",)}},
        {"labels": ("a", " b"), "strict": True},
    ],
)
def test_options_that_make_no_closed_set_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Label(**options)  # type: ignore[arg-type]  # options are typed by the class


def test_it_is_hashable_and_survives_pickling() -> None:
    verifier = Label(labels=LABELS, synonyms={"positive": ("good",)})
    assert pickle.loads(pickle.dumps(verifier)) == verifier
    assert isinstance(hash(verifier), int)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*LABELS, " ", ", ", "not ", "<answer>", "</answer>", "The answer is "]), max_size=8))
def test_no_response_is_right_for_two_labels(pieces: list[str]) -> None:
    outcomes = [judge("".join(pieces), label) for label in LABELS]
    assert outcomes.count(Outcome.CORRECT) <= 1
