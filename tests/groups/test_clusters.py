"""Clusters of answers under an equivalence that can't be trusted to be one."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.groups.clusters import Clusters, cluster
from rewardkit.groups.layout import GroupError


def by(answers: list[str | None], equal: Callable[[str, str], bool]) -> Clusters:
    """Clusters when `equal(answer, reference)` compares texts."""

    def compare(i: int, j: int) -> bool:
        a, b = answers[i], answers[j]
        assert a is not None
        assert b is not None
        assert a != b, "texts written alike are never compared"
        return equal(a, b)

    return cluster(answers, compare)


def partition(answers: list[str | None], found: Clusters) -> set[frozenset[str]]:
    members: dict[int, set[str]] = {}
    for answer, number in zip(answers, found.ids.tolist(), strict=True):
        if answer is not None and number >= 0:
            members.setdefault(number, set()).add(answer)
    return {frozenset(texts) for texts in members.values()}


def set_aside(answers: list[str | None], found: Clusters) -> set[str | None]:
    return {answers[row] for row in found.set_aside}


def same_number(a: str, b: str) -> bool:
    return float(a) == float(b)


def test_answers_that_mean_the_same_are_one_cluster() -> None:
    answers = ["1", "1.0", None, "2", "1.00", "2.0", "3"]
    found = by(answers, same_number)
    assert found.ids.tolist() == [0, 0, -1, 1, 0, 1, 2]
    assert [answers[row] for row in found.founders[2:]] == ["3"]
    assert found.set_aside == ()


def test_a_sound_equivalence_gives_its_classes_on_random_groups() -> None:
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        answers: list[str | None] = [
            None if rng.random() < 0.1 else f"{rng.integers(0, 4)}." + "0" * int(rng.integers(1, 4))
            for _ in range(rng.integers(1, 12))
        ]
        found = by(answers, same_number)
        for i, j in itertools.combinations(range(len(answers)), 2):
            a, b = answers[i], answers[j]
            if a is not None and b is not None:
                assert (found.ids[i] == found.ids[j]) == same_number(a, b)
        assert [answer is None for answer in answers] == (found.ids < 0).tolist()
        texts, clusters = len({a for a in answers if a is not None}), int(found.ids.max(initial=-1)) + 1
        assert found.comparisons <= texts * clusters + texts
        seen: list[int] = [number for number in found.ids.tolist() if number >= 0]
        assert list(dict.fromkeys(seen)) == list(range(clusters))


def test_texts_written_alike_cost_nothing_and_one_class_about_two_for_each_text() -> None:
    assert by(["7"] * 64, same_number).comparisons == 0
    alike: list[str | None] = ["7." + "0" * i for i in range(1, 65)]
    assert by(alike, same_number).comparisons <= 2 * 64


@given(st.data())
def test_the_order_of_rows_decides_nothing_whatever_the_equivalence_says(data: st.DataObject) -> None:
    texts = ["a", "b", "c", "d", "e"]
    table = {pair: data.draw(st.booleans()) for pair in itertools.permutations(texts, 2)}
    answers: list[str | None] = data.draw(st.lists(st.sampled_from([*texts, None]), max_size=9))
    order = data.draw(st.permutations(range(len(answers))))
    shuffled = [answers[i] for i in order]
    straight, moved = (by(rows, lambda a, b: table[a, b]) for rows in (answers, shuffled))
    assert partition(answers, straight) == partition(shuffled, moved)
    assert set_aside(answers, straight) == set_aside(shuffled, moved)
    distinct = len({answer for answer in answers if answer is not None})
    assert straight.comparisons <= distinct * distinct


@given(st.data())
def test_members_equal_their_founder_and_are_equalled_in_turn(data: st.DataObject) -> None:
    """Whatever the table says: nobody joins who does not pass against the founder, and nobody votes twice."""
    texts = ["a", "b", "c", "d", "e", "f"]
    table = {pair: data.draw(st.booleans()) for pair in itertools.permutations(texts, 2)}
    answers: list[str | None] = data.draw(st.lists(st.sampled_from(texts), min_size=1, max_size=10))
    found = by(answers, lambda a, b: table[a, b])
    for row, number in enumerate(found.ids.tolist()):
        if number >= 0:
            mine, founder = answers[row], answers[found.founders[number]]
            assert mine is not None
            assert founder is not None
            assert mine == founder or table[mine, founder]
            if mine != founder:
                others = {a for a, n in zip(answers, found.ids, strict=True) if n == number and a != mine}
                assert any(table[other, mine] for other in [*others, *set_aside(answers, found)] if other is not None)


HONEST = ["1", "2", "3", "4", "5", "6"]
HUBS: dict[str, Callable[[str, str], bool]] = {
    "equals everything": lambda a, b: a.startswith("*") or b.startswith("*"),
    "accepts everything as a reference": lambda _, b: b.startswith("*"),
    "passes against every reference": lambda a, _: a.startswith("*"),
}


@pytest.mark.parametrize("how", HUBS)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("letter", range(20))
def test_one_that_matches_everything_merges_nothing_and_joins_nobody(how: str, count: int, letter: int) -> None:
    hubs = [f"*{letter}{chr(97 + i)}" for i in range(count)]
    answers: list[str | None] = [*HONEST, *hubs]
    found = by(answers, HUBS[how])
    honest = [group & set(HONEST) for group in partition(answers, found)]
    assert max(map(len, honest)) <= 1, "different answers were merged"
    if how != "equals everything" or count == 1:
        assert all(not (group & set(hubs)) or not (group & set(HONEST)) for group in partition(answers, found))


@pytest.mark.parametrize("how", HUBS)
@pytest.mark.parametrize("votes", [1, 2, 3])
@pytest.mark.parametrize("letter", range(20))
def test_one_that_matches_everything_is_not_paid_with_the_majority(how: str, votes: int, letter: int) -> None:
    answers: list[str | None] = ["1", "1", "1", "1", "2", *[f"*{letter}"] * votes]
    found = by(answers, HUBS[how])
    assert set(found.ids[:4].tolist()) == {0}
    assert not {0, int(found.ids[4])} & set(found.ids[5:].tolist())


@pytest.mark.parametrize("how", ["accepts everything as a reference", "passes against every reference"])
@pytest.mark.parametrize("letter", range(10))
def test_one_that_matches_everything_in_one_direction_takes_no_cluster_apart(how: str, letter: int) -> None:
    answers: list[str | None] = ["1", "1.0", "1.00", "2", f"*{letter}"]

    def equal(a: str, b: str) -> bool:
        return HUBS[how](a, b) if "*" in a + b else same_number(a, b)

    found = by(answers, equal)
    assert partition(answers, found) >= {frozenset({"1", "1.0", "1.00"}), frozenset({"2"})}


def test_a_lone_odd_answer_can_not_break_a_majority_apart() -> None:
    """`1` has five votes and equals both others, which do not equal each other."""
    linked = {frozenset("12"), frozenset("13")}
    answers: list[str | None] = ["1", "1", "1", "1", "1", "2", "2", "3"]
    found = by(answers, lambda a, b: frozenset((a, b)) in linked)
    assert partition(answers, found) == {frozenset({"1", "2"}), frozenset({"3"})}
    assert found.set_aside == ()


def test_a_chain_of_tolerances_is_not_closed() -> None:
    answers: list[str | None] = [f"{i / 10}" for i in range(10, 20) for _ in range(20 - i)]
    found = by(answers, lambda a, b: abs(float(a) - float(b)) < 0.11)
    assert {"1.0"} in partition(answers, found)
    assert "1.1" in set_aside(answers, found)  # it equals 1.0 and 1.2, which differ
    assert all(max(map(float, group)) - min(map(float, group)) < 0.11 for group in partition(answers, found))


def test_nothing_to_compare() -> None:
    assert cluster([], lambda _i, _j: True).ids.tolist() == []
    assert cluster([None, None], lambda _i, _j: True).ids.tolist() == [-1, -1]
    with pytest.raises(GroupError, match="answer of row 0 is a list"):
        cluster([["a"]], lambda _i, _j: True)  # type: ignore[list-item]  # that is what is refused
