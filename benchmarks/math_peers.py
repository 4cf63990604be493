"""The table of math graders in the README: `math` and every peer that can be imported here, on the same labelled rows.

    python benchmarks/math_peers.py --data math_cases.jsonl --exclude policy

One run of `rewardkit bench labelled`, so each grader has a process of its own, the same deadline, and turns with the
others. Peers are the adapters in `benchmarks/peers/`; a peer that is not installed is named and left out. Writes the
whole result (`--out`: JSON, Markdown, HTML report where the extra is there) and prints the table as Markdown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PEERS = {
    "math_verify": "math-verify, its defaults",
    "math_verify_trl": "math-verify as TRL's accuracy_reward",
    "verl_prime_math": "verl prime_math",
    "prm800k_grader": "prm800k grader",
    "open_instruct_math": "open-instruct",
    "qwen_math_equal": "Qwen2.5-Math math_equal",
    "verl_math_dapo_answer": "verl math_dapo, handed the answer",
    "verl_math_dapo": "verl math_dapo, as its trainer calls it",
}
"""Adapter to what the table calls it."""
HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="labelled rows: reference, response, label")
    parser.add_argument("--exclude", action="append", default=[], help="leave out rows in which this column is true")
    parser.add_argument("--limit", type=int, help="the first N rows only")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), help="default: all of them")
    parser.add_argument("--out", default="out/math_peers", help="folder of the whole result")
    given = parser.parse_args()
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "rewardkit", "bench", "labelled", "math", "--data", given.data]
    command += [part for column in given.exclude for part in ("--exclude", column)]
    command += [part for peer in given.peers for part in ("--against", str(HERE / "peers" / f"{peer}.py"))]
    command += ["--limit", str(given.limit)] if given.limit else []
    command += ["--json", str(out / "result.json"), "--markdown", str(out / "result.md")]
    command += ["--errors", str(out / "errors.jsonl")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(table(json.loads((out / "result.json").read_text(encoding="utf-8"))))


def table(result: dict[str, Any]) -> str:
    """The table of a result, with what it was measured on above it."""
    machine, data = result["machine"], result["data"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    lines = [
        f"{data['right']:,} right and {data['wrong']:,} wrong responses; {machine['processor']}, {machine['cores']} "
        f"cores, Python {machine['python']}; {packages}. None counts as not rewarded.",
        "",
        "| grader | false positives | false negatives | None | rows/s | p99 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    ours = result["contestants"][0]
    for one in result["contestants"]:
        name = PEERS.get(one["name"], f"**rewardkit `{one['name']}`**" if one is ours else one["name"])
        if one["error"] is not None:
            lines.append(f"| {name} | not measured here: {one['error']} | | | | |")
            continue
        speed = one["speed"]
        cells = [_share(one["rates"][rate]) for rate in ("rewarded_wrong", "unrewarded_right")]
        nones = one["rates"]["abstained"]["count"]
        cells += [f"{nones:,}", f"{speed['rows_per_s']:,.0f}", f"{speed['p99_ms']:,.1f} ms"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(rate: dict[str, Any]) -> str:
    low, high = 100 * rate["low"], 100 * rate["high"]
    return f"{100 * rate['rate']:.2f} % ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
