"""Units that answers are given in: which spellings mean the same one, and how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

_SIZES: Mapping[str, Mapping[str, int | str]] = {
    "length": {"km": 1000, "m": 1, "cm": "1/100", "mm": "1/1000"},
    "mass": {"kg": 1000, "g": 1, "mg": "1/1000"},
    "time": {"hours": 3600, "minutes": 60, "seconds": 1, "days": 86400},
    "volume": {"litres": 1, "ml": "1/1000"},
    "money": {"dollars": 1, "cents": "1/100"},
}
SCALES: Mapping[str, tuple[str, Fraction]] = {
    unit: (dimension, Fraction(size)) for dimension, units in _SIZES.items() for unit, size in units.items()
}
"""Units that are told apart and converted."""

_UNIT_NAMES: Mapping[str, str] = {
    "\\%": "%", "percent": "%", "°": "degrees", "degree": "degrees", "\\circ": "degrees",
    "kilometers": "km", "kilometres": "km", "meters": "m", "metres": "m", "meter": "m", "centimeters": "cm",
    "millimeters": "mm", "kilograms": "kg", "grams": "g", "gram": "g", "hour": "hours", "h": "hours", "hr": "hours",
    "minute": "minutes", "min": "minutes", "second": "seconds", "s": "seconds", "day": "days", "liters": "litres",
    "L": "litres", "mL": "ml", "dollar": "dollars", "cent": "cents",
}  # fmt: skip
KNOWN_UNITS = frozenset((*SCALES, "%", "degrees", *_UNIT_NAMES))
"""Every spelling of a unit that is read."""


def canonical_unit(unit: str) -> str:
    """One spelling for what has several.

    >>> canonical_unit("kilometers"), canonical_unit("^{\\\\circ}")
    ('km', 'degrees')
    """
    unit = unit.strip().removeprefix("^").strip("{} ")
    return _UNIT_NAMES.get(unit, unit)
