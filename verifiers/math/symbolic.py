"""What only a computer algebra system reads: sums, products, limits, integrals; both sides or neither.

Runs in a worker process that is killed from outside when it takes too long, so nothing here sets a timer. Cheap guards
refuse what is certain to end that way.
"""

from __future__ import annotations

import functools
import importlib
import logging
import re
from collections.abc import Sequence
from typing import Any

from rewardkit.verifiers.math.labels import is_label
from rewardkit.verifiers.math.verdict import Verdict, either

MAX_ALGEBRA_TEXT = 400
"""Characters that are handed to math-verify."""
MAX_ALGEBRA_DEPTH = 8
"""Nested brackets that are handed to math-verify."""

_ALGEBRA = re.compile(
    r"\\(?:sum|prod|int|iint|oint|lim|begin|max|min|gcd|lcm|det|mathbb|left\\\{|mid|bmod|sup|inf)(?![a-zA-Z])"
)
_SUBSCRIPT = re.compile(r"_\s{0,4}\{[^{}]{0,80}\}")
_PLAIN_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{3,}")
_NAMES = "sin cos tan cot sec csc log ln exp lim sum int max min gcd lcm det mod matrix pmatrix bmatrix"
_FUNCTION_NAMES = frozenset(_NAMES.split())
_ABSURD = re.compile(r"[0-9]{60}|\^\s*\{?\s*-?[0-9]{3}|\^[^\^]{0,12}\^[^\^]{0,12}\^|[0-9]{4,}\s*!|!\s*\)?\s*!")


@functools.cache
def _library(name: str) -> Any:
    """A library that is slow to import and has no types."""
    return importlib.import_module(name)


def may_tell(references: Sequence[str], answers: Sequence[str]) -> bool:
    """Whether `algebra` would ask math-verify about these at all; cheap."""
    return all(_is_algebra(a) and any(_is_pair(r, a) for r in references) for a in answers)


def algebra(references: Sequence[str], answer: str) -> Verdict:
    """What math-verify says of an answer that the reader here can't read; it must read both sides whole."""
    if not _is_algebra(answer):
        return Verdict.UNKNOWN
    return either(_algebra_pair(reference, answer) for reference in references)


def _is_algebra(text: str) -> bool:
    """Whether a text is small and made of mathematics alone: words would be dropped in silence."""
    if len(text) > MAX_ALGEBRA_TEXT or _ABSURD.search(text) or "\\text" in text or _depth(text) > MAX_ALGEBRA_DEPTH:
        return False
    return all(w.group() in _FUNCTION_NAMES for w in _PLAIN_WORD.finditer(text))


def _is_pair(reference: str, answer: str) -> bool:
    return _is_algebra(reference) and bool(_ALGEBRA.search(reference) or _ALGEBRA.search(answer))


def _equations(text: str) -> int:
    """How many equals signs stand outside subscripts, but one behind a name."""
    name, sign, rest = text.partition("=")
    if sign and is_label(name.strip()):
        text = rest
    return _SUBSCRIPT.sub("", text).count("=")


def _depth(text: str) -> int:
    """How deep the brackets of a text are nested."""
    level = deepest = 0
    for char in text:
        level += (char in "([{") - (char in ")]}")
        deepest = max(deepest, level)
    return deepest


def _algebra_pair(reference: str, answer: str) -> Verdict:
    if not _is_pair(reference, answer) or _equations(answer):
        return Verdict.UNKNOWN  # math-verify believes the last side of `42 = S`
    expected, given = _algebra_value(reference), _algebra_value(answer)
    if expected is None or given is None:
        return Verdict.UNKNOWN
    math_verify = _library("math_verify")
    try:
        same = math_verify.verify(
            [expected], [given], float_rounding=30, numeric_precision=40, timeout_seconds=None, raise_on_error=True
        )
    except (RecursionError, MemoryError):
        raise
    except Exception:  # noqa: BLE001  # a parser of others on hostile text raises anything; it means "can't tell"
        return Verdict.UNKNOWN
    return Verdict.SAME if same else Verdict.DIFFERENT


def _algebra_value(text: str) -> Any:
    """The sympy object that math-verify reads in a text, or None."""
    math_verify = _library("math_verify")
    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns about the timers that are off on purpose
    config = math_verify.LatexExtractionConfig(boxed_match_priority=-1)
    try:
        values = math_verify.parse(
            f"${text}$", [config], fallback_mode="no_fallback", parsing_timeout=None, raise_on_error=True
        )
    except (RecursionError, MemoryError):
        raise
    except Exception:  # noqa: BLE001  # as above
        return None
    return values[0] if values else None
