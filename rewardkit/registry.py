"""The registry: every reward by name, with its documentation, options, examples and attacks.

An entry joins by a decorator on its class, which must be a frozen dataclass whose fields are its options:

    @register("starts_with", reference="the text to begin with", source="own", examples=[...], attacks=[...])
    @dataclass(frozen=True)
    class StartsWith(Verifier): ...

Packages bring theirs by an entry point in the group `rewardkit.rewards`, name = entry name, value = `module:Class`;
the module is imported when the name is first asked for, and its decorator does the rest. rewardkit's own verifiers
come the same way, so nothing here knows any of them.

An entry without examples *and* attacks is refused: a rule nobody tried to fool is not a reward.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.util
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, TypeVar

from rewardkit.errors import (
    MissingExtraError,
    OptionError,
    RegistrationError,
    RewardkitError,
    UnknownNameError,
    UsageError,
    nearest,
)
from rewardkit.options import Option, OptionSchema
from rewardkit.reward import Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome

ENTRY_POINT_GROUP = "rewardkit.rewards"

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


@dataclass(frozen=True)
class Example:
    """A sample and the score that the entry must give it; part of its page and of its tests."""

    sample: Sample
    outcome: Outcome
    value: float | None = None
    """The exact value (to 1e-9), where the outcome does not settle it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options that the entry is built with for this example."""
    title: str = ""


@dataclass(frozen=True)
class Attack:
    """A sample whose response must not be rewarded: its value must be the bottom of the range or None."""

    name: str
    sample: Sample
    options: Mapping[str, Any] = field(default_factory=dict)
    below: float | None = None
    """For graded entries: the value must be strictly below this, where the bottom can't be asked for."""


@dataclass(frozen=True)
class Entry:
    """All that is known of one registered reward."""

    name: str
    factory: type[Verifier]
    reference: str
    """What the reference must be, in words."""
    source: str
    """The paper or specification that the rule comes from."""
    examples: Sequence[Example]
    attacks: Sequence[Attack]
    exempt: Mapping[str, str] = field(default_factory=dict)
    """Generic attack classes that do not apply, each with the reason."""
    extra: str | None = None
    """The extra of rewardkit (or the package) that brings what it needs."""
    requires: Sequence[str] = ()
    """Modules that must be importable before it can be built."""

    @property
    def summary(self) -> str:
        """The first sentence of the class's docstring."""
        return (inspect.getdoc(self.factory) or "").split("\n\n")[0].replace("\n", " ")

    @property
    def description(self) -> str:
        """The class's docstring."""
        return inspect.getdoc(self.factory) or ""

    @property
    def family(self) -> str:
        """The part of the name before the first dot."""
        return self.name.split(".")[0]

    @functools.cached_property
    def schema(self) -> OptionSchema:
        """What its options are, and how values are checked against them."""
        return OptionSchema(f"reward {self.name!r}", self.factory)

    @property
    def options(self) -> tuple[Option, ...]:
        """The options, in the order of the fields."""
        return self.schema.options

    @property
    def missing(self) -> tuple[str, ...]:
        """Modules that it needs and that are not installed."""
        return tuple(m for m in self.requires if importlib.util.find_spec(m) is None)

    def build(self, options: Mapping[str, Any] | None = None) -> Verifier:
        """The verifier with these options, validated.

        Raises:
            OptionError: unknown option, missing option, or a value of the wrong type or range.
            MissingExtraError: a library that it needs is not installed.
        """
        if self.missing:
            extra = f": pip install 'rewardkit[{self.extra}]'" if self.extra else ""
            raise MissingExtraError(f"reward {self.name!r} needs {', '.join(self.missing)}, not installed{extra}")
        values = self.schema.validated(dict(options or {}))
        try:
            return self.factory(**values)
        except OptionError as error:
            raise OptionError(f"reward {self.name!r}: {error}") from error


_entries: dict[str, Entry] = {}

V = TypeVar("V", bound=type[Verifier])


def register(
    name: str,
    *,
    reference: str,
    source: str,
    examples: Sequence[Example],
    attacks: Sequence[Attack],
    exempt: Mapping[str, str] | None = None,
    extra: str | None = None,
    requires: Sequence[str] = (),
) -> Callable[[V], V]:
    """Class decorator that adds a verifier to the registry under `name` (lower case, dots between family and member).

    Raises:
        RegistrationError: the name is taken or malformed, or examples, attacks, docstring or option docs are missing.
    """

    def decorate(cls: V) -> V:
        entry = Entry(name, cls, reference, source, tuple(examples), tuple(attacks), exempt or {}, extra, requires)
        _admit(entry)
        _entries[name] = entry
        return cls

    return decorate


