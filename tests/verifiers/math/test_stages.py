"""The stages one by one: extraction, normal form, expressions, structure, arithmetic, verdicts."""

from fractions import Fraction

import pytest

from rewardkit.verifiers.math.arithmetic import NoValueError, TooLargeError
from rewardkit.verifiers.math.decimals import Decimals
from rewardkit.verifiers.math.equality import NumericEquality
from rewardkit.verifiers.math.exact import Exact
from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol
from rewardkit.verifiers.math.extract import find_answer
from rewardkit.verifiers.math.labels import is_label
from rewardkit.verifiers.math.multiprecision import THOROUGH
from rewardkit.verifiers.math.normalise import MAX_LENGTH, compact, normalise
from rewardkit.verifiers.math.parse import parse
from rewardkit.verifiers.math.reader import MAX_DEPTH, read_expression
from rewardkit.verifiers.math.sets import as_set
from rewardkit.verifiers.math.structure import (
    Based,
    Bracketed,
    Combined,
    FiniteSet,
    Matrix,
    Opaque,
    Quantity,
    Ratio,
    Relation,
    Several,
    Words,
)
from rewardkit.verifiers.math.symbolic import algebra
from rewardkit.verifiers.math.units import conversion, split_unit
from rewardkit.verifiers.math.verdict import Verdict, either, every


def node(text: str) -> Node:
    tree = read_expression(normalise(text))
    assert tree is not None, text
    return tree


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("The answer is 42 because geometry proves it.", "42"),
        ("The answer is $x = 4$, since 5 is odd.", "x = 4"),
        ("The answer is $x$ or $y$.", "x or y"),
        ("**Final Answer:** 254", "254"),
        ("Final answer: The volume of $ABCD$ is 120. I hope it is correct.", "120"),
        ("The answer is $1,250.", "$1,250"),
        ("Answer $ 9 $", "9"),
        ("A: 26", "26"),
        ("La respuesta es 17.", "17"),
        ("Die Antwort lautet $\\frac{3}{4}$.", "\\frac{3}{4}"),
        ("答案是 12。", "12"),
        ("Ответ: 3,5", "3,5"),
        ("The answer is 28 %", "28 %"),
        ("The answer is $28$ percent", "28 percent"),
        ("#### 1,250", "1,250"),
        ("<answer>The area is $12$ in total.</answer>", "12"),
        ("<answer>x = 3</answer>", "x = 3"),
        ("\\boxed{\\text{The answer is } 20}", "20"),
        ("$\\boxed \\frac{1}{2} x$", "\\frac{1}{2} x"),
        ("\\\\boxed{\\\\frac{1}{2}}", "\\\\frac{1}{2}"),
        ("x = 12", "x = 12"),
        ("\\frac{3}{7}", "\\frac{3}{7}"),
    ],
)
def test_the_answer_is_read_out_of_its_place(response: str, answer: str) -> None:
    found = find_answer(response)
    assert found is not None
    assert found.texts == (answer,)


@pytest.mark.parametrize(
    "response",
    ["We get 12 and then 13.", "Therefore $x > 5$ is the solution.", "I have 3 apples and you have 4", "yes"],
)
def test_prose_is_no_answer(response: str) -> None:
    assert find_answer(response) is None


def test_several_boxes_in_one_breath_are_all_found() -> None:
    found = find_answer("It is $\\boxed{1}$ or $\\boxed{2}$.")
    assert found is not None
    assert found.texts == ("1", "2")


@pytest.mark.parametrize(
    ("response", "number"),
    [
        ("so 12,500.75 dollars", "12,500.75"),
        ("we get -3/4", "-3/4"),
        ("that is 12%", "12%"),
        ("first 1, then 30", "30"),
    ],
)
def test_the_last_number_is_whole(response: str, number: str) -> None:
    found = find_answer(response, last_number=True)
    assert found is not None
    assert found.texts == (number,)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (r"\left( \dfrac{1}{2} \right)", r"( \frac{1}{2} )"),
        (r"1,\!000", "1000"),
        (r"12\,345\,678", "12345678"),
        (r"14{,}916", "14916"),
        ("12 345", "12345"),
        (r"90^{\circ}", "90°"),
        (r"90 \text{ degrees}", "90 °"),
        (r"\$15.50", "¤15.50"),
        (r"5 \text{ or } 6", "5 ∨ 6"),
        (r"\mathrm{E}", "E"),
        (r"3 \mathrm{~cm}", r"3 \text{cm}"),
        (r"x \not= 3", "x ≠ 3"),
        ("x²", "x^{2}"),
        ("x₁₂", "x_{12}"),
        ("√(2)", r"\sqrt (2)"),
        ("−5", "-5"),
        ("５", "5"),
        ("٤٢", "42"),
        ("42...", "42..."),
        (r"\varphi", r"\phi"),
        ("$ $", ""),
        ("**7**", "7"),
    ],
)
def test_one_spelling_for_each_sign(text: str, canonical: str) -> None:
    assert normalise(text) == canonical


