"""Attacks on a sandbox, run for real: what `rewardkit doctor --attack` and the tests do.

    for trial in try_attacks(sandbox, shipped_attacks()):
        print(trial.attack.name, trial.contained, trial.details)

Every attack is a program that prints ESCAPED when it got what it wanted. Canaries stand around the sandbox: a secret in
the environment, a folder with expected outputs and one that is open to all, listening sockets. After each attack
nothing of it may remain: no process, file, mount or shared memory; the zygotes are the same, and the next program
finds an empty room.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.resources
import json
import os
import secrets
import shutil
import socket
import tempfile
import textwrap
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rewardkit.errors import DataError
from rewardkit.verifiers.code.sandbox.inside import kernel
from rewardkit.verifiers.code.sandbox.inside.child import SPARE
from rewardkit.verifiers.code.sandbox.limits import Execution, Job, Limits, SandboxError, Status
from rewardkit.verifiers.code.sandbox.local import LocalSandbox

_PROLOGUE = """
import ctypes, json, os, sys
canary = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def number(name): return canary['calls'].get(name, 0)
def escaped(what):
    os.write(1, ('ESCAPED ' + repr(what)[:200] + '\\n').encode())
    os._exit(0)
"""
_MORE_CALLS = {  # only attacks name these; x86_64, then aarch64
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "kcmp": (312, 272),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "memfd_secret": (447, 447),
    "io_setup": (206, 0),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "mq_open": (240, 180),
}
_LOOK_AROUND = """
import json, math, os, sys
found = os.listdir('.')
try: found += os.listdir('/tmp')
except OSError: pass  # out of reach on this rung
found = [name for name in found if name != 'main.py']
if json.loads('1') != 1 or math.pi > 3.2 or 'rk_residue' in sys.modules: found.append('patched libraries')
os.write(1, repr(found).encode())
"""
_LIMITS = Limits(cpu_s=0.5, wall_s=2.5, memory_mb=256, output_bytes=1 << 20, file_bytes=4 << 20, scratch_mb=16)
_SETTLE_S = 2.0
_ESCAPED = b"ESCAPED"


@dataclass(frozen=True, slots=True)
class Attack:
    """A hostile program."""

    name: str
    kind: str
    why: str
    code: str
    processes: int = 0
    is_plain: bool = False
    """It does no harm, and is sure to succeed without a sandbox: so it can be shown not to be empty."""
    needs_private_root: bool = False
    leftovers: tuple[dict[str, str], ...] = ()
    """What must not be there afterwards: {"absent": path}, {"absent_glob": pattern} or {"no_process": name}."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How an attack ended."""

    attack: Attack
    contained: bool
    details: str
    execution: Execution | None = None


@dataclass(frozen=True, slots=True)
class Canaries:
    """What stands around the sandbox for attacks to reach."""

    folder: str
    mark: str
    secret: str
    port: int
    abstract: str

    def describe(self) -> str:
        known = {name: numbers[os.uname().machine == "aarch64"] for name, numbers in _MORE_CALLS.items()}
        calls = {**kernel.NUMBERS, **known}
        facts: dict[str, Any] = {"kind": "canary", "pid": os.getpid(), "calls": calls}
        for name in ("folder", "mark", "secret", "port", "abstract"):
            facts[name] = getattr(self, name)
        return json.dumps(facts)


def shipped_attacks() -> list[Attack]:
    """The attacks that come with rewardkit, by class."""
    folder = importlib.resources.files("rewardkit.verifiers.code.sandbox") / "attacks"
    found: list[Attack] = []
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".txt"):
            found += _parse(file.name.removesuffix(".txt"), file.read_text(encoding="utf-8"))
    return found


def _parse(kind: str, text: str) -> Iterator[Attack]:
    for cell in text.split("# %% ")[1:]:
        head, _, body = cell.partition("\n")
        name, *options, why = (part.strip() for part in head.split("|"))
        code = f"{_PROLOGUE}try:\n{textwrap.indent(body, '    ')}\nexcept BaseException: pass\n"
        processes = next((int(o.removeprefix("processes=")) for o in options if o.startswith("processes=")), 0)
        yield Attack(name, kind, why, code, processes, "plain" in options, "private-root" in options)


def read_attacks(path: Path) -> list[Attack]:
    """Attacks from a JSON Lines file: `id`, `class`, `code`, `why`, and `tests.post` with what must not remain."""
    found = []
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if str(row["class"]).startswith("host/"):
                    leftovers = tuple(row["tests"].get("post", ()))
                    kind = row["class"].removeprefix("host/")
                    found.append(Attack(row["id"], kind, row["why"], row["code"], leftovers=leftovers))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"can't read attacks from {path}: {error!r}") from None
    return found


@contextlib.contextmanager
def canaries() -> Iterator[Canaries]:
    """Put the canaries up for a while; the secret stands in this process's environment."""
    mark = "rk-attack-" + secrets.token_hex(6)
    folder = tempfile.mkdtemp(prefix="rk-canary-")
    secret = "rk-secret-" + secrets.token_hex(8)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/open")
        os.chmod(f"{folder}/open", 0o777)
        Path(folder, "expected.json").write_text(json.dumps({"expected_outputs": [secret]}))
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for kind, address in (
            (socket.SOCK_STREAM, f"\0{mark}"),
            (socket.SOCK_DGRAM, f"\0{mark}-datagram"),
            (socket.SOCK_STREAM, f"{folder}/socket"),
        ):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, kind))
            listener.bind(address)
            if kind == socket.SOCK_STREAM:
                listener.listen()
        os.chmod(f"{folder}/socket", 0o777)
        os.environ["RK_SECRET"] = secret
        stack.callback(os.environ.pop, "RK_SECRET", None)
        yield Canaries(folder, mark, secret, tcp.getsockname()[1], mark)


