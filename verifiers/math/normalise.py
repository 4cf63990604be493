"""Second stage: the text of an answer in one canonical spelling, before anything is parsed.

    normalise(r"\\left( \\dfrac12,\\ 1{,}000 \\text{ cm} \\right)")    # (\\frac12, 1000 \\text{cm})

LaTeX and plain text have many spellings of one sign. Here each gets a single one, so that the parser knows only this
alphabet: ASCII, LaTeX commands that carry meaning (`\\frac`, `\\sqrt`, `\\sin`, ...), and one character for each
relation, set and currency sign: `≤ ≥ ≠ ≈ ≡ ∈ ∪ ∩ ∖ ± ∓ ∞ ⟨ ⟩ ∧ ∨ ° ⟦ ⟧ ¤ € £ ¥ ₹` (`⟦ ⟧` are literal braces, `¤` is a
dollar). Words stand bare or in `\\text{}`. Nothing is interpreted, and every step is linear in the length of the text.
"""

from __future__ import annotations

import re

from rewardkit.verifiers.math.signs import ascii_signs, canonical_command
from rewardkit.verifiers.math.styles import DEGREE_WORD, PERCENT_WORD, STYLED, plain_styles

MAX_LENGTH = 4_000
"""Characters; a longer text is no answer that this family parses, and is compared as it stands."""

