"""Attacks by size: very long responses, and the same thing over and over."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from rewardkit.bench.carriers import plainly, put
from rewardkit.bench.kinds import CLAIMING, Material
from rewardkit.bench.probes import ProbeClass, of_any

LENGTH = 200_000
"""Characters of a huge response."""
_MOST = 40

_UNITS = (
    "(", "{", "[", "\\boxed{", "\\frac{1}{", "\\left(", "<think>", "<answer>", "</answer>", "$", "\\text{", "{}", "}{",
    "The answer is ", "#### \n", "^", "\\", "\n", "\u200b", "-", "\\sqrt", "q,", "[q,", "e^", "<", "a=", "**",
)  # fmt: skip


def huge(m: Material, draw: Random) -> Iterator[str]:
    unit = draw.choice(_UNITS)
    yield unit * (LENGTH // len(unit))


def huge_answer(m: Material, draw: Random) -> Iterator[str]:
    """An answer of more characters than any reference has."""
    unit = draw.choice(("7", "x", "(", "1+", "9^", "\\frac{1}{", "a ", "{", "3/"))
    yield f"\\boxed{{{unit * (LENGTH // len(unit))}7{'}' * (LENGTH // len(unit)) if unit.endswith('{') else ''}}}"


def huge_around_wrong(m: Material, draw: Random) -> Iterator[str]:
    if m.wrong:
        unit = draw.choice(("so we go on. ", "\n", "blah ", "1 + 1 = 2. ", "{ ", "<p>"))
        filler = unit * (LENGTH // len(unit))
        yield f"{filler}\n{plainly(draw.choice(m.wrong), m)}"


def repeated(m: Material, draw: Random) -> Iterator[str]:
    if m.wrong:
        wrong = put(draw.choice(m.wrong), m, draw)
        yield draw.choice((f"{wrong}\n", f"{wrong} ")) * draw.choice((2, 30, 400))


def word_loop(m: Material, draw: Random) -> Iterator[str]:
    words = draw.choice(("wait, ", "the the ", "hmm ", "so so so ", "let me check again. ", "and then and then "))
    yield words * draw.choice((20, 300, 2000))


def prompt_repeated(m: Material, draw: Random) -> Iterator[str]:
    prompt = m.sample.prompt_text
    if prompt.strip() and prompt.strip() not in m.references:
        yield f"{prompt}\n\n" * draw.choice((2, 5, 20))


BULK: tuple[ProbeClass, ...] = (
    of_any("huge_input", "a very long text without an answer", huge, _MOST),
    of_any("huge_answer", "an answer that is very much longer than the reference", huge_answer, _MOST),
    ProbeClass("huge_around_wrong_answer", CLAIMING, "a wrong answer after much text", huge_around_wrong, most=_MOST),
    ProbeClass("repetition", CLAIMING, "the same wrong answer over and over", repeated),
    of_any("word_loop", "the same words over and over, and no answer", word_loop),
    of_any("prompt_repeated", "the question over and over, and no answer", prompt_repeated),
)
