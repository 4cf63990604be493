"""Which texts of a response may stand for its answer.

find_candidates("The answer is Paris. It lies on the Seine.", "answer").texts
# ('Paris. It lies on the Seine.', 'Paris.', 'Paris')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rewardkit.verifiers.extraction import final_answer, outside_thinking
from rewardkit.verifiers.retraction import is_taken_back
from rewardkit.verifiers.visible import has_visible
from rewardkit.verifiers.wrapping import distinct, first_sentence

_WRAPPED = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|mathrm|mathbf|mbox)\s?\{([^{}]*)\}"
    r"|`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\$\\text\{([^{}]*)\}\$"
)
_LONGEST_WRAPPED = 1024

Part: TypeAlias = Literal["answer", "whole"]
"""The final answer, or the whole response where it gives none; or always the whole. Thinking is part of neither."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The texts that may stand for the answer; empty when there are none."""

    texts: tuple[str, ...]
    is_hedged: bool = False
    """Several boxes in one breath differ."""
    is_taken_back: bool = False
    """The words right behind the answer take it back."""


def find_candidates(response: str, of: Part) -> Candidates:
    """The final answer, also without one wrapping around the whole of it (`code`, **emphasis**, a \\text command); what
    follows a phrase is a stretch of a sentence, so also its first sentence, with and without its full stop.

    They are read without a look at the reference, and all begin alike, so none is a second guess. Where the first
    sentence asks ("Paris? No."), only the whole stands.
    """
    answer = final_answer(response) if of == "answer" else None
    if answer is None:
        whole = outside_thinking(response)
        return Candidates((whole,) if has_visible(whole) else ())
    given = distinct(answer.cluster)
    if len(given) > 1:
        return Candidates(given, is_hedged=True)
    texts = [answer.text]
    if answer.rule == "phrase":
        sentence = first_sentence(answer.text).strip()
        if not sentence.endswith(("?", "？")):
            texts += [sentence, sentence.rstrip(".!。！").rstrip("*_ ")]
    texts += [inside for text in texts for inside in _without_wrapping(text)]
    shown = tuple(dict.fromkeys(text for text in texts if has_visible(text)))
    return Candidates(shown, is_taken_back=is_taken_back(answer))


def _without_wrapping(text: str) -> list[str]:
    """What one wrapping around the whole of a short text holds.

    >>> _without_wrapping("`xs[-1]`"), _without_wrapping("\\\\text{Nile}"), _without_wrapping("`a` or `b`")
    (['xs[-1]'], ['Nile'], [])
    """
    found = _WRAPPED.fullmatch(text.strip()) if len(text) <= _LONGEST_WRAPPED else None
    return [] if found is None else [next(inside for inside in found.groups() if inside is not None).strip()]
