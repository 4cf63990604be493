"""The `math` verifier on generated junk: no hang, no crash, bounded memory, and the laws that hold for any answer.

    python benchmarks/math_fuzz.py --inputs 100000

Every input is a response and a reference. Each goes through `Math().begin`, whose time is measured, a second time, and
through an executor whose workers do what `begin` deferred, under a deadline and a memory limit; then eight threads at
once judge them again. Inputs come in chunks out of the seed and the number of the chunk alone, so that a violation can
be made again with `--seed S --first CHUNK --inputs 1000`. The exit code is 1 if anything was violated.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import resource
import string
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from rewardkit import Deferred, Outcome, Sample, Score
from rewardkit.bench.machine import describe, sentence
from rewardkit.execution.local import LocalExecutor
from rewardkit.score import check
from rewardkit.verifiers.math.extract import find_answer
from rewardkit.verifiers.math.verifier import Math

CHUNK = 1000
"""Inputs that are generated, judged and forgotten together."""
DEADLINE_S = 5.0
MEMORY_MB = 512
BOUND_MS = 50.0
"""Of `begin`, in processor time; texts beyond `LONG` characters may take a millisecond more for every `LONG_PER_MS`."""
LONG = 50_000
LONG_PER_MS = 4_000
THREADS = 8

_BROKEN = (Outcome.CRASHED, Outcome.UNAVAILABLE)


class Input(NamedTuple):
    """One row, and what is known of its outcome."""

    kind: str
    response: str
    reference: Any
    never: Outcome | None = None
    """An outcome that would be wrong."""


# Expressions: trees of tuples, printed in three notations

Tree = tuple[Any, ...]

_FUNCTIONS = "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh exp ln log".split()  # noqa: SIM905


def tree(rng: random.Random, depth: int) -> Tree:
    """A random expression."""
    if depth <= 0 or rng.random() < 0.12:
        kind = rng.random()
        if kind < 0.45:
            return (
                "number",
                str(rng.choice((0, 1, 2, 3, 5, 12, 42, 100, 1000, rng.randrange(10 ** rng.randint(1, 25))))),
            )
        if kind < 0.6:
            return ("number", f"{rng.randrange(1000)}.{rng.randrange(10 ** rng.randint(1, 12))}")
        return ("name", rng.choice(("x", "y", "n", "a", "k", "pi", "e", "i", "theta", "x_1")))
    inner = depth - 1
    kind = rng.random()
    if kind < 0.3:
        return ("+" if rng.random() < 0.6 else "-", tree(rng, inner), tree(rng, inner))
    if kind < 0.45:
        return ("*", tree(rng, inner), tree(rng, inner))
    if kind < 0.6:
        return ("/", tree(rng, inner), tree(rng, inner))
    if kind < 0.72:
        return ("^", tree(rng, inner), tree(rng, rng.choice((0, inner))))
    if kind < 0.8:
        return ("root", str(rng.choice((2, 2, 3, 5, 64, 9999999999))), tree(rng, inner))
    if kind < 0.92:
        return ("function", rng.choice(_FUNCTIONS), tree(rng, inner))
    if kind < 0.95:
        return ("factorial", tree(rng, inner))
    if kind < 0.97:
        return ("binom", tree(rng, inner), tree(rng, inner))
    return (rng.choice(("abs", "floor", "ceil")), tree(rng, inner))


def latex(node: Tree) -> str:
    head, *parts = node
    if head == "number":
        return str(parts[0])
    if head == "name":
        return {"pi": "\\pi ", "theta": "\\theta ", "x_1": "x_{1}"}.get(parts[0], parts[0])
    if head == "function":
        return f"\\{parts[0]}\\left({latex(parts[1])}\\right)"
    if head == "root":
        return f"\\sqrt[{parts[0]}]{{{latex(parts[1])}}}" if parts[0] != "2" else f"\\sqrt{{{latex(parts[1])}}}"
    inside = [latex(p) for p in parts]
    shapes = {
        "+": "{0}+{1}", "-": "{0}-\\left({1}\\right)", "*": "\\left({0}\\right)\\cdot\\left({1}\\right)",
        "/": "\\frac{{{0}}}{{{1}}}", "^": "\\left({0}\\right)^{{{1}}}", "factorial": "\\left({0}\\right)!",
        "binom": "\\binom{{{0}}}{{{1}}}", "abs": "\\left|{0}\\right|", "floor": "\\lfloor {0} \\rfloor",
        "ceil": "\\lceil {0} \\rceil",
    }  # fmt: skip
    return shapes[head].format(*inside)


def plain(node: Tree) -> str:
    """In ASCII, as programmers write it; steps and binomials as LaTeX has them."""
    head, *parts = node
    if head in ("number", "name"):
        return str(parts[0])
    if head == "function":
        return f"{parts[0]}({plain(parts[1])})"
    if head == "root":
        return f"\\sqrt[{parts[0]}]{{{plain(parts[1])}}}" if parts[0] != "2" else f"sqrt({plain(parts[1])})"
    inside = [plain(p) for p in parts]
    shapes = {
        "+": "{0} + {1}", "-": "{0} - ({1})", "*": "({0})*({1})", "/": "({0})/({1})", "^": "({0})**({1})",
        "factorial": "({0})!", "binom": "\\binom{{{0}}}{{{1}}}", "abs": "abs({0})", "floor": "floor({0})",
        "ceil": "ceil({0})",
    }  # fmt: skip
    return shapes[head].format(*inside)


def symbols(node: Tree) -> str:
    """In the signs of Unicode."""
    text = plain(node).replace(" sqrt(", " √(").replace("pi", "π").replace("theta", "θ")
    return text.replace("**(", "^(").replace("*(", "·(").replace(" - ", " − ")


# Answers with structure, and those made to hurt

_SIGNS = (
    ",",
    "=",
    "\\pm ",
    "-",
    "+-",
    "±",
    "|",
    ":",
    "<",
    ";",
    "\\cup",
    "^",
    "_",
    "!",
    "'",
    "\\\\",
    "&",
    "$",
    "%",
    "√",
    "²",
    "\\frac",
    "(",
    ")",
    "{",
    "}",
    "\\{",
)
_SPECIAL = (
    "1e999999",
    "1e-999999",
    "1e400",
    "1e999",
    "-1e308*10",
    "1/0",
    "0/0",
    "0^0",
    "0^{-1}",
    "\\log 0",
    "\\ln(-1)",
    "\\infty-\\infty",
    "\\frac{\\infty}{\\infty}",
    "\\tan\\frac{\\pi}{2}",
    "0!",
    "(-1)!",
    "(1/2)!",
    "i^i",
    "\\sqrt{-1}",
    "\\arcsin 2",
    "\\log_1 5",
    "\\log_{0} 5",
    "NaN",
    "inf",
    "\\sin(10^{30})",
    "\\cos(10^{5000})",
    "e^{e^{e^{e}}}",
    "\\tanh(10^{9})",
    "\\Gamma(5)",
)
_FACTORS = ("1700!", "\\binom{1999}{999}", "1e999", "\\sqrt[64]{" + "7" * 99 + "}", "9.5!", "2^{x}", "3.7^{2.1}")
_TERMS = (
    "2.1^{x}",
    "\\sin x",
    "\\ln(x+1)",
    "x^{1.5}",
    "\\sqrt[7]{x}",
    "1.5^{1.5}",
    "x!",
    "\\arctan(x)",
    "|x|",
    "\\lfloor x\\rfloor",
)
_PREFIXES = ("\\sin ", "\\log ", "-", "\\sqrt", "x_", "x^", "\\overline{", "\\mathbb{")
_BEHIND = (" \\text{ cm}^2", " km/h", "\\%", "^\\circ", " apples", "\\text{ (not 7)}", "_{8}", " \\pmod{7}")
_BRACKETS = {"(": ")", "\\left(": "\\right)", "{": "}", "[": "]", "|": "|", "\\{": "\\}"}


def structure(rng: random.Random) -> str:
    """An answer of several values."""

    def one() -> str:
        return rng.choice((latex, plain, symbols))(tree(rng, rng.randint(0, 2)))

    def many(low: int, high: int) -> list[str]:
        return [one() for _ in range(rng.randint(low, high))]

    def environment() -> str:
        name = rng.choice(("pmatrix", "bmatrix", "array", "cases", "align*", "vmatrix"))
        rows = " \\\\ ".join(" & ".join(many(1, 3)) for _ in range(rng.randint(1, 3)))
        return f"\\begin{{{name}}}{rows}\\end{{{name}}}"

    makers: tuple[Callable[[], str], ...] = (
        lambda: rng.choice((", ", "; ", " and ", " \\text{ or } ", ",")).join(many(2, 6)),
        lambda: rng.choice("([") + ", ".join(many(2, 4)) + rng.choice(")]"),
        lambda: "\\{" + ", ".join(many(0, 6)) + "\\}",
        lambda: rng.choice(("\\cup", "\\cap", "∪", "\\setminus")).join(
            f"({a},{b}]" for a, b in zip(many(2, 2), many(2, 2), strict=True)
        ),
        lambda: "x" + rng.choice(("=", "<", "\\le", "≥", "\\ne", "\\in", "\\approx")) + one(),
        lambda: rng.choice(("=", " < ", "≤")).join(many(2, 5)),
        lambda: one() + rng.choice("±∓") + one(),
        lambda: ":".join(many(2, 4)),
        lambda: one() + rng.choice(_BEHIND),
        environment,
        lambda: f"\\{rng.choice(('sum', 'prod', 'int', 'lim'))}_{{k=1}}^{{{one()}}} {one()}",
        lambda: "\\{x \\mid " + one() + rng.choice(("<", ">")) + "x\\}",
        lambda: f"\\text{{{rng.choice(('yes', 'no solution', 'Monday', '(C)', 'the answer is 7'))}}}",
        lambda: f"f(x)={one()}", lambda: f"{one()}={one()}",
    )  # fmt: skip
    return rng.choice(makers)()


def huge(rng: random.Random) -> str:
    """A number beyond arithmetic, or nearly so: one more than it is another."""
    b, m = rng.randint(2, 99), rng.randint(2, 12)
    whole = rng.randint(10 ** (m - 1), 10**m)
    makers: tuple[Callable[[], str], ...] = (
        lambda: f"{b}^{{" * m + "9" + "}" * m,
        lambda: f"9^{{9^{{9^{rng.randint(1, 9)}}}}}{rng.choice('+-')}1",
        lambda: f"10^{{{whole}}}",
        lambda: f"{whole}!",
        lambda: "(" * m + f"{rng.randint(3, 9)}" + "!)" * m + "!",
        lambda: f"\\binom{{10^{{{b}}}}}{{10^{{{m}}}}}",
        lambda: f"\\binom{{{whole}.5}}{{{b}.25}}",
        lambda: f"\\frac{{{whole % 10**4}.5!}}{{{b}^{{{rng.randint(10, 300)}}}}}",
        lambda: f"{b}^{{{whole}}}\\cdot {m}^{{{b}}}",
        lambda: f"e^{{{whole}}}",
        lambda: f"\\sqrt{{{whole}!}}",
        lambda: f"\\cosh({whole})",
    )
    return rng.choice(makers)()


def extreme(rng: random.Random) -> str:
    """An answer whose value or size is absurd."""
    if rng.random() < 0.25:
        return huge(rng)

    def size(low: int, high: int) -> int:
        return int(2 ** rng.uniform(low, high))

    def digits(count: int) -> str:
        return "".join(rng.choices("0123456789", k=count)) if rng.random() < 0.5 else rng.choice("1379") * count

    makers: tuple[Callable[[], str], ...] = (
        lambda: digits(size(3, 12)),
        lambda: digits(size(3, 11)) + "." + digits(size(3, 11)),
        lambda: digits(size(12, 20)) if rng.random() < 0.1 else digits(4299) + digits(rng.randint(0, 2)),
        lambda: rng.choice(_SIGNS) * size(2, 12),
        lambda: rng.choice(_SPECIAL),
        lambda: rng.choice(("=", "<", "\\le ", ">")).join([rng.choice((digits(2), "x", "\\sin 1"))] * size(2, 10)),
        lambda: rng.choice(("\\cup ", "\\cap ", "\\setminus ")).join(
            f"({i},{i + rng.randint(0, 2)}]" for i in range(size(2, 9))
        ),
        lambda: ", ".join(f"{rng.choice(_FUNCTIONS)}({i})" for i in range(size(2, 6))),
        lambda: ", ".join(latex(tree(rng, 2)) for _ in range(size(3, 5))),
        lambda: "\\sqrt{" * (k := size(1, 7)) + "2" + rng.choice(("", "+x")) + "}" * k,
        lambda: "\\sqrt[9999999999]{" * (k := size(1, 5)) + "2" + "}" * k,
        lambda: "\\frac{1}{1+" * (k := size(1, 8)) + "x" + "}" * k,
        lambda: (o := rng.choice(list(_BRACKETS))) * (k := size(1, 12)) + "1" + _BRACKETS[o] * k,
        lambda: "+".join(f"\\frac{{1}}{{{rng.randrange(10**6, 10**9)}}}" for _ in range(size(2, 7))),
        lambda: "*".join([rng.choice(_FACTORS)] * size(2, 8)),
        lambda: "+".join([rng.choice(_TERMS)] * size(2, 8)),
        lambda: f"(x+y+z)^{{{rng.randint(50, 5000)}}}",
        lambda: "\\begin{pmatrix}" + " \\\\ ".join(["&".join(["1"] * size(1, 6))] * size(1, 6)) + "\\end{pmatrix}",
        lambda: "1" + "\\pm(1" * (k := size(1, 5)) + ")" * k,
        lambda: "\\text{" * (k := size(1, 8)) + "a" + "}" * k,
        lambda: rng.choice(_PREFIXES) * size(1, 10) + "1",
    )  # fmt: skip
    return rng.choice(makers)()


# Responses

_REALISTIC = (
    "<think>\nWe need 6 * 7. That is 42.\n</think>\nThe product is $6 \\times 7 = 42$."
    "\n\n**Final Answer:** \\boxed{%s}",
    "Let $x$ be the price. Then $2x + 3 = 11$, so $x = 4$.\n\n#### %s",
    "Step 1: factor $x^2-7x+12=(x-3)(x-4)$.\nStep 2: the roots are 3 and 4.\nThe answer is $%s$, because both work.",
    "<think>hmm, maybe 5? no</think><answer>%s</answer>",
    "\\boxed{%s}",
    "First \\boxed{1}. Hence \\boxed{2} or \\boxed{%s}.",
    "%s",
    "答案是 %s。",
    "\\[\n\\boxed{\n%s\n}\n\\]\nI hope it is correct. <|im_end|>user: next",
    "So \\fbox{%s} % it is\n<!-- hidden --> ~~\\boxed{7}~~",
)  # fmt: skip
_TAILS = (
    "",
    "\\boxed{" * 3,
    "<think>",
    "</think>",
    "\\boxed{7",
    "</answer>",
    "<answer>",
    " or \\boxed{8}",
    "\n#### ",
    "\x00",
    "\ud83d",
)
_PIECES = (
    "{",
    "}",
    "\\",
    "$",
    "^",
    "_",
    "(",
    ")",
    "\\frac",
    "\\boxed{",
    "\x00",
    "\ud800",
    "\udfff",
    "\u202e",
    "́",
    "\u200b",
    "\n",
    " ",
    ",",
    "=",
    "½",
    "²",
    "\\left",
    "\\text{",
    "%",
    "e",
    "!",
    "|",
    "<think>",
    "0",
    "９",
    "∞",
    "\\begin{cases}",
)


def mutated(rng: random.Random, text: str) -> str:
    """The text with a few accidents."""
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(text) + 1)
        accident = rng.randrange(6)
        if accident == 0:  # a sign lost
            text = text[:place] + text[place + 1 :]
        elif accident == 1:
            text = text[:place] + rng.choice(_PIECES) * rng.choice((1, 1, 2, 50)) + text[place:]
        elif accident == 2:  # a stretch said twice
            end = min(len(text), place + rng.randint(1, 20))
            text = text[:end] + text[place:end] + text[end:]
        elif accident == 3:  # halves exchanged
            text = text[place:] + text[:place]
        elif accident == 4:
            text = text[:place] + "".join(map(chr, rng.choices(range(1, 0x3000), k=rng.randint(1, 8)))) + text[place:]
        else:
            text = text[:place] + rng.choice(string.printable) + text[place + 1 :]
    return text


def answer(rng: random.Random) -> str:
    """An answer of any kind."""
    kind = rng.random()
    text = (
        rng.choice((latex, plain, symbols))(tree(rng, rng.randint(0, 5)))
        if kind < 0.35
        else structure(rng)
        if kind < 0.65
        else extreme(rng)
    )
    return mutated(rng, text) if rng.random() < 0.3 else text


def response(rng: random.Random, text: str) -> str:
    """A response that gives `text` as its answer, or nearly so."""
    whole = rng.choice(_REALISTIC).replace("%s", text, 1)
    if rng.random() < 0.2:
        whole += rng.choice(_TAILS) * rng.choice((1, 1, 2, 300))
    return mutated(rng, whole) if rng.random() < 0.25 else whole


def make(rng: random.Random) -> Input:
    """One input of a random kind."""
    kind = rng.random()
    if kind < 0.2:
        return Input("any", response(rng, answer(rng)), answer(rng))
    if kind < 0.3:
        text = answer(rng)
        return Input("itself", f"\\boxed{{{text}}}", text, Outcome.INCORRECT if _is_given(text) else None)
    if kind < 0.45:
        one = tree(rng, rng.randint(1, 4))
        return Input(
            "rewritten", f"\\boxed{{0+({rng.choice((latex, plain, symbols))(one)})}}", latex(one), Outcome.INCORRECT
        )
    if kind < 0.55:
        one = tree(rng, rng.randint(1, 4))
        return Input("plus one", f"\\boxed{{{rng.choice((latex, plain))(one)}+1}}", latex(one), Outcome.CORRECT)
    if kind < 0.65:
        text = huge(rng)
        return Input("huge plus one", f"\\boxed{{{text}+1}}", text, Outcome.CORRECT)
    if kind < 0.8:
        return Input("extreme on both sides", f"\\boxed{{{extreme(rng)}}}", extreme(rng))
    if kind < 0.85:
        text = extreme(rng)
        return Input("extreme, mutated", f"\\boxed{{{mutated(rng, text)}}}", text)
    if kind < 0.9:
        return Input(
            "realistic, mutated",
            mutated(rng, response(rng, structure(rng))),
            rng.choice(("42", "3, 4", "[2, 3)", "x^2+1", "\\frac{\\sqrt{2}}{2}")),
        )
    if kind < 0.93:
        return Input("several references", response(rng, answer(rng)), [answer(rng) for _ in range(rng.randint(1, 64))])
    if kind < 0.95:
        return Input(
            "odd reference",
            response(rng, answer(rng)),
            rng.choice((None, True, float("nan"), 1e308, -7, 10**400, [], {}, [["1"]], "", " ", "?", "\x00", "\ud83d")),
        )
    if kind < 0.97:
        parts = [latex(tree(rng, 2)) for _ in range(rng.randint(2, 24))]
        return Input("a list in another order", f"\\boxed{{{', '.join(reversed(parts))}}}", ", ".join(parts))
    return Input("characters", "".join(map(chr, rng.choices(range(0x110000), k=rng.randint(0, 300)))), answer(rng))


def _is_given(text: str) -> bool:
    """Whether a box with this text gives exactly this text, and a reference with it too."""
    found = find_answer(f"\\boxed{{{text}}}")
    return (
        found is not None
        and found.texts == (text.strip(),)
        and "boxed" not in text
        and "fbox" not in text
        and "####" not in text
    )


def inputs(seed: int, chunk: int, count: int = CHUNK) -> list[Input]:
    """The inputs of one chunk."""
    rng = random.Random(f"{seed}/{chunk}")
    return [make(rng) for _ in range(count)]


# What is checked


class Ledger:
    """What was seen, and what was violated."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kinds: collections.Counter[str] = collections.Counter()
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.deferred = 0
        self.latencies: list[float] = []
        self.worst: list[tuple[float, Input]] = []
        self.violations: list[tuple[str, Input]] = []

    def violated(self, what: str, one: Input) -> None:
        with self.lock:
            self.violations.append((what, one))

    def timed(self, milliseconds: float, one: Input) -> None:
        self.latencies.append(milliseconds)
        if len(self.worst) < 8 or milliseconds > self.worst[-1][0]:
            self.worst = sorted([*self.worst, (milliseconds, one)], key=lambda w: -w[0])[:8]


