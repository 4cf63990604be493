r"""Words in formulas: `\text{...}` and its kin, around units, connectives, options, or mathematics in another font.

`plain_styles(r"5 \mathrm{~cm}")` is `5 \text{cm}`: of all the styles one is left, around what is a word, and none
around what is mathematics.
"""

from __future__ import annotations

import re

STYLED = re.compile(r"\\(?:text|math|mbox|hbox|bold|bm|pmb|operatorname|underline|emph|ensuremath|(?:text)?color)")
"""Without any of these there is nothing to do here."""
_TEXT = re.compile(
    r"\\(text(?:bf|rm|it|sf|tt|sc|up|normal)?|math(?:rm|bf|it|sf|tt|normal)|mbox|hbox|boldsymbol|bm|pmb|operatorname\*?"
    r"|underline|emph)\s{0,4}\{([^{}]*)\}"
)
_FORMULA = re.compile(r"\\(?:text[a-z]{0,6}|mbox|hbox)\s{0,4}\{\s{0,4}\$([^$]{1,1000})\$\s{0,4}\}")
_FONT = re.compile(
    r"\\(?:math(?:rm|bf|it|sf|tt|normal)|text(?:bf|it|rm|sf|tt|up)|boldsymbol|bm|pmb|underline|emph|ensuremath)"
    r"(?=\s{0,4}\{)"
)
"""A font around a formula with groups of its own: the group stays, the font says nothing."""
_COLOR = re.compile(r"\\(?:text)?color\s{0,4}\{[a-zA-Z0-9!]{1,20}\}")
_UNIT_FRACTION = re.compile(
    r"\\[dt]?frac\s?\{\s?\\(?:text|mathrm|textrm)\s?\{([a-zA-Z~ .]{1,20})\}(\^\s?\{?[23]\}?)?\s?\}"
    r"\s?\{\s?\\(?:text|mathrm|textrm)\s?\{([a-zA-Z~ .]{1,20})\}(\^\s?\{?[23]\}?)?\s?\}"
)
_VALUE_BEFORE = re.compile(
    r"(?:[0-9})°]|\\circ)(?:\\[,;:! ]|[\s~]){0,8}$"
    r"|\\(?:text|mathrm)\s?\{[^{}]{1,20}\}(?:\^\s?\{?-?[1-3]\}?)?\s?(?:\\cdot|\\times|/|\\,|\\;|~|\s){1,4}$"
)
"""A number, or a unit behind a number that goes on: `9.8 \\mathrm{~m} / \\mathrm{s}`."""

_OR = "or|ou|oder|или|或"
_AND = "and|et|und|и|和|且|&"
_CONNECTIVE = re.compile(rf"[\s,;]{{0,8}}(?:({_OR})|({_AND}))[\s,;]{{0,8}}", re.IGNORECASE)
_JOINED_NUMBERS = re.compile(r"[0-9\s.,+\-/]{1,60}(?:(?:,\s?)?\b(?:or|and)\s[0-9\s.,+\-/]{1,60}){1,4}", re.IGNORECASE)
_NUMBERS = re.compile(
    r"[\s0-9.,+*/=()<>:%$\\\-]*[0-9][\s0-9.,+*/=()<>:%\-]*|\(?[a-zA-Z]\)?\.?(?:(?:\s?,\s?|,?\sand\s)\(?[a-zA-Z]\)?){0,26}"
)
_EQUATION = re.compile(r"(?=.{0,200}[=+^*0-9])(?:[a-zA-Z](?![a-zA-Z])|[0-9\s+\-*/=()^_.,<>≤≥|'])+")
_COUNT = re.compile(r"([+-]?[0-9][0-9.,]{0,40})\s([a-zA-Z][a-zA-Z ]{0,60})")
_OPTION = re.compile(r"(?:option|choice)\s?\(?([A-Z])\)?\.?", re.IGNORECASE)
_EMPHASIS = frozenset(("mathbf", "mathit", "boldsymbol", "bm", "pmb", "underline"))
_SIGNS = frozenset((".", ",", ";", ":", "%", "°", "\\$", "$", "=", "'"))
_WORDS = {"infinity": " ∞ ", "positive infinity": " ∞ ", "negative infinity": " -∞ "}
_FUNCTION_TEXT = (
    "sin cos tan cot sec csc tg ctg sinh cosh tanh coth arcsin arccos arctan arccot arcsec arccsc arctg arcctg asin "
    "acos atan acot asec acsc asinh acosh atanh arsinh arcosh artanh cosec ln log lg exp"
)
_FUNCTIONS = frozenset(_FUNCTION_TEXT.split())

