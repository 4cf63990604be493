"""`rewardkit doctor`: the ladder, and the attacks behind --attack."""

import json
import subprocess
import sys
from pathlib import Path

RUN = [sys.executable, "-c", "from rewardkit.cli.main import run; run()", "doctor"]


def doctor(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*RUN, *words], capture_output=True, text=True, check=False, timeout=300)


def attacks(path: Path, *codes: str) -> str:
    rows = [
        {"id": f"a{n}", "class": "host/files", "code": code, "why": "a test", "tests": {}}
        for n, code in enumerate(codes)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_the_ladder_is_shown_with_a_state_for_every_rung():
    done = doctor()
    assert done.returncode == 0, done.stderr
    for rung in ("namespaces", "landlock", "weak"):
        [line] = [line for line in done.stdout.splitlines() if line.startswith(rung)]
        assert "works" in line or "refused" in line


def test_contained_attacks_are_counted(tmp_path):
    done = doctor("--attack", "--data", attacks(tmp_path / "a.jsonl", "open('/etc/shadow')", "while True: pass"))
    assert done.returncode == 0, done.stderr
    assert "2 contained, nothing escaped, nothing remained" in done.stdout
    assert "time limit 1" in done.stdout


def test_an_escape_is_named_and_closes_the_gate(tmp_path):
    done = doctor("--attack", "--data", attacks(tmp_path / "a.jsonl", "print('ESCAPED to somewhere')"))
    assert done.returncode == 6
    assert "files/a0" in done.stdout
    assert "ESCAPED to somewhere" in done.stdout


def test_mistakes_are_one_clear_line(tmp_path):
    unknown = doctor("--attack", "--rung", "namespace")
    assert unknown.returncode == 2
    assert "did you mean 'namespaces'?" in unknown.stderr
    missing = doctor("--attack", "--data", str(tmp_path / "missing.jsonl"))
    assert missing.returncode == 4
    assert "can't read attacks" in missing.stderr
