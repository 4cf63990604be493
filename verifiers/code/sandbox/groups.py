"""Control groups: where a part of the kernel's tree is ours to write, each execution is counted in a group of its own.

A group bounds what rlimits can't: the memory of all processes together, with files in memory, pipes and memory files,
and the number of processes. What is looked for is a place below the group of this process or, in version 2, beside it,
where the kernel lets a child have limits without moving anything that runs; nothing else of the tree is touched.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import subprocess
from dataclasses import dataclass, field

_ROOT = "/sys/fs/cgroup"
_PREFIX = "rewardkit-"
_OVERHEAD_BYTES = 16 << 20
"""For page tables and other things of the kernel's that are counted with a program."""
_OVERHEAD_TASKS = 40
_OOM_KILLS = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)
_OOMS = re.compile(rb"^oom (\d+)$", re.MULTILINE)
_HIGHEST = re.compile(rb"^(\d+)$", re.MULTILINE)
_NEAR_BYTES = 4 << 20
"""Memory is charged in portions: how far from the limit the last that fitted may have ended."""
_names = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where groups can be made: one folder in version 2, in version 1 one for each controller."""

    version: int
    memory: str
    tasks: str
    """Empty where the number of processes can't be bounded."""

    def describe(self) -> str:
        """For people."""
        what = "memory and processes" if self.tasks else "memory"
        return f"{what} of each run bounded by a control group (version {self.version})"


@dataclass(slots=True)
class Group:
    """A group for one execution after the other."""

    folders: tuple[str, ...]
    doors: tuple[int, ...]
    """Descriptors; who writes 0 to them enters."""
    memory: tuple[tuple[int, bytes], ...]
    """Descriptors that take the bound on memory, and those that keep the program out of swap."""
    tasks: int
    """Descriptor that takes the bound on tasks; -1: none."""
    kills: tuple[int, re.Pattern[bytes]]
    """Descriptor of the counter of processes that the kernel killed, and where in it."""
    hits: tuple[int, re.Pattern[bytes]]
    """The same of times that the limit was hit; in version 1, of the most that was ever in use. A kill without is for
    the machine's lack of memory, no fault of the program's."""
    bound: int = 0
    seen: tuple[int, int] = (0, 0)

    def prepare(self, memory_bytes: int, processes: int) -> None:
        """Set the limits of the next execution."""
        self.bound = memory_bytes + _OVERHEAD_BYTES
        for descriptor, fixed in self.memory:
            with contextlib.suppress(OSError):  # of swap, where the machine has none, and of order between the two
                os.pwrite(descriptor, fixed or b"%d" % self.bound, 0)
        if self.tasks >= 0:
            os.pwrite(self.tasks, b"%d" % (processes + _OVERHEAD_TASKS), 0)
        self.seen = self._count()

    def ran_out(self) -> bool:
        """Whether the kernel killed at the limit on memory since `prepare`."""
        return all(now > before for now, before in zip(self._count(), self.seen, strict=True))

    def _count(self) -> tuple[int, int]:
        hits = _read(self.hits)
        is_highest = self.hits[1] is _HIGHEST
        return _read(self.kills), int(hits > self.bound - _NEAR_BYTES) if is_highest else hits

    def close(self) -> None:
        """Remove it; what still runs in it keeps it alive until the next sweep."""
        counters = {descriptor for descriptor, _ in (*self.memory, self.kills, self.hits)}
        for descriptor in {*self.doors, *counters, self.tasks} - {-1}:
            os.close(descriptor)
        for folder in self.folders:
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def _read(counter: tuple[int, re.Pattern[bytes]]) -> int:
    descriptor, pattern = counter
    found = pattern.search(os.pread(descriptor, 4096, 0))
    return int(found[1]) if found else 0


@dataclass(slots=True)
class Groups:
    """The groups of one sandbox, as many as ever ran at once."""

    place: Place
    _free: list[Group] = field(default_factory=list)

    def take(self, memory_bytes: int, processes: int) -> Group:
        """A group with these limits."""
        while self._free:
            group = self._free.pop()
            try:
                group.prepare(memory_bytes, processes)
            except OSError:  # somebody has removed it
                group.close()
            else:
                return group
        group = make(self.place)
        group.prepare(memory_bytes, processes)
        return group

    def give_back(self, group: Group) -> None:
        self._free.append(group)

    def close(self) -> None:
        while self._free:
            self._free.pop().close()


