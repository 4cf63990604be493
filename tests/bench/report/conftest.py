"""A real browser for the report, and pages made by the command line as a person makes them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

RUN = [sys.executable, "-c", "from rewardkit.cli.main import run; run()"]
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OURS = ("file:", "data:", "blob:", "about:")
LOUD = ("WARNING", "SEVERE")


@dataclass
class Page:
    """One report in the browser."""

    path: Path
    result: dict[str, Any]
    """The JSON that was written beside it."""
    driver: Any

    def open(self, width: int = 1280, height: int = 900) -> "Page":
        """Load it anew, with what an earlier visit logged forgotten."""
        self.noise()
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(self.path.as_uri())
        return self

    def noise(self) -> list[str]:
        """Console messages of note and requests to anywhere, since the last look."""
        events = [json.loads(line["message"])["message"] for line in self.driver.get_log("performance")]
        urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        said = [line["message"] for line in self.driver.get_log("browser") if line["level"] in LOUD]
        return said + [url for url in urls if not url.startswith(OURS)]

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        found: list[Any] = self.driver.find_elements("css selector", selector)
        return found

    def text(self, selector: str) -> str:
        return str(self.js("return document.querySelector(arguments[0])?.textContent ?? ''", selector))

    def choose(self, name: str, value: str) -> None:
        """Pick the option of a filter whose text begins so, as a person does."""
        from selenium.webdriver.support.ui import Select

        select = Select(self.find(f"#filter-{name}"))
        texts = [option.text for option in select.options]
        select.select_by_index(next(i for i, text in enumerate(texts) if text.startswith(value)))

    def wait(self, selector: str, text: str) -> None:
        """Until this element says so; fails after some seconds."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 5, 0.02).until(lambda _: self.text(selector) == text, self.text(selector))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    chromium = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    chromedriver = shutil.which("chromedriver")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        pytest.fail("the tests of the report need selenium: pip install selenium")
    if chromium is None or chromedriver is None:
        pytest.fail(
            "the tests of the report need Chromium and its driver on the PATH: "
            "apt-get install chromium chromium-driver (or set PATH to where they are)"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp())
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    yield driver
    driver.quit()


def write(path: Path, rows: Sequence[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


Report = Callable[..., Page]


@pytest.fixture(scope="session")
def report(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Makes a report of these rows through the command line."""

    def make(rows: Sequence[Any], peers: dict[str, str], reward: str = "exact", *words: str) -> Page:
        folder = tmp_path_factory.mktemp("report")
        write(folder / "cases.jsonl", rows)
        for name, code in peers.items():
            (folder / name).write_text(code, encoding="utf-8")
        against = [word for name in peers for word in ("--against", name)]
        command = ["bench", "labelled", reward, "--data", "cases.jsonl", *against, *words]
        files = ["--report", "page.html", "--json", "result.json"]
        done = subprocess.run(
            [*RUN, *command, *files],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={**os.environ, "PYTHONIOENCODING": "utf-8:backslashreplace"},  # for lone surrogates in tables
        )
        assert done.returncode == 0, done.stderr
        return Page(folder / "page.html", json.loads((folder / "result.json").read_text("utf-8")), browser)

    return make


PEER = '''
"""Believes what ends in an exclamation mark, and has no opinion of some numbers."""

def judge(response, reference):
    if "raise" in response:
        raise ValueError("out of cheese")
    return None if reference.endswith("7") else response.endswith("!") or response == reference
'''


def plain_rows(count: int) -> list[dict[str, Any]]:
    """Rows on which `exact` and the peer err in every way."""
    rows = []
    for i in range(count):
        is_right = i % 2 == 0
        response = f"{i}" if is_right else f"{i + 1}"
        if i % 5 == 0:
            response = f"it is {response}!"
        if i % 11 == 0:
            response = str(i)  # on odd rows the label says that it is wrong
        row = {"id": f"id-{i}", "prompt": f"What is number {i}?", "response": response, "reference": str(i)}
        rows.append({**row, "label": int(is_right), "category": f"kind {i % 3}", "source": ("book", "web")[i % 4 < 2]})
    rows.append({"id": "last", "prompt": "?", "response": "raise", "reference": "1", "label": 1, "category": "odd"})
    return rows


@pytest.fixture(scope="session")
def plain(report: Report) -> Page:
    return report(plain_rows(240), {"bang.py": PEER, "gone.py": "import no_such_library\n"})
