"""`rewardkit recipe show`: the tree of a recipe, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rewardkit.cli import options
from rewardkit.cli.recipe.reading import Parameters, RecipeFile

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from rewardkit.recipe.outline import Outline


def show(
    recipe: RecipeFile,
    settings: Parameters = None,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flow chart instead.")] = False,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print one file, with includes and parameters.")] = False,
    plugin: options.Plugins = None,
) -> None:
    """Show what a recipe is made of: its nodes, what each is given, its range and its cost."""
    from rich.console import Console

    from rewardkit.cli.recipe.reading import built
    from rewardkit.errors import UsageError
    from rewardkit.recipe import dump
    from rewardkit.recipe.outline import mermaid, outline

    if as_mermaid and as_yaml:
        raise UsageError("--mermaid and --yaml exclude each other")
    node, _ = built(recipe, settings, plugin)
    if as_yaml:
        print(dump(node), end="")
        return
    found = outline(node)
    if as_mermaid:
        print(mermaid(found))
        return
    Console(highlight=False).print(_tree(found))


def _tree(found: Outline) -> Tree:
    from rich.tree import Tree

    tree = Tree(_label(found))
    for child in found.children:
        tree.children.append(_tree(child))
    return tree


def _label(found: Outline) -> Text:
    """One node in a line: what it is, what it is given, range and cost."""
    from rich.text import Text

    return Text.assemble(
        (f"{found.place} " if found.place else "", "dim"),
        (found.name, "bold"),
        "" if found.name == found.kind else f" {found.kind}",
        f"  {found.details}" if found.details else "",
        (f"  {found.range}", "cyan"),
        (f" {found.cost}", "dim"),
    )
