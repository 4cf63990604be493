"""Complex numbers to many digits, where real decimals can't tell: trigonometry, complex values, sizes far apart.

`Effort` says how much is spent: `QUICK` is bounded and runs in the caller's process; `THOROUGH` is for a worker that
can be killed. Digits at random points are evidence that a simplifier's "could not show" is not.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rewardkit.verifiers.math.arithmetic import REGIMES, Arithmetic, Meter, NoValueError, TooLargeError, chance, whole
from rewardkit.verifiers.math.expression import HYPERBOLIC, TRIGONOMETRIC, Call, Node
from rewardkit.verifiers.math.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Effort:
    """How far a comparison goes."""

    digits: int
    """Digits computed with."""
    agreed: int
    """Digits that must agree."""
    points: int
    """Sample points of an expression with names."""
    max_span: int
    """Decimal exponents met in a computation, beyond which it is not worth its digits."""
    max_work: int | None
    """Operations of both sides at all points; None: any number."""
    max_total: int
    """What all comparisons of a pair of answers may spend together; see `Meter`."""
    max_argument: float
    """Of functions that grow or turn fast."""
    gamma_digits: int
    """Digits up to which factorials of other than small whole numbers are computed: they take seconds beyond."""


QUICK = Effort(60, 30, points=3, max_span=90, max_work=400, max_total=25_000, max_argument=1e4, gamma_digits=80)
THOROUGH = Effort(75, 40, 10, max_span=2_500, max_work=None, max_total=1_500_000, max_argument=1e6, gamma_digits=250)

_PASSES = 4
"""Attempts at a point, each with the digits that the one before asked for."""
_SPAN_FOR_FREE = 15
"""The span that the digits of an effort have room for."""
_GUARD_BITS = 20
"""The last bits of a number, which rounding errors own."""
_WARM_BITS = 4_000
_MAX_COUNTED = 1_000
"""Factorials up to it are multiplied out in whole numbers."""
_DIGITS_OF_BIT = 0.30103

_OWN = threading.local()
_LOADING = threading.Lock()


@functools.cache
def _library() -> Any:
    """mpmath, with its constants computed to more bits than `QUICK` asks for.

    It keeps a constant and the number of its bits one after the other, so that a thread that asks for few bits while
    another asks for more than ever gets a wrong value. With all of them there at the start nobody asks for more.
    """
    import mpmath
    from mpmath.libmp import gammazeta, libelefun

    for constant in (libelefun.pi_fixed, libelefun.e_fixed, libelefun.ln2_fixed, libelefun.ln10_fixed):
        constant(_WARM_BITS)
    gammazeta.euler_fixed(_WARM_BITS // 4)
    return mpmath


def _context(digits: int) -> Any:
    """This thread's mpmath context, set to so many digits."""
    context = getattr(_OWN, "context", None)
    if context is None:
        with _LOADING:
            context = _OWN.context = _library().mp.clone()
    context.dps = digits
    return context


