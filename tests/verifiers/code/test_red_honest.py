"""Right programs in styles of all kinds: each is paid, for a right program that is refused teaches as wrongly as a wrong
one that is paid."""

# ruff: noqa: E501  # programs in tables are read best in one line

from collections.abc import Callable
from typing import Any

import pytest

from rewardkit import Outcome, Score

ScoreCode = Callable[..., Score]

SUMS = {"inputs": ["3\n1 2 3\n", "1\n-7\n", "5\n1 1 1 1 1\n"], "outputs": ["6\n", "-7\n", "5\n"]}
"""Read a count and so many numbers, print their sum."""

STDIO = {
    "input twice": "n = int(input())\nprint(sum(map(int, input().split())))",
    "reading to the end": "import sys\nn, *x = map(int, sys.stdin.read().split())\nprint(sum(x[:n]))",
    "bytes": "import sys\ndata = sys.stdin.buffer.read().split()\nprint(sum(int(v) for v in data[1:]))",
    "readline under the name input": "import sys\ninput = sys.stdin.readline\nn = int(input())\nprint(sum(map(int, input().split())))",
    "open(0)": "n, row = open(0).read().split('\\n')[:2]\nprint(sum(map(int, row.split())))",
    "a stream of its own": "import io, os\nb = io.BytesIO(os.read(0, os.fstat(0).st_size))\nb.readline()\nprint(sum(map(int, b.readline().split())))",
    "lines until the end": "import sys\nrows = [line.rstrip() for line in sys.stdin]\nprint(sum(map(int, rows[1].split())))",
    "input until EOFError": "x = []\nwhile True:\n    try: x += input().split()\n    except EOFError: break\nprint(sum(map(int, x[1:])))",
    "fileinput": "import fileinput\nx = [line for line in fileinput.input()]\nprint(sum(map(int, x[1].split())))",
    "print without a line's end": "input()\nx = list(map(int, input().split()))\nprint(sum(x), end='')",
    "written by the system": "import os\ninput()\nos.write(1, str(sum(map(int, input().split()))).encode())",
    "written to the buffer": "import sys\ninput()\nsys.stdout.buffer.write(b'%d\\n' % sum(map(int, input().split())))",
    "written at exit": "import atexit, sys\nout = []\natexit.register(lambda: sys.stdout.write('\\n'.join(out)))\ninput()\nout.append(str(sum(map(int, input().split()))))",
    "left by exit()": "input()\nprint(sum(map(int, input().split())))\nexit()",
    "left by sys.exit(0)": "import sys\ndef main():\n    input()\n    print(sum(map(int, input().split())))\n    return 0\nif __name__ == '__main__':\n    sys.exit(main())",
    "left by os._exit after a flush": "import os\ninput()\nprint(sum(map(int, input().split())), flush=True)\nos._exit(0)",
    "a thread with a large stack": (
        "import sys, threading\nsys.setrecursionlimit(10 ** 6)\nthreading.stack_size(1 << 27)\n"
        "def f(x): return x[0] + f(x[1:]) if x else 0\n"
        "def main():\n    input()\n    print(f(list(map(int, input().split()))))\n"
        "t = threading.Thread(target=main)\nt.start()\nt.join()"
    ),
    "recursion a hundred thousand deep": (
        "import sys\nsys.setrecursionlimit(300000)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\n"
        "assert f(100000) == 100000\ninput()\nprint(sum(map(int, input().split())))"
    ),
    "a pool of threads": (
        "from concurrent.futures import ThreadPoolExecutor\ninput()\n"
        "with ThreadPoolExecutor(4) as pool: print(sum(pool.map(int, input().split())))"
    ),
    "asyncio": (
        "import asyncio\nasync def value(x):\n    await asyncio.sleep(0)\n    return int(x)\n"
        "async def main():\n    input()\n    print(sum(await asyncio.gather(*map(value, input().split()))))\n"
        "asyncio.run(main())"
    ),
    "a class with slots and operators": (
        "class N:\n    __slots__ = ('v',)\n    def __init__(self, v): self.v = int(v)\n"
        "    def __radd__(self, o): return o + self.v\ninput()\nprint(sum(map(N, input().split())))"
    ),
    "a dataclass, match and walrus": (
        "from dataclasses import dataclass, field\n@dataclass(order=True)\nclass Acc:\n"
        "    total: int = 0\n    seen: list[int] = field(default_factory=list)\n"
        "acc = Acc()\nif (n := int(input())) >= 0:\n    for part in input().split():\n"
        "        match int(part):\n            case x if x >= 0: acc.total += x\n            case x: acc.total -= -x\n"
        "print(f'{acc.total:d}')"
    ),
    "exec of its own text": "source = 'input()\\nprint(sum(map(int, input().split())))'\nexec(compile(source, 'own', 'exec'))",
    "a generator that is sent to": (
        "def adder():\n    total = 0\n    while True:\n        x = yield total\n        total += x\n"
        "input()\ng = adder()\nnext(g)\nfor x in input().split(): last = g.send(int(x))\nprint(last)"
    ),
    "numpy": "import numpy as np\ninput()\nprint(np.array(input().split(), dtype=np.int64).sum())",
    "sympy": "from sympy import Integer\ninput()\nprint(sum((Integer(x) for x in input().split()), Integer(0)))",
    "decimals and fractions": "from decimal import Decimal as D\nfrom fractions import Fraction as F\ninput()\nprint(int(sum((D(x) + F(0).numerator for x in input().split()), D(0))))",
    "a large comment and a docstring": '"""Adds."""\n# ' + "x" * 5000 + "\ninput()\nprint(sum(map(int, input().split())))",
    "warnings and noise on the error stream": "import sys, warnings\nwarnings.warn('careful')\nprint('debug', file=sys.stderr)\ninput()\nprint(sum(map(int, input().split())))",
    "a temporary file": "import tempfile\ninput()\nwith tempfile.TemporaryFile('w+') as f:\n    f.write(input())\n    f.seek(0)\n    print(sum(map(int, f.read().split())))",
    "a handler of signals": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: None)\nsignal.alarm(5)\ninput()\nprint(sum(map(int, input().split())))\nsignal.alarm(0)",
    "carriage returns": "import sys\ninput()\nsys.stdout.write('%d\\r\\n' % sum(map(int, input().split())))",
    "empty lines behind": "input()\nprint(sum(map(int, input().split())), '\\n\\n')",
    "stdout redirected": "import contextlib, io, sys\nbuffer = io.StringIO()\nwith contextlib.redirect_stdout(buffer):\n    input()\n    print(sum(map(int, input().split())))\nprint(buffer.getvalue(), end='')",
}  # fmt: skip

