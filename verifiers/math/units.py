"""Units and other words behind a value: `16 km/h`, `15 \\text{ cm}^{2}`, `10 apples`, `5 o'clock`.

A unit is dropped where the other side has none, converted where both are known, and ignored where a word is unknown.
Outside `\\text{}` only common abbreviations and words of four letters count: `79 x`, `3 mg` and `2abc` are products.
"""

from __future__ import annotations

import re
from fractions import Fraction

_SCALES: tuple[tuple[str, str, str], ...] = (
    # dimension, factor to its base unit, spellings
    ("length", "1/1000", "mm millimeter millimeters millimetre millimetres"),
    ("length", "1/100", "cm centimeter centimeters centimetre centimetres cms"),
    ("length", "1/10", "dm decimeter decimeters"),
    ("length", "1", "m meter meters metre metres"),
    ("length", "1000", "km kilometer kilometers kilometre kilometres kms"),
    ("length", "127/5000", "in inch inches"),
    ("length", "381/1250", "ft foot feet"),
    ("length", "1143/1250", "yd yard yards"),
    ("length", "201168/125", "mi mile miles"),
    ("mass", "1/1000", "mg milligram milligrams"),
    ("mass", "1", "g gram grams gm"),
    ("mass", "1000", "kg kilogram kilograms kilo kilos"),
    ("time", "1/1000", "ms millisecond milliseconds"),
    ("time", "1", "s sec secs second seconds"),
    ("time", "60", "min mins minute minutes"),
    ("time", "3600", "h hr hrs hour hours"),
    ("time", "86400", "d day days"),
    ("time", "604800", "week weeks wk"),
    ("volume", "1/1000", "ml milliliter milliliters millilitre millilitres mL"),
    ("volume", "1", "l liter liters litre litres L"),
    ("money", "1/100", "cent cents"),
    ("money", "1", "¤ dollar dollars usd USD"),
    ("money in euros", "1", "€ euro euros EUR"),
)
_KNOWN = {name: (kind, Fraction(factor)) for kind, factor, names in _SCALES for name in names.split()}
_RATES = {"mph": "mi/h", "kph": "km/h", "kmph": "km/h"}
_COUNTS = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_LETTERS = frozenset("msghlLNJWVAKCFTd")
_SHORT_TEXT = (
    "mm cm dm km ft yd kg mL hr hrs min mins sec secs mph kph rpm Hz kHz MHz GHz kPa keV MeV GeV kJ kW mol rad psi lb "
    "lbs oz sq cc kcal men day days"
)
_SHORT = frozenset(_SHORT_TEXT.split())
_REFUSING_TEXT = (
    "not no nor or and isn wasn isnt except unless instead rather but if when where mod modulo false wrong incorrect "
    "through between plus minus times divided squared cubed is are equals equal to from for"
)
_REFUSING = frozenset(_REFUSING_TEXT.split())
"""Words that make what they stand in a statement, not a unit."""
_FUNCTION_TEXT = (
    "sin cos tan cot sec csc log ln exp sqrt pi arcsin arccos arctan sinh cosh tanh abs floor ceil gcd lcm max min"
)
_FUNCTION_WORDS = frozenset(_FUNCTION_TEXT.split())

_TEXT_UNIT = re.compile(
    r"(?:\s*[/*]?\s*\\text\{[^{}]{1,60}\}(?:\s*\^\s*(?:\{\s*-?[1-4]\s*\}|-?[1-4])|\s*°(?=\s*\\text))?){1,4}"
    r"(?:\s*/\s*[a-zA-Z]{1,12})?$"
)
_PLAIN_UNIT = re.compile(
    r"(?<=[0-9)}\]%°. ])\s*(?<![a-zA-Z\\{])"
    r"([a-zA-Z][a-zA-Z.'\- ]{0,80}(?:\s?\^\s?\{?[23]\}?)?(?:\s?/\s?[a-zA-Z]{1,12}(?:\^\{?[23]\}?)?)?)$"
)
_BARE_COMPOUND = re.compile(r"(?:m|cm|km|ft|mi|g|kg|N)\s?/\s?(?:s|h|hr|min|m|cm|mL|L)(?:\s?\^\s?\{?\s?[23]\s?\}?)?")
_PREFIXES = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_POWER_UNIT = re.compile(r"(?:(square|sq|cubic|cu)\s)?([a-zA-Z]+|[¤€])(?:\^([1-3]))?")
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_ENDS_VALUE = re.compile(r"[0-9)}\]%°!|⟧∞a-zA-Z]\s*$")
_MODULUS = re.compile(
    r"\s*(?:\(\s*)?(?:\\(?:pmod|bmod|mod)|\\text\{\s*mod\s*\}|(?<![a-z])mod)\s*\{?\s*[0-9]{1,9}\s*\}?\s*\)?$"
)


