"""What a program may do, what it finds, and how its end is told: real runs on every rung that works here."""

import os
import shutil
import sys

import pytest

from rewardkit.errors import OptionError
from rewardkit.verifiers.code.sandbox import Job, Limits, SandboxError, Status
from rewardkit.verifiers.code.sandbox.local import LocalSandbox, imported_packages
from rewardkit.verifiers.code.sandbox.trial import running_programs

QUICK = Limits(cpu_s=0.5)

ENDS = [
    ("print(int(input()) + 1)", {"stdin": b"41"}, Status.OK, b"42\n"),
    ("import sys; print(sys.argv[1:])", {"argv": ("a", "b c")}, Status.OK, b"['a', 'b c']\n"),
    ("import sys; sys.exit(3)", {}, Status.FAILED, b""),
    ("exit()", {}, Status.OK, b""),
    ("print('before'); 1 / 0", {}, Status.FAILED, b"before\n"),
    ("this is not Python", {}, Status.FAILED, b""),
    ("import ctypes; ctypes.string_at(0)", {}, Status.FAILED, b""),
    ("while True: pass", {"limits": QUICK}, Status.TIME_LIMIT, b""),
    ("x = 7 ** 10 ** 9", {"limits": QUICK}, Status.TIME_LIMIT, b""),
    ("import time; time.sleep(60)", {"limits": Limits(wall_s=0.3)}, Status.TIME_LIMIT, b""),
    ("import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()", {"limits": QUICK},
     Status.TIME_LIMIT, b""),
    ("x = bytearray(300 << 20)", {"limits": Limits(memory_mb=200)}, Status.MEMORY_LIMIT, b""),
    ("x = []\nwhile True: x.append('x' * 100000 + str(len(x)))", {"limits": Limits(memory_mb=100)},
     Status.MEMORY_LIMIT, b""),
    ("import sys\ntry: x = bytearray(300 << 20)\nexcept MemoryError: print('went on')",
     {"limits": Limits(memory_mb=200)}, Status.OK, b"went on\n"),
    ("while True: print('x' * 1000)", {"limits": Limits(output_bytes=10_000)}, Status.OUTPUT_LIMIT, None),
    ("import sys\nwhile True: sys.stderr.write('x' * 1000)", {"limits": Limits(output_bytes=10_000)},
     Status.OUTPUT_LIMIT, b""),
    ("import os; os.write(int(os.environ['REWARDKIT_RESULT_FD']), b'x' * 20_000)",
     {"limits": Limits(output_bytes=10_000)}, Status.OUTPUT_LIMIT, b""),
    ("print('x' * 9999)", {"limits": Limits(output_bytes=10_000)}, Status.OK, b"x" * 9999 + b"\n"),
    ("open('big', 'wb').write(b'x' * 2_000_000)", {"limits": Limits(file_bytes=1 << 20, output_bytes=1 << 20)},
     Status.FAILED, b""),
    ("keep = [open('/dev/null') for _ in range(100)]", {"limits": Limits(open_files=32)}, Status.FAILED, b""),
    ("import os; os.fork()", {}, Status.FAILED, b""),
    ("import os, sys; sys.stderr.write('E' * (1 << 20)); print(len(sys.stdin.read()))", {"stdin": b"x" * (1 << 20)},
     Status.OK, b"1048576\n"),
    ("import os; print(os.fstat(0).st_size, os.read(0, os.fstat(0).st_size))", {"stdin": b"abc"}, Status.OK,
     b"3 b'abc'\n"),
    ("import asyncio; asyncio.run(asyncio.sleep(0)); print('ok')", {}, Status.OK, b"ok\n"),
    ("import threading; t = threading.Thread(target=print, args=(7,)); t.start()", {}, Status.OK, b"7\n"),
    ("import atexit; atexit.register(print, 'bye'); print('hi')", {}, Status.OK, b"hi\nbye\n"),
    ("import sys; sys.setrecursionlimit(10**6)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(20000))", {},
     Status.OK, b"20000\n"),
    ("import helper, json; print(helper.x, open('data/a.txt').read())",
     {"files": {"helper.py": b"x = 5", "data/a.txt": b"aaa"}}, Status.OK, b"5 aaa\n"),
    ("import tempfile, os; print(os.path.isdir(tempfile.mkdtemp()))", {}, Status.OK, b"True\n"),
    ("import os; print(os.listdir('.') in ([], ['main.py']), open(__file__).read()[:9])", {}, Status.OK,
     b"True import os\n"),
    ("if __name__ == '__main__': print(__name__)", {}, Status.OK, b"__main__\n"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "options", "status", "stdout"), ENDS, ids=[e[0][:40] for e in ENDS])
