"""Resource limits: those that are the same for all programs, taken on by the zygote, and those that a job sets."""

from __future__ import annotations

import resource
from typing import Any

RESERVING = frozenset({"java", "kotlin", "scala", "javascript", "typescript", "go", "csharp"})
"""Runtimes that reserve far more address space than they use."""

_STACK_BYTES = 64 << 20
_SMALL_STACK_BYTES = 8 << 20
_THREADS = 32
_SAME_FOR_ALL = {
    resource.RLIMIT_STACK: _STACK_BYTES,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_MEMLOCK: 0,
    resource.RLIMIT_MSGQUEUE: 0,
    resource.RLIMIT_SIGPENDING: 256,
    resource.RLIMIT_NICE: 0,
    resource.RLIMIT_RTPRIO: 0,
}
_OF_A_JOB = (
    resource.RLIMIT_CPU,
    resource.RLIMIT_FSIZE,
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_STACK,
    resource.RLIMIT_NPROC,
    resource.RLIMIT_AS,
    resource.RLIMIT_DATA,
)
_hard: dict[int, int] = {}
"""What the machine permits, where it is bounded."""


def inherit() -> None:
    """Take on, in the zygote, the limits that every program inherits."""
    for which in _OF_A_JOB:
        hard = resource.getrlimit(which)[1]
        if hard != resource.RLIM_INFINITY:
            _hard[which] = hard
    for which, limit in _SAME_FOR_ALL.items():
        hard = resource.getrlimit(which)[1]
        low = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (low, low))
    _hard[resource.RLIMIT_STACK] = resource.getrlimit(resource.RLIMIT_STACK)[1]


def enforce(header: dict[str, Any], base_bytes: int, tasks: int | None) -> None:
    """The limits of one job, for good. `tasks` is the bound on processes and threads of the user where all that run
    count together; None: this program's own are counted."""
    is_python = header["language"] == "python"
    memory = header["memory_mb"] << 20
    seconds = int(header["cpu_s"]) + 1
    _set(resource.RLIMIT_CPU, seconds, seconds + 1)
    _set(resource.RLIMIT_FSIZE, max(header["output_bytes"] + 1, header["file_bytes"]))
    _set(resource.RLIMIT_NOFILE, header["open_files"])
    if header["language"] in RESERVING:
        _set(resource.RLIMIT_DATA, memory)
        _set(resource.RLIMIT_STACK, _SMALL_STACK_BYTES)
        _set(resource.RLIMIT_NPROC, header["processes"] + 3 * _THREADS if tasks is None else tasks)
    else:
        _set(resource.RLIMIT_AS, memory + (base_bytes if is_python else 0))
        _set(resource.RLIMIT_NPROC, header["processes"] + _THREADS if tasks is None else tasks)


def _set(which: int, limit: int, hard: int | None = None) -> None:
    most = _hard.get(which)
    hard = limit if hard is None else hard
    if most is not None:
        limit, hard = min(limit, most), min(hard, most)
    resource.setrlimit(which, (limit, hard))
