"""Length rewards inside a group: the published numbers, and that a wrong response never gains by being long."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rewardkit as rk
from rewardkit.errors import OptionError
from rewardkit.execution.local import LocalExecutor
from rewardkit.execution.scorer import Scorer
from rewardkit.gates.adactrl import AdaCtrl
from rewardkit.gates.difficulty import AlpLength, EfficientLength, KimiLength, LeadLength, kimi_terms
from rewardkit.gates.group_length import GroupLength
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score, check


@dataclass(frozen=True)
class Told(rk.Verifier):
    """Gives what the row's column `told` says: a value, or an outcome by name."""

    low: float = 0.0
    is_bounded = True

    @property
    def range(self) -> Range:
        return Range(self.low, 1.0)

    def verify(self, sample: Sample) -> Score:
        told = sample.data["told"]
        if isinstance(told, str):
            return Score.of(Outcome(told), f"told {told}", within=self.range)
        return self.graded(float(told), "told")


EXECUTOR = LocalExecutor()


def child(low: float = 0.0) -> Scorer:
    return Scorer("right", Told(low), EXECUTOR)


def rows(lengths: Sequence[object], told: Sequence[object], responses: Sequence[str] | None = None) -> list[Sample]:
    return [
        Sample(prompt="p", response=response, group="g", data={"n_tokens": length, "told": right})
        for length, right, response in zip(lengths, told, responses or ["x"] * len(lengths), strict=True)
    ]


def values(gate: GroupLength, samples: Sequence[Sample]) -> list[float | None]:
    scores = gate.score(samples)
    for score in scores:
        check(score, gate.range)
    return [score.value for score in scores]


def test_worked_examples_of_kimi() -> None:
    assert kimi_terms([100, 200, 300, 500], [True, True, False, False]) == pytest.approx([0.5, 0.25, 0, -0.5], abs=1e-6)
    assert kimi_terms([7, 7], [True, False]) == [0.0, 0.0]
    gate = KimiLength(child(), unit="tokens")
    assert values(gate, rows([100, 200, 300, 500], [1, 1, 0, 0])) == pytest.approx([1.5, 1.25, 0.0, -0.5], abs=1e-6)
    assert gate.range == Range(-0.5, 1.5)


def test_worked_example_of_grpo_lead() -> None:
    gate = LeadLength(child(), unit="tokens")
    expected = [1.04461, 1.010971, 0.946907, 0.0]
    assert values(gate, rows([5000, 6000, 8000, 7000], [1, 1, 1, 0])) == pytest.approx(expected, abs=1e-6)
    assert values(gate, rows([500, 600, 800, 7000], [1, 1, 1, 0])) == [1.0, 1.0, 1.0, 0.0], (
        "short groups are left alone"
    )
    assert values(gate, rows([5000, 6000, 8000], [0, 1, 0])) == [0.0, 1.0, 0.0], "one correct response has no spread"


def test_worked_examples_of_adactrl() -> None:
    easy = ["[Easy] x", "[easy] y", "[EASY] z"]
    gate = AdaCtrl(child(-1.0), unit="tokens")
    lengths = [v - 1.0 - 0.5 for v in values(gate, rows([100, 200, 400], [1, 1, 1], easy)) if v is not None]
    assert [v / 0.5 for v in lengths] == pytest.approx([0.853553, 0.5, 0.0], abs=1e-6)
    assert values(gate, rows([200, 400], [1, 1], easy[:2]))[0] == pytest.approx(1.75, abs=1e-6)


def test_adactrl_does_not_pay_for_calling_a_hard_prompt_easy() -> None:
    samples = rows([100, 200, 400, 400], [1, -1, -1, -1], ["[Easy] x", "[Hard] x", "[Easy][Hard]", "none"])
    assert values(AdaCtrl(child(-1.0), unit="tokens"), samples) == pytest.approx([1.0, -0.5, -1.5, -1.5])
    published = AdaCtrl(child(-1.0), unit="tokens", length_for="tagged_easy")
    assert values(published, samples)[0] == pytest.approx(1.0 + 0.5 * 0.853553, abs=1e-6)


