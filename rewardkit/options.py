"""The options of a frozen dataclass: how a page shows them, and how values from outside are checked against them.

    schema = OptionSchema("reward 'math'", Math)
    schema.options                              # names, types in words, defaults, documentation
    schema.validated({"tolerance": 1e-6})       # the values, or one OptionError that says what was expected

The fields of the class are its options: `name: Annotated[type, Doc("..."), Ge(0)] = default`. Values are JSON values
and are never converted: a text is no number, and 1 is no truth value.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any

from rewardkit.errors import OptionError, nearest
from rewardkit.reward import Doc


class NamedOptionError(OptionError):
    """An `OptionError` that says which option it is about."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


@dataclasses.dataclass(frozen=True)
class Option:
    """One option, as its page shows it."""

    name: str
    type: str
    doc: str
    required: bool
    default: Any = None


class OptionSchema:
    """The options of one class.

    Args:
        owner: whose options they are, to open every message: `reward 'math'`.
        cls: the dataclass.
        leave_out: fields of the class that are not options.
        readers: for types that a person writes in a form of their own, what makes a value of that form; it raises
            `OptionError`.
    """

    def __init__(
        self,
        owner: str,
        cls: type,
        leave_out: Collection[str] = (),
        readers: Mapping[type, Callable[[Any], Any]] | None = None,
    ) -> None:
        self.owner = owner
        self._hints = typing.get_type_hints(cls, include_extras=True)
        self._fields = [f for f in dataclasses.fields(cls) if f.init and f.name not in leave_out]
        self.options = tuple(_option(f, self._hints[f.name]) for f in self._fields)
        bases = {f.name: _base(self._hints[f.name]) for f in self._fields}
        self._readers = {name: readers[base] for name, base in bases.items() if base in readers} if readers else {}

    def validated(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The values as the class takes them.

        Raises:
            OptionError: an unknown or a missing option, or a value of the wrong type or outside its limits.
        """
        import orjson
        import pydantic

        known = [o.name for o in self.options]
        for name in options:
            if name not in known:
                hint = nearest(str(name), known) if known else "it has no options"
                raise NamedOptionError(name, f"{self.owner} has no option {name!r}; {hint}")
        for option in self.options:
            if option.required and option.name not in options:
                raise OptionError(f"{self.owner} needs the option {option.name!r} ({option.type}): {option.doc}")
        read = {name: self._read(name, value) for name, value in options.items() if name in self._readers}
        options = {name: value for name, value in options.items() if name not in read}
        try:
            text = orjson.dumps(options)
        except TypeError as error:
            raise OptionError(f"{self.owner}: options must be JSON values: {error}") from error
        try:
            model = self._model.model_validate_json(text)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(p) for p in first["loc"])
            name = str(first["loc"][0]) if first["loc"] else ""
            expected = next((o.type for o in self.options if o.name == name), "?")
            raise NamedOptionError(
                name,
                f"{self.owner}, option {where!r}: {first['msg']}; got {options.get(name)!r}, expected {expected}",
            ) from error
        return {**{name: getattr(model, "f_" + name) for name in options}, **read}

    def _read(self, name: str, value: Any) -> Any:
        try:
            return self._readers[name](value)
        except OptionError as error:
            raise NamedOptionError(name, f"{self.owner}, option {name!r}: {error}") from error

    @functools.cached_property
    def _model(self) -> Any:
        """A strict pydantic model of the options; fields carry a prefix so that no name can shadow a method."""
        import pydantic

        fields: dict[str, Any] = {
            "f_" + f.name: (self._hints[f.name], pydantic.Field(default=None, alias=f.name))
            for f in self._fields
            if f.name not in self._readers
        }
        config = pydantic.ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)
        return pydantic.create_model("Options", __config__=config, **fields)


def _base(hint: Any) -> Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint


def _option(f: dataclasses.Field[Any], hint: Any) -> Option:
    doc = ""
    if typing.get_origin(hint) is typing.Annotated:
        base, *extras = typing.get_args(hint)
        doc = " ".join(e.text for e in extras if isinstance(e, Doc))
        limits = [str(limit) for limit in map(_limit, extras) if limit]
    else:
        base, limits = hint, []
    default = f.default
    if f.default_factory is not dataclasses.MISSING:
        default = f.default_factory()
    required = default is dataclasses.MISSING
    text = _type_text(base) + (" " + ", ".join(limits) if limits else "")
    return Option(f.name, text, doc, required, None if required else default)


def _type_text(hint: Any) -> str:
    """A type as a person writes it.

    >>> _type_text(typing.Literal["a", "b"]), _type_text(float | None), _type_text(tuple[str, ...])
    ("'a' or 'b'", 'float or None', 'list of str')
    """
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _type_text(args[0])
    if origin is typing.Literal:
        return " or ".join(repr(a) for a in args)
    if origin in (tuple, list) and args:
        return "list of " + _type_text(args[0])
    if origin in (dict, Mapping) or (origin is not None and getattr(origin, "__name__", "") == "Mapping"):
        return f"mapping of {_type_text(args[0])} to {_type_text(args[1])}"
    if args:
        return " or ".join(_type_text(a) for a in args)
    if hint is type(None):
        return "None"
    return getattr(hint, "__name__", str(hint))


def _limit(extra: object) -> str:
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "min_length": "length >=", "max_length": "length <="}
    for attribute, sign in signs.items():
        if hasattr(extra, attribute):
            return f"{sign} {getattr(extra, attribute)}"
    return ""
