"""`boolean`: yes or no, true or false, in declared languages.

    build("boolean").verify(Sample(response="The answer is no, because 9 = 3 x 3.", reference=False))

A word counts only where it begins the answer and stands as a word of its own: "know", "not" and "No man is..." are
not "no". What affirms and denies in one answer is a hedge; what negates ("not true") is left undecided, as "not
false" may mean less than "true".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.choice.affirmation import affirms, hedges, readable, stated
from rewardkit.verifiers.choice.languages import Language, conflicts, senses
from rewardkit.verifiers.choice.structured import json_answers
from rewardkit.verifiers.extraction import Answer, final_answer, outside_thinking
from rewardkit.verifiers.retraction import takes_back
from rewardkit.verifiers.visible import shorten
from rewardkit.verifiers.wrapping import distinct


def _example(response: str, reference: object, outcome: Outcome, title: str, *languages: str) -> Example:
    sample = Sample(
        prompt="Does water boil at 100 degrees Celsius at sea level?", response=response, reference=reference
    )
    return Example(sample, outcome, options={"languages": list(languages)} if languages else {}, title=title)


def _attack(name: str, response: str, reference: object, **options: object) -> Attack:
    return Attack(name, Sample(prompt="Is 91 prime? Yes or no?", response=response, reference=reference), options)


@register(
    "boolean",
    reference="true or false: a JSON boolean, 0 or 1, or a word for yes or no in one of the `languages`",
    source="own; matching inside other words, as public rewards do, is among its attacks",
    examples=[
        _example("The answer is **yes**.", True, Outcome.CORRECT, "a word against a JSON boolean"),
        _example("Yes, because the pressure is one atmosphere.", "true", Outcome.CORRECT, "beginning the response"),
        _example("<answer>False</answer>", "no", Outcome.CORRECT, "false is no"),
        _example("\\boxed{\\text{No}}", 1, Outcome.INCORRECT, "the other one"),
        _example("The answer is yes and no.", True, Outcome.INCORRECT, "hedging"),
        _example("The answer is not true.", False, Outcome.UNDECIDED, "a negation is not resolved"),
        _example("Nobody knows.", False, Outcome.NO_ANSWER, "no answer"),
        _example("答案是：是的，因为气压是一个大气压。", True, Outcome.CORRECT, "another language", "zh"),
        _example("Yes.", "maybe", Outcome.BAD_REFERENCE, "a reference that is neither"),
    ],
    attacks=[
        _attack("no_inside_know", "The answer is known.", False),
        _attack("no_inside_not", "The answer is not easy to give.", False),
        _attack("no_as_determiner", "No man is an island.", False),
        _attack("negated_true", "The answer is not true.", True),
        _attack("contracted_negation", "The answer isn't yes.", True),
        _attack("yes_or_no", "The answer is yes or no.", True),
        _attack("yes_and_no", "Yes and no.", False),
        _attack("yes_slash_no", "<answer>Yes/No</answer>", True),
        _attack("two_boxes", "\\boxed{Yes} or \\boxed{No}", False),
        _attack("changes_its_mind", "Yes. Actually, no.", True),
        _attack("true_or_false_restated", "True or false: 91 is prime?", True),
        _attack("true_then_no", "The answer is true? No.", True),
        _attack("taken_back_in_words", "Yes. No wait, that is wrong.", True),
        _attack("statement_denied", "The statement is not true.", True),
        _attack("verdicts_that_differ", "Verdict: yes\nVerdict: no", True),
        _attack("own_verdict", "The answer is correct.", True),
        _attack("number_as_answer", "The answer is 1.", True),
        _attack("mixed_languages", "Oui, non.", False, languages=["fr"]),
    ],
)
@dataclass(frozen=True)
class Boolean(Verifier):
    """Whether the response affirms or denies as the reference does.

    The answer is the final one (tag, box, ####, "the answer is", a JSON object), else the whole response; it must
    begin with a word for yes, no, true or false that stands alone, an explanation may follow. Otherwise it may be
    stated: "The statement is true", "Verdict: no", "So yes.", the word alone on the first or last line. Yes and true
    are the same. The words are those of the declared languages, in the table of `languages.py`; 0 and 1 count in the
    reference only.
    Statements that differ, and an answer that the next words take back ("Yes. Wait, no."), are incorrect.

    Stated limits: "probably yes" and "not false" are undecided; a contradiction that is put in words ("Yes. But the
    opposite holds.") or stands more than 4,000 characters away from the answer is not seen.
    """

    is_bounded = True

    languages: Annotated[
        tuple[Language, ...], Doc("languages (ISO 639-1) whose words for yes, no, true and false are read"), MinLen(1)
    ] = ("en",)

    def __post_init__(self) -> None:
        both = conflicts(self.languages)
        if both:
            raise OptionError(
                f"languages={list(self.languages)}: {both[0]!r} affirms in one of them and denies in another"
            )

    def verify(self, sample: Sample) -> Score:
        words = senses(self.languages)
        expected = _expected(sample.reference, words)
        if expected is None:
            shown = shorten(repr(sample.reference), 60)
            return self.bad_reference(f"The reference {shown} is neither a boolean, 0 or 1, nor a word for yes or no.")
        visible = outside_thinking(sample.response_text)
        answer, said = final_answer(visible), json_answers(visible)
        parts = said or (distinct(answer.cluster) if answer else (visible,))
        parts = (json_answers(parts[0]) or parts) if len(parts) == 1 else parts
        rule = "json" if said else answer.rule if answer else "whole"
        texts = [readable(part) for part in parts]
        extracted = shorten(texts[-1])
        if not texts[-1]:
            return self.no_answer("The response is empty or leaves the place for the answer empty.", rule=rule)
        claims = [affirms(text, self.languages) for text in texts]
        rest = _rest(visible, answer) if said is None else ""
        later = stated(rest, self.languages, has_answer=rule == "phrase")
        evidence = {"extracted": extracted, "rule": rule, "expected": expected}
        if None in claims:
            if answer is not None and answer.rule != "phrase":
                later = None
            if answer is not None and later is None:
                return self.undecided(
                    f"The answer {shorten(extracted, 80)!r} does not begin with a word for yes or no.", **evidence
                )
            if later is None:
                return self.no_answer("The response has no final answer and states neither yes nor no.")
            claims, texts, rest = [later.affirms], [], later.rest
        if (
            len(set(claims)) > 1
            or (later is not None and (later.is_contradictory or later.affirms != claims[-1]))
            or any(hedges(text, self.languages) for text in texts)
        ):
            return self.incorrect("The answer both affirms and denies.", **evidence)
        if takes_back(rest, has_answer=rule in ("phrase", "whole"), refers=bool(claims[-1])):
            return self.incorrect("The response takes its answer back right after giving it.", **evidence)
        if claims[-1] == expected:
            return self.correct(f"The answer is {_said(expected)}, as the reference is.", **evidence)
        return self.incorrect(f"The answer is {_said(not expected)}; the reference is {_said(expected)}.", **evidence)


def _rest(visible: str, answer: Answer | None) -> str:
    """What is said behind the answer; of a phrase, and of a whole response, with the answer itself."""
    if answer is None:
        return visible
    return answer.text + "\n" + answer.after if answer.rule == "phrase" else answer.after


def _said(affirms: bool) -> str:
    return "yes" if affirms else "no"


def _expected(reference: object, words: dict[str, tuple[bool, int]]) -> bool | None:
    if isinstance(reference, bool):
        return reference
    if isinstance(reference, int):
        return bool(reference) if reference in (0, 1) else None
    if not isinstance(reference, str):
        return None
    word = readable(reference)
    if word in ("0", "1"):
        return word == "1"
    return words[word][0] if word in words else None