def test_a_length_costs_more_on_an_easier_prompt() -> None:
    gate = AlpLength(child(), unit="tokens", max_length=1000, beta=0.4)
    assert values(gate, rows([500, 500], [1, 1])) == pytest.approx([0.8, 0.8])
    assert values(gate, rows([500, 500, 500, 5000], [1, 0, 0, 0])) == pytest.approx([0.95, -0.05, -0.05, -0.1])
    assert values(gate, rows([1000, 1000], [0, 0])) == pytest.approx([-0.2, -0.2]), "at least as if one were right"


def test_the_efficient_length_keeps_the_bottom_for_wrong_responses() -> None:
    gate = EfficientLength(child(), unit="tokens", alpha=0.4)
    z = 1 / (1 + 1e-8)
    expected = [1 - 0.4 / (1 + math.exp(z)), 0.0, 1 - 0.4 / (1 + math.exp(-z))]
    assert values(gate, rows([100, 1, 300], [1, 0, 1])) == pytest.approx(expected, abs=1e-6)


GATES: dict[str, Any] = {
    "kimi": lambda c: KimiLength(c, unit="tokens"),
    "lead": lambda c: LeadLength(c, unit="tokens", from_length=10),
    "alp": lambda c: AlpLength(c, unit="tokens", max_length=500, beta=0.5),
    "efficient": lambda c: EfficientLength(c, unit="tokens"),
    "adactrl": lambda c: AdaCtrl(c, unit="tokens"),
}
GROUPS = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1)), min_size=1, max_size=9)


@pytest.mark.parametrize("name", GATES)
@given(group=GROUPS, more=st.integers(1, 1000))
def test_a_wrong_response_never_gains_by_being_longer(name: str, group: list[tuple[int, int]], more: int) -> None:
    gate = GATES[name](child())
    wrong = [i for i, (_, right) in enumerate(group) if not right]
    before = values(gate, rows(*zip(*group, strict=True)))
    for i in wrong:
        longer = [(n + more * (i == j), right) for j, (n, right) in enumerate(group)]
        after = values(gate, rows(*zip(*longer, strict=True)))
        assert after[i] is not None
        assert before[i] is not None
        assert after[i] <= before[i] + 1e-9


@pytest.mark.parametrize("name", GATES)
@given(group=GROUPS)
def test_no_wrong_response_overtakes_a_correct_one(name: str, group: list[tuple[int, int]]) -> None:
    got = values(GATES[name](child()), rows(*zip(*group, strict=True)))
    right = [v for v, (_, r) in zip(got, group, strict=True) if r and v is not None]
    wrong = [v for v, (_, r) in zip(got, group, strict=True) if not r and v is not None]
    assert not right or not wrong or max(wrong) <= min(right) + 1e-9


@pytest.mark.parametrize("name", GATES)
@given(group=GROUPS, order=st.randoms(use_true_random=False))
def test_permuting_a_group_permutes_its_values(name: str, group: list[tuple[int, int]], order: Any) -> None:
    gate = GATES[name](child())
    places = list(range(len(group)))
    order.shuffle(places)
    got = values(gate, rows(*zip(*group, strict=True)))
    shuffled = values(gate, rows(*zip(*[group[i] for i in places], strict=True)))
    assert shuffled == pytest.approx([got[i] for i in places], abs=1e-9)


@pytest.mark.parametrize("name", GATES)
def test_other_groups_of_the_batch_change_nothing(name: str) -> None:
    gate = GATES[name](child())
    one = rows([10, 20, 400], [1, 1, 0])
    other = [Sample(prompt="q", response="x", group="h", data={"n_tokens": 10**6, "told": 1}) for _ in range(3)]
    mixed = [one[0], other[0], one[1], other[1], one[2], other[2]]
    assert values(gate, mixed)[::2] == values(gate, one)


