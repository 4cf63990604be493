"""Results for people: the same tables for a terminal and as Markdown.

`labelled_tables` and `compare_tables` turn a result into `Table`s of plain text; `markdown` and `show` print those.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rewardkit.bench.compare import Comparison
from rewardkit.bench.machine import sentence
from rewardkit.bench.results import ERRORS, Counts, Result, Standing
from rewardkit.bench.statistics import EXACT_BELOW, Rate

if TYPE_CHECKING:
    from rich.console import Console

_WORST_SHOWN = 15
_NAME_WIDTH = 18  # of names that a narrow terminal leaves whole
_HEAD_WIDTH = 14


@dataclass(frozen=True, slots=True)
class Table:
    """One table: a title, the names of the columns, and rows of text; `left` columns hold words, the others figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    note: str = ""


def labelled_tables(result: Result) -> list[Table]:
    """The tables of a labelled run: rates, speed, outcomes, tests, and where the reward is worst."""
    alive = [one for one in result.contestants if one.error is None]
    tables = [_rates(alive), _speed(alive, result)]
    tables.append(_outcomes(alive))
    if result.comparisons:
        tables.append(_tests(result))
    tables += _worst("categories", alive, [one.categories for one in alive])
    tables += _worst("sources", alive, [one.sources for one in alive])
    return [table for table in tables if table.rows]


def labelled_head(result: Result) -> list[str]:
    """The lines above the tables: what was judged, where, and how."""
    data, settings = result.data, result.settings
    excluded = "".join(f", {count:,} excluded by {column}" for column, count in data["excluded"].items())
    unusable = f", {data['unusable']:,} unusable" if data["unusable"] else ""
    return [
        f"{', '.join(data['files'])}: {data['right'] + data['wrong']:,} cases, {data['right']:,} right and "
        f"{data['wrong']:,} wrong responses (of {data['rows']:,} rows{excluded}{unusable}); {data['columns']}",
        *sentence(result.machine).splitlines(),
        f"{settings['workers']} worker(s) and {settings['deadline_s']:g} s a row for each; {settings['order']}; "
        f"seed {settings['seed']}",
    ]


def compare_tables(comparison: Comparison) -> list[Table]:
    """The tables of a comparison: what changed overall, and the categories that changed."""
    tables = []
    for title, changes in (("rates", comparison.rates), ("categories and sources", comparison.slices)):
        rows = [
            [
                change.contestant,
                change.where,
                change.what.replace("_", " "),
                brief(change.before),
                brief(change.after),
                f"{_signed(change.by)} [{_signed(change.interval.low)}, {_signed(change.interval.high)}]",
                change.verdict,
            ]
            for change in changes
        ]
        columns = ("reward", "where", "rate", "before", "after", "change, with interval", "verdict")
        tables.append(Table(title, columns, rows, left=3))
    return [table for table in tables if table.rows]


def percent(value: float | None, digits: int = 2) -> str:
    """A share as text.

    >>> percent(0.0245), percent(None)
    ('2.45 %', 'no rows')
    """
    return "no rows" if value is None else f"{100 * value:.{digits}f} %"


def brief(rate: Rate) -> str:
    """A rate with its counts.

    >>> brief(Rate(15, 148))
    '10.1 % 15/148'
    """
    return "no rows" if rate.value is None else f"{percent(rate.value, 1)} {rate.count:,}/{rate.total:,}"


def markdown(title: str, head: Sequence[str], tables: Sequence[Table], notes: Sequence[str]) -> str:
    """The whole report as Markdown."""
    lines = [f"# {title}", ""]
    for line in head:
        lines += [_escaped(line), ""]
    for table in tables:
        lines += [f"## {table.title}", ""]
        if table.note:
            lines += [table.note, ""]
        rule = ["---" if i < table.left else "---:" for i in range(len(table.columns))]
        lines += [_line(table.columns), _line(rule), *(_line([_escaped(c) for c in row]) for row in table.rows), ""]
    if notes:
        lines += ["## notes", "", *(f"- {_escaped(note)}" for note in notes), ""]
    return "\n".join(lines)


def show(console: Console, head: Sequence[str], tables: Sequence[Table], notes: Sequence[str]) -> None:
    """The whole report on a terminal."""
    from rich.markup import escape
    from rich.table import Table as RichTable

    for line in head:
        console.print(f"[dim]{escape(line)}[/dim]", soft_wrap=True)
    for table in tables:
        shown = RichTable(box=None, pad_edge=False, header_style="bold")
        heads = [textwrap.fill(column, _HEAD_WIDTH) for column in table.columns]
        widths = [
            max(map(len, (*name.split("\n"), *(row[index] for row in table.rows)))) for index, name in enumerate(heads)
        ]
        widths[: table.left] = [min(width, _NAME_WIDTH) for width in widths[: table.left]]
        for index, name in enumerate(heads):
            is_words = index < table.left
            justify: Literal["left", "right"] = "left" if is_words else "right"
            shown.add_column(
                escape(name), justify=justify, overflow="fold", no_wrap=not is_words, min_width=widths[index]
            )
        for row in table.rows:
            shown.add_row(*(escape(cell) for cell in row))
        console.print(f"\n[bold]{escape(table.title)}[/bold]")
        if table.note:
            console.print(f"[dim]{escape(table.note)}[/dim]")
        needed = sum(widths) + 2 * len(widths)  # on a narrower terminal lines are broken, and no figure is cut
        console.print(shown, width=max(console.width, needed), crop=False)
    if notes:
        console.print("\n[bold]notes[/bold]")
        for note in notes:
            console.print(f"- {escape(note)}", soft_wrap=True)


