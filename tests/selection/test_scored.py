"""Scored rows are read back as groups, whatever wrote them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.errors import DataError, UsageError
from rewardkit.groups import Groups
from rewardkit.groups.passk import pass_at_k_curve
from rewardkit.sample import Sample
from rewardkit.selection.report import NAMED, GroupReport
from rewardkit.selection.scored import Response, Scored, ScoredGroup


def write(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return str(path)


def group_of(rewards: Sequence[float | None], name: str = "g") -> ScoredGroup:
    group = ScoredGroup(name)
    for number, reward in enumerate(rewards):
        sample = Sample(response=f"r{number}", prompt="p", group=name)
        outcome = "BAD_REFERENCE" if reward is None else "CORRECT" if reward == 1 else "INCORRECT"
        group.responses.append(Response(f"row {number}", None, sample, reward, outcome, reward == 1))  # type: ignore[arg-type]
    return group


def test_rows_lists_errors_and_nulls_come_back_as_groups(tmp_path: Path) -> None:
    rows = [
        {"uid": "a", "response": "x", "reward": 1.0, "outcome": "CORRECT"},
        {"uid": "a", "response": "y", "reward": None, "outcome": "BAD_REFERENCE"},
        {"uid": "a", "response": None, "reward": None, "outcome": None, "error": "response is null"},
        "no json",
        {"uid": "b", "response": ["x", "y"], "reward": [0.5, None], "outcome": ["PARTIAL", "UNAVAILABLE"]},
        {"uid": "c", "response": ["x", "y"], "reward": [0.5], "outcome": ["PARTIAL"]},
        {"uid": "d", "response": "x", "reward": "high", "outcome": "CORRECT"},
    ]
    groups = list(Scored.open([write(tmp_path / "s.jsonl", rows)]).groups())
    assert [(g.name, [r.reward for r in g.responses], len(g.lost)) for g in groups] == [
        ("a", [1.0, None], 2),
        ("b", [0.5, None], 2),
    ]
    assert groups[0].pass_rate == 1.0
    assert "list of as many values" in groups[1].lost[0][1]
    assert "expected a number" in groups[1].lost[1][1]


def test_a_file_of_rewards_alone_will_do_to_look_at(tmp_path: Path) -> None:
    rows = [{"uid": g, "score": s} for g, s in (("a", 1), ("a", 0.5), ("b", True), ("b", False))]
    path = write(tmp_path / "s.jsonl", rows)
    scored = Scored.open([path], needs_response=False)
    assert "a response passes with a reward from 1 up" in scored.describe()
    assert [g.pass_rate for g in scored.groups()] == [0.5, 0.5]
    assert [g.pass_rate for g in Scored.open([path], needs_response=False, pass_at=0.5).groups()] == [1.0, 0.5]
    with pytest.raises(UsageError, match="response"):
        Scored.open([path])
    write(tmp_path / "l.jsonl", [{"reward": []}, {"reward": [1, 0]}])
    [group] = Scored.open([str(tmp_path / "l.jsonl")], needs_response=False).groups()
    assert (group.pass_rate, len(group.lost)) == (0.5, 1)


def test_chance_does_not_depend_on_the_name_of_the_file(tmp_path: Path) -> None:
    rows = [{"prompt": "one", "response": str(i), "reward": i} for i in range(3)]
    found = [next(Scored.open([write(tmp_path / name, rows)]).groups()) for name in ("a.jsonl", "b.jsonl")]
    assert found[0].name != found[1].name
    assert found[0].key == found[1].key


def test_a_prefix_of_the_added_columns_is_found_from_the_reward(tmp_path: Path) -> None:
    rows = [{"uid": "a", "response": "x", "rk_reward": 0.0, "rk_outcome": "CORRECT", "rk_error": None}]
    scored = Scored.open([write(tmp_path / "s.jsonl", rows)], reward="rk_reward")
    assert (scored.outcome, next(scored.groups()).pass_rate) == ("rk_outcome", 1.0)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"reward": "rewrad"}, "did you mean 'reward'"),
        ({"outcome": "result"}, "no column 'result'"),
        ({"pass_at": float("nan")}, "finite"),
    ],
)
def test_a_wrong_column_is_one_error(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "s.jsonl", [{"uid": "a", "response": "x", "reward": 1}])
    with pytest.raises(UsageError, match=message):
        Scored.open([path], **columns)


def test_a_file_that_was_not_scored_is_told_so(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", [{"uid": "a", "response": "x"}])
    with pytest.raises(UsageError, match=r"no column looks like the reward.*rewardkit score"):
        Scored.open([path])


def test_a_broken_group_is_an_error_after_the_groups_before_it(tmp_path: Path) -> None:
    rows = [{"uid": u, "response": "x", "reward": 1} for u in "aabba"]
    scored = Scored.open([write(tmp_path / "s.jsonl", rows)])
    seen: list[str] = []
    with pytest.raises(DataError, match=r"s\.jsonl, row 5: group 'a' comes back"):
        seen.extend(group.name for group in scored.groups())
    assert seen == ["a"]


def test_one_group_is_held_at_a_time(tmp_path: Path) -> None:
    rows = [{"uid": str(g), "response": "x", "reward": 1} for g in range(1000) for _ in range(4)]
    scored = Scored.open([write(tmp_path / "s.jsonl", rows)])
    read = 0
    inner = scored.sources[0].rows

    def counted(skip: int = 0) -> Any:
        nonlocal read
        for row in inner(skip):
            read += 1
            yield row

    scored.sources[0].rows = counted  # type: ignore[method-assign]  # counts what is read
    for number, group in enumerate(scored.groups(), 1):
        assert len(group.responses) == 4
        assert read <= 4 * number + 1


REWARDS = st.one_of(st.none(), st.sampled_from([0.0, 1.0]), st.floats(-5, 5, allow_nan=False))


@given(st.lists(st.lists(REWARDS, min_size=1, max_size=9), min_size=1, max_size=20))
def test_the_report_is_what_the_whole_table_says(table: list[list[float | None]]) -> None:
    report = GroupReport()
    for number, rewards in enumerate(table):
        report.add(group_of(rewards, f"g{number}"))
    values = [np.array([r for r in rewards if r is not None]) for rewards in table]
    flat = np.concatenate(values)
    assert (report.groups, report.responses, report.scored) == (len(table), sum(map(len, table)), len(flat))
    assert sum(report.states.values()) == len(table)
    assert sum(count for _, count in report.histogram()) == sum(len(v) > 0 for v in values)
    if len(flat):
        spread = report.variance
        assert spread is not None
        assert spread["total"] == pytest.approx(flat.var(), abs=1e-9)
        within = sum(((v - v.mean()) ** 2).sum() for v in values if len(v)) / len(flat)
        assert spread["within"] == pytest.approx(within, abs=1e-9)
        assert spread["total"] == pytest.approx(spread["within"] + spread["between"])
    correct = [None if r is None else float(r == 1) for rewards in table for r in rewards]
    points = report.pass_at_k()
    curve = pass_at_k_curve(correct, Groups.from_sizes([len(r) for r in table]), [p["k"] for p in points])
    for point, expected in zip(points, curve, strict=True):
        assert point["groups"] == expected.groups
        assert point["value"] == pytest.approx(expected.value)
        assert point["low"] - 1e-9 <= point["value"] <= point["high"] + 1e-9


def test_groups_without_a_signal_are_told_apart_and_named() -> None:
    report = GroupReport()
    cases: dict[str, list[float | None]] = {
        "mixed": [0.0, 1.0],
        "all zero": [0.0, 0.0, None],
        "all one": [1.0, 1.0],
        "all equal": [0.1 + 0.2, 0.3],
        "single": [0.5, None],
        "unscored": [None],
    }
    for name, rewards in cases.items():
        report.add(group_of(rewards, name))
    assert [(one["group"], one["state"]) for one in report.silent] == [(n, n) for n in cases if n != "mixed"]
    assert report.reasons["BAD_REFERENCE"] == (3, "row 2")


def test_what_a_report_keeps_does_not_grow_with_the_groups() -> None:
    report = GroupReport()
    chance = random.Random(1)
    for number in range(3 * NAMED):
        report.add(group_of([0.0, 0.0] if chance.random() < 0.9 else [0.0, 1.0], f"g{number}"))
        group = ScoredGroup("lost", lost=[("row 1", f"reason {number}")])
        report.add(group)
    assert len(report.silent) == NAMED
    assert len(report.reasons) <= 51
    assert report.without_signal > NAMED
    assert len(report._by_counts) == 2
