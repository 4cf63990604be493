"""`label`: one label of a closed set, such as a class or a sentiment.

    build("label", {"labels": ["positive", "negative"]}).verify(Sample(response="<answer>positive</answer>", ...))

Labels are compared as whole words, the longest first: "positive" is found neither inside "nonpositive" nor inside
the label "very positive". Two modes that never mix: `strict` compares text for text, the other one normalises and
knows synonyms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.choice.statements import Statement, agreed, find_statements
from rewardkit.verifiers.choice.structured import json_answers
from rewardkit.verifiers.choice.wording import FRAMES, Words, named, table_of, words_of
from rewardkit.verifiers.extraction import final_answer, outside_thinking
from rewardkit.verifiers.retraction import takes_back
from rewardkit.verifiers.visible import shorten
from rewardkit.verifiers.wrapping import bare, distinct

_LONGEST = 4096
_LONGEST_NAME = 64

_SENTIMENT = {"labels": ["positive", "negative", "neutral", "very positive"]}


def _example(response: str, reference: object, outcome: Outcome, title: str, **options: object) -> Example:
    sample = Sample(prompt="How does the reviewer feel?", response=response, reference=reference)
    return Example(sample, outcome, options={**_SENTIMENT, **options}, title=title)


def _attack(name: str, response: str, reference: str = "positive", **options: object) -> Attack:
    sample = Sample(prompt="Is the review positive, negative or neutral?", response=response, reference=reference)
    return Attack(name, sample, {**_SENTIMENT, **options})


@register(
    "label",
    reference="one of the labels, as text",
    source="own; labels found inside other words or other labels, as in public rewards, are its attacks",
    examples=[
        _example("<answer>Positive</answer>", "positive", Outcome.CORRECT, "case and wrapping do not matter"),
        _example("The answer is very positive.", "very positive", Outcome.CORRECT, "the longest label is read"),
        _example("The answer is very positive.", "positive", Outcome.INCORRECT, "a label inside another label"),
        _example("\\boxed{good}", "positive", Outcome.CORRECT, "a synonym", synonyms={"positive": ["good", "+"]}),
        _example("<answer>Positive</answer>", "positive", Outcome.UNDECIDED, "strict: text for text", strict=True),
        _example("The answer is positive or neutral.", "positive", Outcome.INCORRECT, "hedging"),
        _example("The answer is not positive.", "positive", Outcome.UNDECIDED, "a label that does not stand alone"),
        _example("I liked it.", "positive", Outcome.NO_ANSWER, "no answer"),
        _example("positive", "mixed", Outcome.BAD_REFERENCE, "a reference outside the set"),
        Example(
            Sample(response="**spam**", reference="spam", data={"classes": ["spam", "ham"]}),
            Outcome.CORRECT,
            options={"column": "classes"},
            title="labels from a column of the row",
        ),
    ],
    attacks=[
        _attack("inside_another_word", "The answer is nonpositive."),
        _attack("inside_another_label", "<answer>very positive</answer>"),
        _attack("negated", "The answer is not positive."),
        _attack("every_label", "<answer>positive, negative, neutral</answer>"),
        _attack("alternatives", "The answer is positive/negative."),
        _attack("two_boxes", "\\boxed{positive} or \\boxed{negative}"),
        _attack("only_in_prose", "One could call this positive, but it is hard to say."),
        _attack("taken_back_in_words", "Label: positive. No wait, that is wrong."),
        _attack("label_denied", "I would not classify this as positive."),
        _attack("labels_that_differ", "Label: positive\nLabel: negative"),
        _attack("first_word", "Positive reviews are rare."),
        _attack("prefix", "<answer>pos</answer>"),
        _attack("close_spelling", "<answer>positve</answer>"),
        _attack("case_in_strict_mode", "<answer>POSITIVE</answer>", strict=True),
        _attack("several_synonyms", "<answer>good, bad</answer>", synonyms={"positive": ["good"], "negative": ["bad"]}),
    ],
)
@dataclass(frozen=True)
class Label(Verifier):
    """Whether the response gives the label that the reference names, out of a closed set.

    The answer is the final one (tag, box, ####, "the answer is", a JSON object), or a response that is nothing but a
    label; it must begin with the label, as whole words, and an explanation may follow; a second label in its sentence
    is incorrect. Without such an answer the label may be stated: "I would classify it as spam", "Sentiment: positive",
    "The message is ham", alone on the first or last line. Statements that differ, and an answer that the next words
    take back ("Label: spam. No wait, that is wrong."), are incorrect. `strict` reads the answer only. Without
    `strict`, case (unless `match_case`), white space, hyphens, underscores and wrapping do not matter, and synonyms
    count as their label. With `strict` the answer must be the label character for character.
    """

    is_bounded = True

    labels: Annotated[tuple[str, ...], Doc("the closed set; or name a `column` that holds it")] = ()
    column: Annotated[str | None, Doc("data column with the labels of each row, in place of `labels`")] = None
    synonyms: Annotated[Mapping[str, tuple[str, ...]], Doc("label to other words for it; not with `strict`")] = field(
        default_factory=dict, hash=False
    )
    match_case: Annotated[bool, Doc("tell labels apart by case too (`strict` always does)")] = False
    strict: Annotated[bool, Doc("only the exact text of a label is one")] = False

    def __post_init__(self) -> None:
        if bool(self.labels) == (self.column is not None):
            raise OptionError("give either labels, the closed set, or column, the data column that holds it")
        if self.strict and self.synonyms:
            raise OptionError("strict compares text for text, so it takes no synonyms")
        unknown = [label for label in self.synonyms if self.labels and label not in self.labels]
        if unknown:
            raise OptionError(f"synonyms are given for {unknown[0]!r}, which is not among the labels")
        if self.labels:
            problem = self._problem(self.labels)
            if problem is not None:
                raise OptionError(f"labels: {problem}")

    def verify(self, sample: Sample) -> Score:
        labels = self.labels if self.column is None else sample.data.get(self.column)
        if not isinstance(labels, (list, tuple)) or not all(isinstance(label, str) for label in labels):
            return self.bad_reference(f"The row has no list of labels in its column {self.column!r}.")
        labels = tuple(labels)
        problem = None if self.column is None else self._problem(labels)
        if problem is not None:
            return self.bad_reference(f"The labels in the column {self.column!r} can't be used: {problem}.")
        if not isinstance(sample.reference, str):
            return self.bad_reference(f"The reference is of type {type(sample.reference).__name__}; expected a label.")
        expected = self._label_of(sample.reference, labels)
        if expected is None:
            return self.bad_reference(f"The reference {shorten(sample.reference, 80)!r} is not among the labels.")
        visible = outside_thinking(sample.response_text)
        answer, said = final_answer(visible), None if self.strict else json_answers(visible)
        parts = said or (distinct(answer.cluster) if answer else (visible.strip(),))
        if len(parts) == 1 and not self.strict:
            parts = json_answers(parts[0]) or parts
        rule = "json" if said else answer.rule if answer else "whole"
        if not bare(parts[-1]):
            return self.no_answer("The response is empty or leaves the place for the answer empty.", rule=rule)
        rest = "" if answer is None or said else answer.after
        if rule in ("phrase", "whole"):
            rest = parts[-1] + "\n" + rest
        return self._compare(parts, rule, rest, expected, labels)

    def _compare(self, parts: Sequence[str], rule: str, rest: str, expected: str, labels: tuple[str, ...]) -> Score:
        extracted = shorten(parts[-1])
        read = [self._read(part, labels, rule) for part in parts]
        found = list(dict.fromkeys(label for several, _ in read for label in several))
        begins = rule in ("phrase", "whole")
        evidence = {"extracted": extracted, "rule": rule, "expected": expected, "found": found}
        gives = bool(found) and all(gives for _, gives in read)
        stated, last = ((), "") if self.strict else self._stated(rest, labels, has_answer=begins and gives)
        if not gives and rule not in ("whole", "phrase") and len(parts) == 1 and not self.strict:
            stated, last = self._stated(parts[0], labels, has_answer=False)
            found, gives = (list(stated), True) if stated else (found, False)
        if not gives and stated and (rule == "whole" or (rule == "phrase" and not found)):
            found, gives, rest, begins = list(stated), True, last, True
        elif rule == "whole" and not gives:
            return self.no_answer("The response has no final answer and states no label.", **evidence)
        if len(found) > 1:
            return self.incorrect(f"The answer names several labels: {shorten(', '.join(found), 120)}.", **evidence)
        if not gives:
            return self.undecided(f"The answer {shorten(extracted, 80)!r} is not one of the labels.", **evidence)
        if any(label != found[0] for label in stated):
            return self.incorrect("The response states several labels.", **evidence)
        if takes_back(rest, has_answer=begins):
            return self.incorrect("The response takes its answer back right after giving it.", **evidence)
        if found[0] == expected:
            return self.correct(f"The answer is the label {expected!r}.", **evidence)
        return self.incorrect(f"The answer is the label {found[0]!r}; the reference is {expected!r}.", **evidence)

    def _stated(self, text: str, labels: tuple[str, ...], *, has_answer: bool) -> tuple[tuple[str, ...], str]:
        """The labels that the statements in `text` give, several when they differ; the last one with what follows it.

        With `has_answer` the text begins with the answer, which is none of them.
        """
        table = table_of(labels, self._synonym_pairs, match_case=self.match_case)
        read: list[tuple[Statement, tuple[str, ...]]] = []
        for statement in find_statements(text, FRAMES):
            is_whole = statement.kind != "frame" and (
                statement.kind != "first" or "," in statement.text[:_LONGEST_NAME]
            )
            several, gives = named(statement.text, table, match_case=self.match_case, is_whole=is_whole)
            if gives and not (has_answer and statement.start == 0):
                read.append((statement, several))
        if agreed(read)[0] is None:
            return (), ""
        last = max(statement.start for statement, _ in read if statement.kind != "line")
        is_contradictory = agreed(read)[1]
        claim = read[-1][1] if not is_contradictory else tuple(dict.fromkeys(one for _, some in read for one in some))
        return claim, text[last:]

    def _label_of(self, reference: str, labels: tuple[str, ...]) -> str | None:
        if self.strict:
            return reference if reference in labels else None
        words = words_of(reference, match_case=self.match_case)
        return next((label for label in labels if words_of(label, match_case=self.match_case) == words), None)

    def _read(self, text: str, labels: tuple[str, ...], rule: str) -> tuple[tuple[str, ...], bool]:
        """The labels that `text` names, and whether it begins with one that nothing but an explanation follows."""
        is_whole = rule == "whole"
        if self.strict:
            exact = text.strip()
            if rule == "phrase" and exact not in labels:  # the full stop of the sentence "The answer is spam."
                exact = exact.removesuffix(".")
            return ((exact,), True) if exact in labels else ((), False)
        if is_whole and len(text) > _LONGEST:
            return (), False
        table = table_of(labels, self._synonym_pairs, match_case=self.match_case)
        return named(text[:_LONGEST], table, match_case=self.match_case, is_whole=is_whole)

    @property
    def _synonym_pairs(self) -> tuple[tuple[str, Words], ...]:
        return tuple((label, tuple(words)) for label, words in self.synonyms.items())

    def _problem(self, labels: tuple[str, ...]) -> str | None:
        """Why these labels can't be a closed set, or None."""
        if len(labels) < 2:
            return "a closed set has two labels or more"
        if self.strict:
            blank = [label for label in labels if not label.strip() or label != label.strip()]
            return f"{blank[0]!r} begins or ends with white space, or is nothing else" if blank else None
        owners: dict[Words, str] = {}
        named = [(label, label) for label in labels]
        named += [(word, label) for label, words in self.synonyms.items() if label in labels for word in words]
        for text, label in named:
            words = words_of(text, match_case=self.match_case)
            if not words:
                return f"{text!r} has no word in it"
            if owners.setdefault(words, label) != label:
                return f"{text!r} stands for {owners[words]!r} and for {label!r}"
        return None
