"""Majority votes and frequencies."""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.vote import tally, ttrl, ttrv

EXAMPLES = json.loads((Path(__file__).parent / "examples_votes.json").read_text())
BALLOTS = st.lists(st.integers(-1, 3), min_size=1, max_size=9)


def numbered(answers: list[str]) -> list[int]:
    first = list(dict.fromkeys(answers))
    return [first.index(answer) for answer in answers]


def ids_in(library: str, ids: list[int]) -> Any:
    return pytest.importorskip("torch").tensor(ids) if library == "torch" else np.array(ids, dtype=np.int64)


def ragged(seed: int) -> tuple[np.ndarray, Groups, list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    groups = Groups.of(rng.integers(0, 4, rng.integers(1, 20)))
    return rng.integers(-1, 4, groups.rows), groups, [np.flatnonzero(groups.index == g) for g in range(groups.count)]


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_worked_case_of_a_majority_holds(library: str) -> None:
    example = EXAMPLES["ttrl_majority"]
    answers = example["inputs"]["answers"]
    vote = ttrl(ids_in(library, numbered(answers)), Groups.equal(5, 5), ties="first")
    assert vote.rewards.tolist() == example["expected"]["rewards"]
    assert answers[int(vote.winner[0])] == example["expected"]["label"]


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_worked_case_of_frequencies_holds(library: str) -> None:
    example = EXAMPLES["ttrv"]
    ids, groups = ids_in(library, numbered(example["inputs"]["answers"])), Groups.equal(5, 5)
    rewards = ttrv(ids, groups, weight=example["params"]["lambda"], entropy="published")
    assert rewards.tolist() == pytest.approx(example["expected"]["rewards"], abs=1e-6)
    r = np.array(rewards.tolist())
    grpo = (r - r.mean()) / (r.std(ddof=1) + 1e-6)
    assert grpo.tolist() == pytest.approx(example["expected"]["grpo_adv"], abs=2e-6)


def slow_ttrl(ids: list[int], ties: str, fewest: int) -> tuple[list[float], int]:
    counts = Counter(i for i in ids if i >= 0)  # in the order of first rows
    top = max(counts.values(), default=0)
    best = [i for i, count in counts.items() if count == top]
    if top < fewest or not best or (ties == "none" and len(best) > 1):
        return [0.0] * len(ids), -1
    paid = best if ties == "all" else best[:1]
    return [float(i in paid) for i in ids], best[0]


@pytest.mark.parametrize("ties", ["none", "all", "first"])
@pytest.mark.parametrize("fewest", [1, 2, 3])
def test_votes_agree_with_counting_on_random_groups(ties: Any, fewest: int) -> None:
    for seed in range(1000):
        ids, groups, rows = ragged(seed)
        vote = ttrl(ids, groups, ties=ties, fewest=fewest)
        for g, mine in enumerate(rows):
            rewards, winner = slow_ttrl(ids[mine].tolist(), ties, fewest)
            assert vote.rewards[mine].tolist() == rewards
            assert vote.winner[g] == winner


def slow_ttrv(ids: list[int], weight: float, entropy: str) -> list[float]:
    n, counts = len(ids), Counter(ids)
    p = [counts[i] / n if i >= 0 else 0.0 for i in ids]
    if entropy == "surprisal":
        return [q - weight * (-math.log(q) / math.log(max(n, 2)) if q > 0 else 1.0) for q in p]
    shares = [count / n for count in counts.values()]
    h = -sum(q * math.log(q) for q in shares) / math.log(len(shares)) if len(shares) > 1 else 0.0
    return [q - weight * h for q in p]


@pytest.mark.parametrize("entropy", ["surprisal", "published"])
def test_frequencies_agree_with_the_formula_on_random_groups(entropy: Any) -> None:
    for seed in range(1000):
        ids, groups, rows = ragged(seed)
        got = ttrv(ids, groups, weight=0.6, entropy=entropy)
        for mine in rows:
            assert got[mine].tolist() == pytest.approx(slow_ttrv(ids[mine].tolist(), 0.6, entropy), abs=1e-12)


@given(BALLOTS, st.floats(0, 3))
def test_frequencies_stay_in_their_range_and_silence_gets_the_bottom(ids: list[int], weight: float) -> None:
    got = ttrv(np.array(ids), Groups.equal(len(ids), len(ids)), weight=weight)
    assert ((got >= -weight - 1e-12) & (got <= 1 + 1e-12)).all()
    assert got[np.array(ids) < 0].tolist() == pytest.approx([-weight] * ids.count(-1))


@given(BALLOTS)
def test_a_more_frequent_answer_is_never_paid_less(ids: list[int]) -> None:
    got, counts = ttrv(np.array(ids), Groups.equal(len(ids), len(ids))), Counter(ids)
    voted = [i for i, vote in enumerate(ids) if vote >= 0]
    order = sorted(voted, key=lambda i: counts[ids[i]])
    assert (np.diff(got[order]) >= -1e-12).all()


@given(st.lists(st.integers(0, 3), min_size=2, max_size=9))
def test_surprisal_is_the_entropy_told_row_by_row(ids: list[int]) -> None:
    groups = Groups.equal(len(ids), len(ids))
    apart = ttrv(np.array(ids), groups, weight=0.0) - ttrv(np.array(ids), groups, weight=1.0)
    assert apart.mean() == pytest.approx(tally(np.array(ids), groups).entropy[0], abs=1e-12)


def test_the_published_entropy_cancels_in_a_centred_group_and_surprisal_does_not() -> None:
    ids, groups = np.array([0, 0, 0, 1, 2, 2]), Groups.equal(6, 6)
    plain, published, surprisal = (
        ttrv(ids, groups, weight=weight, entropy=entropy) - ttrv(ids, groups, weight=weight, entropy=entropy).mean()
        for weight, entropy in ((0.0, "surprisal"), (0.75, "published"), (0.75, "surprisal"))
    )
    assert published.tolist() == pytest.approx(plain.tolist(), abs=1e-12)
    assert np.abs(surprisal - plain).max() > 0.1


@given(BALLOTS, st.randoms(use_true_random=False))
def test_permuting_rows_permutes_the_rewards(ids: list[int], random: Any) -> None:
    order = list(range(len(ids)))
    random.shuffle(order)
    values, groups = np.array(ids), Groups.equal(len(ids), len(ids))
    for ties in ("none", "all"):
        straight, moved = ttrl(values, groups, ties=ties), ttrl(values[order], groups, ties=ties)
        assert moved.rewards.tolist() == straight.rewards[order].tolist()
    assert ttrv(values[order], groups).tolist() == pytest.approx(ttrv(values, groups)[order].tolist())


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.permutations(range(4)))
def test_the_numbers_of_clusters_mean_nothing(ids: list[int], names: list[int]) -> None:
    groups = Groups.equal(len(ids), len(ids))
    renamed = np.array([names[i] for i in ids])
    assert ttrl(renamed, groups).rewards.tolist() == ttrl(np.array(ids), groups).rewards.tolist()


