"""The `math` verifier on pairs of expressions whose equality is known by construction.

    python benchmarks/math_sympy.py --pairs 20000

Half of the pairs are one expression rewritten by sympy (`expand`, `factor`, `together`, `apart`, `trigsimp`, `rewrite`,
identities, another order of terms), half are one with something changed in it (a coefficient, a sign, an exponent, a
function, a name) and proved different: at three points, to 40 digits. Names are taken to be positive, as the verifier
documents, but for those below an absolute value. Each pair is printed in two LaTeX styles, one for the answer and one
for the reference. `\\log` without a base may be natural or decimal, so that two expressions are different only if they
are in both readings.

False positives must be none, and false negatives at most one in a thousand; the exit code is 1 otherwise. Everything
comes out of the seed.
"""

from __future__ import annotations

import argparse
import collections
import functools
import itertools
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import mpmath
import sympy as sp

from rewardkit import Outcome, Sample
from rewardkit.bench.machine import describe, sentence
from rewardkit.bench.statistics import wilson
from rewardkit.execution.local import LocalExecutor
from rewardkit.verifiers.math.verifier import Math

MAX_FALSE_NEGATIVES = 0.001
DIGITS = 40
"""Digits that a proof of difference, and the check of a rewriting, compute with."""
PATIENCE_S = 1.0
"""Seconds that sympy gets for a pair."""
BATCH = 200
MAX_SIZE = 60
"""Operations of an expression."""
LONGEST = 700
"""Characters of a printed expression; what sympy makes longer is left out."""

x, y, z, a, b, n, t = NAMES = sp.symbols("x y z a b n t", positive=True)


class Pair(NamedTuple):
    """A reference and an answer, and whether they are equal."""

    family: str
    change: str
    reference: str
    answer: str
    equal: bool


class Family(NamedTuple):
    """A kind of expressions, and what may be done to them without changing their value."""

    make: Callable[[random.Random], Any]
    rewrites: tuple[tuple[str, Callable[[Any], Any]], ...]


def _number(rng: random.Random) -> Any:
    kind = rng.random()
    if kind < 0.75:
        return sp.Integer(rng.choice((-1, 1)) * rng.randint(1, 9))
    return sp.Rational(rng.choice((-1, 1)) * rng.randint(1, 9), rng.randint(2, 9))


def _polynomial(rng: random.Random, names: int = 2, degree: int = 3) -> Any:
    chosen = rng.sample((x, y, z, a, b, t), rng.randint(1, names))
    terms = [_number(rng) * sp.Mul(*(s ** rng.randint(0, degree) for s in chosen)) for _ in range(rng.randint(2, 4))]
    return sp.Add(*terms)


def _rational(rng: random.Random) -> Any:
    above, below = _polynomial(rng, 2, 2), _polynomial(rng, 2, 2)
    if below == 0:
        below = x + 1
    return above / below + rng.choice((0, 1 / (rng.choice(NAMES) + rng.randint(1, 5))))


def _product(rng: random.Random) -> Any:
    factors = [_polynomial(rng, 2, 1) ** rng.randint(1, 3) for _ in range(rng.randint(2, 3))]
    return sp.Mul(*factors)


def _radical(rng: random.Random) -> Any:
    def root(inner: Any) -> Any:
        return rng.choice((sp.sqrt, sp.cbrt))(inner)

    one = root(rng.choice((2, 3, 5, 6, 8, 12, 18, x, x + 1, x * y, x**2 + y, 4 * x)))
    other = root(rng.choice((2, 3, 7, 20, 27, y, 9 * y, x + y)))
    return rng.choice(
        (
            (one + other) ** 2,
            one * other + _number(rng),
            1 / (one + other),
            (one - other) / _number(rng),
            one**3 + other,
        )
    )


def _power(rng: random.Random) -> Any:
    base = sp.Integer(rng.choice((2, 3, 5, 6, 10)))
    exponent = rng.choice((x, n, 2 * n, n + 1, x - y, t / 2, n * t)) + rng.randint(-2, 3)
    other = rng.choice((base, base**2, sp.E, x))
    return _number(rng) * base**exponent * other ** (
        rng.choice((n, t, x)) * rng.choice((1, 2, sp.Rational(1, 2)))
    ) + rng.choice((0, _number(rng), n))


