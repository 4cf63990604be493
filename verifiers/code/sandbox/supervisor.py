"""The one thread that owns the zygotes of a sandbox: it hands out jobs, hears how they ended, replaces what died.

Callers only put units (one job, or the two of a duet) into a queue and wait on futures. A unit's clocks run in the
zygote from the moment of its start, so time in the queue counts against nobody.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import os
import selectors
import socket
import subprocess
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from rewardkit.verifiers.code.sandbox import layout
from rewardkit.verifiers.code.sandbox.inside import scratch
from rewardkit.verifiers.code.sandbox.limits import Execution, Isolation
from rewardkit.verifiers.code.sandbox.unit import Unit, fail, resolve
from rewardkit.verifiers.code.sandbox.verdict import Fault, judge

_ATTEMPTS = 2
"""For work that ended through a fault of ours."""
_START_ATTEMPTS = 2
_START_S = 120.0
"""For a zygote to load its libraries, on however crowded a machine."""
_STUCK_FACTOR, _STUCK_S = 20.0, 60.0
"""A zygote whose program is this far past its wall limit has itself stopped: it keeps the clocks otherwise."""
_LOOK_S = 5.0


@dataclass(eq=False, slots=True)
class _Zygote:
    process: subprocess.Popen[bytes]
    control: socket.socket
    flavour: str
    complaints: int
    """A memory file with what it wrote to standard error."""
    is_ready: bool = False
    units: dict[int, Unit] = field(default_factory=dict)
    """By the numbers of their runs."""
    reason: str = ""
    started: float = field(default_factory=time.monotonic)


class Supervisor:
    """One thread, its zygotes and its queue."""

    def __init__(self, rung: Isolation, workers: int, zygotes: int, folders: tuple[tuple[str, str], ...]) -> None:
        self.rung: Isolation = rung
        self._workers = workers
        self._most_zygotes = zygotes
        self._folders = folders
        self._inbox: collections.deque[Unit] = collections.deque()
        self._cancelled: collections.deque[Future[tuple[Execution, ...]]] = collections.deque()
        self._queues: dict[str, collections.deque[Unit]] = collections.defaultdict(collections.deque)
        self._zygotes: dict[socket.socket, _Zygote] = {}
        self._running = 0
        self._numbers = itertools.count(1)
        self._failed_starts: collections.Counter[str] = collections.Counter()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="rewardkit-sandbox", daemon=True)
        self._thread.start()

    # what other threads may call

    def submit(self, unit: Unit) -> None:
        unit.future.add_done_callback(self._note_cancelled)  # it holds no unit: what ended is freed at once
        self._inbox.append(unit)
        self._wake()

    def is_running(self) -> bool:
        return not self._stopping and self._thread.is_alive()

    def stop(self) -> None:
        self._stopping = True
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=10)

    def zygote_pids(self) -> list[int]:
        return [z.process.pid for z in list(self._zygotes.values())]

    def abandon(self) -> None:
        """In a forked child: drop the inherited descriptors; processes and thread belong to the parent."""
        for zygote in self._zygotes.values():
            zygote.control.close()
            os.close(zygote.complaints)
            zygote.process.returncode = 0  # not our child: nothing to wait for
            for unit in {id(u): u for u in zygote.units.values()}.values():
                unit.drop_streams()
        self._wake_read.close()
        self._wake_write.close()

    def _note_cancelled(self, future: Future[tuple[Execution, ...]]) -> None:
        if future.cancelled():
            self._cancelled.append(future)
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._wake_write.send(b"x")

    # the thread

    def _run(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        why = "the sandbox was closed before this was done"
        try:
            while not self._stopping:
                self._take_in()
                self._staff()
                self._hand_out()
                self._kill_stuck()
                for key, _ in self._selector.select(_LOOK_S if self._zygotes else None):
                    if key.fileobj is self._wake_read:
                        with contextlib.suppress(BlockingIOError):
                            self._wake_read.recv(65536)
                    elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._zygotes:
                        self._hear(self._zygotes[key.fileobj])
        except BaseException as error:
            why = f"the sandbox failed: {type(error).__name__}: {error}"
            raise
        finally:
            self._shut_down(why)

    def _take_in(self) -> None:
        while self._inbox:
            unit = self._inbox.popleft()
            self._queues[unit.flavour].append(unit)
        while self._cancelled:  # those that wait are passed over when their turn comes
            future = self._cancelled.popleft()
            for zygote in self._zygotes.values():
                for number in [n for n, u in zygote.units.items() if u.future is future]:
                    self._send(zygote, {"kill": number}, [])

    def _staff(self) -> None:
        """Start a zygote for every flavour that waits and has none free."""
        for flavour, queue in self._queues.items():
            mine = [z for z in self._zygotes.values() if z.flavour == flavour]
            if not queue or any(not z.is_ready or not z.units for z in mine):
                continue
            if not mine or (len(mine) < self._most_zygotes and self._running < self._workers):
                self._start(flavour)

    def _kill_stuck(self) -> None:
        now = time.monotonic()
        for zygote in self._zygotes.values():
            if not zygote.is_ready:
                is_stuck = now > zygote.started + _START_S
            else:
                is_stuck = any(now > unit.overdue_at for unit in zygote.units.values())
            if is_stuck:
                zygote.reason = "it no longer answered"
                zygote.process.kill()  # heard of as its socket's end

    def _hand_out(self) -> None:
        for flavour, queue in sorted(self._queues.items(), key=lambda item: -len(item[1])):
            while queue and self._running < self._workers:
                ready = [z for z in self._zygotes.values() if z.flavour == flavour and z.is_ready]
                if not ready:
                    break
                unit = queue.popleft()
                if not unit.future.cancelled():
                    self._launch(min(ready, key=lambda z: len(z.units)), unit)

    def _start(self, flavour: str) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config_file = os.memfd_create("config")
        complaints = os.memfd_create("complaints")
        try:
            command, config = layout.configure(self.rung, flavour, self._folders)
            if self.rung != "namespaces":
                scratch.sweep(config["scratch"])
            os.pwrite(config_file, json.dumps(config).encode(), 0)
            stage = "enter" if self.rung == "namespaces" else "serve"
            process = subprocess.Popen(
                [*command, str(theirs.fileno()), str(config_file), stage],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=(theirs.fileno(), config_file),
                env=config["environment"],
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            os.close(complaints)
            raise
        finally:
            theirs.close()
            os.close(config_file)
        ours.setblocking(False)
        self._zygotes[ours] = _Zygote(process, ours, flavour, complaints)
        self._selector.register(ours, selectors.EVENT_READ)

    def _launch(self, zygote: _Zygote, unit: Unit) -> None:
        """Send a unit to a zygote; of a duet the solution goes first, and ends with the tests."""
        numbers = [next(self._numbers) for _ in unit.cargo]
        unit.order = tuple(numbers)
        longest = max(cargo.job.limits.wall_limit_s for cargo in unit.cargo)
        unit.overdue_at = time.monotonic() + _STUCK_FACTOR * longest + _STUCK_S
        zygote.units |= dict.fromkeys(numbers, unit)
        self._running += 1
        pipes: list[list[int]] = [[] for _ in unit.cargo]
        try:
            if len(numbers) == 2:
                pipes = _join()
            for cargo, number in zip(unit.cargo, numbers, strict=True):
                unit.streams[number] = (cargo.job, cargo.write())
        except OSError as error:  # out of descriptors or memory: the machine's fault
            self._forget(zygote, unit)
            self._try_again(unit, f"{error.strerror} in the process that asked for it")
        else:
            if not all(self._dispatch(zygote, unit, index, pipes[index]) for index in reversed(range(len(numbers)))):
                self._forget(zygote, unit)  # it was dead before it knew of the unit
                self._queues[unit.flavour].appendleft(unit)
                self._bury(zygote)
        finally:
            for descriptor in itertools.chain(*pipes):
                os.close(descriptor)

    def _dispatch(self, zygote: _Zygote, unit: Unit, index: int, pipes: list[int]) -> bool:
        number = unit.order[index]
        ends = unit.order[1] if index == 0 and len(unit.order) == 2 else None
        _, streams = unit.streams[number]
        descriptors = [streams.job, streams.stdin, streams.stdout, streams.stderr, streams.result, *pipes]
        return self._send(zygote, {"id": number, "ends": ends, **unit.cargo[index].order}, descriptors)

    def _forget(self, zygote: _Zygote, unit: Unit) -> None:
        for number in unit.order:
            zygote.units.pop(number, None)
        unit.drop_streams()
        self._running -= 1

    def _send(self, zygote: _Zygote, message: dict[str, Any], descriptors: list[int]) -> bool:
        try:
            zygote.control.setblocking(True)
            socket.send_fds(zygote.control, [json.dumps(message).encode()], descriptors)
            zygote.control.setblocking(False)
        except OSError:
            return False
        return True

    def _hear(self, zygote: _Zygote) -> None:
        while True:
            try:
                message = zygote.control.recv(65536)
            except BlockingIOError:
                return None
            except OSError:
                message = b""
            if not message:
                return self._bury(zygote)
            told = json.loads(message)
            if "ready" in told:
                zygote.is_ready = True
                self._failed_starts[zygote.flavour] = 0
            elif "failed" in told:
                zygote.reason = told["failed"]
            else:
                self._note_end(zygote, told)

    def _note_end(self, zygote: _Zygote, told: dict[str, Any]) -> None:
        unit = zygote.units.pop(told["ended"])
        unit.told[told["ended"]] = told
        if len(unit.told) < len(unit.cargo):
            return None
        self._running -= 1
        results = [judge(*unit.streams[n], unit.told[n], self.rung) for n in unit.order]
        unit.drop_streams()
        faults = [r for r in results if isinstance(r, Fault)]
        if faults:
            return self._try_again(unit, faults[0].reason)
        resolve(unit, tuple(r for r in results if isinstance(r, Execution)))
        return None

    def _try_again(self, unit: Unit, reason: str) -> None:
        unit.attempts += 1
        if unit.attempts < _ATTEMPTS:
            self._queues[unit.flavour].appendleft(unit)
        else:
            fail(unit, f"the sandbox could not run this program, {unit.attempts} times: {reason}")

    def _bury(self, zygote: _Zygote) -> None:
        """A zygote ended: its programs ended with it, and their units get a second try."""
        del self._zygotes[zygote.control]
        self._selector.unregister(zygote.control)
        zygote.control.close()
        code = _reap(zygote.process)
        said = os.pread(zygote.complaints, 4000, 0).decode(errors="replace").strip().rpartition("\n")[2]
        os.close(zygote.complaints)
        reason = zygote.reason or said or _describe(code)
        if not zygote.is_ready:
            self._note_failed_start(zygote, reason)
        for unit in {id(u): u for u in zygote.units.values()}.values():
            self._running -= 1
            unit.drop_streams()
            self._try_again(unit, f"its zygote ended ({reason})")

    def _note_failed_start(self, zygote: _Zygote, reason: str) -> None:
        self._failed_starts[zygote.flavour] += 1
        if self._failed_starts[zygote.flavour] >= _START_ATTEMPTS:
            self._failed_starts[zygote.flavour] = 0
            for unit in self._queues.pop(zygote.flavour, ()):
                fail(unit, f"isolation by {self.rung} could not be started: {reason}")

    def _shut_down(self, why: str) -> None:
        self._stopping = True
        left = [*self._inbox, *itertools.chain(*self._queues.values())]
        left += itertools.chain(*(zygote.units.values() for zygote in self._zygotes.values()))
        units = {id(unit): unit for unit in left}.values()
        for unit in units:  # first of all: whatever else goes wrong here, nobody waits for ever
            fail(unit, why)
        for zygote in self._zygotes.values():
            zygote.control.close()  # it kills its programs, cleans up and ends
        for zygote in self._zygotes.values():
            try:
                zygote.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                zygote.process.kill()
                zygote.process.wait()
            os.close(zygote.complaints)
        for unit in units:
            unit.drop_streams()
        self._zygotes.clear()
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()


def _join() -> list[list[int]]:
    """Two pipes: the reading and the writing end for the tests, and for the solution."""
    to_tests, from_solution = os.pipe()
    try:
        to_solution, from_tests = os.pipe()
    except OSError:
        os.close(to_tests)
        os.close(from_solution)
        raise
    return [[to_tests, from_tests], [to_solution, from_solution]]


def _reap(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process that hung up, and so has ended or is about to."""
    try:
        return process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _describe(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
