"""Scored responses, group by group, from files.

    scored = Scored.open(["scored.jsonl"])
    for group in scored.groups():
        print(group.name, [response.reward for response in group.responses])

The files are what `rewardkit score` writes, or any rows with a reward: a number, null (or NaN) for a response that
could not be scored, a list where the row holds several responses. A response *passes* when its outcome is CORRECT;
with `pass_at`, or without a column of outcomes, when its reward is at least that (1 unless told otherwise).

One group is held in memory at a time; what must hold of groups is in `rewardkit.data.grouping`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardkit.data.fields import FieldMap, columns_of, detect, has_column, is_many, samples_of, stated_group, value_at
from rewardkit.data.grouping import Grouping
from rewardkit.data.reading import open_source
from rewardkit.data.source import Row, Source
from rewardkit.errors import RowError, UsageError, nearest
from rewardkit.gates.checks import LARGEST
from rewardkit.sample import Sample
from rewardkit.score import Outcome

REWARD_COLUMNS = ("reward", "rewards", "score", "reward_score")
"""Where the reward is looked for, in order of priority."""

UNSCORED = "UNSCORED"
"""Stands for the outcome of a response without a reward, in files that have no outcomes."""

DEFAULT_PASS = 1.0

_ROUNDING = 4 * 2.0**-52
"""Rewards of a group that differ by no more than this share of the largest are equal but for rounding."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response and what it was paid."""

    where: str
    """File and row, for people."""
    row: Row
    sample: Sample
    reward: float | None
    """None where it could not be scored."""
    outcome: str
    """As in the file; else CORRECT, INCORRECT or UNSCORED by its reward."""
    passes: bool


@dataclass(slots=True)
class ScoredGroup:
    """All responses to one prompt."""

    name: str
    """Its id; of a group that has none, file and row where it begins."""
    responses: list[Response] = field(default_factory=list)
    key: str = ""
    """What chance is drawn from: the id, or what stands for it, whatever the file is called. Empty: the name."""
    lost: list[tuple[str, str]] = field(default_factory=list)
    """Rows among them that could not be read: file and row, and why."""

    @property
    def scored(self) -> list[Response]:
        """The responses that have a reward."""
        return [response for response in self.responses if response.reward is not None]

    @property
    def pass_rate(self) -> float | None:
        """Share of the scored responses that pass; None without any."""
        scored = self.scored
        return sum(response.passes for response in scored) / len(scored) if scored else None

    @property
    def is_equal(self) -> bool:
        """Whether all rewards are one and the same, up to rounding, so that comparing them teaches nothing."""
        rewards = [response.reward for response in self.responses if response.reward is not None]
        if not rewards:
            return True
        low, high = min(rewards), max(rewards)
        return high - low <= _ROUNDING * max(abs(low), abs(high))


