"""What happens when our side is hit: zygotes die, parents are killed, processes fork, sandboxes close."""

import asyncio
import contextlib
import glob
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rewardkit.verifiers.code.sandbox import Job, Limits, SandboxError, Status, default_sandbox, run, supervisor
from rewardkit.verifiers.code.sandbox.inside import scratch
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
from rewardkit.verifiers.code.sandbox.probe import probe_rung
from rewardkit.verifiers.code.sandbox.trial import running_programs


def kill_zygotes(sandbox: LocalSandbox) -> None:
    for pid in sandbox.zygote_pids():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_until(condition, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_killed_zygote_is_replaced_and_its_program_runs_again(sandbox):
    sandbox.run(Job("pass"))
    before = sandbox.zygote_pids()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(sandbox.run, Job("import time; time.sleep(0.6); print('whole')"))
        time.sleep(0.3)
        kill_zygotes(sandbox)
        assert future.result().stdout == b"whole\n"
    assert not set(before) & set(sandbox.zygote_pids())


def test_a_program_whose_zygotes_keep_dying_is_no_verdict():
    with LocalSandbox("namespaces") as sandbox:
        sandbox.run(Job("pass"))
        stop = threading.Event()

        def kill() -> None:
            while not stop.wait(0.15):
                kill_zygotes(sandbox)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            with pytest.raises(SandboxError, match=r"zygote ended|could not be started"):
                sandbox.run(Job("import time; time.sleep(30)"))
        finally:
            stop.set()
            killer.join()
        assert sandbox.run(Job("print('again')")).stdout == b"again\n"


PARENT = """
import sys, threading
from rewardkit.verifiers.code.sandbox import Job, Limits
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
rung = sys.argv[1]
sandbox = LocalSandbox(rung, workers=4)
programs = ["while True: pass", "import time; time.sleep(100)"]
programs.append("for n in range(10**9): open(f'f{n % 50}', 'w').write('x')")
if rung == "namespaces":
    programs.append("import os\\nos.fork(); os.fork(); os.setsid()\\nwhile True: pass")
def loop(source):
    while True: sandbox.run(Job(source, limits=Limits(cpu_s=50, wall_s=100, processes=4 if 'fork' in source else 0)))
for source in programs: threading.Thread(target=loop, args=(source,), daemon=True).start()
sandbox.run(Job("pass"))
print("ready", flush=True)
threading.Event().wait()
"""


def descendants(pid: int) -> dict[int, str]:
    """Processes below `pid` with their start times."""
    parents: dict[int, list[int]] = {}
    started: dict[int, str] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(name))
            started[int(name)] = fields[19]
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found[child] = started[child]
            waiting.append(child)
    return found


def is_alive(pid: int, started: str) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[19] == started and fields[0] != "Z"


@pytest.mark.parametrize("rung", ["namespaces", "landlock"])
@pytest.mark.parametrize("seed", range(4))
def test_a_killed_parent_leaves_nothing_behind(rung, seed):
    mounts = Path("/proc/self/mounts").read_text()
    folders = set(glob.glob(f"{tempfile.gettempdir()}/{scratch.PREFIX}*"))
    command = [sys.executable, "-c", PARENT, rung]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        line = parent.stdout.readline()
        if line != b"ready\n":
            parent.kill()
            assert not probe_rung(rung).works, f"{rung} works here, and yet the parent said {line!r}"
            pytest.skip(f"{rung}: {probe_rung(rung).reason}")
        time.sleep(random.Random(seed).uniform(0.0, 0.8))
        below = descendants(parent.pid)
        parent.kill()
    assert len(below) >= 2
    gone = wait_until(lambda: not any(is_alive(*item) for item in below.items()))
    assert gone, [item for item in below.items() if is_alive(*item)]
    assert Path("/proc/self/mounts").read_text() == mounts
    assert wait_until(lambda: set(glob.glob(f"{tempfile.gettempdir()}/{scratch.PREFIX}*")) <= folders)


