"""A trial: a reward against generated responses whose verdict is known, and what came of it by class.

    result = Trial(reward, rows, "attack", seed=0, per_class=200).run(ATTACKS)
    print(as_markdown(result))

In attack mode a hit is a response that was rewarded and must not be; in rewrites mode one that was not rewarded and
must be. A response without a value (None) is neither: it is counted apart, and in no rate.
"""

from __future__ import annotations

import collections
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rewardkit import __version__
from rewardkit.bench.carriers import honest
from rewardkit.bench.kinds import Material
from rewardkit.bench.probes import Probe, ProbeClass, Tally, harvest
from rewardkit.bench.statistics import Rate
from rewardkit.errors import UsageError
from rewardkit.gates.node import Node
from rewardkit.score import Score

Mode = Literal["attack", "rewrites"]
_CHUNK = 128
_CHUNK_CHARS = 1 << 20
HIT_WORDS: Mapping[str, str] = {"attack": "rewarded", "rewrites": "not rewarded"}
"""What a hit is, in words."""


@dataclass(slots=True)
class ClassResult:
    """What came of one class."""

    name: str
    why: str
    is_policy: bool
    hits: int = 0
    scored: int = 0
    """Responses with a value that could be judged."""
    unscored: int = 0
    """Responses without a value, and those that could not be compared with the honest response."""
    honest_missed: int = 0
    """Hits of rewrites mode in which the plain reference is not rewarded either."""
    tally: Tally = field(default_factory=Tally)
    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)

    @property
    def rate(self) -> Rate:
        """Hits of all responses that could be judged."""
        return Rate(self.hits, self.scored)


@dataclass(slots=True)
class TrialResult:
    """What came of all classes."""

    mode: Mode
    reward: str
    within: tuple[float, float]
    bar: float
    """The value from which a response counts as rewarded; the honest response's in graded mode."""
    is_graded: bool
    seed: int
    rows: int
    kinds: Mapping[str, int]
    honest: Rate
    """Plain references that are rewarded, of the rows that were used."""
    classes: list[ClassResult]

    @property
    def ran(self) -> list[ClassResult]:
        """The classes with at least one judged response, worst first."""
        ran = [c for c in self.classes if c.scored]
        return sorted(ran, key=lambda c: (-(c.rate.value or 0.0), -c.rate.interval.low, c.name))

    @property
    def skipped(self) -> list[ClassResult]:
        """The classes without one."""
        return [c for c in self.classes if not c.scored]

    def total(self, is_policy: bool = False) -> Rate:
        """Over all classes that are, or are not, a matter of policy."""
        counted = [c for c in self.classes if c.is_policy == is_policy]
        return Rate(sum(c.hits for c in counted), sum(c.scored for c in counted))


class Trial:
    """Scores probes with a reward.

    Args:
        reward: what is tried.
        rows: the material, as the table's own `prepare` makes it.
        mode: what a hit is.
        below: a response is rewarded at or above this value; by default at the top of the range.
        is_graded: a response is rewarded when it scores at least as high as the honest one, for rewards that are
            graded or learned. Rows whose honest response gets the bottom of the range, or that have none, say nothing
            and are unscored.
    """

    def __init__(
        self,
        reward: Node,
        rows: Sequence[Material],
        mode: Mode,
        *,
        seed: int = 0,
        per_class: int | None = None,
        below: float | None = None,
        is_graded: bool = False,
    ) -> None:
        within = reward.range
        if below is not None and not within.low < below <= within.high:
            raise UsageError(f"the value to reach must lie in ({within.low:g}, {within.high:g}], not {below:g}")
        if below is not None and is_graded:
            raise UsageError("a value to reach and the comparison with the honest response exclude each other")
        self.reward = reward
        self.rows = rows
        self.mode = mode
        self.seed = seed
        self.per_class = per_class
        self.bar = within.high if below is None else below
        self.is_graded = is_graded
        self._honest: dict[int, Score] = {}

    def run(
        self,
        table: Sequence[ProbeClass],
        on_hit: Callable[[dict[str, Any]], None] = lambda row: None,
        on_class: Callable[[ClassResult], None] = lambda result: None,
    ) -> TrialResult:
        """Every class of `table`; `on_hit` gets each hit as a row, in order."""
        results = []
        for probe_class in table:
            result = ClassResult(probe_class.name, probe_class.why, probe_class.is_policy)
            probes = harvest(probe_class, self.rows, seed=self.seed, per_class=self.per_class, tally=result.tally)
            for chunk in _chunks(probes):
                self._judge(chunk, result, on_hit)
            results.append(result)
            on_class(result)
        rewarded = [s.value >= self.bar for s in self._honest.values() if s.value is not None]
        kinds = collections.Counter(row.kind.value for row in self.rows)
        return TrialResult(
            self.mode,
            self.reward.name,
            (self.reward.range.low, self.reward.range.high),
            self.bar,
            self.is_graded,
            self.seed,
            len(self.rows),
            dict(sorted(kinds.items())),
            Rate(sum(rewarded), len(rewarded)),
            results,
        )

    def _judge(self, chunk: Sequence[Probe], result: ClassResult, on_hit: Callable[[dict[str, Any]], None]) -> None:
        missing = {p.material.index: p.material for p in chunk if p.material.index not in self._honest}
        pending = self.reward.submit([p.sample for p in chunk])
        plain = {index: Probe("plain", m, honest(m)).sample for index, m in missing.items() if honest(m)}
        self._honest.update(zip(plain, self.reward.score(list(plain.values())), strict=True))
        for probe, score in zip(chunk, pending.result(), strict=True):
            result.outcomes[score.outcome.value] += 1
            base = self._honest.get(probe.material.index)
            is_rewarded = self._is_rewarded(score, base)
            if is_rewarded is None:
                result.unscored += 1
                continue
            result.scored += 1
            if is_rewarded == (self.mode == "attack"):
                result.hits += 1
                result.honest_missed += base is not None and (base.value is None or base.value < self.bar)
                on_hit(_row(probe, score, base))

    def _is_rewarded(self, score: Score, base: Score | None) -> bool | None:
        """Whether a score counts as a reward; None where that can't be said."""
        if score.value is None:
            return None
        if not self.is_graded:
            return score.value >= self.bar
        if base is None or base.value is None or base.value <= self.reward.range.low:
            return None
        return score.value >= base.value


