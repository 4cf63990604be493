"""Step advantages from anchor states."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.steps import discounted_returns, gigpo

EXAMPLE = json.loads((Path(__file__).parent / "examples_votes.json").read_text())["gigpo"]


def flat(trajectories: list[dict[str, Any]]) -> tuple[list[float], Groups, list[Any], list[float]]:
    sizes = [len(t["states"]) for t in trajectories]
    return (
        [r for t in trajectories for r in t["step_rewards"]],
        Groups.from_sizes(sizes),
        [s for t in trajectories for s in t["states"]],
        [t["episode_reward"] for t in trajectories],
    )


@pytest.mark.parametrize("normaliser", ["mean_std_norm", "mean_norm"])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_worked_case_holds(normaliser: Any, library: str) -> None:
    rewards, trajectories, states, episodes = flat(EXAMPLE["inputs"]["trajectories"])
    given_rewards: Any = rewards
    if library == "torch":
        torch = pytest.importorskip("torch")
        given_rewards = torch.tensor(rewards, dtype=torch.float64)
    steps = gigpo(
        given_rewards, trajectories, states, episodes, Groups.equal(2, 2),
        gamma=0.95, weight=1.0, eps=1e-6, normaliser=normaliser,
    )  # fmt: skip
    assert steps.returns.tolist() == pytest.approx([x for t in EXAMPLE["expected"]["returns"] for x in t], abs=1e-6)
    assert steps.advantages.tolist() == pytest.approx([x for t in EXAMPLE["expected"][normaliser] for x in t], abs=1e-6)
    assert steps.anchors.sizes.tolist() == [2, 1, 1]


def slow_gigpo(
    runs: list[dict[str, Any]], prompt: list[int], gamma: float, weight: float, normaliser: str
) -> list[list[float]]:
    def normal(value: float, all_: list[float]) -> float:
        if len(all_) == 1 or max(all_) == min(all_):
            return 0.0
        apart = value - float(np.mean(all_))
        return apart if normaliser == "mean_norm" else apart / (float(np.std(all_, ddof=1)) + 1e-6)

    returns = [
        [sum(gamma**i * r for i, r in enumerate(t["step_rewards"][s:])) for s in range(len(t["states"]))] for t in runs
    ]
    out = []
    for i, run in enumerate(runs):
        mates = [j for j in range(len(runs)) if prompt[j] == prompt[i]]
        whole = normal(run["episode_reward"], [runs[j]["episode_reward"] for j in mates])
        row = []
        for s, state in enumerate(run["states"]):
            seen = [returns[j][u] for j in mates for u, other in enumerate(runs[j]["states"]) if other == state]
            row.append(whole + weight * normal(returns[i][s], seen))
        out.append(row)
    return out


@pytest.mark.parametrize("normaliser", ["mean_std_norm", "mean_norm"])
def test_it_agrees_with_the_definition_on_random_trajectories(normaliser: Any) -> None:
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        prompt = rng.integers(0, 3, rng.integers(1, 7)).tolist()
        runs = []
        for _ in prompt:
            length = int(rng.integers(1, 5))
            runs.append(
                {
                    "states": rng.integers(0, 3, length).tolist(),
                    "step_rewards": rng.integers(-1, 2, length).tolist(),
                    "episode_reward": int(rng.integers(0, 2)),
                }
            )
        rewards, trajectories, states, episodes = flat(runs)
        got = gigpo(
            rewards, trajectories, states, episodes, Groups.of(prompt), gamma=0.9, weight=0.7, normaliser=normaliser
        )
        expected = [x for row in slow_gigpo(runs, prompt, 0.9, 0.7, normaliser) for x in row]
        assert got.advantages.tolist() == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.lists(st.floats(-5, 5), min_size=1, max_size=9), min_size=1, max_size=5), st.floats(0, 1))
def test_returns_are_discounted_inside_each_trajectory(runs: list[list[float]], gamma: float) -> None:
    got = discounted_returns([r for run in runs for r in run], Groups.from_sizes([len(run) for run in runs]), gamma)
    expected = [sum(gamma**i * r for i, r in enumerate(run[t:])) for run in runs for t in range(len(run))]
    assert got.tolist() == pytest.approx(expected, abs=1e-9)


def test_trajectories_may_be_interleaved() -> None:
    got = discounted_returns([1.0, 10.0, 2.0, 20.0], Groups.of(["a", "b", "a", "b"]), 0.5)
    assert got.tolist() == [2.0, 20.0, 2.0, 20.0]


def test_states_never_join_prompts() -> None:
    steps = gigpo([1, 0], Groups.equal(2, 1), ["s", "s"], [1, 0], Groups.of(["p", "q"]))
    assert steps.advantages.tolist() == [0, 0]
    assert steps.anchors.sizes.tolist() == [1, 1]


def test_a_lone_trajectory_gets_nothing_unless_the_authors_rule_is_asked_for() -> None:
    lone = (Groups.equal(1, 1), ["s"], [0.7], Groups.equal(1, 1))
    assert gigpo([0.7], *lone).advantages.tolist() == [0]
    assert gigpo([0.7], *lone, single="raw").advantages.tolist() == [0.7]
    assert gigpo([0.7], *lone, single="raw", normaliser="mean_std_norm").advantages.tolist() == [0.7 / (1 + 1e-6)]


def test_a_reward_that_could_not_be_scored_takes_the_steps_that_need_it_along() -> None:
    steps = gigpo([0, None, 1, 0, 0, 0], Groups.equal(6, 3), list("abcabc"), [1, 0], Groups.equal(2, 2))
    assert steps.kept.tolist() == [False, False, True, True, True, True]
    assert steps.advantages[:2].tolist() == [0, 0]
    assert steps.step[3] == 0  # nobody is left to compare state a with
    unknown = gigpo([0, 1, 0, 0], Groups.equal(4, 2), list("abab"), [None, 0], Groups.equal(2, 2))
    assert unknown.kept.tolist() == [False, False, True, True]


def test_torch_agrees_with_numpy() -> None:
    torch = pytest.importorskip("torch")
    for seed in range(50):
        rng = np.random.default_rng(seed)
        trajectories = Groups.of(rng.integers(0, 5, 15))
        rewards, episodes = rng.normal(size=15), rng.integers(0, 2, trajectories.count).astype(float)
        rewards[3] = np.nan
        rest = (trajectories, rng.integers(0, 3, 15).tolist())
        prompts = Groups.of(rng.integers(0, 2, trajectories.count))
        ours = gigpo(rewards, *rest, episodes, prompts)
        theirs = gigpo(torch.tensor(rewards), *rest, torch.tensor(episodes), prompts)
        assert isinstance(theirs.advantages, torch.Tensor)
        assert theirs.advantages.tolist() == pytest.approx(ours.advantages.tolist(), abs=1e-12)
        assert theirs.kept.tolist() == ours.kept.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"states": ["a"]}, "2 steps, but 1 states"),
        ({"states": [["a"], ["b"]]}, "must be a text"),
        ({"prompts": Groups.equal(2, 2)}, "1 trajectories, but prompts for 2"),
        ({"gamma": 1.5}, "gamma"),
        ({"normaliser": "std"}, "normaliser"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    call: dict[str, Any] = {
        "rewards": [0, 1], "trajectories": Groups.equal(2, 2), "states": ["a", "b"], "episodes": [1],
        "prompts": Groups.equal(1, 1),
    }  # fmt: skip
    with pytest.raises(GroupError, match=message):
        gigpo(**{**call, **change})
