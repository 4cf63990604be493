"""What is chosen is what was asked for, what is not is accounted for, and a response without a reward never is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.sample import Sample
from rewardkit.selection.choosing import Best, Buckets, Filter
from rewardkit.selection.conditions import Conditions, Reasons
from rewardkit.selection.pairs import Pairs
from rewardkit.selection.scored import Response, ScoredGroup


def group_of(rewards: Sequence[float | None], texts: Sequence[str] | None = None, name: str = "g") -> ScoredGroup:
    group = ScoredGroup(name)
    for number, reward in enumerate(rewards):
        text = texts[number] if texts else f"response {number}"
        sample = Sample(response=text, prompt="p", group=name)
        outcome = "UNAVAILABLE" if reward is None else "CORRECT" if reward >= 1 else "INCORRECT"
        passes = outcome == "CORRECT"
        group.responses.append(Response(f"row {number}", None, sample, reward, outcome, passes))  # type: ignore[arg-type]
    return group


REWARDS = st.lists(st.one_of(st.none(), st.floats(0, 1).map(lambda x: round(x, 1))), min_size=1, max_size=12)
CONDITIONS = st.builds(
    Conditions,
    min_reward=st.sampled_from([None, 0.0, 0.5]),
    max_reward=st.sampled_from([None, 0.7, 1.0]),
    outcomes=st.sampled_from([frozenset[str](), frozenset({"CORRECT"})]),
    max_pass_rate=st.sampled_from([None, 0.4]),
    min_scored=st.integers(1, 4),
    needs_signal=st.booleans(),
    distinct=st.booleans(),
)


@given(REWARDS, CONDITIONS, st.integers(1, 3), st.sampled_from(["first", "shortest", "random"]))
def test_best_and_filter_account_for_every_response(
    rewards: list[float | None], conditions: Conditions, count: int, ties: str
) -> None:
    group = group_of(rewards)
    for chooser in (Best(conditions, count, ties), Filter(conditions), Filter(conditions, count, seed=3)):  # type: ignore[arg-type]
        reasons: Reasons = Counter()
        chosen = chooser.choose(group, reasons)
        assert all(response.reward is not None for response in chosen)
        assert len(chosen) + sum(reasons.values()) == len(rewards)
        assert all(reasons.values())
        assert chosen == chooser.choose(group, Counter())  # nothing depends on anything but the seed
        places = [group.responses.index(response) for response in chosen]
        assert places == sorted(places)


@given(REWARDS, st.integers(1, 5))
def test_the_best_are_the_best(rewards: list[float | None], count: int) -> None:
    chosen = Best(count=count).choose(group_of(rewards), Counter())
    values = sorted((r for r in rewards if r is not None), reverse=True)
    assert sorted((r.reward for r in chosen if r.reward is not None), reverse=True) == values[:count]


def test_ties_are_broken_as_asked() -> None:
    group = group_of([1.0, 1.0, 0.0], ["long text", "short", "x"])
    assert [r.where for r in Best().choose(group, Counter())] == ["row 0"]
    assert [r.where for r in Best(ties="shortest").choose(group, Counter())] == ["row 1"]
    drawn = {Best(ties="random", seed=seed).choose(group, Counter())[0].where for seed in range(30)}
    assert drawn == {"row 0", "row 1"}


def test_equal_texts_are_taken_once() -> None:
    reasons: Reasons = Counter()
    chosen = Filter(Conditions(distinct=True)).choose(group_of([1.0, 1.0, 0.5], ["a", "a", "b"]), reasons)
    assert [r.where for r in chosen] == ["row 0", "row 2"]
    assert reasons == {"with the same text as another one of their prompt": 1}


@given(
    REWARDS,
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    st.integers(1, 5),
    st.sampled_from(["random", "widest"]),
    st.sampled_from([None, 1.0, 1.5]),
    st.data(),
)
def test_a_pair_is_a_response_and_a_worse_one(
    rewards: list[float | None], margin: float, count: int, pick: str, ratio: float | None, data: st.DataObject
) -> None:
    texts = data.draw(
        st.lists(st.sampled_from(["a", "bb", "ccc", "dddd"]), min_size=len(rewards), max_size=len(rewards))
    )
    chooser = Pairs(margin=margin, count=count, pick=pick, length_ratio=ratio)  # type: ignore[arg-type]
    reasons: Reasons = Counter()
    pairs = chooser.choose(group_of(rewards, texts), reasons)
    assert len(pairs) <= count
    assert len({(p.chosen.where, p.rejected.where) for p in pairs}) == len(pairs)
    for chosen, rejected in pairs:
        assert chosen.reward is not None
        assert rejected.reward is not None
        assert chosen.reward > rejected.reward
        assert chosen.reward - rejected.reward >= margin - 1e-9
        a, b = sorted(len(one.sample.response_text) for one in (chosen, rejected))
        assert chosen.sample.response_text != rejected.sample.response_text
        assert ratio is None or b <= ratio * a
    possible = [
        (x, y) for i, x in enumerate(rewards) for j, y in enumerate(rewards)
        if x is not None and y is not None and x > y and x - y >= margin - 1e-9 and texts[i] != texts[j]
        and (ratio is None or max(map(len, (texts[i], texts[j]))) <= ratio * min(map(len, (texts[i], texts[j]))))
    ]  # fmt: skip
    assert len(pairs) == min(count, len(possible)) or pick == "widest"
    assert bool(pairs) == bool(possible)
    assert bool(pairs) != any(why.startswith("prompts") for why in reasons)


def test_the_widest_pairs_are_those_furthest_apart() -> None:
    pairs = Pairs(count=2, pick="widest").choose(group_of([0.1, 0.9, 0.5, 0.0]), Counter())
    assert [(p.chosen.reward, p.rejected.reward) for p in pairs] == [(0.9, 0.0), (0.9, 0.1)]


def test_balance_keeps_the_chosen_as_long_as_the_rejected() -> None:
    def drift(balance: bool) -> float:
        chooser = Pairs(balance=balance)
        for number in range(300):  # the better ones are mostly longer, as they are in practice
            rewards = [1.0] * 4 + [0.0] * 4
            texts = ["x" * n for n in (40, 90, 150, 300, 20, 60, 80, 120)]
            chooser.choose(group_of(rewards, texts, f"g{number}"), Counter())
        return chooser.chosen_chars / chooser.rejected_chars

    assert drift(False) > 1.5
    assert abs(drift(True) - 1) < 0.15


def test_a_choice_does_not_depend_on_the_other_groups() -> None:
    groups = [group_of([1.0, 0.0, 0.5, 0.2], name=f"g{n}") for n in range(20)]

    def choice(order: Sequence[ScoredGroup]) -> dict[str, list[tuple[str, str]]]:
        chooser = Pairs(seed=4)
        return {g.name: [(p.chosen.where, p.rejected.where) for p in chooser.choose(g, Counter())] for g in order}

    assert choice(groups) == choice(groups[::-1])
    assert len({str(pairs) for pairs in choice(groups).values()}) > 1


def test_the_largest_group_costs_no_more_than_sorting_it() -> None:
    chooser = Pairs(count=4, balance=True)
    rewards = [(number * 7919 % 1000) / 1000 for number in range(16_384)]
    group = group_of(rewards)
    begun = time.perf_counter()
    assert len(chooser.choose(group, Counter())) == 4
    assert time.perf_counter() - begun < 2.0


@pytest.mark.parametrize(
    ("rewards", "bucket"),
    [([0, 0], "unsolved"), ([1, 0, 0, 0], "hard"), ([1, 0], "medium"), ([1, 1, 1, 0], "easy"), ([1, 1], "solved")],
)
def test_a_prompt_is_put_into_its_bucket(rewards: list[float], bucket: str) -> None:
    chosen = Buckets().choose(group_of([*rewards, None]), Counter())
    assert chosen is not None
    assert chosen[1] == bucket


def test_buckets_that_are_not_wanted_are_counted() -> None:
    reasons: Reasons = Counter()
    chooser = Buckets(Conditions(min_scored=2), wanted=frozenset({"medium"}))
    assert [chooser.choose(g, reasons) is None for g in map(group_of, ([1, 0], [1, 1], [None], [1]))] == [
        False,
        True,
        True,
        True,
    ]
    assert reasons == {
        "prompts in the bucket solved": 1,
        "prompts without a scored response": 1,
        "prompts with fewer than 2 scored responses": 1,
    }


WRONG = [
    (lambda: Conditions(min_reward=1, max_reward=0), "lies above"),
    (lambda: Conditions(max_pass_rate=2), "between 0 and 1"),
    (lambda: Conditions(min_reward=float("nan")), "finite"),
    (lambda: Pairs(margin=-1), "margin"),
    (lambda: Pairs(count=1000), "1 to 128"),
    (lambda: Pairs(length_ratio=0.5), "length ratio"),
    (lambda: Pairs(balance=True, pick="widest"), "either"),
    (lambda: Buckets(edges=(0.5, 0.2)), "ascend"),
    (lambda: Buckets(wanted=frozenset({"tough"})), "no bucket 'tough'"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_condition_that_can_hold_of_nothing_is_an_error(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(OptionError, match=message):
        make()
