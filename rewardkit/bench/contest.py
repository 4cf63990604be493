"""Several rewards on the same rows, each in a process of its own, timed side by side.

    runs = compete([Contestant("math", build), ...], samples, Settings())

Fair timing: the rows go round in chunks, and each chunk visits every contestant, in an order shuffled anew for it, so
that what else the machine does falls on all alike; while one works the others wait. Some rows of each chunk, the same
for all, are scored alone and give the latencies, the others as one batch and give the rows a second. The first chunk
starts workers and fills caches: its scores count, its times do not.

A contestant whose process dies or hangs on a row loses that row (CRASHED, TIMEOUT), gets a fresh process, and goes on;
one that can't be built, or dies again and again, leaves the contest with a sentence that says why.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO

from rewardkit.bench.host import FRAME, Build, Done, Ready, Refused, Start, Work, send
from rewardkit.bench.memory import peak_mb
from rewardkit.bench.statistics import percentile
from rewardkit.errors import RewardkitError
from rewardkit.execution.local import DEADLINE_S
from rewardkit.sample import Sample
from rewardkit.score import UNIT, Outcome, Range, Score

ORDER = (
    "each contestant in a process of its own; chunks of rows visit the contestants in an order shuffled for each "
    "chunk; the first chunk is not timed"
)
"""How the timing is done, for whoever reads the results."""

_CHUNK_ROWS = 256
_ALONE_ROWS = 500  # enough for a 99th percentile, few enough to leave most rows to the batches
_START_S = 120.0
_GRACE_S = 60.0
_LOOK_EVERY_S = 0.1  # at the memory of a contestant, and whether it is still alive
_DEATHS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """How every contestant is run."""

    workers: int = 1
    """Worker processes of each contestant."""
    deadline_s: float = DEADLINE_S
    """Seconds that one row may keep a worker busy."""
    memory_mb: int = 1024
    """Megabytes that one row may take in a worker."""
    seed: int = 0
    """Of the shuffling, and of the choice of the rows that are timed alone."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One reward under its name, and how to build it in a process of its own."""

    name: str
    build: Build
    """Picklable: called with an executor in the contestant's process."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What one contestant took; None where it was not measured."""

    rows: int = 0
    """Rows timed in batches."""
    seconds: float = 0.0
    """What they took."""
    alone_rows: int = 0
    """Rows timed alone."""
    p50_ms: float | None = None
    p99_ms: float | None = None
    peak_mb: float | None = None
    """The highest resident memory of its largest process."""
    deferred: int = 0
    """Rows, of all of them, that went to a worker process, as the bounded part of the reward could not tell."""

    @property
    def rows_per_s(self) -> float | None:
        """Rows a second, in batches."""
        return self.rows / self.seconds if self.rows and self.seconds else None


@dataclass(slots=True)
class Run:
    """How one contestant did: a score for every sample, or the error that took it out of the contest."""

    name: str
    scores: list[Score] = field(default_factory=list)
    within: Range = UNIT
    speed: Speed = field(default_factory=Speed)
    about: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    exit_code: int = 1
    """That of the error."""


