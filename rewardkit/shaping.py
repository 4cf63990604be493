"""`Shaping`: the columns of a group advantage for scored responses.

    shaping = Shaping("gdpo", reward, options={"variant": "trl"}, batch=1024)
    columns = shaping.shape(samples, scores)         # {"advantage": [...], "signal": [...], "group_state": [...]}

| column | meaning |
|---|---|
| advantage | null where the response takes no part: it has no reward, or the formula leaves it out |
| signal | whether any response of its group has an advantage other than 0 |
| group_state | how the rewards of its group stand: MIXED, EQUAL, SINGLE, UNSCORED |

The formulas are those of `rewardkit.groups.catalog`. What they are made of comes from the scores (the reward, the parts
of a recipe, the outcome) and, for what no score knows, from columns of the rows.

Some formulas have statistics over the whole batch of a training step. A file has no steps, so for these the batch must
be said: whole groups, of at most so many responses, in the order of the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import Any

from rewardkit.data.fields import has_column, value_at
from rewardkit.errors import DataError, OptionError, UsageError, nearest
from rewardkit.gates.checks import UNJUDGED
from rewardkit.gates.node import Node, Part
from rewardkit.gates.tree import children_of, is_node
from rewardkit.recipe import parse_option
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score

COLUMNS = ("advantage", "signal", "group_state")

WHOLE_BATCH = frozenset(("a-grae", "gdpo", "gpg", "grpo-batch", "reinforce++-baseline", "riskpo", "shared-baseline"))
"""Advantages whose value for one group depends on the other groups of its batch; `rloo` does with `whiten` too."""

FROM_SCORES = ("rewards", "components", "outcome", "correct")
"""Inputs that need no column."""

COMPONENTS, WEIGHTS = "components", "weights"
"""The two options that every advantage of several rewards takes: which parts, and what each weighs."""


@dataclass(frozen=True)
class Shaping:
    """An advantage by name, with its options, checked before the first row."""

    name: str
    reward: Node
    """The reward whose parts are the components."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the formula; and `components`, names of parts (dotted where nested), and `weights`, by name."""
    columns_of_inputs: Mapping[str, str] = field(default_factory=dict)
    """The column of each further input: `{"lengths": "response_tokens"}`."""
    batch: int | None = None
    """Responses in a batch, for the formulas that look at the whole of it."""

    columns = COLUMNS

    def __post_init__(self) -> None:
        from rewardkit.groups import catalog

        entry = catalog.entry(self.name)
        catalog.checked(entry, self._formula_options)
        takes = (*entry.needs, *entry.uses)
        for key in self.columns_of_inputs:
            if key not in catalog.INPUTS or key in ("components", "weights"):
                known = [name for name in takes if name not in ("components", "weights")]
                raise OptionError(f"no input {key!r} that a column could give; {nearest(key, known)}")
            if key not in takes:
                raise OptionError(f"advantage {self.name!r} takes no {key!r}; it takes {', '.join(takes)}")
        missing = [key for key in entry.needs if key not in FROM_SCORES and key not in self.columns_of_inputs]
        if missing:
            wanted = ", ".join(f"{key} ({catalog.INPUTS[key]})" for key in missing)
            raise UsageError(
                f"advantage {self.name!r} needs {wanted}; name the column: --advantage-input {missing[0]}=COLUMN"
            )
        for key in (COMPONENTS, WEIGHTS):
            if key in self.options and "components" not in takes:
                raise OptionError(f"advantage {self.name!r} reads one reward; it has no option {key!r}")
        is_whole = self.name in WHOLE_BATCH or (self.name == "rloo" and self.options.get("whiten") is True)
        if is_whole and self.batch is None:
            raise UsageError(
                f"advantage {self.name!r} has statistics over the whole batch of a training step; say how many "
                "responses that is: --advantage-batch ROWS"
            )
        if not is_whole and self.batch is not None:
            raise UsageError(f"advantage {self.name!r} looks at one group at a time; --advantage-batch has no meaning")
        if "components" in takes:
            self._weights()  # a wrong name is an error now

    def shape(self, samples: Sequence[Sample], scores: Sequence[Score]) -> dict[str, list[Any]]:
        """The columns for whole groups, or for one whole batch of them.

        Raises:
            DataError: a column that an input comes from lacks a number.
            UsageError: the scores have no parts where components are needed.
        """
        if not samples:
            return {name: [] for name in COLUMNS}
        from rewardkit.groups import Groups, State, catalog

        entry = catalog.entry(self.name)
        groups = Groups.of([sample.group for sample in samples])
        inputs: dict[str, Any] = {}
        for key in (*entry.needs, *entry.uses):
            if key in self.columns_of_inputs:
                inputs[key] = _column(samples, scores, self.columns_of_inputs[key], key)
            elif key == "rewards":
                inputs[key] = [_nan(score.value) for score in scores]
            elif key in ("outcome", "correct"):
                inputs[key] = [_outcome(score) for score in scores]
        if "components" in (*entry.needs, *entry.uses):
            inputs |= self._components(scores)
        shaped = catalog.shape(self.name, inputs, groups, self._formula_options)
        states = [State(state).name for state in shaped.state.tolist()]
        signals = shaped.signal.tolist()
        of = groups.index.tolist()
        return {
            "advantage": [
                value if kept else None
                for value, kept in zip(shaped.advantages.tolist(), shaped.kept.tolist(), strict=True)
            ],
            "signal": [signals[group] for group in of],
            "group_state": [states[group] for group in of],
        }

    def describe(self) -> dict[str, Any]:
        """What it is, as plain data: to tell one run from another."""
        return {
            "name": self.name,
            "options": dict(self.options),
            "inputs": dict(self.columns_of_inputs),
            "batch": self.batch,
        }

    @property
    def _formula_options(self) -> dict[str, Any]:
        return {key: value for key, value in self.options.items() if key not in (COMPONENTS, WEIGHTS)}

    def _components(self, scores: Sequence[Score]) -> dict[str, Any]:
        weights = self._weights()
        if not weights:
            raise UsageError(
                f"advantage {self.name!r} is made of several rewards, and {self.reward.name!r} has no parts; use a "
                "recipe, or name the parts: --advantage-option components=[A, B]"
            )
        places = dict(_places(self.reward))
        table = [[_part(score, path, weight, places) for path, weight in weights.items()] for score in scores]
        return {"components": table, "weights": list(weights.values())}

    def _weights(self) -> dict[str, float]:
        """The weight of each component, by its path."""
        known = dict(_weighted_parts(self.reward))
        named = self.options.get(COMPONENTS)
        if named is None:
            weights = known
        elif isinstance(named, list) and named and all(isinstance(name, str) for name in named):
            weights = {name: known.get(name, 1.0) for name in named}
        else:
            raise OptionError(f"option {COMPONENTS!r} is a list of names of parts, not {named!r:.80}")
        paths = {path for path, _ in _places(self.reward)}
        for name in weights:
            if paths and name not in paths:
                raise OptionError(f"the reward has no part {name!r}; {nearest(name, paths)}")
        given = self.options.get(WEIGHTS)
        if given is None:
            return weights
        if isinstance(given, list) and len(given) == len(weights):
            given = dict(zip(weights, given, strict=True))
        if not isinstance(given, dict):
            raise OptionError(
                f"option {WEIGHTS!r} is {{NAME: NUMBER}} or a list of {len(weights)} numbers, not {given!r:.80}"
            )
        for name, value in given.items():
            if name not in weights:
                raise OptionError(f"option {WEIGHTS!r}: no component {name!r}; {nearest(str(name), weights)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise OptionError(f"option {WEIGHTS!r}: the weight of {name!r} is a finite number, not {value!r:.80}")
        return {name: float(given.get(name, weight)) for name, weight in weights.items()}


def read_shaping(
    name: str | None, reward: Node, options: Sequence[str], inputs: Sequence[str], batch: int | None
) -> Shaping | None:
    """The shaping that a command line asks for; None when it asks for none. Raises `UsageError`."""
    if name is None:
        if options or inputs or batch is not None:
            raise UsageError("options of an advantage without one: name it with --advantage")
        return None
    columns: dict[str, str] = {}
    for text in inputs:
        key, sign, column = text.partition("=")
        if not sign or not key.strip() or not column.strip():
            raise UsageError(f"--advantage-input: expected NAME=COLUMN, got {text!r}")
        columns[key.strip()] = column.strip()
    return Shaping(name, reward, dict(parse_option(option) for option in options), columns, batch)


def _weighted_parts(node: Node, above: str = "") -> Iterator[tuple[str, float]]:
    """The components of a reward by path, with their weights: the children of its outermost combination.

    What has one reward behind it (a requirement, a transform) is passed through to that.
    """
    behind = next((inner for key in ("reward", "child") if is_node(inner := getattr(node, key, None))), None)
    if behind is not None:
        inner = list(_weighted_parts(behind, f"{above}{behind.name}."))
        yield from inner or [(f"{above}{behind.name}", 1.0)]
        return
    for child in getattr(node, "children", ()):
        yield f"{above}{child.name}", float(child.weight) if isinstance(child, Part) else 1.0


@dataclass(frozen=True, slots=True)
class _Place:
    """A reward in the tree."""

    range: Range
    is_conditional: bool
    """Whether the sum above it goes on without it, where its condition does not hold."""


def _places(node: Node, above: str = "") -> Iterator[tuple[str, _Place]]:
    """Every reward below a node by path."""
    if not is_dataclass(node):
        return
    conditional = {part.name for part in getattr(node, "children", ()) if isinstance(part, Part) and part.only_if}
    for _, child in children_of(node):
        yield f"{above}{child.name}", _Place(child.range, child.name in conditional)
        yield from _places(child, f"{above}{child.name}.")


def _part(score: Score, path: str, weight: float, places: Mapping[str, _Place]) -> float:
    """The value of a part; NaN where it could not be judged.

    A part that was not run because its own condition did not hold is 0, which is what its sum counted. One that was not
    run because a gate before it failed is the worst that it could have been: the response was judged and found wanting,
    and must not pass for one that nobody could judge. So is one that counts against the row and found nothing to judge:
    breaking a penalty never pays.
    """
    found, walked = score, ""
    for name in path.split("."):
        walked = f"{walked}.{name}" if walked else name
        below = found.parts.get(name)
        if below is not None:
            found = below
            continue
        place = places.get(path)
        if score.value is None or place is None:
            return math.nan
        if walked in places and places[walked].is_conditional:
            return 0.0
        return float(place.range.low if weight >= 0 else place.range.high)
    if weight < 0 and found.outcome in UNJUDGED and path in places:
        return float(places[path].range.high)
    return _nan(found.value)


def _outcome(score: Score) -> float:
    return math.nan if score.value is None else float(score.outcome is Outcome.CORRECT)


def _nan(value: float | None) -> float:
    return math.nan if value is None else value


def _column(samples: Sequence[Sample], scores: Sequence[Score], column: str, role: str) -> list[Any]:
    """One value for each sample; rows with several responses hold a list."""
    found: list[Any] = []
    place = 0
    for number, (sample, score) in enumerate(zip(samples, scores, strict=True)):
        place = place + 1 if number and samples[number - 1].data is sample.data else 0
        value = value_at(sample.data, column)
        if isinstance(value, list):
            value = value[place] if place < len(value) else None
        if role == "pool":
            if value is None:
                raise DataError(f"row {sample.id} has no {column!r}, which --advantage-input takes the {role} from")
            found.append(str(value))
            continue
        if value is None and score.value is None:
            found.append(math.nan)
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            there = f"{value!r:.60}" if has_column(sample.data, column) else "no such column"
            raise DataError(
                f"row {sample.id}: {column!r}, which --advantage-input takes {role} from, must be a number; got {there}"
            )
        found.append(float(value))
    return found