def _rates(alive: Sequence[Standing]) -> Table:
    names = ["false_positive", "false_negative", "precision", "recall", "abstained"]
    if any(one.counts.abstained for one in alive):
        names[2:2] = ["rewarded_wrong", "unrewarded_right"]
    rows = [[_RATE_NAMES[name], one.name, *_cells(one.counts.rates[name])] for name in names for one in alive]
    note = "rows without a value (None) are only in the denominators of the rates that name them"
    return Table("rates", ("rate", "reward", "share", "95 % interval", "rows"), rows, left=2, note=note)


_RATE_NAMES = {
    "false_positive": "false positives",
    "false_negative": "false negatives",
    "precision": "precision",
    "recall": "recall",
    "abstained": "None",
    "unrewarded_right": "false negatives, None as 0",
    "rewarded_wrong": "false positives, None as 0",
}


def _cells(rate: Rate) -> list[str]:
    low, high = rate.interval
    between = "" if rate.value is None else f"{100 * low:.2f} to {100 * high:.2f}"
    return [percent(rate.value), between, f"{rate.count:,} of {rate.total:,}"]


def _speed(alive: Sequence[Standing], result: Result) -> Table:
    rows = [
        [
            one.name,
            _figure(one.speed.rows_per_s, ",.0f"),
            _figure(one.speed.p50_ms, ",.2f", " ms"),
            _figure(one.speed.p99_ms, ",.2f", " ms"),
            _figure(one.speed.peak_mb, ",.0f", " MB"),
            percent(one.speed.deferred / one.counts.rows if one.counts.rows else None),
        ]
        for one in alive
    ]
    timed = max((one.speed.rows for one in alive), default=0)
    alone = max((one.speed.alone_rows for one in alive), default=0)
    note = (
        f"rows a second over {timed:,} rows in batches, with {result.settings['workers']} worker(s); latency of "
        f"{alone:,} rows scored one at a time; highest resident memory of the largest process; share of all rows that "
        "went to a worker process, as the bounded part of a reward could not tell"
    )
    return Table("speed", ("reward", "rows/s", "p50", "p99", "memory", "to a worker"), rows, note=note)


def _outcomes(alive: Sequence[Standing]) -> Table:
    rows = [
        [one.name, label, ", ".join(f"{count:,} {name}" for name, count in counts.items())]
        for one in alive
        for label, counts in one.outcomes.items()
    ]
    return Table("outcomes", ("reward", "response is", "rows by outcome"), rows, left=3)


def _tests(result: Result) -> Table:
    rows = []
    for one in result.comparisons:
        test = one.test
        method = "exact" if test.statistic is None else f"{test.statistic:.1f}"
        figures = [f"{one.rows:,}", f"{test.only_first:,}", f"{test.only_second:,}", method, _p(test.p)]
        rows.append([one.second, one.on, *figures])
    columns = ("peer", "responses", "rows", "only reward", "only peer", "chi-square", "p")
    note = (
        f"{result.reward.name} and each peer on the rows that both gave a value to, and those of them that only one "
        f"judged rightly; McNemar's test, the exact binomial one below {EXACT_BELOW} disagreements, chi-square with "
        "continuity correction from there on"
    )
    return Table("disagreements", columns, rows, left=2, note=note)


def _worst(title: str, alive: Sequence[Standing], slices: Sequence[dict[str, Counts]]) -> list[Table]:
    """Where the reward errs most, then where its peers do, by the lower bounds of the intervals."""

    def bounds(name: str, error: str) -> list[float]:
        rates = [own[name].rates[error] for own in slices]
        return [rate.interval.low if rate.count else 0.0 for rate in rates]

    ranked = sorted(
        ((name, error) for name in slices[0] for error in ERRORS if any(bounds(name, error))),
        key=lambda item: [-bound for bound in bounds(*item)],
    )
    rows = [
        [name, error.replace("_", " ") + "s", brief(slices[0][name].rates[error])]
        + [percent(own[name].rates[error].value, 1) for own in slices[1:]]
        for name, error in ranked[:_WORST_SHOWN]
    ]
    own = sum(bool(bounds(*item)[0]) for item in ranked)
    note = f"{own:,} of {len(slices[0]):,} {title} with errors of {alive[0].name}; by the lower bound of the interval"
    if len(ranked) > own and own < _WORST_SHOWN:
        note += ", then those where peers err"
    return [Table(f"worst {title}", (title, "error", *(one.name for one in alive)), rows, left=2, note=note)]


def _figure(value: float | None, style: str, unit: str = "") -> str:
    return "not measured" if value is None else f"{value:{style}}{unit}"


def _p(value: float) -> str:
    if value == 0:
        return "< 1e-300"  # below what a double holds
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"


def _signed(value: float) -> str:
    return f"{100 * value:+.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Text that stays text in Markdown: no table is broken and nothing is turned into markup."""
    for sign in "\\`*_|<>[]":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())
