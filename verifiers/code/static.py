"""What can be said of a program without running it: whether it parses or compiles, and what it consists of.

    facts_of("print(1)", sandbox)       # Facts, or a CompileError with the line at fault

The work is done in a sandbox, where a source that exhausts a parser or a compiler harms nobody.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rewardkit.errors import OptionError
from rewardkit.verifiers.code.drivers import driver
from rewardkit.verifiers.code.languages import (
    LANGUAGES,
    CompileError,
    Runnable,
    check_command,
    prepare,
)
from rewardkit.verifiers.code.sandbox import Job, Limits, Sandbox, SandboxError, Status, default_sandbox
from rewardkit.verifiers.code.toolchains import MissingToolError

_LIMITS = Limits(cpu_s=10.0, memory_mb=1024, output_bytes=32 << 20)
_ATTEMPTS = 3
_PAUSE_S = 0.2

T = TypeVar("T")

SERVERS = ("sandboxfusion", "piston")
"""Protocols of sandbox servers."""


@functools.lru_cache(maxsize=16)
def server_sandbox(address: str) -> Sandbox:
    """The sandbox at an address such as `sandboxfusion:http://host:8080`; raises `OptionError`."""
    protocol, _, url = address.partition(":")
    if protocol not in SERVERS:
        raise OptionError(
            f"server is a protocol and an address, such as {SERVERS[0]}:http://host:8080, not {address!r}"
        )
    from rewardkit.verifiers.code.sandbox.remote import Piston, SandboxFusion

    return SandboxFusion(url) if protocol == "sandboxfusion" else Piston(url)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a Python program consists of."""

    statements: int
    """How many do something: not pass, not an import, not a name or a constant alone."""
    nodes: tuple[str, ...]
    """Kinds of nodes of its syntax tree, by the names of Python's module ast."""
    imports: tuple[str, ...]
    uses: tuple[str, ...]
    """Names that are read or called, with their modules where they were imported from one."""
    definitions: tuple[str, ...]
    recursive: bool
    """Whether a function calls itself by name."""
    dynamic: tuple[str, ...]
    """What it uses that can make or find names when it runs, so that these facts may not be all."""


def facts_of(source: str, sandbox: Sandbox) -> Facts | CompileError:
    """The facts of a Python program, or why it does not compile; raises `SandboxError`."""
    made = driver("facts", "run_facts", source, is_remote=sandbox.isolation.startswith("remote"))
    execution = sandbox.run(Job(made.source, files=made.files, limits=_LIMITS, flavour="plain"))
    if execution.status is not Status.OK or not execution.result:
        return CompileError(f"parsing it ran past its limits ({execution.status.value})")
    found = json.loads(execution.result)
    if "error" in found:
        name, message = found["error"]
        where = f" in line {found['line']}" if "line" in found else ""
        return CompileError(f"{name}{where}: {message}" if message else f"{name}{where}")
    return Facts(
        statements=found["statements"],
        nodes=tuple(found["nodes"]),
        imports=tuple(found["imports"]),
        uses=tuple(found["uses"]),
        definitions=tuple(found["definitions"]),
        recursive=found["recursive"],
        dynamic=tuple(found["dynamic"]),
    )


def compiles(source: str, language: str, sandbox: Sandbox) -> CompileError | None:
    """Why a program in another language than Python does not compile or parse, or None; raises `SandboxError`."""
    if LANGUAGES[language].compile:
        made = prepare(source, language, sandbox)
        return made if isinstance(made, CompileError) else None
    made = prepare(source, language, sandbox)
    assert isinstance(made, Runnable)  # what is not compiled can't fail to
    job = Job(language=language, argv=check_command(language), files=made.files, limits=_LIMITS)
    execution = sandbox.run(job)
    if execution.status is Status.OK:
        return None
    lines = (execution.stderr or execution.stdout)[:2000].decode("utf-8", "replace").strip().splitlines()
    said = next((line for line in lines if "error" in line.lower()), lines[0] if lines else execution.status.value)
    return CompileError(said[:300])


def with_retries(allow_weak: bool, work: Callable[[Sandbox], T], server: str | None = None) -> T:
    """`work` with the sandbox of this process, or of `server`, tried again where it fails; raises the last fault."""
    for attempt in range(_ATTEMPTS):
        try:
            return work(server_sandbox(server) if server else default_sandbox(allow_weak))
        except MissingToolError:
            raise
        except SandboxError:
            if attempt + 1 == _ATTEMPTS:
                raise
        time.sleep(_PAUSE_S * attempt)
    raise AssertionError("unreachable")
