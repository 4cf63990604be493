"""Expressions as light immutable trees, and what can be asked of them without a value.

    Call("+", (Call("*", (Number(2), Call("^", (Symbol("x"), Number(2))))), Number(-1/3)))      # 2x² - 1/3

Sums and products are flat, a quotient is a power of minus one, and a function is its name with its arguments.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

_NONE: frozenset[str] = frozenset()


class Number:
    """An exact number."""

    __slots__ = ("value",)

    names = heads = _NONE

    def __init__(self, value: Fraction) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Number(value={self.value!r})"


class Symbol:
    """A name that stands for a value: `x`, `x_1`, `alpha`; the constants are `pi`, `e`, `i` and `∞`."""

    __slots__ = ("name", "names")

    heads = _NONE

    def __init__(self, name: str) -> None:
        self.name = name
        self.names = _NONE if name in ("pi", "e", "i") else frozenset((name,))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Symbol({self.name!r})"


class Call:
    """An operation on other nodes: `+` and `*` of any number, `^` of two, or a function of `FUNCTIONS`.

    Never changed once made: what is asked of trees again and again is found out once, from the parts.
    """

    __slots__ = ("arguments", "head", "heads", "names")

    def __init__(self, head: str, arguments: tuple[Node, ...]) -> None:
        self.head = head
        self.arguments = arguments
        names, heads = _NONE, _NONE
        for one in arguments:
            if one.names:
                names = names | one.names if names else one.names
            if one.heads:
                heads = heads | one.heads if heads else one.heads
        self.names: frozenset[str] = names
        """The names in the tree, without the constants `pi`, `e`, `i`."""
        self.heads: frozenset[str] = heads if head in heads else heads | {head}
        """The operations in the tree."""

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Call) and self.head == other.head and self.arguments == other.arguments

    def __hash__(self) -> int:
        return hash((self.head, self.arguments))

    def __repr__(self) -> str:
        return f"Call({self.head!r}, {self.arguments!r})"


Node: TypeAlias = Number | Symbol | Call

TRIGONOMETRIC = ("sin", "cos", "tan", "cot", "sec", "csc")
INVERSE = ("arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc")
HYPERBOLIC = ("sinh", "cosh", "tanh", "coth", "arcsinh", "arccosh", "arctanh")
FUNCTIONS = (*TRIGONOMETRIC, *INVERSE, *HYPERBOLIC, "exp", "ln", "log", "abs", "floor", "ceil", "factorial", "binom")
"""Functions that have a meaning here. `log` takes the base second; `log` of one argument leaves the base open."""

_MINUS_ONE = Number(Fraction(-1))
_COUNTING = frozenset(("floor", "ceil", "sum_to", "^"))


def free_symbols(node: Node) -> frozenset[str]:
    """The names in a tree, without the constants `pi`, `e`, `i`."""
    return node.names


def uses(node: Node, heads: frozenset[str]) -> bool:
    """Whether one of these operations occurs in a tree."""
    return not node.heads.isdisjoint(heads)


def counts(node: Node) -> bool:
    """Whether an expression only makes sense for whole numbers: a step, or a negative number to a power with names."""
    if not isinstance(node, Call) or node.heads.isdisjoint(_COUNTING):
        return False
    if node.head in ("floor", "ceil", "sum_to"):
        return True
    if node.head == "^" and isinstance(node.arguments[0], Number) and node.arguments[0].value < 0:
        return bool(free_symbols(node.arguments[1]))
    return any(counts(a) for a in node.arguments)


def put(node: Node, name: Symbol, value: int) -> Node:
    """The tree with a number in the place of a name."""
    if node == name:
        return Number(Fraction(value))
    if not isinstance(node, Call) or name.name not in node.names:
        return node
    return Call(node.head, tuple(put(a, name, value) for a in node.arguments))


def negated(node: Node) -> Node:
    """The tree times minus one."""
    if isinstance(node, Number):
        return Number(-node.value)
    return Call("*", (_MINUS_ONE, node))


def difference(left: Node, right: Node) -> Node:
    """The tree of `left - right`."""
    return Call("+", (left, negated(right)))


def product_of(factors: list[Node]) -> Node:
    """The product, with literal numbers multiplied out where that is exact and small."""
    if len(factors) == 1:
        return factors[0]
    if len(factors) == 2 and isinstance(factors[0], Number) and isinstance(factors[1], Number):
        left, right = factors[0].value, factors[1].value
        if left.numerator.bit_length() + right.denominator.bit_length() < 512:
            return Number(left * right)
    return Call("*", tuple(factors))


def reciprocal(node: Node) -> Node:
    if isinstance(node, Number) and node.value != 0 and node.value.numerator.bit_length() < 512:
        return Number(1 / node.value)
    return Call("^", (node, _MINUS_ONE))


def quotient(above: Node, below: Node) -> Node:
    """`above / below`, with literal numbers divided where that is exact and small."""
    if isinstance(above, Number) and isinstance(below, Number) and below.value:
        left, right = above.value, below.value
        if left.numerator.bit_length() + right.numerator.bit_length() < 512:
            return Number(left / right)
    return product_of([above, reciprocal(below)])


def radians(node: Node) -> Node:
    """The argument of a trigonometric function, with degrees turned into radians."""
    if isinstance(node, Call):
        if node.head == "degree":
            return product_of([node.arguments[0], Number(Fraction(1, 180)), Symbol("pi")])
        return Call(node.head, tuple(radians(a) for a in node.arguments))
    return node
