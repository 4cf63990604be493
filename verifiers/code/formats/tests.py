"""Tests as they are judged: three kinds, whatever the shape of the reference that they were read from.

All are immutable and hashable: equal tests of equal programs are one piece of work. Arguments and expected values of
calls are kept as JSON text for that reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Style: TypeAlias = Literal["asserts", "check", "unittest", "pytest", "script"]

MAX_CASES = 10_000
MAX_CHARS = 64 << 20
"""Of all texts of one reference together."""


class BadReferenceError(Exception):
    """The reference can't be used; the message says why, to the person who made it."""


@dataclass(frozen=True, slots=True)
class IoCase:
    """What a program reads and what it must write."""

    stdin: str
    expected: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class IoTests:
    """Tests of standard input and output: one fresh run a case."""

    cases: tuple[IoCase, ...]
    checker: str = ""
    """Python source of a special checker that judges outputs in place of the comparison; empty: none."""
    interactor: str = ""
    """Python source of a program that the program under test talks to, and that judges it; empty: none."""


@dataclass(frozen=True, slots=True)
class CallCase:
    """Arguments, and the value that must come back."""

    args: str
    """A JSON list."""
    expected: str
    """JSON."""
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class CallTests:
    """Calls of one function, or of one method of `class Solution`."""

    function: str
    cases: tuple[CallCase, ...]
    may_be_wrapped: bool = False
    """Every expected value stands in a list of one, as APPS writes them: the list or its item may be meant."""


@dataclass(frozen=True, slots=True)
class ScriptTests:
    """Tests written as Python code."""

    style: Style
    tests: tuple[str, ...]
    setup: tuple[str, ...] = ()
    """Code that is run before them."""
    entry_point: str = ""
    """The function under test, where the reference names it."""


Tests: TypeAlias = IoTests | CallTests | ScriptTests


def limited(tests: Tests, max_tests: int | None) -> Tests:
    """The first `max_tests` cases or statements; tests that are one script stay whole."""
    if max_tests is None:
        return tests
    if isinstance(tests, ScriptTests):
        return replace(tests, tests=tests.tests[:max_tests]) if tests.style == "asserts" else tests
    if isinstance(tests, IoTests):
        return replace(tests, cases=tests.cases[:max_tests])
    return replace(tests, cases=tests.cases[:max_tests])
