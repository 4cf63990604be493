"""The structure of an answer: a value, several values, a region, an equation, or words.

    read_answer("x > 2")     # Region((Part(2, False, None, False),), "x")

It says nothing (None) wherever a second reading is possible.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rewardkit.bench.evaluation import approximate, exact_value, names_in
from rewardkit.bench.expression import Formula, clean, read_formula
from rewardkit.bench.units import KNOWN_UNITS, canonical_unit

MAX_ITEMS = 24
"""Elements of a list, and parts of a union; longer ones are not read."""


@dataclass(frozen=True, slots=True)
class Single:
    """One value, perhaps with a unit; `%` is the unit of a percentage."""

    value: Formula
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """Several values: a tuple, whose order counts, or a list or set, whose order does not."""

    items: tuple[Answer, ...]
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One interval; an end that is None lies at infinity."""

    low: Formula | None
    low_closed: bool
    high: Formula | None
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A union of intervals in ascending order, with gaps between them."""

    parts: tuple[Part, ...]
    name: str = ""
    """The unknown, where an inequality names it."""


@dataclass(frozen=True, slots=True)
class Equation:
    """`left = right`."""

    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words, folded."""

    tokens: tuple[str, ...]


Answer: TypeAlias = Single | Members | Region | Equation | Words

_TEXT_COMMAND = re.compile(r"\\(?:text|mathrm|textbf|mbox|mathbf|textrm)\s?\{([^{}]{0,200})\}")
_SURE_WORD = "\u241f"
"""Stands before what was inside a text command: a word, where `m` alone may be a name."""
_UNION = re.compile(r"\\cup(?![a-zA-Z])|∪")
_RELATION = re.compile(r"\\(?:leq|geq|le|ge|lt|gt)(?![a-zA-Z])|<=|>=|[<>=≤≥]")
_RELATION_SIGNS = {
    "\\leq": "<=", "\\le": "<=", "≤": "<=", "\\geq": ">=", "\\ge": ">=", "≥": ">=",
    "\\lt": "<", "\\gt": ">", "<=": "<=", ">=": ">=", "<": "<", ">": ">", "=": "=",
}  # fmt: skip
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_WORD = re.compile(r"[^\W\d_]+|\d+")
_PLAIN_WORDS = re.compile(r"[^\\^_=<>{}$+*/|]{1,300}")
_JOINT = re.compile(rf"[\s{_SURE_WORD}]{{1,4}}(?:and|or)\s{{1,4}}")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_UNIT = re.compile(
    r"(.*?[\d}!)])\s{0,3}(%|\\%|\^\s?\\circ|\^\s?\{\s?\\circ\s?\}|°|\\circ|"
    + _SURE_WORD
    + r"?\s?[a-zA-Zµ][a-zA-Z/ ]{0,30}(?:\^\{?-?\d\}?)?)",
    re.DOTALL,
)


@functools.lru_cache(maxsize=65_536)
def read_answer(text: str) -> Answer | None:
    """The structure of an answer, or None where it is not understood or may be read in two ways."""
    text = _without_dollars(text)
    if not text or len(text) > 600:
        return None
    bare = _bare_words(text)
    if bare is not None:
        return bare
    text = _TEXT_COMMAND.sub(_SURE_WORD + r"\1 ", clean(text)).strip()
    for read in _READERS:
        found = read(text)
        if found is not None:
            return found
    return None


def _without_dollars(text: str) -> str:
    text = text.strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        inner = text[len(opening) : -len(closing)]
        if len(text) > 2 * len(opening) and text.startswith(opening) and text.endswith(closing) and "$" not in inner:
            return inner.strip()
    return text


def _bare_words(text: str) -> Words | None:
    """Words: at least one of three letters or more that is no unit, and nothing that looks like a formula."""
    inner = _TEXT_COMMAND.fullmatch(text)
    text = inner.group(1) if inner else text
    if not _PLAIN_WORDS.fullmatch(text):
        return None
    tokens = fold(text)
    long = [t for t in tokens if t.isalpha() and len(t) >= 3]
    if not long or (any(t.isdigit() for t in tokens) and len(long) < 2) or "," in text or "(" in text:
        return Words(tokens) if tokens in {("no",), ("yes",)} else None
    return Words(tokens)


