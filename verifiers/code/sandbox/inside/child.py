"""The life of one execution: from the fork of the zygote to the program's first instruction.

First the walls that are the same for every program; then the process waits, if need be, for its order; then what the
job decides: files, streams, limits, and last the rights and the filter. A process runs one program and none after it.
"""

from __future__ import annotations

import _socket
import contextlib
import os
import select
import signal
import struct
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from . import init, job, kernel, messages, program, rlimits, root, seccomp
from .landlock import Rules

SETUP_FAILED = 250
READ, WRITE = 4, 5
"""Descriptors that a program of a duet finds behind its standard streams and the one for its result."""
SPARE = "rk-spare"
"""Name of a process that waits for its program."""
ORDERED = b"!"
"""The message at the gate; the descriptors of streams and job come with it."""
_SPARE_NAME, _PROGRAM_NAME = kernel.Name(SPARE), kernel.Name("python")

_IDS = root.id_maps(1000, 0, 0, is_nested=True)
_HIGH = 100
_ANCILLARY_BYTES = _socket.CMSG_SPACE(messages.DESCRIPTORS * 4)
_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV
_PROC = kernel.Mount("proc", "/proc", "proc", _FLAGS | kernel.MS_NOEXEC, "subset=pid")
_WHOLE_PROC = kernel.Mount("proc", "/proc", "proc", _FLAGS | kernel.MS_NOEXEC)
_NO_PROC = kernel.Mount("none", "/proc", "tmpfs", _FLAGS | kernel.MS_NOEXEC | kernel.MS_RDONLY, "size=4k,mode=555")


@dataclass(slots=True)
class Setting:
    """What a zygote knows when it forks, the same for all its programs, made ready to be used at little cost."""

    rung: str
    zygote_end: select.poll
    """Says whether the zygote has ended."""
    environment: dict[str, str]
    base_bytes: int
    """Address space of the preloaded interpreter."""
    filters: dict[tuple[bool, bool], seccomp.Filter]
    rules: Rules | None
    thread_limit: int
    """RLIMIT_NPROC where processes are counted together with the user's others."""
    is_counted: bool
    """Whether the kernel bounds the processes of this user."""
    room: tuple[int, int]
    """Megabytes and files of /tmp and of the working directory, unless a job says otherwise."""
    mounts: tuple[kernel.Mount, ...] = ()
    last_capability: int = 0

    def __post_init__(self) -> None:
        self.last_capability = kernel.last_capability()
        self.mounts = (scratch_mount("/tmp", self.room, "1777"), scratch_mount(root.WORK, self.room, "755"))


def scratch_mount(folder: str, room: tuple[int, int], mode: str = "", flags: int = 0) -> kernel.Mount:
    """A file system in memory, or a change of its size."""
    size = f"size={room[0]}m,nr_inodes={room[1]}"
    return kernel.Mount("tmpfs", folder, "tmpfs", _FLAGS | flags, f"{size},mode={mode}" if mode else size)


def live(setting: Setting, gate: _socket.socket, folder: str) -> NoReturn:
    """Set up this new process, wait at the gate for the order, run its program; never returns.

    `folder` is its own where there are no mounts.
    """
    memory = -1
    try:
        os.setsid()  # else kill(0, ...) reaches the zygote and its other programs
        gate = _wall_in(setting, gate, folder)
        memory, streams = _receive(gate)
        parcel = job.read(memory)
        header = parcel.header
        if header["processes"] and not setting.is_counted:
            raise PermissionError("processes of the machine's root can't be bounded; run the trainer as another user")
        is_python = header["language"] == "python"
        environment = program.surroundings(folder) if folder else program.surroundings(root.WORK, "/tmp")
        if setting.rung == "namespaces":
            _fit_mounts(setting, header)
        if streams > READ:
            environment |= {"REWARDKIT_READ_FD": str(READ), "REWARDKIT_WRITE_FD": str(WRITE)}
        place(parcel, environment["TMPDIR"])
        if setting.rung == "namespaces" and (not is_python or header["collect"]):
            init.split(memory, header["collect"], header["file_bytes"])
        rlimits.enforce(header, setting.base_bytes, setting.thread_limit if setting.rung != "namespaces" else None)
        kernel.drop_capabilities()
        setting.filters[header["processes"] > 0, not is_python].install()
        job.say_ready(memory, time.process_time())
    except BaseException as error:  # noqa: BLE001  # whatever failed is our fault, and is told to the supervisor
        with contextlib.suppress(OSError):
            job.say_fault(memory if memory >= 0 else _receive(gate)[0], f"{type(error).__name__}: {error}")
        os._exit(SETUP_FAILED)
    if not is_python:
        os.set_inheritable(memory, False)
        program.run_command(header["argv"], {**setting.environment, **environment}, memory)
    os.close(memory)
    program.run_python(parcel.source, header["argv"], environment)


def _wall_in(setting: Setting, gate: _socket.socket, folder: str) -> _socket.socket:
    """All walls that no job changes; returns the gate, by now the only descriptor."""
    if setting.rung == "namespaces":
        root.write_all(_IDS)
        for mount in setting.mounts:
            mount()
        try:
            _PROC()  # Python programs see processes only
        except PermissionError:  # the machine hides parts of its own /proc: programs do without any
            _NO_PROC()
        os.chdir(root.WORK)
    else:
        os.chdir(folder)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if setting.zygote_end.poll(0):  # it died before the kernel was asked
        os._exit(SETUP_FAILED)
    if setting.rules is not None:
        setting.rules.enforce(".")
    kernel.drop_bounding_set(setting.last_capability)
    os.dup2(gate.fileno(), _HIGH)
    gate.detach()
    os.closerange(0, _HIGH)
    kernel.close_from(_HIGH + 1)
    _SPARE_NAME()
    return _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, _HIGH)


def _receive(gate: _socket.socket) -> tuple[int, int]:
    """Wait for the order: the descriptor of the job, and how many streams lie at 0 and up before it.

    Behind it come the doors of the groups in which the kernel counts memory and processes.
    """
    message, ancillary, _, _ = gate.recvmsg(2, _ANCILLARY_BYTES)
    if message[:1] != ORDERED:  # the zygote is gone, or needs this process no more
        os._exit(SETUP_FAILED)
    found = struct.unpack(f"={len(ancillary[0][2]) // 4}i", ancillary[0][2])
    _PROGRAM_NAME()
    gate.close()
    streams = len(found) - 1 - message[1]
    for door in found[streams + 1 :]:
        os.write(door, b"0")
        os.close(door)
    return found[streams], streams


def _fit_mounts(setting: Setting, header: dict[str, Any]) -> None:
    room = header["scratch_mb"], header["scratch_files"]
    if room != setting.room:
        for folder in ("/tmp", root.WORK):
            scratch_mount(folder, room, flags=kernel.MS_REMOUNT)()
    if header["language"] != "python":  # other runtimes read /proc/meminfo and /proc/cpuinfo
        with contextlib.suppress(PermissionError):
            _WHOLE_PROC()


def place(parcel: job.Parcel, temporary: str) -> None:
    """Write the files into the working directory, and the source where temporary files go: the former is the job's."""
    if parcel.header["language"] == "python":
        _write(f"{temporary}/{program.SOURCE_NAME}", parcel.source)
    for name, content in parcel.files.items():
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        _write(name, content)


def _write(name: str, content: bytes) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, memoryview(content)[written:])
    os.close(descriptor)
