"""How many programs a second the sandbox runs, beside `python -I` subprocesses in the same run.

    python benchmarks/sandbox_speed.py [--rung namespaces] [--count 600] [--workers 2]

Prints, for small standard-library programs and for numpy programs: executions a second with all workers busy, and for
one after the other the time that a caller waits (p50, p99), and the private memory of a sandbox that waits.
Both sides are measured in turns, so that other load on the machine hits both.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rewardkit.verifiers.code.sandbox.limits import Job, Limits, Status
from rewardkit.verifiers.code.sandbox.local import LocalSandbox

PROGRAMS = {
    "standard library": "n = int(input())\nprint(sum(i * i for i in range(n)))\n",
    "numpy": "import numpy as np\nn = int(input())\nprint(int((np.arange(n, dtype=np.int64) ** 2).sum()))\n",
}
STDIN, EXPECTED = b"100\n", b"328350\n"
_ROUNDS = 3
_WAITING = 40


def in_sandbox(sandbox: LocalSandbox, source: str) -> Callable[[], None]:
    job = Job(source, stdin=STDIN)

    def run() -> None:
        execution = sandbox.run(job)
        if execution.status is not Status.OK or execution.stdout != EXPECTED:
            raise SystemExit(f"a wrong answer: {execution}")

    return run


def in_subprocess(source: str) -> Callable[[], None]:
    def run() -> None:
        done = subprocess.run([sys.executable, "-I", "-c", source], input=STDIN, capture_output=True, check=True)
        if done.stdout != EXPECTED:
            raise SystemExit(f"a wrong answer: {done}")

    return run


def rate(run: Callable[[], None], count: int, workers: int) -> float:
    with ThreadPoolExecutor(4 * workers) as pool:
        started = time.perf_counter()
        for future in [pool.submit(run) for _ in range(count)]:
            future.result()
        return count / (time.perf_counter() - started)


def latencies_ms(run: Callable[[], None], count: int) -> list[float]:
    found = []
    for _ in range(count):
        started = time.perf_counter()
        run()
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)


def waiting_memory_mb(rung: str) -> float:
    """Private dirty memory of one of many sandboxes that sleep at once."""
    with LocalSandbox(rung, workers=_WAITING) as sandbox, ThreadPoolExecutor(_WAITING) as pool:
        job = Job("import time; time.sleep(6)", limits=Limits(wall_s=60))
        futures = [pool.submit(sandbox.run, job) for _ in range(_WAITING)]
        time.sleep(4)
        found = []
        for zygote in sandbox.zygote_pids():
            for child in Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split():
                rollup = Path(f"/proc/{child}/smaps_rollup").read_text()
                found.append(int(re.findall(r"Private_Dirty:\s+(\d+)", rollup)[0]) / 1024)
        for future in futures:
            future.result()
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rung", choices=("namespaces", "landlock"), default="namespaces")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{arguments.rung}, {arguments.workers} workers, load {os.getloadavg()[0]:.1f}, uid {os.getuid()}")
    print(f"{'programs':18} {'where':14} {'per second':>10} {'p50 ms':>8} {'p99 ms':>8}")
    with LocalSandbox(arguments.rung, workers=arguments.workers) as sandbox:
        for name, source in PROGRAMS.items():
            sides = {"sandbox": in_sandbox(sandbox, source), "python -I": in_subprocess(source)}
            shares = {"sandbox": 1.0, "python -I": 0.25 if name == "standard library" else 0.05}
            rates: dict[str, list[float]] = {side: [] for side in sides}
            waits: dict[str, list[float]] = {side: [] for side in sides}
            for run in sides.values():
                rate(run, 4 * arguments.workers, arguments.workers)  # warm
            for _ in range(_ROUNDS):
                for side, run in sides.items():
                    count = max(10, int(arguments.count * shares[side] / _ROUNDS))
                    rates[side].append(rate(run, count, arguments.workers))
                    waits[side] += latencies_ms(run, max(10, count // 2))
            for side in sides:
                ordered = sorted(waits[side])
                p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
                print(f"{name:18} {side:14} {statistics.median(rates[side]):10.0f} {p50:8.1f} {p99:8.1f}")
    print(f"private memory of one of {_WAITING} waiting sandboxes: {waiting_memory_mb(arguments.rung):.1f} MB")


if __name__ == "__main__":
    main()
