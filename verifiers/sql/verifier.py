"""`sql`: whether a query returns what the reference's query returns, on every database of the reference.

    build("sql").verify(Sample(
        response="```sql\\nSELECT name FROM t WHERE a > 1;\\n```",
        reference={"query": "SELECT name FROM t WHERE a >= 2", "schema": "CREATE TABLE t(name, a INTEGER); ..."},
    ))

The query is found (`extract`), run in the sandbox (`execute`, `driver`), and what came out is compared with what the
reference's query gave in a run of its own (`ordering`, `values`, `compare`). Nothing that a query can do reaches the
comparison: all it has is its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from annotated_types import Ge, Gt, Le, Lt

from rewardkit.errors import MissingExtraError, OptionError
from rewardkit.registry import register
from rewardkit.reward import Cost, Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.sql.cases import ATTACKS, EXAMPLES
from rewardkit.verifiers.sql.compare import Columns, Duplicates, Expected, Rules, difference
from rewardkit.verifiers.sql.execute import Caps, Request, Results, RunError, is_installed, reference_results, run_query
from rewardkit.verifiers.sql.extract import LONGEST, Unclear, find_query
from rewardkit.verifiers.sql.lexer import Dialect, read
from rewardkit.verifiers.sql.ordering import Plan, groups, plan_order
from rewardkit.verifiers.sql.reference import QUERY_VERBS, BadReferenceError, Defaults, Reference, read_reference
from rewardkit.verifiers.sql.tiers import PRESETS, Preset, Tiers
from rewardkit.verifiers.sql.values import Failure, Row, Table
from rewardkit.verifiers.visible import has_visible, shorten

_ENDINGS: Mapping[str, tuple[Outcome, str]] = {
    "syntax": (Outcome.INCORRECT, "The query is not well formed"),
    "query": (Outcome.INCORRECT, "The query does not run"),
    "refused": (Outcome.INCORRECT, "The query was refused, since it does more than read"),
    "rows": (Outcome.INCORRECT, "The query returns too many rows"),
    "bytes": (Outcome.CRASHED, "The query returns too much"),
    "time": (Outcome.TIMEOUT, "The query ran past its time"),
    "memory": (Outcome.CRASHED, "The query ran past its memory"),
    "crash": (Outcome.CRASHED, "The query broke the engine"),
}
"""How a response's query can fail."""


class Work(NamedTuple):
    """What is left to do once the query is found."""

    reference: Reference
    query: str
    place: str


