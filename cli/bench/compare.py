"""`rewardkit bench compare`: what changed between two results."""

from __future__ import annotations

from typing import Annotated

import typer

from rewardkit.cli import options


def compare_results(
    before: Annotated[str, typer.Argument(metavar="BEFORE.json", help="A result of `bench labelled --json`.")],
    after: Annotated[str, typer.Argument(metavar="AFTER.json", help="Another one.")],
    json_out: options.JsonOut = None,
    markdown_out: options.MarkdownOut = None,
) -> None:
    """Show what changed between two results, and which regressions the intervals support.

    Exit codes: 0 no regression; 6 regressions; others as of `rewardkit score`.
    """
    import json

    from rich.console import Console

    from rewardkit.bench.compare import compare
    from rewardkit.bench.gate import EXIT_CODE
    from rewardkit.bench.render import compare_tables, markdown, show
    from rewardkit.bench.results import read_result, write_text

    comparison = compare(read_result(before), read_result(after))
    found = len(comparison.regressions)
    head = [f"{before} -> {after}: " + (f"{found:,} regression(s)" if found else "no regression the intervals support")]
    tables = compare_tables(comparison)
    show(Console(highlight=False), head, tables, comparison.notes)
    if json_out is not None:
        write_text(json_out, json.dumps(comparison.to_json(), indent=1, ensure_ascii=False) + "\n")
    if markdown_out is not None:
        write_text(markdown_out, markdown("comparison", head, tables, comparison.notes))
    if found:
        raise typer.Exit(EXIT_CODE)
