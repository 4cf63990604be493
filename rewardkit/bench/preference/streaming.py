"""Scoring in one pass: bundles of samples in, the same bundles with their scores out, in order, in bounded memory."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rewardkit.execution.scorer import Pending
from rewardkit.gates.node import Node
from rewardkit.sample import Sample
from rewardkit.score import Score

BATCH_SAMPLES = 256
_BATCH_CHARS = 1 << 20  # long responses make a batch full too
_AHEAD = 8  # batches under way: enough to go on past rows that keep workers busy, few enough to bound memory

T = TypeVar("T")


def scored(reward: Node, bundles: Iterable[tuple[T, Sequence[Sample]]]) -> Iterator[tuple[T, list[Score]]]:
    """Each bundle with the scores of its samples; a bundle may be empty."""
    under_way: collections.deque[tuple[list[tuple[T, int]], Pending]] = collections.deque()
    for batch in _batches(bundles):
        samples = [sample for _, own in batch for sample in own]
        under_way.append(([(key, len(own)) for key, own in batch], reward.submit(samples)))
        if len(under_way) > _AHEAD:
            yield from _settled(*under_way.popleft())
    while under_way:
        yield from _settled(*under_way.popleft())


def _settled(keys: Sequence[tuple[T, int]], pending: Pending) -> Iterator[tuple[T, list[Score]]]:
    scores = pending.result()
    begin = 0
    for key, count in keys:
        yield key, scores[begin : begin + count]
        begin += count


def _batches(bundles: Iterable[tuple[T, Sequence[Sample]]]) -> Iterator[list[tuple[T, Sequence[Sample]]]]:
    batch: list[tuple[T, Sequence[Sample]]] = []
    count = chars = 0
    for key, samples in bundles:
        batch.append((key, samples))
        count += len(samples) or 1
        chars += sum(len(s.response_text) + len(s.prompt_text) for s in samples)
        if count >= BATCH_SAMPLES or chars >= _BATCH_CHARS:
            yield batch
            batch, count, chars = [], 0, 0
    if batch:
        yield batch
