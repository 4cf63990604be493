from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.verifiers.format.strict_json import JsonError, node_bound, parse

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans())
def test_every_json_value_comes_back_as_it_was(value: object, ascii_only: bool) -> None:
    try:
        text = json.dumps(value, ensure_ascii=ascii_only)
        text.encode()
    except UnicodeEncodeError:
        return
    assert parse(text) == value
    assert type(parse(text)) is type(value)


def count(value: object) -> int:
    if isinstance(value, list):
        return 1 + sum(map(count, value))
    if isinstance(value, dict):
        return 1 + sum(1 + count(item) for item in value.values())
    return 1


@given(values)
def test_node_bound_is_never_too_low(value: object) -> None:
    assert node_bound(json.dumps(value)) >= count(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NaN", "NaN is no JSON value"),
        ("[-Infinity]", "-Infinity is no JSON value"),
        ("1e999", "outside the range of a double"),
        ("-1e400", "outside the range of a double"),
        ("9" * 309, "309 digits"),
        ('{"a": 1, "a": 1}', "the key 'a' is given twice"),
        ('{"a": 1, "\\u0061": 2}', "the key 'a' is given twice"),
        ('"\\ud800"', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        ("[" * 65 + "]" * 65, "nested deeper than 64 at character 64"),
        ('["a\nb"]', "control character"),
        ("01", "Extra data"),
        ("[1,]", "line 1"),
        ("'a'", "Expecting value"),
        ("\ufeff{}", "BOM"),
        ("", "Expecting value"),
    ],
)
def test_what_readers_disagree_on_is_refused(text: str, why: str) -> None:
    with pytest.raises(JsonError, match=why):
        parse(text)


def test_surrogate_pairs_and_escaped_backslashes_are_text() -> None:
    assert parse('"\\ud83d\\ude00"') == "\U0001f600"
    assert parse('"\\\\ud800"') == "\\ud800"


def test_brackets_inside_strings_do_not_nest() -> None:
    assert parse(json.dumps(["[" * 500, '"{' * 500, "\\"]), max_depth=1) == ["[" * 500, '"{' * 500, "\\"]
    assert parse("[" * 64 + "]" * 64)


def test_numbers_keep_their_value() -> None:
    assert parse(str(2**200 + 1)) == 2**200 + 1
    assert math.copysign(1, float(str(parse("-0.0")))) == -1


@pytest.mark.parametrize("unit", ["[", '{"a":', '"', '\\"', '["\\"', "9", "0,", "\\u", " ", '""'])
def test_long_junk_is_refused_at_once(unit: str) -> None:
    for start in ("", '"', "["):
        started = time.process_time()
        with pytest.raises(JsonError):
            parse(start + unit * (200_000 // len(unit)))
        assert time.process_time() - started < 1.0
