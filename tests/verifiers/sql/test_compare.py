"""Results are equal as the reference's query means it."""

import itertools
import json
import random
import sqlite3
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.verifiers.sql.compare import Expected, Rules, difference
from rewardkit.verifiers.sql.ordering import Group, groups, plan_order
from rewardkit.verifiers.sql.values import Failure, Row, Snapping, Table, UnreadableError, read_result


def table(*rows: Row) -> Table:
    return Table(tuple("abcdefgh"[: len(rows[0])]) if rows else ("a",), rows)


def same(expected: Table, found: Table, is_ordered: bool = False, **rules: object) -> bool:
    return difference(Expected(expected, None, is_ordered), found, Rules(**rules)) is None  # type: ignore[arg-type]  # the test's own words


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1.0, True),
        (1, Decimal("1.00"), True),
        (0.1 + 0.2, 0.3, True),
        (0.3, Decimal("0.3"), True),
        (1, 1 + 1e-12, True),
        (1, 1.001, False),
        (10**15, 10**15 + 1, False),
        (1e-15, 0.0, True),
        (1e-9, 2e-9, False),
        (None, None, True),
        (None, 0, False),
        (None, "", False),
        ("1", 1, False),
        ("a", "A", False),
        ("a", "a ", False),
        ("a", b"a", False),
        (b"a", b"a", True),
        (float("inf"), float("inf"), True),
        (float("inf"), 1e308, False),
        (("date", "2024-01-01"), "2024-01-01", False),
        (-0.0, 0, True),
    ],
)
def test_two_values_are_equal_in_both_directions(a: object, b: object, equal: bool) -> None:
    assert same(table((a,)), table((b,))) is equal
    assert same(table((b,)), table((a,))) is equal


def test_rows_are_a_multiset_unless_the_reference_orders() -> None:
    first, second = table((1, "x"), (1, "x"), (2, "y")), table((2, "y"), (1, "x"), (1, "x"))
    assert same(first, second)
    assert not same(first, second, is_ordered=True)
    assert not same(first, table((1, "x"), (2, "y"), (2, "y")))
    assert not same(first, table((1, "x"), (2, "y")))
    assert same(first, table((2, "y"), (1, "x")), duplicates="ignore")


def test_columns_count_by_place_unless_any_order_will_do() -> None:
    first, second = table((1, "x", 2), (3, "y", 4)), table((2, "x", 1), (4, "y", 3))
    assert not same(first, second)
    assert same(first, second, columns="any order")
    assert not same(first, table((2, "x", 3), (4, "y", 1)), columns="any order")
    assert not same(first, table((1, "x"), (3, "y")), columns="any order")


def test_many_equal_columns_are_matched_quickly_or_left_open() -> None:
    rows = [tuple(random.Random(i * 31 + j).randint(0, 1) for j in range(10)) for i in range(400)]
    even = [tuple(row) for row in rows for _ in range(1)] + [tuple(1 - v for v in row) for row in rows]
    shuffled = [tuple(reversed(row)) for row in even]
    found = difference(Expected(table(*even), None, False)._replace(table=Table(tuple("abcdefghij"), tuple(even))),
                       Table(tuple("abcdefghij"), tuple(shuffled)), Rules(columns="any order"))  # fmt: skip
    assert found is None or found.is_open


def test_a_difference_names_rows_on_both_sides() -> None:
    found = difference(Expected(table((1,), (2,)), None, False), table((1,), (3,)), Rules())
    assert found is not None
    assert (list(found.missing), list(found.extra)) == ([(2,)], [(3,)])
    assert found.reason == "1 row of the reference is not in it"


def test_rows_that_tie_may_come_in_any_order_and_no_others() -> None:
    tied = [Group([("a",), ("b",)], 2), Group([("c",)], 1)]
    expected = Expected(table(("a",), ("b",), ("c",)), tied, True)
    assert difference(expected, table(("b",), ("a",), ("c",)), Rules()) is None
    assert difference(expected, table(("a",), ("c",), ("b",)), Rules()) is not None