CALLS: dict[str, tuple[str, str, list[tuple[list[Any], Any]]]] = {
    "a solution with helpers and a cache": (
        "class Solution:\n    @lru_cache(maxsize=None)\n    def _f(self, n): return n if n < 2 else self._f(n - 1) + self._f(n - 2)\n"
        "    def fib(self, n: int) -> int: return self._f(n)", "fib", [([10], 55), ([50], 12586269025)]),
    "a static method and types": (
        "class Solution:\n    @staticmethod\n    def add(a: Optional[List[int]], b: 'int' = 2) -> List[int]: return [x + b for x in a or []]",
        "add", [([[1, 2], 3], [4, 5]), ([[1]], [3]), ([None], [])]),
    "a heap and a deque": (
        "def top(x, k):\n    h = []\n    for v in x:\n        heappush(h, v)\n        if len(h) > k: heappop(h)\n    return deque(sorted(h))",
        "top", [([[5, 1, 9, 7], 2], [7, 9])]),
    "bisect, itertools and accumulate": (
        "def f(x, v):\n    a = list(accumulate(x))\n    return bisect_left(a, v), [*chain(*combinations(x, 2))]",
        "f", [([[1, 2, 3], 3], [1, [1, 2, 1, 3, 2, 3]])]),
    "tuples, counters, defaults": (
        "def f(s):\n    d = defaultdict(list)\n    for i, c in enumerate(s): d[c].append((i, c))\n    return d, Counter(s)",
        "f", [(["aba"], [{"a": [[0, "a"], [2, "a"]], "b": [[1, "b"]]}, {"a": 2, "b": 1}])]),
    "numpy values": (
        "import numpy as np\ndef f(x): return {'mean': np.mean(x), 'all': np.array(x) * 2, 'ok': np.bool_(True), 'n': np.int64(len(x))}",
        "f", [([[1, 2, 3]], {"mean": 2.0, "all": [2, 4, 6], "ok": True, "n": 3})]),
    "a callable object": (
        "class F:\n    def __call__(self, x): return x ** 2\nsquare = F()", "square", [([-3], 9), ([10**12], 10**24)]),
    "partial and operator": ("from functools import partial\nimport operator as op\nplus = partial(op.add, 2)", "plus", [([3], 5)]),
    "an enumeration of integers": (
        "from enum import IntEnum\nclass C(IntEnum):\n    RED = 1\ndef f(): return [C.RED, C.RED + 1]", "f", [([], [1, 2])]),
    "a subclass of a text": ("class T(str):\n    def __repr__(self): return '?'\ndef f(x): return T(x * 2)", "f", [(["ab"], "abab")]),
    "noise around zero": ("def f(x): return sum(x)", "f", [([[0.1, 0.2, -0.3]], 0.0), ([[0.1, 0.2]], 0.3)]),
    "keys that are numbers": ("def f(x): return {v: v * v for v in x}", "f", [([[1, 2]], {"1": 1, "2": 4})]),
    "text of all kinds": ("def f(s): return s[::-1] + '\\0é\\U0001F600'", "f", [(["ab"], "ba\0é\U0001f600")]),
    "a main guard and prints": (
        "def f(x):\n    print('debug', x)\n    return x\nif __name__ == '__main__':\n    print(f(int(input())))", "f", [([1], 1)]),
    "minus zero and infinity": ("def f(x): return [-0.0 * x, float('inf')]", "f", [([1], [0.0, float("inf")])]),
}  # fmt: skip

