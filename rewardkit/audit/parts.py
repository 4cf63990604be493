"""The parts of a reward by their paths, and what each of them gave on one row.

The path of a part is its name after those of what holds it, without the whole's: `require` over `sum` over `correct`
is `sum.correct`. The whole itself has the path "".
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from dataclasses import dataclass

from rewardkit.recipe.outline import Outline, outline
from rewardkit.score import Score

MOST_PARTS = 64
"""Parts of a reward that are looked at, those nearest to the root first: what every pair of them costs is squared."""


@dataclass(frozen=True, slots=True)
class AuditedPart:
    """One node of the tree."""

    path: str
    outline: Outline
    ancestors: frozenset[int] = frozenset()
    """What holds it, as places in the list of all parts."""
    case: str | None = None
    """The case of a route that it stands for, where its name is that of another case too."""
    sign: int = 1
    """-1 where what it adds to the whole is turned over by negative weights."""

    @property
    def title(self) -> str:
        """What people are told."""
        return self.path or "(whole)"


class Parts(Sequence[AuditedPart]):
    """The parts of a tree, each after what holds it; the first one is the whole."""

    def __init__(self, root: Outline) -> None:
        self._parts = [AuditedPart("", root)]
        self._children: list[list[int]] = [[]]
        self.left_out = 0
        """Parts beyond the `MOST_PARTS`."""
        place = 0
        while place < len(self._parts):
            self._open(place)
            place += 1

    @classmethod
    def of(cls, reward: object) -> Parts:
        """The parts of a reward."""
        return cls(outline(reward))  # type: ignore[arg-type]  # every reward of this package is a node

    def __getitem__(self, place: int) -> AuditedPart:  # type: ignore[override]  # nobody takes slices of it
        return self._parts[place]

    def __len__(self) -> int:
        return len(self._parts)

    def scores(self, score: Score) -> list[Score | None]:
        """What every part gave on a row, by the score of the whole; None where it was not run."""
        found: list[Score | None] = [None] * len(self._parts)
        found[0] = score
        for place, children in enumerate(self._children):  # parents come before their children
            parent = found[place]
            if parent is None:
                continue
            for child in children:
                part = self._parts[child]
                if part.case is None or parent.evidence.get("case") == part.case:
                    found[child] = parent.parts.get(part.outline.name)
        return found

    def _open(self, place: int) -> None:
        parent = self._parts[place]
        names = collections.Counter(child.name for child in parent.outline.children)
        for child in parent.outline.children:
            if len(self._parts) >= MOST_PARTS:
                self.left_out += sum(1 for _ in child.walk())
                continue
            case = child.place.removeprefix("case ") if names[child.name] > 1 else None
            name = child.name if case is None else f"{child.name}[{case}]"
            path = f"{parent.path}.{name}" if parent.path else name
            weight = child.edges.get("weight", 1.0)
            is_turned = isinstance(weight, (int, float)) and weight < 0
            sign = -parent.sign if is_turned else parent.sign
            self._children[place].append(len(self._parts))
            self._parts.append(AuditedPart(path, child, parent.ancestors | {place}, case, sign))
            self._children.append([])
