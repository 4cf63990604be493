"""pass@k: against all subsets listed, against the printed formulas, and at the edges."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.groups import passk
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import State

EXAMPLES = json.loads((Path(__file__).parent / "examples_votes.json").read_text())
EXACT = {"rel": 1e-9, "abs": 1e-9}


def ragged(seed: int, least: int = 1, most: int = 7) -> tuple[np.random.Generator, Groups]:
    """A random layout: up to four groups whose rows stand anywhere."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(least, most + 1, size=rng.integers(1, 5))
    return rng, Groups.of(rng.permutation(np.repeat(np.arange(len(sizes)), sizes)))


def rows_of(groups: Groups) -> list[np.ndarray]:
    return [np.flatnonzero(groups.index == g) for g in range(groups.count)]


def subset_maxima(rewards: np.ndarray, k: int) -> list[tuple[set[int], float]]:
    return [(set(s), max((rewards[i] for i in s), default=0.0)) for s in itertools.combinations(range(len(rewards)), k)]


def test_pass_at_k_of_the_worked_cases() -> None:
    example = EXAMPLES["pass_at_k_unbiased"]
    for (n, c, k), expected in zip(example["inputs"]["cases"], example["expected"], strict=True):
        assert float(passk.pass_at_k(n, c, k)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("passk_training")])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_pass_at_k_training_of_the_worked_cases(name: str, library: str) -> None:
    example = EXAMPLES[name]
    rewards: Any = np.array(example["inputs"]["rewards"], dtype=float)
    if library == "torch":
        rewards = pytest.importorskip("torch").tensor(rewards)
    shaped = passk.passk_training(rewards, Groups.equal(8, 8), **example["params"])
    assert shaped.advantages.tolist() == pytest.approx(example["expected"]["advantages"], abs=1e-6)
    rho = passk.group_pass_at_k(rewards, Groups.equal(8, 8), example["params"]["k"])
    assert rho.tolist() == pytest.approx([example["expected"]["rho"]], abs=1e-6)


def test_the_top_gap_of_the_worked_case() -> None:
    example = EXAMPLES["grpo_passk_top1_gap"]
    shaped = passk.top_gap(example["inputs"]["rewards"], Groups.equal(4, 4), **example["params"])
    assert shaped.advantages.tolist() == pytest.approx(example["expected"], abs=1e-6)


def test_the_transforms_of_the_worked_case() -> None:
    example = EXAMPLES["pkpo_k2"]
    rewards, groups = example["inputs"]["rewards"], Groups.equal(4, 4)
    assert passk.max_at_k(rewards, groups, 2).tolist() == pytest.approx([example["expected"]["rho_maxk"]], abs=1e-6)
    keys: dict[passk.PkpoVariant, str] = {"s": "s", "loo": "s_loo", "loo-1": "s_loo_minus_1"}
    for variant, key in keys.items():
        shaped = passk.pkpo(rewards, groups, k=2, variant=variant)
        assert shaped.advantages.tolist() == pytest.approx(example["expected"][key], abs=1e-6)


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_is_the_mean_over_all_subsets(case: tuple[int, int, int]) -> None:
    n, c, k = case
    right = [1.0] * c + [0.0] * (n - c)
    listed = np.mean([top for _, top in subset_maxima(np.array(right), k)])
    assert float(passk.pass_at_k(n, c, k)) == pytest.approx(float(listed), **EXACT)


@given(st.integers(2, 40), st.integers(1, 12), st.floats(0.05, 0.95))
def test_pass_at_k_is_unbiased(n: int, k: int, p: float) -> None:
    k = min(k, n)
    c = np.arange(n + 1)
    chance = np.array([math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in c])
    assert float((passk.pass_at_k(n, c, k) * chance).sum()) == pytest.approx(1 - (1 - p) ** k, rel=1e-9)


def test_pass_at_k_keeps_its_digits_where_binomials_do_not() -> None:
    n, c, k = 1_000_000, 1, 3
    assert float(passk.pass_at_k(n, c, k)) == pytest.approx(k / n, rel=1e-13)
    assert float(passk.pass_at_k(4000, 2000, 2000)) == 1.0
    exact = 1 - math.comb(2600, 400) / math.comb(3000, 400)
    assert float(passk.pass_at_k(3000, 400, 400)) == pytest.approx(exact, rel=1e-12)


def test_pass_at_k_is_unknown_below_k_samples_and_refuses_impossible_counts() -> None:
    assert np.isnan(passk.pass_at_k(3, 3, 4))
    for samples, correct, k in ((3, 4, 1), (3, -1, 1), (3, 1, 0), (3, 1, True)):
        with pytest.raises(GroupError):
            passk.pass_at_k(samples, correct, k)


