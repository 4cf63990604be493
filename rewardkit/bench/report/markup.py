"""HTML as a tree: text is put into it as text, and writing the tree escapes it.

    html(tag("p", "1 < 2", tag("b", "!")))

No part of a page is made by joining strings, so nothing that a model or a file says can become markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

from rewardkit.bench.report.embed import visible

Child: TypeAlias = "str | Element | None"


def tag(name: str, *children: Child, **attributes: str) -> Element:
    """An element. `class_` stands for the attribute `class`, `aria_label` for `aria-label`; None is no child.

    >>> html(tag("p", "1 < 2", tag("b", "!"), class_="x"))
    '<p class="x">1 &lt; 2<b>!</b></p>'
    """
    named = {key.rstrip("_").replace("_", "-"): visible(value) for key, value in attributes.items()}
    element = Element(name, named)
    for child in children:
        if isinstance(child, str):
            _append_text(element, visible(child))
        elif child is not None:
            element.append(child)
    return element


def html(*elements: Element) -> str:
    """The elements as HTML."""
    return "\n".join(tostring(element, encoding="unicode", method="html") for element in elements)


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Child]], *, left: int = 1, note: str = ""
) -> Element:
    """A table that scrolls by itself where it is too wide; the first cell of a row is its heading, `left` cells are \
words and the others figures. A cell that is a `td` is taken as it is."""
    head = tag(
        "tr", *(tag("th", name, scope="col", class_="" if i < left else "figure") for i, name in enumerate(columns))
    )
    body = [tag("tr", *(_cell(cell, i, left) for i, cell in enumerate(row))) for row in rows]
    named = tag("caption", tag("span", caption, class_="name"), tag("span", note, class_="note") if note else None)
    return tag("div", tag("table", named, tag("thead", head), tag("tbody", *body)), class_="scroll")


def folded(summary: str, *children: Child, **attributes: str) -> Element:
    """Something that opens on demand."""
    return tag("details", tag("summary", summary), *children, **attributes)


def _cell(content: Child, position: int, left: int) -> Element:
    if isinstance(content, Element) and content.tag == "td":
        return content
    if position == 0:
        return tag("th", content, scope="row")
    return tag("td", content, class_="" if position < left else "figure")


def _append_text(element: Element, text: str) -> None:
    if len(element):
        last = element[-1]
        last.tail = (last.tail or "") + text
    else:
        element.text = (element.text or "") + text
