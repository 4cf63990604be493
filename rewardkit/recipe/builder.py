"""Building the reward that a recipe describes: every name, option and number in it is checked on the way.

What a node may be follows from the catalog of gates; nothing here knows any gate but `require`, which is written
before the node that it guards:

    {require: [NODE, ...], sum: [NODE, ...], otherwise: -1}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from rewardkit.errors import MissingExtraError, OptionError, RecipeError, UsageError, nearest
from rewardkit.execution.local import Executor
from rewardkit.gates.catalog import GATES, Kind, Role, kind
from rewardkit.gates.node import EDGE_DEFAULTS, Node
from rewardkit.options import NamedOptionError, OptionSchema
from rewardkit.recipe.leaf import bind
from rewardkit.recipe.parameters import fill, settle
from rewardkit.recipe.source import SUFFIXES, Document, Place, read_yaml

MAX_NODES = 2_000
"""Nodes in one recipe with everything that it includes."""
MAX_NESTED = 60
"""How deep its nodes stand inside each other, through includes too."""
MAX_INCLUDES = 16
"""How deep recipes include each other."""

_LEAVES = ("use", "include", "reward")
_KEYS = ("name", "args", "params", "require", "otherwise")
_TOP = ("name", "params", "reward")


class Builder:
    """Builds one recipe and remembers where each of its nodes stands."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.places: list[tuple[Node, Place]] = []
        """Every node of the tree with its place, children before parents."""
        self.depth = 0
        """How many nodes stand around the one that is being built."""
        self._files: list[Path] = []
        self._read: dict[Path, Document] = {}

    def file(self, path: str | Path, params: Mapping[str, Any], giver: Place) -> Node:
        """The reward in the recipe file at `path`.

        Raises:
            RecipeError: see `rewardkit.recipe.load`.
        """
        file = Path(path)
        real = file.resolve()
        if real in self._files:
            names = " includes ".join(f.name for f in (*self._files[self._files.index(real) :], real))
            raise giver.error(f"the recipe includes itself: {names}")
        if len(self._files) >= MAX_INCLUDES:
            raise giver.error(f"recipes include each other more than {MAX_INCLUDES} deep")
        try:
            document = self._read[real] if real in self._read else read_yaml(file)
        except RecipeError as error:
            raise (giver.error(error) if self._files else error) from error
        self._read[real] = document
        self._files.append(real)
        try:
            return self.document(document, params, giver, file.parent)
        finally:
            self._files.pop()

    def document(self, document: Document, params: Mapping[str, Any], giver: Place, folder: Path) -> Node:
        """The reward of a whole recipe: `reward`, with `params` and a `name` beside it."""
        data, place = document.data, document.place
        if not isinstance(data, Mapping) or "reward" not in data:
            raise place.error("expected a mapping with the key 'reward' at the top")
        for key in data:
            if key not in _TOP:
                raise place.at(key).error(f"unknown key {key!r} beside 'reward'; {nearest(str(key), _TOP)}")
        rest = {key: value for key, value in data.items() if key != "params"}
        if not self._files and "params" not in data:
            return _Tree(self, folder).grouped(rest, place)  # plain data, which means what it says
        declared = data.get("params", {})
        values = settle(declared, params, place.at("params"), giver)
        used: set[str] = set()
        filled = fill(rest, values, place, used)
        idle = sorted(declared.keys() - used)
        if idle:
            raise place.at("params", idle[0]).error(f"parameter {idle[0]!r} is declared and never used")
        return _Tree(self, folder).grouped(filled, place)

    def count(self, place: Place) -> None:
        """One more node at `place`."""
        if len(self.places) >= MAX_NODES:
            raise place.error(f"a recipe has at most {MAX_NODES} nodes, with what it includes")


