"""`select`: chosen rows of scored files into one output, which is there whole or not at all.

selection = select(scored, Best(), layout, "best.parquet")
print(selection.kept, selection.left_out)
"""

from __future__ import annotations

import collections
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewardkit.data.journal import Journal
from rewardkit.data.lines import dump_line
from rewardkit.data.output import Output
from rewardkit.errors import RowError, UsageError
from rewardkit.selection.choosing import Best, Buckets, Filter
from rewardkit.selection.conditions import Reasons
from rewardkit.selection.layouts import Layout, facts_of
from rewardkit.selection.pairs import Pairs
from rewardkit.selection.scored import Scored, ScoredGroup

Chooser = Best | Filter | Pairs | Buckets


@dataclass(slots=True)
class Selection:
    """What a selection came to."""

    prompts: int = 0
    """Groups that were looked at."""
    responses: int = 0
    """Responses in them."""
    kept: int = 0
    """Rows written."""
    kept_prompts: int = 0
    """Prompts of which something was kept."""
    left_out: Reasons = field(default_factory=collections.Counter)
    """Why the others were left out."""
    buckets: collections.Counter[str] = field(default_factory=collections.Counter)
    """Prompts kept by bucket."""
    notes: list[str] = field(default_factory=list)
    """What the output could not hold as it was."""

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return {
            "prompts": self.prompts,
            "responses": self.responses,
            "kept": self.kept,
            "kept_prompts": self.kept_prompts,
            "left_out": dict(self.left_out.most_common()),
            **({"buckets": dict(self.buckets)} if self.buckets else {}),
            "notes": self.notes,
        }


def select(scored: Scored, chooser: Chooser, layout: Layout, out: str, *, overwrite: bool = False) -> Selection:
    """Write what `chooser` takes of every group to `out`, one row a response, pair or prompt, in `layout`.

    The rows are spooled to a file beside `out`, so memory does not grow with them; `out` appears at the end.

    Raises:
        UsageError: `out` exists and is not to be overwritten, or is an input; nothing at all was chosen, in which case
            nothing is written; the layout can't hold pairs.
        DataError: reading or writing failed, or a group is broken.
    """
    if isinstance(chooser, Pairs) and not layout.gives_pairs:
        raise UsageError(f"the layout {layout.name} has no pairs; take trl, trl-messages or openrlhf")
    output = Output.at(out)
    stored = [source for source in scored.sources if not source.is_stream]
    output.check_apart(str(path) for source in stored for path in (source.path, *source.files))
    found = Selection()
    mark = {"source": ", ".join(source.path for source in stored), "inputs": None, "select": type(chooser).__name__}
    with Journal.open(Path(out), mark, overwrite=overwrite) as journal:
        try:
            for group in scored.groups():
                lines = list(_lines(group, chooser, layout, found))
                if lines:
                    journal.append(lines)
            if not found.kept:
                raise UsageError(f"nothing was chosen, so nothing is written{_why(found)}")
        except BaseException:
            journal.discard()  # a selection is quick to do again; half of one is worth nothing
            raise
        found.notes += journal.finish()
    return found


def _lines(group: ScoredGroup, chooser: Chooser, layout: Layout, found: Selection) -> Iterator[bytes]:
    if group.lost:
        found.left_out["that could not be read"] += len(group.lost)
    if not group.responses:
        return
    found.prompts += 1
    found.responses += len(group.responses)
    before = found.kept
    for where, make in _rows(group, chooser, layout, found):
        try:
            row = make()
        except RowError as error:
            raise UsageError(f"{where}: {error}") from error
        found.kept += 1
        yield dump_line(row)
    found.kept_prompts += found.kept > before


def _rows(group: ScoredGroup, chooser: Chooser, layout: Layout, found: Selection) -> Iterator[tuple[str, Any]]:
    """What is chosen: where it is from, and what makes its row."""
    if isinstance(chooser, Pairs):
        for pair in chooser.choose(group, found.left_out):
            yield pair.chosen.where, lambda pair=pair: layout.pair(pair)
    elif isinstance(chooser, Buckets):
        chosen = chooser.choose(group, found.left_out)
        if chosen is not None:
            response, bucket = chosen
            found.buckets[bucket] += 1
            yield response.where, lambda: layout.prompt(response, facts_of(group, bucket))
    else:
        facts = facts_of(group)
        for response in chooser.choose(group, found.left_out):
            yield response.where, lambda response=response: layout.response(response, facts)


def _why(found: Selection) -> str:
    reasons = [f"{count:,} {why}" for why, count in found.left_out.most_common(4) if count]
    return f" ({found.responses:,} responses to {found.prompts:,} prompts: {'; '.join(reasons)})" if reasons else ""
