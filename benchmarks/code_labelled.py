"""The entry `code` on labelled programs: right ones refused, wrong ones paid, attacks that got through.

    python benchmarks/code_labelled.py --data programs.jsonl --attacks attacks.jsonl

A row of `--data` has `code`, `tests`, `prompt`, `format` and `label` (1 right, 0 wrong). A row of `--attacks` has
`code`, `tests`, `class` and `expected` (`reject`, or `contained` for programs that must print just that). Before the
attacks run, /tmp/rk_canary is made as they expect it; afterwards the traces that they name are looked for.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rewardkit import Outcome, Sample, Score, registry
from rewardkit.execution.local import LocalExecutor

CANARY = Path("/tmp/rk_canary")


def main() -> int:
    """Score the files, print what differs from the labels, and return 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="labelled programs, JSONL")
    parser.add_argument("--attacks", help="hostile programs, JSONL")
    parser.add_argument("--timeout", type=float, default=4.0, help="processor seconds a test [default: 4]")
    parser.add_argument("--class", dest="prefix", default="", help="only attacks of classes that begin so: reward/")
    options = parser.parse_args()
    with LocalExecutor() as executor:
        wrong = 0
        if options.data:
            wrong += labelled(rows_of(options.data), executor, options.timeout)
        if options.attacks:
            wrong += attacked(rows_of(options.attacks), executor, options.timeout, options.prefix)
    return 1 if wrong else 0


def rows_of(path: str) -> list[dict[str, Any]]:
    """The rows of a JSONL file."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def score(rows: Iterable[dict[str, Any]], executor: LocalExecutor, timeout: float) -> list[Score]:
    """Score rows, each program fenced as a response gives it."""
    samples = [
        Sample(prompt=row.get("prompt", ""), response=f"```python\n{row['code']}\n```", reference=row["tests"])
        for row in rows
    ]
    return executor.score(registry.build("code", {"timeout": timeout}), samples)


def labelled(rows: list[dict[str, Any]], executor: LocalExecutor, timeout: float) -> int:
    """Print both error rates by format, and every row that was judged against its label."""
    started = time.perf_counter()
    scores = score(rows, executor, timeout)
    elapsed = time.perf_counter() - started
    table: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    wrong = 0
    for row, given in zip(rows, scores, strict=True):
        is_right, is_paid = bool(row["label"]), given.outcome is Outcome.CORRECT
        table[row["format"]][f"{'right' if is_right else 'wrong'} programs"] += 1
        if is_right != is_paid or given.value is None:
            table[row["format"]]["refused" if is_right else "paid"] += 1
            wrong += 1
            print(f"{row['id']}: label {row['label']}, {given.outcome}: {given.reason}")
    print(f"{'format':12} {'right':>6} {'refused':>8} {'wrong':>6} {'paid':>6}")
    for name, counts in table.items():
        cells = (counts["right programs"], counts["refused"], counts["wrong programs"], counts["paid"])
        print(f"{name:12} {cells[0]:6} {cells[1]:8} {cells[2]:6} {cells[3]:6}")
    print(f"{len(rows)} programs in {elapsed:.1f} s: {len(rows) / elapsed:.0f} a second")
    return wrong


def attacked(rows: list[dict[str, Any]], executor: LocalExecutor, timeout: float, prefix: str) -> int:
    """Print every attack that was paid, was not contained, or left something behind."""
    rows = [row for row in rows if row["class"].startswith(prefix)]
    make_canary()
    counts: collections.Counter[str] = collections.Counter()
    for row, given in zip(rows, score(rows, executor, timeout), strict=True):
        is_contained = row["expected"] == "contained"
        paid = given.outcome is Outcome.CORRECT
        ended = given.outcome in (Outcome.TIMEOUT, Outcome.CRASHED, Outcome.INCORRECT)
        said = str(given.evidence.get("first_failure", {}).get("actual", ""))
        held = (paid or (ended and "ESCAPED" not in said)) if is_contained else (not paid and given.value is not None)
        left = [path for path in absent(row) if os.path.exists(path)]
        counts["held" if held and not left else "FELL"] += 1
        if not held or left:
            print(f"{row['id']} ({row['class']}): {given.outcome}: {given.reason} {said} {left or ''}")
    print(f"attacks: {counts['held']} held, {counts['FELL']} fell")
    return counts["FELL"]


def absent(row: dict[str, Any]) -> list[str]:
    """The paths that an attack must not have made."""
    return [str(check["absent"]) for check in row["tests"].get("post", ()) if "absent" in check]


def make_canary() -> None:
    """What the attacks try to read and to write to."""
    (CANARY / "w").mkdir(parents=True, exist_ok=True)
    (CANARY / "w").chmod(0o777)
    (CANARY / "expected.json").write_text('{"expected": [286, 4471]}\n')


if __name__ == "__main__":
    sys.exit(main())
