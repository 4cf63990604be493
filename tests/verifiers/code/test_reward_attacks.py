"""Programs that want the reward without the work: none is paid, in any format that it applies to."""

from collections.abc import Callable
from typing import Any

import pytest

from rewardkit import Outcome, Score

ScoreCode = Callable[..., Score]

CALL = {"fn_name": "solve", "cases": [{"args": [n], "expected": n * n + 286} for n in (3, 12, 100)]}
ASSERTS = [f"assert solve({n}) == {n * n + 286}" for n in (3, 12, 100)]
CHECK = {
    "entry_point": "solve",
    "test": "def check(candidate):\n" + "".join(f"    assert candidate({n}) == {n * n + 286}\n" for n in (3, 12, 100)),
}
UNIT = {
    "entry_point": "solve",
    "test": "import unittest\nclass TestSolve(unittest.TestCase):\n"
    "    def test_3(self): self.assertEqual(solve(3), 295)\n"
    "    def test_12(self): self.assertEqual(solve(12), 430)\n",
}
PYTEST = (
    "import pytest\nfrom solution import solve\n\n@pytest.mark.parametrize('n,want', [(3, 295), (12, 430)])\n"
    "def test_solve(n, want):\n    assert solve(n) == want\n"
)
STDIO = {"inputs": ["3\n", "12\n"], "outputs": ["295\n", "430\n"]}
FUNCTIONS = {"call": CALL, "asserts": ASSERTS, "check": CHECK, "unittest": UNIT, "pytest": PYTEST}

ANY = "class Any:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"

