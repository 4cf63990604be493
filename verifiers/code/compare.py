"""Whether a program's output is the expected one: the rules for tests of standard input and output.

    same_output("1 2\\n", "1 2 \\n\\n", "exact")          # True: white space at the end of lines and of the text
    same_output("0.5", "0.50000001", "exact", 1e-6)      # True: a tolerance was declared, and both are decimals

`exact` is the rule to trust. The rules that carry a benchmark's name accept what that benchmark accepts, mistakes
included, and are there to compare with its numbers. All are linear in the texts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

Rule: TypeAlias = Literal["exact", "tokens", "livecodebench", "apps", "sandboxfusion"]

_LONGEST_NUMBER = 400


def same_output(expected: str, actual: str, rule: Rule = "exact", tolerance: float | None = None) -> bool:
    """Whether `actual` counts as `expected` under `rule`.

    exact: the same lines, but for white space at their ends and empty lines at the end of the text.
    tokens: the same words in order, however they are spread over lines.
    livecodebench: the same lines stripped, or lines whose tokens are all equal as decimal numbers.
    apps: as verl's prime_code: stripped text, stripped non-empty lines, or all tokens close as floats (1e-5), integers
        included where a token is not all digits.
    sandboxfusion: tokens in lower case, numbers to a relative 1e-5, integers included.

    `tolerance` (absolute or relative) is for `exact` and `tokens`: a pair of numbers that are both written with a point
    or an exponent. An integer of the expected output is never compared by tolerance.

    >>> same_output("YES", "yes"), same_output("1 2", "1\\n2", "tokens"), same_output("107", "106", "apps")
    (False, True, False)
    >>> same_output("2", "2.0000001", "exact", 1e-6), same_output("-1000000", "-1000001", "apps")
    (False, True)
    """
    return _RULES[rule](expected, actual, tolerance)


def first_difference(expected: str, actual: str) -> str:
    """Where two outputs part, in words.

    >>> first_difference("1\\n2", "1\\n3"), first_difference("1\\n2", "1")
    ('line 2', 'line 2 is missing')
    """
    wanted, given = _lines(expected), _lines(actual)
    for number, (left, right) in enumerate(zip(wanted, given, strict=False), 1):
        if left != right:
            return f"line {number}"
    if len(given) < len(wanted):
        return f"line {len(given) + 1} is missing"
    return f"line {len(wanted) + 1} is too much" if len(given) > len(wanted) else "only white space"


def _lines(text: str) -> list[str]:
    """Lines without white space at their ends, without empty ones at the end."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _exact(expected: str, actual: str, tolerance: float | None) -> bool:
    wanted, given = _lines(expected), _lines(actual)
    if wanted == given:
        return True
    if tolerance is None or len(wanted) != len(given):
        return False
    return all(_near_tokens(left.split(), right.split(), tolerance) for left, right in zip(wanted, given, strict=True))


def _tokens(expected: str, actual: str, tolerance: float | None) -> bool:
    wanted, given = expected.split(), actual.split()
    return wanted == given or (tolerance is not None and _near_tokens(wanted, given, tolerance))


def _near_tokens(wanted: list[str], given: list[str], tolerance: float) -> bool:
    return len(wanted) == len(given) and all(
        left == right or _near(left, right, tolerance) for left, right in zip(wanted, given, strict=True)
    )


def _near(expected: str, actual: str, tolerance: float) -> bool:
    if not (_is_decimal(expected) and _is_decimal(actual)):
        return False
    left, right = float(expected), float(actual)
    return math.isfinite(left) and math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance)


def _is_decimal(token: str) -> bool:
    """Whether a token is a number written with a point or an exponent.

    >>> _is_decimal("-1.5e3"), _is_decimal("1_0.0"), _is_decimal("7"), _is_decimal("nan")
    (True, False, False, False)
    """
    if len(token) > _LONGEST_NUMBER or "_" in token or not token.isascii():
        return False
    if not any(mark in token for mark in ".eE") or not any(c.isdigit() for c in token):
        return False
    return _as_float(token) is not None


def _as_float(token: str) -> float | None:
    try:
        return float(token) if len(token) <= _LONGEST_NUMBER else None
    except ValueError:
        return None


def _livecodebench(expected: str, actual: str, tolerance: float | None) -> bool:
    wanted = [line.strip() for line in expected.strip().split("\n")]
    given = [line.strip() for line in actual.strip().split("\n")]
    return len(wanted) == len(given) and all(
        left == right or _same_decimals(left, right) for left, right in zip(wanted, given, strict=True)
    )


def _same_decimals(left: str, right: str) -> bool:
    wanted, given = left.split(), right.split()
    if len(wanted) != len(given) or max(map(len, [*wanted, *given]), default=0) > _LONGEST_NUMBER:
        return False
    try:
        return all(Decimal(a) == Decimal(b) for a, b in zip(wanted, given, strict=True))
    except InvalidOperation:
        return False


def _apps(expected: str, actual: str, tolerance: float | None) -> bool:
    if expected.strip() == actual.strip():
        return True
    wanted = [line.strip() for line in expected.split("\n") if line.strip()]
    given = [line.strip() for line in actual.split("\n") if line.strip()]
    if wanted == given:
        return True
    left, right = expected.split(), actual.split()
    if len(left) != len(right) or all(token.isdigit() for token in left):
        return False
    return all(_close(a, b, relative=1e-5, absolute=1e-8) for a, b in zip(left, right, strict=True))


def _sandboxfusion(expected: str, actual: str, tolerance: float | None) -> bool:
    left, right = expected.lower().split(), actual.lower().split()
    return len(left) == len(right) and all(
        a == b or _close(a, b, relative=1e-5, absolute=0.0) for a, b in zip(left, right, strict=True)
    )


def _close(expected: str, actual: str, relative: float, absolute: float) -> bool:
    left, right = _as_float(expected), _as_float(actual)
    if left is None or right is None or not math.isfinite(left):
        return False
    return abs(left - right) <= absolute + relative * abs(left)


_RULES: Mapping[Rule, Callable[[str, str, float | None], bool]] = {
    "exact": _exact,
    "tokens": _tokens,
    "livecodebench": _livecodebench,
    "apps": _apps,
    "sandboxfusion": _sandboxfusion,
}
