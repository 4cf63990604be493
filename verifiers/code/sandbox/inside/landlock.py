"""Landlock: which files a process may touch, where namespaces are refused.

Covers opening, executing, creating, removing and linking files, TCP from ABI 4, signals and abstract sockets to
processes outside from ABI 6. It does not cover stat, chmod, chown, times and attributes; the seccomp filter refuses
those that change anything.
"""

from __future__ import annotations

import ctypes
import os
import struct

from . import kernel

_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_READ_ONLY = _EXECUTE | _READ | _LIST
_DEVICE = _READ | _WRITE
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL = (1 << 16) - 1

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")


class Rules:
    """What every program may read, as open descriptors; the scratch folder is added for each."""

    def __init__(self, readable: list[str], listable: list[str]) -> None:
        self.abi = abi()
        if self.abi < 1:
            raise OSError(38, "this kernel has no Landlock, or it is switched off")
        self._rules: list[tuple[int, int]] = []
        for paths, rights in (((*_SYSTEM, *readable), _READ_ONLY), (listable, _LIST), (_DEVICES, _DEVICE)):
            for path in paths:
                if os.path.exists(path):
                    is_file = not os.path.isdir(path)
                    allowed = rights & ~_LIST if is_file else rights
                    self._rules.append((os.open(path, os.O_PATH | os.O_CLOEXEC), allowed))

    def enforce(self, scratch: str) -> None:
        """Restrict this process for good; it may do as it likes below the folder `scratch`."""
        folder = os.open(scratch, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        everything = _ALL_BY_ABI.get(self.abi, _ALL)
        fields = [everything, 3 if self.abi >= 4 else 0, 3 if self.abi >= 6 else 0]
        size = 8 if self.abi < 4 else 16 if self.abi < 6 else 24
        attributes = struct.pack("=QQQ", *fields)[:size]
        ruleset = kernel.call("landlock_create_ruleset", attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
        forbidden_there = (1 << 6) | (1 << 11) | (1 << 9)  # devices and sockets
        for descriptor, rights in [*self._rules, (folder, everything & ~forbidden_there)]:
            rule = struct.pack("=Qi", rights & everything, descriptor)
            kernel.call("landlock_add_rule", ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0))
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.call("landlock_restrict_self", ctypes.c_int(ruleset), ctypes.c_uint(0))
        os.close(ruleset)
        os.close(folder)


def abi() -> int:
    """The version of Landlock that the kernel speaks; 0 without it."""
    try:
        version = ctypes.c_uint(1)
        return kernel.call("landlock_create_ruleset", None, ctypes.c_size_t(0), version)
    except OSError:
        return 0
