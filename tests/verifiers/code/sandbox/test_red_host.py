"""More attacks on the machine, on what runs beside and on what runs next: contained on each rung, and gone afterwards."""

# ruff: noqa: E501  # programs in tables are read best in one line

import os

import pytest

from rewardkit.verifiers.code.sandbox import trial
from rewardkit.verifiers.code.sandbox.limits import Job, Limits, Status
from rewardkit.verifiers.code.sandbox.local import LocalSandbox

ATTACKS = r"""
# %% gate-left-open | the socket by which a waiting process gets its order
for fd in range(4, 1024):
    try: os.fstat(fd)
    except OSError: continue
    escaped(fd)
# %% named-as-a-spare | processes=8 | a process that bears the name of one that waits must not be spared
import time
libc.prctl(15, b'rk-spare', 0, 0, 0)
if os.fork() == 0:
    os.setsid()
    libc.prctl(15, b'rk-spare', 0, 0, 0)
    time.sleep(300)
# %% never-leaves-as-a-spare | and a program of that name has the same clocks
import signal, time
libc.prctl(15, b'rk-spare', 0, 0, 0)
for n in range(1, 65):
    try: signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError): pass
time.sleep(300)
# %% words-of-the-zygote | messages by which a zygote tells that a program ended
import struct
end = struct.pack('=cQiBddQ', b'E', 1, 0, 0, 0.0, 0.0, 0)
for fd in range(0, 1024):
    for message in (b'R', end, b'Fgone', struct.pack('=Q', 1), b'!\0'):
        try: os.write(fd, message)
        except OSError: break
# %% doors-of-its-group | the files by which it entered its control group
for fd in range(3, 1024):
    try: path = os.readlink(f'/proc/self/fd/{fd}')
    except OSError: continue
    if 'cgroup' in path or 'tasks' in path: escaped(path)
# %% limits-of-its-group | control groups as a file system
import glob
for path in glob.glob('/sys/fs/cgroup/**/*', recursive=True)[:200] + ['/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/cgroup.procs', '/sys/fs/cgroup/memory/tasks']:
    try: fd = os.open(path, os.O_WRONLY)
    except OSError: continue
    escaped(path)
# %% shared-with-the-zygote | memory that is shared by the fork reaches the next program
for line in open('/proc/self/maps'):
    if line.split()[1] == 'rw-s': escaped(line)
# %% identity-again | the maps of users are written once
for name, text in (('uid_map', '0 0 1'), ('gid_map', '0 0 1'), ('setgroups', 'allow'), ('timens_offsets', 'monotonic 100 0')):
    try:
        with open(f'/proc/self/{name}', 'w') as file: file.write(text)
    except OSError: continue
    escaped(name)
# %% last-to-be-killed | a lower score would make the kernel kill the trainer first
before = int(open('/proc/self/oom_score_adj').read())
try:
    with open('/proc/self/oom_score_adj', 'w') as file: file.write(str(before - 1))
except OSError: pass
else: escaped(before)
# %% capabilities-again | rights that were dropped must not come back
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
data = (ctypes.c_uint32 * 6)(*[0xffffffff] * 6)
if libc.syscall(126 if number('clone') == 56 else 91, header, data) == 0: escaped('capset')
for identity in (0, 1, 65534):
    if identity != os.getuid() and libc.setresuid(identity, identity, identity) == 0: escaped(identity)
for option in ((8, 1), (28, 0), (47, 2), (4, 1), (36, 1), (1, 0)):
    if libc.prctl(*option, 0, 0, 0) == 0: escaped(option)
# %% child-of-the-zygote | processes=8 | a child that is its parent's sibling would escape the count
for flags in (0x8000, 0x8000 | 0x100, 0x800000, 0x8000 | 0x1000):
    pid = libc.syscall(number('clone'), flags | 17, 0, 0, 0, 0)
    if pid == 0:
        os.setsid()
        os.execv('/bin/sleep', [canary['mark'], '300'])
# %% stopped-children | processes=8 | children that are stopped when their parent ends
import signal
for _ in range(4):
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.execv('/bin/sleep', [canary['mark'], '300'])
    os.kill(pid, signal.SIGSTOP)
# %% children-of-children | processes=8 | a line of processes each of which forks and ends
import time
for _ in range(10000):
    if os.fork(): os._exit(0)
    time.sleep(0.001)
# %% stops-itself | a stopped process uses no time at all
import signal
os.kill(os.getpid(), signal.SIGSTOP)
# %% ignores-its-time | SIGXCPU ignored, and every clock of its own
import signal
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
signal.signal(signal.SIGPROF, lambda *a: None)
while True: pass
# %% waits-on-itself | a lock that is taken twice, in every thread
import threading
lock = threading.Lock()
lock.acquire()
for _ in range(8): threading.Thread(target=lock.acquire).start()
lock.acquire()
# %% never-collected | an endless finalizer
class E:
    def __del__(self):
        while True: pass
e = E()
del e
# %% descriptors-in-flight | descriptors sent and never received are counted by nobody
import array, socket
one, two = socket.socketpair()
one.setblocking(False)
sent = 0
for _ in range(3000):
    ends = os.pipe()
    one.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', ends))])
    for fd in ends: os.close(fd)
    sent += 2
escaped(sent)
# %% pipes-in-pipes | pages that splice and tee keep alive
pairs = [os.pipe() for _ in range(28)]
held = 0
for _, end in pairs: os.set_blocking(end, False)
for _, end in pairs:
    for _ in range(64): held += os.write(end, b'x' * 65536)
if held > 64 << 20: escaped(held)
# %% blocks-without-length | blocks behind the end of a file are no part of its size
for fd in range(0, 4):
    if libc.fallocate(fd, 1, ctypes.c_long(0), ctypes.c_long(1 << 30)) == 0: escaped(fd)
fd = os.open('blocks', os.O_CREAT | os.O_RDWR)
if libc.fallocate(fd, 1, ctypes.c_long(0), ctypes.c_long(1 << 30)) == 0: escaped('a gigabyte')
# %% deleted-and-kept | files without a name, kept open
kept = []
for i in range(50):
    fd = os.open(f'f{i}', os.O_CREAT | os.O_RDWR)
    os.unlink(f'f{i}')
    kept.append(fd)
    os.write(fd, b'x' * (3 << 20))
import time
time.sleep(0.5)
escaped(len(kept))
# %% rewritten-output | an output that is cut and written for ever
while True:
    os.write(1, b'x' * 65536)
    os.ftruncate(1, 0)
    os.lseek(1, 0, 0)
# %% holes-in-the-output | an end far away, and a little there
for fd in (1, 2, 3):
    try: os.pwrite(fd, b'x', 1 << 40)
    except OSError: continue
    escaped(fd)
# %% sealed-output | seals that keep others from cutting a memory file
import fcntl
for fd in range(4):
    try: fcntl.fcntl(fd, 1033, 0xf)
    except OSError: continue
    escaped(fd)
# %% huge-pages | memory in huge, locked and populated pages
import mmap
for flags in (0x40000 | 0x22, 0x2000 | 0x22, 0x8000 | 0x22):
    try: mmap.mmap(-1, 2 << 30, flags=flags)
    except (OSError, ValueError): continue
    escaped(hex(flags))
# %% poisoned-pages | pages declared broken are lost for the machine
page = libc.mmap
page.restype = ctypes.c_void_p
address = page(None, 4096, 3, 0x22, -1, 0)
for advice in (100, 101):
    if libc.madvise(ctypes.c_void_p(address), 4096, advice) == 0: escaped(advice)
# %% arguments-without-end | processes=8 | memory in the arguments of a program
import subprocess
for _ in range(64): subprocess.Popen(['/bin/sleep', '300', *['x' * 100000] * 15])
# %% named-semaphores | semaphores and shared memory by name
import _multiprocessing
_multiprocessing.SemLock(1, 1, 1, '/' + canary['mark'], False)
# %% named-shared-memory | and blocks of memory
import _posixshmem
fd = _posixshmem.shm_open('/' + canary['mark'], os.O_CREAT | os.O_RDWR, mode=0o666)
os.ftruncate(fd, 4096)
# %% patched-machinery | import hooks, codecs, start-up modules and the garbage collector's callbacks
import builtins, codecs, gc, importlib, marshal, types
real = builtins.__import__
builtins.__import__ = lambda *a, **k: types.ModuleType('rk_residue')
codecs.register(lambda name: (_ for _ in ()).throw(SystemExit))
gc.callbacks.append(lambda *a: os._exit(0))
marshal.loads = json.loads = lambda *a: 0
sys.modules['rk_residue'] = sys
sys.settrace(lambda *a: None)
for name in ('sitecustomize.py', 'usercustomize.py', 'main.py', 'x.pth', 'json.py', '__init__.py'):
    for folder in ('.', '/tmp', '/site', os.path.dirname(os.__file__)):
        try: open(f'{folder}/{name}', 'w').write('raise SystemExit')
        except OSError: pass
# %% folder-taken-away | private-root | the working directory renamed, removed, replaced
import shutil
os.chdir('/')
for change in (lambda: os.rename('/work', '/gone'), lambda: os.rmdir('/work'), lambda: os.symlink('/', '/work/self'), lambda: os.rename('/tmp', '/work/tmp')):
    try: change()
    except OSError: pass
# %% names-of-all-kinds | names that break whoever lists or removes them
for name in (b'\xff\xfe', b'a\nb', b'-rf', b'\x1b[2J', b'x' * 255, b'*', b'~', b'$(reboot)', b'..hidden'):
    os.mkdir(name)
    os.symlink('/etc/passwd', name + b'/link' if len(name) < 200 else name + b'/l')
    os.mkfifo(name + b'/fifo')
"""


