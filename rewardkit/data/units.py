"""What a response is counted in: the tokens that its row declares, characters, or words.

    count_words("Six sevens are \\u56db\\u5341\\u4e8c")       # 6: a character of a script without spaces is a word
    words("The cat, the CAT\\u200b!")             # ['the', 'cat', 'the', 'cat']
    token_count([5, 6, 7])                       # 3

Tokens are never counted here: which tokenizer, with which special tokens, is the trainer's knowledge. They are read
from a column, as a count or as the list of ids. Words are counted so that gluing them together, or writing zero-width
characters instead of spaces, makes a text no shorter. All functions are linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["tokens", "characters", "words"]

MAX_TOKENS = 1 << 53
LONGEST_WORD = 40
"""Characters after which a stretch without spaces counts as another word."""

_CHARACTERS_AS_WORDS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han, kana
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer: about four characters a word
_BLANK = "\u00ad\u115f\u1160\u200b\u2060\u2800\u3164\ufeff\uffa0"  # show as nothing, or as a space, and are none
_SPACE = rf"\s{_BLANK}"

_COUNTED = re.compile(
    rf"[{_CHARACTERS_AS_WORDS}][^\w{_SPACE}]{{0,8}}|[{_UNSPACED}]{{1,4}}"
    rf"|[^{_SPACE}{_CHARACTERS_AS_WORDS}{_UNSPACED}]{{1,{LONGEST_WORD}}}"
)
_WORD = re.compile(
    rf"[{_CHARACTERS_AS_WORDS}]|[{_UNSPACED}]{{1,4}}|[^\W_{_CHARACTERS_AS_WORDS}{_UNSPACED}]{{1,{LONGEST_WORD}}}"
)
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
_LONGEST_LIGATURE = "\ufdfa"
_LONGEST_LIGATURE_WRITTEN = unicodedata.normalize("NFKC", _LONGEST_LIGATURE)  # 18 characters, which would add up
_BETWEEN = re.compile(r"\s+")


def unseen_removed(text: str) -> str:
    """A text without the characters that show as nothing; white space stays."""
    return _UNSEEN.sub("", text)


def normal(text: str) -> str:
    """A text as it is compared with itself: compatibility forms (NFKC), case folded, what is not seen taken out.

    >>> normal("\\uff21b\\u200bC")
    'abc'
    """
    if text.isascii():
        return unseen_removed(text).lower()
    if text.count(_LONGEST_LIGATURE) * len(_LONGEST_LIGATURE_WRITTEN) <= len(text):
        text = unicodedata.normalize("NFKC", text)
    return unseen_removed(text).casefold()


def words(text: str) -> list[str]:
    """The words of a text, normalised, without punctuation; in scripts without spaces each character is one (in Thai
    and its like each four). Where words are less than half of what is seen, the characters that are seen instead.

    >>> words("a_b \\u7b54\\u6848"), words("?! ?!")
    (['a', 'b', '答', '案'], ['?', '!', '?', '!'])
    """
    seen = normal(text)
    found = _WORD.findall(seen)
    shown = _BETWEEN.sub("", seen)
    return found if 2 * sum(map(len, found)) >= len(shown) else list(shown)


def characters(text: str) -> str:
    """The characters of a text, normalised, with one space for each run of white space."""
    return _BETWEEN.sub(" ", normal(text)).strip()


def count_words(text: str) -> int:
    """How many words a text has: stretches between white space (or characters that show as nothing), each
    `LONGEST_WORD` characters of a stretch one more; in scripts without spaces each character.

    >>> count_words("one two\\u200bthree"), count_words("x" * 81)
    (3, 3)
    """
    return sum(1 for _ in _COUNTED.finditer(text))


def token_ids(column: object) -> list[int] | str:
    """The token ids that a column holds, or words for what it holds instead."""
    if not isinstance(column, Sequence) or isinstance(column, (str, bytes)):
        return _what(column)
    if all(isinstance(token, int) and not isinstance(token, bool) for token in column):
        return list(column)
    return "a list that is not one of token ids"


def token_count(column: object) -> int | str:
    """The number of tokens that a column declares, as a number or as a list of ids, or words for what it holds instead.

    >>> token_count(7), token_count([5, 6]), token_count("7")
    (7, 2, 'a value of type str')
    """
    if isinstance(column, int) and not isinstance(column, bool):
        return column if 0 <= column <= MAX_TOKENS else f"a count outside 0 ... {MAX_TOKENS}"
    ids = token_ids(column)
    return ids if isinstance(ids, str) else len(ids)


def _what(column: object) -> str:
    return f"the boolean {column}" if isinstance(column, bool) else f"a value of type {type(column).__name__}"