def test_a_row_without_a_value_is_left_out_and_said_so() -> None:
    samples = rows([100, 200, 10**6, 300], [1, 0, "UNAVAILABLE", 1])
    scores = KimiLength(child(), unit="tokens").score(samples)
    assert [s.value for s in scores] == [1.5, 0.0, None, 0.5]
    assert scores[2].outcome is Outcome.UNAVAILABLE
    assert scores[2].reason == "right: told UNAVAILABLE"
    assert scores[0].evidence["group_size"] == 4
    assert scores[0].evidence["judged"] == 3
    assert scores[0].parts["right"].value == 1.0


def test_a_row_without_a_length_is_unavailable_and_names_the_column() -> None:
    [first, second] = KimiLength(child(), unit="tokens").score(rows([None, 5], [1, 1]))
    assert first.outcome is Outcome.UNAVAILABLE
    assert "'n_tokens'" in first.reason
    assert second.value == 1.0


@pytest.mark.parametrize("outcome", ["NO_ANSWER", "UNDECIDED", "TIMEOUT", "CRASHED"])
def test_saying_nothing_is_not_the_short_way_out(outcome: str) -> None:
    gate = KimiLength(child(), unit="tokens")
    [nothing, _, _] = gate.score(rows([1, 200, 300], [outcome, 1, 0]))
    assert nothing.outcome is Outcome(outcome)
    assert nothing.value == gate.range.low


def test_a_group_that_is_none_is_told_row_by_row() -> None:
    whole = rows([1, 2], [1, 0])
    alone = Sample(prompt="p", response="x", data={"n_tokens": 1, "told": 1})
    mixed = [Sample(prompt=f"p{i}", response="x", group="m", data={"n_tokens": 1, "told": 1}) for i in range(2)]
    part = [Sample(prompt="p", response="x", group="part", data={"n_tokens": 1, "told": 1})]
    scores = KimiLength(child(), unit="tokens", group_size=2).score([*whole, alone, *mixed, *part])
    assert [s.outcome for s in scores[2:]] == [Outcome.UNAVAILABLE] * 4
    assert [s.value for s in scores[:2]] == [1.5, -0.5]
    for score, word in zip(scores[2:], ["no group", "mixes 2 prompts", "mixes 2 prompts", "has 1 rows"], strict=True):
        assert word in score.reason


def test_a_threshold_says_what_is_correct() -> None:
    samples = rows([100, 300], [0.7, 0.4])
    assert values(KimiLength(child(), unit="tokens", weight=0.4), samples) == pytest.approx([0.7, 0.2])
    graded = KimiLength(child(), unit="tokens", weight=0.4, correct_from=0.5)
    assert values(graded, samples) == pytest.approx([0.9, 0.2])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: KimiLength(child(), unit="tokens", weight=2.0), "overtake"),
        (lambda: KimiLength(child(), unit="tokens", weight=math.nan), "weight"),
        (lambda: KimiLength(child(), unit="bytes"), "unit"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: KimiLength(child(), unit="tokens", group_size=0), "group_size"),
        (lambda: KimiLength(child(), unit="tokens", correct_from=0.0), "correct_from"),
        (lambda: AlpLength(child(), unit="tokens", beta=1.0), "overtake"),
        (lambda: LeadLength(Scorer("w", Told(-2.0), EXECUTOR), unit="tokens", correct_from=-1.0), "overtake"),
        (lambda: EfficientLength(child(), unit="tokens", alpha=1.0), "alpha"),
        (lambda: AdaCtrl(child(), unit="tokens", format_weight=0.6), "overtake"),
        (lambda: AdaCtrl(child(), unit="tokens", easy_tag="[HARD]"), "two different"),
    ],
)
def test_options_that_can_not_be_meant_are_refused(make: Any, why: str) -> None:
    with pytest.raises(OptionError, match=why):
        make()


def test_a_batch_can_be_waited_for_from_asyncio() -> None:
    import asyncio

    gate = KimiLength(child(), unit="tokens")
    samples = rows([100, 200], [1, 0])
    assert asyncio.run(gate.ascore(samples)) == gate.score(samples)
