"""`language.switch`: how much of a response stays in one language, graded: 1 minus the share of code-switching.

    CodeSwitch(expected="zh")                          # by script: words in other scripts are switched
    CodeSwitch(by="detector", part="thinking")         # also other languages in the same script

DeepSeek-R1's language consistency reward is the share of the target language's words in the chain of thought.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Lt

from rewardkit.errors import MissingExtraError, OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.extraction import outside_thinking
from rewardkit.verifiers.format.budget import read_thinking
from rewardkit.verifiers.format.tags import Fault
from rewardkit.verifiers.language.expected import (
    EXEMPT,
    AccuracyOption,
    Expected,
    LanguageField,
    Languages,
    check_expected,
    codes_of,
    expected_language,
)
from rewardkit.verifiers.language.prose import prose
from rewardkit.verifiers.language.share import detector, share_of
from rewardkit.verifiers.length.measure import between, check_finite
from rewardkit.verifiers.visible import has_visible

_ZH = {"expected": "zh"}
_FREE = {"expected": "zh", "free_share": 0.25}
_CHINESE = "我们先算六乘以七，得到四十二。"


def _sample(response: str, **data: object) -> Sample:
    return Sample(prompt="六乘以七等于多少？请说明理由。", response=response, data=data)


@register(
    "language.switch",
    reference="none: the expected language is an option's, a column's, or with the detector the prompt's",
    source="DeepSeek-R1 (arXiv 2501.12948), section 2.3.2: the proportion of target language words",
    extra="language",
    exempt={
        **EXEMPT,
        "gibberish": "a word of the expected script in it earns its share of the words, which is the measure",
        "answer_only_in_thinking": "the thinking is judged as well, and where the answer stands is a format's business",
    },
    examples=[
        Example(_sample(_CHINESE), Outcome.CORRECT, 1.0, _ZH, "all in one script"),
        Example(_sample("答案是 forty two"), Outcome.PARTIAL, 0.6, _ZH, "three of five words"),
        Example(_sample("答案是 $x = 42$，因为六乘以七 well"), Outcome.CORRECT, 1.0, _FREE, "a loan is free"),
        Example(_sample("The answer is forty-two."), Outcome.INCORRECT, 0.0, _ZH, "all in another script"),
        Example(_sample("42"), Outcome.UNDECIDED, 0.0, _ZH, "no words"),
        Example(_sample("答案是四十二"), Outcome.UNAVAILABLE, None, {"language_field": "language"}, "none declared"),
    ],
    attacks=[
        Attack("another_language", _sample("So the answer to this is plainly forty-two."), _ZH),
        Attack("stuffed_with_one_sentence",
               _sample("这就是这个问题的最终答案，请看以下的说明。" * 50 +
                       "So it is forty-two, as one can see by adding seven six times, and nobody who tries will find "
                       "another number."), _ZH, below=0.5),
        Attack("hidden_stuffing", _sample(f"<!-- {_CHINESE * 9} -->The answer is forty-two."), _ZH),
        Attack("invisible", _sample("\u200b\u2060"), _ZH),
        Attack("disguised_as_code", _sample("答案：\n```\nSo the answer to this question is plainly forty-two.\n```"),
               _ZH, below=0.3),
        Attack("full_width_letters", _sample("\uff34\uff48\uff45 \uff41\uff4e\uff53\uff57\uff45\uff52"), _ZH),
        Attack("gibberish", _sample("qzx wvk jjq " * 30), _ZH),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class CodeSwitch(Verifier):
    """The share of the words of a response that are in the expected language: 1 where it never switches.

    By `script` a word counts for the language where it is in one of its scripts, by Unicode blocks; nothing need be
    installed, and languages of one script can't be told apart. By `detector` (lingua, the extra `language`) stretches
    in another language of the same script count against it too, and those that can't be told are left out. In scripts
    without spaces each character is a word. Code, formulas, links, markup and quotes are taken out, as in `language`.

    `free_share` of switched words, for names and terms, costs nothing: the value is 1 up to it, and falls in a straight
    line to 0 where all words are switched. Range [0, 1]. A response without words is UNDECIDED, an empty one NO_ANSWER.
    """

    is_bounded = True

    expected: Expected = None
    language_field: LanguageField = None
    by: Annotated[Literal["script", "detector"], Doc("what tells languages apart")] = "script"
    part: Annotated[Literal["response", "thinking", "answer"], Doc("what is judged")] = "response"
    free_share: Annotated[float, Doc("the share of switched words that costs nothing"), Ge(0), Lt(1)] = 0.0
    languages: Languages = ()
    accuracy: AccuracyOption = "low"

    def __post_init__(self) -> None:
        check_finite(free_share=self.free_share)
        check_expected(self.expected, self.language_field, self.languages)
        if not 0 <= self.free_share < 1:
            raise OptionError(f"free_share is {self.free_share}; expected 0 <= free_share < 1")
        if self.by == "script" and self.expected is None and self.language_field is None:
            raise OptionError("by script the language must be declared, with expected or language_field")
        if self.by == "script" and self.languages:
            raise OptionError("languages are what the detector chooses from; by script there is no choice")
        if self.by == "detector" and importlib.util.find_spec("lingua") is None:
            raise MissingExtraError(
                "reward 'language.switch' by detector needs lingua, not installed: pip install 'rewardkit[language]'"
            )

    def verify(self, sample: Sample) -> Score:
        """Judge how far one response stays in its language."""
        text = sample.response_text
        if not has_visible(text):
            return self.no_answer("the response is empty")
        languages = codes_of(self.languages)
        code, told = expected_language(sample, self.expected, self.language_field, languages, self.accuracy)
        if code is None:
            return self.unavailable(told)
        ask = detector(languages, self.accuracy) if self.by == "detector" else None
        share = share_of(prose(self._part(text)), code, ask)
        if not share.own + share.foreign:
            return self.undecided("there are no words whose language could be told", expected=code)
        switched = 1.0 - share.value
        value = between(1.0 - max(switched - self.free_share, 0.0) / (1.0 - self.free_share), 1.0, 0.0)
        reason = f"{share.own} of {share.own + share.foreign} words are in {code}"
        if share.others:
            reason += f", others in {', '.join(share.others)}"
        return self.graded(value, reason, expected=code, source=told, share=share.value, unclear=share.unclear)

    def _part(self, text: str) -> str:
        if self.part == "response":
            return text
        read = read_thinking(text)
        if isinstance(read, Fault):
            answer = outside_thinking(text)
            return answer if self.part == "answer" else text
        return read.inside if self.part == "thinking" else read.outside