def test_of_a_tie_that_a_limit_cuts_any_rows_will_do() -> None:
    cut = [Group([("a",)], 1), Group([("b",), ("c",), ("d",)], 1)]
    for is_ordered in (True, False):
        expected = Expected(table(("a",), ("b",)), cut, is_ordered)
        assert difference(expected, table(("a",), ("d",)), Rules()) is None
        is_wrong = difference(expected, table(("d",), ("a",)), Rules()) is not None
        assert is_wrong is is_ordered
        assert difference(expected, table(("b",), ("c",)), Rules()) is not None
        assert difference(expected, table(("a",), ("e",)), Rules()) is not None


VALUES = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.sampled_from([0.1, 0.3, 1.5, 2.0]),
    st.sampled_from(["", "a", "1"]),
    st.binary(max_size=1),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=8)


@given(ROWS, st.randoms(use_true_random=False))
def test_a_result_is_itself_in_any_order_of_rows(rows: list[Row], shuffler: random.Random) -> None:
    shuffled = rows[:]
    shuffler.shuffle(shuffled)
    first, second = Table(("a", "b"), tuple(rows)), Table(("a", "b"), tuple(shuffled))
    assert same(first, second)
    assert same(first, first, is_ordered=True)
    turned = Table(("a", "b"), tuple((b, a) for a, b in shuffled))
    assert same(first, turned, columns="any order")


@given(ROWS, ROWS)
def test_sameness_is_symmetric(a: list[Row], b: list[Row]) -> None:
    first, second = Table(("a", "b"), tuple(a)), Table(("a", "b"), tuple(b))
    assert same(first, second) == same(second, first)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_last_digits_of_floats_make_no_difference(values: list[float], shuffler: random.Random) -> None:
    noisy = [v * (1 + shuffler.uniform(-3e-10, 3e-10)) for v in values]
    shuffler.shuffle(noisy)
    assert same(table(*[(v,) for v in values]), table(*[(v,) for v in noisy]))


def test_integers_are_never_equal_by_tolerance() -> None:
    snap = Snapping([(1000, 1000.5)], 0.1)
    assert snap([(1001, 1001.0)])[0][1] in (1000, 1000.5)
    assert not same(table((1000,)), table((1001,)), tolerance=0.1)
    assert same(table((1000.0,)), table((1001.5,)), tolerance=0.1)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"databases": 1}', b'{"databases": [[{"columns": ["a"], "rows": [[1, 2]]}]]}',
     b'{"databases": [[{"columns": ["a"], "rows": [[["blob", "xyz"]]]}]]}', b'{"databases": [[{"rows": []}]]}',
     b'{"databases": [[{"columns": ["a"], "rows": [[{"a": 1}]]}]]}', b'{"databases": [[[1]]]}', b"[" * 100_000,
     b'{"databases": [[{"columns": ["a"], "rows": [[' + b"9" * 5000 + b"]]}]]}",
     b'{"databases": [[{"columns": ["a"], "rows": [[' + b"9" * 300 + b"]]}]]}",
     b'{"databases": [[{"columns": ["a"], "rows": [[' + b'["list", [' * 50 + b"1" + b"]]" * 50 + b"]]}]]}",
     b'{"databases": [[{"error": "rows"}]]}', b"\xff\xfe"],
)  # fmt: skip
def test_a_forged_result_of_another_shape_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_result(raw)


def test_a_result_is_read_by_exact_type() -> None:
    rows = [
        [1, 1.5, "1", None, ["blob", "00ff"], ["decimal", "1.50"], ["date", "2024-01-01"], ["list", [1, None]], True]
    ]
    [[read]] = read_result(json.dumps({"databases": [[{"columns": list("abcdefghi"), "rows": rows}]]}).encode())
    assert isinstance(read, Table)
    assert read.rows == (
        (1, 1.5, "1", None, b"\x00\xff", Decimal("1.5"), ("date", "2024-01-01"), ("list", (1, None)), 1),
    )
    [[failed]] = read_result(b'{"databases": [[{"error": "syntax", "message": "near x"}]]}')
    assert failed == Failure("syntax", "near x")


