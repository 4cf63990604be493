"""The accepted answers in a reference: one, or a list of them, as text or as numbers."""

from __future__ import annotations

import functools
import math

from rewardkit.verifiers.extraction import find_boxes, find_hashes, last_cluster
from rewardkit.verifiers.math.normalise import MAX_LENGTH
from rewardkit.verifiers.math.readings import spelling

MAX_REFERENCES = 64
"""Accepted answers of one sample."""
MAX_TEXT = 10_000
"""Characters of the accepted answers of one sample together."""


def accepted(reference: object) -> tuple[str, ...] | str:
    """As `_references`; a text is looked at once, as rollouts of one prompt share it."""
    return _text_references(reference) if type(reference) is str else _references(reference)


@functools.lru_cache(maxsize=2048)
def _text_references(reference: str) -> tuple[str, ...] | str:
    return _references(reference)


def _references(reference: object) -> tuple[str, ...] | str:
    """The accepted answers, or what is wrong with the reference."""
    if isinstance(reference, (list, tuple)):
        if not 1 <= len(reference) <= MAX_REFERENCES:
            return f"the reference is a list of {len(reference)}; expected 1 to {MAX_REFERENCES} accepted answers"
        texts: list[str] = []
        for item in reference:
            one = _references(item) if not isinstance(item, (list, tuple)) else "a list inside the list of references"
            if isinstance(one, str):
                return one
            texts.extend(one)
        if sum(len(text) for text in texts if len(text) <= MAX_LENGTH) > MAX_TEXT:
            return f"the accepted answers have more than {MAX_TEXT:,} characters together"
        return tuple(dict.fromkeys(texts))
    if isinstance(reference, bool) or not isinstance(reference, (str, int, float)):
        return f"the reference is of type {type(reference).__name__}; expected text, a number or a list of them"
    if isinstance(reference, float) and not math.isfinite(reference):
        return f"the reference is {reference}"
    if isinstance(reference, int) and abs(reference) >= 10**MAX_LENGTH:
        return f"the reference has more than {MAX_LENGTH} digits"
    text = _reference_text(reference) if isinstance(reference, str) else _number_text(reference)
    if not spelling(text).strip("?.-_ "):
        return "the reference is empty"
    return (text,)


def _reference_text(text: str) -> str:
    """The answer in a reference text: its last box or `####` line if it has one, else all of it."""
    if "\\" not in text and "#" not in text:
        return text.strip()
    boxes = find_boxes(text)
    if boxes:
        return ", ".join(box.content.strip() for box in last_cluster(text, boxes))
    hashes = find_hashes(text)
    return hashes[-1].content.strip() if hashes else text.strip()


def _number_text(number: int | float) -> str:
    return (
        str(number) if isinstance(number, int) or not number.is_integer() or abs(number) >= 1e15 else str(int(number))
    )
