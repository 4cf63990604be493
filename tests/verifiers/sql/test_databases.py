"""Queries judged on scripts, files and several databases; what the reference's own faults come to."""

import importlib.util
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from rewardkit import Outcome, Sample, Score
from rewardkit.errors import OptionError
from rewardkit.verifiers.code.sandbox import SandboxError
from rewardkit.verifiers.sql import execute
from rewardkit.verifiers.sql.verifier import Sql

SCHEMA = "CREATE TABLE t(a INTEGER, b REAL, c TEXT);"
ROWS = "INSERT INTO t VALUES (1, 0.5, 'x'), (2, 1.5, 'y'), (2, 2.5, NULL), (3, 1.5, 'Y');"


def judge(query: str, expected: str, contents: Sequence[str] = (ROWS,), **options: object) -> Score:
    reference = {"query": expected, "schema": SCHEMA, "contents": list(contents)}
    return Sql(**options).verify(Sample(response=f"```sql\n{query}\n```", reference=reference))  # type: ignore[arg-type]  # options by name


def write(path: Path, rows: str = ROWS) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA + rows)
    connection.close()
    return path


@pytest.mark.parametrize(
    ("query", "expected", "options", "outcome"),
    [
        ("SELECT b, a FROM t", "SELECT a, b FROM t", {}, "INCORRECT"),
        ("SELECT b, a FROM t", "SELECT a, b FROM t", {"columns": "any order"}, "CORRECT"),
        ("SELECT a FROM t GROUP BY a", "SELECT a FROM t", {}, "INCORRECT"),
        ("SELECT a FROM t GROUP BY a", "SELECT a FROM t", {"duplicates": "ignore"}, "CORRECT"),
        ("SELECT a FROM t ORDER BY a DESC", "SELECT a FROM t ORDER BY a", {"order": "never"}, "CORRECT"),
        ("SELECT a FROM t ORDER BY a DESC", "SELECT a FROM t ORDER BY a", {}, "INCORRECT"),
        ("SELECT a FROM t ORDER BY -a", "SELECT a FROM t", {"order": "always"}, "INCORRECT"),
        ("SELECT b * 1.0001 FROM t", "SELECT b FROM t", {}, "INCORRECT"),
        ("SELECT b * 1.0001 FROM t", "SELECT b FROM t", {"tolerance": 0.001}, "CORRECT"),
        ("SELECT c FROM t WHERE a = 7", "SELECT c FROM t WHERE a = 8", {}, "BAD_REFERENCE"),
        ("SELECT c FROM t WHERE a = 7", "SELECT c FROM t WHERE a = 8", {"empty_is_match": True}, "CORRECT"),
        ("SELECT a FROM t", "SELECT c FROM t WHERE a = 8", {"empty_is_match": True}, "INCORRECT"),
        ("SELECT a FROM t", "SELECT a FROM nowhere", {}, "BAD_REFERENCE"),
        ("SELECT a FROM t, t x, t y", "SELECT a FROM t", {"max_rows": 10}, "INCORRECT"),
        ("SELECT a FROM t", "SELECT t.a FROM t, t x, t y", {"max_rows": 10}, "BAD_REFERENCE"),
    ],
)
def test_the_options_mean_what_they_say(query: str, expected: str, options: dict[str, object], outcome: str) -> None:
    score = judge(query, expected, **options)
    assert score.outcome.value == outcome, score.reason


@pytest.mark.parametrize(
    ("tiers", "values"),
    [
        ({}, (0, 0, 0, 1)),
        ({"tiers": "arctic"}, (0, 0, 0.1, 1)),
        ({"tiers": "sql_r1"}, (0, 0, 1 / 7, 1)),
        ({"tiers": "seq2sql"}, (0, 0, 1 / 3, 1)),
        ({"parses": 0.05, "runs": 0.2}, (0, 0.05, 0.2, 1)),
        ({"tiers": "arctic", "parses": 0.05}, (0, 0.05, 0.1, 1)),
    ],
)
def test_tiers_pay_what_their_source_pays(tiers: dict[str, object], values: Sequence[float]) -> None:
    queries = ("SELECT FROM WHERE", "SELECT z FROM t", "SELECT b FROM t", "SELECT a FROM t")
    assert [judge(q, "SELECT a FROM t", **tiers).value for q in queries] == pytest.approx(values)


