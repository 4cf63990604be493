"""Ensembles: several rewards that judge the same thing, made one value that does not trust any of them alone.

    Ensemble((rm_a, rm_b, rm_c), by="minus_variance", coefficient=0.5)

The members must share one range: values of different models are not commensurate, and a mean of them would follow
whichever has the widest scale. Bring them to one with `normalise`, `sigmoid` or `affine` first.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Le

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import has_range, number, one_of, placed, snapped, whole
from rewardkit.gates.node import Gate, Node, can_be_correct, dearest, masked
from rewardkit.gates.tree import check_names, check_one_range
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import Range, Score

By = Literal["mean", "min", "median", "trimmed_mean", "minus_std", "minus_variance"]


@dataclass(frozen=True)
class Ensemble(Gate):
    """One value from the values `v` of several members.

    | `by` | value | range, if the members' is [a, b] |
    |---|---|---|
    | `mean` | mean(v) | [a, b] |
    | `min` | min(v): worst-case optimisation (WCO) | [a, b] |
    | `median` | median(v); the mean of the middle two of an even number | [a, b] |
    | `trimmed_mean` | mean(v) without the `trim` lowest and the `trim` highest | [a, b] |
    | `minus_std` | mean(v) - coefficient * std(v) | below a where members may disagree, up to b |
    | `minus_variance` | mean(v) - coefficient * var(v): uncertainty-weighted optimisation (UWO) | the same |

    `ddof` is the divisor's correction in std and variance: 0 divides by the number of members, 1 by one fewer. Coste
    et al. 2023 (arXiv:2310.02743) penalise the variance; their released code takes ddof 0 for best-of-n and ddof 1 for
    PPO, and reads a coefficient of 0 as 1 in the former; here 0 means 0, which is the mean. `mean`, `min`, `median` and
    `trimmed_mean` are monotone in every member; the other two are not, since a member above the rest adds doubt.

    None: each member must have a value, unless `quorum` says how many suffice; those without one are left out and named
    in the reason. Below the quorum the row has no value, with the first such member's outcome and reason.

    The evidence holds every member's value, and their mean, std, min and max: the disagreement.
    """

    children: tuple[Node, ...]
    by: Annotated[By, Doc("how the members' values become one")] = "mean"
    coefficient: Annotated[float, Doc("weight of the std or variance taken off the mean"), Ge(0)] = 1.0
    ddof: Annotated[int, Doc("0: std and variance divide by the number of members; 1: by one fewer"), Ge(0), Le(1)] = 0
    trim: Annotated[int, Doc("members left out at each end by trimmed_mean"), Ge(1)] = 1
    quorum: Annotated[int | None, Doc("members that must have a value; none: all of them"), Ge(1)] = None
    name: str = "ensemble"

    def __post_init__(self) -> None:
        if not self.children:
            raise OptionError("an ensemble needs at least one member")
        check_names(self.children)
        check_one_range("members of an ensemble", self.children)
        one_of("by", self.by, get_args(By))
        if number("coefficient", self.coefficient) < 0:
            raise OptionError(f"coefficient must not be negative, not {self.coefficient!r}: disagreement would be paid")
        whole("ddof", self.ddof, 0, 1)
        whole("trim", self.trim, 1)
        if self.quorum is not None:
            whole("quorum", self.quorum, 1, len(self.children))
        if self.needed <= self._spent:
            raise OptionError(
                f"{self.by} needs at least {self._spent + 1} members with a value, but {self.needed} may be all"
            )
        has_range(self)

    @property
    def needed(self) -> int:
        """How many members must have a value."""
        return len(self.children) if self.quorum is None else self.quorum

    @property
    def _spent(self) -> int:
        """How many values `by` uses up before anything is left to average."""
        if self.by == "trimmed_mean":
            return 2 * self.trim
        return self.ddof if self.by in _PENALISED else 0

    @functools.cached_property
    def range(self) -> Range:
        """That of the members; the penalised means reach below it where members at its two ends disagree."""
        low, high = self.children[0].range
        if self.by not in _PENALISED:
            return Range(low, high)
        # A mean less a convex penalty is concave in the values, so it is least where each is at an end of the range.
        least = min(
            self.of([high] * top + [low] * (count - top))
            for count in range(self.needed, len(self.children) + 1)
            for top in range(count + 1)
        )
        return Range(min(least, low), high)

    @property
    def cost(self) -> Cost:
        """That of the dearest member."""
        return dearest(self.children)

    @property
    def can_be_correct(self) -> bool:
        """Whether every member can be."""
        return all(can_be_correct(child) for child in self.children)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch with every member."""
        return Then(
            [child.submit(samples) for child in self.children],
            lambda columns: [self.combine(row) for row in zip(*columns, strict=True)],
        )

    def of(self, values: Sequence[float]) -> float:
        """The ensemble's value from those of the members that have one."""
        return _VALUES[self.by](self, values)

    def combine(self, scores: Sequence[Score]) -> Score:
        """The score of one row from its members', in their order."""
        parts = {child.name: score for child, score in zip(self.children, scores, strict=True)}
        members = {name: score.value for name, score in parts.items() if score.value is not None}
        missing = [name for name in parts if name not in members]
        if len(members) < self.needed:
            stopped = masked(missing[0], parts[missing[0]], parts)
            if self.quorum is None:
                return stopped
            reason = f"{len(members)} members have a value and {self.quorum} are needed; {stopped.reason}"
            return Score(None, stopped.outcome, reason, {"missing": missing}, parts)
        values = list(members.values())
        value = self.of(values)
        reason = f"{self.by} of " + ", ".join(f"{name}({v:g})" for name, v in members.items()) + f" is {value:g}"
        if missing:
            reason += f"; left out without a value: {', '.join(missing)}"
        return placed(snapped(value, self.range), reason, self.range, self._evidence(members, missing), parts)

    def _evidence(self, members: Mapping[str, float], missing: Sequence[str]) -> dict[str, Any]:
        values = list(members.values())
        return {
            "members": dict(members),
            "missing": list(missing),
            "mean": mean(values),
            "std": math.sqrt(variance(values, self.ddof)) if len(values) > self.ddof else None,
            "min": min(values),
            "max": max(values),
        }


