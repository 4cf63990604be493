"""Parsed answers in notation that people read: what the parser understood, for `rewardkit explain`.

    written(parse(normalise(r"\\frac{1}{2}x^{2}")))      # '1/2·x²'

The text says how an answer was read, with brackets where the reading could be doubted. It is not meant to be parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol
from rewardkit.verifiers.math.structure import (
    Based,
    Bracketed,
    Combined,
    FiniteSet,
    Matrix,
    Opaque,
    Quantity,
    Ratio,
    Relation,
    Several,
    Value,
    Words,
)

MAX_LENGTH = 300
"""Characters; a longer text is cut."""
_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_MINUS_ONE = Number(Fraction(-1))
_SMALL = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_GREEK = {"pi": "π", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "lambda": "λ", "mu": "μ"}
_GREEK |= {"sigma": "σ", "phi": "φ", "omega": "ω", "epsilon": "ε", "rho": "ρ", "tau": "τ"}
_JOINERS = {"∧": " and ", "∨": " or ", ";": "; ", "±": " or "}


def written(value: Value) -> str:
    """A parsed answer as text, at most `MAX_LENGTH` characters."""
    text = _VALUES[type(value)](value)
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


def formula(node: Node) -> str:
    """An expression as text."""
    return _node(node)[0]


def _quantity(value: Quantity) -> str:
    text = formula(value.node) + ("%" if value.percent else "") + ("°" if value.degrees else "")
    return f"{text} {value.unit}" if value.unit else text


def _several(value: Several) -> str:
    return _JOINERS.get(value.joiner, ", ").join(map(_inner, value.items))


def _relation(value: Relation) -> str:
    text = _inner(value.items[0])
    for sign, item in zip(value.signs, value.items[1:], strict=True):
        text += f" {sign} {_inner(item)}"
    return text


def _matrix(value: Matrix) -> str:
    return "[" + "; ".join("  ".join(map(_inner, row)) for row in value.rows) + "]"


def _inner(value: Value) -> str:
    """A member of a structure, in brackets where it is one without any of its own."""
    text = _VALUES[type(value)](value)
    return f"({text})" if isinstance(value, (Several, Relation, Combined)) else text


_VALUES: dict[type, Callable[..., str]] = {
    Quantity: _quantity,
    Words: lambda v: f"the words “{v.text}”",
    Opaque: lambda v: f"not read: {v.text}",
    Based: lambda v: f"{v.digits} in base {v.base}",
    Bracketed: lambda v: v.opening + ", ".join(map(_inner, v.items)) + v.closing,
    FiniteSet: lambda v: "{" + ", ".join(map(_inner, v.items)) + "}",
    Several: _several,
    Relation: _relation,
    Combined: lambda v: f" {v.sign} ".join(map(_inner, v.items)),
    Matrix: _matrix,
    Ratio: lambda v: " : ".join(map(_inner, v.items)),
}


def _node(node: Node) -> tuple[str, int]:
    """The text of a tree, and how loosely its outermost operation binds."""
    if isinstance(node, Number):
        bare = node.value.denominator == 1 and node.value >= 0
        return _digits(str(node.value)), _ATOM if bare else _PRODUCT if node.value > 0 else _SUM
    if isinstance(node, Symbol):
        name, _, script = node.name.removeprefix("text ").partition("_")
        return _GREEK.get(name, name) + (f"_{script}" if script else ""), _ATOM
    if node.head == "+":
        return _sum(node), _SUM
    if node.head == "*":
        return _product(node), _PRODUCT
    if node.head == "^":
        return _power(node), _POWER
    return _function(node), _ATOM


def _sum(node: Call) -> str:
    text = _at(node.arguments[0], _SUM)
    for term in node.arguments[1:]:
        part = _at(term, _PRODUCT) if not _is_negative(term) else _at(term, _SUM)
        text += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return text


def _is_negative(node: Node) -> bool:
    first = node.arguments[0] if isinstance(node, Call) and node.head == "*" else node
    return isinstance(first, Number) and first.value < 0


def _product(node: Call) -> str:
    above: list[Node] = []
    below: list[Node] = []
    for factor in node.arguments:
        inverse = _inverted(factor)
        (above if inverse is None else below).append(factor if inverse is None else inverse)
    sign = ""
    if above and isinstance(above[0], Number) and above[0].value == -1 and len(above) > 1:
        sign, above = "-", above[1:]
    text = "·".join(_at(f, _POWER if f is not above[0] else _PRODUCT) for f in above) or "1"
    if below:
        divisor = "·".join(_at(f, _POWER) for f in below)
        text += f"/({divisor})" if len(below) > 1 else f"/{divisor}"
    return sign + text


def _inverted(node: Node) -> Node | None:
    """What a factor divides by, where it is a power of minus one."""
    if isinstance(node, Call) and node.head == "^" and node.arguments[1] == _MINUS_ONE:
        return node.arguments[0]
    return None


def _power(node: Call) -> str:
    base, exponent = node.arguments
    if isinstance(exponent, Number) and exponent.value.denominator == 1 and abs(exponent.value) < 1000:
        return _at(base, _ATOM) + str(exponent.value).translate(_SMALL)
    return f"{_at(base, _ATOM)}^{_at(exponent, _ATOM)}"


def _function(node: Call) -> str:
    first = node.arguments[0]
    inner = formula(first)
    if node.head == "root":
        index = formula(node.arguments[1])
        return f"√({inner})" if index == "2" else f"{index.translate(_SMALL)}√({inner})"
    if node.head in _AROUND:
        opening, closing = _AROUND[node.head]
        return f"{opening}{inner}{closing}"
    if node.head in ("factorial", "degree"):
        return _at(first, _ATOM) + ("!" if node.head == "factorial" else "°")
    if node.head == "sum_to":
        return f"Σ({inner}, {formula(node.arguments[1])} from {formula(node.arguments[2])})"
    if node.head == "binom":
        return f"C({inner}, {formula(node.arguments[1])})"
    if node.head == "log" and len(node.arguments) == 2:
        return f"log_{_at(node.arguments[1], _ATOM)}({inner})"
    return f"{node.head}({inner})"


_AROUND = {"abs": ("|", "|"), "floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉")}


def _at(node: Node, binding: int) -> str:
    """The text of a part, in brackets where it binds more loosely than its place asks for."""
    text, own = _node(node)
    return f"({text})" if own < binding else text


def _digits(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:25]}…{text[-25:]} ({len(text)} digits)"
