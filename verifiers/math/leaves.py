"""The leaves of an answer: one value with its unit and marks, an answer in words, or something unread."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from rewardkit.verifiers.math.expression import Number, product_of
from rewardkit.verifiers.math.normalise import compact
from rewardkit.verifiers.math.reader import read_expression
from rewardkit.verifiers.math.series import read_series
from rewardkit.verifiers.math.structure import Based, FiniteSet, Opaque, Quantity, Value, Words
from rewardkit.verifiers.math.units import counted, split_unit

CURRENCIES = "¤€£¥₹"
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3}){1,1300}(?:\.[0-9]{1,300})?")
_CURRENCY = re.compile(f"\\s?[{CURRENCIES}]\\s?")
_DECIMAL = re.compile(r"[+-]?([0-9]*)\.([0-9]+)")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_BASED = re.compile(
    r"\(?\s?([0-9][0-9A-Za-z]{0,300})\s?\)?\s?_\s?"
    r"(?:\{\s?\(?(?:base\s?)?([0-9]{1,2}|[a-z]{3,7})\)?\s?\}|([0-9])|([a-z]{3,7}))"
)
_BASE_TEXT = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_BASES = {name: base for base, name in enumerate(_BASE_TEXT.split(), 2)}
_DIGITS_TEXT = re.compile(r"\\text\{\s?([0-9A-Za-z]{1,60}(?: [0-9]{1,2})?)\s?\}")
_WORDS = re.compile(r"[^\\^_{}=+*/<>≤≥0-9]*[^\W\d_]{2}[^\\^_{}=+*/<>≤≥]*")
_TEXT_ONLY = re.compile(r"(?:\\text\{([^{}]*)\}|[a-zA-Z.,()'\"\- ]){1,200}")
_BRACED_OPTION = re.compile(r"([A-Za-z])\)")
_ARTICLE = re.compile(r"(?:an?|the) (?=[a-z]{3})")
_NOTHING = frozenset((
    "no solution", "no solutions", "no real solution", "no real solutions", "no solution exists", "no solutions exist",
    "there is no solution", "there are no solutions", "there are no real solutions", "empty set", "no real number",
    "no real numbers", "no real roots",
))  # fmt: skip
"""Words, without article, for the empty set."""
_EVERYTHING = frozenset((
    "all real numbers", "all reals", "all real x", "any real number", "every real number", "set of all real numbers",
    "all real values", "all numbers", "set of real numbers", "all real values of x",
))  # fmt: skip
"""Words for all real numbers."""
_TRIGONOMETRIC = re.compile(r"sin|cos|tan|cot|sec|csc")
_TEXT_WORD = re.compile(r"\\text\{[^{}]{2,}\}")


def leaf(text: str) -> Value:
    """One value, an answer in words, or something unread."""
    key = compact(text)
    if key == "\\emptyset":
        return FiniteSet(key, ())
    priced = None if text.isascii() else _CURRENCY.search(text)
    if priced:
        return _price(text, priced.group().strip())
    if "," in text and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    number = _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text)
    if number is None:
        based = _BASED.fullmatch(_DIGITS_TEXT.sub(r"\1", text)) if "_" in text else None
        if based:
            base = based.group(2) or based.group(3) or based.group(4)
            if base in _BASES or base.isdigit():
                return Based(key, based.group(1).upper(), _BASES.get(base) or int(base))
        value, unit = split_unit(text)
    else:
        value, unit = text, ""
    percent = value.endswith("%")
    degrees = value.endswith("°") and not _TRIGONOMETRIC.search(value)
    if percent or degrees:
        value = value[:-1].rstrip()
    node = read_expression(value) if value and not _TEXT_WORD.fullmatch(value) else None
    if node is None and "+" in value and ("\\ldots" in value or "..." in value):
        node = read_series(value)
    if node is not None and unit:
        count, unit = counted(unit)
        if count != 1:
            return Quantity(key, product_of([node, Number(Fraction(count))]), unit)
    if node is not None:
        decimal = _DECIMAL.fullmatch(value) if "." in value else None
        places = len(decimal.group(2)) if decimal else None
        digits = len((decimal.group(1) + decimal.group(2)).lstrip("0")) if decimal else 0
        return Quantity(key, node, unit, percent, degrees, places, digits)
    if unit and _GROUPED.fullmatch(value):
        return leaf(f"{value.replace(',', '')} {text[len(value) :].strip()}")
    words = spoken(text)
    if words:
        return _said(words)
    option = _BRACED_OPTION.fullmatch(text)
    return leaf(option.group(1)) if option else Opaque(key)


def _said(words: str) -> Value:
    """An answer in words, or the set that the words name."""
    words = _ARTICLE.sub("", words, count=1) if _ARTICLE.match(words) else words
    if words in _NOTHING:
        return FiniteSet("\\emptyset", ())
    return leaf("\\mathbb{R}") if words in _EVERYTHING else Words(words)


def _price(text: str, currency: str) -> Value:
    """A value with a currency sign before, behind or within it; the sign is its unit."""
    value = leaf(_CURRENCY.sub(lambda m: m.group().replace(m.group().strip(), ""), text).strip())
    if isinstance(value, Quantity) and not value.unit:
        return replace(value, unit=currency)
    return value


def spoken(text: str) -> str:
    """A text answer without case, styles, quotes and brackets around it; '' when the text is not made of words.

    >>> spoken("\\\\text{(Even) }"), spoken("x^2")
    ('even', '')
    """
    if not _TEXT_ONLY.fullmatch(text):
        if "\\text" not in text:
            return _folded(text) if _WORDS.fullmatch(text) else ""
        if re.sub(r"\\text\{[^{}]*\}|[\s0-9.,:;()'\"\-]", "", text):
            return ""
    plain = re.sub(r"\\text\{([^{}]*)\}", r" \1 ", text)
    return _folded(plain) if re.search(r"[^\W\d_]{2}", plain) else ""


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" .,;:!?()[]'\"").casefold()
