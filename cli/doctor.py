"""`rewardkit doctor`: what is installed, what is missing, what that disables, and what isolates untrusted programs."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from rewardkit.verifiers.code.sandbox.trial import Attack, Trial


def doctor(
    attack: Annotated[bool, typer.Option("--attack", help="Attack the sandbox with hostile programs.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="A JSON Lines file of attacks to use instead of the shipped ones.")
    ] = None,
    rung: Annotated[
        str | None, typer.Option(help="Attack this kind of isolation: namespaces or landlock. Default: the strongest.")
    ] = None,
) -> None:
    """Check this installation: libraries, extras, worker processes, isolation, and what their absence disables."""
    from rich.console import Console

    console = Console()
    if attack:
        raise typer.Exit(_attack(console, data, rung))
    from rich.markup import escape

    from rewardkit.diagnosis import diagnose

    table = _table("what", "state", "details")
    findings = list(diagnose())
    for finding in findings:
        state = "[green]ok[/green]" if finding.is_ok else "[yellow]missing[/yellow]"
        table.add_row(escape(finding.what), state, escape(finding.details))
    console.print(table)
    missing = sum(not finding.is_ok for finding in findings)
    console.print(f"\n{missing} missing" if missing else "\neverything is there")
    _show_ladder(console)


def _show_ladder(console: Console) -> None:
    from rich.markup import escape

    from rewardkit.verifiers.code.sandbox.probe import PROMISES, describe_memory, probe

    ladder = probe()
    best = ladder.best()
    table = _table("isolation of programs", "state", "promises, or why not")
    for rung in ladder.rungs:
        state = "[green]works[/green]" if rung.works else "[yellow]refused[/yellow]"
        table.add_row(rung.name, state, escape(PROMISES[rung.name] if rung.works else rung.reason))
    console.print()
    console.print(table)
    if best is None:
        console.print("\nno program will be run here: use a remote sandbox, see docs/sandbox.md")
    else:
        console.print(f"\nprograms run behind {best.name}; `rewardkit doctor --attack` tries to break out")
        console.print(escape(describe_memory()), soft_wrap=True)


def _attack(console: Console, data: Path | None, rung: str | None) -> int:
    from rich.markup import escape

    from rewardkit.errors import OptionError, nearest
    from rewardkit.verifiers.code.sandbox import trial
    from rewardkit.verifiers.code.sandbox.local import LocalSandbox
    from rewardkit.verifiers.code.sandbox.probe import RUNGS, best_rung

    chosen = next((name for name in RUNGS if name == rung), None)
    if rung is not None and chosen is None:
        raise OptionError(f"no isolation is called {rung!r}: {nearest(rung, RUNGS)}")
    attacks = trial.read_attacks(data) if data else trial.shipped_attacks()
    with LocalSandbox(chosen or best_rung(), allow_weak=True) as sandbox:
        console.print(f"{len(attacks)} attacks on isolation by {sandbox.isolation}")
        trials = list(trial.try_attacks(sandbox, attacks))
    escaped = [t for t in trials if not t.contained]
    console.print(_summarise(trials))
    for broken in escaped:
        console.print(f"[red]escaped[/red] {escape(_name(broken.attack))}: {escape(broken.details)}")
    outcome = f"{len(escaped)} escaped" if escaped else "nothing escaped, nothing remained"
    console.print(f"\n{len(trials) - len(escaped)} contained, {outcome}")
    return 6 if escaped else 0


def _summarise(trials: list[Trial]) -> Table:
    contained: collections.Counter[str] = collections.Counter()
    total: collections.Counter[str] = collections.Counter()
    ways: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for tried in trials:
        kind = tried.attack.kind
        total[kind] += 1
        contained[kind] += tried.contained
        ways[kind][tried.details if tried.contained else "escaped"] += 1
    table = _table("class", "attacks", "contained", "how")
    for kind in sorted(total):
        how = ", ".join(f"{way} {count}" for way, count in ways[kind].most_common())
        table.add_row(kind, str(total[kind]), str(contained[kind]), how)
    return table


def _name(attack: Attack) -> str:
    return f"{attack.kind}/{attack.name} ({attack.why})"


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
