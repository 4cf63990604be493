"""A process that the zygote forked: a spare first, a program with its clocks from its order on."""

from __future__ import annotations

import _socket
import contextlib
import signal

from . import messages, processes, scratch

_MARGIN_S = 0.002
_WATCH_S = 0.1
"""How often a program is looked at whose processes, threads or files the kernel does not count for us."""
_MOST_THREADS = 256


class Forked:
    """One process and what is known of it."""

    __slots__ = (
        "check_at", "folder", "gate", "job", "killed", "order", "pid", "pidfd", "seen_cpu_s", "started",
    )  # fmt: skip

    def __init__(self, pid: int, pidfd: int, gate: _socket.socket, folder: str) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.gate = gate
        self.folder = folder
        """Its own, where there are no mounts."""
        self.order: messages.Order | None = None
        self.job = -1
        """Descriptor of the job's memory file, kept where files are to be gathered after the end."""
        self.killed = ""
        self.started = 0.0
        """When it got its order."""
        self.check_at = 0.0
        self.seen_cpu_s = 0.0
        """At the last look: of killed children, the kernel does not tell afterwards."""

    def kill(self, why: str) -> None:
        """End it, with all that it started."""
        self.killed = why
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def check(self, order: messages.Order, now: float, cores: int) -> None:
        """Kill it if it is past a limit; else say when to look again."""
        wall = now - self.started
        if order.watch_tree:
            cpu, resident = processes.tree_usage(self.pid)
            if order.resident_bytes and resident > order.resident_bytes:
                return self.kill("memory")
        else:
            cpu = processes.cpu_s(self.pid)
        self.seen_cpu_s = cpu
        if cpu > order.cpu_s:
            return self.kill("cpu")
        if self.folder:
            if processes.count_threads(self.pid) > _MOST_THREADS:
                return self.kill("threads")
            if scratch.is_over(self.folder, order.scratch_mb << 20, order.scratch_files, self.pid):
                return self.kill("files")
        if wall > order.wall_s and wall - processes.waited_s(self.pid) > order.wall_s:
            return self.kill("wall")
        return self.plan_check(order, cpu, wall, cores)

    def plan_check(self, order: messages.Order, cpu: float, wall: float, cores: int) -> None:
        """The next look: no later than a limit can have been passed, with all processors at work."""
        left = min((order.cpu_s - cpu) / cores, max(order.wall_s - wall, _MARGIN_S))
        if order.watch_tree or self.folder:
            left = min(left, _WATCH_S)
        self.check_at = self.started + wall + max(left, 0.0) + _MARGIN_S
