"""`rewardkit bench preference` and `rewardkit bench bias`: rewards that yield a number, learned ones above all."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rewardkit.cli import options

if TYPE_CHECKING:
    from rich.console import Console

    from rewardkit.bench.preference.bias import BiasReport
    from rewardkit.bench.preference.measure import PreferenceReport
    from rewardkit.bench.preference.position import PositionReport
    from rewardkit.execution.local import Executor
    from rewardkit.gates.node import Node

_SAY_EVERY_S = 10.0

Data = Annotated[
    list[str], typer.Option("--data", "-d", metavar="FILE", help="JSONL, JSON or Parquet; may be given again.")
]
FormatName = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="rewardbench, rewardbench2, rm-bench, judgebench, hh or pairs [default: by the columns].",
    ),
]
JsonOut = Annotated[str | None, typer.Option("--json", metavar="OUT", help="Write the figures as JSON; - is stdout.")]
MarkdownOut = Annotated[
    str | None, typer.Option("--markdown", metavar="OUT", help="Write the figures as Markdown; - is stdout.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no tables.")]
Pairwise = Annotated[
    bool,
    typer.Option(
        "--pairwise",
        help="REWARD compares two responses: a function (prompt, first, second) of the path pkg.mod:fn or FILE.py:fn, "
        "which returns a number from -1 (first is better) to 1 (second is better). It sees both orders.",
    ),
]


def preference(
    reward: options.RewardName,
    data: Data,
    option: options.RewardOptions = None,
    format_name: FormatName = None,
    passes: Annotated[
        int, typer.Option(min=1, max=2, help="How often a pair of JudgeBench is scored, for rewards that vary.")
    ] = 1,
    pairwise: Pairwise = False,
    reference_field: options.ReferenceField = None,
    limit: options.Limit = None,
    workers: options.Workers = None,
    deadline: options.Deadline = 5.0,
    memory_mb: options.MemoryMb = 1024,
    json_out: JsonOut = None,
    markdown_out: MarkdownOut = None,
    quiet: Quiet = False,
    plugin: options.Plugins = None,
) -> None:
    """Measure how often a reward prefers the better response, by the rules of the benchmark that the rows belong to.

    RewardBench, RewardBench 2, RM-Bench, JudgeBench, Anthropic HH dialogues, and plain pairs of chosen and rejected.
    """
    from rewardkit.bench.preference.measure import measure
    from rewardkit.execution.local import LocalExecutor
    from rewardkit.registry import load_plugin

    _check_outputs(json_out, markdown_out)
    for where in plugin or []:
        load_plugin(where)
    with LocalExecutor(workers, deadline, memory_mb) as executor, _progress(quiet) as (say, at):
        report = measure(
            _build(reward, option or [], executor, pairwise),
            data,
            format_name,
            passes=passes,
            is_pairwise=pairwise,
            reference=reference_field,
            limit=limit,
            on_format=say,
            on_row=at,
        )
    _give(report, report.result.notes, json_out, markdown_out, quiet)


def bias(
    reward: options.RewardName,
    data: Data,
    option: options.RewardOptions = None,
    probe: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="verbosity, self_praise, sycophancy or markdown; may be given again [default: all]."
        ),
    ] = None,
    pairwise: Pairwise = False,
    seed: Annotated[int, typer.Option(help="Chooses the sentences that are added.")] = 0,
    format_name: FormatName = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    limit: options.Limit = None,
    workers: options.Workers = None,
    deadline: options.Deadline = 5.0,
    memory_mb: options.MemoryMb = 1024,
    json_out: JsonOut = None,
    markdown_out: MarkdownOut = None,
    quiet: Quiet = False,
    plugin: options.Plugins = None,
) -> None:
    """Measure what changes that add nothing do to a reward: filler, self-praise, flattery, markdown; and length.

    Takes rows of prompt and response, or of a preference benchmark. No labels are needed. Of a judge that compares two
    responses (--pairwise) it measures what their order does.
    """
    from rewardkit.bench.preference.bias import probe as run_probes
    from rewardkit.bench.preference.position import probe_position
    from rewardkit.bench.preference.probes import PROBES
    from rewardkit.errors import UsageError
    from rewardkit.execution.local import LocalExecutor
    from rewardkit.registry import load_plugin

    _check_outputs(json_out, markdown_out)
    if pairwise and probe:
        raise UsageError("--probe changes single responses; with --pairwise only the order is changed")
    for where in plugin or []:
        load_plugin(where)
    columns = {
        "prompt": prompt_field,
        "response": response_field,
        "reference": reference_field,
        "group": group_field,
    }
    report: BiasReport | PositionReport
    with LocalExecutor(workers, deadline, memory_mb) as executor, _progress(quiet) as (say, at):
        node = _build(reward, option or [], executor, pairwise)
        if pairwise:
            report = probe_position(node, data, columns, format_name, limit=limit, on_format=say, on_row=at)
        else:
            report = run_probes(
                node,
                data,
                columns,
                format_name,
                probes=probe or tuple(PROBES),
                seed=seed,
                limit=limit,
                on_format=say,
                on_row=at,
            )
    _give(report, (), json_out, markdown_out, quiet)


def _build(reward: str, option: Sequence[str], executor: Executor, is_pairwise: bool) -> Node:
    """The reward that a person names; a judge of pairs is a function by its path."""
    from rewardkit.bench.preference.judge import Judge
    from rewardkit.errors import UsageError
    from rewardkit.execution.scorer import Scorer
    from rewardkit.run import build_reward

    if not is_pairwise:
        return build_reward(reward, option, executor)
    if option:
        raise UsageError("a judge of pairs has no options")
    return Scorer(reward, Judge.of(reward), executor)


def _check_outputs(*outputs: str | None) -> None:
    """Refuse, before anything is scored, what could not be written afterwards."""
    from rewardkit.errors import DataError, UsageError

    named = [out for out in outputs if out is not None]
    if len(set(named)) < len(named):
        raise UsageError(f"--json and --markdown can't both go to {named[0]!r}")
    for out in named:
        if out != "-" and not Path(out).parent.is_dir():
            raise DataError(f"the folder {str(Path(out).parent)!r} of the output {out!r} does not exist")
        if out != "-" and Path(out).is_dir():
            raise DataError(f"the output {out!r} is a folder")


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[tuple[Callable[[str], None], Callable[[int], None]]]:
    """Two functions on standard error: one says a sentence, one counts rows now and then."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, quiet=quiet, markup=False)
    with console.status("scoring") if console.is_terminal else contextlib.nullcontext() as status:
        begun = last = time.monotonic()

        def at(rows: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < (0.2 if status else _SAY_EVERY_S):
                return
            last = now
            text = f"{rows:,} rows, {rows / (now - begun):,.0f} rows/s"
            if status is not None:
                status.update(text)
            else:
                console.print(text)

        yield lambda said: console.print(said, soft_wrap=True), at


def _give(
    report: PreferenceReport | BiasReport | PositionReport,
    notes: Sequence[str],
    json_out: str | None,
    markdown_out: str | None,
    quiet: bool,
) -> None:
    import orjson
    from rich.console import Console

    if not quiet:
        _print_report(report, notes, Console(stderr="-" in (json_out, markdown_out), highlight=False))
    if json_out is not None:
        _write(json_out, orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2) + b"\n")
    if markdown_out is not None:
        _write(markdown_out, report.as_markdown().encode())


def _print_report(
    report: PreferenceReport | BiasReport | PositionReport, notes: Sequence[str], console: Console
) -> None:
    from rich.markup import escape
    from rich.table import Table

    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    for name, text in report.facts:
        facts.add_row(escape(name), escape(text))
    console.print(facts)
    for grid in report.grids:
        if grid.is_detail:
            continue
        console.print(f"\n[bold]{escape(grid.title)}[/bold]")
        table = Table(box=None, pad_edge=False, header_style="dim")
        for index, column in enumerate(grid.header):
            table.add_column(escape(column), justify="right" if index else "left", overflow="fold", no_wrap=index > 0)
        for row in grid.rows:
            table.add_row(*map(escape, row))
        console.print(table)
    for sentence in notes:
        console.print(f"\nnote: {escape(sentence)}", soft_wrap=True)


def _write(out: str, content: bytes) -> None:
    from rewardkit.errors import DataError

    if out == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        Path(out).write_bytes(content)
    except OSError as error:
        raise DataError(f"{out} can't be written: {error.strerror or error}") from error
