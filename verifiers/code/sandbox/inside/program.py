"""The program itself: Python source in this preloaded interpreter, or a command that replaces it."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
import threading
import types
from typing import Any, NoReturn

from . import job

SOURCE_NAME = "main.py"
_RESULT_FD = "3"
_STREAMS = (
    (0, "stdin", "r", "surrogateescape"),
    (1, "stdout", "w", "surrogateescape"),
    (2, "stderr", "w", "backslashreplace"),
)
_main = types.ModuleType("__main__")
_set_native_id: Any = threading.main_thread()._set_native_id  # type: ignore[attr-defined]  # after an unnoticed fork
_join_threads: Any = threading._shutdown  # type: ignore[attr-defined]  # as at a normal end
_kept: list[types.ModuleType] = []
"""The zygote's own modules, whose names programs may use."""


def prepare() -> None:
    """Make the interpreter, in the zygote, what programs are to find: whatever needs no knowledge of the job."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, name, mode, errors in _STREAMS:
        stream = _stream(number, mode, errors)
        vars(sys)[name] = vars(sys)[f"__{name}__"] = stream
    own = [name for name in sys.modules if name.partition(".")[0] in ("inside", "__main__")]
    _kept.extend(sys.modules.pop(name) for name in own)
    sys.modules["__main__"] = _main
    vars(_main)["__builtins__"] = __builtins__


def surroundings(folder: str, temporary: str = "") -> dict[str, str]:
    """What a program's environment has beside the zygote's own."""
    return {"HOME": folder, "PWD": folder, "TMPDIR": temporary or folder, "REWARDKIT_RESULT_FD": _RESULT_FD}


def settle(environment: dict[str, str]) -> None:
    """Where the program is: done by the zygote where all programs have the same folders."""
    os.environ.update(environment)
    if "__file__" not in vars(_main):
        sys.path.insert(0, environment["PWD"])
        vars(_main)["__file__"] = f"{environment['TMPDIR']}/{SOURCE_NAME}"


_SETTLED = len(surroundings(""))


def run_python(source: bytes, arguments: list[str], environment: dict[str, str]) -> NoReturn:
    """Run `source` as `__main__` and end the process as the interpreter would, without tearing the interpreter down.

    `environment` is what this program has beside the zygote's own.
    """
    code = 1
    try:
        if "__file__" not in vars(_main) or len(environment) > _SETTLED:
            settle(environment)
        _set_native_id()
        sys.argv = [SOURCE_NAME, *arguments]
        gc.enable()
        code = _execute(source, vars(_main))
    finally:
        os._exit(code)


def run_command(command: list[str], environment: dict[str, str], job_memory: int) -> NoReturn:
    """Become `command`. The job's memory file closes with the exec; if there is none, the supervisor reads why."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        job.say_fault(job_memory, f"can't start {command[0]!r}: {error.strerror}")
    os._exit(127)


def _stream(number: int, mode: str, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(number, mode, closefd=False)
    buffer: Any = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    raw.name = f"<{_STREAMS[number][1]}>"
    return io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=number == 2)


def _execute(source: bytes, namespace: dict[str, Any]) -> int:
    code = 0
    try:
        exec(compile(source, namespace["__file__"], "exec"), namespace)
    except SystemExit as request:
        code = _exit_code(request)
    except BaseException as error:  # noqa: BLE001  # the program's own, shown as the interpreter shows it
        trace = error.__traceback__.tb_next if error.__traceback__ else None  # without the frame of this function
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        code = 1
    _join_threads()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        code = code or 120
    return code


def _exit_code(request: SystemExit) -> int:
    if request.code is None:
        return 0
    if isinstance(request.code, int):
        return request.code & 0xFF
    print(request.code, file=sys.stderr)
    return 1