class ContestError(RewardkitError):
    """A contestant is out: it can't be built, or its process dies again and again."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def compete(
    contestants: Sequence[Contestant],
    samples: Sequence[Sample],
    settings: Settings | None = None,
    on_chunk: Callable[[str, int], None] | None = None,
) -> list[Run]:
    """Score `samples` with every contestant; one `Run` each, in order.

    Args:
        on_chunk: called with a contestant's name and the number of rows that it has just scored.
    """
    settings = settings or Settings()
    rng = random.Random(settings.seed)
    runs = [Run(contestant.name) for contestant in contestants]
    with contextlib.ExitStack() as stack:
        seats = [stack.enter_context(_Seat(c, settings, run)) for c, run in zip(contestants, runs, strict=True)]
        for number, (begin, end) in enumerate(_chunks(len(samples))):
            chunk = samples[begin:end]
            alone = sorted(rng.sample(range(len(chunk)), _alone(len(chunk), len(samples))))
            for seat in rng.sample(seats, len(seats)):
                if seat.run.error is None:
                    seat.take(Work(chunk, alone), is_timed=number > 0)
                    if on_chunk is not None:
                        on_chunk(seat.run.name, len(chunk))
    return runs


def _chunks(total: int) -> list[tuple[int, int]]:
    size = max(8, min(_CHUNK_ROWS, total // 8))
    return [(begin, min(begin + size, total)) for begin in range(0, total, size)]


def _alone(chunk: int, total: int) -> int:
    """How many rows of a chunk are timed alone: every fourth, but not more than some hundreds of all."""
    return min(chunk // 4, max(1, chunk * _ALONE_ROWS // total))


class _Seat:
    """One contestant in the contest: its process, replaced when it dies, and its `Run`."""

    def __init__(self, contestant: Contestant, settings: Settings, run: Run) -> None:
        self.run = run
        self._contestant = contestant
        self._settings = settings
        self._host: _Host | None = None
        self._deaths = 0
        self._alone_s: list[float] = []

    def __enter__(self) -> _Seat:
        return self

    def __exit__(self, *_: object) -> None:
        if self._host is not None:
            self._host.close()

    def take(self, work: Work, is_timed: bool) -> None:
        """Score one chunk and keep its scores and times; a contestant that fails for good keeps the reason."""
        try:
            done = self._do(work)
        except ContestError as error:
            self.run.error, self.run.exit_code = str(error), error.exit_code
            self.run.scores.clear()
            return
        run, speed = self.run, self.run.speed
        run.scores += done.scores
        batch = len(work.samples) - len(work.alone) if done.batch_s and is_timed else 0
        if is_timed:
            self._alone_s += done.alone_s
        run.speed = Speed(
            rows=speed.rows + batch,
            seconds=speed.seconds + (done.batch_s if is_timed else 0.0),
            alone_rows=len(self._alone_s),
            p50_ms=_milliseconds(percentile(self._alone_s, 0.50)),
            p99_ms=_milliseconds(percentile(self._alone_s, 0.99)),
            deferred=speed.deferred + done.deferred,
            peak_mb=max((mb for mb in (speed.peak_mb, self._host and self._host.peak_mb) if mb), default=None),
        )

    def _do(self, work: Work) -> Done:
        ended = self._try(work)
        if isinstance(ended, Done):
            return ended
        scores = []  # the process died or hung: row by row, so that only the one at fault pays for it
        for sample in work.samples:
            done = self._try(Work([sample]))
            scores.append(done.scores[0] if isinstance(done, Done) else done)
        return Done(scores, 0.0)

    def _try(self, work: Work) -> Done | Score:
        """The answer of the process, or the score of a row that ended it."""
        if self._host is None:
            self._host = _Host(self._contestant, self._settings)
            self.run.within, self.run.about = self._host.ready.within, self._host.ready.about
        limit_s = _GRACE_S + self._settings.deadline_s * len(work.samples)
        done = self._host.ask(work, limit_s)
        if done is not None:
            return done
        outcome, how = self._host.how_it_ended(limit_s)
        self._host.close()
        self._host = None
        self._deaths += 1
        if self._deaths > _DEATHS:
            raise ContestError(f"its process ended {self._deaths} times, at last: {how}")
        reason = f"the whole process of the reward was lost on this row: {how}"
        return Score.of(outcome, reason, within=self.run.within)


class _Host:
    """The parent's end of one contestant's process."""

    def __init__(self, contestant: Contestant, settings: Settings) -> None:
        import cloudpickle

        self.peak_mb: float | None = None
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        boot = (
            "import sys; sys.path[:] = " + repr([p for p in sys.path if p]) + "; "
            "from rewardkit.bench.host import main; main()"
        )
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", boot, str(theirs_in), str(theirs_out), str(os.getpid())],
            pass_fds=[theirs_in, theirs_out],
            stdin=subprocess.DEVNULL,
            stdout=self._said,  # a chatty library must not write into the caller's output
            stderr=self._said,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._requests: BinaryIO = os.fdopen(ours_out, "wb")
        self._answers = ours_in
        build = cloudpickle.dumps(contestant.build)
        start = Start(build, settings.workers, settings.deadline_s, settings.memory_mb)
        answer = self._exchange(start, _START_S)
        if not isinstance(answer, Ready):
            _, how = self.how_it_ended(_START_S)
            self.close()
            if isinstance(answer, Refused):
                raise ContestError(answer.message, answer.exit_code)
            raise ContestError(f"its process could not be started: {how}")
        self.ready = answer

    def ask(self, work: Work, limit_s: float) -> Done | None:
        """The scores of some rows; None when the process ended or is past its limit."""
        answer = self._exchange(work, limit_s)
        return answer if isinstance(answer, Done) else None

    def how_it_ended(self, limit_s: float) -> tuple[Outcome, str]:
        """The outcome of the row that a lost process was working on, and a sentence for people."""
        try:
            code = self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            return Outcome.TIMEOUT, f"no answer within {limit_s:g} s"
        how = f"it ended with exit code {code}" if code >= 0 else f"it ended by signal {-code}"
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - 2000))
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return Outcome.CRASHED, how + (f" ({lines[-1][:200]})" if lines else "")

    def close(self) -> None:
        """Kill the process; its workers go with it."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._requests.close()
        os.close(self._answers)
        self._said.close()

    def _exchange(self, message: Start | Work, limit_s: float) -> Any:
        ends = time.monotonic() + limit_s
        try:
            send(self._requests, message)
        except BrokenPipeError:
            return None
        head = self._read(FRAME.size, ends)
        body = None if head is None else self._read(FRAME.unpack(head)[0], ends)
        return None if body is None else pickle.loads(body)

    def _read(self, count: int, ends: float) -> bytes | None:
        """Exactly `count` bytes; None at the end of the stream or of the time. Looks at the memory meanwhile."""
        data = bytearray()
        while len(data) < count:
            left = ends - time.monotonic()
            if left <= 0:
                return None
            ready, _, _ = select.select([self._answers], [], [], min(left, _LOOK_EVERY_S))
            self.peak_mb = max(filter(None, (self.peak_mb, peak_mb(self._process.pid))), default=None)
            if ready:
                piece = os.read(self._answers, min(count - len(data), 1 << 20))
                if not piece:
                    return None
                data += piece
        return bytes(data)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds
