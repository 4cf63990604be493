"""Length rewards that know how hard the prompt is: lengths are compared inside the group of responses to one prompt.

    KimiLength(math, unit="tokens", weight=0.5)      # the shortest correct response of its group earns most
    AlpLength(math, unit="tokens", max_length=8192, beta=0.2)      # length costs more where more responses are right

Each gate stands above a reward of correctness, whose group accuracy is the difficulty, and changes its value by length.
In none of them does a wrong response gain by being longer, and in none can one at the child's bottom overtake a correct
one; between the steps of a graded child only smaller weights keep the order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from rewardkit.errors import OptionError
from rewardkit.gates.group_length import GroupLength, Response, above, accuracy
from rewardkit.reward import Doc
from rewardkit.score import Range


@dataclass(frozen=True)
class KimiLength(GroupLength):
    """Kimi k1.5's length reward, added to the child's value: `value + weight * term`.

    With lambda = 0.5 - (L - least) / (most - least) over all judged responses of the group, the term of a correct
    response is lambda and of a wrong one min(0, lambda); 0 for all where all lengths are equal. So the longest response
    loses half the weight, the shortest correct one gains it, and no wrong one gains.

    Range: the child's, `weight / 2` wider at both ends. The least and most are those of the group, not of the batch as
    in open-r1. The published weight is not known; the term is off at first, and constant later (`scheduled`). It is
    scale free: among correct responses of nearly equal length the shortest still gains it all. Source: Kimi k1.5
    (arXiv 2501.12599), section 2.3.3.
    """

    weight: Annotated[float, Doc("what the term is multiplied by"), Gt(0)] = 1.0
    name: str = "kimi_length"

    def __post_init__(self) -> None:
        super().__post_init__()
        above("weight", self.weight, 0)
        self._refuse_unless(is_kept=self.weight / 2 < self._spread, what=f"weight must be below {2 * self._spread:g}")

    @property
    def range(self) -> Range:
        """The child's, half the weight wider at both ends."""
        low, high = self.child.range
        return Range(low - self.weight / 2, high + self.weight / 2)

    def values(self, group: Sequence[Response]) -> list[float]:
        """The value of each response of one group."""
        terms = kimi_terms([r.length for r in group], [r.is_correct for r in group])
        return [r.value + self.weight * term for r, term in zip(group, terms, strict=True)]


@dataclass(frozen=True)
class LeadLength(GroupLength):
    """GRPO-LEAD's length factor: the value of a correct response times `exp(-alpha * z)`.

    z = (L - mean) / (std + 1e-6) over the correct responses of the group (ddof 1; a single one has z = 0), kept within
    -z_limit ... z_limit, which no group of up to 10 reaches. A wrong response keeps its value. Nothing changes in a
    group whose three shortest responses have a mean length of `from_length` or less.

    Range: from the child's bottom to `top * exp(alpha * z_limit)`; the child's top must lie above 0. Source: GRPO-LEAD
    (arXiv 2504.09696), as its code computes it.
    """

    alpha: Annotated[float, Doc("how steeply length costs"), Gt(0), Lt(1)] = 0.05
    from_length: Annotated[int, Doc("mean of the three shortest lengths up to which nothing changes"), Ge(0)] = 4000
    z_limit: Annotated[float, Doc("the furthest that a length counts from the mean, in standard deviations"), Gt(0)] = (
        3.0
    )
    name: str = "lead_length"

    def __post_init__(self) -> None:
        super().__post_init__()
        above("alpha", self.alpha, 0)
        above("z_limit", self.z_limit, 0)
        low, high = self.child.range
        least = (high if self.correct_from is None else self.correct_from) * math.exp(-self.alpha * self.z_limit)
        self._refuse_unless(
            is_kept=least > max(low, 0), what="alpha and z_limit must leave a correct value above wrong"
        )

    @property
    def range(self) -> Range:
        """From the child's bottom to its top times the greatest factor."""
        low, high = self.child.range
        return Range(low, high * math.exp(self.alpha * self.z_limit))

    def values(self, group: Sequence[Response]) -> list[float]:
        """The value of each response of one group."""
        shortest = sorted(r.length for r in group)[:3]
        if sum(shortest) / len(shortest) <= self.from_length:
            return [r.value for r in group]
        factors = lead_factors(
            [r.length for r in group], [r.is_correct for r in group], alpha=self.alpha, z_limit=self.z_limit
        )
        return [r.value * factor for r, factor in zip(group, factors, strict=True)]


