"""`rewardkit recipe audit`: what a reward will do to a policy, found out on rows before a GPU is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from rewardkit.cli import options
from rewardkit.cli.recipe.reading import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardkit.audit import Limits
    from rewardkit.data.fields import FieldMap
    from rewardkit.data.source import Row
    from rewardkit.execution.local import Executor
    from rewardkit.gates.node import Node

_KEPT = 50
"""Wrong responses above right ones that the JSON holds, if more are not shown."""


def audit(
    reward: options.RewardName,
    data: Annotated[
        list[str], typer.Option("--data", "-d", metavar="FILE", help="Rows: JSONL, JSONL.gz, Parquet; may be repeated.")
    ],
    label: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column that says whether the response is right: 1 or 0.")
    ] = None,
    tokens_field: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the response's tokens: a number, or the ids.")
    ] = None,
    sample: Annotated[
        int, typer.Option(min=100, metavar="N", help="Responses that ranks are taken on; exact where all fit.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Of that sample.")] = 0,
    max_length_correlation: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="R", help="Highest correlation of the reward with length.")
    ] = None,
    max_reward_to_wrong: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Highest share of reward paid to wrong answers.")
    ] = None,
    max_wrong_above_median: Annotated[
        float | None,
        typer.Option(min=0, max=1, metavar="SHARE", help="Highest share of wrong answers above the median right one."),
    ] = None,
    min_auc: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="AUC", help="Lowest AUC of right over wrong within groups.")
    ] = None,
    min_over_length: Annotated[
        float | None, typer.Option(min=-1, max=1, metavar="D", help="Lowest AUC less that of length alone.")
    ] = None,
    max_unscorable: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Highest share of rows without a value.")
    ] = None,
    max_silent_groups: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Highest share of groups without signal.")
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="Wrong responses above right ones to show.")] = 5,
    option: options.RewardOptions = None,
    settings: Parameters = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    id_field: options.IdField = None,
    workers: options.Workers = None,
    deadline: options.Deadline = 5.0,
    memory_mb: options.MemoryMb = 1024,
    limit: options.Limit = None,
    json_out: options.JsonOut = None,
    quiet: options.Quiet = False,
    plugin: options.Plugins = None,
) -> None:
    """Audit a recipe, or a reward by name, on rows: what will its signal do to a policy?

    Limits are off unless given. Exit codes: 0 done, and all limits kept; 1 a fault of rewardkit; 2 wrong usage, a
    wrong recipe, or rows that nothing can be said of; 3 a missing extra; 4 a file that can't be read or written; 6 a
    limit is crossed.
    """
    from rich.console import Console

    from rewardkit.audit import Audit, Limits, checked, findings
    from rewardkit.audit.lengths import tokens_column
    from rewardkit.audit.limits import EXIT_CODE
    from rewardkit.bench.results import write_text
    from rewardkit.cli.recipe.audit_tables import print_audit
    from rewardkit.cli.report import show_progress
    from rewardkit.errors import UsageError
    from rewardkit.execution.local import LocalExecutor
    from rewardkit.plan import Plan
    from rewardkit.registry import load_plugin

    limits = Limits(
        max_length_correlation,
        max_reward_to_wrong,
        max_wrong_above_median,
        min_auc,
        min_over_length,
        max_unscorable,
        max_silent_groups,
    )
    _check_limits(limits, label)
    for where in plugin or []:
        load_plugin(where)
    columns = {
        "prompt": prompt_field,
        "response": response_field,
        "reference": reference_field,
        "group": group_field,
        "id": id_field,
    }
    with LocalExecutor(workers, deadline, memory_mb) as executor:
        node = _built(reward, option, settings, executor)
        plan = Plan.make(data, node, columns, limit)
        _check_label(label, plan.fields, plan.first)
        tokens = tokens_column(plan.first, tokens_field)
        run = Audit(node, label, tokens, sample=sample, seed=seed, shown=max(show, _KEPT), name=reward)
        with show_progress(plan, quiet) as progress:
            progress.at(0)
            for where, judged in plan.judge():
                run.take(where, judged)
                progress.at(run.rows)
    report = run.close()
    if not report.whole.distribution.scored:
        [(why, _, first), *_] = [*report.reasons["unscored"], *report.reasons["malformed"], ("there are none", 0, "")]
        at = f" ({first})" if first else ""
        raise UsageError(
            f"{reward} gives no value to any of the {report.rows:,} rows, so nothing can be said: {why}{at}"
        )
    if label is not None and report.unlabelled == report.samples:
        why, _, first = report.reasons["unlabelled"][0]
        raise UsageError(f"no row has a label in {label!r} that can be used: {why} ({first})")
    found = findings(report)
    checks = checked(report, limits)
    if json_out is not None:
        told = {
            **report.to_json(),
            "findings": [finding.to_json() for finding in found],
            "limits": [
                {"option": c.option, "limit": c.limit, "figure": c.figure, "is_kept": c.is_kept} for c in checks
            ],
        }
        write_text(json_out, json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    print_audit(report, found, checks, Console(highlight=False), show)
    if not all(check.is_kept for check in checks):
        raise typer.Exit(EXIT_CODE)


def _check_limits(limits: Limits, label: str | None) -> None:
    from rewardkit.audit.limits import option_of
    from rewardkit.errors import UsageError

    if label is None and limits.needing_labels:
        asked = ", ".join(map(option_of, limits.needing_labels))
        raise UsageError(f"{asked} can't be told without labels; name their column with --label")


def _built(name: str, option: list[str] | None, settings: list[str] | None, executor: Executor) -> Node:
    from pathlib import Path

    from rewardkit.errors import UsageError
    from rewardkit.recipe import is_recipe, parse_option
    from rewardkit.recipe.builder import Builder
    from rewardkit.recipe.source import Place
    from rewardkit.run import build_reward

    if not is_recipe(name):
        if settings:
            raise UsageError("--set gives values to the parameters of a recipe file; options of a reward take --option")
        return build_reward(name, option or [], executor)
    if option:
        raise UsageError("--option is for a reward by name; the parameters of a recipe file take --set")
    return Builder(executor).file(Path(name), dict(map(parse_option, settings or [])), Place("--set"))


def _check_label(label: str | None, fields: FieldMap, first: Sequence[Row]) -> None:
    from rewardkit.data.fields import ROLES, columns_of, has_column
    from rewardkit.errors import UsageError, nearest

    if label is None:
        return
    seen = [row.fields for row in first if row.fields is not None]
    if not any(has_column(row, label) for row in seen):
        raise UsageError(f"there is no column {label!r} to take the label from; {nearest(label, columns_of(seen))}")
    for role in ROLES:
        if getattr(fields, role) == label:
            raise UsageError(
                f"the column {label!r} can't be both the label and the {role}; name another one with --{role}-field"
            )
