"""Whether a response is correct, for length rewards whose value depends on it: read from a column, or declared.

is_correct(verifier, sample, "is_correct", None)      # True, False, or the score of a row that does not say
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from rewardkit.errors import OptionError
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Score

CorrectField: TypeAlias = Annotated[
    str | None, Doc("column that says whether the response is correct: a boolean, or 0 or 1")
]
Assume: TypeAlias = Annotated[
    Literal["correct", "wrong"] | None, Doc("what all responses are, where no column says it")
]


def check_source(correct_field: str | None, assume: str | None) -> None:
    """Raise `OptionError` unless exactly one of the two says whether a response is correct."""
    if (correct_field is None) == (assume is None):
        raise OptionError(
            "give either correct_field, the column that says whether the response is correct, or assume, for use "
            "behind a gate on correctness"
        )


def is_correct(verifier: Verifier, sample: Sample, correct_field: str | None, assume: str | None) -> bool | Score:
    """Whether the response is correct, or the score of a row whose column does not say."""
    if correct_field is None:
        return assume == "correct"
    column = sample.data.get(correct_field)
    if isinstance(column, (bool, int, float)) and column in (0, 1):
        return bool(column)
    return verifier.unavailable(
        f"column {correct_field!r} must say whether the response is correct (a boolean, or 0 or 1), got "
        f"{_shown(column)}",
    )


def _shown(value: object) -> str:
    return repr(value)[:80] if isinstance(value, (str, int, float, type(None))) else type(value).__name__
