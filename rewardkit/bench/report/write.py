"""The page as a whole.

The page allows its own script and style by their hashes and nothing else: no other script, no request, no form. What a
model wrote stands in it as JSON that can't end its element, and becomes text nodes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from string import Template
from typing import Any
from xml.etree.ElementTree import Element

from rewardkit.bench.labelled import Judged
from rewardkit.bench.report import sections
from rewardkit.bench.report.browser import browser
from rewardkit.bench.report.chosen import browser_data, cap, choose
from rewardkit.bench.report.drawing import check_available
from rewardkit.bench.report.embed import data_block
from rewardkit.bench.report.markup import html, tag
from rewardkit.bench.report.slices import where
from rewardkit.bench.results import Result, write_text

RESULT_BYTES = 4_000_000
"""Of the result's JSON in the page; a larger one is only in the file that `--json` writes."""

__all__ = ["check_available", "page", "write_report"]


def write_report(path: str, result: Result, judged: Judged) -> None:
    """Write the report of a labelled run as one HTML file that needs nothing else.

    Raises:
        MissingExtraError: the library that draws is not installed.
        DataError: the file can't be written.
    """
    check_available()
    write_text(path, page(result, judged))


def page(result: Result, judged: Judged) -> str:
    """The HTML of the report."""
    most = cap(len(judged.runs))
    chosen = choose(judged, most)
    wrong, length = browser_data(chosen)
    parts = {
        "rates": sections.headline(result),
        "notes": sections.notes(result),
        "where": where(result),
        "errors": browser(chosen, most, length),
        "speed": sections.speed(result),
        "tests": sections.details(result),
        "method": sections.method(result),
    }
    there = {name: part for name, part in parts.items() if part is not None}
    style, script = _file("page.css"), _file("page.js")
    embedded = data_block(result.to_json())
    is_whole = len(embedded) <= RESULT_BYTES
    return Template(_file("page.html")).substitute(
        title=html(tag("title", f"{result.reward.name} on labelled cases")),
        style_hash=_hash(style),
        script_hash=_hash(script),
        style=style,
        script=script,
        header=html(_header(result, there, is_whole)),
        sections=html(*there.values()),
        footer=html(_footer(result)),
        wrong=data_block(wrong),
        result=embedded if is_whole else "null",
    )


_LINKS = {
    "rates": "Error rates",
    "where": "Where it errs",
    "errors": "Wrong verdicts",
    "speed": "Speed",
    "tests": "Disagreements",
    "method": "Method",
}


def _header(result: Result, there: Mapping[str, Any], is_whole: bool) -> Element:
    links = [tag("li", tag("a", text, href=f"#{name}")) for name, text in _LINKS.items() if name in there]
    themes = {"": "As the system", "light": "Light", "dark": "Dark"}
    theme = tag(
        "select", *(tag("option", text, value=value) for value, text in themes.items()), id="theme", autocomplete="off"
    )
    attributes = (
        {"id": "download", "type": "button"} if is_whole else {"id": "download", "type": "button", "hidden": "hidden"}
    )
    tools = tag(
        "div",
        tag("span", tag("label", "Theme ", for_="theme"), theme),
        tag("button", "Download the result (JSON)", **attributes),
        class_="tools",
        data_scripted="",
        hidden="hidden",
    )
    return tag(
        "header",
        tag("p", "rewardkit bench labelled", class_="eyebrow"),
        tag("h1", f"{result.reward.name} on labelled cases"),
        tag("p", sections.summary(result), class_="about"),
        tag("div", tag("nav", tag("ul", *links), aria_label="Sections"), tools, class_="bar"),
    )


def _footer(result: Result) -> Element:
    return tag(
        "footer",
        tag("p", f"Written by rewardkit {result.rewardkit}. This page is one file and asks nothing of any server."),
    )


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(content: str) -> str:
    """As a Content-Security-Policy names an inline script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
