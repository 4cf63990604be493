"""How long a response is, in a unit that the user declares.

    measured(verifier, sample, "characters", "n_tokens")      # 17, or the score of a sample without a length

Tokens are never counted here: which tokenizer, with which special tokens, is the trainer's knowledge. They are read
from a column of the sample, as a count or as the list of token ids that the trainer has at hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from rewardkit.data.units import Unit, count_words, token_count
from rewardkit.errors import OptionError
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Score
from rewardkit.verifiers.visible import has_visible

__all__ = ["EXEMPT", "TokensField", "Unit", "UnitOption", "between", "check_finite", "measured"]

UnitOption: TypeAlias = Annotated[
    Unit,
    Doc(
        "what is counted: tokens (read from `tokens_field`), characters (code points), or words between white space "
        "(each character, in scripts without spaces)"
    ),
]
TokensField: TypeAlias = Annotated[
    str, Doc("column with the number of tokens of the response, or the list of their ids; read for unit 'tokens'")
]

CONTENT_CLASSES = (
    "one_symbol",
    "gibberish",
    "self_declared_verdict",
    "prompt_injection",
    "empty_format_skeleton",
    "unfinished_thinking",
    "prompt_restated",
    "answer_only_in_thinking",
)
"""Generic attacks that a length rule can't see, because what they write has a length like any other text."""

EXEMPT: Mapping[str, str] = dict.fromkeys(
    CONTENT_CLASSES, "a length rule does not look at content; combine it with a correctness gate"
)


def measured(verifier: Verifier, sample: Sample, unit: Unit, tokens_field: str) -> int | Score:
    """The length of the response, or the score of a sample that has none: no visible text, or no usable count."""
    text = sample.response_text
    if not has_visible(text):
        return verifier.no_answer("the response is empty")
    if unit == "characters":
        return len(text)
    if unit == "words":
        return count_words(text)
    count = token_count(sample.data.get(tokens_field))
    if isinstance(count, int) and count > 0:
        return count
    problem = "says 0 tokens for a response with text" if count == 0 else f"holds {count}"
    if tokens_field not in sample.data:
        problem = "is missing"
    return verifier.unavailable(
        f"column {tokens_field!r} {problem}; unit 'tokens' needs the number of tokens of the response, or their ids",
    )


def check_finite(**options: float | None) -> None:
    """Raise `OptionError` for an option that is NaN or infinite."""
    for name, value in options.items():
        if value is not None and not math.isfinite(value):
            raise OptionError(f"{name} is {value}, not a finite number")


def between(weight: float, at_one: float, at_zero: float) -> float:
    """`at_one` for weight 1, `at_zero` for weight 0, linear between; exact at both ends and never outside them.

    >>> between(1.0, 0.1, 0.7), between(0.0, 0.1, 0.7)
    (0.1, 0.7)
    """
    value = weight * at_one + (1.0 - weight) * at_zero
    return min(max(value, min(at_one, at_zero)), max(at_one, at_zero))
