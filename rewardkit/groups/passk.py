"""pass@k: its unbiased estimate, and advantages that train for it.

A sample is good when one of its k answers is right, so a policy trained for pass@k should spread its attempts. All
functions here know the k-subsets of a group in closed form; none draws or lists them.

Correctness is 1, 0, or NaN for a row that could not be scored; anything else is refused, because the public
implementations pass a 0.5 or a -1 through as if it were an advantage. A group with fewer scored rows than k (a
judge failed) gives no advantage and is not kept; a group that was *sampled* smaller than k is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, NamedTuple, get_args

import numpy as np
from annotated_types import Ge

from rewardkit.groups.arrays import Array, Kind, host, kind_of, lookup
from rewardkit.groups.layout import GroupError, Groups
from rewardkit.groups.shaped import Batch, Shaped

PkpoVariant = Literal["s", "loo", "loo-1"]


def pass_at_k(samples: Any, correct: Any, k: Annotated[int, Ge(1)]) -> Array:
    """The unbiased estimate of pass@k (Chen et al. 2021, arXiv 2107.03374): `1 - C(n-c, k) / C(n, k)`.

    samples: `[...]` how many answers were drawn, `n`; correct: `[...]` how many of them are right, `c`. NaN where
    `n < k`, for which there is no unbiased estimate. Exactly 1 where fewer than k are wrong, exactly 0 for `c = 0`.

    Computed as `-expm1(sum_{j<k} log1p(-c / (n-j)))`: no binomial that overflows, and none of the cancellation that
    `1 - product` has for rare successes. The authors' script multiplies `1 - k/i` over the right answers, and leaves
    a k out altogether when one problem has fewer samples.

    >>> pass_at_k([10, 10, 10, 4], [3, 0, 6, 4], 5).round(6).tolist()
    [0.916667, 0.0, 1.0, nan]
    """
    _require_k(k)
    kind = kind_of(samples, correct)
    n, c = kind.wide(samples), kind.wide(correct)
    if bool((c < 0).any()) or bool((c > n).any()):
        raise GroupError("the number of right answers lies between 0 and the number of samples")
    return kind.lib.where(n >= k, kind.lib.abs(kind.lib.expm1(_log_miss(kind, n, c, k))), float("nan"))


def group_pass_at_k(correct: Any, groups: Groups, k: Annotated[int, Ge(1)]) -> Array:
    """`[count]`: `pass_at_k` of every group, over its scored rows; NaN where fewer than k are scored.

    correct: `[n]` 1, 0 or NaN.
    """
    batch = correctness(correct, groups)
    return pass_at_k(batch.counts, groups.sum(batch.rewards), k)


class PassAtK(NamedTuple):
    """One point of a pass@k curve."""

    k: int
    value: float
    """The mean over the groups that have k scored rows; NaN when none has."""
    groups: int
    """How many groups that are. Points over different groups can't be compared: a curve may then even fall."""


def pass_at_k_curve(correct: Any, groups: Groups, ks: Sequence[int]) -> list[PassAtK]:
    """pass@k of a batch for several k.

    >>> curve = pass_at_k_curve([1, 0, 0, 0, 0, 0, 0], Groups.from_sizes([4, 3]), [1, 4])
    >>> [(point.k, round(point.value, 6), point.groups) for point in curve]
    [(1, 0.125, 2), (4, 1.0, 1)]
    """
    points = []
    for k in ks:
        values = host(group_pass_at_k(correct, groups, k))
        known = values[~np.isnan(values)]
        points.append(PassAtK(k, float(known.mean()) if len(known) else math.nan, len(known)))
    return points


