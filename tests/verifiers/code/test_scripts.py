"""Tests that are code, in a sandbox of their own: what may cross to the program, and what may not."""

from collections.abc import Callable
from typing import Any

import pytest

from rewardkit import Outcome, Score

ScoreCode = Callable[..., Score]

STACK = (
    "class Stack:\n    def __init__(self): self.items = []\n    def push(self, x):\n        self.items.append(x)\n"
    "        return self\n    def pop(self): return self.items.pop()\n    @property\n"
    "    def size(self): return len(self.items)\n"
    "    def __len__(self): return len(self.items)\n"
)
ERROR = "class Empty(ValueError): ...\ndef f(x):\n    if not x: raise Empty('nothing')\n    return x[0]\n"


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        ("def f(): return (1, [{3: {4}}], None, b'x', 2j)", ["assert f() == (1, [{3: {4}}], None, b'x', 2j)"]),
        ("def f(x): x.append(1)", ["x = [0]\nf(x)\nassert x == [0, 1]"]),
        ("def f(d, s): d['a'] = 1; s.clear()", ["d, s = {}, {1}\nf(d, s)\nassert (d, s) == ({'a': 1}, set())"]),
        ("def f(*a, k=1): return a, k", ["assert f(1, 2, k=3) == ((1, 2), 3)"]),
        ("def f(n):\n    for i in range(n): yield i", ["assert list(f(3)) == [0, 1, 2]", "assert next(f(2)) == 0"]),
        ("def f(): return map(str, [1, 2])", ["assert list(f()) == ['1', '2']"]),
        ("def f(): return range(3)", ["assert f() == range(3)"]),
        ("from fractions import Fraction\ndef f(): return Fraction(1, 3)", ["assert f() * 3 == 1"]),
        ("import datetime\ndef f(): return datetime.date(2020, 2, 29)", ["assert f().isoformat() == '2020-02-29'"]),
        ("import collections as c\nP = c.namedtuple('P', 'x y')\ndef f(): return P(1, 2)", ["assert f() == (1, 2)"]),
        ("def f(g, x): return [g(v) for v in x]", ["assert f(lambda v: v + 1, [1, 2]) == [2, 3]"]),
        ("def f(g, x): return [g(v) for v in x]", ["assert f(str, [1]) == ['1']"]),
        ("def f(g): return g(2)", ["assert f(lambda v: f(lambda w: w * v)) == 4"]),
        ("def f(x):\n    def g(y): return x + y\n    return g", ["assert f(1)(2) == 3"]),
        (STACK, ["s = Stack()\ns.push(1).push(2)\nassert s.pop() == 2 and s.size == 1 and s.items == [1]"]),
        (STACK, ["s = Stack()\ns.items = [7]\nassert s.pop() == 7\nassert isinstance(s, Stack)"]),
        (STACK + "def f(s): return s.pop()", ["s = Stack()\ns.push(5)\nassert f(s) == 5"]),
        ("class A:\n    @staticmethod\n    def f(x): return x + 1", ["assert A.f(1) == 2"]),
        ("class A:\n    @classmethod\n    def f(c, x): return x + 1", ["assert A.f(1) == 2"]),
        ("LIMIT = 10\ndef f(): return LIMIT", ["assert f() == LIMIT == 10"]),
        ("def sum(a, b): return a - b", ["assert sum(10, 5) == 5"]),
        ("def f(x): return 1 / x", ["try:\n    f(0)\nexcept ZeroDivisionError: pass\nelse: assert False"]),
        (ERROR, ["try:\n    f([])\nexcept Empty as e: assert str(e) == 'nothing'\nelse: assert False"]),
        (ERROR, ["try:\n    f([])\nexcept ValueError: pass\nelse: assert False"]),
        ("import numpy as np\ndef f(): return np.arange(3)", ["assert (f() == np.arange(3)).all()"]),
        ("import numpy as np\ndef f(a): a[0] = 9", ["import numpy as np\na = np.zeros(2)\nf(a)\nassert a[0] == 9"]),
        (
            "import re\ndef f(x): return re.search('a', x)",
            ["assert f('ba') and not f('b')", "assert f('a').end() == 1"],
        ),
        ("class A:\n    def __bool__(self): return False\ndef f(): return A()", ["assert not f()"]),
        ("import math\ndef f(x): return math.sqrt(x)", ["assert math.isclose(f(2) ** 2, 2)"]),
    ],
)
def test_what_crosses_between_tests_and_program(score_code: ScoreCode, code: str, tests: list[str]) -> None:
    score = score_code(code, tests)
    assert score.outcome is Outcome.CORRECT, score.reason
    assert score.evidence["assurance"] == "split"


