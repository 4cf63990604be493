"""Which shape a reference has: declared, or known by its keys.

    read_tests({"inputs": ["1 2"], "outputs": ["3"]}, {})                       # IoTests
    read_tests({"fn_name": "add", "inputs": [[1, 2]], "outputs": [3]}, {})      # CallTests
    read_tests(["assert add(1, 2) == 3"], {})                                   # ScriptTests

What belongs to a reference may stand in it or in other columns of its row (`entry_point`, `test_imports`...).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from rewardkit.verifiers.code.formats.cases import Pair, call_tests, columns, compressed, io_tests, parsed, rows
from rewardkit.verifiers.code.formats.scripts import assert_tests, script_tests
from rewardkit.verifiers.code.formats.tests import BadReferenceError, Tests

Format: TypeAlias = Literal["auto", "stdio", "call", "asserts", "check", "unittest", "pytest", "script"]

_SCRIPTS = ("check", "unittest", "pytest", "script")


def read_tests(reference: Any, data: Mapping[str, Any], declared: Format = "auto") -> Tests:
    """The tests of a reference.

    Args:
        reference: JSON text, test code, a list, or a mapping.
        data: The row's other columns.
        declared: The format, where it is not to be recognised.

    Raises:
        BadReferenceError: nothing usable is in it.
    """
    if isinstance(reference, str) and reference.lstrip()[:1] in ("{", "["):
        value = parsed(reference, "the reference") if declared not in _SCRIPTS else reference
    else:
        value = reference
    if value is None:
        raise BadReferenceError("there is no reference; tests are needed, such as inputs and outputs")
    siblings = {**data, **value} if isinstance(value, Mapping) else data
    tests = _read(value, siblings, declared)
    kinds = {"stdio": "IoTests", "call": "CallTests"}
    if declared != "auto" and type(tests).__name__ != kinds.get(declared, "ScriptTests"):
        raise BadReferenceError(f"the reference holds no tests of the format {declared!r}")
    return tests


def _read(value: Any, siblings: Mapping[str, Any], declared: Format) -> Tests:
    style = declared if declared in _SCRIPTS else None
    if isinstance(value, str):
        if declared == "asserts":
            return assert_tests(value.splitlines(), siblings)
        return script_tests(value, siblings, style)
    if isinstance(value, Mapping):
        for keys, read in _SHAPES:
            if all(value.get(key) is not None for key in keys):
                return read(value, siblings, style)
        known = "; ".join(" + ".join(keys) for keys, _ in _SHAPES)
        raise BadReferenceError(f"the reference has the keys {_few(value)}; known shapes: {known}")
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, str) for item in value):
            return assert_tests(value, siblings)
        hidden = siblings.get("private_test_cases")
        pairs = rows(value, is_hidden=False)
        if hidden is not None:
            return _livecodebench({"public_test_cases": value, "private_test_cases": hidden}, siblings, style)
        return _of_pairs(pairs, siblings, value)
    raise BadReferenceError(f"the reference is of type {type(value).__name__}; expected tests as JSON or as code")


def _of_pairs(pairs: list[Pair], siblings: Mapping[str, Any], value: Any = None) -> Tests:
    """Calls where a function is named, else runs."""
    function = siblings.get("fn_name") or _metadata(siblings).get("func_name")
    first = value[0] if isinstance(value, Sequence) and value else None
    is_functional = isinstance(first, Mapping) and first.get("testtype") == "functional"
    if function is None and is_functional:
        raise BadReferenceError("functional tests need the name of the function: metadata.func_name, or fn_name")
    if function is not None and not (isinstance(first, Mapping) and first.get("testtype") == "stdin"):
        return call_tests(function, pairs)
    checker = siblings.get("checker") or siblings.get("generated_checker")
    return io_tests(pairs, checker, siblings.get("interactor"))


def _metadata(siblings: Mapping[str, Any]) -> Mapping[str, Any]:
    value = siblings.get("metadata")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = parsed(value, "metadata")
    return value if isinstance(value, Mapping) else {}


def _cases(value: Mapping[str, Any], siblings: Mapping[str, Any], style: str | None) -> Tests:
    found = value["cases"]
    if not isinstance(found, (list, tuple)):
        raise BadReferenceError(f"cases is of type {type(found).__name__}; expected a list")
    return _of_pairs(rows(found), siblings, found)


def _columns(value: Mapping[str, Any], siblings: Mapping[str, Any], style: str | None) -> Tests:
    return _of_pairs(columns(value), siblings)


def _code_contests(value: Mapping[str, Any], siblings: Mapping[str, Any], style: str | None) -> Tests:
    pairs: list[Pair] = []
    for name in ("public_tests", "private_tests", "generated_tests"):
        part = siblings.get(name)
        if isinstance(part, Mapping):
            pairs += columns(part, is_hidden=name != "public_tests")
        elif isinstance(part, (list, tuple)):
            pairs += rows(part, is_hidden=name != "public_tests")
    return _of_pairs(pairs, siblings)


def _livecodebench(value: Mapping[str, Any], siblings: Mapping[str, Any], style: str | None) -> Tests:
    found: list[Any] = []
    pairs: list[Pair] = []
    for name in ("public_test_cases", "private_test_cases"):
        part = value.get(name)
        part = compressed(part) if isinstance(part, str) and part.strip() else part
        if isinstance(part, (list, tuple)):
            found += part
            pairs += rows(part, is_hidden=name.startswith("private"))
    return _of_pairs(pairs, siblings, found)


def _codeforces(value: Mapping[str, Any], siblings: Mapping[str, Any], style: str | None) -> Tests:
    public = siblings.get("examples")
    pairs = rows(public) if isinstance(public, (list, tuple)) else []
    official = value["official_tests"]
    if not isinstance(official, (list, tuple)):
        raise BadReferenceError("official_tests must be a list")
    return _of_pairs(pairs + rows(official, is_hidden=True), siblings)


def _asserts(key: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], str | None], Tests]:
    return lambda value, siblings, style: assert_tests(value[key], siblings)


def _script(key: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], str | None], Tests]:
    return lambda value, siblings, style: script_tests(value[key], siblings, style)


def _nested(key: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], str | None], Tests]:
    def read(value: Mapping[str, Any], siblings: Mapping[str, Any], style: str | None) -> Tests:
        inner = value[key]
        if isinstance(inner, str) and inner.lstrip()[:1] in ("{", "["):
            inner = parsed(inner, key)
        if isinstance(inner, Mapping) and key in inner:
            raise BadReferenceError(f"{key} stands inside {key}")
        merged = {**siblings, **inner} if isinstance(inner, Mapping) else siblings
        return _read(inner, merged, "auto")

    return read


_SHAPES: tuple[tuple[tuple[str, ...], Callable[[Mapping[str, Any], Mapping[str, Any], str | None], Tests]], ...] = (
    (("inputs", "outputs"), _columns),
    (("input", "output"), _columns),
    (("cases",), _cases),
    (("public_test_cases",), _livecodebench),
    (("private_test_cases",), _livecodebench),
    (("public_tests",), _code_contests),
    (("private_tests",), _code_contests),
    (("generated_tests",), _code_contests),
    (("official_tests",), _codeforces),
    (("asserts",), _asserts("asserts")),
    (("test_list",), _asserts("test_list")),
    (("test",), _script("test")),
    (("input_output",), _nested("input_output")),
    (("test_cases",), _nested("test_cases")),
    (("tests",), _nested("tests")),
)
"""Shapes by their keys, in order of priority, each with its reader."""


def _few(value: Mapping[str, Any]) -> str:
    return ", ".join(sorted(repr(str(key)[:40]) for key in value)[:12]) or "(none)"
