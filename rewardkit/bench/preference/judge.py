"""`Judge`: a function that compares two responses, run like a peer: in a worker process, under a deadline.

    def prefer(prompt, first, second):          # three texts
        return -1 if len(first) > len(second) else 1

Its result is a number in [-1, 1]: -1 where the first response is better, 1 where the second one is, 0 for a tie, and
what lies between for degrees of certainty (the sign of the preference models in Tinker's cookbook). Everything else
that it returns, an error, and a missed deadline are no verdict: such a pair is unscored, and the reason is told.

Each pair is shown in both orders. A fair judge gives the second time the negative of what it gave the first time.
"""

from __future__ import annotations

import numbers
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewardkit.bench.peer import load
from rewardkit.bench.preference.changes import Changes
from rewardkit.bench.preference.estimates import Count, Estimate
from rewardkit.errors import UsageError
from rewardkit.reward import Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score

BETWEEN = Range(-1.0, 1.0)
"""From "the first one" to "the second one"."""

_SPEC = re.compile(r"[A-Za-z_][\w.]{0,200}:[A-Za-z_][\w.]{0,200}")
_DEFAULT = "prefer"
_NOT_JUDGED = frozenset((Outcome.TIMEOUT, Outcome.CRASHED))
"""Outcomes with a value by which a judge that hangs or dies would seem to prefer the first response."""


@dataclass(frozen=True)
class Judge(Verifier):
    """A comparing function by its dotted path or file. The second response stands in the sample's `data`."""

    where: str
    """`module:function`, or `file.py:function` with an absolute path."""

    @classmethod
    def of(cls, spec: str) -> Judge:
        """The judge that a person names as `package.module:function`, `FILE.py:function` or `FILE.py` (`prefer`).

        Raises:
            UsageError: the spec is malformed, or there is no such module, file or function.
            MissingExtraError: it needs a module that is not installed.
        """
        file, colon, function = spec.partition(".py:")
        if colon or spec.endswith(".py"):
            path = Path(f"{file.removesuffix('.py')}.py").resolve()
            if not path.is_file():
                raise UsageError(f"there is no file {str(path)!r}")
            judge = cls(f"{path}:{function or _DEFAULT}")
        elif _SPEC.fullmatch(spec.strip()):
            judge = cls(spec.strip())
        else:
            raise UsageError(f"{spec!r} names no judge; expected package.module:function or FILE.py:function")
        load(judge.where)
        return judge

    @property
    def range(self) -> Range:
        """See `BETWEEN`."""
        return BETWEEN

    @property
    def preload(self) -> tuple[str, ...]:  # type: ignore[override]  # of a class elsewhere; here each judge has its own
        """Its module, so that no row's clock runs while it is imported."""
        return () if ".py:" in self.where else (self.where.partition(":")[0],)

    def verify(self, sample: Sample) -> Score:
        """What the judge says of one order."""
        _, function = load(self.where)
        try:
            said = function(sample.prompt_text, sample.response_text, sample.data["second"])
        except (MemoryError, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever a judge raises is what is being measured here
            return self.unavailable(f"the judge raised {type(error).__name__}: {error}"[:300])
        is_number = isinstance(said, numbers.Real) and not isinstance(said, bool)
        if not is_number or not BETWEEN.low <= float(said) <= BETWEEN.high:
            return self.unavailable(f"the judge returned {said!r:.80}; expected a number from -1 (first) to 1 (second)")
        return self.graded(float(said), f"the judge says {float(said):g}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _loaded, (self.where,)


def _loaded(where: str) -> Judge:
    """A judge whose function is imported already, so that a worker never imports on a row's clock."""
    load(where)
    return Judge(where)


def both_orders(one: Sample, other: Sample) -> tuple[Sample, Sample]:
    """The pair as it is and swapped, as a `Judge` takes it."""
    prompt = one.prompt
    return (
        Sample(prompt=prompt, response=one.response_text, data={"second": other.response_text}),
        Sample(prompt=prompt, response=other.response_text, data={"second": one.response_text}),
    )


def support(scores: tuple[Score, Score]) -> tuple[float, float] | None:
    """How much each order speaks for the first sample given to `both_orders`; None without two verdicts.

    >>> graded = [Score.graded(value, "judged", within=BETWEEN) for value in (-0.5, 1.0)]
    >>> support((graded[0], graded[1]))
    (0.5, 1.0)
    """
    there, swapped = scores
    if there.value is None or swapped.value is None or {there.outcome, swapped.outcome} & _NOT_JUDGED:
        return None
    return (0.0 - there.value, swapped.value)


def why_not(scores: tuple[Score, Score]) -> str:
    """Why a pair has no verdict."""
    silent = next(s for s in scores if s.value is None or s.outcome in _NOT_JUDGED)
    return f"{silent.outcome}: {silent.reason}"


@dataclass(slots=True)
class Places:
    """What the place of a response does to the verdict, counted over pairs."""

    pairs: int = 0
    same: int = 0
    """Pairs with one verdict in both orders, ties in both among them."""
    first: int = 0
    """Pairs of which whichever stands first is preferred."""
    second: int = 0
    """Pairs of which whichever stands second is preferred."""
    half: int = 0
    """Pairs with a tie in one order and a preference in the other."""
    ties: int = 0
    """Pairs with a tie in both orders."""
    unscored: int = 0
    gain: Changes = field(default_factory=Changes)
    """What a response gains by standing first: half of the difference in its support, from -1 to 1."""

    def add(self, first: float, second: float) -> None:
        """Count a pair by the support that one of its responses has in the first place and in the second."""
        self.pairs += 1
        ours, theirs = (first > 0) - (first < 0), (second > 0) - (second < 0)
        self.same += ours == theirs
        self.ties += ours == theirs == 0
        self.first += ours > theirs and ours * theirs < 0
        self.second += ours < theirs and ours * theirs < 0
        self.half += ours != theirs and ours * theirs == 0
        self.gain.add(second / 2, first / 2)

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """The shares of pairs, with Wilson intervals."""
        shares = (
            ("same verdict in both orders", self.same),
            ("whichever stands first is preferred", self.first),
            ("whichever stands second is preferred", self.second),
            ("preferred in one order, a tie in the other", self.half),
            ("a tie in both orders", self.ties),
        )
        return tuple(Count(self.pairs, count, self.unscored).estimate(name) for name, count in shares)

    @property
    def net(self) -> Estimate:
        """The net position bias: the mean gain of the first place, from -1 to 1, with its normal interval."""
        name, interval = "net position bias", self.gain.interval
        if interval is None:
            value = self.gain.mean if self.pairs else None
            return Estimate(name, value, None, None, self.pairs, None, self.unscored, "none")
        return Estimate(name, self.gain.mean, *interval, self.pairs, None, self.unscored, "normal")
