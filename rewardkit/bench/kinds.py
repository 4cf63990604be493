"""What kind of answer a reference is, and the material that attacks and rewrites are made of.

The classifier is conservative: a reference that may be read in two ways is `OTHER`, which gets only what is wrong, or
right, for every kind.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from rewardkit.bench.answers import Equation, Members, Region, Single, Words, fold, read_answer
from rewardkit.bench.equality import relate
from rewardkit.bench.evaluation import Relation, exact_value
from rewardkit.bench.expression import clean
from rewardkit.bench.programs import ProgramTests
from rewardkit.sample import Sample


class Kind(StrEnum):
    """The kinds of reference that are told apart."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FRACTION = "fraction"
    PERCENT = "percent"
    QUANTITY = "quantity"
    """A number with a unit."""
    EXPRESSION = "expression"
    EQUATION = "equation"
    INEQUALITY = "inequality"
    INTERVAL = "interval"
    """An interval, or a union of intervals."""
    SET = "set"
    """A set or list, in any order."""
    TUPLE = "tuple"
    OPTION = "option letter"
    OPTION_TEXT = "option text"
    BOOLEAN = "yes or no"
    TEXT = "text"
    CODE = "tests of a program"
    OTHER = "other"
    """Not classified, or ambiguous."""


NUMBERS = frozenset((Kind.INTEGER, Kind.DECIMAL, Kind.FRACTION))
MEASURES = frozenset((*NUMBERS, Kind.PERCENT, Kind.QUANTITY))
FORMULAS = frozenset((*MEASURES, Kind.EXPRESSION, Kind.EQUATION, Kind.INEQUALITY, Kind.INTERVAL, Kind.SET, Kind.TUPLE))
OPTIONS = frozenset((Kind.OPTION, Kind.OPTION_TEXT))
WORDS = frozenset((Kind.TEXT, Kind.OPTION_TEXT, Kind.BOOLEAN))
ALL = frozenset(Kind)
CLAIMING = ALL - {Kind.OTHER, Kind.CODE}
"""Kinds whose reference is an answer that a response can claim in words."""