def test_a_fork_of_the_trainer_gets_a_sandbox_of_its_own(sandbox):
    sandbox.run(Job("pass"))
    ours = set(sandbox.zygote_pids())
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            stdout = sandbox.run(Job("print('child')")).stdout
            is_fresh = not ours & set(sandbox.zygote_pids())
            sandbox.close()
            os.write(writer, stdout + (b"fresh" if is_fresh else b"shared"))
            code = 0
        os._exit(code)
    os.close(writer)
    _, status = os.waitpid(pid, 0)
    with open(reader, "rb") as file:
        assert file.read() == b"child\nfresh"
    assert status == 0
    assert sandbox.run(Job("print('parent')")).stdout == b"parent\n"
    assert ours <= set(sandbox.zygote_pids())


def test_threads_share_a_sandbox(sandbox):
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: sandbox.run(Job(f"print({n})")).stdout, range(100)))
    assert found == [f"{n}\n".encode() for n in range(100)]


def test_asyncio_shares_a_sandbox_and_a_cancelled_task_kills_its_program(sandbox):
    async def many() -> list[bytes]:
        jobs = (sandbox.arun(Job(f"print({n})")) for n in range(40))
        return [e.stdout for e in await asyncio.gather(*jobs)]

    async def cancel() -> None:
        task = asyncio.create_task(sandbox.arun(Job("import time; time.sleep(60)", limits=Limits(wall_s=100))))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert asyncio.run(many()) == [f"{n}\n".encode() for n in range(40)]
    asyncio.run(cancel())
    assert wait_until(lambda: not running_programs(sandbox))
    assert sandbox.run(Job("print(1)")).status is Status.OK


def test_closing_ends_everything_and_refuses_later_jobs():
    descriptors = len(os.listdir("/proc/self/fd"))
    sandbox = LocalSandbox("namespaces")
    sandbox.run(Job("pass"))
    pids = sandbox.zygote_pids()
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(sandbox.run, Job("import time; time.sleep(60)")) for _ in range(4)]
        time.sleep(0.3)
        sandbox.close()
        for future in futures:
            with pytest.raises(SandboxError, match="closed"):
                future.result()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert wait_until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors)
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run(Job("pass"))


