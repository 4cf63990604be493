"""What of a text is written in a language at all: code, formulas, links, quotes and markup are taken out.

    prose("Also gilt $x = 2$, siehe `main()` und https://example.org.")      # 'Also gilt  , siehe   und  .'

What only looks like code or a formula stays: a fence or a pair of dollar signs around sentences is text in disguise.
One pass each, linear: where no end is found within its bound, the opening stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rewardkit.data.units import unseen_removed
from rewardkit.verifiers.hidden import shown

_LONGEST_FORMULA = 2000

_PAIRS: Mapping[str, tuple[str, int]] = {
    "```": ("```", 1 << 30),
    "~~~": ("~~~", 1 << 30),
    "`": ("`", 400),
    "$$": ("$$", _LONGEST_FORMULA),
    "$": ("$", 400),
    "\\(": ("\\)", _LONGEST_FORMULA),
    "\\[": ("\\]", _LONGEST_FORMULA),
}
"""Opening, closing, and how far away the closing may be."""

_OPENING = re.compile(r"```|~~~|`|\$\$|\$|\\\(|\\\[")
_QUOTE = re.compile(
    "|".join(
        f"{opening}[^{opening}{closing}\n]{{0,400}}{closing}"
        for opening, closing in ("\u201e\u201c", "\u201c\u201d", "\u00ab\u00bb", "\u300c\u300d", "\u300e\u300f", '""')
    )
)
"""Quotes on one line. None holds its own opening, so each character is looked at once or twice."""

_OTHER = re.compile(
    r"https?://[^\s<>]{1,2000}|www\.[^\s<>]{1,2000}|</?[A-Za-z][^<>\n]{0,200}>|<\|[^<>|\s]{1,40}\|>"
    r"|\\[A-Za-z]{1,40}|\b\w{41,}\b|\b[0-9A-Fa-f]{16,40}\b|&[a-z]{2,8};"
)
_QUOTED_LINE = re.compile(r"^[ \t]{0,3}>[^\n]*$", re.MULTILINE)
_CODE_MARK = re.compile(r"[{}()\[\]<>=;_\\/|&*+#$^@]")


def prose(text: str) -> str:
    """The prose of a text. Quotes stay where they are most of it.

    >>> prose("Es gilt\\n```python\\nprint(x)\\n```\\nfertig.")
    'Es gilt\\n \\nfertig.'
    """
    plain = _OTHER.sub(" ", _without_pairs(unseen_removed(shown(text))))
    unquoted = _QUOTE.sub(" ", _QUOTED_LINE.sub(" ", plain))
    return unquoted if 2 * letters(unquoted) >= letters(plain) else plain


def letters(text: str) -> int:
    """How many letters a text has, of any script."""
    return sum(map(str.isalpha, text))


def is_wordy(stretch: str) -> bool:
    """Whether a stretch reads as sentences, and not as code or a formula: many letters, hardly a sign of code.

    >>> is_wordy("for (i = 0; i < n; i++) total += i;"), is_wordy("this is a whole sentence in a fence")
    (False, True)
    """
    count = letters(stretch)
    return count >= 12 and 15 * len(_CODE_MARK.findall(stretch)) < count


class _Ends:
    """Where closings stand in a text; each part of it is searched once, however many openings have no closing."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[str, int] = {}

    def find(self, closing: str, start: int, reach: int) -> int:
        """The first `closing` from `start` on that is at most `reach` characters away, or -1."""
        known = self._next.get(closing, 0)
        if known != -1 and known < max(start, 1):
            known = self._next[closing] = self._text.find(closing, start)
        return known if start <= known <= start + reach else -1


def _without_pairs(text: str) -> str:
    kept: list[str] = []
    position = 0
    ends = _Ends(text)
    while (opening := _OPENING.search(text, position)) is not None:
        closing, reach = _PAIRS[opening.group()]
        start = opening.end()
        end = ends.find(closing, start, reach)
        kept.append(text[position : opening.start()])
        if end < 0 and reach < len(text):
            position = start
            continue
        inner = text[start:] if end < 0 else text[start:end]
        kept.append(f" {inner} " if is_wordy(inner) else " ")
        position = len(text) if end < 0 else end + len(closing)
    kept.append(text[position:])
    return "".join(kept)
