"""What a supervisor hands to a zygote: units of one job or two, and the memory files and orders that carry them."""

from __future__ import annotations

import contextlib
import os
import struct
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field

from rewardkit.errors import OptionError
from rewardkit.verifiers.code.sandbox.groups import Group
from rewardkit.verifiers.code.sandbox.inside import job as parcel
from rewardkit.verifiers.code.sandbox.inside import messages
from rewardkit.verifiers.code.sandbox.inside.rlimits import RESERVING
from rewardkit.verifiers.code.sandbox.limits import Execution, Job, Limits, SandboxError
from rewardkit.verifiers.code.sandbox.verdict import Streams


@dataclass(frozen=True, slots=True)
class Cargo:
    """A job, ready to be written: made in the caller's thread, so that its mistakes are its own."""

    job: Job
    parcel: bytes
    order: messages.Order

    @classmethod
    def pack(cls, job: Job) -> Cargo:
        limits = {name: getattr(job.limits, name) for name in Limits.__dataclass_fields__}
        header = {"language": job.language, "argv": list(job.argv), "collect": list(job.collect), **limits}
        source = job.source.encode("utf-8", "surrogatepass")
        own = job.limits
        order = messages.Order(
            number=0,
            ends=0,
            cpu_s=own.cpu_s,
            wall_s=own.wall_limit_s,
            resident_bytes=own.memory_mb << 20 if job.language in RESERVING else 0,
            scratch_mb=own.scratch_mb,
            scratch_files=own.scratch_files,
            file_bytes=own.file_bytes,
            watch_tree=job.language != "python" or own.processes > 0,
            groups=0,
            collect=job.collect,
        )
        if not isinstance(job.stdin, bytes):
            raise TypeError(f"the stdin of a job is bytes, not {type(job.stdin).__name__}")
        try:
            size = len(order.pack())
        except struct.error as error:
            raise OptionError(f"the limits of a job have to be numbers within reason: {error}") from None
        if size > messages.LARGEST // 2:
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
    groups: dict[int, Group] = field(default_factory=dict)
    """Of the runs under way, where the kernel counts for us."""
    order: tuple[int, ...] = ()
    told: dict[int, messages.End] = field(default_factory=dict)

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


def join() -> list[list[int]]:
    """Two pipes: the reading and the writing end for the tests, and for the solution."""
    to_tests, from_solution = os.pipe()
    try:
        to_solution, from_tests = os.pipe()
    except OSError:
        os.close(to_tests)
        os.close(from_solution)
        raise
    return [[to_tests, from_tests], [to_solution, from_solution]]
