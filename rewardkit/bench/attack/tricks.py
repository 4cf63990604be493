"""`Trick`: one hostile program, of which the name of the function is left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from rewardkit.bench.kinds import Kind, Material
from rewardkit.bench.probes import ProbeClass
from rewardkit.bench.solutions import WRONG, expects_wrong, fenced, framed

CODE = frozenset((Kind.CODE,))


@dataclass(frozen=True, slots=True)
class Trick:
    """A program in three parts; `@name` stands for the function that the tests call."""

    before: str = ""
    """Module level, in front of the function."""
    body: str = f"return {WRONG}"
    """What the function does with `args`; a script returns what it prints."""
    after: str = ""
    """Module level, behind the function."""
    fits_scripts: bool = True
    """Whether it means anything to a program that reads and prints."""


def of_tricks(name: str, why: str, tricks: Sequence[Trick], most: int | None = None) -> ProbeClass:
    """A class whose probes are these programs in turn."""

    def make(m: Material, draw: Random) -> Iterator[str]:
        tests = m.tests
        if tests is None or expects_wrong(tests):
            return
        fitting = [t for t in tricks if t.fits_scripts or not tests.is_script]
        if fitting:
            trick = draw.choice(fitting)
            yield fenced(framed(tests, trick.body, trick.before, trick.after), draw)

    return ProbeClass(name, CODE, why, make, most=most)
