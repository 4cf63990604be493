"""Advantages: worked examples, the laws that a formula has, and what happens at the edges."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardkit.groups as g
from rewardkit.errors import UsageError
from rewardkit.groups import GroupError, Groups, State, catalog

EXAMPLES = json.loads((Path(__file__).parent / "examples.json").read_text())
TOLERANCE = 1e-6  # the examples have six digits


@pytest.mark.parametrize("example", EXAMPLES["advantages"], ids=lambda e: e["name"])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_worked_examples_hold(example: dict[str, Any], library: str) -> None:
    inputs = {name: np.array(values, dtype=float) for name, values in example["inputs"].items()}
    if library == "torch":
        torch = pytest.importorskip("torch")
        inputs = {name: torch.tensor(values) for name, values in inputs.items()}
    groups = Groups.equal(len(example["advantages"]), example["size"])
    shaped = catalog.shape(example["advantage"], inputs, groups, example["options"])
    assert shaped.advantages.tolist() == pytest.approx(example["advantages"], abs=TOLERANCE)
    if "rewards" in example:
        expected = [math.nan if r is None else r for r in example["rewards"]]
        assert shaped.rewards.tolist() == pytest.approx(expected, abs=TOLERANCE, nan_ok=True)
    if "pivot" in example:
        assert [row for row, kept in enumerate(shaped.kept.tolist()) if not kept] == [example["pivot"]]


@pytest.mark.parametrize("example", EXAMPLES["rewards"], ids=lambda e: e["name"])
def test_worked_examples_of_shaped_rewards_hold(example: dict[str, Any]) -> None:
    groups = [Groups.equal(len(example["values"]), example["size"])] if example["size"] else []
    values = getattr(g, example["function"])(*example["arguments"], *groups, **example["options"])
    assert values.tolist() == pytest.approx(example["values"], abs=TOLERANCE)


# What laws hold. All: rows and groups in another order get the same advantages in that order. `affine`: r -> a r + b
# changes nothing (a > 0, eps aside). `scale`: advantages go with a. `zero_sum`: over a group.
LAWS: dict[str, dict[str, Any]] = {
    "grpo": {"affine": {"eps": 0.0}, "zero_sum": True},
    "grpo-batch": {"affine": {"eps": 0.0}, "zero_sum": True},
    "dr-grpo": {"scale": {}, "zero_sum": True},
    "rloo": {"scale": {}, "zero_sum": True},
    "reinforce++-baseline": {},
    "opo": {"scale": {}},
    "gpg": {"zero_sum": True},
    "mc-grpo": {"affine": {"eps": 0.0}, "pivot": True},
    "gdpo": {"affine": {"eps": 0.0}},
    "g2rpo": {"affine": {}, "zero_sum": True},
    "ngrpo": {"options": {"max_reward": 9.0}},
    "unlikeliness": {},
    "grpo-s": {},
    "grpo-lead": {},
    "a-grae": {},
    "psr": {},
    "nsr": {},
    "w-reinforce": {},
    "c-grpo": {},
    "shared-baseline": {"affine": {"eps": 0.0}},
    "pass-at-k": {"options": {"k": 1}, "zero_sum": True},
    "top-gap": {"affine": {"eps": 0.0}},
    "pkpo": {"options": {"k": 1, "variant": "loo-1"}},
}
BINARY = {"psr", "nsr", "w-reinforce", "a-grae", "pass-at-k"}
MADE_OF_ROW_ORDER = {"riskpo"}  # pairs the j-th responses of several prompts


def test_every_advantage_of_the_catalogue_has_its_laws_here() -> None:
    assert set(LAWS) | MADE_OF_ROW_ORDER == set(catalog.ENTRIES)


@st.composite
def batches(draw: st.DrawFn) -> dict[str, Any]:
    """Ragged groups whose rows are shuffled; rewards on a grid, so that affine maps stay exact; some not scored."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    ids = draw(st.permutations([group for group, size in enumerate(sizes) for _ in range(size)]))
    n = len(ids)
    value = st.one_of(st.sampled_from([0.0, 1.0]), st.integers(0, 64).map(lambda x: x / 8), st.just(math.nan))
    column = st.lists(value, min_size=n, max_size=n)
    distinct = draw(st.permutations(range(n)))
    return {
        "ids": np.array(ids),
        "rewards": np.array(draw(column)),
        "components": np.array([draw(column) for _ in range(3)]).T.reshape(n, 3),
        "lengths": np.array(draw(st.lists(st.integers(2, 50), min_size=n, max_size=n)), dtype=float),
        "mean_logprobs": -np.array(distinct, dtype=float) / n,
        "entropies": np.array(distinct, dtype=float) / n,
        "outcome": np.array(draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=n, max_size=n))),
        "rubric": np.array(draw(st.lists(st.integers(0, 8).map(lambda x: x / 8), min_size=n, max_size=n))),
        "order": np.array(draw(st.permutations(range(n)))),
    }


