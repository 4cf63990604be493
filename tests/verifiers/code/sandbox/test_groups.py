"""Control groups: what they bound where this machine lets us have them, and that nothing changes where it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rewardkit.verifiers.code.sandbox import Job, Limits, Status, groups
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
from rewardkit.verifiers.code.sandbox.probe import describe_memory, probe_rung

FILL = "for name in ('/tmp/a', 'b'):\n    open(name, 'wb').write(b'x' * (40 << 20))\nprint('filled')"
ROOMY = Limits(memory_mb=64, scratch_mb=100, file_bytes=64 << 20)


@pytest.fixture(scope="module")
def place() -> groups.Place:
    found = groups.find_place()
    if isinstance(found, str):
        pytest.skip(f"no control groups: {found}")
    if not probe_rung("namespaces").works:
        pytest.skip(probe_rung("namespaces").reason)
    return found


def names_in(place: groups.Place) -> list[str]:
    folders = {folder for folder in (place.memory, place.tasks) if folder}
    return [n for folder in folders for n in os.listdir(folder) if n.startswith(f"rewardkit-{os.getpid()}-")]


def test_files_in_memory_count_against_the_limit(place, namespaces):
    execution = namespaces.run(Job(FILL, limits=ROOMY))
    assert (execution.status, execution.stdout) == (Status.MEMORY_LIMIT, b"")
    assert execution.memory_by == f"cgroups v{place.version}"


def test_processes_count_together(place, namespaces):
    source = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        x = bytearray(40 << 20)
        time.sleep(5)
        os._exit(0)
time.sleep(1)
"""
    execution = namespaces.run(Job(source, limits=Limits(memory_mb=64, processes=8)))
    assert execution.status is Status.MEMORY_LIMIT


def test_the_next_execution_starts_with_nothing_on_its_account(place):
    with LocalSandbox("namespaces", workers=1) as sandbox:
        for _ in range(3):
            assert sandbox.run(Job(FILL, limits=ROOMY)).status is Status.MEMORY_LIMIT
            whole = sandbox.run(Job("x = bytearray(50 << 20); print(len(x))", limits=Limits(memory_mb=64)))
            assert (whole.status, whole.stdout) == (Status.OK, b"52428800\n"), whole


def test_groups_are_used_again_and_removed_with_their_sandbox(place):
    before = names_in(place)
    with LocalSandbox("namespaces", workers=2) as sandbox:
        for _ in range(20):
            sandbox.run(Job("pass"))
        sandbox.duet(Job("pass"), Job("pass"))
        made = len(names_in(place)) - len(before)
        assert 0 < made <= 2 * len({place.memory, place.tasks})
    assert names_in(place) == before


def test_groups_of_dead_processes_are_swept(place):
    with subprocess.Popen([sys.executable, "-c", "pass"]) as dead:
        dead.wait()
    left = Path(place.memory, f"rewardkit-{dead.pid}-1")
    left.mkdir()
    groups._sweep(place)
    assert not left.exists()


def test_without_groups_memory_is_bounded_for_each_process(monkeypatch):
    from rewardkit.verifiers.code.sandbox import local

    monkeypatch.setattr(local, "find_place", lambda: "not here")
    monkeypatch.setattr(groups, "find_place", lambda: "not here")
    assert describe_memory() == "memory bounded for each process; no control groups (not here)"
    if not probe_rung("namespaces").works:
        pytest.skip(probe_rung("namespaces").reason)
    with LocalSandbox("namespaces", workers=1) as sandbox:
        execution = sandbox.run(Job(FILL, limits=ROOMY))
        assert (execution.status, execution.stdout, execution.memory_by) == (Status.OK, b"filled\n", "rlimits")
        hog = sandbox.run(Job("x = bytearray(300 << 20)", limits=Limits(memory_mb=200)))
        assert hog.status is Status.MEMORY_LIMIT


ROWS = {
    "4:memory:/user/job\n8:pids:/\n0::/\n": [(1, "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids")],
    "9:cpu:/\n": [],
}


@pytest.mark.parametrize(("text", "expected"), ROWS.items(), ids=["version 1", "no controller of memory"])
def test_the_place_is_read_from_the_own_group(monkeypatch, tmp_path, text, expected):
    path = tmp_path / "cgroup"
    path.write_text(text)
    real = open
    monkeypatch.setattr(
        "builtins.open", lambda name, *a, **k: real(path if name == "/proc/self/cgroup" else name, *a, **k)
    )
    found = [(p.version, p.memory, p.tasks) for p in groups._candidates()]
    assert found[: len(expected)] == expected
    assert bool(found) == bool(expected)


def test_version_two_is_taken_where_a_subtree_has_the_controller(monkeypatch, tmp_path):
    root = tmp_path / "tree"
    (root / "slice" / "own").mkdir(parents=True)
    (root / "slice" / "cgroup.subtree_control").write_text("memory pids")
    (root / "slice" / "own" / "cgroup.subtree_control").mkdir()  # can't be written, as where processes are in it
    monkeypatch.setattr(groups, "_ROOT", str(root))
    monkeypatch.setattr(groups, "_enable", lambda f: {"memory", "pids"} if f.endswith("slice") else set())
    real = open
    own = tmp_path / "cgroup"
    own.write_text("0::/slice/own\n")
    monkeypatch.setattr(
        "builtins.open", lambda name, *a, **k: real(own if name == "/proc/self/cgroup" else name, *a, **k)
    )
    assert groups._candidates() == [groups.Place(2, f"{root}/slice", f"{root}/slice")]


def test_a_kill_for_the_machines_lack_of_memory_is_not_the_programs_fault(place):
    group = groups.make(place)
    try:
        group.prepare(64 << 20, 1)
        kills, hits = group.seen
        group.seen = (kills - 1, hits)  # one was killed since, and yet this group's own limit was never hit
        assert not group.ran_out()
        group.seen = (kills - 1, hits - 1)  # it was
        assert group.ran_out()
    finally:
        group.close()


def test_a_group_that_somebody_removed_is_replaced(place):
    own = groups.Groups(place)
    first = own.take(64 << 20, 1)
    own.give_back(first)
    for folder in first.folders:
        os.rmdir(folder)
    second = own.take(64 << 20, 1)
    try:
        assert all(os.path.isdir(folder) for folder in second.folders)
    finally:
        own.give_back(second)
        own.close()
