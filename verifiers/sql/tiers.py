"""What a query that does not match is worth: nothing, unless tiers are asked for.

Each preset is a published scheme, brought linearly onto [0, 1], so that a match pays 1 and no query pays 0:

| preset | no query | does not parse | fails to run | runs, another result | match | mapped |
|---|---|---|---|---|---|---|
| `match` | 0 | 0 | 0 | 0 | 1 | as it is |
| `arctic` (Arctic-Text2SQL-R1) | 0 | 0 | 0 | 0.1 | 1 | as it is |
| `sql_r1` (SQL-R1) | -1 | -1 | -1 | 0 | 6 | (x + 1) / 7 |
| `seq2sql` (Seq2SQL) | -2 | -2 | -2 | -1 | 1 | (x + 2) / 3 |

SQL-R1 adds to a match up to 1.5 for the length of the response in characters, which pays for padding and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

Preset: TypeAlias = Literal["match", "arctic", "sql_r1", "seq2sql"]


class Tiers(NamedTuple):
    """Credit below a match, in [0, 1)."""

    parses: float
    """For a query that is well formed and fails to run."""
    runs: float
    """For a query that runs and returns something else."""


PRESETS: Mapping[Preset, Tiers] = {
    "match": Tiers(0.0, 0.0),
    "arctic": Tiers(0.0, 0.1),
    "sql_r1": Tiers(0.0, 1 / 7),
    "seq2sql": Tiers(0.0, 1 / 3),
}
