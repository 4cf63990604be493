"""The one quantity that a text states, across its words, its alternatives and its equations.

    read_quantity("x = 1 3/4 cups", Notation())    # Quantity(value=Fraction(7, 4), after="cups", ...)

A text states a quantity when there is one number in it, or one and the same, that nothing around it changes: "12 or
13" states two, `x^2 - 4 = 0` is an equation. Anything that can't be told is a `Fault`, never a guess. What is stated
is decided without a look at the reference.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rewardkit.verifiers.number.numeral import plain_numerals
from rewardkit.verifiers.number.quantity import Fault, Notation, Quantity, read_tokens
from rewardkit.verifiers.wrapping import CONTINUATION, bare

LONGEST = 4096
"""Characters of a text in which a quantity is looked for."""

_LONGEST_LINE = 1024
_MOST_LINES = 64

_BOUND = re.compile(r"[<>≤≥≠±]|!=|\\(?:leq?|geq?|lt|gt|neq?|pm|infty)(?![a-zA-Z])|∞")
_UNEQUAL = re.compile(r"≠|!=|=\u0338|\\(?:neq?|not)(?![a-zA-Z])|\bone of\b", re.IGNORECASE)
_ARROW = re.compile(r"[-=]>|[→⇒⟹]|\\(?:to|Rightarrow|implies|rightarrow)(?![a-zA-Z])")
_EQUALS = re.compile(r"(=+|≈|≃|\\approx(?![a-zA-Z]))")
_SPACES = re.compile(r" {2,}")
_PYTHON_POWER = re.compile(r"(?<=[0-9)])\s?\*\*\s?(?=[-+(]?[0-9])")
_WORD_OR_MARK = re.compile(r"\w+|[,;/–—]")
_ALTERNATIVES = frozenset(
    {",", ";", "/", "–", "—", "or", "and", "to", "through", "maybe", "perhaps", "either"}
    | {"oder", "und", "ou", "et", "o", "y", "e", "или", "и", "或", "和"}
)
_OR = frozenset({"or", "oder", "ou", "o", "или", "或", "/"})
_OFFERED = re.compile(r"\b(?:or|oder)\||\|(?:or|oder)\b", re.IGNORECASE)
_TIMES = re.compile(r"(?<=\d)\s?[xX]\s?(?=[\d($])|\s[xX]\s(?=[\d($])")
_NAMES = re.compile(
    r"(?<![A-Za-z])[A-Za-z]\((?:[-0-9., ]{1,40}|[A-Za-z])\)|_(?:\w|\{\w{1,20}\})|\b[aAI] (?=[A-Za-z]{2})"
    r"|(?<=[0-9] )[mgshlLAVWNKJC]\s?$"
)
_UNKNOWN = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_CALCULATES = re.compile(r"[-+*/^×÷·√0-9]|\\(?:frac|sqrt|log|ln|sin|cos|tan|exp|sum|int|lim|cdot|times|div)(?![a-z])")
_EXPLAINS = re.compile(rf"(?<=[^\s]),?\s(?:{CONTINUATION})\s", re.IGNORECASE)
_DIGIT = re.compile(r"[\d¼-¾⅓-⅞]")
_FACTORIAL = re.compile(r"[0-9)}]\s?!")


def read_quantity(text: str, notation: Notation, *, is_prose: bool = False) -> Quantity | Fault | None:
    """The quantity that `text` states, a fault, or None when there is no number in it.

    `is_prose`: the text is a stretch of a sentence, so an explanation after the number ("5, because 2 + 3 = 5") is cut
    off, and an exclamation mark is no factorial.

    >>> read_quantity("x = 1 3/4 cups", Notation()).value
    Fraction(7, 4)
    >>> read_quantity("12 or 13", Notation()).is_contradiction
    True
    """
    if is_prose:
        explained = _EXPLAINS.search(text[:LONGEST])
        if explained and any(c.isdigit() for c in text[: explained.start()]):
            text = text[: explained.start()]
    elif _FACTORIAL.search(text[: LONGEST + 1]):
        return Fault("it has a factorial")
    if len(text) > LONGEST:
        return Fault(f"it is longer than {LONGEST} characters")
    if _UNEQUAL.search(text):  # before anything takes the sign apart
        return Fault("it says what the number is not")
    if "\ufffd" in text:
        return Fault("it holds characters that are displayed in another order, or can't be read")
    text = plain_numerals(bare(_PYTHON_POWER.sub("^", text)))
    text = _ARROW.sub(" = ", _SPACES.sub(" ", text))
    if _BOUND.search(text):
        return Fault("it is a bound or a range, not one number")
    pieces = _EQUALS.split(text)
    if len(pieces) > 1 and any(_has_unknown(side) for side in pieces[::2]):
        return Fault("it is an equation with an unknown in an expression")
    return _across([_one_side(side, notation) for side in pieces[::2]], pieces[1::2])


def last_quantity(text: str, notation: Notation) -> Quantity | Fault | None:
    """The last number of `text`, whatever stands before it; None when none stands in its last lines with digits."""
    end, lines_left = len(text), _MOST_LINES
    while end >= 0 and lines_left:
        start = text.rfind("\n", 0, end) + 1
        if _DIGIT.search(text, start, end):
            lines_left -= 1
            line = text[max(start, end - _LONGEST_LINE) : end]
            if end - start > _LONGEST_LINE:  # begin at a word, so as not to cut a number in two
                line = line.partition(" ")[2]
            line = plain_numerals(bare(_PYTHON_POWER.sub("^", line)))
            tokens = read_tokens(line, notation)
            if len(tokens) > 1:
                between = _WORD_OR_MARK.findall(line[tokens[-2].end : tokens[-1].start].lower())
                if between and _OR.issuperset(between):
                    return Fault("it offers several numbers", is_contradiction=True)
            if tokens:
                return tokens[-1].stated
        end = start - 1
    return None


def behind_last_number(text: str) -> str:
    """What `text` says behind its last digit."""
    last = next((n for n in range(len(text), 0, -1) if text[n - 1].isdigit()), len(text))
    return text[last:]


def _has_unknown(side: str) -> bool:
    """Whether a side of an equation calculates with a letter: `x^2 - 4`, unlike `x`, `f(2)`, `area`, `6 x 7`."""
    side = _NAMES.sub("", _TIMES.sub("×", side))
    return _UNKNOWN.search(side) is not None and _CALCULATES.search(side) is not None


def _across(sides: list[Quantity | Fault | None], signs: list[str]) -> Quantity | Fault | None:
    """The last side of an equation, which its other plain sides must not contradict; of `1/3 ≈ 0.333` the first."""
    last = max((i for i, side in enumerate(sides) if side is not None), default=None)
    if last is None:
        return None
    chosen = sides[last]
    if not isinstance(chosen, Quantity):
        return chosen
    for side, sign in zip(reversed(sides[:last]), reversed(signs[:last]), strict=True):
        if not isinstance(side, Quantity):
            break
        if not sign.startswith("="):
            chosen = side
        elif side.as_part != chosen.as_part and not _is_conversion(side, chosen):
            return Fault("it equates numbers that differ", is_contradiction=not side.before and not side.after)
    return chosen


def _is_conversion(first: Quantity, second: Quantity) -> bool:
    """Whether an equation is one between units: 1 km = 1000 m."""
    units = (first.after or first.currency, second.after or second.currency)
    return all(units) and units[0] != units[1] and not any(" " in unit for unit in units) and not first.before


def _one_side(text: str, notation: Notation) -> Quantity | Fault | None:
    tokens = read_tokens(text, notation)
    if not tokens:
        return None
    last = tokens[-1].stated
    fault = next((t.stated for t in tokens if isinstance(t.stated, Fault)), None)
    values = {(t.stated.value, t.stated.mark) for t in tokens if isinstance(t.stated, Quantity)}
    if len(values) > 1:
        between = [_WORD_OR_MARK.findall(text[a.end : b.start].lower()) for a, b in pairwise(tokens)]
        if all(words and _ALTERNATIVES.issuperset(words) for words in between):
            return Fault("it states several numbers", is_contradiction=True)
        return fault or Fault("it states several numbers, and which one is the answer can't be told")
    if isinstance(last, Quantity) and _OFFERED.search(f"{last.before}|{last.after}"):
        return Fault("it offers alternatives", is_contradiction=True)
    return fault or last
