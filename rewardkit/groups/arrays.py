"""What the functions of this package need of numpy and of torch, under one set of names.

Every function here takes numpy arrays, lists, or torch tensors and gives back the same kind on the same device.
Elementwise work is written once against `lib` (the module, numpy or torch: `where`, `isnan`, `sqrt`, `exp`... are
called alike in both); what the two call differently stands in the two small classes below. Torch is never imported:
a tensor can only arrive from a program that has.

All arithmetic is in float64 (float32 where the device has no float64), whatever comes in, and the result is given
back in the input's own dtype: a group of float32 rewards is then centred without the rounding that makes
identical rewards differ.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from rewardkit.errors import UsageError

Array: TypeAlias = Any
"""A `numpy.ndarray` or a `torch.Tensor`. Torch is optional and can't be named in a type of this package."""


class Kind(Protocol):
    """One array library, on one device."""

    @property
    def lib(self) -> Any:
        """The module, numpy or torch."""

    def wide(self, values: Any) -> Array:
        """The values as float64; `None` is NaN."""

    def like(self, values: Array, given: Any) -> Array:
        """The result in the floating dtype of what was given (float64 for integers, booleans and lists)."""

    def move(self, values: np.ndarray) -> Array:
        """A host array of counts or positions, where the values live."""

    def sums(self, values: Array, index: Array, count: int) -> Array: ...

    def lows(self, values: Array, index: Array, count: int) -> Array: ...

    def order(self, keys: Array) -> Array:
        """The permutation that sorts the keys, ties in the order given, NaN last."""

    def running_max(self, values: Array) -> Array: ...

    def running_sum(self, values: Array) -> Array: ...

    def rounding(self, given: Any) -> float:
        """The relative size of rounding in what was given: differences below a few of it are not differences."""


@dataclass(frozen=True)
class Numpy:
    """Arrays and lists."""

    lib: Any = np

    def wide(self, values: Any) -> Array:
        try:
            return np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise UsageError(f"rewards must be numbers, None or NaN: {error}") from None

    def like(self, values: Array, given: Any) -> Array:
        dtype = getattr(given, "dtype", None)
        if isinstance(dtype, np.dtype) and np.issubdtype(dtype, np.floating):
            return values.astype(dtype, copy=False)
        return values

    def move(self, values: np.ndarray) -> Array:
        return values

    def sums(self, values: Array, index: Array, count: int) -> Array:
        return np.bincount(index, weights=values, minlength=count)

    def lows(self, values: Array, index: Array, count: int) -> Array:
        low = np.full(count, np.inf)
        np.minimum.at(low, index, values)
        return low

    def order(self, keys: Array) -> Array:
        return np.argsort(keys, kind="stable")

    def running_max(self, values: Array) -> Array:
        return np.maximum.accumulate(values)

    def running_sum(self, values: Array) -> Array:
        return np.cumsum(values)

    def rounding(self, given: Any) -> float:
        return _rounding(getattr(given, "dtype", "float64"))


@dataclass(frozen=True)
class Torch:
    """Tensors of one device."""

    lib: Any
    device: Any

    def wide(self, values: Any) -> Array:
        dtype = self.lib.float32 if self.device.type == "mps" else self.lib.float64
        if isinstance(values, self.lib.Tensor):
            return values.detach().to(device=self.device, dtype=dtype)
        return self.lib.as_tensor(NUMPY.wide(values), dtype=dtype, device=self.device)

    def like(self, values: Array, given: Any) -> Array:
        dtype = getattr(given, "dtype", None)
        return values.to(dtype) if dtype is not None and dtype.is_floating_point else values

    def move(self, values: np.ndarray) -> Array:
        return self.lib.as_tensor(values, device=self.device)

    def sums(self, values: Array, index: Array, count: int) -> Array:
        return self.lib.zeros(count, dtype=values.dtype, device=self.device).index_add_(0, index, values)

    def lows(self, values: Array, index: Array, count: int) -> Array:
        low = self.lib.full((count,), float("inf"), dtype=values.dtype, device=self.device)
        return low.scatter_reduce_(0, index, values, "amin")

    def order(self, keys: Array) -> Array:
        return self.lib.argsort(keys, stable=True)

    def running_max(self, values: Array) -> Array:
        return self.lib.cummax(values, 0).values

    def running_sum(self, values: Array) -> Array:
        return self.lib.cumsum(values, 0)

    def rounding(self, given: Any) -> float:
        return _rounding(getattr(given, "dtype", "float64"))


NUMPY = Numpy()


def kind_of(*values: Any) -> Kind:
    """The library of the first tensor among the values, numpy when there is none."""
    torch = sys.modules.get("torch")
    if torch is not None:
        for value in values:
            if isinstance(value, torch.Tensor):
                return Torch(torch, value.device)
    return NUMPY


def host(values: Any) -> np.ndarray:
    """The values as a numpy array in main memory."""
    return np.asarray(values.detach().cpu().numpy() if isinstance(kind_of(values), Torch) else values)


def lookup(kind: Kind, table: Callable[[int], np.ndarray], sizes: np.ndarray) -> tuple[Array, np.ndarray]:
    """Tables of different lengths laid end to end where the values live, and where the table of each size begins.

    A 0 stands at the very end, so that a row that has no place in any table can read something.
    """
    distinct = np.unique(sizes)
    lengths = [table(int(size)) for size in distinct]
    begin = np.zeros(int(distinct.max(initial=0)) + 1, dtype=np.int64)
    begin[distinct] = np.concatenate([[0], np.cumsum([len(part) for part in lengths])])[:-1]
    return kind.move(np.concatenate([*lengths, np.zeros(1)])), begin


def _rounding(dtype: Any) -> float:
    """Half-precision rewards are data as they are: their steps are too coarse to be called rounding."""
    return {"float32": 1.2e-7, "float64": 2.3e-16}.get(str(dtype).removeprefix("torch."), 2.3e-16)
