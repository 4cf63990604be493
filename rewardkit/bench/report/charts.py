"""What is drawn: rates with their intervals, throughput, latency and memory.

Each function gives one Vega-Lite specification. Their figures are those of the result; a chart has a table beside it
that says the same, so it never is the only place where something stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rewardkit.bench.render import percent
from rewardkit.bench.report.figures import short, told
from rewardkit.bench.results import Standing

Spec = Mapping[str, Any]

WIDTH = 344
"""Of a chart that fits a phone, in CSS pixels."""

CHARACTER = 7.3
"""Pixels of a character at 12 px in the widest of the usual fonts, so that no name is cut off."""

TOLD = {"aria": True, "ariaRoleDescription": "tip"}
"""Of marks whose description becomes a tooltip."""

_ROW = 28  # pixels of a line
_SIDE = 66  # right of a chart, for the figures
_NAME = 16  # characters of a name
_REWARD, _PEER = "var(--reward)", "var(--peer)"


def rates(standings: Sequence[Standing], name: str) -> Spec:
    """One rate of each contestant, as a dot with the whiskers of its interval."""
    rows = []
    for one in standings:
        rate = one.counts.rates[name]
        low, high = rate.interval
        known = rate.value is not None
        rows.append({
            "name": one.name,
            "rate": rate.value,
            "low": low if known else None,
            "high": high if known else None,
            "figure": percent(rate.value) if known else "no rows",
            "colour": _colour(one),
            "tip": f"{one.name}: {told(rate, name)}",
        })  # fmt: skip
    top = max((row["high"] for row in rows if row["high"] is not None), default=1.0)
    x = {
        "type": "quantitative",
        "title": None,
        "axis": {
            "labelExpr": "format(100 * datum.value, '~g') + ' %'",
            "tickCount": 3,
            "labelOverlap": True,
            "labelFlush": False,
        },
        "scale": {"domain": [0, top], "range": [0, {"expr": f"width - {_SIDE}"}], "nice": False},
    }
    whisker = {"mark": {"type": "rule", "strokeWidth": 2, "strokeCap": "round"},
               "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}}}  # fmt: skip
    dot = {"mark": {"type": "point", "filled": True, "size": 90},
           "encoding": {"x": {"field": "rate", **x}}}  # fmt: skip
    return _rows(rows, [whisker, dot])


def latency(standings: Sequence[Standing]) -> Spec:
    """Median and 99th percentile of the time that one row takes, on a logarithmic axis."""
    rows = [
        {
            "name": one.name,
            "p50": one.speed.p50_ms,
            "p99": one.speed.p99_ms,
            "figure": f"{short(one.speed.p50_ms)} / {short(one.speed.p99_ms)}",
            "colour": _colour(one),
            "tip": f"{one.name}: median {short(one.speed.p50_ms)} ms, 99th percentile {short(one.speed.p99_ms)} ms",
        }
        for one in standings
        if one.speed.p50_ms and one.speed.p99_ms
    ]
    x = _logarithmic([ms for one in standings for ms in (one.speed.p50_ms, one.speed.p99_ms) if ms], 86)
    between = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {"x": {"field": "p50", **x}, "x2": {"field": "p99"}},
    }
    median = {"mark": {"type": "point", "filled": True, "size": 90}, "encoding": {"x": {"field": "p50", **x}}}
    tail = {
        "mark": {"type": "point", "filled": True, "size": 70, "shape": "diamond"},
        "encoding": {"x": {"field": "p99", **x}},
    }
    return _rows(rows, [between, median, tail])


def throughput(standings: Sequence[Standing]) -> Spec:
    """Rows a second, on a logarithmic axis; dots, because a bar has no beginning there."""
    rows = [
        {
            "name": one.name,
            "rate": one.speed.rows_per_s,
            "figure": short(one.speed.rows_per_s),
            "colour": _colour(one),
            "tip": f"{one.name}: {short(one.speed.rows_per_s)} rows a second",
        }
        for one in standings
        if one.speed.rows_per_s
    ]
    x = _logarithmic([one.speed.rows_per_s for one in standings if one.speed.rows_per_s], _SIDE)
    return _rows(
        rows, [{"mark": {"type": "point", "filled": True, "size": 90}, "encoding": {"x": {"field": "rate", **x}}}]
    )


def memory(standings: Sequence[Standing]) -> Spec:
    """Highest resident memory in megabytes."""
    rows = [
        {
            "name": one.name,
            "peak": one.speed.peak_mb,
            "figure": f"{one.speed.peak_mb:,.0f}",
            "colour": _colour(one),
            "tip": f"{one.name}: {one.speed.peak_mb:,.0f} MB",
        }
        for one in standings
        if one.speed.peak_mb
    ]
    x = {
        "field": "peak",
        "type": "quantitative",
        "title": None,
        "axis": {"tickCount": 3, "format": ",d", "labelOverlap": True, "labelFlush": False},
        "scale": {"range": [0, {"expr": f"width - {_SIDE}"}], "zero": True, "nice": False},
    }
    return _rows(rows, [{"mark": {"type": "bar", "height": 10, "cornerRadiusEnd": 2}, "encoding": {"x": x}}])


def ticks(low: float, high: float) -> list[float]:
    """Powers of ten on a logarithmic axis; where those are fewer than two, their double and fivefold too.

    >>> ticks(0.2, 300), ticks(3, 30)
    ([1.0, 10.0, 100.0], [5.0, 10.0, 20.0])
    """
    powers = [10.0**n for n in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    for factors in ((1,), (1, 2, 5)):
        inside = [power * factor for power in powers for factor in factors if low <= power * factor <= high]
        if len(inside) > 1:
            break
    return inside


def labels(characters: int, extent: float = 0.0) -> Spec:
    """Names on an axis: long ones lose their middle, because beginnings and ends tell them apart."""
    half = (characters - 1) // 2
    shorter = f"slice(datum.label, 0, {half}) + '…' + slice(datum.label, -{half})"
    return {
        "labelExpr": f"length(datum.label) > {characters} ? {shorter} : datum.label",
        "labelLimit": 0,
        "labelPadding": 10,
        "minExtent": extent,
    }


def extent_of(names: Iterable[str], characters: int) -> float:
    """Pixels that the longest of the names takes, with its padding."""
    return CHARACTER * min(characters, max(map(len, names), default=0)) + 14


def _rows(rows: Sequence[Mapping[str, Any]], layers: Sequence[Mapping[str, Any]]) -> Spec:
    """Layers with one contestant a line, its name on the left and its figure on the right."""
    own = {"color": {"field": "colour", "type": "nominal", "scale": None}, "description": {"field": "tip"}}
    marks = []
    for layer in layers:
        mark = {**TOLD, **layer["mark"]}
        marks.append({"mark": mark, "encoding": {**layer["encoding"], **own}})
    figures = {
        "mark": {"type": "text", "align": "right", "aria": False},
        "encoding": {"x": {"value": "width"}, "text": {"field": "figure", "type": "nominal"}},
    }
    names = labels(_NAME, extent_of([row["name"] for row in rows], _NAME))
    return {
        "data": {"values": list(rows)},
        "width": WIDTH,
        "height": max(1, len(rows)) * _ROW + 30,
        "autosize": {"type": "fit", "contains": "padding"},
        "encoding": {"y": {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": names}},
        "layer": [*marks, figures],
    }


def _logarithmic(values: Sequence[float], side: int) -> dict[str, Any]:
    low, high = min(values, default=1.0) / 1.5, max(values, default=1.0) * 1.5
    return {
        "type": "quantitative",
        "title": None,
        "axis": {"values": ticks(low, high), "format": ",~g", "labelOverlap": True, "labelFlush": False},
        "scale": {
            "type": "log",
            "domain": [low, high],
            "range": [0, {"expr": f"width - {side}"}],
            "nice": False,
        },
    }


def _colour(one: Standing) -> str:
    return _REWARD if one.role == "reward" else _PEER
