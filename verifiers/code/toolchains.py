"""Compilers and interpreters of this machine: where they lie, and what a sandbox must see to run them.

    toolchain_of("rust").tools["rustc"]      # '/usr/bin/rustc', or inside the folder that rustup keeps

What lies under /usr every sandbox sees. A toolchain that a person installed elsewhere (rustup, a Go archive) is asked
for its own folder; that folder alone is shown, read-only, and only to the sandbox that compiles.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from rewardkit.verifiers.code.sandbox import Sandbox, SandboxError
from rewardkit.verifiers.code.sandbox.limits import Isolation

_VISIBLE = ("/usr/", "/bin/", "/lib/")
"""What every sandbox sees of the machine."""

_FOLDERS = "/usr/local/bin:/usr/bin:/bin:/usr/local/go/bin:/usr/lib/go/bin"
_MOUNTED = "/toolchain"
_QUERY_S = 20.0


class MissingToolError(SandboxError):
    """A language's compiler or interpreter is not on this machine, or not where a sandbox can see it."""


@dataclass(frozen=True, slots=True)
class Home:
    """How a toolchain is asked for its own folder."""

    query: tuple[str, ...]
    """Arguments of the tool, which prints the folder."""
    marker: str
    """What the folder holds if it is one."""


HOMES: Mapping[str, Home] = {
    "rustc": Home(("--print", "sysroot"), "lib/rustlib"),
    "go": Home(("env", "GOROOT"), "src/runtime"),
}
"""Tools whose toolchains may lie anywhere."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The tools of a language."""

    tools: Mapping[str, str]
    """Name and path."""
    folders: tuple[str, ...] = ()
    """What a sandbox must be shown beside /usr."""

    def inside(self, isolation: str) -> dict[str, str]:
        """The tools by their paths as a sandbox sees them."""
        return {tool: _inside(path, isolation) for tool, path in self.tools.items()}


def toolchain_of(language: str, tools: tuple[str, ...]) -> Toolchain:
    """Where the tools of a language lie.

    Raises:
        MissingToolError: one is not installed, or lies where no sandbox can see it.
    """
    found: dict[str, str] = {}
    folders: tuple[str, ...] = ()
    for tool in tools:
        path = shutil.which(tool, path=_FOLDERS)
        if path is not None:
            found[tool] = path if path.startswith(_VISIBLE) else os.path.realpath(path)
            continue
        elsewhere = shutil.which(tool)
        if elsewhere is None:
            raise MissingToolError(f"{language} needs {tool}, which is not installed on this machine")
        home = home_of(elsewhere, tool)
        if home is None:
            raise MissingToolError(
                f"{language} needs {tool}, which lies at {elsewhere}, where no sandbox sees it; install it under /usr"
            )
        found[tool] = os.path.join(home, "bin", tool)
        folders += _shown(home)
    return Toolchain(found, folders)


@functools.cache
def home_of(path: str, tool: str) -> str | None:
    """The folder of the toolchain that a tool belongs to, by its own word; None where it has none, or does not run."""
    how = HOMES.get(tool)
    if how is None:
        return None
    try:
        said = subprocess.run([path, *how.query], capture_output=True, text=True, timeout=_QUERY_S, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    home = os.path.realpath(said.stdout.strip())
    is_one = os.path.isfile(os.path.join(home, "bin", tool)) and os.path.isdir(os.path.join(home, how.marker))
    return home if is_one else None


def _inside(path: str, isolation: str) -> str:
    """Where a path of ours is found inside; a private root has a /tmp of its own, so nothing keeps its place there."""
    return path if path.startswith(_VISIBLE) or isolation != "namespaces" else _MOUNTED + path


def _shown(home: str) -> tuple[str, ...]:
    """The folder of a toolchain, and those that it links to elsewhere."""
    parts = [home]
    for name in sorted(os.listdir(home)):
        target = os.path.realpath(os.path.join(home, name))
        if os.path.islink(os.path.join(home, name)) and not target.startswith((home + "/", *_VISIBLE)):
            parts.append(target)
    return tuple(parts)


_lock = threading.Lock()
_compilers: dict[tuple[Isolation, tuple[str, ...]], Sandbox] = {}


def compiler_sandbox(sandbox: Sandbox, toolchain: Toolchain) -> Sandbox:
    """A sandbox like `sandbox` that sees the folders of a toolchain, too."""
    rung = next((name for name in get_args(Isolation) if name == sandbox.isolation), None)
    if not toolchain.folders or rung is None:
        return sandbox
    from rewardkit.verifiers.code.sandbox.local import LocalSandbox

    key: tuple[Isolation, tuple[str, ...]] = (rung, toolchain.folders)
    with _lock:
        if key not in _compilers:
            folders = tuple((_inside(folder, rung), folder) for folder in toolchain.folders)
            _compilers[key] = LocalSandbox(rung, allow_weak=rung == "weak", folders=folders)
        return _compilers[key]


def _after_fork() -> None:
    global _lock  # noqa: PLW0603  # one that another thread held at the fork would never be released
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
