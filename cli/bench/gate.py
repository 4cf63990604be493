"""`rewardkit bench gate`: pass or stop a reward before training."""

from __future__ import annotations

from typing import Annotated

import typer

from rewardkit.cli import options
from rewardkit.cli.bench import cases


def gate(
    reward: options.RewardName,
    data: cases.Data = None,
    suite: cases.OwnSuite = False,
    suite_of: cases.SuiteOf = None,
    option: options.RewardOptions = None,
    max_fpr: Annotated[
        float | None, typer.Option(min=0, max=1, help="Highest share of wrong responses that may be rewarded.")
    ] = None,
    max_fnr: Annotated[
        float | None, typer.Option(min=0, max=1, help="Highest share of right responses that may go unrewarded.")
    ] = None,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="Hold the upper bounds of the 95 % intervals against the limits.")
    ] = False,
    label_column: cases.LabelColumn = "label",
    category_column: cases.CategoryColumn = "category",
    source_column: cases.SourceColumn = "source",
    exclude: cases.Exclude = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    threshold: cases.Threshold = None,
    json_out: options.JsonOut = None,
    workers: cases.Workers = 1,
    deadline: options.Deadline = 5.0,
    memory_mb: options.MemoryMb = 1024,
    limit: options.Limit = None,
    quiet: options.Quiet = False,
    plugin: options.Plugins = None,
) -> None:
    """Pass or stop a reward before training, by its error rates on labelled rows; one line says why.

    Exit codes: 0 the gate is open; 6 it is closed; others as of `rewardkit score`.
    """
    from rewardkit.bench.cases import LabelColumns
    from rewardkit.bench.contest import Settings
    from rewardkit.bench.gate import EXIT_CODE, decide
    from rewardkit.cli.bench.contestants import contestant
    from rewardkit.errors import UsageError

    if max_fpr is None and max_fnr is None:
        raise UsageError("a gate needs a limit: --max-fpr, --max-fnr, or both")
    place = cases.Place.named(reward, data, suite, suite_of)
    subject = contestant(reward, [*place.options, *(option or [])], plugin or [])
    found = place.read(
        LabelColumns(label_column, category_column, source_column, exclude or []),
        {"prompt": prompt_field, "response": response_field, "reference": reference_field},
        limit,
    )
    result, _ = cases.judge(found, [subject], Settings(workers, deadline, memory_mb), threshold, quiet)
    if json_out is not None:
        result.write(json_out)
    verdict = decide(result.reward.counts, max_fpr, max_fnr, confidence)
    unusable = result.data["unusable"]
    skipped = f" ({unusable:,} rows could not be used: {result.data['problems'][0]})" if unusable else ""
    print(f"{reward}: {'open' if verdict.is_open else 'closed'}: {verdict.line}{skipped}")
    if not verdict.is_open:
        raise typer.Exit(EXIT_CODE)