def test_a_tie_pays_nobody_unless_told_to_and_a_lone_answer_is_no_majority() -> None:
    groups = Groups.equal(4, 4)
    assert ttrl(np.array([0, 0, 1, 1]), groups).rewards.tolist() == [0, 0, 0, 0]
    assert ttrl(np.array([0, 0, 1, 1]), groups, ties="all").rewards.tolist() == [1, 1, 1, 1]
    assert ttrl(np.array([0, -1, -1, -1]), groups, ties="all").rewards.tolist() == [0, 0, 0, 0]
    assert ttrl(np.array([0, 1, 2, 3]), groups, ties="all").winner.tolist() == [-1]


def test_silence_does_not_vote_but_counts_in_the_group() -> None:
    ids, groups = np.array([-1, -1, -1, -1, -1, 0, 0, 1]), Groups.equal(8, 8)
    assert ttrl(ids, groups).rewards.tolist() == [0] * 5 + [1, 1, 0]
    counted = tally(ids, groups)
    assert counted.share.tolist() == [0] * 5 + [0.25, 0.25, 0.125]
    assert counted.answered.tolist() == [3]


def test_a_collapse_shows_in_the_tally() -> None:
    counted = tally(np.array([0, 0, 0, 0, 0, 1, 2, 3]), Groups.equal(8, 4))
    assert counted.majority.tolist() == [1, 0.25]
    assert counted.entropy.tolist() == pytest.approx([0, 1])
    assert counted.clusters.tolist() == [1, 4]


def test_torch_agrees_with_numpy() -> None:
    torch = pytest.importorskip("torch")
    for seed in range(50):
        ids, groups, _ = ragged(seed)
        ours, theirs = ttrl(ids, groups), ttrl(torch.tensor(ids), groups)
        assert isinstance(theirs.rewards, torch.Tensor)
        assert theirs.rewards.tolist() == ours.rewards.tolist()
        assert theirs.winner.tolist() == ours.winner.tolist()
        assert ttrv(torch.tensor(ids), groups).tolist() == pytest.approx(ttrv(ids, groups).tolist(), abs=1e-12)
        assert tally(torch.tensor(ids), groups).entropy.tolist() == tally(ids, groups).entropy.tolist()


def test_groups_do_not_share_cluster_numbers() -> None:
    vote = ttrl(np.array([0, 0, 0, 1]), Groups.of(["a", "b", "a", "b"]))
    assert vote.rewards.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: ttrl([0.5, 1.0], Groups.equal(2, 2)),
        lambda: ttrl([0], Groups.equal(2, 2)),
        lambda: ttrl([0, 0], Groups.equal(2, 2), ties="last"),  # type: ignore[arg-type]  # that is what is refused
        lambda: ttrl([0, 0], Groups.equal(2, 2), fewest=0),
        lambda: ttrv([0, 0], Groups.equal(2, 2), weight=-1.0),
        lambda: ttrv([0, 0], Groups.equal(2, 2), entropy="none"),  # type: ignore[arg-type]  # the same
    ],
)
def test_what_does_not_fit_is_refused(call: Any) -> None:
    with pytest.raises(GroupError):
        call()
