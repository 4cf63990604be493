"""`probe_position`: what the place of a response does to a judge that compares two of them.

    report = probe_position(judge, ["pairs.jsonl"])

Two responses to one prompt make a pair: those of one row, taken two by two, or those of rows that follow each other
with the same prompt. No label is needed, since a fair judge says the same in both orders.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardkit.bench.preference.grid import Grid, between, markdown, number, percent
from rewardkit.bench.preference.judge import Places, both_orders, support, why_not
from rewardkit.bench.preference.measure import Reasons, note
from rewardkit.bench.preference.responses import Responses, group_of
from rewardkit.bench.preference.streaming import scored
from rewardkit.data.reading import open_source
from rewardkit.errors import DataError, RowError
from rewardkit.gates.node import Node
from rewardkit.sample import Sample

SCHEMA = "rewardkit.bench.position/1"


@dataclass(frozen=True, slots=True)
class PositionReport:
    """What was found."""

    reward: str
    files: tuple[str, ...]
    how: str
    """How the rows were read."""
    malformed: int
    alike: int
    """Pairs left out because both responses are the same text."""
    places: Places
    reasons: tuple[tuple[str, int], ...]

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was measured on what, in words."""
        places = self.places
        apart = (
            f"{places.unscored:,} unscored, {self.alike:,} of equal texts left out, {self.malformed:,} rows malformed"
        )
        return (
            ("judge", self.reward),
            ("files", ", ".join(self.files)),
            ("columns", self.how),
            ("pairs", f"{places.pairs:,} judged in both orders; {apart}"),
        )

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The tables, as cells of text."""
        shares = tuple(
            (e.name, percent(e.value), between(e.low, e.high), f"{e.credit:,.0f}", f"{e.n:,}")
            for e in self.places.estimates
        )
        net = self.places.net
        interval = "-" if net.low is None or net.high is None else f"{number(net.low)} to {number(net.high)}"
        grids = [
            Grid("both orders", ("", "share", "95% interval", "pairs", "of"), shares),
            Grid(
                "what standing first adds, from -1 to 1",
                ("", "mean", "95% interval", "pairs"),
                ((net.name, number(net.value), interval, f"{net.n:,}"),),
            ),
        ]
        if self.reasons:
            grids.append(Grid("not counted", ("why", "times"), tuple((r, f"{n:,}") for r, n in self.reasons)))
        return tuple(grids)

    def as_json(self) -> dict[str, Any]:
        """Plain data; `schema` names its shape.

        Keys: schema, reward, files, columns, pairs, unscored, alike, malformed, shares (estimates), net (an estimate),
        reasons.
        """
        return {
            "schema": SCHEMA,
            "reward": self.reward,
            "files": list(self.files),
            "columns": self.how,
            "pairs": self.places.pairs,
            "unscored": self.places.unscored,
            "alike": self.alike,
            "malformed": self.malformed,
            "shares": [estimate.as_json() for estimate in self.places.estimates],
            "net": self.places.net.as_json(),
            "reasons": [{"reason": reason, "times": count} for reason, count in self.reasons],
        }

    def as_markdown(self) -> str:
        """A page of Markdown."""
        return markdown(f"Position bias of {self.reward}", self.facts, self.grids, ())


def probe_position(
    judge: Node,
    files: Sequence[str],
    columns: Mapping[str, str | None] | None = None,
    format: str | None = None,
    *,
    limit: int | None = None,
    on_format: Callable[[str], None] = lambda said: None,
    on_row: Callable[[int], None] = lambda rows: None,
) -> PositionReport:
    """Judge every pair of the files in both orders.

    Args:
        judge: a `Judge` bound to an executor.
        limit: take the first pairs only.
        on_row: called with the number of pairs done; the other arguments are those of `bias.probe`.

    Raises:
        UsageError: no such column or format.
        DataError: a file that can't be read, or no pair that could be judged.
    """
    readers = [Responses.of(open_source(file), columns, format) for file in files]
    how = "; ".join(dict.fromkeys(reader.how for reader in readers))
    on_format(how)
    places, reasons = Places(), Reasons()
    malformed = alike = 0
    found = itertools.islice((pair for reader in readers for pair in _pairs(reader)), limit)
    bundles = ((pair, _orders(pair)) for pair in found)
    for done, (pair, scores) in enumerate(scored(judge, bundles), 1):
        if isinstance(pair, str):
            malformed += 1
            note(reasons, f"malformed: {pair}")
        elif not scores:
            alike += 1
        elif (said := support((scores[0], scores[1]))) is None:
            places.unscored += 1
            note(reasons, why_not((scores[0], scores[1])))
        else:
            places.add(*said)
        on_row(done)
    if not places.pairs:
        ranked = reasons.most_common(1)
        why = f"most often: {ranked[0][0]}" if ranked else "no two different responses to one prompt follow each other"
        raise DataError(f"no pair in {', '.join(files)} could be judged; {why}")
    return PositionReport(judge.name, tuple(files), how, malformed, alike, places, tuple(reasons.most_common()))


def _orders(pair: tuple[Sample, Sample] | str) -> Sequence[Sample]:
    if isinstance(pair, str) or pair[0].response_text.strip() == pair[1].response_text.strip():
        return ()
    return both_orders(*pair)


def _pairs(reader: Responses) -> Iterator[tuple[Sample, Sample] | str]:
    """The pairs of one file, no response in two of them; or what is wrong with a row."""
    waiting: Sample | None = None
    group: Hashable = None
    for _, row in reader.rows():
        try:
            samples = list(reader.read(row))
        except RowError as error:
            yield str(error)
            continue
        if len(samples) == 1 and not reader.is_group:
            own = group_of(samples[0])
            if waiting is not None and own is not None and own == group:
                yield waiting, samples[0]
                waiting = None
            else:
                waiting, group = samples[0], own
            continue
        yield from zip(samples[::2], samples[1::2], strict=False)
