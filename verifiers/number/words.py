"""Whole numbers in English words, as the whole of an answer: "forty-two", "one hundred and five".

    number_in_words("Forty-two.")        # 42
    number_in_words("forty-two or so")   # None

From zero to ninety-nine thousand nine hundred and ninety-nine, in the usual order of words; anything beside them (a
sign, a unit, another number) makes it no number, as nothing is to be guessed here.
"""

from __future__ import annotations

import re
from functools import cache

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {
    **{word: n for n, word in enumerate(_ONES, 1)},
    **{word: n for n, word in enumerate(_TEENS, 10)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
}
LONGEST = 80
"""Characters of the longest number that is read, and some space."""


def number_in_words(text: str) -> int | None:
    """The number that `text` is, or None.

    >>> [number_in_words(t) for t in ("one hundred and five", "Twelve thousand three hundred", "twenty twelve", "a")]
    [105, 12300, None, None]
    """
    if len(text) > LONGEST:
        return None
    words = " ".join(text.strip(" .!").lower().replace("-", " ").split())
    if words == "zero":
        return 0
    match = _pattern().fullmatch(words)
    if match is None:
        return None
    thousands, hundreds, rest = (match.group(name) for name in ("thousands", "hundreds", "rest"))
    return 1000 * _below_hundred(thousands) + 100 * _below_hundred(hundreds) + _below_hundred(rest)


def _below_hundred(words: str | None) -> int:
    return sum(_VALUES[word] for word in words.split()) if words else 0


@cache
def _pattern() -> re.Pattern[str]:
    one, below = "|".join(_ONES), f"(?:{'|'.join(_TENS)})(?: (?:{'|'.join(_ONES)}))?|{'|'.join((*_TEENS, *_ONES))}"
    return re.compile(
        rf"(?=\w)(?:(?P<thousands>{below}) thousand(?:,? and (?!(?:{one}) hundred)|,? |$))?"
        rf"(?:(?P<hundreds>{one}) hundred(?: and | |$))?(?P<rest>{below})?(?<! )(?<! and)"
    )
