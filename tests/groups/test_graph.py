"""Step advantages from shared steps."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.groups.graph import salt
from rewardkit.groups.layout import GroupError, Groups

EXAMPLE = json.loads((Path(__file__).parent / "examples_votes.json").read_text())["salt_shared_prefix"]


def run(advantages: Any, actions: list[list[Any]], prompts: Groups | None = None, window: int | None = None) -> Any:
    trajectories = Groups.from_sizes([len(path) for path in actions])
    steps = [step for path in actions for step in path]
    return salt(advantages, trajectories, steps, prompts or Groups.equal(len(actions), len(actions)), window=window)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_worked_case_holds(library: str) -> None:
    advantages = EXAMPLE["inputs"]["traj_advantages"]
    if library == "torch":
        torch = pytest.importorskip("torch")
        advantages = torch.tensor(advantages, dtype=torch.float32)
    steps = run(advantages, EXAMPLE["inputs"]["actions"])
    assert steps.advantages.tolist() == [x for path in EXAMPLE["expected"] for x in path]


def slow_salt(a: list[float], paths: list[list[int]], prompt: list[int], window: int | None) -> list[float]:
    def edge(i: int, t: int) -> tuple[Any, ...]:
        history = paths[i][:t] if window is None else paths[i][max(0, t - window) : t]
        return prompt[i], tuple(history), paths[i][t]

    through: dict[tuple[Any, ...], set[int]] = {}
    for i, path in enumerate(paths):
        for t in range(len(path)):
            through.setdefault(edge(i, t), set()).add(i)
    return [
        float(np.mean([a[j] for j in through[edge(i, t)]])) for i, path in enumerate(paths) for t in range(len(path))
    ]


@pytest.mark.parametrize("window", [None, 0, 1, 2])
def test_it_agrees_with_the_definition_on_random_trajectories(window: int | None) -> None:
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        prompt = rng.integers(0, 2, rng.integers(1, 7)).tolist()
        paths = [rng.integers(0, 2, rng.integers(1, 5)).tolist() for _ in prompt]
        a = rng.normal(size=len(prompt)).tolist()
        got = run(a, paths, Groups.of(prompt), window).advantages
        assert got.tolist() == pytest.approx(slow_salt(a, paths, prompt, window), abs=1e-12)


@given(
    st.lists(
        st.tuples(st.floats(-3, 3), st.lists(st.sampled_from("ab"), min_size=1, max_size=4)), min_size=1, max_size=6
    )
)
def test_a_whole_history_keeps_the_sum_over_all_steps(runs: list[tuple[float, list[str]]]) -> None:
    advantages, paths = [a for a, _ in runs], [path for _, path in runs]
    before = sum(a * len(path) for a, path in runs)
    assert float(run(advantages, paths).advantages.sum()) == pytest.approx(before, abs=1e-9)


@given(st.permutations(range(4)))
def test_the_order_of_trajectories_decides_nothing(order: list[int]) -> None:
    advantages, paths = [1.0, -2.0, 0.5, 3.0], [list("ab"), list("abc"), list("ac"), list("da")]
    starts = np.cumsum([0, *(len(path) for path in paths)])
    straight = run(advantages, paths).advantages
    shuffled = run([advantages[i] for i in order], [paths[i] for i in order]).advantages
    expected = np.concatenate([straight[starts[i] : starts[i + 1]] for i in order])
    assert shuffled.tolist() == pytest.approx(expected.tolist(), abs=1e-12)


def test_trajectories_that_share_nothing_keep_their_advantages() -> None:
    assert run([1, -1], [["a", "b"], ["c", "b"]]).advantages.tolist() == [1, 1, -1, -1]


def test_identical_trajectories_of_different_worth_teach_nothing() -> None:
    assert run([1, -1], [["a", "b"], ["a", "b"]]).advantages.tolist() == [0, 0, 0, 0]


def test_prompts_share_no_steps() -> None:
    assert run([1, -1], [["a"], ["a"]], Groups.of(["p", "q"])).advantages.tolist() == [1, -1]


def test_trajectories_meet_again_within_a_window() -> None:
    paths = [["a", "x", "y"], ["b", "x", "y"]]
    assert run([1, -1], paths, window=1).advantages.tolist() == [1, 1, 0, -1, -1, 0]


def test_an_edge_passed_twice_counts_its_trajectory_once() -> None:
    assert run([3, 0], [["a", "a"], ["a"]], window=0).advantages.tolist() == [1.5, 1.5, 1.5]


def test_a_trajectory_without_an_advantage_takes_no_part() -> None:
    steps = run([1.0, None, -1.0], [["a"], ["a"], ["a"]])
    assert steps.advantages.tolist() == [0, 0, 0]
    assert run([1.0, None], [["a"], ["a"]]).advantages.tolist() == [1, 0]
    assert run([1.0, None], [["a"], ["a"]]).kept.tolist() == [True, False]


def test_torch_agrees_with_numpy() -> None:
    torch = pytest.importorskip("torch")
    for seed in range(50):
        rng = np.random.default_rng(seed)
        paths = [rng.integers(0, 2, rng.integers(1, 5)).tolist() for _ in range(6)]
        advantages = rng.normal(size=6)
        advantages[2] = np.nan
        for window in (None, 1):
            ours = run(advantages, paths, window=window)
            theirs = run(torch.tensor(advantages), paths, window=window)
            assert theirs.advantages.tolist() == pytest.approx(ours.advantages.tolist(), abs=1e-12)
            assert theirs.kept.tolist() == ours.kept.tolist()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(GroupError, match="3 steps, but 1 actions"):
        salt([1.0], Groups.equal(3, 3), ["a"], Groups.equal(1, 1))
    with pytest.raises(GroupError, match="action of step 0 is a list"):
        salt([1.0], Groups.equal(1, 1), [["a"]], Groups.equal(1, 1))
    with pytest.raises(GroupError, match="window"):
        salt([1.0], Groups.equal(1, 1), ["a"], Groups.equal(1, 1), window=-1)
