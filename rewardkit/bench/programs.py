"""References that are tests of a program: what they call, with what, and which value or output they expect.

    read_tests(Sample(response="", reference=["assert double(2) == 4", "assert double(3) == 6"]))

| shape | where it is seen |
|---|---|
| `{"inputs": [...], "outputs": [...], "fn_name": ...}`, or that as JSON text | APPS, TACO, verl |
| a list of `{"input": ..., "output": ..., "testtype": ...}` | LiveCodeBench |
| `{"cases": [{"in"/"args": ..., "out"/"expected": ...}], "fn_name": ...}` | many |
| a list of `assert ...`, also under `asserts`, `test_list` or `tests` | MBPP |
| text that defines `check(candidate)`, also under `test` beside `entry_point` | HumanEval |
| text with `assert` statements or `unittest` test cases | pytest, BigCodeBench |

Tests are read, never run. Those that expect nothing (None, an empty output) are not used: a program that does nothing
would pass them.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardkit.sample import Sample

_MOST_CHARS = 400_000
_MAY_BE_TESTS = re.compile(r"\bassert|unittest|\"(?:inputs?|outputs?|cases|asserts|test)\"")
_DEFINITION = re.compile(r"^\s{0,8}def\s{1,4}(\w{1,100})\s?\(", re.MULTILINE)
_FUNCTION_KEYS = ("fn_name", "func_name", "entry_point", "function")
_GIVEN_KEYS = ("args", "in", "input", "inputs", "stdin")
_EXPECTED_KEYS = ("expected", "out", "output", "outputs", "expected_output", "stdout")
_CASES_KEYS = ("cases", "test_cases", "tests", "public_tests")
_SOURCES_KEYS = ("asserts", "test_list", "assert_case", "tests", "test")


@dataclass(frozen=True, slots=True)
class Case:
    """One test."""

    given: tuple[Any, ...] | str
    """The arguments of the call, or the standard input."""
    expected: Any
    """The value, or the standard output."""


@dataclass(frozen=True, slots=True)
class ProgramTests:
    """The tests of one row, as far as they can be read."""

    function: str
    """The function that is called; empty for programs that read and print."""
    cases: tuple[Case, ...]
    is_complete: bool = True
    """Whether `cases` are all that is tested."""
    in_class: bool = False
    """Whether the function is asked for as a method of a class `Solution`."""

    @property
    def is_script(self) -> bool:
        """Whether the program reads standard input and prints."""
        return not self.function

    @property
    def is_demanding(self) -> bool:
        """Whether a program that does nothing fails for sure: some test expects something."""
        return any(_is_something(case.expected) for case in self.cases)


def read_tests(sample: Sample) -> ProgramTests | None:
    """The tests in a row's reference; None where it holds none, or none that demand anything."""
    reference = sample.reference
    if isinstance(reference, str):
        if len(reference) > _MOST_CHARS or not _MAY_BE_TESTS.search(reference):
            return None
        reference = _decoded(reference)
    found = _read(reference, sample)
    if found is None or not found.is_demanding:
        return None
    in_class = bool(found.function) and ("class Solution" in sample.prompt_text or "Solution()" in repr(reference))
    return dataclasses.replace(found, in_class=in_class)


def _is_something(expected: Any) -> bool:
    if isinstance(expected, str):
        return bool(expected.strip())
    return bool(expected) and expected == expected  # noqa: PLR0124  # not NaN, which equals nothing


