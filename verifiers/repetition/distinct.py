"""`repetition.distinct`: distinct-n, how many of the n-grams of a response are different ones.

DistinctN(size=2)
DistinctN(size=1, window=50)        # the moving average, which does not fall with length
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.length.measure import between, check_finite
from rewardkit.verifiers.repetition.measure import EXEMPT, SizeOption, TokensField, UnitOption, distinct_share, units

_MOVING = {"size": 1, "window": 20}


def _sample(response: str, **data: object) -> Sample:
    return Sample(prompt="What is 6 x 7? Explain.", response=response, data=data)


@register(
    "repetition.distinct",
    reference="none: the response alone is judged",
    source="distinct-n: Li et al., A Diversity-Promoting Objective Function for Neural Conversation Models (NAACL "
    "2016); its moving average: Covington and McFall, MATTR (2010)",
    exempt=EXEMPT,
    examples=[
        Example(_sample("Seven sevens are 49, less seven: 42."), Outcome.CORRECT, 1.0, title="no bigram comes twice"),
        Example(_sample("wait wait wait wait wait"), Outcome.PARTIAL, 0.25, title="one of four bigrams is distinct"),
        Example(_sample("x", completion_ids=[1, 2, 1, 2]), Outcome.PARTIAL, 0.5, {"unit": "tokens", "size": 1},
                "token ids"),
        Example(_sample("wait wait wait wait wait"), Outcome.INCORRECT, 0.0, {"bottom": 0.25}, "at the bottom"),
        Example(_sample("42"), Outcome.UNDECIDED, 0.0, title="shorter than one n-gram"),
        Example(_sample(" "), Outcome.NO_ANSWER, 0.0, title="nothing to see"),
    ],
    attacks=[
        Attack("one_sentence", _sample("The answer is forty-two. " * 200), below=0.01),
        Attack("one_sentence_moving", _sample("The answer is 42. " * 200), _MOVING, below=0.21),
        Attack("case_and_marks", _sample("The answer is 42. the ANSWER, is: 42! " * 100), below=0.02),
        Attack("zero_width_noise", _sample("".join(f"an{chr(0x200b + i % 5)}swer 42 " for i in range(99))), below=0.03),
        Attack("repetition_behind_a_rich_beginning",
               _sample(" ".join(f"w{i}" for i in range(100)) + " so" * 900), _MOVING, below=0.2),
        Attack("marks_alone", _sample("!?" * 5000), below=0.01),
        Attack("without_spaces", _sample("ha" * 5000), below=0.02),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class DistinctN(Verifier):
    """Distinct-n of one response: distinct n-grams / n-grams, which is 1 where nothing is said twice.

    Plain distinct-n falls with length. With `window` it is the mean over all stretches of so many n-grams, which does
    not. `bottom` is what counts as nothing: the value is (distinct - bottom) / (1 - bottom), at least 0. Units are
    normalised as in `repetition.ngram`. The pooled form, over a whole group, is `pooled_distinct` of
    `rewardkit.gates.similarity`; it falls as the group grows, and is the same for all of it.

    Range [0, 1]. An empty response is NO_ANSWER; one of fewer units than an n-gram is UNDECIDED. Linear.
    """

    is_bounded = True

    unit: UnitOption = "words"
    size: SizeOption = 2
    window: Annotated[int | None, Doc("mean over stretches of so many n-grams, not the whole"), Ge(2)] = None
    bottom: Annotated[float, Doc("the share of distinct n-grams that earns nothing"), Ge(0), Le(0.99)] = 0.0
    tokens_field: TokensField = "completion_ids"

    def __post_init__(self) -> None:
        check_finite(bottom=self.bottom)
        if not 0 <= self.bottom < 1 or self.size < 1 or (self.window is not None and self.window < 2):
            raise OptionError("expected 0 <= bottom < 1, size at least 1 and window at least 2")

    def verify(self, sample: Sample) -> Score:
        """Judge the diversity of one response."""
        sequence = units(self, sample, self.unit, self.tokens_field)
        if isinstance(sequence, Score):
            return sequence
        share = distinct_share(sequence, self.size, self.window)
        if share is None:
            return self.undecided(f"{len(sequence)} {self.unit} are fewer than one {self.size}-gram")
        value = between(min(max((share - self.bottom) / (1.0 - self.bottom), 0.0), 1.0), 1.0, 0.0)
        reason = f"{share:.1%} of the {self.size}-grams of {len(sequence)} {self.unit} are distinct"
        return self.graded(value, reason, distinct=share, units=len(sequence))
