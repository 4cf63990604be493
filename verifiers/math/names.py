"""The part of the expression reader that knows names: words, LaTeX commands, and the functions behind them.

Each function here starts at the position of a `Reader` and leaves it behind what it read.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from rewardkit.verifiers.math.expression import (
    HYPERBOLIC,
    INVERSE,
    TRIGONOMETRIC,
    Call,
    Node,
    Number,
    Symbol,
    negated,
    product_of,
    quotient,
    radians,
)

if TYPE_CHECKING:
    from rewardkit.verifiers.math.reader import Reader

MAX_WORDS = 1
"""Runs of three or four letters that are read as products of names; more of them are prose."""

_ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "acot": "arccot", "asec": "arcsec", "acsc": "arccsc",
    "arsinh": "arcsinh", "arcosh": "arccosh", "artanh": "arctanh", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "arccosec": "arccsc", "cosec": "csc", "cotan": "cot", "ch": "cosh", "sh": "sinh", "th": "tanh",
}  # fmt: skip
_NAMED = frozenset((*TRIGONOMETRIC, *INVERSE, *HYPERBOLIC, "exp", "ln", "log"))
_GREEK_TEXT = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar aleph Re Im partial nabla"
)
CONSTANTS = frozenset(("pi", "e", "i"))
_GREEK = frozenset(_GREEK_TEXT.split())
_GLUED = (
    "sin",
    "cos",
    "tan",
    "cot",
    "log",
    "ln",
    "exp",
    "pi",
    "alpha",
    "beta",
    "theta",
    "lambda",
    "sigma",
    "omega",
    "phi",
)
_PLAIN_TEXT = "pi alpha beta gamma delta epsilon theta kappa lambda rho sigma tau phi psi omega"
_PLAIN_NAMES = frozenset(_PLAIN_TEXT.split())
_ACCENTS = frozenset(("vec", "overrightarrow", "hat", "bar", "tilde", "widehat", "mathbb", "mathcal", "mathbf"))

_WORD = re.compile(r"[a-zA-Z]+")
COMMAND = re.compile(r"\\([a-zA-Z]+)\s*")
_SIMPLE_SCRIPT = re.compile(
    r"\{\s*([a-zA-Z0-9+,\- ]{1,20})\s*\}|\{\s*\\text\{([^{}]{1,30})\}\s*\}|\\text\{([^{}]{1,30})\}|([a-zA-Z0-9])"
)
_AT_ZERO = re.compile(r"\(\s?0\s?\)|\{\s?\(\s?0\s?\)\s?\}")
"""Behind a name: a value of a function, as nobody multiplies by a written zero."""
_TEXT_NAME = re.compile(r"\{([^{}]{1,40})\}")
_ACCENTED = re.compile(r"\{\s*(\\?[a-zA-Z]{1,12})\s*\}|([a-zA-Z])")
_MINUS_ONE = Number(Fraction(-1))


_UNIT_VECTORS = frozenset(("i", "j", "k"))


class UnreadableError(Exception):
    """The text is no expression that this parser reads."""


def read_word(reader: Reader) -> Node:
    """Letters: a function or constant by its plain name, or symbols of one letter each."""
    match = _WORD.match(reader.text, reader.position)
    if match is None:
        raise UnreadableError
    word = match.group()
    name = _ALIASES.get(word, word)
    if len(word) > 1:
        if name in _NAMED or word in ("sqrt", "cbrt", "abs", "floor", "ceil"):
            reader.position = match.end()
            return _function(reader, name)
        if word in _PLAIN_NAMES or word in ("factorial", "Gamma"):
            reader.position = match.end()
            return _factorial(reader, word) or _named(reader, word)
        begins = reader.position == 0 or not reader.text[reader.position - 1].isalpha()
        reader.words += begins and len(word) > 2
        if len(word) > 4 or reader.words > MAX_WORDS:
            raise UnreadableError
    reader.position += 1
    return _named(reader, word[0])


def _named(reader: Reader, name: str) -> Node:
    """A symbol with the subscript and the primes that follow its name."""
    while True:
        if reader.text.startswith("'", reader.position):
            reader.position += 1
            name += "'"
            continue
        mark = reader.position
        if reader.peek() != "_":
            reader.position = mark
            at_zero = _AT_ZERO.match(reader.text, mark)
            if at_zero is None or name in CONSTANTS:
                return Symbol(name)
            reader.position = at_zero.end()
            return Symbol(name + "(0)")
        reader.position += 1
        reader.skip()
        script = _SIMPLE_SCRIPT.match(reader.text, reader.position)
        if script is not None:
            reader.position = script.end()
            name += "_" + "".join(g for g in script.groups() if g).replace(" ", "")
            continue
        command = COMMAND.match(reader.text, reader.position + (reader.peek() == "{"))
        if command is None:
            raise UnreadableError
        braced = reader.take("{")
        reader.position = command.end()
        name += "_" + command.group(1)
        if braced:
            reader.expect("}")


def read_command(reader: Reader) -> Node:
    match = COMMAND.match(reader.text, reader.position)
    if match is None:
        raise UnreadableError
    reader.position = match.end()
    name = match.group(1)
    name = _ALIASES.get(name, name)
    if name == "frac":
        above = reader.argument(digit=True)
        return quotient(above, reader.argument(digit=True))
    if name == "binom":
        above = reader.argument(digit=True)
        return Call("binom", (above, reader.argument(digit=True)))
    if name in _NAMED or name == "sqrt":
        return _function(reader, name)
    if name in ("lfloor", "lceil"):
        node = reader.nested(reader.sum)
        reader.expect("\\r" + name[1:])
        return Call("floor" if name == "lfloor" else "ceil", (node,))
    if name in _GREEK:
        return _factorial(reader, name) or _named(reader, name)
    if name == "text":
        content = _TEXT_NAME.match(reader.text, reader.position)
        if content is None or not re.fullmatch(r"[a-zA-Z ]{1,40}", content.group(1)):
            raise UnreadableError
        reader.position = content.end()
        word = content.group(1).strip()
        return _named(reader, word if len(word) == 1 else f"text {word.casefold()}")
    if name in _ACCENTS:
        content = _ACCENTED.match(reader.text, reader.position)
        if content is None:
            raise UnreadableError
        reader.position = content.end()
        letter = content.group(1) or content.group(2)
        return _named(reader, letter if letter in _UNIT_VECTORS else f"{name} {letter}")
    for known in _GLUED:
        if name.startswith(known) and len(name) == len(known) + 1:  # \\pit, \\lnx: a space went missing
            reader.position = match.start() + 1 + len(known)
            return _function(reader, known) if known in _NAMED else _named(reader, known)
    raise UnreadableError


def _factorial(reader: Reader, name: str) -> Node | None:
    """`factorial(n)`, or the gamma function of a bracket, `(n-1)!`; None behind other names."""
    if name not in ("factorial", "Gamma", "gamma") or reader.text[reader.position] not in "({":
        return None
    if name == "factorial":
        return Call("factorial", (reader.group(),))
    if name == "gamma" and reader.text[reader.position - len(name) - 1 : reader.position - len(name)] == "\\":
        return None
    return Call("factorial", (Call("+", (reader.group(), _MINUS_ONE)),))


def _function(reader: Reader, name: str) -> Node:
    """A function whose name has been read, with its index, power and argument."""
    if name in ("sqrt", "cbrt"):
        index: Node = Number(Fraction(3 if name == "cbrt" else 2))
        if reader.peek() == "[":
            index = reader.group()
        return Call("root", (reader.argument(), index))
    power: Node | None = None
    base: Node | None = None
    for _ in range(2):
        char = reader.peek()
        if char == "^" and power is None:
            reader.position += 1
            power = reader.exponent()
        elif char == "_" and base is None and name == "log":
            reader.position += 1
            base = reader.argument(digit=True)
    if power == _MINUS_ONE and "arc" + name in _NAMED:
        name, power = "arc" + name, None
    argument = _function_argument(reader, name)
    if name in TRIGONOMETRIC:
        argument = radians(argument)
    node: Node = Call(name, (argument,) if base is None else (argument, base))
    return node if power is None else Call("^", (node, power))


def _function_argument(reader: Reader, name: str) -> Node:
    """A bracketed argument, or the implied product that follows, up to the next function or operator."""
    if reader.peek() in ("(", "{", "["):
        return reader.group()
    sign = reader.sign()
    factors = [reader.nested(reader.power)]
    while True:
        char = reader.peek()
        if char in ("(", "[") or not reader.starts_factor(char):
            if char == "(" and name in TRIGONOMETRIC and _is_numeral(reader, factors):
                factors.append(reader.group())  # \sin 2(x+1)
            break
        if char == "\\":
            command = COMMAND.match(reader.text, reader.position)
            if command is not None and _ALIASES.get(command.group(1), command.group(1)) in _NAMED:
                break
        elif char.isdigit():
            raise UnreadableError
        elif char.isalpha():
            word = _WORD.match(reader.text, reader.position)
            if word is not None and _ALIASES.get(word.group(), word.group()) in _NAMED:
                break
        factors.append(reader.nested(reader.power))
    node = product_of(factors)
    return node if sign > 0 else negated(node)


def _is_numeral(reader: Reader, factors: list[Node]) -> bool:
    """Whether what was read so far is one literal number that ends right here."""
    return len(factors) == 1 and isinstance(factors[0], Number) and reader.text[reader.position - 1].isdigit()
