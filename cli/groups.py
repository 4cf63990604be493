"""`rewardkit groups`: what scored groups hold for training, before a GPU is touched."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rewardkit.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from rewardkit.selection.report import GroupReport

_SIZES_SHOWN = 8
_REASONS_SHOWN = 8
_BAR = 30


def groups(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Scored rows, as rewardkit score writes them; - is stdin.")
    ],
    reward_field: options.RewardField = None,
    outcome_field: options.OutcomeField = None,
    group_field: options.GroupField = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    pass_at: options.PassAt = None,
    group_size: options.GroupSize = None,
    show: Annotated[int, typer.Option(min=0, help="Groups without a signal to name.")] = 10,
    json_out: options.JsonOut = None,
    quiet: options.Quiet = False,
) -> None:
    """Show what matters of scored groups before training: what gives no signal, pass@k, difficulty, spread.

    The responses to one prompt must stand together. Exit codes: 0 done; 2 wrong usage; 4 a file that can't be read or
    written, or whose groups are broken.
    """
    from rich.console import Console
    from rich.markup import escape

    from rewardkit.bench.results import write_text
    from rewardkit.selection.report import GroupReport
    from rewardkit.selection.scored import Scored

    columns = {"group": group_field, "prompt": prompt_field, "response": response_field}
    scored = Scored.open(
        files,
        columns,
        reward=reward_field,
        outcome=outcome_field,
        pass_at=pass_at,
        group_size=group_size,
        needs_response=False,
    )
    if not quiet:
        Console(stderr=True, highlight=False).print(escape(scored.describe()), soft_wrap=True)
    report = GroupReport()
    for group in scored.groups():
        report.add(group)
    if json_out is not None:
        write_text(json_out, json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n")
    _print(report, Console(highlight=False), show)


def _print(report: GroupReport, console: Console, show: int) -> None:
    _print_facts(report, console)
    if not report.scored:
        _print_reasons(report, console)
        return
    _print_states(report, console)
    _print_pass_at_k(report, console)
    _print_difficulty(report, console)
    _print_silent(report, console, show)
    _print_reasons(report, console)


def _print_facts(report: GroupReport, console: Console) -> None:
    from rich.table import Table

    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    lost = f"; {report.lost:,} rows could not be read" if report.lost else ""
    facts.add_row("responses", f"{report.responses:,}, {report.responses - report.scored:,} without a reward{lost}")
    facts.add_row("groups", f"{report.groups:,} of {_sizes(report)} responses")
    spread = report.variance
    if spread is not None:
        share = spread["within"] / spread["total"] if spread["total"] else math.nan
        inside = "" if math.isnan(share) else f" ({share:.0%} of it)"
        facts.add_row("mean reward", f"{spread['mean']:.4f}, pass rate {report.passed / report.scored:.4f}")
        facts.add_row(
            "variance",
            f"{spread['total']:.4f}: within groups {spread['within']:.4f}{inside}, between {spread['between']:.4f}",
        )
    console.print(facts)


def _sizes(report: GroupReport) -> str:
    if len(report.sizes) <= 1:
        return str(next(iter(report.sizes), 0))
    ranked = report.sizes.most_common()
    shown = ", ".join(f"{size} ({count:,})" for size, count in ranked[:_SIZES_SHOWN])
    more = f" and {len(ranked) - _SIZES_SHOWN} more sizes" if len(ranked) > _SIZES_SHOWN else ""
    return f"{min(report.sizes)} to {max(report.sizes)}: {shown}{more}"


def _print_states(report: GroupReport, console: Console) -> None:
    from rewardkit.selection.report import STATES, TRAINS

    rows: list[tuple[str, ...]] = []
    for state in STATES:
        count = report.states[state]
        if count or state in STATES[:3]:
            note = "these train" if state == TRAINS else "no signal"
            rows.append((state, f"{count:,}", f"{count / report.groups:.1%}", note))
    _table(console, "rewards of a group", ("groups", "share", ""), rows)


def _print_pass_at_k(report: GroupReport, console: Console) -> None:
    rows = [
        (f"pass@{p['k']}", f"{p['value']:.4f}", f"{p['low']:.4f} to {p['high']:.4f}", f"{p['groups']:,}")
        for p in report.pass_at_k()
    ]
    _table(console, "unbiased", ("value", "95 % over prompts", "prompts"), rows)
    if len({row[3] for row in rows}) > 1:
        console.print("the points are over different prompts, those with k responses: not to be compared", style="dim")


def _print_difficulty(report: GroupReport, console: Console) -> None:
    bars = report.histogram()
    highest = max(count for _, count in bars)
    rows = [(label, f"{count:,}", "█" * math.ceil(_BAR * count / highest)) for label, count in bars]
    _table(console, "pass rate", ("groups", ""), rows, left={2})


def _print_silent(report: GroupReport, console: Console, show: int) -> None:
    if not report.without_signal or not show:
        return
    rows = [
        (str(group["group"]), group["state"], str(group["responses"]), _number(group["mean_reward"]))
        for group in report.silent[:show]
    ]
    _table(console, "no signal", ("state", "responses", "mean reward"), rows, left={1})
    if report.without_signal > len(rows):
        console.print(f"and {report.without_signal - len(rows):,} more (--show N, --json FILE)", style="dim")


def _print_reasons(report: GroupReport, console: Console) -> None:
    ranked = sorted(report.reasons.items(), key=lambda item: -item[1][0])
    rows = [(why, f"{count:,}", first) for why, (count, first) in ranked[:_REASONS_SHOWN]]
    if rows:
        _table(console, "not scored", ("responses", "first"), rows, left={2})


def _table(
    console: Console,
    title: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    left: set[int] | None = None,
) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title, overflow="fold")
    for place, name in enumerate(columns, 1):
        is_left = place in (left or set()) or not name
        table.add_column(name, justify="left" if is_left else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console.print()
    console.print(table)


def _number(value: Any) -> str:
    return "none" if value is None else f"{value:.4f}"
