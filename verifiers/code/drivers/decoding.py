"""Values from JSON, as `encoding` wrote them; whatever else arrives is refused.

This module runs inside a sandbox, so it needs the standard library only.
"""

import collections
import datetime
import decimal
import fractions
from collections.abc import Callable, Iterator
from typing import Any

from rewardkit.verifiers.code.drivers.encoding import MAX_DEPTH


class Decoder:
    """Turns JSON values of `Encoder` back into values.

    Args:
        opaque: called with the type's name and the handle of an object that has no plain value.
    """

    def __init__(self, opaque: Callable[[str, Any], Any] | None = None) -> None:
        self._opaque = opaque

    def decode(self, value: Any, depth: int = 0) -> Any:
        """The value that `value` stands for; raises `ValueError` for what no encoder makes."""
        if depth > 2 * MAX_DEPTH:
            raise ValueError("too deep")
        if type(value) is list:
            return [self.decode(item, depth + 1) for item in value]
        if type(value) is not dict:
            return value
        if len(value) != 1:
            raise ValueError("not an encoded value")
        [(tag, content)] = value.items()
        if tag == "o":
            if self._opaque is None or type(content) is not list or len(content) != 2:
                raise ValueError("an opaque value")
            return self._opaque(str(content[0]), content[1])
        try:
            return DECODERS[tag](self, content, depth + 1)
        except (LookupError, TypeError, ArithmeticError, AttributeError, ImportError) as error:
            raise ValueError("not an encoded value") from error


def _decode_items(make: Callable[..., Any]) -> Any:
    return lambda decoder, content, depth: make(decoder.decode(item, depth) for item in content)


def _decode_dict(decoder: Decoder, content: Any, depth: int) -> Any:
    return {decoder.decode(key, depth): decoder.decode(value, depth) for key, value in content}


def _decode_iterator(decoder: Decoder, content: Any, depth: int) -> Any:
    items, is_cut = content
    values = [decoder.decode(item, depth) for item in items]

    def draw() -> Iterator[Any]:
        yield from values
        if is_cut:
            raise RuntimeError("the iterator went on past what can cross between two processes")

    return draw()


def _decode_moment(decoder: Decoder, content: Any, depth: int) -> Any:
    name, text = content
    kinds: dict[str, Any] = {"datetime": datetime.datetime, "date": datetime.date, "time": datetime.time}
    return kinds[name].fromisoformat(text)


def _decode_scalar(decoder: Decoder, content: Any, depth: int) -> Any:
    import numpy

    return numpy.dtype(content[0]).type(decoder.decode(content[1], depth))


def _decode_array(decoder: Decoder, content: Any, depth: int) -> Any:
    import numpy

    dtype, shape, nested = content
    return numpy.array(decoder.decode(nested, depth), dtype=numpy.dtype(dtype)).reshape([int(n) for n in shape])


DECODERS: dict[str, Any] = {
    "i": lambda decoder, content, depth: int(content, 16),
    "f": lambda decoder, content, depth: float(content),
    "t": _decode_items(tuple),
    "s": _decode_items(set),
    "z": _decode_items(frozenset),
    "d": _decode_dict,
    "Q": _decode_items(collections.deque),
    "b": lambda decoder, content, depth: bytes.fromhex(content),
    "y": lambda decoder, content, depth: bytearray.fromhex(content),
    "c": lambda decoder, content, depth: complex(float(content[0]), float(content[1])),
    "D": lambda decoder, content, depth: decimal.Decimal(content),
    "q": lambda decoder, content, depth: fractions.Fraction(*(decoder.decode(part, depth) for part in content)),
    "r": lambda decoder, content, depth: range(*(decoder.decode(part, depth) for part in content)),
    "T": _decode_moment,
    "p": lambda decoder, content, depth: datetime.timedelta(*content),
    "k": lambda decoder, content, depth: dict.fromkeys(decoder.decode(item, depth) for item in content).keys(),
    "v": lambda decoder, content, depth: dict(enumerate(decoder.decode(item, depth) for item in content)).values(),
    "w": lambda decoder, content, depth: dict(decoder.decode(item, depth) for item in content).items(),
    "e": _decode_iterator,
    "n": _decode_scalar,
    "a": _decode_array,
}
