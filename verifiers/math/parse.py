"""Third stage: a canonical text as a light immutable value.

    parse("x \\\\in (-\\\\infty, 3]")     # via normalise: Relation((x, Bracketed("(", (-∞, 3), "]")), ("∈",))

The structure is read here (lists, tuples, intervals, sets, unions, relations, matrices, ratios); its leaves are
`Quantity` (an expression with its unit and marks), `Words` (a text answer) and `Opaque` (neither). The first separator
of `_SPLITS` that occurs outside brackets decides. Depth and size are bounded; what lies beyond is `Opaque`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from rewardkit.verifiers.math.expression import Number
from rewardkit.verifiers.math.labels import is_label
from rewardkit.verifiers.math.leaves import CURRENCIES, leaf
from rewardkit.verifiers.math.normalise import MAX_LENGTH, compact
from rewardkit.verifiers.math.structure import (
    Bracketed,
    Combined,
    FiniteSet,
    Matrix,
    Opaque,
    Quantity,
    Ratio,
    Relation,
    Several,
    Value,
    Words,
    number,
)

MAX_DEPTH = 8
"""Structures inside structures."""
MAX_ITEMS = 256
"""Members of one list, set or tuple."""


RELATIONS = "=<>≤≥≠≈∈≡"
_INEQUALITIES = frozenset("<>≤≥≠")
_OPENING = frozenset("([{⟦⟨")
_CLOSING = frozenset(")]}⟧⟩")
_PAIRS = {"(": ")]", "[": "])", "⟨": "⟩", "⟦": "⟧", "{": "}"}

_SEPARATOR = re.compile(f"[;,∨∧{RELATIONS}∪∩∖±∓:]")
"""Where there is none, and no bracket begins the text, it is a leaf."""
_ONE_GROUPED = re.compile(
    rf"[+-]?[{CURRENCIES}]?\s?[+-]?[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,1300}}(?:\.[0-9]{{1,300}})?\s?"
    rf"(?:[{CURRENCIES}%°]|(?:\\text\{{|[a-zA-Z]{{2}})[^,]*)?"
)
"""One number with commas between its thousands, and what may stand around it."""
_PLAIN = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?")
_FRACTION = re.compile(r"(-?)\s?\\frac\s?\{\s?([0-9]{1,15})\s?\}\s?\{\s?([0-9]{1,15})\s?\}")
_MATRIX = re.compile(r"\\begin\{([bpB]?matrix|array|smallmatrix)\}(?:\{[lcr| ]{1,40}\})?(.*)\\end\{\1\}", re.DOTALL)
_LEAD_IN = re.compile(
    r"\\text\{(?:[^{}]{0,80}?(?:\bis|\bare|=|:)\s{0,3}"
    r"|(?:the )?(?:points?|ordered pairs?|vector|interval|set|value))\}\s?:?"
)
_NAMED_LINE = re.compile(r"(?:\\ell|[a-zA-Z])(?:_\{?[0-9]\}?)?\s?:\s?(?=[^:=]{1,200}=)")
_NAMED_POINT = re.compile(r"[A-Z]'?(?:_\{?[0-9]\}?)?\s?(?=\([^()]{1,100},)")
_BY_PROPERTY = re.compile(
    r"\s?((?:\\[a-zA-Z]{2,10}|[a-zA-Z])(?:_\{?[0-9]\}?)?)\s?(?:∈\s?\\mathbb\{R\}\s?)?[|:]\s?(.{1,400})", re.DOTALL
)
_IS_REAL = re.compile(r"\s?(?:,|∧)\s?\\?[a-zA-Z]{1,10}\s?∈\s?\\mathbb\{R\}\s?$")
_CLOCK = re.compile(
    r"[0-9]{1,2}:(?:0[0-9]\b|[0-5][0-9](?:\s?(?:\\text\{)?\s?[ap]\.?\s?m\b|:[0-9]{2}\b))", re.IGNORECASE
)


def parse(text: str) -> Value:
    """The value that a canonical text spells.

    >>> parse("(1, 2]")
    Bracketed(text='(1,2]', opening='(', items=(Quantity(...), Quantity(...)), closing=']')
    """
    return _parse(text.strip(), 0)


def _parse(text: str, depth: int) -> Value:
    if len(text) > MAX_LENGTH or depth > MAX_DEPTH:
        return Opaque(compact(text) if len(text) <= MAX_LENGTH else text)
    if _PLAIN.fullmatch(text):
        return number(text)
    fraction = _FRACTION.fullmatch(text)
    if fraction:
        sign, above, below = fraction.groups()
        if int(below):
            return Quantity(compact(text), Number(Fraction(int(sign + above), int(below))))
    if _SEPARATOR.search(text) or text[:1] in _PAIRS or "\\begin" in text:
        present = set(text)
        for signs, read in _SPLITS:
            if not signs.isdisjoint(present):
                value = read(text, depth)
                if value is not None:
                    return value
    inner = _inner(text)
    return _parse(inner, depth + 1) if inner else leaf(text)


def _split(text: str, separators: str) -> tuple[list[str], list[str]]:
    """Parts and separators of a text at the separators that stand outside brackets; one part if there are none."""
    parts: list[str] = []
    signs: list[str] = []
    level, start = 0, 0
    for mark in _marks(separators).finditer(text):
        char = mark.group()
        if char in _OPENING:
            level += 1
        elif char in _CLOSING:
            level -= 1
        elif level <= 0:
            position = mark.start()
            parts.append(text[start:position].strip())
            signs.append(char)
            start = position + 1
    parts.append(text[start:].strip())
    return parts, signs


@functools.cache
def _marks(separators: str) -> re.Pattern[str]:
    """The characters that `_split` looks at."""
    return re.compile("[" + re.escape(separators + "".join((*_OPENING, *_CLOSING))) + "]")


def _several(text: str, depth: int, joiners: str) -> Value | None:
    if "\\begin" in text or (joiners == "," and _ONE_GROUPED.fullmatch(text)):
        return None
    parts, signs = _split(text, joiners)
    if len(parts) == 1 or len(parts) > MAX_ITEMS:
        return None
    if joiners == ",":
        parts = _regrouped(parts)
    elif len(parts) == 2 and signs[0] != ";":  # "1, 2 and 3" is one list
        before = _split(parts[0], ",")[0]
        if len(before) > 1 and "," not in parts[1] and not _ONE_GROUPED.fullmatch(parts[0]):
            parts = _regrouped(before) + parts[1:]
    items = tuple(_parse(p, depth + 1) for p in parts if p)
    if len(items) == 1:
        return items[0]
    if not items:
        return None
    return Several(compact(text), "∨" if "∨" in signs else signs[0], items)


def _regrouped(parts: list[str]) -> list[str]:
    """Parts of a comma list; a conjunction word that begins the last part belongs to the list."""
    return [re.sub(r"^(?:and|or)\s+", "", p) for p in parts]


def _relation(text: str, depth: int) -> Value | None:
    if ":" in text:
        text = _NAMED_LINE.sub("", text, count=1) if _NAMED_LINE.match(text) else text
    parts, signs = _split(text, RELATIONS)
    if len(parts) == 1 or len(parts) > 24:
        return None
    if not parts[0] and signs[0] in "=≈":  # "= 5", "≈ 1.2"
        return _parse(text[1:].strip(), depth + 1)
    near: tuple[Value, ...] = ()
    if "≈" in signs:
        cut = signs.index("≈")
        if cut == 0 and is_label(parts[0]):
            return _parse(_split(text, "≈")[0][1], depth + 1)
        if set(signs[cut:]) != {"≈"} and not (signs[cut:] == ["≈", "="] and is_label(parts[-1])):
            return Opaque(compact(text))  # what goes on behind an approximation may contradict it
        near = tuple(_parse(p, depth + 1) for p in parts[cut + 1 :])
        parts, signs = parts[: cut + 1], signs[:cut]
        if not signs:
            return _near(_parse(parts[0], depth + 1), near, text)
    if not all(parts):
        return Opaque(compact(text))
    items = tuple(_side(p, depth + 1) for p in parts)
    if near:
        items = (*items[:-1], _near(items[-1], near, text))
    return Relation(compact(text), items, tuple("=" if s == "≡" else s for s in signs))


def _near(value: Value, near: tuple[Value, ...], text: str) -> Value:
    """An exact value with what it is said to be near, where both are quantities; else the value as it is."""
    about = tuple(n for n in near if isinstance(n, Quantity))
    return replace(value, text=compact(text), about=about) if about and isinstance(value, Quantity) else value


def _side(text: str, depth: int) -> Value:
    """One side of a relation; what looks like a function keeps its spelling: `\\text{lcm}(8, 12)`, `C(10, 3)`."""
    value = _parse(text, depth)
    is_named = isinstance(value, Bracketed) and text[0].isupper()
    if is_named or (isinstance(value, Words) and "(" in text and is_label(compact(text))):
        return Opaque(compact(text))
    return value


def _combined(text: str, depth: int) -> Value | None:
    parts, signs = _split(text, "∪∩∖")
    if len(parts) == 1 or len(parts) > 64 or not all(parts):
        return None
    if len(set(signs)) > 1:
        return Opaque(compact(text))
    items = tuple(_parse(p, depth + 1) for p in parts)
    if signs[0] == "∪" and all(isinstance(i, FiniteSet) for i in items):
        return FiniteSet(compact(text), tuple(m for i in items if isinstance(i, FiniteSet) for m in i.items))
    return Combined(compact(text), signs[0], items)


def _bracketed(text: str, depth: int) -> Value | None:
    """A text that is one bracket from its first to its last character."""
    if not text or text[0] not in _PAIRS or text[-1] not in _PAIRS[text[0]]:
        return None
    level = 0
    for position, char in enumerate(text):
        level += (char in _OPENING) - (char in _CLOSING)
        if level == 0 and position < len(text) - 1:
            return None
    opening, inner, closing = text[0], text[1:-1].strip(), text[-1]
    if opening == "{":
        return _parse(inner, depth + 1) if inner else None
    parts, _ = _split(inner, ";" if ";" in inner and opening != "⟦" else ",;")
    if len(parts) > MAX_ITEMS:
        return Opaque(compact(text))
    trailing = len(parts) == 2 and not parts[1]
    if opening == "⟦":
        if re.search(r"[|:]", inner) and re.search(r"[∈=<>≤≥≠]", inner):
            return _by_property(inner, depth) or Opaque(compact(text).replace(":", "|", 1))
        return FiniteSet(compact(text), tuple(_parse(p, depth + 1) for p in parts if p))
    if len(parts) == 1 and opening != "⟨":
        if opening + closing not in ("()", "[]"):
            return Opaque(compact(text))
        return _parse(inner, depth + 1) if inner else Opaque(compact(text))
    if not all(parts) and not trailing:
        return Opaque(compact(text))
    items = tuple(_parse(p, depth + 1) for p in parts if p)
    if opening == "[" and all(isinstance(i, Bracketed) and i.opening + i.closing == "[]" for i in items):
        return Matrix(compact(text), tuple(i.items for i in items if isinstance(i, Bracketed)))  # as Python writes it
    return Bracketed(compact(text), opening, items, closing)


def _by_property(inner: str, depth: int) -> Value | None:
    """The inequalities that say which real numbers a set holds: `x | x > 3`; None for other properties."""
    match = _BY_PROPERTY.fullmatch(inner)
    if match is None:
        return None
    condition = _parse(_IS_REAL.sub("", match.group(2)).strip(), depth + 1)
    relations = condition.items if isinstance(condition, Several) else (condition,)
    name = compact(match.group(1))
    for relation in relations:
        if not isinstance(relation, Relation) or not _INEQUALITIES.issuperset(relation.signs):
            return None
        if name not in [item.text for item in relation.items]:
            return None
    return condition


def _matrix(text: str, depth: int) -> Value | None:
    if "\\begin" not in text:
        return None
    body = text.strip("()[] ")
    match = _MATRIX.fullmatch(body)
    if match is None or "\\begin" in match.group(2):
        return None
    lines = [line.strip() for line in re.split(r"\\\\(?:\s*\[[^\]]{0,10}\])?", match.group(2).replace("\\hline", ""))]
    rows = tuple(tuple(_parse(cell.strip(), depth + 1) for cell in line.split("&")) for line in lines if line)
    return Matrix(compact(text), rows) if rows and sum(map(len, rows)) <= MAX_ITEMS else None


def _either_sign(text: str, depth: int) -> Value | None:
    """`a ± b` as the two values that it stands for."""
    upper = text.replace("±", "+").replace("∓", "-")
    lower = text.replace("±", "-").replace("∓", "+")
    return Several(compact(text), "±", (_parse(upper, depth + 1), _parse(lower, depth + 1)))


def _ratio(text: str, depth: int) -> Value | None:
    parts, _ = _split(text, ":")
    if len(parts) < 2 or len(parts) > 12 or not all(parts):
        return None
    if _CLOCK.match(text):
        return Words(re.sub(r"[\s.]|\\text|[{}]", "", text).casefold())
    items = tuple(_parse(p, depth + 1) for p in parts)
    return Ratio(compact(text), items) if all(isinstance(i, Quantity) for i in items) else None


_SPLITS: tuple[tuple[frozenset[str], Callable[[str, int], Value | None]], ...] = (
    (frozenset(";∨∧"), functools.partial(_several, joiners=";∨∧")),
    (frozenset(","), functools.partial(_several, joiners=",")),
    (frozenset(RELATIONS), _relation),
    (frozenset("∪∩∖"), _combined),
    (frozenset("\\"), _matrix),
    (frozenset(_PAIRS), _bracketed),
    (frozenset("±∓"), _either_sign),
    (frozenset(":"), _ratio),
)
"""How structure is read, loosest binding first, each with the signs without which there is nothing to read."""


def _inner(text: str) -> str:
    """What a value is said to be, where the words before it or a name only announce it; '' elsewhere."""
    if text.startswith("\\text"):
        led = _LEAD_IN.match(text)
        return text[led.end() :].strip() if led else ""
    if text[-1:] != ")" or not text[:1].isupper():
        return ""
    if text.startswith("Matrix(["):
        return text[7:-1]
    return _NAMED_POINT.sub("", text, count=1) if _NAMED_POINT.match(text) else ""
