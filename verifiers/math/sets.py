"""Sets of real numbers: inequalities, memberships and unions brought to one form, intervals joined by `∪`.

as_set(parse("x < 1 ∨ 2 ≤ x"))      # the union of (-∞, 1) and [2, ∞), about the name x
"""

from __future__ import annotations

import itertools
from fractions import Fraction

from rewardkit.verifiers.math.bounds import Range, ranges
from rewardkit.verifiers.math.equality import as_number
from rewardkit.verifiers.math.expression import Call, Number, Symbol
from rewardkit.verifiers.math.labels import is_label
from rewardkit.verifiers.math.structure import Bracketed, Combined, FiniteSet, Quantity, Relation, Several, Value

_INFINITE = Symbol("∞")
INFINITY = Quantity("∞", _INFINITE)
MINUS_INFINITY = Quantity("-∞", Call("*", (Number(Fraction(-1)), _INFINITE)))

_FLIPPED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "=": "=", "≠": "≠"}
_RISING = {"<": False, "≤": True}
REALS = "\\mathbb{R}"


def flipped(relation: Relation) -> Relation:
    """The same chain read from right to left."""
    signs = tuple(_FLIPPED.get(s, s) for s in reversed(relation.signs))
    return Relation(relation.text, tuple(reversed(relation.items)), signs)


def as_set(value: Value) -> tuple[Value, str] | None:
    """A value as a set of reals and the name that it bounds ('' for a set as such), or None where it is neither.

    >>> from rewardkit.verifiers.math.parse import parse
    >>> as_set(parse("x > 3"))[0].text
    '(3,∞)'
    """
    if isinstance(value, Relation):
        return _from_relation(value)
    if isinstance(value, Combined):
        return _from_combined(value)
    if isinstance(value, Several) and value.joiner in ("∨", ",", "∧", ";"):
        return _from_several(value)
    if isinstance(value, Bracketed) and len(value.items) == 2 and value.opening in "([" and value.closing in ")]":
        return Bracketed(value.text, value.opening, (_plain(value.items[0]), _plain(value.items[1])), value.closing), ""
    if isinstance(value, Quantity) and value.text in (REALS, "R"):
        return interval(MINUS_INFINITY, False, INFINITY, False), ""
    return None


def interval(low: Value, low_closed: bool, high: Value, high_closed: bool) -> Bracketed:
    """The interval between two endpoints."""
    opening, closing = "[" if low_closed else "(", "]" if high_closed else ")"
    return Bracketed(f"{opening}{low.text},{high.text}{closing}", opening, (low, high), closing)


def _plain(endpoint: Value) -> Value:
    """`+∞` is `∞`."""
    return INFINITY if endpoint.text in ("+∞", "∞") else MINUS_INFINITY if endpoint.text == "-∞" else endpoint


def _from_relation(relation: Relation) -> tuple[Value, str] | None:
    items, signs = relation.items, relation.signs
    if signs == ("∈",):
        inner = as_set(items[1])
        return (inner[0] if inner else items[1]), items[0].text
    if signs == ("≠",):
        name, point = (items[0], items[1]) if is_label(items[0].text) else (items[1], items[0])
        points = point.items if isinstance(point, Several) else (point,)
        outside = _without(points)
        return (outside, name.text) if outside and is_label(name.text) else None
    if all(s in (">", "≥") for s in signs):
        relation = flipped(relation)
        items, signs = relation.items, relation.signs
    if signs == ("=",):
        return (FiniteSet(items[1].text, items[1:]), items[0].text) if is_label(items[0].text) else None
    if not all(s in _RISING for s in signs):
        return None
    if len(items) == 3 and is_label(items[1].text):
        return interval(_plain(items[0]), _RISING[signs[0]], _plain(items[2]), _RISING[signs[1]]), items[1].text
    if len(items) == 2:
        left, right = items
        closed = _RISING[signs[0]]
        if is_label(left.text) and "|" not in left.text and left.text not in ("\\pi", "e"):
            return interval(MINUS_INFINITY, False, _plain(right), closed and right.text != "∞"), left.text
        if is_label(right.text) and "|" not in right.text:
            return interval(_plain(left), closed, INFINITY, False), right.text
    solved = ranges(relation)
    if solved is None:
        return None
    parts = tuple(_interval_of(r) for r in solved[1])
    return (parts[0] if len(parts) == 1 else Combined("∪".join(p.text for p in parts), "∪", parts)), solved[0]


def _interval_of(found: Range) -> Bracketed:
    low, high = found
    return interval(
        _plain(low.value) if low else MINUS_INFINITY,
        low is not None and low.is_closed,
        _plain(high.value) if high else INFINITY,
        high is not None and high.is_closed,
    )


def _without(points: tuple[Value, ...]) -> Value | None:
    """The reals without some points; None where one has no place among them."""
    placed: list[tuple[float, int, Value]] = []
    for index, point in enumerate(points):
        place = as_number(point.node) if isinstance(point, Quantity) else None
        if place is None and (len(points) > 1 or not isinstance(point, Quantity)):
            return None
        placed.append((place or 0.0, index, point))
    edges = (MINUS_INFINITY, *(point for _, _, point in sorted(placed, key=lambda p: p[:2])), INFINITY)
    parts = tuple(interval(a, False, b, False) for a, b in itertools.pairwise(edges))
    return Combined("∪".join(p.text for p in parts), "∪", parts)


def _from_combined(value: Combined) -> tuple[Value, str] | None:
    if value.sign == "∖" and len(value.items) == 2 and value.items[0].text in (REALS, "(-∞,∞)"):
        removed = value.items[1]
        if isinstance(removed, Bracketed):
            return _outside(removed), ""
        outside = _without(removed.items if isinstance(removed, FiniteSet) else (removed,))
        return (outside, "") if outside else None
    if value.sign != "∪":
        return value, ""
    parts = [as_set(p) for p in value.items]
    return Combined(value.text, "∪", tuple(p[0] if p else v for p, v in zip(parts, value.items, strict=True))), ""