def test_a_text_beyond_the_limit_keeps_its_words() -> None:
    text = "a  b\n" * MAX_LENGTH
    assert normalise(text) == ("a b " * MAX_LENGTH).strip()


def test_compact_keeps_the_spaces_that_part_numbers_and_names() -> None:
    assert compact("3 1/4") == "3 1/4"
    assert compact(r"\sin x + 2 \pi") == r"\sin x+2\pi"


X, HALF = Symbol("x"), Number(Fraction(1, 2))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("7", Number(Fraction(7))),
        ("-0.25", Number(Fraction(-1, 4))),
        (r"3\frac{1}{4}", Number(Fraction(13, 4))),
        (r"\frac12", HALF),
        (r"\frac1{72}", Number(Fraction(1, 72))),
        ("0.1\\overline{6}", Number(Fraction(1, 6))),
        ("1.5e3", Number(Fraction(1500))),
        ("x_{1}", Symbol("x_1")),
        (r"x_{\text{max}}", Symbol("x_max")),
        ("x'", Symbol("x'")),
        (r"\alpha", Symbol("alpha")),
        ("50%", HALF),
        (r"\sqrt{x}", Call("root", (X, Number(Fraction(2))))),
        (r"\sin^{-1} x", Call("arcsin", (X,))),
        (r"\sin^2 x", Call("^", (Call("sin", (X,)), Number(Fraction(2))))),
        (r"\log_{2} x", Call("log", (X, Number(Fraction(2))))),
        (r"\lfloor x \rfloor", Call("floor", (X,))),
        ("|x|", Call("abs", (X,))),
        (r"{x \choose 2}", Call("binom", (X, Number(Fraction(2))))),
        ("x!", Call("factorial", (X,))),
        (r"\ln 2x", Call("ln", (Call("*", (Number(Fraction(2)), X)),))),
        (r"\ln(2) x", Call("*", (Call("ln", (Number(Fraction(2)),)), X))),
    ],
)
def test_an_expression_is_read_as_it_is_meant(text: str, tree: Node) -> None:
    assert read_expression(text) == tree


UNREADABLE = [
    "",
    "2 3",
    "x +",
    "(x",
    "x)",
    "++++1",
    r"\frac{1}",
    r"\sum x",
    "hello",
    "Jane grew it 3",
    "1..2",
    "x__1",
    "^2",
]
TOO_LARGE = ["(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1), "+".join(["1"] * 1000), "1" * 4400]


@pytest.mark.parametrize("text", [*UNREADABLE, "n!!", *TOO_LARGE])
def test_what_is_no_expression_is_not_guessed_at(text: str) -> None:
    assert read_expression(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("42", Quantity), ("1,234", Quantity), ("16 km", Quantity), ("(42)", Quantity), ("[42]", Quantity),
        ("{42}", Quantity), ("even", Quantity), ("a parabola", Words), (r"\text{odd}", Words), ("4:30 p.m.", Words),
        ("12:00", Words), ("204_5", Based), ("(1,2)", Bracketed), ("[1,2)", Bracketed),
        (r"\langle 1,2 \rangle", Bracketed), (r"\{1,2\}", FiniteSet), (r"\emptyset", FiniteSet), ("1, 2", Several),
        ("1; 2", Several), ("1 or 2", Several), (r"\pm 2", Several), ("x = 2", Relation), ("1 < x < 2", Relation),
        (r"x \in \{1\}", Relation), (r"(1,2) \cup (3,4)", Combined), (r"\mathbb{R} \setminus \{0\}", Combined),
        ("7:32", Ratio), (r"\begin{pmatrix} 1 & 2 \end{pmatrix}", Matrix),
        (r"\begin{vmatrix} 1 & 2 \end{vmatrix}", Opaque), (r"\sum_{k=1}^{n} k", Opaque),
        (r"\{x \mid x > 2\}", Relation), ("{" * 40 + "(1,2)" + "}" * 40, Opaque),
    ],
)  # fmt: skip
def test_the_structure_of_an_answer(text: str, kind: type) -> None:
    assert type(parse(normalise(text))) is kind


def test_the_decimals_and_marks_of_a_quantity_are_kept() -> None:
    value = parse(normalise(r"12.50 \%"))
    assert isinstance(value, Quantity)
    assert (value.percent, value.degrees, value.places, value.digits) == (True, False, 2, 4)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("16 km/h", ("16", "km/h")), ("10 apples", ("10", "apples")), ("5cm", ("5", "cm")), ("9 (mod 11)", ("9", "")),
        (r"15 \text{cm}^{2}", ("15", "cm^2")), ("79 x", ("79 x", "")), ("2abc", ("2abc", "")), ("3 mg", ("3 mg", "")),
        ("5 not 6", ("5 not 6", "")), ("2 sin", ("2 sin", "")), (r"2\text{e}", (r"2\text{e}", "")),
        (r"2\text{m}", ("2", "m")),
    ],
)  # fmt: skip
def test_units_are_told_from_names(text: str, parts: tuple[str, str]) -> None:
    assert split_unit(text) == parts


