"""Queries run in the sandbox: what to send, what came back, and what is kept.

    [results] = run_query(Request(("SELECT 1",), reference.databases, "sqlite", limits)).databases

The reference's query has runs of its own, whose results are kept in this process (`reference_results`); the process
that runs a response's query never holds them.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import json
import marshal
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from rewardkit.errors import RewardkitError
from rewardkit.verifiers.sql import driver
from rewardkit.verifiers.sql.lexer import Dialect
from rewardkit.verifiers.sql.reference import BadReferenceError, Database
from rewardkit.verifiers.sql.values import Failure, Table, UnreadableError, fault_of, read_result

if TYPE_CHECKING:
    from rewardkit.verifiers.code.sandbox import Execution, Sandbox

_FILES_BYTES = 256 << 20
_RESULT_CELLS = 2_000_000
_RESULT_BYTES = 32 << 20
_OVERHEAD_BYTES = 4096
_ENGINE_MB: dict[Dialect, int] = {"sqlite": 0, "duckdb": 512}
"""Address space that an engine takes for itself: DuckDB crashes where it gets none of what it reserves."""
_MAGIC: dict[Dialect, tuple[int, bytes]] = {"sqlite": (0, b"SQLite format 3\0"), "duckdb": (8, b"DUCK")}
"""Where the file of each engine says what it is."""


class Caps(NamedTuple):
    """What one run may take."""

    time_s: float = 5.0
    """Processor seconds for one query on one database; also for the script that fills it."""
    memory_mb: int = 512
    max_rows: int = 20_000
    max_bytes: int = 4 << 20
    max_database_mb: int = 256


class Request(NamedTuple):
    """Statements to run on each of some databases."""

    statements: tuple[str, ...]
    databases: tuple[Database, ...]
    dialect: Dialect
    caps: Caps
    allow_weak: bool = False


class Results(NamedTuple):
    """What came back."""

    databases: Sequence[Sequence[Table | Failure]]
    """For each database, up to the first in which the first statement failed, a table a statement."""
    isolation: str
    """What stood between the query and the machine."""

    @property
    def failure(self) -> Failure | None:
        """Why the first statement failed on some database; None where it ran on all."""
        for tables in self.databases:
            if isinstance(tables[0], Failure):
                return tables[0]
        return None


class RunError(RewardkitError):
    """Our side failed: no sandbox, or the program inside it broke without any doing of the query."""


K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The most recently used values, up to a total size; a value that is being made is made once."""

    def __init__(self, capacity: int, size: Callable[[V], int]) -> None:
        self._capacity, self._size = capacity, size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()
        self._making: dict[K, threading.Lock] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value kept for `key`, made first where there is none; what `make` raises is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            self._keep(key, value)
            return value

    def _keep(self, key: K, value: V) -> None:
        size = self._size(value)
        with self._lock:
            if size > self._capacity or key in self._values:
                return
            self._values[key] = value
            self._total += size
            while self._total > self._capacity:
                _, oldest = self._values.popitem(last=False)
                self._total -= self._size(oldest)


class _File(NamedTuple):
    """A file as it was: the same path with the same time and size is taken for the same file."""

    path: str
    modified_ns: int
    size: int


_files: Kept[_File, bytes] = Kept(_FILES_BYTES, len)


def _cells(results: Results) -> int:
    failure = results.failure
    if failure is not None and failure.kind in ("time", "memory", "crash"):
        return _RESULT_CELLS + 1  # may come out differently the next time: not kept
    tables = (t for tables in results.databases for t in tables if isinstance(t, Table))
    return 10 + sum(len(t.rows) * (1 + len(t.columns)) for t in tables)


_results: Kept[tuple[Request, tuple[_File, ...]], Results] = Kept(_RESULT_CELLS, _cells)


def reference_results(request: Request) -> Results:
    """The results of a reference's query, kept for the next responses to it.

    Raises:
        BadReferenceError: a file that it names can't be used.
        RunError: our side failed.
    """
    files = tuple(_file(database.path, request.caps) for database in request.databases if database.path is not None)
    return _results.get((request, files), lambda: run_query(request))


