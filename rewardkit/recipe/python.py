"""Recipes written in Python: functions that make the same gates as the keywords of a recipe file.

    from rewardkit.recipe import get, require, first, gate

    require(get("format", sections=["think", "answer"])) >> (
        get("math").named("correct") + 0.2 * get("length.linear", unit="words", max_length=400).when("correct")
    )
    first(get("exact"), get("math"), ask_on=["INCORRECT"])
    gate("vote", get("math"), get("number"), rule="unanimous")

A child is a reward, or a `Part` where more is to be said of it: `Part(get("f1"), pays=0.5)`. Sums are written with
`+`, `-` and numbers. Options are checked as in a file.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardkit.errors import OptionError
from rewardkit.gates.catalog import Role, kind
from rewardkit.gates.node import Gate, Node, Part, as_part
from rewardkit.gates.require import Require


@dataclass(frozen=True)
class Guard:
    """Conditions that wait for the reward that they guard: `require(...) >> reward`."""

    conditions: tuple[Part, ...]
    options: Mapping[str, Any]

    def __rshift__(self, reward: Node) -> Require:
        return Require(self.conditions, reward, **self.options)


def require(*conditions: Node | Part, otherwise: float | None = None, name: str = "require") -> Guard:
    """`require(...) >> reward`: the reward is run and paid only where every condition passes."""
    options = kind("require").schema.validated({} if otherwise is None else {"otherwise": otherwise})
    return Guard(tuple(map(as_part, conditions)), {**options, "name": name})


def gate(keyword: str, /, *children: Any, name: str | None = None, **options: Any) -> Gate:
    """The gate that recipes call `keyword`.

    Args:
        keyword: see `rewardkit.gates.catalog.GATES`.
        children: its children, in order, where it has one place for them; else they are among the options, by place.
        name: its name in `parts`.
        options: its options.

    Raises:
        UnknownNameError: there is no such gate.
        OptionError: it does not take these options or these children.
    """
    found = kind(keyword)
    places = {role.name: options.pop(role.name) for role in found.roles if role.name in options}
    if children:
        sole = found.sole
        if sole is None or sole.name in places:
            raise OptionError(f"gate {keyword!r} takes its children by name: {', '.join(r.name for r in found.roles)}")
        if sole.shape == "one" and len(children) != 1:
            raise OptionError(f"gate {keyword!r} has one child, not {len(children)}")
        places[sole.name] = children[0] if sole.shape == "one" else children
    for role in found.roles:
        if role.name in places:
            places[role.name] = _held(places[role.name], role)
        elif role.required:
            raise OptionError(f"gate {keyword!r} needs {role.name!r}")
    named = {} if name is None else {"name": name}
    return found.cls(**places, **found.schema.validated(options), **named)


def _held(children: Any, role: Role) -> Any:
    hold = functools.partial(_part, role=role)
    if role.shape == "one":
        return hold(children)
    return {k: hold(v) for k, v in children.items()} if role.shape == "cases" else tuple(map(hold, children))


def _part(child: Any, role: Role) -> Any:
    return child if role.part is None or isinstance(child, role.part) else role.part(child)


def product(*children: Node | Part, name: str | None = None) -> Gate:
    """The product of the children."""
    return gate("product", *children, name=name)


def minimum(*children: Node | Part, name: str | None = None) -> Gate:
    """The least of the children's values."""
    return gate("min", *children, name=name)


def maximum(*children: Node | Part, name: str | None = None) -> Gate:
    """The greatest of the children's values."""
    return gate("max", *children, name=name)


def mean(*children: Node | Part, name: str | None = None) -> Gate:
    """The weighted arithmetic mean."""
    return gate("mean", *children, name=name)


def geometric(*children: Node | Part, name: str | None = None) -> Gate:
    """The weighted geometric mean."""
    return gate("geometric", *children, name=name)


def harmonic(*children: Node | Part, name: str | None = None) -> Gate:
    """The weighted harmonic mean."""
    return gate("harmonic", *children, name=name)


def bonus(*children: Node | Part, amount: float, name: str | None = None) -> Gate:
    """The weighted sum of the children, plus `amount` where all are CORRECT."""
    return gate("bonus", *children, name=name, amount=amount)


def lexicographic(*children: Node | Part, name: str | None = None) -> Gate:
    """The children in order of importance."""
    return gate("lexicographic", *children, name=name)


def first(*children: Node, name: str | None = None, **options: Any) -> Gate:
    """The first of the children that decides."""
    return gate("first", *children, name=name, **options)


def staged(*children: Node | Part, name: str | None = None, **options: Any) -> Gate:
    """Stages, each of which opens the next."""
    return gate("staged", *children, name=name, **options)


def route(by: str, cases: Mapping[str, Node], *, name: str | None = None) -> Gate:
    """Each row to the case that its column `by` names."""
    return gate("route", name=name, by=by, cases=cases)
