"""Values as JSON, by exact type: how a program's results leave its process and arguments enter it.

    Encoder().encode((1, {2: {3}}))         # {"t": [1, {"d": [[2, {"s": [3]}]]}]}

JSON's own values stand for themselves; every other type is an object with one key, its tag (see `decoding`). An
instance of a subclass becomes the plain value that its base class holds, read through the base class's slots, so that
no method of the object has a say. What has no plain value is opaque: `{"o": [type, handle]}`, equal to nothing.

This module runs inside a sandbox beside the program, so it needs the standard library only; numpy is used where the
program has loaded it.
"""

import collections
import datetime
import decimal
import fractions
import json
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

MAX_DEPTH = 100
MAX_NODES = 1_000_000
MAX_BYTES = 8 << 20
MAX_DRAWN = 10_000  # items taken out of an iterator
_EXACT_INT = 1 << 53  # beyond it, readers of JSON may round


class TooLargeError(Exception):
    """A value too deep or too large to cross."""


class Encoder:
    """Turns values into JSON values; refuses what is too large.

    Args:
        hold: called with an object that has no plain value and the name of its type; returns the pair that stands
            for it on the other side: what it is, and a handle.
        draws: whether iterators are drained into their items.
    """

    def __init__(self, hold: Callable[[Any, str], list[Any]] | None = None, draws: bool = False) -> None:
        self._hold = hold
        self._draws = draws
        self._nodes = 0
        self._bytes = 0

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The JSON value that stands for `value`; raises `TooLargeError`."""
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise TooLargeError("too deep" if depth > MAX_DEPTH else "too many values")
        kind = type(value)
        if value is None or kind is bool:
            return value
        encoder = ENCODERS.get(kind)
        if encoder is None:
            encoder = self._by_base(kind)
        if encoder is None:
            return self.opaque(value, kind)
        return encoder(self, value, depth + 1)

    def _by_base(self, kind: type) -> Any:
        if kind.__module__ == "numpy" and "numpy" in sys.modules:
            return _numpy_encoder(kind)
        if kind in ITERATORS or kind.__module__ == "itertools":
            return _encode_iterator if self._draws else None
        for base in type.__dict__["__mro__"].__get__(kind):
            if base in ENCODERS:
                return ENCODERS[base]
        return None

    def opaque(self, value: Any, kind: type) -> Any:
        """What stands for an object without a plain value."""
        name = type_name(kind)
        return {"o": self._hold(value, name) if self._hold else [name, None]}

    def text(self, text: str) -> str:
        """Count a text against the limit."""
        self._bytes += len(text)
        if self._bytes > MAX_BYTES:
            raise TooLargeError("too much text")
        return text

    def items(self, values: Sequence[Any], depth: int) -> list[Any]:
        """The encoded items of a plain sequence."""
        if len(values) > MAX_NODES:
            raise TooLargeError("too many values")
        return [self.encode(item, depth) for item in values]


def type_name(kind: type) -> str:
    """The name of a type, whatever its metaclass says."""
    return str.__str__(type.__dict__["__name__"].__get__(kind))[:100]


def _encode_int(encoder: Encoder, value: Any, depth: int) -> Any:
    plain = int.__pos__(value)
    if -_EXACT_INT <= plain <= _EXACT_INT:
        return plain
    if plain.bit_length() > 8 * MAX_BYTES:
        raise TooLargeError("too large a number")
    return {"i": encoder.text(hex(plain))}


def _encode_float(encoder: Encoder, value: Any, depth: int) -> Any:
    plain = float.__pos__(value)
    return plain if plain - plain == 0 else {"f": float.__repr__(plain)}


def _encode_str(encoder: Encoder, value: Any, depth: int) -> Any:
    return encoder.text(str.__str__(value))


def _encode_list(encoder: Encoder, value: Any, depth: int) -> Any:
    return encoder.items(list.__getitem__(value, slice(None)), depth)


def _encode_tuple(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"t": encoder.items(tuple.__getitem__(value, slice(None)), depth)}


def _encode_set(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"s": encoder.items(list(set.__iter__(value)), depth)}


def _encode_frozenset(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"z": encoder.items(list(frozenset.__iter__(value)), depth)}


def _encode_dict(encoder: Encoder, value: Any, depth: int) -> Any:
    pairs = list(dict.items(value))
    if len(pairs) > MAX_NODES:
        raise TooLargeError("too many values")
    return {"d": [[encoder.encode(k, depth), encoder.encode(v, depth)] for k, v in pairs]}


def _encode_deque(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"Q": encoder.items(list(collections.deque.__iter__(value)), depth)}


def _encode_bytes(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"b": encoder.text(bytes.hex(value))}


def _encode_bytearray(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"y": encoder.text(bytearray.hex(value))}


def _encode_complex(encoder: Encoder, value: Any, depth: int) -> Any:
    plain = complex.__pos__(value)
    return {"c": [float.__repr__(plain.real), float.__repr__(plain.imag)]}


def _encode_decimal(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"D": encoder.text(decimal.Decimal.__str__(value))}


def _encode_fraction(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"q": [_encode_int(encoder, value.numerator, depth), _encode_int(encoder, value.denominator, depth)]}


def _encode_range(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"r": [_encode_int(encoder, part, depth) for part in (value.start, value.stop, value.step)]}


def _encode_view(tag: str) -> Any:
    def encode(encoder: Encoder, value: Any, depth: int) -> Any:
        return {tag: encoder.items(list(value), depth)}

    return encode


def _encode_moment(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"T": [type_name(type(value)), value.isoformat()]}


def _encode_timedelta(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"p": [value.days, value.seconds, value.microseconds]}


def _encode_iterator(encoder: Encoder, value: Any, depth: int) -> Any:
    items: list[Any] = []
    for item in value:
        if len(items) == MAX_DRAWN:
            return {"e": [items, True]}
        items.append(encoder.encode(item, depth))
    return {"e": [items, False]}


def _numpy_encoder(kind: type) -> Any:
    numpy = sys.modules["numpy"]
    if kind is getattr(numpy, "ndarray", None):
        return _encode_array
    scalar = getattr(numpy, "generic", None)
    return _encode_scalar if scalar is not None and issubclass(kind, scalar) else None


def _encode_scalar(encoder: Encoder, value: Any, depth: int) -> Any:
    plain = value.item()
    if type(plain) not in (bool, int, float, complex, str, bytes):
        return encoder.opaque(value, type(value))
    return {"n": [value.dtype.str, encoder.encode(plain, depth)]}


def _encode_array(encoder: Encoder, value: Any, depth: int) -> Any:
    if value.size > MAX_NODES or value.dtype.kind not in "biufcUO":
        return encoder.opaque(value, type(value))
    return {"a": [value.dtype.str, list(value.shape), encoder.encode(value.tolist(), depth)]}


ENCODERS: dict[type, Any] = {
    int: _encode_int,
    float: _encode_float,
    str: _encode_str,
    list: _encode_list,
    tuple: _encode_tuple,
    set: _encode_set,
    frozenset: _encode_frozenset,
    dict: _encode_dict,
    collections.deque: _encode_deque,
    bytes: _encode_bytes,
    bytearray: _encode_bytearray,
    complex: _encode_complex,
    decimal.Decimal: _encode_decimal,
    fractions.Fraction: _encode_fraction,
    range: _encode_range,
    datetime.datetime: _encode_moment,
    datetime.date: _encode_moment,
    datetime.time: _encode_moment,
    datetime.timedelta: _encode_timedelta,
    type({}.keys()): _encode_view("k"),
    type({}.values()): _encode_view("v"),
    type({}.items()): _encode_view("w"),
}

ITERATORS: set[Any] = {
    types.GeneratorType,
    map,
    filter,
    zip,
    enumerate,
    reversed,
    type(iter([])),
    type(iter(())),
    type(iter(range(0))),
    type(reversed([])),
    type(iter("")),
    type(iter(set())),
    type(iter({})),
}


def dumps(value: Any) -> bytes:
    """One line of JSON, as bytes."""
    return json.dumps(value, separators=(",", ":")).encode()


def describe(error: BaseException) -> list[str]:
    """Name and message of an exception, without calling anything of its own.

    >>> describe(ValueError("no", 3))
    ['ValueError', 'no']
    """
    arguments = BaseException.__dict__["args"].__get__(error)
    first = arguments[0] if arguments else ""
    is_short = type(first) in (bool, float) or (type(first) is int and int(first).bit_length() < 256)
    message = str(first) if is_short else first if type(first) is str else ""
    return [type_name(type(error)), message[:500]]
