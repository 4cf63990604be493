"""The kinds of answers: light values, never changed once made, that `parse` makes and `compare` walks.

Every kind keeps its `text`, the compact canonical spelling, which is equal for answers that are spelled the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from rewardkit.verifiers.math.expression import Node, Number


@dataclass(slots=True)
class Quantity:
    """One value: an expression, and what stands around it."""

    text: str
    node: Node
    unit: str = ""
    percent: bool = False
    """It ends in a percent sign, which `node` does not contain."""
    degrees: bool = False
    """It ends in a degree sign, which `node` does not contain."""
    places: int | None = None
    """Digits after the point, where the text is one plain decimal number."""
    digits: int = 0
    """Significant digits, where the text is one plain decimal number."""
    about: tuple[Quantity, ...] = ()
    """What it is said to be near: `1.047` in `\\frac{\\pi}{3} \\approx 1.047`."""


@dataclass(slots=True)
class Words:
    """An answer in words."""

    text: str


@dataclass(slots=True)
class Opaque:
    """Something that this stage can't read."""

    text: str


@dataclass(slots=True)
class Based:
    """Digits with a base: `204_5`."""

    text: str
    digits: str
    base: int


@dataclass(slots=True)
class Bracketed:
    """Members between `(`, `[` or `⟨` and `)`, `]` or `⟩`: a tuple, a vector, or an interval."""

    text: str
    opening: str
    items: tuple[Value, ...]
    closing: str


@dataclass(slots=True)
class FiniteSet:
    """Members between literal braces."""

    text: str
    items: tuple[Value, ...]


@dataclass(slots=True)
class Several:
    """Answers side by side without brackets, joined by `,` `;` `∧` (and) or `∨` (or)."""

    text: str
    joiner: str
    items: tuple[Value, ...]


@dataclass(slots=True)
class Relation:
    """A chain of relations: `items` with `signs` between them."""

    text: str
    items: tuple[Value, ...]
    signs: tuple[str, ...]


@dataclass(slots=True)
class Combined:
    """Sets joined by `∪`, `∩` or `∖`."""

    text: str
    sign: str
    items: tuple[Value, ...]


@dataclass(slots=True)
class Matrix:
    """Rows of a matrix or column vector."""

    text: str
    rows: tuple[tuple[Value, ...], ...]


@dataclass(slots=True)
class Ratio:
    """Terms of a proportion: `7:32`."""

    text: str
    items: tuple[Value, ...]


Value: TypeAlias = (
    Quantity | Words | Opaque | Based | Bracketed | FiniteSet | Several | Relation | Combined | Matrix | Ratio
)


def number(text: str) -> Quantity:
    """The value of a plain number: digits with a sign before and a point in them, or not."""
    whole, point, places = text.partition(".")
    if not point:
        return Quantity(text, Number(Fraction(int(text))))
    digits = (whole.lstrip("+-") + places).lstrip("0")
    return Quantity(
        text, Number(Fraction(int(whole + places), 10 ** len(places))), "", False, False, len(places), len(digits)
    )