@pytest.mark.parametrize(
    ("code", "tests", "why"),
    [
        (STACK, ["s = Stack()\ns.push(1)\nassert len(s) == 1"], "__len__"),
        (STACK, ["assert Stack() != Stack()"], "compare two objects"),
        (
            "class A:\n    def __contains__(self, x): return True\ndef f(): return A()",
            ["assert 3 in f()"],
            "__contains__",
        ),
        (STACK, ["class Mine(Stack): ...\nassert Mine().size == 0"], "derive"),
        ("def f(node): return node.value", ["class Node: value = 1\nassert f(Node()) == 1"], "hand an object"),
    ],
)
def test_what_does_not_cross_is_undecided(score_code: ScoreCode, code: str, tests: list[str], why: str) -> None:
    score = score_code(code, tests)
    assert score.outcome is Outcome.UNDECIDED, score.reason
    assert why in score.reason
    assert score_code(code, tests, in_process=True).outcome is Outcome.CORRECT


LIAR = """
class Any:
    asked = 0
    def __bool__(self):
        Any.asked += 1
        return Any.asked % 2 == 1
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __hash__(self): return hash(4)
def f(x): return Any()
"""


@pytest.mark.parametrize(
    "tests",
    [
        ["assert f(2) == 4", "assert f(3) == 9"],
        ["assert f(2) in [4]"],
        ["assert f(2) in {4: 1}"],
        ["assert not f(1)", "assert f(2) == 4"],
        ["assert sorted([f(2), f(3)]) == [4, 9]"],
    ],
)
def test_an_object_that_says_what_is_asked_passes_for_no_value(score_code: ScoreCode, tests: list[str]) -> None:
    assert score_code(LIAR, tests).outcome in (Outcome.INCORRECT, Outcome.UNDECIDED)


UNITTEST = """
import unittest

class TestF(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = f(0)

    def setUp(self):
        self.items = [3, 1, 2]

    def test_raises(self):
        with self.assertRaises(TypeError):
            f("x")

    def test_sub(self):
        for n in range(3):
            with self.subTest(n=n):
                self.assertEqual(f(n), self.base + n)

    @unittest.skip("not now")
    def test_skipped(self):
        self.fail()

if __name__ == "__main__":
    unittest.main()
"""

PYTEST = """
import pytest
from solution import f

@pytest.fixture
def numbers():
    values = [1, 2]
    yield values
    values.clear()

@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("m", [0, pytest.param(1, id="one")])
def test_grid(n, m):
    assert f(n + m) == n + m

def test_fixture(numbers):
    assert [f(n) for n in numbers] == numbers

def test_raises():
    with pytest.raises(TypeError, match="text"):
        f("x")

@pytest.mark.slow
def test_near():
    assert f(1) * 0.1 + 0.2 == pytest.approx(0.3)

class TestGroup:
    def setup_method(self):
        self.n = 4

    def test_method(self):
        assert f(self.n) == 4
"""

RIGHT = "def f(n):\n    if isinstance(n, str): raise TypeError('no text')\n    return n\n"


@pytest.mark.parametrize(("tests", "count"), [(UNITTEST, 3), (PYTEST, 10)], ids=["unittest", "pytest"])
def test_the_usual_features_of_test_frameworks(score_code: ScoreCode, tests: str, count: int) -> None:
    right = score_code(RIGHT, tests)
    assert right.outcome is Outcome.CORRECT, right.reason
    assert len(right.evidence["tests"]) == count
    wrong = score_code(RIGHT.replace("return n", "return n if n < 2 else 0"), tests, partial="fraction")
    assert wrong.outcome is Outcome.PARTIAL, wrong.reason
    assert score_code("def f(n): return n", tests).outcome is Outcome.INCORRECT


@pytest.mark.parametrize(
    "tests",
    [
        "import pytest\n@pytest.fixture(params=[1])\ndef x(request): ...\ndef test_a(x): assert f(x)",
        "import pytest\npytest.importorskip('numpy')\ndef test_a(): assert f(1)",
        "def test_a(tmp_path): assert f(1)",
    ],
)
def test_features_that_are_not_there_are_the_references_fault(score_code: ScoreCode, tests: str) -> None:
    score = score_code(RIGHT, tests)
    assert score.outcome is Outcome.BAD_REFERENCE, score.reason


def test_prints_and_globals_of_the_program_stay_on_its_side(score_code: ScoreCode) -> None:
    code = "assert_called = check = names = 1\ndef f(n):\n    print('noise' * 1000)\n    return n\n"
    assert score_code(code, ["assert f(1) == 1", "x = f(2)", "assert x == 2"]).outcome is Outcome.CORRECT


def test_a_program_cannot_replace_what_the_tests_define(score_code: ScoreCode) -> None:
    tests: dict[str, Any] = {"setup": "def close(a, b): return a == b", "asserts": ["assert close(f(1), 2)"]}
    score = score_code("def close(a, b): return True\ndef f(n): return 0", tests)
    assert score.outcome is Outcome.INCORRECT, score.reason
