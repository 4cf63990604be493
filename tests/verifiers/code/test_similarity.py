"""Likeness of programs: what counts, what does not, and programs that were written to bring a parser down."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit import Outcome, Sample, Score
from rewardkit.errors import OptionError
from rewardkit.execution.local import LocalExecutor
from rewardkit.verifiers.code.similarity import AstMatch, CodeBleu, DataflowMatch
from rewardkit.verifiers.code.trees.dataflow import flows
from rewardkit.verifiers.code.trees.grammars import GRAMMARS
from rewardkit.verifiers.code.trees.ngrams import bleu
from rewardkit.verifiers.code.trees.shapes import ShapeTable
from rewardkit.verifiers.code.trees.tree import DEEPEST, LONGEST, TooComplexError, parse

PROGRAMS = {
    "python": "def f(xs):\n    s = 0\n    for x in xs:\n        s += x\n    return s\n",
    "java": "class A { static int f(int[] xs) { int s = 0; for (int x : xs) { s += x; } return s; } }",
    "javascript": "function f(xs) { let s = 0; for (const x of xs) { s += x; } return s; }",
    "c": "int f(int *xs, int n) { int s = 0; for (int i = 0; i < n; i++) { s += xs[i]; } return s; }",
    "cpp": "int f(std::vector<int> xs) { int s = 0; for (auto x : xs) { s += x; } return s; }",
    "go": "package main\nfunc f(xs []int) int {\n\ts := 0\n\tfor _, x := range xs {\n\t\ts += x\n\t}\n\treturn s\n}\n",
    "rust": "fn f(xs: &[i64]) -> i64 { let mut s = 0; for x in xs { s += x; } s }",
    "bash": 's=0\nfor x in "$@"; do\n  s=$((s + x))\ndone\necho $s\n',
}
COMMENTS = {"python": "# a\n", "bash": "# a\n"}
ENTRIES = (AstMatch, DataflowMatch, CodeBleu)


def score(entry: Any, program: str, reference: Any, language: str = "python", **options: Any) -> Score:
    sample = Sample(response=f"```{language}\n{program}\n```", reference=reference)
    scored = entry(language=language, **options).verify(sample)
    assert isinstance(scored, Score)
    return scored


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_is_like_itself_in_every_language(entry: Any, language: str) -> None:
    program = PROGRAMS[language]
    assert score(entry, program, program, language).outcome is Outcome.CORRECT
    comment = COMMENTS.get(language, "/* a */ // b\n")
    assert score(entry, comment + program.replace(" ", "  ", 1), program, language).outcome is Outcome.CORRECT


@pytest.mark.parametrize("language", PROGRAMS)
def test_names_do_not_count_for_shape_and_flow(language: str) -> None:
    program = PROGRAMS[language]
    renamed = re.sub(r"\bs\b", "total", re.sub(r"\bxs\b", "many", program))
    for entry in (AstMatch, DataflowMatch):
        assert score(entry, renamed, program, language).outcome is Outcome.CORRECT, renamed
    assert 0 < (score(CodeBleu, renamed, program, language).value or 0) < 1


def test_every_language_of_the_tables_has_a_program_here() -> None:
    assert set(PROGRAMS) == set(GRAMMARS)


@pytest.mark.parametrize(
    ("program", "reference", "expected"),
    [
        ("x = a + b", "x = a - b", 0.0),
        ("f(a)\ng[0]", "f(a)", 3 / 5),
        ("x = 1\n" * 3, "x = 1", 2 / 5),
        ("x = 1", "x = 1\n" * 3, 2 / 5),
        ('"""doc"""\nx = 1', "x = 2", 1.0),
        ("f(a, b,)", "f(a, b)", 1.0),
        ("x = 'ab'", "x = 'c'", 1.0),
    ],
)
def test_shared_sub_trees_are_counted_once_each(program: str, reference: str, expected: float) -> None:
    assert score(AstMatch, program, reference).value == pytest.approx(expected)


def test_operators_can_be_left_out_as_codebleu_does() -> None:
    assert score(AstMatch, "x = a + b", "x = a - b", operators=False).value == 1.0


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("x = 1\ny = x", [(1, "computed", 0), (0, "comes"), (2, "computed", 1), (1, "comes", 1)]),
        ("x = 1", [(1, "computed", 0), (0, "comes")]),
        ("a, b = b, a", [(1, "computed", 0), (0, "computed", 1), (0, "comes"), (1, "comes")]),
        ("x", []),
        ("print(1)", []),
    ],
)  # fmt: skip
def test_flows_say_what_a_variable_is_made_of(program: str, expected: list[Any]) -> None:
    found = flows(parse(program, "python"))
    assert found == [(variable, f"{how}From", tuple(sources)) for variable, how, *sources in expected]


def test_a_loop_hands_values_on_to_its_next_turn() -> None:
    once, again = flows(parse("f(x)\n", "python")), flows(parse("while 1:\n    f(x)\n", "python"))
    assert once == []
    assert (1, "comesFrom", (1,)) in again


def test_without_data_flow_in_the_reference_nothing_is_zero() -> None:
    assert score(DataflowMatch, "x = 1", "pass").outcome is Outcome.BAD_REFERENCE
    bleu_score = score(CodeBleu, "print('hi')", "print('hi')")
    assert bleu_score.outcome is Outcome.CORRECT
    assert bleu_score.evidence["components"]["data_flow"] is None


def test_further_code_lowers_f1_and_not_recall() -> None:
    reference = PROGRAMS["python"]
    program = reference + "".join(f"y{n} = f(x{n})\n" for n in range(30))
    assert (score(AstMatch, program, reference).value or 0) < 0.3
    # the root differs, all else of the reference is there
    assert (score(AstMatch, program, reference, measure="recall").value or 0) > 0.9


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_does_not_parse_earns_nothing_unless_fragments_are_compared(entry: Any) -> None:
    reference = PROGRAMS["python"]
    broken = reference + "def g(:\n    x = = 2\n"
    assert score(entry, broken, reference).outcome is Outcome.INCORRECT
    assert 0 < (score(entry, broken, reference, allow_errors=True).value or 0) < 1
    assert score(entry, reference, broken).outcome is Outcome.BAD_REFERENCE


def test_the_policy_can_not_choose_the_language_of_the_comparison() -> None:
    sample = Sample(response="```javascript\nx = 1\n```", reference="def f():\n    return 1\n")
    for entry in ENTRIES:
        assert entry().verify(sample).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    "weights", [(1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0), (-1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0)]
)
def test_weights_that_mean_nothing_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(OptionError):
        CodeBleu(weights=weights)


@pytest.mark.parametrize("reference", [None, 3, [], "", [""], ["x", 3], "```python\n```"])
def test_a_reference_without_a_program_is_a_bad_one(reference: Any) -> None:
    for entry in ENTRIES:
        assert score(entry, "x = 1", reference).outcome is Outcome.BAD_REFERENCE


TOKENS = st.lists(st.sampled_from(["a", "b", "c", "if", "return", "(", "=", "1"]), min_size=1, max_size=30)


@given(TOKENS, TOKENS)
def test_bleu_is_one_for_equal_texts_and_lies_between(left: list[str], right: list[str]) -> None:
    assert bleu(left, left) == 1.0
    assert 0.0 <= bleu(left, right) <= 1.0
    assert (bleu(left, right) == 0.0) == (not set(left) & set(right))


PIECES = ["x = ", "f(", ")", "[", "]", "\n", "    ", "if x:\n", "for i in ", "'", '"""', "lambda", ":", "# ", "é", "\0"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(list(GRAMMARS)))
def test_any_text_is_a_tree(text: str, language: Any) -> None:
    tree = parse(text, language)
    assert all(child > node for node, children in enumerate(tree.children) for child in children)
    assert ShapeTable().count(tree) == ShapeTable().count(tree)
    assert flows(tree) == flows(tree)


