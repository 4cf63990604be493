"""What a supervisor hands to a zygote: units of one job or two, and the memory files and orders that carry them."""

from __future__ import annotations

import contextlib
import json
import os
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from typing import Any

from rewardkit.errors import OptionError
from rewardkit.verifiers.code.sandbox.inside import job as parcel
from rewardkit.verifiers.code.sandbox.inside.child import LARGEST_ORDER, RESERVING
from rewardkit.verifiers.code.sandbox.limits import Execution, Job, Limits, SandboxError
from rewardkit.verifiers.code.sandbox.verdict import Streams


@dataclass(frozen=True, slots=True)
class Cargo:
    """A job, ready to be written: made in the caller's thread, so that its mistakes are its own."""

    job: Job
    parcel: bytes
    order: dict[str, Any]

    @classmethod
    def pack(cls, job: Job) -> Cargo:
        limits = {name: getattr(job.limits, name) for name in Limits.__dataclass_fields__}
        header = {"language": job.language, "argv": list(job.argv), "collect": list(job.collect), **limits}
        source = job.source.encode("utf-8", "surrogatepass")
        order = {
            **limits,
            "wall_s": job.limits.wall_limit_s,
            "watch_tree": job.language != "python" or job.limits.processes > 0,
            "resident_mb": job.limits.memory_mb if job.language in RESERVING else 0,
            "collect": list(job.collect),
        }
        if not isinstance(job.stdin, bytes):
            raise TypeError(f"the stdin of a job is bytes, not {type(job.stdin).__name__}")
        if len(json.dumps(order)) > LARGEST_ORDER // 2:
            raise OptionError("a job names too many files to collect")
        return cls(job, parcel.encode(header, source, dict(job.files)), order)

    def write(self) -> Streams:
        """Memory files for one run, filled; the kernel frees them with the last descriptor, however everybody ends."""
        opened: list[int] = []
        try:
            for name in ("job", "stdin", "stdout", "stderr", "result"):
                opened.append(os.memfd_create(name))  # noqa: PERF401  # those opened before a failure are closed
            parcel.write_all(opened[0], self.parcel)
            parcel.write_all(opened[1], self.job.stdin)
        except OSError:
            for descriptor in opened:
                os.close(descriptor)
            raise
        return Streams(*opened)


@dataclass(eq=False, slots=True)
class Unit:
    """What starts and ends together: one job, or tests and solution."""

    cargo: tuple[Cargo, ...]
    flavour: str
    future: Future[tuple[Execution, ...]]
    attempts: int = 0
    overdue_at: float = 0.0
    """When its zygote must have stopped working (monotonic seconds)."""
    streams: dict[int, tuple[Job, Streams]] = field(default_factory=dict)
    """Of the runs under way, by number."""
    order: tuple[int, ...] = ()
    told: dict[int, dict[str, Any]] = field(default_factory=dict)

    def drop_streams(self) -> None:
        for _, streams in self.streams.values():
            streams.close()
        self.streams.clear()
        self.told.clear()


def resolve(unit: Unit, executions: tuple[Execution, ...]) -> None:
    """Give the callers what they wait for."""
    with contextlib.suppress(InvalidStateError):  # cancelled by its caller
        unit.future.set_result(executions)


def fail(unit: Unit, reason: str) -> None:
    """Tell the callers that our side failed."""
    with contextlib.suppress(InvalidStateError):
        unit.future.set_exception(SandboxError(reason))
