"""Advantages of scored rows: made of whole groups, the same however often the run was interrupted."""

from __future__ import annotations

import json
import math
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from rewardkit.chunks import CHUNK_ROWS
from rewardkit.errors import DataError, OptionError, UnknownNameError, UsageError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.combine import Sum
from rewardkit.gates.node import Gate, Node, Part
from rewardkit.gates.require import Require
from rewardkit.groups import Groups, catalog
from rewardkit.plan import Plan
from rewardkit.recipe import get
from rewardkit.reward import Cost
from rewardkit.run import Run
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Range, Score
from rewardkit.shaping import WHOLE_BATCH, Shaping, read_shaping


@dataclass(frozen=True)
class Done:
    scores: list[Score]

    def result(self) -> list[Score]:
        return self.scores

    async def aresult(self) -> list[Score]:
        return self.scores


@dataclass(frozen=True)
class Share(Gate):
    """Pays for the share of its group that says the same."""

    needs_groups: ClassVar[bool] = True
    name: str = "share"
    range: Range = UNIT
    cost: Cost = Cost.CPU
    seen: list[list[str | None]] = field(default_factory=list, compare=False)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        self.seen.append([sample.group for sample in samples])
        said: dict[str | None, list[str]] = {}
        for sample in samples:
            said.setdefault(sample.group, []).append(sample.response_text)
        return Done([
            Score.graded(said[s.group].count(s.response_text) / len(said[s.group]), "counted") for s in samples
        ])  # fmt: skip


def rows_of(groups: int, size: int, seed: int = 0) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        {"uid": f"g{g}", "prompt": f"p{g}", "response": "x" * chance.randrange(1, 5), "answer": "xx", "tokens": i + 1}
        for g in range(groups)
        for i in range(size)
    ]  # fmt: skip


