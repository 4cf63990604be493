"""Whether two answers are the same: the independent check behind every generated attack and rewrite.

    relate("(2, 1)", "(1, 2)"), relate("x > 2", "(2, \\\\infty)")      # DIFFERENT, SAME

It shares no code with the verifiers that it helps to measure, and says UNKNOWN wherever a second reading is possible:
what is called DIFFERENT is wrong under every reasonable reading, and what is called SAME is right.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from fractions import Fraction

from rewardkit.bench.answers import Answer, Equation, Members, Part, Region, Single, Words, read_answer, region_of
from rewardkit.bench.evaluation import Relation, exact_value, names_in, relate_ratios, relate_values
from rewardkit.bench.expression import Formula
from rewardkit.bench.units import SCALES

_STOPWORDS = frozenset(["a", "an", "the", "of", "and", "or", "is", "it", "to", "in"])
_NUMBER_WORDS = frozenset(
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        "ten", "eleven", "twelve", "twenty", "thirty", "forty", "fifty", "hundred", "thousand", "million",
        "billion", "half", "third", "quarter", "first", "second", "dozen", "once", "twice", "none",
        "no", "all", "every",
    ]
)  # fmt: skip


@functools.lru_cache(maxsize=65_536)
def relate(left: str, right: str) -> Relation:
    """What is known of two answers given as text."""
    if " ".join(left.split()) == " ".join(right.split()):
        return Relation.SAME
    a, b = read_answer(left), read_answer(right)
    return Relation.UNKNOWN if a is None or b is None else relate_answers(a, b)


def relate_answers(left: Answer, right: Answer) -> Relation:
    """What is known of two answers that were read."""
    comparison = _COMPARISONS.get((type(left), type(right)))
    if comparison is not None:
        return comparison(left, right)
    comparison = _COMPARISONS.get((type(right), type(left)))
    return Relation.UNKNOWN if comparison is None else comparison(right, left)


def _singles(a: Single, b: Single) -> Relation:
    if a.unit == b.unit:
        return relate_values(a.value, b.value)
    if {a.unit, b.unit} == {"", "degrees"}:
        return Relation.UNKNOWN  # an angle in radians, or a number whose sign was left out
    if a.unit in SCALES and b.unit in SCALES:
        (dimension, scale), (other, other_scale) = SCALES[a.unit], SCALES[b.unit]
        if dimension != other:
            return Relation.DIFFERENT
        return relate_values(_scaled(a.value, scale), _scaled(b.value, other_scale))
    factors = [Fraction(10) ** k for k in range(-6, 7)] + [Fraction(60), Fraction(3600), Fraction(24)]
    factors += [1 / f for f in factors]
    related = {relate_values(a.value, _scaled(b.value, factor)) for factor in factors}
    return Relation.DIFFERENT if related == {Relation.DIFFERENT} else Relation.UNKNOWN


def _scaled(value: Formula, scale: Fraction) -> Formula:
    return ("multiply", value, ("number", scale))


def _members_of_both(a: Members, b: Members) -> Relation:
    if a.is_ordered != b.is_ordered:
        return Relation.UNKNOWN
    if a.is_ordered:
        if len(a.items) != len(b.items):
            return Relation.DIFFERENT
        related = {relate_answers(x, y) for x, y in zip(a.items, b.items, strict=True)}
    else:
        related = {_is_among(x, b) for x in a.items} | {_is_among(y, a) for y in b.items}
    if Relation.DIFFERENT in related:
        return Relation.DIFFERENT
    return Relation.SAME if related == {Relation.SAME} else Relation.UNKNOWN


def _is_among(item: Answer, members: Members) -> Relation:
    related = {relate_answers(item, other) for other in members.items}
    if Relation.SAME in related:
        return Relation.SAME
    return Relation.DIFFERENT if related == {Relation.DIFFERENT} else Relation.UNKNOWN


def _members_and_single(several: Members, one: Single) -> Relation:
    """Different when two of the values differ from each other: then no reading makes them one value."""
    are_several = any(relate_answers(several.items[0], x) is Relation.DIFFERENT for x in several.items[1:])
    return Relation.DIFFERENT if are_several or _is_among(one, several) is Relation.DIFFERENT else Relation.UNKNOWN


def _regions(a: Region, b: Region) -> Relation:
    if a.name and b.name and a.name != b.name:
        return Relation.UNKNOWN
    if len(a.parts) != len(b.parts):
        return Relation.DIFFERENT
    related = {_parts(x, y) for x, y in zip(a.parts, b.parts, strict=True)}
    if Relation.DIFFERENT in related:
        return Relation.DIFFERENT
    return Relation.SAME if related == {Relation.SAME} else Relation.UNKNOWN


def _region_and_members(region: Region, members: Members) -> Relation:
    """`(a, b)` differs from an interval as a tuple, and may differ as the open interval as well."""
    if not members.is_ordered or len(members.items) != 2:
        return Relation.UNKNOWN
    ends = [item.value for item in members.items if isinstance(item, Single)]
    as_open = region_of([Part(ends[0], False, ends[1], False)]) if len(ends) == 2 else None
    differs = as_open is not None and _regions(region, as_open) is Relation.DIFFERENT
    return Relation.DIFFERENT if differs else Relation.UNKNOWN


def _parts(a: Part, b: Part) -> Relation:
    if (a.low_closed, a.high_closed, a.low is None, a.high is None) != (
        b.low_closed,
        b.high_closed,
        b.low is None,
        b.high is None,
    ):
        return Relation.DIFFERENT
    related = {relate_values(x, y) for x, y in ((a.low, b.low), (a.high, b.high)) if x is not None and y is not None}
    if Relation.DIFFERENT in related:
        return Relation.DIFFERENT
    return Relation.UNKNOWN if Relation.UNKNOWN in related else Relation.SAME


def _equations(a: Equation, b: Equation) -> Relation:
    solved = _solved(a), _solved(b)
    if solved[0] is not None and solved[1] is not None and solved[0][0] == solved[1][0]:
        return relate_values(solved[0][1], solved[1][1])
    return relate_ratios(_difference(a), _difference(b))


def _difference(equation: Equation) -> Formula:
    return ("add", equation.left, ("negative", equation.right))


def _solved(equation: Equation) -> tuple[str, Formula] | None:
    """The name and its value of `x = 3` and `3 = x`."""
    for side, other in ((equation.left, equation.right), (equation.right, equation.left)):
        if side[0] == "name" and side[1] not in names_in(other):
            return side[1], other
    return None


def _equation_and_single(equation: Equation, single: Single) -> Relation:
    solved = _solved(equation)
    if solved is None or single.unit or solved[0] in names_in(single.value):
        return Relation.UNKNOWN
    return relate_values(solved[1], single.value)


def _words(a: Words, b: Words) -> Relation:
    if a.tokens == b.tokens:
        return Relation.SAME
    if {a.tokens, b.tokens} in ({("yes",), ("no",)}, {("true",), ("false",)}):
        return Relation.DIFFERENT
    ours, theirs = set(a.tokens) - _STOPWORDS, set(b.tokens) - _STOPWORDS
    if not ours or not theirs or ours & theirs or (ours | theirs) & {"yes", "no", "true", "false"}:
        return Relation.UNKNOWN
    return Relation.UNKNOWN if (ours & _NUMBER_WORDS) or (theirs & _NUMBER_WORDS) else Relation.DIFFERENT


def _words_and_single(words: Words, single: Single) -> Relation:
    speaks_of_numbers = any(t.isdigit() or t in _NUMBER_WORDS for t in words.tokens)
    is_number = exact_value(single.value) is not None
    return Relation.DIFFERENT if is_number and not speaks_of_numbers else Relation.UNKNOWN


_COMPARISONS: Mapping[tuple[type, type], Callable[..., Relation]] = {
    (Single, Single): _singles,
    (Members, Members): _members_of_both,
    (Members, Single): _members_and_single,
    (Region, Region): _regions,
    (Region, Members): _region_and_members,
    (Equation, Equation): _equations,
    (Equation, Single): _equation_and_single,
    (Words, Words): _words,
    (Words, Single): _words_and_single,
}
"""How two kinds of answer are compared; pairs that are not here are UNKNOWN."""