def run(name: str, batch: dict[str, Any], rows: np.ndarray | None = None, **options: Any) -> Any:
    pick = np.arange(len(batch["ids"])) if rows is None else rows
    inputs = {key: batch[key][pick] for key in catalog.INPUTS if key in batch}
    if name in BINARY:
        inputs["rewards"] = batch["outcome"][pick]
    return catalog.shape(name, inputs, Groups.of(batch["ids"][pick]), LAWS[name].get("options", {}) | options)


@pytest.mark.parametrize("name", LAWS)
@settings(max_examples=30, deadline=None)
@given(batch=batches())
def test_rows_in_another_order_get_the_same_advantages(name: str, batch: dict[str, Any]) -> None:
    before, after = run(name, batch), run(name, batch, batch["order"])
    expected, found = before.advantages[batch["order"]], after.advantages
    if LAWS[name].get("pivot"):  # of tied medians the first row is left out: with advantage 0, whichever it is
        assert after.kept.sum() == before.kept.sum()
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", [name for name, laws in LAWS.items() if "affine" in laws])
@settings(max_examples=30, deadline=None)
@given(batch=batches(), factor=st.sampled_from([0.25, 3.0, 64.0]), shift=st.sampled_from([-16.0, 0.5, 100.0]))
def test_affine_maps_of_the_rewards_change_nothing(
    name: str, batch: dict[str, Any], factor: float, shift: float
) -> None:
    moved = batch | {key: batch[key] * factor + shift for key in ("rewards", "components")}
    options = LAWS[name]["affine"]
    assert run(name, moved, **options).advantages == pytest.approx(run(name, batch, **options).advantages, abs=1e-9)


@pytest.mark.parametrize("name", [name for name, laws in LAWS.items() if "scale" in laws])
@settings(max_examples=30, deadline=None)
@given(batch=batches(), factor=st.sampled_from([0.25, 3.0]), shift=st.sampled_from([-16.0, 0.5]))
def test_centred_advantages_go_with_the_scale_alone(
    name: str, batch: dict[str, Any], factor: float, shift: float
) -> None:
    moved = batch | {"rewards": batch["rewards"] * factor + shift}
    assert run(name, moved).advantages == pytest.approx(factor * run(name, batch).advantages, abs=1e-9)


@pytest.mark.parametrize("name", [name for name, laws in LAWS.items() if laws.get("zero_sum")])
@settings(max_examples=30, deadline=None)
@given(batch=batches())
def test_advantages_of_a_group_sum_to_zero(name: str, batch: dict[str, Any]) -> None:
    shaped = run(name, batch)
    assert shaped.groups.sum(shaped.advantages) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", LAWS)
@settings(max_examples=25, deadline=None)
@given(batch=batches())
def test_rows_that_are_not_kept_have_no_advantage_and_signal_is_what_it_says(name: str, batch: dict[str, Any]) -> None:
    shaped = run(name, batch)
    assert np.isfinite(shaped.advantages).all()
    assert not shaped.advantages[~shaped.kept].any()
    assert not shaped.kept[np.isnan(shaped.rewards)].any()
    moved = shaped.groups.sum(np.abs(shaped.advantages)) > 0
    assert (shaped.signal == moved).all()


@settings(max_examples=30, deadline=None)
@given(batch=batches())
def test_a_constant_for_the_whole_group_vanishes_in_group_centred_advantages(batch: dict[str, Any]) -> None:
    bonus = batch["ids"] * 3.5
    groups = Groups.of(batch["ids"])
    for function in (g.grpo, g.dr_grpo, g.rloo, g.rank_gaussian):
        plain, raised = (function(batch["rewards"] + extra, groups).advantages for extra in (0, bonus))
        assert raised == pytest.approx(plain, abs=1e-9)


