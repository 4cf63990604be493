"""Laws that hold for all answers, checked on random ones."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit import Deferred, Outcome, Sample, Score
from rewardkit.verifiers.math.compare import Comparison, Policy
from rewardkit.verifiers.math.equality import NumericEquality
from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol
from rewardkit.verifiers.math.normalise import normalise
from rewardkit.verifiers.math.parse import parse
from rewardkit.verifiers.math.verdict import Verdict
from rewardkit.verifiers.math.verifier import Math

PIECES = r"""\frac \sqrt { } ( ) [ ] \{ \} 1 2 12 0.5 , ; + - * / ^ ^2 _1 = < > \le \ne \approx \in \cup \cap \setminus
\pm x y n \pi e i \sin \ln \log \text{ \text{or} or and \infty | ! % ^\circ \$ $ \, ' \binom \lfloor \rfloor & \\ \left(
\right) \boxed{ \mathbb{R} cm not √ ½ ² 答 \cdot \begin{pmatrix} \end{pmatrix} word x=1 (1,2) [0,1) y=2""".split()  # noqa: SIM905
junk = st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map(" ".join)
fractions = st.fractions(min_value=-1000, max_value=1000, max_denominator=1000)


def expressions() -> st.SearchStrategy[Node]:
    leaves = st.one_of(fractions.map(Number), st.sampled_from([Symbol("x"), Symbol("y")]))
    return st.recursive(
        leaves,
        lambda inner: st.tuples(st.sampled_from("+*"), st.tuples(inner, inner)).map(lambda t: Call(t[0], t[1])),
        max_leaves=8,
    )


def judged(response: str, reference: object) -> Score | Deferred:
    return Math().begin(Sample(response=response, reference=reference))


@given(junk, junk)
@settings(max_examples=400, deadline=None)
def test_no_text_breaks_the_fast_path(answer: str, reference: str) -> None:
    result = judged(f"\\boxed{{{answer}}}", reference)
    assert isinstance(result, Deferred) or result.outcome in Outcome


@given(junk)
@settings(max_examples=300, deadline=None)
def test_every_value_equals_itself(text: str) -> None:
    value = parse(normalise(text))
    assert Comparison(Policy(), NumericEquality()).compare(value, value) is Verdict.SAME


@given(fractions)
def test_a_fraction_has_many_spellings(value: Fraction) -> None:
    spellings = [
        f"{value.numerator}/{value.denominator}",
        f"\\frac{{{3 * value.numerator}}}{{{3 * value.denominator}}}",
    ]
    if value.denominator == 1:
        spellings.append(f"{value.numerator}.000")
    for spelling in spellings:
        result = judged(f"The answer is ${spelling}$.", str(value))
        assert isinstance(result, Score)
        assert result.outcome is Outcome.CORRECT


@given(fractions, fractions)
def test_different_fractions_are_different_answers(one: Fraction, other: Fraction) -> None:
    result = judged(f"\\boxed{{{other}}}", str(one))
    assert isinstance(result, Score)
    assert (result.outcome is Outcome.CORRECT) == (one == other)


@given(st.integers(), st.integers(min_value=1))
def test_an_integer_is_no_other_integer_however_large(value: int, off: int) -> None:
    result = judged(f"\\boxed{{{value + off}}}", value)
    assert isinstance(result, Score)
    assert result.outcome is Outcome.INCORRECT


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=6), st.randoms())
def test_the_order_of_a_list_does_not_count(numbers: list[int], random: object) -> None:
    shuffled = list(numbers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    result = judged("\\boxed{" + ", ".join(map(str, shuffled)) + "}", ", ".join(map(str, numbers)))
    assert isinstance(result, Score)
    assert result.outcome is Outcome.CORRECT


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=6), st.data())
def test_the_order_of_a_tuple_counts(numbers: list[int], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(numbers))
    result = judged(f"\\boxed{{({', '.join(map(str, shuffled))})}}", f"({', '.join(map(str, numbers))})")
    assert isinstance(result, Score)
    assert (result.outcome is Outcome.CORRECT) == (shuffled == numbers)


@given(expressions(), expressions())
@settings(max_examples=200, deadline=None)
def test_equality_is_symmetric_and_invariant_to_rewriting(one: Node, other: Node) -> None:
    same = NumericEquality().same
    assert same(one, other) is same(other, one)
    assert same(Call("+", (one, other)), Call("+", (other, one))) is Verdict.SAME
    square = Call("^", (Call("+", (one, other)), Number(Fraction(2))))
    parts = (Call("*", (one, one)), Call("*", (Number(Fraction(2)), one, other)), Call("*", (other, other)))
    assert same(square, Call("+", parts)) is Verdict.SAME
    assert same(one, Call("+", (one, Number(Fraction(1))))) is Verdict.DIFFERENT
