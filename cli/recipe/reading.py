"""What the commands on recipes share: the file that they name, its parameters, and rows to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rewardkit.gates.node import Node
    from rewardkit.recipe.source import Place
    from rewardkit.sample import Sample

RecipeFile = Annotated[str, typer.Argument(metavar="RECIPE.yaml", help="The recipe file.")]
Parameters = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A value for a parameter of the recipe.")
]
Data = Annotated[
    str | None, typer.Option("--data", "-d", metavar="FILE", help="Rows: JSONL, JSONL.gz, Parquet, dataset folders.")
]


def built(file: str, settings: list[str] | None, plugins: list[str] | None) -> tuple[Node, list[tuple[Node, Place]]]:
    """The reward in a recipe file, with the place of each of its nodes."""
    from rewardkit.execution.scorer import default_executor
    from rewardkit.recipe import parse_option
    from rewardkit.recipe.builder import Builder
    from rewardkit.recipe.source import Place
    from rewardkit.registry import load_plugin

    for where in plugins or []:
        load_plugin(where)
    builder = Builder(default_executor())
    params = dict(parse_option(setting) for setting in settings or [])
    return builder.file(file, params, Place("--set")), builder.places


def first_samples(file: str, columns: Mapping[str, str | None]) -> list[Sample]:
    """The samples of the first rows of a file."""
    from rewardkit.data.fields import detect, samples_of
    from rewardkit.data.reading import open_source
    from rewardkit.errors import DataError, RowError

    first = open_source(file).first()
    if not first:
        raise DataError(f"{file} has no rows")
    fields = detect(first, columns)
    samples: list[Sample] = []
    faults: list[str] = []
    for row in first:
        try:
            samples += samples_of(row, fields)
        except RowError as error:
            faults.append(f"row {row.number}: {error}")
    if not samples:
        raise DataError(f"{file}: none of the first rows can be read; {faults[0]}")
    return samples


def group_of_row(file: str, number: int, columns: Mapping[str, str | None]) -> tuple[list[Sample], slice]:
    """All samples of the group that a row belongs to, and which of them are the row's own.

    Raises:
        DataError: the file can't be read, has fewer rows, or a group in it is broken.
        RowError: the row is malformed.
    """
    from rewardkit.data.fields import detect, is_many, lookup, samples_of
    from rewardkit.data.grouping import Grouping
    from rewardkit.data.reading import open_source
    from rewardkit.errors import DataError, RowError

    source = open_source(file)
    fields = detect(source.first(), columns)
    grouping = Grouping(fields.group)
    group: list[Sample] = []
    own: slice | None = None
    for row in source.rows():
        try:
            samples = samples_of(row, fields)
        except RowError:
            if row.number == number:
                raise
            continue
        several = is_many(lookup(row.fields or {}, fields.response))
        samples, begins = grouping.take(f"{file}, row {row.number}", samples, several)
        if begins:
            if own is not None:
                break
            group = []
        if row.number == number:
            own = slice(len(group), len(group) + len(samples))
        group += samples
    if own is None:
        raise DataError(f"{file} has no row {number}")
    return group, own


def column_names(nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
    """The columns that the recipe names itself, each with the node that reads it."""
    from rewardkit.recipe.columns import columns_of

    for node in nodes:
        for column in columns_of(node):
            yield column, node.name


def field_columns(prompt: str | None, response: str | None, reference: str | None, group: str | None) -> dict[str, Any]:
    """The columns that a person names, by role."""
    return {"prompt": prompt, "response": response, "reference": reference, "group": group}
