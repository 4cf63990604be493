"""Run a file of attacks against the sandbox, each followed by a search for what it left.

    python benchmarks/sandbox_attacks.py --data attacks.jsonl [--rung namespaces|landlock]

Rows have `id`, `class` (those under host/ are run), `code`, `why` and `tests.post`. The programs may look for these
canaries: /tmp/rk_canary with expected.json and a folder w that is open to all, RK_SECRET in the environment, a TCP
listener on 47811 and an abstract socket @rk_canary. Exit code 0 if all were contained.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from rewardkit.verifiers.code.sandbox import trial
from rewardkit.verifiers.code.sandbox.local import LocalSandbox

_CANARY = Path("/tmp/rk_canary")
_PORT = 47811


@contextlib.contextmanager
def fixed_canaries() -> Iterator[None]:
    """The canaries at the places where the file's programs look for them."""
    with contextlib.ExitStack() as stack:
        (_CANARY / "w").mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):  # set up by another user before: just as good
            (_CANARY / "w").chmod(0o777)
            (_CANARY / "expected.json").write_text(json.dumps({"expected": [286, 4471, 9797]}))
        stack.enter_context(socket.create_server(("127.0.0.1", _PORT)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind("\0rk_canary")
        abstract.listen()
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rung", choices=("namespaces", "landlock"), action="append")
    arguments = parser.parse_args()
    attacks = trial.read_attacks(arguments.data)
    escapes = 0
    for rung in arguments.rung or ("namespaces", "landlock"):
        outcomes: collections.Counter[str] = collections.Counter()
        with fixed_canaries(), LocalSandbox(rung) as sandbox:
            for tried in trial.try_attacks(sandbox, attacks):
                outcomes["contained" if tried.contained else "escaped"] += 1
                if not tried.contained:
                    print(f"ESCAPED {rung} {tried.attack.kind} {tried.attack.name}: {tried.details}")
        escapes += outcomes["escaped"]
        print(f"{rung}, uid {os.getuid()}: {outcomes['contained']} contained, {outcomes['escaped']} escaped")
    return 1 if escapes else 0


if __name__ == "__main__":
    sys.exit(main())
