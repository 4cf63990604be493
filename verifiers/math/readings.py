"""Texts and what they were read as, remembered: rollouts of one prompt share the reference, and often the answer."""

from __future__ import annotations

import functools

from rewardkit.verifiers.math.normalise import normalise
from rewardkit.verifiers.math.parse import parse
from rewardkit.verifiers.math.structure import Value

_LONGEST = 160
"""Characters of texts that are remembered."""


def value(text: str) -> Value:
    """What a text says."""
    return _value(text) if len(text) <= _LONGEST else parse(normalise(text))


def spelling(text: str) -> str:
    """Its canonical spelling."""
    return _spelling(text) if len(text) <= _LONGEST else normalise(text)


@functools.lru_cache(maxsize=8192)
def _value(text: str) -> Value:
    return parse(_spelling(text))


@functools.lru_cache(maxsize=8192)
def _spelling(text: str) -> str:
    return normalise(text)
