"""`sql.components`: how far a query is made of the parts of the reference's query; nothing is run.

    build("sql.components").verify(Sample(
        response="SELECT name FROM city WHERE size > 3", reference="SELECT name FROM city WHERE size > 5",
    ))      # PARTIAL: select and tables match, where does not

The component match of Spider with partial scores: each clause (select, tables, joins, where, group, having, order,
limit, distinct, compounds, common tables) is a set of parts in one spelling (`clauses`), and the score is the mean of
their F1. It pays for a likeness in writing, so it is a shaping term: `sql` decides what is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.sql.clauses import Literals, UnreadableQueryError, components, matches, read_schema
from rewardkit.verifiers.sql.extract import LONGEST, Unclear, find_query
from rewardkit.verifiers.sql.lexer import Dialect, read
from rewardkit.verifiers.visible import has_visible, shorten

_SCHEMA = (
    "CREATE TABLE city(id INTEGER, name TEXT, size REAL); CREATE TABLE river(id INTEGER, city_id INTEGER, mouth TEXT)"
)
_REFERENCE = "SELECT name FROM city WHERE size > 5 AND id < 9"
_JOINED = "SELECT c.name, COUNT(*) FROM city c JOIN river r ON r.city_id = c.id GROUP BY c.name ORDER BY COUNT(*) DESC"
_KEYS = {"query", "schema", "dialect"}


class Work(NamedTuple):
    """What a worker needs."""

    reference: str
    query: str
    schema: str
    dialect: Dialect


def _sample(response: str, reference: object = _REFERENCE) -> Sample:
    return Sample(prompt="Which cities are large?", response=response, reference=reference)


@register(
    "sql.components",
    reference="the text of a query, or an object with `query` and, where known, `schema` and `dialect`",
    source="Spider's component matching (Yu et al. 2018, arXiv 1809.08887), with a mean of F1 for its exact sets",
    extra="sql",
    requires=("sqlglot",),
    examples=[
        Example(
            _sample("```sql\nSELECT T1.name FROM City AS T1 WHERE 9 > T1.id AND T1.size > 5\n```"),
            Outcome.CORRECT,
            title="aliases, case and the order of conditions",
        ),
        Example(
            _sample("SELECT name FROM city WHERE size > 4 AND id < 9"),
            Outcome.PARTIAL,
            (1 + 1 + 0.5) / 3,
            title="one of two conditions",
        ),
        Example(
            _sample("SELECT name FROM city WHERE size > 4 AND id < 9"),
            Outcome.CORRECT,
            options={"literals": "ignore"},
            title="literals ignored, as in Spider's exact match",
        ),
        Example(
            _sample("SELECT name FROM city WHERE size > 4"),
            Outcome.INCORRECT,
            options={"score": "exact"},
            title="all or nothing",
        ),
        Example(
            _sample(
                "SELECT name, COUNT(*) AS n FROM city, river WHERE city.id = city_id GROUP BY name ORDER BY n DESC",
                {"query": _JOINED, "schema": _SCHEMA},
            ),
            Outcome.CORRECT,
            title="a join without JOIN; the schema says whose columns are meant",
        ),
        Example(_sample("SELECT FROM WHERE"), Outcome.INCORRECT, title="not well formed"),
        Example(_sample("The large ones."), Outcome.NO_ANSWER, title="no query"),
        Example(_sample("SELECT 1", "not a query"), Outcome.BAD_REFERENCE, title="a reference that is none"),
    ],
    attacks=[
        Attack("every_table", _sample("SELECT * FROM city, river"), below=0.5),
        Attack("listing_conditions", _sample(f"{_REFERENCE} AND id > 1 AND id > 2 AND id > 3 AND id > 4"), below=1.0),
        Attack("two_statements", _sample(f"```sql\nSELECT 1; {_REFERENCE}\n```")),
        Attack("in_a_comment", _sample(f"```sql\nSELECT 1 -- {_REFERENCE}\n```"), below=0.1),
        Attack("in_a_string", _sample(f"```sql\nSELECT '{_REFERENCE}'\n```"), below=0.1),
        Attack("or_for_and", _sample("SELECT name FROM city WHERE size > 5 OR id < 9"), below=0.7),
        Attack("turned_comparison", _sample("SELECT name FROM city WHERE 5 > size AND 9 < id"), below=0.7),
        Attack("repeated_columns", _sample("SELECT name, name, name FROM city WHERE size > 5 AND id < 9"), below=1.0),
        Attack("write", _sample("DELETE FROM city WHERE size > 5 AND id < 9")),
        Attack("only_in_thinking", _sample(f"<think>{_REFERENCE}</think>")),
        Attack("deep_nesting", _sample("```sql\nSELECT " + "(" * 3000 + "1" + ")" * 3000 + "\n```")),
    ],
)
@dataclass(frozen=True)
class SqlComponents(Verifier):
    """How far the query of a response has the parts of the reference's query; it is read by sqlglot and never run.

    Both queries are brought into one spelling: aliases of tables resolved, names of result columns, case and
    quotes dropped, symmetric operators and conditions in order, a join in WHERE taken for one in ON. Each clause that
    either query has is compared as a set of parts, and the value is the mean of their F1, in [0, 1]; `score: exact`
    pays 1 only where all are equal. Columns without a table are matched to theirs through the reference's `schema`,
    where there is one. Equivalent queries that are written otherwise get less than 1: what is right, `sql` says.
    """

    preload: ClassVar[tuple[str, ...]] = ("sqlglot",)

    dialect: Annotated[Dialect, Doc("dialect of references that do not name one")] = "sqlite"
    score: Annotated[Literal["f1", "exact"], Doc("f1: the mean over the clauses; exact: all or nothing")] = "f1"
    literals: Annotated[Literals, Doc("ignore: numbers and texts in the queries do not count")] = "compare"

    def verify(self, sample: Sample) -> Score:
        """Judge one sample."""
        begun = self.begin(sample)
        return begun if isinstance(begun, Score) else self.finish(begun.work)

    def begin(self, sample: Sample) -> Score | Deferred:
        """Find the query; reading it may take long."""
        value = sample.reference
        given: Mapping[str, Any] = {"query": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping) or not isinstance(given.get("query"), str) or set(given) - _KEYS:
            return self.bad_reference("The reference is neither a query nor an object with `query`.")
        dialect, schema = given.get("dialect") or self.dialect, given.get("schema") or ""
        if dialect not in ("sqlite", "duckdb") or not isinstance(schema, str):
            return self.bad_reference("The reference's dialect is not sqlite or duckdb, or its schema is not text.")
        if not has_visible(given["query"]) or max(len(given["query"]), len(schema)) > LONGEST:
            return self.bad_reference(f"The reference's query is empty, or it has more than {LONGEST} characters.")
        found = find_query(sample.response_text, dialect)
        if found is None:
            return self.no_answer("The response has no query outside its thinking.")
        if isinstance(found, Unclear):
            return self.undecided(
                f"The response has {found.statements} statements in prose; which one it means is open."
            )
        if len(found.text) > LONGEST:
            return self.incorrect(f"The query has more than {LONGEST} characters.", query=shorten(found.text))
        statements = read(found.text, dialect, at_most=2)
        if len(statements) != 1:
            return self.incorrect("The place for the query does not hold one statement.", query=shorten(found.text))
        return Deferred(Work(given["query"], statements[0].text, schema, dialect))

    def finish(self, work: Any) -> Score:
        """Read both queries and compare them clause by clause."""
        assert isinstance(work, Work)
        columns = read_schema(work.schema, work.dialect)
        try:
            expected = components(work.reference, work.dialect, columns, self.literals)
        except UnreadableQueryError as error:
            return self.bad_reference(f"The reference's query can't be read: {error}.")
        query = shorten(work.query, 500)
        try:
            found = components(work.query, work.dialect, columns, self.literals)
        except UnreadableQueryError as error:
            return self.incorrect(f"The query can't be read: {error}.", query=query)
        each = matches(expected, found)
        differing = sorted(name for name, match in each.items() if match.f1 < 1)
        evidence = {"query": query, "f1": {name: round(match.f1, 6) for name, match in each.items()}}
        if not differing:
            return self.correct("Every clause is that of the reference.", **evidence)
        reason = f"These clauses differ: {', '.join(differing)}."
        if self.score == "exact":
            return self.incorrect(reason, **evidence)
        return self.graded(sum(match.f1 for match in each.values()) / len(each), reason, **evidence)
