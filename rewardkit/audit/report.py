"""`Report`: what an audit measured, as plain data.

Every correlation and every rate has its count and, where one can be given, its 95 % interval. The intervals of
correlations take rows for independent; those of shares over groups do not (see `rewardkit.audit.ratios`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardkit.audit.as_json import correlation_json, decision_json, rate_json, share_json
from rewardkit.audit.decisions import Decision
from rewardkit.audit.distributions import MOST_DISTINCT, Distribution
from rewardkit.audit.parts import AuditedPart
from rewardkit.audit.ratios import Share
from rewardkit.audit.within import Inversion, Member
from rewardkit.bench.preference.moments import Correlation
from rewardkit.bench.statistics import Rate
from rewardkit.score import Range

SCHEMA = "rewardkit.audit/1"


@dataclass(slots=True)
class Labels:
    """What the responses of one label were paid."""

    responses: int = 0
    scored: int = 0
    above_bottom: int = 0
    at_top: int = 0
    total: float = 0.0

    def add(self, value: float | None, within: Range) -> None:
        """Count one."""
        self.responses += 1
        if value is None:
            return
        self.scored += 1
        self.above_bottom += value > within.low
        self.at_top += value == within.high
        self.total += value

    @property
    def mean(self) -> float | None:
        """Mean reward; None without any."""
        return self.total / self.scored if self.scored else None

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return {
            "responses": self.responses,
            "scored": self.scored,
            "mean": self.mean,
            "above_bottom": rate_json(Rate(self.above_bottom, self.scored)),
            "at_top": rate_json(Rate(self.at_top, self.scored)),
        }


@dataclass(frozen=True, slots=True)
class Link:
    """How two columns go together."""

    first: str
    second: str
    pearson: Correlation
    """Over all rows in which both have a value."""
    spearman: Correlation
    """Over those of the sample."""

    @property
    def strongest(self) -> tuple[str, Correlation] | None:
        """The one of the two that is further from 0, with its name; None where neither can be said."""
        known = [(name, c) for name, c in (("Pearson", self.pearson), ("Spearman", self.spearman)) if c.r is not None]
        return max(known, key=lambda item: abs(item[1].r or 0.0), default=None)

    @property
    def size(self) -> float:
        """Distance of the stronger one from 0."""
        found = self.strongest
        return 0.0 if found is None else abs(found[1].r or 0.0)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return {
            "first": self.first,
            "second": self.second,
            "pearson": correlation_json(self.pearson),
            "spearman": correlation_json(self.spearman),
        }


@dataclass(frozen=True, slots=True)
class PartReport:
    """One part."""

    part: AuditedPart
    distribution: Distribution
    mean: float | None
    std: float | None
    """Divisor n."""
    lengths: Mapping[str, Link]
    """With the length, by unit."""
    within: Mapping[str, Correlation]
    """Pearson's r with the length inside groups, by unit."""
    label: Link | None
    """With the label; None without labels."""
    whole: Link | None
    """With the whole; None for the whole itself."""
    auc: Share
    varying: int
    """Groups of several responses in which its values differ."""

    @property
    def longest(self) -> Link:
        """Its strongest link with a length."""
        return max(self.lengths.values(), key=lambda link: link.size)

    def to_json(self, groups: int) -> dict[str, Any]:
        """Everything, as JSON values."""
        seen, shape = self.distribution, self.part.outline
        return {
            "path": self.part.path,
            "name": shape.name,
            "kind": shape.kind,
            "range": list(seen.within),
            "run": seen.run,
            "scored": seen.scored,
            "none": rate_json(Rate(seen.unscored, seen.run)),
            "mean": self.mean,
            "std": self.std,
            "least": seen.least if seen.scored else None,
            "most": seen.most if seen.scored else None,
            "bottom": rate_json(Rate(seen.bottom, seen.scored)),
            "top": rate_json(Rate(seen.top, seen.scored)),
            "distinct": min(seen.distinct, MOST_DISTINCT),
            "has_more_distinct": seen.distinct > MOST_DISTINCT,
            "never_varies": seen.is_constant,
            "outcomes": dict(seen.outcomes.most_common()),
            "with_length": {unit: link.to_json() for unit, link in self.lengths.items()},
            "with_length_within_groups": {unit: correlation_json(found) for unit, found in self.within.items()},
            "with_label": self.label.to_json() if self.label else None,
            "with_whole": self.whole.to_json() if self.whole else None,
            "auc": share_json(self.auc),
            "groups_in_which_it_varies": {"count": self.varying, "of": groups},
        }