def mean(values: Sequence[float]) -> float:
    """Mean of the values; exactly theirs where they are all equal."""
    return values[0] if min(values) == max(values) else math.fsum(values) / len(values)


def variance(values: Sequence[float], ddof: int) -> float:
    """Mean squared distance from the mean, divided by the number of values less `ddof`; exactly 0 if all are equal.

    >>> round(variance([1, 2, 4], 0), 6), round(variance([1, 2, 4], 1), 6)
    (1.555556, 2.333333)
    """
    centre = mean(values)
    return math.fsum((value - centre) ** 2 for value in values) / (len(values) - ddof)


def _trimmed(gate: Ensemble, values: Sequence[float]) -> float:
    return mean(sorted(values)[gate.trim : len(values) - gate.trim])


def _median(gate: Ensemble, values: Sequence[float]) -> float:
    ordered, half = sorted(values), (len(values) - 1) // 2
    return mean(ordered[half : len(values) - half])


_VALUES: Mapping[str, Callable[[Ensemble, Sequence[float]], float]] = {
    "mean": lambda gate, values: mean(values),
    "min": lambda gate, values: min(values),
    "median": _median,
    "trimmed_mean": _trimmed,
    "minus_std": lambda gate, values: mean(values) - gate.coefficient * math.sqrt(variance(values, gate.ddof)),
    "minus_variance": lambda gate, values: mean(values) - gate.coefficient * variance(values, gate.ddof),
}
_PENALISED = ("minus_std", "minus_variance")