def test_a_curve_says_how_many_groups_each_point_stands_on() -> None:
    groups = Groups.from_sizes([4, 2, 3])
    points = passk.pass_at_k_curve([1, 0, 0, 0, 1, 0, 0, 0, None], groups, [1, 2, 4, 5])
    assert [point.groups for point in points] == [3, 3, 1, 0]
    assert [point.value for point in points[:3]] == pytest.approx([0.25, (0.5 + 1 + 0) / 3, 1.0])
    assert math.isnan(points[3].value)


def slow_training(right: np.ndarray, k: int, eps: float) -> list[float]:
    """Straight from the definition: over all subsets, success normalised, averaged over the subsets of a row."""
    subsets = subset_maxima(right, k)
    rho = np.mean([top for _, top in subsets])
    sigma = math.sqrt(rho * (1 - rho))
    return [float(np.mean([(top - rho) / (sigma + eps) for s, top in subsets if i in s])) for i in range(len(right))]


def test_training_advantages_agree_with_all_subsets_on_random_groups() -> None:
    for seed in range(1000):
        k = 1 + seed % 3
        rng, groups = ragged(seed, least=k)
        right = rng.integers(0, 2, groups.rows).astype(float)
        got = passk.passk_training(right, groups, k=k).advantages
        for rows in rows_of(groups):
            assert got[rows].tolist() == pytest.approx(slow_training(right[rows], k, 1e-6), **EXACT)
            assert got[rows].sum() == pytest.approx(0, abs=1e-9)


def test_training_gives_nothing_where_every_subset_succeeds_and_says_so() -> None:
    shaped = passk.passk_training([1, 1, 1, 0, 1, 0, 0, 0], Groups.equal(8, 4), k=2)
    assert shaped.advantages[:4].tolist() == [0, 0, 0, 0]
    assert shaped.state.tolist() == [State.MIXED, State.MIXED]
    assert shaped.signal.tolist() == [False, True]


def test_training_leaves_out_groups_that_lost_scores_and_refuses_small_ones() -> None:
    shaped = passk.passk_training([1, 0, None, None, 1, 0, 0, None], Groups.equal(8, 4), k=3)
    assert shaped.kept.tolist() == [False] * 4 + [True] * 3 + [False]
    with pytest.raises(GroupError, match="needs 3 rows a group, but 0 has 2"):
        passk.passk_training([1, 0], Groups.equal(2, 2), k=3)


@pytest.mark.parametrize("value", [-1.0, 0.5, 2.0])
def test_rewards_that_are_no_correctness_are_refused(value: float) -> None:
    with pytest.raises(GroupError, match="row 1 is"):
        passk.passk_training([1, value], Groups.equal(2, 2), k=1)


def slow_top_gap(rewards: np.ndarray) -> list[float]:
    known = sorted(rewards[~np.isnan(rewards)])
    if len(known) < 2 or known[-1] == known[-2]:
        return [0.0] * len(rewards)
    lead = (known[-1] - known[-2]) / (np.std(known, ddof=1) + 1e-6)
    return [float(lead) if r == known[-1] else 0.0 for r in rewards]


def test_the_top_gap_agrees_with_sorting_on_random_groups() -> None:
    for seed in range(1000):
        rng, groups = ragged(seed)
        rewards = rng.integers(0, 5, groups.rows) / 4
        rewards[rng.random(groups.rows) < 0.15] = np.nan
        shaped = passk.top_gap(rewards, groups)
        for rows in rows_of(groups):
            assert shaped.advantages[rows].tolist() == pytest.approx(slow_top_gap(rewards[rows]), **EXACT)
        assert shaped.kept.tolist() == (~np.isnan(rewards)).tolist()


def test_the_top_gap_unscaled_is_the_lead_itself() -> None:
    assert passk.top_gap([0.2, 0.9], Groups.equal(2, 2), scaled=False).advantages.tolist() == pytest.approx([0, 0.7])
    assert passk.top_gap([0.2], Groups.equal(1, 1)).state.tolist() == [State.SINGLE]


def slow_pkpo(x: np.ndarray, k: int, variant: str) -> list[float]:
    n, total = len(x), math.comb(len(x), k)
    subsets = subset_maxima(x, k)
    s = [sum(top for members, top in subsets if i in members) / total for i in range(n)]
    if variant == "s":
        return s
    if variant == "loo":
        others = [np.delete(x, i) for i in range(n)]
        return [s[i] - sum(slow_pkpo(others[i], k, "s")) / (n - 1) for i in range(n)]
    without = [
        sum(top - max((x[j] for j in members if j != i), default=0.0) for members, top in subsets if i in members)
        for i in range(n)
    ]
    return [value / total for value in without]


