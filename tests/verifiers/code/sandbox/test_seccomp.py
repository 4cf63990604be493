"""The system call filter, decided call by call with an interpreter of its code: for both machines that it knows."""

import errno
import struct

import pytest

from rewardkit.verifiers.code.sandbox.inside import kernel, seccomp, tables_aarch64, tables_x86_64

ALLOW, KILL = 0x7FFF0000, 0x80000000
MACHINES = {"x86_64": tables_x86_64, "aarch64": tables_aarch64}


def decide(code: bytes, number: int, arguments: tuple[int, ...] = (), arch: int | None = None) -> int:
    """What the kernel would do with a call: the value that the filter returns."""
    arch = kernel.AUDIT_ARCH if arch is None else arch
    data = struct.pack("<iIQ6Q", number, arch, 0, *(arguments + (0,) * 6)[:6])
    accumulator, at = 0, 0
    while True:
        kind, if_true, if_false, value = struct.unpack_from("<HBBI", code, at * 8)
        at += 1
        if kind == 0x20:
            [accumulator] = struct.unpack_from("<I", data, value)
        elif kind == 0x06:
            return value
        elif kind == 0x05:
            at += value
        elif kind == 0x54:
            accumulator &= value
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[kind]
            at += if_true if holds else if_false


def refused(number: int) -> int:
    return 0x00050000 | number


@pytest.fixture(params=MACHINES)
def machine(request, monkeypatch):
    tables = MACHINES[request.param]
    monkeypatch.setattr(kernel, "NUMBERS", tables.NUMBERS)
    monkeypatch.setattr(kernel, "AUDIT_ARCH", tables.AUDIT_ARCH)
    return tables


def build(**options: bool) -> bytes:
    return seccomp.compile_filter(**{"processes": False, "exec_program": False, "private_root": True, **options})


CASES = [
    ("read", (), {}, ALLOW),
    ("mmap", (), {}, ALLOW),
    ("openat", (), {}, ALLOW),
    ("exit_group", (), {}, ALLOW),
    ("execve", (), {}, refused(errno.EPERM)),
    ("execve", (), {"exec_program": True}, ALLOW),
    ("execve", (), {"processes": True}, ALLOW),
    ("clone", (kernel.CLONE_THREAD | 0x3D0F00,), {}, ALLOW),
    ("clone", (17,), {}, refused(errno.EPERM)),
    ("clone", (17,), {"processes": True}, ALLOW),
    ("clone", (17 | kernel.CLONE_NEWUSER,), {"processes": True}, refused(errno.EPERM)),
    ("clone", (kernel.CLONE_THREAD | kernel.CLONE_NEWNS,), {}, refused(errno.EPERM)),
    ("clone", (17 | 0x80,), {"processes": True}, refused(errno.EPERM)),
    ("clone3", (), {"processes": True}, refused(errno.ENOSYS)),
    ("unshare", (), {"processes": True}, refused(errno.EPERM)),
    ("mount", (), {}, refused(errno.EPERM)),
    ("pivot_root", (), {}, refused(errno.EPERM)),
    ("seccomp", (), {}, refused(errno.EPERM)),
    ("capset", (), {}, refused(errno.EPERM)),
    ("landlock_create_ruleset", (), {}, refused(errno.EPERM)),
    ("memfd_create", (), {}, refused(errno.EPERM)),
    ("socket", (2, 1), {}, refused(errno.EAFNOSUPPORT)),
    ("socketpair", (1, 1), {}, ALLOW),
    ("socketpair", (1, 1 | 0o2000000), {}, ALLOW),
    ("socketpair", (1, 2), {}, refused(errno.EAFNOSUPPORT)),
    ("socketpair", (1, 3), {}, refused(errno.EAFNOSUPPORT)),
    ("socketpair", (16, 1), {}, refused(errno.EAFNOSUPPORT)),
    ("ioctl", (1, 0x5401), {}, ALLOW),
    ("ioctl", (0, 0x5412), {}, refused(errno.ENOTTY)),
    ("fcntl", (0, 3), {}, ALLOW),
    ("fcntl", (0, 8), {}, refused(errno.EPERM)),
    ("fcntl", (0, 1031), {}, refused(errno.EPERM)),
    ("prctl", (15,), {}, ALLOW),
    ("prctl", (1,), {}, refused(errno.EPERM)),
    ("prctl", (22,), {}, refused(errno.EPERM)),
    ("kill", (12345,), {}, ALLOW),
    ("kill", (12345,), {"private_root": False}, refused(errno.EPERM)),
    ("kill", (seccomp._OWN_PID,), {"private_root": False}, ALLOW),
    ("prlimit64", (0,), {"private_root": False}, ALLOW),
    ("prlimit64", (12345,), {"private_root": False}, refused(errno.EPERM)),
    ("fchmodat", (), {}, ALLOW),
    ("fchmodat", (), {"private_root": False}, refused(errno.EPERM)),
    ("utimensat", (), {"private_root": False}, refused(errno.EPERM)),
]


