"""Light and dark, narrow and wide, on paper, and for people who don't see the charts."""

import base64
import itertools
from typing import Any

import pytest

Page = Any  # of conftest.py

TEXT = [
    *itertools.product(("--ink", "--soft", "--reward"), ("--page", "--paper")),
    ("--mark", "--mark-back"),
    *((f"--heat-ink-{i}", f"--heat-{i}") for i in range(7)),
]
GRAPHICS = [*itertools.product(("--reward", "--peer", "--edge", "--focus"), ("--page", "--paper"))]

COLOURS = """
const probe = document.createElement("span");
document.body.append(probe);
const read = (name) => {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number);
};
const found = arguments[0].map((pair) => pair.map(read));
probe.remove();
return found;
"""


def luminance(rgb: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: list[float], second: list[float]) -> float:
    """That of WCAG 2.2."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def system(page: Page, scheme: str, media: str = "") -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def background(page: Page) -> float:
    colour = page.js("return getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number)")
    return luminance(colour[:3])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_graphics_have_contrast(scheme: str, plain: Page) -> None:
    plain.open()
    system(plain, scheme)
    for pairs, least in ((TEXT, 4.5), (GRAPHICS, 3.0)):
        for pair, (front, back) in zip(pairs, plain.js(COLOURS, pairs), strict=True):
            assert contrast(front, back) >= least, (scheme, pair)
    body = plain.js("""
      const style = getComputedStyle(document.body);
      return [style.color, style.backgroundColor].map((c) => c.match(/[0-9.]+/g).slice(0, 3).map(Number));
    """)
    assert contrast(*body) >= 7


def test_the_theme_follows_the_system_until_someone_chooses(plain: Page) -> None:
    from selenium.webdriver.support.ui import Select

    plain.open()
    system(plain, "light")
    assert background(plain) > 0.8
    system(plain, "dark")
    assert background(plain) < 0.05
    theme = Select(plain.find("#theme"))
    theme.select_by_visible_text("Light")
    assert background(plain) > 0.8
    theme.select_by_visible_text("As the system")
    assert background(plain) < 0.05
    system(plain, "light")
    theme.select_by_visible_text("Dark")
    assert background(plain) < 0.05
    dot = "return getComputedStyle(document.querySelector('#rates svg [fill=\"var(--reward)\"]')).fill"
    assert plain.js(dot) == "rgb(127, 176, 255)", "the charts follow"


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_the_page_itself_never_scrolls_sideways(width: int, plain: Page) -> None:
    plain.open(width, 900)
    plain.js("for (const one of document.querySelectorAll('#rows details')) one.open = true")
    assert plain.js("return document.documentElement.scrollWidth") <= width


def test_no_name_in_a_chart_is_cut_off(plain: Page) -> None:
    plain.open()
    outside = plain.js("""
      const found = [];
      for (const text of document.querySelectorAll("svg text")) {
        const [own, svg] = [text.getBoundingClientRect(), text.closest("svg").getBoundingClientRect()];
        if (own.left < svg.left - 1 || own.right > svg.right + 1) found.push(text.textContent);
      }
      return found;
    """)
    assert outside == []


def test_it_prints_with_charts_and_figures_and_without_controls(plain: Page) -> None:
    plain.open()
    system(plain, "dark", "print")
    try:
        for name in ("#filters", ".bar", "#pager", ".skip"):
            assert not plain.find(name).is_displayed(), name
        for name in ("#rates svg", "#speed svg", "#rates table", "#printed", "#rows li"):
            assert plain.find(name).is_displayed(), name
        assert background(plain) == pytest.approx(1.0), "paper is white, whatever the screen was"
        assert plain.text("#printed").startswith("Printed here: rows 1 to 25 of ")
    finally:
        system(plain, "light")
    plain.js("""
      window.unfolded = 0;
      addEventListener("beforeprint", () => {
        window.unfolded = document.querySelectorAll("details.figures[open]").length;
      });
    """)
    pdf = plain.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    assert base64.b64decode(pdf).startswith(b"%PDF")
    assert plain.js("return window.unfolded") == 2, "the tables by category and source are printed"
    assert not plain.all("details.figures[open]"), "and folded again"


def test_the_structure_is_there_for_screen_readers(plain: Page) -> None:
    plain.open()
    for name in ("header", "main", "nav[aria-label]", "footer", "[role=search][aria-label]"):
        assert len(plain.all(name)) == 1, name
    assert plain.js("return document.documentElement.lang") == "en"
    plain.find("#rows summary").click()
    plain.wait("#rows .opened h3", "Why")
    levels = plain.js("return [...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    problems = plain.js("""
      const found = [];
      const ids = new Set();
      for (const one of document.querySelectorAll("[id]")) {
        if (ids.has(one.id)) found.push("twice: " + one.id);
        ids.add(one.id);
      }
      for (const one of document.querySelectorAll("table")) {
        if (!one.caption?.textContent) found.push("a table without a caption");
        for (const th of one.querySelectorAll("th")) if (!th.scope) found.push("no scope: " + th.textContent);
      }
      for (const one of document.querySelectorAll("svg"))
        if (one.getAttribute("role") !== "img" || !one.getAttribute("aria-label")) found.push("a chart without a name");
      for (const one of document.querySelectorAll("select, input"))
        if (!one.labels.length) found.push("no label: " + one.id);
      for (const one of document.querySelectorAll("button"))
        if (!one.textContent.trim()) found.push("a button without a name");
      for (const one of document.querySelectorAll("section"))
        if (!document.getElementById(one.getAttribute("aria-labelledby"))) found.push("no name: " + one.id);
      for (const one of document.querySelectorAll("nav a"))
        if (!document.querySelector(one.getAttribute("href"))) found.push("leads nowhere: " + one.href);
      return found;
    """)
    assert problems == []
    count = plain.find("#count")
    assert (count.get_attribute("role"), count.get_attribute("aria-live")) == ("status", "polite")
