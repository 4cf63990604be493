"""System calls that Python has no name for, through ctypes; every failure is an `OSError` that names the step."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Any

from . import tables_aarch64, tables_x86_64

IS_ARM = os.uname().machine == "aarch64"
AUDIT_ARCH = tables_aarch64.AUDIT_ARCH if IS_ARM else tables_x86_64.AUDIT_ARCH
NUMBERS = tables_aarch64.NUMBERS if IS_ARM else tables_x86_64.NUMBERS

CLONE_NEWNS = 0x00020000
CLONE_PIDFD = 0x00001000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_THREAD = 0x00010000
CLONE_NAMESPACES = 0x7E020080
"""Every flag that asks for a new namespace."""

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_AT_RECURSIVE = 0x8000
_AT_FDCWD = -100
_SIGCHLD = 17
_CAPABILITY_HEADER = (ctypes.c_uint32 * 2)(0x20080522, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()

_libc = ctypes.CDLL(None, use_errno=True)
_held = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock: a fork must not let it go
_held.syscall.restype = ctypes.c_long
if sys.platform == "linux":  # elsewhere these modules can be imported, and the probe refuses
    _held.prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    _held.mount.argtypes = (*(ctypes.c_char_p,) * 3, ctypes.c_ulong, ctypes.c_char_p)


class _Attributes(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def call(name: str, *arguments: Any) -> int:
    """A raw system call by name."""
    result = int(_held.syscall(NUMBERS[name], *arguments))
    if result < 0:
        raise _failure(name)
    return result


def clone(flags: int) -> tuple[int, int]:
    """Fork with clone flags: (0, -1) in the child, (process number, pidfd) in the parent.

    For processes of one thread only. The interpreter is not told: its hooks would touch a thousand pages to reset
    locks that are free, and reseed generators that are to give every program the same numbers.
    """
    pidfd = ctypes.c_int(-1)
    pid = int(_held.syscall(NUMBERS["clone"], flags | CLONE_PIDFD | _SIGCHLD, None, ctypes.byref(pidfd), None, None))
    if pid < 0:
        raise _failure("clone")
    return (0, -1) if pid == 0 else (pid, pidfd.value)


def unshare(flags: int) -> None:
    """Leave the namespaces of the given kinds for new ones."""
    if _libc.unshare(ctypes.c_int(flags)) != 0:
        raise _failure("unshare")


class Mount:
    """mount(2), its arguments made ready; a call carries it out."""

    def __init__(self, source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
        self.step = f"mount {kind or source} on {target}"
        texts = (source.encode(), target.encode(), kind.encode() or None)
        self._arguments = (*texts, flags, options.encode() or None)

    def __call__(self) -> None:
        if _held.mount(*self._arguments) != 0:
            raise _failure(self.step)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    Mount(source, target, kind, flags, options)()


def make_read_only(target: str, attributes: int = MS_RDONLY | MS_NOSUID | MS_NODEV) -> None:
    """Set mount attributes on `target` and on everything mounted below it."""
    wanted = _Attributes(attr_set=attributes)  # the first four MOUNT_ATTR bits equal the MS bits
    arguments = (_AT_FDCWD, target.encode(), _AT_RECURSIVE, ctypes.byref(wanted), ctypes.c_size_t(32))
    if _held.syscall(ctypes.c_long(NUMBERS["mount_setattr"]), *arguments) != 0:
        raise _failure(f"mount_setattr {target}")


def pivot_root(new_root: str) -> None:
    """Make `new_root` the root and take the old one away, with everything mounted in it."""
    os.chdir(new_root)
    call("pivot_root", b".", b".")
    if _libc.umount2(b".", MNT_DETACH) != 0:
        raise _failure("umount the old root")
    os.chdir("/")


def prctl(option: int, argument: int = 0, second: int = 0) -> int:
    """prctl(2)."""
    result = int(_held.prctl(option, argument, second, 0, 0))
    if result < 0:
        raise _failure(f"prctl {option}")
    return result


class Name:
    """A name for this process, as others see it; a call takes it on."""

    def __init__(self, name: str) -> None:
        self._text = ctypes.create_string_buffer(name.encode())
        self._address = ctypes.addressof(self._text)

    def __call__(self) -> None:
        prctl(PR_SET_NAME, self._address)


def last_capability() -> int:
    """The number of the last capability that this kernel knows."""
    with open("/proc/sys/kernel/cap_last_cap", "rb") as file:
        return int(file.read())


def drop_bounding_set(last: int) -> None:
    """No program may gain any of the capabilities up to `last`."""
    drop = _held.prctl
    for number in range(last + 1):
        if drop(PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            # Without CAP_SETPCAP the bounding set is out of reach; the other sets, and no_new_privs, still hold.
            if ctypes.get_errno() != errno.EPERM:
                raise _failure("dropping capabilities")
            return


def drop_capabilities() -> None:
    """Empty the ambient, effective, permitted and inheritable set."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    call("capset", _CAPABILITY_HEADER, _NO_CAPABILITIES)


def set_hostname(name: str) -> None:
    """The name of the machine, in this process's own UTS namespace."""
    if _libc.sethostname(name.encode(), ctypes.c_size_t(len(name))) != 0:
        raise _failure("sethostname")


def close_from(first: int) -> None:
    """Close every descriptor from `first` on."""
    call("close_range", ctypes.c_uint(first), ctypes.c_uint(0xFFFFFFFF), ctypes.c_uint(0))


def _failure(step: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{step}: {os.strerror(number)}")
