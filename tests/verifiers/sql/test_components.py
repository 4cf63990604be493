"""Component match: what is the same in another spelling, what is not, and what partial likeness is worth."""

import importlib.util

import pytest

from rewardkit import Outcome, Sample, Score
from rewardkit.verifiers.sql.components import SqlComponents

pytestmark = pytest.mark.skipif(importlib.util.find_spec("sqlglot") is None, reason="sqlglot is not installed")

SCHEMA = "CREATE TABLE t(a INTEGER, b TEXT, k INTEGER); CREATE TABLE u(k INTEGER, c REAL)"


def judge(query: str, reference: str, schema: str = SCHEMA, **options: object) -> Score:
    verifier = SqlComponents(**options)  # type: ignore[arg-type]  # options by name
    return verifier.verify(Sample(response=f"```sql\n{query}\n```", reference={"query": reference, "schema": schema}))


@pytest.mark.parametrize(
    ("query", "reference"),
    [
        ("select A from T", "SELECT a FROM t"),
        ('SELECT "a" FROM `t`', "SELECT a FROM t"),
        ("SELECT x.a AS first FROM t AS x", "SELECT a FROM t"),
        ("SELECT a, b FROM t", "SELECT b, a FROM t"),
        ("SELECT a FROM t WHERE a = 1 AND b = 'x'", "SELECT a FROM t WHERE 'x' = b AND 1 = a"),
        ("SELECT a FROM t WHERE (a > 1)", "SELECT a FROM t WHERE 1 < a"),
        ("SELECT a FROM t WHERE a = 1 OR b = 'x' OR k = 2", "SELECT a FROM t WHERE k = 2 OR a = 1 OR b = 'x'"),
        ("SELECT a FROM t WHERE k IN (2, 1)", "SELECT a FROM t WHERE k IN (1, 2)"),
        ("SELECT a, c FROM t JOIN u ON t.k = u.k", "SELECT x.a, y.c FROM u y INNER JOIN t x ON y.k = x.k"),
        ("SELECT a, c FROM t, u WHERE t.k = u.k AND c > 1", "SELECT a, c FROM t JOIN u ON t.k = u.k WHERE c > 1"),
        (
            "SELECT b, COUNT(*) AS n FROM t GROUP BY b ORDER BY n",
            "SELECT b, COUNT(*) FROM t GROUP BY b ORDER BY COUNT(*)",
        ),
        ("SELECT a FROM t UNION SELECT k FROM u", "SELECT x.a FROM t x UNION SELECT u.k FROM u"),
        ("WITH w AS (SELECT a FROM t) SELECT a FROM w", "WITH w AS (SELECT a FROM t) SELECT a FROM w"),
    ],
)
def test_another_spelling_is_the_same(query: str, reference: str) -> None:
    assert judge(query, reference).value == 1
    assert judge(reference, query).value == 1


@pytest.mark.parametrize(
    ("query", "reference", "differing"),
    [
        ("SELECT a FROM t WHERE a > 1", "SELECT a FROM t WHERE a < 1", {"where"}),
        ("SELECT a FROM t WHERE a > 1", "SELECT a FROM t WHERE a >= 1", {"where"}),
        ("SELECT a FROM t WHERE b = 'X'", "SELECT a FROM t WHERE b = 'x'", {"where"}),
        ("SELECT a FROM t WHERE a = 1 OR k = 2", "SELECT a FROM t WHERE a = 1 AND k = 2", {"where"}),
        ("SELECT a FROM t ORDER BY a, b", "SELECT a FROM t ORDER BY b, a", {"order"}),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC", {"order"}),
        ("SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 2", {"limit"}),
        ("SELECT DISTINCT a FROM t", "SELECT a FROM t", {"distinct"}),
        ("SELECT a FROM t UNION ALL SELECT k FROM u", "SELECT a FROM t UNION SELECT k FROM u", {"compound"}),
        ("SELECT t.k FROM t JOIN u ON t.k = u.k", "SELECT u.k FROM t JOIN u ON t.k = u.k", {"select"}),
        ("SELECT a FROM t LEFT JOIN u ON t.k = u.k", "SELECT a FROM t JOIN u ON t.k = u.k", {"joins"}),
        ("SELECT MAX(a) FROM t", "SELECT MIN(a) FROM t", {"select"}),
        ("SELECT a - k FROM t", "SELECT k - a FROM t", {"select"}),
        ("SELECT b FROM t GROUP BY b HAVING COUNT(*) > 1", "SELECT b FROM t GROUP BY b", {"having"}),
    ],
)
def test_a_difference_shows_in_its_clause(query: str, reference: str, differing: set[str]) -> None:
    score = judge(query, reference)
    assert {name for name, f1 in score.evidence["f1"].items() if f1 < 1} == differing
    assert score.value is not None
    assert score.value < 1
    assert judge(query, reference, score="exact").value == 0


def test_the_value_is_the_mean_of_f1_over_the_clauses() -> None:
    score = judge("SELECT a, b FROM t WHERE a = 1", "SELECT a FROM t WHERE a = 1 AND k = 2")
    assert score.outcome is Outcome.PARTIAL
    assert score.value == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)


def test_literals_may_be_left_out() -> None:
    assert (
        judge("SELECT a FROM t WHERE b = 'X' LIMIT 3", "SELECT a FROM t WHERE b = 'y' LIMIT 9", literals="ignore").value
        == 1
    )


def test_without_a_schema_names_are_compared_as_they_stand() -> None:
    assert judge("SELECT a FROM t JOIN u ON t.k = u.k", "SELECT t.a FROM t JOIN u ON t.k = u.k", schema="").value != 1
    assert judge("SELECT a FROM t JOIN u ON t.k = u.k", "SELECT t.a FROM t JOIN u ON t.k = u.k").value == 1


@pytest.mark.parametrize(
    "query", ["SELECT " + "(" * 4000 + "1" + ")" * 4000, "SELECT " + "1+" * 9000 + "1", "SELECT '"]
)
def test_what_can_not_be_read_is_wrong(query: str) -> None:
    assert judge(query, "SELECT a FROM t").outcome is Outcome.INCORRECT


def test_a_reference_that_can_not_be_read_is_no_reference() -> None:
    assert judge("SELECT a FROM t", "SELECT FROM").outcome is Outcome.BAD_REFERENCE