def _admit(entry: Entry) -> None:
    def refuse(why: str) -> typing.NoReturn:
        raise RegistrationError(f"entry {entry.name!r}: {why}")

    if not _NAME.fullmatch(entry.name):
        refuse("a name is lower case words joined by dots, such as 'length.cosine'")
    if not (isinstance(entry.factory, type) and issubclass(entry.factory, Verifier)):
        refuse("register() decorates a subclass of Verifier")
    if not dataclasses.is_dataclass(entry.factory):
        refuse("the class must be a frozen dataclass (put @register above @dataclass(frozen=True))")
    if not entry.factory.__dataclass_params__.frozen:
        refuse("the dataclass must be frozen")
    if not (inspect.getdoc(entry.factory) or "").strip() or entry.factory.__doc__ == _plain_doc(entry.factory):
        refuse("it needs a docstring that says what it checks")
    if not entry.examples:
        refuse("it brings no examples; add at least one Example with the outcome it must get")
    if not entry.attacks:
        refuse("it brings no attacks; add at least one Attack, a response that must not be rewarded")
    taken = _entries.get(entry.name)
    if taken is not None and _home(taken.factory) != _home(entry.factory):
        refuse(f"the name is taken by {':'.join(_home(taken.factory))}")


def _plain_doc(cls: type) -> str:
    """The docstring that @dataclass makes up for a class that has none."""
    try:
        return cls.__name__ + str(inspect.signature(cls)).replace(" -> None", "")
    except (TypeError, ValueError):
        return cls.__name__


def _home(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__qualname__


@functools.cache
def _entry_points() -> dict[str, metadata.EntryPoint]:
    points: dict[str, metadata.EntryPoint] = {}
    for point in metadata.entry_points(group=ENTRY_POINT_GROUP):
        other = points.get(point.name)
        if other is not None and other.value != point.value:
            raise RegistrationError(f"two packages bring an entry {point.name!r}: {other.value} and {point.value}")
        points[point.name] = point
    return points


def names() -> list[str]:
    """Every registered name, sorted; nothing is imported to find them."""
    return sorted(set(_entries) | set(_entry_points()))


def find(name: str) -> Entry:
    """The entry registered under `name`.

    Raises:
        UnknownNameError: no such entry; the message offers the nearest names.
        RegistrationError: its module can't be imported, or was imported and did not register it.
    """
    if name in _entries:
        return _entries[name]
    point = _entry_points().get(name)
    if point is None:
        raise UnknownNameError(f"no reward is called {name!r}; {nearest(name, names())}")
    try:
        point.load()
    except RewardkitError:
        raise
    except Exception as error:  # importing other people's code may raise anything; the person gets to see it
        raise RegistrationError(f"the reward {name!r} can't be imported: {type(error).__name__}: {error}") from error
    if name not in _entries:
        raise RegistrationError(f"entry point {name!r} = {point.value} registered no entry of that name")
    return _entries[name]


def entries() -> Iterable[Entry]:
    """All entries, sorted by name; imports the modules that bring them."""
    return [find(name) for name in names()]


def build(name: str, options: Mapping[str, Any] | None = None) -> Verifier:
    """The verifier called `name` with these options; see `find` and `Entry.build` for the errors."""
    return find(name).build(options)


def load_plugin(where: str) -> None:
    """Import a module by its dotted name, or a Python file by its path, so that its entries join the registry.

    Raises:
        UsageError: there is no such module or file, or importing it fails.
    """
    try:
        if where.endswith(".py"):
            _import_file(where)
        else:
            importlib.import_module(where)
    except RewardkitError:
        raise
    except Exception as error:  # importing a person's code may raise anything; they get to see it
        raise UsageError(f"can't import the plugin {where!r}: {type(error).__name__}: {error}") from error


def _import_file(path: str) -> None:
    import cloudpickle

    name = "rewardkit_plugin_" + re.sub(r"\W", "_", path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None  # a name that ends in .py always has a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    cloudpickle.register_pickle_by_value(module)  # worker processes can't import it by name
