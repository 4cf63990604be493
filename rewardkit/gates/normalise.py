"""Normalising: the value of one child, measured against the values that it has given so far.

    ZScore(reward_model, by="domain", warm_up=256)        # (v - mean) / std of the row's domain, cut at +-5
    Quantile(reward_model)                                # the share of earlier values below v

The statistics are a state that lives beside the gate's options:

- A batch is taken into the state first, and all its rows are then measured by the same state. So the order of the rows
  in a batch does not matter; the order of the batches does, as in anything that runs.
- Only finite values of the child enter it. Rows without one leave it alone.
- `state_dict()` is JSON and `load_state()` reads it: save it with the trainer's checkpoint, or a restart begins anew.
- Processes that share work exchange `increment()` (what each has added since its last) and `merge_state()` those of the
  others: nothing is counted twice. A state that was merged from parts is that of the whole.
- `update=False` freezes it: evaluation measures by what training has seen, and leaves no trace.
- All of it may be used from several threads.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic

from annotated_types import Ge, Gt

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import number, placed, spread, whole
from rewardkit.gates.node import Gate, Node, masked
from rewardkit.gates.running import MAX_DOMAINS, Histogram, Moments, Running, S
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score


class _Once:
    """A batch that enters the state once, however often its scores are asked for."""

    def __init__(self, child: Pending, finish: Callable[[Sequence[Score]], list[Score]]) -> None:
        self._child, self._finish = child, finish
        self._lock = threading.Lock()
        self._scores: list[Score] | None = None

    def result(self) -> list[Score]:
        """Wait for them: one score a sample, in order."""
        return self._settled(self._child.result())

    async def aresult(self) -> list[Score]:
        """The same from asyncio, without blocking the loop."""
        return self._settled(await self._child.aresult())

    def _settled(self, scores: Sequence[Score]) -> list[Score]:
        with self._lock:
            if self._scores is None:
                self._scores = self._finish(scores)
            return self._scores


@dataclass(frozen=True)
class Normalise(Gate, Generic[S]):
    """What `ZScore` and `Quantile` share: one child, the state, the domains, the warm-up.

    None: a child without a value leaves the row without one, with the child's outcome and reason. UNAVAILABLE is a row
    whose domain has fewer than `warm_up` values (its batch's included), that has no text or integer in the column `by`,
    or whose domain is the 1,001st.
    """

    child: Node
    by: Annotated[str | None, Doc("column whose text or integer names the domain; none: there is one")] = None
    warm_up: Annotated[int, Doc("values a domain must have before its rows get a value"), Ge(2)] = 100
    update: Annotated[bool, Doc("whether rows enter the state; false: the state is frozen, for evaluation")] = True
    state_file: Annotated[str | None, Doc("JSON file with a state_dict() to begin from")] = None
    running: Running[S] = field(default_factory=Running, init=False, repr=False, compare=False)
    name: str = "normalise"
    kind: ClassVar[str]

    def __post_init__(self) -> None:
        whole("warm_up", self.warm_up, 2)
        if self.by is not None and not (isinstance(self.by, str) and self.by):
            raise OptionError(f"by must be the name of a column, not {self.by!r}")
        spread(f"the child {self.child.name!r} of {self.kind}", self.child.range)
        self.check()
        if self.state_file is not None:
            self.load_state(_read(self.state_file))

    def check(self) -> None:
        """Raise `OptionError` for options that can't be used."""

    def statistic(self, values: Sequence[float]) -> S:
        """That of a batch of one domain."""
        raise NotImplementedError

    def parsed(self, told: Any) -> S:
        """The statistic that its `to_json` told; raises `OptionError`."""
        raise NotImplementedError

    def measured(self, scores: Sequence[Score], seen: S, domain: str | None) -> list[Score]:
        """The scores of the rows of one domain from the child's, which all have values."""
        raise NotImplementedError

    @property
    def cost(self) -> Cost:
        """That of the child."""
        return self.child.cost

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Begin on a batch; it enters the state when its scores are collected."""
        domains = [self._domain(sample) for sample in samples]
        return _Once(self.child.submit(samples), lambda scores: self._taken(scores, domains))

    def state_dict(self) -> dict[str, Any]:
        """The whole state, as JSON values."""
        return self._told(self.running.add({}, is_fresh=False))

    def increment(self) -> dict[str, Any]:
        """What this process has added since it last told: for `merge_state` in the others."""
        return self._told(self.running.take_fresh())

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict()`; raises `OptionError` for one that is not of such a gate."""
        self.running.replace(self._parts(state))

    def merge_state(self, state: Mapping[str, Any]) -> None:
        """Add the state or the increment of another process; raises `OptionError` as `load_state` does."""
        self.running.add(self._parts(state), is_fresh=False)

    def _told(self, parts: Mapping[str, S]) -> dict[str, Any]:
        domains = {domain: parts[domain].to_json() for domain in sorted(parts)}
        return {"kind": self.kind, "by": self.by, "domains": domains}

    def _parts(self, state: Mapping[str, Any]) -> dict[str, S]:
        if not isinstance(state, Mapping) or set(state) != {"kind", "by", "domains"}:
            raise OptionError(f"a state of {self.kind} has kind, by and domains, not {state!r:.80}")
        if (state["kind"], state["by"]) != (self.kind, self.by):
            raise OptionError(
                f"the state is of {state['kind']!r} by {state['by']!r}, and this gate is {self.kind!r} by {self.by!r}"
            )
        domains = state["domains"]
        if not isinstance(domains, Mapping) or len(domains) > MAX_DOMAINS:
            raise OptionError(f"domains must be a mapping of at most {MAX_DOMAINS} names, not {domains!r:.80}")
        parts = {}
        for domain, told in domains.items():
            try:
                parts[str(domain)] = self.parsed(told)
            except OptionError as error:
                raise OptionError(f"the state of the domain {domain!r}: {error}") from error
        return parts

    def _domain(self, sample: Sample) -> str | None:
        if self.by is None:
            return ""
        domain = sample.data.get(self.by)
        return str(domain) if isinstance(domain, (str, int)) and not isinstance(domain, bool) else None

    def _taken(self, scores: Sequence[Score], domains: Sequence[str | None]) -> list[Score]:
        rows: dict[str, list[int]] = {}
        settled: dict[int, Score] = {}
        for i, (score, domain) in enumerate(zip(scores, domains, strict=True)):
            if score.value is None:
                settled[i] = masked(self.child.name, score, {self.child.name: score})
            elif not math.isfinite(score.value):
                settled[i] = self._unavailable(score, f"{self.child.name} gave {score.value}, which is no number")
            elif domain is None:
                settled[i] = self._unavailable(score, f"the row has no text or integer in the column {self.by!r}")
            else:
                rows.setdefault(domain, []).append(i)
        parts = {domain: self.statistic([_value(scores[i]) for i in own]) for domain, own in rows.items()}
        seen = self.running.add(parts if self.update else {}, is_fresh=True)
        for domain, own in rows.items():
            found = self._scores([scores[i] for i in own], seen.get(domain), None if self.by is None else domain)
            settled.update(zip(own, found, strict=True))
        return [settled[i] for i in range(len(scores))]

    def _scores(self, scores: Sequence[Score], seen: S | None, domain: str | None) -> list[Score]:
        where = "" if domain is None else f" of {self.by} {domain!r:.80}"
        if seen is None and self.update:
            why = f"the state has {MAX_DOMAINS} domains and no room for {self.by} {domain!r:.80}"
            return [self._unavailable(score, why) for score in scores]
        if seen is None or seen.count < self.warm_up:
            why = f"{0 if seen is None else seen.count} of the {self.warm_up} values{where} needed have been seen"
            return [self._unavailable(score, why) for score in scores]
        return self.measured(scores, seen, domain)

    def _unavailable(self, score: Score, reason: str) -> Score:
        return Score.of(Outcome.UNAVAILABLE, f"{self.name}: {reason}", parts={self.child.name: score})


@dataclass(frozen=True)
class ZScore(Normalise[Moments]):
    """`(v - mean) / std` over the values seen so far (std with ddof 1), cut at `clip`. Range: [-clip, clip].

    Increasing in the child's value for a given state. Where all values so far are equal the std is 0, and the row gets
    0.0, the middle, with `all_equal` in its evidence.
    """

    clip: Annotated[float, Doc("z-scores are cut at it and at its negative"), Gt(0)] = 5.0
    name: str = "zscore"
    kind = "zscore"

    def check(self) -> None:
        if number("clip", self.clip) <= 0:
            raise OptionError(f"clip must be above 0, not {self.clip!r}")

    def statistic(self, values: Sequence[float]) -> Moments:
        """Their moments."""
        return Moments.of(values)

    def parsed(self, told: Any) -> Moments:
        """Moments from JSON."""
        return Moments.from_json(told)

    @property
    def range(self) -> Range:
        """From minus `clip` to `clip`."""
        return Range(-self.clip, self.clip)

    def measured(self, scores: Sequence[Score], seen: Moments, domain: str | None) -> list[Score]:
        """Each value's distance from the mean, in standard deviations."""
        std = seen.std
        evidence = {"count": seen.count, "mean": seen.mean, "std": std, "all_equal": std == 0, "domain": domain}
        found = []
        for score in scores:
            value = _value(score)
            z = (value - seen.mean) / std if std else 0.0
            told = f"{z:g} std from the mean {seen.mean:g}" if std else "equal to all others"
            reason = f"{self.child.name}({value:g}) is {told} of {seen.count} values"
            parts = {self.child.name: score}
            found.append(placed(z, reason, self.range, {"child": value, **evidence}, parts))
        return found


@dataclass(frozen=True)
class Quantile(Normalise[Histogram]):
    """The share of the values seen so far that lie below `v`, plus half of those equal to it. Range: [0, 1].

    Increasing in the child's value for a given state. Kept in a histogram that is exact up to 4,096 different values
    and afterwards joins neighbours (see `Histogram`); `error` in the evidence bounds how far the share may be off.
    """

    name: str = "quantile"
    kind = "quantile"

    def statistic(self, values: Sequence[float]) -> Histogram:
        """Their histogram over the child's range."""
        return Histogram.of(values, *self.child.range)

    def parsed(self, told: Any) -> Histogram:
        """A histogram from JSON; its range must be the child's."""
        histogram = Histogram.from_json(told)
        if (histogram.low, histogram.high) != tuple(self.child.range):
            within = Range(histogram.low, histogram.high)
            raise OptionError(f"it was made over {within}, and the child's range is {self.child.range}")
        return histogram

    @property
    def range(self) -> Range:
        """[0, 1]."""
        return UNIT

    @property
    def can_be_correct(self) -> bool:
        """Only of a frozen state: a value that is in the state itself never lies above all of it."""
        return not self.update

    def measured(self, scores: Sequence[Score], seen: Histogram, domain: str | None) -> list[Score]:
        """Each value's rank among those seen."""
        count, all_equal = seen.count, len(seen.bins) == 1
        found = []
        for score, (rank, error) in zip(scores, seen.ranks([_value(score) for score in scores]), strict=True):
            value = _value(score)
            evidence = {"child": value, "count": count, "error": error, "all_equal": all_equal, "domain": domain}
            reason = f"{self.child.name}({value:g}) has rank {rank:.4g} among {count} values (0 lowest, 1 highest)"
            found.append(placed(rank, reason, UNIT, evidence, {self.child.name: score}))
        return found


def _value(score: Score) -> float:
    assert score.value is not None  # rows without one were set aside
    return score.value


def _read(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise OptionError(f"can't read the state file {path!r}: {error}") from error
