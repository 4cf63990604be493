"""A choice, a verdict or a label that is stated without "the answer is", and the twins that state none."""

from __future__ import annotations

import time

import pytest

from rewardkit.reward import Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome
from rewardkit.verifiers.choice.boolean import Boolean
from rewardkit.verifiers.choice.choice import Choice
from rewardkit.verifiers.choice.label import Label
from rewardkit.verifiers.choice.structured import json_answers

CAPITAL = "What is the capital of France?\nA) London\nB) Berlin\nC) Paris\nD) Rome"
LABELS = ("spam", "ham", "phishing")


def is_paid(verifier: Verifier, response: str, reference: object) -> bool:
    return verifier.verify(Sample(prompt=CAPITAL, response=response, reference=reference)).outcome is Outcome.CORRECT


CHOSEN = [
    ("Option C is correct.", "Option C is not correct."),
    ("Option C is the best answer.", "Is option C the best answer?"),
    ("Therefore, option C is correct.", "If option C is correct, the rest follows."),
    ("After weighing them, option C is right.", "Some say that option C is right."),
    ("I choose **C**.", "I would not choose C."),
    ("I'd go with option C, since it fits.", "Should I choose C?"),
    ("My choice is C.", "My choice is C or D."),
    ("It is on the Seine, so C) Paris.", "It is on the Seine, so C) Rome."),
    ("Hence C.", "Hence C can be excluded."),
    ("That leaves C.", "That leaves C and D."),
    ("Verdict: C", "Verdict: not C"),
    ("**Answer**\n\nC", "**Answer**\n\nC or D"),
    ("C\n\nIt lies on the Seine.", "C\n\nNo wait, that is wrong."),
    ("It lies on the Seine.\n\n**C**", "C\n\nIt lies on the Seine.\n\nD"),
    ("The answer is the Paris.", "The answer is the Paris of the East."),
    ("The answer is the third option.", "The answer is the third option, D."),
    ("The answer is the third option, C.", "The answer is the third option that I excluded."),
    ('{"reason": "Seine", "answer": "C"}', '{"answer": "C", "choice": "D"}'),
    ('<answer>{"answer": "C"}</answer>', '<answer>{"wrong": "C"}</answer>'),
    ("答えはCです。", "答えはCではありません。"),
    ("其他选项都不对，所以选C。", "不选C。"),
    ("La opción C es correcta.", "La opción C no es correcta."),
    ("Die richtige Option ist C.", "Ist C die richtige Option?"),
    ("The answer is C. Option C is correct.", "The answer is C. Option D is correct."),
    ("I pick C.", '"I pick C." said the fool.'),
    ("<think>D?</think>I pick C.", "<think>I pick C.</think>I can't tell."),
    ("The answer is C.", "I don't think the answer is C."),
    ("The answer must be C.", "One might think that the answer is C, but that is wrong."),
    ("The answer is C! It fits.", "The answer is C? No."),
    ("The answer is D. Wait, no. I choose C.", "The answer is C. Wait, no."),
    ("\\boxed{C} as it is in France.", "\\boxed{C}. Scratch that."),
    ("Option C is correct. It fits.", "Option C is correct. Oops, I made a mistake."),
    ("Clearly C.", "A is correct. B is correct. C is correct. D is correct."),
]


@pytest.mark.parametrize(("right", "twin"), CHOSEN)
def test_a_choice_that_is_stated_counts_and_its_twin_does_not(right: str, twin: str) -> None:
    assert is_paid(Choice(), right, "C")
    assert not is_paid(Choice(), right, "D")
    assert not is_paid(Choice(), twin, "C")