_CIRCLE = re.compile(r"\^\s{0,4}(?:\{\s{0,4}\\circ\s{0,4}\}|\\circ\s?|°|\{\s{0,4}°\s{0,4}\})")
_TEMPERATURE = re.compile(r"°\s?([CFK])(?![a-zA-Z])")
_COMMAND = re.compile(r"\\([a-zA-Z]+|.)", re.DOTALL)
_NULL_DELIMITER = re.compile(r"\\(?:left|right|big|Big|bigg|Bigg)\s{0,4}\.(?![0-9])")
_GROUPED = re.compile(r"(?<![0-9.,])([0-9]{1,3}(?:(?:\{,\}|,\\!|\\,|\\!,|\\!)\s?[0-9]{3}){1,400})(?![0-9])")
_SPACED = re.compile(r"(?<![0-9.,])(?<![0-9] )[1-9][0-9]{0,2}(?: [0-9]{3}){1,400}(?! ?[0-9/])")
_DIGIT_GAP = re.compile(r"[0-9] [0-9]{3}")
_PYTHON_I = re.compile(r"(?<![a-zA-Z_])I(?![a-zA-Z_(])")
_DOUBLED = re.compile(r"\\\\(?=[a-zA-Z{}])")
_NOT = re.compile(r"\\not\s{0,4}(?:=|\\in\b)")
_NEGATED = re.compile(r"(?<![0-9)}])!=|/=|=/=|<>")  # `5!=120` is a factorial
_SIGNS = frozenset("<>=*~$")
_SPOKEN = re.compile(r"or|and|deg|per|pct|infinity|oo|或| to ")
_CODE_STARTS = frozenset(("US", "EU", "GB", "IN", "Rs"))
_OUTWARD = re.compile(r"\[[^\[\]]*\[")
_ENDED = re.compile(r"([\[\]])(?!\s{0,3}[,;])([^\[\]()]{1,200}[,;][^\[\]()]{1,200})([\[\]])")
_BARE_CONNECTIVE = re.compile(
    r"(?<=[\s)\]}0-9⟧])(?:(or|或)|(and))(?=[\s(\[{0-9⟦\\])(?!\s(?:I{1,3}|IV|VI{1,3})(?![a-zA-Z]))"
    r"|(?<=[0-9])( to )(?=[0-9])",
    re.IGNORECASE,
)
_INFINITY = re.compile(r"(?<![a-zA-Z\\])(?:(negative )|positive )?(?:infinity|oo)(?![a-zA-Z])", re.IGNORECASE)
_ASCII_SIGNS = {"<=": "≤", ">=": "≥", "=<": "≤", "=>": "≥", "==": "=", "**": "^"}
_ASCII_SIGN = re.compile(r"<=|>=|=<|=>|==|\*\*|~")
_ROOT_OF_NUMBER = re.compile(r"\\sqrt(\s{0,2}\[[^\[\]{}]{1,8}\])?\s{0,4}([0-9]{2,20})")
_LOOSE = re.compile(
    r" (?:(?<![0-9a-zA-Z] )|(?![0-9a-zA-Z])|(?<=[0-9] )(?=[a-zA-Z])|(?<=[a-zA-Z] )(?=[0-9]))"  # spaces are found fast
)
_SHORT_GROUP = re.compile(r"([\^_])\{([0-9a-zA-Z])\}")
_PRICE = re.compile(r"(?<![0-9])(\s?)\$(?=\s?[0-9.])|(?<=[0-9])\s?\$(?=$|\s|[.,])")
_CODE = re.compile(r"(USD?|EUR|GBP|INR|Rs\.?)\s?(?:¤\s?)?(?=[0-9.])")
_CODES = {"EUR": "€", "GBP": "£", "INR": "₹", "Rs": "₹"}
_SPACE = re.compile(
    r"\\(?:[hvm]space|tag)\*?\s?\{[^{}]{0,20}\}|\\(?:hskip|kern|mkern)\s?-?[0-9.]{1,6}\s?(?:pt|em|ex|cm|mm|mu)"
)
_BRACED_SIGN = re.compile(r"\{([:;,=])\s?\}")
_NOTHING = re.compile(r"[_^]\{\s?\}|(?<![a-zA-Z}\]])\{\s?\}")
_PRIME = re.compile(r"\^\s?(?:\{\s?('{1,4})\s?\}|('{1,4}))")
_RAISED_O = re.compile(r"(?<=[0-9)}])\s?\^\s?(?:\{\s?o\s?\}|o(?![a-zA-Z]))")
_MINUTES = re.compile(r"([0-9]{1,3})\s?°\s?([0-5]?[0-9])\s?'(?!')(?:\s?([0-5]?[0-9])\s?(?:''|\"))?")
_ENSEMBLE = re.compile(r"\\mathbb\s{0,4}([A-Z])")
_FIRST_SIGN = re.compile(r"(?:\\(?:therefore|Rightarrow|implies|Longrightarrow|because)(?![a-zA-Z])\s?){1,3}")
_LAST_SIGN = re.compile(r"(?:\\(?:checkmark|square|Box|blacksquare|qed)\s{0,4}){1,3}$")
_ASIDE = re.compile(
    r"\s?\(\s?≈[^()]{1,40}\)$|\s?\\text\{\(?(?:or )?(?:approximately|approx\.?|about|roughly) [0-9.,]{1,20}\)?\}$"
)
"""An approximate value in brackets behind the exact one."""
_CONDITION = re.compile(r",?\s?\((?:\\text\{\s?(?:for|where|with)?\s?\})?\s?([a-zA-Z]\s?∈\s?[^()]{1,30})\)$")
_ANGLES = re.compile(r"<([^<>=]{1,200},[^<>=]{1,200})>")
_UNION_LETTER = re.compile(r"(?<=[)\]])\s?U\s?(?=[(\[])")
_SYSTEM = re.compile(
    r"(?:⟦\s?\\begin\{array\}\s?(?:\{[lcr]{1,4}\})?|\\begin\{(?:cases|aligned|gathered)\})"
    r"(.{1,1000}?)\\end\{(?:array|cases|aligned|gathered)\}(?:\s?⟧)?",
    re.DOTALL,
)
_ROW_END = re.compile(r"[,;.]?\s{0,4}\\\\(?:\s?\[[^\[\]]{0,10}\])?")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?")
_EDGES = frozenset(("$", "\\", "*", "`", '"', ".", ",", ";", ":", ")", "]", ""))
"""Characters without which no delimiter, quote or stop stands around a text."""
_DELIMITERS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"), ('"', '"'))


