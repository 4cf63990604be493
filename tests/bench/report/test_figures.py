"""The page loads in silence, and its figures are those of the JSON beside it."""

import json
import time
from typing import Any

import pytest

Page = Any  # of conftest.py

TABLE = """
return [...document.querySelectorAll(arguments[0] + " tbody tr")].map((row) => [...row.children].map((cell) =>
  [cell.textContent, ...[...cell.querySelectorAll(".share, small")].map((part) => part.textContent)]))
"""
RATES = ("false_positive", "false_negative", "precision", "recall", "abstained", "rewarded_wrong", "unrewarded_right")


def cell(rate: dict[str, Any]) -> list[str]:
    """How the page writes a rate of the JSON."""
    if rate["rate"] is None:
        return []
    return [
        f"{100 * rate['rate']:.2f} %",
        f"{100 * rate['low']:.2f} to {100 * rate['high']:.2f}",
        f"{rate['count']:,} of {rate['total']:,}",
    ]


def test_it_loads_without_a_message_and_asks_nothing_of_anyone(plain: Page) -> None:
    plain.open()
    assert plain.text("h1") == "exact on labelled cases"
    assert plain.noise() == []


def test_the_tests_would_see_a_message_and_a_request(plain: Page) -> None:
    plain.open()
    plain.js("console.error('here'); fetch('http://127.0.0.1:9/x').catch(() => {})")
    time.sleep(0.2)
    noise = " ".join(plain.noise())
    assert "here" in noise
    assert "Content Security Policy" in noise, "the page may not reach anything, even if it tried"


def test_the_rates_are_those_of_the_json_contestant_by_contestant(plain: Page) -> None:
    plain.open()
    rows = plain.js(TABLE, "#rates table")
    assert [row[0][0] for row in rows] == [one["name"] for one in plain.result["contestants"]]
    for row, one in zip(rows, plain.result["contestants"], strict=True):
        if one["error"] is None:
            assert [parts[1:] for parts in row[1:]] == [cell(one["rates"][name]) for name in RATES], one["name"]
        else:
            assert one["error"] in row[1][0]
    assert {one["name"]: one["error"] is None for one in plain.result["contestants"]} == {
        "exact": True,
        "bang": True,
        "gone": False,
    }


def test_the_cards_show_the_reward(plain: Page) -> None:
    plain.open()
    rates = plain.result["contestants"][0]["rates"]
    for card in plain.all("#rates .card"):
        name = card.find_element("css selector", ".big").get_attribute("data-rate")
        share, interval, counts = cell(rates[name])
        assert card.find_element("css selector", ".big").text == share
        assert f"{counts}; 95 % interval {interval} %" in card.text
    assert len(plain.all("#rates .card svg")) == 3


def test_every_dot_and_cell_tells_its_figure(plain: Page) -> None:
    plain.open()
    tips = plain.js("""
      const told = [];
      for (const mark of document.querySelectorAll("#rates svg path, #where svg path")) {
        mark.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
        const tip = document.getElementById("tip");
        if (!tip.hidden) told.push(tip.textContent);
      }
      return told;
    """)
    for one in plain.result["contestants"][:2]:
        share, interval, counts = cell(one["rates"]["false_negative"])
        assert f"{one['name']}: {share}, 95 % interval {interval} %, {counts} right responses" in tips
        for name, part in one["categories"].items():
            share, interval, counts = cell(part["rates"]["false_negative"])
            start = f"{name}, {one['name']}, false negatives: {share}, 95 % interval {interval} %, {counts}"
            assert any(tip.startswith(start) for tip in tips), start


@pytest.mark.parametrize("kind", ["categories", "sources"])
def test_categories_and_sources_are_those_of_the_json(kind: str, plain: Page) -> None:
    plain.open()
    position = {"categories": 0, "sources": 1}[kind]
    plain.js("document.querySelectorAll('#where details.figures')[arguments[0]].id = 'this'", position)
    shown = {(row[0][0], row[1][0]): [parts[1:] for parts in row[2:]] for row in plain.js(TABLE, "#this table")}
    expected = {
        (name, one["name"]): [cell(part["rates"][r]) for r in ("false_positive", "false_negative", "abstained")]
        for one in plain.result["contestants"]
        for name, part in one[kind].items()
    }
    assert shown == expected


def test_few_rows_are_marked_in_the_heat_map(plain: Page) -> None:
    plain.open()
    drawn = plain.all("#where svg path[stroke-dasharray]")
    assert drawn
    assert all(mark.get_attribute("fill-opacity") == "0.22" for mark in drawn)
    texts = plain.js("return [...document.querySelectorAll('#where svg text')].map((t) => t.textContent)")
    odd = plain.result["contestants"][0]["categories"]["odd"]["counts"]
    assert odd["false_negative"] == 1
    assert "1/1" in texts


def test_tests_speed_faults_and_method_are_told(plain: Page) -> None:
    plain.open()
    rows = plain.js(TABLE, "#tests .scroll:nth-of-type(1) table")
    for row, one in zip(rows, plain.result["comparisons"], strict=True):
        figures = [one["second"], one["on"], str(one["rows"]), str(one["only_first"]), str(one["only_second"])]
        assert [parts[0] for parts in row[:5]] == figures
    assert "the peer raised ValueError: out of cheese" in plain.text("#tests")
    assert "gone has no figures" in plain.text("#notes")
    method = plain.text("#method")
    machine, data = plain.result["machine"], plain.result["data"]
    for words in (machine["processor"], machine["packages"]["rewardkit"], data["fingerprint"], "cases.jsonl"):
        assert words in method
    speed = {row[0][0]: [parts[0] for parts in row[1:]] for row in plain.js(TABLE, "#speed table")}
    assert set(speed) == {"exact", "bang"}
    peak = plain.result["contestants"][1]["speed"]["peak_mb"]
    assert speed["bang"][3] == f"{peak:,.0f} MB"
    assert len(plain.all("#speed svg")) == 3


def test_the_result_can_be_taken_out_of_the_page(plain: Page, tmp_path: Any) -> None:
    plain.open()
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    plain.driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    plain.find("#download").click()
    saved = tmp_path / "result.json"
    ends = time.monotonic() + 10
    while not saved.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    assert json.loads(saved.read_text("utf-8")) == plain.result
    assert plain.noise() == []


def test_figures_and_charts_need_no_script(plain: Page) -> None:
    plain.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        plain.open()
        share = cell(plain.result["contestants"][1]["rates"]["false_negative"])[0]
        assert share in plain.find("#rates table").text
        assert plain.find("#rates svg").is_displayed()
        assert "The rows need the page's own script" in plain.find("main").text
        assert not plain.find("#filters").is_displayed()
        assert plain.noise() == []
    finally:
        plain.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
