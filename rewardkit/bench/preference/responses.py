"""The responses of a file's rows: of rows with a prompt and responses, or of a preference benchmark, label unseen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rewardkit.bench.preference.formats import Reading, is_preference
from rewardkit.bench.preference.formats import detect as detect_format
from rewardkit.data.fields import detect as detect_fields
from rewardkit.data.fields import samples_of
from rewardkit.data.source import Row, Source
from rewardkit.errors import DataError, RowError, UsageError
from rewardkit.sample import Sample


@dataclass(frozen=True, slots=True)
class Responses:
    """Reads the responses of one file's rows."""

    source: Source
    how: str
    read: Callable[[Row], Sequence[Sample]]
    is_group: bool
    """Whether the responses of one row are all that answers its prompt."""

    @classmethod
    def of(cls, source: Source, columns: Mapping[str, str | None] | None, format: str | None) -> Responses:
        first = source.first()
        seen = [row.fields for row in first if row.fields is not None]
        given = any(column is not None for column in (columns or {}).values())
        if format is None and (given or not is_preference(seen)):
            fields = detect_fields(first, columns)
            return cls(source, fields.describe(), lambda row: samples_of(row, fields), False)
        if given:
            raise UsageError("columns can't be named beside a format, which has its own")
        if not seen:
            raise DataError(f"none of the first {len(first)} rows of {source.path} could be read: {first[0].error}")
        form = detect_format(seen, format)
        reading = Reading(source.path)

        def read(row: Row) -> Sequence[Sample]:
            if row.fields is None:
                raise RowError(row.error or "the row could not be read")
            missing = [name for name in form.columns if name not in row.fields]
            if missing:
                raise RowError(f"the row has no {missing[0]!r}")
            return form.read(row.fields, reading).samples

        how = "as given" if format else "detected from the columns; --format names another"
        return cls(source, f"every response of {form.name} rows ({how})", read, True)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """The rows, each with a name that is its own."""
        for row in self.source.rows():
            yield f"{self.source.path}:{row.number}", row


def group_of(sample: Sample) -> Hashable:
    """What responses to one prompt share: the declared group, else the prompt, else nothing."""
    if sample.group is not None:
        return sample.group
    prompt = sample.prompt_text
    return hash(prompt) if prompt else None
