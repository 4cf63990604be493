"""What a program earns: every class of failure, in every format, with the evidence that says so."""

from collections.abc import Callable
from typing import Any

import pytest

from rewardkit import Outcome, Score
from rewardkit.verifiers.code.verifier import CodeTests

ScoreCode = Callable[..., Score]

TWICE = {"inputs": ["1\n", "5\n"], "outputs": ["2\n", "10\n"]}
CALL = {"fn_name": "f", "cases": [{"args": [1], "expected": 2}, {"args": [5], "expected": 10}]}
ASSERTS = ["assert f(1) == 2", "assert f(5) == 10"]
CHECK = {
    "entry_point": "f",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(5) == 10\n",
}
UNIT = {
    "entry_point": "f",
    "test": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(f(1), 2)\n"
    "    def test_b(self): self.assertEqual(f(5), 10)\n",
}
PYTEST = "from solution import f\n\ndef test_a():\n    assert f(1) == 2\n\ndef test_b():\n    assert f(5) == 10\n"
FUNCTIONS: list[Any] = [CALL, ASSERTS, CHECK, UNIT, PYTEST]
SPIN = "while True: pass"


@pytest.mark.parametrize(
    ("code", "outcome", "kind"),
    [
        ("print(int(input()) * 2)", Outcome.CORRECT, "passed"),
        ("print(2)", Outcome.INCORRECT, "wrong answer"),
        ("print(int(input()) * 2)\nraise SystemExit(3)", Outcome.INCORRECT, "runtime error"),
        ("print(int(input()) / 0)", Outcome.INCORRECT, "runtime error"),
        ("print(int(input()) * 2", Outcome.INCORRECT, "compile error"),
        (f"print(int(input()) * 2, flush=True)\n{SPIN}", Outcome.TIMEOUT, "time limit"),
        ("x = []\nwhile True: x.append(bytearray(1 << 24))", Outcome.CRASHED, "memory limit"),
        ("while True: print('x' * 100000)", Outcome.CRASHED, "output limit"),
    ],
)
def test_runs(score_code: ScoreCode, code: str, outcome: Outcome, kind: str) -> None:
    score = score_code(code, TWICE, timeout=1.0, memory_mb=128)
    assert (score.outcome, score.evidence["class"]) == (outcome, kind), score.reason
    assert score.evidence["assurance"] == "data_flow"
    assert score.evidence["isolation"] in ("namespaces", "landlock")


@pytest.mark.parametrize("reference", FUNCTIONS, ids=["call", "asserts", "check", "unittest", "pytest"])
@pytest.mark.parametrize(
    ("code", "outcome", "kind"),
    [
        ("def f(n): return 2 * n", Outcome.CORRECT, "passed"),
        ("def f(n): return 2", Outcome.INCORRECT, "wrong answer"),
        ("def f(n): return None", Outcome.INCORRECT, "wrong answer"),
        ("def f(n): raise ValueError(n)", Outcome.INCORRECT, "runtime error"),
        ("def g(n): return 2 * n", Outcome.INCORRECT, "runtime error"),
        ("def f(n: return 2", Outcome.INCORRECT, "compile error"),
        ("raise ValueError\ndef f(n): return 2 * n", Outcome.INCORRECT, "runtime error"),
        (f"def f(n):\n    {SPIN}", Outcome.TIMEOUT, "time limit"),
        ("def f(n): return [n] * (1 << 26)", Outcome.CRASHED, None),
    ],
)
def test_functions(score_code: ScoreCode, reference: Any, code: str, outcome: Outcome, kind: str | None) -> None:
    score = score_code(code, reference, timeout=1.0, memory_mb=256)
    assert score.outcome is outcome, score.reason
    assert kind is None or score.evidence["class"] == kind
    assert score.evidence["assurance"] == ("data_flow" if reference is CALL else "split")


@pytest.mark.parametrize("reference", FUNCTIONS[1:], ids=["asserts", "check", "unittest", "pytest"])
def test_tests_and_program_may_share_a_process_where_that_is_asked_for(score_code: ScoreCode, reference: Any) -> None:
    right = score_code("def f(n): return 2 * n", reference, in_process=True)
    wrong = score_code("def f(n): return n", reference, in_process=True)
    assert (right.outcome, wrong.outcome) == (Outcome.CORRECT, Outcome.INCORRECT), (right.reason, wrong.reason)
    assert right.evidence["assurance"] == wrong.evidence["assurance"] == "in_process"


def test_what_cannot_be_split_is_undecided_and_the_option_decides_it(score_code: ScoreCode) -> None:
    test = (
        "import unittest\nfrom unittest.mock import patch\nclass T(unittest.TestCase):\n"
        "    @patch('builtins.input', return_value='4')\n    def test_a(self, _):\n        self.assertEqual(f(), 4)\n"
    )
    code = "def f(): return int(input())"
    apart = score_code(code, {"test": test})
    together = score_code(code, {"test": test}, in_process=True)
    assert apart.outcome is Outcome.UNDECIDED
    assert "in_process" in apart.reason
    assert together.outcome is Outcome.CORRECT, together.reason


