"""What can be learnt from comparing the responses to one prompt: the order inside groups, and nothing else.

A group is followed while it is open; at most `OPEN_SAMPLES` responses are open at once, and the group longest untouched
is closed first. One that comes back later counts as another group: every comparison made is then still one inside a
group, but some are not made.

The area under the curve (AUC) is the share of pairs of a right and a wrong response to one prompt in which the right
one has more, ties counting half; 0.5 is what chance gives.
"""

from __future__ import annotations

import bisect
import collections
import heapq
import itertools
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rewardkit.audit.ratios import Ratio, Share
from rewardkit.bench.preference.moments import Correlation
from rewardkit.errors import DataError

OPEN_SAMPLES = 32_768
ROUNDING = 4 * 2.0**-52
"""Rewards that differ by no more than this share of themselves are equal but for rounding."""


@dataclass(frozen=True, slots=True)
class Member:
    """One response of a group, with what a person has to see of it."""

    values: list[float]
    """Of the parts, the whole first, then the lengths; NaN where there is none."""
    label: bool | None
    """Whether it is right; None where nobody said."""
    where: str
    id: str
    text: str
    """Its beginning and its end."""
    reason: str


@dataclass(frozen=True, slots=True)
class Inversion:
    """A wrong response that got more than a right one to the same prompt."""

    group: str | None
    """Its id; None where the rows have none and share a prompt."""
    margin: float
    """How much more."""
    prompt: str
    wrong: Member
    right: Member


class Pairs(NamedTuple):
    """Pairs of a right and a wrong value."""

    above: float
    """In which the right one is higher."""
    tied: float
    total: float

    @property
    def wins(self) -> float:
        """Ties count half."""
        return self.above + self.tied / 2


def pairs(right: Sequence[float], wrong: Sequence[float]) -> Pairs:
    """How often a right value is above a wrong one; values that are NaN are in no pair, equal up to
    rounding is equal.

    >>> pairs([1.0, 0.5], [0.5, 0.0])
    Pairs(above=3, tied=1, total=4)
    """
    low = sorted(value for value in wrong if not math.isnan(value))
    high = [value for value in right if not math.isnan(value)]
    above = tied = 0
    for value in high:
        slack = ROUNDING * abs(value)
        below = bisect.bisect_left(low, value - slack)
        above += below
        tied += bisect.bisect_right(low, value + slack, below) - below
    return Pairs(above, tied, len(low) * len(high))


@dataclass(slots=True)
class _Open:
    name: str | None
    prompt: str
    asked: int
    """What tells its prompt from others."""
    members: list[Member] = field(default_factory=list)


@dataclass(slots=True)
class _Products:
    """Sums over groups of squares and products around the means of the groups."""

    n: int = 0
    groups: int = 0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    def add(self, x: Sequence[float], y: Sequence[float]) -> None:
        both = [(a, b) for a, b in zip(x, y, strict=True) if not (math.isnan(a) or math.isnan(b))]
        if len(both) < 2:
            return
        n = len(both)
        mean_x, mean_y = (math.fsum(column) / n for column in zip(*both, strict=True))
        self.n += n
        self.groups += 1
        if all(a == both[0][0] for a, _ in both):
            mean_x = both[0][0]  # and not what rounding makes of it
        self.xx += math.fsum((a - mean_x) ** 2 for a, _ in both)
        self.yy += math.fsum((b - mean_y) ** 2 for _, b in both)
        self.xy += math.fsum((a - mean_x) * (b - mean_y) for a, b in both)

    def correlation(self) -> Correlation:
        return Correlation.of(self.n, self.xx, self.yy, self.xy, held=max(0, self.groups - 1))