def test_every_end_has_its_status(sandbox, source, options, status, stdout):
    execution = sandbox.run(Job(source, **options))
    assert execution.status is status, execution
    if stdout is not None:
        assert execution.stdout == stdout
    assert execution.isolation == sandbox.isolation
    assert execution.exit_code is None or execution.signal is None


def test_a_traceback_names_the_program_only(sandbox):
    execution = sandbox.run(Job("def f():\n    return {}['key']\n\nf()"))
    assert execution.exit_code == 1
    text = execution.stderr.decode()
    assert "return {}['key']" in text
    assert text.rstrip().endswith("KeyError: 'key'")
    assert "inside/program.py" not in text


def test_the_result_channel_and_files_come_back(sandbox):
    source = """
import os
os.write(int(os.environ["REWARDKIT_RESULT_FD"]), b"the result")
os.mkdir("folder")
open("folder/out.bin", "wb").write(bytes(range(256)))
os.symlink("/etc/passwd", "link")
os.mkfifo("pipe")
open("big", "wb").write(b"x" * 600_000)
"""
    names = ("folder/out.bin", "missing", "link", "pipe", "big")
    limits = Limits(file_bytes=500_000, output_bytes=1_000_000)
    execution = sandbox.run(Job(source, collect=names, limits=limits))
    assert execution.result == b"the result"
    assert dict(execution.files) == {"folder/out.bin": bytes(range(256))}


def test_files_come_back_from_a_program_that_fails(sandbox):
    execution = sandbox.run(Job("open('out', 'w').write('x'); raise SystemExit(4)", collect=("out",)))
    assert (execution.status, execution.exit_code, dict(execution.files)) == (Status.FAILED, 4, {"out": b"x"})


@pytest.mark.parametrize("library", ["numpy", "sympy", "networkx"])
@pytest.mark.parametrize("flavour", ["plain", "science", "auto"])
def test_libraries_can_be_imported_whatever_is_preloaded(sandbox, library, flavour):
    limits = Limits(cpu_s=20)
    execution = sandbox.run(Job(f"import {library}; print({library}.__name__)", flavour=flavour, limits=limits))
    assert execution.stdout == f"{library}\n".encode(), execution.stderr[-500:]


def test_nothing_else_of_this_environment_can_be_imported(sandbox):
    source = """
import importlib
for name in ("rewardkit", "pytest", "inside", "pip", "typer"):
    try: importlib.import_module(name)
    except ImportError: continue
    print(name)
"""
    assert sandbox.run(Job(source)).stdout == b""


def test_the_same_program_has_the_same_numbers_each_time(sandbox):
    source = "import random; print(random.random(), hash('text'), {str(i) for i in range(5)})"
    assert len({sandbox.run(Job(source)).stdout for _ in range(3)}) == 1


def test_processor_time_is_measured_without_the_set_up(sandbox):
    quiet = sandbox.run(Job("pass"))
    busy = sandbox.run(Job("import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"))
    assert quiet.cpu_s < 0.1
    assert 0.28 < busy.cpu_s < 0.5
    assert 20 < quiet.max_rss_mb + 10 < 200