def _exponential(rng: random.Random) -> Any:
    inner = rng.choice((x, 2 * x, x + y, x - 1, -t, x**2))
    shapes = (
        sp.exp(inner) * sp.exp(_number(rng) * y) + _number(rng), (sp.exp(x) + sp.exp(-x)) ** 2,
        sp.log(x * y**2) + _number(rng) * sp.log(z), sp.log(x / y) - sp.log(x + 1),
        sp.exp(2 * sp.log(x) + y), sp.log(sp.exp(x) * y) + sp.exp(_number(rng) * t),
        sp.log(rng.choice((8, 12, 72, 50))) + sp.log(x) * _number(rng), sp.exp(inner) * (sp.exp(inner) - _number(rng)),
    )  # fmt: skip
    return rng.choice(shapes)


def _trigonometric(rng: random.Random) -> Any:
    one, other = rng.choice((x, 2 * x, x / 2, t, 3 * x)), rng.choice((y, x, a))
    shapes = (
        sp.sin(one) * sp.cos(other) + _number(rng), sp.sin(one) ** 2 + _number(rng) * sp.cos(one) ** 2,
        sp.cos(one + other), sp.sin(one - other) * _number(rng), sp.tan(one) + 1 / sp.cos(other),
        sp.sin(one) ** 4 - sp.cos(one) ** 4, (sp.sin(one) + sp.cos(one)) ** 2 * _number(rng),
        sp.tan(one) ** 2 + _number(rng),
        sp.cos(2 * one) * _number(rng) + sp.sin(one), sp.cot(one) * sp.sin(other),
    )  # fmt: skip
    return rng.choice(shapes)


def _hyperbolic(rng: random.Random) -> Any:
    one, other = rng.choice((x, 2 * x, t)), rng.choice((y, x))
    shapes = (
        sp.sinh(one) * sp.cosh(other) + _number(rng), sp.cosh(one) ** 2 - _number(rng) * sp.sinh(one) ** 2,
        sp.tanh(one) * _number(rng) + 1, sp.cosh(one + other), sp.sinh(one) ** 2, sp.asinh(x) + _number(rng),
        sp.cosh(one) + sp.sinh(other) * _number(rng),
    )  # fmt: skip
    return rng.choice(shapes)


def _counting(rng: random.Random) -> Any:
    k = rng.randint(2, 8)
    shapes = (
        sp.factorial(k, evaluate=False) * n / _number(rng), sp.binomial(k + 3, 2, evaluate=False) * x + _number(rng),
        sp.factorial(k, evaluate=False) / sp.factorial(k - 1, evaluate=False) + x,
        sp.binomial(n, 2) + _number(rng) * n, sp.binomial(n + 1, 3), sp.binomial(k + 2, k, evaluate=False) * y**2 - x,
        sp.factorial(n + 1) / sp.factorial(n) * _number(rng), sp.factorial(n) * (n + 1) * _number(rng),
    )  # fmt: skip
    return rng.choice(shapes)


def _complex(rng: random.Random) -> Any:
    one = _number(rng) + _number(rng) * sp.I
    other = _number(rng) + _number(rng) * sp.I
    return rng.choice(
        (
            one * other,
            one / other,
            one**3,
            one * x + other,
            (x + sp.I * y) ** 2 * one,
            one**2 / (x + sp.I),
            sp.exp(sp.I * x) * other,
        )
    )


def _absolute(rng: random.Random) -> Any:
    real = sp.Symbol(rng.choice("xyt"), real=True)
    inner = rng.choice((real, real - rng.randint(1, 5), 2 * real + 3, real**2 - 4, real * (real - 1)))
    return sp.Abs(inner) * _number(rng) + rng.choice((0, real, _number(rng)))


def _constant(rng: random.Random) -> Any:
    atoms = (
        sp.pi,
        sp.E,
        sp.sqrt(2),
        sp.sqrt(3),
        sp.log(2),
        sp.log(5),
        sp.GoldenRatio.expand(func=True),
        sp.cbrt(4),
        sp.sin(1),
        sp.cos(sp.pi / 5),
        sp.atan(2),
    )
    one, two, three = rng.sample(atoms, 3)
    return rng.choice(
        (
            (one + two) ** 2,
            one * two + three * _number(rng),
            one / (two + _number(rng)),
            (one + _number(rng)) * (two - three),
            one**2 - two**2 + _number(rng),
        )
    )


