"""Rewrites of numbers and formulas: other spellings of the same value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random

from rewardkit.bench.expression import clean
from rewardkit.bench.kinds import FORMULAS, NUMBERS, Kind, Material
from rewardkit.bench.rewrite.spelling import Spelling, bare, decimal, value_of

_FRACTION = re.compile(
    r"(-?)\s?\\frac\s?\{\s?(-?\d+)\s?\}\s?\{\s?(\d+)\s?\}|(-?)\s?(\d+)\s?/\s?(\d+)|(-?)\\frac(\d)(\d)"
)
_INTEGER = re.compile(r"-?\d+")


def fraction_command(m: Material, draw: Random) -> Iterator[str]:
    other = draw.choice(("\\dfrac", "\\tfrac"))
    changed = re.sub(r"\\[dt]?frac(?=[\s{])", lambda _: other, bare(m))
    yield changed
    yield changed.replace(other, "\\frac")


def slash(m: Material, draw: Random) -> Iterator[str]:
    found = _FRACTION.fullmatch(clean(bare(m)))
    if found is not None:
        sign, top, bottom = (g for g in found.groups() if g is not None)
        yield f"{sign}{top}/{bottom}"


def fraction_from_slash(m: Material, draw: Random) -> Iterator[str]:
    found = re.fullmatch(r"(-?)\s?(\d+)\s?/\s?(\d+)", bare(m))
    if found is not None:
        yield f"{found.group(1)}\\frac{{{found.group(2)}}}{{{found.group(3)}}}"


def sign_in_numerator(m: Material, draw: Random) -> Iterator[str]:
    found = re.fullmatch(r"-\s?\\frac\s?\{\s?(\d+)\s?\}\s?\{\s?(\d+)\s?\}", bare(m))
    if found is not None:
        yield f"\\frac{{-{found.group(1)}}}{{{found.group(2)}}}"


def exact_decimal(m: Material, draw: Random) -> Iterator[str]:
    value = value_of(m)
    if value is not None and value.denominator > 1 and 10**8 % value.denominator == 0:
        yield decimal(value)


def fraction_of_decimal(m: Material, draw: Random) -> Iterator[str]:
    value = value_of(m)
    if value is not None and 1 < value.denominator <= 10_000:
        yield f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def unreduced(m: Material, draw: Random) -> Iterator[str]:
    value = value_of(m)
    if value is not None:
        factor = draw.choice((2, 3, 10))
        sign = "-" if value < 0 else ""
        yield f"{sign}\\frac{{{abs(value.numerator) * factor}}}{{{value.denominator * factor}}}"


def trailing_zero(m: Material, draw: Random) -> Iterator[str]:
    yield bare(m) + (".0" if m.kind is Kind.INTEGER else "0")


def leading_zero(m: Material, draw: Random) -> Iterator[str]:
    text = bare(m)
    yield re.sub(r"^(-?)0\.", r"\1.", text) if re.match(r"-?0\.\d", text) else re.sub(r"^(-?)\.", r"\g<1>0.", text)


def thousands(m: Material, draw: Random) -> Iterator[str]:
    text = bare(m).replace(" ", "")
    if _INTEGER.fullmatch(text) and abs(int(text)) >= 1000:
        grouped = f"{int(text):,}"
        yield grouped.replace(",", draw.choice((",", "{,}", "\\,", ",\\!", "\\ ")))


def no_thousands(m: Material, draw: Random) -> Iterator[str]:
    value = value_of(m)
    if "," in m.reference and value is not None and value.denominator == 1:
        yield str(value.numerator)


def scientific(m: Material, draw: Random) -> Iterator[str]:
    value = value_of(m)
    if value is None or value == 0:
        return
    exponent = len(str(abs(int(value)))) - 1 if abs(value) >= 1 else -1
    while abs(value) < Fraction(10) ** exponent:
        exponent -= 1
    mantissa = value / Fraction(10) ** exponent
    if abs(exponent) >= 3 and 10**4 % mantissa.denominator == 0:
        yield f"{decimal(mantissa)} \\times 10^{{{exponent}}}"


def scientific_e(m: Material, draw: Random) -> Iterator[str]:
    for text in scientific(m, draw):
        mantissa, _, exponent = text.partition(" \\times 10^")
        yield f"{mantissa}e{exponent.strip('{}')}"


def spaced(m: Material, draw: Random) -> Iterator[str]:
    """Spaces, thin ones too, around operators and after commas."""
    space = draw.choice((" ", "\\, ", "  ", "\\; "))
    yield re.sub(r"(?<=[\w})])\s?([-+=])\s?(?=[\w\\({])", lambda f: f"{space}{f.group(1)}{space}", bare(m))
    yield f" {bare(m)} "


def unspaced(m: Material, draw: Random) -> Iterator[str]:
    if "\\text" not in m.reference:
        yield re.sub(r"(?<![a-zA-Z0-9])\s+|\s+(?![a-zA-Z0-9])", "", bare(m))


def left_right(m: Material, draw: Random) -> Iterator[str]:
    text = bare(m)
    if "\\left" in text:
        yield re.sub(r"\\(?:left|right)(?![a-zA-Z])", "", text)
    elif "\\{" not in text and re.search(r"[(\[]", text) and "\\sqrt[" not in text and "\\sqrt [" not in text:
        yield re.sub(r"[(\[]", r"\\left\g<0>", re.sub(r"[)\]]", r"\\right\g<0>", text))


def plus_reordered(m: Material, draw: Random) -> Iterator[str]:
    """The terms of a sum, or of the right side of `y = ...`, the other way round."""
    left, equals, right = bare(m).rpartition("=")
    terms = _terms(right)
    if len(terms) > 1:
        turned = " ".join(t if t[0] in "+-" else f"+ {t}" for t in reversed(terms)).strip()
        yield left + equals + turned.removeprefix("+").strip()


def _terms(text: str) -> list[str]:
    """The terms of a sum with their signs."""
    terms, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "({[":
            depth += 1
        elif char in ")}]":
            depth -= 1
        elif depth == 0 and char in "+-" and text[:at].strip() and text[:at].rstrip()[-1] not in "*/^+-=":
            terms.append(text[start:at].strip())
            start = at
    return [t for t in (*terms, text[start:].strip()) if t]


def product_sign(m: Material, draw: Random) -> Iterator[str]:
    sign = draw.choice((" \\cdot ", " \\times ", "*"))
    yield re.sub(r"(?<=[\d}])\s?(?=\\sqrt|\\pi)", lambda _: sign, bare(m), count=1)


def product_reordered(m: Material, draw: Random) -> Iterator[str]:
    found = re.fullmatch(r"(\d+)\s?(\\sqrt\s?\{[^{}]+\}|\\pi)", bare(m))
    if found is not None:
        yield f"{found.group(2)} \\cdot {found.group(1)}"


def bracketed(m: Material, draw: Random) -> Iterator[str]:
    yield f"({bare(m)})"


def braces_dropped(m: Material, draw: Random) -> Iterator[str]:
    yield re.sub(r"\\frac\{(\d)\}\{(\d)\}", r"\\frac\1\2", re.sub(r"\\sqrt\{(\d)\}", r"\\sqrt\1", bare(m)))


def unicode_signs(m: Material, draw: Random) -> Iterator[str]:
    text = bare(m)
    table = (
        ("\\pi", "π"),
        ("\\infty", "∞"),
        ("\\cup", "∪"),
        ("\\leq", "≤"),
        ("\\le", "≤"),
        ("\\geq", "≥"),
        ("\\ge", "≥"),
    )
    for command, sign in table:
        text = re.sub(re.escape(command) + r"(?![a-zA-Z])", sign, text)
    text = re.sub(r"\\sqrt\s?\{\s?(\d+)\s?\}", r"√\1", text)
    yield text.replace("-", "−") if draw.random() < 0.5 or text == bare(m) else text


def plain_text(m: Material, draw: Random) -> Iterator[str]:
    """As typed without LaTeX: `sqrt(3)/2`, `x^2`, `pi`."""
    text = bare(m)
    for _ in range(4):
        text = re.sub(r"\\[dt]?frac\s?\{([^{}]{1,60})\}\s?\{([^{}]{1,60})\}", r"((\1)/(\2))", text)
        text = re.sub(r"\\sqrt\s?\{([^{}]{1,60})\}", r"sqrt(\1)", text)
        text = re.sub(r"\^\s?\{([^{}]{1,60})\}", r"^(\1)", text)
    text = text.replace("\\pi", "pi").replace("\\left", "").replace("\\right", "").replace("\\cdot", "*")
    if "\\" not in text and text != bare(m):
        yield text


def in_dollars(m: Material, draw: Random) -> Iterator[str]:
    opening, closing = draw.choice((("$", "$"), ("\\(", "\\)")))
    yield f"{opening}{bare(m)}{closing}"


def in_text_command(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(("\\text{%s}", "\\mathbf{%s}", "\\mathrm{%s}")).replace("%s", bare(m))


def trailing_stop(m: Material, draw: Random) -> Iterator[str]:
    yield f"{bare(m)}."


def named(m: Material, draw: Random) -> Iterator[str]:
    """`x = 5` for 5, where the question asks for x."""
    asked = re.findall(
        r"(?:find|solve for|value of)\s\$?([xyzn])(?!\s?[-+*/^=_<>\\|,(\w])\$?(?![\w(])",
        m.sample.prompt_text,
        re.IGNORECASE,
    )
    if len(set(asked)) == 1 and asked[0] not in m.reference:
        yield f"{asked[0]} = {bare(m)}"


_INTEGERS = frozenset((Kind.INTEGER,))
_DECIMALS = frozenset((Kind.DECIMAL,))
_FRACTIONS = frozenset((Kind.FRACTION,))
_VALUES = frozenset((*NUMBERS, Kind.EXPRESSION))

SPELLINGS: Sequence[Spelling] = (
    Spelling("frac_dfrac_tfrac", FORMULAS, "the size of a fraction is no part of its value", fraction_command),
    Spelling("slash", _FRACTIONS, "a/b is the fraction", slash),
    Spelling("frac_from_slash", _FRACTIONS, "the fraction is a/b", fraction_from_slash),
    Spelling("sign_in_numerator", _FRACTIONS, "the same value", sign_in_numerator),
    Spelling("exact_decimal", _FRACTIONS, "a terminating decimal, all digits given", exact_decimal),
    Spelling("fraction_of_decimal", _DECIMALS, "the decimal as a fraction, exactly", fraction_of_decimal),
    Spelling("unreduced_fraction", _FRACTIONS, "the same value, not in lowest terms", unreduced, is_policy=True),
    Spelling("integer_with_decimals", _INTEGERS, "5.0 is 5", trailing_zero),
    Spelling("trailing_zero", _DECIMALS, "0.50 is 0.5", trailing_zero),
    Spelling("leading_zero", _DECIMALS, ".5 is 0.5", leading_zero),
    Spelling("thousands_separator", _INTEGERS, "digits in groups of three", thousands, is_sure=True),
    Spelling("no_thousands_separator", _INTEGERS, "digits without groups", no_thousands),
    Spelling(
        "scientific_notation", frozenset((Kind.INTEGER, Kind.DECIMAL)), "mantissa and power of ten, exactly", scientific
    ),
    Spelling(
        "scientific_e",
        frozenset((Kind.INTEGER, Kind.DECIMAL)),
        "1.5e4 is 15000, unless e is a constant",
        scientific_e,
        is_sure=True,
        is_policy=True,
    ),
    Spelling("spacing_added", FORMULAS, "spaces mean nothing", spaced, is_sure=True),
    Spelling("spacing_removed", FORMULAS, "spaces mean nothing", unspaced),
    Spelling("left_right", FORMULAS, "the size of a bracket means nothing", left_right),
    Spelling("sum_reordered", frozenset((Kind.EXPRESSION, Kind.EQUATION)), "a + b is b + a", plus_reordered),
    Spelling("product_sign", _VALUES, "a written product sign", product_sign),
    Spelling("product_reordered", _VALUES, "a times b is b times a", product_reordered),
    Spelling("bracketed", _VALUES, "brackets around a value", bracketed),
    Spelling("braces_dropped", FORMULAS, "\\frac12 is \\frac{1}{2}", braces_dropped),
    Spelling("unicode_signs", FORMULAS, "signs of Unicode for commands", unicode_signs),
    Spelling("plain_text_formula", _VALUES, "as typed without LaTeX", plain_text, is_sure=True),
    Spelling("in_dollars", FORMULAS, "math mode inside the place for the answer", in_dollars, is_sure=True),
    Spelling(
        "in_text_command",
        frozenset((Kind.INTEGER, Kind.DECIMAL)),
        "the type face means nothing",
        in_text_command,
        is_sure=True,
    ),
    Spelling(
        "trailing_full_stop", FORMULAS - {Kind.DECIMAL}, "a full stop after the answer", trailing_stop, is_sure=True
    ),
    Spelling("named_value", _VALUES, "x = 5 where the question asks for x", named),
)
