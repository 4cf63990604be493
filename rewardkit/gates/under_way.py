"""Scores under way behind a gate: wait for the children, then combine what they gave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rewardkit.execution.scorer import Pending
from rewardkit.score import Score


@dataclass(frozen=True)
class Then:
    """`finish` of the batches of `children`, in their order, once they have all ended."""

    children: Sequence[Pending]
    finish: Callable[[Sequence[list[Score]]], list[Score]]

    def result(self) -> list[Score]:
        """Wait for them: one score a sample, in order."""
        return self.finish([child.result() for child in self.children])

    async def aresult(self) -> list[Score]:
        """The same from asyncio, without blocking the loop."""
        return self.finish(await asyncio.gather(*(child.aresult() for child in self.children)))
