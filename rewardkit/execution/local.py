"""`LocalExecutor`: runs verifiers on this machine, inline where that is safe and in killable workers where it is not.
Those that wait for sandboxes, which limit and kill what runs in them, do so on threads of this process.

    with LocalExecutor(workers=2, deadline_s=5.0) as executor:
        scores = executor.score(verifier, samples)

Every score that leaves it keeps the outcome table, whatever the verifier did: an exception, a crash or a broken
contract becomes an outcome with its reason, for the row at fault and no other.
"""

from __future__ import annotations

import asyncio
import collections
import threading
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from typing import Protocol

from rewardkit.errors import ContractError
from rewardkit.execution.manager import Result
from rewardkit.execution.nursery import describe
from rewardkit.execution.pool import WorkerPool, processors
from rewardkit.execution.threads import Threads
from rewardkit.reward import Cost, Deferred, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score, check

DEADLINE_S = 5.0
"""Seconds that one row may keep a worker busy, unless the executor is told otherwise."""

_THREADS_EACH = 2
"""Threads that wait for sandboxes, for each worker: one row's output is compared while the next row's program runs."""

_CACHE_ENTRIES = 4096
_CACHE_WORK_CHARS = 2000  # longer work is not kept: it hardly comes again, and 4096 long texts would fill the memory


class Executor(Protocol):
    """Where rewards run."""

    def submit(self, verifier: Verifier, samples: Sequence[Sample]) -> Batch:
        """Begin on a batch; its scores are collected later."""
        ...


class Batch:
    """Scores that are under way: one a sample, in the samples' order."""

    def __init__(self, verifier: Verifier, scores: list[Score | Future[Result]]) -> None:
        self._verifier = verifier
        self._scores = scores

    def result(self) -> list[Score]:
        """Wait for the scores; never raises for what a sample contains."""
        return [s if isinstance(s, Score) else self._settled(s.result()) for s in self._scores]

    async def aresult(self) -> list[Score]:
        """The same from asyncio, without blocking the loop."""
        waiting = {id(s): s for s in self._scores if isinstance(s, Future)}
        await asyncio.gather(*(asyncio.wrap_future(future) for future in waiting.values()))
        return self.result()

    def _settled(self, result: Result) -> Score:
        if result.score is not None:
            return keep_contract(self._verifier, result.score)
        assert result.outcome is not None
        return Score.of(result.outcome, result.reason, within=self._verifier.range, evidence=result.evidence)


class LocalExecutor:
    """Runs verifiers in this process and in a pool of workers. Usable from any thread and from asyncio.

    Args:
        workers: worker processes; by default one a processor. They start when the first row needs one.
        deadline_s: seconds that one row may keep a worker busy before it is killed and the row is a `TIMEOUT`.
        memory_mb: megabytes that one row may take in a worker before the row is `CRASHED`.
    """

    def __init__(self, workers: int | None = None, deadline_s: float = DEADLINE_S, memory_mb: int = 1024) -> None:
        self.deadline_s = deadline_s
        self.pool = WorkerPool(workers, memory_mb)
        self._threads = Threads(_THREADS_EACH * (workers or processors()))
        self._cache: collections.OrderedDict[Hashable, Result] = collections.OrderedDict()
        self._lock = threading.Lock()
        self.deferred = 0
        """Samples whose work was left to a worker so far, as the bounded part could not tell."""

    def submit(self, verifier: Verifier, samples: Sequence[Sample]) -> Batch:
        """Do the bounded part of every sample now, and queue the rest; equal work is queued once."""
        queued: dict[Hashable, Future[Result]] = {}
        scores: list[Score | Future[Result]] = []
        for sample in samples:
            begun = begin(verifier, sample)
            if isinstance(begun, Score):
                scores.append(begun)
                continue
            self.deferred += 1
            future = queued.get(begun.work)
            if future is None:
                future = queued[begun.work] = self._queue(verifier, begun.work)
            scores.append(future)
        return Batch(verifier, scores)

    def score(self, verifier: Verifier, samples: Sequence[Sample]) -> list[Score]:
        """One score a sample, in order."""
        return self.submit(verifier, samples).result()

    async def ascore(self, verifier: Verifier, samples: Sequence[Sample]) -> list[Score]:
        """The same from asyncio, without blocking the loop."""
        batch = await asyncio.to_thread(self.submit, verifier, samples)
        return await batch.aresult()

    def close(self) -> None:
        """End the workers."""
        self.pool.close()
        self._threads.close()

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _queue(self, verifier: Verifier, work: Hashable) -> Future[Result]:
        key = (type(verifier), verifier, work)
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
        if known is not None:
            done: Future[Result] = Future()
            done.set_result(known)
            return done
        if verifier.cost is Cost.SANDBOX:
            future = self._threads.submit(verifier, work)
        else:
            future = self.pool.submit(verifier, work, self.deadline_s)
        if _is_short(work):
            future.add_done_callback(lambda f: self._remember(key, f))
        return future

    def _remember(self, key: Hashable, future: Future[Result]) -> None:
        if future.cancelled() or future.result().score is None:
            return  # how work ended without a score may differ the next time
        with self._lock:
            self._cache[key] = future.result()
            while len(self._cache) > _CACHE_ENTRIES:
                self._cache.popitem(last=False)


def begin(verifier: Verifier, sample: Sample) -> Score | Deferred:
    """`verifier.begin(sample)`, with whatever goes wrong in it turned into an outcome."""
    try:
        begun = verifier.begin(sample)
    except (MemoryError, RecursionError) as error:
        reason = f"judging the response ran past its limits: {type(error).__name__}"
        return Score.of(Outcome.CRASHED, reason, within=verifier.range, evidence={"error": type(error).__name__})
    except Exception as error:  # noqa: BLE001  # a verifier's bug is our fault: the row is masked, and says why
        evidence = describe(error)
        reason = f"the verifier failed: {evidence['error']}: {evidence['message']}"
        return Score.of(Outcome.UNAVAILABLE, reason, evidence=evidence)
    return begun if isinstance(begun, Deferred) else keep_contract(verifier, begun)


def keep_contract(verifier: Verifier, score: Score) -> Score:
    """The score itself, or `UNAVAILABLE` where it breaks the outcome table."""
    try:
        check(score, verifier.range)
    except ContractError as error:
        return Score.of(Outcome.UNAVAILABLE, f"the verifier broke the outcome table: {error}")
    return score


def _is_short(work: Hashable) -> bool:
    if isinstance(work, str):
        return len(work) <= _CACHE_WORK_CHARS
    if isinstance(work, tuple):
        return sum(len(part) if isinstance(part, str) else 64 for part in work) <= _CACHE_WORK_CHARS and all(
            _is_short(part) for part in work
        )
    return isinstance(work, (int, float, bool, type(None)))
