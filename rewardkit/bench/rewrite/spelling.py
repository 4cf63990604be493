"""What a spelling of an answer is, and how it becomes a class of probes.

A maker proposes spellings; one is used only when the independent check reads it as the same answer. The spellings that
the check itself does not read (marked `is_sure`) are the same by construction.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from rewardkit.bench.carriers import carriers_for
from rewardkit.bench.evaluation import exact_value
from rewardkit.bench.expression import read_formula
from rewardkit.bench.kinds import Kind, Material
from rewardkit.bench.probes import ProbeClass

Proposer = Callable[[Material, Random], Iterable[str]]


@dataclass(frozen=True)
class Spelling:
    """One way to spell an answer differently."""

    name: str
    kinds: frozenset[Kind]
    why: str
    propose: Proposer
    is_sure: bool = False
    """Whether it is the same by construction, so that it needs no check."""
    is_policy: bool = False


def as_class(spelling: Spelling) -> ProbeClass:
    """The spelling as a class of probes, in a plain response."""
    make = functools.partial(_first_right, spelling)
    return ProbeClass(spelling.name, spelling.kinds, spelling.why, make, is_policy=spelling.is_policy)


def _first_right(spelling: Spelling, m: Material, draw: Random) -> Iterator[str]:
    for answer in spelling.propose(m, draw):
        if answer != m.reference and (spelling.is_sure or m.is_right(answer)):
            yield carriers_for(m)[0].replace("%s", answer)


def bare(m: Material) -> str:
    return m.reference.strip().strip("$").strip()


def value_of(m: Material) -> Fraction | None:
    text = bare(m)
    if "," in text:
        text = text.replace("{,}", "").replace(",\\!", "").replace(",", "")
    return exact_value(read_formula(text) or ("name", ""))


def decimal(value: Fraction) -> str:
    """A terminating decimal, written out."""
    digits = next(d for d in range(40) if (value * 10**d).denominator == 1)
    whole = str(abs(int(value * 10**digits))).rjust(digits + 1, "0")
    shown = whole if not digits else f"{whole[:-digits]}.{whole[-digits:]}"
    return ("-" if value < 0 else "") + shown
