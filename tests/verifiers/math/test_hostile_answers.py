"""Answers made to hang, crash or fool the verifier: the fast path stays bounded, and no tower reaches a worker."""

import pickle
import time

import pytest

from rewardkit import Deferred, Outcome, Sample, Score
from rewardkit.execution.local import LocalExecutor
from rewardkit.verifiers.math.verifier import Math

BOUND_S = 1.0
"""Far above what the fast path takes (some 10 ms), far below what an unbounded one would."""

TOWERS = ["9^{9^{9^9}}", "10^{10^{10}}", "(((9!)!)!)!", "2^{2^{2^{2^{2^{2}}}}}", "e^{e^{e^{e^{10}}}}"]
HUGE = {
    "factorial": "1000000!",
    "factorials": "*".join(["1700!"] * 200),
    "binomials": "*".join([r"\binom{3999}{1999}"] * 60),
    "exponents": "*".join(["1e999"] * 200),
    "power of a sum": "(x+y+z)^{500}",
    "fractions": "+".join(rf"\frac{{1}}{{{1000003 + 2 * i}}}" for i in range(70)),
    "digits": "7" * 100_000,
    "digits beyond the limit of int": "7" * 5_000,
    "decimals": "0." + "3" * 100_000,
    "parentheses": "(" * 300 + "1" + ")" * 300,
    "more parentheses": "(" * 50_000 + "1" + ")" * 50_000,
    "braces": "{" * 50_000 + "}" * 50_000,
    "open fractions": r"\frac{" * 40_000,
    "open texts": r"\text{" * 40_000,
    "texts": r"\text{a}" * 30_000,
    "commas": "," * 200_000,
    "numbers": ",".join(map(str, range(40_000))),
    "a long list": ",".join(map(str, range(200, 456))),
    "equals": "=" * 3_000,
    "an endless chain": "=".join(["1"] * 1_999),
    "minus signs": "-" * 3_000 + "1",
    "bars": "|" * 1_000,
    "roots": r"\sqrt{" * 38 + "2" + "}" * 38,
    "a root of many digits": r"\sqrt[64]{" + "7" * 3_000 + "}",
    "plus or minus": "1" + r"\pm(1" * 30 + ")" * 30,
    "sines": r"\sin " * 300 + "2",
    "subscripts": "x_" * 1_000 + "1",
    "letters": "5 " + "a" * 3_900,
    "unions": r"\cup".join(["(1,2)"] * 300),
    "ratios": ":".join(["1"] * 1_000),
    "a matrix": r"\begin{matrix}" + "1&" * 1_900 + r"\end{matrix}",
    "roots in unicode": "√" * 3_000,
    "superscripts": "x" + "²³" * 1_500,
    "hyperbolic": r"\tanh(" * 30 + "1" + ")" * 30,
    "junk": "x+y " * 50_000,
    "dollars": "$" * 200_000,
    "backslashes": "\\" * 200_000,
    "line ends": "\n" * 200_000,
    "thinking tags": "<think>" * 30_000,
}
REFERENCES = ["42", "x^{2}+1", r"\frac{\sqrt{2}}{2}", "1,2,3", "[1,2)", "x<3", r"\text{red}", "y=2x+1", "123456!"]
PLACES = ["\\boxed{{{0}}}", "<answer>{0}</answer>", "The answer is {0}", "#### {0}", "{0}"]


def begun(reference: str, response: str) -> tuple[Score | Deferred, float]:
    started = time.perf_counter()
    result = Math().begin(Sample(response=response, reference=reference))
    return result, time.perf_counter() - started


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", HUGE)
def test_the_fast_path_is_bounded(name: str, place: str) -> None:
    for reference in REFERENCES:
        result, seconds = begun(reference, place.format(HUGE[name]))
        assert seconds < BOUND_S
        assert isinstance(result, Deferred) or result.outcome is not Outcome.CORRECT


@pytest.mark.parametrize("tower", TOWERS)
def test_a_tower_is_undecided_without_a_worker(tower: str) -> None:
    result, seconds = begun("42", f"\\boxed{{{tower}}}")
    assert isinstance(result, Score)
    assert result.value == 0.0
    assert seconds < BOUND_S


@pytest.mark.parametrize("text", [*TOWERS, "1000000!", "7" * 5_000, "(" * 300 + "1" + ")" * 300, "x+y " * 2_000])
def test_the_identical_text_is_correct_however_absurd(text: str) -> None:
    result, _ = begun(text, f"\\boxed{{{text}}}")
    assert isinstance(result, Score)
    assert result.outcome is Outcome.CORRECT


@pytest.mark.parametrize("text", [f"\\boxed{{{t}}}" for t in HUGE.values() if len(t) < 2_000])
def test_a_worker_survives_or_is_replaced(text: str) -> None:
    verifier = Math()
    samples = [Sample(response=text, reference=r) for r in (r"\frac{\sqrt{2}}{2}", r"\sin x", r"\sum_{k=1}^{9} k")]
    samples.append(Sample(response=r"\boxed{\cos^2 x + \sin^2 x}", reference="1"))
    with LocalExecutor(workers=1, deadline_s=10) as executor:
        scores = executor.score(verifier, samples)
    assert [s.outcome is Outcome.CORRECT for s in scores] == [False, False, False, True]
    assert Outcome.UNAVAILABLE not in [s.outcome for s in scores]


def test_deferred_work_is_small_hashable_and_picklable() -> None:
    reference, answer = r"\cos(10^5 - \frac{\pi}{2})", r"\boxed{\sin(10^5)}"
    result, _ = begun(reference, "Long prose. " * 1000 + answer)
    assert isinstance(result, Deferred)
    assert len(pickle.dumps(result.work)) < 500
    assert result == begun(reference, f"Other prose: {answer}")[0]
    assert hash(result.work) == hash(pickle.loads(pickle.dumps(result.work)))


def test_too_deep_an_answer_for_the_parser_of_others_is_no_crash_of_ours() -> None:
    deep = r"\sum_{k=1}^{2}" + "{" * 150 + "k" + "}" * 150
    score = Math().verify(Sample(response=f"\\boxed{{{deep}}}", reference="3"))
    assert score.outcome in (Outcome.CORRECT, Outcome.UNDECIDED)
