"""Texts that only name what an answer is the value of."""

from __future__ import annotations

import re

_SCRIPTS = re.compile(r"_\s?(?:\{[^{}]{1,40}\}|\\?[a-zA-Z]{1,12}|[0-9])")
_LABEL = re.compile(
    r"(?:\\(?:angle|triangle|overline|overrightarrow|vec|hat|bar|tilde|mathbb|frac|text|widehat|[a-zA-Z]*(?:alpha|beta|"
    r"gamma|delta|theta|phi|lambda|mu|nu|rho|sigma|tau|omega|psi|chi|eta|epsilon|ell|kappa|xi|zeta|Delta|Omega|"
    r"Gamma|Phi|Sigma))|[a-zA-Z]|[|'{} /:#∩∪]|\([^()]{0,60}\)|(?<=[a-zA-Z}])\[[^\[\]]{0,60}\]"
    r"|\[[A-Z]{3,5}\]"
    r"|\^\s?\{?\s?-1\s?\}?(?=\s?\()|(?<=[A-Z])\^\s?\{?\s?(?:-1|T)\s?\}?|°)+"
)


_ANGLE = r"[0-9]?\s?(?:\\angle\s?[A-Z]{1,3}|[a-zA-Z]|\\(?:theta|alpha|beta|gamma|phi))(?:\s?/\s?2)?"
_RATIO_OF_ANGLE = re.compile(
    rf"\\(?:sin|cos|tan|cot|sec|csc)(?:\s?\^\s?\{{?2\}}?)?\s?(?:{_ANGLE}|\{{?\s?\(\s?{_ANGLE}\s?\)\s?\}}?)"
)


def is_ratio_of_angle(text: str) -> bool:
    """Whether a text is a trigonometric function of a plain name, which a number may be the value of: `\\cos A`.

    >>> [is_ratio_of_angle(t) for t in ("\\\\cos A", "\\\\sin(2\\\\theta)", "\\\\sin 30")]
    [True, True, False]
    """
    return text[:1] == "\\" and len(text) < 60 and _RATIO_OF_ANGLE.fullmatch(text) is not None


def is_label(text: str) -> bool:
    """Whether a text only names what an answer is the value of: `x`, `f(x)`, `P(A)`, `\\angle ABC`, `|AB|`, `S_{10}`.

    >>> [is_label(t) for t in ("x_{1}", "P(X=1)", "m+n", "42", "2x")]
    [True, True, False, False, False]
    """
    if len(text) > 200:
        return False
    bare = _SCRIPTS.sub("", text).strip()
    bare = re.sub(r"\\text\{[^{}]{1,80}\}", "T", bare)
    return bool(re.search(r"[a-zA-Z]", bare)) and _LABEL.fullmatch(bare) is not None


_SUM_OF_NAMES = re.compile(r"[A-Za-z+\-*|() ]+")


def is_sum_of_names(text: str) -> bool:
    """Whether a text is an expression of bare names, as the quantity that a question asks for: `m+n`, `a b + c`.

    >>> is_sum_of_names("m+n"), is_sum_of_names("x^2-5x")
    (True, False)
    """
    return len(text) <= 80 and _SUM_OF_NAMES.fullmatch(_SCRIPTS.sub("", text)) is not None


_OPERATOR = re.compile(r"\\(?:lim|sum|prod|int|iint|oint|det|max|min|gcd|lcm|begin|sup|inf)(?![a-zA-Z])")


def computes(text: str) -> bool:
    """Whether a text that was not read is a computation, whose result stands behind its equals sign.

    >>> computes(r"\\sum_{k=1}^{9} k"), computes("41 or 42")
    (True, False)
    """
    return _OPERATOR.search(text) is not None
