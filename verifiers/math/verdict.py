"""What a comparison of two answers can say."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """The outcome of one comparison."""

    SAME = "same"
    """They are the same answer."""
    DIFFERENT = "different"
    """They are not."""
    UNKNOWN = "unknown"
    """This arithmetic can't tell; a stronger one may."""
    HOPELESS = "hopeless"
    """Nothing can tell within bounds: the values are absurdly large."""


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """All must be the same: one difference decides, then what nothing can tell, then what this can't tell.

    >>> every([Verdict.SAME, Verdict.UNKNOWN, Verdict.DIFFERENT]).value
    'different'
    """
    so_far = Verdict.SAME
    for verdict in verdicts:
        if verdict is Verdict.DIFFERENT:
            return verdict
        if verdict is Verdict.HOPELESS or (verdict is Verdict.UNKNOWN and so_far is Verdict.SAME):
            so_far = verdict
    return so_far


def either(verdicts: Iterable[Verdict]) -> Verdict:
    """One must be the same: that decides; otherwise doubt outweighs difference.

    >>> either([Verdict.DIFFERENT, Verdict.UNKNOWN]).value
    'unknown'
    """
    so_far = Verdict.DIFFERENT
    for verdict in verdicts:
        if verdict is Verdict.SAME:
            return verdict
        if verdict is Verdict.UNKNOWN or (verdict is Verdict.HOPELESS and so_far is Verdict.DIFFERENT):
            so_far = verdict
    return so_far
