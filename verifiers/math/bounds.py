"""Inequalities that are linear in one name, solved for it: `2x + 3 > 0`, `-3 < x - 2 < 3`, `|x - 2| < 3`.

Anything else is left alone: to solve a quadratic inequality is the problem, and to restate it is no solution.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol, negated
from rewardkit.verifiers.math.structure import Quantity, Relation, Value

_MAX_TERMS = 24


class Bound(NamedTuple):
    """One end of a set of numbers."""

    value: Value
    is_closed: bool


class Range(NamedTuple):
    """The numbers between two ends; None where there is no end."""

    low: Bound | None
    high: Bound | None


def ranges(relation: Relation) -> tuple[str, tuple[Range, ...]] | None:
    """The name that rising inequalities (`<` and `≤` only) bound, and where it lies; None where they are not linear.

    >>> from rewardkit.verifiers.math.parse import parse
    >>> name, (found,) = ranges(parse("-2x < 6"))
    >>> name, found.low.value.text, found.high
    ('x', '-3', None)
    """
    sides = [item for item in relation.items if isinstance(item, Quantity) and not item.unit and not item.percent]
    names = frozenset[str]().union(*(side.node.names for side in sides)) - {"∞"}
    if len(sides) != len(relation.items) or len(sides) not in (2, 3) or len(names) != 1:
        return None
    (name,) = names
    closed = [sign == "≤" for sign in relation.signs]
    if len(sides) == 3:
        found = _between(sides[1].node, name, Bound(sides[0], closed[0]), Bound(sides[2], closed[1]))
        return (name, (found,)) if found and not sides[0].node.names and not sides[2].node.names else None
    left, right = sides
    if name in left.node.names and name in right.node.names:
        moved = Quantity("0", Number(Fraction(0)))
        left = Quantity("", Call("+", (left.node, negated(right.node))))
        return _one_sided(name, _between(left.node, name, None, Bound(moved, closed[0])))
    if name in right.node.names:
        inner = _absolute(right)
        if inner is not None:  # a < |u|
            below, above = (Bound(_negative(left), closed[0]), Bound(left, closed[0]))
            parts = _between(inner, name, None, below), _between(inner, name, above, None)
            return (name, (parts[0], parts[1])) if parts[0] and parts[1] and _is_positive(left) else None
        return _one_sided(name, _between(right.node, name, Bound(left, closed[0]), None))
    inner = _absolute(left)
    if inner is not None:  # |u| < a
        found = _between(inner, name, Bound(_negative(right), closed[0]), Bound(right, closed[0]))
        return _one_sided(name, found) if _is_positive(right) else None
    return _one_sided(name, _between(left.node, name, None, Bound(right, closed[0])))


def _one_sided(name: str, found: Range | None) -> tuple[str, tuple[Range, ...]] | None:
    return (name, (found,)) if found else None


def _between(node: Node, name: str, low: Bound | None, high: Bound | None) -> Range | None:
    """Where `name` lies when a linear expression of it lies between two constants."""
    line = _line(node, name)
    if line is None or line[0] == 0:
        return None
    slope, offset = line
    ends = [bound and Bound(_moved(bound.value, slope, offset), bound.is_closed) for bound in (low, high)]
    return Range(ends[0], ends[1]) if slope > 0 else Range(ends[1], ends[0])


def _line(node: Node, name: str) -> tuple[Fraction, Fraction] | None:
    """Slope and offset of an expression that is linear in `name` with rational coefficients."""
    if isinstance(node, Number):
        return Fraction(0), node.value
    if isinstance(node, Symbol):
        return (Fraction(1), Fraction(0)) if node.name == name else None
    if len(node.arguments) > _MAX_TERMS or node.head not in ("+", "*"):
        return None
    lines = [_line(argument, name) for argument in node.arguments]
    slope, offset = Fraction(0), Fraction(node.head == "*")
    for line in lines:
        if line is None:
            return None
        if node.head == "+":
            slope, offset = slope + line[0], offset + line[1]
        elif slope and line[0]:
            return None
        else:
            slope, offset = slope * line[1] + offset * line[0], offset * line[1]
    return slope, offset


def _moved(value: Value, slope: Fraction, offset: Fraction) -> Value:
    """`(value - offset) / slope`."""
    assert isinstance(value, Quantity)
    if slope == 1 and offset == 0:
        return value
    if isinstance(value.node, Number):
        number = (value.node.value - offset) / slope
        return Quantity(str(number), Number(number))
    if "∞" in value.node.names:
        return value if slope > 0 else _negative(value)
    moved = Call("+", (value.node, Number(-offset)))
    return Quantity(f"({value.text}-({offset}))/({slope})", Call("*", (moved, Number(1 / slope))))


def _negative(value: Quantity) -> Quantity:
    return Quantity(f"-({value.text})", negated(value.node))


def _absolute(value: Quantity) -> Node | None:
    """What stands between the bars of an absolute value that is all of an expression."""
    node = value.node
    return node.arguments[0] if isinstance(node, Call) and node.head == "abs" else None


def _is_positive(value: Quantity) -> bool:
    from rewardkit.verifiers.math.equality import as_number

    number = as_number(value.node)
    return number is not None and number > 0
