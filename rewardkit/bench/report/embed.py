"""Whatever a model wrote, made safe to stand inside a page.

`data_block` gives JSON for `<script type="application/json">`: no `<`, `>` or `&` is left in it, so no text inside can
end the element or open another. `visible` is for text that stands in the page itself: characters that are not seen or
that turn the writing direction are named instead.
"""

from __future__ import annotations

import json
import re
from typing import Any

_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e"
                     "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]")  # fmt: skip


def data_block(value: Any) -> str:
    """JSON that can stand in a script element and in UTF-8; reading it gives back the same value.

    >>> data_block({"a": "</script>"})
    '{"a":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def visible(text: str) -> str:
    """Text in which every character is seen: controls, direction marks and lone surrogates by their code point.

    >>> visible("a\\u202eb")
    'a[U+202E]b'
    """
    return _UNSEEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def cut(text: str, limit: int) -> str:
    """The beginning and the end of a long text, with a word on what is left out between them.

    >>> cut("abcdefgh", 4)
    'ab [... 4 characters left out ...] gh'
    """
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} [... {len(text) - 2 * half:,} characters left out ...] {text[len(text) - half :]}"


def as_text(value: Any, limit: int) -> str:
    """A JSON value as people read it: text as it is, anything else as JSON."""
    if isinstance(value, str):
        return cut(value, limit)
    return cut(json.dumps(value, ensure_ascii=False, default=str), limit)


def size(text: str) -> int:
    """Bytes of a text in the page, nearly.

    >>> size("a"), size("\\u00e9"), size("<")
    (1, 2, 6)
    """
    return len(text.encode("utf-8", "surrogatepass")) + 5 * len(_UNSAFE.findall(text)) + text.count("\n")


def _finite(value: Any) -> Any:
    """The value with NaN and infinities as text, because JSON has no word for them."""
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
