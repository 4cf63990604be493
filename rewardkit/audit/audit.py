"""`Audit`: takes judged rows one by one, and closes into a `Report`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardkit.audit.comoments import CoMoments
from rewardkit.audit.decisions import decisions_of
from rewardkit.audit.distributions import Distribution
from rewardkit.audit.lengths import lengths_of, of_each
from rewardkit.audit.measure import measured
from rewardkit.audit.parts import Parts
from rewardkit.audit.ranks import Reservoir
from rewardkit.audit.report import Labels, Report
from rewardkit.audit.within import Member, Within
from rewardkit.bench.cases import read_label
from rewardkit.data.source import Row
from rewardkit.errors import RowError
from rewardkit.gates.node import Node
from rewardkit.plan import Judged
from rewardkit.sample import Sample
from rewardkit.score import Score
from rewardkit.summary import group_of

SAMPLE = 20_000
"""Rows that ranks are taken on, unless told otherwise."""

_BATCH = 1024
_REASONS = 50
_REASON_CHARS = 160
_TEXT_CHARS = 400
_PROMPT_CHARS = 160


@dataclass(slots=True)
class Reasons:
    """Why something could not be used: how often, and where first. So many are told apart, the others are one."""

    found: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, reason: str, where: str) -> None:
        """Count one."""
        key = reason[:_REASON_CHARS]
        if key not in self.found and len(self.found) >= _REASONS:
            key = "other reasons"
        count, first = self.found.get(key, (0, where))
        self.found[key] = (count + 1, first)

    def ranked(self) -> list[tuple[str, int, str]]:
        """Reason, how often, where first; the most frequent first."""
        return sorted(((why, n, first) for why, (n, first) in self.found.items()), key=lambda item: -item[1])


class Audit:
    """One audit of one reward.

    Args:
        reward: what is audited.
        label: the column that says whether a response is right; None where there is none.
        tokens: the column with the tokens of the response; None where there is none.
        sample: rows that ranks are taken on, at most.
        seed: of that sample.
        shown: wrong responses above right ones to keep.
        name: what the reward is called in the report; its own name if nothing is said.
    """

    def __init__(
        self,
        reward: Node,
        label: str | None = None,
        tokens: str | None = None,
        *,
        sample: int = SAMPLE,
        seed: int = 0,
        shown: int = 10,
        name: str | None = None,
    ) -> None:
        self.reward = reward
        self.name = name or reward.name
        self.label = label
        self.tokens = tokens
        self.seed = seed
        self.parts = Parts.of(reward)
        self.lengths = ("characters", "words", *(("tokens",) if tokens else ()))
        columns = len(self.parts) + len(self.lengths) + (label is not None)
        self.rows = self.samples = 0
        self.malformed = Reasons()
        self.unscored = Reasons()
        self.unlabelled = Reasons()
        self.labels = {True: Labels(), False: Labels()}
        self.decisions = decisions_of(self.parts)
        self.distributions = [Distribution(part.outline.range) for part in self.parts]
        self.moments = CoMoments(columns)
        self.reservoir = Reservoir(columns, sample, seed)
        self.within = Within(len(self.parts), len(self.lengths), reward.range.low, shown)
        self._batch: list[list[float]] = []

    def take(self, where: str, judged: Judged) -> None:
        """Count a row."""
        self.rows += 1
        if judged.error is not None:
            self.malformed.add(judged.error, where)
            return
        count, several = len(judged.samples), judged.is_many
        labels = self._labels(where, judged.row, count, several)
        tokens = of_each(judged.row, self.tokens, count, several) if self.tokens else [None] * count
        for sample, score, label, own in zip(judged.samples, judged.scores, labels, tokens, strict=True):
            self._add(where, sample, score, label, own)

    def close(self) -> Report:
        """The result; to be called once, at the end."""
        self._flush()
        self.within.close()
        return measured(self)

    def _add(self, where: str, sample: Sample, score: Score, label: bool | None, tokens: Any) -> None:
        self.samples += 1
        scores = self.parts.scores(score)
        for distribution, found in zip(self.distributions, scores, strict=True):
            distribution.count(found)
        for place, decision in self.decisions:
            decision.count(scores[place])
        if score.value is None:
            self.unscored.add(f"{score.outcome.value}: {score.reason}", where)
        if label is not None:
            self.labels[label].add(score.value, self.reward.range)
        text = sample.response_text
        values = [math.nan if s is None or s.value is None else float(s.value) for s in scores]
        values += lengths_of(text, tokens, self.tokens is not None)
        is_compared = label is not None
        member = Member(
            values,
            label,
            where,
            sample.id or where,
            _shortened(text, _TEXT_CHARS) if is_compared else "",
            _shortened(score.reason, _REASON_CHARS) if is_compared else "",
        )
        prompt = _shortened(sample.prompt_text, _PROMPT_CHARS) if is_compared else ""
        self.within.add(group_of(sample), sample.group, prompt, member, hash(sample.prompt_text))
        marks = [math.nan if label is None else float(label)] if self.label is not None else []
        self._batch.append([*values, *marks])
        if len(self._batch) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        if not self._batch:
            return
        rows = np.array(self._batch)
        self._batch = []
        self.moments.add(rows)
        self.reservoir.add(rows)
        for place, distribution in enumerate(self.distributions):
            distribution.add(rows[:, place])

    def _labels(self, where: str, row: Row, count: int, several: bool) -> Sequence[bool | None]:
        if self.label is None:
            return [None] * count
        found: list[bool | None] = []
        for value in of_each(row, self.label, count, several):
            try:
                found.append(read_label(value))
            except RowError as error:
                several_told = f"; a row of {count} responses has a list of as many labels" if several else ""
                self.unlabelled.add(f"{error}{several_told}", where)
                found.append(None)
        return found


def _shortened(text: str, limit: int) -> str:
    """The beginning and the end of a long text."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]} … {text[-limit // 2 :]}"
