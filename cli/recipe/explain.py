"""`rewardkit recipe explain`: what each node of a recipe gave on one row, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rewardkit.cli import options
from rewardkit.cli.recipe.reading import Parameters, RecipeFile

if TYPE_CHECKING:
    from rich.tree import Tree

    from rewardkit.recipe.trace import Trace
    from rewardkit.sample import Sample


def explain(
    recipe: RecipeFile,
    data: Annotated[str, typer.Option("--data", "-d", metavar="FILE", help="The file of rows.")],
    row: Annotated[int, typer.Option("--row", min=1, help="Which row of the file, counted from 1.")] = 1,
    settings: Parameters = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    plugin: options.Plugins = None,
) -> None:
    """Explain what a recipe does with one row: what every node gave, why, and which were not run.

    A recipe that reads groups is given the whole group of the row.
    """
    from rich.console import Console
    from rich.text import Text

    from rewardkit.cli.recipe.reading import built, field_columns, group_of_row
    from rewardkit.gates.tree import needs_groups
    from rewardkit.recipe.outline import outline
    from rewardkit.recipe.trace import trace
    from rewardkit.run import samples_of_row

    node, _ = built(recipe, settings, plugin)
    columns = field_columns(prompt_field, response_field, reference_field, group_field)
    if needs_groups(node):
        samples, own = group_of_row(data, row, columns)
    else:
        samples = samples_of_row(data, row, columns)
        own = slice(0, len(samples))
    shape = outline(node)
    console = Console(highlight=False)
    for sample, score in list(zip(samples, node.score(samples), strict=True))[own]:
        console.print(Text.assemble(f"{data}, row {row}", (f" ({sample.id})" if sample.id else "", "dim")))
        console.print(_tree(trace(shape, score), sample))


def _tree(found: Trace, sample: Sample) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    tree = _branch(found)
    tree.children.insert(0, Tree(Text(f"response: {_shown(sample.response_text)}")))
    tree.children.insert(1, Tree(Text(f"reference: {_shown(sample.reference)}")))
    return tree


def _branch(found: Trace) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    shape, score = found.outline, found.score
    edges = ", ".join(f"{key} {_shown(value)}" for key, value in shape.edges.items())
    who = Text.assemble(
        (f"{shape.place} " if shape.place else "", "dim"),
        (shape.name, "bold"),
        "" if shape.name == shape.kind else f" {shape.kind}",
        (f" ({edges})" if edges else "", "dim"),
    )
    if score is None:
        return Tree(Text.assemble(who, f" was not run: {found.why_not}"))
    value = "None" if score.value is None else f"{score.value:g}"
    tree = Tree(Text.assemble(who, " gives ", (value, "bold"), f" of {shape.range}: {score.outcome}"))
    tree.add(Text(score.reason))
    for key, seen in score.evidence.items():
        tree.add(Text.assemble((f"{key}: ", "dim"), _shown(seen)))
    for child in found.children:
        tree.children.append(_branch(child))
    return tree


def _shown(value: Any, limit: int = 300) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]} ({len(text)} characters)"
