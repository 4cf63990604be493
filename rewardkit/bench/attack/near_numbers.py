"""Near misses of numbers: a digit, a sign or a place that differs.

Each maker proposes answers; `near_misses` keeps those that an independent check shows to differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from random import Random

from rewardkit.bench.evaluation import exact_value
from rewardkit.bench.expression import clean, read_formula
from rewardkit.bench.kinds import Kind, Material

_DIGIT = re.compile(r"\d")
_ANGLE = re.compile(r"\bangles?\b|degrees|argument|\bphase|longitude|latitude", re.IGNORECASE)
_ROUNDED = re.compile(r"\bround|nearest|decimal|approximat|estimat|significant", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FRACTION_PARTS = re.compile(r"(-?\s?)\\frac\s?\{\s?(-?\d+)\s?\}\s?\{\s?(\d+)\s?\}|(-?\s?)(\d+)\s?/\s?(\d+)")


def digit_changed(m: Material, draw: Random) -> Iterator[str]:
    text = m.reference
    places = [match.start() for match in _DIGIT.finditer(text)]
    draw.shuffle(places)
    for at in places[:6]:
        digit = draw.choice([d for d in "123456789" if d != text[at]])
        yield text[:at] + digit + text[at + 1 :]


def digits_swapped(m: Material, draw: Random) -> Iterator[str]:
    text = m.reference
    places = [i for i in range(len(text) - 1) if text[i].isdigit() and text[i + 1].isdigit() and text[i] != text[i + 1]]
    draw.shuffle(places)
    for at in places[:4]:
        if text[at + 1] != "0":
            yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def digit_dropped(m: Material, draw: Random) -> Iterator[str]:
    numbers = [n for n in _NUMBER.finditer(m.reference) if len(n.group()) > 1 and "." not in n.group()]
    draw.shuffle(numbers)
    for number in numbers[:3]:
        at = draw.randrange(number.start() + 1, number.end())
        yield m.reference[:at] + m.reference[at + 1 :]


def digit_added(m: Material, draw: Random) -> Iterator[str]:
    numbers = [n for n in _NUMBER.finditer(m.reference) if "." not in n.group() and n.group() != "0"]
    for number in numbers[:3]:
        yield m.reference[: number.end()] + draw.choice("123456789") + m.reference[number.end() :]


def sign_flipped(m: Material, draw: Random) -> Iterator[str]:
    text = m.reference.strip("$ ")
    if "circ" in text or "°" in text or "degree" in text or _ANGLE.search(m.sample.prompt_text):
        return  # -180 degrees are 180 degrees
    if text.startswith("-"):
        yield text[1:].strip()
    elif not re.search(r"(?<!^)[+-]", text):
        yield "-" + text
    else:
        yield f"-({text})"


def inner_sign_flipped(m: Material, draw: Random) -> Iterator[str]:
    text = m.reference
    places = [
        i for i in range(1, len(text)) if text[i] in "+-" and text[i - 1] not in "^{(,[" and "{" not in text[i - 2 : i]
    ]
    draw.shuffle(places)
    for at in places[:4]:
        yield text[:at] + ("-" if text[at] == "+" else "+") + text[at + 1 :]


def off_by_one(m: Material, draw: Random) -> Iterator[str]:
    value = _integer(m.reference)
    if value is not None:
        yield str(value + draw.choice((-1, 1)))


def power_of_ten(m: Material, draw: Random) -> Iterator[str]:
    if m.kind is Kind.DECIMAL:
        value = exact_value(read_formula(m.reference) or ("name", ""))
        digits = re.sub(r"[^\d]", "", m.reference.split(".")[1])
        if value is not None and digits:
            yield _decimal(value * 10) if draw.random() < 0.5 else _decimal(value / 10)
        return
    value_ = _integer(m.reference)
    if value_ is not None:
        yield f"{value_}0" if draw.random() < 0.5 or value_ % 10 else str(value_ // 10)


def truncated(m: Material, draw: Random) -> Iterator[str]:
    """Cut to one or two decimals, where that changes the value by more than 0.1 %."""
    value = exact_value(read_formula(m.reference) or ("name", ""))
    if value is None or _ROUNDED.search(m.sample.prompt_text):
        return
    for digits in (2, 1):
        scale = 10**digits
        cut = Fraction(int(abs(value) * scale), scale)
        if cut and abs(value) - cut > abs(value) / 1000:
            yield ("-" if value < 0 else "") + f"{float(cut):.{digits}f}"


def fraction_inverted(m: Material, draw: Random) -> Iterator[str]:
    parts = _fraction(m.reference)
    if parts is not None and parts[0] != 0:
        sign = "-" if parts[0] < 0 else ""
        yield f"{sign}\\frac{{{parts[1]}}}{{{abs(parts[0])}}}"


def numerator_only(m: Material, draw: Random) -> Iterator[str]:
    parts = _fraction(m.reference)
    if parts is not None:
        yield str(parts[0])


def _integer(text: str) -> int | None:
    value = exact_value(read_formula(text.replace(",", "").strip("$")) or ("name", ""))
    return int(value) if value is not None and value.denominator == 1 else None


def _fraction(text: str) -> tuple[int, int] | None:
    found = _FRACTION_PARTS.fullmatch(clean(text.strip().strip("$")))
    if found is None:
        return None
    sign, top, bottom = (g for g in found.groups() if g is not None)
    return (-1 if "-" in sign else 1) * int(top), int(bottom)


def _decimal(value: Fraction) -> str:
    """A terminating decimal, written out."""
    digits = 0
    while (value * 10**digits).denominator != 1 and digits < 24:
        digits += 1
    whole = abs(int(value * 10**digits))
    text = str(whole).rjust(digits + 1, "0")
    shown = text if not digits else f"{text[:-digits]}.{text[-digits:]}"
    return ("-" if value < 0 else "") + shown