def test_a_program_of_several_processes_runs_and_leaves_none(namespaces):
    source = """
import os, subprocess
print(subprocess.run(["echo", "from", "child"], capture_output=True, text=True).stdout)
if os.fork() == 0:
    os.setsid()
    while True: pass
"""
    execution = namespaces.run(Job(source, limits=Limits(processes=4, cpu_s=2)))
    assert (execution.status, execution.stdout) == (Status.OK, b"from child\n\n")
    assert running_programs(namespaces) == []


def test_children_are_counted_against_processor_time(namespaces):
    source = "import os, time\nif os.fork() == 0:\n    while True: pass\ntime.sleep(60)"
    execution = namespaces.run(Job(source, limits=Limits(cpu_s=0.5, wall_s=20, processes=4)))
    assert execution.status is Status.TIME_LIMIT
    assert execution.wall_s < 15


def test_scratch_room_is_bounded(sandbox):
    fill = "n = 0\nwhile True:\n    open(f'f{n}', 'wb').write(b'x' * (1 << 20)); n += 1"
    execution = sandbox.run(Job(fill, limits=Limits(scratch_mb=8, cpu_s=4)))
    assert execution.status in (Status.FAILED, Status.OUTPUT_LIMIT)
    many = "n = 0\nwhile True:\n    open(f'f{n}', 'w').close(); n += 1"
    execution = sandbox.run(Job(many, limits=Limits(scratch_files=200, cpu_s=4)))
    assert execution.status in (Status.FAILED, Status.OUTPUT_LIMIT)


COMMANDS = [
    (
        "bash",
        ("bash", "-c", "read x; echo $x; echo $((6 * 7)); exit 3"),
        b"in\n",
        (Status.FAILED, 3, None, b"in\n42\n"),
    ),
    ("bash", ("bash", "-c", "kill -TERM $$"), b"", (Status.FAILED, None, 15, b"")),
    ("bash", ("bash", "-c", "while :; do :; done"), b"", (Status.TIME_LIMIT, None, 9, b"")),
    ("perl", ("perl", "-e", "print 6 * 7"), b"", (Status.OK, 0, None, b"42")),
]


@pytest.mark.parametrize(("language", "argv", "stdin", "end"), COMMANDS, ids=[str(c[1][-1]) for c in COMMANDS])
def test_commands_run_in_place_of_python(sandbox, language, argv, stdin, end):
    if shutil.which(argv[0]) is None:
        pytest.skip(f"{argv[0]} is not installed")
    execution = sandbox.run(Job(language=language, argv=argv, stdin=stdin, limits=Limits(cpu_s=1)))
    status, code, number, stdout = end
    assert (execution.status, execution.stdout) == (status, stdout)
    if status is not Status.TIME_LIMIT:
        assert (execution.exit_code, execution.signal) == (code, number)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_a_binary_is_compiled_in_one_sandbox_and_run_in_another(namespaces):
    source = b'#include <stdio.h>\nint main(){int n; if (scanf("%d", &n)) printf("%d\\n", 2 * n); return 0;}'
    argv = ("gcc", "-O1", "-o", "program", "a.c")
    limits = Limits(processes=16, cpu_s=20)
    built = namespaces.run(Job(language="c", argv=argv, files={"a.c": source}, limits=limits, collect=("program",)))
    assert built.status is Status.OK, built.stderr
    ran = namespaces.run(Job(language="c", argv=("./program",), files=dict(built.files), stdin=b"21"))
    assert (ran.status, ran.stdout) == (Status.OK, b"42\n")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_runtime_that_reserves_much_memory_runs_and_is_bounded(namespaces):
    script = b"console.log(require('fs').readFileSync('/dev/stdin', 'utf8') * 2)"
    limits = Limits(cpu_s=20)
    job = Job(language="javascript", argv=("node", "a.js"), files={"a.js": script}, stdin=b"21", limits=limits)
    assert namespaces.run(job).stdout == b"42\n"
    hog = b"const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1))"
    job = Job(language="javascript", argv=("node", "a.js"), files={"a.js": hog}, limits=limits)
    assert namespaces.run(job).status in (Status.MEMORY_LIMIT, Status.FAILED)