@register(
    "sql",
    reference="an object with `query` and `schema`, `database` or `databases` (and `contents`, `dialect`, `order`), or "
    "the text of the query alone with the database in an option or a column",
    source="own; tiers of SQL-R1, Arctic-Text2SQL-R1 (arXiv 2505.20315) and Seq2SQL; looser rules of Spider and BIRD "
    "as options",
    extra="sql",
    examples=EXAMPLES,
    attacks=ATTACKS,
)
@dataclass(frozen=True)
class Sql(Verifier):
    """Whether the query in a response returns what the reference's query returns, on every database of the reference.

    Rows are a multiset, or a sequence where the reference orders them (rows that tie in any order); columns count by
    place, their names do not; NULL equals NULL, numbers equal when their values do, floats within a relative
    tolerance, text letter by letter. A query that reads no table where the reference does is wrong whatever it returns,
    and so is one without ORDER BY where the order makes a difference.

    Queries run in the sandbox, on a copy of the database that is open for reading only: whatever writes, attaches, sets
    or loads is refused, and the score says so. Limits of time and memory make a TIMEOUT or CRASHED. A reference that
    fails, or whose result has no rows on any database, is a BAD_REFERENCE. Range [0, 1]; below a match nothing is paid
    unless `tiers` says so. SQLite is always there; DuckDB comes with the extra.
    """

    cost: ClassVar[Cost] = Cost.SANDBOX

    dialect: Annotated[Dialect, Doc("engine for references that do not name one")] = "sqlite"
    database: Annotated[
        str | None, Doc("path of the database for references that name none; {name} in it is that column of the row")
    ] = None
    schema: Annotated[str | None, Doc("script that makes the database, for references that name none")] = None
    column: Annotated[str, Doc("column with the script, or a list of scripts, where nothing else names a database")] = (
        "schema"
    )
    order: Annotated[
        Literal["reference", "always", "never"],
        Doc("whether the order of rows counts; reference: where its query orders, or its `order` says so"),
    ] = "reference"
    columns: Annotated[Columns, Doc("whether columns count by place, or may stand in any order (as in Spider)")] = (
        "strict"
    )
    duplicates: Annotated[
        Duplicates, Doc("ignore: compare results as sets without order, as BIRD's execution accuracy does")
    ] = "count"
    tolerance: Annotated[float, Doc("relative difference up to which floats are equal"), Ge(0), Lt(1)] = 1e-9
    empty_is_match: Annotated[
        bool, Doc("let two results without rows on every database match, instead of calling the reference unusable")
    ] = False
    tiers: Annotated[Preset, Doc("credit below a match, by a published scheme brought onto [0, 1]")] = "match"
    parses: Annotated[
        float | None, Doc("credit for a query that is well formed and does not run; default: by `tiers`"), Ge(0), Lt(1)
    ] = None
    runs: Annotated[
        float | None, Doc("credit for a query that runs with another result; default: by `tiers`"), Ge(0), Lt(1)
    ] = None
    time_s: Annotated[float, Doc("processor seconds for one query on one database"), Gt(0), Le(600)] = 5.0
    memory_mb: Annotated[int, Doc("megabytes that one run may take"), Ge(64)] = 512
    max_rows: Annotated[int, Doc("rows that a result may have"), Ge(1), Le(1_000_000)] = 20_000
    max_database_mb: Annotated[int, Doc("megabytes that the file of a database may have"), Ge(1)] = 256
    allow_weak: Annotated[bool, Doc("run even where the sandbox can't keep a process from reading files")] = False

    def __post_init__(self) -> None:
        if self.duplicates == "ignore" and self.order == "always":
            raise OptionError("duplicates='ignore' compares sets, which have no order; order='always' contradicts it")
        if self.database is not None and self.schema is not None:
            raise OptionError("database and schema both name the database; give one of them")
        if self._tiers.parses > self._tiers.runs:
            raise OptionError(f"parses={self._tiers.parses:g} is more than runs={self._tiers.runs:g}")
        if not is_installed(self.dialect):
            raise MissingExtraError(_missing(self.dialect))

    @property
    def _tiers(self) -> Tiers:
        preset = PRESETS[self.tiers]
        return Tiers(
            preset.parses if self.parses is None else self.parses, preset.runs if self.runs is None else self.runs
        )

    @property
    def _caps(self) -> Caps:
        return Caps(self.time_s, self.memory_mb, self.max_rows, max_database_mb=self.max_database_mb)

    def verify(self, sample: Sample) -> Score:
        """Judge one sample."""
        begun = self.begin(sample)
        return begun if isinstance(begun, Score) else self.finish(begun.work)

    def begin(self, sample: Sample) -> Score | Deferred:
        """Read the reference and find the query; running it is left to do."""
        defaults = Defaults(self.dialect, self.schema, self.database, self.column)
        try:
            reference = read_reference(sample.reference, sample.data, defaults)
        except BadReferenceError as error:
            return self.bad_reference(_sentence(str(error)))
        if not is_installed(reference.dialect):
            return self.unavailable(_sentence(_missing(reference.dialect)))
        response = sample.response_text
        if not has_visible(response):
            return self.no_answer("The response is empty.")
        found = find_query(response, reference.dialect)
        if found is None:
            return self.no_answer("The response has no query outside its thinking.")
        if isinstance(found, Unclear):
            return self.undecided(
                f"The response has {found.statements} statements in prose; which one it means is open."
            )
        if len(found.text) > LONGEST:
            return self.incorrect(f"The query has more than {LONGEST} characters.", query=shorten(found.text))
        statements = read(found.text, reference.dialect, at_most=2)
        evidence = {"query": shorten(found.text.strip(), 500), "place": found.place}
        if not statements:
            return self.no_answer("The place for the query holds none.", **evidence)
        if len(statements) > 1:
            return self.incorrect(
                "The query was refused, since it is more than one statement.", refused="several statements", **evidence
            )
        [query] = statements
        if query.verb not in QUERY_VERBS:
            verb = shorten(query.tokens[0].text, 40)
            return self.incorrect(f"The query was refused: it begins with {verb!r}.", refused=verb, **evidence)
        return Deferred(Work(reference, query.text, found.place))

    def finish(self, work: Any) -> Score:
        """Run the reference's query and the response's, and compare."""
        assert isinstance(work, Work)
        reference = work.reference
        evidence: dict[str, Any] = {"query": shorten(work.query, 500), "place": work.place}
        plan = plan_order(reference.query, reference.dialect)
        wide = plan.wide if plan is not None else None
        statements = (reference.query,) if wide is None else (reference.query, wide)
        request = Request(statements, reference.databases, reference.dialect, self._caps, self.allow_weak)
        try:
            expected = reference_results(request)
            if expected.failure is not None:
                return self.bad_reference(
                    _sentence(f"the reference's query fails: {_first_line(expected.failure.message)}"),
                    kind=expected.failure.kind,
                )
            if not self.empty_is_match and not any(_plain(tables).rows for tables in expected.databases):
                return self.bad_reference("The reference's result has no rows on any database, so it tells nothing.")
            found = run_query(request._replace(statements=(work.query,)))
        except BadReferenceError as error:
            return self.bad_reference(_sentence(str(error)))
        except RunError as error:
            return self.unavailable(_sentence(f"the sandbox failed: {error}"), **evidence)
        evidence["isolation"] = found.isolation
        if found.failure is not None:
            return self._failed(found.failure, evidence)
        return self._compared(work, plan, expected, found, evidence)

    def _failed(self, failure: Failure, evidence: dict[str, Any]) -> Score:
        message = _first_line(failure.message)
        if failure.kind == "refused":
            evidence["refused"] = message
        if failure.kind == "query":
            return self._credit(self._tiers.parses, f"The query does not run: {message}.", evidence)
        if failure.kind not in _ENDINGS:
            return self.unavailable(f"The database could not be set up for the query: {message}.", **evidence)
        outcome, what = _ENDINGS[failure.kind]
        return Score.of(outcome, _sentence(f"{what}: {message}"), within=self.range, evidence=evidence)

    def _compared(
        self, work: Work, plan: Plan | None, expected: Results, found: Results, evidence: dict[str, Any]
    ) -> Score:
        rules = Rules(self.columns, self.duplicates, self.tolerance)
        [query] = read(work.query, work.reference.dialect)
        if _reads(expected) and not _reads(found):
            return self._credit(self._tiers.runs, "The query reads no table: it states its result.", evidence)
        if len(found.databases) != len(expected.databases):
            return self.unavailable("The sandbox ran the query on fewer databases than the reference has.", **evidence)
        for number, (theirs, ours) in enumerate(zip(found.databases, expected.databases, strict=True), 1):
            where = f" on database {number} of {len(expected.databases)}" if len(expected.databases) > 1 else ""
            right = self._expected(work.reference, plan, ours, rules)
            table = _plain(theirs)
            differs = difference(right, table, rules)
            if differs is None and right.is_order_seen and rules.duplicates == "count" and not query.has("ORDER", "BY"):
                return self._credit(
                    self._tiers.runs, f"The query does not order its rows, which the reference does{where}.", evidence
                )
            if differs is None:
                continue
            evidence |= {
                "rows": len(table.rows),
                "reference_rows": len(right.table.rows),
                "missing": [_shown(row) for row in differs.missing],
                "extra": [_shown(row) for row in differs.extra],
            }
            if differs.is_open:
                return self.undecided(_sentence(f"the result can't be compared{where}: {differs.reason}"), **evidence)
            return self._credit(self._tiers.runs, f"The query's result differs{where}: {differs.reason}.", evidence)
        evidence["rows"] = [len(_plain(tables).rows) for tables in found.databases]
        return self.correct("The query returns what the reference's query returns.", **evidence)

    def _expected(
        self, reference: Reference, plan: Plan | None, tables: Sequence[Table | Failure], rules: Rules
    ) -> Expected:
        """The reference's result, in groups where these are known and hold the result itself."""
        is_ordered = {"always": True, "never": False, "reference": plan is not None}[self.order]
        if reference.order is not None:
            is_ordered = reference.order
        plain = _plain(tables)
        wide = tables[1] if len(tables) > 1 else None
        found = groups(plan, plain, wide if isinstance(wide, Table) else None)
        expected = Expected(plain, found, is_ordered)
        return expected if difference(expected, plain, rules) is None else Expected(plain, None, is_ordered)

    def _credit(self, value: float, reason: str, evidence: Mapping[str, Any]) -> Score:
        """Less than a match: nothing, or what the tiers say."""
        return self.graded(value, reason, **evidence)


def _plain(tables: Sequence[Table | Failure]) -> Table:
    table = tables[0]
    assert isinstance(table, Table)  # failures were told before
    return table


def _reads(results: Results) -> bool:
    return any(_plain(tables).reads for tables in results.databases)


def _shown(row: Row) -> list[str | None]:
    return [
        None if value is None else shorten(value if isinstance(value, str) else repr(value), 60) for value in row[:20]
    ]


def _first_line(message: str) -> str:
    """An engine's message without the places and the advice that it adds."""
    return shorten(" ".join(message.strip().split("\n")[0].split()), 300).rstrip(".")


def _sentence(text: str) -> str:
    """A clause as a sentence, whatever it ends in."""
    text = shorten(text.strip(), 400).rstrip(".")
    return text[:1].upper() + text[1:] + "."


def _missing(dialect: str) -> str:
    return f"the dialect {dialect!r} needs {dialect}, not installed: pip install 'rewardkit[sql]'"
