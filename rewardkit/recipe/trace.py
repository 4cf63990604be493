"""What each node of a tree gave on one row, and why those that gave nothing were not run."""

from __future__ import annotations

from dataclasses import dataclass

from rewardkit.recipe.outline import Outline
from rewardkit.score import Score


@dataclass(frozen=True)
class Trace:
    """One node and what it gave on one row."""

    outline: Outline
    score: Score | None
    """None where it was not run."""
    why_not: str
    """Why it was not run."""
    children: tuple[Trace, ...]


def trace(outline: Outline, score: Score) -> Trace:
    """What every node below `outline` gave, from the score of the whole."""
    return Trace(outline, score, "", tuple(_child(child, score) for child in outline.children))


def _child(outline: Outline, parent: Score) -> Trace:
    score = parent.parts.get(outline.name)
    is_other_case = outline.place.startswith("case ") and outline.place != f"case {parent.evidence.get('case')}"
    if score is not None and not is_other_case:
        return trace(outline, score)
    return Trace(outline, None, _why_not(outline, parent), ())


def _why_not(outline: Outline, parent: Score) -> str:
    """By what gates say of themselves in their evidence."""
    seen = parent.evidence
    left_out = seen.get("left_out")
    if isinstance(left_out, dict) and outline.name in left_out:
        return str(left_out[outline.name])
    if "failed" in seen:
        return f"{seen['failed']} did not pass"
    if "decided_by" in seen:
        return f"{seen['decided_by']} decided"
    if "reached" in seen:
        return f"{seen['reached']} did not pass"
    if "case" in seen:
        return f"the row goes to {seen['case']}"
    if parent.value is None:
        return f"the row has no value: {parent.reason}"
    return "the gate did not need it"
