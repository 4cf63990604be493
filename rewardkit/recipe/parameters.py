"""Parameters of a recipe: values with defaults that whoever uses the recipe can change.

    params: {max_length: 4096, unit: tokens}
    reward: {use: length.overlong, args: {unit: "${unit}", max_length: "${max_length}"}}

A text that is `${name}` and nothing else becomes the value, with its type; inside a longer text it is written out.
`$${name}` stands for the text `${name}` itself. A default of null means that a value must be given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rewardkit.errors import nearest
from rewardkit.recipe.source import Place

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USE = re.compile(rf"(\$?)\$\{{({_NAME.pattern})\}}")
_LONGEST = 10_000

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a truth value"),
    ((int, float), "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a mapping"),
)


def settle(declared: Any, given: Mapping[str, Any], place: Place, giver: Place) -> dict[str, Any]:
    """The values of a recipe's parameters.

    Args:
        declared: the defaults, as they stand in the recipe at `place`.
        given: what the user of the recipe gives, at `giver`.

    Raises:
        RecipeError: `declared` is no mapping; a parameter is unknown, missing, or not of its default's type.
    """
    if not isinstance(declared, Mapping):
        raise place.error(f"expected a mapping of parameters to their defaults, got {declared!r}")
    for name in declared:
        if not _NAME.fullmatch(name):
            raise place.at(name).error(f"the name of a parameter is letters, digits and _, not {name!r}")
    for name, value in given.items():
        if name not in declared:
            told = nearest(name, declared) if declared else "it has none"
            raise giver.at(name).error(f"the recipe {place.where} has no parameter {name!r}; {told}")
        default = declared[name]
        if default is not None and _kind(value) != _kind(default):
            raise giver.at(name).error(f"parameter {name!r} is {_kind(default)} ({default!r}), not {value!r}")
    settled = {**declared, **given}
    for name, value in settled.items():
        if value is None:
            raise giver.error(f"the recipe {place.where} needs a value for its parameter {name!r}")
    return settled


def fill(value: Any, params: Mapping[str, Any], place: Place, used: set[str]) -> Any:
    """`value` with every parameter in its texts replaced; notes in `used` which ones there are.

    Raises:
        RecipeError: an unknown parameter, or a list or mapping written inside a text.
    """
    if isinstance(value, Mapping):
        return {key: fill(item, params, place.at(key), used) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, params, place.at(i), used) for i, item in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _USE.fullmatch(value)
    if whole is not None and not whole[1]:
        return _looked_up(whole[2], params, place, used)

    def written(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        found = _looked_up(match[2], params, place, used)
        if isinstance(found, (list, Mapping)):
            raise place.error(f"parameter {match[2]!r} is {_kind(found)} and can't stand inside a text")
        return str(found).lower() if isinstance(found, bool) else str(found)

    text = _USE.sub(written, value)
    if len(text) > _LONGEST:
        raise place.error(f"with its parameters the text has more than {_LONGEST} characters")
    return text


def escape(value: Any) -> Any:
    """`value` with every text written so that `fill` gives it back."""
    if isinstance(value, Mapping):
        return {key: escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape(item) for item in value]
    return _USE.sub(lambda match: "$" + match[0], value) if isinstance(value, str) else value


def _looked_up(name: str, params: Mapping[str, Any], place: Place, used: set[str]) -> Any:
    if name not in params:
        told = nearest(name, params) if params else "the recipe has none"
        raise place.error(f"no parameter is called {name!r}; {told} (for the text itself, write $${{{name}}})")
    used.add(name)
    return params[name]


def _kind(value: Any) -> str:
    return next((words for types, words in _KINDS if isinstance(value, types)), "null")
