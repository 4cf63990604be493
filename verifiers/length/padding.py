"""How much of a text is content: what a response can't fill a length with.

    content_share("It is 42." + " " * 900)      # 0.0187...

A reward that pays for length, up to a target or without end, pays for padding unless padding does not count. Taken out
are what a reader does not see (comments, struck out or undisplayed markup, zero-width characters), white space beyond
eight characters in a row, and sentences of 16 characters or more that were said before, word for word.
"""

from __future__ import annotations

import re

from rewardkit.data.units import unseen_removed
from rewardkit.verifiers.hidden import shown

_LONG_SPACE = re.compile(r"(\s{8})\s+")
_SENTENCE = re.compile(r"(?<=[.!?])(?=\s)|(?<=[\n。！？])")
_SHORTEST_REPEATED = 16


def content_share(text: str) -> float:
    """The share of the characters of `text` that are content, in [0, 1]; exactly 1 for a text without padding.

    >>> content_share("One two three. Four."), content_share("ab" + "\\u200b" * 2), content_share("")
    (1.0, 0.5, 0.0)
    """
    if not text:
        return 0.0
    kept, said = 0, set[str]()
    for sentence in _SENTENCE.split(_LONG_SPACE.sub(r"\1", unseen_removed(shown(text)))):
        words = sentence.strip()
        if len(words) < _SHORTEST_REPEATED or words not in said:
            said.add(words)
            kept += len(sentence)
    return min(kept / len(text), 1.0)
