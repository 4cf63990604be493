"""What has gone wrong with groups in public trainers, and must not go wrong here."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rewardkit.groups as g
from rewardkit import Outcome
from rewardkit.gates.combine import Sum
from rewardkit.gates.node import Part
from rewardkit.groups import GroupError, Groups, State, catalog
from rewardkit.groups.potential import self_correction
from rewardkit.recipe import get
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Score
from rewardkit.shaping import Shaping
from rewardkit.summary import Summary

NAN = math.nan
OPTIONS = {"pass-at-k": {"k": 2}, "pkpo": {"k": 2}, "riskpo": {"bundle": 1}, "ngrpo": {"max_reward": 1.0}}


def inputs(rewards: list[float]) -> dict[str, Any]:
    """Everything that a formula may ask for, the same for every row but the reward."""
    n = len(rewards)
    same = {"lengths": 10.0, "mean_logprobs": -1.0, "entropies": 0.5, "rubric": 0.5, "pool": "a"}
    table = [[r, r] for r in rewards] if n else np.zeros((0, 2))
    return {key: [value] * n for key, value in same.items()} | {
        "rewards": rewards,
        "components": table,
        "outcome": rewards,
    }


# All responses alike came out as zeros that looked like any other result.
@pytest.mark.parametrize("name", list(catalog.ENTRIES))
@pytest.mark.parametrize(
    ("rewards", "state"),
    [
        ([0.0] * 4, State.EQUAL),
        ([1.0] * 4, State.EQUAL),
        ([NAN, 1.0, NAN, NAN], State.SINGLE),
        ([NAN] * 4, State.UNSCORED),
        ([0.0, 1.0, 0.0, 1.0], State.MIXED),
    ],
)
def test_how_a_group_stands_is_told_by_every_formula(name: str, rewards: list[float], state: State) -> None:
    shaped = catalog.shape(name, inputs(rewards), Groups.equal(4, 4), OPTIONS.get(name))
    assert shaped.state.tolist() == [state]
    assert np.isfinite(shaped.advantages).all()
    assert shaped.signal.tolist() == [bool((shaped.advantages != 0).any())]
    if state is State.UNSCORED:
        assert not shaped.kept.any()


# A summary called a group mixed, and so fit to train on, whose rewards were all one and the same half.
@pytest.mark.parametrize(
    ("values", "counted"),
    [
        ([0.0, 0.0], "all_bottom"),
        ([1.0, 1.0], "all_top"),
        ([0.5, 0.5], "all_equal"),
        ([0.5, 0.5, None], "all_equal"),
        ([0.5, 0.25], "mixed"),
        ([None, None], "unscored"),
    ],
)
def test_a_summary_counts_a_group_as_what_it_is(values: list[float | None], counted: str) -> None:
    summary = Summary(UNIT)
    for value in values:
        summary.add("q", "row", value, Outcome.PARTIAL, "")
    summary.close()
    kinds = ("all_bottom", "all_top", "all_equal", "mixed", "unscored")
    assert {kind: getattr(summary.groups, kind) for kind in kinds} == {kind: int(kind == counted) for kind in kinds}


# Different mixes of two rewards got one advantage, because they were added before they were normalised.
def test_mixes_of_one_total_stay_different_when_normalised_apart() -> None:
    table = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 1.0]]
    groups = Groups.equal(4, 4)
    added = g.grpo(g.weighted_sum(table), groups).advantages
    apart = g.gdpo(table, groups).advantages
    assert added[0] == added[1]
    assert apart[0] > apart[1] + 0.1


# In a small group the mean lay above most rewards, and the sign of an advantage hung on one lucky row.
def test_one_lucky_row_does_not_turn_the_sign_of_the_others_under_a_median() -> None:
    rewards = [0.2, 0.5, 0.4, 0.3, 100.0]
    groups = Groups.equal(5, 5)
    assert g.grpo(rewards, groups).advantages[1] < 0
    assert g.mc_grpo(rewards, groups).advantages[1] > 0


# An outlier with a heavy tail took all of the scale, and left nothing for the rest of the group.
@given(outlier=st.floats(2.0, 1e60))
def test_an_outlier_weighs_no_more_than_its_rank(outlier: float) -> None:
    rewards = [0.1, 0.2, 0.3, outlier]
    ranked = g.rank_gaussian(rewards, Groups.equal(4, 4)).advantages
    assert ranked.tolist() == g.rank_gaussian([0.1, 0.2, 0.3, 0.4], Groups.equal(4, 4)).advantages.tolist()


# The tail was asked for, and the mean was given.
def test_the_lower_tail_is_pushed_harder_than_the_upper_one_is_pulled() -> None:
    papers = [0.0, 1.0, 2.0, 3.0, 4.0]
    shaped = g.riskpo(papers, Groups.equal(5, 5), bundle=1)
    low, high = shaped.advantages[0], shaped.advantages[-1]
    assert low < 0 < high
    assert -low > high


# Division by the deviation makes questions that are nearly all right or all wrong count more than others.
def test_the_bias_of_the_deviation_can_be_turned_off() -> None:
    hard, even = [1.0] + [0.0] * 7, [1.0] * 4 + [0.0] * 4
    groups = Groups.equal(16, 8)
    scaled = g.grpo([*hard, *even], groups).advantages
    plain = g.dr_grpo([*hard, *even], groups).advantages
    assert scaled[0] / scaled[8] > 2
    assert plain[0] / plain[8] == pytest.approx((7 / 8) / (1 / 2))


# An unlikely response was lifted although it was wrong.
@given(
    rewards=st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=8),
    shift=st.integers(0, 7),
)
def test_no_likelihood_lifts_a_wrong_response(rewards: list[float], shift: int) -> None:
    n = len(rewards)
    likely = [-1.0 - (i + shift) % n for i in range(n)]
    shaped = g.unlikely_rewards(rewards, likely, Groups.equal(n, n))
    assert all(new == old for new, old in zip(shaped, rewards, strict=True) if old <= 0)
    assert all(new <= old for new, old in zip(shaped, rewards, strict=True))


# Copies of one response were ranked by their place in the batch, and trained in different directions.
def test_copies_of_one_response_get_one_reward() -> None:
    shaped = g.unlikely_rewards([1.0, 1.0, 1.0, 1.0], [-0.5, -0.2, -0.5, -0.9], Groups.equal(4, 4))
    assert shaped.tolist() == [1 - 0.25 * rank / 4 for rank in (1.5, 3, 1.5, 0)]


# A lost rollout was not missed, and statistics over the rest passed for those of the group.
def test_a_part_of_a_group_never_passes_for_the_whole() -> None:
    with pytest.raises(GroupError, match="incomplete"):
        Groups.equal(7, 4)
    with pytest.raises(GroupError, match="'b'"):
        Groups.of(["a", "a", "b"], size=2)
    with pytest.raises(GroupError, match="prompt"):
        Groups.of(["a", "a"], prompts=["1 + 1?", "2 + 2?"])


# Scores so large that their squares are infinite gave advantages that were no numbers.
@pytest.mark.parametrize("name", [name for name in catalog.ENTRIES if name not in ("psr", "nsr", "w-reinforce")])
@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e308])
def test_no_reward_makes_an_advantage_that_is_no_number(name: str, value: float) -> None:
    with pytest.raises(GroupError):
        catalog.shape(name, inputs([value, -value, 0.0, 1.0]), Groups.equal(4, 4), OPTIONS.get(name))


# A penalty whose checker broke on a response counted as no penalty once the parts were normalised apart.
@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.TIMEOUT, Outcome.UNDECIDED, Outcome.CRASHED])
def test_breaking_a_penalty_does_not_pay_in_a_decoupled_advantage(outcome: Outcome) -> None:
    reward = Sum((Part(get("exact").named("right")), Part(get("f1").named("penalty"), -1.0)))
    kept = [Score.of(Outcome.CORRECT, ""), Score.of(Outcome.INCORRECT, "")]
    broken = [Score.of(Outcome.CORRECT, ""), Score.of(outcome, "")]
    both = [dict(zip(("right", "penalty"), parts, strict=True)) for parts in (kept, kept, broken)]
    scores = [reward.combine(parts) for parts in both]
    samples = [Sample(response=str(i), group="q") for i in range(3)]
    columns = Shaping("gdpo", reward, batch=3).shape(samples, scores)
    assert columns["advantage"][0] == columns["advantage"][1] > columns["advantage"][2]


# A first attempt was spoilt on purpose, since correcting it paid more than being right at once.
def test_a_spoilt_first_attempt_shows_beside_the_bonus() -> None:
    pair = self_correction([0.0, 1.0], [1.0, 1.0])
    assert pair.second[0] > pair.second[1], "the bonus invites it"
    assert pair.first.tolist() == [0.0, 1.0], "so the first attempt is paid its own reward"
    assert pair.quality[0] == pair.quality[1], "and what the revision is worth stands apart"