def normalise(text: str) -> str:
    """The canonical spelling of an answer, in linear time; empty for a text that says nothing.

    >>> normalise(r"$\\dfrac{1}{2}\\,$."), normalise("1,\\\\!000 \\\\%"), normalise(r"x \\leq 3")
    ('\\\\frac{1}{2}', '1000 %', 'x ≤ 3')
    """
    text = text.strip()
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    if len(text) > MAX_LENGTH:
        return " ".join(text.split())
    if not text.isascii():
        text = ascii_signs(text)
    text = _undelimited(text)
    if "\\" in text or "{" in text:
        text = _plain_latex(text)
    elif "*" in text or "sqrt" in text:
        text = _PYTHON_I.sub("i", text)
    if not _SIGNS.isdisjoint(set(text)):
        if text[0] == "<":
            text = _ANGLES.sub(r"⟨\1⟩", text, count=1)
        text = _NEGATED.sub(" ≠ ", text)
        text = _ASCII_SIGN.sub(lambda m: _ASCII_SIGNS.get(m.group(), " "), text)
        text = _priced(text) if "$" in text else text
    if _SPOKEN.search(text.lower()):
        text = PERCENT_WORD.sub("%", text)
        text = DEGREE_WORD.sub("°", text)
        text = _BARE_CONNECTIVE.sub(lambda m: "∨" if m.group(1) else "∧" if m.group(2) else ":", text)
        text = _INFINITY.sub(lambda m: "-∞" if m.group(1) else "∞", text)
    if "^" in text and "o" in text:
        text = _RAISED_O.sub("°", text)
    if "°" in text:
        text = _TEMPERATURE.sub(r"°\\text{\1}", _CIRCLE.sub("°", text))
        if "'" in text:
            text = _MINUTES.sub(_as_degrees, text)
    if text[:2] in _CODE_STARTS:
        text = _CODE.sub(lambda m: _CODES.get(m.group(1).rstrip("."), "¤"), text, count=1)
    text = " ".join(text.split())
    if _DIGIT_GAP.search(text):
        text = _SPACED.sub(lambda m: m.group().replace(" ", ""), text)
    if text[-1:] in (")", "}"):
        if "≈" in text or "\\text" in text:
            text = _ASIDE.sub("", text)
        if "∈" in text:
            text = _CONDITION.sub(r", \1", text)
    if "]" in text or "[" in text or "U" in text:
        text = _outward(text)
    return _trimmed(text)


def _plain_latex(text: str) -> str:
    """A text with commands in the canonical alphabet."""
    if "\\\\" in text and "\\begin" not in text:
        text = _DOUBLED.sub(lambda _: "\\", text)
    if "\\," in text or "{,}" in text or "\\!" in text:
        text = _GROUPED.sub(_ungrouped, text)
    if "\\not" in text:
        text = _NOT.sub(" ≠ ", text)
    if "space" in text or "tag" in text or "k" in text:
        text = _SPACE.sub(" ", text)
    if STYLED.search(text):
        text = plain_styles(text)
    if "circ" in text or "°" in text:
        text = _CIRCLE.sub("°", text)
    if "." in text:
        text = _NULL_DELIMITER.sub("", text)
    text = _COMMAND.sub(canonical_command, text)
    if "{}" in text or "{ }" in text:
        text = _NOTHING.sub("", text)
    if "{," in text or "{:" in text or "{=" in text or "{;" in text:
        text = _BRACED_SIGN.sub(r"\1", text)
    if "\\begin" in text:
        text = _SYSTEM.sub(_as_list, text)
    if "mathbb" in text:
        text = _ENSEMBLE.sub(r"\\mathbb{\1}", text)
    if "'" in text:
        text = _PRIME.sub(lambda m: m.group(1) or m.group(2), text)
    if text[:1] == "\\":
        text = _FIRST_SIGN.sub("", text, count=1) if _FIRST_SIGN.match(text) else text
    if "\\" in text[-16:]:
        text = _LAST_SIGN.sub("", text)
    text = text.replace("\\boxed", " ")
    return _ROOT_OF_NUMBER.sub(_braced_radicand, text) if "\\sqrt" in text else text


