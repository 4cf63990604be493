"""Rules for relations: equations, inequalities, memberships, and the sets of reals that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from rewardkit.verifiers.math.compare_pairs import in_any_order, in_order
from rewardkit.verifiers.math.expression import Node, Number, Symbol, difference, free_symbols
from rewardkit.verifiers.math.labels import computes, is_label, is_ratio_of_angle, is_sum_of_names
from rewardkit.verifiers.math.sets import REALS, as_set, flipped, joined, parts_of
from rewardkit.verifiers.math.structure import (
    Bracketed,
    Combined,
    FiniteSet,
    Opaque,
    Quantity,
    Relation,
    Several,
    Value,
)
from rewardkit.verifiers.math.verdict import Verdict, either

if TYPE_CHECKING:
    from rewardkit.verifiers.math.compare import Comparison

_ZERO = Number(Fraction(0))
_EQUATION = frozenset("=")
_VALUES = frozenset(("f(x)", "g(x)", "h(x)", "y(x)"))


def sets(comparison: Comparison, reference: Value, answer: Value) -> Verdict:
    """Intervals, unions and inequalities, as sets of reals."""
    mine, theirs = as_set(reference), as_set(answer)
    if mine is None or theirs is None:
        return _unless_opaque(reference, answer)
    if mine[1] and theirs[1] and mine[1] != theirs[1] and not (_is_constant(mine[0]) and _is_constant(theirs[0])):
        return Verdict.DIFFERENT
    left, right = parts_of(mine[0]), parts_of(theirs[0])
    if len(left) == len(right) == 1:
        return _one_set(comparison, left[0], right[0])
    plain = in_any_order(comparison, left, right)
    return plain if plain is not Verdict.DIFFERENT else in_any_order(comparison, joined(left), joined(right))


def relation_for_value(comparison: Comparison, reference: Value, answer: Relation) -> Verdict:
    """A relation where a value is asked: `x = 5`, `P = 6/27 = 2/9`, `x ∈ S`, `x < 3` for `(-∞, 3)`."""
    if answer.signs == ("∈",):
        return comparison.compare(reference, answer.items[1])
    if not _is_equation(answer):
        if isinstance(reference, (Bracketed, Combined, Several)) or reference.text == REALS:
            return sets(comparison, reference, answer)
        return _unless_opaque(reference)
    items, named = without_label(answer)
    verdict = comparison.compare(reference, items[-1])
    if verdict is Verdict.SAME and any(isinstance(i, Opaque) and not computes(i.text) for i in items):
        return Verdict.UNKNOWN
    if verdict is Verdict.SAME and len(items) > 1 and isinstance(items[-1], Opaque):
        return Verdict.UNKNOWN  # what stands before it may contradict it
    read = [i for i in items if not isinstance(i, Opaque)]
    for one, other in pairwise(read):
        if _contradict(comparison, one, other, named or _names_quantity(one, other, reference)):
            return Verdict.DIFFERENT
    return verdict


def value_for_relation(comparison: Comparison, reference: Relation, answer: Value) -> Verdict:
    """A value where the reference is a relation: `5` for `x = 5`, `(3, ∞)` for `x > 3`."""
    if reference.signs == ("∈",):
        return comparison.compare(reference.items[1], answer)
    if not _is_equation(reference):
        if isinstance(answer, (Bracketed, Combined, Several)) or answer.text == REALS:
            return sets(comparison, reference, answer)
        return _unless_opaque(answer)
    items, named = without_label(reference)
    if named or _evaluates(comparison, items):
        return comparison.compare(items[-1], answer)
    return _unless_opaque(answer, *items)


def relations(comparison: Comparison, reference: Relation, answer: Relation) -> Verdict:
    """Two relations: equations up to a factor, inequalities as sets or up to a positive factor."""
    if reference.signs == answer.signs == ("∈",):
        return in_order(comparison, reference.items, answer.items)
    if ("∈",) in (reference.signs, answer.signs):
        return sets(comparison, reference, answer)
    if _is_equation(reference) and _is_equation(answer):
        return equations(comparison, reference, answer)
    verdicts = [
        in_order(comparison, reference.items, turned.items)
        for turned in (answer, flipped(answer))
        if turned.signs == reference.signs
    ]
    if Verdict.SAME in verdicts:
        return Verdict.SAME
    if as_set(reference) is not None:
        return either([*verdicts, sets(comparison, reference, answer)])
    return either([*verdicts, _scaled_inequality(comparison, reference, answer)])


def equations(comparison: Comparison, reference: Relation, answer: Relation) -> Verdict:
    """Two equations: the same value for the same name, or the same curve up to a factor.

    Where the reference is solved (`x = 3`), so must the answer be: restating the problem is no solution.
    """
    if [i.text for i in reference.items] == [i.text for i in reversed(answer.items)]:
        return Verdict.SAME
    expected, is_solved = without_label(reference)
    given, is_named = without_label(answer)
    is_solved &= reference.items[0].text == answer.items[0].text or not is_ratio_of_angle(reference.items[0].text)
    if (is_solved and not _has_names(expected[-1])) or (is_named and _evaluates(comparison, expected)):
        return relation_for_value(comparison, expected[-1], answer)
    if is_solved and is_named and _same_label(label(reference), label(answer)):
        if any(_contradict(comparison, a, b, False) for a, b in pairwise(given)):
            return Verdict.DIFFERENT
        value = comparison.compare(expected[-1], given[-1])
        if value is Verdict.SAME or not _names_itself(reference, expected[-1], given[-1]):
            return value
    mine, theirs = _sides(reference), _sides(answer)
    if mine is None or theirs is None:
        return in_order(comparison, reference.items, answer.items)
    if not any(map(_has_names, (*reference.items, *answer.items))):
        return _identities(comparison, reference, answer)
    verdict = comparison.equality.proportional(difference(*mine), difference(*theirs))[0]
    if verdict is Verdict.UNKNOWN and in_order(comparison, reference.items, answer.items) is Verdict.SAME:
        return Verdict.SAME  # true for all values as they are read here: `dy/dx = y/x`
    return verdict


def _identities(comparison: Comparison, reference: Relation, answer: Relation) -> Verdict:
    """Two equations without names: what is computed must be the same tree, `\\log_6 36 = 2` is not `\\log_5 25 = 2`."""
    if any(_contradict(comparison, a, b, False) for a, b in pairwise(answer.items)):
        return Verdict.DIFFERENT
    computed, result = reference.items[0], reference.items[-1]
    if isinstance(computed, Quantity) and isinstance(computed.node, Number):
        computed, result = result, computed
    for one, other in ((answer.items[0], answer.items[-1]), (answer.items[-1], answer.items[0])):
        if isinstance(one, Quantity) and isinstance(computed, Quantity) and one.node == computed.node:
            return comparison.compare(result, other)
    return Verdict.DIFFERENT


def without_label(relation: Relation) -> tuple[tuple[Value, ...], bool]:
    """The sides of an equation that are values, and whether a side that only names them was left out."""
    first = relation.items[0].text
    if is_label(first) or (is_ratio_of_angle(first) and not _has_names(relation.items[-1])):
        return relation.items[1:], True
    if is_label(relation.items[-1].text) and len(relation.items) == 2:
        return relation.items[:-1], True
    return relation.items, False


def label(relation: Relation) -> str:
    """The name that an equation gives a value to, or ''."""
    first, last = relation.items[0].text, relation.items[-1].text
    return first if is_label(first) else last if is_label(last) else ""


def _same_label(one: str, other: str) -> bool:
    """Whether two names are one, or `y` and the value of a function of `x`."""
    return one == other or ("y" in (one, other) and not _VALUES.isdisjoint((one, other)))


def _names_itself(relation: Relation, *values: Value) -> bool:
    """Whether the name that an equation gives a value to may occur in one of the values: `y = x y + 1`."""
    first, last = relation.items[0], relation.items[-1]
    name = first if is_label(first.text) else last
    if not isinstance(name, Quantity) or not isinstance(name.node, Symbol):
        return True
    return any(not isinstance(v, Quantity) or name.node.name in v.node.names for v in values)


def _one_set(comparison: Comparison, reference: Value, answer: Value) -> Verdict:
    if not isinstance(reference, Combined) or not isinstance(answer, Combined):
        either_is = isinstance(reference, Combined) or isinstance(answer, Combined)
        return Verdict.DIFFERENT if either_is else comparison.compare(reference, answer)
    if reference.sign != answer.sign:
        return Verdict.DIFFERENT
    if reference.sign == "∖":
        return in_order(comparison, reference.items, answer.items)
    return in_any_order(comparison, reference.items, answer.items)


def _scaled_inequality(comparison: Comparison, reference: Relation, answer: Relation) -> Verdict:
    if len(reference.signs) != 1 or len(answer.signs) != 1 or _is_equation(reference) or _is_equation(answer):
        return Verdict.DIFFERENT
    mine, theirs = _sides(reference), _sides(answer)
    if mine is None or theirs is None:
        return _unless_opaque(*reference.items, *answer.items)
    verdict, sign = comparison.equality.proportional(difference(*mine), difference(*theirs))
    if verdict is not Verdict.SAME:
        return verdict
    expected = reference if sign > 0 else flipped(reference)
    return Verdict.SAME if answer.signs == expected.signs else Verdict.DIFFERENT


def _contradict(comparison: Comparison, one: Value, other: Value, may_name: bool) -> bool:
    """Whether two sides of an equation can't both be the answer."""
    if isinstance(one, Opaque) or isinstance(other, Opaque):
        return False
    if may_name and isinstance(one, Quantity) and free_symbols(one.node):
        return False
    return comparison.compare(one, other) is Verdict.DIFFERENT and comparison.compare(other, one) is Verdict.DIFFERENT


