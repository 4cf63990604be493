"""What the gates of a recipe decide, and how often: which condition stops how many rows, who is asked, who is routed.

| gate | decision | fires where |
|---|---|---|
| `require` | a condition stops the row | it has a value and does not pass |
| `staged` | a stage stops the row | it has a value and does not pass |
| `sum`, `bonus` | `only_if` closes a child | the child was not run |
| `bonus` | the bonus is paid | every child is CORRECT |
| `first` | a child after the first is asked | the one before left the row open |
| `route` | a case is taken | the row names it |
| `vote` | the vote passes | it is CORRECT |
| `threshold`, `scheduled_threshold` | the value reaches it | see the gate |
| `clip` | the value is cut | the child's value lies outside |

Each is counted out of the rows that came to it and could be decided. One that never fires might as well not be there;
one that always fires shuts out, or lets through, everything.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rewardkit.audit.parts import AuditedPart, Parts
from rewardkit.gates.bonus import Bonus
from rewardkit.gates.combine import Sum
from rewardkit.gates.first import First
from rewardkit.gates.node import Part
from rewardkit.gates.require import Require
from rewardkit.gates.route import Route
from rewardkit.gates.scheduled import ScheduledThreshold
from rewardkit.gates.staged import Staged
from rewardkit.gates.transform import Clip, Threshold
from rewardkit.gates.vote import Vote
from rewardkit.score import Outcome, Score

Asked: TypeAlias = Callable[[Score], bool | None]
"""Whether a gate's score says that the decision fired; None where the row did not come to it."""


@dataclass(slots=True)
class Decision:
    """One decision of one gate."""

    gate: str
    """Path of the gate."""
    kind: str
    """Its keyword."""
    name: str
    """The child that it is about; empty where it is about the gate."""
    fires: str
    """What it does to a row when it fires, as a verb: `stops`, `closes`..."""
    asked: Asked
    fired: int = 0
    rows: int = 0
    """Rows that came to it and could be decided."""

    def count(self, score: Score | None) -> None:
        """Count one row by the score of the gate; None where the gate was not run."""
        if score is None:
            return
        found = self.asked(score)
        if found is not None:
            self.rows += 1
            self.fired += found

    @property
    def share(self) -> float | None:
        """How often it fires; None where no row came to it."""
        return self.fired / self.rows if self.rows else None

    @property
    def is_mute(self) -> bool:
        """Whether it never fired, although it could."""
        return self.rows > 0 and self.fired == 0

    @property
    def is_constant(self) -> bool:
        """Whether it fired on every row."""
        return self.rows > 0 and self.fired == self.rows


def decisions_of(parts: Parts) -> list[tuple[int, Decision]]:
    """The decisions in a tree, each with the place of its gate among the parts."""
    found: list[tuple[int, Decision]] = []
    for place, part in enumerate(parts):
        for kind, told in _TOLD.items():
            if isinstance(part.outline.node, kind):
                found += [(place, decision) for decision in told(part)]
    return found


def _decision(part: AuditedPart, name: str, fires: str, asked: Asked) -> Decision:
    return Decision(part.path, part.outline.kind, name, fires, asked)


def _require(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, Require)
    for condition in node.conditions:
        yield _decision(part, condition.name, "stops", _fails(condition))


def _staged(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, Staged)
    for stage in node.children[:-1]:
        yield _decision(part, stage.name, "stops", _fails(stage))


def _fails(child: Part) -> Asked:
    def asked(score: Score) -> bool | None:
        found = score.parts.get(child.name)
        return None if found is None or found.value is None else not child.passes(found)

    return asked


def _sum(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, Sum)
    for child in node.children:
        if child.only_if:
            yield _decision(part, child.name, "closes", _closed(child))


def _closed(child: Part) -> Asked:
    def asked(score: Score) -> bool | None:
        told = [score.parts.get(name) for name in child.only_if]
        if any(one is None or one.value is None for one in told):
            return None
        return child.name not in score.parts

    return asked


def _bonus(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, Bonus)
    names = [child.name for child in node.children]

    def asked(score: Score) -> bool | None:
        if score.value is None:
            return None
        return all(name in score.parts and score.parts[name].outcome is Outcome.CORRECT for name in names)

    yield _decision(part, "", "pays the bonus of", asked)


def _first(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, First)
    for child in node.children[1:]:
        yield _decision(part, child.name, "is asked about", functools.partial(_ran, child.name))


def _ran(name: str, score: Score) -> bool:
    return name in score.parts


def _route(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, Route)
    for case in node.cases:
        yield _decision(part, case, "takes", functools.partial(_goes_to, case))


def _goes_to(case: str, score: Score) -> bool:
    return bool(score.evidence.get("case") == case)


def _vote(part: AuditedPart) -> Iterator[Decision]:
    def asked(score: Score) -> bool | None:
        return None if score.value is None else score.outcome is Outcome.CORRECT

    yield _decision(part, "", "passes", asked)


def _threshold(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, (Threshold, ScheduledThreshold))

    def asked(score: Score) -> bool | None:
        child = score.parts.get(node.child.name)
        at = node.at if isinstance(node, Threshold) else score.evidence.get("threshold")
        if child is None or child.value is None or at is None:
            return None
        return bool(child.value >= at)

    yield _decision(part, "", "lets through", asked)


def _clip(part: AuditedPart) -> Iterator[Decision]:
    node = part.outline.node
    assert isinstance(node, Clip)

    def asked(score: Score) -> bool | None:
        child = score.parts.get(node.child.name)
        return None if child is None or child.value is None or score.value is None else child.value != score.value

    yield _decision(part, "", "cuts", asked)


_TOLD: Mapping[type, Callable[[AuditedPart], Iterator[Decision]]] = {
    Require: _require,
    Staged: _staged,
    Sum: _sum,
    Bonus: _bonus,
    First: _first,
    Route: _route,
    Vote: _vote,
    Threshold: _threshold,
    ScheduledThreshold: _threshold,
    Clip: _clip,
}
