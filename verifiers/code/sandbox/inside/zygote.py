"""The zygote: a preloaded, single-threaded interpreter that forks a program, with all its walls, whenever asked.

It starts by exec with an empty environment and never sees a data set, a secret or a program: what it passes on are
memory files whose contents only the forked process reads. It holds the clocks, so a busy trainer delays no kill, and
it counts nothing against a program that the program did not use: time in a queue, time without a processor.

Messages over a SOCK_SEQPACKET socket, JSON with descriptors: {"id", "cpu_s", "wall_s", ...} in, {"ended": id, ...} out.
It ends when the other side hangs up, and the kernel ends its programs with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from . import child, init, job, kernel, processes, root, scratch, seccomp
from . import program as program_side
from .landlock import Rules

_MARGIN_S = 0.002
_WATCH_S = 0.1
"""How often a program is looked at whose processes, threads or files the kernel does not count for us."""
_MOST_THREADS = 256
_DESCRIPTORS = 8


def main() -> NoReturn:
    """Start as told by the arguments: folder of this package, control socket, configuration, stage."""
    control, config_file, stage = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    config = json.loads(os.pread(config_file, os.fstat(config_file).st_size, 0))
    sender = socket.socket(fileno=control)
    try:
        if stage == "enter":
            _die_with_parent()
            root.enter(config)
            for fd in (control, config_file):
                os.set_inheritable(fd, True)
            boot = config["boot"]
            arguments = [root.OWN, str(control), str(config_file), "serve"]
            os.execve(boot[0], [*boot, *arguments], config["environment"])
        zygote = Zygote(sender, config)
    except Exception as error:  # noqa: BLE001  # told to the supervisor, which says so or tries the next rung
        sender.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        os._exit(1)
    os.close(config_file)
    sender.send(json.dumps({"ready": True, "missing": zygote.missing}).encode())
    zygote.run()


@dataclass(slots=True)
class _Program:
    number: int
    pid: int
    pidfd: int
    order: dict[str, Any]
    started: float
    check_at: float
    job: int
    """Descriptor of the job's memory file, kept where files are to be gathered after the end; else -1."""
    scratch: str
    killed: str = ""
    seen_cpu_s: float = 0.0
    """At the last look: of killed children, the kernel does not tell afterwards."""


