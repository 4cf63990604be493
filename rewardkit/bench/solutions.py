"""Programs as responses: fenced blocks, and a table of the tests' own answers as the program that passes them.

A table knows no more than its tests do, which is all that a grader knows, too: it must be rewarded, and the same table
with one entry changed must not.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from random import Random
from typing import Any

from rewardkit.bench.programs import Case, ProgramTests

WRONG = -987654321
"""A value that no test expects; see `expects_wrong`."""
_LEADS = ("", "Here is the program.\n\n", "I read the task twice. This is my solution:\n\n")


def fenced(program: str, draw: Random | None = None) -> str:
    """The program as a response."""
    lead = "" if draw is None else draw.choice(_LEADS)
    return f"{lead}```python\n{program.strip(chr(10))}\n```"


def framed(tests: ProgramTests, body: str, before: str = "", after: str = "") -> str:
    """A program whose function, or whose whole work for a script, is `body`, which sees `args`.

    >>> print(framed(ProgramTests("double", ()), "return 4"))
    def double(*args, **kwargs):
        return 4
    """
    name = tests.function or "solve"
    function = f"def {name}(*args, **kwargs):\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}"
    call = "import sys\n\nresult = solve(sys.stdin.read())\nif result is not None:\n    print(result)"
    method = "class Solution:\n    @name = staticmethod(@name)" if tests.in_class else ""
    parts = (before, function, after, method, call if tests.is_script else "")
    return "\n\n".join(textwrap.dedent(part).strip() for part in parts if part.strip()).replace("@name", name)


def table(tests: ProgramTests, cases: Sequence[Case] | None = None) -> str:
    """A program that looks its answer up in `cases`, by default in all of the tests' own."""
    cases = tests.cases if cases is None else cases
    if tests.is_script:
        entries = {str(case.given).strip(): str(case.expected).rstrip("\n") for case in cases}
        rows = "\n".join(f"    {key!r}: {value!r}," for key, value in entries.items())
        return framed(tests, "return ANSWERS.get(args[0].strip())", f"ANSWERS = {{\n{rows}\n}}")
    entries = {repr(case.given): repr(case.expected) for case in cases}
    rows = "\n".join(f"    {key!r}: {value}," for key, value in entries.items())
    return framed(tests, "return ANSWERS.get(repr(args))", f"ANSWERS = {{\n{rows}\n}}")


def honest_program(tests: ProgramTests) -> str:
    """The response that passes all tests; empty where they could not all be read."""
    is_writable = tests.is_complete and all(_is_writable(c.expected) for c in tests.cases)
    return fenced(table(tests)) if is_writable and _is_function(tests) else ""


def _is_function(tests: ProgramTests) -> bool:
    """Whether equal arguments have equal answers."""
    seen: dict[str, Any] = {}
    return all(seen.setdefault(repr(case.given), case.expected) == case.expected for case in tests.cases)


def _is_writable(value: Any) -> bool:
    """Whether `repr` writes the value as a program can read it."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(_is_writable(item) for item in value)
    if isinstance(value, dict):
        return all(_is_writable(item) for pair in value.items() for item in pair)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int, str, bytes))


def expects_wrong(tests: ProgramTests) -> bool:
    """Whether a test expects what wrong programs return."""
    return any(str(WRONG) in repr(case.expected) for case in tests.cases)
