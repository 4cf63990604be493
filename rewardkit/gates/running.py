"""Statistics that grow batch by batch and merge across processes: `Moments` and `Histogram`, and the lock around them.

Both are immutable: `merged` gives a new one, so a reader never sees half an update. Both are made from a whole batch at
once, and neither depends on the order of the values in it.
"""

from __future__ import annotations

import bisect
import math
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Generic, Protocol, TypeVar

from rewardkit.errors import OptionError
from rewardkit.gates.node import is_number

S = TypeVar("S", bound="Statistic")


class Statistic(Protocol):
    """What is known of the values of one domain."""

    @property
    def count(self) -> int: ...

    def merged(self: S, other: S) -> S: ...

    def to_json(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and summed squares about the mean, as Chan et al. 1983 merge them; and the least and greatest value.

    Merging the parts gives the moments of the whole to about 1e-15 of the values' size.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    low: float = math.inf
    high: float = -math.inf

    @classmethod
    def of(cls, values: Sequence[float]) -> Moments:
        """Those of a batch. Sums are correctly rounded, so that the order of the values does not matter.

        >>> Moments.of([1.0, 2.0, 4.0, 1.0]).mean
        2.0
        """
        if not values:
            return cls()
        low, high = min(values), max(values)
        mean = min(max(math.fsum(values) / len(values), low), high)  # rounding may leave the interval
        return cls(len(values), mean, math.fsum((v - mean) ** 2 for v in values), low, high)

    def merged(self, other: Moments) -> Moments:
        """Those of both together."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        gap = other.mean - self.mean
        low, high = min(self.low, other.low), max(self.high, other.high)
        mean = min(max(self.mean + gap * (other.count / count), low), high)
        squares = self.squares + other.squares + gap * gap * (self.count * other.count / count)
        return Moments(count, mean, squares, low, high)

    @property
    def std(self) -> float:
        """Sample standard deviation (ddof 1); exactly 0 where all values are equal but for rounding."""
        if self.count < 2 or self.high - self.low <= 1e-12 * max(abs(self.low), abs(self.high)):
            return 0.0
        return math.sqrt(self.squares / (self.count - 1))

    def to_json(self) -> list[float]:
        """Its five numbers."""
        return [self.count, self.mean, self.squares, self.low, self.high]

    @classmethod
    def from_json(cls, told: Any) -> Moments:
        """The moments that `to_json` told; raises `OptionError`."""
        if not isinstance(told, list) or len(told) != 5 or not all(is_number(part) for part in told):
            raise OptionError(f"expected [count, mean, squares, low, high], got {told!r:.80}")
        count, mean, squares, low, high = told
        if not (isinstance(count, int) and count > 0 and squares >= 0 and low <= mean <= high):
            raise OptionError(f"no values have the moments {told!r:.120}")
        return cls(count, float(mean), float(squares), float(low), float(high))


MAX_DOMAINS = 1000
"""Domains that a state keeps. A column with more is an identifier, and would fill memory with statistics of one row."""


class Running(Generic[S]):
    """Statistics by domain, behind a lock; picklable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whole: dict[str, S] = {}
        self._fresh: dict[str, S] = {}

    def add(self, parts: Mapping[str, S], is_fresh: bool) -> Mapping[str, S]:
        """Merge `parts` in, as far as there is room for their domains; all statistics as they are then.

        What `is_fresh` was seen here first: the next `take_fresh` tells it.
        """
        with self._lock:
            for domain in sorted(parts):
                if domain in self._whole or len(self._whole) < MAX_DOMAINS:
                    _merge(self._whole, domain, parts[domain])
                    if is_fresh:
                        _merge(self._fresh, domain, parts[domain])
            return dict(self._whole)

    def replace(self, parts: Mapping[str, S]) -> None:
        """Forget everything and begin from `parts`."""
        with self._lock:
            self._whole, self._fresh = dict(parts), {}

    def take_fresh(self) -> Mapping[str, S]:
        """What was seen here since the last call."""
        with self._lock:
            fresh, self._fresh = self._fresh, {}
            return fresh

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:
            return {"_whole": dict(self._whole), "_fresh": dict(self._fresh)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())


def _merge(into: dict[str, S], domain: str, part: S) -> None:
    into[domain] = into[domain].merged(part) if domain in into else part


DEPTH = 52
"""The finest bins are 2^-52 of the range: to that, values are told apart."""
CAPACITY = 4096
"""Bins kept at most."""


@dataclass(frozen=True)
class Histogram:
    """How often each value occurred, in a known range `[low, high]`: exact while there are at most 4,096 of them.

    Values are kept in bins of `(high - low) / 2^52`. When more than 4,096 bins are taken, neighbours are joined two and
    two until they are not, so a bin is never wider than `(high - low) / 4096`. That leaves the bins a function of the
    values alone: merging parts in any order gives the very histogram of the whole. A rank is exact while nothing was
    joined, and afterwards wrong by at most half the share of the values that lie in the same bin.
    """

    low: float
    high: float
    joins: int = 0
    """How many times neighbours were joined: a bin is `2^joins` finest ones wide."""
    bins: Mapping[int, int] = field(default_factory=dict)
    """Number of values by bin, without empty ones."""

    @classmethod
    def of(cls, values: Sequence[float], low: float, high: float) -> Histogram:
        """That of a batch."""
        empty = cls(low, high)
        return cls._fitted(low, high, 0, Counter(empty._finest(value) for value in values))

    @classmethod
    def _fitted(cls, low: float, high: float, joins: int, bins: Mapping[int, int]) -> Histogram:
        times = 0
        if len(bins) > CAPACITY:  # the fewest joins that make it fit: the more, the fewer bins
            times = bisect.bisect_left(
                range(DEPTH - joins), True, key=lambda t: len({key >> t for key in bins}) <= CAPACITY
            )
        return cls(low, high, joins + times, dict(_joined(bins, times)))

    def _finest(self, value: float) -> int:
        share = (value - self.low) / (self.high - self.low)
        return min(max(int(share * (1 << DEPTH)), 0), (1 << DEPTH) - 1)

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(self.bins.values())

    def merged(self, other: Histogram) -> Histogram:
        """That of both together; they must have one range."""
        joins = max(self.joins, other.joins)
        bins = Counter(_joined(self.bins, joins - self.joins))
        bins.update(_joined(other.bins, joins - other.joins))
        return self._fitted(self.low, self.high, joins, bins)

    def ranks(self, values: Sequence[float]) -> list[tuple[float, float]]:
        """For each value, the share of the values below it plus half of those equal to it, and the error's bound.

        >>> Histogram.of([0.0, 0.5, 0.5, 1.0], 0.0, 1.0).ranks([0.5, 0.7])
        [(0.5, 0.0), (0.75, 0.0)]
        """
        keys = sorted(self.bins)
        below = [0, *accumulate(self.bins[key] for key in keys)]
        found = []
        for value in values:
            key = self._finest(value) >> self.joins
            own = self.bins.get(key, 0)
            rank = (below[bisect.bisect_left(keys, key)] + own / 2) / below[-1]
            found.append((rank, own / 2 / below[-1] if self.joins else 0.0))
        return found

    def to_json(self) -> dict[str, Any]:
        """Range, joins, and the bins in order as [bin, number of values]."""
        bins = [[key, self.bins[key]] for key in sorted(self.bins)]
        return {"low": self.low, "high": self.high, "joins": self.joins, "bins": bins}

    @classmethod
    def from_json(cls, told: Any) -> Histogram:
        """The histogram that `to_json` told; raises `OptionError`."""
        if not isinstance(told, Mapping) or set(told) != {"low", "high", "joins", "bins"}:
            raise OptionError(f"expected low, high, joins and bins, got {told!r:.80}")
        low, high, joins, bins = told["low"], told["high"], told["joins"], told["bins"]
        if not (is_number(low) and is_number(high) and low < high and _is_count(joins, DEPTH)):
            raise OptionError(f"no histogram has the range [{low!r}, {high!r}] and {joins!r} joins")
        most = (1 << DEPTH >> joins) - 1
        if not isinstance(bins, list) or not bins or len(bins) > CAPACITY:
            raise OptionError(f"expected from 1 to {CAPACITY} bins, got {bins!r:.80}")
        for pair in bins:
            fits = isinstance(pair, list) and len(pair) == 2 and _is_count(pair[0], most) and _is_count(pair[1])
            if not fits or not pair[1]:
                raise OptionError(f"expected [bin, number of values], got {pair!r:.80}")
        if len({key for key, _ in bins}) < len(bins):
            raise OptionError("a bin is told twice")
        return cls(float(low), float(high), joins, dict(bins))


def _joined(bins: Mapping[int, int], times: int) -> Mapping[int, int]:
    if not times:
        return bins
    wider: Counter[int] = Counter()
    for key, number in bins.items():
        wider[key >> times] += number
    return wider


def _is_count(value: object, most: int | None = None) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0 and (most is None or value <= most)
