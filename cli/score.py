"""`rewardkit score`: rows from files, scored, into a file, with a summary."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rewardkit.cli import options

if TYPE_CHECKING:
    from types import FrameType


def score(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="JSONL, JSONL.gz, Parquet, or dataset folders; - is standard input."),
    ],
    reward: Annotated[str, typer.Option("--reward", "-r", metavar="NAME|RECIPE.yaml", help="What to score with.")],
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="OUT", help="Where to: a file or folder by extension; - is stdout.")
    ],
    option: options.RewardOptions = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    id_field: options.IdField = None,
    workers: options.Workers = None,
    deadline: options.Deadline = 5.0,
    memory_mb: options.MemoryMb = 1024,
    limit: options.Limit = None,
    group_size: options.GroupSize = None,
    advantage: Annotated[
        str | None, typer.Option("--advantage", metavar="NAME", help="Add the columns of this group advantage.")
    ] = None,
    advantage_option: Annotated[
        list[str] | None, typer.Option("--advantage-option", metavar="KEY=VALUE", help="An option of the advantage.")
    ] = None,
    advantage_input: Annotated[
        list[str] | None,
        typer.Option("--advantage-input", metavar="NAME=COLUMN", help="The column of an input of the advantage."),
    ] = None,
    advantage_batch: Annotated[
        int | None,
        typer.Option("--advantage-batch", metavar="ROWS", min=1, help="Responses in a batch, in whole groups."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Add the columns evidence and parts.")] = False,
    prefix: Annotated[str, typer.Option(help="Put this before the names of the added columns.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was interrupted.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the output if it exists.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first malformed row.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
    plugin: options.Plugins = None,
) -> None:
    """Score the rows of files with a reward.

    Each row comes out with the columns reward, outcome and reason. A malformed row comes out with its error. With
    --advantage, or a reward that reads groups, the responses to one prompt must stand together.

    Exit codes: 0 done; 1 a fault of rewardkit; 2 wrong usage; 3 a missing extra; 4 a file that can't be read or
    written; 5 a malformed row under --strict; 130 interrupted (Ctrl-C), 143 terminated: --resume goes on.
    """
    from rewardkit.cli.report import print_summary, say_how_to_go_on, show_progress
    from rewardkit.data.output import Output
    from rewardkit.errors import UsageError
    from rewardkit.execution.local import LocalExecutor
    from rewardkit.plan import Plan
    from rewardkit.recipe import check_columns, is_recipe
    from rewardkit.registry import load_plugin
    from rewardkit.run import Run, build_reward, fingerprint
    from rewardkit.shaping import read_shaping

    if resume and overwrite:
        raise UsageError("--resume and --overwrite exclude each other")
    if out == "-" and (resume or overwrite):
        raise UsageError("standard output can be neither resumed nor overwritten; name a file with -o")
    if resume and "-" in files:
        raise UsageError("standard input can't be resumed: its rows are gone; name a file")
    for where in plugin or []:
        load_plugin(where)
    columns = {
        "prompt": prompt_field,
        "response": response_field,
        "reference": reference_field,
        "group": group_field,
        "id": id_field,
    }
    signal.signal(signal.SIGTERM, _terminate)
    with LocalExecutor(workers, deadline, memory_mb) as executor:
        node = build_reward(reward, option or [], executor)
        to_file = out != "-"
        if to_file:
            Output.at(out)  # a place that can't be written to is an error before anything is read
        shaping = read_shaping(advantage, node, advantage_option or [], advantage_input or [], advantage_batch)
        plan = Plan.make(files, node, columns, limit, strict, group_size=group_size, shaping=shaping)
        if is_recipe(reward):
            check_columns(node, plan.first_samples(), judged=False)
        run = Run(plan, prefix=prefix, explain=explain)
        try:
            with show_progress(plan, quiet) as progress:
                if not to_file:
                    run.to_stream(sys.stdout.buffer, progress.at)
                else:
                    settings = {"explain": explain, "prefix": prefix, "limit": limit, "deadline": deadline}
                    shaped = shaping.describe() if shaping else None
                    settings |= {"memory_mb": memory_mb, "group_size": group_size, "advantage": shaped}
                    marks = fingerprint(plan, reward, option or [], settings)
                    run.to_output(out, marks, progress.at, resume=resume, overwrite=overwrite)
        except KeyboardInterrupt as stop:
            say_how_to_go_on(run, to_file and "-" not in files)
            raise typer.Exit(143 if isinstance(stop, _Terminated) else 130) from stop
    if not quiet:
        print_summary(run, out, progress)


class _Terminated(KeyboardInterrupt):
    """SIGTERM arrived."""


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise _Terminated
