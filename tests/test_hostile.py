"""Hostile content costs its row a deadline and nothing else, in any verifier, from any thread."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rewardkit import Entry, Outcome, Sample, registry
from rewardkit.execution.local import LocalExecutor
from rewardkit.recipe import bind

DEADLINE_S = 5.0

POWERS = "9^{9^{9^9}}"
HOSTILE: dict[str, str] = {
    "power tower": POWERS,
    "power tower in python": "9**9**9**9",
    "small base, huge exponent": "10^{10^{10}}",
    "negative power tower": "-9^{9^{9^9}}",
    "factorial": "1000000!",
    "factorial of a factorial": "((((9!)!)!)!)!",
    "binomial": "\\binom{10^{9}}{10^{8}}",
    "parentheses": "(" * 300 + "1" + ")" * 300,
    "many parentheses": "(" * 50_000 + "1" + ")" * 50_000,
    "braces": "\\sqrt{" * 300 + "2" + "}" * 300,
    "nested fractions": "\\frac{1}{" * 1000 + "2" + "}" * 1000,
    "digits": "1" + "0" * 100_000,
    "decimals": "0." + "3" * 100_000,
    "exponent": "1e999999999999",
    "long sum": "+".join(["x"] * 20_000),
    "expand": "(a+b+c+d+e+f+g+h)^{1000}",
    "hard integral": "\\int_0^1 \\sin(\\sin(\\sin(x^{x^x}))) dx",
    "sum to infinity": "\\sum_{n=1}^{10^{12}} \\frac{1}{n^n}",
    "long list": ", ".join(str(i) for i in range(20_000)),
    "matrix": "\\begin{pmatrix}" + " \\\\ ".join(" & ".join("1" * 60) for _ in range(200)) + "\\end{pmatrix}",
    "junk": "x\\{}$^_&%#@!~`" * 14_000,
    "backslashes": "\\" * 200_000,
    "unclosed boxes": "\\boxed{" * 28_000,
    "open tags": "<think><answer>" * 13_000,
    "spaces": " " * 200_000 + "1",
    "combining marks": "a" + "\u0301" * 100_000,
    "zero width": "\u200b" * 200_000,
    "not a character": "\ud83d" * 1000,
    "regex bomb": "a" * 100_000 + "!",
    "nul": "\x00" * 1000,
}


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(workers=2, deadline_s=DEADLINE_S) as executor:
        yield executor


@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_answer_is_taken_for_a_number(name: str, executor: LocalExecutor) -> None:
    samples = [
        Sample(response=f"The answer is \\boxed{{{HOSTILE[name]}}}", reference="42"),
        Sample(response=f"\\boxed{{{HOSTILE[name]} + 1}}", reference=HOSTILE[name]),
        Sample(response=HOSTILE[name], reference="42"),
        Sample(response="It is \\boxed{42}.", reference="42"),
    ]
    begun = time.monotonic()
    *hostile, honest = bind("math", {}, executor).score(samples)
    assert time.monotonic() - begun < 4 * DEADLINE_S
    assert honest.outcome is Outcome.CORRECT
    for score in hostile:
        assert score.value in (0.0, None), score
        assert score.outcome is not Outcome.UNAVAILABLE, score.reason


@pytest.mark.parametrize("name", ["power tower", "factorial", "parentheses", "digits", "exponent"])
def test_the_same_hostile_text_on_both_sides_is_decided_at_once(name: str, executor: LocalExecutor) -> None:
    text = HOSTILE[name]
    begun = time.monotonic()
    [score] = bind("math", {}, executor).score([Sample(response=f"\\boxed{{{text}}}", reference=text)])
    assert time.monotonic() - begun < DEADLINE_S
    assert score.outcome in (Outcome.CORRECT, Outcome.UNDECIDED), score


@pytest.mark.parametrize("entry", list(registry.entries()), ids=lambda e: e.name)
def test_every_verifier_withstands_every_hostile_text(entry: Entry, executor: LocalExecutor) -> None:
    best = (Outcome.CORRECT, Outcome.PARTIAL)  # a length that is scaled against the group's reaches no top
    example = next(e for outcome in best for e in entry.examples if e.outcome is outcome)
    scorer = bind(entry.name, example.options, executor)
    texts = [t for text in HOSTILE.values() for t in (text, f"<think>a</think><answer>{text}</answer>")]
    samples = [replace(example.sample, response=text) for text in texts]
    begun = time.monotonic()
    scores = scorer.score([*samples, example.sample])
    spent = time.monotonic() - begun
    assert scores[-1].outcome is example.outcome
    assert spent < 2 * DEADLINE_S * len(samples) / 2
    broken = [(t[:40], s.reason) for t, s in zip(texts, scores, strict=False) if s.outcome is Outcome.UNAVAILABLE]
    assert not broken, "hostile content must not look like a fault of ours"
    if not entry.exempt:
        paid = [t[:40] for t, s in zip(texts, scores, strict=False) if s.outcome is Outcome.CORRECT]
        assert not paid or entry.reference.startswith("none"), paid


def test_eight_threads_at_once_pay_the_same() -> None:
    samples = [Sample(response=f"\\boxed{{{text}}}", reference="42") for text in HOSTILE.values()]
    samples += [Sample(response=f"\\boxed{{{i}}}", reference="42") for i in range(40, 45)]
    failures: list[object] = []
    with LocalExecutor(workers=2, deadline_s=1.0) as executor:
        scorer = bind("math", {}, executor)

        def score() -> None:
            values = [s.value for s in scorer.score(samples)]
            if values != [0.0] * len(HOSTILE) + [0.0, 0.0, 1.0, 0.0, 0.0]:
                failures.append(values)

        threads = [threading.Thread(target=score) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures


def test_a_reference_that_is_hostile_is_no_fault_of_the_policy(executor: LocalExecutor) -> None:
    scorer = bind("math", {}, executor)
    for name, text in HOSTILE.items():
        [score] = scorer.score([Sample(response="\\boxed{42}", reference=text)])
        assert score.value in (0.0, None), name
        assert score.outcome is not Outcome.UNAVAILABLE, (name, score.reason)
