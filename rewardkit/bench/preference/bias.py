"""`probe`: what a reward makes of changes that add nothing, and of length; on the user's own rows, without labels.

    report = probe(reward, ["rollouts.jsonl"], seed=0)

Rows are (prompt, response) as in scoring, or those of a preference benchmark, of which every response is probed. Each
response is scored as it is and once a probe. A positive mean change, or a share of rises far above the share of falls,
is a bias that a policy will find.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardkit.bench.preference.changes import Changes
from rewardkit.bench.preference.estimates import Count
from rewardkit.bench.preference.grid import Grid, between, markdown, number, percent
from rewardkit.bench.preference.measure import Reasons, note
from rewardkit.bench.preference.moments import Correlation, Grouped
from rewardkit.bench.preference.probes import PROBES, altered
from rewardkit.bench.preference.responses import Responses, group_of
from rewardkit.bench.preference.streaming import scored
from rewardkit.data.reading import open_source
from rewardkit.data.source import Row
from rewardkit.errors import DataError, RowError, UsageError, nearest
from rewardkit.gates.node import Node
from rewardkit.sample import Sample

SCHEMA = "rewardkit.bench.bias/1"


@dataclass(frozen=True, slots=True)
class BiasReport:
    """What the probes found."""

    reward: str
    files: tuple[str, ...]
    how: str
    """How the rows were read."""
    seed: int
    rows: int
    malformed: int
    responses: int
    unscored: int
    """Responses that have no score as they are."""
    probes: Mapping[str, Changes]
    length: Correlation
    """Of the score with the length of the response in characters, blank responses left out: a reward has a rule of its
    own for them, and a handful of outliers would hide the slope."""
    length_within: Correlation
    """The same within the responses to one prompt."""
    groups: int
    """Prompts with at least two scored responses."""
    reasons: tuple[tuple[str, int], ...]

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was measured on what, in words."""
        return (
            ("reward", self.reward),
            ("files", ", ".join(self.files)),
            ("columns", self.how),
            ("seed", str(self.seed)),
            ("rows", f"{self.rows:,}, of them {self.malformed:,} malformed"),
            ("responses", f"{self.responses:,}, of them {self.unscored:,} unscored"),
        )

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The tables, as cells of text."""
        changed = tuple(_change_cells(name, changes) for name, changes in self.probes.items())
        shares = tuple(_share_cells(name, changes) for name, changes in self.probes.items())
        length = (
            _length_cells("all responses", self.length),
            _length_cells(f"within the {self.groups:,} prompts with several", self.length_within),
        )
        grids = [
            Grid("change of the score by a change that adds nothing", _CHANGE_HEADER, changed),
            Grid("how often the changed response scores higher, or at least as high", _SHARE_HEADER, shares),
            Grid("correlation of score and length", ("", "r", "95% interval", "responses"), length),
        ]
        if self.reasons:
            rows = tuple((reason, f"{count:,}") for reason, count in self.reasons)
            grids.append(Grid("not counted", ("why", "times"), rows))
        return tuple(grids)

    def as_json(self) -> dict[str, Any]:
        """Plain data; `schema` names its shape.

        Keys: schema, reward, files, columns, seed, rows, malformed, responses, unscored, probes (by name: n,
        mean_change with its normal interval, the estimates higher, at_least_as_high and lower, not_applicable,
        unscored), length (overall and within_prompts: r, low, high, n), groups, reasons.
        """
        return {
            "schema": SCHEMA,
            "reward": self.reward,
            "files": list(self.files),
            "columns": self.how,
            "seed": self.seed,
            "rows": self.rows,
            "malformed": self.malformed,
            "responses": self.responses,
            "unscored": self.unscored,
            "probes": {name: changes.as_json() for name, changes in self.probes.items()},
            "length": {"overall": _length_json(self.length), "within_prompts": _length_json(self.length_within)},
            "groups": self.groups,
            "reasons": [{"reason": reason, "times": count} for reason, count in self.reasons],
        }

    def as_markdown(self) -> str:
        """A page of Markdown."""
        return markdown(f"Biases of {self.reward}", self.facts, self.grids, ())


@dataclass(frozen=True, slots=True)
class _Bundle:
    """The responses of one row, each followed by its altered twins."""

    samples: tuple[Sample, ...] = ()
    twins: tuple[dict[str, Sample | None], ...] = ()
    """For each response the altered ones by probe; None where the probe does not apply."""
    group: Hashable = None
    error: str | None = None

    @property
    def all(self) -> list[Sample]:
        """Everything to score: each response, and then its twins that exist."""
        both = zip(self.samples, self.twins, strict=True)
        return [s for sample, twins in both for s in (sample, *twins.values()) if s is not None]


@dataclass(slots=True)
class _Found:
    probes: dict[str, Changes]
    length: Grouped = field(default_factory=Grouped)
    reasons: Reasons = field(default_factory=Reasons)
    rows: int = 0
    malformed: int = 0
    responses: int = 0
    unscored: int = 0


def probe(
    reward: Node,
    files: Sequence[str],
    columns: Mapping[str, str | None] | None = None,
    format: str | None = None,
    *,
    probes: Sequence[str] = tuple(PROBES),
    seed: int = 0,
    limit: int | None = None,
    on_format: Callable[[str], None] = lambda said: None,
    on_row: Callable[[int], None] = lambda rows: None,
) -> BiasReport:
    """Score every response of the files as it is and as each probe changes it.

    Args:
        columns: The columns of prompt, response, reference and group, where they are not to be detected.
        format: The name of a preference format; by default it is recognised by the columns.
        probes: Names of `PROBES`.
        seed: Chooses the sentences that are added; the same seed, the same bytes.
        limit: Take the first rows only.
        on_format: Called with a sentence that says how the rows are read.
        on_row: Called with the number of rows done.

    Raises:
        UsageError: no such probe, column or format.
        DataError: a file that can't be read, or no response that could be scored.
    """
    for name in probes:
        if name not in PROBES:
            raise UsageError(f"there is no probe {name!r}; {nearest(name, PROBES)}")
    readers = [Responses.of(open_source(file), columns, format) for file in files]
    how = "; ".join(dict.fromkeys(reader.how for reader in readers))
    on_format(how)
    found = _Found({name: Changes() for name in dict.fromkeys(probes)})
    bundles = (_bundle(r, name, row, found.probes, seed) for r in readers for name, row in r.rows())
    for bundle, scores in scored(reward, ((b, b.all) for b in itertools.islice(bundles, limit))):
        found.rows += 1
        if bundle.error is not None:
            found.malformed += 1
            note(found.reasons, f"malformed: {bundle.error}")
        for score in scores:
            if score.value is None:
                note(found.reasons, f"{score.outcome}: {score.reason}")
        _count(bundle, [score.value for score in scores], found)
        on_row(found.rows)
    ranked = tuple(found.reasons.most_common())
    if found.responses == found.unscored:
        why = f"; most often: {ranked[0][0]}" if ranked else ""
        raise DataError(f"no response in {', '.join(files)} could be scored{why}")
    overall, within = found.length.correlations()
    return BiasReport(
        reward.name,
        tuple(files),
        how,
        seed,
        found.rows,
        found.malformed,
        found.responses,
        found.unscored,
        found.probes,
        overall,
        within,
        found.length.groups,
        ranked,
    )


def _bundle(reader: Responses, name: str, row: Row, probes: Mapping[str, Changes], seed: int) -> _Bundle:
    try:
        samples = tuple(reader.read(row))
    except RowError as error:
        return _Bundle(error=str(error))
    twins = tuple(
        {probe: altered(sample, probe, seed, f"{row.number}/{index}") for probe in probes}
        for index, sample in enumerate(samples)
    )
    return _Bundle(samples, twins, name if reader.is_group else group_of(samples[0]))


def _count(bundle: _Bundle, values: Sequence[float | None], found: _Found) -> None:
    rest = iter(values)
    for sample, twins in zip(bundle.samples, bundle.twins, strict=True):
        before = next(rest)
        found.responses += 1
        if before is None:
            found.unscored += 1
        elif sample.response_text.strip():
            found.length.add(len(sample.response_text), before, bundle.group)
        for name, twin in twins.items():
            changes = found.probes[name]
            if twin is None:
                changes.not_applicable += 1
                continue
            after = next(rest)
            if before is None or after is None:
                changes.unscored += 1
            else:
                changes.add(before, after)


_CHANGE_HEADER = ("probe", "mean change", "95% interval", "responses", "left out")
_SHARE_HEADER = ("probe", "higher", "95% interval", "at least as high", "95% interval")


def _change_cells(name: str, changes: Changes) -> tuple[str, ...]:
    interval = changes.interval
    shown = "-" if interval is None else f"{number(interval[0])} to {number(interval[1])}"
    mean = number(changes.mean if changes.n else None)
    return (name, mean, shown, f"{changes.n:,}", f"{changes.not_applicable + changes.unscored:,}")


def _share_cells(name: str, changes: Changes) -> tuple[str, ...]:
    cells = [name]
    for count in (changes.higher, changes.n - changes.lower):
        share = Count(changes.n, count).estimate(name)
        cells += [percent(share.value), between(share.low, share.high)]
    return tuple(cells)


def _length_cells(name: str, length: Correlation) -> tuple[str, ...]:
    interval = "-" if length.low is None else f"{number(length.low)} to {number(length.high)}"
    return (name, "does not vary" if length.r is None else number(length.r), interval, f"{length.n:,}")


def _length_json(length: Correlation) -> dict[str, Any]:
    return {"r": length.r, "low": length.low, "high": length.high, "n": length.n}
