"""Tests written as Python code: MBPP's assertions, HumanEval's `check`, unittest, simple pytest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from rewardkit.verifiers.code.formats.tests import MAX_CASES, MAX_CHARS, BadReferenceError, ScriptTests, Style

_SETUP_COLUMNS = ("test_setup_code", "test_imports", "setup", "setup_code")

_STYLES: tuple[tuple[Style, re.Pattern[str]], ...] = (
    ("check", re.compile(r"^def[ \t]{1,8}check[ \t]{0,8}\(", re.MULTILINE)),
    ("unittest", re.compile(r"^class[ \t]{1,8}\w{1,100}[ \t]{0,8}\([^\n]{0,100}TestCase[ \t]{0,8}\)", re.MULTILINE)),
    ("pytest", re.compile(r"^(?:(?:async[ \t]{1,8})?def[ \t]{1,8}test|class[ \t]{1,8}Test)", re.MULTILINE)),
    ("script", re.compile(r"\bassert\b")),
)
"""How a script says of what style it is, in order of priority."""

_INSEPARABLE = re.compile(
    r"\bunittest\.mock\b|\bfrom[ ]{1,4}unittest[ ]{1,4}import[ ]{1,4}mock\b|\bimport[ ]{1,4}mock\b|\bfrom[ ]{1,4}mock\b"
    r"|\bmonkeypatch\b|\bcap(?:sys|fd)\b|\bredirect_std(?:out|err)\b|\bsys\.std(?:in|out|err)[ ]{0,4}="
)
"""What reaches into the program's own process: replaced functions, captured output."""


def assert_tests(statements: Any, siblings: Mapping[str, Any]) -> ScriptTests:
    """A list of statements, one test each."""
    if not isinstance(statements, (list, tuple)) or not all(isinstance(test, str) for test in statements):
        raise BadReferenceError("the assertions must be a list of texts")
    if not any(test.strip() for test in statements):
        raise BadReferenceError("there are no tests")
    return _checked(ScriptTests("asserts", tuple(statements), _setup(siblings), _entry_point(siblings)))


def script_tests(source: Any, siblings: Mapping[str, Any], style: str | None = None) -> ScriptTests:
    """One script, whose style is declared or recognised."""
    if not isinstance(source, str) or not source.strip():
        raise BadReferenceError("the test code is empty")
    if style is None:
        style = next((name for name, mark in _STYLES if mark.search(source)), None)
    if style not in get_args(Style):
        raise BadReferenceError("the text is no test code: no check(), TestCase, test function or assertion in it")
    entry_point = _entry_point(siblings)
    if style == "check" and not entry_point:
        raise BadReferenceError("check(candidate) needs the name of the function, as the column or key entry_point")
    return _checked(ScriptTests(style, (source,), _setup(siblings), entry_point))  # type: ignore[arg-type]  # just checked


def inseparable(tests: ScriptTests) -> str | None:
    """What in the tests can't be used from another process than the program's, or None.

    >>> inseparable(ScriptTests("pytest", ("def test_a(capsys): ...",)))
    'capsys'
    """
    for part in (*tests.setup, *tests.tests):
        found = _INSEPARABLE.search(part)
        if found is not None:
            return found.group()
    return None


def _setup(siblings: Mapping[str, Any]) -> tuple[str, ...]:
    parts: list[str] = []
    for name in _SETUP_COLUMNS:
        value = siblings.get(name)
        texts = value if isinstance(value, (list, tuple)) else [value]
        parts += [text for text in texts if isinstance(text, str) and text.strip()]
    return tuple(parts)


def _entry_point(siblings: Mapping[str, Any]) -> str:
    name = siblings.get("entry_point") or siblings.get("fn_name") or ""
    if not isinstance(name, str):
        raise BadReferenceError(f"entry_point is of type {type(name).__name__}; expected the name of a function")
    name = name.rpartition(".")[2].strip().removesuffix("()")
    if name and not name.isidentifier():
        raise BadReferenceError(f"entry_point {name!r:.80} is not the name of a function")
    return name


def _checked(tests: ScriptTests) -> ScriptTests:
    if len(tests.tests) > MAX_CASES or sum(map(len, (*tests.tests, *tests.setup))) > MAX_CHARS:
        raise BadReferenceError(f"the tests are too large: at most {MAX_CASES} and {MAX_CHARS} characters are judged")
    return tests
