"""Options that several commands share, with one name, one help and one set of limits for all of them."""

from __future__ import annotations

from typing import Annotated

import typer

Plugins = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="MODULE|FILE.py", help="Import this first, so that its rewards are known."),
]
RewardName = Annotated[str, typer.Argument(metavar="NAME|RECIPE.yaml", help="A reward, or a recipe file.")]
RewardOptions = Annotated[
    list[str] | None, typer.Option("--option", "-O", metavar="KEY=VALUE", help="An option of the reward.")
]

PromptField = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the prompt.")]
ResponseField = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the response(s).")]
ReferenceField = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the reference.")]
GroupField = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column that rollouts share.")]
IdField = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the row's id.")]

RewardField = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the reward.")]
OutcomeField = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the outcome.")]
PassAt = Annotated[
    float | None, typer.Option("--pass-at", metavar="REWARD", help="Least reward that passes, instead of CORRECT.")
]
GroupSize = Annotated[
    int | None, typer.Option("--group-size", metavar="N", min=1, help="Responses that every group must have.")
]

Workers = Annotated[int | None, typer.Option(min=1, help="Worker processes [default: one a processor].")]
Deadline = Annotated[float, typer.Option(min=0.01, help="Seconds that one row may take in a worker.")]
MemoryMb = Annotated[int, typer.Option(min=64, help="Megabytes that one row may take in a worker.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Take the first N rows only.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the result: no progress.")]

JsonOut = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON.")]
MarkdownOut = Annotated[str | None, typer.Option("--markdown", metavar="FILE", help="Write the result as Markdown.")]