class Zygote:
    """Forks programs and watches over them."""

    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self._control = control
        self._rung: str = config["rung"]
        if self._rung == "namespaces":
            _die_with_parent()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
        rules, limit = None, 0
        self._scratch = ""
        if self._rung != "namespaces":
            become = config["become"]
            limit = processes.count_tasks(become if become is not None else os.getuid()) + 4096
            if become is not None:
                root.change_user(become)
            self._scratch = scratch.make_base(config["scratch"])
            rules = Rules(config["readable"], config["listable"]) if self._rung == "landlock" else None
        sys.path[:] = [p for p in sys.path if p != sys.argv[1] and p not in config["path"]] + config["path"]
        program_side.OWN_MODULES[:] = [name for name in sys.modules if name.partition(".")[0] == "inside"]
        self.missing = _preload(config["preload"])
        filters = {
            (several, exec_program): seccomp.compile_filter(
                processes=several, exec_program=exec_program, private_root=self._rung == "namespaces"
            )
            for several in (False, True)
            for exec_program in (False, True)
        }
        with open("/proc/self/statm", "rb") as file:
            base = int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")
        self._setting = child.Setting(
            self._rung,
            os.pidfd_open(os.getpid()),
            config["environment"],
            base,
            filters,
            rules,
            limit,
            root.is_counted(),
        )
        self._cores = len(os.sched_getaffinity(0))
        self._programs: dict[int, _Program] = {}
        self._poll = select.epoll()
        self._poll.register(control, select.EPOLLIN)
        gc.collect()
        gc.freeze()  # a collection in a program would copy every page of the preloaded libraries
        gc.disable()

    def run(self) -> NoReturn:
        """Serve until the supervisor hangs up."""
        while True:
            for fd, _ in self._poll.poll(self._until_next_check()):
                if fd == self._control.fileno():
                    self._obey()
                else:
                    self._end(fd)
            self._check_all()

    def _obey(self) -> None:
        message, fds, _, _ = socket.recv_fds(self._control, child.LARGEST_ORDER, _DESCRIPTORS)
        if not message:
            self._leave()
        order = json.loads(message)
        if "kill" in order:
            for program in self._programs.values():
                if program.number == order["kill"]:
                    self._kill(program, "cancelled")
            return
        self._start(order, fds)

    def _start(self, order: dict[str, Any], fds: list[int]) -> None:
        folder = ""
        try:
            if self._scratch:
                folder = scratch.make(self._scratch, order["id"])
            flags = _PROGRAM_NAMESPACES if self._rung == "namespaces" else 0
            started = time.monotonic()
            pid, pidfd = kernel.clone(flags)
            if pid == 0:
                child.live(self._setting, child.Order(fds[0], fds[1:], folder))
        except OSError as error:
            for fd in fds:
                os.close(fd)
            self._tell({"ended": order["id"], "fault": str(error)})
            return
        keeps_job = bool(folder and order["collect"])
        for fd in fds[1:] if keeps_job else fds:
            os.close(fd)
        memory = fds[0] if keeps_job else -1
        program = _Program(order["id"], pid, pidfd, order, started, 0.0, memory, folder)
        self._plan_check(program, 0.0, 0.0)
        self._programs[pidfd] = program
        self._poll.register(pidfd, select.EPOLLIN)

    def _end(self, pidfd: int) -> None:
        program = self._programs.pop(pidfd)
        _, status, usage = os.wait4(program.pid, 0)
        wall = time.monotonic() - program.started
        self._poll.unregister(pidfd)
        os.close(pidfd)
        if program.job >= 0:
            collected = init.gather(program.scratch, program.order["collect"], program.order["file_bytes"])
            job.say_ended(program.job, status, collected)
            os.close(program.job)
        if program.scratch:
            scratch.wipe(program.scratch)
        for other in self._programs.values():
            if other.number == program.order.get("ends"):
                self._kill(other, "partner")
        told = {"ended": program.number, "status": status, "killed": program.killed, "wall_s": wall}
        cpu = max(usage.ru_utime + usage.ru_stime, program.seen_cpu_s)
        self._tell({**told, "cpu_s": cpu, "rss_kb": usage.ru_maxrss})

    def _until_next_check(self) -> float | None:
        soonest = min((p.check_at for p in self._programs.values() if not p.killed), default=None)
        return None if soonest is None else max(0.0, soonest - time.monotonic())

    def _check_all(self) -> None:
        now = time.monotonic()
        for program in self._programs.values():
            if program.check_at <= now and not program.killed:
                self._check(program, now)

    def _check(self, program: _Program, now: float) -> None:
        order = program.order
        wall = now - program.started
        if order["watch_tree"]:
            cpu, resident = processes.tree_usage(program.pid)
            if order["resident_mb"] and resident > order["resident_mb"] << 20:
                return self._kill(program, "memory")
        else:
            cpu = processes.cpu_s(program.pid)
        program.seen_cpu_s = cpu
        if cpu > order["cpu_s"]:
            return self._kill(program, "cpu")
        if program.scratch:
            if processes.count_threads(program.pid) > _MOST_THREADS:
                return self._kill(program, "threads")
            if scratch.is_over(program.scratch, order["scratch_mb"] << 20, order["scratch_files"]):
                return self._kill(program, "files")
        if wall > order["wall_s"] and wall - processes.waited_s(program.pid) > order["wall_s"]:
            return self._kill(program, "wall")
        return self._plan_check(program, cpu, wall)

    def _plan_check(self, program: _Program, cpu: float, wall: float) -> None:
        """The next look: no later than a limit can have been passed, with all processors at work."""
        order = program.order
        left = min((order["cpu_s"] - cpu) / self._cores, max(order["wall_s"] - wall, _MARGIN_S))
        if order["watch_tree"] or program.scratch:
            left = min(left, _WATCH_S)
        program.check_at = program.started + wall + max(left, 0.0) + _MARGIN_S

    def _kill(self, program: _Program, why: str) -> None:
        program.killed = why
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(program.pidfd, signal.SIGKILL)

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except (BrokenPipeError, ConnectionResetError):
            self._leave()

    def _leave(self) -> NoReturn:
        for program in self._programs.values():
            self._kill(program, "closed")
        for program in self._programs.values():
            os.waitpid(program.pid, 0)
        if self._scratch:
            scratch.wipe(self._scratch)
        os._exit(0)


_PROGRAM_NAMESPACES = (
    kernel.CLONE_NEWPID | kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET
)


def _preload(modules: list[str]) -> list[str]:
    """Import what programs often import; what is missing is theirs to find out."""
    missing = []
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    import random
    import site

    random.seed(0)  # the same program, the same verdict
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    site.setquit()
    site.setcopyright()
    site.sethelper()
    ctypes.pythonapi  # noqa: B018  # its first use binds it
    return missing


def _die_with_parent() -> None:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
