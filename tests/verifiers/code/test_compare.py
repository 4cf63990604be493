"""When two outputs are the same, and when two values are."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.verifiers.code.compare import Rule, same_output
from rewardkit.verifiers.code.drivers.decoding import Decoder
from rewardkit.verifiers.code.drivers.encoding import Encoder, TooLargeError, dumps
from rewardkit.verifiers.code.typed import matches, shown


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("1\n", "1", True),
        ("1 2\n3\n", "1 2  \n3\t\n\n\n", True),
        ("1\r\n2\r\n", "1\n2\n", True),
        ("1 2", "1\n2", False),
        ("1", " 1", False),
        ("\n1", "1", False),
        ("1\n\n2", "1\n2", False),
        ("YES", "yes", False),
        ("1 2 3", "3 1 2", False),
        ("1", "1.0", False),
        ("0.1", "0.10", False),
        ("10", "1_0", False),
        ("", "", True),
        ("", "\n", True),
        ("1", "1 2", False),
        ("\u0661", "1", False),
    ],
)
def test_exact_forgives_white_space_at_ends_and_nothing_else(expected: str, actual: str, same: bool) -> None:
    assert same_output(expected, actual) is same


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("0.5", "0.5000001", True),
        ("0.5 x", "0.5000001 x", True),
        ("1e3", "1000.0001", True),
        ("0.5", "0.51", False),
        ("7", "7.0000001", False),
        ("7.0", "7", False),
        ("1000000007", "1000000006", False),
        ("1000000007", "1000000006.9999999", False),
        ("0.5", "nan", False),
        ("nan", "nan", True),
        ("inf", "1e999", False),
        ("0.5\n0.5", "0.5 0.5", False),
        ("0.5", "0.5" + "0" * 100_000, False),
    ],
)
def test_a_tolerance_is_for_decimals_only(expected: str, actual: str, same: bool) -> None:
    assert same_output(expected, actual, "exact", 1e-6) is same


@pytest.mark.parametrize(
    ("rule", "expected", "actual", "same"),
    [
        ("tokens", "1 2\n3", "1\n2 3", True),
        ("tokens", "1 2", "12", False),
        ("livecodebench", " 1.0 2 ", "1 2.00", True),
        ("livecodebench", "a\nb", " a\n b", True),
        ("livecodebench", "1.0000001", "1", False),
        ("apps", "-1000000", "-1000001", True),
        ("apps", "1000000007", "1000000006", False),
        ("apps", "a\n\nb", "a\nb", True),
        ("sandboxfusion", "YES", "yes", True),
        ("sandboxfusion", "1000000007", "1000000006", True),
        ("sandboxfusion", "1 2", "1", False),
    ],
)
def test_a_benchmarks_rule_accepts_what_the_benchmark_does(rule: Rule, expected: str, actual: str, same: bool) -> None:
    assert same_output(expected, actual, rule) is same


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def crossed(value: object) -> object:
    """A value as it arrives on the trusted side."""
    return json.loads(dumps(Encoder().encode(value)))


@given(JSON)
def test_a_json_value_matches_itself(value: object) -> None:
    assert matches(value, crossed(value))


@given(JSON, JSON)
def test_matching_is_strict_on_types(left: object, right: object) -> None:
    if matches(left, crossed(right)):
        assert left == right or json.dumps(left) == json.dumps(right) or _has_float(left)
        assert isinstance(left, bool) is isinstance(right, bool)


def _has_float(value: object) -> bool:
    return isinstance(value, (float, list, dict))


@pytest.mark.parametrize(
    ("expected", "value", "same"),
    [
        (1, True, False),
        (True, 1, False),
        (0, False, False),
        (None, 0, False),
        (None, None, True),
        (2, 2.0, True),
        (2.0, 2, True),
        (10**18, 1e18, False),
        (1e18, 10**18, False),
        (10**30, 10**30, True),
        (10**30, 10**30 + 1, False),
        (0.3, 0.1 + 0.2, True),
        (1000000007, 1000000006.0, False),
        (2.5, math.nan, False),
        (math.inf, math.inf, True),
        ("1", 1, False),
        ("a", b"a", False),
        ([1, 2], (1, 2), True),
        ([1, 2], {1, 2}, False),
        ([1, 2], [2, 1], False),
        ([0, 1], range(2), False),
        ([], None, False),
        ({"a": 1}, {"a": 1}, True),
        ({"1": 2}, {1: 2}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"1": 2}, {1: 2, "1": 2}, False),
        ({}, [], False),
    ],
)
def test_typed_values(expected: object, value: object, same: bool) -> None:
    assert matches(expected, crossed(value)) is same


def test_numpy_values_are_the_numbers_and_lists_they_hold() -> None:
    numpy = pytest.importorskip("numpy")
    assert matches(3, crossed(numpy.int64(3)))
    assert matches(True, crossed(numpy.bool_(True)))
    assert not matches(1, crossed(numpy.bool_(True)))
    assert matches([[0, 1], [2, 3]], crossed(numpy.arange(4).reshape(2, 2)))
    assert not matches([0, 1], crossed(numpy.array([0, 2])))


class Liar:
    """Equal to all."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class LyingInt(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __pos__(self) -> int:
        return 42

    __hash__ = int.__hash__


class LyingList(list):  # type: ignore[type-arg]
    def __iter__(self) -> object:  # type: ignore[override]
        return iter([1, 2, 3])

    def __getitem__(self, key: object) -> object:  # type: ignore[override]
        return [1, 2, 3]


@pytest.mark.parametrize("value", [Liar(), LyingInt(0), LyingList(), lambda: 42, int, iter([42]), object])
def test_an_objects_own_methods_have_no_say(value: object) -> None:
    claimed = crossed(value)
    assert not matches(42, claimed)
    assert not matches([1, 2, 3], claimed)
    assert shown(claimed)


@pytest.mark.parametrize(
    "forged",
    [
        {"i": "x"},
        {"i": None},
        {"n": []},
        {"n": ["<i8"]},
        {"d": [[1]]},
        {"d": 3},
        {"a": [1, 2]},
        {"t": 5},
        {"o": []},
        {"i": "0x1", "f": "1"},
        {},
        {"f": "0x"},
        {"Q": None},
        {"o": 3},
    ],
)
@pytest.mark.parametrize("expected", [1, 1.0, [1], {"1": 1}, "1", None, True])
def test_a_forged_encoding_is_a_wrong_value(forged: object, expected: object) -> None:
    assert not matches(expected, forged)
    assert isinstance(shown(forged), str)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * (9 << 20), id="text"),
        pytest.param([0] * 1_000_001, id="list"),
        pytest.param(1 << (80 << 20), id="number"),
        pytest.param([["x" * 1000] * 10_000] * 2, id="the same text many times"),
    ],
)
def test_what_is_too_large_does_not_cross(value: object) -> None:
    with pytest.raises(TooLargeError):
        Encoder().encode(value)


def test_depth_and_cycles_are_bounded() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(TooLargeError):
        Encoder().encode(cycle)
    deep: object = 1
    for _ in range(5000):
        deep = [deep]
    assert not matches(deep, deep)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.timedeltas(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.integers(), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(VALUES)
def test_a_value_crosses_to_the_tests_and_keeps_its_type(value: object) -> None:
    back = Decoder().decode(crossed(value))
    assert back == value
    assert type(back) is type(value)


@given(JSON)
def test_no_forged_message_breaks_the_decoder(value: object) -> None:
    with contextlib.suppress(ValueError):  # and nothing else
        Decoder(lambda kind, handle: None).decode(value)
