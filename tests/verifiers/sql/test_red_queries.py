"""Queries that want the reward without the work, or do more than read: none is paid, and the next runs as before."""

import importlib.util

import pytest

from rewardkit import Outcome, Sample, Score
from rewardkit.verifiers.sql.verifier import Sql

SCHEMA = "CREATE TABLE t(a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z'), (10, NULL);"
REFERENCE = "SELECT a, b FROM t"
ROWS = "(1, 'x'), (2, 'y'), (3, 'z'), (10, NULL)"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "

STATED = {
    "rows stated in a subquery": f"SELECT * FROM (VALUES {ROWS})",
    "rows stated in a WITH": f"WITH v(a, b) AS (VALUES {ROWS}) SELECT a, b FROM v",
    "rows stated under the table's own name": f"WITH t(a, b) AS (VALUES {ROWS}) SELECT a, b FROM t",
    "rows stated one by one": "SELECT 1, 'x' FROM (SELECT 1) UNION ALL SELECT 2, 'y' UNION ALL SELECT 3, 'z'",
}

OF_SQLITE = {
    "columns swapped": "SELECT b, a FROM t",
    "one column twice": "SELECT a, a FROM t",
    "numbers as text": "SELECT CAST(a AS TEXT), b FROM t",
    "text as a blob": "SELECT a, CAST(b AS BLOB) FROM t",
    "other case": "SELECT a, upper(b) FROM t",
    "a space behind": "SELECT a, b || ' ' FROM t",
    "a zero character behind": "SELECT a, b || char(0) FROM t",
    "a character without width": "SELECT a, b || char(8203) FROM t",
    "NULL as its word": "SELECT a, coalesce(b, 'NULL') FROM t",
    "NULL as nothing": "SELECT a, coalesce(b, '') FROM t",
    "NULL as zero": "SELECT a, coalesce(b, 0) FROM t",
    "every row twice": "SELECT a, b FROM t UNION ALL SELECT a, b FROM t",
    "rows lost by a comparison with NULL": "SELECT a, b FROM t WHERE b <> 'q'",
    "almost the number": "SELECT a * 1.0000001, b FROM t",
    "a limit too small": "SELECT a, b FROM t LIMIT 3",
    "a statement behind a comment": "SELECT a, b FROM t; --\nDELETE FROM t",
    "a statement behind a closed comment": "SELECT a, b FROM t /* ; */; DROP TABLE t",
    "a zero byte": "SELECT a, b FROM t\0 WHERE a > 1",
    "full-width letters": "ＳＥＬＥＣＴ a, b FROM t",
    "a full-width column": "SELECT ａ, b FROM t",
    "a full-width semicolon": "SELECT a, b FROM t；DELETE FROM t",
    "the other temporary schema": "SELECT a, b FROM temp.t",
    "pages of the file": "SELECT pgno, data FROM sqlite_dbpage",
    "statistics of pages": "SELECT name, path FROM dbstat",
    "programs of statements": "SELECT addr, opcode FROM bytecode('SELECT 1')",
    "running statements": "SELECT sql, busy FROM sqlite_stmt",
    "files as a table": "SELECT name, data FROM fsdir('/')",
    "a table of its options": "SELECT 1, compile_options FROM pragma_compile_options",
    "a switch as a table": "SELECT a, b FROM t WHERE (SELECT 1 FROM pragma_writable_schema)",
    "its own build": "SELECT sqlite_source_id(), b FROM t",
    "random bytes": "SELECT randomblob(1e9), b FROM t",
    "zeros quoted": "SELECT quote(zeroblob(5000000)), b FROM t",
    "a width of millions": "SELECT printf('%5000000d', t.a), printf('%5000000d', t.a) FROM t, t u, t v",
    "a precision of billions": "SELECT printf('%#.2147483647q', b), b FROM t",
    "a width from an argument": "SELECT format('%.*s', 2147483647, b), b FROM t",
    "a search that is quadratic": (
        "SELECT instr(printf('%.7000000c', 'a'), printf('%.3000000c', 'a') || 'b'), b FROM t"
    ),
    "brackets without end": "SELECT json_array_length(printf('%.*c', 100000, '[')), b FROM t",
    "deep JSON": "SELECT json(printf('%.*c', 1900, '[') || printf('%.*c', 1900, ']')), b FROM t",
    "a JSON text of millions": NUMBERS.format(10**7) + "SELECT length(json_group_array(i)), 1 FROM n",
    "windows over millions": NUMBERS.format(10**7) + "SELECT max(i) OVER (ORDER BY -i), 1 FROM n LIMIT 2",
    "a cube of thousands": NUMBERS.format(3000) + "SELECT count(*), 1 FROM n x, n y, n z",
    "an intersection of millions": NUMBERS.format(10**8) + "SELECT i, 1 FROM n INTERSECT SELECT i, 1 FROM n",
    "a deletion that returns its rows": "WITH x AS (DELETE FROM t RETURNING a, b) SELECT * FROM x",
    "savepoint": "SAVEPOINT x",
    "analyze": "ANALYZE",
    "reindex": "REINDEX",
    "detach": "DETACH main",
    "explained by way of WITH": "WITH x AS (SELECT 1) EXPLAIN SELECT a, b FROM t",
}

