"""Which wrong verdicts a page carries, and how much of their texts: bounded, even, and the same each time.

A reward at 50 % false negatives on a large file has more errors than anybody reads, and a page of all of them is slow.
So a contestant has at most `PER_CONTESTANT` of them in the page. Kinds and categories share that number fairly: those
with few errors keep them all, and the rest is spread over the others, at even steps through the rows. Texts are cut in
their middle, as far as they have to be for the page to stay small; the end of a response holds its answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rewardkit.bench.cases import Case
from rewardkit.bench.labelled import KINDS, Judged
from rewardkit.bench.report.embed import as_text, cut, size
from rewardkit.score import Score

PER_CONTESTANT = 1000
"""Wrong verdicts of one contestant in a page, at most."""

IN_ALL = 6000
"""Wrong verdicts of all contestants in a page, at most, but `FEWEST` of each."""

FEWEST = 100

TEXT_BYTES = 6_000_000
"""Prompts, references and responses in a page, at most."""

REASON_BYTES = 3_000_000
"""Reasons and evidence in a page, at most."""

_LENGTHS = (20_000, 8_000, 3_000, 1_000, 400, 150)
_REASONS = (500, 200, 80, 30)  # and of a piece of evidence
_PIECES = 12

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong verdict or abstention."""

    kind: str
    position: int
    """Of its case among all cases."""
    case: Case
    score: Score


@dataclass(slots=True)
class Chosen:
    """The wrong verdicts of one contestant that the page carries."""

    name: str
    found: int = 0
    """All that there are."""
    kept: list[Wrong] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        """How many are not in the page."""
        return self.found - len(self.kept)


def cap(contestants: int) -> int:
    """How many wrong verdicts each of so many contestants may have in a page.

    >>> cap(2), cap(12), cap(200)
    (1000, 500, 100)
    """
    return max(FEWEST, min(PER_CONTESTANT, IN_ALL // max(1, contestants)))


def choose(judged: Judged, most: int) -> list[Chosen]:
    """At most `most` wrong verdicts of every contestant that has figures, in the order of the rows."""
    chosen = []
    for run in judged.runs:
        if run.error is not None:
            continue
        groups: dict[tuple[str, str], list[Wrong]] = {}
        for position, (case, score, is_rewarded) in enumerate(judged.verdicts(run)):
            if is_rewarded is not case.is_right:
                kind = KINDS[2] if is_rewarded is None else KINDS[0] if is_rewarded else KINDS[1]
                groups.setdefault((kind, case.category), []).append(Wrong(kind, position, case, score))
        parts = shares({key: len(members) for key, members in groups.items()}, most)
        kept = [one for key, members in groups.items() for one in evenly(members, parts[key])]
        kept.sort(key=lambda one: (KINDS.index(one.kind), one.position))
        chosen.append(Chosen(run.name, sum(map(len, groups.values())), kept))
    return chosen


def shares(sizes: Mapping[Key, int], most: int) -> dict[Key, int]:
    """`most` places among groups of these sizes: small groups whole, and what they leave to the larger ones.

    >>> shares({"few": 3, "some": 40, "many": 900}, 100)
    {'few': 3, 'some': 40, 'many': 57}
    """
    left, parts = most, {}
    for rank, (key, count) in enumerate(sorted(sizes.items(), key=lambda item: item[1])):
        parts[key] = min(count, left // (len(sizes) - rank))
        left -= parts[key]
    return parts


def evenly(members: Sequence[Wrong], count: int) -> list[Wrong]:
    """`count` of the members at even steps, the first among them."""
    return [members[index * len(members) // count] for index in range(count)]


def browser_data(chosen: Sequence[Chosen]) -> tuple[dict[str, Any], int]:
    """What the page's script reads, and the number of characters that each text was cut to.

    Rows share their cases, because several contestants fail on the same ones.
    """
    cases = {one.position: one.case for each in chosen for one in each.kept}
    texts = {position: _texts(case) for position, case in cases.items()}
    length = _fitting(_LENGTHS, texts.values(), TEXT_BYTES)
    told = [[one.score.reason, *(part for pair in _evidence(one) for part in pair)] for c in chosen for one in c.kept]
    short = _fitting(_REASONS, told, REASON_BYTES)
    index = {position: number for number, position in enumerate(texts)}
    return {
        "kinds": list(KINDS),
        "contestants": [each.name for each in chosen],
        "cases": [_case(cases[position], texts[position], length) for position in texts],
        "rows": [
            _row(number, index[one.position], one, short) for number, each in enumerate(chosen) for one in each.kept
        ],
    }, length


def _fitting(lengths: Sequence[int], rows: Collection[Sequence[str]], most: int) -> int:
    """The first of the lengths that, if texts are cut to it, keeps all of them within so many bytes; else the last."""

    def weight(length: int) -> int:
        return sum(size(cut(text, length)) for row in rows for text in row)

    return next((length for length in lengths if weight(length) <= most), lengths[-1])


def _texts(case: Case) -> tuple[str, str, str]:
    sample = case.sample
    longest = 2 * _LENGTHS[0]
    reference = "" if sample.reference is None else as_text(sample.reference, longest)
    return sample.prompt_text, reference, sample.response_text


def _evidence(one: Wrong) -> list[tuple[str, str]]:
    pieces = list(one.score.evidence.items())[:_PIECES]
    return [(cut(str(name), 60), as_text(value, _REASONS[0])) for name, value in pieces]


def _case(case: Case, texts: Sequence[str], length: int) -> dict[str, Any]:
    prompt, reference, response = (cut(text, length) for text in texts)
    return {
        "row": case.where,
        "id": "" if case.sample.id is None else cut(case.sample.id, 200),
        "category": cut(case.category, 200),
        "source": cut(case.source, 200),
        "label": int(case.is_right),
        "prompt": prompt,
        "reference": reference,
        "response": response,
    }


def _row(contestant: int, case: int, one: Wrong, length: int) -> dict[str, Any]:
    return {
        "contestant": contestant,
        "kind": KINDS.index(one.kind),
        "case": case,
        "value": one.score.value,
        "outcome": one.score.outcome.value,
        "reason": cut(one.score.reason, length),
        "evidence": [[name, cut(text, length)] for name, text in _evidence(one)],
    }