class Big(Arithmetic[Any]):
    """Complex numbers of `digits` digits at one sample point.

    `span` is the largest decimal exponent met: of values, of what parts them from one, of what is left of a sum whose
    terms cancel, of what lies between the terms of a sum, and of the terms of a literal.
    """

    def __init__(self, point: int, effort: Effort, digits: int = 0, *, whole_names: bool = False) -> None:
        self.point = point
        self.effort = effort
        self.whole_names = whole_names
        self.context = _context(digits or effort.digits)
        self.span = 0
        self.gammas = 0

    def _noted(self, value: Any) -> Any:
        context = self.context
        if not context.isfinite(value):
            raise NoValueError("not finite")
        if value:
            size = abs(int(context.mag(value)) * _DIGITS_OF_BIT)
            if size > self.span:
                self._spanned(size)
        return value

    def _spanned(self, size: float) -> None:
        """Note a span, at once where it is more than the effort is ready for: what follows would be slow."""
        if size > self.effort.max_span:
            raise TooLargeError("span") if size > THOROUGH.max_span else NoValueError("span")
        self.span = max(self.span, int(size))

    def _noted_part(self, value: Any, whole: int) -> Any:
        """What is left of something of `whole` bits before the point: zero if that is rounding errors."""
        if not value:
            return value
        lost = whole - int(self.context.mag(value))
        if lost > self.context.prec - _GUARD_BITS:
            return self.context.zero
        self._spanned(lost * _DIGITS_OF_BIT)
        return value

    def _noted_root(self, value: Any) -> Any:
        """As `_noted`, with what parts the value from one: the root of a root of a root of 2 is nearly 1."""
        noted = self._noted(value)
        self._noted_part((abs(value) if self._is_real(value) else value) - 1, 0)
        return noted

    def _is_real(self, value: Any) -> bool:
        return not self.context.im(value)

    def number(self, value: Fraction) -> Any:
        below = value.denominator
        if below == 1:
            return self._noted(self.context.mpf(value.numerator))
        self._spanned(below.bit_length() * _DIGITS_OF_BIT)
        return self._noted(self.context.mpf(value.numerator) / below)

    def symbol(self, name: str) -> Any:
        context = self.context
        if name == "pi":
            return +context.pi
        if name == "e":
            return +context.e
        if name == "i":
            return context.mpc(0, 1)
        if name == "∞":
            raise NoValueError(name)
        if self.whole_names:
            return context.mpf(whole(name, self.point, self.salt))
        low, high = REGIMES[self.point % len(REGIMES)]
        return context.mpf(low) + context.mpf(high - low) * context.mpf(chance(name, self.point, self.salt))

    def sum(self, terms: Sequence[Any]) -> Any:
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        magnitude = self.context.mag
        sizes = [int(magnitude(t)) for t in terms if t]
        if not sizes:
            return total
        self._spanned((max(sizes) - min(sizes)) * _DIGITS_OF_BIT)  # the least term counts as well
        return self._noted_part(total, max(sizes))

    def product(self, factors: Sequence[Any]) -> Any:
        total = factors[0]
        for factor in factors[1:]:
            total = total * factor
        return self._noted(total)

    def ratio(self, one: Any, other: Any) -> Any:
        return one / other

    def power(self, base: Any, exponent: Any) -> Any:
        if not base:
            if self.context.re(exponent) > 0:
                return base
            raise NoValueError("power of zero")
        logarithm = self.context.log(base)
        if abs(exponent) * abs(logarithm) > _MAX_TURN or abs(self.context.re(exponent * logarithm)) > _MAX_LOGARITHM:
            raise TooLargeError("power")
        return self._noted_root(self.context.power(base, exponent))

    def root(self, base: Any, index: Any) -> Any:
        context = self.context
        if index == 2:
            return self._noted_root(context.sqrt(base))
        if not context.im(base) and context.re(base) < 0 and context.re(index) % 2 == 1:
            return -self.root(-base, index)
        return self.power(base, 1 / index) if base else base

    def function(self, name: str, arguments: Sequence[Any]) -> Any:
        context, first = self.context, arguments[0]
        if name == "log":
            return self._noted(self._noted_part(context.log(first), 0) / context.log(arguments[1]))
        if name in _FAST and abs(first) > self.effort.max_argument:
            raise TooLargeError(name) if abs(first) > THOROUGH.max_argument else NoValueError(name)
        if name in HYPERBOLIC:  # tanh(100) is not 1, but for 87 digits it is
            self._spanned(float(abs(first)))
        if name in ("factorial", "binom"):
            return self._noted(self._counted(name, arguments))
        if name in ("floor", "ceil"):
            return self._step(name, first)
        function = getattr(context, _MPMATH_NAMES.get(name, name), None)
        if function is None:
            raise NoValueError(name)
        value = function(*arguments)
        if name in _CROSSING:
            value = self._noted_part(value, max(0, int(context.mag(first))) if first else 0)
        return self._noted_root(value)

    def _counted(self, name: str, arguments: Sequence[Any]) -> Any:
        """Factorials and binomials: in whole numbers where they are, else by the gamma function if that is bounded."""
        context = self.context
        if any(abs(a) > self.effort.max_argument for a in arguments):
            raise TooLargeError(name) if abs(arguments[0]) > THOROUGH.max_argument else NoValueError(name)
        if all(self._is_real(a) and a == int(context.re(a)) and 0 <= context.re(a) <= _MAX_COUNTED for a in arguments):
            whole = [int(context.re(a)) for a in arguments]
            return context.mpf(math.factorial(*whole) if name == "factorial" else math.comb(*whole))
        self.gammas += 1
        if context.dps > self.effort.gamma_digits or self.gammas > _MAX_GAMMAS:
            raise NoValueError(name)
        return context.factorial(*arguments) if name == "factorial" else context.binomial(*arguments)

    def _step(self, name: str, value: Any) -> Any:
        """The floor or ceiling; a value that is whole but for rounding errors is whole."""
        context = self.context
        if not self._is_real(value):
            raise NoValueError(name)
        nearest = context.nint(value)
        if not self._noted_part(value - nearest, max(0, int(context.mag(value))) if value else 0):
            return nearest
        return context.floor(value) if name == "floor" else context.ceil(value)