def test_many_runs_leak_no_descriptor_and_no_memory(sandbox):
    for _ in range(20):
        sandbox.run(Job("pass"))
    [pid] = sandbox.zygote_pids()[:1]
    before = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{pid}/fd"))
    for n in range(150):
        sandbox.run(Job("raise SystemExit(3)" if n % 3 else "import ctypes; ctypes.string_at(0)"))
    assert (len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{pid}/fd"))) == before


def test_the_default_sandbox_is_one_for_the_process():
    assert default_sandbox() is default_sandbox()
    assert run("print(input()[::-1])", stdin="abc", files={"x": b""}).stdout == b"cba\n"


def test_an_interrupted_caller_stops_its_program():
    code = """
import os, signal, threading
from rewardkit.verifiers.code.sandbox import Job, Limits
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
with LocalSandbox("namespaces") as sandbox:
    sandbox.run(Job("pass"))
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try: sandbox.run(Job("import time; time.sleep(60)", limits=Limits(wall_s=100)))
    except KeyboardInterrupt: print("interrupted")
    print(sandbox.run(Job("print('next')")).stdout)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "interrupted\nb'next\\n'\n", done.stderr


def test_whatever_a_program_leaves_in_a_folder_can_be_removed(tmp_path):
    top = tmp_path / "top"
    top.mkdir()
    (tmp_path / "outside").write_text("stays")
    (top / "link").symlink_to(tmp_path)
    (top / ".1").mkdir()
    (top / ".1" / "x").mkdir()
    for n in range(20):
        (top / f"d{n}" / "inner").mkdir(parents=True)
        (top / f"d{n}" / "inner" / "file").write_text("x")
        (top / f"d{n}" / "inner").chmod(0)
        (top / f"d{n}").chmod(0)
    os.mkfifo(top / "pipe")
    home = os.getcwd()
    os.chdir(top)
    for _ in range(3000):
        os.mkdir("deep")
        os.chdir("deep")
    os.chdir(home)
    scratch.wipe(str(top))
    assert not top.exists()
    assert (tmp_path / "outside").read_text() == "stays"


def test_folders_of_dead_zygotes_are_swept_and_those_of_living_ones_stay(tmp_path):
    alive = scratch.make_base(str(tmp_path))
    dead = tmp_path / f"{scratch.PREFIX}dead"
    (dead / "1").mkdir(parents=True)
    scratch.sweep(str(tmp_path))
    assert os.listdir(tmp_path) == [os.path.basename(alive)]


def test_a_job_that_can_not_be_packed_fails_in_its_callers_hands(sandbox):
    for job in (Job("1", files={"x": 5}), Job("1", stdin="text"), Job(5)):
        with pytest.raises((TypeError, AttributeError)):
            sandbox.run(job)
    assert sandbox.run(Job("print(1)")).stdout == b"1\n"


def test_running_out_of_descriptors_is_no_verdict_and_passes():
    import resource

    with LocalSandbox("namespaces") as sandbox:
        sandbox.run(Job("pass"))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 2, hard))
        keep = []
        try:
            with contextlib.suppress(OSError):
                while True:
                    keep.append(os.open("/dev/null", os.O_RDONLY))
            with pytest.raises(SandboxError, match="open files"):
                sandbox.run(Job("pass"))
        finally:
            for descriptor in keep:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert sandbox.run(Job("print(1)")).stdout == b"1\n"


def test_a_zygote_that_stops_answering_is_replaced(monkeypatch):
    for name, value in (("_STUCK_FACTOR", 1.0), ("_STUCK_S", 0.5), ("_LOOK_S", 0.2)):
        monkeypatch.setattr(supervisor, name, value)
    with LocalSandbox("namespaces", workers=1) as sandbox:
        sandbox.run(Job("pass"))
        [stopped] = sandbox.zygote_pids()
        os.kill(stopped, signal.SIGSTOP)
        assert sandbox.run(Job("print('answered')", limits=Limits(wall_s=2.0))).stdout == b"answered\n"
        assert sandbox.zygote_pids() != [stopped]


def spares(sandbox: LocalSandbox) -> list[int]:
    children = [Path(f"/proc/{pid}/task/{pid}/children").read_text().split() for pid in sandbox.zygote_pids()]
    return [int(pid) for pid in itertools.chain(*children)]


def test_every_zygote_keeps_one_spare_and_each_runs_one_program(sandbox):
    sandbox.run(Job("pass"))
    assert wait_until(lambda: len(spares(sandbox)) == len(sandbox.zygote_pids()))
    seen = set()
    for _ in range(5):
        assert sandbox.run(Job("import os; print(os.listdir('.'), 'x' in globals()); x = 1")).stdout.endswith(
            b"False\n"
        )
        assert wait_until(lambda: len(spares(sandbox)) == len(sandbox.zygote_pids()))
        assert not seen & set(spares(sandbox)) or len(sandbox.zygote_pids()) > 1
        seen |= set(spares(sandbox))


def test_a_killed_spare_is_no_verdict_and_is_not_replaced_until_the_next_order():
    with LocalSandbox("namespaces", workers=1) as sandbox:
        sandbox.run(Job("pass"))
        assert wait_until(lambda: len(spares(sandbox)) == 1)
        [spare] = spares(sandbox)
        os.kill(spare, signal.SIGKILL)
        assert wait_until(lambda: spares(sandbox) == [])
        time.sleep(0.2)
        assert spares(sandbox) == []
        assert sandbox.run(Job("print('whole')")).stdout == b"whole\n"
        assert wait_until(lambda: len(spares(sandbox)) == 1)


def test_clocks_start_with_the_order_not_with_the_spare():
    with LocalSandbox("namespaces", workers=1) as sandbox:
        sandbox.run(Job("pass"))
        time.sleep(1.5)
        execution = sandbox.run(Job("import time; time.sleep(0.4); print('in time')", limits=Limits(wall_s=1.2)))
        assert (execution.status, execution.stdout) == (Status.OK, b"in time\n")
        assert 0.4 <= execution.wall_s < 1.2
