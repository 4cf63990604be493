"""`length.target`: adherence to a length that was asked for: the rewards of L1 (LCPO, exact and max).

    TargetLength(unit="tokens", target_field="num_tokens", correct_field="is_correct")                # exact
    TargetLength(unit="tokens", target=2000, assume="correct", form="max")        # at most; behind a gate

A correct response earns the more the nearer it is to its target (exact), or the further it stays below it (max).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Gt

from rewardkit.data.units import MAX_TOKENS
from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score
from rewardkit.verifiers.length.correctness import Assume, CorrectField, check_source, is_correct
from rewardkit.verifiers.length.measure import EXEMPT, TokensField, UnitOption, check_finite, measured
from rewardkit.verifiers.length.padding import content_share

_EXACT = {"unit": "tokens", "target": 2000, "correct_field": "is_correct"}
_MAX = {**_EXACT, "form": "max"}
_WORDS = {"unit": "words", "target": 8, "assume": "correct", "alpha": 0.125}


def _sample(n_tokens: object, response: str = "So it is 42.", **data: object) -> Sample:
    return Sample(prompt="What is 6 x 7? Think for 2000 tokens.", response=response,
                  data={"n_tokens": n_tokens, **data})  # fmt: skip


@register(
    "length.target",
    reference="none: the length is judged; the target is an option or a column, and correctness is read from a column",
    source="L1: Controlling How Long A Reasoning Model Thinks With Reinforcement Learning (arXiv 2503.04697), "
    "equations 1 and 2, and its code",
    exempt=EXEMPT,
    examples=[
        Example(_sample(2000, is_correct=True), Outcome.CORRECT, 1.0, _EXACT, "correct, and on target"),
        Example(_sample(1000, is_correct=True), Outcome.PARTIAL, 0.7, _EXACT, "correct, 1000 tokens short"),
        Example(_sample(2000, is_correct=False), Outcome.INCORRECT, 0.0, _EXACT, "wrong: no length helps"),
        Example(_sample(1500, is_correct=True), Outcome.PARTIAL, 0.65, _MAX, "at most: below the budget"),
        Example(_sample(7000, is_correct=True), Outcome.INCORRECT, 0.0, _MAX, "at most: far beyond the budget"),
        Example(_sample(2500, is_correct=False), Outcome.PARTIAL, -0.15, {**_EXACT, "form": "l1_exact", "floor": -3.0},
                "the published form, in which a wrong response is paid for its length as well"),
        Example(_sample(None, "It is forty-two, as was to be shown."), Outcome.CORRECT, 1.0, _WORDS, "words"),
        Example(_sample(900, is_correct=True), Outcome.UNAVAILABLE, None,
                {"unit": "tokens", "target_field": "num_tokens", "correct_field": "is_correct"}, "no target"),
    ],
    attacks=[
        Attack("wrong_on_target", _sample(2000, is_correct=False), _EXACT),
        Attack("wrong_and_short", _sample(1, is_correct=False), _MAX),
        Attack("invisible", _sample(2000, "\u2060\u200b", is_correct=True), _EXACT),
        Attack("filled_with_zero_width", _sample(None, "42" + "\u200b " * 7), _WORDS, below=0.26),
        Attack("filled_with_white_space", _sample(None, "42" + " " * 998),
               {"unit": "characters", "target": 1000, "assume": "correct", "alpha": 0.001}, below=0.02),
        Attack("filled_with_a_comment", _sample(None, f"42 <!-- {'so ' * 400} -->"),
               {"unit": "characters", "target": 1200, "assume": "correct", "alpha": 0.001}, below=0.1),
        Attack("filled_with_one_sentence", _sample(None, "Let me think about it. " * 50 + "42"),
               {"unit": "words", "target": 250, "assume": "correct", "alpha": 0.004}, below=0.1),
        Attack("tokens_filled_with_zero_width", _sample(2000, "42" + "\u200b" * 1998, is_correct=True),
               {**_EXACT, "alpha": 0.0005}, below=0.01),
        Attack("far_beyond_the_budget", _sample(10**15, is_correct=True), _MAX),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class TargetLength(Verifier):
    """Adherence of a correct response to a length that was asked for: exactly so long, or at most so long.

    With L the length, T the target and d = T - L, a correct response earns, and never less than `floor`:

        exact       1 - alpha * |d|
        max         clip(alpha * d + delta, 0, 1)              the paper's equation 2
        max_code    (clip(alpha * d, -1, 1) + 1) / 2           as L1's code computes it: half the slope

    and a wrong one 0. These are the sound forms: no length pays a wrong response. Range [0, 1].

        l1_exact    (1 if correct else 0) - alpha * |d|        the paper's equation 1, as published

    pays a wrong response for its length as well, so that a wrong one on target earns more than a correct one far from
    it, and has no lower end; a `floor` below 0 must be stated, which is the bottom of its range [floor, 1].

    In the form `exact` padding does not fill a response up: |d| is how far the whole length lies above the target, or
    how far the length without padding (invisible characters, hidden markup, long white space, sentences said again;
    for tokens, in their proportion of the text) lies below it, whichever is more. The target is an option or a column
    of the row; so is correctness. An empty response is NO_ANSWER, at the bottom.
    """

    is_bounded = True

    unit: UnitOption
    target: Annotated[int | None, Doc("the target for every row"), Gt(0)] = None
    target_field: Annotated[str | None, Doc("column with the target of the row, a positive whole number")] = None
    correct_field: CorrectField = None
    assume: Assume = None
    form: Annotated[
        Literal["exact", "max", "max_code", "l1_exact"], Doc("the formula: exactly T, at most T, or as published")
    ] = "exact"
    alpha: Annotated[float, Doc("what one unit of length costs"), Gt(0)] = 0.0003
    delta: Annotated[float, Doc("form max: the value on target")] = 0.5
    floor: Annotated[float, Doc("the least that a correct response earns; l1_exact: the least that any earns")] = 0.0
    tokens_field: TokensField = "n_tokens"

    def __post_init__(self) -> None:
        check_finite(alpha=self.alpha, delta=self.delta, floor=self.floor)
        check_source(self.correct_field, self.assume)
        if (self.target is None) == (self.target_field is None):
            raise OptionError("give either target, one for all rows, or target_field, the column that holds it")
        if self.alpha <= 0 or (self.target is not None and self.target <= 0):
            raise OptionError("alpha and target are positive numbers")
        if self.form == "l1_exact" and self.floor >= 0:
            raise OptionError("form 'l1_exact' has no lower end of its own: floor must say where it stops, below 0")
        if self.form != "l1_exact" and not 0 <= self.floor < 1:
            raise OptionError(f"floor is {self.floor}; expected 0 <= floor < 1, so that a wrong response earns less")
        if not 0 < self.delta <= 1:
            raise OptionError(f"delta is {self.delta}; expected 0 < delta <= 1")

    @property
    def range(self) -> Range:
        """From 0, or the floor of the published form, to 1."""
        return Range(self.floor if self.form == "l1_exact" else 0.0, 1.0)

    def verify(self, sample: Sample) -> Score:
        """Judge the length of one response against its target."""
        correct = is_correct(self, sample, self.correct_field, self.assume)
        if isinstance(correct, Score):
            return correct
        target = self.target if self.target_field is None else _target(sample.data.get(self.target_field))
        if target is None:
            return self.unavailable(f"column {self.target_field!r} must hold the target, a whole number above 0")
        length = measured(self, sample, self.unit, self.tokens_field)
        if isinstance(length, Score):
            return length
        content = int(length * content_share(sample.response_text)) if self.form == "exact" else length
        evidence = {"length": length, "content": content, "target": target, "unit": self.unit, "is_correct": correct}
        reason = f"{'correct' if correct else 'wrong'}, {length} {self.unit} for a target of {target}"
        if content < min(length, target):
            reason += f", {content} without padding"
        return self.graded(self._value(correct, length, content, target), reason, **evidence)

    def _value(self, correct: bool, length: int, content: int, target: int) -> float:
        off = max(length - target, target - content)
        if self.form == "l1_exact":
            return max(float(correct) - self.alpha * off, self.floor)
        if not correct:
            return 0.0
        if self.form == "exact":
            return max(1.0 - self.alpha * off, self.floor)
        spare = self.alpha * (target - length)
        value = spare + self.delta if self.form == "max" else (min(max(spare, -1.0), 1.0) + 1.0) / 2.0
        return min(max(value, self.floor), 1.0)


def _target(column: object) -> int | None:
    if isinstance(column, bool) or not isinstance(column, int):
        return None
    return column if 0 < column <= MAX_TOKENS else None
