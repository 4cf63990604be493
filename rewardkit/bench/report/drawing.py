"""From a Vega-Lite specification to SVG that can stand in any page.

The drawing is made while the report is written, so the page needs no plotting script. Colours are the page's own CSS
variables, which one drawing follows through light, dark and print. Of Vega's SVG only elements and attributes that draw
are taken over; the description of a mark becomes its tooltip.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring

from rewardkit.bench.report.embed import visible
from rewardkit.errors import MissingExtraError

FONT = "Arial, Helvetica, sans-serif"  # measured with while drawing; the page shows its own

_DRAWS = frozenset({"svg", "g", "path", "line", "rect", "text"})
_SHAPES = frozenset({
    "d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "viewBox", "transform", "fill", "fill-opacity", "stroke",
    "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linecap", "opacity", "text-anchor", "font-size",
    "font-weight", "font-style",
})  # fmt: skip
_LONG = re.compile(r"-?[0-9]{1,9}[.][0-9]{3,30}")
_DEFAULTS = {"opacity": "1", "stroke-width": "1"}  # said again and again by Vega

CONFIG: Mapping[str, Any] = {
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "labelFontSize": 12,
        "titleColor": "var(--soft)",
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "var(--line)",
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "axisY": {"labelColor": "var(--ink)", "grid": False},
    "text": {"color": "var(--ink)", "fontSize": 12},
    "point": {"opacity": 1},
}


def check_available() -> None:
    """Raise `MissingExtraError` where the library that draws is not installed."""
    if importlib.util.find_spec("vl_convert") is None:
        raise MissingExtraError("the report needs vl_convert, not installed: pip install 'rewardkit[report]'")


def draw(spec: Mapping[str, Any], title: str) -> Element:
    """The SVG element of a Vega-Lite specification, named by `title` for those who don't see it."""
    import vl_convert

    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "config": CONFIG, **_visible(spec)}
    drawn = taken(fromstring(vl_convert.vegalite_to_svg(whole)))
    assert drawn is not None
    drawn.set("role", "img")
    drawn.set("aria-label", visible(title))
    return drawn


def taken(element: Element) -> Element | None:
    """What of Vega's SVG draws; None for a part that doesn't."""
    name = element.tag.rpartition("}")[2]
    if name not in _DRAWS or element.get("display") == "none" or (name == "path" and not element.get("d")):
        return None
    kept = {
        key: _LONG.sub(_short, value)
        for key, value in element.items()
        if key in _SHAPES and _DEFAULTS.get(key) != value
    }
    copy = Element(name, kept)
    copy.text = element.text
    if element.get("aria-roledescription") == "tip":
        SubElement(copy, "title").text = element.get("aria-label")
    for child in element:
        part = taken(child)
        if part is not None:
            copy.append(part)
    return None if name == "g" and not len(copy) else copy


def _short(match: re.Match[str]) -> str:
    """A coordinate to a hundredth of a pixel."""
    return f"{float(match[0]):.2f}"


def _visible(value: Any) -> Any:
    """The specification with text that XML can hold."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {key: _visible(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_visible(one) for one in value]
    return value
