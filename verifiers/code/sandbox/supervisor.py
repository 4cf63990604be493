"""The one thread that owns the zygotes of a sandbox: it hands out jobs, hears how they ended, replaces what died.

Callers only put units (one job, or the two of a duet) into a queue and wait on futures. A unit's clocks run in the
zygote from the moment of its start, so time in the queue counts against nobody.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import selectors
import socket
import threading
import time
from concurrent.futures import Future

from rewardkit.verifiers.code.sandbox.groups import Groups, Place
from rewardkit.verifiers.code.sandbox.inside import messages
from rewardkit.verifiers.code.sandbox.limits import Execution, Isolation
from rewardkit.verifiers.code.sandbox.unit import Unit, fail, join, resolve
from rewardkit.verifiers.code.sandbox.verdict import Fault, judge
from rewardkit.verifiers.code.sandbox.zygotes import Zygote

_ATTEMPTS = 2
"""For work that ended through a fault of ours."""
_START_ATTEMPTS = 2
_START_S = 120.0
"""For a zygote to load its libraries, on however crowded a machine."""
_STUCK_FACTOR, _STUCK_S = 20.0, 60.0
"""A zygote whose program is this far past its wall limit has itself stopped: it keeps the clocks otherwise."""
_LOOK_S = 5.0
_LEAVE_S = 5.0


class Supervisor:
    """One thread, its zygotes and its queue."""

    def __init__(
        self,
        rung: Isolation,
        workers: int,
        zygotes: int,
        folders: tuple[tuple[str, str], ...],
        place: Place | None = None,
    ) -> None:
        self.rung: Isolation = rung
        self._workers = workers
        self._most_zygotes = zygotes
        self._folders = folders
        self._groups = Groups(place) if place else None
        self._memory_by = f"cgroups v{place.version}" if place else "rlimits"
        self._inbox: collections.deque[Unit] = collections.deque()
        self._cancelled: collections.deque[Future[tuple[Execution, ...]]] = collections.deque()
        self._queues: dict[str, collections.deque[Unit]] = collections.defaultdict(collections.deque)
        self._zygotes: dict[socket.socket, Zygote] = {}
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
            zygote.disown()
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
                    zygote.send(messages.kill(number), [])

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
        zygote = Zygote.start(self.rung, flavour, self._folders)
        self._zygotes[zygote.control] = zygote
        self._selector.register(zygote.control, selectors.EVENT_READ)

    def _launch(self, zygote: Zygote, unit: Unit) -> None:
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
                pipes = join()
            for cargo, number in zip(unit.cargo, numbers, strict=True):
                unit.streams[number] = (cargo.job, cargo.write())
                if self._groups is not None:
                    limits = cargo.job.limits
                    unit.groups[number] = self._groups.take(limits.memory_mb << 20, limits.processes)
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

    def _dispatch(self, zygote: Zygote, unit: Unit, index: int, pipes: list[int]) -> bool:
        number = unit.order[index]
        ends = unit.order[1] if index == 0 and len(unit.order) == 2 else 0
        _, streams = unit.streams[number]
        doors = unit.groups[number].doors if number in unit.groups else ()
        descriptors = [streams.stdin, streams.stdout, streams.stderr, streams.result, *pipes, streams.job, *doors]
        order = unit.cargo[index].order._replace(number=number, ends=ends, groups=len(doors))
        return zygote.send(order.pack(), descriptors)

    def _forget(self, zygote: Zygote, unit: Unit) -> None:
        for number in unit.order:
            zygote.units.pop(number, None)
        self._drop_groups(unit)
        unit.drop_streams()
        self._running -= 1

    def _drop_groups(self, unit: Unit) -> None:
        """For the next execution; those of programs that may still live are not used again."""
        for number, group in unit.groups.items():
            if self._groups is not None and number in unit.told:
                self._groups.give_back(group)
            else:
                group.close()
        unit.groups.clear()

    def _hear(self, zygote: Zygote) -> None:
        while True:
            try:
                message = zygote.control.recv(messages.LARGEST)
            except BlockingIOError:
                return None
            except OSError:
                message = b""
            if not message:
                return self._bury(zygote)
            if message == messages.READY:
                zygote.is_ready = True
                self._failed_starts[zygote.flavour] = 0
            elif message[:1] == messages.FAILED:
                zygote.reason = message[1:].decode()
            else:
                self._note_end(zygote, messages.read_end(message))

    def _note_end(self, zygote: Zygote, told: messages.End) -> None:
        unit = zygote.units.pop(told.number)
        if told.number in unit.groups and unit.groups[told.number].ran_out():
            told = told._replace(killed="memory")
        unit.told[told.number] = told
        if len(unit.told) < len(unit.cargo):
            return None
        self._running -= 1
        results = [judge(*unit.streams[n], unit.told[n], self.rung, self._memory_by) for n in unit.order]
        self._drop_groups(unit)
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

    def _bury(self, zygote: Zygote) -> None:
        """A zygote ended: its programs ended with it, and their units get a second try."""
        del self._zygotes[zygote.control]
        self._selector.unregister(zygote.control)
        reason = zygote.last_words()
        if not zygote.is_ready:
            self._note_failed_start(zygote, reason)
        for unit in {id(u): u for u in zygote.units.values()}.values():
            self._running -= 1
            self._drop_groups(unit)
            unit.drop_streams()
            self._try_again(unit, f"its zygote ended ({reason})")

    def _note_failed_start(self, zygote: Zygote, reason: str) -> None:
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
            zygote.reap(_LEAVE_S)
            os.close(zygote.complaints)
        for unit in units:
            self._drop_groups(unit)
            unit.drop_streams()
        if self._groups is not None:
            self._groups.close()
        self._zygotes.clear()
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()
