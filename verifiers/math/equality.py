"""Whether two expressions have the same value.

Five steps, each only where the one before can't tell: the same tree; the same fraction (names stand for large random
integers, so rational functions are settled here); clearly different machine numbers at a sample point; the same real
decimals at sample points; the same complex numbers of many digits, as far as the effort allows.

Names are taken to be positive, as school books do when they write `√(x²) = x`; where an absolute value occurs on
either side, negative values are tried too.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from rewardkit.verifiers.math import multiprecision
from rewardkit.verifiers.math.arithmetic import COUNTERS, REGIMES, Arithmetic, Meter, NoValueError, TooLargeError
from rewardkit.verifiers.math.decimals import Decimals
from rewardkit.verifiers.math.exact import Exact
from rewardkit.verifiers.math.expression import FUNCTIONS, Call, Node, Number, counts, free_symbols, uses
from rewardkit.verifiers.math.floats import Floats
from rewardkit.verifiers.math.multiprecision import QUICK, Effort, size_of
from rewardkit.verifiers.math.verdict import Verdict, either

_STEPS = frozenset(("abs", "floor", "ceil", "factorial", "binom", "root", "sum_to"))
"""Operations that random positive integers don't tell from simpler ones."""
_IRRATIONAL = frozenset(FUNCTIONS) - _STEPS
"""Operations that leave the rational numbers; there is no need to begin."""
_NOT_RATIONAL = _STEPS | _IRRATIONAL
_ABSOLUTE = frozenset(("abs",))
_FLOORS = frozenset(("floor", "ceil"))
_CLOSE = Decimal(10) ** -Decimals.AGREED
_APART = Decimal(10) ** -25
_POINTS = range(len(REGIMES))
_FAR_FIRST = (0, 3, 1, 2, 4)
"""The order in which points are looked at, so that the first two lie in different regimes."""
_BESIDE_KINKS = 24
"""Further sample points where absolute values or steps occur: a part of the line that none of them meets is small."""
_ENOUGH = 2
"""Sample points at which expressions with names must agree digit by digit."""


_TICKS_OF_POINT = 8
"""What the values at one point take at least; see `Meter`."""
_TICKS_OF_POWER = 60
"""What a power of decimals takes."""


class Equality(Protocol):
    """How leaves are compared."""

    def same(self, left: Node, right: Node) -> Verdict:
        """Whether two expressions have the same value for all values of their names."""
        ...

    def within(self, left: Node, right: Node, tolerance: Fraction) -> Verdict:
        """Whether two constants differ by at most `tolerance`."""
        ...

    def proportional(self, left: Node, right: Node) -> tuple[Verdict, int]:
        """Whether one is a constant multiple of the other, not zero, and the sign of the factor."""
        ...