def try_attacks(sandbox: LocalSandbox, attacks: Iterable[Attack]) -> Iterator[Trial]:
    """Run attacks one after the other, each followed by a search for what it left."""
    with canaries() as around:
        sandbox.run(Job("", limits=_LIMITS))  # the zygotes start before the secret is compared with anything
        for attack in attacks:
            yield _try(sandbox, attack, around)


def _try(sandbox: LocalSandbox, attack: Attack, around: Canaries) -> Trial:
    is_private = sandbox.isolation == "namespaces"
    if attack.needs_private_root and not is_private:
        return Trial(attack, True, f"not run: {sandbox.isolation} does not promise this")
    processes = attack.processes if is_private else 0
    limits = replace(_LIMITS, processes=processes)
    job = Job(attack.code, argv=(around.describe(),), limits=limits, flavour="plain")
    before = _Surroundings.settled(sandbox, around)
    try:
        execution = sandbox.run(job)
        after = sandbox.run(Job(_LOOK_AROUND, limits=_LIMITS, flavour="plain"))
    except SandboxError as error:
        return Trial(attack, False, f"the sandbox failed: {error}")
    problems = []
    if _ESCAPED in execution.stdout:
        problems.append(execution.stdout.decode(errors="replace")[:200].strip())
    if after.status is not Status.OK or after.stdout != b"[]":
        problems.append(f"the next program saw {after.stdout[:200]!r} {after.stderr[-200:]!r}")
    problems += _residue(sandbox, attack, around, before)
    return Trial(attack, not problems, "; ".join(problems) or _outcome(execution), execution)


def _outcome(execution: Execution) -> str:
    return execution.status.value if execution.status is not Status.OK else "refused"


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What is compared before and after."""

    zygotes: list[int]
    descriptors: list[int]
    mounts: int
    shared_memory: str = field(repr=False)

    @classmethod
    def look(cls, sandbox: LocalSandbox, around: Canaries) -> _Surroundings:
        zygotes = sandbox.zygote_pids()
        shared = "".join(_read(f"/proc/sysvipc/{kind}") for kind in ("shm", "msg", "sem"))
        keys = "".join(line for line in shared.splitlines() if "1380" in line or "524" in line)
        return cls(
            zygotes, [_count(f"/proc/{pid}/fd") for pid in zygotes], _read("/proc/self/mounts").count("\n"), keys
        )

    @classmethod
    def settled(cls, sandbox: LocalSandbox, around: Canaries) -> _Surroundings:
        """As soon as two looks agree: a zygote may still be closing what the run before had."""
        deadline = time.monotonic() + _SETTLE_S
        seen = cls.look(sandbox, around)
        while time.monotonic() < deadline:
            time.sleep(0.02)
            again = cls.look(sandbox, around)
            if again == seen:
                break
            seen = again
        return seen


def _residue(sandbox: LocalSandbox, attack: Attack, around: Canaries, before: _Surroundings) -> list[str]:
    deadline = time.monotonic() + _SETTLE_S
    while True:  # the kernel takes a moment to remove the last process of a namespace
        found = _differences(before, _Surroundings.look(sandbox, around))
        found += _leftovers(sandbox, attack, around)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def _differences(before: _Surroundings, after: _Surroundings) -> list[str]:
    found = []
    if not set(before.zygotes) <= set(after.zygotes):
        found.append("a zygote died")
    elif before.zygotes == after.zygotes and before.descriptors != after.descriptors:
        found.append(f"descriptors of the zygotes: {before.descriptors}, then {after.descriptors}")
    if before.mounts != after.mounts:
        found.append(f"{after.mounts - before.mounts} mounts remained")
    if before.shared_memory != after.shared_memory:
        found.append("System V objects remained")
    return found


def _leftovers(sandbox: LocalSandbox, attack: Attack, around: Canaries) -> list[str]:
    found = [f"process {pid} remained" for pid in _processes(around.mark)]
    found += [f"program {pid} still runs" for pid in running_programs(sandbox)]
    folders = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue", f"{around.folder}/open", os.getcwd())
    found += [f"{folder}/{around.mark} remained" for folder in folders if os.path.lexists(f"{folder}/{around.mark}")]
    if _read(f"{around.folder}/expected.json").count(around.secret) != 1:
        found.append("the canary file was changed")
    for leftover in attack.leftovers:
        if "absent" in leftover and os.path.lexists(leftover["absent"]):
            found.append(f"{leftover['absent']} remained")
        found += [f"{path} remained" for path in glob.glob(leftover.get("absent_glob", ""))]
        if "no_process" in leftover:
            found += [f"process {pid} remained" for pid in _processes(leftover["no_process"])]
    return found


def running_programs(sandbox: LocalSandbox) -> list[int]:
    """Children of the zygotes beside the one spare that each of them may keep; a name alone makes no spare."""
    found = []
    for zygote in sandbox.zygote_pids():
        children = _read(f"/proc/{zygote}/task/{zygote}/children").split()
        spares = [pid for pid in children if _read(f"/proc/{pid}/comm").strip() == SPARE]
        found += [int(pid) for pid in children if pid not in spares[:1]]
    return found


def _processes(mark: str) -> list[int]:
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and mark in _read(f"/proc/{p}/cmdline").split("\0")[0]]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _count(path: str) -> int:
    try:
        return len(os.listdir(path))
    except OSError:
        return -1
