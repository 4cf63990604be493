"""A row goes where its own column says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from rewardkit import Outcome, Sample
from rewardkit.errors import OptionError
from rewardkit.gates.route import Route

Maker = Callable[..., Any]
C, N, B, X = Outcome.CORRECT, Outcome.INCORRECT, Outcome.BAD_REFERENCE, Outcome.UNAVAILABLE


def test_a_route_sends_each_row_to_its_declared_task(told: Maker, rows: Maker) -> None:
    x, y = told("x"), told("y")
    gate = Route("task", {"x": x, "y": y})
    samples = rows(task=["y", "x", "z"], x=[N, N, C], y=[C, C, C])
    scores = gate.score([*samples, Sample(response="", id="3", data={"x": C, "y": C})])
    assert [s.value for s in scores] == [1.0, 0.0, None, None]
    assert (x.shown, y.shown) == (["1"], ["0"])
    assert scores[2].outcome is B
    assert scores[0].evidence == {"case": "y"}
    assert scores[0].parts["y"].value == 1.0


def test_cases_of_different_ranges_are_refused(told: Maker) -> None:
    with pytest.raises(OptionError, match="share one range"):
        Route("task", {"x": told("x"), "y": told("y", low=-1.0)})


def test_a_group_torn_between_cases_is_not_judged_in_pieces(told: Maker, rows: Maker) -> None:
    class Grouped(type(told("x"))):
        needs_groups = True

    gate = Route("task", {"g": Grouped("g"), "x": told("x")})
    samples = rows(task=["g", "g", "g", "x"], g=[C, C, C, C], x=[C, C, C, C])
    groups = ["whole", "whole", "torn", "torn"]
    scores = gate.score([replace(s, group=g) for s, g in zip(samples, groups, strict=True)])
    assert [s.outcome for s in scores] == [C, C, X, C]
    assert "needs whole groups" in scores[2].reason
