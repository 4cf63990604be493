"""Rewards from agreement: what most responses to a prompt answer is taken for the answer.

All functions take the cluster of each row (`clusters` of `rewardkit.groups.clusters`, or any whole numbers from 0 up;
-1 for a row that votes for nothing, because it has no answer or one that nobody could compare). Cluster numbers
mean something inside their group only. A row without a vote counts in the size of its group and earns nothing: few
answers that agree among many responses that give none are not a majority of the group.

Agreement is not truth, and a policy paid for it can collapse on one answer: watch `tally` over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge

from rewardkit.groups.arrays import Array, host, kind_of
from rewardkit.groups.layout import GroupError, Groups

Ties = Literal["none", "all", "first"]
Entropy = Literal["surprisal", "published"]


@dataclass(frozen=True, eq=False)
class Tally:
    """How the rows of each group agree. Arrays are of the kind that was given."""

    share: Array
    """`[n]`: rows of the row's cluster over rows of its group; 0 for a row without a vote."""
    majority: Array
    """`[count]`: the share of the largest cluster. Near 1 on every prompt: the policy has collapsed, or is done."""
    entropy: Array
    """`[count]`: `-sum p ln p / ln(rows)` in [0, 1]: over clusters, and each row without a vote as one of its own."""
    clusters: Array
    """`[count]` int: distinct answers."""
    answered: Array
    """`[count]` int: rows with a vote."""


@dataclass(frozen=True, eq=False)
class Vote:
    """What a majority vote decided."""

    rewards: Array
    """`[n]`: 1 for a row in a winning cluster, else 0."""
    winner: Array
    """`[count]` int: the winning cluster, the first of them where several win; -1 where the group decided nothing."""
    votes: Array
    """`[count]` int: rows of the largest cluster."""
    tied: Array
    """`[count]` int: how many clusters have that many rows."""


def tally(clusters: Any, groups: Groups) -> Tally:
    """How the rows of each group agree.

    >>> counted = tally([0, 1, 1, 0, 2], Groups.equal(5, 5))
    >>> counted.majority.tolist(), counted.clusters.tolist(), counted.entropy.round(3).tolist()
    ([0.4], [3], [0.655])
    """
    ballot = _Ballot.of(clusters, groups)
    majority = np.zeros(groups.count)
    np.maximum.at(majority, ballot.group, ballot.votes / groups.sizes[ballot.group])
    silent = groups.sizes - ballot.answered
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = _information(ballot.votes / groups.sizes[ballot.group])
        total = np.bincount(ballot.group, weights=bits, minlength=groups.count)
        total = total + silent / groups.sizes * np.log(groups.sizes)
        entropy = np.where(groups.sizes > 1, total / np.log(groups.sizes), 0.0)
    return Tally(
        ballot.given(ballot.share()),
        ballot.given(majority),
        ballot.given(entropy),
        ballot.given(np.bincount(ballot.group, minlength=groups.count)),
        ballot.given(ballot.answered),
    )


def ttrl(clusters: Any, groups: Groups, *, ties: Ties = "none", fewest: Annotated[int, Ge(1)] = 2) -> Vote:
    """Majority-vote pseudo labels (TTRL, arXiv 2504.16084): 1 for every row that answers as most of its group do.

    ties, where several clusters are largest: `none` (nobody is paid), `all` (each of them), `first` (the one whose
    first row comes first). fewest: a majority has at least so many rows; a lone answer agrees with nobody.

    The authors' code takes the first most common *string* (`ties="first"`, `fewest=1`), lets the absence of an
    answer vote as a string of its own, and then pays by equivalence with the winner: a label can win by strings that
    loses by meaning. Its labels come from all sampled votes while only the first rows of a prompt are trained on:
    vote over all rows and take from `rewards` those that you train. A group without a decision has rewards of 0
    throughout and the winner -1.

    >>> vote = ttrl([0, 1, 1, 0, 2], Groups.equal(5, 5), ties="first")
    >>> vote.rewards.tolist(), vote.winner.tolist(), vote.tied.tolist()
    ([1.0, 0.0, 0.0, 1.0, 0.0], [0], [2])
    """
    if ties not in get_args(Ties):
        raise GroupError(f"ties: one of {', '.join(get_args(Ties))}, not {ties!r}")
    if fewest < 1:
        raise GroupError(f"fewest must be at least 1, not {fewest!r}")
    ballot = _Ballot.of(clusters, groups)
    most = np.zeros(groups.count, dtype=np.int64)
    np.maximum.at(most, ballot.group, ballot.votes)
    largest = ballot.votes == most[ballot.group]
    tied = np.bincount(ballot.group, weights=largest, minlength=groups.count).astype(np.int64)
    earliest = np.full(groups.count, groups.rows)
    np.minimum.at(earliest, ballot.group[largest], ballot.first[largest])
    wins = largest & (most >= fewest)[ballot.group]
    if ties == "none":
        wins &= (tied == 1)[ballot.group]
    elif ties == "first":
        wins &= ballot.first == earliest[ballot.group]
    winner = np.full(groups.count, -1, dtype=np.int64)
    heads = wins & (ballot.first == earliest[ballot.group])
    winner[ballot.group[heads]] = ballot.cluster[heads]
    rewards = np.where(ballot.voted, np.append(wins, False)[ballot.slot], False).astype(np.float64)
    return Vote(ballot.given(rewards), ballot.given(winner), ballot.given(most), ballot.given(tied))


