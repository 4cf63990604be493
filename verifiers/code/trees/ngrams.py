"""How alike the tokens of two programs are: BLEU, and BLEU with weight on the language's keywords (CodeBLEU).

Tokens are those of the grammar, so neither white space nor comments count.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

_LONGEST = 4
_EPSILON = 0.1
_OTHERS = 0.2
"""What a token counts that is no keyword; a keyword counts 1."""


def bleu(
    reference: Sequence[str], candidate: Sequence[str], weight: Callable[[str], float] = lambda token: 1.0
) -> float:
    """BLEU of one candidate and one reference: precision of 1- to 4-grams, times the penalty for being short.

    `weight` is for single tokens. A precision of zero counts as 0.1 matches (method 1 of Chen and Cherry 2014); orders
    that the reference is too short for are left out, so that equal texts always get 1.

    >>> bleu("a b c".split(), "a b c".split()), round(bleu("a b c d e".split(), "a b c d x".split()), 3)
    (1.0, 0.669)
    >>> bleu(["a"], [])
    0.0
    """
    if not candidate or not set(candidate) & set(reference):
        return 0.0
    logarithms = []
    for order in range(1, min(_LONGEST, len(reference)) + 1):
        wanted, given = _grams(reference, order), _grams(candidate, order)
        weigh = {gram: weight(gram[0]) if order == 1 else 1.0 for gram in given}
        matched = math.fsum(weigh[gram] * min(count, wanted[gram]) for gram, count in given.items())
        total = math.fsum(weigh[gram] * count for gram, count in given.items())
        logarithms.append(math.log((matched or _EPSILON) / (total or 1.0)))
    penalty = min(0.0, 1.0 - len(reference) / len(candidate))
    return min(1.0, math.exp(penalty + math.fsum(logarithms) / len(logarithms)))


def keyword_bleu(reference: Sequence[str], candidate: Sequence[str], keywords: frozenset[str]) -> float:
    """`bleu` where a keyword weighs five times another token.

    >>> keyword_bleu(["return", "x"], ["return", "y"], frozenset({"return"})) > bleu(["return", "x"], ["return", "y"])
    True
    """
    return bleu(reference, candidate, lambda token: 1.0 if token in keywords else _OTHERS)


def _grams(tokens: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[start:] for start in range(order)), strict=False))
