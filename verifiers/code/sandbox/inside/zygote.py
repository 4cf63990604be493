"""The zygote: a preloaded, single-threaded interpreter that forks a program, with all its walls, whenever asked.

It starts by exec with an empty environment and never sees a data set, a secret or a program: what it passes on are
memory files whose contents only the forked process reads. It holds the clocks, so a busy trainer delays no kill, and
it counts nothing against a program that the program did not use: time in a queue, time without a processor.

Walls take longer to raise than most programs run. So it keeps a spare: a process behind its walls that waits for the
next order, whose clocks start when it gets one. Each runs one program.

It ends when the other side of its socket hangs up, and the kernel ends its programs with it.
"""

from __future__ import annotations

import _socket
import collections
import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import struct
import sys
import time
from typing import Any, NoReturn

from . import child, init, job, kernel, messages, processes, program, rlimits, root, scratch, seccomp
from .forked import Forked
from .landlock import Rules

_SPARES = 1
_ANCILLARY_BYTES = _socket.CMSG_SPACE(messages.DESCRIPTORS * 4)
_PROGRAM_NAMESPACES = (
    kernel.CLONE_NEWPID | kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET
)


def main() -> NoReturn:
    """Start as told by the arguments: folder of this package, control socket, configuration, stage."""
    control, config_file, stage = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    config = json.loads(os.pread(config_file, os.fstat(config_file).st_size, 0))
    sender = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, control)
    try:
        if stage == "enter":
            _die_with_parent()
            root.enter(config)
            for fd in (control, config_file):
                os.set_inheritable(fd, True)
            boot = config["boot"]
            arguments = [root.OWN, str(control), str(config_file), "serve"]
            os.execve(boot[0], [*boot, *arguments], {**config["environment"], **config["loader"]})
        zygote = Zygote(sender, config)
    except Exception as error:  # noqa: BLE001  # told to the supervisor, which says so or tries the next rung
        sender.send(messages.FAILED + f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os.close(config_file)
    sender.send(messages.READY)
    zygote.run()


class Zygote:
    """Forks programs and watches over them."""

    def __init__(self, control: _socket.socket, config: dict[str, Any]) -> None:
        self._control = control
        self._rung: str = config["rung"]
        if self._rung == "namespaces":
            _die_with_parent()
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
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
        _preload(config["preload"])
        rlimits.inherit()
        filters = {
            (several, exec_program): seccomp.Filter(
                seccomp.compile_filter(
                    processes=several, exec_program=exec_program, private_root=self._rung == "namespaces"
                )
            )
            for several in (False, True)
            for exec_program in (False, True)
        }
        with open("/proc/self/statm", "rb") as file:
            base = int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")
        own_end = select.poll()
        own_end.register(os.pidfd_open(os.getpid()), select.POLLIN)
        self._setting = child.Setting(
            self._rung,
            own_end,
            config["environment"],
            base,
            filters,
            rules,
            limit,
            root.is_counted(),
            (config["room"][0], config["room"][1]),
        )
        self._flags = _PROGRAM_NAMESPACES if self._rung == "namespaces" else 0
        self._cores = len(os.sched_getaffinity(0))
        self._folders = 0
        self._children: dict[int, Forked] = {}
        """By their pidfds."""
        self._programs: dict[int, Forked] = {}
        """Those that have their order."""
        self._spares: collections.deque[Forked] = collections.deque()
        self._has_lost_spare = False
        """Then none is made until the next order: what ended one might end all, at once and for ever."""
        self._poll = select.epoll()
        self._poll.register(control.fileno(), select.EPOLLIN)
        for name in config["loader"]:
            os.environ.pop(name, None)
        program.prepare()
        if self._rung == "namespaces":
            program.settle(program.surroundings(root.WORK, "/tmp"))
        gc.collect()
        gc.freeze()  # a collection in a program would copy every page of the preloaded libraries
        gc.disable()

    def run(self) -> NoReturn:
        """Serve until the supervisor hangs up; what there is to do comes before the next spare."""
        control = self._control.fileno()
        while True:
            lacks = len(self._spares) < _SPARES and not self._has_lost_spare
            events = self._poll.poll(0 if lacks else self._until_next_check())
            for fd, _ in events:
                if fd == control:
                    self._obey()
                else:
                    self._end(fd)
            self._check_all()
            if lacks and not events:
                self._fork_spare()

    def _obey(self) -> None:
        message, ancillary, _, _ = self._control.recvmsg(messages.LARGEST, _ANCILLARY_BYTES)
        if not message:
            self._leave()
        number = messages.read_kill(message)
        if number == 0:
            return self._start(messages.read_order(message), ancillary[0][2])
        return self._kill_number(number, "cancelled")

    def _start(self, order: messages.Order, packed: bytes) -> None:
        descriptors = struct.unpack(f"={len(packed) // 4}i", packed)
        forked = None
        self._has_lost_spare = False
        try:
            forked = self._spares.popleft() if self._spares else self._fork()
            forked.started = time.monotonic()
            message = child.ORDERED + bytes((order.groups,))
            forked.gate.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)])
        except OSError as error:
            self._tell(messages.fault(order.number, str(error)))
        else:
            forked.order = order
            if forked.folder and order.collect:
                forked.job = os.dup(descriptors[-1 - order.groups])
            forked.plan_check(order, 0.0, 0.0, self._cores)
            self._programs[forked.pidfd] = forked
        if forked is not None:
            forked.gate.close()
        for fd in descriptors:
            os.close(fd)

    def _fork(self) -> Forked:
        inner, outer = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        folder = ""
        if self._scratch:
            self._folders += 1
            folder = scratch.make(self._scratch, self._folders)
        pid, pidfd = kernel.clone(self._flags)
        if pid == 0:
            child.live(self._setting, inner, folder)
        inner.close()
        forked = Forked(pid, pidfd, outer, folder)
        self._children[pidfd] = forked
        self._poll.register(pidfd, select.EPOLLIN)
        return forked

    def _fork_spare(self) -> None:
        try:
            self._spares.append(self._fork())
        except OSError:  # the next order will see, and tell
            self._has_lost_spare = True

    def _end(self, pidfd: int) -> None:
        ended = self._children.pop(pidfd)
        _, status, usage = os.wait4(ended.pid, 0)
        now = time.monotonic()
        self._poll.unregister(pidfd)
        os.close(pidfd)
        order = ended.order
        if order is not None:
            del self._programs[pidfd]
            if ended.job >= 0:
                collected = init.gather(ended.folder, order.collect, order.file_bytes)
                job.say_ended(ended.job, status, collected)
                os.close(ended.job)
        elif ended in self._spares:
            self._spares.remove(ended)
            self._has_lost_spare = True
        if ended.folder:
            scratch.wipe(ended.folder)
        if order is None:
            return
        if order.ends:
            self._kill_number(order.ends, "partner")
        cpu = max(usage.ru_utime + usage.ru_stime, ended.seen_cpu_s)
        end = messages.End(order.number, status, ended.killed, now - ended.started, cpu, usage.ru_maxrss)
        self._tell(end.pack())

    def _until_next_check(self) -> float | None:
        soonest = min((p.check_at for p in self._programs.values() if not p.killed), default=None)
        return None if soonest is None else max(0.0, soonest - time.monotonic())

    def _check_all(self) -> None:
        now = time.monotonic()
        for running in self._programs.values():
            if running.check_at <= now and not running.killed and running.order is not None:
                running.check(running.order, now, self._cores)

    def _kill_number(self, number: int, why: str) -> None:
        for running in self._programs.values():
            if running.order is not None and running.order.number == number:
                running.kill(why)

    def _tell(self, message: bytes) -> None:
        try:
            self._control.send(message)
        except (BrokenPipeError, ConnectionResetError):
            self._leave()

    def _leave(self) -> NoReturn:
        for forked in self._children.values():
            forked.kill("closed")
        for forked in self._children.values():
            os.waitpid(forked.pid, 0)
        if self._scratch:
            scratch.wipe(self._scratch)
        os._exit(0)


def _preload(modules: list[str]) -> None:
    """Import what programs often import; what is missing is theirs to find out."""
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    import random
    import site

    random.seed(0)  # the same program, the same verdict
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    site.setquit()
    site.setcopyright()
    site.sethelper()
    ctypes.pythonapi  # noqa: B018  # its first use binds it


def _die_with_parent() -> None:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
