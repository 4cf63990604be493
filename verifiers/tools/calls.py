"""Tool calls in a response and in a reference.

    find_calls('<tool_call>\\n{"name": "add", "parameters": {"a": 1}}\\n</tool_call>')    # [Call("add", {"a": 1})]

In a response they stand in `<tool_call>` blocks outside the thinking: one JSON object, a list of them, or one a line.
A call is `{"name": ..., "parameters": {...}}`; `arguments` may stand for `parameters`, also as the text of a JSON
object, and the whole may be wrapped in `{"type": "function", "function": {...}}`. JSON is read strictly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardkit.verifiers.extraction import outside_thinking
from rewardkit.verifiers.format.strict_json import Json, JsonError, parse
from rewardkit.verifiers.visible import shorten

MAX_CALLS = 64
"""Calls that one response, or one reference, may make."""

_BLOCK = re.compile(r"<tool_call>((?:[^<]|<(?!/?tool_call>))*+)(</tool_call>)?")
_STRAY = re.compile(r"</?tool_call>")


@dataclass(frozen=True)
class Call:
    """One call of a tool."""

    name: str
    parameters: Mapping[str, Json]

    def shown(self) -> str:
        """For people."""
        return shorten(f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.parameters.items())})")


class CallError(ValueError):
    """What stands in the place of a call and is none; the message says what is wrong with it."""


def find_calls(response: str) -> list[Call] | None:
    """The calls that a response makes, in order; None where it has no `<tool_call>` at all.

    Raises:
        CallError: a block that is not closed, holds no call, or holds something else than calls.
    """
    text = outside_thinking(response, is_markup=False)
    calls: list[Call] = []
    end, found = 0, False
    for block in _BLOCK.finditer(text):
        if _STRAY.search(text, end, block.start()) or block.group(2) is None:
            raise CallError("a <tool_call> is not closed, or closes nothing")
        found, end = True, block.end()
        calls += _block(block.group(1).strip())
        if len(calls) > MAX_CALLS:
            raise CallError(f"more than {MAX_CALLS} calls")
    if _STRAY.search(text, end):
        raise CallError("a <tool_call> is not closed, or closes nothing")
    return calls if found else None


def read_calls(reference: Any) -> list[Call]:
    """The calls of a reference: a list of them, an object with `calls` or `tool_calls`, JSON text of either, or text
    with `<tool_call>` blocks.

    Raises:
        CallError: it is nothing of that kind.
    """
    if isinstance(reference, str):
        if "<tool_call>" in reference:
            return find_calls(reference) or []
        try:
            reference = parse(reference)
        except JsonError as error:
            raise CallError(f"it is neither JSON nor text with <tool_call> blocks: {error}") from error
    if isinstance(reference, Mapping):
        wrapped = next((reference[key] for key in ("calls", "tool_calls") if key in reference), [reference])
        reference = wrapped
    if not isinstance(reference, (list, tuple)):
        raise CallError(f"expected a list of calls, got {type(reference).__name__}")
    if len(reference) > MAX_CALLS:
        raise CallError(f"more than {MAX_CALLS} calls")
    return [_call(item) for item in reference]


def _block(content: str) -> list[Call]:
    if not content:
        raise CallError("a <tool_call> is empty")
    try:
        value = parse(content)
    except JsonError as error:
        lines = [line for line in content.splitlines() if line.strip()]
        if len(lines) < 2:
            raise CallError(f"a <tool_call> holds no JSON: {error}") from error
        if len(lines) > MAX_CALLS:
            raise CallError(f"more than {MAX_CALLS} calls") from error
        try:
            return [_call(parse(line)) for line in lines]
        except JsonError:
            raise CallError(f"a <tool_call> holds no JSON: {error}") from error
    return [_call(item) for item in value] if isinstance(value, list) else [_call(value)]


def _call(value: Any) -> Call:
    if isinstance(value, Mapping) and isinstance(value.get("function"), Mapping):
        value = value["function"]
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str) or not value["name"]:
        raise CallError("a call needs a 'name'")
    parameters = value.get("parameters", value.get("arguments", {}))
    if isinstance(parameters, str):
        try:
            parameters = parse(parameters)
        except JsonError as error:
            raise CallError(f"the arguments of {shorten(value['name'], 60)!r} are no JSON: {error}") from error
    if not isinstance(parameters, Mapping):
        raise CallError(f"the parameters of {shorten(value['name'], 60)!r} are no object")
    return Call(value["name"], parameters)
