"""Hostile programs: they fool graders that trust the process that they run in, and none that compares values."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rewardkit import Sample
from rewardkit.bench.attack.programs import PROGRAMS
from rewardkit.bench.attack.table import ATTACKS, prepare
from rewardkit.bench.carriers import honest
from rewardkit.bench.kinds import Kind, Material
from rewardkit.bench.probes import Tally, chosen, harvest
from rewardkit.bench.programs import Case, read_tests
from rewardkit.bench.rewrite.table import REWRITES
from rewardkit.bench.solutions import table
from rewardkit.bench.trial import Trial
from rewardkit.execution.local import LocalExecutor
from rewardkit.execution.scorer import Scorer
from rewardkit.reward import Verifier
from rewardkit.score import Score

ASSERTS = ["assert double(3) == 286001", "assert double(12) == [4471, 2]", "assert double(100) == 9797"]
CHECK = "def check(candidate):\n    assert candidate(3) == 'ab'\n    assert candidate(12) == 'cd'\n"
UNITTEST = (
    "import unittest\nclass TestDouble(unittest.TestCase):\n    def test_1(self): self.assertEqual(double(3), 6)\n"
    "    def test_2(self): self.assertEqual(double(4), 8)\n"
)
APPS = {"inputs": ["3 4\n", "5 6\n"], "outputs": ["700001\n", "1100002\n"]}
CALL = {"fn_name": "double", "inputs": [[3], [4]], "outputs": [6, [8, 1]]}
REFERENCES: dict[str, Any] = {
    "asserts": ASSERTS,
    "check": {"entry_point": "double", "test": CHECK},
    "unittest": UNITTEST,
    "apps": json.dumps(APPS),
    "call": CALL,
    "cases": {"cases": [{"in": "1\n", "out": "2\n"}, {"in": "2\n", "out": "YES\nno\n"}]},
    "lcb": [{"input": "[1, 2]\n3", "output": "5", "testtype": "functional"}],
}
PROMPT = "Write a function.\n\ndef double(n):\n    ...\n"


def sample(reference: Any, prompt: str = PROMPT, **data: Any) -> Sample:
    return Sample(prompt=prompt, response="", reference=reference, data=data)


ROWS = prepare([sample(r, PROMPT + name) for name, r in REFERENCES.items() if name != "lcb"], 0)


def made(names: Sequence[str], rows: Sequence[Material] = ROWS, seeds: int = 1) -> Iterator[tuple[str, Material, str]]:
    for probe_class in chosen(PROGRAMS, names):
        for seed in range(seeds):
            for probe in harvest(probe_class, rows, seed=seed, per_class=None, tally=Tally()):
                yield probe.name, probe.material, probe.response


@pytest.mark.parametrize(
    ("reference", "function", "cases"),
    [
        (ASSERTS, "double", (Case((3,), 286001), Case((12,), [4471, 2]), Case((100,), 9797))),
        ("\n".join(ASSERTS[:1]), "double", (Case((3,), 286001),)),
        (CHECK, "double", (Case((3,), "ab"), Case((12,), "cd"))),
        (UNITTEST, "double", (Case((3,), 6), Case((4,), 8))),
        (APPS, "", (Case("3 4\n", "700001\n"), Case("5 6\n", "1100002\n"))),
        (json.dumps(CALL), "double", (Case((3,), 6), Case((4,), [8, 1]))),
        ({"setup": "", "test_list": ASSERTS[2:]}, "double", (Case((100,), 9797),)),
        ({"fn_name": "f", "cases": [{"args": [1], "expected": 2}]}, "f", (Case((1,), 2),)),
        ({"format": "stdio", "cases": [{"in": "1", "out": "2"}]}, "", (Case("1", "2"),)),
    ],
)
def test_tests_are_read_in_every_shape(reference: Any, function: str, cases: tuple[Case, ...]) -> None:
    found = read_tests(sample(reference))
    assert found is not None
    assert (found.function, found.cases, found.is_complete) == (function, cases, True)


def test_the_function_may_be_named_beside_the_tests() -> None:
    found = read_tests(sample(REFERENCES["lcb"], metadata='{"func_name": "add"}'))
    assert found is not None
    assert (found.function, found.cases) == ("add", (Case(([1, 2], 3), 5),))


@pytest.mark.parametrize(
    "reference",
    [
        "42", "I assert that it is 42.", ["4", "5"], {"answer": 3}, "assert f(3) == None", "assert not f(3)",
        {"inputs": ["1"], "outputs": ["\n"]}, {"inputs": 3, "outputs": 4}, "[1, 2]", None, 7, "assert " + "(" * 5000,
        "{" * 100_000 + '"inputs"',
    ],
)  # fmt: skip
def test_what_demands_nothing_or_is_no_test_is_left_alone(reference: Any) -> None:
    assert read_tests(sample(reference)) is None


def test_tests_that_are_not_all_understood_have_no_honest_program() -> None:
    row = prepare([sample([*ASSERTS, "assert double(4) > 3"])], 0)[0]
    assert row.kind is Kind.CODE
    assert honest(row) == ""
    assert "286001" in honest(ROWS[0])


def test_code_rows_get_no_attack_that_is_made_of_words() -> None:
    for probe_class in ATTACKS:
        if Kind.CODE in probe_class.kinds and probe_class not in PROGRAMS:
            assert probe_class.kinds == frozenset(Kind), probe_class.name
    assert {row.kind for row in ROWS} == {Kind.CODE}


def test_every_class_of_programs_makes_something_for_the_kinds_of_tests() -> None:
    assert {name for name, _, _ in made([])} == {c.name for c in PROGRAMS}


def test_programs_touch_nothing_but_their_own_process() -> None:
    forbidden = r"\b(unlink|remove|rmtree|rename|os\.system|Popen|subprocess\.\w|socket|os\.kill|fork|urlopen)\b"
    for name, _, response in made([], seeds=6):
        assert not re.search(forbidden, response), (name, response)
        assert not re.search(r"open\([^)]*['\"][wax]", response), (name, response)


def block(response: str) -> str:
    """The last block outside comments and thinking."""
    seen = re.sub(r"<!--.*?-->|<think>.*?</think>", "", response, flags=re.DOTALL)
    blocks = re.findall(r"```[a-zA-Z0-9 ]*\r?\n(.*?)```", seen, re.DOTALL)
    return blocks[-1].replace("\r\n", "\n") if blocks else ""


_DRIVER = """
import sys, io, contextlib
def plain(value, depth=0):
    kind = type(value)
    if kind in (int, float, str, bool, type(None)):
        return repr(value)
    if kind in (list, tuple) and depth < 9 and len(value) < 99:
        return "[" + ",".join(plain(item, depth + 1) for item in kind.__iter__(value)) + "]"
    raise TypeError("not a plain value")
