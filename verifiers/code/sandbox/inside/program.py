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
OWN_MODULES: list[str] = []
"""Names that the zygote's modules took, given back to the program."""
_STREAMS = (
    (0, "stdin", "r", "surrogateescape"),
    (1, "stdout", "w", "surrogateescape"),
    (2, "stderr", "w", "backslashreplace"),
)


def run_python(source: bytes, arguments: list[str], environment: dict[str, str]) -> NoReturn:
    """Run `source` as `__main__` and end the process as the interpreter would, without tearing the interpreter down.

    `environment` is what this program has beside the zygote's own.
    """
    code = 1
    try:
        namespace = _prepare(arguments, environment)
        code = _execute(source, namespace)
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


def _prepare(arguments: list[str], environment: dict[str, str]) -> dict[str, Any]:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environment)
    folder = os.getcwd()
    for name in OWN_MODULES:
        sys.modules.pop(name, None)
    threading.main_thread()._set_native_id()  # type: ignore[attr-defined]  # the fork went by unnoticed
    sys.argv = [SOURCE_NAME, *arguments]
    sys.path[0:0] = [folder]
    for number, name, mode, errors in _STREAMS:
        stream = _stream(number, mode, errors)
        vars(sys)[name] = vars(sys)[f"__{name}__"] = stream
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=os.path.join(environment["TMPDIR"], SOURCE_NAME), __builtins__=__builtins__)
    sys.modules["__main__"] = main
    gc.enable()
    return main.__dict__


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
    threading._shutdown()  # type: ignore[attr-defined]  # waits for the program's threads, as at a normal end
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
