"""Near misses of answers with parts, and of options and words: an end, an element, a side or a name that differs.

Each maker proposes answers; `near_misses` keeps those that an independent check shows to differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from rewardkit.bench.answers import split_top
from rewardkit.bench.kinds import Kind, Material

_ORDERED = re.compile(r"coordinate|point|order|pair|tripl|vector|vert|\(\s?\w\s?,\s?\w", re.IGNORECASE)
"""Questions whose answer has an order."""
_LABEL = re.compile(r"\$?(?:\\[a-z]{4,6}\s?\{)?\s?\(?[A-Za-z]\)?\s?\}?\$?")
_LETTER = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])")


def ends_opened_or_closed(m: Material, draw: Random) -> Iterator[str]:
    text = m.reference
    swaps = {"[": "(", "(": "[", "]": ")", ")": "]"}
    places = [i for i, char in enumerate(text) if char in swaps and _is_end(text, i)]
    draw.shuffle(places)
    for at in places:
        yield text[:at] + swaps[text[at]] + text[at + 1 :]


def _is_end(text: str, at: int) -> bool:
    """Whether a bracket opens or closes an interval: nothing but a union stands outside it."""
    before, after = text[:at].replace("\\left", "").rstrip(), text[at + 1 :].lstrip()
    if text[at] in "([":
        return not before or before.endswith(("\\cup", "∪"))
    return not after or after.startswith(("\\cup", "∪"))


_STRICTNESS = (
    ("\\leq", "<"),
    ("\\le", "<"),
    ("\\geq", ">"),
    ("\\ge", ">"),
    ("≤", "<"),
    ("≥", ">"),
    ("<=", "<"),
    (">=", ">"),
)
_LOOSENING = (("<", "\\le "), (">", "\\ge "))
_DIRECTIONS = (("\\leq", "\\geq"), ("\\le", "\\ge"), ("\\geq", "\\leq"), ("\\ge", "\\le"), ("≤", "≥"), ("≥", "≤"))


def strictness_changed(m: Material, draw: Random) -> Iterator[str]:
    pairs = [p for p in _STRICTNESS if _has(m.reference, p[0])][:1] or [p for p in _LOOSENING if p[0] in m.reference]
    for old, new in pairs:
        yield _replaced(m.reference, old, new)


def direction_reversed(m: Material, draw: Random) -> Iterator[str]:
    pairs = [p for p in _DIRECTIONS if _has(m.reference, p[0])][:1]
    if pairs:
        yield _replaced(m.reference, *pairs[0])
    else:
        yield m.reference.translate(str.maketrans("<>", "><"))


def _has(text: str, command: str) -> bool:
    return re.search(re.escape(command) + r"(?![a-zA-Z=])", text) is not None


def _replaced(text: str, old: str, new: str) -> str:
    return re.sub(re.escape(old) + (r"(?![a-zA-Z])" if old[0] == "\\" else ""), lambda _: new, text)


def element_dropped(m: Material, draw: Random) -> Iterator[str]:
    opening, items, closing = _elements(m.reference)
    if len(items) > 1:
        at = draw.randrange(len(items))
        left = [item for i, item in enumerate(items) if i != at]
        whole = len(left) > 1 or m.kind is Kind.SET
        yield (opening if whole else "") + ",".join(left).strip() + (closing if whole else "")


def element_added(m: Material, draw: Random) -> Iterator[str]:
    opening, items, closing = _elements(m.reference)
    if len(items) > 1:
        added = [*items, f" {draw.randrange(2, 99)}"]
        yield opening + ", ".join(i.strip() for i in added) + closing


def order_swapped(m: Material, draw: Random) -> Iterator[str]:
    opening, items, closing = _elements(m.reference)
    if len(items) > 1 and _ORDERED.search(m.sample.prompt_text):
        at = draw.randrange(len(items) - 1)
        items[at], items[at + 1] = items[at + 1], items[at]
        yield opening + ",".join(items) + closing


def _elements(text: str) -> tuple[str, list[str], str]:
    """What opens a tuple or list, its elements, and what closes it."""
    text = text.strip().strip("$").strip()
    for opening, closing in (("\\left(", "\\right)"), ("\\left\\{", "\\right\\}"), ("\\{", "\\}"), ("(", ")")):
        if text.startswith(opening) and text.endswith(closing) and len(split_top(text, ",")) == 1:
            return opening, split_top(text[len(opening) : -len(closing)], ","), closing
    return "", split_top(text, ","), ""


def union_part_dropped(m: Material, draw: Random) -> Iterator[str]:
    parts = re.split(r"\\cup(?![a-zA-Z])|∪", m.reference)
    if len(parts) > 1:
        parts.pop(draw.randrange(len(parts)))
        yield " \\cup ".join(p.strip() for p in parts)


_OTHER_UNITS = {
    "km": "m", "cm": "m", "mm": "cm", "kg": "g", "hours": "minutes", "minutes": "hours", "seconds": "minutes",
    "days": "hours", "dollars": "cents", "cents": "dollars", "kilometers": "meters", "meters": "kilometers",
}  # fmt: skip


def unit_changed(m: Material, draw: Random) -> Iterator[str]:
    for unit, other in _OTHER_UNITS.items():
        swapped = re.sub(rf"(?<![a-zA-Z]){unit}(?![a-zA-Z])", other, m.reference)
        if swapped != m.reference:
            yield re.sub(rf"([\d}}])\s?{other}$", rf"\1\\text{{ {other}}}", swapped)


def right_side_negated(m: Material, draw: Random) -> Iterator[str]:
    left, _, right = m.reference.strip("$").partition("=")
    negated = right.strip()[1:] if re.fullmatch(r"\s*-[^+-]*", right) else f"-({right.strip()})"
    yield f"{left.strip()} = {negated.strip()}"


def right_side_off_by_one(m: Material, draw: Random) -> Iterator[str]:
    left, _, right = m.reference.strip("$").partition("=")
    yield f"{left.strip()} = {right.strip()} {draw.choice('+-')} 1"


def name_changed(m: Material, draw: Random) -> Iterator[str]:
    names = sorted({n for n in _LETTER.findall(m.reference) if n not in "eidCkc" and m.names(n)})
    if names:
        old = draw.choice(names)
        new = draw.choice([n for n in "uvwz" if n not in m.reference and not m.names(n)] or [""])
        if new:
            yield re.sub(rf"(?<![\\a-zA-Z]){old}(?![a-zA-Z])", new, m.reference)


def term_added(m: Material, draw: Random) -> Iterator[str]:
    yield m.reference.strip("$") + " + " + draw.choice(("1", "2", "\\pi"))


def factor_added(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(("2", "3", "\\pi")) + f" \\cdot ({m.reference.strip('$')})"


def other_letter(m: Material, draw: Random) -> Iterator[str]:
    labels = list(m.options)
    draw.shuffle(labels)
    yield from labels


def other_option_text(m: Material, draw: Random) -> Iterator[str]:
    texts = list(m.options.values())
    draw.shuffle(texts)
    yield from texts


def opposite(m: Material, draw: Random) -> Iterator[str]:
    pairs = {"yes": "no", "no": "yes", "true": "false", "false": "true"}
    word = m.reference.strip().lower()
    if word in pairs:
        other = pairs[word]
        yield other.capitalize() if m.reference.strip()[0].isupper() else other


def other_reference(m: Material, draw: Random) -> Iterator[str]:
    others = [answer for answer in m.others if not is_label(answer)]
    draw.shuffle(others)
    yield from others


def is_label(answer: str) -> bool:
    """Whether an answer is one letter, which elsewhere may name an option or stand for any value."""
    return _LABEL.fullmatch(answer.strip()) is not None