def _outside(removed: Bracketed) -> Value:
    """The reals without an interval."""
    if len(removed.items) != 2:
        return removed
    low, high = (_plain(i) for i in removed.items)
    below = interval(MINUS_INFINITY, False, low, removed.opening == "(")
    above = interval(high, removed.closing == ")", INFINITY, False)
    if low.text == "-∞":
        return above
    return below if high.text == "∞" else Combined(f"{below.text}∪{above.text}", "∪", (below, above))


def _excluding(items: tuple[Value, ...]) -> tuple[Value, str] | None:
    """The reals without the values that one name does not have: `x ≠ 1, x ≠ 2`, `x ≠ 1, 2`."""
    name, points = "", list[Value]()
    for item in items:
        if not isinstance(item, Relation):
            points.append(item)
        elif item.signs == ("≠",) and item.items[0].text == (name or item.items[0].text):
            name = item.items[0].text
            points.append(item.items[1])
        else:
            return None
    outside = _without(tuple(points)) if is_label(name) else None
    return (outside, name) if outside else None


def _are_intervals(items: tuple[Value, ...]) -> bool:
    """Whether pairs in brackets can only be intervals: an end is closed or infinite in each."""
    return all(
        isinstance(i, Bracketed) and (i.opening + i.closing in ("[)", "(]") or "∞" in i.text[-4:] or "-∞" in i.text[:4])
        for i in items
    )


def _from_several(value: Several) -> tuple[Value, str] | None:
    """Inequalities side by side: a union when joined by "or", else what satisfies all of them."""
    if value.joiner != "∨" and any(isinstance(v, Relation) and v.signs == ("=",) for v in value.items):
        return None
    if any(isinstance(v, Relation) and v.signs == ("≠",) for v in value.items):
        return _excluding(value.items)
    first, *others = value.items
    if isinstance(first, Relation) and first.signs == ("∈",):  # x ∈ A or B
        first = first.items[1]
    if value.joiner in ("∨", "∧") and _are_intervals((first, *others)):
        name = value.items[0].items[0].text if isinstance(value.items[0], Relation) else ""
        return Combined(value.text, "∪", tuple(v for v in (first, *others))), name
    parts = [as_set(v) if isinstance(v, (Relation, Combined)) else None for v in value.items]
    sets = [p for p in parts if p]
    if len(sets) != len(value.items) or len({name for _, name in sets if name}) > 1:
        return None
    name = next((n for _, n in sets if n), "")
    if value.joiner != "∨":
        both = _overlap([s for s, _ in sets])
        if both is not None:
            return both, name
        if value.joiner == "∧":
            return None
    return Combined("∪".join(s.text for s, _ in sets), "∪", tuple(s for s, _ in sets)), name


def _overlap(parts: list[Value]) -> Value | None:
    """The overlap of a lower and an upper bound, if it is not empty."""
    if len(parts) != 2 or not all(isinstance(p, Bracketed) for p in parts):
        return None
    first, second = parts
    assert isinstance(first, Bracketed)
    assert isinstance(second, Bracketed)
    lower, upper = (first, second) if second.items[0].text == "-∞" else (second, first)
    if upper.items[0].text != "-∞" or lower.items[1].text != "∞":
        return None
    low, high = lower.items[0], upper.items[1]
    if not isinstance(low, Quantity) or not isinstance(high, Quantity):
        return None
    start, end = as_number(low.node), as_number(high.node)
    if start is None or end is None or start >= end:
        return None
    return interval(low, lower.opening == "[", high, upper.closing == "]")


def parts_of(value: Value) -> tuple[Value, ...]:
    """The members of a union, flattened; a value that is none is its own only member."""
    if isinstance(value, Combined) and value.sign == "∪":
        return tuple(p for item in value.items for p in parts_of(item))
    return (value,)


def joined(parts: tuple[Value, ...]) -> tuple[Value, ...]:
    """Intervals in rising order, with those that touch or overlap made one; as they stand where an end is no number."""
    spans: list[tuple[float, bool, float, bool, Bracketed]] = []
    for part in parts:
        ends = _ends(part)
        if ends is None or not isinstance(part, Bracketed):
            return parts
        spans.append((ends[0], part.opening == "[", ends[1], part.closing == "]", part))
    spans.sort(key=lambda s: (s[0], not s[1]))
    merged: list[tuple[float, bool, float, bool, Bracketed]] = []
    for low, low_closed, high, high_closed, part in spans:
        if merged:
            last = merged[-1]
            if low < last[2] or (low == last[2] and (low_closed or last[3])):
                top, closed, upper = last[2], last[3], last[4].items[1]
                if high > top or (high == top and high_closed):
                    top, closed, upper = high, high_closed, part.items[1]
                whole = interval(last[4].items[0], last[1], upper, closed)
                merged[-1] = (last[0], last[1], top, closed, whole)
                continue
        merged.append((low, low_closed, high, high_closed, part))
    return tuple(m[4] for m in merged)


def _ends(part: Value) -> tuple[float, float] | None:
    if not isinstance(part, Bracketed) or len(part.items) != 2:
        return None
    found: list[float] = []
    for item in part.items:
        if item.text == "∞":
            found.append(float("inf"))
        elif item.text == "-∞":
            found.append(float("-inf"))
        else:
            number = as_number(item.node) if isinstance(item, Quantity) else None
            if number is None:
                return None
            found.append(number)
    return found[0], found[1]
