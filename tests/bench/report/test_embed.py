"""JSON and text inside a page, and which wrong verdicts a page carries."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Sample, Score
from rewardkit.bench.cases import Case, Cases
from rewardkit.bench.contest import Run
from rewardkit.bench.labelled import Judged
from rewardkit.bench.report import chosen as chosen_rows
from rewardkit.bench.report.chosen import browser_data, cap, choose, evenly, shares
from rewardkit.bench.report.drawing import draw, taken
from rewardkit.bench.report.embed import cut, data_block, visible
from rewardkit.bench.report.markup import html, table, tag
from rewardkit.score import Outcome

ANY = st.text(st.characters(codec=None, exclude_categories=()))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_data_survive_and_hold_nothing_that_ends_their_element(value: Any) -> None:
    text = data_block(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff]", text)
    text.encode("utf-8")


def test_numbers_that_json_has_no_word_for_become_text() -> None:
    assert json.loads(data_block({"a": [float("nan"), float("inf")], "b": {1}})) == {"a": ["nan", "inf"], "b": "{1}"}


@given(ANY)
def test_visible_text_is_fit_for_a_page(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e]", shown)
    assert visible(shown) == shown


@given(ANY, st.integers(2, 50))
def test_a_cut_text_keeps_its_ends(text: str, limit: int) -> None:
    short = cut(text, limit)
    if len(text) <= limit:
        assert short == text
    else:
        half = limit // 2
        assert short.startswith(text[:half])
        assert short.endswith(text[-half:])
        assert len(short) <= limit + 50


@given(ANY, ANY)
def test_text_never_becomes_markup(text: str, attribute: str) -> None:
    made = html(table(text, [text], [[text]], note=attribute), tag("p", text, title=attribute))
    names = set(re.findall("<(/?[a-z]+)", re.sub('="[^"]*"', "", made)))
    expected = ["div", "table", "caption", "span", "thead", "tbody", "tr", "th", "p"]
    assert names == {f"{slash}{name}" for name in expected for slash in ("", "/")}


def test_a_drawing_holds_nothing_that_acts() -> None:
    bad = "</svg><script>x</script>\x00\ud800"
    spec = {
        "data": {"values": [{"x": 1, "name": bad}]},
        "mark": {"type": "bar", "aria": True, "ariaRoleDescription": "tip"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "name", "type": "nominal", "axis": {"labelLimit": 0}},
            "description": {"field": "name"},
        },
    }
    made = html(draw(spec, bad))
    unquoted = re.sub('"[^"]*"', "", made)
    assert set(re.findall("<([a-z]+)", unquoted)) <= {"svg", "g", "path", "line", "rect", "text", "title"}
    assert "&lt;/svg&gt;&lt;script&gt;x&lt;/script&gt;[U+0000][U+D800]" in made


def test_of_a_foreign_drawing_only_shapes_and_text_are_taken() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="x()" width="5">'
        '<script>x()</script><style>a{}</style><image href="http://a.example/x.png"/><use href="#a"/>'
        '<a xlink:href="javascript:x()"><text>in a link</text></a><foreignObject><p>x</p></foreignObject>'
        '<g><text onclick="x()" style="fill:url(http://a.example)" x="1.23456">kept</text></g></svg>'
    )
    kept = taken(fromstring(svg))
    assert kept is not None
    assert html(kept) == '<svg width="5"><g><text x="1.23">kept</text></g></svg>'


@given(st.dictionaries(st.integers(), st.integers(0, 500), max_size=20), st.integers(0, 800))
def test_shares_are_fair_and_waste_no_place(sizes: dict[int, int], most: int) -> None:
    parts = shares(sizes, most)
    assert sum(parts.values()) == min(most, sum(sizes.values()))
    assert all(0 <= parts[key] <= sizes[key] for key in sizes)
    cut_ones = [parts[key] for key in sizes if parts[key] < sizes[key]]
    if cut_ones:
        assert max(parts.values()) <= min(cut_ones) + 1, "nobody has more than one that was cut"


def test_even_steps_begin_at_the_first_and_reach_the_end() -> None:
    assert evenly(list(range(10)), 5) == [0, 2, 4, 6, 8]  # type: ignore[arg-type]  # any members will do
    assert evenly(list(range(3)), 3) == [0, 1, 2]  # type: ignore[arg-type]
    assert evenly([], 0) == []


def judged(rows: int, response: str = "no", rare_every: int = 500) -> Judged:
    """A contestant that refuses everything, and pays one row in `rare_every`."""
    cases = [
        Case(Sample(response=f"{response} {i}", prompt="?", reference=str(i)), bool(i % rare_every), f"c{i % 3}")
        for i in range(rows)
    ]
    paid, refused = Score.of(Outcome.CORRECT, "it is right"), Score.of(Outcome.INCORRECT, "it is wrong")
    return Judged(Cases(cases), [Run("r", [refused if case.is_right else paid for case in cases])])


def test_a_page_carries_so_many_rows_of_a_contestant_and_all_of_a_rare_kind() -> None:
    found = judged(4000)
    [first] = choose(found, 1000)
    [again] = choose(found, 1000)
    assert (first.found, len(first.kept), first.left_out) == (4000, 1000, 3000)
    assert [one.position for one in first.kept] == [one.position for one in again.kept]
    kinds = [one.kind for one in first.kept]
    assert kinds.count("false_positive") == 8
    assert kinds == sorted(kinds, reverse=True), "false positives first"
    by_category = [sum(one.case.category == f"c{i}" for one in first.kept) for i in range(3)]
    assert max(by_category) - min(by_category) <= 4
    positions = [one.position for one in first.kept if one.kind == "false_negative"]
    assert positions == sorted(positions)
    assert max(positions) > 3980, "the choice reaches the end of the rows"


def test_few_rows_are_all_there() -> None:
    [only] = choose(judged(90), cap(1))
    assert only.left_out == 0
    assert [one.position for one in only.kept if one.kind == "false_negative"] == list(range(1, 90))


@pytest.mark.parametrize(("response", "length"), [("no", 20_000), ("x" * 9000, 3000), ("\u4e2d" * 9000, 1000)])
def test_texts_are_cut_as_far_as_the_page_needs(response: str, length: int) -> None:
    data, used = browser_data(choose(judged(1000, response), 1000))
    assert used == length
    assert len(data_block(data).encode()) < chosen_rows.TEXT_BYTES + 1_000_000
    assert all(case["response"].endswith(f" {case['reference']}") for case in data["cases"])


def test_reasons_and_evidence_are_bounded_too() -> None:
    found = judged(1000)
    evidence = {f"piece {i}": ["\u4e2d" * 5000] for i in range(30)}
    found.runs[0].scores[:] = [Score.of(Outcome.BAD_REFERENCE, "\u4e2d" * 5000, evidence=evidence)] * 1000
    data, _ = browser_data(choose(found, 1000))
    assert len(data_block(data["rows"]).encode()) < chosen_rows.REASON_BYTES + 1_000_000
    assert len(data["rows"][0]["evidence"]) == 12


def test_contestants_share_the_texts_of_their_cases() -> None:
    found = judged(50)
    found.runs = [*found.runs, Run("s", found.runs[0].scores)]
    data, _ = browser_data(choose(found, 100))
    assert (len(data["cases"]), len(data["rows"])) == (50, 100)


def test_the_frame_ends_no_element_of_its_own() -> None:
    folder = Path(str(chosen_rows.__file__)).parent
    assert "</" not in (folder / "page.js").read_text("utf-8")
    assert "</" not in (folder / "page.css").read_text("utf-8")