class Within:
    """Follows the groups. The first `parts` columns of a member are those of the parts, the others are lengths.

    Args:
        parts: how many parts there are, the whole among them.
        lengths: in how many units length is counted.
        bottom: that of the range of the reward.
        shown: inversions to keep.
    """

    def __init__(self, parts: int, lengths: int, bottom: float, shown: int) -> None:
        self.parts = parts
        self._bottom = bottom
        self.groups = 0
        """Groups of at least two responses."""
        self.single = 0
        """Groups of one response, which nothing is compared with."""
        self.unscored = 0
        """Groups of at least two, of which fewer than two have a value."""
        self.silent = 0
        """Groups of at least two responses with a value, which are all equal: they teach nothing."""
        self.varying = [0] * parts
        """By part: groups in which its values differ."""
        self.mixed = 0
        """Groups with a right and a wrong response that have values."""
        self.blind = 0
        """Those of them in which all values are equal."""
        self.inverted = 0
        """Those of them in which a wrong response has more than a right one."""
        self.above = self.tied = self.total = 0.0
        """Pairs of a right and a wrong response to one prompt: the right one has more, both have the same, all."""
        self.closed_early = 0
        """Groups closed to make room, whose later responses would count as another group's."""
        self._auc = [Ratio() for _ in range(parts + lengths)]
        self._gain = [(Ratio(), Ratio()) for _ in range(lengths)]
        """Of the whole over a length: where longer is better, and where shorter is."""
        self._paid = Ratio()
        self._along = [[_Products() for _ in range(parts)] for _ in range(lengths)]
        self._open: collections.OrderedDict[Hashable, _Open] = collections.OrderedDict()
        self._samples = 0
        self._shown = shown
        self._worst: list[tuple[float, int, Inversion]] = []
        self._order = itertools.count()

    def add(self, key: Hashable, name: str | None, prompt: str, member: Member, asked: int = 0) -> None:
        """Count a response; a key of None says that it belongs to no group, `asked` tells its prompt from others.

        Raises:
            DataError: the group mixes prompts.
        """
        if key is None:
            self._pay([member])
            return
        group = self._open.get(key)
        if group is None:
            group = self._open[key] = _Open(name, prompt, asked)
        elif group.asked != asked:
            raise DataError(
                f"{member.where}: group {name!r} mixes prompts: this row has another prompt than "
                f"{group.members[0].where}, and rewards for different prompts can't be compared; name the right "
                "column with --group-field"
            )
        else:
            self._open.move_to_end(key)
        group.members.append(member)
        self._samples += 1
        while self._samples > OPEN_SAMPLES:
            self.closed_early += 1
            self._close(self._open.popitem(last=False)[1])

    def close(self) -> None:
        """Close what is open; to be called once, at the end."""
        while self._open:
            self._close(self._open.popitem(last=False)[1])

    @property
    def comparable(self) -> int:
        """Groups of at least two responses with a value."""
        return self.groups - self.unscored

    @property
    def paid(self) -> Share:
        """Share of what is paid above the bottom of the range that goes to wrong responses."""
        return self._paid.estimate()

    @property
    def worst(self) -> list[Inversion]:
        """Wrong responses that got more than a right one to the same prompt, at most one a group, worst first."""
        return [inversion for _, _, inversion in sorted(self._worst, key=lambda item: (-item[0], -item[1]))]

    def auc(self, column: int) -> Share:
        """That of a part or of a length."""
        return self._auc[column].estimate()

    def gain(self, length: int) -> Share:
        """AUC of the whole minus that of a length, taken in the direction in which the length does better."""
        longer, shorter = self._gain[length]
        value = self.auc(self.parts + length).value
        return (longer if value is None or value >= 0.5 else shorter).estimate(-1.0, 1.0)

    def along(self, part: int, length: int) -> Correlation:
        """Pearson's r of a part with a length inside groups: with the mean of the group taken from both."""
        return self._along[length][part].correlation()

    def _close(self, group: _Open) -> None:
        members = group.members
        self._samples -= len(members)
        self._pay(members)
        if len(members) < 2:
            self.single += 1
            return
        self.groups += 1
        columns = list(zip(*(member.values for member in members), strict=True))
        levels = [_is_level(column) for column in columns[: self.parts]]
        for part, level in enumerate(levels):
            self.varying[part] += level is False
        is_silent = levels[0]
        self.unscored += is_silent is None
        self.silent += is_silent is True
        for own, length in zip(self._along, columns[self.parts :], strict=True):
            for products, column in zip(own, columns, strict=False):
                products.add(column, length)
        right = [member for member in members if member.label is True]
        wrong = [member for member in members if member.label is False]
        if right and wrong:
            self._compare(group, right, wrong, is_silent is True)

    def _compare(self, group: _Open, right: Sequence[Member], wrong: Sequence[Member], is_silent: bool) -> None:
        of_right, of_wrong = (list(zip(*(m.values for m in side), strict=True)) for side in (right, wrong))
        found = [pairs(*columns) for columns in zip(of_right[: self.parts], of_wrong[: self.parts], strict=True)]
        whole = found[0]
        for ratio, own in zip(self._auc, found, strict=False):
            ratio.add(own.wins, own.total)
        if not whole.total:
            return
        self.mixed += 1
        self.blind += is_silent
        self.above += whole.above
        self.tied += whole.tied
        self.total += whole.total
        right, wrong = ([m for m in side if not math.isnan(_value(m))] for side in (right, wrong))
        for k, (longer, shorter) in enumerate(self._gain):
            place = self.parts + k
            own = pairs([m.values[place] for m in right], [m.values[place] for m in wrong])
            self._auc[place].add(own.wins, own.total)
            if own.total == whole.total:
                longer.add(whole.wins - own.wins, whole.total)
                shorter.add(whole.wins - (own.total - own.wins), whole.total)
        self._keep_worst(group, right, wrong)

    def _keep_worst(self, group: _Open, right: Sequence[Member], wrong: Sequence[Member]) -> None:
        highest, lowest = max(wrong, key=_value), min(right, key=_value)
        margin = _value(highest) - _value(lowest)
        if margin <= ROUNDING * max(abs(_value(highest)), abs(_value(lowest))):
            return
        self.inverted += 1
        item = (margin, -next(self._order), Inversion(group.name, margin, group.prompt, highest, lowest))
        if len(self._worst) < self._shown:
            heapq.heappush(self._worst, item)
        elif self._worst and item[:2] > self._worst[0][:2]:
            heapq.heapreplace(self._worst, item)

    def _pay(self, members: Sequence[Member]) -> None:
        paid = [
            (m.label, m.values[0] - self._bottom) for m in members if m.label is not None and m.values[0] == m.values[0]
        ]
        self._paid.add(math.fsum(v for is_right, v in paid if not is_right), math.fsum(v for _, v in paid))


def _value(member: Member) -> float:
    return member.values[0]


def _is_level(values: Sequence[float]) -> bool | None:
    """Whether all values are one and the same, up to rounding; None where there are fewer than two."""
    there = [value for value in values if not math.isnan(value)]
    if len(there) < 2:
        return None
    low, high = min(there), max(there)
    return high - low <= ROUNDING * max(abs(low), abs(high))
