"""Walking a tree of rewards, and what gates check about the children that they are given."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewardkit.errors import OptionError
from rewardkit.gates.node import EDGE_DEFAULTS, Gate, Node, Part, can_be_correct, is_number


def is_node(value: object) -> bool:
    """Whether a field of a gate holds a child."""
    return hasattr(value, "submit") and hasattr(value, "range")


def children_of(node: Node) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """The children of a gate, each with its place: the field, and the index or key in it. A leaf has none."""
    if not dataclasses.is_dataclass(node):
        return
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if (own := _child(value)) is not None:
            yield (field.name,), own
        elif isinstance(value, Mapping):
            yield from (((field.name, str(key)), child) for key, v in value.items() if (child := _child(v)) is not None)
        elif isinstance(value, tuple):
            yield from (((field.name, i), child) for i, v in enumerate(value) if (child := _child(v)) is not None)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    yield node
    for _, child in children_of(node):
        yield from walk(child)


def needs_groups(node: Node) -> bool:
    """Whether anything in the tree must be given whole groups: all rows of one prompt in one call."""
    return any(getattr(each, "needs_groups", False) for each in walk(node))


def check_parts(gate: Gate, parts: Sequence[Part], edges: frozenset[str] | None = None) -> None:
    """Raise `OptionError` unless there are children, with different names, saying nothing that the gate ignores."""
    name = getattr(gate, "name", type(gate).__name__)
    if not parts:
        raise OptionError(f"{name} needs at least one child")
    check_names([part.node for part in parts])
    taken = gate.edges if edges is None else edges
    for part in parts:
        for edge, default in EDGE_DEFAULTS.items():
            if edge not in taken and getattr(part, edge) != default:
                raise OptionError(f"{part.name!r} is given {edge!r}, which {name} does not know")


def check_names(children: Sequence[Node]) -> None:
    """Raise `OptionError` if two children have one name: their scores would stand under it both."""
    seen: set[str] = set()
    for child in children:
        if child.name in seen:
            raise OptionError(f"two children are called {child.name!r}; give one of them a 'name'")
        seen.add(child.name)


def check_weights(parts: Sequence[Part], *, negative: bool = False) -> None:
    """Raise `OptionError` for a weight that is no finite number, 0, or negative where that has no meaning."""
    for part in parts:
        if not is_number(part.weight) or part.weight == 0:
            raise OptionError(f"the weight of {part.name!r} must be a finite number other than 0, not {part.weight!r}")
        if part.weight < 0 and not negative:
            raise OptionError(f"the weight of {part.name!r} must be positive here, not {part.weight!r}")


def check_opens(part: Part) -> None:
    """Raise `OptionError` if what lies behind `part` could never be opened, or is always open."""
    within = part.node.range
    if part.at_least is None:
        if not can_be_correct(part.node):
            raise OptionError(
                f"{part.name!r} can never be CORRECT, since nothing reaches the top of its range {part.node.range}: "
                f"say with at_least which value passes"
            )
    elif not is_number(part.at_least):
        raise OptionError(f"at_least of {part.name!r} must be a finite number, not {part.at_least!r}")
    elif part.at_least > within.high:
        raise OptionError(f"{part.name!r} can never pass: at_least {part.at_least:g} lies above its range {within}")
    elif part.at_least <= within.low:
        raise OptionError(
            f"{part.name!r} always passes: at_least {part.at_least:g} is not above the bottom of its range {within}"
        )


def check_whole_groups(where: str, children: Sequence[Node]) -> None:
    """Raise `OptionError` if one of the `children`, which are shown some rows only, needs whole groups."""
    for child in children:
        if needs_groups(child):
            raise OptionError(
                f"{child.name!r} needs whole groups, and {where} shows it some rows only; put it around the gate"
            )


def check_one_range(where: str, children: Sequence[Node]) -> None:
    """Raise `OptionError` unless all children share one range: values of different scales are not comparable."""
    if len({child.range for child in children}) > 1:
        told = ", ".join(f"{child.name}: {child.range}" for child in children)
        raise OptionError(f"{where} must share one range, or a trainer would compare apples with oranges ({told})")


def _child(value: Any) -> Node | None:
    if is_node(value):
        return value  # type: ignore[no-any-return]  # is_node has looked
    inner = getattr(value, "node", None)
    return inner if is_node(inner) else None
