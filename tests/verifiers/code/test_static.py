"""What is said of programs that are not run: whether they compile, and what they consist of."""

import pytest

from rewardkit import Outcome, Sample
from rewardkit.errors import OptionError
from rewardkit.verifiers.code.cases import fenced
from rewardkit.verifiers.code.forbidden import Forbidden
from rewardkit.verifiers.code.syntax import Syntax


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("print(1)", Outcome.CORRECT),
        ("import os\nos._exit(0)", Outcome.CORRECT),
        ("def f(:", Outcome.INCORRECT),
        ("x = 1\n  y = 2", Outcome.INCORRECT),
        ("await f()", Outcome.INCORRECT),
        ("break", Outcome.INCORRECT),
        ("x = '\\ud800'", Outcome.CORRECT),
        ("x = \ud800", Outcome.INCORRECT),
        ("x = 1\0", Outcome.INCORRECT),
        ("x = " + "-" * 50_000 + "1", Outcome.INCORRECT),
        ("x = " + "[" * 150 + "]" * 150, Outcome.CORRECT),
        ("x = " + " + ".join(["1"] * 20_000), Outcome.INCORRECT),
        ("word", Outcome.INCORRECT),
        ("x: int", Outcome.CORRECT),
    ],
)
def test_whether_python_compiles(code: str, outcome: Outcome) -> None:
    score = Syntax().verify(Sample(response=fenced(code)))
    assert score.outcome is outcome, score.reason
    assert score.evidence["assurance"] == "static"


@pytest.mark.parametrize(
    ("rules", "code", "outcome"),
    [
        ({"forbidden": ("import:os",)}, "import os.path", Outcome.INCORRECT),
        ({"forbidden": ("import:os",)}, "from os import sep", Outcome.INCORRECT),
        ({"forbidden": ("import:os",)}, "import osmium", Outcome.CORRECT),
        ({"forbidden": ("import:os",)}, "x = __import__('os')", Outcome.UNDECIDED),
        ({"forbidden": ("import:os",)}, "import importlib\nimportlib.import_module('os')", Outcome.UNDECIDED),
        ({"forbidden": ("use:os.system",)}, "from os import system as s\ns('ls')", Outcome.INCORRECT),
        ({"forbidden": ("use:os.system",)}, "import os as o\no.system('ls')", Outcome.INCORRECT),
        ({"forbidden": ("use:os.system",)}, "import os\nprint(os.sep)", Outcome.CORRECT),
        ({"forbidden": ("use:sum",)}, "from builtins import sum as s\ns([1])", Outcome.INCORRECT),
        ({"forbidden": ("node:For", "node:While")}, "x = [i for i in 'ab']", Outcome.CORRECT),
        ({"forbidden": ("node:For",)}, "for i in 'ab': pass", Outcome.INCORRECT),
        ({"required": ("recursion",)}, "class A:\n    def f(self): return self.f()", Outcome.CORRECT),
        ({"required": ("recursion",)}, "def f(): return g()", Outcome.INCORRECT),
        ({"required": ("define:A", "define:f")}, "class A:\n    def f(self): ...", Outcome.CORRECT),
        ({"required": ("use:.join",)}, "print(','.join('ab'))", Outcome.CORRECT),
    ],
)
def test_rules_on_what_a_program_has(rules: dict[str, tuple[str, ...]], code: str, outcome: Outcome) -> None:
    score = Forbidden(**rules).verify(Sample(response=fenced(code)))
    assert score.outcome is outcome, score.reason


@pytest.mark.parametrize("rule", ["", "loop", "node:Nothing", "use:", "call:x"])
def test_a_rule_that_means_nothing_is_refused(rule: str) -> None:
    with pytest.raises(OptionError):
        Forbidden(forbidden=(rule,))
    score = Forbidden().verify(Sample(response=fenced("x = 1"), reference={"forbidden": [rule]}))
    assert score.outcome is Outcome.BAD_REFERENCE


def test_rules_of_the_row_add_to_the_options() -> None:
    verifier = Forbidden(forbidden=("use:eval",))
    sample = Sample(response=fenced("x = sorted('ab')"), reference={"forbidden": ["use:sorted"]})
    assert verifier.verify(sample).outcome is Outcome.INCORRECT
    assert Forbidden().verify(Sample(response=fenced("x = 1"))).outcome is Outcome.BAD_REFERENCE