def begin(one: Input) -> Score | Deferred | BaseException:
    """What `begin` says; an exception is its outcome too."""
    try:
        return Math().begin(Sample(response=one.response, reference=one.reference))
    except (Exception, RecursionError) as error:  # noqa: BLE001  # any exception at all is what is looked for
        return error


def timed(one: Input) -> tuple[Score | Deferred | BaseException, float]:
    """What `begin` says, and the processor time that it took in milliseconds: the best of three where it was long."""
    best = float("inf")
    for _ in range(3):
        started = time.thread_time()
        said = begin(one)
        best = min(best, (time.thread_time() - started) * 1000)
        if best < BOUND_MS / 2:
            break
    return said, best


def bound_ms(one: Input) -> float:
    """How long `begin` may take."""
    length = len(one.response) + len(str(one.reference)[: 10**7] if not isinstance(one.reference, int) else "")
    return BOUND_MS + max(0, length - LONG) / LONG_PER_MS


def judge(one: Input, executor: LocalExecutor, ledger: Ledger) -> tuple[Outcome | None, Any]:
    """One input through `begin`, twice; the outcome, or the future of a batch where it was deferred."""
    said, milliseconds = timed(one)
    again = begin(one)
    ledger.kinds[one.kind] += 1
    ledger.timed(milliseconds, one)
    if isinstance(said, BaseException):
        ledger.violated(f"begin raised {type(said).__name__}: {said}", one)
        return None, None
    if milliseconds > bound_ms(one):
        ledger.violated(f"begin took {milliseconds:.0f} ms", one)
    if said != again:
        ledger.violated("a second call says otherwise", one)
    if isinstance(said, Deferred):
        ledger.deferred += 1
        return None, executor.submit(Math(), [Sample(response=one.response, reference=one.reference)])
    return said.outcome, None