OF_DUCKDB = {
    "a file of text": "SELECT * FROM read_text('/etc/passwd')",
    "a file of bytes": "FROM read_blob('/proc/self/environ')",
    "a file of columns": "SELECT * FROM read_csv('/etc/passwd')",
    "a file by its name": "FROM 'rows.csv'",
    "a look into a file": "FROM sniff_csv('/etc/passwd')",
    "what a file holds": "FROM parquet_metadata('/etc/passwd')",
    "names of files": "SELECT * FROM glob('/*')",
    "a page of the web": "FROM read_csv('https://example.com/x.csv')",
    "stored secrets": "SELECT name, type FROM duckdb_secrets()",
    "settings": "SELECT name, value FROM duckdb_settings()",
    "an environment variable": "SELECT getenv('HOME'), 1 FROM t",
    "a variable of the driver": "SELECT * FROM job",
    "a constant of the driver": "SELECT * FROM LIMITS",
    "copy": "COPY t TO '/tmp/out.csv'",
    "export": "EXPORT DATABASE '/tmp/out'",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "a setting": "SET enable_external_access = true",
    "a statement in a function": "SELECT * FROM query('DELETE FROM t')",
    "an insertion by way of WITH": "WITH x AS (INSERT INTO t VALUES (1, 'q') RETURNING a, b) SELECT * FROM x",
    "a deletion by way of WITH": "WITH x AS (DELETE FROM t RETURNING a, b) SELECT a, b FROM x",
    "a sequence moved on": "SELECT nextval('s'), b FROM t",
    "a text of gigabytes": "SELECT repeat('x', 2000000000), 1 FROM t",
    "a list of a billion": "SELECT range(1000000000), 1 FROM t",
    "a width of gigabytes": "SELECT format('{:>2000000000}', 'x'), 1 FROM t",
    "padding of gigabytes": "SELECT lpad('x', 2000000000, 'y'), 1 FROM t",
    "rows without end": "SELECT a, b FROM t, generate_series(1, 100000000)",
    "counting without end": "SELECT count(*), 1 FROM range(1000000000000)",
    "recursion without end": NUMBERS.format(10**12) + "SELECT count(*), 1 FROM n",
    "deep lists": "SELECT " + "[" * 500 + "1" + "]" * 500 + ", 1 FROM t",
    "a pattern that backtracks": "SELECT regexp_matches(repeat('a', 1000000) || '!', '(a+)+$'), 1 FROM t",
    "no number": "SELECT 'nan'::DOUBLE, b FROM t",
    "an integer of 128 bits": "SELECT 340282366920938463463374607431768211455::UHUGEINT, b FROM t",
    "a year beyond calendars": "SELECT DATE '290000-01-01', b FROM t",
    "rows stated by lists": "SELECT unnest([1, 2, 3, 10]), unnest(['x', 'y', 'z', NULL])",
}  # fmt: skip

needs_duckdb = pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="DuckDB is an extra")


