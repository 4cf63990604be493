"""From what the kernel says of an ended program to its status."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from rewardkit.verifiers.code.sandbox.inside import job as parcel
from rewardkit.verifiers.code.sandbox.inside import messages
from rewardkit.verifiers.code.sandbox.limits import Execution, Job, Status

_TAIL = 2000
_OUT_OF_MEMORY = (
    b"MemoryError",
    b"std::bad_alloc",
    b"OutOfMemoryError",
    b"heap out of memory",
    b"Cannot allocate memory",
)
_TIME = ("cpu", "wall")
_MEMORY = ("memory", "threads")


@dataclass(frozen=True, slots=True)
class Fault:
    """The program did not get its run: why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Streams:
    """The memory files of one run."""

    job: int
    stdin: int
    stdout: int
    stderr: int
    result: int

    def close(self) -> None:
        for descriptor in (self.job, self.stdin, self.stdout, self.stderr, self.result):
            os.close(descriptor)


def judge(job: Job, streams: Streams, told: messages.End, isolation: str, memory_by: str = "") -> Execution | Fault:
    """The execution that a zygote told of, with what the program wrote; a `Fault` if our side failed."""
    if told.fault:
        return Fault(told.fault)
    answer = parcel.read_answer(streams.job)
    killed = told.killed
    wait_status = told.status if answer.wait_status is None else answer.wait_status
    code = os.waitstatus_to_exitcode(wait_status)
    cpu_s = max(0.0, told.cpu_s - answer.cpu_s)
    if answer.fault or (not answer.is_ready and killed != "partner"):
        return Fault(answer.fault or f"the set-up ended early ({_describe(code)})")
    if code == -signal.SIGKILL and not killed and answer.wait_status is None and isolation == "namespaces":
        if cpu_s < job.limits.cpu_s:  # from inside, the first process of its namespace can't be killed
            return Fault("the program was killed from outside; is the machine out of memory?")
        killed = "cpu"
    limit = job.limits.output_bytes
    outputs = [_read(fd, limit + 1) for fd in (streams.stdout, streams.stderr, streams.result)]
    status = _status(job, killed, code, cpu_s, outputs)
    return Execution(
        status,
        stdout=outputs[0][:limit],
        stderr=outputs[1][:limit],
        result=outputs[2][:limit],
        exit_code=code if code >= 0 else None,
        signal=-code if code < 0 else None,
        cpu_s=cpu_s,
        wall_s=told.wall_s,
        max_rss_mb=told.rss_kb / 1024,
        isolation=isolation,
        files=answer.files,
        memory_by=memory_by,
    )


def _status(job: Job, killed: str, code: int, cpu_s: float, outputs: list[bytes]) -> Status:
    if killed in _TIME or cpu_s > job.limits.cpu_s or code == -signal.SIGXCPU:
        return Status.TIME_LIMIT
    if killed in _MEMORY:
        return Status.MEMORY_LIMIT
    if killed == "files" or code == -signal.SIGXFSZ or any(len(output) > job.limits.output_bytes for output in outputs):
        return Status.OUTPUT_LIMIT
    if code == 0:
        return Status.OK
    last = outputs[1][-_TAIL:].rstrip().rpartition(b"\n")[2] if job.language == "python" else outputs[1][-_TAIL:]
    return Status.MEMORY_LIMIT if any(mark in last for mark in _OUT_OF_MEMORY) else Status.FAILED


def _read(descriptor: int, most: int) -> bytes:
    size = min(os.lseek(descriptor, 0, os.SEEK_END), most)
    return os.pread(descriptor, size, 0) if size else b""


def _describe(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