def _names_quantity(one: Value, other: Value, reference: Value) -> bool:
    """Whether `m + n = 113` names the quantity whose value is asked; an equation with zero names nothing."""
    if not isinstance(reference, Quantity) or free_symbols(reference.node) or not isinstance(other, Quantity):
        return False
    return is_sum_of_names(one.text) and not free_symbols(other.node) and other.node != _ZERO


def _is_equation(relation: Relation) -> bool:
    return set(relation.signs) == _EQUATION


def _evaluates(comparison: Comparison, items: Sequence[Value]) -> bool:
    """Whether an equation says what number an expression without names is: `\\log_2 32 = 5`."""
    first, last = items[0], items[-1]
    if not isinstance(first, Quantity) or not isinstance(last, Quantity) or not isinstance(last.node, Number):
        return False
    if isinstance(first.node, Number) or any(map(_has_names, items)):
        return False
    return comparison.compare(last, first) is Verdict.SAME


def _is_constant(value: Value) -> bool:
    """Whether no endpoint of a set contains a name."""
    if isinstance(value, Quantity):
        return not free_symbols(value.node) - {"∞"}
    items = value.items if isinstance(value, (Bracketed, Combined, FiniteSet)) else ()
    return bool(items) and all(_is_constant(i) for i in items)


def _has_names(value: Value) -> bool:
    return not isinstance(value, Quantity) or bool(free_symbols(value.node))


def _sides(relation: Relation) -> tuple[Node, Node] | None:
    """Both sides of an equation or inequality as expressions."""
    first, last = relation.items[0], relation.items[-1]
    return (first.node, last.node) if isinstance(first, Quantity) and isinstance(last, Quantity) else None


def _unless_opaque(*values: Value) -> Verdict:
    """Different, unless something was not read."""
    return Verdict.UNKNOWN if any(isinstance(v, Opaque) for v in values) else Verdict.DIFFERENT