def test_a_command_that_is_not_there_is_our_fault(sandbox):
    with pytest.raises(SandboxError, match="can't start 'no-such-program'"):
        sandbox.run(Job(language="other", argv=("no-such-program",)))


ECHO = """
import os
read = os.fdopen(int(os.environ["REWARDKIT_READ_FD"]))
write = os.fdopen(int(os.environ["REWARDKIT_WRITE_FD"]), "w", buffering=1)
"""


def test_a_duet_talks_over_two_pipes(sandbox):
    tests = (
        ECHO + "for n in range(100):\n    print(n, file=write)\n    assert int(read.readline()) == 2 * n\nprint('ok')"
    )
    solution = ECHO + "for line in read: print(2 * int(line), file=write)"
    verdict, other = sandbox.duet(Job(tests), Job(solution))
    assert (verdict.status, verdict.stdout) == (Status.OK, b"ok\n"), verdict.stderr
    assert other.stdout == b""


def test_the_solution_of_a_duet_ends_with_the_tests(sandbox):
    verdict, solution = sandbox.duet(Job("print('done')"), Job("while True: pass"))
    assert verdict.status is Status.OK
    assert (solution.status, solution.signal) == (Status.FAILED, 9)


def test_the_tests_of_a_duet_see_that_the_solution_ended(sandbox):
    verdict, solution = sandbox.duet(Job(ECHO + "print(repr(read.readline()))"), Job("raise SystemExit(5)"))
    assert verdict.stdout == b"''\n"
    assert solution.exit_code == 5


def test_a_solution_that_never_answers_ends_by_its_own_limit(sandbox):
    tests = Job(ECHO + "print(repr(read.readline()))", limits=Limits(wall_s=30))
    verdict, solution = sandbox.duet(tests, Job("while True: pass", limits=QUICK))
    assert (verdict.stdout, solution.status) == (b"''\n", Status.TIME_LIMIT)


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a//b", "a/./b", "", "a/..", "x\0y"])
def test_names_that_lead_outside_are_refused(name):
    with pytest.raises(OptionError, match="relative name"):
        Job("", files={name: b""})
    with pytest.raises(OptionError, match="relative name"):
        Job("", collect=(name,))


@pytest.mark.parametrize(
    "options", [{"cpu_s": 0}, {"wall_s": -1}, {"memory_mb": 0}, {"open_files": 2}, {"processes": -1}]
)
def test_limits_that_make_no_sense_are_refused(options):
    with pytest.raises(OptionError, match=r"Limits\."):
        Limits(**options)


def test_the_scan_for_imports_survives_anything():
    assert imported_packages("import numpy as np, os\nfrom sympy.abc import x") == {"numpy", "os", "sympy"}
    assert imported_packages("numpy (") == set()
    assert imported_packages("numpy\n" + "(" * 5000) == set()
    assert imported_packages("x = 'numpy'") == set()


def test_processes_are_refused_where_none_could_be_found_again():
    with LocalSandbox("landlock") as sandbox, pytest.raises(SandboxError, match="needs isolation by namespaces"):
        sandbox.run(Job("", limits=Limits(processes=2)))


def test_many_programs_queue_and_waiting_costs_them_nothing(sandbox):
    import concurrent.futures

    job = Job("import time; time.sleep(0.2)", limits=Limits(wall_s=2.0))
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        executions = list(pool.map(sandbox.run, [job] * 40))
    assert {e.status for e in executions} == {Status.OK}


def test_the_environment_is_made_anew(sandbox, monkeypatch):
    monkeypatch.setenv("RK_TEST_SECRET", "x")
    source = "import os; print('RK_TEST_SECRET' in os.environ, os.environ['HOME'] == os.getcwd())"
    assert sandbox.run(Job(source)).stdout == b"False True\n"
    assert os.environ["RK_TEST_SECRET"] == "x"
    assert sys.version_info >= (3, 11)
