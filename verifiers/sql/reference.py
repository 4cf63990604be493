"""What a row's reference says: the query that is right, and the databases that it is asked of.

    read_reference({"query": "SELECT a FROM t", "schema": "CREATE TABLE t(a); INSERT INTO t VALUES (1);"}, ...)

A reference is an object with `query` and one of

- `schema`: a script that makes the tables and fills them; with `contents`, a list of scripts each of which fills the
  tables once more, every one in a database of its own;
- `database`: the path of a SQLite or DuckDB file;
- `databases`: a list of paths and of `{"schema": ...}` objects, all of which a query must answer rightly,

and, where needed, `dialect` (`sqlite`, `duckdb`) and `order` (whether the order of rows counts). Or it is the text of
the query alone, and the database comes from an option or from a column of the row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from rewardkit.errors import RewardkitError, nearest
from rewardkit.verifiers.sql.lexer import Dialect, read

MAX_DATABASES = 32
MAX_SCRIPT = 4_000_000
"""Characters of all scripts of one reference together."""
MAX_QUERY = 50_000
QUERY_VERBS = ("SELECT", "WITH", "VALUES", "FROM")
"""With what a statement that only reads can begin."""

_KEYS = ("query", "schema", "contents", "database", "databases", "dialect", "order")
_PLACEHOLDER = re.compile(r"\{(\w{1,64})\}")
_PLAIN_NAME = re.compile(r"(?!\.)[\w .+-]{1,128}")


class BadReferenceError(RewardkitError):
    """A reference that can't be used; the message is one sentence without its full stop."""


class Database(NamedTuple):
    """One database: scripts to run in order on an empty one, or the path of a file."""

    scripts: tuple[str, ...] = ()
    path: str | None = None


class Reference(NamedTuple):
    """A reference, read."""

    query: str
    databases: tuple[Database, ...]
    dialect: Dialect
    order: bool | None
    """Whether the order of rows counts; None: as the query orders."""


class Defaults(NamedTuple):
    """Where the database comes from when the reference does not say."""

    dialect: Dialect = "sqlite"
    schema: str | None = None
    database: str | None = None
    """A path; `{name}` in it stands for that column of the row."""
    column: str = "schema"


def read_reference(value: object, data: Mapping[str, Any], defaults: Defaults) -> Reference:
    """The reference of a row.

    Raises:
        BadReferenceError: it can't be used; the message says why.

    >>> read_reference("SELECT 1;", {"schema": "CREATE TABLE t(a)"}, Defaults()).databases[0].scripts
    ('CREATE TABLE t(a)',)
    """
    if isinstance(value, str):
        value = {"query": value}
    if not isinstance(value, Mapping):
        raise BadReferenceError(f"the reference is {_kind(value)}, not a query or an object with `query`")
    for key in value:
        if key not in _KEYS:
            raise BadReferenceError(f"the reference has an unknown key {str(key)[:60]!r}; {nearest(str(key), _KEYS)}")
    dialect = value.get("dialect") or defaults.dialect
    if dialect not in get_args(Dialect):
        raise BadReferenceError(f"the reference's dialect is {str(dialect)[:60]!r}, not sqlite or duckdb")
    order = value.get("order")
    if not (order is None or isinstance(order, bool)):
        raise BadReferenceError(f"the reference's `order` is {_kind(order)}, not true or false")
    query = _query(value.get("query"), dialect)
    databases = tuple(_databases(value) or _default_databases(data, defaults))
    if not databases:
        raise BadReferenceError(
            "the reference names no database: it needs `schema`, `database` or `databases`, or the row a column "
            f"{defaults.column!r}, or the entry an option `schema` or `database`"
        )
    if len(databases) > MAX_DATABASES:
        raise BadReferenceError(f"the reference names {len(databases)} databases, more than {MAX_DATABASES}")
    if sum(len(s) for d in databases for s in d.scripts) > MAX_SCRIPT:
        raise BadReferenceError(f"the scripts of the reference have more than {MAX_SCRIPT} characters; use a file")
    return Reference(query, databases, dialect, order)


def _query(value: object, dialect: Dialect) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadReferenceError("the reference has no query")
    if len(value) > MAX_QUERY:
        raise BadReferenceError(f"the reference's query has more than {MAX_QUERY} characters")
    statements = read(value, dialect, at_most=2)
    if len(statements) != 1:
        raise BadReferenceError("the reference's query is not one statement")
    if statements[0].verb not in QUERY_VERBS:
        raise BadReferenceError(f"the reference's query begins with {statements[0].tokens[0].text[:40]!r}, not SELECT")
    return statements[0].text


def _databases(value: Mapping[str, Any]) -> list[Database]:
    given = [key for key in ("schema", "database", "databases") if value.get(key) is not None]
    if len(given) > 1:
        raise BadReferenceError(f"the reference has both `{given[0]}` and `{given[1]}`; one of them says the database")
    contents = value.get("contents")
    if contents is not None and given != ["schema"]:
        raise BadReferenceError("the reference has `contents` without the `schema` that they fill")
    if not given:
        return []
    if given == ["databases"]:
        listed = value["databases"]
        if not _is_list(listed) or not listed:
            raise BadReferenceError("the reference's `databases` is not a list of paths and schemas")
        return [_database(one) for one in listed]
    if given == ["database"]:
        return [Database(path=_text(value["database"], "database"))]
    schema = _text(value["schema"], "schema")
    if contents is None:
        return [Database((schema,))]
    if not _is_list(contents) or not contents:
        raise BadReferenceError("the reference's `contents` is not a list of scripts")
    return [Database((schema, _text(one, "contents"))) for one in contents]


def _database(value: object) -> Database:
    if isinstance(value, Mapping) and set(value) == {"schema"}:
        return Database((_text(value["schema"], "schema"),))
    return Database(path=_text(value, "databases"))


def _default_databases(data: Mapping[str, Any], defaults: Defaults) -> list[Database]:
    if defaults.database is not None:
        return [Database(path=_PLACEHOLDER.sub(lambda m: _column(data, m.group(1)), defaults.database))]
    if defaults.schema is not None:
        return [Database((defaults.schema,))]
    value = data.get(defaults.column)
    if value is None:
        return []
    listed: Sequence[Any] = value if _is_list(value) else [value]
    return [Database((_text(one, f"column {defaults.column}"),)) for one in listed]


def _column(data: Mapping[str, Any], name: str) -> str:
    """A value that becomes part of a path, and must not lead out of its folder."""
    value = data.get(name)
    if not isinstance(value, str) or not _PLAIN_NAME.fullmatch(value):
        raise BadReferenceError(f"the row's column {name!r}, which names the database, is not a plain file name")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadReferenceError(f"the reference's `{name}` is {_kind(value)}, not text")
    return value


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _kind(value: object) -> str:
    if value is None:
        return "missing"
    return "empty" if isinstance(value, str) else f"of type {type(value).__name__}"