class NumericEquality:
    """By values; with `QUICK` effort bounded and safe in any thread."""

    def __init__(self, effort: Effort = QUICK, texts: Sequence[str] = ()) -> None:
        """`texts`: what is compared, as written; the sample points depend on it."""
        self.effort = effort
        self.meter = Meter(effort.max_total, texts)
        self.is_unsure = False
        """Whether more effort might have told more, in any comparison so far."""

    def same(self, left: Node, right: Node) -> Verdict:
        if isinstance(left, Number) and isinstance(right, Number):
            return Verdict.SAME if left.value == right.value else Verdict.DIFFERENT
        if left == right:
            return Verdict.SAME
        if _open_log(left) or _open_log(right):
            return either(self._same(left, right, base_ten=b) for b in (False, True))
        return self._same(left, right, base_ten=False)

    def _same(self, left: Node, right: Node, *, base_ten: bool) -> Verdict:
        names = free_symbols(left) | free_symbols(right)
        if "∞" in names:
            return _same_infinity(left, right)
        if self.meter.is_empty:
            return self._noted(Verdict.UNKNOWN)
        exact = self._same_fraction(left, right, bool(names))
        if exact is not Verdict.UNKNOWN:
            return exact
        points = _POINTS if names else _POINTS[:1]
        if self._clearly_different(left, right, points, base_ten=base_ten):
            return Verdict.DIFFERENT
        digits = self._same_digits(left, right, points, base_ten=base_ten)
        if digits is not Verdict.UNKNOWN:
            return digits
        counting = counts_names(left, right)
        return self._noted(
            multiprecision.same(left, right, self.effort, self.meter, base_ten=base_ten, counting=counting)
        )

    def within(self, left: Node, right: Node, tolerance: Fraction) -> Verdict:
        if free_symbols(left) or free_symbols(right):
            return Verdict.DIFFERENT
        if self.meter.is_empty:
            return self._noted(Verdict.UNKNOWN)
        try:
            distance = self._exact(left, None) - self._exact(right, None)
            return Verdict.SAME if -tolerance <= distance <= tolerance else Verdict.DIFFERENT
        except TooLargeError:
            return Verdict.HOPELESS
        except NoValueError:
            pass
        arithmetic = Decimals(0)
        try:
            one, other, limit = arithmetic.value(left), arithmetic.value(right), arithmetic.number(tolerance)
            with decimal.localcontext(arithmetic.context):
                gap = abs(one - other)
                if arithmetic.lost <= Decimals.MAX_LOST and abs(gap - limit) > max(abs(one), abs(other)) * _APART:
                    return Verdict.SAME if gap <= limit else Verdict.DIFFERENT
        except TooLargeError:
            return Verdict.HOPELESS
        except NoValueError:
            pass
        finally:
            self.meter.take(_TICKS_OF_POINT + _TICKS_OF_POWER * arithmetic.work)
        try:
            floats = Floats(0)
            gap_of_floats = abs(floats.value(left) - floats.value(right))
            if floats.proves and gap_of_floats > 2 * float(tolerance) + 1e-9 * floats.largest:
                return Verdict.DIFFERENT
        except NoValueError:
            pass
        return self._noted(multiprecision.within(left, right, tolerance, self.effort, self.meter))

    def proportional(self, left: Node, right: Node) -> tuple[Verdict, int]:
        if not free_symbols(left) & free_symbols(right):
            return Verdict.DIFFERENT, 0
        if self.meter.is_empty:
            return self._noted(Verdict.UNKNOWN), 0
        self.meter.take(10 * (size_of(left) + size_of(right)))
        heads = left.heads | right.heads
        if heads.isdisjoint(_STEPS) and heads.isdisjoint(_IRRATIONAL):
            verdict, sign = _constant(self._ratios(left, right, Exact, range(3)), 0)
            if verdict is not Verdict.UNKNOWN:
                return verdict, sign
        verdict, sign = _constant(self._ratios(left, right, Floats, _POINTS), 1e-6, enough=len(_POINTS))
        if verdict is Verdict.DIFFERENT:
            return verdict, sign
        verdict, sign = _constant(self._ratios(left, right, Decimals, range(1, 4)), _CLOSE)
        if verdict is not Verdict.UNKNOWN:
            return verdict, sign
        verdict, sign = multiprecision.proportional(left, right, self.effort, self.meter)
        return self._noted(verdict), sign

    def _ratios(
        self, left: Node, right: Node, kind: Callable[[int], Arithmetic[Any]], points: Iterable[int]
    ) -> Iterator[Any]:
        """`left / right` at each point where both have a value and neither is zero or in doubt."""
        for point in points:
            arithmetic = kind(point)
            arithmetic.salt = self.meter.salt
            try:
                one, other = arithmetic.value(left), arithmetic.value(right)
            except NoValueError:
                continue
            if one and other and arithmetic.proves:
                yield arithmetic.ratio(one, other)

    def _noted(self, verdict: Verdict) -> Verdict:
        self.is_unsure |= verdict is Verdict.UNKNOWN
        return verdict

    def _same_fraction(self, left: Node, right: Node, named: bool) -> Verdict:
        if named and not (left.heads.isdisjoint(_NOT_RATIONAL) and right.heads.isdisjoint(_NOT_RATIONAL)):
            return Verdict.UNKNOWN
        try:
            for point in (0, 1) if named else (None,):
                if self._exact(left, point) != self._exact(right, point):
                    return Verdict.DIFFERENT
        except TooLargeError:
            return Verdict.UNKNOWN if named else Verdict.HOPELESS
        except NoValueError:
            return Verdict.UNKNOWN
        return Verdict.SAME

    def _exact(self, node: Node, point: int | None) -> int | Fraction:
        if type(node) is Number:
            return node.value
        arithmetic = Exact(point)
        if point is not None:
            arithmetic.salt = self.meter.salt
        try:
            return arithmetic.value(node)
        finally:
            self.meter.take(arithmetic.work // 64)

    def _clearly_different(self, left: Node, right: Node, points: range, *, base_ten: bool) -> bool:
        """Whether machine numbers prove a difference: at a point where both are real, or at every point where not."""
        counting = counts_names(left, right)
        operations = _TICKS_OF_POINT + size_of(left) + size_of(right)
        complex_points: list[bool] = []
        signs: tuple[bool, ...] = (False,)
        if (uses(left, _ABSOLUTE) or uses(right, _ABSOLUTE)) and len(points) > 1:
            signs, points = (False, True), range(len(REGIMES) + _BESIDE_KINKS)
        elif (uses(left, _FLOORS) or uses(right, _FLOORS)) and len(points) > 1:
            points = range(len(REGIMES) + _BESIDE_KINKS)
        for point, negative in ((p, n) for p in points for n in signs):
            arithmetic = Floats(point, negative=negative, whole_names=counting)
            arithmetic.salt = self.meter.salt
            arithmetic.log_base_ten = base_ten
            try:
                one, other = arithmetic.value(left), arithmetic.value(right)
            except NoValueError:
                continue
            finally:
                self.meter.take(operations)
            if not arithmetic.proves:
                continue
            gap, size = abs(one - other), max(abs(one), abs(other))
            differs = gap > 1e-6 * size and gap > 1e-9 * arithmetic.largest and size > 1e-290
            if _is_real(one) and _is_real(other):
                if differs:
                    return True
                complex_points.append(False)
            else:
                complex_points.append(differs)
        return bool(complex_points) and all(complex_points)

    def _same_digits(self, left: Node, right: Node, points: range, *, base_ten: bool) -> Verdict:
        if counts_names(left, right) or (uses(left, _ABSOLUTE) != uses(right, _ABSOLUTE) and len(points) > 1):
            return Verdict.UNKNOWN
        agreed, enough = 0, min(_ENOUGH, len(points))
        for point in sorted(points, key=_FAR_FIRST.__getitem__):
            if agreed == enough or self.meter.is_empty:
                break
            arithmetic = Decimals(point)
            arithmetic.salt = self.meter.salt
            arithmetic.log_base_ten = base_ten
            try:
                one, other = arithmetic.value(left), arithmetic.value(right)
            except TooLargeError:
                return Verdict.HOPELESS
            except NoValueError:
                continue
            finally:
                self.meter.take(_TICKS_OF_POINT + _TICKS_OF_POWER * arithmetic.work)
            with decimal.localcontext(arithmetic.context):
                gap, size = abs(one - other), max(abs(one), abs(other))
                is_close, is_apart = gap <= size * _CLOSE, gap > size * _APART
            if not is_close:
                if arithmetic.lost <= Decimals.MAX_LOST and is_apart:
                    return Verdict.DIFFERENT
                continue
            if arithmetic.proves:
                agreed += 1
        return Verdict.SAME if agreed == enough else Verdict.UNKNOWN


def _open_log(node: Node) -> bool:
    """Whether a logarithm without a base occurs."""
    if not isinstance(node, Call) or "log" not in node.heads:
        return False
    return (node.head == "log" and len(node.arguments) == 1) or any(_open_log(a) for a in node.arguments)


def _same_infinity(left: Node, right: Node) -> Verdict:
    """Infinities are the same when they have the same sign and nothing else around them."""
    return Verdict.SAME if left == right else Verdict.DIFFERENT


def counts_names(left: Node, right: Node) -> bool:
    """Whether the names on both sides stand for whole numbers: `(-1)^n`, `\\lfloor k/2 \\rfloor`."""
    return (counts(left) or counts(right)) and free_symbols(left) | free_symbols(right) <= COUNTERS


def _is_real(value: complex) -> bool:
    return abs(value.imag) <= 1e-12 * abs(value)


def _constant(ratios: Iterator[Any], tolerance: Any, enough: int = 2) -> tuple[Verdict, int]:
    """Whether the ratios are one number, as soon as `enough` of them say so, and its sign (of the real part)."""
    first = next(ratios, None)
    if first is None:
        return Verdict.UNKNOWN, 0
    seen = 1
    for ratio in ratios:
        if abs(ratio - first) > tolerance * abs(first):
            return Verdict.DIFFERENT, 0
        seen += 1
        if seen == enough:
            break
    real = first.real if isinstance(first, complex) else first
    return (Verdict.SAME if seen >= 2 else Verdict.UNKNOWN), 1 if real > 0 else -1


def as_number(node: Node) -> float | None:
    """The real machine number that a constant is, for ordering endpoints; None where it is none."""
    if isinstance(node, Number):
        try:
            return float(node.value)
        except OverflowError:
            return None
    if free_symbols(node):
        return None
    try:
        value = Floats(0).value(node)
    except NoValueError:
        return None
    return value.real if _is_real(value) else None
