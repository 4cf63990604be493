"""`LocalSandbox`: hostile programs on this machine, behind the walls of one rung of the ladder.

    with LocalSandbox() as sandbox:
        sandbox.run(Job("print(6 * 7)")).stdout      # b"42\\n"

Starts on first use, works from any thread and from asyncio, survives a fork of its process (the child starts its own).
"""

from __future__ import annotations

import ast
import asyncio
import atexit
import os
import threading
import weakref
from concurrent.futures import Future

from rewardkit.errors import OptionError
from rewardkit.execution.pool import processors
from rewardkit.verifiers.code.sandbox.groups import Place, find_place
from rewardkit.verifiers.code.sandbox.layout import WIDE_NAMES
from rewardkit.verifiers.code.sandbox.limits import Execution, Isolation, Job, SandboxError
from rewardkit.verifiers.code.sandbox.probe import best_rung, unsupported
from rewardkit.verifiers.code.sandbox.supervisor import Supervisor
from rewardkit.verifiers.code.sandbox.unit import Cargo, Unit

_LONGEST_SCAN = 100_000
_SYMBOLIC = frozenset({"sympy", "mpmath"})
_FLAVOURS = ("plain", "wide", "numpy", "plot", "science")
_WIDE_BYTES = tuple(name.encode() for name in WIDE_NAMES)
_NUMERIC = frozenset({"numpy", "scipy", "pandas", "matplotlib"})


class LocalSandbox:
    """Runs jobs behind one rung. `workers` jobs run at a time, the others queue; `folders` are further (path inside,
    path here) pairs, such as a tool chain outside /usr, that programs may read."""

    def __init__(
        self,
        rung: Isolation | None = None,
        *,
        workers: int | None = None,
        allow_weak: bool = False,
        folders: tuple[tuple[str, str], ...] = (),
    ) -> None:
        if workers is not None and workers < 1:
            raise OptionError(f"a sandbox needs at least one worker, not {workers}")
        if rung == "weak" and not allow_weak:
            raise SandboxError("the weak rung leaves this machine's files readable to programs; pass allow_weak=True")
        refusal = unsupported()
        if refusal:
            raise SandboxError(refusal)
        self._rung = rung
        self._allow_weak = allow_weak
        self._workers = workers or processors()
        self._folders = folders
        self._reset()
        _sandboxes.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        self._supervisor: Supervisor | None = None

    @property
    def isolation(self) -> Isolation:
        """The rung; probed on first use."""
        if self._rung is None:
            self._rung = best_rung(self._allow_weak)
        return self._rung

    def run(self, job: Job) -> Execution:
        """Run a job to its end."""
        future = self._submit((job,))
        try:
            return future.result()[0]
        finally:
            future.cancel()  # of an interrupted caller: the program is killed

    async def arun(self, job: Job) -> Execution:
        """`run` for asyncio; when its task is cancelled, the program is killed."""
        return (await asyncio.wrap_future(self._submit((job,))))[0]

    def duet(self, tests: Job, solution: Job) -> tuple[Execution, Execution]:
        """Run two jobs joined by two pipes; when `tests` ends, `solution` is killed."""
        future = self._submit((tests, solution))
        try:
            first, second = future.result()
        finally:
            future.cancel()
        return first, second

    async def aduet(self, tests: Job, solution: Job) -> tuple[Execution, Execution]:
        """`duet` for asyncio."""
        first, second = await asyncio.wrap_future(self._submit((tests, solution)))
        return first, second

    def zygote_pids(self) -> list[int]:
        """Process numbers of the zygotes that live now."""
        supervisor = self._supervisor
        return supervisor.zygote_pids() if supervisor else []

    def close(self) -> None:
        """End every process of this sandbox; what is not done fails with `SandboxError`."""
        with self._lock:
            self._is_closed = True
            supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.stop()

    def __enter__(self) -> LocalSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(self, jobs: tuple[Job, ...]) -> Future[tuple[Execution, ...]]:
        rung = self.isolation
        if rung != "namespaces" and any(job.limits.processes for job in jobs):
            raise SandboxError(
                f"a job of several processes needs isolation by namespaces; here it is {rung}, where a process left "
                "behind could not be found again (`rewardkit doctor` says why)"
            )
        flavour = max((_flavour(job) for job in jobs), key=_FLAVOURS.index)
        unit = Unit(tuple(Cargo.pack(job) for job in jobs), flavour, Future())
        with self._lock:
            if self._is_closed:
                raise SandboxError("the sandbox is closed")
            if self._supervisor is None or not self._supervisor.is_running():
                zygotes = min(self._workers, processors())
                place = find_place()
                self._supervisor = Supervisor(
                    rung, self._workers, zygotes, self._folders, place if isinstance(place, Place) else None
                )
            self._supervisor.submit(unit)
        return unit.future


def _flavour(job: Job) -> str:
    if job.language != "python":
        return "plain"
    if job.flavour in ("plot", "science"):
        return job.flavour
    imported = imported_packages(job.source) if job.flavour == "auto" else frozenset()
    if imported & _SYMBOLIC:
        return "science"
    if imported & _NUMERIC:
        return "numpy"
    return "wide" if _may_be_wide(job) else "plain"


def _may_be_wide(job: Job) -> bool:
    """Whether the larger modules of the standard library are named anywhere; a hint for speed, like the next."""
    if any(name in job.source[:_LONGEST_SCAN] for name in WIDE_NAMES):
        return True
    files = [content for content in job.files.values() if len(content) <= _LONGEST_SCAN]
    return any(name in content for content in files for name in _WIDE_BYTES)


def imported_packages(source: str) -> set[str]:
    """Top-level names that a program's import statements name; a hint for speed, nothing depends on it.

    >>> sorted(imported_packages("import numpy.linalg as la\\nfrom sympy import symbols"))
    ['numpy', 'sympy']
    """
    if not any(name in source for name in (*_SYMBOLIC, *_NUMERIC)) or len(source) > _LONGEST_SCAN:
        return set()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


_sandboxes: weakref.WeakSet[LocalSandbox] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for sandbox in list(_sandboxes):
        sandbox.close()


def _after_fork_in_child() -> None:
    for sandbox in list(_sandboxes):
        supervisor = sandbox._supervisor
        if supervisor is not None:
            supervisor.abandon()
        sandbox._reset()


os.register_at_fork(after_in_child=_after_fork_in_child)