VERDICTS = [
    ("The statement is true.", "The statement is not true."),
    ("Therefore, the claim is true.", "Is the claim true?"),
    ("The statement is correct.", "If the statement is correct, much follows."),
    ("Verdict: **True**", "Verdict: true or false"),
    ("It is faster there. So yes.", "It is faster there. So yes or no."),
    ("It is faster there, so yes.", "So yes. Hold on, I made an error."),
    ("✅ Yes", "✅ Yes, or rather no"),
    ("## Answer\n\nYes", "## Answer\n\nYes or no"),
    ("The answer is correct, yes.", "The answer is correct, no."),
    ("The answer is definitely yes.", "The answer is not definitely yes."),
    ("It is faster there.\n\n**Yes**", "It is faster there.\n\n**Yes**\n\nVerdict: no"),
    ("Yes. The statement is true.", "Yes. The statement is false."),
    ('{"answer": true}', '{"answer": true, "verdict": "no"}'),
    ("Yes, it does.", "Yes. Wait, no."),
    ("The answer is yes.", "The answer is yes. Scratch that."),
    ("Yes.", '"Yes", said the expert.'),
    ("I would say yes.", "I would like to say yes."),
]


@pytest.mark.parametrize(("right", "twin"), VERDICTS)
def test_a_verdict_that_is_stated_counts_and_its_twin_does_not(right: str, twin: str) -> None:
    assert is_paid(Boolean(), right, True)
    assert not is_paid(Boolean(), right, False)
    assert not is_paid(Boolean(), twin, True)


LABELLED = [
    ("I would classify this message as **ham**.", "I would not classify this message as ham."),
    ("Label: ham", "Label: ham or spam"),
    ("Classification: ham", "Classification: not ham"),
    ("Predicted label: ham", "Wrong label: ham"),
    ("The message is ham.", "The message is not ham."),
    ("Therefore, the message is ham.", "Is the message ham?"),
    ("ham\n\nIt is harmless.", "ham\n\nWait, no."),
    ("ham. It is harmless.", "ham. spam."),
    ("It is harmless.\n\n**ham**", "ham\nspam"),
    ("The answer is the ham class.", "The answer is the ham sandwich."),
    ("The answer is ham (confidence 0.97).", "The answer is ham (or not)."),
    ('<answer>{"label": "ham"}</answer>', '<answer>{"label": "ham", "class": "spam"}</answer>'),
    ("Label: ham. It has no link.", "Label: ham. Scratch that."),
    ("The label is ham.", "The label is ham. The label is spam."),
    ("The answer is ham. Label: ham", "The answer is ham. Label: spam"),
    ("This is ham.", "Nobody says that this is ham."),
    ("标签：ham", "标签不是ham。"),
    ("The answer is ham. Spam has links.", "The answer is ham. Or maybe spam."),
]


@pytest.mark.parametrize(("right", "twin"), LABELLED)
def test_a_label_that_is_stated_counts_and_its_twin_does_not(right: str, twin: str) -> None:
    verifier = Label(labels=LABELS)
    assert is_paid(verifier, right, "ham")
    assert not is_paid(verifier, right, "spam")
    assert not is_paid(verifier, twin, "ham")


def test_right_options_are_not_chosen_where_an_exception_is_asked_for() -> None:
    prompt = "Which statement is NOT correct?\nA) x\nB) y\nC) z"
    for response, outcome in (("A is correct.", Outcome.NO_ANSWER), ("A is the correct answer.", Outcome.CORRECT)):
        assert Choice().verify(Sample(prompt=prompt, response=response, reference="A")).outcome is outcome


def test_a_label_named_contradiction_is_a_label() -> None:
    verifier = Label(labels=("entailment", "contradiction"))
    assert is_paid(verifier, "Label: contradiction", "contradiction")
    assert not is_paid(verifier, "Label: contradiction\nLabel: entailment", "contradiction")


@pytest.mark.parametrize(
    "text", ["", "B", "{", "[1]", '{"a": 1}', '{"answer": null}', '{"answer": {"b": 1}}', '{"answer":' * 1500 + "}"]
)
def test_what_is_no_object_with_an_answer_holds_none(text: str) -> None:
    assert json_answers(text) is None


@pytest.mark.parametrize("unit", ["so, so, ", "I choose B. ", "Option B is correct. ", "- * _ ", "\nB\n", "wait, no "])
def test_long_junk_of_statements_is_judged_in_proportion(unit: str) -> None:
    for verifier, reference in ((Choice(), "C"), (Boolean(), True), (Label(labels=LABELS), "ham")):
        started = time.process_time()
        assert not is_paid(verifier, "The answer is " + unit * (200_000 // len(unit)), reference)
        assert time.process_time() - started < 2.0, unit
