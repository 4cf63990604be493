"""How often a sequence repeats its n-grams. Units are words, characters or token ids; all is linear in their number.

repeated_share(["a", "b", "a", "b", "a", "b"], 2)      # 0.6: 2 of 5 bigrams are distinct
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from typing import Annotated, TypeAlias

from annotated_types import Ge, Le

from rewardkit.data.units import Unit, characters, token_ids, words
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Score
from rewardkit.verifiers.visible import has_visible

UnitOption: TypeAlias = Annotated[
    Unit,
    Doc("what an n-gram is made of: words and characters of the normalised text, or the token ids in `tokens_field`"),
]
SizeOption: TypeAlias = Annotated[int, Doc("n: how many units an n-gram has"), Ge(1), Le(100)]
TokensField: TypeAlias = Annotated[str, Doc("column with the token ids of the response; read for unit 'tokens'")]

CONTENT_CLASSES = (
    "one_symbol", "gibberish", "self_declared_verdict", "prompt_injection", "empty_format_skeleton",
    "unfinished_thinking", "prompt_restated", "answer_only_in_thinking",
)  # fmt: skip
EXEMPT = dict.fromkeys(CONTENT_CLASSES, "repetition is judged and not content; combine it with a correctness gate")


def units(verifier: Verifier, sample: Sample, unit: Unit, tokens_field: str) -> Sequence[Hashable] | Score:
    """The response as a sequence of units, or the score of a sample that has none."""
    text = sample.response_text
    if not has_visible(text):
        return verifier.no_answer("the response is empty")
    if unit == "words":
        return words(text)
    if unit == "characters":
        return characters(text)
    if tokens_field not in sample.data:
        return verifier.unavailable(f"column {tokens_field!r} is missing; unit 'tokens' needs the ids of the tokens")
    ids = token_ids(sample.data[tokens_field])
    if isinstance(ids, str):
        return verifier.unavailable(f"column {tokens_field!r} holds {ids}; unit 'tokens' needs the ids of the tokens")
    return ids or verifier.unavailable(f"column {tokens_field!r} says no tokens for a response with text")


def ngrams(sequence: Sequence[Hashable], size: int) -> Iterator[tuple[Hashable, ...]]:
    """All n-grams of a sequence, in order; none when it is shorter than one."""
    return zip(*(itertools.islice(sequence, start, None) for start in range(size)), strict=False)


def repeated_share(sequence: Sequence[Hashable], size: int) -> float:
    """1 - distinct n-grams / n-grams, in [0, 1); 0 for a sequence shorter than one n-gram.

    >>> repeated_share("aaaaa", 2), repeated_share("abcd", 2), repeated_share("a", 2)
    (0.75, 0.0, 0.0)
    """
    total = len(sequence) - size + 1
    return 1.0 - len(set(ngrams(sequence, size))) / total if total > 0 else 0.0


def repeated_starts(sequence: Sequence[Hashable], size: int) -> Iterator[int]:
    """Where an n-gram begins that was there before.

    >>> list(repeated_starts([1, 2, 3, 1, 2, 3, 4], 2))
    [3, 4]
    """
    seen = set[tuple[Hashable, ...]]()
    for start, ngram in enumerate(ngrams(sequence, size)):
        if ngram in seen:
            yield start
        else:
            seen.add(ngram)


def covered(sequence: Sequence[Hashable], size: int) -> list[bool]:
    """For each unit, whether an n-gram that was there before covers it.

    >>> covered([1, 2, 3, 1, 2, 3, 4], 2)
    [False, False, False, True, True, True, False]
    """
    inside, end, starts = [False] * len(sequence), 0, repeated_starts(sequence, size)
    for start in starts:
        for position in range(max(start, end), start + size):
            inside[position] = True
        end = start + size
    return inside


def distinct_share(sequence: Sequence[Hashable], size: int, window: int | None = None) -> float | None:
    """Distinct n-grams / n-grams, in (0, 1]; with a `window`, the mean over all stretches of so many n-grams.

    None for a sequence shorter than one n-gram. Linear with a window too: each step adds one n-gram and takes one out.

    >>> distinct_share("aaaa", 1), distinct_share("abab", 1, window=2), distinct_share("a", 2)
    (0.25, 1.0, None)
    """
    every = list(ngrams(sequence, size))
    if not every:
        return None
    if window is None or len(every) <= window:
        return len(set(every)) / len(every)
    counts: dict[tuple[Hashable, ...], int] = {}
    total = 0
    for position, ngram in enumerate(every):
        counts[ngram] = counts.get(ngram, 0) + 1
        if position >= window:
            gone = every[position - window]
            counts[gone] -= 1
            if counts[gone] == 0:
                del counts[gone]
        if position >= window - 1:
            total += len(counts)
    return total / window / (len(every) - window + 1)
