"""The program that runs a query, inside the sandbox. It stands alone: its source is sent there, nothing imports it.

Reads from standard input one JSON object:

    {"dialect": "sqlite", "statements": ["SELECT ..."], "databases": [{"file": "0.db"}, {"scripts": ["CREATE ..."]}],
     "max_rows": 20000, "max_bytes": 4194304, "cpu_s": 5.0, "memory_mb": 512}

and writes to the descriptor REWARDKIT_RESULT_FD one JSON object: `{"databases": [[table, ...], ...]}`, for each
database a table for each statement, either `{"columns": [...], "rows": [[...]], "reads": ...}`, which says whether any
table of the database was read, or `{"error": kind, "message": ...}`.
It stops at the first database in which the first statement fails. What goes wrong with the program itself, and not
with a query, is `{"fault": ...}`.

In rows: null, integers, finite floats and text as in JSON; everything else is a list that begins with its tag.

The query is kept from writing three times: the database is opened read-only (a copy besides), an authorizer allows
nothing but reading, and around the process stands the sandbox. The limits on values, rows and time say early and
clearly what the sandbox would end without a word.
"""

import contextlib
import json
import math
import os
import sys
import time
from typing import Any

WRITES = {
    "0": "COPY", "1": "CREATE INDEX", "2": "CREATE TABLE", "3": "CREATE TEMP INDEX", "4": "CREATE TEMP TABLE",
    "5": "CREATE TEMP TRIGGER", "6": "CREATE TEMP VIEW", "7": "CREATE TRIGGER", "8": "CREATE VIEW", "9": "DELETE",
    "10": "DROP INDEX", "11": "DROP TABLE", "12": "DROP TEMP INDEX", "13": "DROP TEMP TABLE",
    "14": "DROP TEMP TRIGGER", "15": "DROP TEMP VIEW", "16": "DROP TRIGGER", "17": "DROP VIEW", "18": "INSERT",
    "19": "PRAGMA", "22": "TRANSACTION", "23": "UPDATE", "24": "ATTACH", "25": "DETACH", "26": "ALTER TABLE",
    "27": "REINDEX", "28": "ANALYZE", "29": "CREATE VIRTUAL TABLE", "30": "DROP VIRTUAL TABLE", "32": "SAVEPOINT",
}  # fmt: skip
"""What SQLite's authorizer codes mean, of those that are refused."""

READS = {20, 21, 33}  # READ, SELECT, RECURSIVE
FUNCTION = 31
REFUSED_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "sqlite_compileoption_get"}

LIMITS = (
    (0, 8_000_000),
    (1, 100_000),
    (2, 500),
    (3, 200),
    (4, 100),
    (5, 250_000),
    (6, 64),
    (7, 0),
    (8, 1_000),
    (11, 0),
)
"""SQLite's own limits by number: bytes of a value and of a statement, columns, depth of expressions, terms of a
compound, program steps, arguments, attached databases, bytes of a pattern, threads."""


class RefusedError(Exception):
    """A statement that may not run at all."""


class SetupError(Exception):
    """A database that can't be made or opened."""


def encode(value: Any, depth: int = 0) -> Any:
    """A value as it travels."""
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is int:
        return value
    if kind is float:
        return value if math.isfinite(value) else ["float", str(value)]
    if kind is bytes or kind is bytearray:
        return ["blob", value.hex()]
    if depth > 16:
        raise ValueError("values are nested deeper than 16")
    if kind is list or kind is tuple:
        return ["list", [encode(v, depth + 1) for v in value]]
    if kind is dict:
        return ["list", [encode([k, v], depth + 1) for k, v in value.items()]]
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if kind.__name__ == "datetime" and text.endswith("T00:00:00"):
        return ["date", text[:10]]  # a date and its midnight are one moment
    return [kind.__name__.lower(), text]


def table(cursor: Any, job: dict[str, Any]) -> dict[str, Any]:
    """The rows of a cursor, within the limits."""
    columns = [d[0] for d in cursor.description or ()]
    rows: list[Any] = []
    size = 0
    while (row := cursor.fetchone()) is not None:
        if len(rows) >= job["max_rows"]:
            return {"error": "rows", "message": f"more than {job['max_rows']} rows"}
        rows.append([encode(v) for v in row])
        size += len(json.dumps(rows[-1]))
        if size > job["max_bytes"]:
            return {"error": "bytes", "message": f"more than {job['max_bytes']} bytes of results"}
    return {"columns": columns, "rows": rows}