def _order(expression: Any) -> Any:
    """The same; the printers turn terms round."""
    return expression


_Rewrites = tuple[tuple[str, Callable[[Any], Any]], ...]

_ALGEBRA: _Rewrites = (
    ("expand", sp.expand),
    ("factor", sp.factor),
    ("together", sp.together),
    ("collect", lambda e: sp.collect(sp.expand(e), x)),
    ("order", _order),
    ("cancel", sp.cancel),
)
_HORNER: _Rewrites = (("horner", lambda e: sp.horner(sp.expand(e))),)
_APART: _Rewrites = (("apart", lambda e: sp.apart(e, min(e.free_symbols, key=str)) if e.free_symbols else e),)
_ROOTS: _Rewrites = (("radsimp", sp.radsimp), ("sqrtdenest", sp.sqrtdenest), ("order", _order))
_POWERS: _Rewrites = (
    ("powsimp", lambda e: sp.powsimp(e, force=True)),
    ("expand_power", lambda e: sp.expand(sp.expand_power_base(sp.expand_power_exp(e), force=True))),
    ("order", _order),
    ("expand", sp.expand),
    ("together", sp.together),
)
_LOGARITHMS: _Rewrites = (
    ("expand_log", lambda e: sp.expand_log(e, force=True)),
    ("logcombine", lambda e: sp.logcombine(e, force=True)),
)
_TRIGONOMETRY: _Rewrites = (
    ("trigsimp", sp.trigsimp),
    ("expand_trig", sp.expand_trig),
    ("fu", sp.fu),
    ("order", _order),
    ("rewrite exp", lambda e: e.rewrite(sp.exp)),
    ("rewrite tan", lambda e: e.rewrite(sp.tan)),
    ("rewrite cos", lambda e: e.rewrite(sp.cos)),
    ("expand", sp.expand),
)
_HYPERBOLIC: _Rewrites = (
    ("rewrite exp", lambda e: e.rewrite(sp.exp)),
    ("expand_trig", sp.expand_trig),
    ("simplify", sp.simplify),
    ("order", _order),
    ("rewrite log", lambda e: e.rewrite(sp.log)),
    ("rewrite tanh", lambda e: e.rewrite(sp.tanh)),
)
_COUNTING: _Rewrites = (
    ("doit", lambda e: e.doit()),
    ("combsimp", sp.combsimp),
    ("expand_func", lambda e: sp.expand(sp.expand_func(e))),
    ("order", _order),
)
_COMPLEX: _Rewrites = (
    ("expand", sp.expand),
    ("parts", sp.expand_complex),
    ("factor", sp.factor),
    ("order", _order),
    ("simplify", sp.simplify),
)
_ABSOLUTE: _Rewrites = (
    ("expand", sp.expand),
    ("order", _order),
    ("negated", lambda e: e.replace(sp.Abs, lambda u: sp.Abs(sp.expand(-u), evaluate=False))),
    ("factor", sp.factor),
    ("root", lambda e: e.replace(sp.Abs, lambda u: sp.sqrt(sp.expand(u**2)))),
)
_CONSTANTS: _Rewrites = (
    ("expand", sp.expand),
    ("radsimp", sp.radsimp),
    ("order", _order),
    ("together", sp.together),
    ("factor", sp.factor),
)

FAMILIES: dict[str, Family] = {
    "polynomials": Family(_product, (*_ALGEBRA, *_HORNER)),
    "rational functions": Family(_rational, (*_ALGEBRA, *_APART)),
    "roots": Family(_radical, (*_ALGEBRA[:3], *_ROOTS)),
    "symbolic exponents": Family(_power, _POWERS),
    "exponentials and logarithms": Family(_exponential, (*_POWERS, *_LOGARITHMS)),
    "trigonometry": Family(_trigonometric, _TRIGONOMETRY),
    "hyperbolic functions": Family(_hyperbolic, _HYPERBOLIC),
    "factorials and binomials": Family(_counting, _COUNTING),
    "complex numbers": Family(_complex, _COMPLEX),
    "absolute values": Family(_absolute, _ABSOLUTE),
    "constants": Family(_constant, _CONSTANTS),
}


