"""The signs of other alphabets and the LaTeX commands that are only another spelling, each with its canonical one."""

from __future__ import annotations

import re
import unicodedata

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+-ni")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_UNICODE = {
    "√": "\\sqrt ", "∛": "\\sqrt[3] ", "π": "\\pi ", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-",
    "×": "*", "⋅": "*", "·": "*", "∙": "*", "•": "*", "∗": "*", "÷": "/", "⁄": "/", "∕": "/",
    "½": "\\frac{1}{2}", "⅓": "\\frac{1}{3}", "⅔": "\\frac{2}{3}", "¼": "\\frac{1}{4}", "¾": "\\frac{3}{4}",
    "⅕": "\\frac{1}{5}", "⅖": "\\frac{2}{5}", "⅛": "\\frac{1}{8}", "⅜": "\\frac{3}{8}", "⅝": "\\frac{5}{8}",
    "⩽": "≤", "⩾": "≥", "≦": "≤", "≧": "≥", "≃": "≈", "≅": "≈", "≐": "≈", "∼": "≈", "º": "°", "˚": "°", "∘": "°",
    "∣": "|", "｜": "|", "′": "'", "’": "'", "‘": "'", "“": '"', "”": '"', "〈": "⟨", "〉": "⟩",
    "，": ",", "、": ", ", "。": ".", "；": ";", "：": ":", "（": "(", "）": ")", "％": "%", "∧": "∧", "∨": "∨",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2061": "", "\u2062": "*", "\u200b": "", "\ufeff": "",
    "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}", "ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}",
    "…": "\\ldots ", "∅": "\\emptyset ", "∶": ":", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ",
    "⌉": "\\rceil ", "∠": "\\angle ", "△": "\\triangle ",
    "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ", "δ": "\\delta ", "θ": "\\theta ", "λ": "\\lambda ",
    "μ": "\\mu ", "σ": "\\sigma ", "φ": "\\phi ", "ω": "\\omega ",
}  # fmt: skip

_LAYOUT = (
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle "
    "scriptstyle limits nolimits rm bf it sf tt ! large Large LARGE huge small normalsize mathstrut strut bfseries "
    "displaylimits nonumber notag"
)
_COMMANDS = {
    # layout without meaning
    **dict.fromkeys(_LAYOUT.split(), ""),
    **dict.fromkeys((",", ";", ":", ">", " ", "quad", "qquad", "enspace", "thinspace", "hfill", "\n", "/"), " "),
    # spellings of one sign
    **dict.fromkeys(("dfrac", "tfrac", "cfrac"), "\\frac"),
    **dict.fromkeys(("dbinom", "tbinom"), "\\binom"),
    **dict.fromkeys(("cdot", "times", "ast", "bullet", "cdotp"), "*"),
    "div": "/",
    **dict.fromkeys(("le", "leq", "leqslant", "leqq"), "≤"),
    **dict.fromkeys(("ge", "geq", "geqslant", "geqq"), "≥"),
    **dict.fromkeys(("ne", "neq"), "≠"),
    "lt": "<",
    "gt": ">",
    **dict.fromkeys(("approx", "simeq", "cong", "thickapprox", "approxeq", "doteq", "sim"), "≈"),
    "equiv": "≡",
    "in": "∈",
    **dict.fromkeys(("cup", "bigcup"), "∪"),
    **dict.fromkeys(("cap", "bigcap"), "∩"),
    **dict.fromkeys(("setminus", "backslash", "smallsetminus"), "∖"),
    "pm": "±",
    "mp": "∓",
    "infty": "∞",
    **dict.fromkeys(("langle", "lang"), "⟨"),
    **dict.fromkeys(("rangle", "rang"), "⟩"),
    **dict.fromkeys(("land", "wedge"), "∧"),
    **dict.fromkeys(("lor", "vee"), "∨"),
    **dict.fromkeys(("{", "lbrace"), "⟦"),
    **dict.fromkeys(("}", "rbrace"), "⟧"),
    "%": "%",
    "$": "\\$",
    "#": "#",
    "_": " ",
    "&": "&",
    **dict.fromkeys(("degree", "deg"), "°"),
    "circ": "\\circ ",
    **dict.fromkeys(("vert", "lvert", "rvert", "mid"), "|"),
    **dict.fromkeys(("lbrack",), "["),
    **dict.fromkeys(("rbrack",), "]"),
    **dict.fromkeys(("colon", "ratio"), ":"),
    "prime": "'",
    **dict.fromkeys(("emptyset", "varnothing"), "\\emptyset "),
    "varphi": "\\phi ",
    "overrightarrow": "\\vec",
    "varepsilon": "\\epsilon ",
    "vartheta": "\\theta ",
    "lg": "\\log _{10}",
    "tg": "\\tan ",
    "ctg": "\\cot ",
    "arctg": "\\arctan ",
    "dots": "\\ldots ",
    "cdots": "\\ldots ",
    "R": "\\mathbb{R}",
    "Bbb": "\\mathbb",
    "Pr": "P",
    "measuredangle": "\\angle ",
    "imath": "i",
    "jmath": "j",
    "mathdollar": "\\$",
    "cr": "\\\\ ",
}


def ascii_signs(text: str) -> str:
    """Signs of other alphabets in canonical spelling; full-width and other decimal digits as ASCII digits."""
    text = _RAISED.sub(lambda m: "^{" + m.group().translate(_SUPERSCRIPTS) + "}", text)
    text = _LOWERED.sub(lambda m: "_{" + m.group().translate(_SUBSCRIPTS) + "}", text)
    return "".join(char if char < "\x80" else _ascii_sign(char) for char in text)


def _ascii_sign(char: str) -> str:
    if char in _UNICODE:
        return _UNICODE[char]
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(char) == "Cf":
        return ""
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) <= 4 else char


def canonical_command(match: re.Match[str]) -> str:
    name = match.group(1)
    return _COMMANDS.get(name, match.group())
