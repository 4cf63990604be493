"""Judges that compare two responses: both orders, what the place does, and verdicts that are none."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import scipy.stats
import typer
from typer.testing import CliRunner

from rewardkit.bench.preference.judge import Judge, Places, both_orders, support
from rewardkit.bench.preference.measure import measure
from rewardkit.bench.preference.position import probe_position
from rewardkit.cli.bench.preference import bias, preference
from rewardkit.errors import DataError, MissingExtraError, UsageError
from rewardkit.execution.local import LocalExecutor
from rewardkit.execution.scorer import Scorer
from rewardkit.sample import Sample
from rewardkit.score import Outcome

JUDGES = '''
import time

def prefer(prompt, first, second):
    """The longer one, wherever it stands."""
    return (len(second) > len(first)) - (len(first) > len(second))

def first(prompt, first, second):
    return -1

def second(prompt, first, second):
    return 0.5

def leaning(prompt, first, second):
    """The longer one by a little, the first one by more."""
    return max(-1, min(1, (len(second) - len(first)) / 100 - 0.1))

def tie(prompt, first, second):
    return 0

def words(prompt, first, second):
    return "A"

def too_much(prompt, first, second):
    return 7

def truth(prompt, first, second):
    return len(first) > len(second)

def nan(prompt, first, second):
    return float("nan")

def broken(prompt, first, second):
    raise ValueError("no model")

def sometimes_hangs(prompt, first, second):
    if "hang" in first:
        time.sleep(60)
    return prefer(prompt, first, second)
'''


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(workers=1, deadline_s=1.0) as executor:
        yield executor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judges")
    (folder / "judges.py").write_text(JUDGES)
    return folder


def judge(folder: Path, name: str, executor: LocalExecutor) -> Scorer:
    return Scorer(name, Judge.of(f"{folder / 'judges.py'}:{name}"), executor)


def write(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def pairs(n: int = 20) -> list[dict[str, str]]:
    """The chosen one is the longer one, but for every fifth pair."""
    rows = [{"prompt": f"q{i}", "chosen": "x" * (10 + i), "rejected": "y" * 5} for i in range(n)]
    for row in rows[::5]:
        row["chosen"], row["rejected"] = row["rejected"], row["chosen"]
    return rows


@pytest.mark.parametrize(
    ("name", "same", "first", "second", "net"),
    [("prefer", 20, 0, 0, 0.0), ("first", 0, 20, 0, 1.0), ("second", 0, 0, 20, -0.5), ("tie", 20, 0, 0, 0.0)],
)
def test_the_place_is_told_from_the_response(
    name: str, same: int, first: int, second: int, net: float, folder: Path, executor: LocalExecutor, tmp_path: Path
) -> None:
    report = probe_position(judge(folder, name, executor), [write(tmp_path / "p.jsonl", pairs())])
    places = report.places
    assert (places.pairs, places.same, places.first, places.second) == (20, same, first, second)
    assert places.net.value == pytest.approx(net)
    share = report.as_json()["shares"][0]
    interval = scipy.stats.binomtest(same, 20).proportion_ci(0.95, method="wilson")
    assert (share["low"], share["high"]) == pytest.approx((interval.low, interval.high))


def test_the_net_bias_is_a_mean_with_the_normal_interval(folder: Path, executor: LocalExecutor, tmp_path: Path) -> None:
    rows = pairs()
    report = probe_position(judge(folder, "leaning", executor), [write(tmp_path / "p.jsonl", rows)])
    assert report.places.net.value == pytest.approx(0.1)
    mixed = Places()
    gains = [(1.0, -1.0), (0.5, 0.5), (-0.25, 0.75), (1.0, 0.0)]
    for first, second in gains:
        mixed.add(first, second)
    halves = [(first - second) / 2 for first, second in gains]
    expected = scipy.stats.norm.interval(0.95, sum(halves) / 4, scipy.stats.sem(halves))
    assert (mixed.net.low, mixed.net.high) == pytest.approx(expected)
    assert (mixed.same, mixed.first, mixed.second, mixed.half, mixed.ties) == (1, 1, 1, 1, 0)


def test_the_sign_is_minus_one_for_the_first_response(folder: Path, executor: LocalExecutor) -> None:
    longer, shorter = Sample(prompt="q", response="long answer"), Sample(prompt="q", response="a")
    scores = judge(folder, "prefer", executor).score(both_orders(longer, shorter))
    assert [score.value for score in scores] == [-1.0, 1.0]
    assert support((scores[0], scores[1])) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("words", "the judge returned 'A'; expected a number from -1 (first) to 1 (second)"),
        ("too_much", "the judge returned 7; expected"),
        ("truth", "the judge returned True; expected"),
        ("nan", "the judge returned nan; expected"),
        ("broken", "the judge raised ValueError: no model"),
    ],
)
def test_what_is_no_verdict_is_told(
    name: str, reason: str, folder: Path, executor: LocalExecutor, tmp_path: Path
) -> None:
    [score, _] = judge(folder, name, executor).score(both_orders(Sample(response="aa"), Sample(response="b")))
    assert score.outcome is Outcome.UNAVAILABLE
    assert score.reason.startswith(reason)
    data = write(tmp_path / "p.jsonl", pairs(2))
    for run in (probe_position, measure):
        with pytest.raises(DataError, match="the judge"):
            run(judge(folder, name, executor), [data], **({"is_pairwise": True} if run is measure else {}))


def test_a_judge_that_hangs_prefers_nobody(folder: Path, executor: LocalExecutor, tmp_path: Path) -> None:
    rows = [*pairs(3), {"prompt": "q", "chosen": "hang", "rejected": "no"}]
    data = write(tmp_path / "p.jsonl", rows)
    report = probe_position(judge(folder, "sometimes_hangs", executor), [data])
    assert (report.places.pairs, report.places.unscored) == (3, 1)
    assert report.reasons[0][0].startswith("TIMEOUT")
    preferred = measure(judge(folder, "sometimes_hangs", executor), [data], is_pairwise=True)
    assert (preferred.headline.n, preferred.unscored) == (3, 1)


def test_preference_accuracy_takes_both_orders(folder: Path, executor: LocalExecutor, tmp_path: Path) -> None:
    data = write(tmp_path / "p.jsonl", pairs())
    longer = measure(judge(folder, "prefer", executor), [data], is_pairwise=True)
    assert (longer.headline.credit, longer.headline.n) == (16, 20)
    assert "both orders" in longer.rule
    always_first = measure(judge(folder, "first", executor), [data], is_pairwise=True)
    assert always_first.headline.credit == 0, "right in one order and wrong in the other is not right"
    titles = [table.title for table in always_first.result.tables]
    assert titles == ["neither preferred over both orders, counted as wrong", "both orders"]
    tables = {table.title: table.estimates for table in always_first.result.tables}
    assert tables["neither preferred over both orders, counted as wrong"][0].credit == 20
    assert tables["both orders"][1].credit == 20


def test_judgebench_rows_are_counted_by_its_rule(folder: Path, executor: LocalExecutor, tmp_path: Path) -> None:
    rows = [
        {"question": "q", "response_A": "long answer", "response_B": "b", "label": label, "source": "mmlu-pro-law"}
        for label in ("A>B", "B>A", "A>B")
    ]
    report = measure(judge(folder, "prefer", executor), [write(tmp_path / "j.jsonl", rows)], is_pairwise=True)
    assert (report.headline.credit, report.headline.n) == (2, 3)


def test_formats_with_more_than_two_responses_are_refused(
    folder: Path, executor: LocalExecutor, tmp_path: Path
) -> None:
    rows = [{"prompt": "p", "chosen": ["a", "aa", "aaa"], "rejected": ["b", "bb", "bbb"]}]
    with pytest.raises(UsageError, match="rm-bench rows, or more passes, do not fit"):
        measure(judge(folder, "prefer", executor), [write(tmp_path / "r.jsonl", rows)], is_pairwise=True)


def test_pairs_are_made_of_the_responses_to_one_prompt(folder: Path, executor: LocalExecutor, tmp_path: Path) -> None:
    rollouts = [{"prompt": f"q{i // 3}", "response": "x" * (i + 1)} for i in range(9)]
    lists = [{"prompt": "q", "response": ["a", "aa", "aaa", "aaa"]}, {"prompt": "q", "response": ["b", "b"]}]
    scorer = judge(folder, "prefer", executor)
    assert probe_position(scorer, [write(tmp_path / "1.jsonl", rollouts)]).places.pairs == 3
    report = probe_position(scorer, [write(tmp_path / "2.jsonl", lists)])
    assert (report.places.pairs, report.alike) == (1, 2)
    single = [{"prompt": f"q{i}", "response": "x"} for i in range(3)]
    with pytest.raises(DataError, match="no two different responses to one prompt"):
        probe_position(scorer, [write(tmp_path / "3.jsonl", single)])


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("nonsense", UsageError, "expected package.module:function or FILE.py:function"),
        ("missing.py", UsageError, "there is no file"),
        ("no_such_module:prefer", MissingExtraError, "no_such_module"),
        ("{folder}/judges.py:prefr", UsageError, "did you mean 'prefer'"),
        ("{folder}/bad.py:prefer", UsageError, "can't be imported: ZeroDivisionError"),
    ],
)
def test_a_judge_that_is_not_there_is_told_at_once(
    spec: str, error: type[Exception], message: str, folder: Path
) -> None:
    (folder / "bad.py").write_text("1 / 0")
    with pytest.raises(error, match=message):
        Judge.of(spec.format(folder=folder))


def test_a_file_alone_means_its_function_prefer(folder: Path) -> None:
    assert Judge.of(str(folder / "judges.py")) == Judge.of(f"{folder / 'judges.py'}:prefer")


app = typer.Typer()
app.command("bias")(bias)
app.command("preference")(preference)


def test_both_commands_take_a_judge_of_pairs(folder: Path, tmp_path: Path) -> None:
    data, out = write(tmp_path / "p.jsonl", pairs()), tmp_path / "out.json"
    spec = f"{folder / 'judges.py'}:first"
    done = CliRunner().invoke(app, ["bias", spec, "--pairwise", "--data", data, "--json", str(out), "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["net"]["value"] == 1.0
    done = CliRunner().invoke(app, ["preference", spec, "--pairwise", "--data", data, "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["headline"]["value"] == 0.0
    refused = CliRunner().invoke(app, ["bias", spec, "--pairwise", "--probe", "verbosity", "--data", data])
    assert isinstance(refused.exception, UsageError)
