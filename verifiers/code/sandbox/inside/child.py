"""The life of one execution: from the fork of the zygote to the program's first instruction.

In the order that makes each step possible: user and mounts, files, descriptors, limits, capabilities, filter.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import select
import signal
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from . import init, job, kernel, program, root, seccomp
from .landlock import Rules

SETUP_FAILED = 250
RESULT, READ, WRITE = 3, 4, 5
"""Descriptors that a program finds beside its standard streams."""

LARGEST_ORDER = 1 << 16
"""Bytes of one message to a zygote."""
_USER = 1000
_HIGH = 100
_STACK_BYTES = 64 << 20
_SMALL_STACK_BYTES = 8 << 20
_THREADS = 32
RESERVING = frozenset({"java", "kotlin", "scala", "javascript", "typescript", "go", "csharp"})
"""Runtimes that reserve far more address space than they use."""


@dataclass(slots=True)
class Setting:
    """What a zygote knows when it forks, the same for all its programs."""

    rung: str
    zygote_pidfd: int
    environment: dict[str, str]
    base_bytes: int
    """Address space of the preloaded interpreter."""
    filters: dict[tuple[bool, bool], bytes]
    rules: Rules | None
    thread_limit: int
    """RLIMIT_NPROC where processes are counted together with the user's others."""
    is_counted: bool
    """Whether the kernel bounds the processes of this user."""


@dataclass(slots=True)
class Order:
    """One program to run: descriptors of its job and streams, and where there is no private mount, its folder."""

    job: int
    streams: list[int]
    """stdin, stdout, stderr, result, and for a duet the ends of its pipes."""
    scratch: str


def live(setting: Setting, order: Order) -> NoReturn:
    """Set up and run a program in this new process; never returns."""
    try:
        os.setsid()  # else kill(0, ...) reaches the zygote and its other programs
        signal.set_wakeup_fd(-1)
        parcel = job.read(order.job)
        header = parcel.header
        if header["processes"] and not setting.is_counted:
            raise PermissionError("processes of the machine's root can't be bounded; run the trainer as another user")
        if setting.rung == "namespaces":
            _enter_namespaces(header)
        else:
            os.chdir(order.scratch)
        _die_with(setting.zygote_pidfd)
        environment = _own_environment(setting, order)
        place(parcel, environment["TMPDIR"])
        if setting.rung == "namespaces" and (header["language"] != "python" or header["collect"]):
            init.split(order.job, header["collect"], header["file_bytes"])
        if setting.rules is not None:
            setting.rules.enforce(".")
        memory = _arrange(order)
        _limit(setting, header)
        kernel.drop_capabilities()
        seccomp.install(setting.filters[header["processes"] > 0, header["language"] != "python"], os.getpid())
        job.say_ready(memory, time.process_time())
    except BaseException as error:  # noqa: BLE001  # whatever failed is our fault, and is told to the supervisor
        with contextlib.suppress(OSError):
            job.say_fault(order.job, f"{type(error).__name__}: {error}")
        os._exit(SETUP_FAILED)
    if header["language"] != "python":
        program.run_command(header["argv"], {**setting.environment, **environment}, memory)
    os.close(memory)
    program.run_python(parcel.source, header["argv"], environment)


def _enter_namespaces(header: dict[str, Any]) -> None:
    root.map_ids(_USER, 0, 0, is_nested=True)
    size = f"size={header['scratch_mb']}m,nr_inodes={header['scratch_files']}"
    for folder, mode in (("/tmp", "1777"), (root.WORK, "755")):
        kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, f"{size},mode={mode}")
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    try:  # Python programs see processes only; other runtimes read /proc/meminfo and /proc/cpuinfo
        kernel.mount("proc", "/proc", "proc", flags, "subset=pid" if header["language"] == "python" else "")
    except PermissionError:  # the machine hides parts of its own /proc: programs do without any
        kernel.mount("none", "/proc", "tmpfs", flags | kernel.MS_RDONLY, "size=4k,mode=555")
    os.chdir(root.WORK)


def _own_environment(setting: Setting, order: Order) -> dict[str, str]:
    folder = os.getcwd()
    found = {"HOME": folder, "PWD": folder, "REWARDKIT_RESULT_FD": str(RESULT)}
    found["TMPDIR"] = "/tmp" if setting.rung == "namespaces" else folder
    if len(order.streams) > READ:
        found |= {"REWARDKIT_READ_FD": str(READ), "REWARDKIT_WRITE_FD": str(WRITE)}
    return found


def _die_with(zygote_pidfd: int) -> None:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    poll = select.poll()
    poll.register(zygote_pidfd, select.POLLIN)
    if poll.poll(0):  # it died before the kernel was asked
        os._exit(SETUP_FAILED)


def place(parcel: job.Parcel, temporary: str) -> None:
    """Write the files into the working directory, and the source where temporary files go: the former is the job's."""
    files = dict(parcel.files)
    if parcel.header["language"] == "python":
        files[os.path.join(temporary, program.SOURCE_NAME)] = parcel.source
    for name, content in files.items():
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.close(descriptor)


def _arrange(order: Order) -> int:
    """Put the streams on 0 and up, the job behind them, and close everything else."""
    streams = len(order.streams)
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _HIGH) for fd in (*order.streams, order.job)]
    for target, fd in enumerate(high):
        os.dup2(fd, target, inheritable=target < streams)
    kernel.close_from(streams + 1)
    order.job = streams
    return streams


def _limit(setting: Setting, header: dict[str, Any]) -> None:
    memory = header["memory_mb"] << 20
    is_python = header["language"] == "python"
    reserves = header["language"] in RESERVING
    seconds = int(header["cpu_s"]) + 1
    stack = _SMALL_STACK_BYTES if reserves else _STACK_BYTES
    if setting.rung == "namespaces":  # counted in its own user namespace
        tasks = header["processes"] + _THREADS + (2 * _THREADS if reserves else 0)
    else:
        tasks = setting.thread_limit
    limits = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_FSIZE: max(header["output_bytes"] + 1, header["file_bytes"]),
        resource.RLIMIT_NOFILE: header["open_files"],
        resource.RLIMIT_STACK: stack,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 256,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_NPROC: tasks,
    }
    if reserves:
        limits[resource.RLIMIT_DATA] = memory
    else:
        limits[resource.RLIMIT_AS] = memory + (setting.base_bytes if is_python else 0)
    for which, limit in limits.items():
        pair = limit if isinstance(limit, tuple) else (limit, limit)
        _, hard = resource.getrlimit(which)
        if hard != resource.RLIM_INFINITY:
            pair = (min(pair[0], hard), min(pair[1], hard))
        resource.setrlimit(which, pair)
