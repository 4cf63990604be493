"""AdaCtrl: a response says first how hard its prompt is, and is paid for being right about that, and short if easy.

AdaCtrl(math, unit="tokens")      # "[Easy] ..." or "[Hard] ..."
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

from rewardkit.errors import OptionError
from rewardkit.gates.checks import has_range, one_of
from rewardkit.gates.group_length import GroupLength, Response, Tag, above, accuracy
from rewardkit.reward import Doc
from rewardkit.sample import Sample
from rewardkit.score import Range


@dataclass(frozen=True)
class AdaCtrl(GroupLength):
    """AdaCtrl: a response opens by calling its prompt easy or hard, and is held to it by the group's accuracy.

    value + format_weight * f + length_weight * l, where the prompt is easy if accuracy > easy_from, else hard, and

        f = 1 for the right tag, 0 for the wrong one, -1 for none
        l = (1 + cos(pi * L / longest)) / 2 for a correct response tagged easy on an easy prompt, else 0

    with the longest of the group, so that a lone longest response gets 0. The authors' code asks for the tag alone, so
    that calling a hard prompt easy is paid: `length_for: tagged_easy`. Its "hard" branch, which pays wrong answers for
    being long, is not offered. A tag is the first thing in the response, in any case; two tags in a row are none.

    Range: the child's, format_weight wider below, both weights wider above. Source: AdaCtrl (arXiv 2505.18822), as its
    code computes it, for a child of range [-1, 1].
    """

    easy_tag: Annotated[str, Doc("how a response calls its prompt easy")] = "[Easy]"
    hard_tag: Annotated[str, Doc("how a response calls its prompt hard")] = "[Hard]"
    easy_from: Annotated[float, Doc("a prompt is easy where the accuracy is above this"), Ge(0), Lt(1)] = 0.625
    length_for: Annotated[
        Literal["easy", "tagged_easy"], Doc("length is paid where the prompt is easy too, or by the tag alone")
    ] = "easy"
    format_weight: Annotated[float, Doc("weight of the tag's term"), Gt(0)] = 0.5
    length_weight: Annotated[float, Doc("weight of the length's term"), Gt(0)] = 0.5
    name: str = "adactrl"

    def __post_init__(self) -> None:
        super().__post_init__()
        above("format_weight", self.format_weight, 0)
        above("length_weight", self.length_weight, 0)
        one_of("length_for", self.length_for, ("easy", "tagged_easy"))
        if not 0 <= self.easy_from < 1:
            raise OptionError(f"easy_from must lie in 0 ... 1, not {self.easy_from!r}")
        if not self.easy_tag or not self.hard_tag or self.easy_tag.casefold() == self.hard_tag.casefold():
            raise OptionError("easy_tag and hard_tag must be two different texts")
        self._refuse_unless(
            is_kept=2 * self.format_weight <= self._spread, what=f"format_weight must be at most {self._spread / 2:g}"
        )
        has_range(self)

    @property
    def range(self) -> Range:
        """The child's, wider by what the terms can add."""
        low, high = self.child.range
        return Range(low - self.format_weight, high + self.format_weight + self.length_weight)

    def tag(self, sample: Sample) -> Tag | None:
        """The difficulty that a response declares."""
        tags: dict[str, Tag] = {self.easy_tag.casefold(): "easy", self.hard_tag.casefold(): "hard"}
        longest = 2 * max(map(len, tags)) + 64
        text = sample.response_text.lstrip()[:longest].casefold()
        for written, tag in tags.items():
            if text.startswith(written):
                rest = text[len(written) :].lstrip()
                return None if rest.startswith(tuple(tags)) else tag
        return None

    def values(self, group: Sequence[Response]) -> list[float]:
        """The value of each response of one group."""
        prompt: Tag = "easy" if accuracy(group) > self.easy_from else "hard"
        longest = max(1, *(r.length for r in group), 1)
        values = []
        for response in group:
            form = -1.0 if response.tag is None else float(response.tag == prompt)
            is_easy = response.tag == "easy" and (prompt == "easy" or self.length_for == "tagged_easy")
            is_paid = response.is_correct and is_easy
            length = 0.5 * (1.0 + math.cos(math.pi * response.length / longest)) if is_paid else 0.0
            values.append(response.value + self.format_weight * form + self.length_weight * length)
        return values
