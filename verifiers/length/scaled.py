"""`length.scaled`: the length-scaled reward of the authors of "Demystifying Long Chain-of-Thought Reasoning in LLMs".

ScaledLength(unit="tokens", max_length=16384, correct_field="is_correct")

The straight-line sibling of their cosine reward: a correct response loses by a parabola, a wrong one by a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score
from rewardkit.verifiers.length.correctness import Assume, CorrectField, check_source, is_correct
from rewardkit.verifiers.length.measure import EXEMPT, TokensField, UnitOption, check_finite, measured
from rewardkit.verifiers.length.padding import content_share

_PLAIN = {"unit": "tokens", "max_length": 1000, "correct_field": "is_correct"}
_RISING = {**_PLAIN, "wrong": "rising"}


def _sample(n_tokens: object, response: str = "So it is 42.", **data: object) -> Sample:
    return Sample(prompt="What is 6 x 7?", response=response, data={"n_tokens": n_tokens, **data})


@register(
    "length.scaled",
    reference="none: the length is judged, and whether the response is correct is read from a column",
    source="Demystifying Long Chain-of-Thought Reasoning in LLMs (arXiv 2502.03373), length_scaled.py of its code",
    exempt=EXEMPT,
    examples=[
        Example(_sample(250, is_correct=True), Outcome.PARTIAL, 0.46875, _PLAIN, "correct, a quarter of max_length"),
        Example(_sample(250, is_correct=False), Outcome.INCORRECT, -1.0, _PLAIN, "wrong: no length helps"),
        Example(_sample(250, is_correct=False), Outcome.PARTIAL, -0.75, _RISING, "as published: longer is less bad"),
        Example(_sample(1500, is_correct=True), Outcome.INCORRECT, -1.0, _PLAIN, "past the end, even if correct"),
    ],
    attacks=[
        Attack("empty", _sample(0, "", is_correct=True), _PLAIN),
        Attack("invisible", _sample(9, "\u200b\u2060", is_correct=True), _PLAIN),
        Attack("wrong_and_long", _sample(999, is_correct=False), _PLAIN),
        Attack("wrong_and_padded", _sample(900, "41." + "\u200b" * 900, is_correct=False), _RISING, below=-0.99),
        Attack("wrong_past_the_end", _sample(1000, is_correct=False), _RISING),
        Attack("correct_past_the_end", _sample(10**9, is_correct=True), _PLAIN),
    ],
)
@dataclass(frozen=True)
class ScaledLength(Verifier):
    """The length-scaled reward: with c = L / max_length and k = risk, correct responses earn (k + (1-k)c)(1-c).

    From k at c = 0 down to 0 at c = 1 (for k below 0.5 it rises at first). A wrong response earns -1 at any length; the
    published `wrong: rising`, c - 1, pays it more the longer it is, padding left out. Where L + margin >= max_length
    every response earns `exceed`, correct or not. Whether it is correct is read from a column or declared, as in
    `length.cosine`.

    Range: from `exceed`, at most -1, to the top of the parabola. An empty response is NO_ANSWER, at the bottom.
    """

    is_bounded = True

    unit: UnitOption
    max_length: Annotated[int, Doc("the length at which the scale ends"), Gt(0)]
    correct_field: CorrectField = None
    assume: Assume = None
    risk: Annotated[float, Doc("the value of a correct response of length 0"), Ge(0), Le(1)] = 0.5
    wrong: Annotated[Literal["flat", "rising"], Doc("a wrong response earns -1, or c - 1 as published")] = "flat"
    exceed: Annotated[float, Doc("value of a response that reaches max_length - margin"), Le(-1)] = -1.0
    margin: Annotated[int, Doc("how long before max_length that is"), Ge(0)] = 0
    tokens_field: TokensField = "n_tokens"

    def __post_init__(self) -> None:
        check_finite(risk=self.risk, exceed=self.exceed)
        check_source(self.correct_field, self.assume)
        if not 0 <= self.margin < self.max_length:
            raise OptionError(f"margin must lie in 0 ... max_length - 1 = {self.max_length - 1}")
        if not 0 <= self.risk <= 1 or self.exceed > -1:
            raise OptionError("expected 0 <= risk <= 1 and exceed <= -1")

    @property
    def range(self) -> Range:
        """From exceed to the top of the parabola."""
        top = self.risk if self.risk >= 0.5 else 0.25 / (1.0 - self.risk)
        return Range(self.exceed, top)

    def verify(self, sample: Sample) -> Score:
        """Judge the length of one response."""
        correct = is_correct(self, sample, self.correct_field, self.assume)
        if isinstance(correct, Score):
            return correct
        length = measured(self, sample, self.unit, self.tokens_field)
        if isinstance(length, Score):
            return length
        evidence = {"length": length, "unit": self.unit, "is_correct": correct}
        if length + self.margin >= self.max_length:
            reason = f"{length} {self.unit} run past {self.max_length - self.margin}"
            return self.graded(self.exceed, reason, **evidence)
        reason = f"{'correct' if correct else 'wrong'}, {length} of {self.max_length} {self.unit}"
        c = length / self.max_length
        if correct:
            return self.graded(min((self.risk + (1 - self.risk) * c) * (1 - c), self.range.high), reason, **evidence)
        if self.wrong == "rising":
            return self.graded(c * content_share(sample.response_text) - 1.0, reason, **evidence)
        return self.graded(max(-1.0, self.exceed), reason, **evidence)