def _row(probe: Probe, score: Score, base: Score | None) -> dict[str, Any]:
    sample = probe.material.sample
    return {
        "class": probe.name,
        "kind": probe.material.kind.value,
        "id": sample.id,
        "prompt": sample.prompt_text,
        "reference": sample.reference,
        "response": probe.response,
        "reward": score.value,
        "honest_reward": None if base is None else base.value,
        "outcome": score.outcome.value,
        "reason": score.reason,
    }


def _chunks(probes: Iterator[Probe]) -> Iterator[list[Probe]]:
    chunk: list[Probe] = []
    size = 0
    for probe in probes:
        chunk.append(probe)
        size += len(probe.response)
        if len(chunk) >= _CHUNK or size >= _CHUNK_CHARS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def as_json(result: TrialResult) -> str:
    """The result as JSON.

    `classes` holds, worst first, `name`, `why`, `policy`, `n` (responses that could be judged), `hits`, `rate`, the
    ends `low` and `high` of its Wilson 95 % interval, `unscored`, `honest_missed`, `outcomes`, and the rows that were
    `not_applicable` or `dropped`; `skipped` the classes without a judged response.
    """
    return json.dumps(
        {
            "schema": f"rewardkit.bench.{result.mode}/1",
            "rewardkit": __version__,
            "reward": result.reward,
            "range": list(result.within),
            "hit": HIT_WORDS[result.mode],
            "rewarded_from": "the honest response" if result.is_graded else result.bar,
            "seed": result.seed,
            "rows": result.rows,
            "kinds": dict(result.kinds),
            "honest": _rate(result.honest),
            "total": _rate(result.total()),
            "policy": _rate(result.total(is_policy=True)),
            "classes": [_class(c) for c in result.ran],
            "skipped": [_class(c) for c in result.skipped],
        },
        ensure_ascii=False,
        indent=1,
    )


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    return {"n": rate.total, "hits": rate.count, "rate": rate.value, "low": low, "high": high}


def _class(c: ClassResult) -> dict[str, Any]:
    counts = {"unscored": c.unscored, "not_applicable": c.tally.not_applicable, "dropped": c.tally.dropped}
    more = {"honest_missed": c.honest_missed, "outcomes": dict(sorted(c.outcomes.items()))}
    return {"name": c.name, "why": c.why, "policy": c.is_policy, **_rate(c.rate), **counts, **more}


def shown(rate: Rate) -> str:
    """A rate with its interval, for people.

    >>> shown(Rate(1, 10))
    '10.0 % [1.8, 40.4]'
    """
    if rate.value is None:
        return "none"
    low, high = rate.interval
    return f"{rate.value:.1%}".replace("%", " %") + f" [{100 * low:.1f}, {100 * high:.1f}]"


def headline(result: TrialResult) -> str:
    """The result in one line."""
    what = "attack success" if result.mode == "attack" else "false negatives"
    total, policy = result.total(), result.total(is_policy=True)
    line = f"{what} of {result.reward}: {shown(total)}, {total.count} of {total.total} responses, {result.rows} rows"
    return line + (f"; where policies differ: {shown(policy)} of {policy.total}" if policy.total else "")


def skipped_line(result: TrialResult) -> str:
    """The classes without a judged response, and why."""
    return ", ".join(f"{c.name} ({_why_skipped(c)})" for c in result.skipped)


def _why_skipped(c: ClassResult) -> str:
    if c.unscored:
        return f"{c.unscored} without a verdict"
    return f"{c.tally.dropped} dropped" if c.tally.dropped else "no row of its kinds"


def as_markdown(result: TrialResult) -> str:
    """The result as Markdown: the headline, one table of the classes, and what was skipped."""
    lines = [
        f"## {headline(result)}",
        "",
        f"The plain reference is rewarded in {shown(result.honest)} of {result.honest.total} rows. Seed {result.seed}.",
    ]
    for is_policy, title in ((False, ""), (True, "Where policies differ:")):
        ran = [c for c in result.ran if c.is_policy == is_policy]
        if ran:
            lines += ["", title, "", f"| class | n | {HIT_WORDS[result.mode]} | rate [95 %] | unscored | what |"]
            lines += ["|---|---:|---:|---|---:|---|"]
            lines += [
                f"| {c.name} | {c.scored} | {c.hits} | {shown(c.rate)} | {c.unscored} | {_cell(c.why)} |" for c in ran
            ]
    if result.skipped:
        lines += ["", f"Skipped: {skipped_line(result)}."]
    return "\n".join(line for at, line in enumerate(lines) if line or lines[at - 1]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
