"""What generated inputs found: each case is the smallest that showed its fault. `benchmarks/math_fuzz.py` looks on."""

import time

import pytest

from rewardkit import Deferred, Outcome, Sample, Score
from rewardkit.verifiers.math.multiprecision import QUICK, Big
from rewardkit.verifiers.math.verifier import Math

NEARLY_ONE = r"\sqrt[9999999999]{" * 4 + "2" + "}" * 4
"""2 to the power of 10^-40, by operations none of which is large or small."""


def begun(reference: object, answer: str) -> Score | Deferred:
    return Math().begin(Sample(response=f"\\boxed{{{answer}}}", reference=reference))


def judged(reference: str, answer: str) -> Outcome:
    return Math().verify(Sample(response=f"\\boxed{{{answer}}}", reference=reference)).outcome


NOT_THE_SAME = {
    "roots of roots come near one": ("42", "42" + NEARLY_ONE),
    "an exponent near one": ("x", f"x^{{{NEARLY_ONE}}}"),
    "an argument nearly the same": (r"\sin x", rf"\sin(x{NEARLY_ONE})"),
    "the cosine of what a difference leaves": ("42", r"42\cos(1-\cos(10^{-10}))"),
    "what a difference leaves": ("42", r"42+1-\cos(10^{-10})"),
    "a shift by what a difference leaves": (r"\sin x", r"\sin(x+e^{10^{-11}}-1-10^{-11})"),
    "an exponential of an exponential": (
        "1",
        r"e^{e^{e^{10^{-9}}-1-10^{-9}}-1-(e^{10^{-9}}-1-10^{-9})}",
    ),
    "forty digits of pi": (r"\pi+x", "3.14159265358979323846264338327950288419717+x"),
    "forty digits of a root": (r"\sqrt{2}+x", "1.4142135623730950488016887242096980785697+x"),
    "a sum with dots, off by its last term": (r"\frac{n(n-1)}{2}", r"1+2+\cdots+n"),
    "powers with dots, off by one": ("2^{n}-1", r"1+2+4+\cdots+2^{n}"),
    "dots whose first terms are not the last one's": ("n^2", r"1+2+5+\cdots+(2n-1)"),
    "a kink that few points lie beyond": (r"2 x^{2} + x - 8", r"2 \left|x^{2} - 4\right| + x"),
    "a kink near zero": ("x - 0.35", "|x - 0.35|"),
    "points made to agree at": ("x^2", "x^2 + (x-3)(x-5)"),
    "a step just below a whole number": ("43", r"42 + \lfloor \frac{\pi}{\pi} - 10^{-40} \rfloor"),
    "a step just above a whole number": ("42", r"42 + \lceil \frac{\pi}{\pi} + 10^{-40} \rceil - 2"),
}


@pytest.mark.parametrize("name", NOT_THE_SAME)
def test_nearly_the_same_is_not_the_same(name: str) -> None:
    reference, answer = NOT_THE_SAME[name]
    assert judged(reference, answer) in (Outcome.INCORRECT, Outcome.UNDECIDED)


THE_SAME = {
    "a sum with dots": (r"\frac{n(n+1)}{2}", r"1+2+\cdots+n"),
    "a sum with dots as the reference": (r"1+2+\cdots+n", r"\frac{n(n+1)}{2}"),
    "powers with dots": ("2^{n+1}-1", r"1+2+4+\cdots+2^{n}"),
    "squares with dots": ("n(n+1)(2n+1)/6", r"1^2+2^2+\dots+n^2"),
    "odd numbers with dots": ("n^2", "1+3+5+...+(2n-1)"),
    "a sine that is zero but for rounding": ("0", r"\sin(\pi)"),
    "a cosine that is zero but for rounding": ("0", r"\cos(\frac{\pi}{2})"),
    "a sum that is zero but for rounding": ("x", r"x + 10^{20}(\sin^2 y + \cos^2 y - 1)"),
    "a difference that is zero but for rounding": ("0", r"10^{30}(\sqrt{2}\sqrt{3}-\sqrt{6})"),
    "the sine of a large angle": (r"\sin(100000\sqrt{2})", r"\sin(\sqrt{20000000000})"),
    "a power with a large exponent": (r"(1+10^{-7})^{10^7}", r"\exp(10^7 \ln(1+10^{-7}))"),
    "a step at a whole number": ("3", r"\lfloor \log_{10} 1000 \rfloor"),
    "an even power of minus one": (r"\sin x", r"(-1)^{1000}\sin x"),
}


@pytest.mark.parametrize("name", THE_SAME)
def test_rounding_errors_part_no_equal_values(name: str) -> None:
    assert judged(*THE_SAME[name]) is Outcome.CORRECT


TERMS = {
    "sines": r"\sin(%d)",
    "powers": "2.1^{%d.5}",
    "roots": r"\sqrt[7]{%d}",
    "exponentials": "e^{%dx}",
    "factorials": "%d.5!",
    "powers of sums": r"(\frac{x}{3}+\frac{y}{7}+\frac{1}{%d})^{20}",
}
SLOW = {
    **{f"a long sum of {k}": ("+".join(t % i for i in range(2, 60)), "+".join(t % i for i in range(59, 1, -1)))
       for k, t in TERMS.items()},
    **{f"a long list of {k}": (",".join(t % i for i in range(2, 26)), ",".join("0+" + t % i for i in range(25, 1, -1)))
       for k, t in TERMS.items()},
    "a gamma function to a thousand digits": ("2", r"\frac{123.4567!}{10^{250}}\sin 1"),
    "gamma functions of complex numbers": ("2", "+".join(["(x+i)!"] * 60)),
    "identities in another order": (
        ",".join(rf"\sin^2({i})+\cos^2({i})+{i}" for i in range(24)),
        ",".join(rf"\cosh^2({i})-\sinh^2({i})+{i}" for i in reversed(range(24))),
    ),
    **{f"the {f} of a tower": ("2", rf"\{f}(3\cdot 10^{{3000000}}\pi)") for f in ("csc", "sec", "tan", "cot")},
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_no_number_of_comparisons_keeps_begin_busy(name: str) -> None:
    reference, answer = SLOW[name]
    begun("1", r"\sin 1")  # what is computed once in a process
    took = []
    for _ in range(3):
        started = time.thread_time()
        begun(reference, answer)
        took.append(time.thread_time() - started)
    assert min(took) < 0.25  # some 30 ms on a machine at rest; seconds or minutes where a bound is missing


@pytest.mark.parametrize("name", ["pi_fixed", "e_fixed", "ln2_fixed", "ln10_fixed"])
def test_no_thread_makes_mpmath_compute_a_constant_anew(name: str) -> None:
    """While one does, another one that asks for fewer digits may get a wrong value."""
    from mpmath.libmp import libelefun

    Big(0, QUICK)
    [kept] = [c.cell_contents for c in getattr(libelefun, name).__closure__ if hasattr(c.cell_contents, "memo_prec")]
    most_digits = QUICK.digits + 3 * QUICK.max_span
    assert kept.memo_prec > 2 * most_digits * 3.33