def test_the_preset_is_the_published_scheme_brought_onto_the_unit_range() -> None:
    raw = {"bad format": -1, "unexecutable": -1, "mismatch": 0, "match": 6}  # SQL-R1 without its length term
    mapped = {name: (value + 1) / 7 for name, value in raw.items()}
    assert judge("SELECT b FROM t", "SELECT a FROM t", tiers="sql_r1").value == pytest.approx(mapped["mismatch"])
    assert judge("SELECT z FROM t", "SELECT a FROM t", tiers="sql_r1").value == mapped["unexecutable"]


def test_every_database_must_agree() -> None:
    other = "INSERT INTO t VALUES (5, 1.0, 'z'), (1, 3.0, 'x');"
    lucky = "SELECT c FROM t WHERE a = 1"
    assert judge(lucky, "SELECT c FROM t WHERE b = 0.5").outcome is Outcome.CORRECT
    score = judge(lucky, "SELECT c FROM t WHERE b < 2 AND a < 5 AND c = 'x'", (ROWS, other))
    assert score.outcome is Outcome.INCORRECT
    assert "database 2 of 2" in score.reason


def test_a_file_is_read_again_when_it_changes_and_is_never_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a.db")
    sample = Sample(
        response="SELECT SUM(a) FROM t", reference={"query": "SELECT 8 FROM t LIMIT 1", "database": str(path)}
    )
    assert Sql().verify(sample).outcome is Outcome.CORRECT
    write(path.with_name("b.db"), "INSERT INTO t VALUES (1, 1, '1')").replace(path)
    assert Sql().verify(sample).outcome is Outcome.INCORRECT


def test_a_column_of_the_row_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    write(tmp_path / "shop" / "shop.sqlite")
    verifier = Sql(database=str(tmp_path / "{db_id}" / "{db_id}.sqlite"))
    sample = Sample(response="SELECT a FROM t", reference="SELECT a AS x FROM t", data={"db_id": "shop"})
    assert verifier.verify(sample).outcome is Outcome.CORRECT
    assert verifier.verify(Sample(response="SELECT 1", reference="SELECT 1", data={"db_id": "../x"})).value is None


