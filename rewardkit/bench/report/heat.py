"""The heat map: error rates by category or source and contestant, the worst first.

A share of few rows looks like any other and proves little, so cells of fewer than `FEW` rows look different and give
their counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardkit.bench.render import percent
from rewardkit.bench.report.charts import CHARACTER, TOLD, Spec, extent_of, labels
from rewardkit.bench.report.figures import told
from rewardkit.bench.results import Counts, Standing
from rewardkit.bench.statistics import Rate

FEW = 20
"""Rows below which a cell of the heat map is dashed and pale, with its counts instead of a share."""

STEPS = (0.0, 0.01, 0.03, 0.1, 0.25, 0.5)
"""Shares up to which a cell has the colour of this step; above the last it has the strongest."""

HEAT_ROWS = 30
"""Categories or sources in a heat map, at most."""

PANEL = 506
"""Of a heat map that stands beside another one."""

_SLICE = 24  # characters of a name


@dataclass(frozen=True, slots=True)
class Heat:
    """Error rates by category or source and contestant, worst first."""

    spec: Spec
    width: int
    shown: int
    clean: int
    """Names with rows of this class where nobody errs; they are not drawn."""
    others: int
    """Names with errors that are not drawn, because there are too many."""


def heat(standings: Sequence[Standing], slices: Sequence[Mapping[str, Counts]], error: str) -> Heat:
    """One error rate of each contestant in each slice, told by the colour of a cell and by its text."""
    mine = {name: [own.get(name, Counts()).rates[error] for own in slices] for name in slices[0]}
    concerned = {name: found for name, found in mine.items() if any(rate.total for rate in found)}
    erring = [name for name, found in concerned.items() if any(rate.count for rate in found)]
    erring.sort(key=lambda name: [-rate.interval.low if rate.count else 0.0 for rate in concerned[name]])
    drawn = erring[:HEAT_ROWS]
    cells = [
        _cell(name, one, rate, error)
        for name in drawn
        for one, rate in zip(standings, concerned[name], strict=True)
        if rate.total
    ]
    names = [one.name for one in standings]
    side = extent_of(drawn, _SLICE)
    column = max(62, min(104, int(PANEL - side) // len(names)))
    is_tilted = CHARACTER * max(map(len, names)) > column
    y = {"field": "slice", "type": "nominal", "sort": drawn, "title": None, "axis": labels(_SLICE, side)}
    x = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "title": None,
        "scale": {"domain": names},
        "axis": {
            **(labels(_SLICE) if is_tilted else labels(column)),
            "orient": "top",
            **({"labelAngle": -35, "labelAlign": "left"} if is_tilted else {"labelAngle": 0}),
            "labelColor": "var(--ink)",
        },
    }
    spec = {
        "data": {"values": cells},
        "width": {"step": column},
        "height": {"step": 26},
        "encoding": {"x": x, "y": y},
        "layer": [
            _cells("!datum.few", {}),
            _cells("datum.few", {"strokeDash": [3, 2], "fillOpacity": 0.22}),
            {
                "mark": {"type": "text", "fontSize": 11.5, "aria": False},
                "encoding": {
                    "text": {"field": "text", "type": "nominal"},
                    "color": {"field": "ink", "type": "nominal", "scale": None},
                },
            },
        ],
    }
    return Heat(
        spec, column * len(names) + round(side), len(drawn), len(concerned) - len(erring), len(erring) - len(drawn)
    )


def step(share: float) -> int:
    """The step of colour of a share.

    >>> step(0.0), step(0.005), step(0.02), step(0.75)
    (0, 1, 2, 6)
    """
    return sum(share > bound for bound in STEPS)


def _cell(name: str, one: Standing, rate: Rate, error: str) -> dict[str, Any]:
    assert rate.value is not None
    number = step(rate.value)
    is_few = rate.total < FEW
    few = f"; fewer than {FEW} rows prove little" if is_few else ""
    return {
        "slice": name,
        "name": one.name,
        "fill": f"var(--heat-{number})",
        "stroke": f"var(--edge-{number})" if is_few else f"var(--heat-{number})",
        "few": is_few,
        "ink": "var(--ink)" if is_few else f"var(--heat-ink-{number})",
        "text": f"{rate.count}/{rate.total}" if is_few else percent(rate.value, 1),
        "tip": f"{name}, {one.name}, {error.replace('_', ' ')}s: {told(rate, error)}{few}",
    }


def _cells(which: str, looks: Mapping[str, Any]) -> Spec:
    """The rectangles of some cells, with their tooltips."""
    mark = {"type": "rect", "cornerRadius": 3, "width": {"band": 0.96}, "height": {"band": 0.88}, **TOLD, **looks}
    own = {name: {"field": name, "type": "nominal", "scale": None} for name in ("fill", "stroke")}
    return {"transform": [{"filter": which}], "mark": mark, "encoding": {**own, "description": {"field": "tip"}}}
