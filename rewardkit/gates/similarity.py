"""Self-similarity inside a group: how much a response says what the other responses to its prompt say too.

    SelfSimilarity(unit="words", size=4)       # 1 for a response unlike all others, 0 for one of a group of copies

Compared are sets of n-grams by their Jaccard index. A set is a sketch of at most `sketch` of its n-grams, those with
the least hashes, and in a large group each response is compared with `peers` others, so that a group costs at most
`size of the group * peers` comparisons of sketches however long its responses are.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, get_args

from annotated_types import Ge, Le

from rewardkit.data.units import Unit, characters, token_ids, words
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import one_of, whole
from rewardkit.gates.grouped import split
from rewardkit.gates.node import Gate
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class SelfSimilarity(Gate):
    """1 - the mean similarity of a response to the others of its group; a reward that has no child.

    The similarity of two responses is the Jaccard index of their sets of n-grams: shared / all. Words and characters
    are normalised (one case, compatibility form, no invisible characters, no punctuation), so that noise makes no
    difference; a response shorter than one n-gram is one n-gram. With more n-grams than `sketch` it is estimated from
    the least hashes, with a standard error of at most 1 / (2 * sqrt(sketch)): 0.016 for 1024. In a group of more than
    `peers` + 1 each response is compared with `peers` others, chosen so that each is compared equally often.

    Range [0, 1]: CORRECT for a response that shares nothing, INCORRECT for one of a group of copies. It does not look
    at content, and gibberish is unlike everything: pay it to correct responses only. A response without units is
    NO_ANSWER and compared with nothing. A row without a group, of a group of mixed prompts or another size than
    `group_size`, or alone in its group is UNAVAILABLE, and so is one without readable token ids.
    """

    needs_groups: ClassVar[bool] = True

    unit: Annotated[Unit, Doc("what n-grams are made of: words, characters, or the token ids in `tokens_field`")] = (
        "words"
    )
    size: Annotated[int, Doc("n: how many units an n-gram has"), Ge(1), Le(100)] = 3
    peers: Annotated[int, Doc("the most others that one response is compared with"), Ge(2), Le(1024)] = 32
    sketch: Annotated[int, Doc("n-grams that stand for a response, at most"), Ge(64), Le(1 << 16)] = 1024
    tokens_field: Annotated[str, Doc("column with the token ids of the response; read for unit 'tokens'")] = (
        "completion_ids"
    )
    group_size: Annotated[int | None, Doc("rows that every group must have; none: any number"), Ge(2)] = None
    name: str = "self_similarity"

    def __post_init__(self) -> None:
        one_of("unit", self.unit, get_args(Unit))
        whole("size", self.size, 1, 100)
        whole("peers", self.peers, 2, 1024)
        whole("sketch", self.sketch, 64, 1 << 16)
        if self.group_size is not None:
            whole("group_size", self.group_size, 2)

    @property
    def range(self) -> Range:
        """[0, 1]."""
        return UNIT

    @property
    def cost(self) -> Cost:
        """A processor core."""
        return Cost.CPU

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Judge a batch, in which every group must be whole."""
        groups, faults = split(samples, self.group_size)
        scores = {row: Score.of(Outcome.UNAVAILABLE, fault) for row, fault in faults.items()}
        for rows in groups.values():
            scores.update(zip(rows, self._group([samples[row] for row in rows]), strict=True))
        done = [scores[row] for row in range(len(samples))]
        return Then([], lambda _: done)

    def _group(self, samples: Sequence[Sample]) -> list[Score]:
        scores: dict[int, Score] = {}
        sequences: dict[int, Sequence[Hashable]] = {}
        for row, sample in enumerate(samples):
            read = _units(sample, self.unit, self.tokens_field)
            if isinstance(read, Score):
                scores[row] = read
            else:
                sequences[row] = read
        sketches = {row: sketched(sequence, self.size, self.sketch) for row, sequence in sequences.items()}
        means = mean_similarities(list(sketches.values()), self.sketch, self.peers)
        for row, mean in zip(sketches, means, strict=True):
            evidence = {"similarity": mean, "group_size": len(samples), "compared": min(self.peers, len(sketches) - 1)}
            if mean is None:
                scores[row] = Score.of(Outcome.UNAVAILABLE, "no other response of its group can be compared with it")
            else:
                reason = f"{mean:.1%} of its {self.size}-grams are shared with another of its group, in the mean"
                scores[row] = Score.graded(min(max(1.0 - mean, 0.0), 1.0), reason, evidence=evidence)
        return [scores[row] for row in range(len(samples))]