def test_units_are_converted_within_their_kind() -> None:
    assert conversion("km", "m") == 1000
    assert conversion("min", "hours") == Fraction(1, 60)
    assert conversion("kg", "m") is None
    assert conversion("m^2", "square cm") == 10_000
    assert conversion("m^2", "m") is None
    assert conversion("apples", "m") == 1


@pytest.mark.parametrize(
    "text", ["x", "x_{1}", "f(x)", "P(A)", "P(X=2)", r"\angle ABC", "|AB|", "S_{10}", "V_{1}:V_{2}", "y'"]
)
def test_a_label_only_names(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize("text", ["2", "2x", "m+n", "x^{2}", "42", "a-b", "", "(2,3)"])
def test_an_expression_is_no_label(text: str) -> None:
    assert not is_label(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x > 3", "(3,∞)"),
        ("3 ≥ x", "(-∞,3]"),
        ("1 ≤ x < 2", "[1,2)"),
        ("-x < 4", "(-4,∞)"),
        ("x ≠ 2", "(-∞,2)∪(2,∞)"),
    ],
)
def test_an_inequality_is_a_set(text: str, expected: str) -> None:
    found = as_set(parse(text))
    assert found is not None
    assert found == (found[0], "x")
    assert found[0].text == expected


def test_exact_arithmetic_stops_before_it_gets_expensive() -> None:
    assert Exact().value(node("2^{100}")) == 2**100
    for text in ("2^{100000}", "5000!", r"\pi", r"\sqrt{2}"):
        with pytest.raises(NoValueError):
            Exact().value(node(text))
    with pytest.raises(TooLargeError):
        Exact().value(node("9^{10^{13}}"))


def test_decimals_know_large_factorials_by_stirling() -> None:
    below, above = Decimals(0), Decimals(0)
    ratio = above.value(node("3001!")) / below.value(node("3000!"))
    assert abs(ratio - 3001) < Fraction(1, 10**55)


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (r"\sqrt{8}", r"2\sqrt{2}", Verdict.SAME),
        (r"x^2 - 1", r"(x-1)(x+1)", Verdict.SAME),
        (r"e^{2x}", r"(e^x)^2", Verdict.SAME),
        (r"\sin 1", r"\cos 1", Verdict.DIFFERENT),
        (r"\sin^2 x", r"1 - \cos^2 x", Verdict.SAME),
        (r"\sin(10^5)", r"\cos(10^5 - \frac{\pi}{2})", Verdict.UNKNOWN),
        (r"9^{9^{9^9}}", "1", Verdict.HOPELESS),
        (r"\infty", r"\infty + 1", Verdict.DIFFERENT),
    ],
)
def test_the_fast_comparison_says_what_it_knows(left: str, right: str, verdict: Verdict) -> None:
    assert NumericEquality().same(node(left), node(right)) is verdict
    assert NumericEquality().same(node(right), node(left)) is verdict


def test_the_deep_comparison_decides_what_the_fast_one_can_not() -> None:
    deep = NumericEquality(THOROUGH)
    assert deep.same(node(r"\sin(10^5)"), node(r"\cos(10^5 - \frac{\pi}{2})")) is Verdict.SAME
    assert deep.same(node(r"\sin^2 x"), node(r"1 - \cos^2 x + 10^{-40}")) is Verdict.DIFFERENT
    assert deep.proportional(node(r"2\sin^2 x"), node(r"1 - \cos^2 x")) == (Verdict.SAME, 1)
    assert deep.within(node(r"\sin 1"), node("0.84147"), Fraction(1, 10**5)) is Verdict.SAME


@pytest.mark.parametrize(
    ("reference", "answer", "verdict"),
    [
        ("55", r"\sum_{k=1}^{10} k", Verdict.SAME),
        ("54", r"\sum_{k=1}^{10} k", Verdict.DIFFERENT),
        ("55", "55 apples", Verdict.UNKNOWN),
        ("55", r"\sum_{k=1}^{10} k^{1000}", Verdict.UNKNOWN),
        ("55", r"\sum_{k=1}^{10} k \text{ or } 7", Verdict.UNKNOWN),
    ],
)
def test_algebra_is_asked_for_mathematics_alone(reference: str, answer: str, verdict: Verdict) -> None:
    assert algebra([reference], answer) is verdict


def test_doubt_outweighs_difference_among_alternatives_and_not_among_conditions() -> None:
    assert every([Verdict.SAME, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert every([Verdict.HOPELESS, Verdict.UNKNOWN]) is Verdict.HOPELESS
    assert every([Verdict.UNKNOWN, Verdict.DIFFERENT]) is Verdict.DIFFERENT
    assert either([Verdict.UNKNOWN, Verdict.DIFFERENT]) is Verdict.UNKNOWN
    assert either([Verdict.UNKNOWN, Verdict.SAME]) is Verdict.SAME
    assert either([]) is Verdict.DIFFERENT
