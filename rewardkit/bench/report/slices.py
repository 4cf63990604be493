"""Where contestants err: heat maps and tables by category and by source."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rewardkit.bench.report.charts import WIDTH
from rewardkit.bench.report.drawing import draw
from rewardkit.bench.report.figures import BASES, NAMES, alive, cell, sentence
from rewardkit.bench.report.heat import FEW, HEAT_ROWS, PANEL, STEPS, heat
from rewardkit.bench.report.markup import Child, folded, table, tag
from rewardkit.bench.results import ERRORS, Counts, Result, worst_first

TABLE_ROWS = 2000
"""Rows of a table of categories or sources, at most."""

_ONE = {"categories": "category", "sources": "source"}


def where(result: Result) -> Element | None:
    """Heat maps and tables by category and by source; None where rows have neither."""
    parts = [part for kind in ("categories", "sources") for part in _slices(result, kind)]
    if not parts:
        return None
    scale = ("0", *(f"≤ {100 * bound:g} %" for bound in STEPS[1:]), f"> {100 * STEPS[-1]:g} %")
    legend = [
        tag("li", tag("span", class_=f"swatch heat-{i}", aria_hidden="true"), text) for i, text in enumerate(scale)
    ]
    few = tag(
        "li", tag("span", class_="swatch few", aria_hidden="true"), f"fewer than {FEW} rows: counts only, proves little"
    )
    return tag(
        "section",
        tag("h2", "Where it errs", id="where-heading"),
        tag("p", "Ranked by what their rows prove: the lower end of the 95 % interval, the reward's first.",
            class_="lead"),
        tag("ul", *legend, few, class_="legend", aria_label="Colours of the heat maps"),
        *parts,
        id="where",
        aria_labelledby="where-heading",
    )  # fmt: skip


def _slices(result: Result, kind: str) -> Iterator[Element]:
    standings = alive(result)
    slices: list[dict[str, Counts]] = [getattr(one, kind) for one in standings]
    if not slices[0]:
        return
    figures, is_wide = [], False
    for error in ERRORS:
        title = f"{NAMES[error]} by {_ONE[kind]}"
        found = heat(standings, slices, error)
        said = []
        if found.others:
            said.append(f"the worst {HEAT_ROWS} of {found.shown + found.others:,}")
        if found.clean:
            said.append(f"{found.clean:,} {kind if found.clean > 1 else _ONE[kind]} without any are not drawn")
        words = sentence("; ".join(said))
        if found.shown:
            drawn = tag("div", draw(found.spec, f"{title} and contestant; the table below says the same"),
                        class_="scroll wide" if found.width > WIDTH + 60 else "scroll")  # fmt: skip
        else:
            drawn = tag("p", f"No contestant has {NAMES[error].lower()} in any of the {kind}." if found.clean else
                        f"There are no {BASES[error]} with a value.", class_="soft")  # fmt: skip
        is_wide = is_wide or found.width > PANEL
        figures.append(
            tag(
                "figure",
                tag("figcaption", tag("strong", title), tag("span", words, class_="note")),
                drawn,
                class_="heat",
            )
        )
    yield tag("h3", _ONE[kind].capitalize() if len(slices[0]) == 1 else kind.capitalize())
    yield tag("div", *figures, class_="stack" if is_wide else "pair")
    ranked = worst_first(slices[0])
    listed = ranked[: max(1, TABLE_ROWS // len(standings))]
    rows: list[list[Child]] = [
        [name, tag("span", one.name, class_=one.role), *(cell(own[name].rates[e]) for e in (*ERRORS, "abstained"))]
        for name, _ in listed
        for one, own in zip(standings, slices, strict=True)
        if name in own
    ]
    columns = (_ONE[kind].capitalize(), "Contestant", "False positives", "False negatives", "No value")
    some = "all" if len(listed) == len(ranked) else f"the worst {len(listed):,} of"
    yield folded(
        f"Table of {some} {len(ranked):,} {kind}",
        table(f"Error rates by {_ONE[kind]}", columns, rows, left=2, note="Share, 95 % interval, and counts."),
        class_="figures",
    )
