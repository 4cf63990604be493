"""How alike the shapes of two syntax trees are: the sub-trees that they share (CodeBLEU's AST match).

Names and literals are left out, so the same program with other names has the same shape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from rewardkit.verifiers.code.trees.tree import Tree

_PUNCTUATION = frozenset("()[]{},;:\n")

Shapes = Counter[Hashable]


class ShapeTable:
    """Numbers for shapes: the same one for the same sub-tree, in whichever of several trees it stands."""

    def __init__(self, has_operators: bool = True) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._has_operators = has_operators

    def count(self, tree: Tree) -> Shapes:
        """How often each sub-tree of more than one node occurs. Linear in the tree."""
        own = [0] * len(tree.kinds)
        counts: Shapes = Counter()
        for node in reversed(range(len(tree.kinds))):  # children before their parents
            parts = tuple((tree.fields[c], own[c]) for c in tree.children[node] if self._counts(tree, c))
            own[node] = self._numbers.setdefault((tree.kinds[node], parts), len(self._numbers))
            if tree.children[node]:
                counts[own[node]] += 1
        return counts

    def _counts(self, tree: Tree, node: int) -> bool:
        if tree.is_named[node]:
            return True
        return self._has_operators and tree.kinds[node] not in _PUNCTUATION