def write(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return str(path)


def scored(plan: Plan) -> list[dict[str, Any]]:
    return [judged.columns("", False) for _, judged in plan.judge()]


def two_parts() -> Sum:
    return Sum((Part(get("exact").named("right"), weight=1.0), Part(Share(), weight=0.5)))


def test_a_reward_that_reads_groups_sees_them_whole(tmp_path: Path) -> None:
    sizes = [3, CHUNK_ROWS + 40, 1, 7] * 3
    rows = [{"uid": f"g{g}", "prompt": f"p{g}", "response": str(i % 3)} for g, n in enumerate(sizes) for i in range(n)]
    reward = Share()
    plan = Plan.make([write(tmp_path / "in.jsonl", rows)], reward)
    assert plan.is_grouped
    assert len(scored(plan)) == len(rows)
    assert len(reward.seen) > 1
    together = [set(chunk) for chunk in reward.seen]
    assert sum(len(chunk) for chunk in together) == len(sizes)  # no group is in two


def test_a_reward_in_a_tree_is_found_to_read_groups() -> None:
    assert Plan(["f"], two_parts(), None, []).is_grouped  # type: ignore[arg-type]  # the columns play no part
    assert not Plan(["f"], get("exact"), None, []).is_grouped  # type: ignore[arg-type]


def test_the_last_group_is_whole_under_a_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", rows_of(10, 4))
    assert len(scored(Plan.make([path], Share(), limit=6))) == 8
    assert len(scored(Plan.make([path], get("exact"), limit=6))) == 6


def test_groups_before_a_broken_one_are_given_and_the_broken_one_is_not(tmp_path: Path) -> None:
    rows = [*rows_of(3, 4), rows_of(1, 1)[0]]
    path = write(tmp_path / "in.jsonl", rows)
    given: list[str | None] = []
    judging = Plan.make([path], Share()).judge()
    with pytest.raises(DataError, match=r"in\.jsonl, row 13: group 'g0' comes back"):
        given.extend(judged.samples[0].group for _, judged in judging)
    assert given == ["g0"] * 4 + ["g1"] * 4


def test_rows_are_read_only_so_far_ahead(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", rows_of(4000, 4))
    plan = Plan.make([path], Share())
    read = 0
    rows = plan.sources[0].rows

    def counted(skip: int = 0) -> Any:
        nonlocal read
        for row in rows(skip):
            read += 1
            yield row

    plan.sources[0].rows = counted  # type: ignore[method-assign]
    done = 0
    for chunk in plan.judge_chunks():
        done += len(chunk)
        assert len(chunk) < CHUNK_ROWS + 4
        assert read - done <= 20 * CHUNK_ROWS
    assert done == read == 16_000


def test_advantages_are_those_of_the_formula(tmp_path: Path) -> None:
    rows = rows_of(50, 4)
    path = write(tmp_path / "in.jsonl", rows)
    reward = get("exact")
    out = scored(Plan.make([path], reward, shaping=Shaping("grpo", reward)))
    expected = catalog.shape("grpo", {"rewards": [r["reward"] for r in out]}, Groups.equal(200, 4))
    assert [r["advantage"] for r in out] == pytest.approx(expected.advantages.tolist())
    for start in range(0, 200, 4):
        group = out[start : start + 4]
        is_equal = len({r["reward"] for r in group}) == 1
        assert {r["signal"] for r in group} == {not is_equal}
        assert {r["group_state"] for r in group} == {"EQUAL" if is_equal else "MIXED"}


def test_what_has_no_reward_has_no_advantage_and_is_left_out_of_the_rest(tmp_path: Path) -> None:
    rows = [
        {**row, "answer": "" if i == 1 else "xx", "response": "xx" if i else "x"} for i, row in enumerate(rows_of(1, 4))
    ]
    reward = get("exact")
    rows = [{**row, "answer": None} if i == 1 else row for i, row in enumerate(rows)]
    out = scored(
        Plan.make([write(tmp_path / "in.jsonl", [*rows, "no json"])], reward, shaping=Shaping("dr-grpo", reward))
    )
    assert [r["advantage"] for r in out] == pytest.approx([-2 / 3, None, 1 / 3, 1 / 3, None])
    assert out[4]["error"]


def test_a_row_of_several_responses_gets_a_list_of_advantages(tmp_path: Path) -> None:
    rows = [{"prompt": "p", "response": ["xx", "y"], "answer": "xx", "tokens": [10, 30]}]
    path = write(tmp_path / "in.jsonl", rows)
    reward = get("exact")
    [out] = scored(Plan.make([path], reward, shaping=Shaping("opo", reward, {}, {"lengths": "tokens"})))
    assert out["advantage"] == pytest.approx([0.75, -0.25])
    assert out["signal"] == [True, True]


def test_components_are_the_parts_of_the_recipe_with_its_weights(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", rows_of(2, 4))
    reward = two_parts()
    plan = Plan.make([path], reward, shaping=Shaping("gdpo", reward, batch=8))
    judged = [one for _, one in plan.judge()]
    table = [[s.parts["right"].value, s.parts["share"].value] for one in judged for s in one.scores]
    expected = catalog.shape("gdpo", {"components": table, "weights": [1.0, 0.5]}, Groups.equal(8, 4))
    assert [one.shaped["advantage"][0] for one in judged] == pytest.approx(expected.advantages.tolist())


def test_a_part_behind_a_closed_gate_counts_as_its_worst_and_not_as_missing(tmp_path: Path) -> None:
    gated = Require((Part(get("regex", pattern="x{2}").named("long")),), Sum((Part(get("exact").named("right")),)))
    rows = [{"uid": "a", "prompt": "p", "response": r, "answer": "xx"} for r in ("x", "xx", "xx", "x")]
    rows = [{**row, "answer": "xx"} for row in rows]
    path = write(tmp_path / "in.jsonl", rows)
    plan = Plan.make([path], gated, shaping=Shaping("gdpo", gated, {"components": ["sum.right"]}, batch=8))
    out = scored(plan)
    assert [r["reward"] for r in out] == [0.0, 1.0, 1.0, 0.0]
    assert out[0]["advantage"] < 0 < out[1]["advantage"]
    assert out[0]["advantage"] is not None


def test_a_part_whose_condition_does_not_hold_counts_as_the_nothing_that_it_added(tmp_path: Path) -> None:
    short = get("length.linear", max_length=4, unit="characters", min_value=-1.0, max_value=0.0).named("short")
    mixed = Sum((Part(get("exact").named("right")), Part(short, weight=0.5, only_if=("right",))))
    rows = [{"uid": "a", "prompt": "p", "response": r, "answer": "xx"} for r in ("x", "xx", "x", "xx")]
    plan = Plan.make([write(tmp_path / "in.jsonl", rows)], mixed, shaping=Shaping("gdpo", mixed, batch=8))
    judged = [one for _, one in plan.judge()]
    assert [list(one.scores[0].parts) for one in judged[:2]] == [["right"], ["right", "short"]]
    table = [[one.scores[0].parts["right"].value, 0.0 if i % 2 == 0 else -0.5] for i, one in enumerate(judged)]
    assert judged[1].scores[0].parts["short"].value == -0.5
    expected = catalog.shape("gdpo", {"components": table, "weights": [1.0, 0.5]}, Groups.equal(4, 4))
    assert [one.shaped["advantage"][0] for one in judged] == pytest.approx(expected.advantages.tolist())


def test_batches_hold_whole_groups_and_begin_where_the_file_begins(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", rows_of(7, 4))
    reward = get("exact")
    out = scored(Plan.make([path], reward, shaping=Shaping("grpo-batch", reward, batch=11)))
    for start in range(0, 28, 8):  # two groups of 4 fit into 11
        part = out[start : start + 8]
        expected = catalog.shape("grpo-batch", {"rewards": [r["reward"] for r in part]}, Groups.equal(len(part), 4))
        assert [r["advantage"] for r in part] == pytest.approx(expected.advantages.tolist())
    with pytest.raises(DataError, match="more than a batch of 3"):
        scored(Plan.make([path], reward, shaping=Shaping("grpo-batch", reward, batch=3)))


INPUTS = {"lengths": "tokens", "mean_logprobs": "tokens", "entropies": "tokens", "rubric": "tokens"}


@pytest.mark.parametrize("name", sorted(set(catalog.ENTRIES) - {"riskpo"}))
def test_what_looks_at_the_whole_batch_is_known(name: str) -> None:
    entry = catalog.ENTRIES[name]
    chance = np.random.default_rng(1)
    depends = False
    for _ in range(20):
        right = (chance.random(16) > 0.5).astype(float)
        inputs: dict[str, Any] = {
            "rewards": right,
            "components": np.stack([right, chance.random(16)], 1),
            "correct": right,
            "outcome": right,
            "pool": ["p"] * 16,
            **{key: chance.random(16) * 9 + 1 for key in ("lengths", "mean_logprobs", "entropies", "rubric")},
        }
        inputs = {key: value for key, value in inputs.items() if key in (*entry.needs, *entry.uses)}
        options = {"k": 2} if "k" in entry.options else {}
        whole = catalog.shape(name, inputs, Groups.equal(16, 4), options).advantages
        apart = [
            catalog.shape(name, {k: v[i : i + 4] for k, v in inputs.items()}, Groups.equal(4, 4), options).advantages
            for i in range(0, 16, 4)
        ]
        depends = depends or not np.allclose(whole, np.concatenate(apart))
    assert depends == (name in WHOLE_BATCH)


WRONG: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (UnknownNameError, "did you mean 'gdpo'", {"name": "gdp"}),
    (OptionError, "did you mean 'eps'", {"name": "grpo", "options": {"epz": 1}}),
    (UsageError, "--advantage-batch", {"name": "gdpo"}),
    (OptionError, "needs the option 'k'", {"name": "pass-at-k"}),
    (UsageError, "--advantage-batch", {"name": "rloo", "options": {"whiten": True}}),
    (UsageError, "no meaning", {"name": "grpo", "batch": 8}),
    (UsageError, "--advantage-input lengths=COLUMN", {"name": "opo"}),
    (OptionError, "no input 'length' that a column", {"name": "opo", "inputs": {"length": "tokens"}}),
    (OptionError, "takes no 'lengths'", {"name": "grpo", "inputs": {"lengths": "tokens"}}),
    (OptionError, "did you mean 'right'", {"name": "gdpo", "options": {"components": ["rigth"]}, "batch": 8}),
    (OptionError, "no component 'x'", {"name": "gdpo", "batch": 8, "options": {"weights": {"x": 1}}}),
    (OptionError, "finite number", {"name": "gdpo", "batch": 8, "options": {"weights": {"right": math.nan}}}),
    (OptionError, "reads one reward", {"name": "grpo", "options": {"weights": [1, 2]}}),
]  # fmt: skip


@pytest.mark.parametrize(("error", "message", "how"), WRONG, ids=[case[1] for case in WRONG])
def test_a_wrong_advantage_is_an_error_before_the_first_row(
    error: type[Exception], message: str, how: dict[str, Any]
) -> None:
    with pytest.raises(error, match=message):
        Shaping(how["name"], two_parts(), how.get("options", {}), how.get("inputs", {}), how.get("batch"))


def test_options_without_an_advantage_are_an_error() -> None:
    with pytest.raises(UsageError, match="name it with --advantage"):
        read_shaping(None, get("exact"), ["eps=1"], [], None)
    assert read_shaping(None, get("exact"), [], [], None) is None


def test_a_reward_without_parts_has_no_components(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", rows_of(2, 2))
    reward = get("exact")
    with pytest.raises(UsageError, match="has no parts"):
        scored(Plan.make([path], reward, shaping=Shaping("gdpo", reward, batch=4)))


def test_a_column_that_gives_no_number_is_an_error_that_names_the_row(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", [{**row, "tokens": "many"} for row in rows_of(1, 2)])
    reward = get("exact")
    with pytest.raises(DataError, match=r"row 1: 'tokens'.*lengths.*'many'"):
        scored(Plan.make([path], reward, shaping=Shaping("opo", reward, {}, {"lengths": "tokens"})))


# A run over groups of several sizes and shapes of trouble, slowly enough to be killed, or stopped after so many rows.
RUN = """
import sys, time
import rewardkit.run
from rewardkit.execution.local import LocalExecutor
from rewardkit.plan import Plan
from rewardkit.recipe import load
from rewardkit.run import Run, fingerprint
from rewardkit.shaping import Shaping

def score(path, recipe, out, advantage, batch, on_row, resume):
    rewardkit.run.CHECKPOINT_S = 0.0
    with LocalExecutor(workers=1) as executor:
        reward = load(recipe, executor)
        shaping = Shaping(advantage, reward, batch=batch)
        run = Run(Plan.make([path], reward, shaping=shaping))
        run.to_output(out, fingerprint(run.plan, recipe, [], shaping.describe()), on_row, resume=resume)
        return run
"""
scope: dict[str, Any] = {}
exec(RUN, scope)  # the same code here and in the processes that are killed


def troubled(tmp_path: Path) -> tuple[str, str]:
    chance = random.Random(5)
    rows: list[Any] = []
    for g in range(600):
        for i in range(chance.randrange(1, 9)):
            row = {"uid": f"g{g}", "prompt": f"p{g}", "response": "x" * chance.randrange(1, 4), "answer": "xx"}
            rows.append(
                "broken"
                if chance.random() < 0.02
                else {**row, "response": None}
                if i and chance.random() < 0.02
                else row
            )
    recipe = tmp_path / "r.yaml"
    recipe.write_text("reward: {sum: [{use: exact, name: right}, {use: f1, weight: 0.5}]}")
    return write(tmp_path / "in.jsonl", rows), str(recipe)


@pytest.mark.parametrize(("advantage", "batch"), [("grpo", None), ("gdpo", 300)])
def test_a_run_stopped_at_any_chunk_goes_on_to_the_bytes_of_an_unbroken_one(
    tmp_path: Path, advantage: str, batch: int | None
) -> None:
    path, recipe = troubled(tmp_path)
    whole = scope["score"](path, recipe, str(tmp_path / "whole.jsonl"), advantage, batch, lambda rows: None, False)
    chance, stops = random.Random(1), 0
    out = str(tmp_path / "out.jsonl")
    while True:
        limit = chance.randrange(1, 900)
        seen: list[int] = []

        def stop(rows: int, limit: int = limit, seen: list[int] = seen) -> None:
            seen.append(rows)
            if len(seen) > 1 and rows - seen[0] >= limit:
                raise KeyboardInterrupt

        try:
            last = scope["score"](path, recipe, out, advantage, batch, stop, stops > 0)
        except KeyboardInterrupt:
            stops += 1
        else:
            break
    assert stops >= 2
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert last.notes == whole.notes
    assert last.summary.groups == whole.summary.groups
    assert last.summary.outcomes == whole.summary.outcomes


def test_a_run_with_advantages_killed_again_and_again_gives_the_bytes_of_an_unbroken_one(tmp_path: Path) -> None:
    path, recipe = troubled(tmp_path)
    code = RUN + "score(*sys.argv[1:5], int(sys.argv[5]), lambda rows: time.sleep(float(sys.argv[6])), True)"

    def start(out: Path, pause: float) -> subprocess.Popen[bytes]:
        words = [path, recipe, str(out), "gdpo", "100", str(pause)]
        return subprocess.Popen([sys.executable, "-c", code, *words])

    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert start(whole, 0).wait(60) == 0
    spool, kills = tmp_path / "out.jsonl.partial", 0
    while True:
        process = start(out, 0.1)
        before = spool.stat().st_size if spool.exists() else 0
        deadline = time.monotonic() + 60
        while process.poll() is None and not (spool.exists() and spool.stat().st_size > before):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(0.15)
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        kills += 1
    assert kills >= 2
    assert out.read_bytes() == whole.read_bytes()


@dataclass(frozen=True)
class Running(Gate):
    """A reward that measures rows by those before them."""

    child: Node
    name: str = "running"
    update: bool = True
    range: Range = UNIT
    cost: Cost = Cost.CPU

    def submit(self, samples: Sequence[Sample]) -> Pending:
        return self.child.submit(samples)

    def state_dict(self) -> dict[str, Any]:
        return {}


def test_a_reward_with_a_state_is_not_resumed_without_it(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", rows_of(300, 4))
    marks = {"source": path, "inputs": [{"path": path}]}

    def run(update: bool, resume: bool, stop: bool) -> None:
        def on_row(rows: int) -> None:
            if stop and rows:
                raise KeyboardInterrupt

        reward = Running(get("exact"), update=update)
        Run(Plan.make([path], reward)).to_output(str(tmp_path / f"{update}.jsonl"), marks, on_row, resume=resume)

    for update in (True, False):
        with pytest.raises(KeyboardInterrupt):
            run(update, False, True)
    with pytest.raises(UsageError, match="'running' measures rows by those before them"):
        run(True, True, False)
    run(False, True, False)
