"""Folders of programs that have no private mount, and how to get rid of them whatever a program left there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile

PREFIX = "rewardkit-sandbox-"


def make_base(folder: str) -> str:
    """A folder for all programs of this zygote, locked as long as the zygote lives."""
    path = tempfile.mkdtemp(prefix=PREFIX, dir=folder)
    fcntl.flock(os.open(path, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return path


def make(base: str, number: int) -> str:
    """A fresh folder for one program."""
    path = f"{base}/{number}"
    os.mkdir(path, 0o700)
    return path


def wipe(path: str) -> None:
    """Remove a folder with all that is in it: no link is followed, no depth is too deep, no mode bits stop it.

    Inner folders are first moved up beside their parents, so neither recursion nor long paths are needed.
    """
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(top, 0o700)
        number = 0
        names = os.listdir(top)
        while names:
            name = names.pop()
            if not stat.S_ISDIR(os.lstat(name, dir_fd=top).st_mode):
                os.unlink(name, dir_fd=top)
                continue
            os.chmod(name, 0o700, dir_fd=top)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
            for entry in os.listdir(inner):
                if stat.S_ISDIR(os.lstat(entry, dir_fd=inner).st_mode):
                    os.chmod(entry, 0o700, dir_fd=inner)  # moving a folder writes to it
                    number += 1
                    fresh = _unused(top, number)
                    os.rename(entry, fresh, src_dir_fd=inner, dst_dir_fd=top)
                    names.append(fresh)
                else:
                    os.unlink(entry, dir_fd=inner)
            os.close(inner)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(path)


def is_over(path: str, most_bytes: int, most_files: int, pid: int) -> bool:
    """Whether the folder of program `pid` holds more than it may; looks at no more than it must."""
    size, count = _deleted(path, pid), 0
    waiting = [path]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                if size > most_bytes or count > most_files:
                    return True
    return False


def _deleted(path: str, pid: int) -> int:
    """Bytes of files that a program has deleted and keeps open."""
    size = 0
    with contextlib.suppress(OSError):
        device = os.stat(path).st_dev
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                state = os.stat(f"/proc/{pid}/fd/{number}")
                if state.st_nlink == 0 and state.st_dev == device:
                    size += state.st_blocks * 512
    return size


def _unused(top: int, number: int) -> str:
    name = f".{number}"
    while True:
        try:
            os.lstat(name, dir_fd=top)
        except FileNotFoundError:
            return name
        name += "_"


def sweep(folder: str) -> None:
    """Remove what zygotes left that ended without a chance to clean up: folders that nobody has locked."""
    for name in os.listdir(folder):
        if not name.startswith(PREFIX):
            continue
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):  # alive, or another user's
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                wipe(path)
            finally:
                os.close(lock)
