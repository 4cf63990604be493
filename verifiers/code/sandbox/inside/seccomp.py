"""The system calls that a program may make: an allowlist, compiled to a BPF filter.

Everything that is not named fails with EPERM, and so do ptrace, mounts, namespaces, keys, bpf, io_uring, shared
memory and message queues that outlive a process, sockets of every family (socketpair excepted), and whatever a later
kernel invents. Another architecture's calls (int 0x80) kill the process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from . import kernel


def _words(text: str) -> list[str]:
    return text.split()


_ALLOWED = _words(
    """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 open openat creat close close_range lseek
    fstat stat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat getdents getdents64
    getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    truncate ftruncate fallocate fsync fdatasync fadvise64 dup dup2 dup3 flock pipe pipe2 poll ppoll select pselect6
    epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 timerfd_create
    timerfd_settime timerfd_gettime signalfd signalfd4 sendfile copy_file_range splice tee umask getxattr lgetxattr
    fgetxattr listxattr llistxattr flistxattr mmap munmap mprotect mremap madvise brk mincore msync membarrier rseq
    pkey_alloc pkey_free pkey_mprotect exit exit_group getpid getppid gettid getuid geteuid getgid getegid getgroups
    getresuid getresgid getpgrp getpgid getsid setpgid setsid times getrusage getrlimit setrlimit uname sysinfo
    sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
    sched_rr_get_interval getpriority getcpu rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait
    rt_sigsuspend sigaltstack restart_syscall pause alarm setitimer getitimer nanosleep clock_nanosleep clock_gettime
    clock_getres gettimeofday time timer_create timer_settime timer_gettime timer_delete timer_getoverrun futex
    futex_waitv set_robust_list set_tid_address arch_prctl wait4 waitid getrandom sendto recvfrom sendmsg recvmsg
    sendmmsg recvmmsg shutdown getsockopt setsockopt getsockname getpeername
    """
)

_BY_PRIVATE_ROOT = _words(
    """
    chmod fchmod fchmodat chown fchown lchown fchownat utimensat utime utimes futimesat kill tkill tgkill prlimit64
    sched_setaffinity
    """
)
"""Harmless where files and processes of others can't be named; elsewhere they reach what Landlock does not guard."""

_UNKNOWN = _words(  # answered as by an old kernel, so that libraries fall back to what the filter can see through
    "clone3 openat2 pidfd_open io_uring_setup futex_wait futex_wake futex_requeue fchmodat2 cachestat mseal"
)

_IOCTLS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGPGRP, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""
_PRCTLS = (2, 3, 15, 16, 21, 23, 27, 30, 39, 41, 42, 0x53564D41)
"""Reading one's own state, the thread's name, transparent huge pages, names of mappings."""
_FCNTLS_DENIED = (8, 10, 15, 1024, 1026, 1031, 1033)
"""Signals by SETOWN, SETSIG, leases, notifications, pipe sizes, seals."""
_AF_UNIX, _SOCK_STREAM, _SOCK_SEQPACKET = 1, 1, 5

_RET_ALLOW = 0x7FFF0000
_RET_ERRNO = 0x00050000
_RET_KILL = 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _JUMP, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x05, 0x54, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_OWN_PID = 0x7ABCDE01
"""Stands for the process number until it is known."""

_Instruction = tuple[int, int, int, int]


def compile_filter(*, processes: bool, exec_program: bool, private_root: bool) -> bytes:
    """The filter as BPF code.

    `processes`: may fork and start programs; `exec_program`: may start a program (as itself, without forking);
    `private_root`: it has its own root, processes and network, so calls that name files and processes are harmless.
    """
    rules: dict[str, list[_Instruction]] = {name: [_allow()] for name in _ALLOWED}
    rules |= {name: [_refuse(errno.ENOSYS)] for name in _UNKNOWN}
    rules["socket"] = [_refuse(errno.EAFNOSUPPORT)]
    rules["socketpair"] = _socketpair_rule()
    rules["ioctl"] = _only(1, _IOCTLS, errno.ENOTTY)
    rules["prctl"] = _only(0, _PRCTLS, errno.EPERM)
    rules["fcntl"] = _all_but(1, _FCNTLS_DENIED, errno.EPERM)
    if private_root:
        rules |= {name: [_allow()] for name in _BY_PRIVATE_ROOT}
    else:
        rules |= {name: _only(0, (_OWN_PID,), errno.EPERM) for name in ("kill", "tgkill")}
        rules |= {name: _only(0, (0, _OWN_PID), errno.EPERM) for name in ("prlimit64", "sched_setaffinity")}
        rules["fallocate"] = _only(1, (0,), errno.EOPNOTSUPP)  # other modes take disk that no limit of a file bounds
    if processes:
        rules |= {name: [_allow()] for name in ("fork", "vfork")}
    if processes or exec_program:
        rules |= {name: [_allow()] for name in ("execve", "execveat")}
    rules["clone"] = _clone_rule(processes)
    return _assemble(rules)