def sketched(sequence: Sequence[Hashable], size: int, most: int) -> Hashes:
    """The `most` least hashes of the n-grams of a sequence, ascending; of all of it where it is shorter than one."""
    import numpy as np

    hashes = np.array([_hash(unit) for unit in sequence], dtype=np.uint64)
    size = min(size, len(hashes))
    ngrams = np.zeros(len(hashes) - size + 1, dtype=np.uint64)
    for start in range(size):  # a polynomial in an odd number, modulo 2^64
        ngrams = ngrams * np.uint64(0x9E3779B97F4A7C15) + hashes[start : start + len(ngrams)]
    ngrams ^= ngrams >> np.uint64(31)
    ngrams = ngrams * np.uint64(0xBF58476D1CE4E5B9)
    ngrams ^= ngrams >> np.uint64(29)
    found: Hashes = np.unique(ngrams)[:most]
    return found


def jaccard(one: Hashes, other: Hashes, most: int) -> float:
    """The Jaccard index of two sets from their sketches of at most `most`: exact where both are smaller than that.

    >>> jaccard(sketched("abc", 1, 64), sketched("bcd", 1, 64), 64)
    0.5
    """
    import numpy as np

    merged = np.concatenate((one, other))
    merged.sort(kind="stable")  # two runs in order, which a stable sort only merges
    is_repeated = merged[1:] == merged[:-1]
    shared, every = int(np.count_nonzero(is_repeated)), len(merged)
    if every - shared > most and (len(one) == most or len(other) == most):
        is_first = np.concatenate(([True], ~is_repeated))
        end = int(np.flatnonzero(is_first)[most])
        return int(np.count_nonzero(is_repeated[: end - 1])) / most
    return shared / (every - shared)


def mean_similarities(sketches: Sequence[Hashes], most: int, peers: int) -> list[float | None]:
    """The mean Jaccard index of each sketch with the others, or with `peers` of them; None where there is no other.

    With more others than `peers`, row i is compared with the rows i + s and i - s (modulo their number) for
    `peers // 2` steps s that are spread evenly.
    """
    count = len(sketches)
    if count < 2:
        return [None] * count
    steps = range(1, count // 2 + 1)
    if count - 1 > peers:
        half = max(peers // 2, 1)
        steps_chosen = sorted({1 + (count // 2 - 1) * i // half for i in range(half)})
    else:
        steps_chosen = list(steps)
    sums, compared = [0.0] * count, [0] * count
    for step in steps_chosen:
        is_halfway = 2 * step == count
        for row in range(count // 2 if is_halfway else count):
            other = (row + step) % count
            alike = jaccard(sketches[row], sketches[other], most)
            for end in (row, other):
                sums[end] += alike
                compared[end] += 1
    return [total / times for total, times in zip(sums, compared, strict=True)]


def pooled_distinct(sequences: Sequence[Sequence[Hashable]], size: int) -> float:
    """Distinct n-grams / n-grams over all sequences of a group together; 0 where there are none.

    The same for the whole group, so it vanishes under any group-centred advantage, and it falls as the group grows.
    Sequences must come without padding. Source: the diversity of MMR1's variance-aware sampling (arXiv 2509.21268).

    >>> pooled_distinct([[1, 2, 3, 4], [1, 2, 3, 5]], 3)
    0.75
    """
    seen, total = set[tuple[Hashable, ...]](), 0
    for sequence in sequences:
        for start in range(len(sequence) - size + 1):
            seen.add(tuple(sequence[start : start + size]))
            total += 1
    return len(seen) / total if total else 0.0


@functools.lru_cache(maxsize=1 << 16)
def _hash(unit: Hashable) -> int:
    """A number of 64 bits that is the same in every process, unlike Python's own hash of a text."""
    return int.from_bytes(hashlib.blake2b(repr(unit).encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _units(sample: Sample, unit: Unit, tokens_field: str) -> Sequence[Hashable] | Score:
    text = sample.response_text
    read: Sequence[Hashable]
    if unit == "tokens":
        ids = token_ids(sample.data.get(tokens_field))
        if isinstance(ids, str):
            problem = f"holds {ids}" if tokens_field in sample.data else "is missing"
            reason = f"column {tokens_field!r} {problem}; unit 'tokens' needs the ids of the tokens of the response"
            return Score.of(Outcome.UNAVAILABLE, reason)
        read = ids
    else:
        read = words(text) if unit == "words" else characters(text)
    return read or Score.of(Outcome.NO_ANSWER, "the response is empty")
