"""The tables of `rewardkit recipe audit`, on the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import markup
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from rewardkit.audit import Check, Finding, Report
    from rewardkit.audit.ratios import Share
    from rewardkit.audit.report import Link
    from rewardkit.audit.within import Inversion, Member
    from rewardkit.bench.preference.moments import Correlation
    from rewardkit.bench.statistics import Rate

_STYLES = {"SERIOUS": "bold red", "WARNING": "yellow", "NOTE": "dim"}
_LINKS_SHOWN = 8
_REASONS_SHOWN = 6
_TEXT_SHOWN = 160


def print_audit(report: Report, found: Sequence[Finding], checks: Sequence[Check], console: Console, show: int) -> None:
    """All of it: the findings first, then the figures that they come from, and at the end the limits."""
    _print_facts(report, console)
    _print_findings(found, console)
    _print_parts(report, console)
    _print_decisions(report, console)
    _print_lengths(report, console)
    _print_links(report, console)
    _print_labels(report, console)
    _print_groups(report, console)
    for inversion in report.groups.worst[:show]:
        _print_inversion(report, inversion, console)
    _print_reasons(report, console)
    _print_checks(checks, console)


def _print_facts(report: Report, console: Console) -> None:
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    malformed = f", {report.malformed:,} of them malformed" if report.malformed else ""
    several = "" if report.samples == report.rows - report.malformed else f", {report.samples:,} responses"
    facts.add_row("reward", escape(f"{report.reward}, range {report.within}"))
    facts.add_row("rows", f"{report.rows:,}{malformed}{several}")
    how = "all of them" if report.is_whole else f"a sample drawn with seed {report.seed}"
    facts.add_row("ranks on", f"{report.sampled:,} responses, {how}")
    console.print(facts)


def _print_findings(found: Sequence[Finding], console: Console) -> None:
    console.print()
    if not found:
        console.print("nothing stands out", style="bold")
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for finding in found:
        name = finding.severity.name
        table.add_row(name.lower(), escape(finding.text), style=_STYLES[name])
    console.print(table)


def _print_parts(report: Report, console: Console) -> None:
    from rewardkit.audit.distributions import MOST_DISTINCT

    rows = []
    for part in report.parts:
        seen = part.distribution
        distinct = f"{seen.distinct:,}" if seen.distinct <= MOST_DISTINCT else f"> {MOST_DISTINCT:,}"
        rows.append(
            (
                part.part.title,
                f"{seen.run:,}",
                f"{seen.unscored:,}",
                _number(part.mean),
                _number(part.std),
                _share(seen.bottom, seen.scored),
                _share(seen.top, seen.scored),
                distinct,
            )
        )
    columns = ("run on", "None", "mean", "std", "bottom", "top", "distinct")
    _table(console, "part", columns, rows)
    console.print("bottom, top: share of the values that lie at that end of the range", style="dim")


def _print_decisions(report: Report, console: Console) -> None:
    rows = [
        (
            decision.gate or "(whole)",
            decision.kind,
            f"{decision.name} {decision.fires}" if decision.name else decision.fires.removesuffix(" of"),
            f"{decision.fired:,}",
            f"{decision.rows:,}",
            _share(decision.fired, decision.rows),
        )
        for decision in report.decisions
    ]
    if rows:
        _table(console, "gate", ("kind", "decision", "rows", "of", "share"), rows, left={1, 2})


def _print_lengths(report: Report, console: Console) -> None:
    rows = []
    for part in report.parts:
        link = part.longest
        rows.append((part.part.title, link.second, *_linked(link)))
    _table(console, "with length", ("unit", "Pearson", "Spearman", "n"), rows, left={1})
    console.print("in the unit with which it goes together most; the others stand in --json FILE", style="dim")


def _print_links(report: Report, console: Console) -> None:
    known = [link for link in report.links if link.strongest is not None]
    rows = [(f"{link.first}, {link.second}", *_linked(link)) for link in known[:_LINKS_SHOWN]]
    if rows:
        _table(console, "parts with each other", ("Pearson", "Spearman", "n"), rows)
        if len(known) > len(rows):
            console.print(f"and {len(known) - len(rows):,} weaker pairs (--json FILE)", style="dim")


def _print_labels(report: Report, console: Console) -> None:
    if report.label is None:
        return
    rows = [(part.part.title, *_linked(part.label)) for part in report.parts if part.label is not None]
    _table(console, f"with {report.label}", ("Pearson", "Spearman", "n"), rows)
    facts: list[tuple[str, ...]] = []
    for is_right, name in ((True, "right"), (False, "wrong")):
        found = report.labels[is_right]
        facts.append(
            (
                name,
                f"{found.responses:,}",
                _number(found.mean),
                _share(found.above_bottom, found.scored),
                _share(found.at_top, found.scored),
            )
        )
    _table(console, "answers", ("responses", "mean", "above bottom", "at top"), facts)
    lines = Table(box=None, pad_edge=False, show_header=False)
    lines.add_column()
    lines.add_column(overflow="fold")
    lines.add_row("share of reward paid to wrong answers", _over_groups(report.paid_to_wrong, percent=True))
    lines.add_row("wrong above the median right one", _rate(report.wrong_above_median))
    lines.add_row("wrong at or above it", _rate(report.wrong_at_median))
    console.print(lines)


def _print_groups(report: Report, console: Console) -> None:
    groups = report.groups
    unit = next(iter(groups.length_auc))
    rows = [
        (
            part.part.title,
            _share(part.varying, groups.groups),
            _estimate(part.within[unit]),
            *((_over_groups(part.auc),) if report.label is not None else ()),
        )
        for part in report.parts
    ]
    columns = ("varies in", f"with {unit}", *(("AUC",) if report.label is not None else ()))
    _table(console, "within groups", columns, rows)
    auc = "; AUC: right above wrong, ties half" if report.label is not None else ""
    told = (
        f"varies in: share of the groups in which its values differ; with {unit}: Pearson, group means taken out{auc}"
    )
    console.print(told, style="dim", soft_wrap=True)
    lines = Table(box=None, pad_edge=False, show_header=False)
    lines.add_column()
    lines.add_column(overflow="fold")
    single = f", and {groups.single:,} of one response" if groups.single else ""
    lines.add_row("groups", f"{groups.groups:,} of several responses{single}")
    lines.add_row("without signal", _rate(report.silent))
    if report.label is not None:
        _add_order(report, lines)
    console.print(lines)


def _add_order(report: Report, lines: Table) -> None:
    groups = report.groups
    lines.add_row("with right and wrong", f"{groups.mixed:,} groups, {groups.pairs:,.0f} pairs")
    lines.add_row("right above wrong", f"{groups.above:,.0f} pairs, {groups.tied:,.0f} tied")
    lines.add_row("AUC", _over_groups(groups.auc))
    for unit, found in groups.length_auc.items():
        lines.add_row(f"AUC of {unit} alone", _over_groups(found))
    if groups.best_length is not None:
        lines.add_row(f"beyond {groups.best_length}", _over_groups(groups.gain[groups.best_length]))
    lines.add_row("a wrong one above a right one", f"in {groups.inverted:,} groups")
    lines.add_row("right and wrong paid alike", f"in {groups.blind:,} groups")


def _print_inversion(report: Report, found: Inversion, console: Console) -> None:
    name = "one prompt" if found.group is None else f"group {escape(found.group)}"
    console.print()
    console.print(
        f"[bold]{name}[/bold]: the wrong one gets {found.margin:g} more. {escape(found.prompt)}",
        soft_wrap=True,
    )
    sides = (("wrong", found.wrong), ("right", found.right))
    rows: list[tuple[str, ...]] = [
        (part.part.title, *(_given(member.values[place]) for _, member in sides))
        for place, part in enumerate(report.parts)
    ]
    for k, unit in enumerate(report.whole.lengths):
        rows.append((unit, *(_given(member.values[len(report.parts) + k]) for _, member in sides)))
    names = tuple(f"{name}: {member.id}" for name, member in sides)
    _table(console, "", names, rows, gap=False)
    for name, member in sides:
        _print_text(name, member, console)


def _print_text(name: str, member: Member, console: Console) -> None:
    text = " ".join(member.text.split())
    if len(text) > _TEXT_SHOWN:
        text = f"{text[: _TEXT_SHOWN // 2]} … {text[-_TEXT_SHOWN // 2 :]}"
    console.print(f"[dim]{name}, {escape(member.where)}:[/dim] {escape(text)}", soft_wrap=True)


def _print_reasons(report: Report, console: Console) -> None:
    rows = [(why, f"{count:,}", first) for found in report.reasons.values() for why, count, first in found]
    if rows:
        _table(console, "not usable", ("rows", "first"), rows[:_REASONS_SHOWN], left={2})
        if len(rows) > _REASONS_SHOWN:
            console.print(f"and {len(rows) - _REASONS_SHOWN} more reasons (--json FILE)", style="dim")


def _print_checks(checks: Sequence[Check], console: Console) -> None:
    if checks:
        console.print()
    for check in checks:
        told = "kept" if check.is_kept else "crossed"
        console.print(f"{told}: {escape(check.line)}", style="green" if check.is_kept else "bold red", soft_wrap=True)


def _table(
    console: Console,
    title: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    left: set[int] | None = None,
    gap: bool = True,
) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(escape(title), overflow="fold")
    for place, name in enumerate(columns, 1):
        table.add_column(escape(name), justify="left" if place in (left or set()) else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    if gap:
        console.print()
    console.print(table)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"


def _given(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.6g}"


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else "none"


def _correlation(found: Correlation) -> str:
    return "none" if found.r is None else f"{found.r:z.2f}"


def _linked(link: Link) -> tuple[str, str, str]:
    """Pearson, Spearman, n."""
    return _estimate(link.pearson), _estimate(link.spearman), f"{link.pearson.n:,}"


def _estimate(found: Correlation) -> str:
    ends = "" if found.low is None or found.high is None else f" ({found.low:z.2f} to {found.high:z.2f})"
    return _correlation(found) + ends


def _over_groups(found: Share, percent: bool = False) -> str:
    if found.value is None:
        return "none"
    spec = ".1%" if percent else ".3f"
    if found.low is None or found.high is None:
        return f"{found.value:{spec}}"
    return f"{found.value:{spec}} ({found.low:{spec}} to {found.high:{spec}})"


def _rate(rate: Rate) -> str:
    if rate.value is None:
        return "none"
    return f"{rate.value:.1%} ({rate.interval.low:.1%} to {rate.interval.high:.1%}): {rate.count:,} of {rate.total:,}"


def escape(text: str) -> str:
    """Text as a terminal may show it: no markup, and no control characters, which people's rows may hold."""
    return markup.escape("".join(char if char.isprintable() else " " for char in text))
