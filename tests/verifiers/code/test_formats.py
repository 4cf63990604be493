"""References in the shapes of public data sets become tests, and what can't be used says why."""

import base64
import contextlib
import json
import pickle
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.verifiers.code.formats.detect import Format, read_tests
from rewardkit.verifiers.code.formats.scripts import inseparable
from rewardkit.verifiers.code.formats.tests import (
    BadReferenceError,
    CallCase,
    CallTests,
    IoCase,
    IoTests,
    ScriptTests,
    limited,
)

ONE = IoTests((IoCase("1\n", "2\n"),))
PRIVATE = [{"input": "3\n", "output": "4\n", "testtype": "stdin"}]
PACKED = base64.b64encode(zlib.compress(pickle.dumps(json.dumps(PRIVATE)))).decode()
CHECK = "def check(candidate):\n    assert candidate(1) == 2\n"


@pytest.mark.parametrize(
    ("reference", "data", "expected"),
    [
        ({"inputs": ["1\n"], "outputs": ["2\n"]}, {}, ONE),
        (json.dumps({"inputs": ["1\n"], "outputs": ["2\n"]}), {}, ONE),
        ({"input": ["1\n"], "output": ["2\n"]}, {}, ONE),
        ({"input_output": json.dumps({"inputs": ["1\n"], "outputs": ["2\n"]})}, {}, ONE),
        ({"inputs": [["1", "2"]], "outputs": [["3"]]}, {}, IoTests((IoCase("1\n2", "3"),))),
        ({"inputs": ["1\n"], "outputs": [2]}, {}, IoTests((IoCase("1\n", "2"),))),
        ({"format": "stdio", "cases": [{"in": "1\n", "out": "2\n"}]}, {}, ONE),
        ({"test_cases": [{"input": "1\n", "output": "2\n"}]}, {}, ONE),
        ([{"input": "1\n", "output": "2\n", "testtype": "stdin"}], {}, ONE),
        (
            {"public_tests": {"input": ["1\n"], "output": ["2\n"]}, "private_tests": {"input": ["3"], "output": ["4"]}},
            {},
            IoTests((IoCase("1\n", "2\n"), IoCase("3", "4", is_hidden=True))),
        ),
        (
            {"input": ["1\n"], "output": ["2\n"]},
            {"checker": "print(1)"},
            IoTests((IoCase("1\n", "2\n"),), "print(1)"),
        ),
        (
            json.dumps([{"input": "1\n", "output": "2\n", "testtype": "stdin"}]),
            {"private_test_cases": PACKED, "metadata": "{}"},
            IoTests((IoCase("1\n", "2\n"), IoCase("3\n", "4\n", is_hidden=True))),
        ),
        (
            [{"input": '"ab"\n[1, 2]', "output": "true", "testtype": "functional"}],
            {"metadata": '{"func_name": "f"}'},
            CallTests("f", (CallCase('["ab", [1, 2]]', "true"),)),
        ),
        (
            {"official_tests": [{"input": "3", "output": "4"}], "examples": [{"input": "1\n", "output": "2\n"}]},
            {},
            IoTests((IoCase("1\n", "2\n"), IoCase("3", "4", is_hidden=True))),
        ),
        (
            {"fn_name": "f", "inputs": [[1, 2]], "outputs": [[3]]},
            {},
            CallTests("f", (CallCase("[1, 2]", "[3]"),), may_be_wrapped=True),
        ),
        ({"fn_name": "f", "inputs": [[1]], "outputs": [3]}, {}, CallTests("f", (CallCase("[1]", "3"),))),
        (
            {"fn_name": "Solution.f", "cases": [{"args": [1], "expected": None}]},
            {},
            CallTests("f", (CallCase("[1]", "null"),)),
        ),
        (["assert f(1) == 2"], {}, ScriptTests("asserts", ("assert f(1) == 2",))),
        (
            ["assert f(1) == 2"],
            {"test_imports": ["import math"], "test_setup_code": "x = 1"},
            ScriptTests("asserts", ("assert f(1) == 2",), ("x = 1", "import math")),
        ),
        ({"test_list": ["assert f(1)"]}, {}, ScriptTests("asserts", ("assert f(1)",))),
        ({"asserts": ["assert f(1)"], "setup": ""}, {}, ScriptTests("asserts", ("assert f(1)",))),
        (CHECK, {"entry_point": "f"}, ScriptTests("check", (CHECK,), entry_point="f")),
        ({"test": CHECK, "entry_point": "f"}, {}, ScriptTests("check", (CHECK,), entry_point="f")),
        (
            "import unittest\nclass T(unittest.TestCase): ...",
            {},
            ScriptTests("unittest", ("import unittest\nclass T(unittest.TestCase): ...",)),
        ),
        ("def test_a(): ...", {}, ScriptTests("pytest", ("def test_a(): ...",))),
        ("class TestA: ...", {}, ScriptTests("pytest", ("class TestA: ...",))),
        ("x = f(1)\nassert x", {}, ScriptTests("script", ("x = f(1)\nassert x",))),
    ],
)
def test_a_shape_is_recognised(reference: Any, data: dict[str, Any], expected: object) -> None:
    assert read_tests(reference, data) == expected


