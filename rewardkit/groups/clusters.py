"""Answers that mean the same, put together by an equivalence that can't be trusted to be one.

Whoever compares answers ("does a pass where b is the reference?") may say that a equals b and b equals c and yet
a does not equal c: by tolerance, by a symbolic search that gave up, or because somebody wrote an answer that equals
everything. A transitive closure would then merge whole groups through one such answer, and one made to match anything
would be paid with every majority. So nothing is closed transitively:

1. Answers written alike are one *text*. Texts are taken by votes (how often they were given), then in an order that
   depends on the texts alone, so that the order of the rows decides nothing.
2. The first free text is a *founder*: every other text is compared with it, once.
3. A free text that passed joins if the text that joined before it (first the founder itself) also passes where the
   new text is the reference. So a member has equalled the founder as an answer and its neighbour as a reference; what
   only accepts everything, or only is accepted by everything, joins nobody.
4. A text that equals two that differ is *set aside* and votes for nothing: a member that also equals a later
   founder both ways; and a founder that equals a text which does not equal the member before it. Only there votes
   decide first: if the founder has more of them than that text, the text stays out and the founder stays, so that
   a lone odd answer can't take a majority apart.

Comparisons: each text with each founder once, and at most three more for a text that claims to equal it (one where
nothing conflicts). With D distinct texts, K clusters and S texts set aside that is `D * (K + S)` plus at most D where
the equivalence is sound, and never more than `D * (D - 1)`; texts written alike cost nothing.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rewardkit.groups.layout import GroupError

Pair = tuple[int, int]
"""Two rows: the answer, and the answer that is the reference for it."""

NO_VOTE = -1
"""The cluster of a row that votes for nothing: it gave no answer, or its answer was set aside."""


@dataclass(frozen=True)
class Clusters:
    """Which answers of one group mean the same."""

    ids: np.ndarray
    """`[n]` int64: the cluster of each row, numbered by first rows; `NO_VOTE` for a row that votes for nothing."""
    founders: tuple[int, ...]
    """The first row that gave the founding text, of each cluster."""
    set_aside: tuple[int, ...]
    """The first row of each text that equalled two texts that differ."""
    comparisons: int


def cluster(answers: Sequence[Hashable | None], equal: Callable[[int, int], bool]) -> Clusters:
    """The clusters of one group's answers; see the module for how they are decided.

    answers: one a row, None where there is none. `equal(i, j)`: whether the answer of row i passes where that of row j
    is the reference; asked for the first rows of different texts only. Permuting the rows permutes the clusters.

    >>> answers = ["1/2", "0.5", "3", None, "1/2"]
    >>> found = cluster(answers, lambda i, j: {answers[i], answers[j]} <= {"1/2", "0.5"})
    >>> found.ids.tolist(), found.comparisons
    ([0, 0, 1, -1, 0], 4)
    """
    asking = comparing(answers)
    try:
        pairs = next(asking)
        while True:
            pairs = asking.send([equal(i, j) for i, j in pairs])
    except StopIteration as done:
        found: Clusters = done.value
        return found


def comparing(answers: Sequence[Hashable | None]) -> Generator[list[Pair], Sequence[bool], Clusters]:
    """`cluster` turned inside out, for whoever compares many groups at once: yields pairs of rows, takes verdicts.

    No pair is asked for twice, and no batch is empty.
    """
    return _Clustering(answers).run()


@dataclass
class _Clustering:
    answers: Sequence[Hashable | None]
    known: dict[Pair, bool] = field(default_factory=dict)
    aside: set[int] = field(default_factory=set)
    home: dict[int, int] = field(default_factory=dict)
    """The founder of each text that is in a cluster. Texts are named by their first rows."""

    def run(self) -> Generator[list[Pair], Sequence[bool], Clusters]:
        first: dict[Hashable, int] = {}
        for row, answer in enumerate(self.answers):
            if answer is not None:
                _require_hashable(answer, row)
                first.setdefault(answer, row)
        counted = Counter(first[answer] for answer in self.answers if answer is not None)
        self.votes = dict(counted)
        texts = sorted(counted, key=lambda row: (-counted[row], _digest(self.answers[row])))
        for founder in texts:
            if founder not in self.home and founder not in self.aside:
                yield from self._found(founder, texts)
        return self._result(first)

    def _found(self, founder: int, texts: Sequence[int]) -> Generator[list[Pair], Sequence[bool], None]:
        others = [t for t in texts if t != founder and t not in self.aside and self.home.get(t) != t]
        yield from self._ask([(t, founder) for t in others])
        alike = [t for t in others if self.known[t, founder]]
        members = yield from self._admitted(founder, [t for t in alike if t not in self.home])
        if members is None:
            self.aside.add(founder)
            return
        torn = [t for t in alike if t in self.home]
        yield from self._ask([(founder, t) for t in torn])
        for text in torn:
            if self.known[founder, text]:
                del self.home[text]
                self.aside.add(text)
        self.home.update(dict.fromkeys([founder, *members], founder))

    def _admitted(self, founder: int, queue: Sequence[int]) -> Generator[list[Pair], Sequence[bool], list[int] | None]:
        """Those of the queue that join the founder; None if it equals two texts that differ."""
        members: list[int] = []
        while queue:
            chain = [members[-1] if members else founder, *queue]
            links = list(itertools.pairwise(chain))
            yield from self._ask(links)
            passed = next((i for i, link in enumerate(links) if not self.known[link]), None)
            if passed is None:
                return [*members, *queue]
            members.extend(queue[:passed])
            refused, queue = queue[passed], queue[passed + 1 :]
            if members and self.votes[refused] >= self.votes[founder]:
                yield from self._ask([(founder, refused)])
                if self.known[founder, refused]:
                    return None
        return members

    def _ask(self, pairs: Sequence[Pair]) -> Generator[list[Pair], Sequence[bool], None]:
        new = [pair for pair in pairs if pair not in self.known]
        if new:
            verdicts = yield new
            self.known.update(zip(new, verdicts, strict=True))

    def _result(self, first: dict[Hashable, int]) -> Clusters:
        numbers: dict[int, int] = {}
        ids = np.full(len(self.answers), NO_VOTE, dtype=np.int64)
        for row, answer in enumerate(self.answers):
            founder = None if answer is None else self.home.get(first[answer])
            if founder is not None:
                ids[row] = numbers.setdefault(founder, len(numbers))
        return Clusters(ids, tuple(numbers), tuple(sorted(self.aside)), len(self.known))


def _digest(answer: Hashable) -> bytes:
    return hashlib.blake2b(repr(answer).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _require_hashable(answer: Hashable, row: int) -> None:
    try:
        hash(answer)
    except TypeError:
        raise GroupError(f"the answer of row {row} is a {type(answer).__name__}; give a text or a tuple") from None
