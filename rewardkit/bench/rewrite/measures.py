"""Rewrites of percentages and of numbers with a unit: the unit spelled otherwise, converted, added or left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

from rewardkit.bench.evaluation import exact_value
from rewardkit.bench.expression import read_formula
from rewardkit.bench.kinds import Kind, Material
from rewardkit.bench.rewrite.spelling import Spelling, bare, decimal


def percent_word(m: Material, draw: Random) -> Iterator[str]:
    number = re.sub(r"\s*\\?%$", "", bare(m))
    yield draw.choice((f"{number}%", f"{number}\\%", f"{number} percent", f"{number}\\text{{ percent}}"))


def percent_as_fraction(m: Material, draw: Random) -> Iterator[str]:
    value = exact_value(read_formula(re.sub(r"\s*\\?%$", "", bare(m))) or ("name", ""))
    if value is not None:
        yield decimal(value / 100)


def percent_dropped(m: Material, draw: Random) -> Iterator[str]:
    yield re.sub(r"\s*\\?%$", "", bare(m))


_UNIT_SPELLINGS = {
    "km": "kilometers", "cm": "centimeters", "kg": "kilograms", "minutes": "min", "kilometers": "km",
}  # fmt: skip
_SMALLER_UNITS = {
    "km": ("m", 1000),
    "kg": ("g", 1000),
    "cm": ("mm", 10),
    "hours": ("minutes", 60),
    "minutes": ("seconds", 60),
}
_ASKED = re.compile(
    r"[Hh]ow many ([a-z]{3,12}s)(?=\?|\s(?:are|is|were|was|do|does|did|will|would|can|could|has|have|had|must|should|"
    r"in|of|with|that|there)\b)"
)
"""Things that are asked for, and not a word before them: "how many tennis balls"."""
_UNIT_END = re.compile(r"(.*?\d)\s{0,2}(?:\\text\s?\{\s?([a-zA-Z]+)\s?\}|([a-zA-Z]{2,}))")
_DEGREES = re.compile(r"(.*?\d)\s?(?:\^\s?\{?\s?\\circ\s?\}?|°|\\circ)")


def unit_spelled(m: Material, draw: Random) -> Iterator[str]:
    degrees = _DEGREES.fullmatch(bare(m))
    if degrees is not None:
        number = degrees.group(1)
        yield draw.choice((f"{number}°", f"{number} degrees", f"{number}^\\circ", f"{number}\\text{{ degrees}}"))
    found = _UNIT_END.fullmatch(bare(m))
    if found is not None:
        number, unit = found.group(1), found.group(2) or found.group(3)
        other = _UNIT_SPELLINGS.get(unit, unit)
        yield draw.choice((f"{number}\\text{{ {unit}}}", f"{number}\\,\\mathrm{{{unit}}}", f"{number} {other}"))


def unit_dropped(m: Material, draw: Random) -> Iterator[str]:
    found = _DEGREES.fullmatch(bare(m)) or _UNIT_END.fullmatch(bare(m))
    if found is not None:
        yield found.group(1)


def unit_converted(m: Material, draw: Random) -> Iterator[str]:
    found = _UNIT_END.fullmatch(bare(m))
    value = None if found is None else exact_value(read_formula(found.group(1)) or ("name", ""))
    if found is not None and value is not None:
        unit = found.group(2) or found.group(3)
        if unit in _SMALLER_UNITS:
            name, factor = _SMALLER_UNITS[unit]
            yield f"{decimal(value * factor)}\\text{{ {name}}}"


def unit_added(m: Material, draw: Random) -> Iterator[str]:
    """The unit that the question asks for: "how many apples" is answered by "5 apples"."""
    asked = _ASKED.findall(m.sample.prompt_text)
    if len(set(asked)) == 1 and asked[0] != "times":  # 5 times is a beginning, not a number of things
        yield draw.choice((f"{bare(m)}\\text{{ {asked[0]}}}", f"{bare(m)} {asked[0]}"))


def dollar_sign(m: Material, draw: Random) -> Iterator[str]:
    if re.search(r"how much money|in dollars|how many dollars", m.sample.prompt_text, re.IGNORECASE):
        yield f"\\${bare(m)}"


_INTEGERS = frozenset((Kind.INTEGER,))
_PERCENTS = frozenset((Kind.PERCENT,))
_QUANTITIES = frozenset((Kind.QUANTITY,))

MEASURES: Sequence[Spelling] = (
    Spelling("percent_spelled", _PERCENTS, "%, \\% and percent are one", percent_word),
    Spelling("percent_as_number", _PERCENTS, "5 % as 0.05", percent_as_fraction, is_sure=True, is_policy=True),
    Spelling("percent_dropped", _PERCENTS, "5 % as 5", percent_dropped, is_sure=True, is_policy=True),
    Spelling("unit_spelled", _QUANTITIES, "the same unit, spelled differently", unit_spelled),
    Spelling("unit_dropped", _QUANTITIES, "without the unit", unit_dropped, is_sure=True, is_policy=True),
    Spelling("unit_converted", _QUANTITIES, "in a smaller unit, exactly", unit_converted, is_policy=True),
    Spelling("unit_added", _INTEGERS, "with the unit that the question asks for", unit_added, is_sure=True),
    Spelling(
        "dollar_sign",
        frozenset((Kind.INTEGER, Kind.DECIMAL)),
        "$5 where the question asks for money",
        dollar_sign,
        is_sure=True,
    ),
)
