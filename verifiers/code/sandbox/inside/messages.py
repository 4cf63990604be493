"""What supervisor and zygote tell each other, as packed structures: reading one touches few pages of a zygote, each of
which the next fork would have to share anew."""

from __future__ import annotations

import struct
from typing import NamedTuple

LARGEST = 1 << 16
"""Bytes of one message."""
DESCRIPTORS = 12
"""Of one message, at most."""

READY, FAILED, ENDED, FAULT = b"R", b"F", b"E", b"X"
"""First bytes of what a zygote says: it serves; it can't; a program ended; a program could not be started."""
KILLS = ("", "cancelled", "partner", "cpu", "wall", "memory", "threads", "files", "closed")
"""Why a zygote killed a program; empty where it ended by itself."""

_ORDER = struct.Struct("=QQddQQQQ?B")
_END = struct.Struct("=cQiBddQ")
_FAULT = struct.Struct("=cQ")
_KILL = struct.Struct("=Q")


class Order(NamedTuple):
    """One program to run, as far as the zygote is concerned."""

    number: int
    ends: int
    """The number of the program that ends with this one; 0: none."""
    cpu_s: float
    wall_s: float
    resident_bytes: int
    """0: not watched."""
    scratch_mb: int
    scratch_files: int
    file_bytes: int
    watch_tree: bool
    """Whether it may have processes or reserve memory that have to be looked for."""
    groups: int
    """How many descriptors behind that of the job lead into groups in which the kernel counts."""
    collect: tuple[str, ...]

    def pack(self) -> bytes:
        return _ORDER.pack(*self[:-1]) + "\0".join(self.collect).encode()


def read_order(message: bytes) -> Order:
    """The opposite of `Order.pack`."""
    names = message[_ORDER.size :]
    fields = (*_ORDER.unpack_from(message), tuple(names.decode().split("\0")) if names else ())
    return Order._make(fields)


def kill(number: int) -> bytes:
    """The order to kill a program."""
    return _KILL.pack(number)


def read_kill(message: bytes) -> int:
    """The number in an order to kill; 0 for other orders."""
    return int(_KILL.unpack(message)[0]) if len(message) == _KILL.size else 0


class End(NamedTuple):
    """How a program ended, as the zygote saw it."""

    number: int
    status: int
    """As from waitpid."""
    killed: str
    wall_s: float
    cpu_s: float
    """Of all its threads and processes, set-up included."""
    rss_kb: int
    fault: str = ""
    """Why it could not be started; the rest means nothing then."""

    def pack(self) -> bytes:
        killed = KILLS.index(self.killed)
        return _END.pack(ENDED, self.number, self.status, killed, self.wall_s, self.cpu_s, self.rss_kb)


def fault(number: int, reason: str) -> bytes:
    """That a program could not be started."""
    return _FAULT.pack(FAULT, number) + reason.encode()


def read_end(message: bytes) -> End:
    """What `End.pack` or `fault` made."""
    if message[:1] == FAULT:
        return End(_FAULT.unpack_from(message)[1], 0, "", 0.0, 0.0, 0, message[_FAULT.size :].decode() or "no reason")
    _, number, status, killed, wall_s, cpu_s, rss_kb = _END.unpack(message)
    return End(number, status, KILLS[killed], wall_s, cpu_s, rss_kb)
