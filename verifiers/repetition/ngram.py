"""`repetition.ngram`: the n-gram repetition penalty of "Demystifying Long Chain-of-Thought Reasoning in LLMs".

NgramRepetition(unit="tokens", size=3)                 # as TRL computes it, from the token ids
NgramRepetition(unit="words", size=40, form="covered", max_penalty=-0.05)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Lt

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score
from rewardkit.verifiers.length.measure import check_finite
from rewardkit.verifiers.repetition.measure import (
    EXEMPT,
    SizeOption,
    TokensField,
    UnitOption,
    covered,
    repeated_share,
    units,
)

_COVERED = {"form": "covered"}


def _sample(response: str, **data: object) -> Sample:
    return Sample(prompt="What is 6 x 7? Explain.", response=response, data=data)


@register(
    "repetition.ngram",
    reference="none: the response alone is judged",
    source="Demystifying Long Chain-of-Thought Reasoning in LLMs (arXiv 2502.03373), appendix C.2; repetition.py of "
    "its code",
    exempt=EXEMPT,
    examples=[
        Example(_sample("Six times seven is forty-two, as five times seven is thirty-five."), Outcome.PARTIAL, -1 / 11,
                title="one of eleven trigrams was there before"),
        Example(_sample("Seven sevens are 49, less seven: 42."), Outcome.CORRECT, 0.0, title="nothing comes twice"),
        Example(_sample("x", completion_ids=[5, 5, 5, 5, 5]), Outcome.PARTIAL, -0.75, {"unit": "tokens", "size": 2},
                "token ids, as in TRL"),
        Example(_sample("wait wait wait wait wait wait"), Outcome.PARTIAL, -5 / 6, {"form": "covered", "size": 1},
                "all but the first word are covered by a repetition"),
        Example(_sample("42"), Outcome.CORRECT, 0.0, title="shorter than one n-gram"),
        Example(_sample("\u200b \u2060"), Outcome.NO_ANSWER, -1.0, title="nothing to see"),
        Example(_sample("x"), Outcome.UNAVAILABLE, None, {"unit": "tokens"}, "no token ids"),
    ],
    attacks=[
        Attack("one_sentence", _sample("The answer is forty-two. " * 200), below=-0.97),
        Attack("changing_case_and_marks", _sample("The answer is 42. the answer, IS 42! " * 100), below=-0.97),
        Attack("zero_width_noise", _sample("".join(f"the an{chr(0x200b + i % 5)}swer is 42. " for i in range(200))),
               below=-0.97),
        Attack("fullwidth_noise", _sample("the answer is 42. \uff54\uff48\uff45 answer is 42. " * 100), below=-0.97),
        Attack("white_space_noise", _sample("".join(f"so we{' ' * (i % 9 + 1)}see\u2003that " for i in range(200))),
               below=-0.97),
        Attack("noise_between", _sample("".join(f"the answer to this question is forty two {i} " for i in range(200))),
               below=-0.6),
        Attack("noise_between_covered", _sample("".join(f"the answer is forty two {i} " for i in range(200))), _COVERED,
               below=-0.8),
        Attack("marks_alone", _sample("!?" * 5000), below=-0.99),
        Attack("without_spaces", _sample("ha" * 5000), below=-0.97),
        Attack("one_character", _sample("\u54c8" * 5000), _COVERED, below=-0.99),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class NgramRepetition(Verifier):
    """A penalty for saying again what was said: the share of n-grams that are repetitions, times `max_penalty`.

        share       1 - distinct n-grams / n-grams               (TRL, open-r1; the paper's sparse form)
        covered     units inside an n-gram that was there before / units

    `covered` is the mean of the paper's dense penalty, which marks every token of a second or later occurrence. A
    response of fewer units than one n-gram repeats nothing and earns 0.

    Words and characters are those of the text in compatibility form (NFKC) and one case, without invisible characters
    and, for words, without punctuation, so that noise makes no repetition new; in scripts without spaces a character is
    a word. Tables and code repeat n-grams rightly: choose `size` accordingly. The published use is on wrong answers.

    Range [max_penalty, 0]; the bottom itself is for an empty response, NO_ANSWER. Linear in the response.
    """

    is_bounded = True

    unit: UnitOption = "words"
    size: SizeOption = 3
    form: Annotated[Literal["share", "covered"], Doc("what is counted: n-grams, or the units that they cover")] = (
        "share"
    )
    max_penalty: Annotated[float, Doc("the value of a response that does nothing but repeat"), Lt(0)] = -1.0
    tokens_field: TokensField = "completion_ids"

    def __post_init__(self) -> None:
        check_finite(max_penalty=self.max_penalty)
        if self.max_penalty >= 0 or self.size < 1:
            raise OptionError("max_penalty must lie below 0, and size be at least 1")

    @property
    def range(self) -> Range:
        """From max_penalty to 0."""
        return Range(self.max_penalty, 0.0)

    def verify(self, sample: Sample) -> Score:
        """Judge the repetitions of one response."""
        sequence = units(self, sample, self.unit, self.tokens_field)
        if isinstance(sequence, Score):
            return sequence
        if self.form == "covered":
            inside = covered(sequence, self.size)
            share = sum(inside) / len(inside) if inside else 0.0
        else:
            share = repeated_share(sequence, self.size)
        reason = f"{share:.1%} of {len(sequence)} {self.unit} in {self.size}-grams are repeated"
        return self.graded(share * self.max_penalty if share else 0.0, reason, share=share, units=len(sequence))