def run_query(request: Request) -> Results:
    """Run the statements in one sandbox, on one database after the other.

    Raises:
        BadReferenceError: a file that the reference names can't be used.
        RunError: our side failed, twice.
    """
    from rewardkit.verifiers.code.sandbox import Job, Limits

    caps = request.caps
    files: dict[str, bytes] = {}
    databases: list[dict[str, object]] = []
    for i, database in enumerate(request.databases):
        if database.path is None:
            databases.append({"scripts": database.scripts})
        else:
            databases.append({"file": f"{i}.db"})
            files[f"{i}.db"] = _content(_file(database.path, caps), request.dialect)
    time_s = caps.time_s * len(databases) * len(request.statements)
    job = {
        "dialect": request.dialect,
        "statements": request.statements,
        "databases": databases,
        "max_rows": caps.max_rows,
        "max_bytes": caps.max_bytes,
        "cpu_s": time_s,
        "memory_mb": caps.memory_mb,
    }
    room = min(caps.max_bytes * len(databases) * len(request.statements), _RESULT_BYTES) + _OVERHEAD_BYTES
    limits = Limits(
        cpu_s=time_s + 0.5,  # the driver ends a query first, and says so
        memory_mb=caps.memory_mb + _ENGINE_MB[request.dialect],
        output_bytes=2 * room,
        file_bytes=2 * room,
        scratch_mb=64 + sum(len(content) for content in files.values()) // 1_000_000,
    )
    program = Job(
        source=_program(),
        stdin=json.dumps(job).encode(),
        files=files,
        limits=limits,
        flavour="plain" if request.dialect == "sqlite" else "auto",
    )
    return _read(_executed(lambda: _sandbox(request.allow_weak).run(program)))


def is_installed(dialect: Dialect) -> bool:
    """Whether the engine of a dialect is there; SQLite always is."""
    return dialect == "sqlite" or importlib.util.find_spec("duckdb") is not None


def _sandbox(allow_weak: bool) -> Sandbox:
    from rewardkit.verifiers.code.sandbox import default_sandbox

    return default_sandbox(allow_weak)


def _executed(run: Callable[[], Execution]) -> Execution:
    """A run whose own faults are tried once more."""
    from rewardkit.verifiers.code.sandbox import SandboxError

    for is_last in (False, True):
        try:
            execution = run()
            fault = fault_of(execution.result)
        except SandboxError as error:
            fault = str(error)
        if fault is None:
            return execution
        if is_last:
            raise RunError(fault)
    raise AssertionError("unreachable")


def _read(execution: Execution) -> Results:
    from rewardkit.verifiers.code.sandbox import Status

    ended = {
        Status.TIME_LIMIT: Failure("time", "it ran past the time limit"),
        Status.MEMORY_LIMIT: Failure("memory", "it ran past the memory limit"),
        Status.OUTPUT_LIMIT: Failure("bytes", "it returned more bytes than the limit"),
    }
    failure = ended.get(execution.status)
    if failure is None and execution.status is not Status.OK:
        how = f"signal {execution.signal}" if execution.signal else f"exit code {execution.exit_code}"
        failure = Failure("crash", f"the process that ran it ended with {how}")
    if failure is None:
        try:
            databases = read_result(execution.result)
            if databases and all(databases):
                return Results(databases, execution.isolation)
            failure = Failure("crash", "the process that ran it left no result")
        except UnreadableError as error:
            failure = Failure("crash", f"the process that ran it left a result that can't be read: {error}")
    return Results([[failure]], execution.isolation)


@functools.cache
def _program() -> str:
    """The driver, compiled already for the interpreter that it was compiled by, which saves half of a short run."""
    source = inspect.getsource(driver)
    code = marshal.dumps(compile(source, "driver.py", "exec"))
    compiled = f"marshal.loads({code!r}) if sys.version == {sys.version!r} else {source!r}"
    return f"import marshal, sys\nexec({compiled})\n"


def _file(path: str, caps: Caps) -> _File:
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise BadReferenceError(f"the database {path!r} can't be read: {type(error).__name__}") from error
    if status.st_size > caps.max_database_mb * 1_000_000:
        raise BadReferenceError(
            f"the database {path!r} has {status.st_size // 1_000_000} MB, more than the option max_database_mb allows"
        )
    return _File(path, status.st_mtime_ns, status.st_size)


def _content(file: _File, dialect: Dialect) -> bytes:
    def read() -> bytes:
        try:
            with open(file.path, "rb") as opened:
                return opened.read(file.size + 1)
        except OSError as error:
            raise BadReferenceError(f"the database {file.path!r} can't be read: {type(error).__name__}") from error

    content = _files.get(file, read)
    offset, magic = _MAGIC[dialect]
    if content[offset : offset + len(magic)] != magic:
        raise BadReferenceError(f"the file {file.path!r} is no {dialect} database")
    return content
