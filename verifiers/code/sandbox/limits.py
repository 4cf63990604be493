"""What a sandbox is asked to do and what it answers: jobs, limits, executions.

    job = Job("print(int(input()) + 1)", stdin=b"41", limits=Limits(cpu_s=2.0))
    execution = default_sandbox().run(job)
    execution.status, execution.stdout      # Status.OK, b"42\\n"

Faults of the program are statuses; faults of our side (no isolation, a set-up that failed twice) are `SandboxError`s,
so that a response is never blamed for them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from rewardkit.errors import OptionError, RewardkitError

Isolation = Literal["namespaces", "landlock", "weak"]
"""The rungs of the ladder on this machine, strongest first; remote back ends say `remote:` and their name."""

Flavour = Literal["auto", "plain", "plot", "science"]

SOURCE_NAME = "main.py"
"""The file in the temporary folder that holds `Job.source`."""


_LONGEST_S = 1e6


class SandboxError(RewardkitError):
    """Our side failed: no isolation available, a set-up fault, a sandbox that died twice. Never a verdict."""

    exit_code = 3


class Status(StrEnum):
    """How a program ended."""

    OK = "ok"
    """With exit code 0."""
    FAILED = "failed"
    """With another exit code, or by a signal of its own doing."""
    TIME_LIMIT = "time limit"
    """CPU time, or wall time (sleeping, waiting), past the limit."""
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    """Standard output, standard error or the result past the byte limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use. All limits are hard: the kernel or a kill enforces them."""

    cpu_s: float = 4.0
    """Processor seconds, of all threads together."""
    wall_s: float | None = None
    """Seconds from start to end, queueing and waiting for a processor not counted; None: three times `cpu_s` plus 1."""
    memory_mb: int = 512
    """Memory on top of the preloaded interpreter. For runtimes that reserve far more address space than they use
    (`Job.language` java, javascript, go...) it bounds what they write to, for others the address space."""
    output_bytes: int = 16 << 20
    """For each of standard output, standard error and the result."""
    file_bytes: int = 16 << 20
    """The largest file that the program may write."""
    open_files: int = 64
    processes: int = 0
    """Processes it may start beside itself; 0: it may not fork (threads are allowed)."""
    scratch_mb: int = 64
    """Room in each of /tmp and the working directory."""
    scratch_files: int = 4096
    """Files in each of /tmp and the working directory."""

    def __post_init__(self) -> None:
        for name in ("cpu_s", "memory_mb", "output_bytes", "file_bytes", "scratch_mb", "scratch_files"):
            if not getattr(self, name) > 0:
                raise OptionError(f"Limits.{name} must be above 0, not {getattr(self, name)!r}")
        if self.wall_s is not None and not self.wall_s > 0:
            raise OptionError(f"Limits.wall_s must be above 0 or None, not {self.wall_s!r}")
        if max(self.cpu_s, self.wall_s or 0.0) > _LONGEST_S:
            raise OptionError(f"Limits.cpu_s and Limits.wall_s end at {_LONGEST_S:g} seconds")
        if self.open_files < 8 or self.processes < 0:
            raise OptionError("Limits.open_files must be at least 8 and Limits.processes at least 0")

    @property
    def wall_limit_s(self) -> float:
        """`wall_s`, or its default."""
        return 3 * self.cpu_s + 1 if self.wall_s is None else self.wall_s


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one program."""

    source: str = ""
    """Python source, run as `__main__` (`language` python); it finds itself in main.py in the temporary folder."""
    language: str = "python"
    """`python` is run by a preloaded interpreter; anything else runs `argv`."""
    argv: tuple[str, ...] = ()
    """python: `sys.argv[1:]`. Others: the command, by paths as they are inside (/usr read-only, ./name for `files`)."""
    stdin: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Put into the working directory, by relative name; all may be executed."""
    limits: Limits = field(default_factory=Limits)
    flavour: Flavour = "auto"
    """Which libraries are preloaded: none beyond the standard library, numpy and matplotlib, or numpy and sympy. A
    matter of speed only."""
    collect: tuple[str, ...] = ()
    """Relative names of files whose contents come back in `Execution.files`; what is missing is left out."""

    def __post_init__(self) -> None:
        for name in (*self.files, *self.collect):
            if not is_inside(name):
                raise OptionError(f"a file of a job needs a relative name without '..', not {name!r}")
        if self.language == "python" and SOURCE_NAME in self.files:
            raise OptionError(f"{SOURCE_NAME} holds the source of a Python job; give the file another name")
        if self.language != "python" and not self.argv:
            raise OptionError(f"a job in {self.language} needs argv, the command to run")


@dataclass(frozen=True, slots=True)
class Execution:
    """How a job ended, and what it left."""

    status: Status
    stdout: bytes = b""
    stderr: bytes = b""
    result: bytes = b""
    """What the program wrote to the descriptor whose number is in the environment as REWARDKIT_RESULT_FD."""
    exit_code: int | None = None
    """None when a signal ended it."""
    signal: int | None = None
    cpu_s: float = 0.0
    wall_s: float = 0.0
    max_rss_mb: float = 0.0
    """The largest resident memory, preloaded libraries included."""
    isolation: str = ""
    """What stood between the program and the machine: namespaces, landlock, weak, or remote:NAME."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    memory_by: str = ""
    """What bounded its memory: `rlimits`, or `cgroups v1` and `cgroups v2`, which also count files and pipes; empty
    where a server does."""


class Sandbox(Protocol):
    """A place where hostile programs may run."""

    @property
    def isolation(self) -> str:
        """namespaces, landlock, weak, or remote:NAME."""
        ...

    def run(self, job: Job) -> Execution:
        """Run a job to its end; safe from any thread; raises `SandboxError` for faults of our side only."""
        ...

    async def arun(self, job: Job) -> Execution:
        """`run` for asyncio."""
        ...

    def duet(self, tests: Job, solution: Job) -> tuple[Execution, Execution]:
        """Run two jobs at once in two sandboxes joined by two pipes.

        Each finds its ends in the environment as REWARDKIT_READ_FD and REWARDKIT_WRITE_FD. When `tests` ends,
        `solution` is killed.
        """
        ...

    def close(self) -> None:
        """End every process of it; later jobs are refused."""
        ...


def is_inside(name: str) -> bool:
    """Whether a relative path stays inside the folder that it starts from.

    >>> is_inside("data/in.txt"), is_inside("../secret"), is_inside("/etc/passwd"), is_inside("")
    (True, False, False, False)
    """
    if not name or name.startswith("/") or "\0" in name or len(name) > 1000:
        return False
    return all(part not in ("", ".", "..") for part in name.split(posixpath.sep))
