"""Examples and attacks of `tools.toolrl`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rewardkit.sample import Sample
from rewardkit.score import Outcome

_ASK = "What is the weather in Lima, in degrees Celsius?"
_WEATHER = {"name": "weather", "parameters": {"city": "Lima", "unit": "celsius"}}
_AUTHORS = {"extra_calls": "names_only"}


def _block(*calls: Mapping[str, Any]) -> str:
    return "<tool_call>\n" + "\n".join(json.dumps(call) for call in calls) + "\n</tool_call>"


def _sample(*calls: Mapping[str, Any], reference: Any = (_WEATHER,), thinking: str = "I look it up.") -> Sample:
    response = f"<think>{thinking}</think>\n{_block(*calls)}"
    return Sample(prompt=_ASK, response=response, reference=list(reference))


def _written(response: str, reference: Any = (_WEATHER,)) -> Sample:
    return Sample(prompt=_ASK, response=response, reference=list(reference))


_A = {"name": "a", "parameters": {"x": 1, "y": 2}}
_B = {"name": "b", "parameters": {}}

EXAMPLES: Sequence[tuple[Sample, Outcome, float | None, Mapping[str, Any], str]] = (
    (_sample(_WEATHER), Outcome.CORRECT, 3.0, {}, "name, parameters and values"),
    (_sample({"name": "a", "parameters": {"x": 1, "z": 3}}, reference=[_A]), Outcome.PARTIAL, 0.5, {}, "one of two"),
    (_sample(_B, _A, reference=[_A, _B]), Outcome.CORRECT, 3.0, {}, "in another order"),
    (_sample(_A, _B, reference=[_A]), Outcome.PARTIAL, 1.2, {}, "a call too many"),
    (_sample(_A, _B, reference=[_A]), Outcome.PARTIAL, 2.25, _AUTHORS, "the same as released"),
    (_sample({"name": "b", "parameters": {"x": 1}}, reference=[_A]), Outcome.INCORRECT, -3.0, {}, "another tool"),
    (_written("It is 18 degrees there."), Outcome.NO_ANSWER, -3.0, {}, "no call"),
    (_sample(_WEATHER, reference=[]), Outcome.BAD_REFERENCE, None, {}, "a reference without calls"),
    (_sample(_WEATHER, reference=[]), Outcome.INCORRECT, 0.0, {"no_call": "judged", "low": 0, "high": 1}, "none asked"),
)
"""Sample, outcome, value, options, title."""

ATTACKS: Sequence[tuple[str, Sample, Mapping[str, Any], float | None]] = (
    ("call_in_the_thinking_only", _written(f"<think>{_block(_WEATHER)}</think> Done."), {}, None),
    ("no_json", _written("<tool_call>weather(Lima, celsius)</tool_call>"), {}, None),
    ("unclosed", _written(_block(_WEATHER).removesuffix("</tool_call>")), {}, None),
    ("nested_blocks", _written(f"<tool_call>{_block(_WEATHER)}</tool_call>"), {}, None),
    ("parameters_given_twice", _written(
        '<tool_call>{"name": "weather", "parameters": {"city": "Rome", "city": "Lima", "unit": "celsius"}}</tool_call>'
    ), {}, None),
    ("junk_beside_the_call", _written(f"<tool_call>call now: {json.dumps(_WEATHER)}</tool_call>"), {}, None),
    ("another_name", _sample({"name": "wether", "parameters": _WEATHER["parameters"]}), {}, None),
    ("every_city_there_is", _sample(
        *({"name": "weather", "parameters": {"city": city, "unit": "celsius"}} for city in ("Rome", "Bonn", "Oslo")),
        _WEATHER,
    ), {}, 0.0),
    ("too_many_calls", _sample(*[_WEATHER] * 65), {}, None),
    ("true_for_one", _sample({"name": "a", "parameters": {"x": True, "y": "2"}}, reference=[_A]), {}, 0.5),
)  # fmt: skip
"""Name, sample, options, value that it must stay below."""

EXEMPT: Mapping[str, str] = {}
