"""Cases of input and output, in the shapes of APPS, TACO, CodeContests, Codeforces, LiveCodeBench and verl."""

from __future__ import annotations

import base64
import binascii
import io
import json
import pickle
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from rewardkit.verifiers.code.formats.tests import (
    MAX_CASES,
    MAX_CHARS,
    BadReferenceError,
    CallCase,
    CallTests,
    IoCase,
    IoTests,
)

Pair = tuple[Any, Any, bool]
"""Input, expected output, whether it is hidden; of any JSON type."""


def parsed(text: str, what: str) -> Any:
    """The JSON value of a text; raises `BadReferenceError`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadReferenceError(f"{what} is not JSON: {str(error)[:120]}") from error


def columns(value: Mapping[str, Any], is_hidden: bool = False) -> list[Pair]:
    """`{"inputs": [...], "outputs": [...]}`, also in the singular."""
    inputs, outputs = (value.get(f"{name}s", value.get(name)) for name in ("input", "output"))
    if not _is_list(inputs) or not _is_list(outputs):
        raise BadReferenceError("inputs and outputs must be two lists")
    if len(inputs) != len(outputs):
        raise BadReferenceError(f"there are {len(inputs)} inputs and {len(outputs)} outputs")
    return [(given, wanted, is_hidden) for given, wanted in zip(inputs, outputs, strict=True)]


_INPUT_KEYS = ("in", "input", "stdin", "args")
_OUTPUT_KEYS = ("out", "output", "expected", "expected_output", "stdout")


def rows(value: Sequence[Any], is_hidden: bool = False) -> list[Pair]:
    """A list of mappings with an input and an output each."""
    pairs: list[Pair] = []
    for number, row in enumerate(value):
        given = next((key for key in _INPUT_KEYS if isinstance(row, Mapping) and key in row), None)
        wanted = next((key for key in _OUTPUT_KEYS if isinstance(row, Mapping) and key in row), None)
        if given is None or wanted is None:
            raise BadReferenceError(f"test {number} needs an input and an output, such as 'in' and 'out'")
        pairs.append((row[given], row[wanted], bool(row.get("hidden", is_hidden))))
    return pairs


def io_tests(pairs: Iterable[Pair], checker: Any = None, interactor: Any = None) -> IoTests:
    """Tests of standard input and output."""
    found = tuple(
        IoCase(_text(given, number, "input"), _text(wanted, number, "output"), hidden)
        for number, (given, wanted, hidden) in enumerate(_bounded(pairs))
    )
    for name, source in (("checker", checker), ("interactor", interactor)):
        if source is not None and not isinstance(source, str):
            raise BadReferenceError(f"the {name} is of type {type(source).__name__}; expected Python source")
    if checker and interactor:
        raise BadReferenceError("there are a checker and an interactor; one of them judges")
    return IoTests(found, checker or "", interactor or "")


def call_tests(function: Any, pairs: Iterable[Pair]) -> CallTests:
    """Tests that call a function; arguments are lists, or texts with one JSON value a line."""
    if not isinstance(function, str) or not function.rpartition(".")[2].isidentifier():
        raise BadReferenceError(f"fn_name must be the name of a function, not {function!r:.80}")
    values = [
        (_arguments(given, number), _value(wanted, is_text=isinstance(given, str)), hidden)
        for number, (given, wanted, hidden) in enumerate(_bounded(pairs))
    ]
    wrapped = all(isinstance(wanted, list) and len(wanted) == 1 for _, wanted, _ in values)
    found = tuple(CallCase(_dumps(given), _dumps(wanted), hidden) for given, wanted, hidden in values)
    return CallTests(function.rpartition(".")[2], found, may_be_wrapped=wrapped)


def compressed(text: str) -> Any:
    """LiveCodeBench's private tests: JSON inside a pickled text inside zlib inside base64, or plain JSON.

    The pickle is read by a reader that refuses every class, so it can hold a text and nothing that runs.
    """
    if text.lstrip().startswith(("[", "{")):
        return parsed(text, "private_test_cases")
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(text, validate=True), MAX_CHARS)
        value = _TextOnly(io.BytesIO(data)).load()
    except (binascii.Error, zlib.error, pickle.UnpicklingError, ValueError, EOFError, IndexError, KeyError) as error:
        raise BadReferenceError(f"private_test_cases can't be unpacked: {str(error)[:120]}") from error
    if not isinstance(value, str):
        raise BadReferenceError("private_test_cases hold no text")
    return parsed(value, "private_test_cases")


class _TextOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it wants to load {module}.{name}")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise pickle.UnpicklingError("it wants to load an object from elsewhere")


def _bounded(pairs: Iterable[Pair]) -> list[Pair]:
    found = list(pairs)
    if not found:
        raise BadReferenceError("there are no tests")
    if len(found) > MAX_CASES:
        raise BadReferenceError(f"there are {len(found)} tests; at most {MAX_CASES} are judged")
    size = sum(len(part) for pair in found for part in pair[:2] if isinstance(part, str))
    if size > MAX_CHARS:
        raise BadReferenceError(f"the tests have {size} characters; at most {MAX_CHARS} are judged")
    return found


def _text(value: Any, number: int, what: str) -> str:
    if isinstance(value, str):
        return value
    if _is_list(value) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise BadReferenceError(f"the {what} of test {number} is of type {type(value).__name__}; expected text")


def _arguments(value: Any, number: int) -> list[Any]:
    if isinstance(value, str):
        return [parsed(line, f"an argument of test {number}") for line in value.split("\n") if line.strip()]
    if not _is_list(value):
        raise BadReferenceError(f"the arguments of test {number} are of type {type(value).__name__}; expected a list")
    return list(value)


def _value(value: Any, is_text: bool) -> Any:
    """An expected value; where arguments come as text, so does it."""
    return parsed(value, "an expected value") if is_text and isinstance(value, str) else value


def _dumps(value: Any) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadReferenceError(f"a value of the tests is not JSON: {str(error)[:120]}") from error


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))
