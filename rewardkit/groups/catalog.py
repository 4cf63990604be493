"""Every advantage function by name, with the inputs it needs and the options it takes, for callers that have text.

    shape(name, inputs, groups, options) -> Shaped

    from rewardkit.groups import Groups, catalog
    shaped = catalog.shape("gdpo", {"components": table, "weights": [1, 0.5]}, Groups.of(ids, size=8), {"eps": 1e-4})

`inputs` maps names of `INPUTS` to arrays (lists, numpy, torch; None or NaN: not scored). An entry says which it
`needs` and which it can `use`; others are passed over, so a caller may hand over all it has. A function that needs
`rewards` is given the weighted sum of `components` where there are no `rewards`.

`options` maps an entry's options to JSON values; an unknown name, a value of another type or out of range is an
`OptionError` with the nearest name. `ENTRIES[name].options` lists them with defaults; `describe()` is the table.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import BaseMetadata, Ge, Gt, Le, Lt

from rewardkit.errors import OptionError, UnknownNameError, nearest
from rewardkit.groups.advantages.batch_baseline import gpg, reinforce_plus_plus_baseline
from rewardkit.groups.advantages.difficulty import a_grae, grpo_lead
from rewardkit.groups.advantages.gdpo import gdpo
from rewardkit.groups.advantages.grpo import dr_grpo, grpo, grpo_batch
from rewardkit.groups.advantages.leave_one_out import opo, rloo
from rewardkit.groups.advantages.median import mc_grpo
from rewardkit.groups.advantages.rank import rank_gaussian
from rewardkit.groups.advantages.reshaped import c_grpo, grpo_s, unlikeliness
from rewardkit.groups.advantages.risk import riskpo
from rewardkit.groups.advantages.shared import shared_baseline
from rewardkit.groups.advantages.signed import nsr, psr, w_reinforce
from rewardkit.groups.advantages.virtual import ngrpo
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.passk import passk_training, pkpo, top_gap
from rewardkit.groups.shaped import Shaped
from rewardkit.groups.shaping.mixing import weighted_sum

INPUTS: dict[str, str] = {
    "rewards": "[n] one reward a row",
    "components": "[n, k] several rewards a row",
    "weights": "[k] the weight of each of them",
    "correct": "[n] 1 for a right response, 0 for a wrong one; the rewards where there is no such column",
    "lengths": "[n] tokens of the response",
    "mean_logprobs": "[n] mean log-probability of the response's tokens under the policy that wrote it",
    "entropies": "[n] mean entropy of the policy over the response's tokens",
    "outcome": "[n] 1 for a right final answer, 0 for a wrong one",
    "rubric": "[n] share of the rubrics met",
    "pool": "[n] id of the pool that the row's group shares its baseline with",
}


@dataclass(frozen=True)
class Option:
    """One option of an entry."""

    name: str
    hint: Any
    default: Any

    @property
    def required(self) -> bool:
        """It has no default: the caller must choose."""
        return self.default is inspect.Parameter.empty

    @property
    def type(self) -> str:
        """For people: `float >= 0`, `'trl' | 'verl'`, `int | null`..."""
        return _told(self.hint)


@dataclass(frozen=True)
class Entry:
    """One advantage function."""

    name: str
    function: Callable[..., Shaped]

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Inputs without which it can't run, in the order of its arguments."""
        return tuple(p.name for p in self._parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in INPUTS)

    @cached_property
    def uses(self) -> tuple[str, ...]:
        """Inputs that it takes where there are any."""
        return tuple(p.name for p in self._parameters if p.kind is p.KEYWORD_ONLY and p.name in INPUTS)

    @cached_property
    def options(self) -> Mapping[str, Option]:
        """Its options with types and defaults."""
        hints = typing.get_type_hints(self.function, include_extras=True)
        own = (p for p in self._parameters if p.kind is p.KEYWORD_ONLY and p.name not in INPUTS)
        return {p.name: Option(p.name, hints[p.name], p.default) for p in own}

    @property
    def summary(self) -> str:
        """The first sentence of the function's documentation."""
        return inspect.cleandoc(self.function.__doc__ or "").split("\n\n")[0].replace("\n", " ")

    @cached_property
    def _parameters(self) -> tuple[inspect.Parameter, ...]:
        return tuple(inspect.signature(self.function).parameters.values())