@pytest.mark.parametrize(("name", "arguments", "options", "decision"), CASES)
def test_each_call_is_decided_as_written(machine, name, arguments, options, decision):
    assert decide(build(**options), machine.NUMBERS[name], arguments) == decision


def test_unknown_calls_are_refused_and_foreign_ones_kill(machine):
    known = {n for name, n in machine.NUMBERS.items()}
    code = build(processes=True)
    for number in [*(n for n in range(600) if n not in known), 0x40000000 + 39, 100_000]:
        assert decide(code, number) == refused(errno.EPERM), number
    for arch in (0x40000003, 0x40000028, 0):
        assert decide(code, 0, arch=arch) == KILL


def test_the_filter_is_small_and_every_jump_lands_inside(machine):
    code = build(processes=True)
    count = len(code) // 8
    assert count < 4096
    for at in range(count):
        kind, if_true, if_false, value = struct.unpack_from("<HBBI", code, at * 8)
        reach = value if kind == 0x05 else max(if_true, if_false) if kind in (0x15, 0x35, 0x45) else 0
        assert at + 1 + reach < count or kind == 0x06


def test_calls_are_found_in_few_steps(machine):
    """The kernel runs the filter once for every number there is when it is installed."""
    code = build()
    steps = []
    for number in range(470):
        at, count = 0, 0
        accumulator = 0
        data = struct.pack("<iIQ6Q", number, machine.AUDIT_ARCH, 0, *(0,) * 6)
        while True:
            kind, if_true, if_false, value = struct.unpack_from("<HBBI", code, at * 8)
            at, count = at + 1, count + 1
            if kind == 0x06:
                break
            if kind == 0x20:
                [accumulator] = struct.unpack_from("<I", data, value)
            elif kind == 0x05:
                at += value
            elif kind == 0x54:
                accumulator &= value
            else:
                holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
                at += if_true if holds[kind] else if_false
        steps.append(count)
    assert sum(steps) / len(steps) < 30


def test_the_numbers_of_both_machines_are_those_of_the_kernel():
    """A few that everybody knows; a wrong table would allow a call under another's name."""
    x86, arm = tables_x86_64.NUMBERS, tables_aarch64.NUMBERS
    assert (x86["read"], x86["openat"], x86["clone"], x86["execve"], x86["seccomp"]) == (0, 257, 56, 59, 317)
    assert (arm["read"], arm["openat"], arm["clone"], arm["execve"], arm["seccomp"]) == (63, 56, 220, 221, 277)
    assert x86["landlock_restrict_self"] == arm["landlock_restrict_self"] == 446
    assert x86["mount_setattr"] == arm["mount_setattr"] == 442
    for tables in (x86, arm):
        assert len(set(tables.values())) == len(tables)
