"""The job as it travels: one memory file with a slot for the answer of the set-up, a header, and the contents.

The file is written by the supervisor and read by the process that sets a program up, which closes it before the
program's first instruction. So what stands in the slot, and what the init process writes back, can't be forged, and
headers may be in Python's own marshal format, which reads in a fraction of the time and touches few pages.
"""

from __future__ import annotations

import marshal
import os
import struct
from typing import Any, NamedTuple

_SLOT = struct.Struct("=8sdi")
SLOT_BYTES = 512
"""The answer of the set-up: a word, processor seconds spent on it, and how the program ended where init knows it."""
_READY, _FAULT = b"READY", b"FAULT"
_NO_STATUS = -1
_LENGTH = struct.Struct("=Q")


class Parcel(NamedTuple):
    """What the setting-up process reads."""

    header: dict[str, Any]
    source: bytes
    files: dict[str, bytes]


def encode(header: dict[str, Any], source: bytes, files: dict[str, bytes]) -> bytes:
    """A job as its memory file holds it at the start."""
    sizes = [[name, len(content)] for name, content in files.items()]
    head = marshal.dumps({**header, "source_bytes": len(source), "files": sizes})
    return b"".join([b"\0" * SLOT_BYTES, _LENGTH.pack(len(head)), head, source, *files.values()])


def read(memory: int) -> Parcel:
    """Read it back."""
    data = os.pread(memory, os.lseek(memory, 0, os.SEEK_END), 0)
    start = SLOT_BYTES + _LENGTH.size
    end = start + _LENGTH.unpack_from(data, SLOT_BYTES)[0]
    header = marshal.loads(data[start:end])
    source = data[end : end + header["source_bytes"]]
    end += header["source_bytes"]
    files = {}
    for name, length in header["files"]:
        files[name] = data[end : end + length]
        end += length
    return Parcel(header, source, files)


def say_ready(memory: int, cpu_s: float) -> None:
    """The next instruction is the program's."""
    os.pwrite(memory, _SLOT.pack(_READY, cpu_s, _NO_STATUS), 0)


def say_fault(memory: int, message: str) -> None:
    """The set-up failed."""
    text = message.encode()[: SLOT_BYTES - _SLOT.size]
    os.pwrite(memory, _SLOT.pack(_FAULT, 0.0, _NO_STATUS) + text, 0)


def say_ended(memory: int, wait_status: int, collected: dict[str, bytes]) -> None:
    """Init's last word: how the program ended, and the files asked for."""
    head = marshal.dumps([[n, len(b)] for n, b in collected.items()])
    os.ftruncate(memory, SLOT_BYTES)
    write_all(memory, b"".join([_LENGTH.pack(len(head)), head, *collected.values()]), SLOT_BYTES)
    word, cpu_s, _ = _SLOT.unpack(os.pread(memory, _SLOT.size, 0))
    os.pwrite(memory, _SLOT.pack(word, cpu_s, wait_status), 0)


class Answer(NamedTuple):
    """The slot, read after the end."""

    is_ready: bool
    fault: str
    cpu_s: float
    wait_status: int | None
    files: dict[str, bytes]


def read_answer(memory: int) -> Answer:
    """What the set-up, and init where there was one, left in the job's memory file."""
    slot = os.pread(memory, SLOT_BYTES, 0)
    word, cpu_s, status = _SLOT.unpack_from(slot)
    word = word.rstrip(b"\0")
    fault = slot[_SLOT.size :].rstrip(b"\0").decode(errors="replace") if word == _FAULT else ""
    if word != _READY or status == _NO_STATUS:
        return Answer(word == _READY, fault, cpu_s, None, {})
    data = os.pread(memory, os.fstat(memory).st_size - SLOT_BYTES, SLOT_BYTES)
    end = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    files = {}
    for name, length in marshal.loads(data[_LENGTH.size : end]):
        files[name] = data[end : end + length]
        end += length
    return Answer(True, "", cpu_s, status, files)


def write_all(memory: int, data: bytes, offset: int = 0) -> None:
    """Write all of `data`, in as many steps as it takes."""
    view = memoryview(data)
    while view:
        count = os.pwrite(memory, view, offset)
        view = view[count:]
        offset += count