def test_a_fraction_is_the_share_of_tests_that_pass(score_code: ScoreCode) -> None:
    cases = {"fn_name": "f", "cases": [{"args": [n], "expected": n * n} for n in range(4)]}
    score = score_code("def f(n): return n", cases, partial="fraction")
    assert (score.outcome, score.value) == (Outcome.PARTIAL, 0.5)
    assert score.evidence["tests"] == ["passed", "passed", "wrong answer", "wrong answer"]
    assert score_code("def f(n): return -1", cases, partial="fraction").value == 0.0


def test_a_test_that_ends_the_process_does_not_fail_the_others(score_code: ScoreCode) -> None:
    code = "import os\ndef f(n):\n    if n == 1: os._exit(0)\n    if n == 2: raise SystemExit\n    return n"
    cases = {"fn_name": "f", "cases": [{"args": [n], "expected": n} for n in range(4)]}
    asserts = [f"assert f({n}) == {n}" for n in range(4)]
    expected = ["passed", "runtime error", "runtime error", "passed"]
    assert score_code(code, cases, partial="fraction").evidence["tests"] == expected
    assert score_code(code, asserts, partial="fraction").evidence["tests"] == expected


def test_every_test_has_the_whole_time_limit(score_code: ScoreCode) -> None:
    code = (
        "import time\ndef f(n):\n    end = time.process_time() + 0.7\n"
        "    while time.process_time() < end: pass\n    return n"
    )
    cases = {"fn_name": "f", "cases": [{"args": [n], "expected": n} for n in range(3)]}
    for reference in (cases, [f"assert f({n}) == {n}" for n in range(3)]):
        score = score_code(code, reference, timeout=1.0)
        assert score.outcome is Outcome.CORRECT, score.reason


def test_a_test_past_the_time_limit_does_not_fail_the_others(score_code: ScoreCode) -> None:
    code = f"def f(n):\n    if n == 1:\n        {SPIN}\n    return n"
    cases = {"fn_name": "f", "cases": [{"args": [n], "expected": n} for n in range(3)]}
    for reference in (cases, [f"assert f({n}) == {n}" for n in range(3)]):
        score = score_code(code, reference, timeout=0.5, partial="fraction")
        assert score.evidence["tests"] == ["passed", "time limit", "passed"], score.reason


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("print(int(input()) * 2)", 1.0),
        ("print(0)", -0.3),
        ("print(1 / 0)", -0.6),
        ("print(", -1.0),
        (SPIN, -1.0),
    ],
)
def test_tiers_pay_by_how_it_failed(score_code: ScoreCode, code: str, value: float) -> None:
    score = score_code(code, TWICE, partial="tiers", tiers=(-1.0, -0.6, -0.3, 1.0), timeout=0.5)
    assert score.value == pytest.approx(value), score.reason


def test_public_and_hidden_tests_are_counted_apart(score_code: ScoreCode) -> None:
    reference = {
        "public_tests": {"input": ["1\n"], "output": ["2\n"]},
        "private_tests": {"input": ["5\n", "7\n"], "output": ["10\n", "14\n"]},
    }
    score = score_code("print(2)", reference)
    assert score.evidence["public"] == {"passed": 1, "tests": 1}
    assert score.evidence["hidden"] == {"passed": 0, "tests": 2}
    assert score.evidence["first_failure"]["is_hidden"] is True
    assert score.evidence["tests"] == ["passed", "wrong answer", "not run"]


def test_the_first_failure_is_shown_shortened(score_code: ScoreCode) -> None:
    score = score_code("print(0)", {"inputs": ["1 " * 10_000], "outputs": ["2 " * 10_000]})
    failure = score.evidence["first_failure"]
    assert failure["test"] == 0
    assert failure["actual"].strip() == "0"
    assert max(len(failure["input"]), len(failure["expected"])) <= 200


def test_a_completion_continues_the_prompt(score_code: ScoreCode) -> None:
    prompt = "from math import sqrt\n\n\ndef helper(x):\n    return x * 2\n\n\ndef f(n):\n    '''Twice n.'''\n"
    for code in (
        "    return helper(n)",
        "return helper(n)",
        "def f(n):\n    return helper(n)",
        f"{prompt}    return 2 * n",
    ):
        score = score_code(code, CHECK, prompt=prompt)
        assert score.outcome is Outcome.CORRECT, (code, score.reason)


def test_the_tests_use_the_prompts_helpers_and_not_the_programs(score_code: ScoreCode) -> None:
    prompt = "def encode(x):\n    return x + 1\n\n\ndef f(x):\n    '''Decode.'''\n"
    test = "def check(candidate):\n    for n in range(5):\n        assert candidate(encode(n)) == n\n"
    reference = {"entry_point": "f", "test": test}
    right = score_code("def f(x):\n    return x - 1", reference, prompt=prompt)
    cheat = score_code("def encode(x):\n    return 0\ndef f(x):\n    return 0", reference, prompt=prompt)
    assert (right.outcome, cheat.outcome) == (Outcome.CORRECT, Outcome.INCORRECT), (right.reason, cheat.reason)


