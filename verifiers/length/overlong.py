"""`length.overlong`: the soft overlong punishment of DAPO.

    SoftOverlong(unit="tokens", max_length=20480, cache_length=4096)

Nothing up to `max_length - cache_length`, then down in a straight line to `-factor` at `max_length`, and no further.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score
from rewardkit.verifiers.length.measure import EXEMPT, TokensField, UnitOption, between, check_finite, measured

_PAPER = {"unit": "tokens", "max_length": 20480, "cache_length": 4096}


def _sample(n_tokens: object, response: str = "So it is 42.") -> Sample:
    return Sample(prompt="What is 6 x 7?", response=response, data={"n_tokens": n_tokens})


@register(
    "length.overlong",
    reference="none: the length alone is judged",
    source="DAPO (arXiv 2503.14476), equation 13",
    exempt=EXEMPT,
    examples=[
        Example(_sample(16384), Outcome.CORRECT, 0.0, _PAPER, "up to max_length - cache_length nothing is lost"),
        Example(_sample(18432), Outcome.PARTIAL, -0.5, _PAPER, "half of the cache used"),
        Example(_sample(21000), Outcome.INCORRECT, -1.0, _PAPER, "past the end"),
        Example(
            _sample(None, "x" * 75),
            Outcome.PARTIAL,
            -0.125,
            {"unit": "characters", "max_length": 100, "cache_length": 50, "factor": 0.25},
            "characters, scaled by a factor",
        ),
        Example(_sample([7] * 30), Outcome.CORRECT, 0.0, {"unit": "tokens", "max_length": 30}, "token ids, no cache"),
        Example(_sample(21000), Outcome.PARTIAL, -4616 / 4096, {**_PAPER, "form": "unclamped", "floor": -4.0},
                "as in verl, which goes on below -1"),
        Example(_sample(None), Outcome.UNAVAILABLE, None, _PAPER, "no count in the column"),
    ],
    attacks=[
        Attack("empty", _sample(100, ""), _PAPER),
        Attack("invisible", _sample(100, "\u2060 \u00ad\ufeff"), _PAPER),
        Attack("zero_width_padding", _sample(None, "x" + "\u200b" * 500), {"unit": "characters", "max_length": 100}),
        Attack("white_space_padding", _sample(None, "x" + "\n" * 500), {"unit": "characters", "max_length": 100}),
        Attack("far_past_the_end", _sample(10**15), _PAPER),
        Attack("as_long_as_the_limit", _sample(20480), _PAPER),
        Attack("one_past_the_end_without_cache", _sample(31), {"unit": "tokens", "max_length": 30}),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class SoftOverlong(Verifier):
    """A punishment for responses that run up to their length limit: the soft overlong punishment of DAPO.

    With L the length, M = max_length and C = cache_length:

        0                          where L <= M - C
        factor * ((M - C) - L) / C where M - C < L <= M
        -factor                    where L > M

    Range [-factor, 0], to be added to a correctness reward. TRL, open-r1 and EasyR1 compute the same; OpenRLHF too,
    but for C = 0, where it never punishes and the paper's step is sharp. verl leaves out the lower clamp, so that a
    response past M falls below -factor: `form: unclamped` does the same down to a `floor` that must be stated, because
    a reward has a range; its range is [floor, 0]. An empty response is NO_ANSWER, at the bottom. No content is judged:
    combine it with a correctness gate.
    """

    is_bounded = True

    unit: UnitOption
    max_length: Annotated[int, Doc("the length from which on the punishment is full"), Gt(0)]
    cache_length: Annotated[int, Doc("how long before max_length the punishment begins"), Ge(0)] = 0
    factor: Annotated[float, Doc("the full punishment"), Gt(0)] = 1.0
    form: Annotated[
        Literal["paper", "unclamped"],
        Doc("the paper's, which ends at -factor; or verl's, which goes on to `floor`"),
    ] = "paper"
    floor: Annotated[float | None, Doc("where the unclamped form ends; below -factor"), Lt(0)] = None
    tokens_field: TokensField = "n_tokens"

    def __post_init__(self) -> None:
        check_finite(factor=self.factor, floor=self.floor)
        if self.factor <= 0:
            raise OptionError(f"factor is {self.factor}; the full punishment is a positive number")
        if self.max_length <= 0 or not 0 <= self.cache_length <= self.max_length:
            raise OptionError(
                f"max_length is {self.max_length} and cache_length {self.cache_length}; expected "
                "0 <= cache_length <= max_length and max_length > 0"
            )

        if (self.form == "unclamped") != (self.floor is not None):
            raise OptionError("form 'unclamped' needs a floor, at which its values end, and no other form takes one")
        if self.floor is not None and (self.floor >= -self.factor or self.cache_length == 0):
            raise OptionError("floor must lie below -factor, and the unclamped form needs a cache_length above 0")

    @property
    def range(self) -> Range:
        """From -factor, or the floor, to 0."""
        return Range(-self.factor if self.floor is None else self.floor, 0.0)

    def verify(self, sample: Sample) -> Score:
        """Judge the length of one response."""
        length = measured(self, sample, self.unit, self.tokens_field)
        if isinstance(length, Score):
            return length
        free = self.max_length - self.cache_length
        if length <= free:
            value = 0.0
        elif self.floor is not None:
            value = max(-self.factor * (length - free) / self.cache_length, self.floor)
        elif length >= self.max_length:
            value = -self.factor
        else:
            value = between((length - free) / self.cache_length, -self.factor, 0.0)
        reason = f"{length} {self.unit}, free up to {free}, full punishment from {self.max_length}"
        return self.graded(value, reason, length=length, unit=self.unit)
