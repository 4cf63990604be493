"""`rewardkit list` and `rewardkit show NAME`: the registry, for people."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rewardkit.cli.options import Plugins

if TYPE_CHECKING:
    from rich.console import Console

    from rewardkit.registry import Entry, Example


def list_rewards(
    plugin: Plugins = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List the rewards that are registered."""
    from rich.console import Console
    from rich.table import Table

    from rewardkit.errors import RegistrationError
    from rewardkit.registry import find, load_plugin, names

    for where in plugin or []:
        load_plugin(where)
    known, broken = [], []
    for name in names():
        try:
            known.append(find(name))
        except RegistrationError as error:  # one package's fault must not hide the others
            broken.append(str(error))
    for fault in broken:
        print(f"rewardkit: warning: {fault}", file=sys.stderr)
    if as_json:
        print(json.dumps([{"name": e.name, "summary": e.summary, "missing": list(e.missing)} for e in known]))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "what it checks", "reference"):
        table.add_column(column, overflow="fold")
    for entry in known:
        missing = f" [not installed: {', '.join(entry.missing)}]" if entry.missing else ""
        table.add_row(entry.name, _escape(entry.summary + missing), _escape(entry.reference))
    console = Console()
    console.print(table)
    console.print("\n[dim]rewardkit show NAME prints the page of one of them[/dim]")


def show(
    name: Annotated[str, typer.Argument(help="Name of a reward; see `rewardkit list`.")],
    plugin: Plugins = None,
) -> None:
    """Show one reward: what it checks, its options, range, source, examples and attacks."""
    from rich.console import Console

    from rewardkit.registry import find, load_plugin

    for where in plugin or []:
        load_plugin(where)
    _print_page(find(name), Console())


def _print_page(entry: Entry, console: Console) -> None:
    from rich.table import Table

    console.print(f"[bold]{entry.name}[/bold]\n")
    console.print(_escape(_reflowed(entry.description)))
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    facts.add_row("reference", _escape(entry.reference))
    facts.add_row("range", _range_of(entry))
    facts.add_row("cost", str(entry.factory.cost) + ("" if entry.factory.is_bounded else ", may use worker processes"))
    facts.add_row("source", _escape(entry.source))
    if entry.requires:
        state = f"missing: {', '.join(entry.missing)}" if entry.missing else "installed"
        facts.add_row("needs", f"{', '.join(entry.requires)} ({state}; extra: {entry.extra})")
    console.print()
    console.print(facts)
    if entry.options:
        console.print("\n[bold]options[/bold]")
        options = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("name", "type", "default", "meaning"):
            options.add_column(column, overflow="fold")
        for option in entry.options:
            default = "required" if option.required else json.dumps(option.default, ensure_ascii=False, default=str)
            options.add_row(option.name, _escape(option.type), _escape(default), _escape(option.doc))
        console.print(options)
    console.print("\n[bold]examples[/bold]")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("response", "reference", "options", "outcome"):
        table.add_column(column, overflow="fold")
    for example in entry.examples:
        table.add_row(*(_escape(cell) for cell in _example_cells(example)))
    console.print(table)
    attacks = ", ".join(attack.name for attack in entry.attacks)
    console.print(f"\n[bold]attacks that it withstands[/bold]\n{_escape(attacks)}, and the generic ones")
    for attack_class, reason in entry.exempt.items():
        console.print(_escape(f"except {attack_class}: {reason}"))


def _example_cells(example: Example) -> tuple[str, str, str, str]:
    options = json.dumps(dict(example.options), ensure_ascii=False) if example.options else ""
    value = f" {example.value:g}" if example.value is not None else ""
    reference = json.dumps(example.sample.reference, ensure_ascii=False)
    return _short(example.sample.response_text), _short(reference), options, f"{example.outcome}{value}"


def _range_of(entry: Entry) -> str:
    if entry.missing:
        return "?"
    ranges = sorted({str(entry.build(example.options).range) for example in entry.examples})
    return ranges[0] if len(ranges) == 1 else f"by its options; in the examples {', '.join(ranges)}"


def _reflowed(text: str) -> str:
    """Paragraphs as one line each, for the terminal to wrap; tables, lists and indented lines stay as they are."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        keeps = any(line.startswith((" ", "|", "-", "*")) for line in lines)
        paragraphs.append(paragraph if keeps else " ".join(lines))
    return "\n\n".join(paragraphs)


def _short(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
