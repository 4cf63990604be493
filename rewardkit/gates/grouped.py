"""The groups in a batch: all responses to one prompt, which share `sample.group`.

    groups, faults = split(samples, size=8)      # {"q1": [0, 3, ...]}, {5: "the row has no group..."}

A row without a group, and every row of a group that mixes prompts or is not as large as declared, is a fault of the
data: what would be computed of it is not what its formula says.
"""

from __future__ import annotations

from collections.abc import Sequence

from rewardkit.sample import Sample


def split(samples: Sequence[Sample], size: int | None = None) -> tuple[dict[str, list[int]], dict[int, str]]:
    """Rows by group in order of appearance, and for each row that belongs to no sound group what is wrong with it.

    >>> split([Sample(response="a", group="q"), Sample(response="b")])
    ({'q': [0]}, {1: 'the row has no group; rows of one prompt must share one, and come in one batch'})
    """
    groups: dict[str, list[int]] = {}
    faults: dict[int, str] = {}
    for row, sample in enumerate(samples):
        if sample.group is None:
            faults[row] = "the row has no group; rows of one prompt must share one, and come in one batch"
        else:
            groups.setdefault(sample.group, []).append(row)
    for group, rows in list(groups.items()):
        prompts = {samples[row].prompt_text for row in rows}
        fault = None
        if len(prompts) > 1:
            fault = f"group {group!r} mixes {len(prompts)} prompts; all its rows must answer one"
        elif size is not None and len(rows) != size:
            fault = f"group {group!r} has {len(rows)} rows in this batch, not the {size} declared; it must come whole"
        if fault is not None:
            faults.update(dict.fromkeys(groups.pop(group), fault))
    return groups, faults
