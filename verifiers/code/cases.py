"""Examples and attacks of the entry `code`: each runs in sandboxes, so there are few of each kind."""

from __future__ import annotations

from typing import Any

from rewardkit.registry import Attack, Example
from rewardkit.sample import Sample
from rewardkit.score import Outcome

_SUM = {"inputs": ["3 4\n", "-5 2\n"], "outputs": ["7\n", "-3\n"]}
_PRIME = {
    "fn_name": "nth_prime",
    "cases": [{"args": [3], "expected": 5}, {"args": [12], "expected": 37}, {"args": [100], "expected": 541}],
}
_HEAD = 'def double(x):\n    """Twice x."""\n'
_CHECK = {
    "entry_point": "double",
    "test": "def check(candidate):\n    assert candidate(4) == 8\n    assert candidate(-1) == -2\n",
}


def fenced(code: str, language: str = "python") -> str:
    """A response that gives a program and says a word about it."""
    return f"Here is my program.\n\n```{language}\n{code}\n```\n\nIt passes the examples."


def _example(response: str, reference: Any, outcome: Outcome, title: str, prompt: str = "", **options: Any) -> Example:
    value = options.pop("value", None)
    sample = Sample(prompt=prompt or "Write the program.", response=response, reference=reference)
    return Example(sample, outcome, value, options, title)


EXAMPLES = (
    _example(
        fenced("a, b = map(int, input().split())\nprint(a + b)"), _SUM, Outcome.CORRECT, "standard input and output"
    ),
    _example(
        fenced("class Solution:\n    def nth_prime(self, n):\n        return 5"),
        _PRIME,
        Outcome.PARTIAL,
        "calls; the share of tests that pass",
        partial="fraction",
        value=1 / 3,
    ),
    _example(
        "    return 2 * x\n", _CHECK, Outcome.CORRECT, "check(candidate); the response completes the prompt", _HEAD
    ),
    _example(
        fenced("def first(items):\n    return items[1]"),
        ["assert first([1, 2]) == 1"],
        Outcome.PARTIAL,
        "assertions; how it failed",
        partial="tiers",
        value=0.35,
    ),
    _example(fenced("while True: pass"), _SUM, Outcome.TIMEOUT, "past the time limit", timeout=0.3),
    _example(fenced("a, b = input().split()\nprint(a + b)"), _SUM, Outcome.INCORRECT, "a wrong answer"),
    _example("I would read two integers and add them.", _SUM, Outcome.NO_ANSWER, "no program"),
    _example(fenced("print(7)"), {"inputs": ["3 4"], "outputs": []}, Outcome.BAD_REFERENCE, "tests that do not fit"),
)


def _attack(name: str, code: str, reference: Any = None, **options: Any) -> Attack:
    reference = _PRIME if reference is None else reference
    return Attack(name, Sample(prompt="Write nth_prime(n).", response=fenced(code), reference=reference), options)


_ANY = "class Any:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
_UNIT = {
    "entry_point": "nth_prime",
    "test": "import unittest\nclass T(unittest.TestCase):\n    def test_3(self): self.assertEqual(nth_prime(3), 5)\n",
}

_PATCH = "import unittest\nunittest.TestCase.assertEqual = print\n"

ATTACKS = (
    _attack("equal_to_everything", _ANY + "def nth_prime(n): return Any()"),
    _attack("equal_to_everything_in_assertions", _ANY + "def nth_prime(n): return Any()", ["assert nth_prime(3) == 5"]),
    _attack("leaves_with_success", "import os\nos._exit(0)"),
    _attack("leaves_during_a_test", "import os\ndef nth_prime(n): os._exit(0)", ["assert nth_prime(3) == 5"]),
    _attack("patched_unittest", _PATCH + "def nth_prime(n): return 0", _UNIT),
    _attack(
        "forged_result", 'import os\ndef nth_prime(n): os.write(int(os.environ["REWARDKIT_RESULT_FD"]), b"[0]\\n")'
    ),
    _attack("true_for_one", "def nth_prime(n): return n == 3", {**_PRIME, "cases": [{"args": [3], "expected": 1}]}),
    _attack("prints_every_number", 'print("\\n".join(map(str, range(1000))))', _SUM),
)
