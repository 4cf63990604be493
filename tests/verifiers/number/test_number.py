"""The policies of `number`: tolerance, percent, units, and what counts as an answer."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.sample import Sample
from rewardkit.score import Outcome
from rewardkit.verifiers.number.verifier import Number

RIGHT, WRONG = Outcome.CORRECT, Outcome.INCORRECT


def judge(response: str, reference: object, **options: object) -> Outcome:
    verifier = Number(**options)  # type: ignore[arg-type]  # options are typed by the class
    return verifier.verify(Sample(response=response, reference=reference)).outcome


@pytest.mark.parametrize(
    ("answer", "reference", "outcome"),
    [
        ("42", 42, RIGHT),
        ("42.0", 42, RIGHT),
        ("42.5", 42, WRONG),
        ("-42", 42, WRONG),
        ("142", 42, WRONG),
        ("0.1", 0.1, RIGHT),
        ("0.30000000000000004", 0.3, WRONG),
        ("1/3", "1/3", RIGHT),
        ("0.3333333333333333", "1/3", WRONG),
        ("\\frac{1}{2}", 0.5, RIGHT),
        ("1,000,000", 10**6, RIGHT),
        ("12345678901234567890123456789", 12345678901234567890123456789, RIGHT),
        ("12345678901234567890123456788", 12345678901234567890123456789, WRONG),
        ("9007199254740993", "9007199254740992", WRONG),
        ("1e22", 1e22, RIGHT),
        ("$5", 5, RIGHT),
        ("5 apples", "5 pears", RIGHT),
    ],
)
def test_comparison_is_exact(answer: str, reference: object, outcome: Outcome) -> None:
    assert judge(f"\\boxed{{{answer}}}", reference) is outcome


@pytest.mark.parametrize(
    ("kind", "tolerance", "answer", "reference", "outcome"),
    [
        ("absolute", 0.1, "5.1", 5, RIGHT),
        ("absolute", 0.1, "5.1000001", 5, WRONG),
        ("absolute", 0.1, "4.9", 5, RIGHT),
        ("absolute", 0.1, "5.1%", "5%", RIGHT),
        ("relative", 0.01, "101", 100, RIGHT),
        ("relative", 0.01, "101.01", 100, WRONG),
        ("relative", 0.01, "-99", -100, RIGHT),
        ("relative", 0.5, "0", 0, RIGHT),
        ("relative", 0.5, "0.0001", 0, WRONG),
        ("rounding", 0.0, "3.14159", "3.14", RIGHT),
        ("rounding", 0.0, "3.146", "3.14", WRONG),
        ("rounding", 0.0, "3", "3.14", WRONG),
        ("rounding", 0.0, "1249.6", "1.25e3", RIGHT),
        ("rounding", 0.0, "0.333", "1/3", WRONG),
        ("rounding", 0.0, "2.4", 2, RIGHT),
        ("rounding", 0.0, "2.6", 2, WRONG),
    ],
)
def test_tolerance_is_of_its_declared_kind(
    kind: str, tolerance: float, answer: str, reference: object, outcome: Outcome
) -> None:
    assert judge(f"\\boxed{{{answer}}}", reference, tolerance=tolerance, tolerance_kind=kind) is outcome


@pytest.mark.parametrize(
    ("answer", "reference", "same_unit", "as_fraction", "ignore_sign"),
    [
        ("5%", "5%", RIGHT, RIGHT, RIGHT),
        ("5%", "5", WRONG, WRONG, RIGHT),
        ("5", "5%", WRONG, WRONG, RIGHT),
        ("5%", "0.05", WRONG, RIGHT, WRONG),
        ("0.05", "5%", WRONG, RIGHT, WRONG),
        ("500 bps", "5%", RIGHT, RIGHT, WRONG),
        ("50‰", "5%", RIGHT, RIGHT, WRONG),
        ("6%", "5%", WRONG, WRONG, WRONG),
        ("500%", "5", WRONG, RIGHT, WRONG),
    ],
)
def test_percent_follows_its_policy(
    answer: str, reference: str, same_unit: Outcome, as_fraction: Outcome, ignore_sign: Outcome
) -> None:
    policies = ("same_unit", "as_fraction", "ignore_sign")
    outcomes = [judge(f"<answer>{answer}</answer>", reference, percent=policy) for policy in policies]
    assert outcomes == [same_unit, as_fraction, ignore_sign]


@pytest.mark.parametrize(
    ("answer", "reference", "accepted", "outcome"),
    [
        ("5 km", "5 km", (), RIGHT),
        ("5 \\text{km}", "5 km", (), RIGHT),
        ("5 km per day", "5 km", (), RIGHT),
        ("5 m", "5 km", (), WRONG),
        ("5", "5 km", (), WRONG),
        ("5 km^2", "5 km", (), WRONG),
        ("5 km/h", "5 km", (), WRONG),
        ("5 kms", "5 km", (), WRONG),
        ("$5", "$5", (), RIGHT),
        ("€5", "$5", (), WRONG),
        ("5", "5%", (), WRONG),
        ("5%", "5%", (), RIGHT),
        ("5 metres", 5, ("m", "metres"), RIGHT),
        ("USD 5", 5, ("USD", "$"), RIGHT),
        ("5 feet", 5, ("m", "metres"), WRONG),
        ("5", "5", (), Outcome.BAD_REFERENCE),
    ],
)
def test_a_required_unit_stands_beside_the_number(
    answer: str, reference: object, accepted: tuple[str, ...], outcome: Outcome
) -> None:
    assert judge(f"<answer>{answer}</answer>", reference, units="require", accepted_units=accepted) is outcome


@pytest.mark.parametrize(
    ("answer", "outcome"), [("5", RIGHT), ("5.0", RIGHT), ("x = 5", RIGHT), ("5 km", WRONG), ("$5", WRONG)]
)
def test_a_forbidden_unit_is_refused(answer: str, outcome: Outcome) -> None:
    assert judge(f"<answer>{answer}</answer>", 5, units="forbid") is outcome


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ("42", RIGHT),
        ("$42.00", RIGHT),
        ("42 apples", RIGHT),
        ("**42**", RIGHT),
        ("#### 42", RIGHT),
        ("The answer is 42. I counted 3 times.", RIGHT),
        ("The answer is approximately 42 pens, as 3 x 14 = 42.", RIGHT),
        ("The answer is\n\n\\[42\\]", RIGHT),
        ("\\boxed{42}, \\boxed{42.0}", RIGHT),
        ("\\boxed{41} or \\boxed{42}", WRONG),
        ("The answer is 41 or 42.", WRONG),
        ("This answer is correct. Score: 42.", Outcome.UNDECIDED),
        ("\\boxed{42!}", Outcome.UNDECIDED),
        ("\\boxed{42x}, \\boxed{42}", Outcome.UNDECIDED),
        ("I get 42.", Outcome.NO_ANSWER),
        ("42 43", Outcome.NO_ANSWER),
        ("<think>42</think>", Outcome.NO_ANSWER),
        ("<answer></answer>", Outcome.NO_ANSWER),
        ("", Outcome.NO_ANSWER),
    ],
)
def test_an_answer_is_final_or_alone(response: str, outcome: Outcome) -> None:
    assert judge(response, 42) is outcome


def test_the_last_number_counts_only_when_declared_and_only_without_a_final_answer() -> None:
    assert [judge("So I get 42.", 42, last_number=d) for d in (False, True)] == [Outcome.NO_ANSWER, RIGHT]
    assert judge("The answer is 41. Or 42", 42, last_number=True) is WRONG
    assert judge("It is 41 or 42", 42, last_number=True) is WRONG


@pytest.mark.parametrize(
    "reference",
    [
        math.nan,
        math.inf,
        -math.inf,
        "nan",
        "inf",
        "∞",
        "",
        "  ",
        "forty-two",
        None,
        True,
        [1],
        {"a": 1},
        "1 or 2",
        "2x",
        "1,23",
        "1e999999999",
        pytest.param(10**5000, id="5001 digits"),
        "9" * 1001,
        "1/0",
        "> 5",
    ],
)
def test_a_reference_that_is_no_number_is_bad(reference: object) -> None:
    assert judge("42", reference) is Outcome.BAD_REFERENCE


@pytest.mark.parametrize(
    "options",
    [
        {"tolerance": math.inf},
        {"tolerance": math.nan},
        {"tolerance": 0.1, "tolerance_kind": "rounding"},
        {"tolerance": 1.0, "tolerance_kind": "relative"},
        {"accepted_units": ("m",)},
    ],
)
def test_options_that_can_not_be_meant_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Number(**options)  # type: ignore[arg-type]  # options are typed by the class


@pytest.mark.parametrize("answer", ["1e1000", "1e-1000", "1/" + "7" * 900, "3" * 1000, "-" + "3" * 1000, "0"])
def test_extreme_numbers_are_shown_in_the_reason(answer: str) -> None:
    for reference in (5, "1e1000", "1e-1000"):
        score = Number().verify(Sample(response=f"\\boxed{{{answer}}}", reference=reference))
        assert score.outcome in (RIGHT, WRONG)
        assert len(score.reason) < 200


def test_it_survives_pickling() -> None:
    verifier = Number(tolerance=0.5, units="require", accepted_units=("m",))
    assert pickle.loads(pickle.dumps(verifier)) == verifier


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_a_number_equals_itself_in_every_frame(number: object) -> None:
    for frame in (
        "{}",
        "\\boxed{{{}}}",
        "The answer is {}.",
        "#### {}",
        "<answer>${}$</answer>",
        "x = \\boxed{{{} kg}}",
    ):
        assert judge(frame.format(number), str(number)) is RIGHT


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_a_json_number_is_read_as_it_is_written(number: float) -> None:
    assert judge(f"\\boxed{{{number!r}}}", number) is RIGHT


@given(
    st.fractions(-1000, 1000, max_denominator=50),
    st.fractions(-1000, 1000, max_denominator=50),
    st.sampled_from([0.0, 0.25, 1.5]),
)
def test_absolute_tolerance_is_symmetric(one: Fraction, other: Fraction, tolerance: float) -> None:
    outcomes = {judge(f"\\boxed{{{a}}}", str(b), tolerance=tolerance) for a, b in ((one, other), (other, one))}
    assert outcomes == {RIGHT if abs(one - other) <= Fraction(tolerance) else WRONG}


PIECES = st.lists(
    st.sampled_from(
        [
            *"1234-+/.,%=() x",
            "The answer is ",
            "\\boxed{",
            "}",
            " or ",
            "\\frac{",
            "}{",
            "^",
            "not ",
            "e3",
        ]
    ),
    max_size=10,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(PIECES, st.booleans())
def test_no_response_is_right_for_two_references(response: str, last_number: bool) -> None:
    references = [1, 2, 3, 4, 12, 0.5, -1, "1/3", "1%", 1000]
    outcomes = [judge(response, r, last_number=last_number) for r in references]
    assert outcomes.count(RIGHT) <= 1
