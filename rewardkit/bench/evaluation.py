"""The value of a formula, and whether two formulas have the same one.

    relate_values(read_formula("\\\\frac{1}{2}"), read_formula("0.5"))     # Relation.SAME

Rational values are compared exactly; others in double precision at fixed points, and with 50 digits where doubles come
close.
"""

from __future__ import annotations

import cmath
import functools
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from rewardkit.bench.expression import Formula

_MAX_BITS = 20_000


class Relation(Enum):
    """What is known of two answers."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@functools.lru_cache(maxsize=65_536)
def exact_value(formula: Formula) -> Fraction | None:
    """The rational value of a formula without names and irrational parts, or None."""
    operation, *operands = formula
    if operation == "number":
        return Fraction(operands[0])
    if operation not in _EXACT:
        return None
    values = [exact_value(o) for o in operands]
    if any(v is None for v in values):
        return None
    return _EXACT[operation](*values)


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    size = abs(exponent) * (abs(base.numerator).bit_length() + base.denominator.bit_length())
    if exponent.denominator != 1 or size > _MAX_BITS or (base == 0 and exponent <= 0):
        return None
    return Fraction(base**exponent.numerator)


def _exact_factorial(value: Fraction) -> Fraction | None:
    return Fraction(math.factorial(int(value))) if value.denominator == 1 and 0 <= value <= 500 else None


_EXACT: Mapping[str, Callable[..., Fraction | None]] = {
    "add": lambda a, b: a + b,
    "negative": lambda a: -a,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b if b else None,
    "power": _exact_power,
    "factorial": _exact_factorial,
}


def names_in(formula: Formula) -> frozenset[str]:
    """The names that a formula depends on."""
    if formula[0] == "name":
        return frozenset((formula[1],))
    inner = [names_in(o) for o in formula[1:] if isinstance(o, tuple)]
    return frozenset().union(*inner)


@dataclass(frozen=True)
class _Arithmetic:
    """Numbers of one precision."""

    module: Any
    """Where the functions are: cmath or mpmath."""
    number: Callable[[Fraction], Any]
    constants: Mapping[str, Any]

    def value(self, formula: Formula, names: Mapping[str, Fraction]) -> Any:
        operation, *operands = formula
        if operation == "number":
            return self.number(operands[0])
        if operation == "name":
            return self.number(names[operands[0]])
        if operation == "constant":
            return self.constants[operands[0]]
        if operation == "call":
            return self.call(operands[0], self.value(operands[1], names))
        values = [self.value(o, names) for o in operands]
        return _APPROXIMATE[operation](*values)

    def call(self, name: str, x: Any) -> Any:
        m = self.module
        table: Mapping[str, Callable[[], Any]] = {
            "sin": lambda: m.sin(x), "cos": lambda: m.cos(x), "tan": lambda: m.tan(x), "cot": lambda: 1 / m.tan(x),
            "sec": lambda: 1 / m.cos(x), "csc": lambda: 1 / m.sin(x), "ln": lambda: m.log(x),
            "log": lambda: m.log(x) / m.log(10), "exp": lambda: m.exp(x), "arcsin": lambda: m.asin(x),
            "arccos": lambda: m.acos(x), "arctan": lambda: m.atan(x),
        }  # fmt: skip
        return table[name]()


def _root(x: Any, degree: Any) -> Any:
    if x.imag == 0 and x.real < 0 and degree.imag == 0 and degree.real % 2 == 1:
        return -((-x) ** (1 / degree))
    return x ** (1 / degree)


def _factorial(x: Any) -> Any:
    if x.imag != 0 or x.real < 0 or x.real > 100 or x.real % 1 != 0:
        raise ValueError("not a small whole number")
    return x * 0 + math.factorial(int(x.real))


_APPROXIMATE: Mapping[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "negative": lambda a: -a,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "root": _root,
    "factorial": _factorial,
}

_DOUBLES = _Arithmetic(cmath, complex, {"pi": complex(math.pi), "e": complex(math.e), "i": 1j})


@functools.cache
def _many_digits() -> _Arithmetic:
    import mpmath

    context = mpmath.mp.clone()
    context.dps = 50

    def number(value: Fraction) -> Any:
        return context.mpc(context.mpf(value.numerator) / value.denominator)

    return _Arithmetic(context, number, {"pi": +context.pi, "e": +context.e, "i": context.mpc(0, 1)})


def _points(names: frozenset[str], number: int) -> dict[str, Fraction]:
    """Values between 1/2 and 2 for the names; the same ones always."""
    return {n: Fraction(1, 2) + Fraction(zlib.crc32(f"{n}{number}".encode()) % 9973, 6649) for n in names}


@functools.lru_cache(maxsize=65_536)
def approximate(formula: Formula, point: int = 0) -> complex | None:
    """The value in double precision at one of the fixed points, or None where there is none."""
    value: complex | None = _evaluate(_DOUBLES, formula, _points(names_in(formula), point))
    return value


def _evaluate(arithmetic: _Arithmetic, formula: Formula, names: Mapping[str, Fraction]) -> Any:
    try:
        value = arithmetic.value(formula, names)
        return value if arithmetic.module is not cmath or cmath.isfinite(value) else None
    except (ValueError, ZeroDivisionError, OverflowError, RecursionError):
        return None


ARBITRARY = frozenset(("c", "C", "k", "K"))
"""Names that may stand for any constant, so that one is as good as another."""


def relate_values(left: Formula, right: Formula) -> Relation:
    """Whether two formulas have the same value; names are positive unknowns."""
    exact = exact_value(left), exact_value(right)
    if exact[0] is not None and exact[1] is not None:
        return Relation.SAME if exact[0] == exact[1] else Relation.DIFFERENT
    mine, theirs = names_in(left), names_in(right)
    names = mine | theirs
    if mine != theirs and mine ^ theirs <= ARBITRARY:
        return Relation.UNKNOWN
    count = 3 if names else 1
    seen = 0
    close = False
    for point in range(count):
        a, b = approximate(left, point), approximate(right, point)
        if a is None or b is None:
            continue
        seen += 1
        scale = max(abs(a), abs(b))
        if scale > 1e-9 and abs(a - b) > 1e-6 * scale:
            return Relation.DIFFERENT
        close = close or abs(a - b) > 1e-12 * scale or scale <= 1e-9
    if not seen or (names and seen < 2):
        return Relation.UNKNOWN
    return _relate_digits(left, right, count) if close else Relation.SAME


def _relate_digits(left: Formula, right: Formula, count: int) -> Relation:
    names = names_in(left) | names_in(right)
    for point in range(count):
        a = _evaluate(_many_digits(), left, _points(names, point))
        b = _evaluate(_many_digits(), right, _points(names, point))
        if a is None or b is None:
            return Relation.UNKNOWN
        scale = max(abs(a), abs(b))
        if abs(a - b) > scale * _many_digits().module.mpf(10) ** -30:
            return Relation.DIFFERENT if scale > 1e-9 else Relation.UNKNOWN
    return Relation.SAME


def relate_ratios(left: Formula, right: Formula) -> Relation:
    """Whether one formula is a constant multiple of the other, as for the sides of equivalent equations."""
    names = names_in(left) | names_in(right)
    if names_in(left) != names_in(right):
        return Relation.UNKNOWN
    ratios: list[complex] = []
    for point in range(4):
        a, b = approximate(left, point), approximate(right, point)
        if a is None or b is None or abs(b) < 1e-9:
            continue
        ratios.append(a / b)
    if len(ratios) < 3 or not names:
        return Relation.UNKNOWN
    spread = max(abs(r - ratios[0]) for r in ratios)
    if spread > 1e-6 * max(abs(r) for r in ratios):
        return Relation.DIFFERENT
    return Relation.SAME