def test_leave_one_out_is_centring_with_another_factor() -> None:
    groups = Groups.of([0, 1, 0, 1, 1])
    rewards = [0.1, 0.9, 0.4, math.nan, 0.2]
    assert g.rloo(rewards, groups).advantages / 2 == pytest.approx(g.dr_grpo(rewards, groups).advantages)


def test_equal_single_and_unscored_groups_are_told_apart() -> None:
    rewards = [0.1, 0.1, 0.1, math.nan, 1.0, 0.0, math.nan, math.nan, 1.0]
    groups = Groups.of(["equal", "equal", "equal", "none", "mixed", "mixed", "one", "none", "one"])
    shaped = g.grpo(rewards, groups)
    states = dict(zip(groups.labels, (State(s).name for s in shaped.state), strict=True))
    assert states == {"equal": "EQUAL", "none": "UNSCORED", "mixed": "MIXED", "one": "SINGLE"}
    assert shaped.states == {"MIXED": 1, "EQUAL": 1, "SINGLE": 1, "UNSCORED": 1}
    assert dict(zip(groups.labels, shaped.signal.tolist(), strict=True)) == {
        "equal": False, "none": False, "mixed": True, "one": False,
    }  # fmt: skip
    assert shaped.kept.tolist() == [True, True, True, False, True, True, False, False, True]


@pytest.mark.parametrize("eps", [0.0, 1e-9])
@pytest.mark.parametrize("rewards", [[0.1 + 0.2, 0.3, 0.3], [0.7] * 3, [1e9 + 1e-7, 1e9, 1e9], [0.0] * 3])
def test_rounding_is_not_blown_up_into_a_signal(rewards: list[float], eps: float) -> None:
    shaped = g.grpo(rewards, Groups.equal(3, 3), eps=eps)
    assert shaped.advantages.tolist() == [0, 0, 0]
    assert shaped.state.tolist() == [State.EQUAL]


def test_float32_rewards_are_judged_equal_by_their_own_rounding() -> None:
    sums = np.array([0.1, 0.7], dtype=np.float32) + np.array([0.6, 0.0], dtype=np.float32)
    assert sums[0] != sums[1]
    shaped = g.grpo(sums, Groups.equal(2, 2), variant="openrlhf")
    assert shaped.advantages.tolist() == [0, 0]
    assert shaped.advantages.dtype == np.float32


def test_small_true_differences_are_a_signal() -> None:
    shaped = g.grpo([1.0, 1.0 + 1e-12], Groups.equal(2, 2), eps=0)
    assert shaped.advantages == pytest.approx([-(0.5**0.5), 0.5**0.5], rel=1e-3)


def test_a_large_common_offset_costs_no_digits() -> None:
    rewards = np.array([1.0, 2.0, 4.0])
    near, far = (g.grpo(rewards + offset, Groups.equal(3, 3)).advantages for offset in (0, 1e7))
    assert far == pytest.approx(near, abs=1e-8)


def test_virtual_sample_pushes_all_wrong_groups_and_says_so() -> None:
    shaped = g.ngrpo([0, 0, 1, 1, 0, math.nan], Groups.equal(6, 2))
    assert shaped.advantages[:2].max() < 0
    assert shaped.advantages[2:4].tolist() == [0, 0]
    assert shaped.advantages[4] < 0
    assert shaped.signal.tolist() == [True, False, True]
    assert shaped.state.tolist() == [State.EQUAL, State.EQUAL, State.SINGLE]


def test_virtual_sample_below_a_reward_is_an_error_and_not_in_the_authors_form() -> None:
    with pytest.raises(GroupError, match="above max_reward"):
        g.ngrpo([1.5, 1.5], Groups.equal(2, 2))
    assert g.ngrpo([1.5, 1.5], Groups.equal(2, 2), variant="authors").advantages.min() > 0
    assert g.ngrpo([0.7], Groups.equal(1, 1), variant="authors").advantages == pytest.approx([0.7], abs=1e-5)


@pytest.mark.parametrize("size", [3, 5, 9, 17])
def test_median_centring_of_binary_rewards_stays_of_order_one(size: int) -> None:
    rewards = [1.0] + [0.0] * (size - 1)
    sound = g.mc_grpo(rewards, Groups.equal(size, size))
    assert sound.advantages[0] == pytest.approx(2 * size**0.5, rel=0.02)
    assert sound.kept.tolist() == [True, False] + [True] * (size - 2)
    assert g.mc_grpo(rewards, Groups.equal(size, size), variant="authors-math").advantages[0] == pytest.approx(1000)


