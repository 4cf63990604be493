"""`rewardkit bench labelled`: error rates, speed and memory on labelled rows, beside peers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rewardkit.cli import options
from rewardkit.cli.bench import cases

if TYPE_CHECKING:
    from rewardkit.bench.labelled import Judged


def labelled(
    reward: options.RewardName,
    data: cases.Data = None,
    suite: cases.OwnSuite = False,
    suite_of: cases.SuiteOf = None,
    option: options.RewardOptions = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            metavar="PEER",
            help="A peer on the same rows: another reward, an adapter such as math-verify, FILE.py, or pkg.mod:fn.",
        ),
    ] = None,
    label_column: cases.LabelColumn = "label",
    category_column: cases.CategoryColumn = "category",
    source_column: cases.SourceColumn = "source",
    exclude: cases.Exclude = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    threshold: cases.Threshold = None,
    errors: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the rows that were judged wrongly, as JSON lines.")
    ] = None,
    report: Annotated[
        str | None, typer.Option(metavar="FILE.html", help="Write a page to look at, errors and all.")
    ] = None,
    json_out: options.JsonOut = None,
    markdown_out: options.MarkdownOut = None,
    workers: cases.Workers = 1,
    deadline: options.Deadline = 5.0,
    memory_mb: options.MemoryMb = 1024,
    limit: options.Limit = None,
    seed: Annotated[int, typer.Option(help="Of the order of the contestants, and of the rows timed alone.")] = 0,
    quiet: options.Quiet = False,
    plugin: options.Plugins = None,
) -> None:
    """Measure error rates, speed and memory on labelled rows, beside peers.

    A false positive is a wrong response that is rewarded, a false negative a right one that is not. Exit codes as of
    `rewardkit score`; a peer that can't be used is told, and the rest is still reported.
    """
    from rich.console import Console

    from rewardkit.bench.cases import LabelColumns
    from rewardkit.bench.contest import Settings
    from rewardkit.bench.render import labelled_head, labelled_tables, markdown, show
    from rewardkit.bench.results import write_text
    from rewardkit.cli.bench.contestants import contestant, peer

    if report is not None:
        from rewardkit.bench.report.write import check_available

        check_available()
    place = cases.Place.named(reward, data, suite, suite_of)
    contestants = [contestant(reward, [*place.options, *(option or [])], plugin or [])]
    for name in against or []:
        contestants.append(peer(name, plugin or [], [one.name for one in contestants]))
    found = place.read(
        LabelColumns(label_column, category_column, source_column, exclude or []),
        {"prompt": prompt_field, "response": response_field, "reference": reference_field},
        limit,
    )
    result, judged = cases.judge(found, contestants, Settings(workers, deadline, memory_mb, seed), threshold, quiet)
    head, tables = labelled_head(result), labelled_tables(result)
    if json_out is not None:
        result.write(json_out)
    if markdown_out is not None:
        write_text(markdown_out, markdown(f"{reward} on labelled cases", head, tables, result.notes))
    if errors is not None:
        _write_errors(errors, judged)
    if report is not None:
        from rewardkit.bench.report.write import write_report

        write_report(report, result, judged)
    show(Console(highlight=False), head, tables, result.notes)


def _write_errors(path: str, judged: Judged) -> None:
    from pathlib import Path

    from rewardkit.data.lines import dump_line
    from rewardkit.errors import DataError

    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.writelines(dump_line(row) for row in judged.errors())
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}") from error
