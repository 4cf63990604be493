"""`rewardkit explain math` says how both sides were read, what decided, and where they differ."""

import pytest

from rewardkit.sample import Sample
from rewardkit.verifiers.math.normalise import normalise
from rewardkit.verifiers.math.notation import MAX_LENGTH, written
from rewardkit.verifiers.math.parse import parse
from rewardkit.verifiers.math.verifier import Math


def told(response: str, reference: str) -> dict[str, str]:
    return dict(Math().account(Sample(response=response, reference=reference)))


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        (r"\frac{1}{2}x^{2}-3x+1", "1/2·x² - 3·x + 1"),
        (r"-\frac{2x+1}{x-1}", "-(2·x + 1)/(x - 1)"),
        (r"2^{n+1}\sin^2 x", "2^(n + 1)·sin(x)²"),
        (r"(-\infty, 3]\cup\{4\}", "(-∞, 3] ∪ {4}"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[1  2; 3  4]"),
        (r"50\%", "50%"),
        (r"30^\circ", "30°"),
        (r"\log_2 8 + \ln|x|", "log_2(8) + ln(|x|)"),
        ("1011_2", "1011 in base 2"),
        (r"\binom{n}{2}!", "C(n, 2)!"),
        (r"\sqrt[3]{2}e^{-x}", "³√(2)·e^(-x)"),
        ("x/(2y)", "x/(2·y)"),
        ("1-(-2)", "1 + 2"),
        ("(1/2)^3", "(1/2)³"),
    ],
)
def test_what_was_read_is_written_as_people_write_it(text: str, notation: str) -> None:
    assert written(parse(normalise(text))) == notation


def test_long_readings_are_cut() -> None:
    assert len(written(parse(normalise("+".join(f"x_{i}" for i in range(300)))))) <= MAX_LENGTH


def test_a_difference_has_a_point_that_shows_it() -> None:
    account = told(r"\boxed{x^2+1}", "(x+1)^2")
    assert account["answer found by"] == "the rule boxed"
    assert account["answer read as"] == "x² + 1"
    assert account["reference read as"] == "(x + 1)²"
    assert "exact fractions" in account["by"]
    at, values = account["they differ"].removeprefix("at x = ").split(": ")
    x = float(at)
    mine, theirs = (float(v) for v in values.split(" against "))
    assert mine == pytest.approx((x + 1) ** 2, rel=1e-4)
    assert theirs == pytest.approx(x * x + 1, rel=1e-4)


@pytest.mark.parametrize(
    ("response", "reference", "step"),
    [
        (r"\boxed{0.5}", r"\frac{2}{4}", "exact fractions"),
        (r"\boxed{\frac{\sqrt{2}}{2}}", r"\frac{1}{\sqrt 2}", "digits at random points"),
        (r"\boxed{\cos 2x}", r"2\cos^2x-1", "many digits"),
        (r"\boxed{3.14}", r"\pi", "machine numbers"),
    ],
)
def test_the_step_that_decided_is_named(response: str, reference: str, step: str) -> None:
    account = told(response, reference)
    assert step in account["by"] or (step == "exact fractions" and account["by"] == "the same expression")
    is_same = Math().verify(Sample(response=response, reference=reference)).value == 1.0
    assert ("they differ" in account) is not is_same


def test_without_an_answer_or_a_reference_there_is_nothing_to_tell() -> None:
    assert told("nothing", "4") == {}
    assert told(r"\boxed{4}", "") == {}
