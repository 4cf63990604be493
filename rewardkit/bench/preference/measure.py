"""`measure`: the preference accuracy of a reward on the files of a benchmark, in one pass and bounded memory.

    report = measure(reward, ["chat_filtered.json", "code_filtered.json"])
    print(report.headline)

A row of which any response has no value (the reward could not judge it) is unscored: counted apart with its reasons,
and neither right nor wrong. A row that can't be compared at all is malformed.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rewardkit.bench.preference.comparison import Comparison, Result, Table, Tally
from rewardkit.bench.preference.estimates import Estimate
from rewardkit.bench.preference.formats import Format, Reading, detect
from rewardkit.bench.preference.grid import Grid, between, markdown, percent
from rewardkit.bench.preference.judge import Places, both_orders, support, why_not
from rewardkit.bench.preference.pairwise import EQUAL, StrictTally
from rewardkit.bench.preference.streaming import scored
from rewardkit.data.reading import open_source
from rewardkit.data.source import Source
from rewardkit.errors import DataError, RowError, UsageError
from rewardkit.gates.node import Node
from rewardkit.sample import Sample
from rewardkit.score import Score

SCHEMA = "rewardkit.bench.preference/1"
BOTH_ORDERS = (
    "the judge sees each pair in both orders; right where its two verdicts together favour the better response"
)
_REASONS = 100  # distinct reasons that are told apart
_REASON_CHARS = 160

Reasons = collections.Counter[str]


@dataclass(frozen=True, slots=True)
class PreferenceReport:
    """The figures of one reward on one benchmark."""

    reward: str
    files: tuple[str, ...]
    format: str
    how: str
    """Whether the format was given or detected."""
    rule: str
    rows: int
    unscored: int
    malformed: int
    result: Result
    reasons: tuple[tuple[str, int], ...]
    """Why rows were unscored or malformed, the most frequent first."""

    @property
    def headline(self) -> Estimate:
        """The figure that the benchmark is known by."""
        return self.result.headline

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was measured on what, in words."""
        apart = [f"{self.unscored:,} unscored", f"{self.malformed:,} malformed"]
        return (
            ("reward", self.reward),
            ("files", ", ".join(self.files)),
            ("format", f"{self.format} ({self.how})"),
            ("rule", self.rule),
            ("rows", f"{self.rows:,}, of them {' and '.join(apart)}, which count as neither right nor wrong"),
            (self.headline.name, f"{percent(self.headline.value)} ({_interval(self.headline)})"),
        )

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The tables, as cells of text."""
        tables = (Table("result", (self.headline,)), *self.result.tables)
        grids = [Grid(t.title, _HEADER, tuple(map(_cells, t.estimates)), t.is_detail) for t in tables]
        if self.reasons:
            rows = tuple((reason, f"{count:,}") for reason, count in self.reasons)
            grids.append(Grid("not counted", ("why", "rows"), rows))
        return tuple(grids)

    def as_json(self) -> dict[str, Any]:
        """Plain data; `schema` names its shape.

        Keys: schema, reward, files, format, rule, rows, unscored, malformed, headline (an estimate), tables (each with
        title and estimates), notes, reasons (each with reason and rows). An estimate has name, value, low, high, n,
        credit, unscored and interval, which names the method: wilson, mover, normal or none.
        """
        return {
            "schema": SCHEMA,
            "reward": self.reward,
            "files": list(self.files),
            "format": self.format,
            "rule": self.rule,
            "rows": self.rows,
            "unscored": self.unscored,
            "malformed": self.malformed,
            "headline": self.headline.as_json(),
            "tables": [
                {"title": table.title, "estimates": [e.as_json() for e in table.estimates]}
                for table in self.result.tables
            ],
            "notes": list(self.result.notes),
            "reasons": [{"reason": reason, "rows": count} for reason, count in self.reasons],
        }

    def as_markdown(self) -> str:
        """A page of Markdown."""
        return markdown(f"Preference accuracy of {self.reward}", self.facts, self.grids, self.result.notes)


def measure(
    reward: Node,
    files: Sequence[str],
    format: str | None = None,
    *,
    passes: int = 1,
    is_pairwise: bool = False,
    reference: str | None = None,
    limit: int | None = None,
    on_format: Callable[[str], None] = lambda said: None,
    on_row: Callable[[int], None] = lambda rows: None,
) -> PreferenceReport:
    """Score every response of the files' rows, and count by the rule of their format.

    Args:
        format: The name of the format; by default it is recognised by the columns.
        passes: How often each pair of JudgeBench is scored, 1 or 2, for rewards that do not always say the same.
        is_pairwise: Whether `reward` is a `Judge`, which compares: it sees each pair in both orders.
        reference: The column of a reference, for rewards that need one.
        limit: Take the first rows only.
        on_format: Called with a sentence that says which format the rows are read as.
        on_row: Called with the number of rows done.

    Raises:
        UsageError: no known format, different formats in one call, `passes` with a format that has none, or a judge of
            pairs for a format with more than two responses.
        DataError: a file that can't be read, or no row that could be scored.
    """
    sources = [open_source(file) for file in files]
    form = _agreed(sources, format)
    how = "as given" if format else "detected from the columns; --format names another"
    rule = BOTH_ORDERS if is_pairwise else form.rule
    on_format(f"read as {form.name} ({how}): {rule}")
    if passes != 1 and form.name != "judgebench":
        raise UsageError(f"passes is {passes}, and only judgebench rows can be seen twice; these are {form.name}")
    if is_pairwise and (passes != 1 or not issubclass(form.tally, StrictTally)):
        raise UsageError(
            f"a judge of pairs sees each pair once an order; {form.name} rows, or more passes, do not fit it"
        )
    tally, reasons, places = form.tally(), Reasons(), Places()
    rows = unscored = malformed = 0
    read = itertools.islice(_comparisons(sources, form, passes, reference), limit)
    for item, scores in scored(reward, ((item, _samples(item, is_pairwise)) for item in read)):
        rows += 1
        values = [score.value for score in scores if score.value is not None]
        if isinstance(item, str):
            malformed += 1
            note(reasons, f"malformed: {item}")
        elif is_pairwise:
            unscored += not _count_pair(item, (scores[0], scores[1]), tally, places, reasons)
        elif len(values) < len(scores):
            unscored += 1
            tally.skip(item)
            first = next(score for score in scores if score.value is None)
            note(reasons, f"{first.outcome}: {first.reason}")
        else:
            tally.add(item, values[: len(item.chosen)], values[len(item.chosen) :])
        on_row(rows)
    ranked = tuple(reasons.most_common())
    if rows == unscored + malformed:
        why = f"; most often: {ranked[0][0]}" if ranked else ""
        raise DataError(f"none of the {rows:,} rows of {', '.join(files)} could be scored{why}")
    result = _of_pairs(tally.result(), places) if is_pairwise else tally.result()
    return PreferenceReport(reward.name, tuple(files), form.name, how, rule, rows, unscored, malformed, result, ranked)


def _count_pair(item: Comparison, scores: tuple[Score, Score], tally: Tally, places: Places, reasons: Reasons) -> bool:
    """Count a pair that was seen in both orders; False where it has no verdict."""
    said = support(scores)
    if said is None:
        tally.skip(item)
        note(reasons, why_not(scores))
        return False
    tally.add(item, said, (0.0, 0.0))
    places.add(*said)
    return True


def _of_pairs(result: Result, places: Places) -> Result:
    """The result of a tally of scores in the words of a judge of pairs, with what the places did."""
    tables = tuple(
        dataclasses.replace(table, title="neither preferred over both orders, counted as wrong")
        if table.title == EQUAL
        else table
        for table in result.tables
    )
    return dataclasses.replace(result, tables=(*tables, Table("both orders", (*places.estimates, places.net))))


def note(reasons: Reasons, reason: str) -> None:
    """Count a reason; beyond a number of them, without telling them apart."""
    reason = reason[:_REASON_CHARS]
    if reason not in reasons and len(reasons) >= _REASONS:
        reason = "other reasons"
    reasons[reason] += 1


def _agreed(sources: Sequence[Source], given: str | None) -> Format:
    """The format that all files have."""
    found: dict[str, Format] = {}
    for source in sources:
        first = source.first()
        fields = [row.fields for row in first if row.fields is not None]
        if not fields:
            raise DataError(f"none of the first {len(first)} rows of {source.path} could be read: {first[0].error}")
        try:
            found[source.path] = detect(fields, given)
        except UsageError as error:
            raise UsageError(f"{source.path}: {error}") from error
    if len({form.name for form in found.values()}) > 1:
        shown = ", ".join(f"{path} ({form.name})" for path, form in found.items())
        raise UsageError(f"the files have different formats: {shown}; measure them one by one, or name one by --format")
    return next(iter(found.values()))


def _comparisons(
    sources: Sequence[Source], form: Format, passes: int, reference: str | None
) -> Iterator[Comparison | str]:
    """Each row as a comparison, or as what is wrong with it."""
    for source in sources:
        reading = Reading(source.path, passes, reference)
        for row in source.rows():
            if row.fields is None:
                yield row.error or "the row could not be read"
                continue
            missing = [name for name in form.columns if name not in row.fields]
            if missing:
                yield f"the row has no {missing[0]!r}"
                continue
            try:
                yield form.read(row.fields, reading)
            except RowError as error:
                yield str(error)


def _samples(item: Comparison | str, is_pairwise: bool) -> tuple[Sample, ...]:
    if isinstance(item, str):
        return ()
    return both_orders(item.chosen[0], item.rejected[0]) if is_pairwise else item.samples


_HEADER = ("", "value", "95% interval", "rows", "points", "unscored")


def _cells(estimate: Estimate) -> tuple[str, ...]:
    points = "-" if estimate.credit is None else f"{estimate.credit:,.6g}"
    unscored = f"{estimate.unscored:,}" if estimate.unscored else ""
    value = percent(estimate.value)
    return (estimate.name, value, between(estimate.low, estimate.high), f"{estimate.n:,}", points, unscored)


def _interval(estimate: Estimate) -> str:
    if estimate.low is None:
        return f"no interval, {estimate.n:,} rows"
    return f"95% interval {between(estimate.low, estimate.high)}, {estimate.n:,} rows, {estimate.interval}"
