"""Labelled cases as a person names them, files or a shipped suite, judged by contestants with a bar for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rewardkit.bench.cases import Cases, LabelColumns
    from rewardkit.bench.contest import Contestant, Settings
    from rewardkit.bench.labelled import Judged
    from rewardkit.bench.results import Result
    from rewardkit.bench.suite import Suite

Data = Annotated[
    list[str] | None,
    typer.Option("--data", "-d", metavar="FILE", help="Rows as in `score`, with a label: JSONL, Parquet, ..."),
]
OwnSuite = Annotated[bool, typer.Option("--suite", help="Judge the cases that come with rewardkit for this reward.")]
SuiteOf = Annotated[
    str | None, typer.Option(metavar="NAME", help="Judge the cases that come with rewardkit for the reward NAME.")
]
LabelColumn = Annotated[str, typer.Option(metavar="COLUMN", help="Column that says 1 (right) or 0 (wrong).")]
CategoryColumn = Annotated[str, typer.Option(metavar="COLUMN", help="Column of the category, if there is one.")]
SourceColumn = Annotated[str, typer.Option(metavar="COLUMN", help="Column of the source, if there is one.")]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="COLUMN", help="Leave out rows in which this is true.")
]
Threshold = Annotated[
    float | None, typer.Option(help="A value at or above it counts as rewarded [default: the top of the range].")
]
Workers = Annotated[int, typer.Option(min=1, help="Worker processes of each contestant.")]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cases are: files, or a suite that comes with rewardkit."""

    files: Sequence[str] = ()
    suite: Suite | None = None

    @staticmethod
    def named(reward: str, data: Sequence[str] | None, own_suite: bool, suite_of: str | None) -> Place:
        """The files given, or a shipped suite: exactly one of the three ways.

        Raises:
            UsageError: none or several of them, or no suite of that name.
        """
        from rewardkit.bench.suite import find_suite
        from rewardkit.errors import UsageError

        ways = [bool(data), own_suite, suite_of is not None]
        if not any(ways):
            raise UsageError("there are no cases to judge: give --data FILE, or --suite for those that come with it")
        if sum(ways) > 1:
            raise UsageError("--data, --suite and --suite-of exclude each other")
        return Place(data) if data else Place(suite=find_suite(suite_of if suite_of is not None else reward))

    @property
    def options(self) -> list[str]:
        """The options that the reward needs for these cases, as on the command line."""
        import json

        options = self.suite.options if self.suite is not None else {}
        return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in options.items()]

    def read(self, columns: LabelColumns, overrides: dict[str, str | None], limit: int | None) -> Cases:
        """The cases."""
        from rewardkit.bench.cases import read_cases
        from rewardkit.bench.suite import read_suite

        if self.suite is not None:
            return read_suite(self.suite, columns, overrides, limit)
        return read_cases(self.files, columns, overrides, limit)


def judge(
    cases: Cases, contestants: Sequence[Contestant], settings: Settings, threshold: float | None, quiet: bool
) -> tuple[Result, Judged]:
    """What the contestants make of the cases, with bars on the terminal meanwhile."""
    from rewardkit.bench.labelled import judge as judge_cases

    try:
        with _Bars(len(cases.cases), [one.name for one in contestants], quiet) as on_chunk:
            return judge_cases(cases, contestants, settings, threshold, on_chunk)
    except KeyboardInterrupt as stop:
        raise typer.Exit(130) from stop


class _Bars:
    """A bar for each contestant, on a terminal only."""

    def __init__(self, rows: int, names: Sequence[str], quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        text = TextColumn("{task.description}", markup=False)
        is_shown = console.is_terminal and not quiet
        self._bars = Progress(
            text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, disable=not is_shown
        )
        self._tasks = {name: self._bars.add_task(name, total=rows) for name in names}

    def __enter__(self) -> Callable[[str, int], None]:
        self._bars.start()
        return lambda name, count: self._bars.advance(self._tasks[name], count)

    def __exit__(self, *_: object) -> None:
        self._bars.stop()