# Changes that make an expression another


def changed(rng: random.Random, expression: Any) -> tuple[str, Any]:
    """The expression with one thing changed in it, and what it was."""
    parts = list(sp.preorder_traversal(expression))
    kinds = ["coefficient", "sign", "exponent", "function", "name", "term"]
    rng.shuffle(kinds)
    for kind in kinds:
        if kind == "coefficient" and (numbers := [p for p in parts if p.is_Rational and p != 0]):
            one = rng.choice(numbers)
            return kind, _replaced(rng, expression, one, one + rng.choice((-1, 1, 2)))
        if kind == "sign" and (sums := [p for p in parts if p.is_Add]):
            one = rng.choice(sums)
            term = rng.choice(one.args)
            return kind, _replaced(rng, expression, one, one - 2 * term)
        if kind == "exponent" and (powers := [p for p in parts if p.is_Pow]):
            one = rng.choice(powers)
            return kind, _replaced(rng, expression, one, one.base ** (one.exp + rng.choice((-1, 1))))
        if kind == "function" and (calls := [p for p in parts if type(p) in _TWINS]):
            one = rng.choice(calls)
            return kind, _replaced(rng, expression, one, rng.choice(_TWINS[type(one)])(*one.args))
        if kind == "name" and (names := sorted(expression.free_symbols, key=str)):
            one = rng.choice(names)
            return kind, _replaced(rng, expression, one, rng.choice([s for s in NAMES if s.name != one.name]))
        if kind == "term":
            return kind, expression + rng.choice((1, -1, sp.Rational(1, 10**6), -sp.Rational(1, 10**20), x, sp.pi))
    raise AssertionError


_TWINS: dict[Any, tuple[Any, ...]] = {
    sp.sin: (sp.cos, sp.tan), sp.cos: (sp.sin, sp.sec), sp.tan: (sp.cot, sp.sin), sp.sinh: (sp.cosh,),
    sp.cosh: (sp.sinh,),
    sp.tanh: (sp.sinh,), sp.log: (sp.exp,), sp.exp: (sp.sinh,), sp.Abs: (lambda u: u,), sp.cot: (sp.tan,),
}  # fmt: skip


def _replaced(rng: random.Random, expression: Any, one: Any, other: Any) -> Any:
    """The expression with one of the places where `one` stands holding `other`."""
    places = sum(1 for p in sp.preorder_traversal(expression) if p == one)
    chosen = rng.randrange(max(places, 1))
    seen = -1

    def walk(node: Any) -> Any:
        nonlocal seen
        if node == one:
            seen += 1
            if seen == chosen:
                return other
        return node.func(*(walk(p) for p in node.args)) if node.args else node

    return walk(expression)


# Proofs


def values(one: Any, other: Any, points: int = 3) -> Iterator[tuple[Any, Any]]:
    """Both at points where both are finite; negative ones too where a name may be."""
    names = sorted(one.free_symbols | other.free_symbols, key=str)
    for point in range(points):
        with mpmath.workdps(DIGITS + 20):
            given = {}
            for place, name in enumerate(names):
                value = sp.Rational(7 + 5 * place + 11 * point, 4 + 3 * point + place) + sp.Rational(1, 97)
                given[name] = -value if name.is_positive is None and point == 1 else value
            pair = [_value(e, given) for e in (one, other)]
            if all(v is not None for v in pair):
                yield pair[0], pair[1]


def _value(expression: Any, given: dict[Any, Any]) -> Any:
    value = sp.N(expression.subs(given), DIGITS)
    if not value.is_number or value.has(sp.nan, sp.zoo, sp.oo):
        return None
    return value


def _decimal(expression: Any) -> Any:
    """The expression with its logarithms taken to be decimal."""
    return expression.replace(sp.log, lambda u: sp.log(u) / sp.log(10))


