"""Pictures as the plotting driver writes them: PNG files of a known, small kind, from a process that may lie."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy.typing

    Pixels = numpy.typing.NDArray["numpy.uint8"]

_LARGEST = 512
_MAGIC = b"\x89PNG\r\n\x1a\n"
_FAINT = 8
"""Steps of 255 that nobody sees."""


def read_png(text: str) -> Pixels | None:
    """The pixels of a picture in base64, rows by columns by three; None where it is none that the driver writes.

    Eight bits, three colours, no filter, at most 512 pixels a side.
    """
    import numpy

    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data.startswith(_MAGIC + struct.pack(">I", 13) + b"IHDR") or len(data) < 57:
        return None
    width, height, *kind = struct.unpack(">IIBBBBB", data[16:29])
    if kind != [8, 2, 0, 0, 0] or not 0 < width <= _LARGEST or not 0 < height <= _LARGEST:
        return None
    length = struct.unpack(">I", data[33:37])[0]
    unpacker = zlib.decompressobj()
    wanted = height * (1 + 3 * width)
    try:
        raw = unpacker.decompress(data[41 : 41 + length], wanted + 1)
    except zlib.error:
        return None
    if data[37:41] != b"IDAT" or len(raw) != wanted:
        return None
    rows = numpy.frombuffer(raw, dtype=numpy.uint8).reshape(height, 1 + 3 * width)
    return None if rows[:, 0].any() else rows[:, 1:].reshape(height, width, 3)


def difference(first: Pixels, second: Pixels) -> int:
    """How many pixels of two pictures differ to the eye; 0 for pictures of different sizes."""
    if first.shape != second.shape:
        return 0
    apart = abs(first.astype(int) - second.astype(int)) > _FAINT
    return int(apart.any(axis=2).sum())
