"""Counting: what is a false positive, what is in which denominator, what is told of rows that can't be used."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rewardkit import Sample, Score
from rewardkit.bench.cases import Case, Cases, LabelColumns, read_cases, read_label
from rewardkit.bench.contest import Contestant, Settings
from rewardkit.bench.labelled import Judged, judge
from rewardkit.bench.render import labelled_head, labelled_tables, markdown, show
from rewardkit.bench.results import Counts, read_result, worst_first
from rewardkit.bench.statistics import mcnemar
from rewardkit.cli.bench.contestants import contestant, peer
from rewardkit.errors import DataError, RewardkitError, UsageError
from rewardkit.execution.local import LocalExecutor

QUICK = Settings(deadline_s=1.0)


def write(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return str(path)


def row(response: str, label: Any, category: str = "a", **more: Any) -> dict[str, Any]:
    return {"prompt": "?", "response": response, "reference": "1", "label": label, "category": category, **more}


PEER = '''
"""Says whatever the response asks it to say."""

def judge(response, reference):
    if response == "raise":
        raise ValueError("out of cheese")
    return {"yes": True, "none": None, "half": 0.5, "1": True}.get(response, False)
'''


@pytest.fixture
def says(tmp_path: Path) -> Contestant:
    file = tmp_path / "says.py"
    file.write_text(PEER, encoding="utf-8")
    return peer(str(file), [])


ROWS = [
    row("1", 1, "easy", source="s"),
    row("1", 0, "noise", source="s"),  # labelled wrongly, so that `exact` has a false positive
    row("yes", 1, "hard", source="s"),
    row("none", 1, "hard", source="t"),
    row("none", 0, "hard", source="t"),
    row("half", 0, "hard", source="t"),
    row("raise", 1, "hard"),
    row("no", 0, "easy"),
]


def test_rates_are_counted_by_hand(tmp_path: Path, says: Contestant) -> None:
    cases = read_cases([write(tmp_path / "c.jsonl", ROWS)])
    result, judged = judge(cases, [contestant("exact", [], []), says], QUICK)
    exact, other = result.contestants
    assert (exact.role, other.role) == ("reward", "peer")
    assert exact.counts == Counts(1, 1, 3, 3)
    assert other.counts == Counts(
        true_positive=2, false_positive=1, true_negative=2, false_negative=1, none_right=1, none_wrong=1
    )
    rates = other.counts.rates
    assert (rates["false_positive"].count, rates["false_positive"].total) == (1, 3)
    assert (rates["false_negative"].count, rates["false_negative"].total) == (1, 3)
    assert (rates["unrewarded_right"].count, rates["unrewarded_right"].total) == (2, 4)
    assert (rates["rewarded_wrong"].count, rates["rewarded_wrong"].total) == (1, 4)
    assert (rates["precision"].count, rates["precision"].total) == (2, 3)
    assert (rates["abstained"].count, rates["abstained"].total) == (2, 8)
    assert exact.categories["hard"] == Counts(true_negative=2, false_negative=3)
    assert set(exact.sources) == {"s", "t"}, "a row without a source is in none"
    assert other.outcomes["right"] == {"CORRECT": 2, "UNAVAILABLE": 1, "CRASHED": 1}
    assert {"outcome": "CRASHED", "reason": "the peer raised ValueError: out of cheese", "rows": 1} in other.faults
    assert any("gives no value (None) to 2 rows" in note for note in result.notes)
    assert any("CRASHED: the peer raised ValueError" in note for note in result.notes)
    errors = list(judged.errors())
    assert [(e["kind"], e["response"]) for e in errors if e["reward"] == "exact"] == [
        ("false_positive", "1"),
        ("false_negative", "yes"),
        ("false_negative", "none"),
        ("false_negative", "raise"),
    ]
    assert {e["kind"] for e in errors if e["reward"] != "exact"} == {"false_positive", "false_negative", "abstained"}
    first = errors[0]
    assert {k: first[k] for k in ("prompt", "reference", "label", "value", "outcome", "category", "source", "row")} == {
        "prompt": "?",
        "reference": "1",
        "label": 0,
        "value": 1.0,
        "outcome": "CORRECT",
        "category": "noise",
        "source": "s",
        "row": "row 2",
    }
    assert first["reason"]
    assert first["evidence"] is not None


def test_disagreements_are_counted_on_rows_that_both_judged(tmp_path: Path, says: Contestant) -> None:
    cases = read_cases([write(tmp_path / "c.jsonl", ROWS)])
    result, _ = judge(cases, [contestant("exact", [], []), says], QUICK)
    tests = {one.on: one for one in result.comparisons}
    assert {on: one.rows for on, one in tests.items()} == {"all": 6, "right": 3, "wrong": 3}
    assert (tests["all"].test.only_first, tests["all"].test.only_second) == (0, 1)
    assert tests["all"].test == mcnemar(0, 1)


def test_the_threshold_decides_what_is_rewarded(tmp_path: Path, says: Contestant) -> None:
    cases = read_cases([write(tmp_path / "c.jsonl", ROWS)])
    low, _ = judge(cases, [says], QUICK, threshold=0.5)
    assert low.reward.counts.false_positive == 2
    with pytest.raises(UsageError, match=r"the threshold 1\.5 can't tell its values apart"):
        judge(cases, [says], QUICK, threshold=1.5)


def test_a_result_survives_its_file(tmp_path: Path, says: Contestant) -> None:
    cases = read_cases([write(tmp_path / "c.jsonl", ROWS * 5)])
    result, _ = judge(cases, [contestant("exact", [], []), says], QUICK)
    path = str(tmp_path / "deep" / "r.json")
    result.write(path)
    again = read_result(path)
    assert again.to_json() == result.to_json()
    tree = json.loads(Path(path).read_text())
    assert tree["schema"] == "rewardkit.bench.labelled/1"
    assert tree["contestants"][0]["rates"]["false_positive"]["total"] == 20
    assert tree["machine"]["packages"]["rewardkit"] == tree["rewardkit"]
    assert tree["contestants"][0]["speed"]["rows_per_s"] > 0


@pytest.mark.parametrize("text", ["{}", "[1]", "not JSON", '{"schema": "rewardkit.bench.labelled/1"}'])
def test_a_file_that_is_no_result_is_one_clear_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"schema|not JSON|damaged"):
        read_result(str(path))


def test_the_report_names_every_figure_and_breaks_no_table(tmp_path: Path, says: Contestant) -> None:
    rows = [*ROWS, row("x", 1, "pipe | in `it`\nand <b>")]
    cases = read_cases([write(tmp_path / "c.jsonl", rows)])
    result, _ = judge(cases, [contestant("exact", [], []), says], QUICK)
    text = markdown("exact", labelled_head(result), labelled_tables(result), result.notes)
    for words in ("false positives", "25.00 %", "4.56 to 69.94", "1 of 4", "worst categories", "McNemar", "seed 0"):
        assert words in text
    assert "9 cases, 5 right and 4 wrong" in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if "pipe" in line}
    assert widths == {5}
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_no_figure_is_cut_on_a_narrow_terminal(tmp_path: Path, says: Contestant) -> None:
    rows = [*ROWS, *(row("1", 1, "a category of a name so long that it has to be broken") for _ in range(5))]
    rows += [row(text, 1) for text in ("2", "yes") for _ in range(30)]
    result, _ = judge(read_cases([write(tmp_path / "c.jsonl", rows)]), [contestant("exact", [], []), says], QUICK)
    console = Console(width=80, file=io.StringIO(), force_terminal=False)
    tables = labelled_tables(result)
    show(console, labelled_head(result), tables, result.notes)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for table in tables:
        for cells in table.rows:
            for cell in cells[table.left :]:
                assert cell in text, (table.title, cell)


def test_rows_that_can_not_be_used_are_told_and_the_others_judged(tmp_path: Path) -> None:
    rows = [*ROWS, row("1", "maybe"), row("1", None), {"response": "1"}, "not JSON", row("1", 2)]
    cases = read_cases([write(tmp_path / "c.jsonl", rows)])
    assert (len(cases.cases), cases.unusable, cases.rows) == (len(ROWS), 5, len(rows))
    assert "row 9: the label is 'maybe'; expected 1 or true (right)" in cases.problems[0]
    assert "the label is missing" in cases.problems[1]
    result, _ = judge(cases, [contestant("exact", [], [])], QUICK)
    assert "5 of 13 rows can't be used" in result.notes[0]


@pytest.mark.parametrize(("label", "word"), [(1, "wrong"), (0, "right")])
def test_a_class_that_is_absent_leaves_its_rate_open(label: int, word: str, tmp_path: Path) -> None:
    cases = read_cases([write(tmp_path / "c.jsonl", [row("1", label), row("2", label)])])
    result, _ = judge(cases, [contestant("exact", [], [])], QUICK)
    assert any(f"no response is labelled {word}" in note for note in result.notes)
    rates = result.reward.counts.rates
    assert (rates["false_positive"].value is None) == (word == "wrong")
    assert (rates["false_negative"].value is None) == (word == "right")
    assert "no rows" in markdown("", [], labelled_tables(result), [])


USELESS: list[tuple[list[Any], LabelColumns, str]] = [
    ([{"response": "1", "reference": "1"}], LabelColumns(), "no column 'label' to take the label from"),
    ([row("1", "maybe")], LabelColumns(), "no row of .* can be used as a labelled case: row 1: the label is 'maybe'"),
    ([row("1", 1)], LabelColumns(exclude=["polcy"]), "no column 'polcy'"),
    ([row("1", 1, policy=True)], LabelColumns(exclude=["policy"]), "1 of 1 rows are excluded"),
    ([row("1", 1)], LabelColumns(label="lable"), "did you mean 'label'"),
]


@pytest.mark.parametrize(("rows", "columns", "message"), USELESS)
def test_data_without_labels_are_one_clear_error(
    rows: list[Any], columns: LabelColumns, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        read_cases([write(tmp_path / "c.jsonl", rows)], columns)


def test_a_peer_that_can_not_be_used_is_told_and_the_rest_reported(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import no_such_library\n")
    cases = read_cases([write(tmp_path / "c.jsonl", ROWS)])
    result, judged = judge(cases, [contestant("exact", [], []), peer(str(tmp_path / "broken.py"), [])], QUICK)
    assert result.contestants[1].error is not None
    assert any("has no figures: the peer" in note and "no_such_library" in note for note in result.notes)
    assert result.reward.counts.rows == len(ROWS)
    assert {e["reward"] for e in judged.errors()} == {"exact"}
    assert not result.comparisons
    assert labelled_tables(result)


def test_a_reward_that_can_not_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import no_such_library\n")
    cases = read_cases([write(tmp_path / "c.jsonl", ROWS)])
    with pytest.raises(RewardkitError, match="no_such_library") as caught:
        judge(cases, [peer(str(tmp_path / "broken.py"), [])], QUICK)
    assert caught.value.exit_code == 3
    with pytest.raises(UsageError, match="two contestants are called 'exact'"):
        judge(cases, [contestant("exact", [], []), peer("exact", [])], QUICK)


def test_excluded_rows_and_several_responses(tmp_path: Path) -> None:
    rows = [
        row("1", 1, policy=True),
        row("1", 1, policy=False),
        {"response": ["1", "2"], "reference": "1", "label": [True, False], "policy": None},
        {"response": ["1", "2"], "reference": "1", "label": 1},
    ]
    cases = read_cases([write(tmp_path / "c.jsonl", rows)], LabelColumns(exclude=["policy"]))
    assert [(c.sample.response, c.is_right) for c in cases.cases] == [("1", True), ("1", True), ("2", False)]
    assert cases.excluded == {"policy": 1}
    assert "expected a list of as many labels" in cases.problems[0]


def test_a_reward_never_sees_the_label(tmp_path: Path) -> None:
    cases = read_cases([write(tmp_path / "c.jsonl", [row("1", 1, note="n"), row("2", 0, note="n")])])
    assert all("label" not in case.sample.data and case.sample.data["note"] == "n" for case in cases.cases)
    bare = [{"response": "1", "label": "yes"}, {"response": "1", "label": "true"}]
    [only] = read_cases([write(tmp_path / "b.jsonl", bare)]).cases
    assert only.sample.reference is None, "the label is no answer to compare with"


def test_the_same_cases_have_the_same_fingerprint_and_others_another(tmp_path: Path) -> None:
    first = read_cases([write(tmp_path / "a.jsonl", ROWS)])
    same = read_cases([write(tmp_path / "b.jsonl", ROWS)])
    other = read_cases([write(tmp_path / "c.jsonl", [*ROWS[:-1], row("no", 1)])])
    assert first.fingerprint == same.fingerprint != other.fingerprint


def test_labels_are_read_as_people_write_them() -> None:
    assert [read_label(v) for v in (1, 1.0, True, "1", "True", " true ")] == [True] * 6
    assert [read_label(v) for v in (0, 0.0, False, "0", "FALSE")] == [False] * 5


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([True, False, None])), max_size=60))
def test_counts_agree_with_their_rows(rows: list[tuple[bool, bool | None]]) -> None:
    counts = Counts()
    for is_right, is_rewarded in rows:
        counts.add(is_right, is_rewarded)
    rates = counts.rates
    assert counts.rows == len(rows)
    assert rates["false_negative"].count + rates["recall"].count == rates["recall"].total
    assert rates["unrewarded_right"].total + rates["rewarded_wrong"].total == len(rows)
    assert rates["abstained"].count == sum(rewarded is None for _, rewarded in rows)
    assert rates["false_positive"].count == sum(r is True and not right for right, r in rows)


def test_the_worst_category_is_the_one_whose_rows_prove_most() -> None:
    slices = {
        "one of one": Counts(false_negative=1),
        "many": Counts(true_positive=20, false_negative=40),
        "none": Counts(true_positive=50),
    }
    assert [name for name, _ in worst_first(slices)] == ["many", "one of one", "none"]


def test_partial_credit_below_the_bar_is_not_rewarded() -> None:
    cases = Cases([Case(Sample(response="x", reference="y"), False)])
    with LocalExecutor(workers=1):
        run = type("Run", (), {})()
        run.name, run.error = "r", None
        run.scores = [Score.graded(0.75, "most of it")]
        run.within = (0.0, 1.0)
        assert [v for _, _, v in Judged(cases, [run], threshold=0.8).verdicts(run)] == [False]
        assert [v for _, _, v in Judged(cases, [run], threshold=0.75).verdicts(run)] == [True]
