"""From canonical text to an expression tree: a bounded recursive-descent reader of LaTeX and plain notation.

    read_expression("2 x^{2} - \\frac13")

What is read: numbers, symbols with subscripts and primes, the four operations with implied multiplication, powers,
roots, fractions, mixed numbers, factorials, binomials, absolute values, floors, ceilings, repeating decimals, degrees,
percent, and the functions of `expression.FUNCTIONS`. What is not read gives None, never a guess: sums, integrals,
limits, and anything longer or deeper than the limits below.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from fractions import Fraction

from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol, negated, product_of, reciprocal
from rewardkit.verifiers.math.names import COMMAND, UnreadableError, read_command, read_word

MAX_TEXT = 1_500
"""Characters of an expression."""
MAX_DEPTH = 40
"""Nested groups."""
MAX_DIGITS = 4_000
"""Digits of one literal; Python itself refuses to read more than 4,300."""


_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3}(?![0-9a-zA-Z.]))?")
_REPEATING = re.compile(
    r"(?:\s*\\(?:overline|bar)\s*(?:\{\s*[0-9]{1,40}\s*\}|[0-9])){1,8}"
    r"|\s*\\dot\s*(?:\{\s*[0-9]\s*\}|[0-9])(?:[0-9]{0,38}\s*\\dot\s*(?:\{\s*[0-9]\s*\}|[0-9]))?"
    r"|(?<=\.)\([0-9]{1,40}\)"
)
"""`0.1\\overline{6}`, `0.1\\bar6`, `0.\\dot14\\dot2`, `0.(45)`; digits in brackets behind a digit are a factor."""
_AND_SO_ON = re.compile(r"\s?(?:\.\.\.|\\ldots\s?)")
_PERIODS = re.compile(r"[0-9]*?(?:([0-9])\1\1+|([0-9]{2,6})\2)")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_MIXED_LATEX = re.compile(
    r"\s*\\frac\s*(?:\{\s*([0-9]{1,9})\s*\}|([0-9]))\s*(?:\{\s*([0-9]{1,9})\s*\}|([0-9]))(?!\s*\^)"
)
_MIXED_PLAIN = re.compile(r" ([0-9]{1,9})\s?/\s?([0-9]{1,9})(?![0-9.^])")
_BEFORE_FRACTION = frozenset(" \\")
"""What a whole number may be followed by where it begins a mixed one."""
_POWER = re.compile(r"[0-9]{1,4}\s?\^")
_CLOSERS = {"(": ")", "[": "]", "{": "}", "⟦": "⟧"}
_SHORT = 6
"""Characters of literals whose values are remembered."""
_DIGITS = {digit: Fraction(int(digit)) for digit in "0123456789"}
_SIGNS = frozenset("+-")
_BEHIND = frozenset("^!%°")
_END = "\x00"
"""Behind the last character, so that looking at the next one needs no test for the end."""
_PRODUCT_ENDS = frozenset((_END, "+", "-", ")", "}", "]", "⟧"))


def _fraction(literal: str) -> Fraction:
    """The value of a literal of `_NUMBER`; short ones come again and again."""
    return _short_fraction(literal) if len(literal) <= _SHORT else _read_fraction(literal)


def _read_fraction(literal: str) -> Fraction:
    if literal.isdigit():
        return Fraction(int(literal))
    whole, point, places = literal.partition(".")
    if point and places.isdigit():
        return Fraction(int(whole + places), 10 ** len(places))
    return Fraction(literal.rstrip("."))


_short_fraction = functools.lru_cache(maxsize=2048)(_read_fraction)


def read_expression(text: str) -> Node | None:
    """The tree of a canonical text, or None when it is not an expression.

    >>> read_expression("3\\\\frac{1}{4}")
    Number(value=Fraction(13, 4))
    """
    if len(text) > MAX_TEXT and not text.isdigit():
        return None
    reader = Reader(text)
    try:
        node = reader.whole()
        reader.skip()
        return node if reader.position == len(text) and _END not in text else None
    except UnreadableError:
        return None


class Reader:
    """Recursive descent over one text. Every method starts at `position` and leaves it behind what it read."""

    def __init__(self, text: str) -> None:
        self.text = text + _END
        self.position = 0
        self.depth = 0
        self.bars = 0
        self.words = 0

    def skip(self) -> None:
        while self.text[self.position] == " ":
            self.position += 1

    def peek(self) -> str:
        """The next character that is no space; `_END` behind the last."""
        char = self.text[self.position]
        while char == " ":
            self.position += 1
            char = self.text[self.position]
        return char

    def take(self, token: str) -> bool:
        self.skip()
        if self.text.startswith(token, self.position):
            self.position += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise UnreadableError

    def whole(self) -> Node:
        """All of a group: a sum, or two of them with `\\over` or `\\choose` between."""
        node = self.sum()
        if self.peek() == "\\":
            if self.take("\\choose"):
                return Call("binom", (node, self.nested(self.sum)))
            if self.take("\\over") and not self.text[self.position].isalpha():
                return product_of([node, reciprocal(self.nested(self.sum))])
        return node

    def sum(self) -> Node:
        sign = self.sign() if self.peek() in _SIGNS else 1
        term = self.product()
        char = self.text[self.position]  # behind a product there is no space
        if char not in _SIGNS:
            return term if sign > 0 else negated(term)
        terms = [term if sign > 0 else negated(term)]
        while char in _SIGNS:
            sign = self.sign()
            term = self.product()
            terms.append(term if sign > 0 else negated(term))
            char = self.text[self.position]
        return Call("+", tuple(terms))

    def sign(self) -> int:
        """The product of the signs here, if there are any; at most three in a row."""
        sign, seen = 1, 0
        while (char := self.peek()) in _SIGNS:
            sign = -sign if char == "-" else sign
            self.position += 1
            seen += 1
            if seen > 3:
                raise UnreadableError
        return sign

    def product(self) -> Node:
        """Factors, and the spaces behind them."""
        factor = self.power(first=True)
        if self.text[self.position] in _PRODUCT_ENDS:
            return factor
        factors = [factor]
        while True:
            char = self.text[self.position]
            if char in _PRODUCT_ENDS:
                break
            if char in ("*", "/"):
                self.position += 1
                sign = self.sign()
                factor = self.power()
                if sign < 0:
                    factor = negated(factor)
                factors.append(factor if char == "*" else reciprocal(factor))
            elif self.starts_factor(char):
                if (char in _DIGITS or char == ".") and not self.number_may_follow():
                    raise UnreadableError
                factors.append(self.power())
            else:
                break
        return factors[0] if len(factors) == 1 else product_of(factors)

    def starts_factor(self, char: str) -> bool:
        """Whether a factor of an implied product begins with `char`."""
        if char == "|":
            return self.bars == 0
        if char == "\\":
            command = COMMAND.match(self.text, self.position)
            return command is not None and command.group(1) not in ("choose", "rfloor", "rceil", "over", "end")
        return char.isalnum() or char in "([{⟦.∞"

    def number_may_follow(self) -> bool:
        """Whether a number may stand here as a factor: behind a bracket, or behind a name and a space: `n 2^{n}`."""
        before = self.text[self.position - 1] if self.position else ""
        if before == " ":
            before = self.text[self.position - 2] if self.position > 1 else ""
            return bool(before) and not before.isdigit() and before != "."
        return before in (")", "}", "]", "⟧", "|", "!") or _POWER.match(self.text, self.position) is not None

    def power(self, *, first: bool = False) -> Node:
        """An atom with what stands behind it, and the spaces behind that."""
        base = self.atom(first=first)
        while (char := self.peek()) in _BEHIND:
            self.position += 1
            if char == "^":
                base = Call("^", (base, self.exponent()))
            elif char == "!":
                if self.text[self.position] in "!=":
                    raise UnreadableError
                base = Call("factorial", (base,))
            elif char == "%":
                base = product_of([base, Number(Fraction(1, 100))])
            else:
                base = Call("degree", (base,))
        return base

    def exponent(self) -> Node:
        sign = self.sign()
        node = self.argument()
        if self.peek() == "^":
            self.position += 1
            node = Call("^", (node, self.nested(self.exponent)))
        return node if sign > 0 else negated(node)

    def nested(self, read: Callable[[], Node]) -> Node:
        """What `read` reads, one level deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError
        node = read()
        self.depth -= 1
        return node

    def argument(self, *, digit: bool = False) -> Node:
        """The argument of a command: a group, or one token (`digit`: one digit only, as TeX reads `\\frac12`)."""
        char = self.peek()
        if char == "{":
            return self.group()
        if digit and char in _DIGITS:
            self.position += 1
            return Number(_DIGITS[char])
        return self.nested(self.atom)

    def group(self) -> Node:
        """A bracketed expression."""
        opening = self.peek()
        closing = _CLOSERS.get(opening)
        if closing is None:
            raise UnreadableError
        self.position += 1
        bars, self.bars = self.bars, 0
        node = self.nested(self.whole if opening == "{" else self.sum)
        self.bars = bars
        self.expect(closing)
        return node

    def atom(self, *, first: bool = False) -> Node:
        char = self.peek()
        if char in _DIGITS or char == ".":
            return self.number(first=first)
        if char in _CLOSERS:
            return self.group()
        if char == "|":
            self.position += 1
            self.bars += 1
            node = self.nested(self.sum)
            self.bars -= 1
            self.expect("|")
            return Call("abs", (node,))
        if char == "∞":
            self.position += 1
            return Symbol("∞")
        if char == "\\":
            return read_command(self)
        return read_word(self)

    def number(self, *, first: bool) -> Node:
        match = _NUMBER.match(self.text, self.position)
        literal = match.group() if match else "."
        if len(literal) > MAX_DIGITS:
            raise UnreadableError
        self.position += len(literal)
        if "." in literal:
            period = self.period(literal)
            if period:
                places = len(literal) - literal.index(".") - 1
                tail = Fraction(int(period), (10 ** len(period) - 1) * 10**places)
                return Number(_fraction("0" + literal) + tail)
            if match is None:
                raise UnreadableError
        value = _fraction(literal)
        if first and self.text[self.position] in _BEFORE_FRACTION and literal.isdigit():
            for pattern in (_MIXED_LATEX, _MIXED_PLAIN):
                mixed = pattern.match(self.text, self.position)
                if mixed:
                    over, under = (int(g) for g in mixed.groups() if g is not None)
                    if 0 < over < under:
                        self.position = mixed.end()
                        return Number(value + Fraction(over, under))
        return Number(value)

    def period(self, literal: str) -> str:
        """The digits that repeat without end behind a decimal literal, or ''."""
        repeating = _REPEATING.match(self.text, self.position)
        if repeating:
            self.position = repeating.end()
            if self.text[self.position].isdigit():
                raise UnreadableError
            return _NOT_DIGITS.sub("", repeating.group())
        goes_on = _AND_SO_ON.match(self.text, self.position)
        periods = goes_on and _PERIODS.fullmatch(literal[literal.index(".") + 1 :][-40:])
        if not goes_on or not periods:
            return ""
        self.position = goes_on.end()
        return periods.group(1) or periods.group(2)