def test_exactly_one_pivot_is_left_out_of_every_scored_group() -> None:
    groups = Groups.of([0, 1, 0, 2, 0, 1, 2, 3])
    shaped = g.mc_grpo([1, 1, 0, math.nan, 0, 1, math.nan, 0.5], groups)
    left_out = groups.sum(~shaped.kept & ~np.isnan(shaped.rewards))
    assert left_out.tolist() == [1, 1, 0, 1]


def test_a_wrong_answer_never_gains_by_being_likely() -> None:
    rewards, likely, groups = [1.0, -1.0, -1.0, 1.0], [-3.0, -2.0, -1.0, -0.1], Groups.equal(4, 4)
    assert g.unlikely_rewards(rewards, likely, groups)[1:3].tolist() == [-1, -1]
    assert g.unlikely_rewards(rewards, likely, groups, variant="authors")[2] > -1


def test_decoupling_keeps_apart_what_the_sum_confuses() -> None:
    components = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    groups = Groups.equal(6, 6)
    mixed = g.grpo(g.weighted_sum(components), groups).advantages
    apart = g.gdpo(components * [1.0, 1.0], groups, weights=[1.0, 0.3]).advantages
    assert mixed[0] == mixed[1]
    assert apart[0] != apart[1]


def test_the_scale_of_a_reward_has_no_weight_in_gdpo() -> None:
    components = np.random.default_rng(0).random((12, 2))
    groups = Groups.equal(12, 4)
    plain, scaled = (g.gdpo(components * factor, groups, eps=0).advantages for factor in ([1, 1], [1000, 1]))
    assert scaled == pytest.approx(plain)


def test_rewards_that_cancel_in_the_sum_are_not_an_equal_group() -> None:
    shaped = g.gdpo([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.2]], Groups.equal(4, 2))
    assert shaped.state.tolist() == [State.MIXED, State.MIXED]
    assert shaped.rewards.tolist() == [1, 1, 1, 0.2]


def test_whitening_over_tokens_shifts_even_dead_groups_and_says_so() -> None:
    shaped = g.reinforce_plus_plus_baseline([1, 0, 1, 1], [9, 1, 5, 5], Groups.equal(4, 2))
    assert shaped.state.tolist() == [State.MIXED, State.EQUAL]
    assert shaped.signal.tolist() == [True, True]
    assert shaped.advantages[2] == shaped.advantages[3] < 0