SCRIPTS: dict[str, tuple[str, Any]] = {
    "a coroutine that tests run": (
        "async def f(x): return x + 1",
        ["import asyncio\nassert asyncio.run(f(3)) == 4", "assert asyncio.run(f(4)) == 5"]),
    "coroutines that tests gather": (
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    if x > 2: raise ValueError(x)\n    return x",
        "import asyncio\nimport pytest\nfrom solution import f\nasync def test_f():\n"
        "    assert await asyncio.gather(f(1), f(2)) == [1, 2]\n    with pytest.raises(ValueError):\n        await f(3)\n"),
    "a test case that awaits": (
        "async def f(x): return [x]",
        "import unittest\nfrom solution import f\nclass T(unittest.IsolatedAsyncioTestCase):\n"
        "    async def test_f(self): self.assertEqual(await f(1), [1])\n"),
    "an asynchronous method": (
        "class A:\n    async def get(self, x): return x * 2",
        ["import asyncio\na = A()\nassert asyncio.run(a.get(4)) == 8"]),
    "a counter without an import": (
        "from collections import Counter, deque\ndef f(s): return Counter(s)",
        ["assert f('aab') == Counter('aab')", "assert f('') == Counter()", "assert isinstance(f('a'), Counter) or f('a') == {'a': 1}"]),
    "a library without an import": (
        "import math\nimport numpy as np\ndef f(x): return math.sqrt(x)",
        ["assert math.isclose(f(2), 2 ** .5)", "assert np.allclose(f(4), 2)", "assert round(f(2), 3) == 1.414"]),
    "names of a star import": (
        "from math import *\ndef f(x): return sqrt(x)", ["assert isclose(f(2) ** 2, 2)", "assert f(9) == sqrt(9)"]),
    "a method beside builtins": (
        "class Solution:\n    def f(self, x): return [x]",
        {"asserts": ["assert s.f(3) == list((3,))", "assert len(s.f(1)) == 1"], "setup": "s = Solution()"}),
    "a module beside builtins": (
        "def f(x): return {x}", {"asserts": ["assert solution.f(3) == set([3])"], "setup": "import solution"}),
    "its own class of a library's name": (
        "class Counter:\n    def __init__(self): self.n = 0\n    def add(self, k=1):\n        self.n += k\n        return self.n",
        ["c = Counter()\nassert c.add() == 1 and c.add(4) == 5 and c.n == 5"]),
    "its own class of a module's name": (
        "class calendar:\n    def __init__(self): self.events = []\n    def book(self, a, b):\n        self.events.append((a, b))\n        return True",
        ["c = calendar()\nassert c.book(1, 2)\nassert c.events == [(1, 2)]"]),
    "StopIteration that is expected": (
        "def f(x):\n    if not x: raise StopIteration('end')\n    return x[0]",
        "import pytest\nfrom solution import f\ndef test_f():\n    assert f([1]) == 1\n    with pytest.raises(StopIteration):\n        f([])\n"),
    "an array that is approximately right": (
        "import numpy as np\ndef f(x): return np.array(x) / 3",
        "import numpy as np\nimport pytest\nfrom solution import f\ndef test_f():\n"
        "    assert f([1.0, 2.0]) == pytest.approx(np.array([1 / 3, 2 / 3]))\n    assert f([3.0]) == pytest.approx([1.0])\n"
        "    assert list(f([6.0])) == pytest.approx([2.0])\n    assert f([3.0])[0] == pytest.approx(1)\n"),
    "a method of a text": ("def f(s): return s.upper()", ["assert f('ab').startswith('AB') and f('ab').isupper()"]),
    "a set that is compared": ("def f(x): return set(x)", ["assert f('ab').issubset({'a', 'b', 'c'})"]),
    "an iterator class": (
        "class Count:\n    def __init__(self, n): self.n = n\n    def items(self):\n        yield from range(self.n)",
        ["assert list(Count(3).items()) == [0, 1, 2]", "assert sum(1 for _ in Count(2).items()) == 2"]),
    "an exception with its own base": (
        "class Bad(KeyError): ...\ndef f(d, k):\n    if k not in d: raise Bad(k)\n    return d[k]",
        "import pytest\nfrom solution import f, Bad\ndef test_f():\n    assert f({'a': 1}, 'a') == 1\n    with pytest.raises(Bad):\n        f({}, 'a')\n    with pytest.raises(KeyError):\n        f({}, 'b')\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", STDIO)
def test_a_right_program_is_paid_however_it_reads_and_writes(score_code: ScoreCode, name: str) -> None:
    score = score_code(STDIO[name], SUMS)
    assert score.outcome is Outcome.CORRECT, score.reason


@pytest.mark.parametrize("name", CALLS)
def test_a_right_function_is_paid_however_it_is_written(score_code: ScoreCode, name: str) -> None:
    code, function, cases = CALLS[name]
    reference = {"fn_name": function, "cases": [{"args": args, "expected": expected} for args, expected in cases]}
    score = score_code(code, reference)
    assert score.outcome is Outcome.CORRECT, score.reason


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_right_program_is_paid_however_its_tests_are_written(score_code: ScoreCode, name: str) -> None:
    code, tests = SCRIPTS[name]
    score = score_code(code, tests)
    assert score.outcome is Outcome.CORRECT, score.reason
    assert score.evidence["assurance"] == "split"


def test_large_output_is_read_to_its_end(score_code: ScoreCode) -> None:
    expected = "".join(f"{i}\n" for i in range(200_000))
    score = score_code("n = int(input())\nprint(*range(n), sep='\\n')", {"inputs": ["200000\n"], "outputs": [expected]})
    assert score.outcome is Outcome.CORRECT, score.reason


def test_several_processes_are_permitted(score_code: ScoreCode) -> None:
    code = (
        "from multiprocessing import Pool\ndef f(x): return int(x)\nif __name__ == '__main__':\n    input()\n"
        "    with Pool(2) as pool: print(sum(pool.map(f, input().split())))"
    )
    score = score_code(code, SUMS)
    assert score.outcome is Outcome.CORRECT or score.evidence["isolation"] != "namespaces", score.reason