def _decoded(text: str) -> Any:
    """The text as JSON where it is that, else itself."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _read(reference: Any, sample: Sample) -> ProgramTests | None:
    if isinstance(reference, str):
        return _read_source(reference, _named_function({}, sample), sample)
    if isinstance(reference, (list, tuple)):
        return _read_items(reference, {}, sample)
    if not isinstance(reference, Mapping):
        return None
    if "inputs" in reference and "outputs" in reference:
        given, expected = reference["inputs"], reference["outputs"]
        if not isinstance(given, (list, tuple)) or not isinstance(expected, (list, tuple)):
            return None
        pairs = [{"input": g, "output": e} for g, e in zip(given, expected, strict=False)]
        return _read_cases(pairs, _named_function(reference, sample))
    for key in (*_CASES_KEYS, *_SOURCES_KEYS):
        inner = reference.get(key)
        if isinstance(inner, str):
            return _read_source(inner, _named_function(reference, sample), sample)
        if isinstance(inner, (list, tuple)):
            return _read_items(inner, reference, sample)
    return None


def _read_items(items: Sequence[Any], around: Mapping[str, Any], sample: Sample) -> ProgramTests | None:
    if items and all(isinstance(item, str) and "assert" in item for item in items):
        return _read_source("\n".join(items), _named_function(around, sample), sample)
    if items and all(isinstance(item, Mapping) for item in items):
        return _read_cases(items, _named_function(around, sample))
    return None


def _named_function(around: Mapping[str, Any], sample: Sample) -> str:
    """The function that the reference or a column beside it names, if one does."""
    metadata = sample.data.get("metadata")
    for place in (around, sample.data, _decoded(metadata) if isinstance(metadata, str) else metadata):
        if isinstance(place, Mapping):
            for key in _FUNCTION_KEYS:
                if isinstance(place.get(key), str) and place[key].isidentifier():
                    return str(place[key])
    return ""


def _read_cases(items: Iterable[Mapping[str, Any]], function: str) -> ProgramTests | None:
    read = [_case(item, function) for item in items]
    cases = tuple(case for case in read if case is not None)
    return ProgramTests(function, cases, len(cases) == len(read)) if cases else None


def _case(item: Mapping[str, Any], function: str) -> Case | None:
    given = next((item[key] for key in _GIVEN_KEYS if key in item), None)
    expected = next((item[key] for key in _EXPECTED_KEYS if key in item), None)
    if not function:
        given, expected = _lines(given), _lines(expected)
        return None if given is None or expected is None else Case(given, expected)
    if isinstance(given, str):  # one argument a line, as JSON
        try:
            given = [json.loads(line) for line in given.splitlines() if line.strip()]
            expected = json.loads(expected) if isinstance(expected, str) else expected
        except (ValueError, RecursionError):
            return None
    return Case(tuple(given), expected) if isinstance(given, (list, tuple)) else None


def _lines(value: Any) -> str | None:
    if isinstance(value, (list, tuple)) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return value if isinstance(value, str) else None


def _read_source(source: str, function: str, sample: Sample) -> ProgramTests | None:
    """The comparisons with literals in test code."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: list[tuple[str, Case]] = []
    tests = loops = 0
    for node in ast.walk(tree):
        loops += isinstance(node, (ast.For, ast.While, ast.comprehension))
        tests += isinstance(node, ast.Assert) or _is_method(node)
        pair = _compared(node)
        if pair is not None and (read := _literal_case(*pair)) is not None:
            found.append(read)
    if not function and "candidate" in source:
        function = next(reversed(_DEFINITION.findall(sample.prompt_text)), "")
    elif not function:
        function = next((name for name, _ in found), "")
    cases = tuple(case for name, case in found if name in {"candidate", function})
    return ProgramTests(function, cases, len(cases) == tests and not loops) if cases and function else None


def _is_method(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("assert")


def _compared(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The two sides of `assert a == b` and of `self.assertEqual(a, b)`."""
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
        compare = node.test
        if len(compare.ops) == 1 and isinstance(compare.ops[0], ast.Eq):
            return compare.left, compare.comparators[0]
    if _is_method(node):
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        if node.func.attr == "assertEqual" and len(node.args) >= 2:
            return node.args[0], node.args[1]
    return None


def _literal_case(left: ast.expr, right: ast.expr) -> tuple[str, Case] | None:
    """The name that is called and its case, where arguments and value are literals."""
    call, value = (left, right) if isinstance(left, ast.Call) else (right, left)
    if not isinstance(call, ast.Call) or call.keywords:
        return None
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if not name or hasattr(builtins, name):
        return None
    try:
        given = tuple(ast.literal_eval(argument) for argument in call.args)
        return name, Case(given, ast.literal_eval(value))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
