"""`repetition.compression`: how far a response can be compressed, which is how little new it says.

Compression()                                    # 1 down to a ratio of 0.25, 0 from 0.08 on
Compression(method="lzma", free_ratio=0.3)       # also sees repetitions more than 32 kB apart
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

from rewardkit.data.units import characters
from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.length.measure import between, check_finite
from rewardkit.verifiers.repetition.measure import EXEMPT
from rewardkit.verifiers.visible import has_visible

_METHODS: Mapping[str, Callable[[bytes], bytes]] = {
    "zlib": lambda text: zlib.compress(text, 6),
    "lzma": lambda text: lzma.compress(text, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1}]),
}
_MOST_BYTES = 1 << 20
"""A longer text is judged by its beginning; a response of a megabyte is no answer anyway."""

_EXPLAINED = (
    "Multiplying six by seven can be done by adding: five sevens are thirty-five, and one more seven makes forty-two. "
    "As a check, forty-two divided by six leaves no remainder and gives back the seven we began with. Hence 42."
)


def _sample(response: str) -> Sample:
    return Sample(prompt="What is 6 x 7? Explain.", response=response)


@register(
    "repetition.compression",
    reference="none: the response alone is judged",
    source="own; the compression ratio as a measure of repetition follows Whisper's decoding (arXiv 2212.04356, "
    "section 4.5) and Shaib et al. (arXiv 2403.00553)",
    exempt=EXEMPT,
    examples=[
        Example(_sample(_EXPLAINED), Outcome.CORRECT, title="prose"),
        Example(_sample("42"), Outcome.CORRECT, title="too short to repeat itself"),
        Example(_sample(_EXPLAINED * 40), Outcome.INCORRECT, title="one paragraph forty times"),
        Example(_sample(_EXPLAINED * 6), Outcome.PARTIAL, title="one paragraph six times"),
        Example(_sample(" \u200b"), Outcome.NO_ANSWER, title="nothing to see"),
    ],
    attacks=[
        Attack("one_sentence", _sample("The answer is forty-two. " * 100)),
        Attack("one_character", _sample("a" * 100_000)),
        Attack("zero_width_noise", _sample("".join(f"the an{chr(0x200b + i % 5)}swer is 42. " for i in range(400)))),
        Attack("case_noise", _sample("".join("wait, " if i * i % 7 else "WAIT, " for i in range(800)))),
        Attack("white_space_noise", _sample("".join(f"so we{' ' * (i * i % 9 + 1)}see that " for i in range(400)))),
        Attack("counting", _sample("".join(f"the answer to this question is forty-two {i} " for i in range(400))),
               below=0.35),
        Attack("far_apart", _sample("".join(f"{i * 7919 % 10007:x} " for i in range(8000)) * 30), {"method": "lzma"},
               below=0.4),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class Compression(Verifier):
    """How far a response can be compressed: 1 for text that says something new, 0 for text that repeats itself.

    With q = compressed bytes / bytes, the value is 1 where q >= free_ratio, 0 where q <= bottom_ratio, and linear
    between. English prose of a few kilobytes has a q of 0.4 to 0.5 with zlib, of a hundred kilobytes 0.3 to 0.4; a
    paragraph said forty times less than 0.03. What is compressed is the text in compatibility form and one case,
    without invisible characters, each run of white space as one space, in UTF-8, up to 1 MiB. A text of less than
    `min_bytes` can't be told from a short new one and earns 1.

    zlib sees repetitions up to 32 kB apart, lzma any. Random characters do not compress: this is no judge of sense.

    Range [0, 1]. An empty response is NO_ANSWER. Linear in the response.
    """

    is_bounded = True

    method: Annotated[Literal["zlib", "lzma"], Doc("the compressor, both of the standard library")] = "zlib"
    free_ratio: Annotated[float, Doc("the ratio from which on nothing is lost"), Gt(0), Lt(1)] = 0.25
    bottom_ratio: Annotated[float, Doc("the ratio from which downwards nothing is earned"), Ge(0), Lt(1)] = 0.08
    min_bytes: Annotated[int, Doc("shorter texts are not judged"), Ge(64)] = 200

    def __post_init__(self) -> None:
        check_finite(free_ratio=self.free_ratio, bottom_ratio=self.bottom_ratio)
        if not 0 <= self.bottom_ratio < self.free_ratio:
            raise OptionError(
                f"bottom_ratio is {self.bottom_ratio} and free_ratio {self.free_ratio}; expected "
                "0 <= bottom_ratio < free_ratio"
            )

    def verify(self, sample: Sample) -> Score:
        """Judge how far one response can be compressed."""
        if not has_visible(sample.response_text):
            return self.no_answer("the response is empty")
        text = characters(sample.response_text).encode("utf-8", "replace")[:_MOST_BYTES]
        if len(text) < self.min_bytes:
            return self.correct(f"{len(text)} bytes are too few to repeat much", bytes=len(text))
        ratio = len(_METHODS[self.method](text)) / len(text)
        weight = (ratio - self.bottom_ratio) / (self.free_ratio - self.bottom_ratio)
        value = between(min(max(weight, 0.0), 1.0), 1.0, 0.0)
        reason = f"{len(text)} bytes compress to {ratio:.1%}, free from {self.free_ratio:.1%} on"
        return self.graded(value, reason, ratio=ratio, bytes=len(text), method=self.method)
