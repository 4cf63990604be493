"""Whole groups: the rows of one prompt, found and checked as they stream by.

    grouping = Grouping(group_column="uid", size=8)
    for where, row in rows:
        samples, begins = grouping.take(where, samples_of(row, fields), is_many)   # `begins`: a new group
    grouping.end()

What a row's group is, in order of priority: the id in its group column; itself, when it holds several responses; its
prompt. `take` gives the samples back with that as their `group`, so that whatever reads groups finds one.

The rows of a group must stand together, so that one group at a time is held in memory. What can't be right is one
`DataError` that names row and group: a group that comes back after its end, holds two prompts, has another size than
was promised, or is larger than `GROUP_SAMPLES` or `GROUP_CHARS`. A group that comes back is found as long as no more
than `REMEMBERED` others lie between its parts; that is what bounds the memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rewardkit.errors import DataError
from rewardkit.sample import Sample

GROUP_SAMPLES = 16_384
"""Responses that a group may have at most: it is held in memory whole."""

GROUP_CHARS = 1 << 28
"""Characters that the responses of a group may have at most, together."""

REMEMBERED = 1 << 17
"""Groups that are remembered at least, and half of those that are remembered at most."""

_DIGEST_BYTES = 8


@dataclass(slots=True)
class _Open:
    """The group that the last row belongs to."""

    key: str
    name: str
    """For people."""
    prompt: str
    first: str
    """Its first row."""
    last: str
    lost_before: int = 0
    """Rows between the group before and this one that could not be read."""
    samples: int = 0
    chars: int = 0


@dataclass(slots=True)
class Grouping:
    """Follows the rows of a run and tells where groups begin."""

    group_column: str | None = None
    """For the messages alone: the column of the ids; None when there is none."""
    size: int | None = None
    """How many responses every group must have; None for any number."""
    _open: _Open | None = None
    _lost: int = 0
    """Rows since the last one that could not be read: they may belong to the open group, or to the next."""
    _recent: dict[bytes, str] = field(default_factory=dict)
    _older: dict[bytes, str] = field(default_factory=dict)

    def take(self, where: str, samples: Sequence[Sample], is_many: bool) -> tuple[list[Sample], bool]:
        """The samples of the next row with their group, and whether that group begins with them.

        Raises:
            DataError: the row breaks a group; see above.
        """
        first = samples[0]
        key, group, name = self._identity(where, first, is_many)
        begins = self._open is None or self._open.key != key
        if begins:
            self._close()
            self._refuse_return(key, name, where)
            self._open = _Open(key, name, first.prompt_text, where, where, self._lost)
        opened = self._open
        assert opened is not None
        opened.last = where
        if not begins:
            opened.samples += self._lost  # lost rows between two of its own are its own
        self._lost = 0
        for sample in samples:
            if sample.prompt_text != opened.prompt:
                raise DataError(
                    f"{where}: {name} mixes prompts: this row has another prompt than {opened.first}, and rewards for "
                    "different prompts can't be compared; name the right column with --group-field"
                )
        opened.samples += len(samples)
        opened.chars += sum(len(sample.response_text) for sample in samples)
        self._refuse_large(opened, where)
        kept = [s if s.group == group else replace(s, group=group) for s in samples]
        return kept, begins

    def take_lost(self, group: str | None) -> None:
        """Note a row that could not become a sample; `group` is the id in its group column, if that can be read."""
        if group is not None and self._open is not None and self._open.key == f"id:{group}":
            self._open.samples += 1  # it is one of the group's, only that it can't be judged
        else:
            self._lost += 1

    def end(self) -> None:
        """All rows have been taken; raises as `take` does when the last group is incomplete."""
        self._close()

    def _identity(self, where: str, sample: Sample, is_many: bool) -> tuple[str, str, str]:
        """What tells the group from others, the id that its samples get, and its name for people."""
        if sample.group is not None and (self.group_column is not None or not is_many):
            return f"id:{sample.group}", sample.group, f"group {_short(sample.group)!r}"
        if is_many:
            return f"row:{where}", where, f"the group of {where}"
        prompt = sample.prompt_text
        if not prompt:
            column = f"{self.group_column!r} is empty" if self.group_column else "there is no group column"
            raise DataError(
                f"{where} belongs to no group: {column} and the row has no prompt; what reads groups needs the "
                "responses to one prompt together: name a column with --group-field or --prompt-field"
            )
        digest = hashlib.blake2b(prompt.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
        return f"prompt:{digest}", f"prompt-{digest}", f"the group of the prompt {_short(prompt)!r}"

    def _close(self) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        missing = 0 if self.size is None else self.size - opened.samples - opened.lost_before
        if missing > self._lost:
            raise DataError(
                f"{opened.last}: {opened.name} ends here with {opened.samples:,} responses, expected {self.size:,} "
                f"(it begins at {opened.first}); statistics over a part of a group would look complete"
            )
        self._lost -= max(0, missing)
        if len(self._recent) >= REMEMBERED:
            self._older, self._recent = self._recent, {}
        self._recent[_digest(opened.key)] = opened.last

    def _refuse_return(self, key: str, name: str, where: str) -> None:
        digest = _digest(key)
        before = self._recent.get(digest) or self._older.get(digest)
        if before is not None:
            raise DataError(
                f"{where}: {name} comes back after it ended at {before}; the rows of a group must stand together, and "
                "ids must not be used twice: sort the rows by group, or make the ids distinct"
            )

    def _refuse_large(self, opened: _Open, where: str) -> None:
        if self.size is not None and opened.samples > self.size:
            raise DataError(
                f"{where}: {opened.name} has more than the {self.size:,} responses that were expected "
                f"(it begins at {opened.first})"
            )
        if opened.samples > GROUP_SAMPLES:
            raise DataError(
                f"{where}: {opened.name} has more than {GROUP_SAMPLES:,} responses (it begins at {opened.first}); a "
                "group is held in memory whole. Is the group column the right one?"
            )
        if opened.chars > GROUP_CHARS:
            raise DataError(
                f"{where}: the responses of {opened.name} have more than {GROUP_CHARS:,} characters (it begins at "
                f"{opened.first}); a group is held in memory whole"
            )


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[:limit] + "..."