def split_unit(text: str) -> tuple[str, str]:
    """The value part of a canonical text, and the unit behind it in one spelling, or ''.

    >>> split_unit("16 \\\\text{km/h}"), split_unit("10 apples"), split_unit("79 x")
    (('16', 'km/h'), ('10', 'apples'), ('79 x', ''))
    """
    is_styled = "\\text" in text
    if not (is_styled or text[-1:].isalpha() or "mod" in text or "^" in text):
        return text, ""
    modulus = _MODULUS.search(text[-60:]) if "mod" in text else None
    if modulus:
        text = text[: len(text) - (len(text[-60:]) - modulus.start())]
    marked = _TEXT_UNIT.search(text, max(0, len(text) - 260)) if is_styled else None
    if marked and marked.start() and _ENDS_VALUE.search(text[max(0, marked.start() - 8) : marked.start()]):
        unit = _spelling(_TEXT.sub(r" \1", marked.group()))
        if unit is not None:
            return text[: marked.start()].rstrip(), unit
    plain = _PLAIN_UNIT.search(text, max(0, len(text) - 120))
    if plain and plain.start() and re.search(r"[0-9})\]%°]\s*$", text[: plain.start(1)]):
        unit = _spelling(plain.group(1)) if _is_bare_unit(plain.group(1), text[plain.start(1) - 1] == " ") else None
        if unit is not None:
            return text[: plain.start(1)].rstrip(), unit
    return text, ""


def _is_bare_unit(text: str, is_apart: bool) -> bool:
    """Whether letters behind a value are a unit and not names: an abbreviation, or a long word known or apart."""
    words = re.findall(r"[a-zA-Z]+", text)
    if any(w in _FUNCTION_WORDS for w in words):
        return False
    if "/" in text and _BARE_COMPOUND.fullmatch(text):
        return True
    return any(w in _SHORT or (len(w) >= 4 and (is_apart or w in _KNOWN)) for w in words)


def _spelling(text: str) -> str | None:
    """One spelling of a unit, or None when the words are a statement."""
    words = re.findall(r"[a-zA-Z]+", text)
    if (
        not words
        or (len(words) == 1 and len(words[0]) == 1 and words[0] not in _LETTERS)
        or any(w.lower() in _REFUSING for w in words)
        or re.search(r"[0-9]", re.sub(r"\^\s*\{?\s*-?[1-4]\s*\}?", "", text))
    ):
        return None
    return re.sub(r"\s*\^\s*", "^", re.sub(r"[\s{}.]+", " ", text)).strip().replace("^ ", "^")


def conversion(unit: str, other: str) -> Fraction | None:
    """How many of `other` one `unit` is: 1 for the same or an unknown pair, None for units of different kinds.

    >>> conversion("m", "cm"), conversion("m^2", "square cm"), conversion("apples", "kg"), conversion("kg", "cm")
    (Fraction(100, 1), Fraction(10000, 1), Fraction(1, 1), None)
    """
    mine, theirs = _dimension(unit), _dimension(other)
    if mine is None or theirs is None:
        return Fraction(1)
    return mine[1] / theirs[1] if mine[0] == theirs[0] else None


def counted(unit: str) -> tuple[int, str]:
    """How many a unit counts, and the rest of it: `million dollars` are a million `dollars`.

    >>> counted("million dollars"), counted("apples")
    ((1000000, 'dollars'), (1, 'apples'))
    """
    first, _, rest = unit.partition(" ")
    count = _COUNTS.get(first, _COUNTS.get(first.removesuffix("s"), 1))
    return (1, unit) if count == 1 else (count, rest)


def _dimension(unit: str) -> tuple[tuple[tuple[str, int], ...], Fraction] | None:
    """What a known unit or quotient of two measures, with powers, and how many base units it is."""
    parts = _RATES.get(unit, unit).replace(" per ", "/").split("/")
    if len(parts) > 2:
        return None
    kinds: list[tuple[str, int]] = []
    total = Fraction(1)
    for sign, part in zip((1, -1), parts, strict=False):
        match = _POWER_UNIT.fullmatch(part.strip())
        if match is None or match.group(2) not in _KNOWN:
            return None
        prefix, name, exponent = match.groups()
        power = sign * (int(exponent) if exponent else _PREFIXES.get(prefix or "", 1))
        kind, factor = _KNOWN[name]
        kinds.append((kind, power))
        total *= factor**power
    return tuple(kinds), total
