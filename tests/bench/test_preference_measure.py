"""Preference accuracy from files to figures, through the library and through the command line."""

import gzip
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import rewardkit as rk
from rewardkit.bench.preference.measure import PreferenceReport, measure
from rewardkit.bench.preference.streaming import BATCH_SAMPLES, scored
from rewardkit.errors import DataError, UsageError
from rewardkit.reward import Cost
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score

SHORTER = rk.get("length.linear", unit="characters", max_length=1000)
"""Prefers the shorter response, strictly, below 1,000 characters."""


def write(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return str(path)


def pair(chosen: str, rejected: str, **more: Any) -> dict[str, Any]:
    return {"prompt": "p", "chosen": chosen, "rejected": rejected, **more}


def test_a_length_reward_has_its_known_accuracy(tmp_path: Path) -> None:
    file = write(tmp_path / "p.jsonl", [pair("a", "bb"), pair("aa", "b"), pair("aa", "bb"), pair("", "b")])
    report = measure(SHORTER, [file])
    assert (report.format, report.rows, report.headline.n) == ("pairs", 4, 4)
    assert report.headline.credit == 1  # an empty response is at the bottom; equal lengths are wrong


def test_rows_that_can_not_be_scored_are_counted_apart(tmp_path: Path) -> None:
    rows = [
        pair("42", "41", answer="42", subset="a"),
        pair("41", "42", answer="42", subset="a"),
        pair("1", "2", answer=None, subset="b"),
        "not JSON",
        pair("1", "2"),
        {"prompt": "p"},
        pair("1", "2", answer="1", subset="a") | {"rejected": None},
    ]
    report = measure(rk.get("math"), [write(tmp_path / "p.jsonl", rows)], reference="answer")
    assert (report.rows, report.unscored, report.malformed) == (7, 1, 4)
    assert (report.headline.credit, report.headline.n, report.headline.unscored) == (1, 2, 1)
    reasons = dict(report.reasons)
    assert any(reason.startswith("BAD_REFERENCE") for reason in reasons)
    assert any("no 'chosen'" in reason for reason in reasons)
    subsets = {e.name: e for table in report.result.tables for e in table.estimates}
    assert (subsets["b"].value, subsets["b"].unscored) == (None, 1)


def test_a_benchmark_without_a_scored_row_is_an_error_with_the_reason(tmp_path: Path) -> None:
    file = write(tmp_path / "p.jsonl", [pair("1", "2")])
    with pytest.raises(DataError, match=r"none of the 1 rows .* BAD_REFERENCE"):
        measure(rk.get("math"), [file])


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "json", "parquet"])
def test_every_kind_of_file_gives_the_same_figures(tmp_path: Path, ending: str) -> None:
    rows = [{"prompt": "p", "chosen": ["a", "aa", "aaa"], "rejected": ["b", "bb", "bbb"], "domain": "chat"}] * 3
    path = tmp_path / f"rows.{ending}"
    if ending == "parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif ending == "json":
        path.write_text(json.dumps(rows))
    else:
        text = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    found = {e.name: e.value for table in measure(SHORTER, [str(path)]).result.tables for e in table.estimates}
    assert (found["hard"], found["normal"], found["easy"], found["chat"]) == (1.0, 0.0, 0.0, pytest.approx(1 / 3))


def test_files_of_one_benchmark_are_measured_together(tmp_path: Path) -> None:
    row = {"prompt": "p", "chosen": ["a", "aa", "aaa"], "rejected": ["bbbb"] * 3}
    files = [write(tmp_path / f"{domain}_filtered.json", [row] * 2) for domain in ("chat", "code", "safety-refuse")]
    report = measure(SHORTER, files)
    assert (report.rows, report.headline.value) == (6, 1.0)
    assert "without math, safety-response" in report.result.notes[0]


def test_files_of_different_formats_are_refused(tmp_path: Path) -> None:
    one = write(tmp_path / "a.jsonl", [pair("a", "b")])
    two = write(tmp_path / "b.jsonl", [{"question": "q", "response_A": "a", "response_B": "b", "label": "A>B"}])
    with pytest.raises(UsageError, match=r"different formats: .*a\.jsonl \(pairs\), .*b\.jsonl \(judgebench\)"):
        measure(SHORTER, [one, two])