def agree(one: Any, other: Any) -> bool | None:
    """Whether both have the same value wherever they were looked at; None where that is in doubt."""
    seen = [(abs(p - q), max(abs(p), abs(q), sp.Float(1))) for p, q in values(one, other)]
    if len(seen) < (1 if not one.free_symbols | other.free_symbols else 2):
        return None
    if all(gap < size * sp.Float(10) ** -(DIGITS - 12) for gap, size in seen):
        return True
    return False if any(gap > size * sp.Float(10) ** -(DIGITS - 15) for gap, size in seen) else None


# Printing


def _styles() -> tuple[Callable[[Any], str], ...]:
    options: tuple[dict[str, Any], ...] = (
        {}, {"mul_symbol": "dot"}, {"fold_frac_powers": True}, {"root_notation": False}, {"fold_func_brackets": True},
        {"ln_notation": True},
        {"order": "rev-lex"}, {"mul_symbol": "times", "order": "grevlex"}, {"inv_trig_style": "full"},
    )  # fmt: skip
    own = (
        lambda e: sp.latex(e).replace("\\frac", "\\dfrac"),
        lambda e: sp.latex(e, order="grlex").replace("\\left", "").replace("\\right", ""),
        lambda e: sp.latex(e, order="rev-grlex").replace(" ", "").replace("\\cdot", "\\cdot ").replace("\\pi", "\\pi "),
        slashed,
    )
    return (*(functools.partial(sp.latex, **o) for o in options), own[0], own[1], slashed)


def slashed(node: Any) -> str:
    """As a person types it: slashes, implied products, `sqrt{}`."""
    return _Slashed().doprint(node)