_FAST = frozenset(("exp", *HYPERBOLIC, *TRIGONOMETRIC))
"""Functions that grow or turn fast: the cosecant of a tower takes as many digits of π as the tower has."""
_MAX_TURN = 1e7
_MAX_LOGARITHM = 1e4
"""Of a power: beyond `THOROUGH.max_span`."""
_CROSSING = frozenset(("sin", "cos", "tan", "cot", "ln", "arccosh"))
"""Functions that are zero elsewhere than at zero."""
_MAX_GAMMAS = 16
"""Values of the gamma function in one value."""
_MPMATH_NAMES = {
    "ln": "log", "abs": "fabs", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arccot": "acot", "arcsec": "asec", "arccsc": "acsc", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip


def same(left: Node, right: Node, effort: Effort, meter: Meter, *, base_ten: bool, counting: bool) -> Verdict:
    """Whether two expressions have the same value at random points, as far as the effort tells."""
    named = bool(left.names or right.names)
    enough = 2 if left.heads.isdisjoint(_STEPS) and right.heads.isdisjoint(_STEPS) else effort.points
    on_reals: list[Verdict] = []
    elsewhere: list[Verdict] = []
    for point in range(effort.points if named else 1):
        if _is_too_much(left, right, effort, meter):
            return Verdict.UNKNOWN
        try:
            is_real, verdict = _at_point(left, right, point, effort, meter, base_ten=base_ten, counting=counting)
        except TooLargeError:
            if not named:
                return Verdict.HOPELESS
            continue
        except NoValueError:
            continue
        (on_reals if is_real else elsewhere).append(verdict)
        if is_real and verdict is Verdict.DIFFERENT:
            return verdict
        if len(on_reals) == enough:
            break
    decisive = on_reals if len(on_reals) >= 2 else on_reals + elsewhere
    if len(decisive) < (2 if named else 1):
        return Verdict.UNKNOWN
    return decisive[0] if len(set(decisive)) == 1 else Verdict.UNKNOWN


_STEPS = frozenset(("abs", "floor", "ceil"))
"""Operations that take another course elsewhere, so that two points are few."""


def within(left: Node, right: Node, tolerance: Fraction, effort: Effort, meter: Meter) -> Verdict:
    """Whether two constants differ by at most `tolerance`."""
    if _is_too_much(left, right, effort, meter):
        return Verdict.UNKNOWN
    try:
        one, other, arithmetic = _values(left, right, 0, effort, meter)
    except NoValueError:
        return Verdict.UNKNOWN
    gap, limit = abs(one - other), arithmetic.number(tolerance)
    if abs(gap - limit) <= _noise(arithmetic):
        return Verdict.UNKNOWN
    return Verdict.SAME if gap <= limit else Verdict.DIFFERENT


def proportional(left: Node, right: Node, effort: Effort, meter: Meter) -> tuple[Verdict, int]:
    """Whether one is a constant multiple of the other, and the sign of the factor."""
    ratios: list[Any] = []
    for point in range(effort.points):
        if _is_too_much(left, right, effort, meter):
            return Verdict.UNKNOWN, 0
        try:
            one, other, arithmetic = _values(left, right, point, effort, meter)
        except NoValueError:
            continue
        noise = _noise(arithmetic)
        if min(abs(one), abs(other)) > noise * 10**effort.agreed:
            ratios.append(arithmetic.ratio(one, other))
    if len(ratios) < 2:
        return Verdict.UNKNOWN, 0
    if any(abs(r - ratios[0]) > abs(ratios[0]) * 10.0 ** -(effort.agreed - 5) for r in ratios[1:]):
        return Verdict.DIFFERENT, 0
    return Verdict.SAME, 1 if ratios[0].real > 0 else -1


def _at_point(
    left: Node, right: Node, point: int, effort: Effort, meter: Meter, *, base_ten: bool, counting: bool
) -> tuple[bool, Verdict]:
    """Whether both values are real at a point, and whether they are the same to the digits that must agree."""
    one, other, arithmetic = _values(left, right, point, effort, meter, base_ten=base_ten, counting=counting)
    context = arithmetic.context
    gap, size = abs(one - other), max(abs(one), abs(other))
    noise = _noise(arithmetic)
    close = context.mpf(10) ** -(effort.agreed + arithmetic.span)
    is_same = gap <= size * close or gap <= noise
    real = all(abs(context.im(v)) <= max(abs(v) * close, noise) for v in (one, other))
    return real, Verdict.SAME if is_same else Verdict.DIFFERENT


def _values(
    left: Node,
    right: Node,
    point: int,
    effort: Effort,
    meter: Meter,
    *,
    base_ten: bool = False,
    counting: bool = False,
) -> tuple[Any, Any, Big]:
    """Both values at a point, with as many digits as the spans met ask for."""
    digits = effort.digits
    for _ in range(_PASSES):
        if meter.is_empty:
            break
        arithmetic = Big(point, effort, digits, whole_names=counting)
        arithmetic.salt = meter.salt
        arithmetic.log_base_ten = base_ten
        meter.take((size_of(left) + size_of(right)) * (20 + digits * digits // 1000))
        one, other = arithmetic.value(left), arithmetic.value(right)
        span = arithmetic.span
        if span <= _SPAN_FOR_FREE or digits >= effort.digits + 2 * span:
            return one, other, arithmetic
        digits = effort.digits + 3 * span
    raise NoValueError("span")


def _noise(arithmetic: Big) -> Any:
    """How far off a value may be for its rounding errors."""
    context = arithmetic.context
    return context.mpf(10) ** -(context.dps - 15 - arithmetic.span)


def _is_too_much(left: Node, right: Node, effort: Effort, meter: Meter) -> bool:
    if meter.is_empty:
        return True
    return effort.max_work is not None and (size_of(left) + size_of(right)) * effort.points > effort.max_work


def size_of(node: Node) -> int:
    """Nodes of a tree."""
    return 1 + sum(map(size_of, node.arguments)) if isinstance(node, Call) else 1
