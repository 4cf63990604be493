"""A small reader of formulas, independent of every verifier: it helps to check what the bench generates.

    read_formula("\\\\frac{1}{2}")     # ("divide", ("number", 1), ("number", 2))

It reads what it is sure of (numbers, fractions, roots, powers, elementary functions, names) and refuses everything
else with None: a generator drops what can't be checked, so refusing is always safe.
"""

from __future__ import annotations

import functools
import re
from fractions import Fraction
from typing import Any, TypeAlias

MAX_LENGTH = 300
"""Characters of a formula; longer ones are refused."""
_MAX_DEPTH = 40

Formula: TypeAlias = tuple[Any, ...]
"""A node: its operation by name, then its operands, which are nodes; `("number", Fraction)` and `("name", str)`."""

_SPELLINGS = {
    "−": "-", "–": "-", "π": "\\pi ", "√": "\\sqrt ", "×": "\\cdot ", "·": "\\cdot ", "÷": "/", "∞": "\\infty ",
    "\\left": "", "\\right": "", "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac",
    "\\times": "\\cdot ", "\\!": "", "\\,": " ", "\\;": " ", "\\:": " ", "\\ ": " ", "~": " ", "{,}": "",
    "\\mathrm{e}": "e", "\\mathrm{i}": "i", "\\displaystyle": "", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
}  # fmt: skip
_SPELLING = re.compile(
    "|".join(re.escape(s) + ("(?![a-zA-Z])" if s[-1].isalpha() and s[0] == "\\" else "") for s in _SPELLINGS)
)
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\.\d+|\\[a-zA-Z]+|[a-zA-Z]|[-+*/^!(){}\[\]]|\s+|(.)", re.DOTALL)
_WORDS = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{3}")
"""Three letters without a command's backslash are a word and no product."""
_EXPONENT = re.compile(r"\d[eE][-+]?\d")
"""`3.2e5`: a power of ten, or a product with Euler's number."""
_GREEK = {"alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "omega", "phi", "rho", "sigma", "tau", "varphi"}
_FUNCTIONS = {"sin", "cos", "tan", "cot", "sec", "csc", "ln", "log", "exp", "arcsin", "arccos", "arctan"}


def clean(text: str) -> str:
    """The text with one spelling for what has several: spaces, fractions, minus signs."""
    return _SPELLING.sub(lambda m: _SPELLINGS[m.group()], text).strip()


@functools.lru_cache(maxsize=65_536)
def read_formula(text: str) -> Formula | None:
    """The formula in `text`, or None when any part of it is not understood."""
    if len(text) > MAX_LENGTH or _WORDS.search(text) or _EXPONENT.search(text):
        return None
    tokens: list[str] = []
    for match in _TOKEN.finditer(clean(text)):
        if match.group(1) is not None:
            return None
        if not match.group().isspace():
            tokens.append(match.group())
        elif tokens and tokens[-1][-1].isdigit():
            tokens.append(" ")  # "1 2" is not 12
    try:
        reader = _Reader(tokens)
        formula = reader.sum(0)
        return formula if reader.at_end else None
    except (_RefusedError, IndexError):
        return None


class _RefusedError(Exception):
    """A part of the formula is not understood."""


class _Reader:
    """Recursive descent, bounded in depth."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [t for i, t in enumerate(tokens) if t != " " or _joins_digits(tokens, i)]
        self.at = 0
        if " " in self.tokens:
            raise _RefusedError

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.tokens)

    @property
    def next(self) -> str:
        return "" if self.at_end else self.tokens[self.at]

    def take(self, *wanted: str) -> bool:
        if self.next and self.next in wanted:
            self.at += 1
            return True
        return False

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise _RefusedError

    def sum(self, depth: int) -> Formula:
        if depth > _MAX_DEPTH:
            raise _RefusedError
        value = self.product(depth + 1)
        while self.next in {"+", "-"}:
            sign = self.next
            self.at += 1
            right = self.product(depth + 1)
            value = ("add", value, right if sign == "+" else ("negative", right))
        return value

    def product(self, depth: int) -> Formula:
        value = self.signed(depth)
        while not self.at_end:
            if self.take("*", "\\cdot"):
                value = ("multiply", value, self.signed(depth))
            elif self.take("/"):
                value = ("divide", value, self.signed(depth))
            elif self.starts_atom:
                before = value[1] if value[0] == "negative" else value
                if before[0] == "number" and self.next == "\\frac":
                    raise _RefusedError  # a mixed number, or a product
                value = ("multiply", value, self.power(depth))
            else:
                break
        return value

    @property
    def starts_atom(self) -> bool:
        token = self.next
        return bool(token) and (token[0].isalnum() or (token[0] in "\\({." and token != "\\cdot"))

    def signed(self, depth: int) -> Formula:
        if depth > _MAX_DEPTH:
            raise _RefusedError
        if self.take("-"):
            return ("negative", self.signed(depth + 1))
        if self.take("+"):
            return self.signed(depth + 1)
        return self.power(depth)

    def power(self, depth: int) -> Formula:
        value = self.atom(depth + 1)
        while self.take("!"):
            value = ("factorial", value)
        if self.take("^"):
            value = ("power", value, self.argument(depth + 1))
        return value

    def argument(self, depth: int) -> Formula:
        """What a command applies to: a group, or one digit, letter or command."""
        token = self.next
        if token.isdigit() and len(token) > 1:
            self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
        return self.atom(depth + 1)

    def atom(self, depth: int) -> Formula:
        if depth > _MAX_DEPTH:
            raise _RefusedError
        token = self.next
        if not token:
            raise _RefusedError
        self.at += 1
        if token[0].isdigit() or token[0] == ".":
            return ("number", Fraction(token))
        if token in {"(", "{"}:
            value = self.sum(depth + 1)
            self.need(")" if token == "(" else "}")
            return value
        if token == "\\frac":
            return ("divide", self.argument(depth), self.argument(depth))
        if token == "\\sqrt":
            degree: Formula = ("number", Fraction(2))
            if self.take("["):
                degree = self.sum(depth + 1)
                self.need("]")
            return ("root", self.argument(depth), degree)
        name = token.removeprefix("\\")
        if token == "\\pi" or token in {"e", "i"}:
            return ("constant", name)
        if token[0] == "\\" and name in _FUNCTIONS:
            return self.function(name, depth)
        if token.isalpha() or name in _GREEK:
            return ("name", name)
        raise _RefusedError

    def function(self, name: str, depth: int) -> Formula:
        exponent = self.argument(depth) if self.take("^") else None
        if exponent is not None and exponent[0] == "negative":
            raise _RefusedError  # sin^{-1}: the inverse, or the reciprocal
        if self.next in {"(", "{"}:
            inner = self.atom(depth + 1)
        else:
            inner = self.power(depth + 1)
            while self.starts_atom and self.next.removeprefix("\\") not in _FUNCTIONS:
                inner = ("multiply", inner, self.power(depth + 1))
        value: Formula = ("call", name, inner)
        return value if exponent is None else ("power", value, exponent)


def _joins_digits(tokens: list[str], at: int) -> bool:
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    return bool(following) and (following[0].isdigit() or following[0] == ".")
