"""Variance-aware sampling of prompts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.promotion import draw_prompts, outcome_variance, sampling_weights, variance_promotion

EXAMPLE = json.loads((Path(__file__).parent / "examples_votes.json").read_text())["vps"]


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_worked_case_holds(library: str) -> None:
    wrap: Any = np.array
    if library == "torch":
        wrap = pytest.importorskip("torch").tensor
    right = [1.0 if i < rate * 4 else 0.0 for rate in EXAMPLE["inputs"]["pass_rate"] for i in range(4)]
    variance = outcome_variance(wrap(right), Groups.equal(16, 4))
    assert variance.tolist() == pytest.approx(EXAMPLE["expected"]["ovs"], abs=1e-6)
    diversity = wrap(EXAMPLE["inputs"]["diversity"])
    scores = variance_promotion(variance, diversity, alpha=0.8, beta=0.2)
    assert scores.tolist() == pytest.approx(EXAMPLE["expected"]["vps"], abs=1e-6)
    weights = sampling_weights(scores, variant="authors")
    assert weights.tolist() == pytest.approx(EXAMPLE["expected"]["minmax"], abs=1e-6)


def test_outcome_variance_agrees_with_the_variance_on_random_groups() -> None:
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        groups = Groups.of(rng.integers(0, 4, rng.integers(1, 20)))
        right = rng.integers(0, 2, groups.rows).astype(float)
        right[rng.random(groups.rows) < 0.1] = np.nan
        for ddof in (0, 1):
            got = outcome_variance(right, groups, ddof=ddof)
            for g in range(groups.count):
                mine = right[(groups.index == g) & ~np.isnan(right)]
                expected = np.var(mine, ddof=ddof) if len(mine) > ddof else np.nan
                assert got[g] == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 1))
def test_no_prompt_is_ever_lost_and_the_order_of_scores_is_kept(scores: list[float], floor: float) -> None:
    weights = sampling_weights(scores, floor=floor)
    assert (weights >= floor - 1e-12).all()
    assert (weights <= 1 + 1e-12).all()
    order = np.argsort(scores)
    assert (np.diff(weights[order]) >= -1e-12).all()


def test_equal_scores_draw_all_prompts_alike_where_the_authors_draw_none() -> None:
    assert sampling_weights([0.2, 0.2]).tolist() == [1, 1]
    assert sampling_weights([0.2, 0.2], variant="authors").tolist() == [0, 0]


def test_weights_move_with_momentum_and_a_prompt_without_a_score_keeps_its_own() -> None:
    moved = sampling_weights([0.0, 1.0, None], [1.0, 0.0, 0.3], momentum=0.25, floor=0.0)
    assert moved.tolist() == pytest.approx([0.25, 0.75, 0.3])
    assert sampling_weights([0.0, 1.0, None], floor=0.0).tolist() == [0, 1, 1]
    assert sampling_weights([None, None], [0.4, 0.6]).tolist() == [0.4, 0.6]


def test_draws_follow_the_weights_in_their_part_and_nothing_in_the_rest() -> None:
    drawn = draw_prompts([0.0, 1.0, 3.0], 40_000, ratio=0.5, seed=7)
    share = np.bincount(drawn, minlength=3) / len(drawn)
    assert share.tolist() == pytest.approx([1 / 6, 1 / 8 + 1 / 6, 3 / 8 + 1 / 6], abs=0.01)
    assert drawn.tolist() == draw_prompts([0.0, 1.0, 3.0], 40_000, ratio=0.5, seed=7).tolist()


@pytest.mark.parametrize(
    "call",
    [
        lambda: outcome_variance([0.5], Groups.equal(1, 1)),
        lambda: variance_promotion([0.1], [0.1, 0.2]),
        lambda: sampling_weights([0.1, float("inf")]),
        lambda: sampling_weights([0.1], [0.1, 0.2]),
        lambda: sampling_weights([0.1], momentum=2.0),
        lambda: draw_prompts([0.0, 0.0], 1, seed=0),
        lambda: draw_prompts([], 1, seed=0),
        lambda: draw_prompts([1.0, -1.0], 1, seed=0),
        lambda: draw_prompts([1.0], 1, ratio=2.0, seed=0),
    ],
)
def test_what_does_not_fit_is_refused(call: Any) -> None:
    with pytest.raises(GroupError):
        call()
