"""Complex machine numbers: a large difference between two values is a proof, closeness is none."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from rewardkit.verifiers.math.arithmetic import REGIMES, Arithmetic, NoValueError, chance, whole

_COMPLEX: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "cot": lambda z: 1 / cmath.tan(z),
    "sec": lambda z: 1 / cmath.cos(z),
    "csc": lambda z: 1 / cmath.sin(z),
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
    "arccot": lambda z: cmath.atan(1 / z),
    "arcsec": lambda z: cmath.acos(1 / z),
    "arccsc": lambda z: cmath.asin(1 / z),
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "coth": lambda z: 1 / cmath.tanh(z),
    "arcsinh": cmath.asinh,
    "arccosh": cmath.acosh,
    "arctanh": cmath.atanh,
    "exp": cmath.exp,
    "ln": cmath.log,
    "abs": lambda z: complex(abs(z)),
}


_TURNING = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
"""Functions whose rounding errors are as large as their argument."""
_CROSSING = frozenset(("sin", "cos", "tan", "cot", "arccos", "arccosh", "ln"))
"""Functions that are zero elsewhere than at zero, where only rounding errors are left of them."""
_STEEP = 1e5
"""An exponent that makes as many rounding errors of one."""


NEAREST, FARTHEST = 0.02, 60.0
"""Where further sample points lie, evenly by orders of magnitude: a kink such as that of `|x - 2|` has two sides."""


class Floats(Arithmetic[complex]):
    """Machine numbers at one sample point.

    `largest` is the largest addend met, the scale of the rounding errors. `is_noise` says that something met is made
    of rounding errors, as `sin(π)` is, so that nothing follows from the value.
    """

    def __init__(self, point: int, *, negative: bool = False, whole_names: bool = False) -> None:
        self.point = point
        self.whole_names = whole_names
        self.negative = negative
        self.largest = 0.0
        self.is_noise = False

    @property
    def proves(self) -> bool:
        return not self.is_noise

    def number(self, value: Fraction) -> complex:
        return complex(value.numerator / value.denominator)

    def symbol(self, name: str) -> complex:
        if name == "pi":
            return complex(math.pi)
        if name == "e":
            return complex(math.e)
        if name == "i":
            return 1j
        if name == "∞":
            raise NoValueError(name)
        if self.whole_names:
            return complex(whole(name, self.point, self.salt))
        share = chance(name, self.point, self.salt)
        if self.point < len(REGIMES):
            low, high = REGIMES[self.point]
            sampled = low + (high - low) * share
        else:
            sampled = NEAREST * (FARTHEST / NEAREST) ** share
        return complex(-sampled if self.negative else sampled)

    def sum(self, terms: Sequence[complex]) -> complex:
        total = 0j
        largest = 0.0
        for term in terms:
            total += term
            size = abs(term)
            largest = max(largest, size)
        self.largest = max(self.largest, largest)
        if abs(total) < 1e-8 * largest:
            self.is_noise = True
        return self._finite(total)

    def product(self, factors: Sequence[complex]) -> complex:
        total = factors[0]
        for factor in factors[1:]:
            total *= factor
        return self._finite(total)

    def ratio(self, one: complex, other: complex) -> complex:
        return one / other

    def power(self, base: complex, exponent: complex) -> complex:
        if base == 0 and exponent.real <= 0:
            raise NoValueError("power of zero")
        if exponent.imag == 0 and exponent.real.is_integer() and abs(exponent.real) < 64:
            return self._finite(base ** int(exponent.real))
        if abs(exponent) > _STEEP:
            self.is_noise = True
        return self._finite(base**exponent)

    def root(self, base: complex, index: complex) -> complex:
        if index == 0:
            raise NoValueError("root")
        if index == 2:
            return cmath.sqrt(base)
        if base.imag == 0 and base.real < 0 and index.real % 2 == 1:
            return -self.root(-base, index)
        return self._finite(base ** (1 / index))

    def function(self, name: str, arguments: Sequence[complex]) -> complex:
        first = arguments[0]
        if name in _COMPLEX:
            value = _COMPLEX[name](first)
            if (abs(value) < 1e-8 and name in _CROSSING) or (abs(first) > _STEEP and name in _TURNING):
                self.is_noise = True
            return self._finite(value)
        if name == "log":
            logarithm = cmath.log(first)
            if abs(logarithm) < 1e-8:
                self.is_noise = True
            return self._finite(logarithm / cmath.log(arguments[1]))
        if any(abs(a.imag) > 0 for a in arguments):
            raise NoValueError(name)
        if name in ("floor", "ceil"):
            if first.real.is_integer():
                return first
            if abs(first.real - round(first.real)) < 1e-6 * max(1.0, abs(first.real)):
                raise NoValueError("too close to a step")
            return complex(math.floor(first.real) if name == "floor" else math.ceil(first.real))
        if name == "factorial" and -1 < first.real < 160:
            return complex(math.gamma(first.real + 1))
        if name == "binom" and -1 < first.real < 160 and -1 < arguments[1].real < first.real + 1:
            n, k = first.real, arguments[1].real
            return complex(math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)))
        raise NoValueError(name)

    def _finite(self, value: complex) -> complex:
        if not (math.isfinite(value.real) and math.isfinite(value.imag)):
            raise NoValueError("overflow")
        return value
