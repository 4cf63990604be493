"""Groups: who belongs together, statistics over them, and what is refused."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit.errors import UsageError
from rewardkit.groups import GroupError, Groups
from rewardkit.groups.arrays import kind_of

value = st.one_of(st.integers(-40, 40).map(lambda x: x / 8), st.just(math.nan))
tables = st.lists(st.tuples(st.integers(0, 5), value), min_size=1, max_size=40)


def lists(table: list[tuple[int, float]]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for group, x in table:
        found.setdefault(group, []).append(x)
    return found


def scored(values: list[float]) -> list[float]:
    return [x for x in values if not math.isnan(x)]


STATISTICS: dict[str, Any] = {
    "sum": (lambda groups, x: groups.sum(x), sum),
    "scored": (lambda groups, x: groups.scored(x), len),
    "mean": (lambda groups, x: groups.mean(x), lambda v: np.mean(v) if v else math.nan),
    "std": (lambda groups, x: groups.std(x), lambda v: np.std(v, ddof=1) if len(v) > 1 else math.nan),
    "std of ddof 0": (lambda groups, x: groups.std(x, ddof=0), lambda v: np.std(v) if v else math.nan),
    "min": (lambda groups, x: groups.min(x), lambda v: min(v, default=math.nan)),
    "max": (lambda groups, x: groups.max(x), lambda v: max(v, default=math.nan)),
    "median": (lambda groups, x: groups.median(x), lambda v: sorted(v)[(len(v) - 1) // 2] if v else math.nan),
    "quantile": (lambda groups, x: groups.quantile(x, 0.3), lambda v: np.quantile(v, 0.3) if v else math.nan),
}


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("name", STATISTICS)
@settings(max_examples=50, deadline=None)
@given(table=tables)
def test_statistics_of_a_group_are_those_of_its_scored_rows(name: str, library: str, table: Any) -> None:
    ours, plain = STATISTICS[name]
    groups = Groups.of([group for group, _ in table])
    values: Any = np.array([x for _, x in table])
    if library == "torch":
        values = pytest.importorskip("torch").tensor(values)
    found = ours(groups, values)
    expected = [plain(scored(group)) for group in lists(table).values()]
    assert found.tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("library", ["numpy", "torch"])
@settings(max_examples=50, deadline=None)
@given(table=tables)
def test_order_and_rank_are_those_of_a_stable_sort_with_unscored_rows_last(library: str, table: Any) -> None:
    groups = Groups.of([group for group, _ in table])
    values: Any = np.array([x for _, x in table])
    keys = [(groups.index[at], math.isnan(x), x if not math.isnan(x) else 0, at) for at, (_, x) in enumerate(table)]
    expected = [at for *_, at in sorted(keys)]
    if library == "torch":
        values = pytest.importorskip("torch").tensor(values)
    assert groups.order(values).tolist() == expected
    rank = groups.rank(values).tolist()
    for group, members in enumerate(np.split(np.array(expected), groups.starts[1:])):
        assert [rank[at] for at in members] == list(range(groups.sizes[group]))


@settings(deadline=None)
@given(ids=st.lists(st.one_of(st.integers(0, 3), st.text(max_size=2), st.tuples(st.integers(0, 1))), max_size=20))
def test_groups_are_numbered_by_their_first_rows(ids: list[Any]) -> None:
    groups = Groups.of(ids)
    assert list(groups.labels) == list(dict.fromkeys(ids))
    assert [groups.labels[number] for number in groups.index] == ids
    assert groups.sizes.tolist() == [ids.count(label) for label in groups.labels]


@settings(deadline=None)
@given(ids=st.lists(st.integers(-3, 3), min_size=1, max_size=20))
def test_ids_in_a_list_an_array_or_a_tensor_make_the_same_groups(ids: list[int]) -> None:
    torch = pytest.importorskip("torch")
    expected = Groups.of(ids)
    for given_ids in (np.array(ids), np.array(ids, dtype=object), torch.tensor(ids), np.array([str(i) for i in ids])):
        found = Groups.of(given_ids)
        assert found.index.tolist() == expected.index.tolist()
        assert [str(label) for label in found.labels] == [str(label) for label in expected.labels]


def test_none_is_a_row_that_is_not_scored() -> None:
    groups = Groups.from_sizes([2, 1])
    assert groups.mean([1.0, None, None]).tolist() == pytest.approx([1.0, math.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Groups.of(["a", "a", "b"], size=2), "every group was to have 2 rows, but 'b' has 1"),
        (lambda: Groups.of(range(9), size=2), "and 6 more"),
        (lambda: Groups.of(["a", None]), "row 1 has no group id"),
        (lambda: Groups.of([1.0, math.nan]), "row 1 has no group id"),
        (lambda: Groups.of(np.array([math.nan])), "row 0 has no group id"),
        (lambda: Groups.of([["a"], ["b"]]), "a text, a number or a tuple"),
        (lambda: Groups.of(np.zeros((2, 2))), "not an array of shape"),
        (lambda: Groups.of(["g", "g"], prompts=["2+2", "2+3"]), "'g' mixes prompts: row 1 and row 0"),
        (lambda: Groups.of(["g", "g"], prompts=["2+2"]), "2 rows, but 1 prompts"),
        (lambda: Groups.of(["g"], prompts=[None]), "row 0 has no prompt"),
        (lambda: Groups.equal(7, 2), "the last group would be incomplete"),
        (lambda: Groups.from_sizes([2, 0]), "from 1 up"),
        (lambda: Groups.from_sizes([2]).mean([1.0, 2.0, 3.0]), r"2 rows in 1 groups, but values of shape \(3,\)"),
    ],
)
def test_groups_that_cannot_be_right_are_one_clear_error(make: Any, message: str) -> None:
    with pytest.raises(GroupError, match=message):
        make()


def test_group_errors_are_usage_errors_and_value_errors() -> None:
    assert issubclass(GroupError, UsageError)
    assert issubclass(GroupError, ValueError)


def test_two_groups_may_have_one_prompt() -> None:
    assert Groups.of(["a", "b"], prompts=["2+2", "2+2"]).count == 2


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_results_come_back_in_the_dtype_given(dtype: str) -> None:
    from rewardkit.groups import grpo

    torch = pytest.importorskip("torch")
    rewards = torch.tensor([1.0, 0.0, 0.5], dtype=getattr(torch, dtype), requires_grad=True)
    shaped = grpo(rewards, Groups.equal(3, 3))
    assert shaped.advantages.dtype == rewards.dtype
    assert not shaped.advantages.requires_grad
    assert shaped.kept.dtype == shaped.signal.dtype == torch.bool


def test_a_tensor_beside_lists_decides_where_the_work_is_done() -> None:
    torch = pytest.importorskip("torch")
    assert kind_of([1.0], np.zeros(1), torch.zeros(1)).lib is torch
    assert kind_of([1.0], np.zeros(1)).lib is np


def test_work_on_many_tiny_groups_and_on_one_huge_group_is_linear() -> None:
    import time

    rows = 200_000
    values = np.random.default_rng(0).random(rows)
    for groups in (Groups.equal(rows, 1), Groups.equal(rows, rows), Groups.of(np.arange(rows)[::-1] // 2)):
        begun = time.process_time()
        groups.std(values)
        groups.rank(values)
        groups.quantile(values, 0.5)
        assert time.process_time() - begun < 2
