"""A sandbox for hostile programs: fresh namespaces for each run, forked from a preloaded interpreter.

    from rewardkit.verifiers.code import sandbox

    sandbox.run("print(int(input()) + 1)", stdin="41").stdout     # b"42\\n"

See docs/sandbox.md for what each rung of isolation promises and what it does not.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from rewardkit.verifiers.code.sandbox.limits import Execution, Job, Limits, Sandbox, SandboxError, Status
from rewardkit.verifiers.code.sandbox.probe import Ladder, Rung, probe

__all__ = [
    "Execution",
    "Job",
    "Ladder",
    "Limits",
    "Rung",
    "Sandbox",
    "SandboxError",
    "Status",
    "arun",
    "default_sandbox",
    "probe",
    "run",
]

_lock = threading.Lock()
_defaults: dict[bool, Sandbox] = {}


def default_sandbox(allow_weak: bool = False) -> Sandbox:
    """The sandbox of this process, behind the strongest rung that works here; started on first use.

    Raises `SandboxError` where nothing isolates: programs are never run unprotected.
    """
    from rewardkit.verifiers.code.sandbox.local import LocalSandbox

    with _lock:
        if allow_weak not in _defaults:
            sandbox = LocalSandbox(allow_weak=allow_weak)
            _ = sandbox.isolation  # refuse here, not at the first job
            _defaults[allow_weak] = sandbox
        return _defaults[allow_weak]


def run(
    source: str, stdin: str | bytes = "", files: Mapping[str, bytes] | None = None, limits: Limits | None = None
) -> Execution:
    """Run a Python program in the default sandbox."""
    return default_sandbox().run(_job(source, stdin, files, limits))


async def arun(
    source: str, stdin: str | bytes = "", files: Mapping[str, bytes] | None = None, limits: Limits | None = None
) -> Execution:
    """`run` for asyncio."""
    return await default_sandbox().arun(_job(source, stdin, files, limits))


def _job(source: str, stdin: str | bytes, files: Mapping[str, bytes] | None, limits: Limits | None) -> Job:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    return Job(source, stdin=data, files=files or {}, limits=limits or Limits())
