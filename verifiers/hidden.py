"""What a reader of a response does not see, or sees crossed out: it can't be part of the answer.

    shown("It is 48. <!-- 42 --> ~~42~~")     # 'It is 48.   '

Markup that hides (comments, scripts, elements that are not displayed), markup that strikes out, and characters that
display digits in another order than they stand in memory. One pass, linear in the text; what is opened and never closed
hides the rest, as it does on a page.
"""

from __future__ import annotations

import re

_OPENS = re.compile(
    r"<!--"
    r"|<(?P<gone>script|style|template|del|s|strike)(?:\s[^<>]{0,200})?>"
    r"|<(?P<hidden>[a-z]{1,12})\s[^<>]{0,120}(?:display\s?:\s?none|visibility\s?:\s?hidden|\bhidden\b)[^<>]{0,120}>"
    r"|^[ \t]{0,3}\[(?://|comment)\]:\s?#[^\n]{0,4000}"
    r"|(?P<struck>~~)"
    r"|\\(?P<tex>phantom|hphantom|vphantom|cancel|bcancel|xcancel|sout|st)\s?\{",
    re.IGNORECASE | re.MULTILINE,
)
_MAY_HIDE = re.compile(r"<[!a-zA-Z]|~~|\]:|\\[a-z]{0,2}phantom|\\[bx]?cancel|\\s(?:ou)?t\b")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_REVERSED = re.compile("[\u202d\u202e]")
_STRUCK = re.compile("[^\u0335-\u0338\u20d2\u20e5][\u0335-\u0338\u20d2\u20e5]{1,8}")  # strokes drawn over a character
_UNREADABLE = "\ufffd"
_LONGEST_STRUCK = 4000


def shown(text: str) -> str:
    """`text` without what is hidden or crossed out; characters that are struck through, and overrides of
    the writing direction, become a character that is part of no answer.

    >>> shown("<del>3</del>4"), shown("a < b and ~~c~~"), shown("5 <!-- 6")
    ('4', 'a < b and ', '5 ')
    >>> shown(r"\\boxed{\\phantom{4}2}")
    '\\\\boxed{2}'
    """
    if not text.isascii():
        text = _REVERSED.sub(_UNREADABLE, text.replace("=\u0338", "≠"))
        text = _STRUCK.sub(_UNREADABLE, text)
    if not _may_hide(text):
        return text
    kept: list[str] = []
    position = 0
    while (opened := _OPENS.search(text, position)) is not None:
        end = _end(text, opened)
        if end is None:  # such as two tildes that strike nothing out
            kept.append(text[position : opened.end()])
            position = opened.end()
            continue
        kept.append(text[position : opened.start()])
        position = end
    kept.append(text[position:])
    return "".join(kept)


def _may_hide(text: str) -> bool:
    """Whether `_MAY_HIDE` is found; searching plain text first is faster, and rarely finds anything."""
    has_mark = "<" in text or "~~" in text or "]:" in text or "phantom" in text or "cancel" in text or "\\s" in text
    return has_mark and _MAY_HIDE.search(text) is not None


def _end(text: str, opened: re.Match[str]) -> int | None:
    """Where the hidden stretch ends; None when nothing is hidden after all."""
    start = opened.end()
    if opened.group("struck"):
        close = text.find("~~", start, start + _LONGEST_STRUCK)
        is_one_paragraph = close > start and "\n\n" not in text[start:close]
        return close + 2 if is_one_paragraph else None
    if opened.group("tex"):
        return _closing_brace(text, start)
    name = opened.group("gone") or opened.group("hidden")
    if name == "s" and opened.start() < 64 and not text[: opened.start()].strip():
        return None  # the token that begins a sequence
    if name is None:
        if not opened.group().startswith("<!--"):
            return start  # a line that is a comment
        close = text.find("-->", start)
        return len(text) if close < 0 else close + 3
    closing = re.compile(rf"</{name}\s{{0,8}}>", re.IGNORECASE).search(text, start)
    return len(text) if closing is None else closing.end()


def _closing_brace(text: str, start: int) -> int:
    """The end of the group whose content begins at `start`; the end of the text when it is never closed."""
    depth = 1
    for brace in _BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth == 0:
            return brace.end()
    return len(text)
