"""What processes have used, read from the kernel."""

from __future__ import annotations

import os
import time

_PAGE = os.sysconf("SC_PAGESIZE")
_MOST = 256


def cpu_s(pid: int) -> float:
    """Processor seconds of a process, all its threads together; 0 when it has ended."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the number of another process's clock, see clock_getcpuclockid(3)
    except OSError:
        return 0.0


def waited_s(pid: int) -> float:
    """Seconds that a process was ready to run and had no processor; 0 where the kernel does not tell."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def tree_usage(pid: int) -> tuple[float, int]:
    """Processor seconds and resident bytes of a process and all that live below it."""
    cpu, resident = 0.0, 0
    waiting = [pid]
    seen = 0
    while waiting and seen < _MOST:
        current = waiting.pop()
        seen += 1
        cpu += cpu_s(current)
        try:
            with open(f"/proc/{current}/statm", "rb") as file:
                resident += int(file.read().split()[1]) * _PAGE
            with open(f"/proc/{current}/task/{current}/children", "rb") as file:
                waiting += map(int, file.read().split())
        except OSError:
            continue
    return cpu, resident


def count_threads(pid: int) -> int:
    """Threads of a process; 0 when it has ended."""
    try:
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    except OSError:
        return 0


def count_tasks(user: int) -> int:
    """How many threads a user runs now, all processes together."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == user:
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue
    return count