def make(place: Place) -> Group:
    """A new group; `OSError` where that is refused after all."""
    name = f"{_PREFIX}{os.getpid()}-{next(_names)}"
    folders = tuple(dict.fromkeys(f"{folder}/{name}" for folder in (place.memory, place.tasks) if folder))
    opened: list[int] = []

    def descriptor(path: str, flags: int = os.O_WRONLY) -> int:
        opened.append(os.open(path, flags | os.O_CLOEXEC))
        return opened[-1]

    try:
        for folder in folders:
            os.mkdir(folder)
        memory, tasks = f"{place.memory}/{name}", f"{place.tasks}/{name}" if place.tasks else ""
        doors = tuple(descriptor(f"{folder}/{_DOORS[place.version]}") for folder in folders)
        limits = []
        for file, fixed in _MEMORY_FILES[place.version]:
            if os.path.exists(f"{memory}/{file}"):
                limits.append((descriptor(f"{memory}/{file}"), fixed))
        bound = descriptor(f"{tasks}/pids.max") if tasks else -1
        counters = _COUNTERS[place.version]
        kills, hits = ((descriptor(f"{memory}/{file}", os.O_RDONLY), pattern) for file, pattern in counters)
        return Group(folders, doors, tuple(limits), bound, kills, hits)
    except OSError:
        for number in opened:
            os.close(number)
        for folder in folders:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        raise


_MEMORY_FILES: dict[int, tuple[tuple[str, bytes], ...]] = {
    1: (
        ("memory.limit_in_bytes", b""),
        ("memory.memsw.limit_in_bytes", b""),
        ("memory.limit_in_bytes", b""),
        ("memory.max_usage_in_bytes", b"0"),
    ),
    2: (("memory.swap.max", b"0"), ("memory.oom.group", b"1"), ("memory.max", b"")),
}
"""What is written before each execution, in this order: of version 1, neither limit may pass the other at any time."""
_DOORS = {1: "tasks", 2: "cgroup.procs"}
"""The former moves one thread, and so takes no lock that holds up the whole machine; version 2 has no such file."""
_COUNTERS = {
    1: (("memory.oom_control", _OOM_KILLS), ("memory.max_usage_in_bytes", _HIGHEST)),
    2: (("memory.events", _OOM_KILLS), ("memory.events", _OOMS)),
}
"""Of kills, and of hits."""


@functools.cache
def find_place() -> Place | str:
    """Where groups can be made on this machine, tried out once; else the reason why not."""
    reasons = []
    for place in _candidates():
        _sweep(place)
        try:
            group = make(place)
        except OSError as error:
            reasons.append(f"{error.filename or place.memory}: {error.strerror}")
            continue
        try:
            refusal = _try(group)
        finally:
            group.close()
        if not refusal:
            return place
        reasons.append(refusal)
    return "; ".join(reasons) or "no controller of memory is mounted"


def _try(group: Group) -> str:
    """Whether a process can enter, with limits."""
    try:
        group.prepare(64 << 20, 1)
    except OSError as error:
        return f"{group.folders[0]}: limits can't be set: {error.strerror}"
    paths = [os.readlink(f"/proc/self/fd/{door}") for door in group.doors]
    command = ["sh", "-c", 'for door; do echo 0 > "$door" || exit 1; done', "sh", *paths]
    status = subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode
    return "" if status == 0 else f"{group.folders[0]}: no process can be put there"


def _candidates() -> list[Place]:
    """Version 1 where its memory controller is mounted; else the own group of version 2, and the one above it."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as file:
            rows = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return []
    own = {name: path for _, names, path in rows for name in names.split(",")}
    found = []
    if "memory" in own:
        memory = _below(f"{_ROOT}/memory", own["memory"])
        tasks = _below(f"{_ROOT}/pids", own["pids"]) if "pids" in own else ""
        found += [Place(1, memory, t) for t in dict.fromkeys((tasks, ""))]
    elif "" in own:
        here = _below(_ROOT, own[""])
        for folder in dict.fromkeys((here, os.path.dirname(here) if here != _ROOT else here)):
            controllers = _enable(folder)
            if "memory" in controllers:
                found.append(Place(2, folder, folder if "pids" in controllers else ""))
    return found


def _below(mounted: str, path: str) -> str:
    whole = mounted + path.rstrip("/")
    return whole if os.path.isdir(whole) else mounted  # of a container, the mount itself is its own group


def _enable(folder: str) -> set[str]:
    """The controllers that children of a group of version 2 have; turned on where that is permitted."""
    for name in ("memory", "pids"):
        with contextlib.suppress(OSError), open(f"{folder}/cgroup.subtree_control", "w", encoding="ascii") as file:
            file.write(f"+{name}")  # refused where processes are in the group itself
    try:
        with open(f"{folder}/cgroup.subtree_control", encoding="ascii") as file:
            return set(file.read().split())
    except OSError:
        return set()


def _sweep(place: Place) -> None:
    """Remove the groups of processes that ended without a chance to."""
    for folder in dict.fromkeys((place.memory, place.tasks)):
        with contextlib.suppress(OSError):
            for name in os.listdir(folder) if folder else ():
                owner = name.removeprefix(_PREFIX).partition("-")[0]
                if name.startswith(_PREFIX) and owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
                    with contextlib.suppress(OSError):
                        os.rmdir(f"{folder}/{name}")
