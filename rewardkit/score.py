"""`Score`: what one reward says of one sample, and the outcome table that every score keeps.

The table is the contract between rewards and trainers, and `Score.of` is the one place that turns an outcome into a
value, so a reward names what happened and can't pay the wrong amount for it:

| outcome | meaning | value |
|---|---|---|
| CORRECT | verified | top of the range |
| PARTIAL | graded credit | strictly between |
| INCORRECT | checked and wrong | bottom of the range |
| NO_ANSWER | nothing to check in the response | bottom of the range |
| UNDECIDED | the rule can't tell | bottom of the range |
| TIMEOUT, CRASHED | the response's own content ran past its limits or broke | bottom of the range |
| BAD_REFERENCE | the reference can't be used | None |
| UNAVAILABLE | our side failed | None |

`None` is not zero: trainers mask it, every summary counts it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from rewardkit.errors import ContractError


class Outcome(StrEnum):
    """What happened when a response was judged. Closed: there are no other outcomes."""

    CORRECT = "CORRECT"
    """Verified; the value is the top of the range."""
    PARTIAL = "PARTIAL"
    """Graded credit, strictly between bottom and top."""
    INCORRECT = "INCORRECT"
    """Checked and wrong."""
    NO_ANSWER = "NO_ANSWER"
    """Nothing in the response could be checked: no answer, or none outside the thinking."""
    UNDECIDED = "UNDECIDED"
    """The rule can't tell: an answer it can't parse, a symbolic search that ended without a verdict."""
    TIMEOUT = "TIMEOUT"
    """The response's own content ran past its deadline."""
    CRASHED = "CRASHED"
    """The response's own content broke the process or the memory limit that it was judged under."""
    BAD_REFERENCE = "BAD_REFERENCE"
    """The reference can't be used; nobody's answer could be judged by it."""
    UNAVAILABLE = "UNAVAILABLE"
    """Our side failed: a bug, a sandbox, a model, a judge, the network."""

    __hash__ = str.__hash__  # as equality does; an enumeration's own takes ten times as long


class Pays(Enum):
    """Which part of its range an outcome pays."""

    TOP = "top of the range"
    BETWEEN = "strictly between"
    BOTTOM = "bottom of the range"
    NOTHING = "None"


PAYS: Mapping[Outcome, Pays] = {
    Outcome.CORRECT: Pays.TOP,
    Outcome.PARTIAL: Pays.BETWEEN,
    Outcome.INCORRECT: Pays.BOTTOM,
    Outcome.NO_ANSWER: Pays.BOTTOM,
    Outcome.UNDECIDED: Pays.BOTTOM,
    Outcome.TIMEOUT: Pays.BOTTOM,
    Outcome.CRASHED: Pays.BOTTOM,
    Outcome.BAD_REFERENCE: Pays.NOTHING,
    Outcome.UNAVAILABLE: Pays.NOTHING,
}
"""The outcome table."""


class Range(NamedTuple):
    """The closed interval that a reward's values lie in; `low < high`, both finite."""

    low: float = 0.0
    high: float = 1.0

    def __str__(self) -> str:
        return f"[{self.low:g}, {self.high:g}]"


UNIT = Range()
"""`[0, 1]`, the range of every verifier that does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one reward says of one sample. Make it with `Score.of`, which keeps the outcome table."""

    value: float | None
    """The reward, inside the range of the reward that gave it; None where there is nothing to train on."""
    outcome: Outcome
    """What happened."""
    reason: str
    """One sentence that a person can act on."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What was seen: the extracted answer, per-test results, a critique... JSON values."""
    parts: Mapping[str, Score] = field(default_factory=dict)
    """Scores of the children by name, where the reward combines others."""

    @classmethod
    def of(
        cls,
        outcome: Outcome,
        reason: str,
        *,
        value: float | None = None,
        within: Range = UNIT,
        evidence: Mapping[str, Any] | None = None,
        parts: Mapping[str, Score] | None = None,
    ) -> Score:
        """A score that keeps the outcome table: the value follows from `outcome` and the range `within`.

        Only `PARTIAL` takes a `value`, and it must lie strictly inside the range.

        Raises:
            ContractError: for a value that the table does not allow.

        >>> Score.of(Outcome.CORRECT, "42 equals 42").value
        1.0
        >>> Score.of(Outcome.INCORRECT, "too long", within=Range(-1, 0)).value
        -1.0
        >>> Score.of(Outcome.BAD_REFERENCE, "no reference").value is None
        True
        """
        pays = PAYS[outcome]
        if pays is Pays.TOP:
            settled: float | None = float(within.high)
        elif pays is Pays.BOTTOM:
            settled = float(within.low)
        elif pays is Pays.NOTHING:
            settled = None
        else:
            settled = value
        score = cls(settled, outcome, reason, evidence or {}, parts or {})
        if value is not None and value != settled:
            raise ContractError(f"{outcome} pays {pays.value} of {within}, not {value!r}")
        if pays is Pays.BETWEEN:  # what else it pays was taken from the range
            check(score, within)
        return score

    @classmethod
    def graded(
        cls,
        value: float,
        reason: str,
        *,
        within: Range = UNIT,
        evidence: Mapping[str, Any] | None = None,
        parts: Mapping[str, Score] | None = None,
    ) -> Score:
        """A score for a measured `value`: `CORRECT` at the top of the range, `INCORRECT` at its bottom, else `PARTIAL`.

        >>> Score.graded(0.25, "one of four").outcome.value
        'PARTIAL'
        """
        if value == within.high:
            outcome = Outcome.CORRECT
        elif value == within.low:
            outcome = Outcome.INCORRECT
        else:
            outcome = Outcome.PARTIAL
        return cls.of(outcome, reason, value=value, within=within, evidence=evidence, parts=parts)


def check(score: Score, within: Range) -> None:
    """Raise `ContractError` unless `score` keeps the outcome table for a reward whose range is `within`."""
    if not isinstance(score, Score):
        raise ContractError(f"expected a Score, got {type(score).__name__}")
    value, pays = score.value, PAYS[score.outcome]
    if value is None:
        kept = pays is Pays.NOTHING
    elif not isinstance(value, (int, float)) or not math.isfinite(value):
        kept = False
    elif pays is Pays.TOP:
        kept = value == within.high
    elif pays is Pays.BOTTOM:
        kept = value == within.low
    else:
        kept = pays is Pays.BETWEEN and within.low < value < within.high
    if not kept:
        raise ContractError(f"{score.outcome} pays {pays.value} of {within}, not {value!r}")
