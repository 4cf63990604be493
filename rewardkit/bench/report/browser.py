"""The section with the wrong verdicts: its filters, and a word on the rows and texts that are not in the page."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from rewardkit.bench.report.chosen import Chosen
from rewardkit.bench.report.markup import Child, tag

_FILTERS = {
    "contestant": ("Contestant", "All contestants"),
    "kind": ("Class", "All classes"),
    "category": ("Category", "All categories"),
    "source": ("Source", "All sources"),
    "outcome": ("Outcome", "All outcomes"),
}


def browser(chosen: Sequence[Chosen], most: int, length: int) -> Element:
    """The section; the page's script fills its list."""
    selects = [
        tag(
            "div",
            tag("label", label, for_=f"filter-{name}"),
            tag("select", tag("option", every, value=""), id=f"filter-{name}", autocomplete="off"),
        )
        for name, (label, every) in _FILTERS.items()
    ]
    search = tag(
        "div",
        tag("label", "Search in prompt, reference, response and reason", for_="filter-search"),
        tag("input", id="filter-search", type="search", autocomplete="off", spellcheck="false"),
        class_="search",
    )
    reset = tag("div", tag("button", "Reset filters", type="reset"))
    form = tag("form", *selects, search, reset, id="filters", class_="filters", role="search", data_scripted="",
               hidden="hidden", aria_label="Filter the wrong verdicts")  # fmt: skip
    pager = tag(
        "div",
        tag("button", "Previous", type="button", id="previous"),
        tag("span", id="page"),
        tag("button", "Next", type="button", id="next"),
        id="pager",
        class_="pager",
    )
    return tag(
        "section",
        tag("h2", "Wrong verdicts", id="errors-heading"),
        tag("p", "Wrong verdicts and abstentions, each beside what it was judged by.", class_="lead"),
        *_left_out(chosen, most, length),
        tag(
            "noscript",
            tag("p", "The rows need the page's own script, which is switched off here.", class_="unscripted"),
        ),
        form,
        tag("p", id="count", class_="count", role="status", aria_live="polite"),
        tag("p", id="printed", class_="printed"),
        tag("ol", id="rows", class_="rows", aria_label="Wrong verdicts"),
        pager,
        id="errors",
        aria_labelledby="errors-heading",
    )


def _left_out(chosen: Sequence[Chosen], most: int, length: int) -> list[Child]:
    """Sentences on what the page does not hold."""
    missing = [each for each in chosen if each.left_out]
    said: list[Child] = []
    if missing:
        who = "; ".join(
            f"{each.name}: {len(each.kept):,} of {each.found:,} here, {each.left_out:,} left out" for each in missing
        )
        said.append(
            tag(
                "p",
                f"This page holds at most {most:,} rows of a contestant. {who}. Classes and categories with few rows "
                "are whole, the others thinned at even steps; --errors writes them all.",
                class_="left-out",
                id="left-out",
            )
        )
    cut = any(
        len(text) > length
        for each in chosen
        for one in each.kept
        for text in (one.case.sample.prompt_text, one.case.sample.response_text)
    )
    if cut:
        said.append(
            tag(
                "p",
                f"Texts longer than {length:,} characters are cut in their middle.",
                class_="left-out",
                id="texts-cut",
            )
        )
    return said
