"""What a model wrote is text in the page, whatever it is; nothing of it runs, and nothing of it hides."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

Page = Any  # of conftest.py

MARKUP = [
    "</script><img src=x onerror=window.hit=1>",
    "<script>window.hit=1</script>",
    "<!-- <script>",
    "--!><svg onload=window.hit=1>",
    "]]><b>bold</b>&lt;i&gt;&amp;",
    "'\"><iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "</textarea></title></style><base href=//evil.example>",
    '{"__proto__": {"polluted": 1}}',
    "$script ${style} $$",
    "javascript:window.hit=1",
]
UNSEEN = {
    "line\u2028and\u2029paragraph": "lineU+2028andU+2029paragraph",
    "the answer is \u202e24\u202c!": "the answer is U+202E24U+202C!",
    "nul\x00bell\x07": "nulU+0000bellU+0007",
    "lone \ud800 and \udfff": "lone U+D800 and U+DFFF",
    "zero\u200b\u200b\u200bwidth": "zeroU+200B ×3width",
    "tab\tand\nnewline": "tab\tand\nnewline",
    "\u05e9\u05dc\u05d5\u05dd \U0001f600": "\u05e9\u05dc\u05d5\u05dd \U0001f600",
}
HUGE = "x" * 100_000 + "the middle" + "y" * 100_000
MANY_UNSEEN = "\u200b\u200d" * 100_000

PEER = """
def judge(response, reference):
    if response.startswith("raise"):
        raise ValueError("</script><img src=x onerror=window.hit=1>\\u202e")
    return False
"""


def hostile_rows() -> list[dict[str, Any]]:
    texts = [*MARKUP, *UNSEEN, HUGE, MANY_UNSEEN]
    rows = [
        {"id": text[:100], "prompt": text, "response": text, "reference": f"reference {text[:1000]}", "label": 1,
         "category": text[:80], "source": text[:80]}
        for text in texts
    ]  # fmt: skip
    return [*rows, {"prompt": "?", "response": "raise", "reference": "1", "label": 1, "category": "c", "source": "s"}]


@pytest.fixture(scope="module")
def hostile(report: Any) -> Page:
    return report(hostile_rows(), {"<b>peer<b onclick=x>.py": PEER})


class Links(HTMLParser):
    """Everything that an element of the page points to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset", "data")]


def opened(page: Page) -> list[str]:
    """The response of every row of the reward, each row opened."""
    page.choose("contestant", "exact")
    page.js("for (const one of document.querySelectorAll('#rows details')) one.open = true")
    page.js("return new Promise((done) => setTimeout(done, 100))")
    found: list[str] = page.js(
        "return [...document.querySelectorAll('#rows pre[aria-label=Response]')].map((box) => box.textContent)"
    )
    return found


def test_nothing_that_a_model_wrote_becomes_an_element_or_runs(hostile: Page) -> None:
    hostile.open()
    responses = opened(hostile)
    for text in MARKUP:
        assert text in responses
    assert hostile.js("return window.hit") is None
    assert hostile.js("return ({}).polluted") is None
    assert hostile.js("return document.scripts.length") == 3
    for name in ("img", "iframe", "base", "object", "embed", "i", "main b b", "[onclick]", "[onerror]", "[onload]"):
        assert not hostile.all(name), name
    assert hostile.js("return document.title") == "exact on labelled cases"
    assert hostile.noise() == []


def test_what_is_not_seen_is_named(hostile: Page) -> None:
    hostile.open()
    responses = opened(hostile)
    for shown in UNSEEN.values():
        assert shown in responses
    for character in ("\u202e", "\u200b", "\x00", "\u2028"):
        assert character not in hostile.js("return document.querySelector('main').innerText")


def test_huge_texts_are_cut_in_the_middle_and_break_no_line(hostile: Page) -> None:
    hostile.open(390, 844)
    [huge] = [text for text in opened(hostile) if text.startswith("xxx")]
    assert re.fullmatch(r"x{10000} \[\.\.\. 180,010 characters left out \.\.\.\] y{10000}", huge)
    assert hostile.text("#texts-cut") == "Texts longer than 20,000 characters are cut in their middle."
    assert hostile.js("return document.documentElement.scrollWidth") <= 390
    assert hostile.path.stat().st_size < 2_000_000


def test_hostile_names_of_contestants_categories_and_sources_are_text(hostile: Page) -> None:
    hostile.open()
    name = hostile.result["contestants"][1]["name"]
    assert "<b" in name
    assert name in hostile.text("#rates table")
    assert name in hostile.js("return document.querySelector('#filter-contestant').textContent")
    where = hostile.text("#where details table")
    assert MARKUP[0] in where
    assert "the answer is [U+202E]24[U+202C]!" in where
    assert "the peer raised ValueError: </script><img src=x onerror=window.hit=1>[U+202E]" in hostile.text("#tests")
    hostile.choose("category", "<!-- <script>")
    hostile.wait("#count", f"2 of {2 * len(hostile_rows())} rows")
    hostile.choose("category", "lone U+D800 and U+DFFF")
    hostile.wait("#count", f"2 of {2 * len(hostile_rows())} rows")


def test_the_search_finds_hostile_text(hostile: Page) -> None:
    hostile.open()
    hostile.find("#filter-search").send_keys("<base href")
    hostile.wait("#count", f"2 of {2 * len(hostile_rows())} rows")


def test_the_policy_names_our_own_script_and_style_and_nothing_else(hostile: Page) -> None:
    text = hostile.path.read_text("utf-8")
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    def of(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    [script] = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert rules == {
        "default-src": "'none'",
        "script-src": of(script),
        "style-src": of(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert text.count("</script>") == 3
    links = Links()
    links.feed(text)
    assert {link for link in links.found if not link.startswith("#")} == {"data:,"}


def test_a_script_that_got_in_would_not_run(hostile: Page) -> None:
    hostile.open()
    hostile.js("""
      const script = document.createElement("script");
      script.textContent = "window.hit = 1";
      document.body.append(script);
      const image = document.createElement("div");
      image.innerHTML = "<img src=x onerror='window.hit = 1'>";
      document.body.append(image);
      return new Promise((done) => setTimeout(done, 200));
    """)
    assert hostile.js("return window.hit") is None
    assert sum("Content Security Policy" in said for said in hostile.noise()) >= 2


def test_the_embedded_result_is_the_one_of_the_file(hostile: Page) -> None:
    [block] = re.findall(r'id="result-data">(.*?)</script>', hostile.path.read_text("utf-8"))
    assert json.loads(block) == hostile.result
