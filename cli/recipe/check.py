"""`rewardkit recipe check`: everything that can be wrong with a recipe before a row is scored."""

from __future__ import annotations

from rewardkit.cli import options
from rewardkit.cli.recipe.reading import Data, Parameters, RecipeFile


def check(
    recipe: RecipeFile,
    data: Data = None,
    settings: Parameters = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    plugin: options.Plugins = None,
) -> None:
    """Check a recipe: names, options, ranges, includes; with --data also the columns of its first rows.

    Exit codes: 0 all is well; 2 something is wrong with the recipe, or a column is missing; 3 a missing extra; 4 the
    rows can't be read.
    """
    from rich.console import Console
    from rich.text import Text

    from rewardkit.cli.recipe.reading import built, column_names, field_columns, first_samples
    from rewardkit.gates.tree import needs_groups, walk
    from rewardkit.recipe import check_columns
    from rewardkit.recipe.scale import drowning

    node, places = built(recipe, settings, plugin)
    nodes = list(walk(node))
    rows = ""
    if data is not None:
        columns = field_columns(prompt_field, response_field, reference_field, group_field)
        samples = first_samples(data, columns)
        check_columns(node, samples, places)
        rows = f"; the first rows of {data} have what it asks for"
    asked = sorted({column for column, _ in column_names(nodes)})
    console = Console(highlight=False)
    console.print(
        Text(
            f"{recipe}: fine. {len(nodes)} node{'s' if len(nodes) > 1 else ''}, range {node.range}, cost {node.cost}"
            + (f", reads {', '.join(map(repr, asked))}" if asked else "")
            + (", needs whole groups" if needs_groups(node) else "")
            + rows
        ),
        soft_wrap=True,
    )
    for told in drowning(node):
        console.print(Text(f"note: {told}"), soft_wrap=True)