PERCENT_WORD = re.compile(
    r"(?<![a-zA-Z])(?:percentage|percent|per cent|pct)(?:\s+points?)?\.?(?![a-zA-Z])", re.IGNORECASE
)
DEGREE_WORD = re.compile(
    r"(?<![a-zA-Z])(?:degrees?|degs?)(?![a-zA-Z])(?!\s*(?:[CFK]\b|celsius|fahrenheit))", re.IGNORECASE
)


def plain_styles(text: str) -> str:
    """The text with one style, `\\text{}`, and that only around words."""
    if "$" in text:
        text = _FORMULA.sub(r" \1 ", text)
    if "color" in text:
        text = _COLOR.sub("", text)
    if "frac" in text:
        text = _UNIT_FRACTION.sub(_unit_fraction, text)
    return _FONT.sub("", _TEXT.sub(_plain_text, text))


def _plain_text(match: re.Match[str]) -> str:
    """What stands for one styled text: its content where that is mathematics, a sign, or else one style for all."""
    content = match.group(2).replace("~", " ").replace("\\ ", " ").replace("\\%", "%").replace("\\,", " ")
    content = content.replace("\\cdot", "*")
    content = DEGREE_WORD.sub("°", PERCENT_WORD.sub("%", content)).strip()
    if not content or content in _SIGNS:
        return content or " "
    if "\\" in content and not match.group(1).startswith(("text", "mbox", "hbox")):
        return "{" + content + "}"
    if match.group(1) in _EMPHASIS and not content.isalpha() and not _follows_value(match):
        return " " + content + " "
    if content in _FUNCTIONS and not (content == "sec" and match.group(1)[0] != "o" and _follows_value(match)):
        return f"\\{content} "
    joined = _CONNECTIVE.fullmatch(match.group(2).replace("~", " "))
    if joined:
        return " ∨ " if joined.group(1) else " ∧ "
    folded = content.casefold()
    if folded in _WORDS:
        return _WORDS[folded]
    if folded == "to" and _follows_value(match):
        return ":"
    option = _OPTION.fullmatch(content)
    if option:
        return f" {option.group(1)} "
    if _NUMBERS.fullmatch(content) and not (content.isalpha() and _follows_value(match)):
        return " " + content + " "
    if _EQUATION.fullmatch(content) and not _follows_value(match):
        return " " + content + " "
    if _JOINED_NUMBERS.fullmatch(content):
        return " " + content + " "
    if content[0] == "°":
        return "°\\text{" + content[1:].strip() + "}"
    counted = _COUNT.fullmatch(content)
    if counted:
        return f" {counted.group(1)} \\text{{{counted.group(2)}}}"
    return "\\text{" + content + "}"


def _unit_fraction(match: re.Match[str]) -> str:
    if not _follows_value(match):
        return match.group()
    above, power, below, other = (g or "" for g in match.groups())
    return f"\\text{{{above.strip('~ ')}}}{power}/\\text{{{below.strip('~ ')}}}{other}"


def _follows_value(match: re.Match[str]) -> bool:
    """Whether the match stands right after a value, where a letter is a unit."""
    return bool(_VALUE_BEFORE.search(match.string[max(0, match.start() - 40) : match.start()]))
