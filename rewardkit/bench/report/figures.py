"""How figures are written: the same words in cards, tables and tooltips."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from rewardkit.bench.render import percent
from rewardkit.bench.report.markup import tag
from rewardkit.bench.results import Result, Standing
from rewardkit.bench.statistics import Rate

BASES = {"false_positive": "wrong responses", "false_negative": "right responses", "abstained": "responses"}
"""What each headline rate is a share of."""

NAMES = {
    "false_positive": "False positives",
    "false_negative": "False negatives",
    "precision": "Precision",
    "recall": "Recall",
    "abstained": "No value",
    "rewarded_wrong": "False positives, None as 0",
    "unrewarded_right": "False negatives, None as 0",
}
"""Of each rate, as the head of a column."""


def alive(result: Result) -> list[Standing]:
    """The contestants that have figures."""
    return [one for one in result.contestants if one.error is None]


def told(rate: Rate, name: str) -> str:
    """A rate in words, with its interval and counts."""
    if rate.value is None:
        return "no rows"
    low, high = rate.interval
    counts = f"{rate.count:,} of {rate.total:,} {BASES[name]}"
    return f"{percent(rate.value)}, 95 % interval {100 * low:.2f} to {100 * high:.2f} %, {counts}"


def short(value: float | None) -> str:
    """A figure with three digits that count.

    >>> short(0.22454), short(53.8), short(3742.7), short(None)
    ('0.225', '53.8', '3,743', 'not measured')
    """
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(rate: Rate) -> Element:
    """A rate in a table: share, interval and counts, one below the other."""
    if rate.value is None:
        return tag("span", "no rows", class_="soft")
    low, high = rate.interval
    return tag(
        "span",
        tag("span", percent(rate.value), class_="share"),
        tag("small", f"{100 * low:.2f} to {100 * high:.2f}"),
        tag("small", f"{rate.count:,} of {rate.total:,}"),
        class_="rate",
    )


def sentence(text: str) -> str:
    """With a capital and a full stop, where there is anything."""
    return text[:1].upper() + text[1:] + ("." if text and not text.endswith(".") else "")