_OPTION_LINE = re.compile(r"^[ \t]{0,8}(?:[-*•] )?\**\(?([A-J])[).:]\**[ \t]{1,4}(\S.{0,300}?)[ \t]*$", re.MULTILINE)
_INTEGER = re.compile(r"-?\s?\d+|-?\d{1,3}(?:(?:,|\{,\}|\\,|,\\!)\d{3})+")
_DECIMAL = re.compile(r"-?\s?\d*\.\d+")
_FRACTION = re.compile(
    r"-?\s?\\frac\s?\{\s?-?\d+\s?\}\s?\{\s?\d+\s?\}|-?\s?\\frac\s?\d\s?\d|-?\s?\d+\s?/\s?\d+", re.ASCII
)
_UNREAD_UNIT = re.compile(r"\d\s?(?:km|cm|mm|kg|mg|ml|ft|mi)(?![a-z])|^-?[\d.]{1,20}\s?[A-Z]$")
_ARBITRARY = re.compile(r"(?<![A-Za-z\\])[cCkKAB](?![A-Za-z])")
"""Names that stand for any constant where the question does not have them."""
_FAMILY = re.compile(r"famil|trajector|general|differential|integra|derivative|constant|curves", re.IGNORECASE)
"""Questions whose answer may have an arbitrary constant of its own."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Material:
    """One row as generators see it: prompt and reference, and what was found out about them."""

    index: int
    """Its place among the rows, from 0: part of the seed of everything made from it."""
    sample: Sample
    """With an empty response."""
    references: tuple[str, ...]
    """The accepted answers, as text; empty when there are none that generators can use."""
    kind: Kind
    options: Mapping[str, str]
    """Label to text, where the row offers options."""
    others: tuple[str, ...] = ()
    """References of other rows."""
    wrong: tuple[str, ...] = ()
    """Answers that surely differ from every accepted one."""
    tests: ProgramTests | None = None
    """The tests of a program, where the reference holds them."""

    @property
    def reference(self) -> str:
        """The first of the accepted answers."""
        return self.references[0] if self.references else ""

    def is_wrong(self, answer: str) -> bool:
        """Whether `answer` surely differs from every accepted answer."""
        return bool(self.references) and all(
            self._relate(r, answer) is Relation.DIFFERENT and not _is_close(r, answer) for r in self.references
        )

    def is_right(self, answer: str) -> bool:
        """Whether `answer` surely is the first of the accepted answers."""
        return self._relate(self.reference, answer) is Relation.SAME

    def _relate(self, reference: str, answer: str) -> Relation:
        if self.kind in OPTIONS:
            return self._relate_options(reference, answer)
        return relate(reference, answer)

    def _relate_options(self, reference: str, answer: str) -> Relation:
        chosen = option_label(answer, self.options), option_label(reference, self.options)
        if None in chosen:
            return Relation.UNKNOWN
        return Relation.SAME if chosen[0] == chosen[1] else Relation.DIFFERENT

    def names(self, word: str) -> bool:
        """Whether the prompt has `word` standing alone."""
        return re.search(rf"(?<![A-Za-z\\]){re.escape(word)}(?![A-Za-z])", self.sample.prompt_text) is not None


def _is_close(reference: str, answer: str) -> bool:
    """Whether another value is within 0.1 %, or one of the last place, of a decimal reference: that may be rounded."""
    if "." not in reference:
        return False
    left, right = read_answer(reference), read_answer(answer)
    if not isinstance(left, Single) or not isinstance(right, Single):
        return False
    a, b = exact_value(left.value), exact_value(right.value)
    if a is None or b is None:
        return False
    digits = len(reference.partition(".")[2]) - len(reference.partition(".")[2].lstrip("0123456789"))
    return abs(a - b) <= max(abs(a) / 1000, Fraction(1, 10**digits))


def option_label(answer: str, options: Mapping[str, str]) -> str | None:
    """The label that an answer names by itself, by letter or by the whole text of one option."""
    bare = answer.strip().strip("().").upper() if len(answer) < 6 else ""
    if bare in options:
        return bare
    found = [label for label, text in options.items() if fold(text) == fold(answer)]
    return found[0] if len(found) == 1 else None


def read_options(sample: Sample) -> dict[str, str]:
    """The options of a row: from a column `options` or `choices`, else from lines `A) ...` of its prompt."""
    for column in ("options", "choices"):
        found = _column_options(sample.data.get(column))
        if found:
            return found
    lines = _OPTION_LINE.findall(sample.prompt_text)
    labels = [label for label, _ in lines]
    return dict(lines) if len(lines) >= 2 and labels == list(_LETTERS[: len(labels)]) else {}


def _column_options(column: Any) -> dict[str, str]:
    if isinstance(column, Mapping) and {"label", "text"} <= column.keys():
        column = dict(zip(column["label"], column["text"], strict=False))
    if isinstance(column, (list, tuple)):
        column = dict(zip(_LETTERS, column, strict=False))
    if not isinstance(column, Mapping) or not 2 <= len(column) <= len(_LETTERS):
        return {}
    is_plain = all(isinstance(k, str) and k in set(_LETTERS) and isinstance(v, str) for k, v in column.items())
    return dict(column) if is_plain else {}


def accepted_answers(reference: object) -> tuple[str, ...]:
    """The accepted answers as text; empty for a reference that is neither text nor number nor a list of them."""
    if isinstance(reference, (list, tuple)):
        answers = [accepted_answers(item) for item in reference]
        return tuple(a for several in answers for a in several) if all(len(a) == 1 for a in answers) else ()
    if isinstance(reference, bool) or not isinstance(reference, (str, int, float)):
        return ()
    text = str(reference).strip()
    return (text,) if text else ()


def classify(references: Sequence[str], prompt: str, options: Mapping[str, str]) -> Kind:
    """The kind that all the accepted answers share, or `OTHER`."""
    if options and len(references) > 1:
        return Kind.OTHER  # several labels may be alternatives, or together the answer
    kinds = {_kind(reference, prompt, tuple(options.items())) for reference in references}
    kind = kinds.pop() if len(kinds) == 1 else Kind.OTHER
    is_loose = _ARBITRARY.search(" ".join(references)) is not None and (
        not _ARBITRARY.search(prompt) or _FAMILY.search(prompt) is not None
    )
    if (kind in {Kind.EXPRESSION, Kind.EQUATION} and is_loose) or (kind is Kind.TUPLE and "polar" in prompt.lower()):
        return Kind.OTHER  # a constant of integration takes any value, and an angle any full turn
    return kind


def _kind(reference: str, prompt: str, options: tuple[tuple[str, str], ...]) -> Kind:
    if options:
        label = option_label(reference, dict(options))
        if label is None:
            return Kind.OTHER
        return Kind.OPTION_TEXT if fold(reference) == fold(dict(options)[label]) != (label.lower(),) else Kind.OPTION
    return _kind_of_answer(reference)


@functools.lru_cache(maxsize=65_536)
def _kind_of_answer(reference: str) -> Kind:
    if len(reference) > 200 or "\n" in reference:
        return Kind.OTHER
    answer = read_answer(reference)
    if isinstance(answer, Words):
        if answer.tokens in {("yes",), ("no",), ("true",), ("false",)}:
            return Kind.BOOLEAN
        return Kind.TEXT if len(answer.tokens) <= 12 else Kind.OTHER
    if isinstance(answer, Members):
        return Kind.TUPLE if answer.is_ordered else Kind.SET
    if isinstance(answer, Region):
        return Kind.INEQUALITY if answer.name else Kind.INTERVAL
    if isinstance(answer, Equation):
        return Kind.EQUATION
    return _kind_of_value(reference, answer) if answer is not None else Kind.OTHER


def _kind_of_value(reference: str, answer: Single) -> Kind:
    if answer.unit:
        return Kind.PERCENT if answer.unit == "%" else Kind.QUANTITY
    text = clean(reference.strip().strip("$"))
    if exact_value(answer.value) is not None:
        for pattern, kind in ((_INTEGER, Kind.INTEGER), (_DECIMAL, Kind.DECIMAL), (_FRACTION, Kind.FRACTION)):
            if pattern.fullmatch(text):
                return kind
    if answer.value[0] == "name" or _UNREAD_UNIT.search(text):
        return Kind.OTHER  # one letter: a name, or a label whose options are not given; 7 cm^2, read as a product
    return Kind.EXPRESSION
