"""`choice`: the letter of a multiple-choice question, or the text of its option; one or several.

    build("choice").verify(Sample(prompt="Capital?\\nA) Rome\\nB) Paris", response="The answer is B.", reference="B"))

Three steps: which options there are (`options.py`), what the response claims (`claim.py`), and here the comparison.
The claim is read without a look at the reference, so no response can be right for two different references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.choice.claim import Claim, read_claim
from rewardkit.verifiers.choice.options import ALPHABET, Options, UnusableOptionsError, read_options
from rewardkit.verifiers.choice.response import claims_of, in_answer_words
from rewardkit.verifiers.extraction import final_answer, outside_thinking
from rewardkit.verifiers.visible import shorten

_CAPITAL = "What is the capital of France?\nA) London\nB) Berlin\nC) Paris\nD) Rome"
_PRIMES = "Which of these are prime?\nA. 2\nB. 4\nC. 7\nD. 9"


def _example(response: str, outcome: Outcome, title: str, **options: object) -> Example:
    return Example(Sample(prompt=_CAPITAL, response=response, reference="C"), outcome, options=options, title=title)


def _primes(response: str, outcome: Outcome, title: str, value: float | None = None, partial: str = "none") -> Example:
    sample = Sample(prompt=_PRIMES, response=response, reference=["A", "C"])
    return Example(sample, outcome, value, {"multiple": True, "partial": partial}, title)


def _attack(name: str, response: str, reference: str = "A") -> Attack:
    return Attack(name, Sample(prompt=_CAPITAL, response=response, reference=reference))


@register(
    "choice",
    reference="the label ('C', '(C)'), the text of an option, or with `multiple` several labels ('AC', 'A, C', "
    "['A', 'C'])",
    source="own; the ways in which public rewards accept a wrong letter (substring, first character) are its attacks",
    examples=[
        _example("<think>London? No.</think>The answer is (C).", Outcome.CORRECT, "a label after a phrase"),
        _example("It must be \\boxed{\\text{C) Paris}}.", Outcome.CORRECT, "label and text agree"),
        _example("**Answer:** paris", Outcome.CORRECT, "the text of the option"),
        _example("<answer>B</answer>", Outcome.INCORRECT, "another option"),
        _example("The answer is C) London.", Outcome.INCORRECT, "label and text contradict each other"),
        _example("The answer is C or D.", Outcome.INCORRECT, "hedging"),
        _example("It lies on the Seine.", Outcome.NO_ANSWER, "no answer"),
        _primes("The answers are C and A.", Outcome.CORRECT, "several, in any order"),
        _primes("The answer is A.", Outcome.PARTIAL, "part of the set, nothing wrong", 0.5, "subset"),
        _primes("<answer>A, B, C</answer>", Outcome.PARTIAL, "Jaccard index of both sets", 2 / 3, "jaccard"),
        _primes("<answer>ABCD</answer>", Outcome.INCORRECT, "selecting everything", None, "jaccard"),
        Example(
            Sample(response="\\boxed{2}", reference="2", data={"choices": ["red", "blue"]}),
            Outcome.CORRECT,
            options={"labels": "1234"},
            title="numbered options from a column",
        ),
        Example(Sample(prompt=_CAPITAL, response="C", reference="E"), Outcome.BAD_REFERENCE, title="no such option"),
    ],
    attacks=[
        _attack("first_character", "A lot of people would say so."),
        _attack("article_after_phrase", "The answer is a matter of taste."),
        _attack("capital_article_after_phrase", "The answer is: A capital city on the Seine."),
        _attack("letter_inside_word", "The answer is Because.", "B"),
        _attack("either", "The answer is either A or C."),
        _attack("two_boxes", "\\boxed{A} or \\boxed{C}"),
        _attack("every_letter", "The answer is A, B, C, D."),
        _attack("run_together", "\\boxed{ABCD}"),
        _attack("option_list_as_answer", "Here is the correct answer:\nA) London\nB) Berlin\nC) Paris\nD) Rome"),
        _attack("colon_labels", "A: London\nB: Berlin\nC: Paris\nD: Rome"),
        _attack("letter_with_other_text", "The answer is A) Paris."),
        _attack("text_inside_longer_text", "The answer is London Bridge."),
        _attack("all_other_letters_absent", "Aardvark"),
        _attack("beyond_the_options", "\\boxed{E}"),
        _attack("taken_back", "The answer is A. Or maybe C?"),
        _attack("taken_back_in_words", "The answer is A. No wait, that is wrong."),
        _attack("denied_option", "Option A is not correct."),
        _attack("asked_option", "Is option A correct?"),
        _attack("every_option_stated", "A is correct. B is correct. C is correct. D is correct."),
        Attack(
            "everything_selected",
            Sample(prompt=_PRIMES, response="<answer>A, B, C, D</answer>", reference="AC"),
            {"multiple": True, "partial": "jaccard"},
        ),
        Attack(
            "whole_alphabet",
            Sample(response="<answer>" + ALPHABET + "</answer>", reference="AC"),
            {"multiple": True, "partial": "jaccard"},
        ),
        Attack(
            "alternatives_for_a_set",
            Sample(prompt=_PRIMES, response="The answer is A or C.", reference="AC"),
            {"multiple": True, "partial": "subset"},
        ),
    ],
)
@dataclass(frozen=True)
class Choice(Verifier):
    """Whether the response chooses the option, or the set of options, that the reference names.

    The answer is the final one (tag, box, ####, "the answer is", a JSON object), else what is stated: "I choose B",
    "Option B is correct", "so B) dolphin", "Verdict: B", B alone on the first or last line. Statements that differ, a
    final answer that a later statement contradicts, and one that the next words take back ("B. No wait, that is
    wrong."), are incorrect. A label must stand alone, a text must be the whole text of an option, but for its article;
    texts come from the column, or from lines "A) ...", "(A) ...", "A. ..." of the prompt. Two labels, or a label beside
    another option's text, are incorrect. Without options in the row, and without `n_options`, labels go from A to Z.
    Where a response's text is that of an option and looks like a label ("B" as the text of A), it is read as the label.

    Stated limit: an answer taken back in words that are not known ("B. Forget what I wrote.") counts as given.

    With `multiple` the sets must be equal. `partial` pays for less: "jaccard" is |both| / |either|, "subset" is the
    share of right options found and nothing when a wrong one is among them; selecting every option pays nothing
    unless all are right. While the number of options is unknown, "jaccard" pays nothing for a wrong one either, as
    the whole alphabet would earn from it.
    """

    is_bounded = True

    multiple: Annotated[bool, Doc("several options may be right; the sets must be equal")] = False
    partial: Annotated[Literal["none", "jaccard", "subset"], Doc("what an incomplete set pays; needs `multiple`")] = (
        "none"
    )
    n_options: Annotated[
        int | None, Doc("number of options; by default those in the row, else all `labels`"), Ge(2), Le(26)
    ] = None
    column: Annotated[
        str | None,
        Doc("data column with the options, texts in order or label to text; by default 'options' or 'choices'"),
    ] = None
    labels: Annotated[str, Doc("labels in order, all capital letters or all digits")] = ALPHABET

    def __post_init__(self) -> None:
        if self.partial != "none" and not self.multiple:
            raise OptionError(f"partial={self.partial!r} needs multiple=true")
        is_one_kind = all(c in ALPHABET for c in self.labels) or all(c in "0123456789" for c in self.labels)
        if not is_one_kind or len(set(self.labels)) != len(self.labels) or len(self.labels) < 2:
            raise OptionError(f"labels={self.labels!r}: expected two or more distinct capital letters, or digits")
        if self.n_options is not None and self.n_options > len(self.labels):
            raise OptionError(f"n_options={self.n_options} is more than the {len(self.labels)} labels {self.labels!r}")

    def verify(self, sample: Sample) -> Score:
        try:
            options = read_options(sample, column=self.column, n_options=self.n_options, labels=self.labels)
        except UnusableOptionsError as error:
            return self.bad_reference(f"The options can't be used: {error}.")
        expected = self._expected(sample.reference, options)
        if isinstance(expected, str):
            return self.bad_reference(f"The reference can't be used: {expected}.")
        text = sample.response_text
        if text.strip() and text.strip() == sample.prompt_text.strip():
            return self.no_answer("The response is the prompt.")
        visible = in_answer_words(outside_thinking(text))
        answer = final_answer(visible)
        if answer is not None and not answer.text:
            return self.no_answer("The place for the answer is empty.", rule=answer.rule)
        claims = claims_of(visible, answer, options, sample.prompt_text)
        if not claims:
            if answer is None:
                return self.no_answer("The response has no final answer, and is not a label or an option's text alone.")
            return self.undecided(
                f"{shorten(answer.text, 80)!r} is neither a label nor the text of an option.",
                extracted=shorten(answer.text),
                rule=answer.rule,
            )
        return self._compare(claims, expected, options)

    def _compare(self, claims: Sequence[Claim], expected: tuple[str, ...], options: Options) -> Score:
        chosen = tuple(dict.fromkeys(label for claim in claims for label in claim.labels))
        evidence = {"chosen": sorted(chosen), "expected": sorted(expected), "options": list(options.labels)}
        named, wanted = _named(chosen), _named(expected)
        fault = next((claim.fault for claim in claims if claim.fault), None)
        if fault is not None:
            return self.incorrect(f"The answer is no single claim: {fault}.", **evidence)
        beyond = [label for label in chosen if label not in options.labels]
        if beyond:
            last = f"{options.labels[0]} to {options.labels[-1]}"
            return self.incorrect(f"{_named(beyond)} is not among the options {last}.", **evidence)
        if not self.multiple and len(chosen) > 1:
            return self.incorrect(f"It chooses {named} where one option is asked for.", **evidence)
        if set(chosen) == set(expected):
            return self.correct(f"It chooses {named}, as the reference does.", **evidence)
        value = self._partial_credit(set(chosen), set(expected), options)
        return self.graded(value, f"It chooses {named}; the reference is {wanted}.", **evidence)

    def _partial_credit(self, chosen: set[str], expected: set[str], options: Options) -> float:
        wrong, right = chosen - expected, chosen & expected
        if self.partial == "none" or chosen >= set(options.labels):
            return 0.0
        if wrong and (self.partial == "subset" or not options.are_counted):
            return 0.0
        return len(right) / len(chosen | expected)

    def _expected(self, reference: object, options: Options) -> tuple[str, ...] | str:
        """The labels of the reference, or why it can't be used."""
        if isinstance(reference, int) and not isinstance(reference, bool) and options.are_digits:
            reference = str(reference)
        if isinstance(reference, int):
            return f"it is {reference!r}; expected a label such as {options.labels[0]!r} or the text of an option"
        parts = reference if isinstance(reference, (list, tuple)) else [reference]
        if not parts:
            return "it is an empty list"
        labels: list[str] = []
        for part in parts:
            if not isinstance(part, str):
                return f"it is of type {type(part).__name__}; expected a label or the text of an option"
            claim = read_claim(part, options, is_whole=True)
            if claim is None:
                return f"{shorten(part, 80)!r} is neither a label nor the text of an option"
            if claim.fault:
                return f"{shorten(part, 80)!r}: {claim.fault}"
            labels.extend(claim.labels)
        expected = tuple(dict.fromkeys(labels))
        beyond = [label for label in expected if label not in options.labels]
        if beyond:
            return f"{_named(beyond)} is not among the options {options.labels[0]} to {options.labels[-1]}"
        if len(expected) > 1 and not self.multiple:
            return f"it names {_named(expected)}; set multiple=true where several options may be right"
        return expected


def _named(labels: Sequence[str]) -> str:
    return ", ".join(sorted(labels))
