"""The process of one contestant: it builds the reward, and scores and times the rows that it is sent.

The child's side of `rewardkit.bench.contest`. Nothing that a contestant does to its process (memory, caches, imported
libraries, a crash in C code) reaches another contestant or the bench.
"""

from __future__ import annotations

import dataclasses
import os
import pickle
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn

from rewardkit.errors import RewardkitError
from rewardkit.execution.local import Executor, LocalExecutor
from rewardkit.execution.nursery import die_with_parent
from rewardkit.gates.node import Node
from rewardkit.sample import Sample
from rewardkit.score import Range, Score

FRAME = struct.Struct("!Q")
"""Every message, in both directions: its length, then a pickle."""


@dataclass(frozen=True, slots=True)
class Start:
    """The first message to a host: what to build, and how it is run."""

    build: bytes
    """A `Build`, pickled, so that what it imports is the business of `_start`."""
    workers: int
    deadline_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The answer to `Start`."""

    within: Range
    about: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """The other answer to `Start`: the contestant can't be built, and why."""

    message: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Work:
    """Rows to score: those at `alone` one at a time, the others as one batch."""

    samples: Sequence[Sample]
    alone: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The answer to `Work`."""

    scores: list[Score]
    batch_s: float
    """Seconds that the batch took."""
    alone_s: list[float] = field(default_factory=list)
    """Seconds that each row took that was scored alone."""
    deferred: int = 0
    """Rows that went to a worker process."""


Build = Callable[[Executor], tuple[Node, dict[str, Any]]]
"""Makes the reward on an executor, with what the results shall say of it."""


def main() -> NoReturn:
    """Run a host; `contest` starts this in a new interpreter with the numbers of its two pipes and of its parent."""
    requests, answers, parent = (int(number) for number in sys.argv[1:4])
    die_with_parent(parent)
    with os.fdopen(requests, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
        start = receive(incoming)
        with LocalExecutor(start.workers, start.deadline_s, start.memory_mb) as executor:
            try:
                node, about = pickle.loads(start.build)(executor)
            except RewardkitError as error:
                send(outgoing, Refused(str(error), error.exit_code))
                sys.exit(0)
            except Exception as error:  # noqa: BLE001  # building may run anybody's code; the person gets to see it
                send(outgoing, Refused(f"it can't be built: {type(error).__name__}: {error}", 1))
                sys.exit(0)
            send(outgoing, Ready(node.range, about))
            while (work := receive(incoming)) is not None:
                before = executor.deferred
                done = score(node, work)
                send(outgoing, dataclasses.replace(done, deferred=executor.deferred - before))
    sys.exit(0)


def score(node: Node, work: Work) -> Done:
    """Score and time the rows of one message."""
    scores: list[Score | None] = [None] * len(work.samples)
    alone_s = []
    for index in work.alone:
        begun = time.perf_counter()
        [scores[index]] = node.score([work.samples[index]])
        alone_s.append(time.perf_counter() - begun)
    rest = [index for index, score in enumerate(scores) if score is None]
    begun = time.perf_counter()
    batch = node.score([work.samples[index] for index in rest]) if rest else []
    batch_s = time.perf_counter() - begun
    for index, one in zip(rest, batch, strict=True):
        scores[index] = one
    return Done([one for one in scores if one is not None], batch_s, alone_s)


def send(stream: BinaryIO, message: Any) -> None:
    """Write one message."""
    body = pickle.dumps(message, protocol=5)
    stream.write(FRAME.pack(len(body)))
    stream.write(body)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read one message; None at the end of the stream."""
    head = stream.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    (length,) = FRAME.unpack(head)
    body = stream.read(length)
    return pickle.loads(body) if len(body) == length else None