def passk_training(
    correct: Any, groups: Groups, *, k: Annotated[int, Ge(1)], eps: Annotated[float, Ge(0)] = 1e-6
) -> Shaped:
    """Advantages for pass@k as the reward, over all k-subsets of a group at once (arXiv 2508.10751).

    correct: `[n]` 1, 0 or NaN. With n scored rows, c of them right:
    `miss = C(n-c, k) / C(n, k)`, `rho = 1 - miss`, `sigma = sqrt(rho * miss)`;
    a right row gets `miss / (sigma + eps)`,
    a wrong one `(miss - C(n-c-1, k-1) / C(n-1, k-1)) / (sigma + eps)`, which is `-q * c / n / (sigma + eps)` with
    q that last quotient. They sum to 0 over a group.

    `k = 1` is GRPO with ddof 0. Exactly 0 when none is right, and when fewer than k are wrong (every subset then
    succeeds): such a group can be MIXED and have no `signal`. The authors' code finds right and wrong by `== 1` and
    `== 0`, so that rewards of -1 and 1 give every wrong row the "advantage" -1; here they are refused.

    >>> passk_training([1, 1, 0, 0, 0, 0, 0, 0], Groups.equal(8, 8), k=4).advantages.round(4).tolist()
    [0.5222, 0.5222, -0.1741, -0.1741, -0.1741, -0.1741, -0.1741, -0.1741]
    """
    _require_k(k)
    _require_sizes(groups, k, f"pass@{k} training")
    batch = correctness(correct, groups)
    kind, lib = batch.kind, batch.kind.lib
    n, c = batch.counts, groups.sum(batch.rewards)
    log_miss = _log_miss(kind, n, c, k)
    miss, rho = lib.exp(log_miss), lib.abs(lib.expm1(log_miss))
    scale = lib.sqrt(rho * miss) + eps
    without_one = lib.exp(_log_miss(kind, n - 1, c, k - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        right = lib.where(miss > 0, miss / scale, 0.0)
        wrong = lib.where((rho > 0) & (miss > 0), -without_one * c / n / scale, 0.0)
    advantages = lib.where(batch.rewards == 1, groups.spread(right), groups.spread(wrong))
    return batch.shaped(advantages, groups.spread(n >= k))


def top_gap(
    rewards: Any,
    groups: Groups,
    *,
    scaled: bool = True,
    eps: Annotated[float, Ge(0)] = 1e-6,
    ddof: Annotated[int, Ge(0)] = 1,
) -> Shaped:
    """Only the best row of a group is pushed, by its lead: `A = (r_max - r_second) / (std_g + eps)` (arXiv 2503.19595).

    rewards: `[n]`, NaN where not scored. Not scaled: without the divisor. All other rows get 0, so the advantages
    do not sum to 0. Two rows tied for best: 0 for all. This is verl's `grpo_passk`; verl raises for a group of one
    row, here it gets 0 and the state SINGLE.

    >>> top_gap([1.0, 0.5, 0.2, 0.9], Groups.equal(4, 4)).advantages.round(4).tolist()
    [0.2705, 0.0, 0.0, 0.0]
    """
    batch = Batch.of(rewards, groups)
    kind, lib = batch.kind, batch.kind.lib
    counts = host(batch.counts).astype(np.int64)
    order, first = groups.order(batch.rewards), groups.starts
    ascending = batch.rewards[order]
    best, second = (kind.move(first + np.maximum(counts - back, 0)) for back in (1, 2))
    lead = ascending[best] - ascending[second]
    if scaled:
        with np.errstate(invalid="ignore", divide="ignore"):
            lead = lead / (groups.std(batch.rewards, ddof) + eps)
    advantages = lib.zeros_like(batch.rewards)
    advantages[order[best]] = lead
    return batch.shaped(batch.where_mixed(advantages))


def max_at_k(rewards: Any, groups: Groups, k: Annotated[int, Ge(1)]) -> Array:
    """`[count]`: the mean over all k-subsets of a group of their best reward (arXiv 2505.15201); NaN below k rows.

    With rewards sorted up, `rho = sum_i C(i-1, k-1) / C(n, k) * x_(i)`: for 0/1 rewards it is pass@k.

    >>> float(max_at_k([0, 0.2, 0.5, 1.0], Groups.equal(4, 4), 2).round(6)[0])
    0.7
    """
    _require_k(k)
    batch = Batch.of(rewards, groups)
    ranks = _Ranks(batch)
    total = groups.sum(ranks.back(ranks.weights(lambda n: _chances(n, 0, k - 1, math.comb(n, k))) * ranks.ascending))
    return batch.kind.lib.where(batch.counts >= k, total, float("nan"))


def pkpo(rewards: Any, groups: Groups, *, k: Annotated[int, Ge(1)], variant: PkpoVariant = "loo-1") -> Shaped:
    """Rewards transformed so that the plain policy gradient climbs max_g@k (PKPO, arXiv 2505.15201).

    rewards: `[n]`, NaN where not scored; sorted up inside each group. Over the k-subsets I of the n scored rows:

    - `s`: `s_i = 1/C(n,k) * sum_{I contains i} max(I)`: unbiased, high variance;
    - `loo`: `s_i - 1/(n-1) * sum_{j != i} s_j` with the `s_j` computed as if i were not there: needs `k < n`;
    - `loo-1`: `1/C(n,k) * sum_{I contains i} (max(I) - max(I without i))`, the maximum of nothing being 0. Never
      negative for rewards that are not, and 0 for the k-1 lowest of them.

    `k = 1`: `s` and `loo-1` are `r / n`. None is centred or scaled further. `n log n`, no subset is listed.

    >>> pkpo([0, 0.2, 0.5, 1.0], Groups.equal(4, 4), k=2).advantages.round(6).tolist()
    [0.0, 0.033333, 0.133333, 0.383333]
    """
    _require_k(k)
    if variant not in get_args(PkpoVariant):
        raise GroupError(f"variant of pkpo: one of {', '.join(get_args(PkpoVariant))}, not {variant!r}")
    least = k + 1 if variant == "loo" else k
    _require_sizes(groups, least, f"pkpo {variant} with k = {k}")
    batch = Batch.of(rewards, groups)
    ranks = _Ranks(batch)
    x = ranks.ascending

    def containing() -> Array:
        tops = ranks.weights(lambda n: _chances(n, 0, k - 1, math.comb(n, k))) * x
        return tops + ranks.after(ranks.weights(lambda n: _chances(n, -1, k - 2, math.comb(n, k))) * x)

    if variant == "loo-1":
        # sum_{j<i} C(j-1, k-2) (x_i - x_j): of i's subsets those that it tops, by their second best
        share = ranks.weights(lambda n: _chances(n, 0, k - 2, math.comb(n, k)))
        value = ranks.before(share) * x - ranks.before(share * x) if k > 1 else x / _at_least_one(ranks.scored)
    elif variant == "s":
        value = containing()
    else:
        lower = ranks.before(ranks.weights(lambda n: _chances(n, 0, k - 1, _subsets(n - 1, k))) * x)
        upper = ranks.after(ranks.weights(lambda n: _chances(n, -1, k - 1, _subsets(n - 1, k))) * x)
        value = containing() - (lower + upper) * k / _at_least_one(ranks.scored - 1)
    return batch.shaped(ranks.back(value), groups.spread(batch.counts >= least))


def correctness(correct: Any, groups: Groups) -> Batch:
    """The batch, if its values are 1, 0 and NaN only."""
    batch = Batch.of(correct, groups)
    strange = batch.scored & (batch.rewards != 0) & (batch.rewards != 1)
    if strange.any():
        row = int(np.flatnonzero(host(strange))[0])
        raise GroupError(
            f"row {row} is {float(batch.rewards[row]):g}; correctness is 1 or 0: recode rewards first (`r >= t`)"
        )
    return batch


class _Ranks:
    """A batch sorted inside its groups, with weights by rank and sums over the rows below or above."""

    def __init__(self, batch: Batch) -> None:
        groups, self.kind = batch.groups, batch.kind
        self.order = groups.order(batch.rewards)
        ascending = batch.rewards[self.order]
        known = ~self.kind.lib.isnan(ascending)
        self.ascending = self.kind.lib.where(known, ascending, 0.0)
        self.scored = groups.spread(batch.counts)[self.order]
        self._counts = host(batch.counts).astype(np.int64)
        self._places, self._sizes = groups.places, groups.sizes
        self._group = groups.index[host(self.order)]

    def weights(self, table: Callable[[int], np.ndarray]) -> Array:
        """`[n]`: `table(scored rows of the group)` at each row's rank; 0 for rows that are not scored."""
        tables, begin = lookup(self.kind, table, self._counts)
        at = begin[self._counts][self._group] + self._places
        inside = self._places < self._counts[self._group]
        last = len(tables) - 1
        return self.kind.lib.where(self.kind.move(inside), tables[self.kind.move(np.minimum(at, last))], 0.0)

    def before(self, values: Array) -> Array:
        """`[n]`: the sum over the rows of lower rank in the group."""
        return running_sums(self.kind, values, self._places) - values

    def after(self, values: Array) -> Array:
        """`[n]`: the sum over the rows of higher rank in the group."""
        lib = self.kind.lib
        left = np.repeat(self._sizes, self._sizes) - 1 - self._places
        return lib.flip(running_sums(self.kind, lib.flip(values, (0,)), left[::-1].copy()), (0,)) - values

    def back(self, values: Array) -> Array:
        """`[n]`: from the sorted order to the order of the rows."""
        rows = self.kind.lib.empty_like(values)
        rows[self.order] = values
        return rows


def running_sums(kind: Kind, values: Array, places: np.ndarray, decay: float = 1.0) -> Array:
    """`[n]`: `sum_j decay^(i-j) v_j` over the row and those before it in its segment; `places` counts from its start.

    In `log2(longest)` rounds, each adding what stands `step` before: unlike a difference of two sums over the whole
    batch it loses no digits to other segments, and a NaN stays in its own.
    """
    lib, step, longest = kind.lib, 1, int(places.max(initial=0))
    while step <= longest:
        shifted = lib.concatenate([lib.zeros_like(values[:step]), values[:-step]])
        values = values + lib.where(kind.move(places >= step), shifted * decay**step, 0.0)
        step *= 2
    return values


def _log_miss(kind: Kind, n: Array, c: Array, k: int) -> Array:
    """`log(C(n-c, k) / C(n, k))`, the chance that k of n drawn without return are all wrong; -inf where it is 0."""
    lib = kind.lib
    total = lib.zeros_like(n)
    with np.errstate(divide="ignore"):
        for j in range(k):
            total = total + lib.log1p(-lib.clip(c / lib.clip(n - j, 0.5, None), None, 1.0))
    return total


def _chances(n: int, first: int, chosen: int, subsets: int) -> np.ndarray:
    """`[n]`: `C(j + first, chosen) / subsets` for j = 0, 1, ... n-1, with `first` 0 or -1; 0 where that is negative.

    From the last place down by `C(m-1, r) = C(m, r) (m-r) / m`: only one quotient of whole numbers is formed, and
    nothing overflows.
    """
    top, table = n - 1 + first, np.zeros(n)
    if top < 0 or chosen < 0 or chosen > top or subsets == 0:
        return table
    m = np.arange(top, 0, -1)
    falling = np.cumprod(np.concatenate([[1.0], np.clip(m - chosen, 0, None) / m]))
    table[n - 1 - top :] = (math.comb(top, chosen) / subsets * falling)[::-1]
    return table


def _subsets(n: int, k: int) -> int:
    return math.comb(n, k) if n > 0 else 0


def _at_least_one(counts: Array) -> Array:
    return kind_of(counts).lib.clip(counts, 1.0, None)


def _require_k(k: int) -> None:
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise GroupError(f"k must be a whole number from 1 up, not {k!r}")


def _require_sizes(groups: Groups, least: int, what: str) -> None:
    small = np.flatnonzero(groups.sizes < least)
    if len(small):
        group = small[0]
        raise GroupError(
            f"{what} needs {least} rows a group, but {groups.labels[group]!r} has {groups.sizes[group]}"
            + (f", and {len(small) - 1} more groups are too small" if len(small) > 1 else "")
        )
