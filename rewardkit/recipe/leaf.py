"""`Leaf`: an entry of the registry as a node of a tree, which remembers what it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardkit import registry
from rewardkit.execution.local import Executor
from rewardkit.execution.scorer import Scorer, default_executor
from rewardkit.gates.node import Operators


@dataclass(frozen=True)
class Leaf(Operators, Scorer):
    """A reward of the registry, bound to its executor; `+`, `-` and a number times it make sums."""

    entry: str = ""
    """Its name in the registry."""
    args: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The options that it was given."""


def get(name: str, /, **options: Any) -> Leaf:
    """The reward registered under `name`, built with `options` and ready to score.

    Raises:
        UnknownNameError: no such entry.
        OptionError: an option that the entry does not have, or a value that it does not take.
        MissingExtraError: a library that the entry needs is not installed.

    >>> import rewardkit as rk
    >>> [score] = rk.get("exact").score([rk.Sample(response="Paris", reference="Paris")])
    >>> score.value, score.outcome.value
    (1.0, 'CORRECT')
    """
    return bind(name, options, default_executor())


def bind(name: str, options: Mapping[str, Any], executor: Executor) -> Leaf:
    """The reward called `name` with `options`, run by `executor`; see `get` for the errors."""
    return Leaf(name, registry.build(name, options), executor, name, dict(options))
