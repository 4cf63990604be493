"""What `rewardkit score` shows: progress while it runs, and the summary at its end. All of it on standard error."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from rewardkit.plan import Plan
    from rewardkit.run import Run

_PLAIN_EVERY_S = 10.0
_BAR_EVERY_S = 0.1
_REASONS_SHOWN = 6


class Progress:
    """How far a run is: a bar with rate and remaining time on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, bar: Bar | None, task: TaskID | None, is_quiet: bool) -> None:
        self._console = console
        self._bar = bar
        self._task = task
        self._is_quiet = is_quiet
        self._begun = time.monotonic()
        self._next = self._begun + (_BAR_EVERY_S if bar else _PLAIN_EVERY_S)
        self._first: int | None = None
        self._rows = 0
        self.seconds = 0.0

    @property
    def rows_here(self) -> int:
        """Rows done by this run, without those that an interrupted one had done."""
        return self._rows - (self._first or 0)

    def at(self, rows: int) -> None:
        """Rows done so far; the first call tells where the run starts."""
        if self._first is None:
            self._first = rows
            self._begun = time.monotonic()
            if rows and not self._is_quiet:
                self._console.print(f"going on after {rows:,} rows that are done")
        self._rows = rows
        now = time.monotonic()
        if now < self._next or self._is_quiet:
            return
        if self._bar is not None and self._task is not None:
            self._next = now + _BAR_EVERY_S
            self._bar.update(self._task, completed=rows)
        else:
            self._next = now + _PLAIN_EVERY_S
            self._console.print(f"{rows:,} rows, {self.rows_here / (now - self._begun):,.0f} rows/s")

    def end(self) -> None:
        """Stop the clock."""
        self.seconds = time.monotonic() - self._begun
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._rows, total=self._rows)


@contextlib.contextmanager
def show_progress(plan: Plan, quiet: bool) -> Iterator[Progress]:
    """Say how the rows are read, then show progress until the block ends."""
    console = Console(stderr=True, highlight=False)
    if not quiet:
        console.print(
            escape(f"{plan.reward.name} on {', '.join(plan.files)}: {plan.fields.describe()}"), soft_wrap=True
        )
    if quiet or not console.is_terminal:
        progress = Progress(console, None, None, quiet)
        try:
            yield progress
        finally:
            progress.end()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        """Rows a second."""

        def render(self, task: object) -> Text:
            speed = getattr(task, "finished_speed", None) or getattr(task, "speed", None)
            return Text(f"{speed:,.0f} rows/s" if speed else "", style="cyan")

    columns = (TextColumn("scoring"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("scoring", total=plan.total)
        if plan.total is None and not any(source.is_stream for source in plan.sources):
            counting = threading.Thread(target=_count_rows, args=(plan, bar, task), daemon=True)
            counting.start()
        progress = Progress(console, bar, task, quiet)
        try:
            yield progress
        finally:
            progress.end()


def _count_rows(plan: Plan, bar: Bar, task: TaskID) -> None:
    """Find the number of rows beside the run, so that the bar can tell the remaining time."""
    rows = 0
    for source in plan.sources:
        if source.total is not None:
            rows += source.total
            continue
        for file in source.files:
            rows += _count_lines(str(file))
    bar.update(task, total=rows if plan.limit is None else min(rows, plan.limit))


def _count_lines(path: str) -> int:
    import gzip

    lines = 0
    try:
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
            while block := file.read(1 << 20):
                lines += block.count(b"\n")
    except (OSError, EOFError):
        return lines  # an estimate is enough: the run itself will say what is wrong with the file
    return lines


def print_summary(run: Run, out: str, progress: Progress) -> None:
    """The closing table: outcomes, mean, groups, and what could not be scored."""
    summary = run.summary
    console = Console(stderr=True, highlight=False)
    for note in run.notes:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    if not summary.rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("outcome")
    table.add_column("samples", justify="right")
    table.add_column("share", justify="right")
    for outcome, count in sorted(summary.outcomes.items(), key=lambda item: -item[1]):
        table.add_row(outcome, f"{count:,}", f"{count / summary.samples:.1%}")
    console.print()
    console.print(table)
    console.print()
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    malformed = f", {summary.malformed:,} of them malformed" if summary.malformed else ""
    facts.add_row("rows", f"{summary.rows:,}{malformed}" + _samples(run))
    unscored = summary.samples - summary.scored
    masked = f" ({unscored:,} have none)" if unscored else ""
    facts.add_row("mean reward", f"{_number(summary.mean)} over {summary.scored:,} samples with a value{masked}")
    if summary.groups.groups:
        facts.add_row("groups", _groups(run))
    facts.add_row("speed", f"{progress.rows_here:,} rows in {progress.seconds:.1f} s, {_rate(progress)} rows/s")
    facts.add_row("output", escape("standard output" if out == "-" else out))
    console.print(facts)
    if summary.reasons:
        _print_unscored(run, console)


def _print_unscored(run: Run, console: Console) -> None:
    console.print("\n[bold]not scored[/bold]")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("why", overflow="fold")
    table.add_column("rows", justify="right")
    table.add_column("first", overflow="fold")
    ranked = sorted(run.summary.reasons.items(), key=lambda item: -item[1][0])
    for (outcome, reason), (count, first) in ranked[:_REASONS_SHOWN]:
        table.add_row(escape(f"{outcome}: {reason}"), f"{count:,}", escape(first))
    console.print(table)
    if len(ranked) > _REASONS_SHOWN:
        console.print(f"and {len(ranked) - _REASONS_SHOWN} more reasons; they stand in the column reason of the output")


def _samples(run: Run) -> str:
    summary = run.summary
    return "" if summary.samples == summary.rows - summary.malformed else f", {summary.samples:,} responses"


def _groups(run: Run) -> str:
    groups = run.summary.groups
    within = run.summary.within
    equal = f", all another value: {groups.all_equal:,}" if groups.all_equal else ""
    unscored = f", {groups.unscored:,} without a value" if groups.unscored else ""
    return (
        f"{groups.groups:,} of {groups.rollouts / groups.groups:.1f} rollouts on average, pass rate "
        f"{_number(groups.pass_rate)}; all {within.low:g}: {groups.all_bottom:,}, all {within.high:g}: "
        f"{groups.all_top:,}{equal}, mixed: {groups.mixed:,}{unscored}"
    )


def _number(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.4f}"


def _rate(progress: Progress) -> str:
    return f"{progress.rows_here / progress.seconds:,.0f}" if progress.seconds else "?"


def say_how_to_go_on(run: Run, can_resume: bool) -> None:
    """After an interruption: how much is done, and how to go on."""
    import shlex

    print(f"\nstopped after {run.summary.rows:,} rows", file=sys.stderr)
    if can_resume:
        words = [word for word in sys.argv[1:] if word not in {"--overwrite", "--resume"}]
        print(f"go on with: rewardkit {shlex.join([*words, '--resume'])}", file=sys.stderr)