@pytest.mark.parametrize("variant", ["s", "loo", "loo-1"])
def test_the_transforms_agree_with_all_subsets_on_random_groups(variant: Any) -> None:
    for seed in range(1000):
        k = 1 + seed % 3
        rng, groups = ragged(seed, least=k + (variant == "loo"), most=6)
        rewards = np.round(rng.normal(size=groups.rows), 1)
        got = passk.pkpo(rewards, groups, k=k, variant=variant).advantages
        rho = passk.max_at_k(rewards, groups, k)
        for g, rows in enumerate(rows_of(groups)):
            assert got[rows].tolist() == pytest.approx(slow_pkpo(rewards[rows], k, variant), **EXACT)
            assert rho[g] == pytest.approx(np.mean([top for _, top in subset_maxima(rewards[rows], k)]), **EXACT)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=8), st.integers(1, 3))
def test_what_a_row_adds_is_never_negative_and_nothing_for_the_lowest(rewards: list[float], k: int) -> None:
    values = passk.pkpo(rewards, Groups.equal(len(rewards), len(rewards)), k=k).advantages
    assert values.min() >= -1e-12
    assert np.sort(values)[: k - 1].tolist() == pytest.approx([0.0] * (k - 1), abs=1e-12)


@given(st.permutations(range(7)), st.lists(st.integers(0, 1), min_size=7, max_size=7))
def test_permuting_rows_permutes_the_advantages(order: list[int], right: list[int]) -> None:
    ids, values = np.array([0, 0, 0, 0, 1, 1, 1]), np.array(right, dtype=float)
    for function in (
        lambda r, g: passk.passk_training(r, g, k=2),
        lambda r, g: passk.pkpo(r, g, k=2),
        passk.top_gap,
    ):
        straight = function(values, Groups.of(ids)).advantages
        shuffled = function(values[order], Groups.of(ids[order])).advantages
        assert shuffled.tolist() == pytest.approx(straight[order].tolist(), abs=1e-12)


def test_one_of_k_is_the_mean_and_grpo_with_ddof_0() -> None:
    right = np.array([1.0, 0, 0, 1, 0])
    groups = Groups.equal(5, 5)
    grpo = (right - right.mean()) / (right.std() + 1e-6)
    assert passk.passk_training(right, groups, k=1).advantages.tolist() == pytest.approx(grpo.tolist(), abs=1e-9)
    variants: tuple[passk.PkpoVariant, ...] = ("s", "loo-1")
    for variant in variants:
        got = passk.pkpo(right, groups, k=1, variant=variant)
        assert got.advantages.tolist() == pytest.approx((right / 5).tolist())


def test_large_groups_neither_overflow_nor_touch_each_other() -> None:
    rng = np.random.default_rng(0)
    small, large = rng.random(2000), rng.random(2000) * 1e9
    both = passk.pkpo(np.concatenate([small, large]), Groups.equal(4000, 2000), k=700).advantages
    alone = passk.pkpo(small, Groups.equal(2000, 2000), k=700).advantages
    assert np.isfinite(both).all()
    assert both[:2000].tolist() == alone.tolist()


def test_torch_agrees_with_numpy() -> None:
    torch = pytest.importorskip("torch")
    for seed in range(50):
        rng, groups = ragged(seed, least=3)
        right, rewards = rng.integers(0, 2, groups.rows).astype(float), rng.normal(size=groups.rows)
        rewards[0] = np.nan
        pairs: list[tuple[Any, np.ndarray, dict[str, Any]]] = [
            (passk.passk_training, right, {"k": 2}),
            (passk.top_gap, rewards, {}),
            *((passk.pkpo, rewards, {"k": 2, "variant": variant}) for variant in ("s", "loo", "loo-1")),
        ]
        for function, values, options in pairs:
            ours = function(values, groups, **options)
            theirs = function(torch.tensor(values), groups, **options)
            assert isinstance(theirs.advantages, torch.Tensor)
            assert theirs.advantages.tolist() == pytest.approx(ours.advantages.tolist(), abs=1e-12)
            assert theirs.kept.tolist() == ours.kept.tolist()
            half = function(torch.tensor(values, dtype=torch.float32), groups, **options)
            assert half.advantages.dtype == torch.float32
