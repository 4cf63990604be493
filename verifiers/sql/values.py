"""Values of results, as they came out of the sandbox: read strictly, and made comparable.

A result is data that hostile code may have written, so nothing of it is believed: neither its shape nor its sizes.
What comes out are Python values whose own equality is the one of SQL values: NULL is None and equals itself, integers,
floats and decimals are equal when the numbers are, true and false are 1 and 0, text is equal letter by letter, and
blobs, dates, lists and the like are equal to their own kind only.
"""

from __future__ import annotations

import bisect
import json
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, TypeAlias

Value: TypeAlias = Any
"""None, int, float, Decimal, str, bytes, or a tuple of a kind and its text or members."""
Row: TypeAlias = tuple[Value, ...]

_LARGEST = 1 << 128
_SMALLEST_TOLERANCE = 1e-12


class Table(NamedTuple):
    """What one statement gave on one database."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    reads: bool = True
    """Whether any table of the database was read."""


class Failure(NamedTuple):
    """Why a statement gave nothing."""

    kind: str
    """syntax, query, refused, rows, bytes, time, memory, setup, or crash."""
    message: str


class UnreadableError(ValueError):
    """A result that is not one."""


def read_result(raw: bytes) -> list[list[Table | Failure]]:
    """The tables of each database.

    Raises:
        UnreadableError: it has another shape than the driver gives it.
    """
    try:
        result = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {type(error).__name__}") from error
    databases = _member(result, "databases", list)
    return [[_table(one) for one in _listed(tables)] for tables in databases]


def fault_of(raw: bytes) -> str | None:
    """What the driver says went wrong with itself."""
    try:
        result = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    fault = result.get("fault") if isinstance(result, dict) else None
    return str(fault)[:500] if fault is not None else None


def _table(value: Any) -> Table | Failure:
    if isinstance(value, dict) and "error" in value:
        return Failure(_member(value, "error", str)[:20], _member(value, "message", str)[:500])
    columns = tuple(str(c) for c in _member(value, "columns", list))
    rows = tuple(tuple(_value(v) for v in _listed(row)) for row in _member(value, "rows", list))
    if any(len(row) != len(columns) for row in rows):
        raise UnreadableError("rows of several widths")
    return Table(columns, rows, value.get("reads") is not False)


def _member(value: Any, name: str, kind: type) -> Any:
    if not isinstance(value, dict) or not isinstance(value.get(name), kind):
        raise UnreadableError(f"no {name}")
    return value[name]


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadableError("no list")
    return value


def _value(value: Any, depth: int = 0) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        if not -_LARGEST <= value <= _LARGEST and isinstance(value, int):
            raise UnreadableError("an integer beyond 128 bits")
        return value
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str) or depth > 20:
        raise UnreadableError("a value of no kind")
    kind, content = value
    if kind == "list":
        return ("list", tuple(_value(v, depth + 1) for v in _listed(content)))
    if not isinstance(content, str):
        raise UnreadableError(f"a {kind[:20]} that is no text")
    try:
        if kind == "blob":
            return bytes.fromhex(content)
        if kind == "decimal" and len(content) < 100:
            return Decimal(content)
    except (ValueError, InvalidOperation) as error:
        raise UnreadableError(f"a {kind} that is none") from error
    return (kind, content)


class Snapping:
    """Brings the numbers of a result onto those of the reference that they equal within a tolerance.

    After it, equality is exact, so rows can be counted instead of compared pair by pair. Numbers of the reference that
    are equal within the tolerance become one. Two integers are never equal by tolerance.

    >>> Snapping([(0.3, 7)], 1e-9)([(0.1 + 0.2, 8)])
    [(0.3, 8)]
    """

    def __init__(self, rows: Iterable[Row], tolerance: float) -> None:
        self._tolerance = tolerance
        self._known: dict[Value, Value] = {}
        numbers = {v for row in rows for v in row if _is_number(v)} if tolerance else set()
        self._sorted: list[Value] = sorted(numbers)
        first: Value = None
        integer: int | None = None  # the one in the run that began with `first`
        for number in self._sorted:
            is_same = first is not None and self._close(first, number)
            if is_same and isinstance(number, int):
                is_same = integer is None
            if not is_same:
                first, integer = number, None
            if isinstance(number, int):
                integer = number
            self._known[number] = first

    def __call__(self, rows: Sequence[Row]) -> list[Row]:
        if not self._sorted:
            return list(rows)
        return [tuple(self._snapped(v) if _is_number(v) else v for v in row) for row in rows]

    def _snapped(self, number: Value) -> Value:
        if number in self._known:
            return self._known[number]
        place = bisect.bisect_left(self._sorted, number)
        near = [n for n in self._sorted[max(place - 1, 0) : place + 1] if self._close(n, number)]
        if isinstance(number, int):
            near = [n for n in near if not isinstance(n, int)]
        if not near:
            return number
        nearest = min(near, key=lambda n: abs(float(n) - float(number)))
        return self._known[nearest]

    def _close(self, a: Value, b: Value) -> bool:
        return math.isclose(
            float(a), float(b), rel_tol=self._tolerance, abs_tol=min(self._tolerance, _SMALLEST_TOLERANCE)
        )


def _is_number(value: Value) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