@pytest.mark.parametrize("attack", list(trial._parse("red", ATTACKS)), ids=lambda attack: attack.name)
def test_an_attack_is_contained_and_leaves_nothing(sandbox: LocalSandbox, attack: trial.Attack) -> None:
    [found] = trial.try_attacks(sandbox, [attack])
    assert found.contained, found.details


@pytest.mark.parametrize("code", [0, 1, 120, 126, 127, 250, 255])
def test_no_exit_code_is_taken_for_a_fault_of_ours(sandbox: LocalSandbox, code: int) -> None:
    execution = sandbox.run(Job(f"import os\nos._exit({code})"))
    assert (execution.exit_code, execution.status) == (code, Status.FAILED if code else Status.OK)


def test_a_full_room_is_empty_for_the_next_program_in_the_same_group(sandbox: LocalSandbox) -> None:
    """Memory of files counts with the program that wrote them, and with none after it."""
    limits = Limits(cpu_s=4.0, memory_mb=96, scratch_mb=40, file_bytes=40 << 20)
    fills = "import os\nfor d in ('.', os.environ['TMPDIR']): open(d + '/f', 'wb').write(b'x' * (30 << 20))\nprint(1)"
    for _ in range(6):
        assert sandbox.run(Job(fills, limits=limits)).status in (Status.OK, Status.OUTPUT_LIMIT)
        assert sandbox.run(Job("print(len(bytearray(70 << 20)))", limits=limits)).stdout == b"73400320\n"


def test_an_answer_of_the_set_up_is_not_forged_by_files_beside_it(sandbox: LocalSandbox) -> None:
    code = "import os, struct\nfor fd in range(3, 200):\n    try: os.pwrite(fd, struct.pack('=8sdi', b'FAULT', 0, 0), 0)\n    except OSError: pass\nos._exit(3)"
    execution = sandbox.run(Job(code))
    assert (execution.exit_code, execution.isolation) == (3, sandbox.isolation)


def test_files_of_the_machine_are_not_collected_by_a_link(namespaces: LocalSandbox) -> None:
    for target in ("/etc/passwd", "/proc/self/environ", "/dev/zero", f"/proc/{os.getpid()}/environ"):
        job = Job(
            f"import os\nos.symlink({target!r}, 'out')\nos.makedirs('d')\nos.symlink('/etc', 'd/e')",
            collect=("out", "d/e/passwd"),
        )
        assert namespaces.run(job).files == {}
