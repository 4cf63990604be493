"""Reading a recipe file: YAML into plain data, with the line of everything in it.

    document = read_yaml("recipe.yaml")
    document.data                        # {"reward": {"use": "math"}}
    str(document.place.at("reward"))     # "recipe.yaml:3: reward"

A file is data and never code: only the plain types of YAML, keys as the text that stands there (`yes` is a key called
yes), no key twice, finite numbers, and bounds on size, depth and on what aliases can unfold to.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rewardkit.errors import RecipeError, nearest

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 256 * 1024
MAX_DEPTH = 50
MAX_VALUES = 20_000
"""Values in one file, each counted as often as aliases repeat it."""

SUFFIXES = (".yaml", ".yml")

Path_: TypeAlias = tuple[str | int, ...]

_PLAIN_TAGS = {
    None,
    "!",
    *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map")),
}
_MERGE = "tag:yaml.org,2002:merge"
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*)(?:\.[0-9_]*)?[eE][-+]?[0-9]+")
"""Numbers such as 1e-3, which YAML 1.1 takes for text and everybody else for a number."""
_OLD_NUMBER = re.compile(r"[-+]?(?:0[0-7_]+|[0-9_.]+(?::[0-9_.]+)+)")
"""Numbers such as 010 and 1:30, which YAML 1.1 alone takes for 8 and 90."""


@dataclass(frozen=True)
class Place:
    """A place in a recipe, for messages: file, line and path."""

    where: str
    """The file, or what else the recipe came from."""
    lines: Mapping[Path_, int] = field(default_factory=dict)
    path: Path_ = ()

    def at(self, *steps: str | int) -> Place:
        """The place that lies `steps` further inside."""
        return Place(self.where, self.lines, (*self.path, *steps))

    @property
    def line(self) -> int | None:
        """The line that it stands in, or the nearest thing around it; counted from 1."""
        return next((self.lines[p] for n in range(len(self.path), -1, -1) if (p := self.path[:n]) in self.lines), None)

    def error(self, message: object) -> RecipeError:
        """The error that `message` is true of this place."""
        return RecipeError(f"{self}: {message}")

    def __str__(self) -> str:
        line = self.line
        inside = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path).lstrip(".")
        return self.where + (f":{line}" if line is not None else "") + (f": {inside}" if inside else "")


@dataclass(frozen=True)
class Document:
    """A recipe file as plain data."""

    data: Any
    place: Place


def read_yaml(path: str | Path) -> Document:
    """The plain data in the file at `path`.

    Raises:
        RecipeError: there is no such file, or it is not plain YAML within the bounds.
    """
    return parse_yaml(_text(Path(path)), str(path))


def parse_yaml(text: str, where: str) -> Document:
    """The plain data in a text, which `where` names in messages.

    Raises:
        RecipeError: it is not plain YAML within the bounds.
    """
    import yaml

    try:
        _survey(where, text)
        root = yaml.compose(text, Loader=_loader())
    except yaml.YAMLError as error:
        raise _unreadable(where, error) from error
    if root is None:
        return Document(None, Place(where))
    reader = _Reader(where)
    return Document(reader.value(root, ()), Place(where, reader.lines))


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise RecipeError(f"{file}: a recipe has at most {MAX_BYTES // 1024} kB")
        return content.decode("utf-8")
    except FileNotFoundError as error:
        names = [p.name for p in file.parent.glob("*") if p.suffix in SUFFIXES] if file.parent.is_dir() else []
        raise RecipeError(f"no recipe file {str(file)!r}; {nearest(file.name, names)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"can't read the recipe {str(file)!r}: {error}") from error


def _survey(where: str, text: str) -> None:
    """Refuse what could not be composed safely, by its events: they come one by one, whatever the depth."""
    import yaml

    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_loader())):
        if count > 4 * MAX_VALUES:
            raise RecipeError(f"{where}:{_line(event)}: a recipe has at most {MAX_VALUES} values")
        tag = getattr(event, "tag", None)
        if tag not in _PLAIN_TAGS:
            raise RecipeError(f"{where}:{_line(event)}: not valid YAML for a recipe: the tag {tag!r} is not allowed")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise RecipeError(f"{where}:{_line(event)}: nested more than {MAX_DEPTH} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _unreadable(where: str, error: yaml.YAMLError) -> RecipeError:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark is not None else ""
    problem = getattr(error, "problem", None) or str(error)
    return RecipeError(f"{where}{line}: not valid YAML: {problem}")


class _Reader:
    """Turns composed nodes into plain data and notes their lines."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.lines: dict[Path_, int] = {}
        self._values = 0
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: Path_) -> Any:
        import yaml

        self._values += 1
        if self._values > MAX_VALUES:
            raise self._error(node, f"the aliases and values of a recipe make at most {MAX_VALUES} values")
        if len(path) > MAX_DEPTH or id(node) in self._open:
            raise self._error(node, "an alias stands inside what it stands for, or makes the tree too deep")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, path: Path_) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in self._entries(node):
            if key.tag == _MERGE:
                for other in value.value if value.id == "sequence" else [value]:
                    if other.id != "mapping":
                        raise self._error(value, "'<<' takes a mapping, or a list of mappings")
                    merged = {**self.value(other, path), **merged}
                continue
            if key.value in own:
                raise self._error(key, f"the key {key.value!r} stands here twice")
            self.lines[(*path, key.value)] = key.start_mark.line + 1
            own[key.value] = self.value(value, (*path, key.value))
        return {**merged, **own}

    def _entries(self, node: Any) -> Iterator[tuple[Any, Any]]:
        for key, value in node.value:
            if key.id != "scalar":
                raise self._error(key, "a key must be text")
            yield key, value

    def _scalar(self, node: Any) -> Any:
        kind = node.tag.rpartition(":")[2]
        if kind not in {"null", "bool", "int", "float"}:
            return node.value
        if kind in {"int", "float"} and _OLD_NUMBER.fullmatch(node.value):
            raise self._error(node, f"{node.value!r} is a number of base 8 or 60 in YAML 1.1; write it in base 10")
        try:
            value = _constructor().construct_object(node)
        except (ValueError, OverflowError) as error:
            raise self._error(node, f"not a number: {str(node.value)[:40]!r}") from error
        if isinstance(value, float) and not math.isfinite(value):
            raise self._error(node, f"numbers in a recipe are finite, and {node.value!r} is not")
        return value

    def _error(self, node: yaml.Node, message: str) -> RecipeError:
        return RecipeError(f"{self.where}:{node.start_mark.line + 1}: {message}")


@functools.cache
def _constructor() -> Any:
    import yaml

    return yaml.constructor.SafeConstructor()


@functools.cache
def _loader() -> Any:
    """PyYAML's safe loader, that takes 1e-3 for a number."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789"))
    return Loader


@functools.cache
def dumper() -> Any:
    """PyYAML's safe dumper, that quotes a text which looks like 1e-3."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # the same value twice is written twice
            return True

        def represent_str(self, data: str) -> Any:
            """Line breaks that no editor shows, and other unprintable characters, are written as escapes."""
            return self.represent_scalar("tag:yaml.org,2002:str", data, style=None if data.isprintable() else '"')

    Dumper.add_representer(str, Dumper.represent_str)
    Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789"))
    return Dumper