@dataclass(slots=True)
class Scored:
    """Files of scored responses, and which column is what."""

    sources: Sequence[Source]
    fields: FieldMap
    reward: str
    """Column of the reward."""
    outcome: str | None
    """Column of the outcome; None when there is none."""
    error: str | None
    """Column that says why a row could not be scored; None when there is none."""
    pass_at: float | None = None
    """The least reward that passes; None to go by the outcome."""
    group_size: int | None = None
    first: Sequence[Row] = ()
    """The first rows of the first file."""

    @classmethod
    def open(
        cls,
        files: Sequence[str],
        columns: Mapping[str, str | None] | None = None,
        *,
        reward: str | None = None,
        outcome: str | None = None,
        pass_at: float | None = None,
        group_size: int | None = None,
        needs_response: bool = True,
    ) -> Scored:
        """Open the files and find the columns: those of the roles by `columns`, and those of reward and outcome.

        Raises:
            DataError: a file that can't be read.
            UsageError: a column that is not there.
        """
        if files.count("-") > 1:
            raise UsageError("standard input ('-') can be read once only")
        if pass_at is not None and not math.isfinite(pass_at):
            raise UsageError(f"--pass-at must be a finite number, not {pass_at}")
        sources = [open_source(file) for file in files]
        first = sources[0].first()
        fields = detect(first, columns, needs_response=needs_response)
        seen = [row.fields for row in first if row.fields is not None]
        found = _reward_column(seen, reward)
        prefix = found.removesuffix("reward") if found.endswith("reward") else ""
        if outcome is not None:
            _require_column(seen, outcome, "outcome")
        elif any(f"{prefix}outcome" in row for row in seen):
            outcome = f"{prefix}outcome"
        return cls(sources, fields, found, outcome, f"{prefix}error", pass_at, group_size, first)

    def describe(self) -> str:
        """Which column is what, and what it is to pass; to be said aloud.

        >>> Scored([], FieldMap("response", group="uid"), "reward", None, None).describe()
        'reward=reward, response=response, group=uid (...); no reference; a response passes with a reward from 1 up'
        """
        passing = "its outcome is CORRECT" if self._by_outcome else f"a reward from {self._least:g} up"
        how = "when" if self._by_outcome else "with"
        return f"reward={self.reward}, {self.fields.describe()}; a response passes {how} {passing}"

    def groups(self) -> Iterator[ScoredGroup]:
        """The groups in order.

        Raises:
            DataError: a file can't be read any further, or a group is broken; the groups before the fault have been
                given.
        """
        grouping = Grouping(self.fields.group, self.group_size)
        group = ScoredGroup("")
        for where, row in itertools.chain.from_iterable(map(_named, self.sources)):
            try:
                responses, several = self._responses(where, row)
            except RowError as error:
                grouping.take_lost(stated_group(row, self.fields))
                group.lost.append((where, str(error)))
                continue
            samples, begins = grouping.take(where, [response.sample for response in responses], several)
            if begins:
                if group.responses:
                    yield group
                    group = ScoredGroup("")
                group.key = samples[0].group or where
                group.name = where if self.fields.group is None else group.key
            group.responses += responses
        grouping.end()
        if group.responses or group.lost:
            yield group

    @property
    def _by_outcome(self) -> bool:
        return self.outcome is not None and self.pass_at is None

    @property
    def _least(self) -> float:
        return DEFAULT_PASS if self.pass_at is None else self.pass_at

    def _responses(self, where: str, row: Row) -> tuple[list[Response], bool]:
        if row.fields is None:
            raise RowError(row.error or "the row could not be read")
        error = row.fields.get(self.error) if self.error else None
        if error is not None:
            raise RowError(str(error))
        rewards = value_at(row.fields, self.reward)
        samples, several = self._samples(row, rewards)
        paid = _in_list(rewards, several, len(samples), self.reward)
        outcomes: list[Any] = [None] * len(samples)
        if self.outcome is not None:
            outcomes = _in_list(value_at(row.fields, self.outcome), several, len(samples), self.outcome)
        return [
            self._response(where, row, sample, _number(value, self.reward), outcome)
            for sample, value, outcome in zip(samples, paid, outcomes, strict=True)
        ], several

    def _samples(self, row: Row, rewards: Any) -> tuple[list[Sample], bool]:
        assert row.fields is not None
        if self.fields.response:
            return samples_of(row, self.fields), is_many(value_at(row.fields, self.fields.response))
        prompt = value_at(row.fields, self.fields.prompt) if self.fields.prompt else ""
        several = isinstance(rewards, list)
        if rewards == []:
            raise RowError(f"{self.reward} is an empty list; expected a reward")
        group = stated_group(row, self.fields)
        one = Sample(response="", prompt=prompt or "", group=group)
        return [one] * (len(rewards) if several else 1), several

    def _response(self, where: str, row: Row, sample: Sample, reward: float | None, outcome: Any) -> Response:
        passes = reward is not None and (outcome == Outcome.CORRECT if self._by_outcome else reward >= self._least)
        if not isinstance(outcome, str):
            outcome = UNSCORED if reward is None else Outcome.CORRECT.value if passes else Outcome.INCORRECT.value
        return Response(where, row, sample, reward, outcome, passes)


def _named(source: Source) -> Iterator[tuple[str, Row]]:
    return ((f"{source.path}, row {row.number}", row) for row in source.rows())


def _reward_column(seen: Sequence[Mapping[str, Any]], given: str | None) -> str:
    if given is not None:
        _require_column(seen, given, "reward")
        return given
    for name in REWARD_COLUMNS:
        if any(name in row for row in seen):
            return name
    raise UsageError(
        f"no column looks like the reward (looked for {', '.join(REWARD_COLUMNS)}); columns: "
        f"{', '.join(columns_of(seen))}; name it with --reward-field, or score the file first: rewardkit score"
    )


def _require_column(seen: Sequence[Mapping[str, Any]], column: str, role: str) -> None:
    if not any(has_column(row, column) for row in seen):
        raise UsageError(f"there is no column {column!r} to take the {role} from; {nearest(column, columns_of(seen))}")


def _in_list(value: Any, several: bool, count: int, column: str) -> list[Any]:
    """The values of one row, one for each of its responses."""
    if not several:
        return [value]
    if value is None:
        return [None] * count
    if not isinstance(value, (list, tuple)) or len(value) != count:
        raise RowError(f"the row holds {count} responses, so {column} must be a list of as many values")
    return list(value)


def _number(value: Any, column: str) -> float | None:
    """A reward as a finite number; None for null and NaN."""
    if value is None:
        return None
    if not isinstance(value, (int, float)):
        if value == "NaN":
            return None
        raise RowError(f"{column} is {type(value).__name__} {str(value)[:40]!r}; expected a number or null")
    number = float(value)
    if math.isnan(number):
        return None
    if abs(number) > LARGEST:
        raise RowError(f"{column} is {number:g}; expected a number no further from 0 than {LARGEST:g}, or null")
    return number