def _braced_radicand(match: re.Match[str]) -> str:
    return f"\\sqrt{match.group(1) or ''}{{{match.group(2)}}}"


def _priced(text: str) -> str:
    """Dollars as `¤`; dollar signs that only delimit formulas are dropped."""
    is_price = text.count("$") == 1 + text.count("\\$") and "\\$" not in text
    text = text.replace("\\$", "¤")
    return (_PRICE.sub(r"\1¤", text) if is_price else text).replace("$", " ")


def _as_degrees(match: re.Match[str]) -> str:
    """`22° 30'` as a fraction of degrees."""
    degrees, minutes, seconds = (int(g or 0) for g in match.groups())
    return f"\\frac{{{degrees * 3600 + minutes * 60 + seconds}}}{{3600}}°"


def _as_list(match: re.Match[str]) -> str:
    """The rows of a system of equations as a list; what has conditions in its rows stays: a function by cases."""
    rows = [row.strip() for row in _ROW_END.split(match.group(1)) if row.strip()]
    if len(rows) > 1 and not all(row.count("=") == 1 and not set("<>≤≥≠,;:") & set(row.rstrip(",;.")) for row in rows):
        return match.group()
    plain = [re.sub(r"&\s?=|=\s?&", "=", row).strip("& ").rstrip(",;.") for row in rows]
    return match.group() if any("&" in row for row in plain) else ", ".join(plain)


def _outward(text: str) -> str:
    """Intervals whose open ends are written `]a, b[`, with round brackets; and `U` between intervals as a union."""
    text = _UNION_LETTER.sub(" ∪ ", text)
    first, last = text.find("["), text.find("]")
    if not (_OUTWARD.search(text) if 0 <= first < last else last >= 0 or first >= 0):
        return text
    if not set(_ENDED.sub("", text)).isdisjoint("[]"):
        return text
    return _ENDED.sub(
        lambda m: f"{'[' if m.group(1) == '[' else '('}{m.group(2)}{']' if m.group(3) == ']' else ')'}", text
    )


def compact(text: str) -> str:
    """A canonical text without the spaces that carry no meaning: equal for texts that only differ in layout.

    >>> compact("x ^{2} + 3 x"), compact("3 1/4")
    ('x^2+3x', '3 1/4')
    """
    if " " in text:
        text = _LOOSE.sub("", _LOOSE.sub("", text))
    return _SHORT_GROUP.sub(_ungroup, text) if "^{" in text or "_{" in text else text


def _ungroup(match: re.Match[str]) -> str:
    return match.group(1) + match.group(2)


def _undelimited(text: str) -> str:
    """The text without math delimiters, quotes and emphasis around the whole of it."""
    if _EDGES.isdisjoint((text[:1], text[-1:])):
        return text
    for _ in range(6):
        before = text
        text = text.strip()
        for opening, closing in _DELIMITERS:
            if len(text) > len(opening) + len(closing) and text.startswith(opening) and text.endswith(closing):
                inner = text[len(opening) : -len(closing)]
                if opening not in inner:
                    text = inner.strip()
        text = _without_stop(text)
        if text == before:
            break
    return text


def _without_stop(text: str) -> str:
    """The text without a full stop, comma, semicolon or colon at its end; an ellipsis stays."""
    stripped = text.rstrip()
    if stripped.endswith(("...", "\\,", "\\;", "\\:", "\\.")):
        return stripped
    return stripped.rstrip(".,;:").rstrip() if stripped.endswith((".", ",", ";", ":")) else stripped


def _trimmed(text: str) -> str:
    text = text.strip()
    while text.endswith("\\"):
        text = text[:-1].rstrip()
    return _without_stop(text)


def _ungrouped(match: re.Match[str]) -> str:
    return re.sub(r"[^0-9]", "", match.group())
