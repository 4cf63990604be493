"""A reward as a tree of plain data, and as YAML: what `load` reads back.

    to_tree(reward)      # {"sum": [{"use": "math", "name": "correct"}, {"use": "exact", "weight": 0.5}]}
    dump(reward)         # the same as a recipe file

There is one such tree for a reward: what is the default is left out, and includes and parameters are resolved.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from rewardkit.errors import RecipeError
from rewardkit.gates.catalog import Role, keyword_of, kind
from rewardkit.gates.node import Node
from rewardkit.gates.require import Require
from rewardkit.gates.schedule import Schedule
from rewardkit.options import OptionSchema
from rewardkit.recipe.leaf import Leaf
from rewardkit.recipe.parameters import escape
from rewardkit.recipe.source import dumper


def to_tree(node: Node) -> dict[str, Any]:
    """The node as plain data.

    Raises:
        RecipeError: something in it can't stand in a recipe: a reward that was not built from the registry.
    """
    if isinstance(node, Leaf):
        named = {} if node.name == node.entry else {"name": node.name}
        args = {"args": plain(node.args)} if node.args else {}
        return {"use": node.entry, **args, **named}
    if isinstance(node, Require):
        return _guarded(node)
    keyword = keyword_of(type(node))
    if keyword is None:
        raise RecipeError(f"the reward {node.name!r} ({type(node).__name__}) can't stand in a recipe")
    gate = kind(keyword)
    children = {role.name: _children(getattr(node, role.name), role) for role in gate.roles}
    children = {name: value for name, value in children.items() if value is not None}
    named = _named(node)
    options = _differing(node, gate.schema)
    if gate.sole is not None and list(children) == [gate.sole.name] and gate.sole.shape != "cases":
        args = {"args": options} if options else {}
        return {keyword: children[gate.sole.name], **args, **named}
    return {keyword: {**options, **children}, **named}


def dump(node: Node) -> str:
    """The node as the text of a recipe file; `load` makes the same reward of it.

    Raises:
        RecipeError: see `to_tree`.
    """
    import yaml

    text: str = yaml.dump(
        {"reward": escape(to_tree(node))}, Dumper=dumper(), sort_keys=False, allow_unicode=True, width=110
    )
    return text


def plain(value: Any) -> Any:
    """An option's value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return plain(value.spec) if isinstance(value, Schedule) else value


def _guarded(node: Require) -> dict[str, Any]:
    """`require` before what it guards: in one mapping with it, or where that would be ambiguous, around it."""
    gate = kind("require")
    [role] = [role for role in gate.roles if role.shape == "many"]
    conditions = _children(node.conditions, role)
    inner = to_tree(node.reward)
    if inner.keys() & {"require", "name"} or "name" in _named(node):
        inner = {"reward": inner}
    return {"require": conditions, **inner, **_differing(node, gate.schema), **_named(node)}


def _children(value: Any, role: Role) -> Any:
    if value is None:
        return None
    if role.shape == "cases":
        return {key: _part(child, role) for key, child in value.items()}
    return [_part(child, role) for child in value] if role.shape == "many" else _part(value, role)


def _part(child: Any, role: Role) -> dict[str, Any]:
    if role.part is None:
        return to_tree(child)
    edges = _differing(child, role.edges)
    if len(edges.get("only_if", ())) == 1:
        [edges["only_if"]] = edges["only_if"]
    return {**to_tree(child.node), **edges}


def _differing(holder: object, schema: OptionSchema) -> dict[str, Any]:
    """The options of `holder` that are not what they are by default."""
    values = {option: getattr(holder, option.name) for option in schema.options}
    return {o.name: plain(value) for o, value in values.items() if o.required or not _same(value, o.default)}


def _named(node: Node) -> dict[str, str]:
    default = {f.name: f.default for f in dataclasses.fields(node)}["name"]  # type: ignore[arg-type]  # a dataclass
    return {} if node.name == default else {"name": node.name}


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)