def judge(query: str, dialect: str = "sqlite", reference: str = REFERENCE, **options: object) -> Score:
    schema = SCHEMA + ("CREATE SEQUENCE s;" if dialect == "duckdb" else "")
    value = {"query": reference, "schema": schema, "dialect": dialect}
    verifier = Sql(**{"time_s": 0.3, "memory_mb": 128, **options})  # type: ignore[arg-type]  # options by name
    return verifier.verify(Sample(response=f"```sql\n{query}\n```", reference=value))


@pytest.mark.parametrize("name", OF_SQLITE)
def test_a_query_that_cheats_sqlite_is_not_paid(name: str) -> None:
    score = judge(OF_SQLITE[name])
    assert (score.value, score.outcome not in (Outcome.BAD_REFERENCE, Outcome.UNAVAILABLE)) == (0.0, True), score.reason
    assert judge(REFERENCE).outcome is Outcome.CORRECT


@needs_duckdb
@pytest.mark.parametrize("name", OF_DUCKDB)
def test_a_query_that_cheats_duckdb_is_not_paid(name: str) -> None:
    score = judge(OF_DUCKDB[name], "duckdb")
    assert (score.value, score.outcome not in (Outcome.BAD_REFERENCE, Outcome.UNAVAILABLE)) == (0.0, True), score.reason


@pytest.mark.parametrize("dialect", ["sqlite", pytest.param("duckdb", marks=needs_duckdb)])
@pytest.mark.parametrize("name", STATED)
def test_a_query_that_states_its_rows_reads_no_table(name: str, dialect: str) -> None:
    score = judge(STATED[name], dialect, tiers="match")
    assert score.outcome is Outcome.INCORRECT
    assert "reads no table" in score.reason


@needs_duckdb
def test_a_write_by_way_of_with_is_refused_in_duckdb() -> None:
    score = judge(OF_DUCKDB["an insertion by way of WITH"], "duckdb", tiers="sql_r1", parses=0.1)
    assert score.value == 0
    assert "read-only" in score.evidence["refused"]


@needs_duckdb
@pytest.mark.parametrize("memory_mb", [64, 128, 256, 384])
def test_duckdb_has_room_for_itself_beside_little_memory(memory_mb: int) -> None:
    assert judge(REFERENCE, "duckdb", memory_mb=memory_mb).outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    ("query", "dialect"),
    [
        ("SELECT x.a, x.b FROM [t] AS x", "sqlite"),
        ('SELECT "a", `b` FROM main."T"', "sqlite"),
        ("WITH y AS (SELECT * FROM t) SELECT a, b FROM y WHERE 1 -- all of them", "sqlite"),
        ("SELECT a + 0.0 AS b, b AS a FROM t;", "sqlite"),
        ("SELECT t.a, (SELECT u.b FROM t AS u WHERE u.a = t.a) FROM t", "sqlite"),
        ("SELECT * FROM t WHERE EXISTS (SELECT 1)", "sqlite"),
        pytest.param("FROM t", "duckdb", marks=needs_duckdb),
        pytest.param("(SELECT a, b FROM t)", "duckdb", marks=needs_duckdb),
        pytest.param("SELECT * FROM (SELECT a, b FROM main.t) AS x", "duckdb", marks=needs_duckdb),
        pytest.param("SELECT COLUMNS(*) FROM t WHERE true", "duckdb", marks=needs_duckdb),
    ],
)
def test_a_right_query_is_paid_however_it_is_written(query: str, dialect: str) -> None:
    score = judge(query, dialect)
    assert score.outcome is Outcome.CORRECT, score.reason


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a, b FROM t ORDER BY 'a' DESC",
        "SELECT a, b FROM t ORDER BY a + 0 ASC",
        "SELECT a, b FROM (SELECT a, b, row_number() OVER (ORDER BY a DESC) AS n FROM t) ORDER BY -n",
        "SELECT a, b FROM t ORDER BY CAST(a AS TEXT) DESC",
    ],
)
def test_an_order_that_is_another_is_not_paid(query: str) -> None:
    assert judge(query, reference=REFERENCE + " ORDER BY a DESC").value == 0
