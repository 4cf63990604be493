"""Sandboxes behind each rung that works here, and a way to be an ordinary user."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rewardkit.verifiers.code.sandbox import layout
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
from rewardkit.verifiers.code.sandbox.probe import probe_rung

ORDINARY_USER = 61999
AsUser = Callable[[str], str]


@pytest.fixture(scope="session", params=["namespaces", "landlock"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[LocalSandbox]:
    """Each rung that the probe calls working; one that it refuses is tested in test_ladder.py."""
    found = probe_rung(request.param)
    if not found.works:
        pytest.skip(f"{request.param}: {found.reason}")
    with LocalSandbox(request.param) as opened:
        yield opened


@pytest.fixture(scope="session")
def namespaces() -> Iterator[LocalSandbox]:
    found = probe_rung("namespaces")
    if not found.works:
        pytest.skip(f"namespaces: {found.reason}")
    with LocalSandbox("namespaces") as opened:
        yield opened


def readable_interpreter() -> str | None:
    """An interpreter of this version that everybody may run."""
    executable = layout.interpreter()[0]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        folders = [str(folder) for folder in Path(path).parents]
        if os.path.exists(path) and all(os.stat(p).st_mode & 0o001 for p in (path, *folders)):
            return path
    return None


@pytest.fixture(scope="session")
def as_user() -> AsUser:
    """Runs Python code in a process of an ordinary user and returns what it printed."""
    if os.getuid() != 0:
        command, extra = sys.executable, {}
    else:
        found = readable_interpreter()
        if found is None:
            pytest.skip("no interpreter of this version that an ordinary user may run")
        command, extra = found, {"user": ORDINARY_USER, "group": ORDINARY_USER, "extra_groups": []}

    def run(code: str) -> str:
        environment = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [command, "-c", code], env=environment, cwd="/", capture_output=True, text=True, check=False, **extra
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