@dataclass(frozen=True)
class AlpLength(GroupLength):
    """Adaptive length penalty: `value - beta * min(L / max_length, 1) * max(accuracy, 1 / group size)`.

    Every unit of length costs, and the more the easier the prompt is: most where all responses are correct, least where
    none or one is. Right and wrong responses pay alike.

    Range: the child's, `beta` lower at the bottom. Source: Just Enough Thinking (arXiv 2506.05256); its text was not at
    hand, and the division by max_length, which gives beta a scale, is how others write it.
    """

    max_length: Annotated[int, Doc("the length from which on the penalty is whole"), Gt(0)] = 8192
    beta: Annotated[float, Doc("the whole penalty, where every response of the group is correct"), Gt(0)] = 0.2
    name: str = "alp_length"

    def __post_init__(self) -> None:
        super().__post_init__()
        above("max_length", self.max_length, 0)
        above("beta", self.beta, 0)
        self._refuse_unless(is_kept=self.beta < self._spread, what=f"beta must be below {self._spread:g}")

    @property
    def range(self) -> Range:
        """The child's, beta lower at the bottom."""
        low, high = self.child.range
        return Range(low - self.beta, high)

    def values(self, group: Sequence[Response]) -> list[float]:
        """The value of each response of one group."""
        rate = self.beta * max(accuracy(group), 1 / len(group))
        return [r.value - rate * min(r.length / self.max_length, 1.0) for r in group]


@dataclass(frozen=True)
class EfficientLength(GroupLength):
    """Arora and Zanette's efficiency: a correct response keeps `1 - alpha * sigmoid(z)` of its lead over wrong ones.

    z = (L - mean) / (std + 1e-6) over the correct responses of the group (ddof 0; the paper leaves it open). The value
    is `bottom + (value - bottom) * (1 - alpha * sigmoid(z))` for a correct response and the child's for a wrong one.

    Range: the child's. Source: Training Language Models to Reason Efficiently (arXiv 2502.04463).
    """

    alpha: Annotated[float, Doc("the greatest share that length can cost"), Gt(0), Lt(1)] = 0.2
    name: str = "efficient_length"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.alpha < 1:
            raise OptionError(f"alpha must lie between 0 and 1, not {self.alpha!r}")
        kept = self.correct_from is None or (1 - self.alpha) * self._spread > 0
        self._refuse_unless(is_kept=kept, what="alpha must leave a correct value above wrong")

    @property
    def range(self) -> Range:
        """The child's."""
        return self.child.range

    def values(self, group: Sequence[Response]) -> list[float]:
        """The value of each response of one group."""
        low = self.child.range.low
        zs = standardised([r.length for r in group], [r.is_correct for r in group], ddof=0)
        return [
            low + (r.value - low) * (1.0 - self.alpha / (1.0 + math.exp(-z))) if r.is_correct else r.value
            for r, z in zip(group, zs, strict=True)
        ]


def kimi_terms(lengths: Sequence[int], correct: Sequence[bool]) -> list[float]:
    """Kimi k1.5's term for each response of one group, in [-0.5, 0.5].

    >>> kimi_terms([100, 200, 300, 500], [True, True, False, False])
    [0.5, 0.25, 0.0, -0.5]
    """
    least, most = min(lengths), max(lengths)
    if least == most:
        return [0.0] * len(lengths)
    shares = [0.5 - (length - least) / (most - least) for length in lengths]
    return [share if right else min(0.0, share) for share, right in zip(shares, correct, strict=True)]


def lead_factors(
    lengths: Sequence[int], correct: Sequence[bool], *, alpha: float = 0.05, z_limit: float = math.inf
) -> list[float]:
    """GRPO-LEAD's factor for each response of one group: 1 for a wrong one.

    >>> [round(f, 6) for f in lead_factors([5000, 6000, 8000, 7000], [True, True, True, False])]
    [1.04461, 1.010971, 0.946907, 1.0]
    """
    zs = standardised(lengths, correct, ddof=1)
    return [
        math.exp(-alpha * min(max(z, -z_limit), z_limit)) if right else 1.0
        for z, right in zip(zs, correct, strict=True)
    ]


def standardised(lengths: Sequence[int], correct: Sequence[bool], *, ddof: int) -> list[float]:
    """How far each length lies from the mean of the correct ones, in their standard deviations (1 where there is none).

    >>> [round(z, 3) for z in standardised([10, 20, 30], [True, False, True], ddof=0)]
    [-1.0, 0.0, 1.0]
    """
    chosen = [length for length, right in zip(lengths, correct, strict=True) if right]
    if len(chosen) < 2:
        return [0.0] * len(lengths)
    mean = sum(chosen) / len(chosen)
    std = math.sqrt(math.fsum((length - mean) ** 2 for length in chosen) / (len(chosen) - ddof))
    return [(length - mean) / (std + 1e-6) for length in lengths]