@pytest.mark.parametrize(
    ("query", "wide"),
    [
        ("SELECT a FROM t ORDER BY b", "SELECT a, (b) FROM t ORDER BY b"),
        ("SELECT a FROM t ORDER BY b DESC LIMIT 3", "SELECT a, (b) FROM t ORDER BY b DESC"),
        ("SELECT a AS x FROM t ORDER BY x", None),
        ("SELECT MAX(b) FROM t GROUP BY a ORDER BY MAX(b) LIMIT 1", "SELECT MAX(b) FROM t GROUP BY a ORDER BY MAX(b)"),
        ("SELECT a FROM t ORDER BY 1", None),
        ("SELECT DISTINCT a FROM t ORDER BY b", None),
        ("SELECT a FROM t UNION SELECT b FROM u ORDER BY 1", None),
        ("WITH x AS (FROM t) SELECT a FROM x ORDER BY b", "WITH x AS (FROM t) SELECT a, (b) FROM x ORDER BY b"),
        ("SELECT a FROM t ORDER BY b LIMIT (SELECT 1)", None),
        ("SELECT a IS DISTINCT FROM b, c FROM t ORDER BY d", "SELECT a IS DISTINCT FROM b, c, (d) FROM t ORDER BY d"),
    ],
)  # fmt: skip
def test_the_wide_query_shows_what_ties(query: str, wide: str | None) -> None:
    plan = plan_order(query, "sqlite")
    assert plan is not None
    assert plan.wide == wide


@pytest.mark.parametrize(
    "query", ["SELECT a FROM t", "SELECT a FROM (SELECT a FROM t ORDER BY a)", "SELECT SUM(a) OVER (ORDER BY b) FROM t"]
)
def test_an_order_below_the_top_level_is_none(query: str) -> None:
    assert plan_order(query, "sqlite") is None


def test_groups_follow_the_terms_and_the_limit() -> None:
    plan = plan_order("SELECT a FROM t ORDER BY b LIMIT 2 OFFSET 1", "sqlite")
    wide = Table(("a", "b"), (("p", 1), ("q", 2), ("r", 3), ("s", 3)))
    assert groups(plan, table(("q",), ("r",)), wide) == [Group([("q",)], 1), Group([("r",), ("s",)], 1)]
    folded = plan_order("SELECT a FROM t ORDER BY a COLLATE NOCASE", "sqlite")
    assert groups(folded, table(("x",), ("X",), ("y",)), None) == [Group([("x",), ("X",)], 2), Group([("y",)], 1)]


SELECTED = ("i", "a", "b", "a, b", "*", "b AS n, a")
TERMS = ("a", "b", "a DESC", "b, a DESC", "a + 0", "b COLLATE NOCASE", "length(b)", "-a DESC NULLS LAST", "lower(b), a")
WINDOWS = {"": (0, None), " LIMIT 2": (0, 2), " LIMIT 3 OFFSET 1": (1, 4), " LIMIT 1, 1": (1, 2)}


@pytest.mark.parametrize("seed", range(150))
def test_an_ordered_result_is_right_exactly_if_some_order_of_the_rows_gives_it(seed: int) -> None:
    chance = random.Random(seed)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t(i INTEGER PRIMARY KEY, a, b TEXT)")
    for i in range(chance.randint(2, 5)):
        row = (i, chance.choice([1, 2, 2.5, None]), chance.choice("xyX"))
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", row)

    def run(query: str) -> Table:
        cursor = connection.execute(query)
        return Table(tuple(d[0] for d in cursor.description), tuple(cursor.fetchall()))

    selected, terms, window = chance.choice(SELECTED), chance.choice(TERMS), chance.choice(list(WINDOWS))
    is_ordered = chance.random() < 0.5
    query = f"SELECT {selected} FROM t ORDER BY {terms}{window}"
    plan = plan_order(query, "sqlite")
    assert plan is not None
    plain, wide = run(query), run(plan.wide) if plan.wide else None
    found = run(f"SELECT {selected} FROM t ORDER BY (i * 7919 + {seed}) % 13{window}")

    ranked = run(f"SELECT {selected}, DENSE_RANK() OVER (ORDER BY {terms}) FROM t").rows
    start, stop = WINDOWS[window]
    orders = (
        [row[:-1] for row in rows][start:stop]
        for rows in itertools.permutations(ranked)
        if all(a[-1] <= b[-1] for a, b in itertools.pairwise(rows))
    )
    wanted = [list(found.rows) == rows if is_ordered else sorted(found.rows, key=repr) == sorted(rows, key=repr)
              for rows in orders]  # fmt: skip
    expected = Expected(plain, groups(plan, plain, wide), is_ordered)
    assert (difference(expected, found, Rules()) is None) is any(wanted)
