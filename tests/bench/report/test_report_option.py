"""`--report` from the command line: thousands of errors, a missing library, a place that can't be written."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rewardkit.bench.report.write import check_available
from rewardkit.errors import MissingExtraError

Page = Any  # of conftest.py

WITHOUT = "import sys; sys.modules['vl_convert'] = None; from rewardkit.cli.main import run; run()"


def call(folder: Path, code: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, "bench", "labelled", "exact", "--data", "cases.jsonl", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_without_the_library_it_is_one_clear_error_before_anything_is_read(tmp_path: Path) -> None:
    done = call(tmp_path, WITHOUT, "--report", "r.html")  # there is no cases.jsonl: nobody looked
    assert done.returncode == 3
    assert "pip install 'rewardkit[report]'" in done.stderr
    assert "cases.jsonl" not in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_library_all_else_works(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text('{"response": "1", "reference": "1", "label": 1}\n' * 3)
    done = call(tmp_path, WITHOUT, "--json", "r.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "r.json").read_text())["contestants"][0]["counts"]["true_positive"] == 3


def test_the_error_is_that_of_every_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    check_available()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingExtraError, match=r"rewardkit\[report\]"):
        check_available()


def test_a_place_that_can_not_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text('{"response": "1", "reference": "1", "label": 1}\n')
    (tmp_path / "file").write_text("")
    done = call(tmp_path, "from rewardkit.cli.main import run; run()", "--report", "file/r.html")
    assert done.returncode == 4
    assert "file/r.html can't be written" in done.stderr


REFUSES = "def judge(response, reference):\n    return False\n"


def test_thousands_of_errors_are_capped_and_told_and_the_page_stays_quick(report: Any) -> None:
    rows = [
        {"prompt": f"{i} " + "word " * 300, "response": f"{i + i % 2}", "reference": str(i), "label": 1 - i % 2,
         "category": f"c{i % 40}", "source": f"s{i % 7}"}
        for i in range(4000)
    ]  # fmt: skip
    page = report(rows, {"refuses.py": REFUSES})
    assert page.path.stat().st_size < 15_000_000
    page.open()
    assert page.result["contestants"][1]["counts"]["false_negative"] == 2000
    assert "refuses: 1,000 of 2,000 here, 1,000 left out" in page.text("#left-out")
    page.wait("#count", "1,000 rows")
    assert len(page.all("#rows > li")) == 25
    loaded = page.js("const [t] = performance.getEntriesByType('navigation'); return t.loadEventEnd - t.startTime")
    assert loaded < 3000
    page.find("#filter-search").send_keys("18 word")
    rows_18 = [row for row in json.loads(page.text("#wrong-data"))["cases"] if "18 word" in row["prompt"]]
    page.wait("#count", f"{len(rows_18):,} of 1,000 rows")
    assert page.noise() == []


def test_thousands_of_categories_leave_the_page_small_and_say_what_is_left_out(report: Any) -> None:
    rows = [{"response": "no", "reference": "1", "label": i % 2, "category": f"category {i}"} for i in range(3000)]
    page = report(rows, {"refuses.py": REFUSES})
    assert page.path.stat().st_size < 15_000_000
    page.open()
    assert page.text("#where summary") == "Table of the worst 1,000 of 3,000 categories"
    assert len(page.all("#where tbody tr")) == 2000
    assert "The worst 30 of 1,500." in page.text("#where .pair")
    assert len(page.all("#where svg")) == 1, "nobody has a false positive"
    whole = json.loads(page.text("#result-data"))
    assert page.find("#download").is_displayed() == (whole is not None)
    assert page.noise() == []


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only_leaves_the_other_rate_open(label: int, report: Any) -> None:
    page = report([{"response": "1", "reference": "1", "label": label}] * 9, {})
    page.open()
    cards = {card.find_element("css selector", "h3").text: card.text for card in page.all("#rates .card")}
    assert list(cards) == ["False positives", "False negatives", "Abstentions"]
    without = cards["False positives" if label else "False negatives"]
    assert "no rows" in without
    assert f"There are no {'wrong' if label else 'right'} responses with a value" in without
    assert not page.all("#where"), "without categories and sources there is nothing to map"
    assert page.noise() == []
