"""Chunks of rows that are judged together, and the rows once they are: what a `Plan` is made of.

A unit is what must not be split: a row, a group, or a batch of groups. A chunk is so many whole units that judging them
at once pays, begun as a whole and judged as a whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardkit.data.source import Row
from rewardkit.errors import DataError, RowError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.node import Node
from rewardkit.sample import Sample
from rewardkit.score import Score
from rewardkit.shaping import Shaping

CHUNK_ROWS = 256
CHUNK_CHARS = 1 << 20  # long rows make a chunk full too

ADDED = ("reward", "outcome", "reason")
EXPLAINED = ("evidence", "parts")


@dataclass(frozen=True, slots=True)
class Judged:
    """One input row with its scores, or with the error that kept it from becoming samples."""

    row: Row
    samples: Sequence[Sample]
    scores: Sequence[Score]
    is_many: bool
    error: str | None = None
    shaped: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Columns of group shaping: a value for each sample."""

    def columns(self, prefix: str, explain: bool) -> dict[str, Any]:
        """The columns that it adds to its row; lists where the row holds several responses."""
        if self.error is not None:
            empty = dict.fromkeys((*ADDED, *self.shaped, *(EXPLAINED if explain else ())))
            return {prefix + k: v for k, v in {**empty, "error": self.error}.items()}
        found: dict[str, Sequence[Any]] = {
            "reward": [s.value for s in self.scores],
            "outcome": [s.outcome.value for s in self.scores],
            "reason": [s.reason for s in self.scores],
            **self.shaped,
        }
        if explain:
            found["evidence"] = [dict(s.evidence) for s in self.scores]
            found["parts"] = [_parts(s) for s in self.scores]
        return {prefix + k: v if self.is_many else v[0] for k, v in found.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row under its name for people, and its samples; or the error that kept it from becoming any."""

    where: str
    row: Row
    samples: list[Sample]
    is_many: bool
    error: str | None = None


@dataclass(slots=True)
class Unit:
    """Rows that are judged together."""

    entries: list[Entry] = field(default_factory=list)
    samples: int = 0
    chars: int = 0
    """Roughly how much memory it takes."""

    @classmethod
    def of(cls, entry: Entry) -> Unit:
        """One row."""
        return cls([entry], len(entry.samples), _length(entry.row))

    def add(self, other: Unit) -> None:
        """Put the rows of another behind these."""
        self.entries += other.entries
        self.samples += other.samples
        self.chars += other.chars


@dataclass(frozen=True, slots=True)
class Chunk:
    """Units that are being judged."""

    units: list[Unit]
    chars: int
    pending: Pending
    shaping: Shaping | None

    @classmethod
    def begin(cls, units: list[Unit], reward: Node, shaping: Shaping | None) -> Chunk:
        """Begin to judge the units."""
        samples = [sample for unit in units for entry in unit.entries for sample in entry.samples]
        return cls(units, sum(unit.chars for unit in units), reward.submit(samples), shaping)

    def judged(self) -> list[tuple[str, Judged]]:
        """Wait for the scores: every row under its name."""
        scores = iter(self.pending.result())
        if self.shaping is None:
            return self._with(self.units, list(scores), {})
        found: list[tuple[str, Judged]] = []
        for units in [self.units] if self.shaping.batch is None else [[unit] for unit in self.units]:
            samples = [sample for unit in units for entry in unit.entries for sample in entry.samples]
            own = list(itertools.islice(scores, len(samples)))
            found += self._with(units, own, self.shaping.shape(samples, own))
        return found

    def _with(
        self, units: Sequence[Unit], scores: Sequence[Score], shaped: Mapping[str, Sequence[Any]]
    ) -> list[tuple[str, Judged]]:
        found: list[tuple[str, Judged]] = []
        at = 0
        for entry in itertools.chain.from_iterable(unit.entries for unit in units):
            end = at + len(entry.samples)
            own = {name: values[at:end] for name, values in shaped.items()}
            judged = Judged(entry.row, entry.samples, scores[at:end], entry.is_many, entry.error, own)
            found.append((entry.where, judged))
            at = end
        return found


def batches(groups: Iterable[Unit], rows: int) -> Iterator[Unit]:
    """Batches of whole groups, of at most `rows` responses."""
    batch = Unit()
    for group in groups:
        if group.samples > rows:
            where = group.entries[0].where
            raise DataError(
                f"the group that begins at {where} has {group.samples:,} responses, more than a batch of {rows:,} "
                "holds; raise --advantage-batch"
            )
        if batch.entries and batch.samples + group.samples > rows:
            yield batch
            batch = Unit()
        batch.add(group)
    if batch.entries:
        yield batch


def chunks_of(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    """Units in chunks that are full by rows or by length; what is whole before a fault comes before the fault."""
    chunk: list[Unit] = []
    rows = chars = 0
    try:
        for unit in units:
            chunk.append(unit)
            rows += len(unit.entries)
            chars += unit.chars
            if rows >= CHUNK_ROWS or chars >= CHUNK_CHARS:
                yield chunk
                chunk, rows, chars = [], 0, 0
    except (DataError, RowError):
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def _length(row: Row) -> int:
    """Roughly how much memory a row takes: the characters of its texts, one level deep."""
    if row.fields is None:
        return len(row.raw or "")
    return sum(len(v) if isinstance(v, str) else 64 * len(v) if isinstance(v, list) else 8 for v in row.fields.values())


def _parts(score: Score) -> dict[str, Any]:
    return {
        name: {
            "reward": part.value,
            "outcome": part.outcome.value,
            "reason": part.reason,
            "evidence": dict(part.evidence),
            "parts": _parts(part),
        }
        for name, part in score.parts.items()
    }
