"""Parts of a sum that drown the others out: how far each can move it, before a row is scored.

What a trainer sees is the sum. Where one part can move it more than ten times as far as every other, whatever the
others say is lost beside it, and the weights in the recipe do not show that: ranges differ too.
"""

from __future__ import annotations

from collections.abc import Iterator

from rewardkit.gates.combine import Sum
from rewardkit.gates.means import Mean
from rewardkit.gates.node import Node, Part
from rewardkit.gates.tree import walk

DROWNS = 10.0
"""How many times further than every other part one must be able to move the whole to be told of."""


def drowning(node: Node) -> Iterator[str]:
    """A sentence for each sum or mean in a tree in which one part drowns out the others."""
    for gate in walk(node):
        if not isinstance(gate, (Sum, Mean)) or len(gate.children) < 2:
            continue
        second, first = sorted(gate.children, key=_reach)[-2:]
        if _reach(first) > DROWNS * _reach(second):
            yield (
                f"in {gate.name!r} the part {first.name!r} weighs up to {_reach(first):g} and no other more than "
                f"{_reach(second):g}: bring them to one scale, or change the weights"
            )


def _reach(part: Part) -> float:
    low, high = part.node.range
    return abs(part.weight) * (high - low)