def ttrv(
    clusters: Any, groups: Groups, *, weight: Annotated[float, Ge(0)] = 0.75, entropy: Entropy = "surprisal"
) -> Array:
    """`[n]`: frequency of a row's answer minus an entropy term (TTRV, arXiv 2510.06783), in `[-weight, 1]`.

    With `p_i` the share of row i's cluster in its group of n rows:

    - `surprisal` (the default): `r_i = p_i - weight * (-ln p_i / ln n)`;
    - `published`: `r_i = p_i - weight * H`, `H = -sum p ln p / ln(distinct answers)`, 0 for one distinct answer.

    The published term is one number for the whole group, so whatever centres inside the group (GRPO, RLOO, Dr. GRPO)
    takes it out again to the last digit: the weight does nothing. Surprisal is the same entropy told row by row:
    its mean over a group is `H` up to the normaliser, it survives centring, and it is what the gradient of an entropy
    looks like. It is normalised by `ln n`, not by the distinct answers, for which 3 different of 3 and 30 of 30 are
    alike and a surprisal could exceed 1. A row without a vote has `p = 0` and gets `-weight` (`published`: it gets
    `-weight * H`, all such rows counted as one more answer in H; public code pays them the frequency of having none).

    >>> ttrv([0, 1, 1, 0, 2], Groups.equal(5, 5), entropy="published").round(6).tolist()
    [-0.320172, -0.320172, -0.320172, -0.320172, -0.520172]
    >>> ttrv([0, 0, 0, 1], Groups.equal(4, 4)).round(4).tolist()
    [0.5944, 0.5944, 0.5944, -0.5]
    """
    if entropy not in get_args(Entropy):
        raise GroupError(f"entropy: one of {', '.join(get_args(Entropy))}, not {entropy!r}")
    if not (np.isfinite(weight) and weight >= 0):
        raise GroupError(f"weight must be a finite number from 0 up, not {weight!r}")
    ballot = _Ballot.of(clusters, groups)
    share = ballot.share()
    with np.errstate(divide="ignore", invalid="ignore"):
        if entropy == "surprisal":
            rows = np.maximum(groups.spread(groups.sizes), 2)
            term = np.where(ballot.voted, -np.log(share) / np.log(rows), 1.0)
        else:
            silent = (groups.sizes - ballot.answered) / groups.sizes
            total = np.bincount(
                ballot.group, weights=_information(ballot.votes / groups.sizes[ballot.group]), minlength=groups.count
            ) + _information(silent)
            kinds = np.bincount(ballot.group, minlength=groups.count) + (silent > 0)
            term = groups.spread(np.where(kinds > 1, total / np.log(kinds), 0.0))
    return ballot.given(share - weight * term)


@dataclass(frozen=True, eq=False)
class _Ballot:
    """The distinct clusters of every group, and how many rows each has."""

    source: Any
    voted: np.ndarray
    """`[n]` bool."""
    slot: np.ndarray
    """`[n]`: the place of the row's cluster in the arrays below; anything for a row without a vote."""
    group: np.ndarray
    cluster: np.ndarray
    votes: np.ndarray
    first: np.ndarray
    """The first row of each cluster."""
    answered: np.ndarray
    """`[count]`."""
    sizes: np.ndarray

    @classmethod
    def of(cls, clusters: Any, groups: Groups) -> _Ballot:
        ids = host(clusters)
        if ids.shape != (groups.rows,) or not (np.issubdtype(ids.dtype, np.integer) or groups.rows == 0):
            raise GroupError(
                f"clusters are one whole number a row, shape ({groups.rows},), not {ids.dtype} of shape {ids.shape}"
            )
        ids = ids.astype(np.int64)
        voted = ids >= 0
        span = int(ids.max(initial=0)) + 1
        rows = np.flatnonzero(voted)
        keys, first, inverse, votes = np.unique(
            groups.index[rows] * span + ids[rows], return_index=True, return_inverse=True, return_counts=True
        )
        slot = np.full(groups.rows, -1)
        slot[rows] = inverse.reshape(-1)
        group = keys // span
        answered = np.bincount(groups.index[rows], minlength=groups.count)
        return cls(clusters, voted, slot, group, keys % span, votes, rows[first], answered, groups.spread(groups.sizes))

    def share(self) -> np.ndarray:
        """`[n]`: rows of the row's cluster over rows of its group; 0 without a vote."""
        share: np.ndarray = np.where(self.voted, np.append(self.votes, 0)[self.slot], 0) / self.sizes
        return share

    def given(self, values: np.ndarray) -> Array:
        """Where the clusters came from."""
        kind = kind_of(self.source)
        return kind.move(values) if np.issubdtype(values.dtype, np.integer) else kind.wide(values)


def _information(p: np.ndarray) -> np.ndarray:
    """`-p ln p`, 0 at 0."""
    return np.where(p > 0, -p * np.log(np.where(p > 0, p, 1.0)), 0.0)
