"""Whether figures hold what is expected: each mark by kind and data, each text by its words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rewardkit.verifiers.code.plots.claims import Figure, Mark, Values
from rewardkit.verifiers.code.plots.expected import Expected, ExpectedMark

_UNORDERED = frozenset({"scatter", "bar", "barh"})
"""Kinds whose points mean the same in any order."""
_STEPS = 1e6


@dataclass(frozen=True, slots=True)
class Comparison:
    """How figures and expectation agree."""

    met: int
    missing: tuple[str, ...]
    """What is expected and not there, in words."""
    extra: int
    """Marks that nobody expects, where marks are expected at all."""

    @property
    def share(self) -> float:
        """What agrees, of all that is expected or there."""
        total = self.met + len(self.missing) + self.extra
        return self.met / total if total else 1.0


def compare(expected: Expected, figures: Sequence[Figure], tolerance: float) -> Comparison:
    """Match what is expected with what is drawn, each mark once; those of which most is said choose first."""
    left = [mark for figure in figures for mark in figure.marks]
    wanted = sorted(expected.marks or (), key=lambda mark: -mark.parts)
    met, missing = 0, []
    for one in wanted:
        found = next((n for n, mark in enumerate(left) if matches(one, mark, tolerance)), None)
        if found is None:
            missing.append(f"a {one.kind}" + (f" labelled {one.label!r}" if one.label else ""))
        else:
            met += 1
            del left[found]
    axes = [one for figure in figures if figure.marks for one in figure.axes]
    for name, text in expected.texts:
        there = [getattr(one, name) for one in axes]
        there += [figure.title for figure in figures] if name == "title" else []
        if _words(text) in map(_words, there):
            met += 1
        else:
            missing.append(f"the {name} {text[:60]!r}")
    for legend in expected.legends:
        if sorted(map(_words, legend)) in [sorted(map(_words, one.legend)) for one in axes]:
            met += 1
        else:
            missing.append(f"the legend {list(legend)!r:.80}")
    return Comparison(met, tuple(missing), len(left) if expected.marks is not None else 0)


def matches(expected: ExpectedMark, mark: Mark, tolerance: float) -> bool:
    """Whether a mark is the expected one.

    >>> drawn = Mark("scatter", "", (2.0, 1.0), (4.0, 3.0), (), ink=9)
    >>> matches(ExpectedMark("scatter", (1.0, 2.0), (3.0, 4.0)), drawn, 0.001)
    True
    """
    if expected.kind != mark.kind or (expected.label is not None and _words(expected.label) != _words(mark.label)):
        return False
    pairs = [(want, have) for want, have in zip(_columns(expected), (mark.x, mark.y, mark.z), strict=True) if want]
    if any(len(want) != len(have) for want, have in pairs):
        return False
    if expected.kind in _UNORDERED and pairs:
        spans = [_span(want) for want, _ in pairs]
        pairs = list(zip(_in_order([w for w, _ in pairs], spans), _in_order([h for _, h in pairs], spans), strict=True))
    return all(_near(want, have, tolerance) for want, have in pairs)


def _columns(expected: ExpectedMark) -> tuple[Values | None, Values | None, Values | None]:
    return expected.x, expected.y, expected.z


def _in_order(columns: Sequence[Values], spans: Sequence[float]) -> list[Values]:
    """The columns with their rows sorted; what differs by less than a millionth counts as equal."""

    def rank(row: tuple[float | None, ...]) -> list[tuple[bool, int]]:
        return [(v is None, 0 if v is None else round(v / s * _STEPS)) for v, s in zip(row, spans, strict=True)]

    rows = sorted(zip(*columns, strict=True), key=rank)
    return list(zip(*rows, strict=True)) if rows else [() for _ in columns]


def _near(expected: Values, actual: Values, tolerance: float) -> bool:
    span = _span(expected)
    for want, have in zip(expected, actual, strict=True):
        if want is None or have is None:
            if want is not have:
                return False
        elif not math.isclose(want, have, rel_tol=tolerance, abs_tol=tolerance * span):
            return False
    return True


def _span(values: Values) -> float:
    """The range of values, by which differences are measured; 1 where there is none."""
    known = [value for value in values if value is not None]
    span = max(known) - min(known) if known else 0.0
    return span if 0 < span < math.inf else 1.0


def _words(text: str) -> str:
    return " ".join(text.split())