def fold(text: str) -> tuple[str, ...]:
    """Words and numbers of a text without regard to case, width and accents.

    >>> fold("The Eiffel-Tower!")
    ('the', 'eiffel', 'tower')
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return tuple(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def split_top(text: str, separators: str) -> list[str]:
    """`text` split at the separators that stand outside brackets of every kind."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth == 0 and char in separators:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _is_one_group(text: str) -> bool:
    """Whether the bracket that opens the text closes at its end."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0:
            return at == len(text) - 1
    return False


def _read_union(text: str) -> Answer | None:
    if not _UNION.search(text):
        return None
    pieces = _UNION.split(text)
    parts = [_interval(piece.strip(), is_surely=True) for piece in pieces[:MAX_ITEMS]]
    if len(pieces) > MAX_ITEMS or None in parts:
        return None
    return region_of([p for p in parts if p is not None])


def _read_interval(text: str) -> Answer | None:
    part = _interval(text, is_surely=False)
    return None if part is None else region_of([part])


def _interval(text: str, is_surely: bool) -> Part | None:
    """One interval; `(a, b)` with finite ends is one only where that is sure."""
    if len(text) < 5 or text[0] not in "([" or text[-1] not in ")]" or not _is_one_group(text):
        return None
    ends = split_top(text[1:-1], ",")
    if len(ends) != 2:
        return None
    low, high = (end.strip() for end in ends)
    is_infinite = low.replace(" ", "") == "-\\infty", high.replace(" ", "") in {"\\infty", "+\\infty"}
    if not (is_surely or any(is_infinite) or "[" in text[0] or "]" in text[-1]):
        return None
    if (text[0] == "[" and text[-1] == "]" and any(is_infinite)) or (is_infinite[0] and text[0] == "["):
        return None
    values = [None if inf else read_formula(end) for end, inf in zip((low, high), is_infinite, strict=True)]
    if any(v is None and not inf for v, inf in zip(values, is_infinite, strict=True)):
        return None
    return Part(values[0], text[0] == "[" and not is_infinite[0], values[1], text[-1] == "]" and not is_infinite[1])


def region_of(parts: list[Part], name: str = "") -> Region | None:
    """The parts in order, or None where they touch or are empty: then several texts mean the same region."""
    ends: list[tuple[float, float]] = []
    for part in parts:
        low, high = _real(part.low, float("-inf")), _real(part.high, float("inf"))
        if low is None or high is None or low >= high:
            return None
        ends.append((low, high))
    order = sorted(range(len(parts)), key=ends.__getitem__)
    for before, after in itertools.pairwise(order):
        closed = parts[before].high_closed or parts[after].low_closed
        if ends[before][1] > ends[after][0] or (ends[before][1] == ends[after][0] and closed):
            return None
    return Region(tuple(parts[i] for i in order), name)


def _real(formula: Formula | None, infinite: float) -> float | None:
    if formula is None:
        return infinite
    value = approximate(formula)
    if value is None or names_in(formula) or abs(value.imag) > 1e-9:
        return None
    return value.real


def _read_group(text: str) -> Answer | None:
    """`(a, b, c)` is a tuple, `\\{a, b\\}` a set."""
    is_set = text.startswith("\\{") and text.endswith("\\}")
    inner = text[2:-2] if is_set else text[1:-1]
    if not is_set and not (text[:1] == "(" and text[-1:] == ")" and _is_one_group(text)):
        return None
    items = split_top(inner, ",")
    if len(items) < (1 if is_set else 2):
        return None
    return _members(items, is_ordered=not is_set)


def _read_list(text: str) -> Answer | None:
    if _is_ambiguous_comma(text):
        return None
    items = split_top(_JOINT.sub(",", text), ",")
    items = [i for i in items if i.strip()]
    return _members(items, is_ordered=False) if len(items) > 1 else None


def _is_ambiguous_comma(text: str) -> bool:
    """Whether a comma may stand inside a number: 2,125 and 0,5."""
    return bool(re.search(r"\d,\d", text)) and bool(re.search(r"(?<![\d,])\d{1,3},\d{1,3}(?![\d,])", text))


def _members(items: list[str], is_ordered: bool) -> Members | None:
    if len(items) > MAX_ITEMS:
        return None
    read = [read_answer(item) for item in items]
    known = tuple(r for r in read if r is not None and not isinstance(r, (Region, Words)))
    if len(known) < len(read) or len({type(r) for r in known}) != 1:
        return None
    return Members(known, is_ordered)


def _read_relation(text: str) -> Answer | None:
    found = list(_RELATION.finditer(text))
    if not 1 <= len(found) <= 2:
        return None
    signs = [_RELATION_SIGNS[m.group()] for m in found]
    cuts = [0, *(at for m in found for at in m.span()), len(text)]
    sides = [read_formula(text[a:b]) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    if any(side is None for side in sides):
        return None
    values = [side for side in sides if side is not None]
    if signs == ["="]:
        return Equation(values[0], values[1])
    if "=" in signs:
        return None
    return _between(values, signs) if len(signs) == 2 else _one_sided(values, signs[0])


def _one_sided(sides: list[Formula], sign: str) -> Region | None:
    if sides[0][0] != "name":
        sides, sign = sides[::-1], _MIRRORED[sign]
    if sides[0][0] != "name" or names_in(sides[1]):
        return None
    closed = "=" in sign
    part = Part(sides[1], closed, None, False) if sign[0] == ">" else Part(None, False, sides[1], closed)
    return region_of([part], sides[0][1])


def _between(sides: list[Formula], signs: list[str]) -> Region | None:
    if signs[0][0] != signs[1][0] or sides[1][0] != "name":
        return None
    if signs[0][0] == ">":
        sides, signs = sides[::-1], [_MIRRORED[s] for s in signs[::-1]]
    return region_of([Part(sides[0], "=" in signs[0], sides[2], "=" in signs[1])], sides[1][1])


def _read_single(text: str) -> Answer | None:
    text = _plain_thousands(text)
    measured = _UNIT.fullmatch(text)
    if measured is not None:
        is_sure = measured.group(2).startswith(_SURE_WORD)
        unit = canonical_unit(measured.group(2).removeprefix(_SURE_WORD))
        if unit in KNOWN_UNITS:
            value = read_formula(measured.group(1))
            is_number = value is not None and exact_value(value) is not None
            is_name = len(measured.group(2)) == 1 and unit.isalpha() and not is_sure  # 5 m, and m times 5
            return Single(value, unit) if value is not None and is_number and not is_name else None
    value = read_formula(text.removeprefix(_SURE_WORD))
    return None if value is None else Single(value)


def _plain_thousands(text: str) -> str:
    """Without thousands separators where nothing else can be meant: two groups, or a last group of zeros."""
    found = _THOUSANDS.fullmatch(text)
    is_sure = found is not None and (text.count(",") > 1 or text.endswith("00")) and text[0] != "0"
    return text.replace(",", "") if is_sure else text


_READERS: tuple[Callable[[str], Answer | None], ...] = (
    _read_single,
    _read_union,
    _read_interval,
    _read_group,
    _read_relation,
    _read_list,
)
"""In order; the first that understands the text decides."""
