"""Advantages and the look at groups, from the command line."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RUN = [sys.executable, "-c", "from rewardkit.cli.main import run; run()"]
Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*RUN, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
            env={"PATH": "/usr/bin:/bin", "COLUMNS": "120", "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip

    return call


def write_rows(path: Path, rows: list[Any]) -> None:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rollouts(groups: int = 12, size: int = 4) -> list[dict[str, Any]]:
    chance = random.Random(2)
    rows = []
    for g in range(groups):
        share = chance.random()
        for _ in range(size):
            answer = g if chance.random() < share else 999
            rows.append({
                "uid": f"q{g}", "problem": f"{g} + 0?", "answer": str(g), "response": f"It is \\boxed{{{answer}}}.",
            })  # fmt: skip
    return rows


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, Any]]:
    found = rollouts()
    write_rows(tmp_path / "in.jsonl", found)
    return found


def test_an_advantage_adds_its_columns(cli: Cli, rows: list[Any], tmp_path: Path) -> None:
    done = cli("score", "in.jsonl", "-r", "math", "-o", "o.jsonl", "--advantage", "rloo", "--group-size", "4")
    assert done.returncode == 0, done.stderr
    out = read_rows(tmp_path / "o.jsonl")
    assert len(out) == len(rows)
    for start in range(0, len(out), 4):
        rewards = [row["reward"] for row in out[start : start + 4]]
        expected = [r - (sum(rewards) - r) / 3 for r in rewards]
        assert [row["advantage"] for row in out[start : start + 4]] == pytest.approx(expected)
    silent = sum(not row["signal"] for row in out)
    assert f"advantage rloo: {silent} of 48 responses are in groups" in done.stderr


def test_a_recipe_gives_its_parts_to_gdpo_and_a_prefix_goes_before_all(
    cli: Cli, rows: list[Any], tmp_path: Path
) -> None:
    assert rows
    (tmp_path / "r.yaml").write_text("reward: {sum: [{use: math, name: right}, {use: exact, weight: 0.5}]}")
    words = ("score", "in.jsonl", "-r", "r.yaml", "-o", "o.jsonl", "--prefix", "rk_", "--advantage", "gdpo")
    done = cli(*words)
    assert done.returncode == 2
    assert "--advantage-batch ROWS" in done.stderr
    done = cli(*words, "--advantage-batch", "16", "--advantage-option", "weights={right: 2}")
    assert done.returncode == 0, done.stderr
    assert {"rk_advantage", "rk_signal", "rk_group_state"} <= read_rows(tmp_path / "o.jsonl")[0].keys()
    parquet = cli(*(w if w != "o.jsonl" else "o.parquet" for w in words), "--advantage-batch", "16")
    assert parquet.returncode == 0, parquet.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--advantage", "grop"], "no advantage 'grop': did you mean 'grpo'"),
        (["--advantage", "grpo", "--advantage-option", "epss=1"], "did you mean 'eps'"),
        (["--advantage-option", "eps=1"], "name it with --advantage"),
        (["--advantage", "opo"], "--advantage-input lengths=COLUMN"),
        (["--advantage", "opo", "--advantage-input", "lengths"], "expected NAME=COLUMN"),
    ],
)
def test_a_wrong_advantage_is_one_line_with_the_nearest_name(
    cli: Cli, rows: list[Any], words: list[str], message: str
) -> None:
    assert rows
    done = cli("score", "in.jsonl", "-r", "math", "-o", "o.jsonl", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert message in done.stderr


def test_a_broken_group_is_one_line_that_names_file_row_and_group(cli: Cli, rows: list[Any], tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", [*rows, rows[0]])
    done = cli("score", "in.jsonl", "-r", "math", "-o", "o.jsonl", "--advantage", "grpo", "-q")
    assert done.returncode == 4
    assert "in.jsonl, row 49: group 'q0' comes back" in done.stderr
    write_rows(tmp_path / "in.jsonl", rows[:-1])
    done = cli("score", "in.jsonl", "-r", "math", "-o", "p.jsonl", "--group-size", "4", "-q")
    assert done.returncode == 4
    assert "in.jsonl, row 47: group 'q11' ends here with 3 responses, expected 4" in done.stderr


def test_groups_shows_what_matters(cli: Cli, tmp_path: Path) -> None:
    rewards = {"a": [1, 1, 1, 1], "b": [0, 0, 0, 0], "c": [1, 0, 0, 0], "d": [1, 1, 0, None]}
    rows = [
        {"uid": g, "reward": r, "outcome": "BAD_REFERENCE" if r is None else "CORRECT" if r else "INCORRECT"}
        for g, values in rewards.items() for r in values
    ]  # fmt: skip
    write_rows(tmp_path / "s.jsonl", rows)
    done = cli("groups", "s.jsonl", "--json", "g.json")
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    for fact in ("responses 16, 1 without a reward", "groups 4 of 4 responses", "mixed 2 50.0% these train",
                 "all zero 1 25.0% no signal", "all one 1 25.0% no signal", "BAD_REFERENCE 1 s.jsonl, row 16",
                 "not to be compared"):  # fmt: skip
        assert fact in shown
    found = json.loads((tmp_path / "g.json").read_text())
    assert found["pass_at_k"][0]["value"] == pytest.approx((1 + 0 + 0.25 + 2 / 3) / 4)
    assert [point["k"] for point in found["pass_at_k"]] == [1, 2, 4]
    assert [point["groups"] for point in found["pass_at_k"]] == [4, 4, 3]
    assert {one["group"]: one["state"] for one in found["without_signal"]["named"]} == {"a": "all one", "b": "all zero"}
    assert {bar["pass_rate"]: bar["groups"] for bar in found["difficulty"] if bar["groups"]} == {
        "0": 1, "0.2-0.3": 1, "0.6-0.7": 1, "1": 1,
    }  # fmt: skip


def test_groups_reads_what_score_wrote(cli: Cli, rows: list[Any], tmp_path: Path) -> None:
    assert rows
    assert cli("score", "in.jsonl", "-r", "math", "-o", "s.parquet", "-q").returncode == 0
    done = cli("groups", "s.parquet")
    assert done.returncode == 0, done.stderr
    assert "group=uid" in done.stderr
    assert "groups 12 of 4 responses" in " ".join(done.stdout.replace("  ", " ").split())
    assert cli("groups", "in.jsonl").returncode == 2
    assert "s.parquet, row 4: group 'q0' ends here with 4" in cli("groups", "s.parquet", "--group-size", "5").stderr