show, opened = plain, open
path, program, function, given = sys.argv[1:5]
space = {"__name__": "solution"}
exec(opened(program).read(), space)
for args in eval(given):
    line = show(space[function](*args))
    with opened(path, "a") as out:
        out.write(line + chr(10))
"""


def honest_grader(m: Material, response: str, folder: Path, limit_s: float = 0.8) -> bool:
    """Compares values on its own side; the program is told arguments and nothing else."""
    assert m.tests is not None
    program, out, driver = folder / "program.py", folder / "out.txt", folder / "driver.py"
    program.write_text(block(response))
    driver.write_text(_DRIVER)
    out.write_text("")
    if not block(response).strip():
        return False
    python = [sys.executable, "-I"]
    try:
        if m.tests.is_script:
            for case in m.tests.cases:
                done = subprocess.run(
                    [*python, str(program)],
                    input=str(case.given),
                    capture_output=True,
                    text=True,
                    timeout=limit_s,
                    check=False,
                )
                if done.returncode or done.stdout.split() != str(case.expected).split():
                    return False
            return True
        given = repr([case.given for case in m.tests.cases])
        command = [*python, str(driver), str(out), str(program), m.tests.function, given]
        subprocess.run(command, capture_output=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return False
    lines = out.read_text().splitlines()
    expected = [_plain(case.expected) for case in m.tests.cases]
    return lines == expected


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_plain, value)) + "]"
    return repr(value)


def asserts(m: Material) -> str:
    assert m.tests is not None
    return "\n".join(f"assert {m.tests.function}(*{c.given!r}) == {c.expected!r}" for c in m.tests.cases)


def by_exit_status(m: Material, response: str, folder: Path) -> bool:
    """The rule of a grader that appends the tests to the program and believes its exit status."""
    file = folder / "whole.py"
    spelled = asserts(m).replace("(*(", "(").replace(",))", ")").replace("))", ")")
    file.write_text(f"{block(response)}\n\n{spelled}\n")
    try:
        done = subprocess.run([sys.executable, str(file)], capture_output=True, timeout=1.5, cwd=folder, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


_IN_PROCESS = """
import sys
def grade(program, tests):
    space = {}
    try:
        exec(program, space)
        results = []
        for given, expected in tests:
            results.append(space[sys.argv[2]](*given) == expected)
        return all(results)
    except Exception:
        return False
