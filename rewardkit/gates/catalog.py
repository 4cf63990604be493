"""The gates by keyword, and what a recipe may say about each: which children it has, and which options.

A gate joins by a line in `GATES`. Everything else is read from its dataclass: fields that hold nodes are the places
for its children, all others but `name` are its options, with the same annotations and limits as those of a verifier.
"""

from __future__ import annotations

import functools
import importlib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal

from rewardkit.errors import UnknownNameError, nearest
from rewardkit.gates.node import EDGE_DEFAULTS, Gate, Node, Part
from rewardkit.gates.schedule import Schedule, schedule
from rewardkit.options import OptionSchema

GATES: Mapping[str, str] = {
    "sum": "rewardkit.gates.combine:Sum",
    "product": "rewardkit.gates.means:Product",
    "min": "rewardkit.gates.means:Minimum",
    "max": "rewardkit.gates.means:Maximum",
    "mean": "rewardkit.gates.means:Mean",
    "geometric": "rewardkit.gates.means:Geometric",
    "harmonic": "rewardkit.gates.means:Harmonic",
    "bonus": "rewardkit.gates.bonus:Bonus",
    "lexicographic": "rewardkit.gates.lexicographic:Lexicographic",
    "first": "rewardkit.gates.first:First",
    "staged": "rewardkit.gates.staged:Staged",
    "route": "rewardkit.gates.route:Route",
    "vote": "rewardkit.gates.vote:Vote",
    "ensemble": "rewardkit.gates.ensemble:Ensemble",
    "scheduled": "rewardkit.gates.scheduled:Scheduled",
    "scheduled_threshold": "rewardkit.gates.scheduled:ScheduledThreshold",
    "clip": "rewardkit.gates.transform:Clip",
    "affine": "rewardkit.gates.transform:Affine",
    "sigmoid": "rewardkit.gates.transform:Sigmoid",
    "power": "rewardkit.gates.transform:Power",
    "threshold": "rewardkit.gates.transform:Threshold",
    "log_sigmoid": "rewardkit.gates.centring:LogSigmoid",
    "zscore": "rewardkit.gates.normalise:ZScore",
    "quantile": "rewardkit.gates.normalise:Quantile",
    "majority": "rewardkit.gates.majority:Majority",
    "self_similarity": "rewardkit.gates.similarity:SelfSimilarity",
    "kimi_length": "rewardkit.gates.difficulty:KimiLength",
    "lead_length": "rewardkit.gates.difficulty:LeadLength",
    "alp_length": "rewardkit.gates.difficulty:AlpLength",
    "efficient_length": "rewardkit.gates.difficulty:EfficientLength",
    "adactrl": "rewardkit.gates.adactrl:AdaCtrl",
}
"""Keyword in a recipe, and the class behind it. `require` is no keyword of its own: it stands before another node."""

REQUIRE = "rewardkit.gates.require:Require"

READERS: Mapping[type, Callable[[Any], Any]] = {Schedule: schedule}
"""Types of options that a recipe writes in a form of their own."""

Shape = Literal["one", "many", "cases"]


@dataclass(frozen=True)
class Role:
    """A place for children in a gate."""

    name: str
    """The field."""
    shape: Shape
    """One child, a list of them, or a mapping of cases to them."""
    part: type | None
    """The class that holds a child and what more the gate has to know of it; None where that is nothing."""
    edges: OptionSchema
    """What may be said of a child here beside what it is (`weight` and so on): the other fields of `part`."""
    required: bool


@dataclass(frozen=True)
class Kind:
    """What a recipe may say about one gate."""

    keyword: str
    cls: type[Gate]
    roles: tuple[Role, ...]
    schema: OptionSchema

    @property
    def sole(self) -> Role | None:
        """The place that a recipe need not name, because the gate must have children there and nowhere else."""
        required = [role for role in self.roles if role.required]
        return required[0] if len(required) == 1 else None


@functools.cache
def kind(keyword: str) -> Kind:
    """What a recipe may say about the gate called `keyword`.

    Raises:
        UnknownNameError: there is no such gate.
    """
    home = REQUIRE if keyword == "require" else GATES.get(keyword)
    if home is None:
        raise UnknownNameError(f"no gate is called {keyword!r}; {nearest(keyword, GATES)}")
    module, _, name = home.partition(":")
    cls: type[Gate] = getattr(importlib.import_module(module), name)
    hints = typing.get_type_hints(cls, include_extras=True)
    roles = []
    for f in fields(cls):  # type: ignore[arg-type]  # every gate is a dataclass
        found = _shape(hints[f.name]) if f.init else None
        if found is not None:
            required = f.default is MISSING and f.default_factory is MISSING
            roles.append(Role(f.name, *found, _edges(keyword, cls, found[1]), required))
    schema = OptionSchema(f"gate {keyword!r}", cls, {"name", *(role.name for role in roles)}, READERS)
    return Kind(keyword, cls, tuple(roles), schema)


def _edges(keyword: str, cls: type[Gate], part: type | None) -> OptionSchema:
    if part is None:
        return OptionSchema(f"a child of {keyword!r}", _Nothing)
    unknown = EDGE_DEFAULTS.keys() - cls.edges if part is Part else set()
    return OptionSchema(f"a child of {keyword!r}", part, {"node", *unknown}, READERS)


@dataclass(frozen=True)
class _Nothing:
    """No options."""


@functools.cache
def keyword_of(cls: type) -> str | None:
    """The keyword of a gate's class, None where it has none."""
    home = f"{cls.__module__}:{cls.__qualname__}"
    return next((keyword for keyword, place in {**GATES, "require": REQUIRE}.items() if place == home), None)


def _shape(hint: Any) -> tuple[Shape, type | None] | None:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _shape(args[0])
    if _holds_node(hint):
        return "one", None if hint is Node else hint
    if origin in (typing.Union, types.UnionType):
        found = [shape for arg in args if arg is not type(None) and (shape := _shape(arg)) is not None]
        return found[0] if found else None
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis and _holds_node(args[0]):
        return "many", None if args[0] is Node else args[0]
    if isinstance(origin, type) and issubclass(origin, Mapping) and _holds_node(args[1]):
        return "cases", None if args[1] is Node else args[1]
    return None


def _holds_node(hint: Any) -> bool:
    """Whether a type is that of a child, or of a part: a dataclass with a child in its field `node`."""
    if hint is Node:
        return True
    if not (isinstance(hint, type) and is_dataclass(hint)):
        return False
    return any(f.name == "node" for f in fields(hint)) and typing.get_type_hints(hint).get("node") is Node
