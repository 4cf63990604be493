"""Spellings that were once misread, each with the near miss that must stay wrong: (reference, right, wrong)."""

import pytest

from rewardkit import Outcome, Sample
from rewardkit.verifiers.math.verifier import Math

REPEATING_DECIMALS = [
    (r"\frac{5}{11}", r"0.\overline{45}", r"0.\overline{54}"), (r"\frac{5}{11}", r".\overline{45}", ".45"),
    (r"\frac{7}{12}", r"0.58\bar{3}", r"0.5\bar{83}"), (r"\frac{5}{11}", r"0.\bar{4}\bar{5}", r"0.\bar{4}"),
    (r"\frac{142}{999}", r"0.\dot{1}4\dot{2}", r"0.\dot{1}4"), (r"\frac{5}{11}", "0.(45)", "0.(54)"),
    (r"\frac{2}{3}", r"0.666\ldots", r"0.6\ldots"), (r"\frac{5}{11}", "0.4545...", "0.4554..."),
    ("6", "1.5(4)", "1.5(5)"), ("1/3", r"0.\overline{3}", "0.(33)1"),
]  # fmt: skip
FONTS = [
    (r"\frac{3}{7}", r"\mathbf{\frac{3}{7}}", r"\mathbf{\frac{7}{3}}"),
    (r"\frac{3}{7}", r"\underline{\underline{\frac{3}{7}}}", r"\underline{\frac{3}{8}}"),
    (r"\frac{3}{7}", r"\textcolor{red}{\frac37}", r"\color{red}{\frac73}"),
    (r"\frac{3}{7}", r"\text{$\frac{3}{7}$}", r"\text{$\frac{3}{8}$}"), ("107!", r"\mathbf{107!}", r"\mathbf{106!}"),
    ("[0,1)", r"\boldsymbol{[0,1)}", r"\boldsymbol{(0,1)}"), ("x=7", r"\mathrm{x=7}", r"\mathrm{x=8}"),
    ("E", r"\mathbf{\mathrm{E}}", r"\mathbf{\mathrm{F}}"), ("62.5%", r"\textbf{62.5\%}", r"\textbf{6.25\%}"),
    ("35", r"\text{35 hours}", r"\text{36 hours}"), (r"\frac{7}{12}", r"7 \over 12", r"12 \over 7"),
    (r"\frac{3}{7}", r"\frac{3}{7}\hspace{3pt}\tag{1}", r"\frac{7}{3}\tag{1}"),
]  # fmt: skip
FUNCTIONS = [
    (r"\arcsin x", r"\operatorname{asin}{\left(x \right)}", r"\operatorname{acos}{\left(x \right)}"),
    (r"\arctan 2", r"\operatorname{arctg} 2", r"\operatorname{tg} 2"), (r"\sin^2 x", r"\mathrm{sin}^2 x", r"\sin x"),
    (r"\sinh x", r"\operatorname{sinh}(x)", r"\operatorname{cosh}(x)"),
    ("I(0) e^{-t}", "I(0)e^{-t}", "I(0)e^{t}"),  # a product with zero, once
    ("I(0) e^{-t}", r"I{\left(0 \right)} e^{- t}", r"I{\left(0 \right)}"),
    (r"y=\sin(2x+\frac{\pi}{3})", r"y=\sin 2(x+\frac{\pi}{6})", r"y=\sin 2(x+\frac{\pi}{3})"),
    (r"\binom{10}{3}", r"\frac{10!}{3!7!}", r"\frac{10!}{3!6!}"), ("n!", r"\Gamma\left(n+1\right)", r"\Gamma(n)"),
    (r"\lambda^k", "lambda**k", "lambda*k"), (r"\sin x + C", r"\sin x + c", r"\sin x - cx"),
    (r"\frac{a+b+c}{2}", r"\frac{c+b+a}{2}", r"\frac{a+b+C}{2}"), ("y'=2x", r"y^{\prime}=2x", r"y''=2x"),
]  # fmt: skip
QUANTITIES = [
    (r"\$12.50", r"\text{\$12.50}", r"12.50\%"), (r"\$12.50", "USD 12.50", r"12.50\text{ cents}"),
    (r"\$12.50", r"1250\text{ cents}", r"12.50\text{ euros}"), ("1,250", "1,250 dollars", "12,50 dollars"),
    (r"5\%", r"5\text{ percent}", r"\$5"), (r"3\text{ million}", "3000000", "3"), ("8", "8 eggs", r"8\text{ dozen}"),
    (r"72\text{ km/h}", r"20\text{ m/s}", r"72\text{ m/s}"),
    (r"72\text{ km/h}", r"72\frac{\text{km}}{\text{h}}", r"72\text{ km}"),
    (r"9.8 \mathrm{~m} / \mathrm{s}^{2}", "9.8", "8.9"),
    ("35", r"35\text{ N}\cdot\text{m}", r"34\text{ N}\cdot\text{m}"),
    (r"135^\circ", "135^o", r"135\text{ radians}"), (r"135^\circ", r"135{}^\circ", r"13.5{}^\circ"),
    (r"22.5^\circ", r"22^\circ 30'", r"22^\circ 50'"), (r"\frac{\pi}{6}", r"30^\circ", r"\frac{\pi}{6}^\circ"),
    ("3:45", "3{:}45", "3{:}54"), ("3:4", r"3\text{ to }4", "4 to 3"), ("0.5", "0,5", "5,0"),
    ("1011_2", r"1011_{\text{two}}", r"1011_{\text{three}}"), ("1011_2", "(1011)_2", "(1101)_2"),
    ("42", "42_{10}", "42_{8}"), ("2A7_{16}", r"\text{2A7}_{16}", r"\text{2A8}_{16}"),
]  # fmt: skip
SETS = [
    ("(-2,5]", r"\{x \mid -2 < x \leq 5\}", r"\{x \mid -2 < x < 5\}"), ("(2,5]", "]2,5]", "[2,5["),
    (r"(-\infty,3)\cup(4,\infty)", r"]-\infty,3[\cup]4,+\infty[", r"]-\infty,3]\cup[4,+\infty["),
    (r"(-\infty,3)\cup(4,\infty)", r"\mathbb{R}\setminus[3,4]", r"\mathbb{R}\setminus(3,4)"),
    (r"(-\infty,3)\cup(4,\infty)", r"x \in (-\infty, 3) \text{ or } (4, \infty)", "(3,4)"),
    (r"(-\infty,3)\cup(4,\infty)", "(-oo, 3) U (4, oo)", "(-oo, 3)"),
    (r"\mathbb{R}\setminus\{-1,1\}", r"x \neq \pm 1", "x \\neq 1"),
    (r"x \neq 1, -1", r"\{x: x \neq -1, x \neq 1\}", r"\mathbb{R}"),
    ("x > -1.5", "2x + 3 > 0", "2x - 3 > 0"), ("-1 < x < 5", "|x-2| < 3", r"|x-2| \le 3"),
    ("x < -2 \\text{ or } x > 2", "|x| > 2", r"x<-2 \text{ and } x>2"),
    ("[0,1] \\cup \\{3\\}", r"0 \le x \le 1 \text{ or } x = 3", "[0,3]"),
    ("[-4,1)", r"\left\{\theta \in \mathbb{R} : -4 \le \theta < 1\right\}", r"\{\theta \mid -4 < \theta < 1\}"),
    (r"\emptyset", r"\text{no solution}", r"\{\emptyset\}"), (r"\text{no solution}", "∅", "0"),
    (r"\mathbb{R}", r"\text{all real numbers}", r"\text{no real numbers}"),
    (r"\{1,2,3\}", r"\{1\}\cup\{2,3\}", r"\{\{1,2,3\}\}"),
    (r"\{1,2\},\{3,4\}", r"\{4,3\},\{2,1\}", r"\{1,3\},\{2,4\}"),
    (r"2k\pi", r"2k\pi\ (k \in \mathbb{Z})", r"k\pi\ (k \in \mathbb{Z})"),
]  # fmt: skip
SYSTEMS = [
    ("(2,-3)", r"\begin{cases}x=2\\y=-3\end{cases}", r"\begin{cases}x=-3\\y=2\end{cases}"),
    ("(2,-3)", r"\left\{\begin{array}{l}x=2, \\ y=-3.\end{array}\right.", r"\{2,-3\}"),
    ("(2,-3)", "P(2,-3)", "P(-3,2)"),
    ("(1,2,-4)", r"x=1, y=2 \text{ and } z=-4", r"x=1, y=2 \text{ and } z=4"),
    ("x=3, y=-1", r"x=3 \text{ and } y=-1", r"x=3 \text{ or } x=-1"),
    (r"\langle 1,-2,5\rangle", r"\mathbf{i}-2\mathbf{j}+5\mathbf{k}", r"\mathbf{i}+2\mathbf{j}+5\mathbf{k}"),
    ("(3,-1)", r"3\hat{i}-\hat{\jmath}", "3-i"), (r"\langle 1,-2,5\rangle", "<1,-2,5>", "<1,2,5>"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1,2],[3,4]]", "[[1,3],[2,4]]"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"A^{-1}=\begin{bmatrix}1&2\\3&4\end{bmatrix}",
     r"\begin{vmatrix}1&2\\3&4\end{vmatrix}"),
    (r"\frac{3}{5}", r"\cos \angle BAC = \frac{3}{5}", r"\cos \frac{\pi}{3} = \frac{3}{5}"),
    (r"\cos\theta=\frac12", r"\cos\theta=\frac24", r"\sin\theta=\frac12"),
    ("y=2x-5", "f(x)=2x-5", "f(x)=2x+5"), ("24", r"\text{lcm}(8,12)=24", r"\text{lcm}(8,12)=25"),
    ("24", r"\mathbb{E}[X]=24", r"\mathbb{E}[X]=25"), ("24", r"\therefore x=24", "x=24=25"),
    (r"\frac{d y}{d x}=\frac{y}{x}", r"\frac{dy}{dx}=\frac{y}{x}", r"\frac{dy}{dx}=\frac{x}{y}"),
]  # fmt: skip
WORDS = [
    (r"\text{hyperbola}", r"\text{a hyperbola}", r"\text{not a hyperbola}"),
    ("C", r"\text{Option C}", r"\text{Option D}"),
    (r"\text{(D)}", r"\textbf{(D) }", r"\textbf{(B) }"), (r"\text{(A), (C)}", r"\text{A and C}", r"\text{A and B}"),
    (r"\text{I and III}", "I and III", "I and II"), (r"\infty", r"\text{infinity}", r"-\text{infinity}"),
    (r"\sqrt{5}", r"\sqrt{5} \text{ (approximately 2.236)}", r"\sqrt{6}\ (\approx 2.236)"),
]  # fmt: skip