@dataclass(frozen=True, slots=True)
class GroupsReport:
    """What can be learnt inside groups."""

    groups: int
    single: int
    comparable: int
    """Groups of at least two responses with a value."""
    silent: int
    """Those of them in which all values are equal."""
    mixed: int
    blind: int
    """Mixed groups (right and wrong responses) in which all values are equal."""
    inverted: int
    above: float
    tied: float
    pairs: float
    auc: Share
    """Of the whole."""
    length_auc: Mapping[str, Share]
    """Of the length alone, by unit; longer is taken for better."""
    gain: Mapping[str, Share]
    """AUC of the whole minus that of the length, in the direction in which the length does better."""
    worst: Sequence[Inversion]
    closed_early: int

    @property
    def best_length(self) -> str | None:
        """The unit in which length alone tells right from wrong best; None where nothing is known."""
        known = {u: abs(s.value - 0.5) for u, s in self.length_auc.items() if s.value is not None and u in self.gain}
        return max(known, key=lambda unit: known[unit], default=None)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that an audit measured."""

    reward: str
    within: Range
    rows: int
    malformed: int
    samples: int
    parts: Sequence[PartReport]
    """The whole first."""
    left_out: int
    """Parts that were not looked at, there being too many."""
    decisions: Sequence[Decision]
    links: Sequence[Link]
    """Between parts of which neither holds the other, the strongest first."""
    label: str | None
    """The column of the labels."""
    labels: Mapping[bool, Labels]
    unlabelled: int
    paid_to_wrong: Share
    """Share of what is paid above the bottom of the range that wrong responses get."""
    wrong_above_median: Rate
    """Wrong responses that get more than the median right one, of the sample."""
    wrong_at_median: Rate
    """Those that get at least as much."""
    groups: GroupsReport
    sampled: int
    """Responses that ranks are taken on."""
    is_whole: bool
    """Whether these are all of them."""
    seed: int
    reasons: Mapping[str, Sequence[tuple[str, int, str]]] = field(default_factory=dict)
    """Why rows are malformed, responses have no value, labels can't be read: how many, and where first."""

    @property
    def whole(self) -> PartReport:
        """The reward itself."""
        return self.parts[0]

    @property
    def unscorable(self) -> Rate:
        """Malformed rows and responses without a value, of all that there are."""
        return Rate(self.malformed + self.whole.distribution.unscored, self.malformed + self.samples)

    @property
    def silent(self) -> Rate:
        """Groups without signal: of those with at least two values, the ones in which all are equal."""
        return Rate(self.groups.silent, self.groups.comparable)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        groups = self.groups
        labelled = None
        if self.label is not None:
            labelled = {
                "column": self.label,
                "unlabelled": self.unlabelled,
                "right": self.labels[True].to_json(),
                "wrong": self.labels[False].to_json(),
                "share_of_reward_paid_to_wrong": share_json(self.paid_to_wrong),
                "wrong_above_median_right": rate_json(self.wrong_above_median),
                "wrong_at_or_above_median_right": rate_json(self.wrong_at_median),
            }
        return {
            "schema": SCHEMA,
            "reward": self.reward,
            "range": list(self.within),
            "rows": self.rows,
            "malformed": self.malformed,
            "responses": self.samples,
            "unscorable": rate_json(self.unscorable),
            "ranks": {"responses": self.sampled, "is_all": self.is_whole, "seed": self.seed},
            "parts": [part.to_json(groups.groups) for part in self.parts],
            "parts_left_out": self.left_out,
            "decisions": [decision_json(decision) for decision in self.decisions],
            "between_parts": [link.to_json() for link in self.links],
            "labels": labelled,
            "groups": {
                "groups": groups.groups,
                "single": groups.single,
                "comparable": groups.comparable,
                "without_signal": rate_json(self.silent),
                "closed_early": groups.closed_early,
                "with_right_and_wrong": groups.mixed,
                "right_and_wrong_paid_alike": rate_json(Rate(groups.blind, groups.mixed)),
                "wrong_above_right": rate_json(Rate(groups.inverted, groups.mixed)),
                "pairs": {"right_above": groups.above, "tied": groups.tied, "all": groups.pairs},
                "auc": share_json(groups.auc),
                "length_auc": {unit: share_json(found) for unit, found in groups.length_auc.items()},
                "auc_over_length": {unit: share_json(found) for unit, found in groups.gain.items()},
                "worst": [self._inversion_json(found) for found in groups.worst],
            },
            "reasons": {
                what: [{"why": why, "count": count, "first": first} for why, count, first in found]
                for what, found in self.reasons.items()
            },
        }

    def _inversion_json(self, found: Inversion) -> dict[str, Any]:
        return {
            "group": found.group,
            "margin": found.margin,
            "prompt": found.prompt,
            "wrong": self._member_json(found.wrong),
            "right": self._member_json(found.right),
        }

    def _member_json(self, member: Member) -> dict[str, Any]:
        values = member.values[: len(self.parts)]
        lengths = member.values[len(self.parts) :]
        return {
            "id": member.id,
            "where": member.where,
            "parts": {p.part.path: _known(value) for p, value in zip(self.parts, values, strict=True)},
            "lengths": dict(zip(self.groups.length_auc, map(_known, lengths), strict=True)),
            "reason": member.reason,
            "text": member.text,
        }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