class _Slashed(sp.printing.str.StrPrinter):
    """sympy's plain text as LaTeX with slashes."""

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:  # noqa: N802  # sympy's name for it
        if expr.exp == sp.Rational(1, 2):
            return f"\\sqrt{{{self._print(expr.base)}}}"
        if expr.exp == sp.Rational(-1, 2):
            return f"1/\\sqrt{{{self._print(expr.base)}}}"
        base = self._print(expr.base)
        is_bare = expr.base.is_Symbol or (expr.base.is_Integer and expr.base > 0)
        return f"{base if is_bare else f'({base})'}^{{{self._print(expr.exp)}}}"

    def _print_exp(self, expr: Any) -> str:
        return f"e^{{{self._print(expr.args[0])}}}"

    def _print_Exp1(self, expr: Any) -> str:  # noqa: N802
        return "e"

    def _print_ImaginaryUnit(self, expr: Any) -> str:  # noqa: N802
        return "i"

    def _print_Pi(self, expr: Any) -> str:  # noqa: N802
        return "\\pi "

    def _print_Abs(self, expr: Any) -> str:  # noqa: N802
        return f"|{self._print(expr.args[0])}|"

    def _print_factorial(self, expr: Any) -> str:
        return f"({self._print(expr.args[0])})!"

    def _print_binomial(self, expr: Any) -> str:
        return f"\\binom{{{self._print(expr.args[0])}}}{{{self._print(expr.args[1])}}}"

    def _print_Function(self, expr: Any) -> str:  # noqa: N802
        names = {"log": "ln", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh"}
        name = expr.func.__name__
        return f"\\{names.get(name, name)}({', '.join(map(self._print, expr.args))})"


STYLES = _styles()


# Pairs


def make_pair(rng: random.Random) -> Pair | None:
    """One pair; None where sympy's result is too long, not decided, or the same text."""
    family = rng.choice(list(FAMILIES))
    expression = FAMILIES[family].make(rng)
    if expression.count_ops() > MAX_SIZE or expression.has(sp.nan, sp.zoo, sp.oo):
        return None
    equal = rng.random() < 0.5
    rewrite, function = rng.choice(FAMILIES[family].rewrites)
    try:
        other = function(expression)
        change = rewrite
        if not equal:
            what, other = changed(rng, other if rng.random() < 0.5 else expression)
            change = f"another {what}"
        if (
            other.has(sp.nan, sp.zoo, sp.oo, sp.Piecewise, sp.gamma, sp.re, sp.im, sp.arg)
            or agree(expression, other) is not equal
            or (not equal and agree(_decimal(expression), _decimal(other)) is not False)
        ):
            return None
        texts = [rng.choice(STYLES)(e) for e in (expression, other)]
    except (TypeError, ValueError, ZeroDivisionError, NotImplementedError, AttributeError, sp.PolynomialError):
        return None  # sympy can't: the pair is left out
    if rng.random() < 0.5:
        texts.reverse()
    if max(map(len, texts)) > LONGEST or (equal and texts[0] == texts[1]):
        return None
    return Pair(family, change, texts[0], texts[1], equal)


def pairs(seed: int, count: int) -> Iterator[Pair]:
    """So many pairs."""
    for number in itertools.count():
        pair = in_time(functools.partial(make_pair, random.Random(f"{seed}/{number}")), PATIENCE_S)
        if pair is not None:
            yield pair
            count -= 1
            if not count:
                return


def in_time(function: Callable[[], Any], seconds: float) -> Any:
    """What the function returns, or None where it takes longer. For the main thread."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return function()
    except TimeoutError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# The measurement


class Tally:
    """What became of the pairs of one family."""

    def __init__(self) -> None:
        self.equal = self.different = 0
        self.undecided = 0
        self.false_negatives: list[tuple[Pair, Outcome]] = []
        self.false_positives: list[Pair] = []

    def add(self, pair: Pair, outcome: Outcome) -> None:
        is_correct = outcome is Outcome.CORRECT
        self.equal += pair.equal
        self.different += not pair.equal
        self.undecided += outcome not in (Outcome.CORRECT, Outcome.INCORRECT)
        if pair.equal and not is_correct:
            self.false_negatives.append((pair, outcome))
        if is_correct and not pair.equal:
            self.false_positives.append(pair)


def judge(batch: list[Pair], executor: LocalExecutor) -> list[Outcome]:
    """The outcome of each pair."""
    samples = [Sample(response=f"So it is $\\boxed{{{pair.answer}}}$.", reference=pair.reference) for pair in batch]
    return [score.outcome for score in executor.score(Math(), samples)]


def measure(seed: int, count: int, show: Callable[[int], None] = lambda done: None) -> dict[str, Tally]:
    """A tally for each family."""
    tallies: dict[str, Tally] = collections.defaultdict(Tally)
    batch: list[Pair] = []
    with LocalExecutor(workers=1) as executor:
        for done, pair in enumerate(pairs(seed, count), start=1):
            batch.append(pair)
            if len(batch) == BATCH or done == count:
                for one, outcome in zip(batch, judge(batch, executor), strict=True):
                    tallies[one.family].add(one, outcome)
                batch = []
                show(done)
    return dict(tallies)


def _row(name: str, tally: Tally) -> str:
    positives = _rate(len(tally.false_positives), tally.different)
    negatives = _rate(len(tally.false_negatives), tally.equal)
    return f"{name:28} {positives:40} {negatives:40} {tally.undecided}"


def _rate(count: int, total: int) -> str:
    interval = wilson(count, total)
    return f"{count:>4} of {total:>6,} ({interval.low:7.3%} to {interval.high:7.3%})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--progress", action="store_true")
    given = parser.parse_args()
    print(sentence(describe(["sympy", "mpmath", "math-verify"])))
    started = time.monotonic()
    shown = (
        (lambda done: print(done, f"{time.monotonic() - started:.0f} s", flush=True))
        if given.progress
        else (lambda done: None)
    )
    tallies = measure(given.seed, given.pairs, shown)
    print(f"{given.pairs:,} pairs in {time.monotonic() - started:.0f} s")
    print(f"{'family':28} {'false positives':40} {'false negatives':40} undecided")
    every = Tally()
    for family, tally in sorted(tallies.items()):
        print(_row(family, tally))
        every.equal += tally.equal
        every.different += tally.different
        every.undecided += tally.undecided
        every.false_negatives += tally.false_negatives
        every.false_positives += tally.false_positives
    print(_row("all", every))
    for pair in every.false_positives:
        print(f"false positive, {pair.family}, {pair.change}: {pair.answer}  for  {pair.reference}")
    for pair, outcome in every.false_negatives[:200]:
        print(f"false negative ({outcome.value}), {pair.family}, {pair.change}: {pair.answer}  for  {pair.reference}")
    sys.exit(bool(every.false_positives) or len(every.false_negatives) > MAX_FALSE_NEGATIVES * every.equal)


if __name__ == "__main__":
    main()
