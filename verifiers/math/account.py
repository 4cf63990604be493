"""How `math` judged one pair of answers, for people: what was read, what was compared, what decided, where they differ.

Nothing here decides anything: the same comparison is run with a witness that keeps the last pair of expressions, and
the steps of `equality` are asked again which of them told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from rewardkit.verifiers.math.arithmetic import REGIMES, NoValueError
from rewardkit.verifiers.math.compare import RULES, Comparison, Policy
from rewardkit.verifiers.math.decimals import Decimals
from rewardkit.verifiers.math.equality import NumericEquality
from rewardkit.verifiers.math.exact import Exact
from rewardkit.verifiers.math.expression import Node, Number
from rewardkit.verifiers.math.floats import Floats
from rewardkit.verifiers.math.multiprecision import QUICK
from rewardkit.verifiers.math.normalise import normalise
from rewardkit.verifiers.math.notation import formula, written
from rewardkit.verifiers.math.parse import parse
from rewardkit.verifiers.math.structure import Opaque, Value
from rewardkit.verifiers.math.verdict import Verdict


class Witness(NumericEquality):
    """Compares as usual, and keeps what it compared last."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(QUICK, texts)
        self.last: tuple[Node, Node, Verdict, str] | None = None

    def same(self, left: Node, right: Node) -> Verdict:
        verdict = super().same(left, right)
        self.last = left, right, verdict, ""
        return verdict

    def within(self, left: Node, right: Node, tolerance: Fraction) -> Verdict:
        verdict = super().within(left, right, tolerance)
        self.last = left, right, verdict, f"as a rounded value, within {float(tolerance):g}"
        return verdict

    def proportional(self, left: Node, right: Node) -> tuple[Verdict, int]:
        verdict, sign = super().proportional(left, right)
        self.last = left, right, verdict, "up to a constant factor"
        return verdict, sign


def account(rule: str, answers: Sequence[str], references: Sequence[str], policy: Policy) -> Mapping[str, str]:
    """Lines by what they tell; of several references the first that is the same, else the first."""
    given = [parse(normalise(text)) for text in answers]
    lines = {"answer found by": f"the rule {rule}", "answer read as": "; ".join(map(written, given))}
    shown: dict[str, str] = {}
    for text in references:
        expected = parse(normalise(text))
        witness = Witness((*references, *answers))
        verdict = Comparison(policy, witness).compare(expected, given[-1])
        if not shown or verdict is Verdict.SAME:
            shown = {"reference read as": written(expected), **_told(expected, given[-1], witness)}
        if verdict is Verdict.SAME:
            break
    return lines | shown


def _told(expected: Value, given: Value, witness: Witness) -> Mapping[str, str]:
    rule = RULES.get((type(expected), type(given)))
    kinds = f"{_kind(expected)} and {_kind(given)}"
    how = (rule.__doc__ or "").strip().splitlines()[0].rstrip(".") if rule is not None else "no rule for this pair"
    told = {"compared as": f"{kinds}: {how}" if rule is not None else kinds}
    if witness.last is not None:
        left, right, verdict, manner = witness.last
        told["decided on"] = f"{_short(left)} against {_short(right)}" + (f", {manner}" if manner else "")
        told["by"] = _step(left, right)
        if verdict is Verdict.DIFFERENT and (point := _counterexample(left, right)):
            told["they differ"] = point
    return told


def _kind(value: Value) -> str:
    return "something unread" if isinstance(value, Opaque) else type(value).__name__.lower()


def _step(left: Node, right: Node) -> str:
    """Which step of `equality` can tell these two apart or show them equal."""
    if left == right:
        return "the same expression"
    named = bool(left.names or right.names)
    try:
        Exact(0 if named else None).value(left)
        Exact(0 if named else None).value(right)
    except NoValueError:
        pass
    else:
        return "exact fractions" + (", with random whole numbers for the names" if named else "")
    if _floats(left, right) is not None:
        return "machine numbers, which differ clearly"
    try:
        Decimals(0).value(left)
        Decimals(0).value(right)
    except NoValueError:
        return "many digits over the complex numbers"
    return f"{Decimals.AGREED} digits at random points"


def _counterexample(left: Node, right: Node) -> str:
    """A point at which two expressions differ, and both values there."""
    if isinstance(left, Number) and isinstance(right, Number):
        return f"{formula(left)} is not {formula(right)}"
    found = _floats(left, right)
    if found is None:
        return ""
    arithmetic, one, other = found
    names = sorted(left.names | right.names)
    at = ", ".join(f"{name} = {arithmetic.symbol(name).real:.6g}" for name in names)
    return (f"at {at}: " if at else "") + f"{_number(one)} against {_number(other)}"


def _floats(left: Node, right: Node) -> tuple[Floats, complex, complex] | None:
    """The first sample point at which machine numbers differ clearly."""
    for point in range(len(REGIMES)):
        arithmetic = Floats(point)
        try:
            one, other = arithmetic.value(left), arithmetic.value(right)
        except NoValueError:
            continue
        gap = abs(one - other)
        if gap > 1e-6 * max(abs(one), abs(other)) and gap > 1e-9 * arithmetic.largest:
            return arithmetic, one, other
    return None


def _number(value: complex) -> str:
    return f"{value.real:.10g}" if abs(value.imag) <= 1e-12 * abs(value) else f"{value:.6g}"


def _short(node: Node) -> str:
    text = formula(node)
    return text if len(text) <= 120 else text[:119] + "…"
