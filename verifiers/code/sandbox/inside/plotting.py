"""Loads matplotlib into a zygote, which has no folder to write to: fonts are looked up once, and kept in memory.

matplotlib wants a folder for its cache before it loads anything. It is told of one that does not exist, and does
without.
"""

from __future__ import annotations

import atexit
import importlib
import os
import shutil
import tempfile

_NOWHERE = "/nonexistent/matplotlib"
_MODULES = (
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.colors",
    "matplotlib.dates",
    "mpl_toolkits.mplot3d",
)


def _load() -> None:
    folder, make = os.environ.get("MPLCONFIGDIR"), tempfile.mkdtemp
    os.environ["MPLCONFIGDIR"] = _NOWHERE
    vars(tempfile)["mkdtemp"] = lambda *_, **__: _NOWHERE
    try:
        for name in _MODULES:
            importlib.import_module(name)
    finally:
        vars(tempfile)["mkdtemp"] = make
        os.environ.pop("MPLCONFIGDIR", None)
        if folder is not None:
            os.environ["MPLCONFIGDIR"] = folder
        atexit.unregister(shutil.rmtree)  # of the folder that does not exist


_load()
