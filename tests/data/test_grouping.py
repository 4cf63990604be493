"""Rows of one prompt stay together; what breaks a group is one error that names row and group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.data import grouping as module
from rewardkit.data.grouping import Grouping
from rewardkit.errors import DataError
from rewardkit.sample import Sample


def sample(group: str | None = None, prompt: str = "p", response: str = "r") -> Sample:
    return Sample(response=response, prompt=prompt, group=group)


def begins(grouping: Grouping, rows: Iterable[Sample | list[Sample] | None]) -> list[bool]:
    found = []
    for number, row in enumerate(rows, 1):
        if row is None:
            grouping.take_lost(None)
            continue
        samples = row if isinstance(row, list) else [row]
        found.append(grouping.take(f"f.jsonl, row {number}", samples, isinstance(row, list))[1])
    grouping.end()
    return found


def test_a_group_begins_where_the_id_changes() -> None:
    assert begins(Grouping("uid"), [sample("a"), sample("a"), sample("b", "q")]) == [True, False, True]


def test_without_ids_the_prompt_is_the_group_and_gives_it_a_name() -> None:
    grouping = Grouping()
    [first], _ = grouping.take("row 1", [sample(None, "one")], False)
    [again], same = grouping.take("row 2", [sample(None, "one")], False)
    [other], new = grouping.take("row 3", [sample(None, "two")], False)
    assert (same, new) == (False, True)
    assert first.group == again.group != other.group
    assert first.group is not None


def test_a_row_of_several_responses_is_a_group_of_its_own_in_every_file() -> None:
    grouping = Grouping()
    one, _ = grouping.take("a.jsonl, row 1", [sample("1"), sample("1")], True)
    two, new = grouping.take("b.jsonl, row 1", [sample("1"), sample("1")], True)
    assert new
    assert one[0].group == one[1].group != two[0].group


BACK = "row 3: group 'a' comes back after it ended at f.jsonl, row 1"
BROKEN: list[tuple[str, int | None, list[Any], str]] = [
    ("comes back", None, [sample("a"), sample("b"), sample("a")], BACK),
    ("mixes prompts", None, [sample("a", "x"), sample("a", "y")], "row 2: group 'a' mixes prompts"),
    ("too few", 2, [sample("a"), sample("b"), sample("b")], "row 1: group 'a' ends here with 1 responses, expected 2"),
    ("too few at the end", 2, [sample("a"), sample("a"), sample("b")], "row 3: group 'b' ends here with 1 responses"),
    ("too many", 1, [sample("a"), sample("a")], "row 2: group 'a' has more than the 1 responses"),
    ("no group at all", None, [sample(None, "")], "row 1 belongs to no group"),
]  # fmt: skip


@pytest.mark.parametrize(("size", "rows", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_group_is_an_error_that_names_file_row_and_group(
    size: int | None, rows: list[Any], message: str
) -> None:
    with pytest.raises(DataError, match="f.jsonl, " + message):
        begins(Grouping("uid", size), rows)


def test_a_group_is_no_larger_than_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_SAMPLES", 3)
    monkeypatch.setattr(module, "GROUP_CHARS", 10)
    with pytest.raises(DataError, match="row 4: group 'a' has more than 3 responses"):
        begins(Grouping("uid"), [sample("a")] * 4)
    with pytest.raises(DataError, match="row 2: the responses of group 'a' have more than 10 characters"):
        begins(Grouping("uid"), [sample("a", response="123456")] * 2)


def test_an_unreadable_row_counts_for_the_group_that_lacks_one() -> None:
    a, b = sample("a"), sample("b")
    begins(Grouping("uid", 2), [a, None, b, b])
    begins(Grouping("uid", 2), [a, a, None, b])
    begins(Grouping("uid", 3), [a, None, a, b, b, None])
    with pytest.raises(DataError, match="group 'b' ends here with 1"):
        begins(Grouping("uid", 2), [a, None, b])


def test_a_lost_row_with_a_readable_id_belongs_to_its_group() -> None:
    grouping = Grouping("uid", 2)
    grouping.take("row 1", [sample("a")], False)
    grouping.take_lost("a")
    grouping.take("row 3", [sample("b")], False)
    with pytest.raises(DataError, match="group 'b'"):
        grouping.end()


def test_memory_is_bounded_by_the_groups_that_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 50)
    grouping = Grouping("uid")
    for number in range(1000):
        grouping.take(f"row {number}", [sample(str(number))], False)
        assert len(grouping._recent) + len(grouping._older) <= 100
    with pytest.raises(DataError, match="comes back"):
        grouping.take("row 1000", [sample("950")], False)


@given(st.lists(st.integers(1, 6), max_size=30))
def test_groups_of_any_sizes_are_found_as_they_were_written(sizes: list[int]) -> None:
    rows = [sample(f"g{number}") for number, size in enumerate(sizes) for _ in range(size)]
    assert begins(Grouping("uid"), rows) == [place == 0 for size in sizes for place in range(size)]
