"""Potential-based shaping and the self-correction bonus."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.potential import potential_shaping, self_correction
from rewardkit.groups.steps import discounted_returns

EXAMPLES = json.loads((Path(__file__).parent / "examples_votes.json").read_text())
NUMBER = st.floats(-10, 10)
STEPS = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=7)


def total(rewards: Any, gamma: float) -> float:
    return float(sum(gamma**t * r for t, r in enumerate(rewards)))


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_worked_case_of_shaping_holds(library: str) -> None:
    example = EXAMPLES["potential_shaping"]
    rewards: Any = example["inputs"]["rewards"]
    if library == "torch":
        torch = pytest.importorskip("torch")
        rewards = torch.tensor(rewards, dtype=torch.float64)
    steps = potential_shaping(rewards, example["inputs"]["phi"], Groups.equal(3, 3), gamma=0.99)
    assert steps.shaping.tolist() == pytest.approx(example["expected"]["F"], abs=1e-6)
    assert steps.rewards.tolist() == pytest.approx(example["expected"]["shaped"], abs=1e-6)
    change = total(steps.rewards, 0.99) - total(rewards, 0.99)
    assert change == pytest.approx(example["expected"]["discounted_sum_minus_original"], abs=1e-6)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_worked_case_of_self_correction_holds(library: str) -> None:
    example = EXAMPLES["score_bonus"]
    first, second = example["inputs"]["r1"], example["inputs"]["r2"]
    if library == "torch":
        torch = pytest.importorskip("torch")
        first, second = torch.tensor(first), torch.tensor(second)
    shaped = self_correction(first, second, **example["params"])
    assert shaped.second.tolist() == pytest.approx(example["expected"]["shaped_turn2"], abs=1e-6)


@given(st.lists(STEPS, min_size=1, max_size=4), st.floats(0, 1))
def test_shaping_telescopes_to_the_potential_of_the_start(runs: list[list[tuple[float, float]]], gamma: float) -> None:
    trajectories = Groups.from_sizes([len(run) for run in runs])
    rewards = np.array([r for run in runs for r, _ in run])
    phi = np.array([p for run in runs for _, p in run])
    shaped = potential_shaping(rewards, phi, trajectories, gamma=gamma).rewards
    start = np.cumsum([0, *(len(run) for run in runs)])[:-1]
    before = discounted_returns(rewards, trajectories, gamma)[start]
    after = discounted_returns(shaped, trajectories, gamma)[start]
    assert (after - before).tolist() == pytest.approx((-phi[start]).tolist(), abs=1e-8)


@given(STEPS, STEPS, NUMBER, st.floats(0, 1))
def test_shaping_leaves_the_ranking_of_policies_as_it_was(
    one: list[tuple[float, float]], other: list[tuple[float, float]], start: float, gamma: float
) -> None:
    """Two policies from one state: whatever potentials they pass through, the difference of their values stays."""
    values = []
    for path in (one, other):
        rewards = [r for r, _ in path]
        phi = [start, *(p for _, p in path[1:])]
        shaped = potential_shaping(rewards, phi, Groups.equal(len(path), len(path)), gamma=gamma).rewards
        values.append((total(rewards, gamma), total(shaped, gamma)))
    assert values[0][1] - values[1][1] == pytest.approx(values[0][0] - values[1][0], abs=1e-8)


def test_a_terminal_potential_that_is_not_0_would_change_the_ranking() -> None:
    pay = [potential_shaping([1.0], [0.0], Groups.equal(1, 1), gamma=1.0, after=[phi]).rewards[0] for phi in (0, 5)]
    assert pay == [1.0, 6.0]


def test_a_trajectory_that_was_cut_off_keeps_the_potential_it_stopped_in() -> None:
    steps = potential_shaping([0, 0], [0.2, 0.5], Groups.equal(2, 2), gamma=0.9, after=[0.8])
    assert total(steps.rewards, 0.9) == pytest.approx(0.9**2 * 0.8 - 0.2)


def test_shaping_agrees_with_the_definition_on_random_trajectories() -> None:
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        ids = rng.integers(0, 3, rng.integers(1, 9))
        trajectories = Groups.of(ids)
        rewards, phi = rng.normal(size=len(ids)), rng.normal(size=len(ids))
        after = rng.normal(size=trajectories.count)
        expected = np.empty(len(ids))
        for t in range(trajectories.count):
            rows = np.flatnonzero(trajectories.index == t)
            for here, then in zip(rows, [*rows[1:], None], strict=True):
                expected[here] = 0.9 * (after[t] if then is None else phi[then]) - phi[here]
        got = potential_shaping(rewards, phi, trajectories, gamma=0.9, after=after)
        assert got.shaping.tolist() == pytest.approx(expected.tolist(), abs=1e-12)


def test_torch_agrees_with_numpy() -> None:
    torch = pytest.importorskip("torch")
    for seed in range(50):
        rng = np.random.default_rng(seed)
        trajectories = Groups.of(rng.integers(0, 3, 10))
        rewards, phi = rng.normal(size=10), rng.normal(size=10)
        after = rng.normal(size=trajectories.count)
        ours = potential_shaping(rewards, phi, trajectories, gamma=0.9, after=after)
        theirs = potential_shaping(
            torch.tensor(rewards), torch.tensor(phi), trajectories, gamma=0.9, after=torch.tensor(after)
        )
        assert theirs.rewards.tolist() == pytest.approx(ours.rewards.tolist(), abs=1e-12)
        bonus = self_correction(torch.tensor(rewards), torch.tensor(phi)).second
        assert bonus.tolist() == pytest.approx(self_correction(rewards, phi).second.tolist(), abs=1e-12)


def test_unknown_rewards_and_potentials_stay_unknown() -> None:
    steps = potential_shaping([None, 0, 0], [0.1, None, 0.3], Groups.equal(3, 3), gamma=1.0)
    assert np.isnan(steps.rewards).tolist() == [True, True, False]


def test_a_revision_that_changes_nothing_earns_no_bonus_and_a_spoilt_answer_costs() -> None:
    shaped = self_correction([0.0, 1.0, 1.0, 0.4], [0.0, 1.0, 0.0, 0.4], alpha=3.0)
    assert shaped.bonus.tolist() == [0, 0, -3, 0]
    assert shaped.quality.tolist() == [0, 1, 0, 0.4]
    assert shaped.first.tolist() == [0, 1, 1, 0.4]


def test_an_attempt_that_could_not_be_scored_leaves_the_pair_without_a_value() -> None:
    assert np.isnan(self_correction([None, 1.0], [1.0, None]).second).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: self_correction([1], [1, 0]),
        lambda: self_correction([1], [1], alpha=-1.0),
        lambda: self_correction([1], [float("inf")]),
        lambda: potential_shaping([1], [1, 2], Groups.equal(1, 1), gamma=0.9),
        lambda: potential_shaping([1], [1], Groups.equal(1, 1), gamma=2.0),
        lambda: potential_shaping([1], [1], Groups.equal(1, 1), gamma=0.9, after=[0, 0]),
    ],
)
def test_what_does_not_fit_is_refused(call: Any) -> None:
    with pytest.raises(GroupError):
        call()
