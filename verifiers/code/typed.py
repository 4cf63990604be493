"""Whether the value that a program claims is the one that the reference expects: typed, strict, on the trusted side.

    matches([1, 2.0], [1, 2.0])             # True
    matches(1, True)                        # False: a truth value is no number

`expected` is a JSON value of the reference. `claimed` is what `drivers.encoding` wrote in the program's process, which
is hostile: anything unexpected is a value that equals nothing. JSON knows neither tuples nor integer keys, so a list
may be claimed as a tuple, a deque or an array, and a key "1" as 1; sets and iterators are no lists.
"""

from __future__ import annotations

import math
from typing import Any

REL_TOLERANCE = 1e-9
"""Between two floats, for the noise of another order of summation; integers have no tolerance."""
NOISE = 1e-12
"""How far from an expected 0.0 a float may be, which no relative difference bounds."""

_DEEPEST = 100
_EXACT = 1 << 53
_SEQUENCES = {"t", "Q"}


def matches(expected: Any, claimed: Any, tolerance: float | None = None, depth: int = 0) -> bool:
    """Whether `claimed` is `expected`; `tolerance` (absolute or relative) is for pairs of floats only.

    >>> matches([1, 2], {"t": [1, 2]}), matches([1, 2], {"s": [1, 2]}), matches({"a": None}, {"d": [["a", None]]})
    (True, False, True)
    >>> matches(0.3, 0.1 + 0.2), matches(3, 3.0), matches(3, 3.0000001), matches(0.5, {"f": "nan"})
    (True, True, False, False)
    """
    if depth > _DEEPEST:
        return False
    claimed = plain(claimed)
    if expected is None or isinstance(expected, bool):
        return claimed is expected
    if isinstance(expected, str):
        return isinstance(claimed, str) and claimed == expected
    if isinstance(expected, (int, float)):
        return _is_number(claimed) and _same_number(expected, claimed, tolerance)
    if isinstance(expected, (list, tuple)):
        items = _items(claimed)
        return (
            items is not None
            and len(items) == len(expected)
            and all(matches(e, c, tolerance, depth + 1) for e, c in zip(expected, items, strict=True))
        )
    if isinstance(expected, dict):
        pairs = _pairs(claimed)
        return (
            pairs is not None
            and pairs.keys() == expected.keys()
            and all(matches(value, pairs[key], tolerance, depth + 1) for key, value in expected.items())
        )
    return False


def plain(claimed: Any) -> Any:
    """A claimed value without the tags of numbers: big integers, special floats, numpy scalars.

    >>> plain({"i": "-0x10"}), plain({"n": ["<i8", 3]}), plain({"o": ["E", None]})
    (-16, 3, {'o': ['E', None]})
    """
    if not isinstance(claimed, dict) or len(claimed) != 1:
        return claimed
    [(tag, content)] = claimed.items()
    try:
        if tag == "i":
            return int(content, 16)
        if tag == "f":
            return float(content)
        if tag == "n":
            return plain(content[1]) if not isinstance(content[1], dict) or "n" not in content[1] else claimed
    except (TypeError, ValueError, OverflowError, IndexError, KeyError, RecursionError):
        pass  # forged, so no value of ours: it stays what it is and equals nothing
    return claimed


def shown(claimed: Any, limit: int = 200) -> str:
    """A claimed value as evidence shows it.

    >>> shown({"t": [1, {"i": "0xff"}, {"s": []}]}), shown({"o": ["Evil", None]})
    ('(1, 255, {})', '<Evil object>')
    """
    parts: list[str] = []
    try:
        _show(claimed, parts, limit)
    except RecursionError:
        parts.append("...")
    text = "".join(parts)
    return text if len(text) <= limit else text[: limit - 3] + "..."


_BRACKETS = {"t": "()", "s": "{}", "z": "{}", "Q": "[]", "k": "[]", "v": "[]", "w": "[]"}


def _show(claimed: Any, parts: list[str], limit: int, depth: int = 0) -> None:
    if len(parts) > limit or depth > 20:
        parts.append("...")
        return
    claimed = plain(claimed)
    brackets, items = "[]", claimed if isinstance(claimed, list) else None
    if isinstance(claimed, dict):
        [(tag, content)] = list(claimed.items())[:1] or [("", None)]
        if tag == "d" and (pairs := _pairs(claimed)) is not None:
            parts.append(str(pairs)[:limit])
            return
        if tag == "o" and isinstance(content, list) and content:
            parts.append(f"<{str(content[0])[:60]} object>")
            return
        brackets, items = _BRACKETS.get(tag, "[]"), _items(claimed) if tag == "a" else content
    if not isinstance(items, list):
        text = repr(claimed) if not isinstance(claimed, int) or abs(claimed) < 1 << 1000 else hex(claimed)
        parts.append(text[:limit])
        return
    parts.append(brackets[0])
    for number, item in enumerate(items[:limit]):
        parts.append(", " if number else "")
        _show(item, parts, limit, depth + 1)
    parts.append(brackets[1])


def _is_number(claimed: Any) -> bool:
    return isinstance(claimed, (int, float)) and not isinstance(claimed, bool)


def _same_number(expected: float, claimed: float, tolerance: float | None) -> bool:
    if isinstance(expected, int) and isinstance(claimed, int):
        return expected == claimed
    if isinstance(expected, float) and isinstance(claimed, float):
        if math.isnan(expected):
            return math.isnan(claimed)
        bound = REL_TOLERANCE if tolerance is None else tolerance
        least = NOISE if expected == 0.0 and tolerance is None else tolerance or 0.0
        return math.isclose(expected, claimed, rel_tol=bound, abs_tol=least)
    return expected == claimed and abs(expected) <= _EXACT  # 2 and 2.0: JSON writers do not keep them apart


def _items(claimed: Any) -> list[Any] | None:
    if isinstance(claimed, list):
        return claimed
    if not isinstance(claimed, dict) or len(claimed) != 1:
        return None
    [(tag, content)] = claimed.items()
    if tag == "a" and isinstance(content, list) and len(content) == 3:
        content = content[2]
    elif tag not in _SEQUENCES:
        return None
    return content if isinstance(content, list) else None


def _pairs(claimed: Any) -> dict[str, Any] | None:
    """The pairs of a claimed mapping, its keys as JSON writes them; None where two keys would be one."""
    content = claimed.get("d") if isinstance(claimed, dict) and len(claimed) == 1 else None
    if not isinstance(content, list):
        return None
    pairs: dict[str, Any] = {}
    for pair in content:
        if not isinstance(pair, list) or len(pair) != 2:
            return None
        key = plain(pair[0])
        if isinstance(key, int) and not isinstance(key, bool) and abs(key) < _EXACT:
            key = str(key)
        if not isinstance(key, str) or key in pairs:
            return None
        pairs[key] = pair[1]
    return pairs
