"""Inside a sandbox of a duet: a program whose standard input and output are the pipes to the other one."""

import os
import sys


def run_piped(source: str) -> None:
    """Run the program `source` as the main one, talking to the other sandbox."""
    os.dup2(int(os.environ["REWARDKIT_READ_FD"]), 0)
    os.dup2(int(os.environ["REWARDKIT_WRITE_FD"]), 1)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # they stay open as long as the program runs
    out = sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    code = compile(source, "main.py", "exec")
    names = sys.modules["__main__"].__dict__
    for name in [name for name in names if not name.startswith("__")]:
        del names[name]
    try:
        exec(code, names)
    finally:
        out.flush()