TRIPLES = [*REPEATING_DECIMALS, *FONTS, *FUNCTIONS, *QUANTITIES, *SETS, *SYSTEMS, *WORDS]


def outcome(reference: str, response: str) -> Outcome:
    return Math().verify(Sample(prompt="", response=response, reference=reference)).outcome


@pytest.mark.parametrize(("reference", "right"), [(reference, right) for reference, right, _ in TRIPLES])
def test_another_spelling_is_the_same_answer(reference: str, right: str) -> None:
    assert outcome(reference, f"\\boxed{{{right}}}") is Outcome.CORRECT


@pytest.mark.parametrize(("reference", "wrong"), [(reference, wrong) for reference, _, wrong in TRIPLES])
def test_a_near_miss_of_it_is_not(reference: str, wrong: str) -> None:
    assert outcome(reference, f"\\boxed{{{wrong}}}") is not Outcome.CORRECT


@pytest.mark.parametrize(
    ("response", "is_right"),
    [
        ("So \\boxed{42}. Wait, that is wrong.", False),
        ("\\boxed{42}. Scratch that. The answer is 41.", False),
        ("\\boxed{41}. Scratch that. The answer is 42.", True),
        ("\\boxed{42}. If you think that is wrong, tell me.", True),
        ("I first thought \\boxed{7}, but rechecking: the correct answer is \\boxed{42}.", True),
        ("The answer is 42? Or rather 43?", False),
        ('The answer is <span title="42">unknown</span>.', False),
        ("The answer is <b>42</b>.", True),
        ("The answer would be 42.", True),
        ("The answer is 42, i.e. six times seven.", True),
        ("The answer is 42!", True),
        ("- A: 42", True),
        ("- A: 42\n- B: 43\n- C: 44", False),
        ("A: 42\nB: 43", False),
    ],
)
def test_the_place_of_the_answer(response: str, is_right: bool) -> None:
    assert (outcome("42", response) is Outcome.CORRECT) is is_right


def test_a_conjunction_of_bounds_is_not_their_alternative() -> None:
    assert outcome(r"x<-2 \text{ or } x>2", r"\boxed{x<-2 \text{ and } x>2}") is Outcome.INCORRECT


def test_excluded_values_leave_less_than_all_numbers() -> None:
    assert outcome(r"(-\infty,\infty)", r"\boxed{x \neq 1, x \neq -1}") is Outcome.INCORRECT
