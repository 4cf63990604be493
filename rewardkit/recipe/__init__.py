"""Recipes: a reward, or a tree of rewards and gates, from a YAML file or written in Python.

    reward:
      require:                                    # conditions, in order; each must be CORRECT
        - {use: format, args: {sections: [think, answer]}}
      sum:                                        # weighted children
        - {use: math, name: correct}
        - {use: length.overlong, weight: 0.2, args: {unit: tokens, max_length: 4096, cache_length: 512}}
      otherwise: -0.2                             # what a row gets that fails a condition

The same in Python:

    require(get("format", sections=["think", "answer"]), otherwise=-0.2) >> (
        get("math").named("correct")
        + 0.2 * get("length.overlong", unit="tokens", max_length=4096, cache_length=512)
    )

A recipe is checked whole before it scores anything, and an error names the file, the line, the path inside, and the
nearest valid name. `to_tree` and `dump` turn a reward back into plain data and into a recipe file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rewardkit.errors import OptionError, RecipeError
from rewardkit.execution.local import Executor
from rewardkit.execution.scorer import default_executor
from rewardkit.gates.node import Node, Part
from rewardkit.recipe.builder import Builder
from rewardkit.recipe.columns import check_columns
from rewardkit.recipe.leaf import Leaf, bind, get
from rewardkit.recipe.python import (
    bonus,
    first,
    gate,
    geometric,
    harmonic,
    lexicographic,
    maximum,
    mean,
    minimum,
    product,
    require,
    route,
    staged,
)
from rewardkit.recipe.source import SUFFIXES, Document, Place, parse_yaml
from rewardkit.recipe.tree import dump, to_tree

__all__ = [
    "Leaf",
    "Part",
    "bind",
    "bonus",
    "build",
    "check_columns",
    "dump",
    "first",
    "gate",
    "geometric",
    "get",
    "harmonic",
    "is_recipe",
    "lexicographic",
    "load",
    "maximum",
    "mean",
    "minimum",
    "parse_option",
    "product",
    "read",
    "require",
    "route",
    "staged",
    "to_tree",
]


def load(
    path: str | os.PathLike[str], executor: Executor | None = None, params: Mapping[str, Any] | None = None
) -> Node:
    """The reward that a recipe file describes; `params` are values for its parameters.

    Raises:
        RecipeError: the file can't be read, is not YAML, or its tree is wrong; the message names the place.
        MissingExtraError: a library that one of its rewards needs is not installed.
    """
    return Builder(executor or default_executor()).file(Path(path), params or {}, Place(str(path)).at("params"))


def is_recipe(name: str) -> bool:
    """Whether a name given by a person means a recipe file and not an entry of the registry."""
    return name.endswith(SUFFIXES)


def read(path: str | os.PathLike[str], params: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The tree in a recipe file, as plain data: with what it includes, and the values of its parameters.

    Raises:
        RecipeError: as `load`.
    """
    return {"reward": to_tree(load(path, params=params))}


def build(tree: Mapping[str, Any], executor: Executor, where: str = "recipe") -> Node:
    """The reward that a tree of plain data describes; `where` opens every error message.

    Files that it includes are looked for from the current folder. `${name}` stands for a parameter only in a tree that
    has `params`: the tree that `to_tree` gives has none.
    """
    place = Place(where)
    return Builder(executor).document(Document(tree, place), {}, place, Path())


def parse_option(text: str) -> tuple[str, Any]:
    """`KEY=VALUE` from a command line; the value is read as in a recipe: `3`, `1e-6`, `true`, `[a, b]`.

    >>> parse_option("sections=[think, answer]")
    ('sections', ['think', 'answer'])
    """
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise OptionError(f"expected KEY=VALUE, got {text!r}")
    try:
        return key.strip(), parse_yaml(value, f"option {key.strip()!r}").data
    except RecipeError as error:
        raise OptionError(f"{error}; got {value[:80]!r}") from error