@pytest.mark.parametrize("text", ["(" * DEEPEST + "x" + ")" * DEEPEST, "x" * (LONGEST + 1), "not " * 5000 + "x"])
def test_what_nobody_writes_is_undecided(text: str) -> None:
    with pytest.raises(TooComplexError):
        parse(text, "python")
    for entry in ENTRIES:
        assert score(entry, text, "x = 1").outcome in (Outcome.UNDECIDED, Outcome.INCORRECT)


@pytest.mark.parametrize(
    "text", ["x = 1\n" * 8000, "for i in x:\n    a = b\n" * 2000, "(" * 800 + "x" + ")" * 800, "a = " * 900 + "1"]
)
def test_large_programs_are_compared_in_time(text: str) -> None:
    began = time.process_time()
    for entry in ENTRIES:
        score(entry, text, text)
    assert time.process_time() - began < 10.0


def test_nested_loops_are_read_once() -> None:
    depth = 60
    text = "".join("  " * level + f"for i{level} in x:\n" for level in range(depth)) + "  " * depth + "pass\n"
    began = time.process_time()
    assert len(flows(parse(text, "python"))) == 2 * depth
    assert time.process_time() - began < 1.0


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(deadline_s=10) as executor:
        yield executor


def test_a_program_that_brings_the_parser_down_costs_its_own_row(executor: LocalExecutor) -> None:
    reference = PROGRAMS["java"]
    good = Sample(response=f"```java\n{reference}\n```", reference=reference)
    bad = Sample(response=f"```java\n{'(>a' * 16_000}\n```", reference=reference)
    first, second, third = executor.score(AstMatch(language="java"), [good, bad, good])
    assert first.outcome is third.outcome is Outcome.CORRECT
    assert second.outcome in (Outcome.CRASHED, Outcome.UNDECIDED, Outcome.TIMEOUT)
