"""`rewardkit recipe audit` as a person uses it: what it shows, what it writes, and when it says no."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewardkit.cli.main import app

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-c", "from rewardkit.cli.main import run; run()"]
Cli = Callable[..., "subprocess.CompletedProcess[str]"]

RECIPE = """\
reward:
  require: [{use: regex, name: format, args: {pattern: '(?s).*[0-9].{0,20}'}}]
  sum:
    - {use: math, name: correct, weight: 0.3}
    - {use: length.linear, name: brief, args: {unit: words, max_length: 40}}
"""
"""Pays brevity more than being right, behind a gate that never closes."""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*RUN, "recipe", "audit", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call


def write_rows(path: Path, rows: list[Any]) -> None:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")


def rollouts() -> list[dict[str, Any]]:
    """40 prompts of four answers: the right ones are the longer ones in every second prompt."""
    rows = []
    for prompt in range(40):
        for k in range(4):
            is_right = k < 2
            words = 3 + 7 * k + prompt % 5 if prompt % 2 else 30 - 7 * k - prompt % 5
            rows.append(
                {
                    "id": f"{prompt}-{k}",
                    "prompt": f"What is {prompt} + 1?",
                    "response": f"{'so ' * words}\\boxed{{{prompt + 1 if is_right else prompt + 3}}}",
                    "reference": str(prompt + 1),
                    "label": int(is_right),
                }
            )
    return rows


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "r.yaml").write_text(RECIPE, encoding="utf-8")
    write_rows(tmp_path / "rows.jsonl", rollouts())
    return tmp_path


def flat(text: str) -> str:
    return " ".join(text.split())


def test_it_says_what_is_wrong_before_it_shows_the_figures(cli: Cli, files: Path) -> None:
    done = cli("r.yaml", "--data", "rows.jsonl", "--label", "label", "--json", "a.json")
    assert done.returncode == 0, done.stderr
    shown = flat(done.stdout)
    assert "warning gate 'format' of the whole never fires: 0 of 160 rows" in shown
    assert "warning part 'sum.brief' correlates -1.00 (" in shown
    assert "a wrong one gets more than a right one" in shown
    assert shown.index("never fires") < shown.index("run on") < shown.index("within groups varies in")
    assert "prompt=prompt, response=response, reference=reference, id=id" in done.stderr
    told = json.loads((files / "a.json").read_text(encoding="utf-8"))
    assert told["schema"] == "rewardkit.audit/1"
    assert [part["path"] for part in told["parts"]] == ["", "format", "sum", "sum.correct", "sum.brief"]
    assert told["groups"]["with_right_and_wrong"] == 40
    assert told["findings"][0]["severity"] == "serious"
    assert told["limits"] == []


def test_the_figures_are_those_of_the_rows(cli: Cli, files: Path) -> None:
    cli("r.yaml", "--data", "rows.jsonl", "--label", "label", "--json", "a.json", "-q")
    told = json.loads((files / "a.json").read_text(encoding="utf-8"))

    def value(row: dict[str, Any]) -> float:
        words = len(row["response"].split())
        return 0.3 * row["label"] + 1 - words / 40

    wins = total = paid = wrong = 0.0
    rows = rollouts()
    for row in rows:
        paid += value(row)
        wrong += 0 if row["label"] else value(row)
        for other in rows:
            if row["prompt"] == other["prompt"] and row["label"] > other["label"]:
                total += 1
                apart = value(row) - value(other)
                wins += 0.5 if math.isclose(apart, 0, abs_tol=1e-9) else apart > 0
    assert told["groups"]["auc"]["value"] == pytest.approx(wins / total)
    assert told["groups"]["pairs"]["all"] == total
    assert told["labels"]["share_of_reward_paid_to_wrong"]["value"] == pytest.approx(wrong / paid)
    assert told["parts"][0]["mean"] == pytest.approx(paid / len(rows))


def test_a_wrong_response_above_a_right_one_is_shown_beside_it(cli: Cli, files: Path) -> None:
    done = cli("r.yaml", "--data", "rows.jsonl", "--label", "label", "--show", "1", "-q")
    assert "What is 0 + 1?" in done.stdout
    assert "wrong: 0-3" in done.stdout
    assert "right: 0-0" in done.stdout
    assert "the wrong one gets 0.225 more" in done.stdout
    assert done.stdout.count("What is") == 1


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (("--max-length-correlation", "0.1"), "the correlation of the reward with length is"),
        (("--max-reward-to-wrong", "0.1"), "the share of reward paid to wrong answers is"),
        (("--min-auc", "0.99"), "the AUC within groups is"),
        (("--min-over-length", "0.9"), "the AUC within groups beyond that of length alone is"),
    ],
)
def test_a_crossed_limit_is_exit_code_1_and_says_which(
    cli: Cli, files: Path, limit: tuple[str, str], said: str
) -> None:
    done = cli("r.yaml", "-d", "rows.jsonl", "--label", "label", *limit, "--max-unscorable", "0.5", "-q")
    assert done.returncode == 6, done.stderr
    assert f"crossed: {said}" in done.stdout
    assert f"({limit[0]})" in done.stdout
    assert "kept: the share of unscorable rows is 0.0000" in done.stdout
    assert "Traceback" not in done.stderr


def test_kept_limits_are_exit_code_0(cli: Cli, files: Path) -> None:
    done = cli("r.yaml", "-d", "rows.jsonl", "--max-silent-groups", "0.5", "--max-length-correlation", "1", "-q")
    assert done.returncode == 0, done.stdout
    assert "crossed" not in done.stdout


MISTAKES = [
    ("r.yaml -d rows.jsonl --label lable", 2, "no column 'lable' to take the label from; did you mean 'label'"),
    ("r.yaml -d rows.jsonl --min-auc 0.5", 2, "--min-auc can't be told without labels; name their column with --label"),
    ("r.yaml -d rows.jsonl --label reference", 2, "can't be both the label and the reference"),
    ("r.yaml -d rows.jsonl --label prompt --prompt-field id", 2, "no row has a label in 'prompt' that can be used"),
    ("r.yaml -d rows.jsonl --tokens-field tokens", 2, "there is no column 'tokens' to take the tokens from"),
    ("r.yaml -d rows.jsonl -O a=1", 2, "--option is for a reward by name"),
    ("math -d rows.jsonl --set a=1", 2, "--set gives values to the parameters of a recipe file"),
    ("mth -d rows.jsonl", 2, "did you mean 'math'"),
    ("r.yaml -d rows.jsonl --min-auc 7", 2, "Invalid value for '--min-auc'"),
    ("json -d unusable.jsonl", 2, "gives no value to any of the 2 rows, so nothing can be said"),
    ("r.yaml -d empty.jsonl", 4, "empty.jsonl holds no rows"),
    ("r.yaml -d missing.jsonl", 4, "missing.jsonl does not exist"),
    ("wrong.yaml -d rows.jsonl", 2, "wrong.yaml:1: reward.use"),
    ("r.yaml", 2, "--data"),
]


@pytest.mark.parametrize(
    ("words", "code", "said"), MISTAKES, ids=lambda v: v if isinstance(v, str) and "-" in v else ""
)
def test_what_cannot_be_right_is_one_clear_error(cli: Cli, files: Path, words: str, code: int, said: str) -> None:
    (files / "wrong.yaml").write_text("reward: {use: mth}", encoding="utf-8")
    (files / "empty.jsonl").write_text("", encoding="utf-8")
    write_rows(files / "unusable.jsonl", [{"response": "x", "reference": 7}, {"response": "y"}])
    done = cli(*words.split())
    assert done.returncode == code, done.stdout + done.stderr
    assert said in flat(done.stderr)
    assert "Traceback" not in done.stderr


def test_a_reward_by_name_is_audited_with_its_options(cli: Cli, files: Path) -> None:
    done = cli("length.linear", "-O", "unit=words", "-O", "max_length=40", "-d", "rows.jsonl", "--label", "label", "-q")
    assert done.returncode == 0, done.stderr
    assert "reward length.linear, range [0, 1]" in flat(done.stdout)
    assert "it does not beat length" in flat(done.stdout)


def test_a_parameter_of_a_recipe_can_be_set(cli: Cli, files: Path) -> None:
    (files / "p.yaml").write_text("params: {scale: 2}\nreward: {affine: {use: math}, args: {scale: '${scale}'}}")
    done = cli("p.yaml", "-d", "rows.jsonl", "--set", "scale=5", "-q")
    assert "reward p.yaml, range [0, 5]" in flat(done.stdout), done.stderr


def test_rows_with_several_responses_take_lists_of_labels_and_tokens(cli: Cli, files: Path) -> None:
    rows = [
        {"response": ["\\boxed{2}", "\\boxed{3}"], "answer": "2", "ok": [True, False], "n_tokens": [4, 5]},
        {"response": ["\\boxed{3}", "\\boxed{4}"], "answer": "3", "ok": [True, "no"], "n_tokens": [6, 7]},
        {"response": ["\\boxed{4}"], "answer": "4", "ok": True, "n_tokens": [[1, 2, 3]]},
    ]
    write_rows(files / "many.jsonl", rows)
    done = cli("math", "-d", "many.jsonl", "--label", "ok", "--json", "a.json", "-q")
    assert done.returncode == 0, done.stderr
    told = json.loads((files / "a.json").read_text(encoding="utf-8"))
    assert (told["responses"], told["labels"]["unlabelled"], told["groups"]["with_right_and_wrong"]) == (5, 2, 1)
    assert told["groups"]["auc"]["value"] == 1.0
    assert told["parts"][0]["with_length"]["tokens"]["pearson"]["n"] == 5
    assert "a row of 1 responses has a list of as many labels" in json.dumps(told["reasons"])


def test_hostile_rows_are_counted_and_shown_as_text(cli: Cli, files: Path) -> None:
    bad = [
        "not JSON",
        {"id": "e", "prompt": "q", "response": None, "label": 1},
        {"id": "[red]f[/red]", "prompt": "q[/]", "response": "\x1b[2J[bold]\\boxed{9}", "reference": "1", "label": 0},
        {"id": "g", "prompt": "q[/]", "response": "so " * 30 + "\\boxed{1} \ud800", "reference": "1", "label": 1},
        {"id": "h", "prompt": "q[/]", "response": "1 " * 100_000, "reference": "1", "label": "?"},
        {"id": "i", "prompt": "q[/]", "response": "[" * 100_000, "reference": None, "label": 1},
    ]
    write_rows(files / "bad.jsonl", bad)
    done = cli("r.yaml", "-d", "bad.jsonl", "--label", "label", "--json", "a.json", "-q", "--max-unscorable", "0.1")
    assert done.returncode == 6, done.stderr
    assert "\x1b[2J" not in done.stdout
    assert "wrong: [red]f[/red]" in done.stdout
    assert "[bold]" in done.stdout
    assert "crossed: the share of unscorable rows is 0.3333" in done.stdout
    told = json.loads((files / "a.json").read_text(encoding="utf-8"))
    assert told["malformed"] == 2
    assert told["groups"]["worst"][0]["wrong"]["id"] == "[red]f[/red]"
    assert (
        max(len(side["text"]) for worst in told["groups"]["worst"] for side in (worst["wrong"], worst["right"])) < 500
    )


def test_ranks_on_a_sample_are_said_to_be_on_a_sample(cli: Cli, files: Path) -> None:
    done = cli("math", "-d", "rows.jsonl", "--sample", "100", "--seed", "3", "-q")
    assert "100 responses, a sample drawn with seed 3" in done.stdout
    assert "on 100 of 160 responses" in flat(done.stdout)


def test_a_recipe_that_reads_groups_is_given_whole_ones(cli: Cli, files: Path) -> None:
    (files / "g.yaml").write_text(
        "reward: {sum: [{use: math, name: correct}, {majority: {use: math}, weight: 0.1}]}", encoding="utf-8"
    )
    done = cli("g.yaml", "-d", "rows.jsonl", "--label", "label", "-q")
    assert done.returncode == 0, done.stderr
    assert "majority" in done.stdout


EXAMPLES = sorted((ROOT / "examples" / "recipes").glob("*.yaml"))


@pytest.mark.parametrize(
    "recipe", [file for file in EXAMPLES if file.with_suffix(".jsonl").exists()], ids=lambda f: f.stem
)
def test_every_example_can_be_audited_on_its_rows(recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.json"
    words = ["recipe", "audit", str(recipe), "--data", str(recipe.with_suffix(".jsonl")), "--json", str(out), "-q"]
    assert app(words, standalone_mode=False) in (None, 0)
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["responses"] > 0
    assert told["unscorable"]["value"] < 1