def test_two_passes_are_for_judgebench_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="only judgebench rows can be seen twice"):
        measure(SHORTER, [write(tmp_path / "a.jsonl", [pair("a", "b")])], passes=2)


@dataclass
class Fickle:
    """A reward that says something else the second time: a judge with a temperature."""

    name: str = "fickle"
    range: Range = UNIT
    cost: Cost = Cost.REMOTE
    calls: int = 0

    def submit(self, samples: Sequence[Sample]) -> "Fickle.Done":
        self.calls += 1
        seen: dict[str, int] = {}
        scores = []
        for sample in samples:
            turn = seen[sample.response_text] = seen.get(sample.response_text, 0) + 1
            value = 0.5 if turn == 2 else 0.9 if sample.response_text == "right" else 0.1
            scores.append(Score.of(Outcome.PARTIAL, "seen", value=value))
        return Fickle.Done(scores)

    def score(self, samples: Sequence[Sample]) -> list[Score]:
        return self.submit(samples).result()

    async def ascore(self, samples: Sequence[Sample]) -> list[Score]:
        return self.score(samples)

    @dataclass
    class Done:
        """Scores that are there."""

        scores: list[Score]

        def result(self) -> list[Score]:
            return self.scores

        async def aresult(self) -> list[Score]:
            return self.scores


def test_a_pass_that_ties_does_not_undo_a_pass_that_is_right(tmp_path: Path) -> None:
    row = {"question": "q", "response_A": "right", "response_B": "wrong", "label": "A>B"}
    file = write(tmp_path / "j.jsonl", [row])
    assert measure(Fickle(), [file], passes=2).headline.credit == 1
    assert measure(Fickle(), [file], passes=1).headline.credit == 1


def test_bundles_keep_their_scores_whatever_their_size() -> None:
    sizes = [0, 1, 5, BATCH_SAMPLES + 3, 0, 2]
    bundles = [(i, [Sample(response="x" * (i + 1))] * size) for i, size in enumerate(sizes)]
    out = list(scored(SHORTER, bundles))
    assert [key for key, _ in out] == list(range(len(sizes)))
    for (key, scores), size in zip(out, sizes, strict=True):
        assert [s.value for s in scores] == [pytest.approx(1 - (key + 1) / 1000)] * size


