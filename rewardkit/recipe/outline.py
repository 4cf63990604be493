"""The shape of a reward, for people: what each node is, what it is given, its range and what it costs.

print(mermaid(outline(reward)))
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rewardkit.gates.catalog import keyword_of, kind
from rewardkit.gates.node import Node
from rewardkit.gates.tree import children_of
from rewardkit.recipe.leaf import Leaf
from rewardkit.recipe.tree import plain
from rewardkit.reward import Cost
from rewardkit.score import Range

_LONGEST_OPTION = 60


@dataclasses.dataclass(frozen=True)
class Outline:
    """One node of a tree."""

    node: Node
    kind: str
    """The gate's keyword, or the entry of the registry."""
    options: Mapping[str, Any]
    """What it was given that is not the default."""
    place: str
    """Which child of its parent it is: `condition`, `case algebra`... Empty where that says nothing."""
    edges: Mapping[str, Any]
    """What its parent knows of it: weight and so on."""
    children: tuple[Outline, ...] = ()

    @property
    def name(self) -> str:
        """Its name in `parts`."""
        return self.node.name

    @property
    def range(self) -> Range:
        """The closed interval of its values."""
        return self.node.range

    @property
    def cost(self) -> Cost:
        """What it spends most of."""
        return self.node.cost

    @property
    def title(self) -> str:
        """Name and kind, once where they are the same."""
        return self.name if self.name == self.kind else f"{self.name}: {self.kind}"

    @property
    def details(self) -> str:
        """Edges and options in a line."""
        return ", ".join(f"{key} {_shown(value)}" for key, value in (*self.edges.items(), *self.options.items()))

    def walk(self) -> Iterator[Outline]:
        """It and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def outline(node: Node) -> Outline:
    """The outline of a tree."""
    return _outline(node, "", {})


def mermaid(root: Outline) -> str:
    """A flow chart in Mermaid: one box a node, arrows from a gate to its children."""
    ids = {id(each): f"n{i}" for i, each in enumerate(root.walk())}
    lines = ["flowchart TD"]
    for each in root.walk():
        text = "<br/>".join(filter(None, (each.title, _options(each), f"{each.range} {each.cost}")))
        shape = ('["', '"]') if each.children else ('(["', '"])')
        lines.append(f"    {ids[id(each)]}{shape[0]}{_quoted(text)}{shape[1]}")
    for each in root.walk():
        for child in each.children:
            label = ", ".join(filter(None, (child.place, *(f"{k} {_shown(v)}" for k, v in child.edges.items()))))
            arrow = f'-->|"{_quoted(label)}"|' if label else "-->"
            lines.append(f"    {ids[id(each)]} {arrow} {ids[id(child)]}")
    return "\n".join(lines)


def _outline(node: Node, place: str, edges: Mapping[str, Any]) -> Outline:
    children = tuple(_outline(child, _place(where), _edges(node, where)) for where, child in children_of(node))
    if isinstance(node, Leaf):
        return Outline(node, node.entry, plain(node.args), place, edges, children)
    keyword = keyword_of(type(node))
    if keyword is None:
        return Outline(node, type(node).__name__, {}, place, edges, children)
    values = {option: getattr(node, option.name) for option in kind(keyword).schema.options}
    options = {o.name: plain(value) for o, value in values.items() if o.required or value != o.default}
    return Outline(node, keyword, options, place, edges, children)


def _place(where: tuple[str | int, ...]) -> str:
    field, *inside = where
    if field in ("children", "child"):
        return ""
    singular = str(field).removesuffix("s")
    return f"{singular} {inside[0]}" if inside and isinstance(inside[0], str) else singular


def _edges(parent: Node, where: tuple[str | int, ...]) -> dict[str, Any]:
    """What the parent's part says of a child, if it is held in one."""
    holder: Any = getattr(parent, str(where[0]))
    if len(where) > 1:
        holder = holder[where[1]]
    keyword = keyword_of(type(parent))
    roles = kind(keyword).roles if keyword is not None else ()
    role = next((role for role in roles if role.name == where[0]), None)
    if role is None or role.part is None:
        return {}
    values = {option: getattr(holder, option.name) for option in role.edges.options}
    return {o.name: plain(value) for o, value in values.items() if o.required or value != o.default}


def _options(each: Outline) -> str:
    return ", ".join(f"{key} {_shown(value)}" for key, value in each.options.items())


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_OPTION else text[: _LONGEST_OPTION - 1] + "…"


def _quoted(text: str) -> str:
    """Text inside a quoted Mermaid label; the line breaks are ours."""
    return "<br/>".join(
        part.replace("&", "&amp;").replace("#", "#35;").replace('"', "#quot;").replace("<", "&lt;").replace(">", "&gt;")
        for part in text.split("<br/>")
    ).replace("\n", " ")
