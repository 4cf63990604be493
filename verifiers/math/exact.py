"""Exact rational arithmetic, within a budget of bits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from rewardkit.verifiers.math.arithmetic import Arithmetic, NoValueError, TooLargeError, chance


class Exact(Arithmetic[int | Fraction]):
    """Rational arithmetic within a budget of bits, in whole numbers as long as they do. With `point` None a name has no
    value."""

    MAX_BITS = 20_000
    """Of a numerator or denominator."""
    MAX_WORK = 500_000
    """Bits of all intermediate values together, and as many as they cost for each of them."""
    _OVERHEAD = 100

    def __init__(self, point: int | None = None) -> None:
        self.point = point
        self.work = 0

    def _spent(self, value: int | Fraction) -> int | Fraction:
        bits = value.numerator.bit_length() + value.denominator.bit_length()
        self.work += bits + self._OVERHEAD
        if bits > 2 * self.MAX_BITS or self.work > self.MAX_WORK:
            raise NoValueError("too many digits")
        return value

    def number(self, value: Fraction) -> int | Fraction:
        return self._spent(value.numerator if value.denominator == 1 else value)

    def symbol(self, name: str) -> int:
        if self.point is None or name in ("pi", "e", "i", "∞"):
            raise NoValueError(name)
        return 2 + int(chance(name, self.point, self.salt) * (1 << 40))

    def sum(self, terms: Sequence[int | Fraction]) -> int | Fraction:
        total = terms[0]
        for term in terms[1:]:
            total = self._spent(total + term)
        return total

    def product(self, factors: Sequence[int | Fraction]) -> int | Fraction:
        total = factors[0]
        for factor in factors[1:]:
            total = self._spent(total * factor)
        return total

    def ratio(self, one: int | Fraction, other: int | Fraction) -> Fraction:
        return Fraction(one) / other

    def power(self, base: int | Fraction, exponent: int | Fraction) -> int | Fraction:
        if exponent.denominator != 1:
            if exponent.denominator > 64:
                raise NoValueError("root")
            return self.power(self.root(base, exponent.denominator), exponent.numerator)
        times = exponent.numerator
        if base in (0, 1, -1) and times > 0:
            return base if times % 2 else base * base
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(times) * max(bits - 1, 1) > 1_000_000_000_000:
            raise TooLargeError("power")
        if abs(times) * bits > self.MAX_BITS:
            raise NoValueError("power")
        return self._spent(base**times if times >= 0 else Fraction(base) ** times)

    def root(self, base: int | Fraction, index: int | Fraction) -> int | Fraction:
        if index.denominator != 1 or not 2 <= index <= 64:
            raise NoValueError("root")
        degree = index.numerator
        if base < 0:
            if degree % 2 == 0:
                raise NoValueError("root of a negative number")
            return -self.root(-base, index)
        above = _whole_root(base.numerator, degree)
        return above if base.denominator == 1 else Fraction(above, _whole_root(base.denominator, degree))

    def function(self, name: str, arguments: Sequence[int | Fraction]) -> int | Fraction:
        first = arguments[0]
        if name == "abs":
            return first if first >= 0 else -first
        if name == "floor":
            return math.floor(first)
        if name == "ceil":
            return math.ceil(first)
        if name == "factorial" and first.denominator == 1 and first >= 0:
            if first > 1_800 or self.work > self.MAX_WORK / 8:
                raise NoValueError("factorial")
            return self._spent(math.factorial(first.numerator))
        if name == "binom" and first.denominator == 1 and arguments[1].denominator == 1:
            if 0 <= arguments[1] <= first <= 2_000 and self.work < self.MAX_WORK / 8:
                return self._spent(math.comb(first.numerator, arguments[1].numerator))
            if 0 <= arguments[1] <= 12:
                chosen = arguments[1].numerator
                falling = self.product([1, *(first - k for k in range(chosen))])
                return self._spent(Fraction(falling) / math.factorial(chosen))
        if first == 0 and name in ("sin", "tan", "arcsin", "arctan", "sinh", "tanh"):
            return first
        if first == 0 and name in ("cos", "exp", "sec", "cosh"):
            return 1
        if first == 1 and name in ("ln", "log"):
            return 0
        raise NoValueError(name)


def _whole_root(value: int, degree: int) -> int:
    """The exact root of a non-negative integer."""
    if value in (0, 1):
        return value
    guess = math.isqrt(value) if degree == 2 else _newton_root(value, degree)
    if guess**degree != value:
        raise NoValueError("irrational root")
    return guess


def _newton_root(value: int, degree: int) -> int:
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better