OF_FUNCTIONS = {
    "an object equal to everything": ANY + "def solve(n): return Any()",
    "a class equal to everything": (
        "class Meta(type):\n    def __eq__(c, o): return True\n    __hash__ = type.__hash__\n"
        "class Any(metaclass=Meta): ...\ndef solve(n): return Any"
    ),
    "a metaclass that lies about its name": (
        "class Meta(type):\n    __name__ = property(lambda c: 'int')\n    def __instancecheck__(c, o): return True\n"
        "class Any(metaclass=Meta): ...\ndef solve(n): return Any()"
    ),
    "an int that compares as it likes": (
        "class I(int):\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n    __hash__ = int.__hash__\n"
        "    __pos__ = lambda s: 295\ndef solve(n): return I(0)"
    ),
    "a tuple of pretence": (
        "class T(tuple):\n    __eq__ = lambda s, o: True\n    __len__ = lambda s: 1\ndef solve(n): return T()"
    ),
    "a numpy array of lies": (
        "import numpy as np\nclass A(np.ndarray):\n    __eq__ = lambda s, o: True\n    item = lambda s: 295\n"
        "    tolist = lambda s: 295\ndef solve(n): return np.zeros(1).view(A)"
    ),
    "a mock": (
        "from unittest.mock import MagicMock\nm = MagicMock()\nm.__eq__ = lambda s, o: True\ndef solve(n): return m"
    ),
    "exits with success": "def solve(n): raise SystemExit(0)",
    "leaves with success": "import os\ndef solve(n): os._exit(0)",
    "leaves on import": "import os\nos._exit(0)",
    "exits on import": "import sys\nsys.exit()",
    "leaves at exit": "import atexit, os\natexit.register(os._exit, 0)\ndef solve(n): return 0",
    "kills itself": "import os, signal\ndef solve(n): os.kill(os.getpid(), signal.SIGKILL)",
    "a base exception of its own": "class E(BaseException): ...\ndef solve(n): raise E",
    "a skipped test": "import unittest\ndef solve(n): raise unittest.SkipTest('skip me')",
    "a skip by name": "class SkippedError(Exception): ...\ndef solve(n): raise SkippedError('skip')",
    "a forged result": (
        'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'[0, "value", 295]\\n[1, "value", 430]\\n\')\n'
        "    except OSError: pass\ndef solve(n): return 0"
    ),
    "forged units": (
        'import os\nunits = b\'["units",["a"]]\\n["unit",0,"passed",["",""],1]\\n["done",1]\\n\'\n'
        "for fd in range(3, 64):\n    try: os.write(fd, units)\n    except OSError: pass\nos._exit(0)"
    ),
    "a forged greeting": (
        "import os\nfd = int(os.environ.get('REWARDKIT_WRITE_FD', 1))\n"
        "os.write(fd, b'{\"loaded\": true}\\n' * 3 + b'{\"value\": true}\\n' * 50)\ndef solve(n): return 0"
    ),
    "replies of another kind": (
        "import os\nfd = int(os.environ.get('REWARDKIT_WRITE_FD', 1))\n"
        'os.write(fd, b\'[1]\\n{"callback": [0, []]}\\n{"kinds": 3}\\n\')\ndef solve(n): return 0'
    ),
    "a callback to nowhere": (
        "import os\ndef solve(n):\n    fd = int(os.environ.get('REWARDKIT_WRITE_FD', 1))\n"
        "    os.write(fd, b'{\"callback\": [99, [1]]}\\n')\n    return 0"
    ),
    "patched encoders": (
        "import json, sys\njson.dumps = lambda *a, **k: '295'\nmain = sys.modules['__main__']\n"
        "for name in ('dumps', 'describe', 'Encoder'):\n    setattr(main, name, lambda *a, **k: 295)\n"
        "def solve(n): return 0"
    ),
    "patched unittest": (
        "import unittest\nfor k in dir(unittest.TestCase):\n    if k.startswith('assert'):\n"
        "        setattr(unittest.TestCase, k, lambda *a, **k: None)\ndef solve(n): return 0"
    ),
    "patched builtins": (
        "import builtins\nbuiltins.AssertionError = type('A', (Exception,), {})\n"
        "builtins.isinstance = lambda *a: True\n"
        "builtins.type = lambda *a: int\ndef solve(n): return 0"
    ),
    "a trace function": (
        "import sys\ndef t(frame, event, arg):\n    frame.f_trace_opcodes = True\n    return t\nsys.settrace(t)\n"
        "def solve(n): return 0"
    ),
    "frames and their constants": (
        "import sys\ndef solve(n):\n    f = sys._getframe()\n    while f:\n        for v in [*f.f_locals.values()]:\n"
        "            if isinstance(v, list) and v and isinstance(v[0], dict) and 'expected' in v[0]:\n"
        "                return next(c['expected'] for c in v if c['args'] == [n])\n        f = f.f_back\n    return 0"
    ),
    "the heap": (
        "import gc\ndef solve(n):\n    for o in gc.get_objects():\n"
        "        if type(o) is dict and 'expected' in o: return o['expected']\n    return 0"
    ),
    "its own memory": (
        "import re\ndef solve(n):\n    for line in open('/proc/self/maps'):\n        part = line.split()\n"
        "        if 'rw' not in part[1]: continue\n        low, high = (int(x, 16) for x in part[0].split('-'))\n"
        "        if high - low > 1 << 26: continue\n        with open('/proc/self/mem', 'rb', 0) as mem:\n"
        "            mem.seek(low)\n            try: data = mem.read(high - low)\n"
        "            except OSError: continue\n"
        "        found = re.search(rb'solve\\(%d\\) == (\\d+)' % n, data)\n"
        "        if found: return int(found.group(1))\n    return 0"
    ),
    "the files beside it": (
        "import os\ndef solve(n):\n    for name in os.listdir('.'):\n"
        "        text = open(name, errors='ignore').read()\n"
        "        if '295' in text and n == 3: return 295\n"
        "        if '430' in text and n == 12: return 430\n    return 0"
    ),
    "arguments and environment": (
        "import os, sys\ndef solve(n):\n    text = ' '.join([*sys.argv, *os.environ.values()])\n"
        "    return 295 if '295' in text else 0"
    ),
    "a planted conftest": (
        "open('conftest.py', 'w').write('def pytest_runtest_call(item): pass')\n"
        "open('sitecustomize.py', 'w').write('')\ndef solve(n): return 0"
    ),
    "a thread that leaves": (
        "import os, threading, time\nthreading.Thread(target=lambda: (time.sleep(.05), os._exit(0))).start()\n"
        "def solve(n):\n    time.sleep(3)\n    return 0"
    ),
    "a value that reduces to code": (
        "class E:\n    def __reduce__(self): return (print, ('295',))\n    __eq__ = lambda s, o: True\n"
        "def solve(n): return E()"
    ),
    "a bomb of a result": "def solve(n): return ['x' * 1000] * 10**6",
    "a deep result": "def solve(n):\n    x = []\n    for _ in range(100000): x = [x]\n    return x",
    "a cycle": "def solve(n):\n    x = {}\n    x[0] = x\n    return x",
    "an endless generator": "def solve(n):\n    while True: yield n",
    "an exception with a large message": "def solve(n): raise ValueError('x' * (1 << 27))",
    "not a number": "def solve(n): return float('nan')",
    "every answer in a set": "def solve(n): return set(range(20000))",
    "true": "def solve(n): return True",
    "text of the number": "def solve(n): return str(n * n + 286)",
    "almost the number": "def solve(n): return n * n + 286.0000001",
}

