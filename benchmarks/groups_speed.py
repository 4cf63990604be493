"""Advantages of a million scores: seconds of each function on one core, and how memory grows with the rows.

    python benchmarks/groups_speed.py --rows 1000000 --size 8 --components 5 --repeats 3

Every function of the catalogue runs on the same made-up batch (groups of one size that stand one after the other,
rewards of 0 and 1 beside continuous ones) as its callers run it: through `catalog.shape`, on numpy arrays. Seconds are
the median and the slowest of the repeats, the making of the batch and of the groups not included. Memory is the
highest that Python's allocator (which numpy reports to) held beyond the batch, at a quarter, half and all of the rows;
it is measured in runs of its own, because measuring slows the run down.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import tracemalloc
from typing import Any

import numpy as np

from rewardkit.bench.machine import describe, sentence
from rewardkit.groups import Groups, catalog

OPTIONS: dict[str, dict[str, Any]] = {"pass-at-k": {"k": 4}, "pkpo": {"k": 4}}
BINARY = {"psr", "nsr", "w-reinforce"}


def batch(rows: int, size: int, components: int) -> tuple[dict[str, Any], Groups]:
    """Inputs for every function, and the groups."""
    rng = np.random.default_rng(0)
    table = rng.random((rows, components))
    table[:, 0] = table[:, 0] < 0.3
    inputs = {
        "rewards": table.mean(axis=1),
        "components": table,
        "weights": np.linspace(1, 0.5, components),
        "correct": table[:, 0].copy(),
        "lengths": rng.integers(1, 4096, rows).astype(float),
        "mean_logprobs": -rng.random(rows),
        "entropies": rng.random(rows),
        "outcome": table[:, 0].copy(),
        "rubric": rng.integers(0, 5, rows) / 4,
    }
    return inputs, Groups.equal(rows, size)


def run(name: str, inputs: dict[str, Any], groups: Groups) -> Any:
    used = inputs | {"rewards": inputs["outcome"]} if name in BINARY else inputs
    return catalog.shape(name, used, groups, OPTIONS.get(name))


def seconds(name: str, inputs: dict[str, Any], groups: Groups, repeats: int) -> list[float]:
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        run(name, inputs, groups)
        took.append(time.perf_counter() - begun)
    return sorted(took)


def peak_mb(name: str, inputs: dict[str, Any], groups: Groups) -> float:
    tracemalloc.start()
    try:
        run(name, inputs, groups)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--size", type=int, default=8, help="rows in a group; must divide a quarter of the rows")
    parser.add_argument("--components", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    print(sentence(describe(["numpy"])))
    if hasattr(os, "sched_setaffinity"):  # not on macOS: there numpy's matrix product may use more than one core
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(
        f"{given.rows:,} rows in groups of {given.size}, {given.components} components, one core, "
        f"{given.repeats} repeats; peak memory beyond the batch at a quarter, half and all of the rows"
    )
    parts = [given.rows // 4, given.rows // 2, given.rows]
    batches = [batch(rows, given.size, given.components) for rows in parts]
    print(f"{'advantage':<22} {'s median':>9} {'s slowest':>10} " + " ".join(f"{rows:>9,} MB" for rows in parts))
    slowest = 0.0
    for name in catalog.ENTRIES:
        took = seconds(name, *batches[-1], given.repeats)
        slowest = max(slowest, took[-1])
        peaks = " ".join(f"{peak_mb(name, *made):>12.0f}" for made in batches)
        print(f"{name:<22} {statistics.median(took):>9.3f} {took[-1]:>10.3f} {peaks}")
    begun = time.perf_counter()
    Groups.of(np.repeat(np.arange(given.rows // given.size), given.size), size=given.size)
    numbers = time.perf_counter() - begun
    ids = [f"prompt-{row // given.size}" for row in range(given.rows)]
    begun = time.perf_counter()
    Groups.of(ids, size=given.size)
    texts = time.perf_counter() - begun
    print(f"groups from {given.rows:,} ids: {numbers:.3f} s from numbers, {texts:.3f} s from texts")
    print(f"slowest run of {len(catalog.ENTRIES)} functions: {slowest:.3f} s")


if __name__ == "__main__":
    main()
