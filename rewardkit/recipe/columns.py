"""Whether rows have what a recipe asks of them, found out on the first rows of a file, before any is scored.

A column is asked for by an option that holds its name: `by`, `column`, `..._column`, `..._field`. One that the recipe
names itself must be there. One that an option names by default is missing only if no row can be judged without it, so
every reward is begun on the first rows: that is bounded work, and shows which columns it looked at. Rows go down the
tree as they will in a run, as far as that can be told without scoring: a case of a route is shown its own rows only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rewardkit.errors import nearest
from rewardkit.execution.local import begin
from rewardkit.execution.scorer import Scorer
from rewardkit.gates.catalog import keyword_of, kind
from rewardkit.gates.node import Node
from rewardkit.gates.route import Route
from rewardkit.gates.tree import children_of
from rewardkit.recipe.leaf import Leaf
from rewardkit.recipe.source import Place
from rewardkit.sample import Sample
from rewardkit.score import Score

LOOKED_AT = 20
"""Rows that are looked at."""

_ENDINGS = ("column", "_field")


class _Watched(dict[str, Any]):
    """A row's columns, that note which ones were asked for."""

    def __init__(self, columns: Mapping[str, Any], asked: set[str]) -> None:
        super().__init__(columns)
        self._asked = asked

    def __getitem__(self, key: str) -> Any:
        self._asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._asked.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._asked.add(key)
        return super().get(key, default)


def columns_of(node: Node) -> dict[str, str]:
    """The columns that the options of one node name, each with its option; those it names by default are left out."""
    if isinstance(node, Leaf):
        given: Mapping[str, Any] = node.args
    else:
        keyword = keyword_of(type(node))
        options = kind(keyword).schema.options if keyword is not None else ()
        given = {o.name: v for o in options if (v := getattr(node, o.name)) != o.default}
    return {value: option for option, value in given.items() if _names_column(option) and isinstance(value, str)}


def check_columns(
    node: Node, samples: Sequence[Sample], places: Sequence[tuple[Node, Place]] = (), *, judged: bool = True
) -> None:
    """Raise `RecipeError` for a column that the tree asks for and that none of the first samples has.

    Args:
        node: the tree.
        samples: the first samples of the data.
        places: where the nodes stand in their recipe, for the message.
        judged: whether it is an error too that a reward can judge none of the first samples, whatever the reason.
    """
    known = {id(each): place for each, place in places}
    for each, own, path in _shown(node, list(samples[:LOOKED_AT]), ()):
        if own:
            _check(each, own, known.get(id(each), Place("reward", path=path)), judged)


def _check(node: Node, samples: Sequence[Sample], place: Place, judged: bool) -> None:
    there = {column for sample in samples for column, value in sample.data.items() if value is not None}
    for column, option in columns_of(node).items():
        if column not in there:
            raise place.error(
                f"{option} is {column!r}, and no such column is in the first rows; {nearest(column, there)}"
            )
    if not isinstance(node, Scorer):
        return
    asked: set[str] = set()
    begun = [begin(node.verifier, replace(s, data=_Watched(s.data, asked))) for s in samples]
    unscored = [score for score in begun if isinstance(score, Score) and score.value is None]
    if len(unscored) < len(samples):
        return
    defaults = {v for f, v in vars(node.verifier).items() if _names_column(f) and isinstance(v, str)}
    missing = sorted((asked & defaults) - there)
    if missing:
        raise place.error(
            f"{node.name!r} needs the column {missing[0]!r}, which no row has at first; {nearest(missing[0], there)}"
        )
    if not judged:
        return
    rows = "the first row" if len(samples) == 1 else f"any of the first {len(samples)} rows"
    raise place.error(f"{node.name!r} can't judge {rows}: {unscored[0].outcome}, {unscored[0].reason}")


def _shown(
    node: Node, samples: list[Sample], path: tuple[str | int, ...]
) -> Iterator[tuple[Node, list[Sample], tuple[str | int, ...]]]:
    """Every node with the samples that it may be shown."""
    yield node, samples, path
    for where, child in children_of(node):
        own = samples
        if isinstance(node, Route):
            own = [sample for sample in samples if sample.data.get(node.by) == where[-1]]
        yield from _shown(child, own, (*path, *where))


def _names_column(option: str) -> bool:
    return option == "by" or option.endswith(_ENDINGS)
