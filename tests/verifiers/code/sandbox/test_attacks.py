"""The shipped attacks, run for real on every rung, as root and as an ordinary user."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from rewardkit.errors import DataError
from rewardkit.verifiers.code.sandbox import trial
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
from rewardkit.verifiers.code.sandbox.probe import probe_rung

CLASSES = {
    "escape", "files", "kernel", "memory", "network", "orphan", "output", "residue", "resource", "secrets", "signal",
    "time",
}  # fmt: skip


def test_every_class_of_attack_is_shipped_and_no_name_twice():
    attacks = trial.shipped_attacks()
    assert len(attacks) >= 60
    assert {a.kind for a in attacks} == CLASSES
    assert max(Counter(a.name for a in attacks).values()) == 1
    for attack in attacks:
        compile(attack.code, attack.name, "exec")
        assert attack.why, attack.name


@pytest.mark.parametrize("rung", ["namespaces", "landlock"])
def test_every_shipped_attack_is_contained_and_leaves_nothing(rung):
    found = probe_rung(rung)
    if not found.works:
        pytest.skip(found.reason)
    with LocalSandbox(rung) as sandbox:
        trials = list(trial.try_attacks(sandbox, trial.shipped_attacks()))
    assert [(t.attack.name, t.details) for t in trials if not t.contained] == []
    assert len(trials) == len(trial.shipped_attacks())


AS_USER = """
import json
from rewardkit.verifiers.code.sandbox import trial
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
from rewardkit.verifiers.code.sandbox.probe import RUNGS, probe_rung
found = {}
for rung in RUNGS[:2]:
    if probe_rung(rung).works:
        with LocalSandbox(rung) as sandbox:
            trials = list(trial.try_attacks(sandbox, trial.shipped_attacks()))
        found[rung] = [len(trials), [(t.attack.name, t.details) for t in trials if not t.contained]]
print(json.dumps(found))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="the tests run as an ordinary user already")
def test_an_ordinary_user_contains_every_attack_too(as_user):
    found = json.loads(as_user(AS_USER))
    assert found
    assert all(count >= 60 and broken == [] for count, broken in found.values()), found


def plain_attacks() -> list[trial.Attack]:
    return [attack for attack in trial.shipped_attacks() if attack.is_plain]


@pytest.mark.parametrize("attack", plain_attacks(), ids=lambda a: a.name)
def test_attacks_are_not_empty_they_succeed_without_a_sandbox(attack, tmp_path):
    with trial.canaries() as around:
        environment = {**os.environ, "REWARDKIT_RESULT_FD": "2"}
        done = subprocess.run(
            [sys.executable, "-c", attack.code, around.describe()],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert b"ESCAPED" in done.stdout, done


def test_a_hole_is_found(sandbox):
    """The suite itself: an attack that gets what it wants, and one that leaves something, are both reported."""
    with trial.canaries() as around:
        left = Path(around.folder, "open", around.mark)
        escaping = trial.Attack("escaping", "files", "", "print('ESCAPED by all means')")
        leaving = trial.Attack("leaving", "residue", "", "", leftovers=({"absent": str(left)},))
        left.write_text("x")
        first, second = trial._try(sandbox, escaping, around), trial._try(sandbox, leaving, around)
    assert not first.contained
    assert "ESCAPED by all means" in first.details
    assert not second.contained
    assert "remained" in second.details


def test_attacks_are_read_from_a_file(tmp_path):
    path = tmp_path / "attacks.jsonl"
    rows = [
        {"id": "one", "class": "host/files", "code": "pass", "why": "w", "tests": {"post": [{"absent": "/x"}]}},
        {"id": "two", "class": "reward/eq", "code": "pass", "why": "w", "tests": {}},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    [attack] = trial.read_attacks(path)
    assert (attack.name, attack.kind, attack.leftovers) == ("one", "files", ({"absent": "/x"},))
    path.write_text("{}\n")
    with pytest.raises(DataError, match="can't read attacks"):
        trial.read_attacks(path)
