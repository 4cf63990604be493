"""Sums with dots: `1 + 2 + \\cdots + n` is the sum of what its last term says, if the first terms are what it says too.

read_series("1^2+2^2+\\\\ldots +n^2")      # the sum of k² for k from 1 to n
"""

from __future__ import annotations

import re
from fractions import Fraction

from rewardkit.verifiers.math.arithmetic import COUNTERS, NoValueError
from rewardkit.verifiers.math.exact import Exact
from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol, put
from rewardkit.verifiers.math.reader import read_expression

MAX_TEXT = 200
"""Characters of a sum with dots."""
_MOST_SHOWN = 6
_STARTS = range(4)
"""Where the index may begin."""
_DOTS = re.compile(r"\+\s?(?:\\ldots|\.\.\.)\s?\+")


def read_series(text: str) -> Node | None:
    """The sum that a canonical text shows, or None: two first terms at least, and a last one with one counting name."""
    parts = _DOTS.split(text) if len(text) <= MAX_TEXT else []
    if len(parts) != 2:
        return None
    shown = [read_expression(term.strip()) for term in parts[0].split("+")]
    last = read_expression(parts[1].strip())
    if last is None or len(last.names) != 1 or not last.names <= COUNTERS or not 2 <= len(shown) <= _MOST_SHOWN:
        return None
    name = Symbol(next(iter(last.names)))
    for start in _STARTS:
        if all(
            term is not None and not term.names and _is_same(term, put(last, name, start + index))
            for index, term in enumerate(shown)
        ):
            return Call("sum_to", (last, name, Number(Fraction(start))))
    return None


def _is_same(left: Node, right: Node) -> bool:
    try:
        return Exact().value(left) == Exact().value(right)
    except NoValueError:
        return False