class Sqlite:
    """One SQLite database, open for reading."""

    def __init__(self, database: dict[str, Any], job: dict[str, Any]) -> None:
        import sqlite3

        self.sqlite3 = sqlite3
        self.job = job
        try:
            if "file" in database:
                self.connection = sqlite3.connect(f"file:{database['file']}?mode=ro&immutable=1", uri=True)
            else:
                self.connection = sqlite3.connect(":memory:")
                for script in database["scripts"]:
                    self.connection.executescript(script)
                self.connection.commit()
            self.connection.execute("SELECT COUNT(*) FROM sqlite_master")
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise SetupError(str(error)) from error
        self.connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        self.connection.execute("PRAGMA temp_store=MEMORY")
        self.connection.execute(f"PRAGMA hard_heap_limit={int(job['memory_mb'] * 600_000)}")
        self.connection.execute("PRAGMA query_only=ON")
        for table_function in ("json_each", "json_tree"):  # made on first use, which looks like writing
            with contextlib.suppress(sqlite3.OperationalError):  # an SQLite built without JSON
                self.connection.execute(f"SELECT 1 FROM {table_function}('[]')")
        for number, limit in LIMITS:
            self.connection.setlimit(number, limit)
        self.refused = ""
        self.reads = False
        found = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.tables = {"sqlite_master", *(str(name).lower() for (name,) in found)}
        self.connection.set_authorizer(self.authorize)
        self.connection.set_progress_handler(self.is_over, 50_000)

    def authorize(self, action: int, first: Any, second: Any, *_: Any) -> int:
        """SQLite asks for every action of a statement, before it runs."""
        if action in READS:
            self.reads = self.reads or str(first).lower() in self.tables
            return 0
        if action == FUNCTION:
            if str(second).lower() not in REFUSED_FUNCTIONS:
                return 0
            self.refused = self.refused or f"the function {second}"
        else:
            self.refused = self.refused or f"{WRITES.get(str(action), f'action {action}')} {first or ''}".strip()
        return 1

    def is_over(self) -> bool:
        """Whether the time is up; SQLite asks every so many steps."""
        return bool(time.process_time() - STARTED > self.job["cpu_s"])

    def run(self, statement: str) -> dict[str, Any]:
        """The table that a statement gives, or why it gives none."""
        self.refused, self.reads = "", False
        try:
            found = table(self.connection.execute(statement), self.job)
            return {**found, "reads": self.reads}
        except (self.sqlite3.Error, self.sqlite3.Warning) as error:
            kind = self.kind(str(error))
            message = f"more than {self.job['cpu_s']:g} s" if kind == "time" else self.refused or str(error)
            return {"error": kind, "message": message}

    def kind(self, message: str) -> str:
        """What kind of error a message is."""
        if self.refused:
            return "refused"
        if message == "interrupted":
            return "time"
        if "too big" in message or "out of memory" in message or "disk is full" in message:
            return "memory"
        if "one statement at a time" in message or "readonly database" in message:
            return "refused"
        is_syntax = (
            "syntax error" in message
            or "unrecognized token" in message
            or "incomplete input" in message
            or "parser stack" in message
        )
        return "syntax" if is_syntax else "query"


class Duckdb:
    """One DuckDB database, open for reading."""

    def __init__(self, database: dict[str, Any], job: dict[str, Any]) -> None:
        from importlib import metadata

        metadata.version = lambda distribution_name: (
            "0"
        )  # duckdb asks for its own on import, and the sandbox holds no metadata
        import duckdb

        self.duckdb: Any = duckdb
        self.job = job
        config: dict[str, Any] = {
            "threads": 1,
            "memory_limit": f"{max(int(job['memory_mb'] * 0.5), 64)}MB",
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "temp_directory": "",
        }
        try:
            if "file" in database:
                self.connection = duckdb.connect(database["file"], read_only=True, config=config)
            else:
                self.connection = duckdb.connect(":memory:", config=config)
                for script in database["scripts"]:
                    self.connection.execute(script)
        except duckdb.Error as error:
            raise SetupError(str(error)) from error
        self.connection.execute("SET enable_progress_bar=false")
        self.connection.execute("SET lock_configuration=true")

    def run(self, statement: str) -> dict[str, Any]:
        """The table that a statement gives, or why it gives none."""
        duckdb = self.duckdb
        try:
            found = self.connection.extract_statements(statement)
            if len(found) != 1:
                raise RefusedError(f"{len(found)} statements at once")
            if found[0].type != duckdb.StatementType.SELECT:
                raise RefusedError(found[0].type.name)
            reads = bool(self.connection.get_table_names(statement))
            self.connection.execute("BEGIN TRANSACTION READ ONLY")  # a WITH may write before its SELECT reads
            return {**table(self.connection.execute(found[0]), self.job), "reads": reads}
        except RefusedError as refused:
            return {"error": "refused", "message": str(refused)}
        except duckdb.TransactionException as error:
            return {"error": "refused" if "read-only" in str(error) else "query", "message": str(error)}
        except duckdb.ParserException as error:
            return {"error": "syntax", "message": str(error)}
        except duckdb.PermissionException as error:
            return {"error": "refused", "message": str(error)}
        except (duckdb.OutOfMemoryException, duckdb.OutOfRangeException) as error:
            kind = "memory" if isinstance(error, duckdb.OutOfMemoryException) else "query"
            return {"error": kind, "message": str(error)}
        except duckdb.Error as error:
            return {"error": "query", "message": str(error)}
        finally:
            with contextlib.suppress(duckdb.Error):  # there is none where the statement was refused
                self.connection.execute("ROLLBACK")


ENGINES: dict[str, Any] = {"sqlite": Sqlite, "duckdb": Duckdb}


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """What the statements give on each database."""
    found: list[list[dict[str, Any]]] = []
    for database in job["databases"]:
        try:
            engine = ENGINES[job["dialect"]](database, job)
        except SetupError as error:
            found.append([{"error": "setup", "message": str(error)}])
            break
        tables = []
        for statement in job["statements"]:
            try:
                tables.append(engine.run(statement))
            except (MemoryError, RecursionError) as error:
                tables.append({"error": "memory", "message": f"{type(error).__name__}: {error}"})
            except Exception as error:  # noqa: BLE001  # values and texts that Python can't hold: the query's doing
                tables.append({"error": "query", "message": f"{type(error).__name__}: {error}"})
        found.append(tables)
        if "error" in tables[0]:
            break
    return {"databases": found}


def main() -> None:
    """Answer the job on standard input."""
    try:
        result = answer(json.load(sys.stdin))
    except MemoryError:
        result = {"databases": [[{"error": "memory", "message": "out of memory"}]]}
    except Exception as error:  # noqa: BLE001  # it is told as a fault, which no response answers for
        result = {"fault": f"{type(error).__name__}: {error}"}
    with os.fdopen(int(os.environ["REWARDKIT_RESULT_FD"]), "wb", closefd=False) as out:
        out.write(json.dumps(result).encode())


STARTED = time.process_time()

if __name__ == "__main__":
    main()
