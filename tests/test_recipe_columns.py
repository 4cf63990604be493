"""Columns that a recipe asks for are looked for before a row is scored."""

from typing import Any

import pytest

from rewardkit import Sample
from rewardkit.errors import RecipeError
from rewardkit.execution.local import LocalExecutor
from rewardkit.recipe import build, check_columns
from rewardkit.recipe.builder import Builder
from rewardkit.recipe.source import Document, Place

EXECUTOR = LocalExecutor()
TOKENS = {"unit": "tokens", "max_length": 9}


def samples(count: int = 3, reference: Any = "a", **columns: Any) -> list[Sample]:
    return [Sample(response="a b", reference=reference, data=columns) for _ in range(count)]


@pytest.mark.parametrize(
    ("tree", "rows", "message"),
    [
        (
            {"route": {"by": "tsk", "cases": {"a": {"use": "exact"}}}},
            samples(task="a"),
            "by is 'tsk', and no such column .*did you mean 'task'",
        ),
        (
            {"use": "length.linear", "args": {**TOKENS, "tokens_field": "n_token"}},
            samples(n_tokens=3),
            "tokens_field is 'n_token', .*did you mean 'n_tokens'",
        ),
        (
            {"use": "length.linear", "args": TOKENS},
            samples(n_token=3),
            "needs the column 'n_tokens', .*did you mean 'n_token'",
        ),
        ({"use": "math"}, samples(reference=None), "'math' can't judge any of the first 3 rows: BAD_REFERENCE"),
        ({"use": "math"}, samples(1, reference=None), "can't judge the first row"),
        (
            {"route": {"by": "task", "cases": {"a": {"use": "exact"}, "b": {"use": "length.linear", "args": TOKENS}}}},
            [*samples(task="a"), *samples(task="b")],
            r"'length\.linear' needs the column 'n_tokens'",
        ),
    ],
)
def test_a_missing_column_is_one_error_with_the_nearest_name(tree: Any, rows: list[Sample], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        check_columns(build({"reward": tree}, EXECUTOR), rows)


@pytest.mark.parametrize(
    ("tree", "rows"),
    [
        ({"use": "length.linear", "args": {"unit": "words", "max_length": 9}}, samples()),
        ({"use": "length.linear", "args": TOKENS}, [*samples(2), *samples(1, n_tokens=4)]),
        ({"use": "choice"}, samples(reference="A", options=["x", "y"])),
        (
            {"route": {"by": "task", "cases": {"a": {"use": "exact"}, "b": {"use": "length.linear", "args": TOKENS}}}},
            samples(task="a"),
        ),
        ({"scheduled": [{"use": "exact", "weight": 1}]}, samples()),
    ],
)
def test_a_column_that_no_row_needs_may_be_missing(tree: Any, rows: list[Sample]) -> None:
    check_columns(build({"reward": tree}, EXECUTOR), rows)


def test_the_error_names_the_line_of_the_node() -> None:
    builder = Builder(EXECUTOR)
    place = Place("r.yaml", {("reward", "sum", 1): 7, ("reward",): 2})
    tree = {"reward": {"sum": [{"use": "exact"}, {"use": "length.linear", "args": TOKENS}]}}
    node = builder.document(Document(tree, place), {}, place, None)  # type: ignore[arg-type]  # nothing is included
    with pytest.raises(RecipeError, match=r"^r\.yaml:7: reward\.sum\[1\]: 'length\.linear' needs the column"):
        check_columns(node, samples(), builder.places)
