"""What a figure is expected to hold: from a reference in the row, or from the figures of a reference program."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardkit.verifiers.code.extract import extract_code
from rewardkit.verifiers.code.formats.tests import BadReferenceError
from rewardkit.verifiers.code.plots.claims import Figure, Values

KINDS = ("line", "scatter", "bar", "barh", "pie", "area", "segments", "image", "contour", "surface", "patch")
TEXTS = ("title", "xlabel", "ylabel")
_MOST_MARKS = 200
_KEYS = ("program", "marks", "legend", *TEXTS)


@dataclass(frozen=True, slots=True)
class ExpectedMark:
    """A mark that must be there; what is None may be anything."""

    kind: str
    x: Values | None = None
    y: Values | None = None
    z: Values | None = None
    label: str | None = None

    @property
    def parts(self) -> int:
        """How much is said of it."""
        return sum(part is not None for part in (self.x, self.y, self.z, self.label))


@dataclass(frozen=True, slots=True)
class Expected:
    """All that is expected of a program's figures."""

    marks: tuple[ExpectedMark, ...] | None = None
    """None: any; else all of them."""
    texts: tuple[tuple[str, str], ...] = ()
    """Kinds of text (title, xlabel, ylabel), each with the text."""
    legends: tuple[tuple[str, ...], ...] = ()
    program: str = ""
    """A program whose figures say what is expected; empty: none."""

    @property
    def has_data(self) -> bool:
        """Whether any mark's data are expected."""
        return any(mark.parts for mark in self.marks or ())


def read_expected(reference: Any) -> Expected:
    """What a reference asks for; raises `BadReferenceError`."""
    if reference is None:
        return Expected()
    if isinstance(reference, str):
        code = extract_code(reference, "python") if "```" in reference else None
        program = code.text if code else reference
        if not program.strip():
            raise BadReferenceError("the program in it is empty")
        return Expected(program=program)
    if not isinstance(reference, Mapping):
        raise BadReferenceError(f"it is of type {type(reference).__name__}; expected a program or a mapping")
    unknown = sorted(str(key)[:40] for key in reference if key not in _KEYS)
    if unknown or not reference:
        raise BadReferenceError(f"its keys are {', '.join(unknown) or '(none)'}; known: {', '.join(_KEYS)}")
    if "program" in reference:
        if len(reference) > 1 or not isinstance(reference["program"], str):
            raise BadReferenceError("program is a text, and stands alone")
        return read_expected(reference["program"])
    texts = [(name, reference[name]) for name in TEXTS if name in reference]
    legend = reference.get("legend")
    if not all(isinstance(text, str) for _, text in texts) or not (legend is None or _is_texts(legend)):
        raise BadReferenceError("title, xlabel and ylabel are texts, legend is a list of texts")
    marks = _marks(reference["marks"]) if "marks" in reference else None
    return Expected(marks, tuple(texts), (tuple(legend),) if legend is not None else ())


def expected_of(figures: Sequence[Figure], *, with_texts: bool) -> Expected:
    """What the figures of a reference program ask for; raises `BadReferenceError`."""
    marks = [mark for figure in figures for mark in figure.marks]
    if not marks:
        raise BadReferenceError("the reference program draws nothing")
    found = tuple(ExpectedMark(mark.kind, mark.x, mark.y, mark.z or None) for mark in marks)
    if not with_texts:
        return Expected(found)
    axes = [axes for figure in figures for axes in figure.axes if axes.marks]
    texts = [("title", figure.title) for figure in figures]
    texts += [(name, getattr(one, name)) for one in axes for name in TEXTS]
    legends = tuple(one.legend for one in axes if one.legend)
    return Expected(found, tuple((name, text) for name, text in texts if text), legends)


def _marks(value: Any) -> tuple[ExpectedMark, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise BadReferenceError("marks is a list of mappings with a kind")
    found: list[ExpectedMark] = []
    for number, item in enumerate(value):
        if not isinstance(item, Mapping) or item.get("kind") not in KINDS or set(item) - {*_MARK_KEYS}:
            raise BadReferenceError(
                f"mark {number} must be a mapping with a kind of {', '.join(KINDS)}, and none but {_MARK_KEYS}"
            )
        count, label = item.get("count", 1), item.get("label")
        if type(count) is not int or not 0 < count <= _MOST_MARKS or not (label is None or isinstance(label, str)):
            raise BadReferenceError(f"mark {number}: count is a number from 1 up, label is a text")
        x, y, z = (_values(item.get(name), number) for name in "xyz")
        found += [ExpectedMark(item["kind"], x, y, z, label)] * count
    if len(found) > _MOST_MARKS:
        raise BadReferenceError(f"it expects {len(found)} marks; at most {_MOST_MARKS} are compared")
    return tuple(found)


_MARK_KEYS = ("kind", "count", "label", "x", "y", "z")


def _values(value: Any, number: int) -> Values | None:
    if value is None:
        return None
    is_list = isinstance(value, (list, tuple))
    if not is_list or not all(item is None or _is_number(item) for item in value):
        raise BadReferenceError(f"mark {number}: x, y and z are lists of numbers")
    return tuple(None if item is None else float(item) for item in value)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
