"""What a zygote is made of: which interpreter, which packages, which environment, on which rung."""

from __future__ import annotations

import functools
import importlib.machinery
import itertools
import os
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from typing import Any

from rewardkit.verifiers.code.sandbox.inside import root
from rewardkit.verifiers.code.sandbox.limits import Isolation, Limits, SandboxError

OWN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside")
FLAGS = ("-P", "-s", "-S", "-B", "-X", "utf8")
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from inside import zygote; zygote.main()"


def _words(text: str) -> list[str]:
    return text.split()


PACKAGES = _words(
    """
    numpy numpy.libs sympy mpmath gmpy2 scipy scipy.libs pandas pandas.libs dateutil pytz tzdata six matplotlib
    mpl_toolkits contourpy cycler fontTools kiwisolver packaging PIL pillow.libs pyparsing networkx sortedcontainers
    duckdb _duckdb
    """
)
"""Third-party packages that programs may import where they are installed here. Nothing else of this environment is
visible to them: a package with test data in it would be an answer book."""

_PLAIN = _words(
    """
    abc array ast base64 bisect calendar cmath collections collections.abc contextlib copy csv ctypes dataclasses
    datetime decimal enum fcntl fractions functools gc heapq inspect io itertools json keyword linecache locale math
    numbers operator os pathlib pickle posixpath pprint queue random re resource select signal stat statistics string
    struct sys textwrap threading time timeit token tokenize traceback types typing unicodedata warnings weakref zlib
    _socket _strptime encodings.ascii encodings.latin_1 encodings.utf_8 encodings.utf_8_sig
    """
)
_WIDE = _words(
    """
    argparse concurrent.futures difflib dis doctest hashlib html logging multiprocessing platform secrets selectors
    shlex shutil socket sqlite3 subprocess tempfile unittest unittest.mock urllib.parse uuid encodings.idna asyncio
    """
)
_NUMERIC = ["numpy", "numpy.random", "numpy.linalg"]
PRELOAD = {
    "plain": _PLAIN,
    "wide": [*_PLAIN, *_WIDE],
    "numpy": [*_PLAIN, *_NUMERIC],
    "plot": [*_PLAIN, *_WIDE, *_NUMERIC, "inside.plotting"],
    "science": [*_PLAIN, *_NUMERIC, "sympy", "unittest"],
}
"""Modules by flavour; the lazily imported ones of the standard library too, which would cost each program again. The
first is the smallest, for most programs need no more, and a fork takes time for every page and mapping."""

_WORDS = ("dis", "html", "platform")  # too common in other senses
WIDE_NAMES = tuple(dict.fromkeys(name.partition(".")[0] for name in _WIDE if name not in _WORDS))
"""What to look for in a source."""

_PRIVATE_USERS = itertools.cycle(range(61200, 65200))  # below 65536, so that containers with few users have them
_USUAL = Limits()
BIND_NOW = {"LD_BIND_NOW": "1"}
"""For the loader of a zygote: what is bound there need not be bound again in each program."""
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def configure(
    rung: Isolation, flavour: str, folders: Iterable[tuple[str, str]] = ()
) -> tuple[list[str], dict[str, Any]]:
    """The command that starts a zygote (arguments are added), and its configuration."""
    executable, prefix = interpreter()
    packages = find_packages()
    has_root = rung == "namespaces"
    path = [root.SITE] if has_root else sorted({os.path.dirname(p) for _, p in packages})
    inner_prefix = prefix if prefix == "/usr" or not has_root else root.PYTHON
    inner = executable if prefix == "/usr" or not has_root else root.PYTHON + executable.removeprefix(prefix)
    config = {
        "rung": rung,
        "prefix": prefix,
        "packages": packages,
        "folders": list(folders),
        "own": OWN,
        "become": private_user(executable, prefix, walks_there=not has_root),
        "become_first": private_user(executable, prefix, walks_there=True),
        "boot": [inner, *FLAGS, "-c", BOOT],
        "environment": environment(inner_prefix, path),
        "loader": BIND_NOW,
        "path": path,
        "preload": PRELOAD[flavour],
        "readable": [prefix, *(p for _, p in packages), *(p for _, p in folders)],
        "listable": path,
        "scratch": tempfile.gettempdir(),
        "room": [_USUAL.scratch_mb, _USUAL.scratch_files],
    }
    return [executable, *FLAGS, "-c", BOOT, os.path.dirname(OWN)], config


def environment(prefix: str, path: list[str]) -> dict[str, str]:
    """The environment of zygotes and programs: nothing of this process's own."""
    found = {
        "PATH": f"{prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",  # the same program, the same verdict
        "PYTHONPATH": ":".join(path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": "/tmp",
        **dict.fromkeys(_ONE_THREAD, "1"),
    }
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        found["LD_LIBRARY_PATH"] = f"{prefix}/lib"
    return found


@functools.cache
def interpreter() -> tuple[str, str]:
    """The interpreter under any virtual environment, and the folder that it and its library are in."""
    executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    prefix = os.path.realpath(sys.base_prefix)
    if not executable.startswith(prefix + "/"):
        raise SandboxError(f"the Python interpreter {executable} is not below its own prefix {prefix}")
    return executable, prefix


@functools.cache
def find_packages() -> list[tuple[str, str]]:
    """Which of `PACKAGES` are installed here: (file or folder name, path)."""
    found = []
    for name in PACKAGES:
        for folder in sys.path:
            path = os.path.join(folder, name)
            if os.path.isfile(os.path.join(path, "__init__.py")) or (name.endswith(".libs") and os.path.isdir(path)):
                found.append((name, os.path.realpath(path)))
                break
            single = next((path + s for s in importlib.machinery.all_suffixes() if os.path.isfile(path + s)), None)
            if single:
                found.append((os.path.basename(single), os.path.realpath(single)))
                break
            if name == "mpl_toolkits" and os.path.isdir(path):
                found.append((name, os.path.realpath(path)))
                break
    return found


def private_user(executable: str, prefix: str, *, walks_there: bool) -> int | None:
    """For root: a user number of the zygote's own that owns nothing. None for others, and where the interpreter is
    not readable by everyone; root's rights are then dropped without a change of user."""
    if os.geteuid() != 0:
        return None
    library = sysconfig.get_path("stdlib")
    paths = [executable, library, os.path.join(library, "os.py")]
    stop = "/" if walks_there else prefix
    for path in paths:
        at = path
        while True:
            mode = os.stat(at).st_mode
            if not mode & (stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH):
                return None
            if at in (stop, "/"):
                break
            at = os.path.dirname(at)
    return next(_PRIVATE_USERS)
