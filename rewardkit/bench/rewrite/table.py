"""Every class of rewrite."""

from __future__ import annotations

from rewardkit.bench.probes import ProbeClass, table_of
from rewardkit.bench.rewrite.frames import FRAMES
from rewardkit.bench.rewrite.measures import MEASURES
from rewardkit.bench.rewrite.programs import PROGRAM_FRAMES
from rewardkit.bench.rewrite.spelling import as_class
from rewardkit.bench.rewrite.spellings import SPELLINGS
from rewardkit.bench.rewrite.structures import STRUCTURES

REWRITES: tuple[ProbeClass, ...] = table_of(
    FRAMES, [as_class(s) for s in (*SPELLINGS, *MEASURES, *STRUCTURES)], PROGRAM_FRAMES
)
"""All classes; names are unique. The first, `plain`, is the control."""
