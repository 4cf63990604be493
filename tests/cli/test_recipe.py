"""`rewardkit recipe`: checking, showing and explaining recipes, and the recipes that ship as examples."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rewardkit as rk
from rewardkit.recipe import dump, to_tree
from rewardkit.registry import load_plugin

RUN = [sys.executable, "-c", "from rewardkit.cli.main import run; run()"]
Cli = Callable[..., "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "examples" / "recipes").glob("*.yaml"))
TOOLS = "rewardkit.verifiers.tools.toolrl"
load_plugin(TOOLS)

RECIPE = """
params: {longest: 20}
reward:
  require: [{use: format, args: {sections: [think, answer]}}]
  sum:
    - {use: math, name: correct}
    - {use: length.linear, name: brief, weight: 0.5, only_if: correct, args: {unit: words, max_length: "${longest}"}}
  otherwise: -1
"""
ROWS = [
    {"id": "a", "prompt": "6*7?", "response": "<think>42</think><answer>42</answer>", "reference": "42"},
    {"id": "b", "prompt": "6*7?", "response": "<think>41</think><answer>41</answer>", "reference": "42"},
    {"id": "c", "prompt": "6*7?", "response": "42", "reference": "42"},
]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")

    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*RUN, *words],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_recipe_that_is_fine_is_said_to_be(cli: Cli) -> None:
    done = cli("recipe", "check", "recipe.yaml", "--data", "rows.jsonl")
    assert done.returncode == 0, done.stderr
    assert words(done.stdout) == (
        "recipe.yaml: fine. 5 nodes, range [-1, 1.5], cost cpu; the first rows of rows.jsonl have what it asks for"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("math", "mth", "recipe.yaml:6: reward.sum[0].use: no reward is called 'mth'; did you mean 'math'?"),
        ("weight", "wieght", "recipe.yaml:7: reward.sum[1].wieght: unknown key 'wieght'; did you mean 'weight'?"),
        ("0.5", "much", "recipe.yaml:7: reward.sum[1].weight: a child of 'sum', option 'weight': "),
        ("only_if: correct", "only_if: right", "recipe.yaml:5: reward.sum: only_if of 'brief' names no sibling"),
        ("-1", "1", "recipe.yaml:8: reward.otherwise: otherwise must be a finite number not above the bottom"),
        ("unit: words", "unit: tokens", "recipe.yaml:7: reward.sum[1]: 'brief' needs the column 'n_tokens'"),
    ],
)
def test_a_fault_is_one_line_with_its_place_and_exit_code_2(
    cli: Cli, tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    done = cli("recipe", "check", "recipe.yaml", "--data", "rows.jsonl")
    assert done.returncode == 2
    assert done.stderr.startswith(f"rewardkit: error: {message}")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["check", "no.yaml"], 2, "no recipe file 'no.yaml'"),
        (["check", "recipe.yaml", "--set", "longst=3"], 2, "--set: longst: the recipe recipe.yaml has no parameter"),
        (["check", "recipe.yaml", "--set", "longest=many"], 2, "parameter 'longest' is a number (20), not 'many'"),
        (["check", "recipe.yaml", "--set", "longest"], 2, "expected KEY=VALUE"),
        (["check", "recipe.yaml", "--data", "no.jsonl"], 4, "no.jsonl"),
        (["explain", "recipe.yaml", "--data", "rows.jsonl", "--row", "9"], 4, "rows.jsonl has no row 9"),
        (["show", "recipe.yaml", "--mermaid", "--yaml"], 2, "exclude each other"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_clear_error(
    cli: Cli, arguments: list[str], code: int, message: str
) -> None:
    done = cli("recipe", *arguments)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_the_tree_is_shown_with_ranges_costs_and_parameters(cli: Cli) -> None:
    done = cli("recipe", "show", "recipe.yaml", "--set", "longest=30")
    assert done.returncode == 0, done.stderr
    assert [words(line) for line in done.stdout.splitlines()] == [
        "require otherwise -1.0 [-1, 1.5] cpu",
        '├── condition format sections ["think", "answer"] [0, 1] cpu',
        "└── reward sum [0, 1.5] cpu",
        "├── correct math [0, 1] cpu",
        '└── brief length.linear weight 0.5, only_if ["correct"], unit words, max_length 30 [0, 1] cpu',
    ]


def test_what_stands_in_a_recipe_is_shown_as_it_stands(cli: Cli, tmp_path: Path) -> None:
    pattern = r"[red]\[[0-9]+\][/] \\[x]"
    (tmp_path / "odd.yaml").write_text(f"reward: {{use: regex, args: {{pattern: '{pattern}'}}, name: '[b]'}}", "utf-8")
    assert f"[b] regex pattern {pattern} [0, 1]" in words(cli("recipe", "show", "odd.yaml").stdout)
    done = cli("recipe", "explain", "odd.yaml", "--data", "rows.jsonl")
    assert "[b] regex gives 0 of [0, 1]: INCORRECT" in words(done.stdout), done.stderr


def test_the_tree_is_drawn_as_mermaid(cli: Cli) -> None:
    lines = cli("recipe", "show", "recipe.yaml", "--mermaid").stdout.splitlines()
    assert lines[0] == "flowchart TD"
    assert '    n0["require<br/>otherwise -1.0<br/>[-1, 1.5] cpu"]' in lines
    assert '    n0 -->|"condition"| n1' in lines
    assert '    n2 -->|"weight 0.5, only_if [#quot;correct#quot;]"| n4' in lines


def test_the_settled_recipe_is_printed_as_one_file(cli: Cli, tmp_path: Path) -> None:
    done = cli("recipe", "show", "recipe.yaml", "--yaml", "--set", "longest=30")
    (tmp_path / "settled.yaml").write_text(done.stdout, encoding="utf-8")
    assert to_tree(rk.load(tmp_path / "settled.yaml")) == to_tree(
        rk.load(tmp_path / "recipe.yaml", params={"longest": 30})
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            1,
            [
                "rows.jsonl, row 1 (a)",
                "require gives 1.475 of [-1, 1.5]: PARTIAL",
                "condition format gives 1 of [0, 1]: CORRECT",
                "brief length.linear (weight 0.5, only_if [\"correct\"]) gives 0.95 of [0, 1]: PARTIAL",
            ],
        ),
        (
            2,
            [
                "require gives 0 of [-1, 1.5]: PARTIAL",
                "brief length.linear (weight 0.5, only_if [\"correct\"]) was not run: correct is INCORRECT",
            ],
        ),
        (
            3,
            [
                "require gives -1 of [-1, 1.5]: INCORRECT",
                "format: missing <think> at character 0",
                "reward sum was not run: format did not pass",
            ],
        ),
    ],
)  # fmt: skip
def test_a_row_is_explained_node_by_node(cli: Cli, row: int, told: list[str]) -> None:
    done = cli("recipe", "explain", "recipe.yaml", "--data", "rows.jsonl", "--row", str(row))
    assert done.returncode == 0, done.stderr
    lines = [words(line.strip("│├└─ ")) for line in done.stdout.splitlines()]
    for line in told:
        assert any(line in seen for seen in lines), (line, lines)


def test_a_recipe_that_reads_groups_is_explained_on_the_whole_group(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "alike.yaml").write_text("reward: {self_similarity: {unit: words, size: 1}}", encoding="utf-8")
    done = cli("recipe", "explain", "alike.yaml", "--data", "rows.jsonl", "--row", "2")
    assert done.returncode == 0, done.stderr
    assert "UNAVAILABLE" not in done.stdout
    assert "rows.jsonl, row 2 (b)" in done.stdout


def rows_of(recipe: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in recipe.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]


def test_six_recipes_ship_with_rows_and_a_page() -> None:
    assert [path.stem for path in RECIPES] == ["dapo", "gdpo", "r1", "searchllm", "sql_r1", "toolrl"]
    page = (ROOT / "docs" / "published-recipes.md").read_text(encoding="utf-8")
    for path in RECIPES:
        assert 8 <= len(rows_of(path)) <= 20
        assert f"examples/recipes/{path.name}" in page


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda p: p.stem)
def test_a_shipped_recipe_gives_what_its_rows_expect(cli: Cli, recipe: Path, tmp_path: Path) -> None:
    data = str(recipe.with_suffix(".jsonl"))
    checked = cli("recipe", "check", str(recipe), "--data", data, "--plugin", TOOLS)
    assert checked.returncode == 0, checked.stderr
    done = cli("score", data, "-r", str(recipe), "-o", "out.jsonl", "--plugin", TOOLS)
    assert done.returncode == 0, done.stderr
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["reward"] for row in out] == [
        row["expected"] if row["expected"] is None else pytest.approx(row["expected"]) for row in rows_of(recipe)
    ]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda p: p.stem)
def test_a_shipped_recipe_is_shown_and_can_be_written_out(recipe: Path, tmp_path: Path) -> None:
    node = rk.load(recipe)
    (tmp_path / "again.yaml").write_text(dump(node), encoding="utf-8")
    assert to_tree(rk.load(tmp_path / "again.yaml")) == to_tree(node)
    assert node.name == recipe.stem


def test_the_parts_of_gdpo_become_one_advantage(cli: Cli, tmp_path: Path) -> None:
    recipe = next(path for path in RECIPES if path.stem == "gdpo")
    done = cli(
        "score", str(recipe.with_suffix(".jsonl")), "-r", str(recipe), "-o", "out.jsonl",
        "--advantage", "gdpo", "--advantage-batch", "16",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    advantages = {row["id"]: row["advantage"] for row in out}
    assert all(advantages[f"gdpo-{n}"] == pytest.approx(0, abs=1e-6) for n in (9, 10, 11, 12)), "all equal: no signal"
    assert advantages["gdpo-1"] > advantages["gdpo-2"] > advantages["gdpo-4"]
    assert sum(advantages.values()) == pytest.approx(0, abs=1e-6)
