"""From the sums of an audit to its `Report`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from rewardkit.audit.ranks import Ranks
from rewardkit.audit.report import GroupsReport, Link, PartReport, Report
from rewardkit.audit.within import ROUNDING
from rewardkit.bench.statistics import Rate

if TYPE_CHECKING:
    from rewardkit.audit.audit import Audit


def measured(audit: Audit) -> Report:
    """What `audit`, which has taken all its rows, measured."""
    ranks = Ranks(audit.reservoir.rows)
    within, parts = audit.within, audit.parts
    wrong_above, wrong_at = _above_median(audit)
    units = {unit: len(parts) + k for k, unit in enumerate(audit.lengths)}
    groups = GroupsReport(
        groups=within.groups,
        single=within.single,
        comparable=within.comparable,
        silent=within.silent,
        mixed=within.mixed,
        blind=within.blind,
        inverted=within.inverted,
        above=within.above,
        tied=within.tied,
        pairs=within.total,
        auc=within.auc(0),
        length_auc={unit: within.auc(place) for unit, place in units.items()},
        gain={unit: within.gain(k) for k, unit in enumerate(audit.lengths)},
        worst=within.worst,
        closed_early=within.closed_early,
    )
    return Report(
        reward=audit.name,
        within=audit.reward.range,
        rows=audit.rows,
        malformed=sum(n for _, n, _ in audit.malformed.ranked()),
        samples=audit.samples,
        parts=[_part(audit, ranks, place, units) for place in range(len(parts))],
        left_out=parts.left_out,
        decisions=[decision for _, decision in audit.decisions],
        links=_links(audit, ranks),
        label=audit.label,
        labels=audit.labels,
        unlabelled=sum(n for _, n, _ in audit.unlabelled.ranked()),
        paid_to_wrong=within.paid,
        wrong_above_median=wrong_above,
        wrong_at_median=wrong_at,
        groups=groups,
        sampled=len(audit.reservoir.rows),
        is_whole=audit.reservoir.is_whole,
        seed=audit.seed,
        reasons={
            "malformed": audit.malformed.ranked(),
            "unscored": audit.unscored.ranked(),
            "unlabelled": audit.unlabelled.ranked(),
        },
    )


def _part(audit: Audit, ranks: Ranks, place: int, units: Mapping[str, int]) -> PartReport:
    part, seen, within = audit.parts[place], audit.distributions[place], audit.within
    last = len(audit.parts) + len(units)

    def link(second: str, column: int) -> Link:
        return Link(part.path, second, audit.moments.correlation(place, column), ranks.spearman(place, column))

    return PartReport(
        part=part,
        distribution=seen,
        mean=float(audit.moments.mean[place, place]) if seen.scored else None,
        std=0.0 if seen.is_constant else audit.moments.std(place) if seen.scored else None,
        lengths={unit: link(unit, column) for unit, column in units.items()},
        within={unit: within.along(place, k) for k, unit in enumerate(units)},
        label=link("label", last) if audit.label is not None else None,
        whole=link("", 0) if place else None,
        auc=within.auc(place),
        varying=within.varying[place],
    )


def _links(audit: Audit, ranks: Ranks) -> list[Link]:
    parts = audit.parts
    found = [
        Link(parts[i].path, parts[j].path, audit.moments.correlation(i, j), ranks.spearman(i, j))
        for j in range(1, len(parts))
        for i in range(1, j)
        if i not in parts[j].ancestors
    ]
    return sorted(found, key=lambda link: -link.size)


def _above_median(audit: Audit) -> tuple[Rate, Rate]:
    """Wrong responses above the median right one, and those at least at it."""
    if audit.label is None:
        return Rate(0, 0), Rate(0, 0)
    rows = audit.reservoir.rows
    values, marks = rows[:, 0], rows[:, -1]
    scored = ~np.isnan(values)
    right, wrong = (values[scored & (marks == mark)] for mark in (1.0, 0.0))
    if not len(right):
        return Rate(0, 0), Rate(0, 0)
    median = float(np.median(right))
    slack = ROUNDING * abs(median)
    return Rate(int((wrong > median + slack).sum()), len(wrong)), Rate(int((wrong >= median - slack).sum()), len(wrong))
