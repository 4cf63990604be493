"""Whether two results are the same, as the reference's query means it.

Rows are compared as a multiset, or in order where the reference orders, up to ties; columns by place, or in any order
that fits all rows. Column names do not count. Numbers are brought onto those of the reference by `values.Snapping`
first, so every comparison here is exact and linear in the rows.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from rewardkit.verifiers.sql.ordering import Group
from rewardkit.verifiers.sql.values import Row, Snapping, Table

Columns: TypeAlias = Literal["strict", "any order"]
Duplicates: TypeAlias = Literal["count", "ignore"]

_MAX_CELLS = 1_000_000
"""Cells that a search for the order of columns looks at before it gives up."""


class Rules(NamedTuple):
    """What counts as a difference."""

    columns: Columns = "strict"
    duplicates: Duplicates = "count"
    tolerance: float = 1e-9


class Expected(NamedTuple):
    """The reference's result on one database."""

    table: Table
    groups: list[Group] | None
    """Its rows in groups that tie, in order; None where ties can't be known."""
    is_ordered: bool

    @property
    def is_order_seen(self) -> bool:
        """Whether the order of rows makes any difference."""
        return self.is_ordered and len(self.table.rows) > 1 and (self.groups is None or len(self.groups) > 1)


class Difference(NamedTuple):
    """How a result differs."""

    reason: str
    """A clause without its full stop."""
    missing: Sequence[Row] = ()
    extra: Sequence[Row] = ()
    is_open: bool = False
    """Whether it could not be found out."""


def difference(expected: Expected, found: Table, rules: Rules) -> Difference | None:
    """How `found` differs from what is expected; None when it does not."""
    width, theirs = len(expected.table.columns), len(found.columns)
    if width != theirs:
        return Difference(f"it returns {_many(theirs, 'column')} where the reference returns {width}")
    groups = expected.groups or []
    snap = Snapping(itertools.chain(expected.table.rows, *(g.rows for g in groups)), rules.tolerance)
    table = Table(expected.table.columns, tuple(snap(expected.table.rows)))
    exact = Expected(table, [Group(snap(g.rows), g.kept) for g in groups] if groups else None, expected.is_ordered)
    rows = snap(found.rows)
    if rules.duplicates == "ignore":
        exact = Expected(Table(table.columns, tuple(dict.fromkeys(table.rows))), None, False)
        rows = list(dict.fromkeys(rows))
    if len(rows) != len(exact.table.rows):
        return _rows_differ(
            exact.table.rows, rows, f"{_many(len(rows), 'row')} where the reference has {len(exact.table.rows)}"
        )
    if rules.columns == "strict" or width < 2:
        return None if _fits(exact, rows) else _rows_differ(exact.table.rows, rows, "")
    return _any_order(exact, rows)


def _any_order(expected: Expected, rows: Sequence[Row]) -> Difference | None:
    if _fits(expected, rows):
        return None
    budget = _MAX_CELLS // max(len(rows) * len(expected.table.columns), 1)
    for order in itertools.islice(_orders(expected, rows), budget + 1):
        if budget <= 0:
            return Difference("its columns can be ordered in too many ways to try them all", is_open=True)
        budget -= 1
        if _fits(expected, [tuple(row[i] for i in order) for row in rows]):
            return None
    return _rows_differ(expected.table.rows, rows, "in no order of the columns are the rows the same")


def _orders(expected: Expected, rows: Sequence[Row]) -> Iterator[tuple[int, ...]]:
    """Orders of the found columns in which each holds the values of the expected one; all, where a LIMIT cuts a tie."""
    width = len(expected.table.columns)
    is_cut = any(g.kept < len(g.rows) for g in expected.groups or ())
    mine = [Counter(row[i] for row in expected.table.rows) for i in range(width)]
    theirs = [Counter(row[i] for row in rows) for i in range(width)]
    fitting = [[j for j in range(width) if is_cut or mine[i] == theirs[j]] for i in range(width)]

    def extend(chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(chosen) == width:
            yield chosen
            return
        tried: list[tuple[object, ...]] = []
        for j in fitting[len(chosen)]:
            if j in chosen:
                continue
            column = tuple(row[j] for row in rows)
            if column in tried:  # the same column once more
                continue
            tried.append(column)
            yield from extend((*chosen, j))

    return extend(())


def _fits(expected: Expected, rows: Sequence[Row]) -> bool:
    if not expected.is_ordered:
        return _fits_unordered(expected, rows)
    if expected.groups is None:
        return list(expected.table.rows) == list(rows)
    position = 0
    for group in expected.groups:
        piece = Counter(rows[position : position + group.kept])
        if not piece <= Counter(group.rows):
            return False
        position += group.kept
    return position == len(rows)


def _fits_unordered(expected: Expected, rows: Sequence[Row]) -> bool:
    found = Counter(rows)
    if found == Counter(expected.table.rows):
        return True
    cut = [g for g in expected.groups or () if g.kept < len(g.rows)]  # one at each end at most
    whole = Counter(row for g in expected.groups or () if g.kept == len(g.rows) for row in g.rows)
    if not cut or not whole <= found:
        return False
    rest = found - whole
    first, last = Counter(cut[0].rows), Counter(row for g in cut[1:] for row in g.rows)
    must = sum(max(count - last[row], 0) for row, count in rest.items())  # of the first, for want of others
    may = sum(min(count, first[row]) for row, count in rest.items())
    return rest <= first + last and must <= cut[0].kept <= may


def _rows_differ(expected: Sequence[Row], found: Sequence[Row], reason: str) -> Difference:
    missing = Counter(expected) - Counter(found)
    extra = Counter(found) - Counter(expected)
    if not missing and not extra:
        return Difference("the rows are right, their order is not")
    count = _many(missing.total(), "row")
    return Difference(
        reason or f"{count} of the reference {'is' if missing.total() == 1 else 'are'} not in it",
        list(itertools.islice(missing, 3)),
        list(itertools.islice(extra, 3)),
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
