"""Many executions, one in twenty of them hostile: does anything grow?

    python benchmarks/sandbox_soak.py [--count 5000] [--rung namespaces]

Prints before and after: descriptors and memory of this process and of the zygotes, processes and mounts of the
machine, names in the folders for temporary files. Exit code 1 if something grew, or an honest program was misjudged.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rewardkit.verifiers.code.sandbox import groups, trial
from rewardkit.verifiers.code.sandbox.inside.scratch import PREFIX
from rewardkit.verifiers.code.sandbox.limits import Job, Limits, Status
from rewardkit.verifiers.code.sandbox.local import LocalSandbox

_HOSTILE_SHARE = 0.05
_MEMORY_GROWTH_MB = 16.0
_WORKERS = 2
_PORTION = 500


def resident_mb(pid: int | str) -> float:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGESIZE") / (1 << 20)


def count_groups() -> int:
    place = groups.find_place()
    if isinstance(place, str):
        return 0
    folders = {folder for folder in (place.memory, place.tasks) if folder}
    return sum(name.startswith(f"rewardkit-{os.getpid()}-") for folder in folders for name in os.listdir(folder))


def measure(sandbox: LocalSandbox) -> dict[str, float]:
    zygotes = sandbox.zygote_pids()
    temporary = [n for n in os.listdir(tempfile.gettempdir()) if n.startswith((PREFIX, "rk-"))]
    return {
        "own descriptors": len(os.listdir("/proc/self/fd")),
        "own memory MB": resident_mb("self"),
        "zygotes": len(zygotes),
        "zygote descriptors": max(len(os.listdir(f"/proc/{p}/fd")) for p in zygotes),
        "zygote memory MB": max(resident_mb(p) for p in zygotes),
        "programs running": len(trial.running_programs(sandbox)),
        "control groups": count_groups(),
        "mounts": Path("/proc/self/mounts").read_text().count("\n"),
        "temporary names": len(temporary) + len([n for n in os.listdir("/dev/shm") if n.startswith("rk-")]),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--rung", choices=("namespaces", "landlock"), default="namespaces")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    limits = Limits(cpu_s=0.2, wall_s=1.0, memory_mb=128, output_bytes=1 << 20, file_bytes=1 << 20, scratch_mb=8)
    attacks = trial.shipped_attacks()
    wrong = 0
    with LocalSandbox(arguments.rung, workers=_WORKERS) as sandbox, trial.canaries() as around:
        facts = around.describe()
        has_processes = arguments.rung == "namespaces"

        def run(number: int, attack: trial.Attack | None) -> bool:
            if attack is None:
                job = Job(f"print({number} + int(input()))", stdin=b"1", flavour="plain")
                execution = sandbox.run(job)
                return execution.status is Status.OK and execution.stdout == f"{number + 1}\n".encode()
            own = replace(limits, processes=attack.processes if has_processes else 0)
            return b"ESCAPED" not in sandbox.run(Job(attack.code, argv=(facts,), limits=own, flavour="plain")).stdout

        plan = [chance.choice(attacks) if chance.random() < _HOSTILE_SHARE else None for _ in range(arguments.count)]
        with ThreadPoolExecutor(4 * _WORKERS) as pool:  # all zygotes start, of both kinds
            list(pool.map(run, range(100 * _WORKERS), [None] * 100 * _WORKERS))
            list(pool.map(sandbox.run, [Job("import asyncio")] * 100 * _WORKERS))
        before = measure(sandbox)
        started = time.perf_counter()
        with ThreadPoolExecutor(4 * _WORKERS) as pool:
            for first in range(0, arguments.count, _PORTION):  # what waits to be run takes room of its own
                numbers = range(first, min(first + _PORTION, arguments.count))
                wrong += sum(not is_right for is_right in pool.map(run, numbers, plan[first : first + _PORTION]))
        seconds = time.perf_counter() - started
        time.sleep(1)
        after = measure(sandbox)
    hostile = sum(attack is not None for attack in plan)
    print(f"{arguments.rung}: {arguments.count} executions, {hostile} hostile, {seconds:.0f} s, {wrong} wrong")
    grew = []
    for name, value in before.items():
        room = _MEMORY_GROWTH_MB if name.endswith("MB") else 0
        has_grown = after[name] > value + room
        grew += [name] if has_grown else []
        print(f"  {name:20} {value:8.1f} {after[name]:8.1f}{'   grew' if has_grown else ''}")
    return 1 if grew or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
