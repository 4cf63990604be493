"""`Finding`: one sentence about a reward, and how grave it is.

| severity | meaning |
|---|---|
| serious | as it is, training would learn nothing, or the wrong thing |
| warning | a part of the signal is not what it looks like; look at it before training |
| note | what to know when reading the figures |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Severity(IntEnum):
    """How grave a finding is."""

    SERIOUS = 3
    WARNING = 2
    NOTE = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence that a person can act on."""

    severity: Severity
    text: str
    part: str | None = None
    """Path of the part that it is about; None where it is about the whole or the data."""

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"severity": self.severity.name.lower(), "text": self.text, "part": self.part}
