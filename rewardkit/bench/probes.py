"""Probes: responses whose verdict is known because of how they were made.

    probes = harvest(ATTACKS[0], materials(samples, seed=0), seed=0, per_class=200, tally=Tally())

A class of probes is a row of a table: a name, the kinds of reference that it applies to, why its products are wrong (or
right), and a function that makes them. Making them is a pure function of the rows and the seed: the same bytes on every
machine and in every process.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from rewardkit.bench.kinds import ALL, Kind, Material, accepted_answers, classify, read_options
from rewardkit.bench.programs import read_tests
from rewardkit.errors import UsageError, nearest
from rewardkit.sample import Sample

Maker = Callable[[Material, Random], Iterable[str]]
"""Makes responses; the first one is taken, none means that the row does not lend itself to it."""

_OTHERS = 6
"""References of other rows that each row gets to see."""
_HASHES = re.compile(r"^[ \t]{0,8}####[ \t]{0,8}(\S.{0,200})$", re.MULTILINE)


@dataclass(frozen=True)
class ProbeClass:
    """One class of attacks or of rewrites."""

    name: str
    kinds: frozenset[Kind]
    """The kinds of reference that it applies to."""
    why: str
    """Why its products must not be rewarded, or must be."""
    make: Maker
    is_policy: bool = False
    """Whether its products are right or wrong by a choice that people make differently; reported apart."""
    most: int | None = None
    """Probes that are enough, where each is costly."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One generated response."""

    name: str
    """Its class."""
    material: Material
    response: str

    @property
    def sample(self) -> Sample:
        """What is scored."""
        return dataclasses.replace(self.material.sample, response=self.response)


@dataclass(slots=True)
class Tally:
    """What became of the rows that a class looked at."""

    made: int = 0
    not_applicable: int = 0
    """Rows whose kind of reference the class does not apply to."""
    dropped: int = 0
    """Rows from which no probe could be made whose verdict is sure."""


def materials(samples: Iterable[Sample]) -> list[Material]:
    """The rows that differ in prompt or reference, classified."""
    distinct: dict[tuple[str, str], Sample] = {}
    for sample in samples:
        distinct.setdefault((sample.prompt_text, repr(sample.reference)), sample)
    kept = [dataclasses.replace(sample, response="") for sample in distinct.values()]
    tests = [read_tests(sample) for sample in kept]
    answers = [() if t is not None else _answers(sample) for sample, t in zip(kept, tests, strict=True)]
    found: list[Material] = []
    for index, (sample, references) in enumerate(zip(kept, answers, strict=True)):
        if (own := tests[index]) is not None:
            found.append(Material(index, sample, (), Kind.CODE, {}, tests=own))
            continue
        options = read_options(sample)
        kind = classify(references, sample.prompt_text, options) if references else Kind.OTHER
        near = (answers[(index + step) % len(kept)] for step in range(1, _OTHERS + 1))
        others = tuple(dict.fromkeys(a[0] for a in near if a))
        found.append(Material(index, sample, references, kind, options, others))
    return found


def _answers(sample: Sample) -> tuple[str, ...]:
    """The accepted answers; of a worked solution the line that begins with ####."""
    answers = []
    for text in accepted_answers(sample.reference):
        lines = _HASHES.findall(text)
        answers.append(lines[-1].strip() if lines else text)
    return tuple(answers)


def random_for(seed: int, name: str, index: int) -> Random:
    """The source of chance for one class and one row; independent of all others."""
    return Random(f"{seed}/{name}/{index}")


def harvest(
    probe_class: ProbeClass, rows: Sequence[Material], *, seed: int, per_class: int | None, tally: Tally
) -> Iterator[Probe]:
    """Probes of one class, at most one a row; the rows in an order of the seed's when there are more than needed."""
    most = min((m for m in (per_class, probe_class.most) if m is not None), default=len(rows))
    order = list(rows)
    if most < len(rows):
        Random(f"{seed}/{probe_class.name}").shuffle(order)
    for row in order:
        if tally.made >= most:
            return
        if row.kind not in probe_class.kinds:
            tally.not_applicable += 1
            continue
        response = next(iter(probe_class.make(row, random_for(seed, probe_class.name, row.index))), None)
        if response is None:
            tally.dropped += 1
            continue
        tally.made += 1
        yield Probe(probe_class.name, row, response)


def chosen(table: Sequence[ProbeClass], names: Sequence[str]) -> list[ProbeClass]:
    """The classes called `names`, all of them when there are none; raises `UsageError` for an unknown name."""
    known = {c.name: c for c in table}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no class {name!r}; {nearest(name, known)}")
    return [c for c in table if not names or c.name in names]


def table_of(*parts: Sequence[ProbeClass]) -> tuple[ProbeClass, ...]:
    """The parts in one table."""
    return tuple(c for part in parts for c in part)


def of_any(name: str, why: str, make: Maker, most: int | None = None) -> ProbeClass:
    """A class for every kind of reference."""
    return ProbeClass(name, ALL, why, make, most=most)