def test_wrapped_outputs_are_read_one_way_for_all_cases(score_code: ScoreCode) -> None:
    reference = {"fn_name": "f", "inputs": [[1], [2]], "outputs": [[2], [4]]}
    assert score_code("def f(n): return 2 * n", reference).outcome is Outcome.CORRECT
    assert score_code("def f(n): return [2 * n]", reference).outcome is Outcome.CORRECT
    assert score_code("def f(n): return [2] if n == 1 else 4", reference).outcome is Outcome.INCORRECT


CHECKER = (
    "import sys\ngiven, wanted, made = (open(name).read() for name in sys.argv[1:])\n"
    "print(int(sorted(made.split()) == sorted(wanted.split())))\n"
)


@pytest.mark.parametrize(
    ("checker", "code", "outcome"),
    [
        (CHECKER, "print('3 1 2')", Outcome.CORRECT),
        (CHECKER, "print('3 1')", Outcome.INCORRECT),
        ("raise SystemExit(open('output').read() != open('expected').read())", "print('1 2 3')", Outcome.CORRECT),
        ("raise SystemExit(1)", "print('1 2 3')", Outcome.INCORRECT),
        ("int(open('output').read())\nprint(1)", "print('x')", Outcome.INCORRECT),
        ("print('perhaps')", "print(1)", Outcome.BAD_REFERENCE),
        ("print(", "print(1)", Outcome.BAD_REFERENCE),
    ],
)
def test_a_special_checker_judges(score_code: ScoreCode, checker: str, code: str, outcome: Outcome) -> None:
    score = score_code(code, {"inputs": [""], "outputs": ["1 2 3\n"], "checker": checker})
    assert score.outcome is outcome, score.reason


INTERACTOR = """
secret = int(open("input").read())
for _ in range(10):
    guess = int(input())
    if guess == secret:
        print("found", flush=True)
        raise SystemExit(0)
    print("more" if guess < secret else "less", flush=True)
raise SystemExit("too many guesses")
"""

BISECTION = """
low, high = 0, 1000
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == "found":
        break
    low, high = (middle + 1, high) if answer == "more" else (low, middle - 1)
"""


@pytest.mark.parametrize(
    ("code", "outcome", "kind"),
    [
        (BISECTION, Outcome.CORRECT, "passed"),
        ("for n in range(1001):\n    print(n, flush=True)\n    input()", Outcome.INCORRECT, "wrong answer"),
        ("import os\nprint(open('input').read(), flush=True)", Outcome.INCORRECT, None),
        ("print('x', flush=True)\ninput()", Outcome.INCORRECT, None),
        ("import os\nos._exit(0)", Outcome.INCORRECT, "wrong answer"),
        ("while True: pass", Outcome.TIMEOUT, "time limit"),
        ("print(", Outcome.INCORRECT, "compile error"),
    ],
)
def test_an_interactor_judges(score_code: ScoreCode, code: str, outcome: Outcome, kind: str | None) -> None:
    reference = {"inputs": ["700", "3"], "outputs": ["", ""], "interactor": INTERACTOR}
    score = score_code(code, reference, timeout=1.0)
    assert score.outcome is outcome, score.reason
    assert kind is None or score.evidence["class"] == kind, score.reason


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (["assert f(1) =="], "SyntaxError"),
        ({"test": "import no_such_module\nassert f(1) == 2"}, "no_such_module"),
        ({"test": "def test_a():\n    assert True\n"}, "never call"),
        (
            {"entry_point": "f", "test": "x = 1 / 0\ndef check(candidate):\n    assert candidate(1)\n"},
            "ZeroDivisionError",
        ),
        ({"test": "import unittest\nclass T(unittest.TestCase):\n    x = f\n"}, "no test"),
    ],
)
def test_tests_that_cannot_work_are_a_bad_reference(score_code: ScoreCode, reference: Any, reason: str) -> None:
    score = score_code("def f(n): return 2", reference)
    assert score.outcome is Outcome.BAD_REFERENCE, score.reason
    assert reason in score.reason


def test_a_program_in_another_language_cannot_be_called_from_python() -> None:
    from rewardkit import Sample

    sample = Sample(response="```cpp\nint f(int n) { return 2 * n; }\n```", reference=ASSERTS)
    assert CodeTests().verify(sample).outcome is Outcome.UNDECIDED


def test_cases_together_may_return_more_than_one_alone(score_code: ScoreCode) -> None:
    code = "def f(n): return [n] * 900_000"
    cases = {"fn_name": "f", "cases": [{"args": [n], "expected": 1} for n in range(100_000_000, 100_000_004)]}
    score = score_code(code, cases, partial="fraction")
    assert set(score.evidence["tests"]) == {"wrong answer"}, score.reason


def test_output_far_beyond_the_expected_one_is_wrong(score_code: ScoreCode) -> None:
    score = score_code("print('1\\n' * 2_000_000)", {"inputs": [""], "outputs": ["1\n"]})
    assert score.evidence["class"] == "wrong answer"
    assert "far more" in score.reason
