"""What a plotting program claims that its figures hold, read on the trusted side.

The claim is one line of JSON from a process that ran the program. It is taken for what it says only where it has the
very shape that the driver writes; anything else is a `Failure`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardkit.verifiers.code.drivers.plots import MOST_AXES, MOST_FIGURES, MOST_MARKS, MOST_POINTS
from rewardkit.verifiers.code.plots.image import difference, read_png

Values = tuple[float | None, ...]

LEAST_INK = 3
"""Pixels, of a picture 320 wide, from which on something is drawn."""
_MOST_BRACKETS = 200_000
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in axes that shows data."""

    kind: str
    """line, scatter, bar, barh, pie, area, segments, image, contour, surface or patch."""
    label: str
    x: Values
    y: Values
    z: Values
    ink: int
    """Pixels that it draws alone; -1 where nobody looked."""

    @property
    def is_drawn(self) -> bool:
        """Whether it can be seen, and has data."""
        return self.ink >= LEAST_INK and len(self.x) > 0


@dataclass(frozen=True, slots=True)
class Axes:
    """One system of axes."""

    title: str
    xlabel: str
    ylabel: str
    legend: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure."""

    title: str
    axes: tuple[Axes, ...]
    ink: int
    """Pixels of its ground that its marks change."""
    png: str
    """The picture, in base64."""

    @property
    def marks(self) -> list[Mark]:
        """The marks that can be seen; none where the picture shows none."""
        drawn = [mark for axes in self.axes for mark in axes.marks if mark.is_drawn]
        return drawn if self.ink >= LEAST_INK else []


@dataclass(frozen=True, slots=True)
class Failure:
    """A program without figures to look at: why."""

    stage: str
    """compile, run, draw, or claim."""
    detail: str


_FORGED = Failure("claim", "it wrote where only its figures' description may stand")


class _ForgedError(Exception):
    pass


def read_claim(result: bytes) -> tuple[Figure, ...] | Failure:
    """The figures that a program claims to have made, or how it failed."""
    if not result:
        return Failure("claim", "it ended before its figures could be looked at")
    if result.count(b"[") + result.count(b"{") > _MOST_BRACKETS or result.count(b"\n") != 1:
        return _FORGED
    try:
        claim = json.loads(result)
        if isinstance(claim, dict) and "error" in claim:
            stage, name, message = (_text(part) for part in claim["error"])
            return Failure(stage[:20], f"it raised {name}: {message}" if message else f"it raised {name}")
        return tuple(_figure(item) for item in _items(claim["figures"], MOST_FIGURES))
    except (ValueError, TypeError, KeyError, RecursionError, _ForgedError):
        return _FORGED


def _figure(value: Mapping[str, Any]) -> Figure:
    png = value["png"]
    whole, marked, bare = (read_png(value[name]) for name in ("png", "marked", "bare"))
    if whole is None or marked is None or bare is None:
        raise _ForgedError
    axes = tuple(_axes(item) for item in _items(value["axes"], MOST_AXES))
    return Figure(_text(value["title"]), axes, difference(marked, bare), png)


def _axes(value: Mapping[str, Any]) -> Axes:
    return Axes(
        title=_text(value["title"]),
        xlabel=_text(value["xlabel"]),
        ylabel=_text(value["ylabel"]),
        legend=tuple(_text(item) for item in _items(value["legend"], MOST_MARKS)),
        marks=tuple(_mark(item) for item in _items(value["marks"], 10_000)),
    )


def _mark(value: Mapping[str, Any]) -> Mark:
    ink = value["ink"]
    if type(ink) is not int:
        raise _ForgedError
    x, y, z = (_values(value[name]) for name in ("x", "y", "z"))
    return Mark(_text(value["kind"]), _text(value["label"]), x, y, z, ink)


def _values(value: Any) -> Values:
    items = _items(value, MOST_POINTS)
    if not all(item is None or type(item) is float for item in items):
        raise _ForgedError
    return tuple(items)


def _items(value: Any, most: int) -> list[Any]:
    if type(value) is not list or len(value) > most:
        raise _ForgedError
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _ForgedError
    return value[:_LONGEST_TEXT]
