"""Rules for single values: expressions with units and signs, words, digits in a base, proportions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rewardkit.verifiers.math.equality import as_number
from rewardkit.verifiers.math.expression import INVERSE, Call, Node, Number, Symbol
from rewardkit.verifiers.math.structure import Based, Quantity, Ratio, Value
from rewardkit.verifiers.math.units import conversion
from rewardkit.verifiers.math.verdict import Verdict, either, every

if TYPE_CHECKING:
    from rewardkit.verifiers.math.compare import Comparison

_HUNDREDTH = Number(Fraction(1, 100))
_RADIANS = ("rad", "radian", "radians")
_SYNONYMS = {"dne": "doesnotexist", "thelimitdoesnotexist": "doesnotexist", "limitdoesnotexist": "doesnotexist"}
_ZERO = Number(Fraction(0))
_SIZE = 10
"""How many times larger or smaller a value is that lies nowhere near."""
_OF_TWO_MINDS = frozenset(("log", *INVERSE))
"""Operations whose value depends on what the writer means: the base of a logarithm, degrees or radians."""
_PI = Symbol("pi")
_DEGREE = Call("*", (Number(Fraction(1, 180)), _PI))


def quantities(comparison: Comparison, reference: Quantity, answer: Quantity) -> Verdict:
    """Two expressions with their units, percent and degree signs."""
    if answer.about and any(_is_far(answer, near) for near in answer.about):
        return Verdict.DIFFERENT
    node = answer.node
    if reference.unit and answer.unit and reference.unit != answer.unit:
        factor = conversion(answer.unit, reference.unit)
        if factor is None:
            return Verdict.DIFFERENT
        node = _scaled(node, Number(factor)) if factor != 1 else node
    elif reference.unit and not answer.unit and not comparison.policy.unit_is_optional:
        return Verdict.DIFFERENT
    if _marks_clash(reference, answer) or _marks_clash(answer, reference):
        return Verdict.DIFFERENT
    if reference.percent != answer.percent:
        return _percent(comparison, reference, answer)
    plain = _numbers(comparison, reference, reference.node, answer, node)
    if reference.degrees == answer.degrees:
        return plain if plain is not Verdict.DIFFERENT else _other_constant(comparison, reference, answer)
    if reference.unit in _RADIANS or answer.unit in _RADIANS or _uses_pi(reference.node) or _uses_pi(node):
        plain = Verdict.DIFFERENT  # the one without a degree sign is in radians
    elif plain is Verdict.SAME:
        return plain
    if reference.degrees:
        return either([plain, comparison.equality.same(_scaled(reference.node, _DEGREE), node)])
    return either([plain, comparison.equality.same(reference.node, _scaled(node, _DEGREE))])


def _is_far(exact: Quantity, near: Quantity) -> bool:
    """Whether what a value is said to be near has another sign or size; an approximation is no claim of digits."""
    if (exact.unit, exact.percent, exact.degrees) != (near.unit, near.percent, near.degrees):
        return False
    value, rounded = as_number(exact.node), as_number(near.node)
    if value is None or rounded is None or not exact.node.heads.isdisjoint(_OF_TWO_MINDS):
        return False
    step = 10.0**-near.places if near.places is not None else 1.0
    if abs(value - rounded) <= step:
        return False
    return value * rounded <= 0 or not 1 / _SIZE < value / rounded < _SIZE


def _percent(comparison: Comparison, reference: Quantity, answer: Quantity) -> Verdict:
    """`50\\%` against `0.5`, and where the policy lets the sign be dropped or added, against `50`."""
    if reference.percent:
        exact = comparison.equality.same(_scaled(reference.node, _HUNDREDTH), answer.node)
    else:
        exact = comparison.equality.same(reference.node, _scaled(answer.node, _HUNDREDTH))
    if exact is Verdict.SAME or not comparison.policy.percent_is_optional:
        return exact
    return either([exact, _numbers(comparison, reference, reference.node, answer, answer.node)])


def _numbers(comparison: Comparison, reference: Quantity, expected: Node, answer: Quantity, given: Node) -> Verdict:
    """Two expressions, where a plain decimal may be the other one rounded, as far as the policy goes."""
    verdict = comparison.equality.same(expected, given)
    if verdict is not Verdict.DIFFERENT:
        return verdict
    enough = comparison.policy.rounded_answer_digits
    if enough is not None and answer.places is not None and reference.places is None and answer.digits >= enough:
        if isinstance(expected, Number) and expected.value.denominator == 1:
            return Verdict.DIFFERENT
        return comparison.equality.within(expected, given, Fraction(1, 10**answer.places))
    enough = comparison.policy.rounded_reference_digits
    if enough is not None and reference.places is not None and reference.digits >= enough:
        if isinstance(given, Number) and given.value.denominator == 1:
            return Verdict.DIFFERENT
        if answer.places is None or answer.places > reference.places:
            return comparison.equality.within(expected, given, Fraction(1, 2 * 10**reference.places))
    return Verdict.DIFFERENT


def _other_constant(comparison: Comparison, reference: Quantity, answer: Quantity) -> Verdict:
    """The constant of integration may be `C` or `c`: a term of its own in a sum, and nowhere else."""
    if not isinstance(reference.node, Call) or reference.node.head != "+":
        return Verdict.DIFFERENT
    for mine, theirs in ((Symbol("C"), Symbol("c")), (Symbol("c"), Symbol("C"))):
        if mine in reference.node.arguments and mine.name not in answer.node.names and isinstance(answer.node, Call):
            terms = [mine if term == theirs else term for term in answer.node.arguments]
            renamed = Call(answer.node.head, tuple(terms))
            if renamed.head == "+" and theirs.name not in renamed.names | reference.node.names:
                return comparison.equality.same(reference.node, renamed)
    return Verdict.DIFFERENT


def words(comparison: Comparison, reference: Value, answer: Value) -> Verdict:
    """Answers in words: the same letters and digits. `east` reads as a product of four names, so its text counts."""
    mine, theirs = _letters(reference), _letters(answer)
    return Verdict.SAME if _SYNONYMS.get(mine, mine) == _SYNONYMS.get(theirs, theirs) else Verdict.DIFFERENT


def based(comparison: Comparison, reference: Based, answer: Based) -> Verdict:
    """Digits in a base: both must be the same."""
    same = (reference.digits, reference.base) == (answer.digits, answer.base)
    return Verdict.SAME if same else Verdict.DIFFERENT


def based_and_quantity(comparison: Comparison, reference: Based, answer: Value) -> Verdict:
    """The base may be dropped, as a unit may."""
    return Verdict.SAME if reference.digits == answer.text.upper() else Verdict.DIFFERENT


def quantity_and_based(comparison: Comparison, reference: Quantity, answer: Based) -> Verdict:
    """No base may be added but ten."""
    return Verdict.SAME if answer.base == 10 and answer.digits == reference.text else Verdict.DIFFERENT


def ratios(comparison: Comparison, reference: Ratio, answer: Ratio) -> Verdict:
    """Proportions: the same up to a common factor."""
    if len(reference.items) != len(answer.items):
        return Verdict.DIFFERENT
    mine, theirs = [_node(i) for i in reference.items], [_node(i) for i in answer.items]
    same = comparison.equality.same
    if any(same(n, _ZERO) is Verdict.SAME for n in (mine[0], theirs[0])):
        return Verdict.DIFFERENT
    crossed = zip(mine[1:], theirs[1:], strict=True)
    return every(same(Call("*", (mine[0], t)), Call("*", (theirs[0], m))) for m, t in crossed)


def ratio_and_quantity(comparison: Comparison, reference: Value, answer: Value) -> Verdict:
    """`11:36` and `\\frac{11}{36}`."""
    ratio, other = (answer, reference) if isinstance(answer, Ratio) else (reference, answer)
    assert isinstance(ratio, Ratio)
    assert isinstance(other, Quantity)
    if len(ratio.items) != 2 or other.percent:
        return Verdict.DIFFERENT
    quotient = Call("*", (_node(ratio.items[0]), Call("^", (_node(ratio.items[1]), Number(Fraction(-1))))))
    return comparison.equality.same(quotient, other.node)


def _marks_clash(one: Quantity, other: Quantity) -> bool:
    """Whether one is an angle or a percentage and the other is measured in something else."""
    if one.degrees and not one.unit:
        return other.percent or bool(other.unit and not other.degrees and other.unit not in _RADIANS)
    return one.percent and bool(other.unit) and not one.unit


def _scaled(node: Node, factor: Node) -> Node:
    return Call("*", (node, factor))


def _uses_pi(node: Node) -> bool:
    return node == _PI or (isinstance(node, Call) and any(_uses_pi(a) for a in node.arguments))


def _node(value: Value) -> Node:
    assert isinstance(value, Quantity)
    return value.node


def _letters(value: Value) -> str:
    return "".join(c for c in value.text.casefold().replace("\\text", "") if c.isalnum())
