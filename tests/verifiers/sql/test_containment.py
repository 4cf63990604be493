"""Hostile queries reach nothing: they are refused or end at a limit, the database stays as it is, the next one runs."""

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rewardkit import Outcome, Sample, Score
from rewardkit.verifiers.sql.verifier import Sql

REFERENCE = "SELECT a, b FROM t"
REFUSED = {Outcome.INCORRECT}
LIMITED = {Outcome.TIMEOUT, Outcome.CRASHED, Outcome.INCORRECT}
NESTED = "SELECT " + "(" * 5000 + "a" + ")" * 5000 + " FROM t"
CASES = "SELECT " + "CASE WHEN a THEN " * 900 + "1" + " END" * 900 + " FROM t"
BOMB = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
DOUBLING = "WITH RECURSIVE d(s) AS (SELECT 'xxxxxxxx' UNION ALL SELECT s || s FROM d) SELECT MAX(s) FROM d"
FORGED = "SELECT '[[{\"databases\": 1}]]' FROM t"

HOSTILE: dict[str, tuple[str, set[Outcome]]] = {
    "endless recursion": (BOMB + "SELECT COUNT(*) FROM n", {Outcome.TIMEOUT}),
    "endless recursion into rows": (BOMB + "SELECT i, i FROM n", REFUSED),
    "endless recursion sorted": (BOMB + "SELECT i FROM n ORDER BY i DESC", LIMITED),
    "endless recursion in a subquery": (f"SELECT a FROM t WHERE a IN ({BOMB} SELECT i FROM n WHERE i < 0)", LIMITED),
    "recursion that doubles a text": (DOUBLING, LIMITED),
    "cross joins": ("SELECT COUNT(*) FROM " + ", ".join(f"t t{i}" for i in range(40)), {Outcome.TIMEOUT}),
    "cross join into rows": ("SELECT x.a, y.b FROM " + ", ".join(f"t {c}" for c in "xyzuvwpqrs"), REFUSED),
    "attach a file": ("ATTACH DATABASE '{outside}' AS other", REFUSED),
    "attach by way of WITH": ("WITH x AS (SELECT 1) ATTACH '{outside}' AS other", REFUSED),
    "write the schema": ("PRAGMA writable_schema = ON", REFUSED),
    "pragma as a table": ("SELECT * FROM pragma_database_list", REFUSED),
    "journal mode": ("PRAGMA journal_mode = WAL", REFUSED),
    "load an extension": ("SELECT load_extension('{outside}'), 1 FROM t", REFUSED),
    "read a file": ("SELECT readfile('/etc/passwd'), 1 FROM t", REFUSED),
    "write a file": ("SELECT writefile('{outside}', 'x'), 1 FROM t", REFUSED),
    "vacuum into a file": ("VACUUM INTO '{outside}'", REFUSED),
    "zeros": ("SELECT zeroblob(1000000000), 1 FROM t", {Outcome.CRASHED}),
    "zeros in hexadecimal": ("SELECT hex(zeroblob(4000000)), 1 FROM t", {Outcome.CRASHED}),
    "random bytes": ("SELECT hex(randomblob(900000000)), 1 FROM t", {Outcome.CRASHED}),
    "a text by format": ("SELECT printf('%.*c', 2000000000, 'x'), 1 FROM t", LIMITED),
    "a text by replacement": ("SELECT replace(hex(zeroblob(9999)), '0', hex(zeroblob(9999))), 1 FROM t", LIMITED),
    "much from many rows": ("SELECT printf('%.1000000c', 'x'), 1 FROM t x, t y, t z, t u", {Outcome.CRASHED}),
    "group_concat": (BOMB + "SELECT group_concat(i), 1 FROM n", LIMITED),
    "deep parentheses": (NESTED, LIMITED),
    "deep conditions": (CASES, LIMITED),
    "a pattern that backtracks": (
        f"SELECT SUM(printf('%.30000c', 'a') LIKE '{'%a' * 400}%b'), 1 FROM t x, t y, t z, t u", LIMITED
    ),
    "glob that backtracks": (
        f"SELECT SUM(printf('%.30000c', 'a') GLOB '{'*a' * 400}b'), 1 FROM t x, t y, t z", LIMITED
    ),
    "regexp": ("SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' REGEXP '(a+)+$', 1 FROM t", REFUSED),
    "many compounds": (" UNION ALL ".join(["SELECT a, b FROM t"] * 600), REFUSED),
    "many columns": ("SELECT " + ", ".join(["a"] * 3000) + " FROM t", REFUSED),
    "delete": ("DELETE FROM t", REFUSED),
    "insert returning": ("INSERT INTO t VALUES (9, 'z') RETURNING a, b", REFUSED),
    "update by way of WITH": ("WITH x AS (SELECT 1) UPDATE t SET a = 0 RETURNING a, b", REFUSED),
    "replace": ("REPLACE INTO t VALUES (1, 'z')", REFUSED),
    "drop": ("DROP TABLE t", REFUSED),
    "temporary table": ("CREATE TEMP TABLE x AS SELECT a, b FROM t", REFUSED),
    "temporary view that hides the table": ("CREATE TEMP VIEW t AS SELECT 1 AS a, 'x' AS b", REFUSED),
    "two statements": (f"DELETE FROM t; {REFERENCE}", REFUSED),
    "a statement behind a zero byte": (f"{REFERENCE}\0; DELETE FROM t", REFUSED),
    "begin": ("BEGIN EXCLUSIVE", REFUSED),
    "explain": (f"EXPLAIN {REFERENCE}", REFUSED),
    "virtual table": ("CREATE VIRTUAL TABLE x USING fts5(a)", REFUSED),
    "pointer of the tokenizer": ("SELECT fts3_tokenizer('simple'), 1 FROM t", REFUSED),
    "a result that looks like one": (FORGED, REFUSED),
    "half a surrogate pair": ("SELECT '\ud800', 1 FROM t", REFUSED),
    "invalid text": ("SELECT CAST(x'ff00fe' AS TEXT), char(0) FROM t", REFUSED),
    "infinity": ("SELECT 1e999, -1e999 FROM t", REFUSED),
    "a parameter": ("SELECT ?, b FROM t", LIMITED),
}  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.db"
        connection = sqlite3.connect(path)
        connection.executescript("CREATE TABLE t(a INTEGER, b TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(i, f"row {i}") for i in range(12)])
        connection.commit()
        connection.close()
        yield path


def judge(query: str, database: Path, **options: object) -> Score:
    reference = {"query": REFERENCE, "database": str(database)}
    verifier = Sql(**{"time_s": 0.3, "memory_mb": 128, **options})  # type: ignore[arg-type]  # options by name
    return verifier.verify(Sample(response=f"```sql\n{query}\n```", reference=reference))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_is_contained(name: str, database: Path) -> None:
    query, outcomes = HOSTILE[name]
    outside = database.parent / "outside.db"
    before = hashlib.sha256(database.read_bytes()).digest()
    score = judge(query.replace("{outside}", str(outside)), database)
    assert score.outcome in outcomes, score.reason
    assert score.value == 0
    assert hashlib.sha256(database.read_bytes()).digest() == before
    assert os.listdir(database.parent) == [database.name]
    assert judge(REFERENCE, database).outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("WITH x AS (SELECT 1) UPDATE t SET a = 0 RETURNING a", "UPDATE t"),
        ("SELECT load_extension('x') FROM t", "load_extension"),
        ("ATTACH 'x' AS y", "ATTACH"),
        ("SELECT 1; SELECT 2", "several statements"),
    ],
)
def test_what_was_refused_is_said(query: str, said: str, database: Path) -> None:
    score = judge(query, database)
    assert said in score.evidence["refused"]
    assert "refused" in score.reason


def test_reading_the_names_of_tables_is_no_crime(database: Path) -> None:
    score = judge("SELECT name, sql FROM sqlite_master", database)
    assert score.outcome is Outcome.INCORRECT
    assert "differs" in score.reason


def test_json_is_read_by_table_functions(database: Path) -> None:
    reference = {"query": "SELECT MIN(2, 5) + 0 * COUNT(*) FROM t", "database": str(database)}
    sample = Sample(response="SELECT value FROM json_each('[1, 2]'), t WHERE key = 1 LIMIT 1", reference=reference)
    assert Sql().verify(sample).outcome is Outcome.CORRECT


def test_a_tier_is_not_paid_to_what_was_refused_or_ran_out(database: Path) -> None:
    for query in (
        "DELETE FROM t",
        BOMB + "SELECT COUNT(*) FROM n",
        BOMB + "SELECT i FROM n",
        "SELECT load_extension(a) FROM t",
    ):
        assert judge(query, database, tiers="sql_r1", parses=0.1).value == 0