@pytest.mark.parametrize(("content", "why"), [(b"text", "no sqlite database"), (None, "can't be read")])
def test_a_file_that_is_no_database_is_the_fault_of_the_reference(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    score = Sql().verify(
        Sample(response="SELECT a FROM t", reference={"query": "SELECT a FROM t", "database": str(path)})
    )
    assert score.outcome is Outcome.BAD_REFERENCE
    assert why in score.reason


def test_a_damaged_file_is_the_fault_of_the_reference(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    score = Sql().verify(
        Sample(response="SELECT a FROM t", reference={"query": "SELECT a FROM t", "database": str(path)})
    )
    assert score.outcome is Outcome.BAD_REFERENCE


def test_the_reference_runs_once_for_all_responses_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []
    run = execute.run_query
    monkeypatch.setattr(execute, "run_query", lambda request: ran.append(request.statements) or run(request))
    for _ in range(3):
        assert judge("SELECT a + 0 FROM t", "SELECT a AS only_here FROM t").outcome is Outcome.CORRECT
    assert ran == [("SELECT a AS only_here FROM t",)]


def test_our_own_failure_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(allow_weak: bool) -> None:
        raise SandboxError("no isolation here")

    monkeypatch.setattr(execute, "_sandbox", broken)
    score = judge("SELECT a FROM t", "SELECT a AS nobody FROM t")
    assert (score.outcome, score.value) == (Outcome.UNAVAILABLE, None)
    assert "no isolation here" in score.reason


def test_what_is_kept_stays_within_its_size() -> None:
    kept: execute.Kept[int, str] = execute.Kept(10, len)
    made: list[int] = []
    for key in (1, 2, 1, 3, 2):
        kept.get(key, lambda key=key: made.append(key) or "xxxx")  # type: ignore[misc]  # a default binds the key
    assert made == [1, 2, 3, 2]
    assert kept.get(9, lambda: "x" * 50) == "x" * 50
    assert kept.get(9, lambda: "again") == "again"


@pytest.mark.parametrize(
    "options",
    [
        {"duplicates": "ignore", "order": "always"},
        {"database": "a", "schema": "b"},
        {"parses": 0.5, "runs": 0.1},
        {"parses": 0.1},
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Sql(**options)  # type: ignore[arg-type]  # options by name


NEEDS_DUCKDB = pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="duckdb is not installed")
DUCK = "CREATE TABLE t(a INTEGER, d DATE, n DECIMAL(9, 2), l INTEGER[]); INSERT INTO t VALUES (1, '2024-01-05', 1.50, [1, 2]), (2, '2024-02-09', 2.25, NULL);"  # noqa: E501


@NEEDS_DUCKDB
@pytest.mark.parametrize(
    ("query", "expected", "outcome"),
    [
        ("FROM t SELECT a", "SELECT a FROM t", "CORRECT"),
        ("SELECT n::DOUBLE FROM t", "SELECT n FROM t", "CORRECT"),
        ("SELECT date_trunc('month', d) FROM t", "SELECT make_date(2024, a, 1) FROM t", "CORRECT"),
        ("SELECT list_sort(l, 'DESC') FROM t", "SELECT l FROM t", "INCORRECT"),
        ("SELECT a FROM t ORDER BY ALL", "SELECT a FROM t ORDER BY a", "CORRECT"),
        ("SELECT a, d::VARCHAR FROM t", "SELECT a, d FROM t", "INCORRECT"),
        ("SELECT * FROM read_text('/etc/passwd')", "SELECT a FROM t", "INCORRECT"),
        ("SELECT a FROM t; DROP TABLE t", "SELECT a FROM t", "INCORRECT"),
        ("COPY t TO '/tmp/x.csv'", "SELECT a FROM t", "INCORRECT"),
        ("SELECT * FROM query('DELETE FROM t')", "SELECT a FROM t", "INCORRECT"),
        ("SELECT COUNT(*) FROM range(1000000) a, range(1000000) b", "SELECT a FROM t", "TIMEOUT"),
        ("SELECT repeat('x', 2000000000) FROM t", "SELECT a FROM t", "CRASHED"),
    ],
)
def test_duckdb_is_judged_by_the_same_rules(query: str, expected: str, outcome: str) -> None:
    reference = {"query": expected, "schema": DUCK, "dialect": "duckdb"}
    score = Sql(time_s=0.5).verify(Sample(response=f"```sql\n{query}\n```", reference=reference))
    assert score.outcome.value == outcome, score.reason


@NEEDS_DUCKDB
def test_a_file_of_duckdb_is_opened_for_reading(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "a.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute(DUCK)
    connection.close()
    before = path.read_bytes()
    reference = {"query": "SELECT a FROM t", "database": str(path), "dialect": "duckdb"}
    assert Sql().verify(Sample(response="SELECT a FROM t", reference=reference)).outcome is Outcome.CORRECT
    assert path.read_bytes() == before
    other = {**reference, "dialect": "sqlite"}
    assert Sql().verify(Sample(response="SELECT a FROM t", reference=other)).outcome is Outcome.BAD_REFERENCE


def test_a_missing_engine_is_said_and_masks_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    score = Sql().verify(
        Sample(response="SELECT 1", reference={"query": "SELECT 1", "schema": "SELECT 1", "dialect": "duckdb"})
    )
    assert score.outcome is Outcome.UNAVAILABLE
    assert "rewardkit[sql]" in score.reason
