"""`Threads`: deferred work that waits for processes of its own, such as sandboxes, and needs no worker to be killed.

The programs run in processes that their sandbox limits and kills; what is left here is to wait for them and to compare
what they returned, which is bounded. So such work stays in the caller's process, on a few daemon threads, and no pool
of worker processes stands between a row and its sandbox.
"""

from __future__ import annotations

import os
import queue
import threading
import weakref
from concurrent.futures import Future
from typing import Any

from rewardkit.errors import RewardkitError
from rewardkit.execution.manager import Result
from rewardkit.execution.nursery import describe
from rewardkit.reward import Verifier
from rewardkit.score import Outcome

_Task = tuple[Verifier, Any, Future[Result]]


class Threads:
    """A few threads that finish deferred work; they start on first use, and a forked child starts its own."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._reset()
        _all.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._started = 0
        self._closed = False

    def submit(self, verifier: Verifier, work: Any) -> Future[Result]:
        """Queue `verifier.finish(work)`; the future always resolves to a `Result` and never raises."""
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                raise RewardkitError("the executor is closed")
            self._tasks.put((verifier, work, future))
            if self._started < self._count:
                self._started += 1
                threading.Thread(target=self._serve, name="rewardkit-wait", daemon=True).start()
        return future

    def close(self) -> None:
        """Let what runs come to its end, and give up what has not begun."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            reason = "the executor was closed before this was done"
            while True:
                try:
                    task = self._tasks.get_nowait()
                except queue.Empty:
                    break
                if task is not None:
                    task[2].set_result(Result(None, Outcome.UNAVAILABLE, reason))
            for _ in range(self._started):
                self._tasks.put(None)

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            verifier, work, future = task
            future.set_result(_finished(verifier, work))


def _finished(verifier: Verifier, work: Any) -> Result:
    try:
        return Result(verifier.finish(work))
    except (MemoryError, RecursionError) as error:
        reason = f"judging the response ran past its limits: {type(error).__name__}"
        return Result(None, Outcome.CRASHED, reason, {"error": type(error).__name__})
    except Exception as error:  # noqa: BLE001  # a verifier's bug is our fault: the row is masked, and says why
        evidence = describe(error)
        reason = f"the verifier failed: {evidence['error']}: {evidence['message']}"
        return Result(None, Outcome.UNAVAILABLE, reason, evidence)


_all: weakref.WeakSet[Threads] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for threads in list(_all):
        threads._reset()


os.register_at_fork(after_in_child=_after_fork_in_child)