_FUNCTIONS: dict[str, Callable[..., Shaped]] = {
    "grpo": grpo,
    "grpo-batch": grpo_batch,
    "dr-grpo": dr_grpo,
    "rloo": rloo,
    "reinforce++-baseline": reinforce_plus_plus_baseline,
    "opo": opo,
    "gpg": gpg,
    "mc-grpo": mc_grpo,
    "gdpo": gdpo,
    "g2rpo": rank_gaussian,
    "ngrpo": ngrpo,
    "unlikeliness": unlikeliness,
    "riskpo": riskpo,
    "grpo-s": grpo_s,
    "grpo-lead": grpo_lead,
    "a-grae": a_grae,
    "psr": psr,
    "nsr": nsr,
    "w-reinforce": w_reinforce,
    "c-grpo": c_grpo,
    "pass-at-k": passk_training,
    "top-gap": top_gap,
    "pkpo": pkpo,
    "shared-baseline": shared_baseline,
}
ENTRIES: dict[str, Entry] = {name: Entry(name, function) for name, function in _FUNCTIONS.items()}


def entry(name: str) -> Entry:
    """The entry of a name; `UnknownNameError` with the nearest names."""
    found = ENTRIES.get(name)
    if found is None:
        raise UnknownNameError(f"no advantage {name!r}: {nearest(name, ENTRIES)}")
    return found


def shape(name: str, inputs: Mapping[str, Any], groups: Groups, options: Mapping[str, Any] | None = None) -> Shaped:
    """Runs the named function on the inputs that it needs. See the module's text.

    >>> shape("dr-grpo", {"rewards": [1.0, 0.0]}, Groups.equal(2, 2)).advantages.tolist()
    [0.5, -0.5]
    """
    chosen = entry(name)
    unknown = [key for key in inputs if key not in INPUTS]
    if unknown:
        raise OptionError(f"no input {unknown[0]!r} of an advantage: {nearest(unknown[0], INPUTS)}")
    given = {key: value for key, value in inputs.items() if value is not None}
    if "rewards" not in given and "components" in given:
        given["rewards"] = weighted_sum(given["components"], given.get("weights"))
    if "correct" in chosen.needs and "correct" not in given and "rewards" in given:
        given["correct"] = given["rewards"]  # the function refuses what is not 0 or 1
    missing = [key for key in chosen.needs if key not in given]
    if missing:
        wanted = ", ".join(f"{key} ({INPUTS[key]})" for key in missing)
        raise GroupError(f"advantage {name!r} needs {wanted}")
    needed = [given[key] for key in chosen.needs]
    used = {key: given[key] for key in chosen.uses if key in given}
    return chosen.function(*needed, groups, **used, **checked(chosen, options or {}))


def checked(chosen: Entry, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as the function takes them; `OptionError` for an unknown name or a value that doesn't fit."""
    result = {}
    for name, value in options.items():
        option = chosen.options.get(name)
        if option is None:
            offer = nearest(name, chosen.options) if chosen.options else "it takes none"
            raise OptionError(f"advantage {chosen.name!r} has no option {name!r}: {offer}")
        if not _fits(value, option.hint):
            raise OptionError(f"option {name!r} of advantage {chosen.name!r} is {option.type}, not {value!r:.80}")
        result[name] = value
    missing = [option for option in chosen.options.values() if option.required and option.name not in options]
    if missing:
        raise OptionError(f"advantage {chosen.name!r} needs the option {missing[0].name!r}: {missing[0].type}")
    return result


def describe() -> list[dict[str, Any]]:
    """The catalogue as JSON values: name, summary, needs, uses, and options with type and default, if they have one."""
    return [
        {
            "name": one.name,
            "summary": one.summary,
            "needs": list(one.needs),
            "uses": list(one.uses),
            "options": [
                {"name": o.name, "type": o.type} | ({} if o.required else {"default": o.default})
                for o in one.options.values()
            ],
        }
        for one in ENTRIES.values()
    ]


_LIMITS: dict[type[BaseMetadata], tuple[str, str, Callable[[Any, Any], bool]]] = {
    Ge: ("ge", ">=", lambda value, limit: bool(value >= limit)),
    Gt: ("gt", ">", lambda value, limit: bool(value > limit)),
    Le: ("le", "<=", lambda value, limit: bool(value <= limit)),
    Lt: ("lt", "<", lambda value, limit: bool(value < limit)),
}


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is typing.Annotated:
        base, *limits = get_args(hint)
        return _fits(value, base) and all(_LIMITS[type(m)][2](value, getattr(m, _LIMITS[type(m)][0])) for m in limits)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if hint is float:  # NaN and infinities are no options
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _told(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is typing.Annotated:
        base, *limits = get_args(hint)
        named = (f"{_LIMITS[type(m)][1]} {getattr(m, _LIMITS[type(m)][0])}" for m in limits)
        return f"{_told(base)} {', '.join(named)}"
    if origin in (Union, UnionType):
        return " | ".join(_told(part) for part in get_args(hint))
    if origin is Literal:
        return " | ".join(repr(part) for part in get_args(hint))
    return "null" if hint is NoneType else str(hint.__name__)
