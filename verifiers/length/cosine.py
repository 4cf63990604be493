"""`length.cosine`: the cosine length reward of "Demystifying Long Chain-of-Thought Reasoning in LLMs".

    CosineLength(unit="tokens", max_length=16384, correct_field="is_correct")
    CosineLength(unit="tokens", max_length=16384, assume="correct")            # behind a gate on correctness

A value slides along half a cosine wave, from one end at length 0 to the other at `max_length`; correct and wrong
responses each have their own two ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Gt

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score
from rewardkit.verifiers.length.correctness import Assume, CorrectField, check_source, is_correct
from rewardkit.verifiers.length.measure import (
    EXEMPT,
    TokensField,
    UnitOption,
    between,
    check_finite,
    measured,
)
from rewardkit.verifiers.length.padding import content_share

PUBLISHED: Mapping[str, Mapping[str, Any]] = {
    "demystify": {"correct_short": 2.0, "correct_long": 1.0, "wrong_short": -10.0, "wrong_long": 0.0,
                  "exceed": -10.0, "margin": 16},
    "open_r1": {"correct_short": 1.0, "correct_long": 0.5, "wrong_short": -1.0, "wrong_long": -0.5},
}  # fmt: skip
"""Published parameters, as options. In both a wrong response earns more the longer it is: they want exploration.
open-r1 counts characters and lets the wave turn around past max_length; here it stays at its end, as in TRL."""

_PLAIN = {"unit": "tokens", "max_length": 1000, "correct_field": "is_correct"}
_DEMYSTIFY = {**_PLAIN, "max_length": 16384, **PUBLISHED["demystify"]}


def _sample(n_tokens: object, response: str = "So it is 42.", **data: object) -> Sample:
    return Sample(prompt="What is 6 x 7?", response=response, data={"n_tokens": n_tokens, **data})


@register(
    "length.cosine",
    reference="none: the length is judged, and whether the response is correct is read from a column",
    source="Demystifying Long Chain-of-Thought Reasoning in LLMs (arXiv 2502.03373), cosine reward",
    exempt=EXEMPT,
    examples=[
        Example(_sample(500, is_correct=True), Outcome.PARTIAL, 0.75, _PLAIN, "correct, half of max_length"),
        Example(_sample(500, is_correct=0), Outcome.INCORRECT, 0.0, _PLAIN, "wrong: no length helps"),
        Example(
            _sample(None, "42", is_correct=True),
            Outcome.CORRECT,
            1.0,
            {**_PLAIN, "unit": "words", "free_length": 10},
            "correct, and within the free length",
        ),
        Example(_sample(8192, is_correct=True), Outcome.PARTIAL, 1.5, _DEMYSTIFY, "the paper's numbers, correct"),
        Example(_sample(8192, is_correct=False), Outcome.PARTIAL, -5.0, _DEMYSTIFY, "the paper's numbers, wrong"),
        Example(_sample(16368, is_correct=True), Outcome.INCORRECT, -10.0, _DEMYSTIFY, "at the limit, even if correct"),
        Example(
            _sample(250),
            Outcome.PARTIAL,
            0.5 + 0.25 * (1 + math.cos(math.pi / 4)),
            {"unit": "tokens", "max_length": 1000, "assume": "correct"},
            "behind a gate on correctness",
        ),
        Example(_sample(500), Outcome.UNAVAILABLE, None, _PLAIN, "nobody said whether it is correct"),
    ],
    attacks=[
        Attack("empty", _sample(0, "", is_correct=True), _PLAIN),
        Attack("wrong_and_short", _sample(1, is_correct=False), _PLAIN),
        Attack("wrong_and_padded", _sample(999, is_correct=False), _PLAIN),
        Attack("wrong_past_the_end", _sample(1500, is_correct=False), _PLAIN),
        Attack("correct_past_the_end", _sample(1500, is_correct=True), _PLAIN, below=0.75),
        Attack("empty_and_wrong", _sample(0, "", is_correct=False), _DEMYSTIFY),
        Attack("invisible", _sample(5, "\u200b\u2060", is_correct=True), _PLAIN),
        Attack("wrong_and_padded_for_the_long_end",
               _sample(16000, "It is 41." + " " * 9000 + "\u200b" * 9000, is_correct=False), _DEMYSTIFY, below=-9.99),
        Attack("wrong_and_repeated_for_the_long_end",
               _sample(16000, "Let me think about it. " * 700 + "It is 41.", is_correct=False), _DEMYSTIFY, below=-9.9),
        Attack("demystify_past_the_end", _sample(10**9, is_correct=True), _DEMYSTIFY),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class CosineLength(Verifier):
    """The cosine length reward: correct responses earn more when short, and wrong ones have a scale of their own.

    With L the length and M = max_length, each side's value is

        long + (short - long) * (1 + cos(pi * L / M)) / 2

    which is its `short` value at L = 0 and its `long` value from L = M on. Where `exceed` is set, every response with
    L >= M - margin gets that instead, correct or not. `free_length` moves the start: up to it the value is `short`,
    and the wave runs over the rest (0 is the published form).

    Whether the response is correct is either read from a column (`correct_field`) or declared for all (`assume`, for
    use behind a gate); one of the two must be given, and a row without its column is UNAVAILABLE, never correct.

    By default a wrong response earns 0 at any length. The published parameters pay it more for being long, against
    giving up early, and so must be asked for: paper {correct_short: 2, correct_long: 1, wrong_short: -10,
    wrong_long: 0, exceed: -10, margin: 16}; open-r1 {correct_short: 1, correct_long: 0.5, wrong_short: -1,
    wrong_long: -0.5}, in characters with max_length 1000. Where the long end pays more, padding (invisible
    characters, hidden markup, long white space, sentences said again) is no length. The paper's repetition penalty on
    wrong responses is `repetition.ngram`, added in a recipe. Refused are values by which a wrong response could earn
    more than a correct one, or running past the limit could pay.

    Range: from the least to the greatest of the values that can be paid. An empty response is NO_ANSWER, at the bottom.
    """

    is_bounded = True

    unit: UnitOption
    max_length: Annotated[int, Doc("the length at which the wave ends"), Gt(0)]
    correct_field: CorrectField = None
    assume: Assume = None
    correct_short: Annotated[float, Doc("value of a correct response of length 0")] = 1.0
    correct_long: Annotated[float, Doc("value of a correct response of max_length")] = 0.5
    wrong_short: Annotated[float, Doc("value of a wrong response of length 0")] = 0.0
    wrong_long: Annotated[float, Doc("value of a wrong response of max_length")] = 0.0
    exceed: Annotated[float | None, Doc("value from max_length - margin on; default: the long value")] = None
    margin: Annotated[int, Doc("how long before max_length a response counts as exceeding it"), Ge(0)] = 0
    free_length: Annotated[int, Doc("the length up to which the short value is paid"), Ge(0)] = 0
    tokens_field: TokensField = "n_tokens"

    def __post_init__(self) -> None:
        check_finite(
            correct_short=self.correct_short,
            correct_long=self.correct_long,
            wrong_short=self.wrong_short,
            wrong_long=self.wrong_long,
            exceed=self.exceed,
        )
        check_source(self.correct_field, self.assume)
        if not 0 <= self.free_length < self.max_length or not 0 <= self.margin < self.max_length:
            raise OptionError(f"free_length and margin must lie in 0 ... max_length - 1 = {self.max_length - 1}")
        if self.margin and self.exceed is None:
            raise OptionError("margin has no effect without exceed")
        values = self._values
        if self.assume is None and max(self.wrong_short, self.wrong_long) > min(self.correct_short, self.correct_long):
            raise OptionError("a wrong response could earn more than a correct one")
        if self.exceed is not None and self.exceed > min(values):
            raise OptionError(f"exceed is {self.exceed}, more than {min(values)}: running past the limit would pay")
        if min(values) == max(values):
            raise OptionError(f"every response would get {values[0]}")

    @property
    def _values(self) -> tuple[float, ...]:
        """Every end of a wave that can be paid."""
        ends: list[float] = []
        if self.assume != "wrong":
            ends += [self.correct_short, self.correct_long]
        if self.assume != "correct":
            ends += [self.wrong_short, self.wrong_long]
        return tuple(ends) if self.exceed is None else (*ends, self.exceed)

    @property
    def range(self) -> Range:
        """From the least to the greatest value that can be paid."""
        return Range(min(self._values), max(self._values))

    def verify(self, sample: Sample) -> Score:
        """Judge the length of one response."""
        correct = is_correct(self, sample, self.correct_field, self.assume)
        if isinstance(correct, Score):
            return correct
        length = measured(self, sample, self.unit, self.tokens_field)
        if isinstance(length, Score):
            return length
        side = "correct" if correct else "wrong"
        evidence = {"length": length, "unit": self.unit, "is_correct": correct}
        if self.exceed is not None and length >= self.max_length - self.margin:
            reason = f"{length} {self.unit} run past {self.max_length - self.margin}"
            return self.graded(self.exceed, reason, **evidence)
        short, long = (self.correct_short, self.correct_long) if correct else (self.wrong_short, self.wrong_long)
        if long > short:
            length = int(length * content_share(sample.response_text))
        # Clamped to the end of the wave: past it the cosine turns around, and a longer response would earn more again.
        run = min(max(length - self.free_length, 0), self.max_length - self.free_length)
        weight = 0.5 * (1.0 + math.cos(math.pi * run / (self.max_length - self.free_length)))
        value = between(weight, short, long)
        return self.graded(value, f"{side}, {length} of {self.max_length} {self.unit}", **evidence)
