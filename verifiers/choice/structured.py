"""Answers given as a JSON object: `{"reason": "...", "answer": "B"}`, alone or in a code fence.

    json_answers('{"label": "ham", "confidence": 0.9}')    # ('ham',)
    json_answers("ham")                                    # None

Every key that names an answer counts, also one that stands there twice, so that two answers are never one.
"""

from __future__ import annotations

import json
import re

LONGEST = 16_384
"""Characters of an object that is read."""

_KEYS = frozenset(
    (
        *("answer", "answers", "finalanswer", "correctanswer", "choice", "finalchoice", "option", "correctoption"),
        *("label", "labels", "predictedlabel", "class", "category", "classification", "prediction", "sentiment"),
        *("verdict", "decision", "result", "output", "selected", "selection", "intent", "response"),
    )
)
_FENCED = re.compile(r"```(?:json|JSON)?\s{0,4}(\{.*\})\s{0,4}```", re.DOTALL)


def json_answers(text: str) -> tuple[str, ...] | None:
    """The answers in an object that is the whole of `text`; None when it is none, or holds no answer.

    >>> json_answers('{"answer": "A", "choice": "B"}'), json_answers('{"answer": true}'), json_answers('{"a": 1}')
    (('A', 'B'), ('true',), None)
    """
    text = text.strip()
    if len(text) > LONGEST or not text.endswith(("}", "```")):
        return None
    fenced = _FENCED.fullmatch(text)
    text = fenced.group(1) if fenced else text
    if not text.startswith("{"):
        return None
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    values = [value for key, value in pairs if re.sub(r"[^a-z]", "", key.lower()) in _KEYS]
    said = [_said(item) for value in values for item in (value if _is_flat_list(value) else [value])]
    if not said or None in said:
        return None
    return tuple(dict.fromkeys(text for text in said if text is not None))


def _is_flat_list(value: object) -> bool:
    """Whether a value is a list of answers; an object, which is a list of pairs here, is none."""
    return isinstance(value, list) and all(isinstance(item, (str, int)) for item in value)


def _said(value: object) -> str | None:
    """The text of a scalar as JSON writes it."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, int)) else None
