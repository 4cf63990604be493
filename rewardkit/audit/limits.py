"""Limits that a recipe must keep before it is trained with; none of them holds unless it is asked for.

A figure that can't be told (no labels of one kind, no pairs) does not keep its limit: nothing says that it would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from rewardkit.audit.report import Report

EXIT_CODE = 6
"""Of the command line, when a limit is crossed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits by name; None for no limit."""

    max_length_correlation: float | None = None
    """Of the whole with the length, in any unit, Pearson's or Spearman's, whichever is furthest from 0."""
    max_reward_to_wrong: float | None = None
    """Share of what is paid above the bottom of the range that goes to wrong responses."""
    max_wrong_above_median: float | None = None
    """Share of the wrong responses that get more than the median right one."""
    min_auc: float | None = None
    """Within groups."""
    min_over_length: float | None = None
    """AUC within groups minus that of length alone."""
    max_unscorable: float | None = None
    """Share of malformed rows and of responses without a value."""
    max_silent_groups: float | None = None
    """Share of the groups whose values are all equal."""

    @property
    def needing_labels(self) -> list[str]:
        """Those that are asked for and can't be told without labels."""
        return [name for name in _NEED_LABELS if getattr(self, name) is not None]


@dataclass(frozen=True, slots=True)
class Check:
    """A limit, and whether it is kept."""

    name: str
    limit: float
    figure: float | None
    """None where it can't be told."""
    is_kept: bool
    line: str

    @property
    def option(self) -> str:
        """Of the command line."""
        return option_of(self.name)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"option": self.option, "limit": self.limit, "figure": self.figure, "is_kept": self.is_kept}


def option_of(name: str) -> str:
    """The option of the command line for a limit.

    >>> option_of("min_auc")
    '--min-auc'
    """
    return "--" + name.replace("_", "-")


def checked(report: Report, limits: Limits) -> list[Check]:
    """Every limit that is asked for, held against the report."""
    return [_check(report, f.name, limit) for f in fields(limits) if (limit := getattr(limits, f.name)) is not None]


def _check(report: Report, name: str, limit: float) -> Check:
    what, figure_of = _FIGURES[name]
    figure = figure_of(report)
    is_least = name.startswith("min_")
    bound = f"{'at least' if is_least else 'at most'} {limit:g} ({option_of(name)})"
    if figure is None:
        return Check(name, limit, None, False, f"{what} can't be told; it must be {bound}")
    is_kept = figure >= limit if is_least else figure <= limit
    return Check(name, limit, figure, is_kept, f"{what} is {figure:.4f}{';' if is_kept else ', and'} must be {bound}")


def _length_correlation(report: Report) -> float | None:
    found = report.whole.longest.strongest
    return None if found is None or found[1].r is None else abs(found[1].r)


def _over_length(report: Report) -> float | None:
    unit = report.groups.best_length
    return None if unit is None else report.groups.gain[unit].value


_FIGURES: dict[str, tuple[str, Callable[[Report], float | None]]] = {
    "max_length_correlation": ("the correlation of the reward with length", _length_correlation),
    "max_reward_to_wrong": ("the share of reward paid to wrong answers", lambda report: report.paid_to_wrong.value),
    "max_wrong_above_median": (
        "the share of wrong answers above the median right one",
        lambda report: report.wrong_above_median.value,
    ),
    "min_auc": ("the AUC within groups", lambda report: report.groups.auc.value),
    "min_over_length": ("the AUC within groups beyond that of length alone", _over_length),
    "max_unscorable": ("the share of unscorable rows", lambda report: report.unscorable.value),
    "max_silent_groups": ("the share of groups without signal", lambda report: report.silent.value),
}
_NEED_LABELS = ("max_reward_to_wrong", "max_wrong_above_median", "min_auc", "min_over_length")
