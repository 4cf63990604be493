r"""Equations, approximations, steps and lists once misjudged, each with its near miss: (reference, right, wrong).

The name of each table is the kind of labelled case that it guards.
"""

import pytest

from rewardkit import Outcome, Sample
from rewardkit.verifiers.math.verifier import Math

EQUATION_SWAPPED = [
    (r"\log_6(216)=3", r"3=\log_6(216)", r"3=\log_5(125)"), (r"\ln e^5=5", "5=\\ln e^5", "5=\\ln e^6"),
    (r"\log_6(216)=3", r"\log_6(216)=\log_6 6^3=3", r"\log_6(216)=\log_6 6^4=3"),
    (r"\int_0^{2\pi} \sin t\,dt=0", r"0=\int_0^{2\pi} \sin t\,dt", r"1=\int_0^{2\pi} \sin t\,dt"),
    (r"\cos\frac{\pi}{3}=\frac{1}{2}", r"\frac12=\cos\frac{\pi}{3}", r"\frac12=\sin\frac{\pi}{6}"),
]  # fmt: skip
EQUATION_EVALUATED = [(r"\log_2 32=5", "5", "32"), (r"7^{\log_7 3}=3", "x=3", "7"), ("2+3=5", "5", "1+4=6")]
LIST_OF_EQUATIONS = [
    (
        r"\cos\frac{5\pi}{4}=-\frac{\sqrt{2}}{2}, \tan\frac{5\pi}{4}=1",
        r"\cos(\frac{5\pi}{4})=-\frac{\sqrt2}{2}, \tan(\frac{5\pi}{4})=1",
        r"\cos(\frac{5\pi}{4})=1, \tan(\frac{5\pi}{4})=-\frac{\sqrt2}{2}",
    )
]
LIST_IN_BRACES = [("1,1,2,3", r"\{1,1,2,3\}", r"\{1,2,3\}"), ("-2,-2", r"\{-2,-2\}", r"\{-2,2\}")]
APPROXIMATED = [
    (r"\cos 2", r"\cos 2 \approx -0.416", r"\cos 2 \approx +0.416"),
    ("1/3", r"x=\frac13\approx 0.33", r"\frac13\approx 33"), (r"\log 1000", r"\log 1000\approx 3", "-3"),
    (r"\frac{\pi}{3}", r"\frac{\pi}{3}\approx 1.05 \text{ cm}", r"\frac{\pi}{3} \approx 1.05 = 42"),
    (r"\frac{\pi}{3}", r"\frac{\pi}{3}\approx 60^\circ", r"\frac{\pi}{3} \approx 1.05 \ne 42"),
    (r"\arctan 2", r"\arctan 2 \approx 63.4", r"\arctan 2 \approx 63.4 = 5"),
    (r"P=\frac{10}{3}", r"\frac{10}{3}\approx 3.33=P", r"\frac{10}{3}\approx 3.33=4"),
]  # fmt: skip
EQUATION_OF_UNREAD = [
    (r"\sum_{k=1}^{5}(3k+5)", r"S=\sum_{k=1}^{5}(3k+5)", r"42=\sum_{k=1}^{5}(3k+5)"),
    (r"\sum_{k=1}^{5} k", r"T=\sum_{j=1}^{5} j", r"42=\sum_{j=1}^{5} j"),
    ("70", r"\sum_{k=1}^{5}(3k+5)=70", r"42=\sum_{k=1}^{5}(3k+5)=70"),
    (r"P(N=2 \mid M=2)=(2/9)^2", r"P(N=2\mid M=2)=(2/9)^2", r"42=P(N=2 \mid M=2)=(2/9)^2"),
]  # fmt: skip
STEPS = [
    (r"\lfloor\sqrt{n-1}\rfloor", r"\lfloor(n-1)^{1/2}\rfloor", r"\lfloor\sqrt{n+1}\rfloor"),
    (r"\lceil\frac{n}{3}\rceil", r"\lfloor\frac{n+2}{3}\rfloor", r"\lfloor\frac{n+3}{3}\rfloor"),
    (r"\lfloor\log_2 n\rfloor+1", r"\lceil\log_2(n+1)\rceil", r"\lceil\log_2 n\rceil"),
    (r"\lfloor x\rfloor", r"\lfloor x+1\rfloor-1", r"\lfloor x+0.1\rfloor"),
]  # fmt: skip
LARGE_POWERS = [
    (
        r"\frac{(3-\sqrt{3})(2-\sqrt{3})^{1500}+(3+\sqrt{3})(2+\sqrt{3})^{1500}}{6}",
        r"\frac{(1+\sqrt{3})^{3001}-(1-\sqrt{3})^{3001}}{2^{1501}\sqrt{3}}",
        r"\frac{(1+\sqrt{3})^{3001}+(1-\sqrt{3})^{3001}}{2^{1501}\sqrt{3}}",
    )
]
UNITS_UNSPACED = [("3.6 hours", "3.6hours", "3.5hours"), ("2 seconds", r"2\text{s}", "2minutes")]

TRIPLES = [
    *EQUATION_SWAPPED, *EQUATION_EVALUATED, *LIST_OF_EQUATIONS, *LIST_IN_BRACES, *APPROXIMATED, *EQUATION_OF_UNREAD,
    *STEPS, *LARGE_POWERS, *UNITS_UNSPACED,
]  # fmt: skip


def outcome(reference: str, answer: str) -> Outcome:
    return Math().verify(Sample(response="\\boxed{" + answer + "}", reference=reference)).outcome


@pytest.mark.parametrize(("reference", "right"), [(reference, right) for reference, right, _ in TRIPLES])
def test_the_same_answer_is_right(reference: str, right: str) -> None:
    assert outcome(reference, right) is Outcome.CORRECT


@pytest.mark.parametrize(("reference", "wrong"), [(reference, wrong) for reference, _, wrong in TRIPLES])
def test_its_near_miss_earns_nothing(reference: str, wrong: str) -> None:
    assert outcome(reference, wrong) in (Outcome.INCORRECT, Outcome.UNDECIDED)