OF_RUNS = {
    "prints all numbers": "for n in range(1000): print(n)",
    "prints verdicts": "print('AC\\nPASSED\\n1\\n1.0\\ntrue')",
    "the number and more": "n = int(input())\nprint(n * n + 286)\nprint(0)",
    "the number in words": "n = int(input())\nprint('answer:', n * n + 286)",
    "right, then a failure": "n = int(input())\nprint(n * n + 286)\nraise SystemExit(1)",
    "right, then out by the back door": "import os\nn = int(input())\nprint(n * n + 286, flush=True)\nos._exit(1)",
    "right on the error stream": "import sys\nn = int(input())\nprint(n * n + 286, file=sys.stderr)",
    "right to the result": "import os\nn = int(input())\nos.write(int(os.environ['REWARDKIT_RESULT_FD']), b'295\\n')",
    "a file of that name": "n = int(input())\nopen('output', 'w').write(str(n * n + 286))",
    "nothing": "input()",
    "a float for an integer": "n = int(input())\nprint(float(n * n + 286))",
    "control characters": "n = int(input())\nprint(f'0\\r{n * n + 286}')",
}


@pytest.mark.parametrize("form", FUNCTIONS)
@pytest.mark.parametrize("name", OF_FUNCTIONS)
def test_a_function_that_cheats_is_not_paid(score_code: ScoreCode, name: str, form: str) -> None:
    score = score_code(OF_FUNCTIONS[name], FUNCTIONS[form], timeout=1.0, memory_mb=256)
    assert score.value == 0.0, f"{score.outcome}: {score.reason}"


@pytest.mark.parametrize("name", OF_RUNS)
def test_a_run_that_cheats_is_not_paid(score_code: ScoreCode, name: str) -> None:
    score = score_code(OF_RUNS[name], STDIO, timeout=1.0)
    assert score.value == 0.0, f"{score.outcome}: {score.reason}"


@pytest.mark.parametrize("form", FUNCTIONS)
def test_the_honest_program_is_paid_by_the_same_tests(score_code: ScoreCode, form: str) -> None:
    score = score_code("def solve(n): return n * n + 286", FUNCTIONS[form])
    assert score.outcome is Outcome.CORRECT, score.reason


def test_a_checker_does_not_believe_files_that_the_program_left(score_code: ScoreCode) -> None:
    checker = "print(int(open('output').read().strip() == open('expected').read().strip()))"
    code = "for name in ('expected', '/tmp/expected', 'input'): open(name, 'w').write('0')\nprint(0)"
    score = score_code(code, {"inputs": ["3\n"], "outputs": ["295\n"], "checker": checker})
    assert score.outcome is Outcome.INCORRECT, score.reason


def test_truth_is_no_number_in_calls(score_code: ScoreCode) -> None:
    reference: dict[str, Any] = {"fn_name": "f", "cases": [{"args": [1], "expected": 1}, {"args": [0], "expected": 0}]}
    assert score_code("def f(n): return n > 0", reference).outcome is Outcome.INCORRECT
    assert score_code("def f(n): return int(n > 0)", reference).outcome is Outcome.CORRECT