def test_easyr1_refuses_a_group_of_one() -> None:
    with pytest.raises(GroupError, match="only one scored row"):
        g.grpo([1, 0, 1], Groups.of([0, 0, 1]), variant="easyr1")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: g.grpo([1, 2, 3], Groups.equal(4, 2)), r"shape \(4,\), not \(3,\)"),
        (lambda: g.grpo([[1, 2]], Groups.equal(2, 2)), r"not \(1, 2\)"),
        (lambda: g.grpo([1, math.inf], Groups.equal(2, 2)), "row 1 has an infinite reward"),
        (lambda: g.grpo(["a", "b"], Groups.equal(2, 2)), "must be numbers"),
        (lambda: g.grpo([1, 0], Groups.equal(2, 2), variant="trlx"), "one of trl, verl"),
        (lambda: g.psr([1, -1], Groups.equal(2, 2)), "row 1 has the reward -1"),
        (lambda: g.opo([1, 0], [0, 0], Groups.equal(2, 2)), "all are 0"),
        (lambda: g.opo([1, 0], [3, None], Groups.equal(2, 2)), "row 1 is scored but has none"),
        (lambda: g.opo([1, 0], [3, -1], Groups.equal(2, 2)), "can't be negative"),
        (lambda: g.reinforce_plus_plus_baseline([1, 0], [1, 0], Groups.equal(2, 2)), "too few"),
        (lambda: g.a_grae([-1, 0], Groups.equal(2, 2)), r"outside \[0, 1\]"),
        (lambda: g.gdpo([1, 0], Groups.equal(2, 2)), "components are"),
        (lambda: g.gdpo([[1, 0]] * 2, Groups.equal(2, 2), weights=[1]), "2 rewards a row"),
        (lambda: g.gdpo([[1, 0]] * 2, Groups.equal(2, 2), weights=[1, math.nan]), "finite"),
        (lambda: g.gdpo([[1, 0]] * 2, Groups.equal(2, 2), variant="authors-verl"), "needs the lengths"),
        (lambda: g.gdpo([[1, math.inf]] * 2, Groups.equal(2, 2)), "infinite"),
        (lambda: g.riskpo([1, 0, 1], Groups.from_sizes([1, 1, 1]), bundle=2), "last would be incomplete"),
        (lambda: g.riskpo([1, 0], Groups.equal(2, 1), bundle=2, alpha_down=0.9, alpha_up=0.2), "must hold"),
        (lambda: g.grpo_s([1, 1], [0.1, -0.1], Groups.equal(2, 2)), "entropies can't be negative"),
        (lambda: g.shared_baseline([1, 1], Groups.equal(2, 2), pool=["a", "b"]), "mixes pools"),
        (lambda: g.rloo([1, 0], Groups.equal(2, 2), single="one"), "'zero' or 'raw'"),
    ],
)
def test_what_a_formula_does_not_take_is_one_clear_error(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()


@pytest.mark.parametrize("name", LAWS)
def test_an_empty_batch_has_no_advantages(name: str) -> None:
    inputs = {key: np.zeros(0) for key in catalog.INPUTS if key not in ("components", "weights")}
    inputs["components"] = np.zeros((0, 2))
    shaped = catalog.shape(name, inputs, Groups.of([]), LAWS[name].get("options", {}))
    assert shaped.advantages.shape == (0,)
    assert shaped.states == dict.fromkeys(("MIXED", "EQUAL", "SINGLE", "UNSCORED"), 0)


def test_rows_beyond_the_smallest_group_of_a_bundle_are_in_no_paper() -> None:
    shaped = g.riskpo([1, 0, 5, 0, 1], Groups.from_sizes([3, 2]), bundle=2)
    assert shaped.kept.tolist() == [True, True, False, True, True]
    assert not shaped.signal.any()  # both papers score 1
    missing = g.riskpo([1, None, 0, 1], Groups.equal(4, 2), bundle=2)
    assert missing.kept.tolist() == [True, False, True, False]


def test_credit_of_a_paper_goes_to_its_rows_as_asked() -> None:
    rewards, groups = [1.0, 0.0, 0.0, 0.0], Groups.equal(4, 2)
    uniform, score, std = (
        g.riskpo(rewards, groups, bundle=2, credit=c).advantages for c in ("uniform", "score", "std")
    )
    assert uniform[0] == uniform[2]
    assert score == pytest.approx(uniform * [0.5, 1.5, 1.5, 1.5])
    assert std == pytest.approx(uniform / [0.5**0.5, 0.5**0.5, 1, 1])


def test_seeking_risk_pays_the_upper_tail() -> None:
    scores, groups = np.arange(10.0), Groups.equal(10, 10)
    averse, seeking = (g.mixed_risk(scores, groups, tail=tail) for tail in ("averse", "seeking"))
    assert averse[1] < averse[2]
    assert averse[9] == averse.max() == pytest.approx(averse[8:].max(), abs=1)
    assert seeking[0] == seeking[1] == seeking.min()
    assert seeking[9] > seeking[8]
    assert g.mixed_risk(scores, groups, natural_baseline=True).max() <= 0


def test_a_tracked_quantile_moves_to_its_share() -> None:
    rng = np.random.default_rng(0)
    quantile = 0.0
    for _ in range(4000):
        quantile = g.tracked_quantile(quantile, rng.random(64), alpha=0.2, rate=0.01)
    assert quantile == pytest.approx(0.2, abs=0.02)
    assert g.tracked_quantile(0.3, [None], alpha=0.2, rate=0.1) == 0.3


def test_moments_of_parts_merge_into_those_of_the_whole() -> None:
    rewards = np.random.default_rng(1).random(100) + 1e6
    parts = [g.Moments.of(part) for part in np.split(rewards, [0, 7, 50])]
    whole = parts[0].merged(parts[1]).merged(parts[2]).merged(parts[3])
    assert (whole.count, whole.mean) == (100, pytest.approx(rewards.mean()))
    assert whole.std() == pytest.approx(rewards.std(ddof=1), rel=1e-9)
    groups = Groups.equal(100, 4)
    here = g.against(rewards, groups, whole).advantages
    assert here == pytest.approx(g.shared_baseline(rewards, groups).advantages, abs=1e-7)
    assert not g.against([3.0], Groups.equal(1, 1), g.Moments.of([1.0])).signal.any()


def test_groups_of_one_pool_share_its_baseline() -> None:
    groups = Groups.of(["a", "a", "b", "b"])
    shaped = g.shared_baseline([1, 1, 0, 0], groups, pool=["task"] * 4, scale=False)
    assert shaped.advantages.tolist() == [0.5, 0.5, -0.5, -0.5]
    assert shaped.state.tolist() == [State.EQUAL, State.EQUAL]
    assert shaped.signal.all()


def test_conditioned_reward_is_not_given_for_what_could_not_be_judged() -> None:
    assert g.conditioned([1.0, 1.0], [math.nan, 1.0]).tolist() == pytest.approx([math.nan, 1.0], nan_ok=True)


def test_entropies_of_nothing_leave_the_rewards() -> None:
    assert g.entropy_rewards([1, 1, 0], [0, 0, 0.5], Groups.equal(3, 3)).tolist() == [1, 1, 0]
    assert g.entropy_rewards([0, 0], [0.1, 0.2], Groups.equal(2, 2)).tolist() == [0, 0]


def test_token_rewards_are_shared_among_the_right_rows_still_alive() -> None:
    entropies = [[0.2, 0.4, 9.0], [0.6, 0.0, 0.0], [0.1, 0.1, 0.1]]
    tokens = g.entropy_token_rewards([1, 1, 0], entropies, [2, 1, 3], Groups.equal(3, 3))
    expected = [[0.75, 1.0, math.nan], [1.25, math.nan, math.nan], [0.0, 0.0, 0.0]]
    for found, wanted in zip(tokens.tolist(), expected, strict=True):
        assert found == pytest.approx(wanted, nan_ok=True)


def test_length_factor_leaves_short_groups_and_wrong_rows_alone() -> None:
    groups = Groups.equal(4, 4)
    assert g.lead_length_rewards([1, 1, 1, 0], [100, 200, 300, 400], groups).tolist() == [1, 1, 1, 0]
    long = g.lead_length_rewards([1, 1, -1, 0], [5000, 9000, 9999, 1], groups, least=0)
    assert long[0] > 1 > long[1]
    assert long[2:].tolist() == [-1, 0]
    assert g.lead_length_rewards([1, 0], [5000, 9000], Groups.equal(2, 2)).tolist() == [1, 0]


def test_papers_are_the_jth_responses_of_the_prompts_of_a_bundle() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        bundle = int(rng.integers(1, 4))
        sizes = rng.integers(1, 5, bundle * int(rng.integers(1, 4)))
        ids = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        groups, rewards = Groups.of(ids), rng.random(len(ids))
        rows: list[list[int]] = [[] for _ in range(groups.count)]
        for at, group in enumerate(groups.index):
            rows[group].append(at)
        expected = np.zeros(len(ids))
        for first in range(0, groups.count, bundle):
            papers = list(zip(*rows[first : first + bundle], strict=False))
            scores = np.array([rewards[list(paper)].sum() for paper in papers])
            low, high = np.quantile(scores, [0.2, 0.9])
            between = (np.clip(scores - low, 0, None) - np.clip(scores - high, 0, None)) / (0.7 + 1e-6)
            tail = -np.clip(low - scores, 0, None) / (0.2 + 1e-6)
            for paper, advantage in zip(papers, (1.5 * tail + between) / 2.5, strict=True):
                expected[list(paper)] = advantage
        assert g.riskpo(rewards, groups, bundle=bundle).advantages == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "shaping",
    [
        g.rubric_mixed,
        lambda x, y, groups: g.conditioned(y, x),
        lambda x, y, groups: g.unlikely_rewards(x, -y, groups),
        g.entropy_rewards,
        lambda x, y, groups: g.lead_length_rewards(x, y * 9000, groups),
        lambda x, y, groups: g.entropy_token_rewards(x, y[:, None] * x[None, :3], y * 0 + 2, groups),
        lambda x, y, groups: g.mixed_risk(x + y, groups),
    ],
)
def test_shaped_rewards_are_the_same_in_torch(shaping: Any) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    right, share = rng.integers(0, 2, 24).astype(float), rng.random(24)
    groups = Groups.of(rng.permutation(np.arange(24) // 4))
    plain = shaping(right, share, groups)
    shaped = shaping(torch.tensor(right), torch.tensor(share), groups)
    assert isinstance(shaped, torch.Tensor)
    np.testing.assert_allclose(shaped.numpy(), plain, atol=1e-12)