class Filter:
    """A filter, made ready to be put on the process that is forked next."""

    def __init__(self, code: bytes) -> None:
        self._names_itself = struct.pack("<I", _OWN_PID) in code
        self._code = code
        self._load(code)

    def _load(self, code: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(code, len(code))
        header = struct.pack("@HP", len(code) // 8, ctypes.addressof(self._buffer))
        self._header = ctypes.create_string_buffer(header)

    def install(self) -> None:
        """Put the filter on this process for good; new privileges are given up first."""
        if self._names_itself:
            self._load(self._code.replace(struct.pack("<I", _OWN_PID), struct.pack("<I", os.getpid())))
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.call("seccomp", _SET_MODE_FILTER, _NO_FLAGS, self._header)


_SET_MODE_FILTER, _NO_FLAGS = ctypes.c_uint(1), ctypes.c_uint(0)


def install(code: bytes) -> None:
    """Put a filter on this process for good."""
    Filter(code).install()


def deny(names: tuple[str, ...], number: int = errno.EPERM) -> bytes:
    """A filter that refuses the named calls and allows all others, as container runtimes do; to test refusals."""
    code: list[_Instruction] = [(_LOAD, 0, 0, _NUMBER_AT)]
    for name in names:
        code += [(_EQUAL, 0, 1, kernel.NUMBERS[name]), _refuse(number)]
    return _pack([*code, _allow()])


def _clone_rule(processes: bool) -> list[_Instruction]:
    rule = [_argument(0), (_ANY_BIT, 0, 1, kernel.CLONE_NAMESPACES), _refuse(errno.EPERM)]
    if not processes:
        rule += [(_ANY_BIT, 1, 0, kernel.CLONE_THREAD), _refuse(errno.EPERM)]
    return [*rule, _allow()]


def _socketpair_rule() -> list[_Instruction]:
    """Unix pairs, but no datagrams: those reach any address with sendmsg, whose argument no filter sees."""
    refuse = _refuse(errno.EAFNOSUPPORT)
    rule = [_argument(0), (_EQUAL, 1, 0, _AF_UNIX), refuse, _argument(1), (_AND, 0, 0, 0xF)]
    return [*rule, (_EQUAL, 1, 0, _SOCK_STREAM), (_EQUAL, 0, 1, _SOCK_SEQPACKET), _allow(), refuse]


def _only(argument: int, values: tuple[int, ...], otherwise: int) -> list[_Instruction]:
    rule = [_argument(argument)]
    for value in values:
        rule += [(_EQUAL, 0, 1, value), _allow()]
    return [*rule, _refuse(otherwise)]


def _all_but(argument: int, values: tuple[int, ...], refused: int) -> list[_Instruction]:
    rule = [_argument(argument)]
    for value in values:
        rule += [(_EQUAL, 0, 1, value), _refuse(refused)]
    return [*rule, _allow()]


def _argument(index: int) -> _Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index)  # the low half: all checked arguments are 32 bits to the kernel


def _allow() -> _Instruction:
    return (_RETURN, 0, 0, _RET_ALLOW)


def _refuse(number: int) -> _Instruction:
    return (_RETURN, 0, 0, _RET_ERRNO | number)


def _assemble(rules: dict[str, list[_Instruction]]) -> bytes:
    by_number = {kernel.NUMBERS[name]: rule for name, rule in rules.items() if name in kernel.NUMBERS}
    refused = [_refuse(errno.EPERM)]
    segments: list[tuple[int, list[_Instruction]]] = [(0, refused)]
    for number in range(max(by_number) + 2):
        rule = by_number.get(number, refused)
        if rule != segments[-1][1]:
            segments.append((number, rule))
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, kernel.AUDIT_ARCH),
        (_RETURN, 0, 0, _RET_KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    return _pack([*code, *_search(segments)])


def _search(segments: list[tuple[int, list[_Instruction]]]) -> list[_Instruction]:
    """A binary search among runs of numbers with one rule: the kernel walks the filter once for every call there is
    when it is installed, which with a plain list takes longer than the fork."""
    if len(segments) == 1:
        return segments[0][1]
    middle = len(segments) // 2
    lower, upper = _search(segments[:middle]), _search(segments[middle:])
    if len(lower) <= 0xFF:  # the reach of a conditional jump
        return [(_AT_LEAST, len(lower), 0, segments[middle][0]), *lower, *upper]
    return [(_AT_LEAST, 0, 1, segments[middle][0]), (_JUMP, 0, 0, len(lower)), *lower, *upper]


def _pack(code: list[_Instruction]) -> bytes:
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
