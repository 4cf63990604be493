"""Which isolation is chosen, and that nothing runs where none works: under filters such as container runtimes set."""

import json
import os
import subprocess
import sys

import pytest

from rewardkit.verifiers.code.sandbox import Job, SandboxError, probe
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
from rewardkit.verifiers.code.sandbox.probe import unsupported

CONFINED = """
import json, sys
from rewardkit.verifiers.code.sandbox.inside import seccomp
seccomp.install(seccomp.deny(tuple(json.loads(sys.argv[1]))))
from rewardkit.verifiers.code.sandbox import Job, SandboxError, default_sandbox, probe
found = {"ladder": {r.name: r.reason for r in probe().rungs}, "works": [r.name for r in probe().rungs if r.works]}
for allow_weak in (False, True):
    try: found[str(allow_weak)] = default_sandbox(allow_weak).run(Job("print(6 * 7)")).isolation
    except SandboxError as error: found[str(allow_weak)] = "refused: " + str(error)
print(json.dumps(found))
"""


def confined(*denied: str) -> dict[str, object]:
    """What is found in a process whose kernel refuses these calls."""
    command = [sys.executable, "-c", CONFINED, json.dumps(denied)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_namespaces_landlock_is_chosen_and_said():
    found = confined("unshare", "mount", "pivot_root")
    assert "unshare: Operation not permitted" in found["ladder"]["namespaces"]
    if "landlock" in found["works"]:
        assert found["False"] == found["True"] == "landlock"


def test_without_namespaces_and_landlock_nothing_runs_unless_weak_is_allowed():
    found = confined("unshare", "landlock_create_ruleset")
    assert found["works"] == ["weak"]
    assert found["False"].startswith("refused: no isolation for untrusted programs here (namespaces: ")
    assert "landlock: " in found["False"]
    assert "SandboxFusion" in found["False"]
    assert found["True"] == "weak"


def test_without_the_filter_nothing_runs_at_all():
    found = confined("unshare", "seccomp")
    assert found["works"] == []
    assert found["False"].startswith("refused: ")
    assert found["True"].startswith("refused: ")


def test_namespaces_that_can_be_made_but_not_used_are_refused():
    found = confined("mount_setattr")
    assert "namespaces" not in found["works"]
    assert "mount_setattr" in found["ladder"]["namespaces"]


def test_weak_isolation_has_to_be_asked_for():
    with pytest.raises(SandboxError, match="allow_weak"):
        LocalSandbox("weak")


def test_weak_isolation_still_has_no_network_no_fork_and_limits():
    with LocalSandbox("weak", allow_weak=True) as sandbox:
        source = """
import os, socket
for attempt in (os.fork, socket.socket, lambda: os.kill(os.getppid(), 0), lambda: os.chmod("/tmp", 0o777)):
    try: attempt()
    except OSError: continue
    print(attempt)
"""
        execution = sandbox.run(Job(source))
    assert (execution.stdout, execution.isolation) == (b"", "weak")


def test_the_ladder_names_every_rung_with_a_reason_or_none():
    ladder = probe()
    assert [r.name for r in ladder.rungs] == ["namespaces", "landlock", "weak"]
    assert all(r.works == (r.reason == "") for r in ladder.rungs)
    best = ladder.best()
    assert best is None or best.name == next(r.name for r in ladder.rungs if r.works)


@pytest.mark.parametrize(
    ("system", "machine", "said"), [("darwin", "arm64", "needs Linux"), ("linux", "riscv64", "riscv64")]
)
def test_other_systems_are_refused_and_shown_the_remote_way(monkeypatch, system, machine, said):
    names = tuple(os.uname())
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((*names[:4], machine)))
    refusal = unsupported()
    assert said in refusal
    assert "SandboxFusion" in refusal
    with pytest.raises(SandboxError, match=said):
        LocalSandbox()


WITHOUT_MOUNT = """
import json, os, sys
from rewardkit.verifiers.code.sandbox import Job, Limits, SandboxError
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
found = {}
with LocalSandbox("namespaces") as sandbox:
    found["plain"] = sandbox.run(Job("print(6 * 7)")).stdout.decode()
    [pid] = sandbox.zygote_pids()
    found["user"] = os.stat(f"/proc/{pid}").st_uid
    try: found["several"] = sandbox.run(Job("import os; os.fork()", limits=Limits(processes=2))).status.value
    except SandboxError as error: found["several"] = str(error)
print(json.dumps(found))
"""
DROP_AND_EXEC = """
import os, sys
from rewardkit.verifiers.code.sandbox.inside import kernel
kernel.prctl(kernel.PR_CAPBSET_DROP, 21)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""


@pytest.mark.skipif(os.getuid() != 0, reason="about root without the right to mount")
def test_root_of_a_container_without_the_right_to_mount_still_has_namespaces():
    command = [sys.executable, "-c", DROP_AND_EXEC, WITHOUT_MOUNT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["plain"] == "42\n"
    if found["user"] == 0:
        assert "can't be bounded" in found["several"]
    else:
        assert found["several"] == "ok"
