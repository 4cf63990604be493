"""Rule for vectors: their components in brackets, or as a sum of the unit vectors `i`, `j`, `k`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol, product_of
from rewardkit.verifiers.math.structure import Bracketed, Matrix, Quantity, Value
from rewardkit.verifiers.math.verdict import Verdict, every

if TYPE_CHECKING:
    from rewardkit.verifiers.math.compare import Comparison

_DIRECTIONS = ("i", "j", "k")
_ZERO = Number(Fraction(0))


def tuple_and_sum(comparison: Comparison, reference: Value, answer: Value) -> Verdict:
    """`(2, -3, 1)` and `2i - 3j + k`; without `j` and `k` a sum is a complex number."""
    brackets, total = (answer, reference) if isinstance(reference, Quantity) else (reference, answer)
    assert isinstance(total, Quantity)
    cells = _cells(brackets)
    found = _components(total.node) if len(cells) in (2, 3) and not total.node.names.isdisjoint(("j", "k")) else None
    if found is None or ("k" in found and len(cells) == 2) or not all(isinstance(c, Quantity) for c in cells):
        return Verdict.DIFFERENT
    components = zip(_DIRECTIONS, cells, strict=False)
    return every(
        comparison.equality.same(cell.node, found.get(direction, _ZERO))
        for direction, cell in components
        if isinstance(cell, Quantity)
    )


def _cells(value: Value) -> tuple[Value, ...]:
    """The members of a vector; none where the brackets are not those of one."""
    if isinstance(value, Matrix):
        is_line = len(value.rows) == 1 or all(len(row) == 1 for row in value.rows)
        return tuple(cell for row in value.rows for cell in row) if is_line else ()
    return value.items if isinstance(value, Bracketed) and value.opening in "(⟨" and value.closing in ")⟩" else ()


def _components(node: Node) -> dict[str, Node] | None:
    """The coefficient of each unit vector in a sum; None where a term has none, or a direction comes twice."""
    terms = node.arguments if isinstance(node, Call) and node.head == "+" else (node,)
    found: dict[str, Node] = {}
    for term in terms:
        factors = list(term.arguments) if isinstance(term, Call) and term.head == "*" else [term]
        if len(factors) == 2 and isinstance(factors[1], Call) and factors[1].head == "*":  # minus one times a product
            factors = [factors[0], *factors[1].arguments]
        directions = [f for f in factors if isinstance(f, Symbol) and f.name in _DIRECTIONS]
        if len(directions) != 1 or directions[0].name in found:
            return None
        rest = [f for f in factors if f is not directions[0]]
        found[directions[0].name] = product_of(rest) if rest else Number(Fraction(1))
    return found