@pytest.mark.parametrize(
    ("reference", "data", "format", "reason"),
    [
        (None, {}, "auto", "no reference"),
        (3, {}, "auto", "type int"),
        ("", {}, "auto", "empty"),
        ("hello", {}, "auto", "no test code"),
        ("{", {}, "auto", "not JSON"),
        ("[" * 100_000, {}, "auto", "not JSON"),
        ({}, {}, "auto", "known shapes"),
        ([], {}, "auto", "no tests"),
        ({"inputs": ["1"], "outputs": []}, {}, "auto", "1 inputs and 0 outputs"),
        ({"inputs": [], "outputs": []}, {}, "auto", "no tests"),
        ({"inputs": "1", "outputs": "2"}, {}, "auto", "two lists"),
        ({"inputs": [None], "outputs": ["2"]}, {}, "auto", "NoneType"),
        ({"inputs": [True], "outputs": ["2"]}, {}, "auto", "bool"),
        ({"fn_name": "1f", "inputs": [[1]], "outputs": [1]}, {}, "auto", "fn_name"),
        ({"fn_name": 3, "inputs": [[1]], "outputs": [1]}, {}, "auto", "fn_name"),
        ({"fn_name": "f", "inputs": [1], "outputs": [1]}, {}, "auto", "expected a list"),
        ({"fn_name": "f", "inputs": ["x"], "outputs": [1]}, {}, "auto", "not JSON"),
        ({"cases": [{"in": "1"}]}, {}, "auto", "an input and an output"),
        ({"cases": 3}, {}, "auto", "expected a list"),
        (["assert f(1)", 3], {}, "auto", "list of texts"),
        ([" "], {}, "auto", "no tests"),
        (CHECK, {}, "auto", "entry_point"),
        (CHECK, {"entry_point": "f g"}, "auto", "not the name"),
        ({"inputs": ["1"], "outputs": ["2"]}, {}, "check", "format 'check'"),
        ({"inputs": ["1"], "outputs": ["2"]}, {}, "call", "format 'call'"),
        (["assert f(1)"], {}, "stdio", "format 'stdio'"),
        ([{"input": "1", "output": "2", "testtype": "functional"}], {}, "auto", "func_name"),
        ({"inputs": ["1"] * 10_001, "outputs": ["2"] * 10_001}, {}, "auto", "10001 tests"),
        ({"inputs": ["1"], "outputs": ["2"], "checker": 3}, {}, "auto", "checker"),
    ],
)
def test_what_cannot_be_used_says_why(reference: Any, data: dict[str, Any], format: Format, reason: str) -> None:
    with pytest.raises(BadReferenceError, match=reason):
        read_tests(reference, data, format)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("ran",)


@pytest.mark.parametrize("value", [Evil(), [Evil()], 3, ["x"], b"x"])
def test_packed_tests_can_hold_nothing_but_text(value: object, capsys: pytest.CaptureFixture[str]) -> None:
    packed = base64.b64encode(zlib.compress(pickle.dumps(value))).decode()
    with pytest.raises(BadReferenceError, match="private_test_cases"):
        read_tests({"public_test_cases": "[]", "private_test_cases": packed}, {})
    assert capsys.readouterr().out == ""


def test_the_first_so_many_tests_are_kept() -> None:
    tests = read_tests({"inputs": ["1", "2", "3"], "outputs": ["1", "2", "3"]}, {})
    assert limited(tests, 2) == IoTests((IoCase("1", "1"), IoCase("2", "2")))
    assert limited(tests, None) is tests
    script = read_tests(CHECK, {"entry_point": "f"})
    assert limited(script, 1) == script


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("from unittest.mock import patch", "unittest.mock"),
        ("from unittest import mock", "from unittest import mock"),
        ("def test_a(capsys): ...", "capsys"),
        ("with redirect_stdout(buffer): f()", "redirect_stdout"),
        ("sys.stdout = io.StringIO()", "sys.stdout ="),
        ("assert f('mock') == 'patch'", None),
    ],
)
def test_tests_that_reach_into_the_program_are_known(code: str, what: str | None) -> None:
    assert inseparable(ScriptTests("script", (code,))) == what


KEYS = ["inputs", "outputs", "fn_name", "cases", "test", "tests", "asserts", "entry_point", "public_test_cases", "in"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["assert f(1)", "[1]", "{}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


@given(JSON, st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3))
def test_any_reference_gives_tests_or_a_reason(reference: Any, data: dict[str, Any]) -> None:
    with contextlib.suppress(BadReferenceError):  # and nothing else
        assert isinstance(hash(read_tests(reference, data)), int)
