"""What an audit comes to, in sentences, the gravest first.

The bounds from which on something is said are the constants below. They are conventions, not limits: what must hold of
a recipe is said with `rewardkit.audit.limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rewardkit.audit.idle_gates import told_of
from rewardkit.audit.report import Link, PartReport, Report
from rewardkit.audit.severity import Finding, Severity
from rewardkit.bench.preference.moments import Correlation
from rewardkit.bench.statistics import Rate, difference
from rewardkit.recipe.columns import columns_of
from rewardkit.recipe.scale import drowning

WHOLE_WITH_LENGTH = 0.3
"""Correlation of the whole with the length from which on it is a warning."""
WHOLE_IS_LENGTH = 0.7
"""And from which on it is serious."""
PART_WITH_LENGTH = 0.5
"""Correlation of a part with the length from which on it is a warning."""
SAME_MEASURE = 0.95
"""Correlation of two parts from which on they say the same."""
PAID_TO_WRONG = 0.25
"""Share of the reward paid to wrong answers from which on it is a warning; above a half it is serious."""
ABOVE_MEDIAN = 0.05
"""Share of wrong answers above the median right one from which on it is a warning."""
UNSCORABLE = 0.05
"""Share of unscorable rows from which on it is a warning."""
UNEVEN = 0.1
"""Difference between right and wrong answers in the share without a value from which on it is serious."""
SILENT = 0.5
"""Share of groups without signal from which on it is a warning."""
FEW = 30
"""Rows below which a correlation is not spoken of."""


def findings(report: Report) -> list[Finding]:
    """All that is to be said, the gravest first."""
    found = [finding for look in _LOOKS for finding in look(report)]
    return sorted(found, key=lambda finding: -finding.severity)


def _leak(report: Report) -> Iterator[Finding]:
    for part in report.parts:
        if report.label is not None and report.label in columns_of(part.part.outline.node):
            yield Finding(
                Severity.SERIOUS,
                f"{_name(part)} reads the column {report.label!r}, which holds the labels: every figure below that "
                "compares with them says nothing",
                part.part.path,
            )


def _constant(report: Report) -> Iterator[Finding]:
    told = {decision.gate for decision in report.decisions if decision.is_mute or decision.is_constant}
    for place, part in enumerate(report.parts):
        seen, path = part.distribution, part.part.path
        inside = [p.distribution for p in report.parts if p.part.ancestors and max(p.part.ancestors) == place]
        if not seen.run:
            parent = report.parts[max(part.part.ancestors)]
            if parent.distribution.run and parent.part.path not in told:  # else it is said of what is above it
                yield Finding(Severity.WARNING, f"{_name(part)} was run on none of the {report.samples:,} rows", path)
        elif not seen.scored and not any(child.run and not child.scored for child in inside):
            why = ", ".join(seen.outcomes)
            yield Finding(
                Severity.WARNING,
                f"{_name(part)} has no value on any of the {seen.run:,} rows that it saw ({why})",
                path,
            )
        elif seen.is_constant and (not path or not inside or not all(c.is_constant for c in inside if c.run)):
            grave = Severity.WARNING if path else Severity.SERIOUS
            yield Finding(grave, f"{_name(part)} never varies: {seen.least:g} on all {seen.scored:,} rows", path)


def _gates(report: Report) -> Iterator[Finding]:
    return (finding for decision in report.decisions if (finding := told_of(decision)) is not None)


def _length(report: Report) -> Iterator[Finding]:
    for part in _ends(report):
        link = part.longest
        found = link.strongest
        least = PART_WITH_LENGTH if part.part.path else WHOLE_WITH_LENGTH
        if found is None or link.size < least or found[1].n < FEW:
            continue
        other = link.spearman if found[1] is link.pearson else link.pearson
        is_grave = not part.part.path and abs(other.r or 0.0) >= WHOLE_IS_LENGTH
        within = part.within[link.second].r
        inside = "" if within is None else f"; within groups {within:.2f} (Pearson)"
        yield Finding(
            Severity.SERIOUS if is_grave else Severity.WARNING,
            f"{_name(part)} correlates {_told(found)} with {link.second}{inside}",
            part.part.path,
        )


def _against_label(report: Report) -> Iterator[Finding]:
    for part in _ends(report):
        found = part.label.pearson if part.label is not None else None
        if found is None or found.r is None or found.n < FEW:
            continue
        low, high = (found.r, found.r) if found.low is None or found.high is None else (found.low, found.high)
        sign = part.part.sign
        if (high if sign > 0 else -low) < 0:
            more, why = ("more", "") if sign > 0 else ("less", ", and its weight is negative")
            yield Finding(
                Severity.WARNING if part.part.path else Severity.SERIOUS,
                f"{_name(part)} gives wrong answers {more} than right ones: it correlates "
                f"{_told(('Pearson', found))} with the label{why}",
                part.part.path,
            )


def _scales(report: Report) -> Iterator[Finding]:
    return (Finding(Severity.NOTE, told) for told in drowning(report.whole.part.outline.node))


def _twins(report: Report) -> Iterator[Finding]:
    ends = {part.part.path for part in _ends(report)}
    for link in report.links:
        if not _is_same(link) or link.first not in ends or link.second not in ends:
            continue
        assert link.strongest is not None
        yield Finding(
            Severity.WARNING,
            f"{link.first!r} and {link.second!r} say nearly the same: they correlate {_told(link.strongest)}",
            link.first,
        )


def _is_same(link: Link) -> bool:
    both = (link.pearson, link.spearman)
    return all(c.r is not None and abs(c.r) >= SAME_MEASURE and c.n >= FEW for c in both)


def _paid(report: Report) -> Iterator[Finding]:
    paid, above = report.paid_to_wrong, report.wrong_above_median
    if paid.value is not None and paid.value >= PAID_TO_WRONG:
        yield Finding(
            Severity.SERIOUS if paid.value > 0.5 else Severity.WARNING,
            f"{paid.value:.1%} of the reward is paid to wrong answers{_percent(paid.low, paid.high)}",
        )
    if above.value is not None and above.value >= ABOVE_MEDIAN:
        yield Finding(
            Severity.WARNING,
            f"{above.value:.1%} of the wrong answers get more than the median right one: {above.count:,} of "
            f"{above.total:,}",
        )


def _order(report: Report) -> Iterator[Finding]:
    groups = report.groups
    if report.label is None or report.whole.distribution.is_constant:
        return
    if groups.auc.value is None:
        why = "no group has both a right and a wrong response with a value"
        yield Finding(Severity.NOTE, f"whether right answers rank above wrong ones can't be told: {why}")
        return
    auc = f"{groups.auc.value:.3f}{_interval(groups.auc.low, groups.auc.high)}"
    over = f"over {groups.mixed:,} groups with right and wrong answers"
    if groups.auc.high is not None and groups.auc.high < 0.5:
        yield Finding(
            Severity.SERIOUS, f"within groups wrong answers rank above right ones: AUC {auc} {over}, chance is 0.5"
        )
    elif groups.auc.low is not None and groups.auc.low <= 0.5:
        yield Finding(Severity.SERIOUS, f"within groups the order is no better than chance: AUC {auc} {over}")
    unit = groups.best_length
    gain = groups.gain[unit] if unit else None
    if unit and gain and gain.value is not None and (gain.low is None or gain.low <= 0):
        alone = abs((groups.length_auc[unit].value or 0.5) - 0.5) + 0.5
        way = "longer" if (groups.length_auc[unit].value or 0.5) >= 0.5 else "shorter"
        is_worse = gain.value <= 0
        yield Finding(
            Severity.SERIOUS if is_worse else Severity.WARNING,
            f"it does not {'' if is_worse else 'clearly '}beat length: AUC {groups.auc.value:.3f} within groups, and "
            f"{alone:.3f} for taking the one with {way} text ({unit}); difference {gain.value:+.3f}"
            f"{_interval(gain.low, gain.high)}",
        )
    if groups.inverted:
        yield Finding(
            Severity.WARNING if groups.inverted / groups.mixed >= ABOVE_MEDIAN else Severity.NOTE,
            f"in {groups.inverted:,} of {groups.mixed:,} groups with right and wrong answers a wrong one gets more "
            "than a right one",
        )
    if groups.blind:
        yield Finding(
            Severity.WARNING if groups.blind / groups.mixed >= ABOVE_MEDIAN else Severity.NOTE,
            f"{groups.blind:,} of {groups.mixed:,} groups with right and wrong answers are paid all the same",
        )


def _silent(report: Report) -> Iterator[Finding]:
    rate = report.silent
    if rate.value is not None and rate.count:
        grave = Severity.SERIOUS if rate.value == 1 else Severity.WARNING if rate.value >= SILENT else Severity.NOTE
        yield Finding(
            grave,
            f"{rate.value:.1%} of the groups give no signal, since all their rewards are equal: {rate.count:,} of "
            f"{rate.total:,}",
        )
    if not report.groups.groups:
        yield Finding(
            Severity.NOTE, "no two rows are of one group, so nothing can be said of what is compared within groups"
        )
    if report.groups.closed_early:
        yield Finding(
            Severity.NOTE,
            f"{report.groups.closed_early:,} groups were closed before the end of the rows to make room; if rows of "
            "one group lie far apart, sort them by group",
        )


def _unscorable(report: Report) -> Iterator[Finding]:
    rate = report.unscorable
    if rate.value:
        first = (*report.reasons["unscored"], *report.reasons["malformed"])[0]
        yield Finding(
            Severity.WARNING if rate.value >= UNSCORABLE else Severity.NOTE,
            f"{rate.value:.1%} of the rows get no value: {rate.count:,} of {rate.total:,}; {first[0]} ({first[2]})",
        )


def _masked_by_label(report: Report) -> Iterator[Finding]:
    none = {k: Rate(found.responses - found.scored, found.responses) for k, found in report.labels.items()}
    right, wrong = none[True].value, none[False].value
    if right is None or wrong is None:
        return
    low, high = difference(none[False], none[True])
    if low <= 0 <= high:
        return
    more, less = ("right", "wrong") if right > wrong else ("wrong", "right")
    yield Finding(
        Severity.SERIOUS if abs(right - wrong) >= UNEVEN else Severity.WARNING,
        f"{more} answers go without a value more often than {less} ones: {none[True].count:,} of "
        f"{none[True].total:,} right, {none[False].count:,} of {none[False].total:,} wrong; what has no value is not "
        "trained on, and the figures below leave it out",
    )


def _data(report: Report) -> Iterator[Finding]:
    if report.label is not None:
        for is_right, name in ((True, "right (1)"), (False, "wrong (0)")):
            if not report.labels[is_right].responses:
                yield Finding(Severity.WARNING, f"no response is labelled {name}: nothing can be compared with it")
        if report.unlabelled:
            why, _, first = report.reasons["unlabelled"][0]
            yield Finding(Severity.NOTE, f"{report.unlabelled:,} responses have no usable label: {why} ({first})")
    if not report.is_whole:
        yield Finding(
            Severity.NOTE,
            f"ranks (Spearman, the median right answer) are taken on {report.sampled:,} of {report.samples:,} "
            f"responses, drawn with seed {report.seed} (--sample)",
        )
    if report.left_out:
        yield Finding(
            Severity.NOTE, f"{report.left_out:,} parts of the recipe, furthest from its root, were not looked at"
        )


_LOOKS: tuple[Callable[[Report], Iterator[Finding]], ...] = (
    _leak,
    _constant,
    _order,
    _paid,
    _length,
    _gates,
    _against_label,
    _twins,
    _scales,
    _silent,
    _unscorable,
    _masked_by_label,
    _data,
)


def _ends(report: Report) -> list[PartReport]:
    """The whole, and the parts that are made of no others: what lies between says the same again."""
    return [part for part in report.parts if not part.part.path or not part.part.outline.children]


def _name(part: PartReport) -> str:
    return f"part {part.part.path!r}" if part.part.path else "the reward"


def _told(found: tuple[str, Correlation]) -> str:
    name, correlation = found
    return f"{correlation.r:.2f} ({name}{_interval(correlation.low, correlation.high, ', ', '')}, n {correlation.n:,})"


def _interval(low: float | None, high: float | None, opening: str = " (", closing: str = ")") -> str:
    return "" if low is None or high is None else f"{opening}95 % {low:.3f} to {high:.3f}{closing}"


def _percent(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" (95 % {low:.1%} to {high:.1%})"
