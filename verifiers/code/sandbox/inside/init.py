"""A first process beside the program: for programs that need ordinary signals, and where files are to come back.

The first process of a process namespace ignores signals without a handler, its own abort() included, and takes its
file system along when it ends. So programs in other languages, and jobs that collect files, run as its child.
The program can't touch it: it is not dumpable, holds rights that the program lacks, and ignores every signal.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import NoReturn

from . import job, kernel

_TOTAL_FACTOR = 4
"""All collected files together may hold this many times the limit for one."""


def split(job_memory: int, collect: list[str], file_bytes: int) -> None:
    """Fork; returns in the child, which becomes the program. This process waits for it, collects, and ends."""
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    pid = os.fork()
    if pid == 0:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        return
    _wait(pid, job_memory, collect, file_bytes)


def _wait(pid: int, job_memory: int, collect: list[str], file_bytes: int) -> NoReturn:
    try:
        memory = 3
        os.dup2(job_memory, memory)
        for standard in range(3):
            os.close(standard)
        kernel.close_from(memory + 1)
        while True:
            ended, status = os.waitpid(-1, 0)
            if ended == pid:
                break
        if job.read_answer(memory).is_ready:
            _end_all()
            job.say_ended(memory, status, gather(".", collect, file_bytes))
    finally:
        os._exit(0)


def _end_all() -> None:
    """Kill what the program left running, so that nothing changes while files are read."""
    try:
        os.kill(-1, 9)
        while True:
            os.waitpid(-1, 0)
    except (ChildProcessError, ProcessLookupError):
        pass


def gather(folder: str, names: Sequence[str], file_bytes: int) -> dict[str, bytes]:
    """Contents of the regular files among `names`, following no link; what is missing or too big is left out."""
    found: dict[str, bytes] = {}
    room = _TOTAL_FACTOR * file_bytes
    for name in names:
        try:
            descriptor = _open_beneath(folder, name)
        except OSError:
            continue
        with open(descriptor, "rb") as file:
            state = os.fstat(descriptor)
            if stat.S_ISREG(state.st_mode) and state.st_size <= min(file_bytes, room):
                found[name] = file.read(state.st_size)
                room -= len(found[name])
    return found


def _open_beneath(folder: str, name: str) -> int:
    *folders, last = name.split("/")
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        return os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
