"""How long a response is: in characters, in words, and in tokens where its row says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rewardkit.data.fields import has_column, value_at
from rewardkit.data.source import Row
from rewardkit.data.units import count_words, token_count
from rewardkit.errors import UsageError, nearest

TOKEN_COLUMNS = (
    "n_tokens",
    "response_tokens",
    "completion_tokens",
    "num_tokens",
    "response_length",
    "response_ids",
    "completion_ids",
)
"""Where the tokens of the response are looked for, as a count or as a list of ids, in order of priority."""


def tokens_column(first: Sequence[Row], given: str | None) -> str | None:
    """The column of the tokens: the one `given`, else one of `TOKEN_COLUMNS`; None where there is none.

    Raises:
        UsageError: no row has the column that was given.
    """
    seen = [row.fields for row in first if row.fields is not None]
    if given is None:
        return next((name for name in TOKEN_COLUMNS if any(name in fields for fields in seen)), None)
    if not any(has_column(fields, given) for fields in seen):
        names = {name for fields in seen for name in fields}
        raise UsageError(f"there is no column {given!r} to take the tokens from; {nearest(given, names)}")
    return given


def lengths_of(text: str, tokens: Any, has_tokens: bool) -> list[float]:
    """Characters, words, and with `has_tokens` the tokens that `tokens` holds, NaN where it holds none."""
    found = [float(len(text)), float(count_words(text))]
    if has_tokens:
        count = token_count(tokens)
        found.append(math.nan if isinstance(count, str) else float(count))
    return found


def of_each(row: Row, column: str, responses: int, several: bool) -> list[Any]:
    """What a row has in a column for each of its responses; of a row with several responses, a list of as many."""
    value = value_at(row.fields or {}, column)
    if not several:
        return [value]
    is_list = isinstance(value, (list, tuple)) and len(value) == responses
    return list(value) if is_list else [None] * responses