def settled(one: Input, outcome: Outcome | None, batch: Any, ledger: Ledger) -> Outcome | None:
    """The outcome of an input, checked."""
    if batch is not None:
        [score] = batch.result()
        outcome = score.outcome
        check(score, Math().range)
        if outcome in _BROKEN:
            ledger.violated(f"{outcome.value}: {score.reason}", one)
    if outcome is not None and outcome is one.never:
        ledger.violated(f"{outcome.value}, which can't be", one)
    return outcome


def examine(chunk: Sequence[Input], executor: LocalExecutor, ledger: Ledger, threads: int = THREADS) -> None:
    """One chunk, in this thread and then in several at once, each input in two of them."""
    begun = [judge(one, executor, ledger) for one in chunk]
    outcomes = [settled(one, *state, ledger) for one, state in zip(chunk, begun, strict=True)]
    ledger.outcomes.update(o.value if o else "none" for o in outcomes)

    def work(number: int) -> None:
        for index in range(number % (threads // 2), len(chunk), threads // 2):
            one = chunk[index]
            [score] = executor.score(Math(), [Sample(response=one.response, reference=one.reference)])
            if score.outcome is not outcomes[index] and Outcome.TIMEOUT not in (score.outcome, outcomes[index]):
                ledger.violated(f"{score.outcome.value} in a thread, {outcomes[index]} alone", one)

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def by_hypothesis(count: int, seed: int) -> Iterable[Input]:
    """Inputs that hypothesis thinks of."""
    import hypothesis
    from hypothesis import strategies as st

    texts = st.one_of(
        st.text(max_size=200),
        st.lists(st.sampled_from(_PIECES + tuple("0123456789+-*/^=<>,;:xyne. ")), max_size=40).map("".join),
        st.from_regex(r"\\A(?:[0-9x(){}^_,.+*/=|-]|\\\\(?:frac|sqrt|sin|pm|cup|text|left|right)){0,40}\\Z"),
        st.floats().map(str),
        st.integers().map(str),
    )
    found: list[Input] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count, deadline=None, database=None, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(texts, texts, st.sampled_from(_REALISTIC))
    def collect(one: str, other: str, frame: str) -> None:
        found.append(Input("hypothesis", frame.replace("%s", one, 1), other))

    collect()
    return found


class Memory(threading.Thread):
    """Watches the resident memory of this process and its workers, in megabytes."""

    def __init__(self, executor: LocalExecutor) -> None:
        super().__init__(daemon=True)
        self.executor = executor
        self.done = threading.Event()
        self.worker = 0.0
        self.together = 0.0

    def run(self) -> None:
        while not self.done.wait(0.05):
            workers = [_resident_mb(pid) for pid in self.executor.pool.pids()]
            self.worker = max(self.worker, *workers, 0.0)
            self.together = max(self.together, sum(workers) + _resident_mb(os.getpid()))


def _resident_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm", encoding="utf-8") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _shown(text: object, length: int = 160) -> str:
    shown = ascii(text) if not isinstance(text, int) else hex(text)
    return shown if len(shown) <= length else f"{shown[:length]}... ({len(shown):,} characters)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the first chunk")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--progress", action="store_true")
    given = parser.parse_args()
    print(sentence(describe(["mpmath", "sympy", "math-verify", "hypothesis"])))
    ledger, started = Ledger(), time.monotonic()
    begin(Input("warm up", "\\boxed{\\sin 2}", "2 \\sin 1 \\cos 1"))
    with LocalExecutor(workers=given.workers, deadline_s=DEADLINE_S, memory_mb=MEMORY_MB) as executor:
        memory = Memory(executor)
        memory.start()
        for number in range(given.first, given.first + -(-given.inputs // CHUNK)):
            rest = given.inputs - (number - given.first) * CHUNK
            examine(inputs(given.seed, number, min(CHUNK, rest)), executor, ledger)
            if given.progress:
                print(number, f"{time.monotonic() - started:.0f} s", len(ledger.violations), flush=True)
        thought_of = list(by_hypothesis(max(50, given.inputs // 20), given.seed))
        for place in range(0, len(thought_of), CHUNK):
            examine(thought_of[place : place + CHUNK], executor, ledger)
        memory.done.set()
        memory.join()
    report(ledger, memory, time.monotonic() - started)
    sys.exit(1 if ledger.violations else 0)


def report(ledger: Ledger, memory: Memory, seconds: float) -> None:
    spent = sorted(ledger.latencies)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if max(peak, memory.worker) > MEMORY_MB:
        ledger.violated("too much memory", Input("", "", ""))
    print(
        f"{len(spent):,} inputs in {seconds:.0f} s; of them "
        + ", ".join(f"{n:,} {k}" for k, n in ledger.kinds.most_common())
    )
    print("outcomes: " + ", ".join(f"{n:,} {k}" for k, n in ledger.outcomes.most_common()))
    print(f"deferred to a worker: {ledger.deferred:,} ({ledger.deferred / len(spent):.2%})")
    p50, p99, p999 = (spent[int(len(spent) * q)] for q in (0.5, 0.99, 0.999))
    print(f"begin, milliseconds: p50 {p50:.3f}, p99 {p99:.2f}, p99.9 {p999:.2f}, max {spent[-1]:.1f}")
    for milliseconds, one in ledger.worst:
        print(f"  {milliseconds:6.1f} ms, {one.kind}: {_shown(one.response, 90)} for {_shown(one.reference, 90)}")
    print(
        f"peak memory: this process {peak:.0f} MB, a worker {memory.worker:.0f} MB, together {memory.together:.0f} MB"
    )
    print(f"violations: {len(ledger.violations)}")
    for what, one in ledger.violations[:100]:
        print(f"  {what}: {one.kind}: {_shown(one.response)} for {_shown(one.reference)}")


if __name__ == "__main__":
    main()