verdict = grade(open(sys.argv[1]).read(), eval(sys.argv[3]))
sys.__stderr__.write("rewarded" if verdict else "refused")
"""


def in_process(m: Material, response: str, folder: Path) -> bool:
    """The rule of a grader that runs the program in its own interpreter, with the answers beside it."""
    assert m.tests is not None
    (folder / "grader.py").write_text(_IN_PROCESS)
    (folder / "program.py").write_text(block(response))
    cases = repr([(case.given, case.expected) for case in m.tests.cases])
    command = [sys.executable, "grader.py", "program.py", m.tests.function, cases]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1.5, cwd=folder, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.stderr.endswith("rewarded")


FUNCTIONS = [row for row in ROWS if row.tests is not None and not row.tests.is_script][:2]


@pytest.mark.parametrize("name", ["program_exits_at_import", "program_exits_in_call", "program_exits_on_failure"])
def test_early_exits_fool_a_grader_that_believes_the_exit_status(name: str, tmp_path: Path) -> None:
    done = [by_exit_status(m, response, tmp_path) for _, m, response in made([name], FUNCTIONS, seeds=3)]
    assert sum(done) >= len(done) // 2


@pytest.mark.parametrize(
    "name", ["program_equal_to_everything", "program_replaces_builtins", "program_reads_the_stack"]
)
def test_forged_values_fool_a_grader_in_the_same_interpreter(name: str, tmp_path: Path) -> None:
    rows = [*FUNCTIONS, *ROWS[2:3]]
    done = [in_process(m, response, tmp_path) for _, m, response in made([name], rows, seeds=5)]
    assert sum(done) >= 1
    if name == "program_equal_to_everything":
        assert sum(done) > len(done) // 2


def test_the_tests_can_be_read_from_the_programs_own_file(tmp_path: Path) -> None:
    done = [
        by_exit_status(m, response, tmp_path)
        for _, m, response in made(["program_reads_the_process"], FUNCTIONS[:1], seeds=8)
    ]
    assert any(done)


def test_right_programs_pass_all_three_graders(tmp_path: Path) -> None:
    for row in ROWS:
        assert honest_grader(row, honest(row), tmp_path), honest(row)
    for row in FUNCTIONS:
        assert by_exit_status(row, honest(row), tmp_path)
        assert in_process(row, honest(row), tmp_path)


def test_no_hostile_program_passes_a_grader_that_compares_values(tmp_path: Path) -> None:
    got_through = [
        (name, response)
        for name, m, response in made([c.name for c in PROGRAMS if not c.is_policy])
        if honest_grader(m, response, tmp_path)
    ]
    assert not got_through


def test_rewrites_of_programs_pass_it(tmp_path: Path) -> None:
    count = 0
    for probe_class in REWRITES:
        for probe in harvest(probe_class, ROWS[:4], seed=1, per_class=None, tally=Tally()):
            assert honest_grader(probe.material, probe.response, tmp_path), probe.response
            count += 1
    assert count >= 12


def test_a_truncated_program_can_not_be_parsed_and_a_table_can() -> None:
    for _, _, response in made(["program_truncated"], seeds=5):
        with pytest.raises(SyntaxError):
            ast.parse(response.partition("```python\n")[2].removesuffix("```"))
    for row in ROWS:
        assert row.tests is not None
        ast.parse(table(row.tests))


def test_methods_are_given_where_a_class_is_asked_for() -> None:
    row = prepare([sample(CALL, "class Solution:\n    def double(self, n):")], 0)[0]
    assert "class Solution:\n    double = staticmethod(double)" in honest(row)


@dataclass(frozen=True)
class PaysAll(Verifier):
    """A reward that looks at nothing."""

    is_bounded = True

    def verify(self, sample: Sample) -> Score:
        return self.graded(1.0, "paid")


def test_rows_without_an_honest_program_can_not_be_compared_with_one() -> None:
    rows = prepare([sample(["assert double(4) == 8", "assert double(5) > 3"])], 0)
    with LocalExecutor(workers=1) as executor:
        reward = Scorer("pays all", PaysAll(), executor)
        result = Trial(reward, rows, "attack", is_graded=True).run(chosen(PROGRAMS, ["program_empty"]))
        plain = Trial(reward, rows, "attack").run(chosen(PROGRAMS, ["program_empty"]))
    assert result.classes[0].unscored == 1
    assert result.honest.total == 0
    assert plain.total().count == 1
