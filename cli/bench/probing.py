"""`rewardkit bench attack` and `rewardkit bench rewrites`: both error rates of a reward on a user's own rows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rewardkit.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from rewardkit.bench.probes import ProbeClass
    from rewardkit.bench.trial import ClassResult, Mode, TrialResult
    from rewardkit.execution.local import Executor
    from rewardkit.gates.node import Node

_Data = Annotated[
    list[str], typer.Option("--data", "-d", metavar="FILE", help="Rows with prompts and references; may be repeated.")
]
_Seed = Annotated[int, typer.Option(help="The same seed gives the same responses.")]
_PerClass = Annotated[int, typer.Option(min=1, metavar="N", help="At most this many responses of each class.")]
_Classes = Annotated[
    list[str] | None, typer.Option("--classes", metavar="A,B", help="Only these classes; may be repeated.")
]
_Below = Annotated[
    float | None, typer.Option(metavar="VALUE", help="Rewarded means this value or more [default: top of the range].")
]
_Graded = Annotated[
    bool, typer.Option("--graded", help="Rewarded means scored at least as high as the plain reference.")
]
_Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE.jsonl", help="Write the hits as rows.")]


def _command(mode: Mode, text: str) -> Callable[..., None]:
    """The two commands take the same options: only their classes and what they are told about differ."""

    def command(
        reward: options.RewardName,
        data: _Data,
        seed: _Seed = 0,
        per_class: _PerClass = 200,
        classes: _Classes = None,
        below: _Below = None,
        graded: _Graded = False,
        output: _Output = None,
        json: options.JsonOut = None,
        markdown: options.MarkdownOut = None,
        prompt_field: options.PromptField = None,
        reference_field: options.ReferenceField = None,
        id_field: options.IdField = None,
        option: options.RewardOptions = None,
        workers: options.Workers = None,
        deadline: options.Deadline = 5.0,
        limit: options.Limit = None,
        quiet: options.Quiet = False,
        plugin: options.Plugins = None,
    ) -> None:
        columns = {"prompt": prompt_field, "reference": reference_field, "id": id_field}
        _run(
            mode, reward, data, columns, classes=classes, seed=seed, per_class=per_class, below=below, graded=graded,
            output=output, json=json, markdown=markdown, option=option, workers=workers, deadline=deadline,
            limit=limit, quiet=quiet, plugin=plugin,
        )  # fmt: skip

    command.__doc__ = text
    return command


attack = _command(
    "attack",
    """Attack a reward with responses that must not be rewarded, made from your own prompts and references.

    No labels are needed: every response is wrong by how it is made, or shown to differ from the reference by an
    independent check. The table shows how often each class of attack is rewarded.
    """,
)
rewrites = _command(
    "rewrites",
    """Try a reward on right answers said in other ways, made from your own references.

    No labels are needed: every response is right by how it is made, or shown to equal the reference by an independent
    check. The table shows how often each way is not rewarded; ways that are a matter of policy stand apart.
    """,
)


def _run(
    mode: Mode,
    reward: str,
    data: list[str],
    columns: dict[str, str | None],
    *,
    classes: list[str] | None,
    seed: int,
    per_class: int,
    below: float | None,
    graded: bool,
    output: str | None,
    json: str | None,
    markdown: str | None,
    option: list[str] | None,
    workers: int | None,
    deadline: float,
    limit: int | None,
    quiet: bool,
    plugin: list[str] | None,
) -> None:
    from rich.console import Console

    from rewardkit.bench.attack.table import prepare
    from rewardkit.bench.probes import chosen
    from rewardkit.bench.prompts import read_prompts
    from rewardkit.bench.trial import Trial, as_json, as_markdown
    from rewardkit.execution.local import LocalExecutor
    from rewardkit.registry import load_plugin

    for where in plugin or []:
        load_plugin(where)
    table = chosen(_table(mode), [name.strip() for names in classes or [] for name in names.split(",")])
    notes = Console(stderr=True, highlight=False)
    with LocalExecutor(workers, deadline) as executor:
        node = _build(reward, option or [], plugin or [], executor)
        prompts = read_prompts(data, columns, limit)
        rows = prepare(prompts.samples, seed)
        if not quiet:
            notes.print(
                f"{node.name} on {', '.join(data)}: {prompts.describe()}; {len(rows):,} different rows", markup=False
            )
            if prompts.malformed:
                notes.print(f"{prompts.malformed:,} rows can't be used; {prompts.first_error}", markup=False)
        trial = Trial(node, rows, mode, seed=seed, per_class=per_class, below=below, is_graded=graded)
        with _hits(output) as on_hit, _progress(notes, len(table), quiet) as on_class:
            result = trial.run(table, on_hit, on_class)
    for path, text in ((json, as_json), (markdown, as_markdown)):
        if path is not None:
            _write(path, text(result))
    _print(result, Console(highlight=False))


def _build(reward: str, option: list[str], plugin: list[str], executor: Executor) -> Node:
    """A registered reward, a recipe, or a peer: a function by its dotted path, or an adapter."""
    from rewardkit import registry
    from rewardkit.cli.bench.contestants import peer
    from rewardkit.recipe import is_recipe
    from rewardkit.run import build_reward

    if option or is_recipe(reward) or reward in registry.names():
        return build_reward(reward, option, executor)
    return peer(reward, plugin).build(executor)[0]


def _table(mode: Mode) -> Sequence[ProbeClass]:
    from rewardkit.bench.attack.table import ATTACKS
    from rewardkit.bench.rewrite.table import REWRITES

    return ATTACKS if mode == "attack" else REWRITES


@contextlib.contextmanager
def _hits(path: str | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Writes the hits, one a line."""
    from rewardkit.data.lines import dump_line
    from rewardkit.errors import DataError

    if path is None:
        yield lambda row: None
        return
    try:
        with open(path, "wb") as file:

            def write(row: dict[str, Any]) -> None:
                file.write(dump_line(row))

            yield write
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}") from error


def _write(path: str, text: str) -> None:
    from rewardkit.errors import DataError

    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _progress(console: Console, classes: int, quiet: bool) -> Iterator[Callable[[ClassResult], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if quiet or not console.is_terminal:
        yield lambda result: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("classes", total=classes)
        yield lambda result: bar.update(task, advance=1, description=result.name)


def _print(result: TrialResult, console: Console) -> None:
    from rich.markup import escape
    from rich.table import Table

    from rewardkit.bench.trial import HIT_WORDS, headline, shown, skipped_line

    for is_policy, title in ((False, ""), (True, "where policies differ")):
        ran = [c for c in result.ran if c.is_policy == is_policy]
        if not ran:
            continue
        table = Table(box=None, pad_edge=False, header_style="bold", title=title or None, title_justify="left")
        table.add_column("class", no_wrap=True)
        for name in ("n", HIT_WORDS[result.mode]):
            table.add_column(name, justify="right")
        table.add_column("rate [95 %]")
        table.add_column("unscored", justify="right")
        table.add_column("what", overflow="fold")
        for c in ran:
            style = "red" if c.hits else ""
            table.add_row(
                c.name, f"{c.scored:,}", f"{c.hits:,}", shown(c.rate), f"{c.unscored:,}", escape(c.why), style=style
            )
        console.print(table)
    if result.skipped:
        console.print(f"\nskipped: {escape(skipped_line(result))}", soft_wrap=True)
    console.print(f"\nplain references rewarded: {escape(shown(result.honest))}", soft_wrap=True)
    console.print(f"[bold]{escape(headline(result))}[/bold]", soft_wrap=True)
