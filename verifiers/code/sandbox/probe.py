"""The ladder: which kinds of isolation work on this machine, found out by running a program behind each."""

from __future__ import annotations

import functools
import os
import platform
import sys
from dataclasses import dataclass

from rewardkit.verifiers.code.sandbox import groups
from rewardkit.verifiers.code.sandbox.limits import Isolation, Job, Limits, SandboxError, Status

RUNGS: tuple[Isolation, ...] = ("namespaces", "landlock", "weak")
PROMISES: dict[Isolation, str] = {
    "namespaces": "own files, processes, network and users for each run; nothing of this machine in sight",
    "landlock": "reads the system's libraries only, writes one folder, no network, no further processes",
    "weak": "no network, no further processes, limits; this machine's files stay readable",
}
_REMOTE = "run programs on a server instead: SandboxFusion or Piston, see rewardkit.verifiers.code.sandbox.remote"
_MACHINES = ("x86_64", "aarch64")


@dataclass(frozen=True, slots=True)
class Rung:
    """One kind of isolation, and whether it works here."""

    name: Isolation
    works: bool
    reason: str
    """Why not; empty if it works."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """All rungs, strongest first."""

    rungs: tuple[Rung, ...]

    def best(self, allow_weak: bool = False) -> Rung | None:
        """The strongest rung that works; the weak one only if allowed."""
        return next((r for r in self.rungs if r.works and (allow_weak or r.name != "weak")), None)


def probe() -> Ladder:
    """Try every rung; done once in a process."""
    return Ladder(tuple(probe_rung(name) for name in RUNGS))


def best_rung(allow_weak: bool = False) -> Isolation:
    """The strongest rung that works here; `SandboxError` with every reason where none does."""
    reasons = []
    for name in RUNGS if allow_weak else RUNGS[:-1]:
        rung = probe_rung(name)
        if rung.works:
            return name
        reasons.append(f"{name}: {rung.reason}")
        if sys.platform != "linux":
            break
    weak = "" if allow_weak else "; weak isolation has to be asked for (allow_weak)"
    raise SandboxError(f"no isolation for untrusted programs here ({'; '.join(reasons)}){weak}; {_REMOTE}")


@functools.cache
def probe_rung(name: Isolation) -> Rung:
    """Whether a program runs behind this rung."""
    refusal = unsupported()
    if refusal:
        return Rung(name, False, refusal)
    from rewardkit.verifiers.code.sandbox.local import LocalSandbox

    try:
        with LocalSandbox(name, workers=1, allow_weak=True) as sandbox:
            execution = sandbox.run(Job("print(6 * 7)", limits=Limits(cpu_s=10.0), flavour="plain"))
    except SandboxError as error:
        return Rung(name, False, str(error))
    if execution.status is not Status.OK or execution.stdout != b"42\n":
        return Rung(name, False, f"a trial program ended with {execution.status}: {execution.stderr[-300:]!r}")
    return Rung(name, True, "")


def describe_memory() -> str:
    """How the memory of programs is bounded here, and if not by control groups, why."""
    place = groups.find_place()
    if isinstance(place, groups.Place):
        return place.describe()
    return f"memory bounded for each process; no control groups ({place})"


def unsupported() -> str:
    """Why this system can't have a local sandbox at all; empty on Linux on a known processor."""
    if sys.platform != "linux":
        return f"local isolation needs Linux, this is {platform.system()}; {_REMOTE}"
    if os.uname().machine not in _MACHINES:
        return f"the system call filter knows {' and '.join(_MACHINES)}, not {os.uname().machine}; {_REMOTE}"
    return ""
