"""Real numbers to many digits, with an account of the digits that can be trusted."""

from __future__ import annotations

import decimal
import functools
import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from rewardkit.verifiers.math.arithmetic import REGIMES, Arithmetic, NoValueError, TooLargeError, chance
from rewardkit.verifiers.math.expression import Node

_ONE = Decimal(1)
_PI = Decimal(
    "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679"
    "8214808651328230664709384460955058223172535940812848111745028410270193852110555964462294895493038196"
)


class Decimals(Arithmetic[Decimal]):
    """Real numbers to `DIGITS` digits at one sample point.

    `span` is the largest decimal exponent met, of either sign, of values, of what parts them from one, and of the terms
    of a literal: beyond `MAX_SPAN` two different values may share all their digits. `lost` counts the digits that
    cancellation and powers took: more than `MAX_LOST`, and two values that are the same may differ.
    """

    DIGITS = 50
    AGREED = 30
    """Digits that must agree for two values to be one; the rest is room for cancellation."""
    MAX_SPAN = 12
    """The largest exponent at which agreement means equality."""
    MAX_LOST = 20
    """Digits lost at which a difference still means a difference."""
    MAX_FACTORS = 3_000
    """Factors of factorials and binomials that are multiplied out, in one value."""
    MAX_WORK = 60
    """Powers, exponentials and logarithms of one value; some 50 microseconds each."""

    def __init__(self, point: int) -> None:
        self.point = point
        self.work = 0
        self.span = 0
        self.lost = 0
        self.factors = 0
        self._logarithms: dict[Decimal, Decimal] = {}
        self._powers: dict[tuple[Decimal, Decimal], Decimal] = {}
        self.context = decimal.Context(
            prec=self.DIGITS,
            Emax=min(decimal.MAX_EMAX, 10**15),
            Emin=max(decimal.MIN_EMIN, -(10**15)),
            traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
        )

    @property
    def proves(self) -> bool:
        return self.span <= self.MAX_SPAN and self.lost <= self.MAX_LOST

    def value(self, node: Node) -> Decimal:
        with decimal.localcontext(self.context):
            return super().value(node)

    def _noted(self, value: Decimal) -> Decimal:
        if value:
            self.span = max(self.span, abs(value.adjusted()))
        return value

    def _noted_root(self, value: Decimal) -> Decimal:
        """As `_noted`, with what parts the value from one: the root of a root of a root of 2 is nearly 1."""
        if value.adjusted() in (0, -1) and (gap := self.context.subtract(value, _ONE)):
            self.span = max(self.span, -gap.adjusted())
        return self._noted(value)

    def _worked(self) -> None:
        self.work += 1
        if self.work > self.MAX_WORK:
            raise NoValueError("too many powers and logarithms")

    def number(self, value: Fraction) -> Decimal:
        above = Decimal(value.numerator)
        if value.denominator == 1:
            return self._noted(self.context.plus(above))
        below = Decimal(value.denominator)
        self.span = max(self.span, below.adjusted())
        return self._noted(self.context.divide(above, below))

    def symbol(self, name: str) -> Decimal:
        if name == "pi":
            return self.context.plus(_PI)
        if name == "e":
            return _euler(self.DIGITS)
        if name in ("i", "∞"):
            raise NoValueError(name)
        low, high = REGIMES[self.point]
        return Decimal(low) + Decimal(high - low) * Decimal(chance(name, self.point, self.salt))

    def sum(self, terms: Sequence[Decimal]) -> Decimal:
        total = terms[0]
        for term in terms[1:]:
            total = self.context.add(total, term)
        top = max((t.adjusted() for t in terms if t), default=0)
        self.lost += top - total.adjusted() if total else self.DIGITS * any(terms)
        return total

    def product(self, factors: Sequence[Decimal]) -> Decimal:
        total = factors[0]
        for factor in factors[1:]:
            total = self.context.multiply(total, factor)
        return self._noted(total)

    def ratio(self, one: Decimal, other: Decimal) -> Decimal:
        return self.context.divide(one, other)

    def power(self, base: Decimal, exponent: Decimal) -> Decimal:
        if not base:
            if exponent > 0:
                return base
            raise NoValueError("power of zero")
        if exponent.adjusted() > 15 and abs(base) != 1:
            raise TooLargeError("power")
        if base < 0 and exponent != exponent.to_integral_value(context=self.context):
            raise NoValueError("power of a negative number")
        size = abs(float(exponent)) * abs(base.adjusted() + math.log10(abs(float(base.scaleb(-base.adjusted())))))
        if size > 0.9 * self.context.Emax:
            raise TooLargeError("power")
        self.lost += math.ceil(math.log10(size)) if size > 1 else 0
        if exponent.adjusted() < 4 and exponent == exponent.to_integral_value():
            return self._noted(self.context.power(base, exponent))
        self._worked()
        if exponent.adjusted() >= 4 or base < 0:
            return self._noted_root(self.context.power(base, exponent))
        known = self._powers.get((base, exponent))
        if known is None:
            logarithm = _ONE if base == _euler(self.DIGITS) else self._ln(base)
            known = self.context.exp(self.context.multiply(exponent, logarithm))  # faster, and less than `lost` off
            self._powers[base, exponent] = known
        return self._noted_root(known)

    def _ln(self, value: Decimal) -> Decimal:
        """Both sides of a comparison often ask for the same one."""
        known = self._logarithms.get(value)
        if known is None:
            known = self._logarithms[value] = self.context.ln(value)
        return known

    def root(self, base: Decimal, index: Decimal) -> Decimal:
        if index == 2:
            if base < 0:
                raise NoValueError("root of a negative number")
            return self._noted_root(self.context.sqrt(base))
        if base < 0 and index % 2 == 1:
            return -self.root(-base, index)
        return self.power(base, self.context.divide(Decimal(1), index)) if base else base

    def function(self, name: str, arguments: Sequence[Decimal]) -> Decimal:
        first = arguments[0]
        if name == "abs":
            return abs(first)
        if name == "exp":
            return self.power(_euler(self.DIGITS), first) if first else Decimal(1)
        if name in ("ln", "log"):
            self._worked()
        if name == "ln" and first > 0:
            logarithm = self._ln(first)
            self.lost += max(0, -logarithm.adjusted()) if logarithm else 0
            return self._noted(logarithm)
        if name == "log" and first > 0 and arguments[1] > 0:
            return self._noted(self.context.divide(self._ln(first), self._ln(arguments[1])))
        if name in ("factorial", "binom"):
            return self._noted(self._counted(*arguments))
        raise NoValueError(name)

    def _counted(self, many: Decimal, few: Decimal | None = None) -> Decimal:
        """`many!`, or the number of ways to choose `few` of them."""
        count = many if few is None else min(few, many - few)
        if many != many.to_integral_value() or count != count.to_integral_value() or count < 0:
            raise NoValueError("factorial")
        if count > 10**13:
            raise TooLargeError("factorial")
        if few is None and count > self.MAX_FACTORS:
            return self._stirling(many)
        self.factors += int(count)
        if self.factors > self.MAX_FACTORS:
            raise NoValueError("too many factors")
        total = Decimal(1)
        for k in range(int(count)):
            total = self.context.multiply(total, many - k)
            if few is not None:
                total = self.context.divide(total, Decimal(k + 1))
        return total

    def _stirling(self, count: Decimal) -> Decimal:
        """`count!` of more than `MAX_FACTORS`, by Stirling's series; Abramowitz and Stegun 6.1.40."""
        context = self.context
        two_pi = context.multiply(Decimal(2), self.symbol("pi"))
        logarithm = (count + Decimal("0.5")) * context.ln(count) - count + context.ln(two_pi) / 2
        power = count
        for index, (over, under) in enumerate(_BERNOULLI, start=1):
            term = context.divide(Decimal(over), Decimal(under * 2 * index * (2 * index - 1)) * power)
            logarithm = context.add(logarithm, term)
            power = context.multiply(power, count * count)
        self.lost += logarithm.adjusted() + 1
        return context.exp(logarithm)


_BERNOULLI = (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798), (-174611, 330)
)  # fmt: skip
"""The Bernoulli numbers of even index from 2 on."""


@functools.cache
def _euler(digits: int) -> Decimal:
    return decimal.Context(prec=digits).exp(Decimal(1))