@dataclasses.dataclass(frozen=True)
class _Tree:
    """The nodes of one document, whose includes are found from `folder`."""

    builder: Builder
    folder: Path

    def node(self, spec: Any, place: Place, edges: Sequence[str] = ()) -> Node:
        """The node that `spec` describes; beside it `edges` may be said of it."""
        self.builder.depth += 1
        if self.builder.depth > MAX_NESTED:
            raise place.error(f"nodes stand inside each other more than {MAX_NESTED} deep")
        try:
            return self._node(spec, place, edges)
        finally:
            self.builder.depth -= 1

    def _node(self, spec: Any, place: Place, edges: Sequence[str]) -> Node:
        if not isinstance(spec, Mapping):
            raise place.error(f"expected a reward ({_some_bodies()}), got {_shown(spec)}")
        bodies = [key for key in spec if key in _LEAVES or key in GATES]
        known = (*_LEAVES, *GATES, *_KEYS, *edges)
        for key in spec:
            if key not in known:
                stray = key in EDGE_DEFAULTS
                told = "it has no meaning here" if stray else nearest(str(key), known)
                raise place.at(key).error(f"unknown key {key!r}; {told}")
        if len(bodies) != 1:
            found = " and ".join(map(repr, bodies)) if bodies else "none"
            raise place.error(f"expected exactly one reward or gate ({_some_bodies()}), got {found}")
        name = spec.get("name")
        if name is not None and not (isinstance(name, str) and name):
            raise place.at("name").error(f"expected text, got {_shown(name)}")
        if "otherwise" in spec and "require" not in spec:
            raise place.at("otherwise").error(
                "'otherwise' says what a failed 'require' pays, and there is no 'require'"
            )
        self._check_options(spec, bodies[0], place)
        if "require" in spec:
            inner = {key: value for key, value in spec.items() if not (key == "name" and bodies == ["reward"])}
            return self._require(spec, self._body(inner, bodies[0], place), place)
        return self._body(spec, bodies[0], place)

    def grouped(self, spec: Mapping[str, Any], place: Place) -> Node:
        """`{reward: NODE, name: NAME}`."""
        inner = self.node(spec["reward"], place.at("reward"))
        name = spec.get("name")
        if name is None:
            return inner
        if not (isinstance(name, str) and name):
            raise place.at("name").error(f"expected text, got {_shown(name)}")
        return self._noted(dataclasses.replace(inner, name=name), place)  # type: ignore[type-var]  # a dataclass

    def _check_options(self, spec: Mapping[str, Any], body: str, place: Place) -> None:
        owner = {"reward": "", "include": "params"}.get(body, "args")
        for key in ("args", "params"):
            if key in spec and key != owner and not (body == "use" and _is_file(spec["use"])):
                raise place.at(key).error(f"{body!r} takes no {key!r}" + (f", but {owner!r}" if owner else ""))
            if not isinstance(spec.get(key, {}), Mapping):
                raise place.at(key).error(f"expected a mapping of options, got {_shown(spec[key])}")

    def _body(self, spec: Mapping[str, Any], body: str, place: Place) -> Node:
        if body == "reward":
            return self.grouped(spec, place)
        if body == "include" or (body == "use" and _is_file(spec["use"])):
            return self._include(spec, body, place)
        name = spec.get("name")
        named = {} if name is None else {"name": name}
        if body == "use":
            return self._leaf(spec, named, place)
        return self._gate(kind(body), spec, named, place)

    def _leaf(self, spec: Mapping[str, Any], named: Mapping[str, str], place: Place) -> Node:
        entry, args = spec["use"], spec.get("args", {})
        if not isinstance(entry, str):
            raise place.at("use").error(f"expected the name of a reward, got {_shown(entry)}")
        try:
            leaf = bind(entry, args, self.builder.executor)
        except NamedOptionError as error:
            raise place.at("args", error.option).error(error) from error
        except MissingExtraError:
            raise
        except UsageError as error:
            raise place.at("args" if "args" in spec else "use").error(error) from error
        return self._noted(dataclasses.replace(leaf, name=named.get("name", entry)), place)

    def _include(self, spec: Mapping[str, Any], body: str, place: Place) -> Node:
        file = spec[body]
        if not (isinstance(file, str) and file.endswith(SUFFIXES) and file.isprintable()):
            raise place.at(body).error(
                f"expected the name of a recipe file ({' or '.join(SUFFIXES)}), got {_shown(file)}"
            )
        key = "params" if "params" in spec else "args"
        inner = self.builder.file(self.folder / file, spec.get(key, {}), place.at(key if key in spec else body))
        name = spec.get("name") or _own_name(inner) or Path(file).stem
        return self._noted(dataclasses.replace(inner, name=name), place)  # type: ignore[type-var]  # a dataclass

    def _require(self, spec: Mapping[str, Any], reward: Node, place: Place) -> Node:
        gate = kind("require")
        [conditions] = [role for role in gate.roles if role.shape == "many"]
        parts = self._children(spec["require"], conditions, place.at("require"))
        options = {"otherwise": spec["otherwise"]} if "otherwise" in spec else {}
        values = self._options(gate.schema, options, place, place)
        named = {"name": spec["name"]} if "name" in spec else {}
        where = place.at("otherwise" if "otherwise" in spec else "require")
        return self._made(gate, {conditions.name: parts, "reward": reward, **values, **named}, place, where)

    def _gate(self, gate: Kind, spec: Mapping[str, Any], named: Mapping[str, str], place: Place) -> Node:
        body, where = spec[gate.keyword], place.at(gate.keyword)
        children, options, at = self._taken_apart(gate, body, where)
        for key, value in spec.get("args", {}).items():
            if key in options:
                raise place.at("args", key).error(f"the option {key!r} is given twice")
            options[key] = value
            at[key] = place.at("args", key)
        fields: dict[str, Any] = {}
        for role in gate.roles:
            if role.name in children:
                spot = where.at(role.name) if children is body or role.name in _mapping(body) else where
                fields[role.name] = self._children(children[role.name], role, spot)
            elif role.required:
                raise where.error(f"gate {gate.keyword!r} needs {role.name!r}")
        values = self._options(gate.schema, options, where, place, at)
        return self._made(gate, {**fields, **values, **named}, place, where)

    def _taken_apart(
        self, gate: Kind, body: Any, where: Place
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Place]]:
        """The children by field, the options, and where each option stands: from the long form or the short one."""
        roles = {role.name for role in gate.roles}
        sole = gate.sole
        is_long = isinstance(body, Mapping) and (sole is None or sole.shape != "one" or bool(roles & body.keys()))
        if not is_long:
            if sole is None or sole.shape == "cases":
                told = ", ".join(f"{role.name}: ..." for role in gate.roles)
                raise where.error(f"expected a mapping {{{told}}}, got {_shown(body)}")
            return {sole.name: body}, {}, {}
        options = [option.name for option in gate.schema.options]
        for key in body:
            if key not in roles and key not in options:
                raise where.at(key).error(
                    f"gate {gate.keyword!r} has no {key!r}; {nearest(str(key), [*roles, *options])}"
                )
        given = {key: value for key, value in body.items() if key not in roles}
        return {key: body[key] for key in body if key in roles}, given, {key: where.at(key) for key in given}

    def _children(self, specs: Any, role: Role, place: Place) -> Any:
        if role.shape == "one":
            return self._child(specs, role, place)
        if role.shape == "cases":
            if not isinstance(specs, Mapping) or not specs:
                raise place.error(f"expected a mapping of at least one case to its reward, got {_shown(specs)}")
            return {key: self._child(spec, role, place.at(key)) for key, spec in specs.items()}
        if not isinstance(specs, list) or not specs:
            raise place.error(f"expected a list of at least one reward, got {_shown(specs)}")
        return tuple(self._child(spec, role, place.at(i)) for i, spec in enumerate(specs))

    def _child(self, spec: Any, role: Role, place: Place) -> Any:
        edges = [option.name for option in role.edges.options]
        node = self.node(spec, place, edges)
        if role.part is None:
            return node
        given = {key: value for key, value in spec.items() if key in edges}
        if isinstance(given.get("only_if"), str):
            given["only_if"] = [given["only_if"]]
        try:
            return role.part(node, **self._options(role.edges, given, place, place))
        except OptionError as error:
            raise place.error(error) from error

    def _options(
        self,
        schema: OptionSchema,
        given: Mapping[str, Any],
        place: Place,
        around: Place,
        at: Mapping[str, Place] | None = None,
    ) -> dict[str, Any]:
        try:
            return schema.validated(given)
        except NamedOptionError as error:
            raise (at or {}).get(error.option, around.at(error.option)).error(error) from error
        except UsageError as error:
            raise place.error(error) from error

    def _made(self, gate: Kind, fields: Mapping[str, Any], place: Place, where: Place) -> Node:
        try:
            made = cast(Node, gate.cls(**fields))
        except UsageError as error:
            raise where.error(error) from error
        return self._noted(made, place)

    def _noted(self, node: Node, place: Place) -> Node:
        self.builder.count(place)
        self.builder.places.append((node, place))
        return node


def _own_name(node: Node) -> str | None:
    """The name that a node was given, None if it is the one that its kind has anyway."""
    default = {f.name: f.default for f in dataclasses.fields(node)}["name"]  # type: ignore[arg-type]  # a dataclass
    usual = getattr(node, "entry", default)
    return None if node.name == usual else node.name


def _is_file(name: object) -> bool:
    return isinstance(name, str) and name.endswith(SUFFIXES)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _some_bodies() -> str:
    return ", ".join((*_LEAVES, *list(GATES)[:3])) + "..."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
