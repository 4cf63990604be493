"""A `Plan`: which rows are scored by which reward, checked whole before the first row, and judged in a stream.

A bounded number of rows is under way at any time, so memory does not grow with the file, and a row that keeps a worker
busy until its deadline holds up no other.

Rows are judged in chunks. Where something reads groups (a gate of the reward, an advantage, a group size to check) a
chunk holds whole groups only, so that the statistics of a group never depend on where a chunk, or an interrupted run,
ended; see `rewardkit.data.grouping`. Chunks follow from the rows alone: a run that goes on at the end of a chunk cuts
the rest as an unbroken run does.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rewardkit.chunks import ADDED, CHUNK_CHARS, Chunk, Entry, Judged, Unit, batches, chunks_of
from rewardkit.data.fields import FieldMap, detect, is_many, lookup, samples_of, stated_group
from rewardkit.data.grouping import Grouping
from rewardkit.data.reading import open_source
from rewardkit.data.source import Row, Source
from rewardkit.errors import DataError, RowError, UsageError
from rewardkit.gates.node import Node
from rewardkit.gates.tree import needs_groups
from rewardkit.sample import Sample
from rewardkit.shaping import Shaping

__all__ = ["Judged", "Plan"]

_AHEAD = 16  # chunks under way: enough to go on past rows that keep workers busy, few enough to bound memory


@dataclass(slots=True)
class Plan:
    """What is to be scored, checked whole before the first row: files, columns, reward."""

    files: Sequence[str]
    reward: Node
    fields: FieldMap
    sources: Sequence[Source]
    limit: int | None = None
    """Rows to take; where groups are read, the group of the last one is taken whole."""
    strict: bool = False
    first: Sequence[Row] = ()
    """The first rows of the first file."""
    group_size: int | None = None
    """How many responses every group must have."""
    shaping: Shaping | None = None
    """What makes the columns of group shaping."""

    @classmethod
    def make(
        cls,
        files: Sequence[str],
        reward: Node,
        columns: dict[str, str | None] | None = None,
        limit: int | None = None,
        strict: bool = False,
        *,
        group_size: int | None = None,
        shaping: Shaping | None = None,
    ) -> Plan:
        """Open the files and find the columns.

        Raises:
            DataError: a file that can't be read.
            UsageError: a column that is not there.
        """
        if files.count("-") > 1:
            raise UsageError("standard input ('-') can be read once only")
        sources = [open_source(file) for file in files]
        first = sources[0].first()
        return cls(files, reward, detect(first, columns), sources, limit, strict, first, group_size, shaping)

    @property
    def total(self) -> int | None:
        """How many rows there are, where the files say so."""
        totals = [source.total for source in self.sources]
        if any(t is None for t in totals):
            return None
        total = sum(t for t in totals if t is not None)
        return total if self.limit is None else min(total, self.limit)

    @property
    def is_grouped(self) -> bool:
        """Whether groups stay whole, because something reads them."""
        return (
            self.group_size is not None
            or self.shaping is not None
            or (dataclasses.is_dataclass(self.reward) and needs_groups(self.reward))
        )

    @property
    def added(self) -> tuple[str, ...]:
        """The columns that every row gets, without `prefix` and without those of `explain`."""
        return (*ADDED, *(self.shaping.columns if self.shaping else ()))

    def rows(self) -> Iterator[tuple[str, Row]]:
        """The name of each row, for people, and the row."""
        named = itertools.chain.from_iterable(_named(source, len(self.sources) > 1) for source in self.sources)
        return named if self.is_grouped else itertools.islice(named, self.limit)

    def judge(self, done: int = 0) -> Iterator[tuple[str, Judged]]:
        """Every row after the first `done`, judged, in order; see `judge_chunks`."""
        return itertools.chain.from_iterable(self.judge_chunks(done))

    def judge_chunks(self, done: int = 0) -> Iterator[list[tuple[str, Judged]]]:
        """The same in chunks. To go on after one, `done` counts its rows too.

        Raises:
            DataError: a file can't be read any further, or a group is broken; what is whole before the fault has been
                given.
            RowError: a malformed row, if the plan is strict; what is whole before it has been given.
        """
        under_way: collections.deque[Chunk] = collections.deque()
        fault: DataError | RowError | None = None
        chunks = chunks_of(self._units(done))
        while fault is None:
            try:
                units = next(chunks, None)
            except (DataError, RowError) as error:
                fault = error
                break
            if units is None:
                break
            under_way.append(Chunk.begin(units, self.reward, self.shaping))
            while len(under_way) > 1 and (
                len(under_way) > _AHEAD or sum(chunk.chars for chunk in under_way) > _AHEAD * CHUNK_CHARS
            ):
                yield under_way.popleft().judged()
        while under_way:
            yield under_way.popleft().judged()
        if fault is not None:
            raise fault

    def sample(self, row: Row) -> tuple[list[Sample], bool]:
        """The samples of a row, and whether it holds several responses; raises `RowError`."""
        samples = samples_of(row, self.fields)
        assert row.fields is not None  # or samples_of would have raised
        return samples, is_many(lookup(row.fields, self.fields.response))

    def first_samples(self) -> list[Sample]:
        """The samples of the first rows, as far as these can be read."""
        samples: list[Sample] = []
        for row in self.first:
            with contextlib.suppress(RowError):
                samples += self.sample(row)[0]
        return samples

    def _units(self, done: int) -> Iterator[Unit]:
        """What a chunk must not split: single rows, whole groups, or whole batches of groups."""
        if not self.is_grouped:
            for entry in self._entries(itertools.islice(self.rows(), done, None)):
                yield Unit.of(entry)
            return
        groups = self._groups(done)
        batch = self.shaping.batch if self.shaping else None
        yield from groups if batch is None else batches(groups, batch)

    def _entries(self, rows: Iterable[tuple[str, Row]]) -> Iterator[Entry]:
        for where, row in rows:
            try:
                samples, several = self.sample(row)
            except RowError as error:
                if self.strict:
                    raise RowError(f"{where}: {error}") from error
                yield Entry(where, row, [], False, str(error))
            else:
                yield Entry(where, row, samples, several)

    def _groups(self, done: int) -> Iterator[Unit]:
        """Whole groups, each with the rows after it that could not become samples; `done` ends with a group."""
        grouping = Grouping(self.fields.group, self.group_size)
        unit = Unit()
        for number, entry in enumerate(self._entries(self.rows())):
            begins = False
            if entry.error is not None:
                grouping.take_lost(stated_group(entry.row, self.fields))
            else:
                place = entry.where if len(self.sources) > 1 else f"{self.sources[0].path}, {entry.where}"
                samples, begins = grouping.take(place, entry.samples, entry.is_many)
                entry = dataclasses.replace(entry, samples=samples)  # noqa: PLW2901  the same row, its group filled in
            if begins and self.limit is not None and number >= self.limit:
                break
            if number < done:
                continue
            if begins and unit.entries:
                yield unit
                unit = Unit()
            unit.add(Unit.of(entry))
        else:
            grouping.end()
        if unit.entries:
            yield unit


def _named(source: Source, is_one_of_several: bool) -> Iterator[tuple[str, Row]]:
    for row in source.rows():
        yield f"{source.path}, row {row.number}" if is_one_of_several else f"row {row.number}", row
