"""Programs of ours that run inside sandboxes, and how their source is put together.

    made = driver("calls", "run_calls", source, "twoSum", "[[1, 2]]", 0)
    sandbox.run(Job(made.source, files=made.files))

Each is a module of this package, checked like any other, that needs the standard library only. Inside a sandbox there
is no rewardkit, so the modules that one needs are joined. They go in compiled, which saves more than a small program
takes to run; a remote sandbox, whose Python may be another, gets the text.
"""

from __future__ import annotations

import functools
import marshal
from collections.abc import Mapping
from importlib import resources
from typing import NamedTuple

_FILE = "driver.bin"
_NEEDS = {
    "calls": ("encoding", "calls"),
    "facts": ("encoding", "facts"),
    "piped": ("piped",),
    "plots": ("encoding", "plots"),
    "solution": ("encoding", "decoding", "library", "solution"),
    "testing": ("encoding", "decoding", "library", "link", "pytest_subset", "names", "testing"),
}


class Driver(NamedTuple):
    """A program for a sandbox's job."""

    source: str
    files: Mapping[str, bytes]


def driver(name: str, function: str, *arguments: str | int, is_remote: bool = False) -> Driver:
    """The program that runs `function` of the module `name` with literal arguments, and the files that it needs."""
    call = f"{function}({', '.join(map(ascii, arguments))})\n"
    if is_remote:
        return Driver(f"{_text(name)}\n{call}", {})
    return Driver(
        f'import marshal\nexec(marshal.loads(open("{_FILE}", "rb").read()))\n{call}', {_FILE: _compiled(name)}
    )


@functools.cache
def _text(name: str) -> str:
    parts = [resources.files(__package__).joinpath(f"{part}.py").read_text("utf-8") for part in _NEEDS[name]]
    lines = "\n".join(parts).splitlines()
    return "\n".join(line for line in lines if not line.startswith("from rewardkit."))


@functools.cache
def _compiled(name: str) -> bytes:
    return marshal.dumps(compile(_text(name), f"{name}.py", "exec", dont_inherit=True, optimize=2))
