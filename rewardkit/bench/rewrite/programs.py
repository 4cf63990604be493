"""Rewrites of programs: the same program in another block, or with a discarded attempt before it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from rewardkit.bench.carriers import honest
from rewardkit.bench.kinds import Kind, Material
from rewardkit.bench.probes import ProbeClass

_CODE = frozenset((Kind.CODE,))
_OPENINGS = ("```py", "```Python", "```python3", "```python ", "```")


def block_name(m: Material, draw: Random) -> Iterator[str]:
    if program := honest(m):
        yield program.replace("```python", draw.choice(_OPENINGS), 1)


def attempt_in_thinking(m: Material, draw: Random) -> Iterator[str]:
    if program := honest(m):
        yield f"<think>\nPerhaps\n```python\nraise SystemExit(1)\n```\nNo, that is not it.\n</think>\n\n{program}"


def windows_lines(m: Material, draw: Random) -> Iterator[str]:
    if program := honest(m):
        yield program.replace("\n", "\r\n")


PROGRAM_FRAMES: tuple[ProbeClass, ...] = (
    ProbeClass("program_block_name", _CODE, "the name of the language is no part of the program", block_name),
    ProbeClass("program_after_thinking", _CODE, "a discarded attempt inside the thinking", attempt_in_thinking),
    ProbeClass("program_line_ends", _CODE, "line ends of another system", windows_lines),
)
