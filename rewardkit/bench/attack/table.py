"""Every class of attack, in the order of its family, and the rows as attacks need them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from rewardkit.bench.attack.bulk import BULK
from rewardkit.bench.attack.claims import CLAIMS
from rewardkit.bench.attack.contentless import CONTENTLESS
from rewardkit.bench.attack.disguises import DISGUISES
from rewardkit.bench.attack.near_misses import NEAR_MISSES, wrong_answers
from rewardkit.bench.attack.programs import PROGRAMS
from rewardkit.bench.kinds import Material
from rewardkit.bench.probes import ProbeClass, materials, table_of
from rewardkit.sample import Sample

ATTACKS: tuple[ProbeClass, ...] = table_of(CONTENTLESS, CLAIMS, NEAR_MISSES, DISGUISES, BULK, PROGRAMS)
"""All classes; names are unique."""


def prepare(samples: Iterable[Sample], seed: int) -> list[Material]:
    """The rows that differ, classified, each with answers that surely are wrong."""
    return [dataclasses.replace(row, wrong=wrong_answers(row, seed)) for row in materials(samples)]