def test_memory_does_not_grow_with_the_rows() -> None:
    def bundles(count: int) -> Iterator[tuple[int, list[Sample]]]:
        return ((i, [Sample(response=f"{i} " + "x" * 2000)]) for i in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in scored(SHORTER, bundles(count)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(12_000) < 1.5 * peak(6_000)


def report_of(tmp_path: Path) -> PreferenceReport:
    rows = [pair("a", "bb", subset="x|y<b>"), pair("bb", "a", subset="z")]
    return measure(SHORTER, [write(tmp_path / "p.jsonl", rows)])


def test_json_holds_every_estimate_with_its_interval(tmp_path: Path) -> None:
    plain = json.loads(json.dumps(report_of(tmp_path).as_json()))
    assert plain["schema"] == "rewardkit.bench.preference/1"
    assert plain["headline"]["value"] == 0.5
    estimates = [e for table in plain["tables"] for e in table["estimates"]]
    assert {e["name"] for e in estimates} == {"x|y<b>", "z", "equal scores"}
    assert all(set(e) == set(plain["headline"]) for e in estimates)
    assert all(e["low"] <= e["value"] <= e["high"] for e in estimates)


def test_markdown_keeps_hostile_names_in_their_cells(tmp_path: Path) -> None:
    text = report_of(tmp_path).as_markdown()
    line = next(line for line in text.splitlines() if line.startswith("| x"))
    assert line.startswith("| x\\|y&lt;b> | 100.0% |")
    assert "| accuracy | 50.0% | 9.5% to 90.5% | 2 | 1 |  |" in text


RUN = """
import sys, typer
from rewardkit.cli.bench.preference import bias, preference
from rewardkit.errors import RewardkitError
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(preference)
app.command()(bias)
try:
    app(standalone_mode=False)
except RewardkitError as error:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(error.exit_code)
"""
LENGTH = ["length.linear", "-O", "unit=characters", "-O", "max_length=1000"]


def cli(tmp_path: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", RUN, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_command_prints_a_table_and_writes_json_and_markdown(tmp_path: Path) -> None:
    write(tmp_path / "p.jsonl", [pair("a", "bb"), pair("bb", "a"), pair("a", "bb")])
    done = cli(tmp_path, "preference", *LENGTH, "-d", "p.jsonl", "--json", "o.json", "--markdown", "o.md")
    assert done.returncode == 0, done.stderr
    assert "66.7%  20.8% to 93.9%" in done.stdout
    assert "read as pairs (detected from the columns" in done.stderr
    assert json.loads((tmp_path / "o.json").read_text())["headline"]["credit"] == 2
    assert "66.7%" in (tmp_path / "o.md").read_text()


def test_json_on_standard_output_stands_alone(tmp_path: Path) -> None:
    write(tmp_path / "p.jsonl", [pair("a", "bb")])
    done = cli(tmp_path, "preference", *LENGTH, "-d", "p.jsonl", "--json", "-")
    assert json.loads(done.stdout)["rows"] == 1
    assert "accuracy" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["preference", *LENGTH, "-d", "none.jsonl"], 4, "does not exist"),
        (["preference", *LENGTH, "-d", "p.jsonl", "--format", "rm-bench"], 4, "could be scored; most often: malformed"),
        (["preference", *LENGTH, "-d", "p.jsonl", "--format", "judge"], 2, "there is no format 'judge'"),
        (["preference", *LENGTH, "-d", "r.jsonl"], 2, "belong to no known format"),
        (["preference", *LENGTH, "-d", "empty.jsonl"], 4, "holds no rows"),
        (["preference", *LENGTH, "-d", "bad.jsonl"], 4, "none of the first 1 rows of bad.jsonl could be read"),
        (["preference", *LENGTH, "-d", "p.jsonl", "--json", "no/o.json"], 4, "the folder 'no' of the output"),
        (["preference", *LENGTH, "-d", "p.jsonl", "--json", "-", "--markdown", "-"], 2, "can't both go to '-'"),
        (["preference", "lenght", "-d", "p.jsonl"], 2, "no reward is called 'lenght'"),
        (["bias", *LENGTH, "-d", "r.jsonl", "--probe", "flattery"], 2, "there is no probe 'flattery'"),
        (["bias", *LENGTH, "-d", "p.jsonl", "--format", "pairs", "--response-field", "chosen"], 2, "beside a format"),
        (["bias", "math", "-d", "r.jsonl"], 4, "no response in r.jsonl could be scored; most often: BAD_REFERENCE"),
    ],
)
def test_mistakes_are_one_line_and_an_exit_code(tmp_path: Path, words: list[str], code: int, message: str) -> None:
    write(tmp_path / "p.jsonl", [pair("a", "bb")])
    write(tmp_path / "r.jsonl", [{"prompt": "p", "response": "r"}])
    write(tmp_path / "empty.jsonl", [])
    write(tmp_path / "bad.jsonl", ["not JSON"])
    done = cli(tmp_path, *words)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert message in done.stderr


def test_the_bias_command_prints_and_writes_its_tables(tmp_path: Path) -> None:
    write(tmp_path / "r.jsonl", [{"prompt": "p", "response": "One. Two."}, {"prompt": "p", "response": "Three."}])
    done = cli(tmp_path, "bias", *LENGTH, "-d", "r.jsonl", "--json", "o.json", "--probe", "verbosity", "--seed", "4")
    assert done.returncode == 0, done.stderr
    assert "verbosity" in done.stdout
    assert "sycophancy" not in done.stdout
    plain = json.loads((tmp_path / "o.json").read_text())
    assert (plain["seed"], plain["probes"]["verbosity"]["higher"]["value"]) == (4, 0.0)
