"""The zygote's own walls: a new root that holds only what programs need, then namespaces without network or rights.

The root is a small read-only tmpfs with read-only views of the system's libraries and tools, of the interpreter and of
the named packages. Home folders, /etc, data sets and sockets of the machine are not in it.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Mapping
from typing import Any

from . import kernel

PYTHON = "/python"
SITE = "/site"
OWN = "/rewardkit"
WORK = "/work"

_DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
_PASSWD = "user:x:1000:1000:user:/work:/bin/sh\n"
_GROUP = "user:x:1000:\n"
_WALLS = kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET | kernel.CLONE_NEWUTS


def enter(config: Mapping[str, Any]) -> None:
    """Take on the root and the namespaces for good; raises `OSError` that names the step which the machine refused."""
    user, group = os.geteuid(), os.getegid()
    become = config["become"]
    if become is not None and _has_own_mounts():
        # Real root: build with its rights, then give them up, so that no process here owns the machine's files.
        _build(config)
        change_user(become)
        kernel.unshare(_WALLS)
        write_all(id_maps(0, become, become))
    else:
        if config["become_first"] is not None:
            user = group = config["become_first"]
            change_user(user)
        kernel.unshare(_WALLS)
        write_all(id_maps(0, user, group))
        _build(config)
    kernel.set_hostname("sandbox")


def change_user(user: int) -> None:
    """From root to a user that owns nothing, with all rights gone."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # else its own uid_map is out of its reach


def is_counted() -> bool:
    """Whether the kernel bounds how many processes this user starts: it never does for the machine's root."""
    with open("/proc/self/uid_map", "rb") as file:
        return file.read().split()[1] != b"0"


def _has_own_mounts() -> bool:
    try:
        kernel.unshare(kernel.CLONE_NEWNS)
    except PermissionError:  # root of a container, without the right to mount
        return False
    return True


def id_maps(inside: int, user: int, group: int, *, is_nested: bool = False) -> tuple[tuple[str, bytes], ...]:
    """What to write where, so that a process's new user namespace has its one user and one group."""
    maps = (("/proc/self/uid_map", b"%d %d 1" % (inside, user)), ("/proc/self/gid_map", b"%d %d 1" % (inside, group)))
    return maps if is_nested else (("/proc/self/setgroups", b"deny"), *maps)  # the ban passes on to inner namespaces


def write_all(contents: tuple[tuple[str, bytes], ...]) -> None:
    """Write to files of the kernel's; the error names the one that failed."""
    path = ""
    try:
        for path, text in contents:
            file = os.open(path, os.O_WRONLY)
            os.write(file, text)
            os.close(file)
    except OSError as error:
        raise OSError(error.errno, f"writing {path}: {error.strerror}") from None


def _build(config: Mapping[str, Any]) -> None:
    sources = [config["prefix"], *(path for _, path in config["packages"]), config["own"]]
    new = _free_folder(sources)
    kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", new, "tmpfs", kernel.MS_NOSUID, "size=32m,nr_inodes=4096,mode=755")
    for name in ("usr", "etc", "dev", "proc", "tmp", "work", "site"):
        os.mkdir(f"{new}/{name}")
    _bind("/usr", f"{new}/usr")
    for name in _SYSTEM:
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{new}/{name}")
        elif os.path.isdir(f"/{name}"):
            _bind(f"/{name}", f"{new}/{name}")
    if config["prefix"] not in ("/usr", "/"):
        _bind(config["prefix"], new + PYTHON)
    for name, path in config["packages"]:
        _bind(path, f"{new}{SITE}/{name}")
    for target, path in config["folders"]:
        _bind(path, new + target)
    shutil.copytree(config["own"], f"{new}{OWN}/inside", ignore=shutil.ignore_patterns("__pycache__"))
    # Programs get a /proc of their own on top of this one, which the kernel grants only where this one is in sight.
    kernel.mount("/proc", f"{new}/proc", flags=kernel.MS_BIND | kernel.MS_REC)
    _make_devices(f"{new}/dev")
    _make_etc(f"{new}/etc")
    kernel.mount("none", new, flags=kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID)
    kernel.pivot_root(new)


def _free_folder(sources: list[str]) -> str:
    """A folder to build on that hides none of the sources."""
    for folder in ("/sys", "/mnt", "/srv", "/media", "/opt"):
        if os.path.isdir(folder) and not any(s == folder or s.startswith(folder + "/") for s in sources):
            return folder
    raise OSError(2, "no folder to build the sandbox's root on among /sys, /mnt, /srv, /media, /opt")


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, target, flags=kernel.MS_BIND | kernel.MS_REC)
    kernel.make_read_only(target)


def _make_devices(folder: str) -> None:
    for name in _DEVICES:
        os.close(os.open(f"{folder}/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        kernel.mount(f"/dev/{name}", f"{folder}/{name}", flags=kernel.MS_BIND)
    os.symlink("/tmp", f"{folder}/shm")
    os.symlink("/proc/self/fd", f"{folder}/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{folder}/{name}")


def _make_etc(folder: str) -> None:
    for name, text in (("passwd", _PASSWD), ("group", _GROUP)):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
    if os.path.exists("/etc/ld.so.cache"):
        shutil.copyfile("/etc/ld.so.cache", f"{folder}/ld.so.cache")
    if os.path.isdir("/etc/alternatives"):  # where java, cc and others are chosen
        shutil.copytree("/etc/alternatives", f"{folder}/alternatives", symlinks=True)
    for path in glob.glob("/etc/java-*"):
        _bind(path, folder + path.removeprefix("/etc"))
