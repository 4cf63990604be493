"""`format.mode`: whether a response does what the mode tag that it opens with says.

    ThinkMode(unit="characters", modes=(("[Easy]", 0, 400), ("[Hard]", 0, None)))
    ThinkMode(unit="words", modes=(("/no_think", 0, 0), ("/think", 20, None)), mode_field="mode", measure="thinking")

A tag is a claim about the length that follows, and the text is there to check it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MinLen

from rewardkit.data.units import unseen_removed
from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.format.budget import UnitOption, counted, read_thinking
from rewardkit.verifiers.format.tags import Fault
from rewardkit.verifiers.hidden import shown
from rewardkit.verifiers.length.padding import content_share
from rewardkit.verifiers.visible import has_visible, shorten

_ADACTRL = {"unit": "characters", "modes": [["[Easy]", 0, 60], ["[Hard]", 40, None]]}
_QWEN = {"unit": "words", "modes": [["/no_think", 0, 0], ["/think", 5, None]], "measure": "thinking",
         "mode_field": "mode"}  # fmt: skip
_LONG = "Six times seven: five sevens are 35, and one more seven makes 42. So it is 42."


def _sample(response: str, **data: object) -> Sample:
    return Sample(prompt="Say first whether this is easy or hard. What is 6 x 7?", response=response, data=data)


@register(
    "format.mode",
    reference="none: the response alone is judged; the mode that was asked for may be a column",
    source="AdaCtrl (arXiv 2505.18822), whose reward looks at the tag and not at what follows; own checks",
    examples=[
        Example(_sample("[Easy] 6 x 7 = 42."), Outcome.CORRECT, 1.0, _ADACTRL, "called easy, and short"),
        Example(_sample(f"[Easy] {_LONG}"), Outcome.INCORRECT, 0.0, _ADACTRL, "called easy, but long"),
        Example(_sample(f"[hard] {_LONG}"), Outcome.CORRECT, 1.0, _ADACTRL, "called hard, and worked out"),
        Example(_sample("/no_think <think>\n</think> 42", mode="/no_think"), Outcome.CORRECT, 1.0, _QWEN,
                "no thinking, as asked"),
        Example(_sample("/no_think <think>6 x 7, hm</think> 42", mode="/no_think"), Outcome.INCORRECT, 0.0, _QWEN,
                "thinking in spite of its tag"),
        Example(_sample(f"/think <think>{_LONG}</think> 42", mode="/no_think"), Outcome.INCORRECT, 0.0, _QWEN,
                "not the mode that was asked for"),
        Example(_sample("It is 42."), Outcome.INCORRECT, 0.0, _ADACTRL, "no tag"),
    ],
    attacks=[
        Attack("both_tags", _sample("[Easy][Hard] 6 x 7 = 42."), _ADACTRL),
        Attack("both_tags_hidden_between", _sample("[Easy]\u200b [Hard] 6 x 7 = 42."), _ADACTRL),
        Attack("both_tags_far_apart", _sample("[Easy]" + "\u200b\u2060" * 20 + " [Hard] 42."), _ADACTRL),
        Attack("tag_at_the_end", _sample("6 x 7 = 42. [Easy]"), _ADACTRL),
        Attack("tag_in_a_comment", _sample("<!-- [Easy] --> 6 x 7 = 42."), _ADACTRL),
        Attack("tag_alone", _sample("[Easy] \u200b"), _ADACTRL),
        Attack("easy_with_hidden_thinking", _sample(f"[Easy] <!-- {_LONG} --> 42"), _ADACTRL),
        Attack("hard_stuffed_with_zero_width", _sample("[Hard] 42" + "\u200b" * 80), _ADACTRL),
        Attack("hard_stuffed_with_white_space", _sample("[Hard] 42" + "\n" * 80), _ADACTRL),
        Attack("hard_stuffed_with_one_sentence", _sample("[Hard] " + "Let me think about. " * 9), _ADACTRL),
        Attack("thinking_never_closed", _sample("/no_think <think> 42", mode="/no_think"), _QWEN),
        Attack("thinking_moved_out_of_its_block",
               _sample(f"/think <think></think> {_LONG}", mode="/think"), _QWEN),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class ThinkMode(Verifier):
    """Whether what follows a mode tag is as long as the tag claims: short for an easy one, worked out for a hard one.

    A response begins with exactly one of the tags (in any case, white space before it allowed), and what is measured,
    the rest of the response or the thinking in it, has a length within the limits of that tag. The upper limit counts
    everything, hidden text too; the lower one only content, as in `format.budget`. With `mode_field` the tag must also
    be the one that the row asks for. Whether the prompt really is easy only its group can tell: see `AdaCtrl` among
    the gates.

    Range [0, 1]: 1 or 0. A response that shows nothing behind its tag is NO_ANSWER. Linear in the response.
    """

    is_bounded = True

    unit: UnitOption
    modes: Annotated[
        tuple[tuple[str, int, int | None], ...],
        Doc("for each tag: its text, the least and the greatest length (none: no limit)"),
        MinLen(1),
    ]
    measure: Annotated[
        Literal["response", "thinking"], Doc("what is measured: all behind the tag, or the thinking blocks in it")
    ] = "response"
    mode_field: Annotated[str | None, Doc("column with the tag that was asked for")] = None
    tokens_field: Annotated[
        str, Doc("column with the number of tokens of what is measured, or their ids; read for unit 'tokens'")
    ] = "n_tokens"

    def __post_init__(self) -> None:
        tags = [tag.casefold() for tag, _, _ in self.modes]
        if not tags or not all(tag.strip() for tag in tags) or len(set(tags)) < len(tags):
            raise OptionError("modes needs distinct tags that are not empty")
        for tag, least, most in self.modes:
            if least < 0 or (most is not None and most < least):
                raise OptionError(f"the limits of {tag!r} must be 0 <= least <= greatest, not {least} and {most}")

    def verify(self, sample: Sample) -> Score:
        """Judge what one response claims and does."""
        text = sample.response_text
        if not has_visible(text):
            return self.no_answer("the response is empty")
        text = text.lstrip()
        mode = self._opening(text)
        if mode is None:
            tags = ", ".join(tag for tag, _, _ in self.modes)
            return self.incorrect(f"it does not begin with exactly one of {tags}", begins=shorten(text, 40))
        tag, least, most = mode
        rest = text[len(tag) :]
        if self.mode_field is not None:
            asked = sample.data.get(self.mode_field)
            if not isinstance(asked, str) or all(asked.casefold() != known.casefold() for known, _, _ in self.modes):
                return self.unavailable(f"column {self.mode_field!r} must hold the tag that was asked for")
            if asked.casefold() != tag.casefold():
                return self.incorrect(f"{tag} was not asked for, but {asked}", tag=tag)
        return self._judged(sample, tag, rest, least, most)

    def _judged(self, sample: Sample, tag: str, rest: str, least: int, most: int | None) -> Score:
        read = read_thinking(rest)
        if isinstance(read, Fault):
            return self.incorrect(read.reason, tag=tag)
        if not has_visible(shown(read.outside)):
            return self.no_answer(f"there is no answer behind {tag}", tag=tag)
        said = read.inside if self.measure == "thinking" else rest
        length = 0 if not has_visible(said) else counted(self, sample, said, self.unit, self.tokens_field)
        if isinstance(length, Score):
            return length
        content = int(length * content_share(said))
        evidence = {"tag": tag, "length": length, "content": content}
        if most is not None and length > most:
            return self.incorrect(f"{tag} claims at most {most} {self.unit}, and {length} follow", **evidence)
        if content < least:
            return self.incorrect(f"{tag} claims at least {least} {self.unit}, and {content} follow", **evidence)
        return self.correct(f"{tag}, and {length} {self.unit} follow", **evidence)

    def _opening(self, text: str) -> tuple[str, int, int | None] | None:
        """The mode whose tag the text begins with; none where a second tag follows at once."""
        fitting = [mode for mode in self.modes if text[: len(mode[0])].casefold() == mode[0].casefold()]
        if not fitting:
            return None
        mode = max(fitting, key=lambda mode: len(mode[0]))
        longest = max(len(tag) for tag, _, _ in self.modes)
        following = unseen_removed(text[len(mode[0]) :]).lstrip()[:longest].casefold()
        again = any(following.startswith(tag.casefold()) for tag, _, _ in self.modes)
        return None if again else mode
