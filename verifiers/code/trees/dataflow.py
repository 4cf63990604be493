"""Where the values of a program's variables come from, without their names (CodeBLEU's data-flow match).

    flows(parse("y = x + 1\\nz = y", "python"))

One flow for each place where a variable or literal stands: the variable, `comesFrom` or `computedFrom`, and what its
value is made of there. Variables are numbered as they appear, so names don't matter and their order does. The program
is read once, in the order in which it is evaluated; in a loop a variable may hold what the turn before left in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from rewardkit.verifiers.code.trees.grammars import GRAMMARS, LITERALS, Assign, Relation
from rewardkit.verifiers.code.trees.tree import TooComplexError, Tree

Flow: TypeAlias = tuple[int, Relation, tuple[int, ...]]
"""A variable, how it got its value, and the variables or literals that it is made of, by number."""

_MOST_SOURCES = 500_000
_LISTS = frozenset(
    ("pattern_list", "expression_list", "tuple", "tuple_pattern", "tuple_expression", "array", "array_pattern")
)


@dataclass(slots=True)
class _Place:
    """A variable or literal where it stands."""

    name: str
    relation: Relation = "comesFrom"
    sources: tuple[str, ...] = ()
    is_used: bool = False
    """Whether a later place takes its value from here."""


@dataclass(slots=True)
class _Reader:
    tree: Tree
    places: dict[int, _Place] = field(default_factory=dict)
    """By the number of the node."""
    latest: dict[str, _Place] = field(default_factory=dict)
    """Where each variable last got or had a value."""
    loops: int = 0
    work: int = 0

    def read(self, leaf: int) -> None:
        name = self.tree.texts[leaf]
        place = self.places[leaf] = _Place(name)
        if self.tree.kinds[leaf] in LITERALS or not _is_name(name):
            return
        known = self.latest.setdefault(name, place)
        if known is not place or self.loops:
            place.sources = (name,)
            known.is_used = True

    def assign(self, targets: list[int], sources: list[int], how: Assign) -> None:
        kept = targets if how.keeps or not how.sources else []
        self.work += len(targets) + len(sources)
        if self.work > _MOST_SOURCES:
            raise TooComplexError("assigns too much to too many variables")
        names = tuple(dict.fromkeys(self.tree.texts[leaf] for leaf in [*kept, *sources]))
        for leaf in sources:
            if leaf in self.places:
                self.places[leaf].is_used = True
        for leaf in targets:
            name = self.tree.texts[leaf]
            self.places[leaf] = self.latest[name] = _Place(name, how.relation, names)


def flows(tree: Tree) -> list[Flow]:
    """The flows of a program, in the order of its text; raises `TooComplexError`."""
    grammar = GRAMMARS[tree.language]
    reader = _Reader(tree)
    waiting: list[tuple[str, int]] = [("visit", 0)]
    while waiting:
        step, node = waiting.pop()
        if step == "end of loop":
            reader.loops -= 1
        elif step == "assign":
            _assign(reader, node, grammar.assigns[tree.kinds[node]])
        elif not tree.children[node]:
            if _is_place(tree, node):
                reader.read(node)
        else:
            if tree.kinds[node] in grammar.loops:
                reader.loops += 1
                waiting.append(("end of loop", node))
            waiting += reversed(list(_steps(tree, node)))
    return _normalised([place for _, place in sorted(reader.places.items())])


def _steps(tree: Tree, node: int) -> Iterator[tuple[str, int]]:
    """What to do for a node with children, in order."""
    grammar = GRAMMARS[tree.language]
    how = grammar.assigns.get(tree.kinds[node])
    children = tree.children[node]
    if how is None:
        yield from (("visit", child) for child in children if tree.kinds[child] in grammar.first)
        yield from (("visit", child) for child in children if tree.kinds[child] not in grammar.first)
        return
    sources = tree.under(node, how.sources)
    done = {*sources, *_targets(tree, node, how)}
    yield from (("visit", child) for child in sources)
    yield "assign", node
    yield from (("visit", child) for child in children if child not in done)


def _targets(tree: Tree, node: int, how: Assign) -> list[int]:
    """The children that get a value; where the grammar has no name for them, as of `i++` in Java, all of them."""
    return tree.under(node, how.targets) or ([] if how.sources else tree.children[node])


def _assign(reader: _Reader, node: int, how: Assign) -> None:
    tree = reader.tree
    targets, sources = _targets(tree, node, how), tree.under(node, how.sources)
    if len(targets) == len(sources) == 1:
        lefts, rights = _items(tree, targets[0]), _items(tree, sources[0])
        if len(lefts) == len(rights):
            targets, sources = lefts, rights
    if len(targets) == len(sources):
        for target, source in zip(targets, sources, strict=True):
            reader.assign(_places(tree, target), _places(tree, source), how)
    else:
        left = [leaf for target in targets for leaf in _places(tree, target)]
        reader.assign(left, [leaf for source in sources for leaf in _places(tree, source)], how)


def _items(tree: Tree, node: int) -> list[int]:
    """The parts of a list such as `a, b`, or the node itself."""
    if tree.kinds[node] not in _LISTS:
        return [node]
    return [child for child in tree.children[node] if tree.is_named[child]]


def _places(tree: Tree, node: int) -> list[int]:
    """The leaves below a node that are variables or literals."""
    found, waiting = [], [node]
    while waiting:
        node = waiting.pop()
        waiting += reversed(tree.children[node])
        if not tree.children[node] and _is_place(tree, node):
            found.append(node)
    return found


def _is_place(tree: Tree, leaf: int) -> bool:
    return tree.is_named[leaf] and bool(tree.texts[leaf])


def _is_name(text: str) -> bool:
    return text.replace("$", "_").isidentifier()


def _normalised(places: list[_Place]) -> list[Flow]:
    """The flows of those places that take a value or give one, with numbers for names."""
    numbers: dict[str, int] = {}
    made = []
    by_sources: dict[tuple[str, ...], tuple[int, ...]] = {}
    for place in places:
        if place.sources or place.is_used:
            sources = by_sources.get(place.sources)
            if sources is None:
                sources = tuple(numbers.setdefault(name, len(numbers)) for name in place.sources)
                by_sources[place.sources] = sources
            made.append((numbers.setdefault(place.name, len(numbers)), place.relation, sources))
    return made
