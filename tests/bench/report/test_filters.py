"""The browser of wrong verdicts: every filter, all of them together, by mouse and by keyboard."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Page = Any  # of conftest.py
Row = dict[str, Any]

FILTERS: list[tuple[str, str, Callable[[Row], bool]]] = [
    ("contestant", "bang", lambda row: row["who"] == "bang"),
    ("kind", "False positive", lambda row: row["kind"] == "false_positive"),
    ("kind", "False negative", lambda row: row["kind"] == "false_negative"),
    ("kind", "Abstained", lambda row: row["kind"] == "abstained"),
    ("category", "kind 1", lambda row: row["case"]["category"] == "kind 1"),
    ("source", "web", lambda row: row["case"]["source"] == "web"),
    ("source", "(none)", lambda row: row["case"]["source"] == ""),
    ("outcome", "CRASHED", lambda row: row["outcome"] == "CRASHED"),
]


def rows_of(page: Page) -> list[Row]:
    """The wrong verdicts in the page, as its data have them."""
    data = json.loads(page.text("#wrong-data"))
    return [
        {
            **row,
            "case": data["cases"][row["case"]],
            "who": data["contestants"][row["contestant"]],
            "kind": data["kinds"][row["kind"]],
        }
        for row in data["rows"]
    ]


def says(page: Page, found: int) -> None:
    total = len(rows_of(page))
    page.wait("#count", f"{total} rows" if found == total else f"{found} of {total} rows")


def test_every_wrong_verdict_is_there(plain: Page) -> None:
    plain.open()
    rows = rows_of(plain)
    for one in plain.result["contestants"][:2]:
        counts = one["counts"]
        mine = [row["kind"] for row in rows if row["who"] == one["name"]]
        assert mine.count("false_positive") == counts["false_positive"] > 0
        assert mine.count("false_negative") == counts["false_negative"] > 0
        assert mine.count("abstained") == counts["none_right"] + counts["none_wrong"]
    says(plain, len(rows))
    assert plain.text("#page") == f"Page 1 of {-(-len(rows) // 25)}"


@pytest.mark.parametrize(("name", "value", "keeps"), FILTERS)
def test_a_filter_shows_the_rows_that_it_names(
    name: str, value: str, keeps: Callable[[Row], bool], plain: Page
) -> None:
    plain.open()
    expected = [row for row in rows_of(plain) if keeps(row)]
    assert expected
    plain.choose(name, value)
    says(plain, len(expected))
    assert len(plain.all("#rows > li")) == min(25, len(expected))


def test_the_search_looks_into_texts_and_reasons(plain: Page) -> None:
    plain.open()
    plain.find("#filter-search").send_keys("OUT OF cheese")
    says(plain, 1)
    assert "CRASHED" not in plain.text("#rows")
    plain.find("#filter-search").clear()
    plain.find("#filter-search").send_keys("What is number 21?")
    found = [row for row in rows_of(plain) if row["case"]["prompt"] == "What is number 21?"]
    says(plain, len(found))
    plain.find("#filter-search").clear()
    plain.find("#filter-search").send_keys("no text has this")
    says(plain, 0)
    assert not plain.all("#rows > li")


def test_filters_join_and_one_button_takes_them_off(plain: Page) -> None:
    plain.open()
    plain.choose("contestant", "bang")
    plain.choose("kind", "False positive")
    plain.choose("category", "kind 0")
    plain.find("#filter-search").send_keys("it is")
    found = [
        row
        for row in rows_of(plain)
        if (row["who"], row["kind"], row["case"]["category"]) == ("bang", "false_positive", "kind 0")
        and "it is" in row["case"]["response"]
    ]
    assert found
    says(plain, len(found))
    plain.find("#filters button[type=reset]").click()
    says(plain, len(rows_of(plain)))
    assert plain.find("#filter-kind").get_attribute("value") == ""


def test_a_row_opens_to_all_that_it_was_judged_by(plain: Page) -> None:
    plain.open()
    row = rows_of(plain)[0]
    assert not plain.all(".opened"), "rows are made when they are opened"
    plain.find("#rows summary").click()
    plain.wait("#rows .opened .says p", row["reason"])
    text = plain.text("#rows .opened")
    case = row["case"]
    for words in (case["prompt"], case["response"], case["reference"], case["id"], case["category"], row["outcome"]):
        assert words in text
    assert dict(row["evidence"])["answer"] in text
    headings = plain.js("return [...document.querySelectorAll('.opened h3')].map((h) => h.textContent)")
    assert headings[:5] == ["Why", "Prompt", "Reference", "Extracted answer", "Response"]


def test_pages_turn(plain: Page) -> None:
    plain.open()
    total = len(rows_of(plain))
    pages = -(-total // 25)
    assert pages > 2
    plain.find("#previous").click()
    plain.wait("#page", f"Page 1 of {pages}")
    for number in range(2, pages + 1):
        plain.find("#next").click()
        plain.wait("#page", f"Page {number} of {pages}")
    assert len(plain.all("#rows > li")) == total - 25 * (pages - 1)
    assert plain.find("#next").get_attribute("aria-disabled") == "true"
    plain.choose("contestant", "bang")
    assert plain.text("#page").startswith("Page 1 of")


def test_the_keyboard_alone_is_enough(plain: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    plain.open()

    def press(key: str) -> None:
        ActionChains(plain.driver).send_keys(key).perform()

    def tab_to(selector: str) -> None:
        for _ in range(200):
            press(Keys.TAB)
            if plain.js("return document.activeElement.matches(arguments[0])", selector):
                assert plain.js("return document.activeElement.matches(':focus-visible')")
                style = "return getComputedStyle(document.activeElement).outlineStyle"
                assert plain.js(style) == "solid", "the focus is seen"
                return
        raise AssertionError(f"no way to {selector} by Tab")

    press(Keys.TAB)
    assert plain.js("return document.activeElement.className") == "skip"
    press(Keys.ENTER)
    assert plain.js("return location.hash") == "#main"
    tab_to("#filter-kind")
    press("A")
    abstained = [row for row in rows_of(plain) if row["kind"] == "abstained"]
    says(plain, len(abstained))
    tab_to("#filter-search")
    press("number 37")
    found = [row for row in abstained if "number 37" in row["case"]["prompt"]]
    says(plain, len(found))
    tab_to("#filters button[type=reset]")
    press(Keys.SPACE)
    says(plain, len(rows_of(plain)))
    tab_to("#rows summary")
    press(Keys.ENTER)
    plain.wait("#rows .opened h3", "Why")
    tab_to("#next")
    press(Keys.ENTER)
    plain.wait("#page", f"Page 2 of {-(-len(rows_of(plain)) // 25)}")
    assert plain.noise() == []
