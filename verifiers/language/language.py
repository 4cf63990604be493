"""`language`: whether a response is in the language of its prompt, or in a declared one; thinking and answer apart.

Language()                                             # as the prompt
Language(expected="de", part="thinking")
Language(language_field="language", languages=("en", "zh", "de"))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from rewardkit.errors import OptionError
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
from rewardkit.verifiers.language.prose import letters, prose
from rewardkit.verifiers.language.share import detector, share_of
from rewardkit.verifiers.visible import has_visible

_GERMAN = "Zuerst rechnen wir sechs mal sieben aus, das ergibt zweiundvierzig. Die Antwort lautet also zweiundvierzig."
_ENGLISH = "First we work out six times seven, which comes to forty-two. So the answer that was asked for is forty-two."
_CHINESE = "首先我们计算六乘以七，结果等于四十二。因此最后的答案就是四十二。"
_ASK = "Wie viel ist sechs mal sieben? Bitte erkläre kurz, wie du darauf kommst."


def _sample(response: str, prompt: str = _ASK, **data: object) -> Sample:
    return Sample(prompt=prompt, response=response, data=data)


@register(
    "language",
    reference="none: the expected language is the prompt's, an option's or a column's",
    source="own, with the detector lingua; language consistency as a reward: DeepSeek-R1 (arXiv 2501.12948)",
    extra="language",
    requires=("lingua",),
    exempt=EXEMPT,
    examples=[
        Example(_sample(f"<think>{_GERMAN}</think>{_GERMAN}"), Outcome.CORRECT, title="thinks and answers as asked"),
        Example(_sample(f"<think>{_ENGLISH}</think>{_GERMAN}"), Outcome.INCORRECT, title="thinks in another language"),
        Example(_sample(f"<think>{_ENGLISH}</think>{_GERMAN}"), Outcome.CORRECT, options={"part": "answer"},
                title="where only the answer is judged"),
        Example(_sample(f"{_GERMAN} `print(6 * 7)` und $x = \\text{{six}} \\cdot 7$."), Outcome.CORRECT,
                title="code and formulas have no language"),
        Example(_sample(_CHINESE, language="zh"), Outcome.CORRECT, options={"language_field": "language"},
                title="the language that the row asks for"),
        Example(_sample("42."), Outcome.UNDECIDED, title="too short to tell"),
        Example(_sample(_GERMAN, prompt="6 x 7 = ?"), Outcome.UNAVAILABLE, title="the prompt is in no language"),
        Example(_sample(" \u200b"), Outcome.NO_ANSWER, title="an empty response"),
    ],
    attacks=[
        Attack("half_and_half", _sample(f"{_GERMAN} {_ENGLISH}")),
        Attack("stuffed_with_one_sentence", _sample("Das ist die Antwort auf die Frage. " * 200 + _ENGLISH * 2)),
        Attack("hidden_stuffing", _sample(f"<!-- {_GERMAN * 9} -->{_ENGLISH}")),
        Attack("disguised_as_code", _sample(f"Hier die Antwort auf deine Frage:\n```\n{_ENGLISH}\n```")),
        Attack("disguised_as_a_formula", _sample(f"Hier die Antwort auf deine Frage: ${_ENGLISH}$")),
        Attack("disguised_as_a_quote", _sample(f"Hier die Antwort auf deine Frage: \u201e{_ENGLISH}\u201c")),
        Attack("another_script", _sample(f"Hier die Antwort auf deine Frage: {_CHINESE * 2}")),
        Attack("zero_width_between_letters", _sample("\u200b".join(_ENGLISH))),
        Attack("full_width_letters", _sample(_ENGLISH.translate({i: i + 0xFEE0 for i in range(33, 127)}))),
        Attack("look_alike_letters", _sample(_GERMAN.replace("e", "\u0435").replace("a", "\u0430"))),
        Attack("answer_in_another", _sample(f"<think>{_GERMAN}</think>{_ENGLISH}")),
        Attack("letters_without_words", _sample("qzx wvk jjq " * 30)),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class Language(Verifier):
    """Whether a response is in the expected language: of the words that can be told, at least `min_share` are.

    Code, formulas, links, markup and quotes are taken out first (but not sentences in their guise), and sentences said
    again count once. Words in a script of another language are foreign; of the rest a detector (lingua) says stretch
    by stretch whether they are the expected language. Between close languages, such as Danish and Norwegian, and where
    it is hardly surer of another, it decides nothing. Traditional and simplified Chinese are one language.

    `part: each` judges thinking and answer apart, and both must pass; a part too short to tell is left to the other. A
    response with fewer than `min_letters` letters that can be told is UNDECIDED, not wrong. A row whose expected
    language can't be told is UNAVAILABLE. Of a long text the detector sees 64 stretches, spread evenly.

    Range [0, 1]: 1 or 0. Deterministic. The detector's models load with the first row: in low accuracy about 0.5 s and
    60 MB a process for all 75 languages, in high 8 to 20 s and 1 GB; `languages` makes both less.
    """

    is_bounded = True

    expected: Expected = None
    language_field: LanguageField = None
    part: Annotated[
        Literal["each", "response", "thinking", "answer"], Doc("what is judged; each: thinking and answer, apart")
    ] = "each"
    min_share: Annotated[float, Doc("the share of words that must be in the language"), Gt(0.5), Le(1)] = 0.8
    min_letters: Annotated[int, Doc("letters that a verdict needs (in Han and the like a third)"), Ge(1)] = 24
    languages: Languages = ()
    accuracy: AccuracyOption = "low"

    def __post_init__(self) -> None:
        check_expected(self.expected, self.language_field, self.languages)
        if not 0.5 < self.min_share <= 1:
            raise OptionError(f"min_share is {self.min_share}; expected 0.5 < min_share <= 1")

    def verify(self, sample: Sample) -> Score:
        """Judge the language of one response."""
        text = sample.response_text
        if not has_visible(text):
            return self.no_answer("the response is empty")
        languages = codes_of(self.languages)
        code, told = expected_language(sample, self.expected, self.language_field, languages, self.accuracy)
        if code is None:
            return self.unavailable(told)
        parts = self._parts(text)
        if self.part in ("each", "answer") and not has_visible(parts["answer"]):
            return self.no_answer("there is no answer outside the thinking")
        ask = detector(languages, self.accuracy)
        found: dict[str, dict[str, object]] = {}
        failed: list[str] = []
        for name, part in parts.items():
            plain = prose(part)
            share = share_of(plain, code, ask)
            decided = share.own + share.foreign
            known = decided / (decided + share.unclear) if decided else 0.0
            if letters(plain) * known * (3 if code in ("zh", "ja", "ko", "th") else 1) < self.min_letters:
                continue
            found[name] = {"share": share.value, "words": decided, "unclear": share.unclear, "others": [*share.others]}
            if share.value < self.min_share:
                failed.append(f"of the {name} {share.value:.0%} is in {code}, the rest in {', '.join(share.others)}")
        if not found:
            return self.undecided("there is too little prose to tell its language", expected=code)
        if failed:
            return self.incorrect("; ".join(failed), expected=code, source=told, parts=found)
        shares = ", ".join(f"{name} {part['share']:.0%}" for name, part in found.items())
        return self.correct(f"in {code}: {shares}", expected=code, source=told, parts=found)

    def _parts(self, text: str) -> dict[str, str]:
        if self.part == "response":
            return {"response": text}
        read = read_thinking(text)
        if isinstance(read, Fault):  # such as a block that never ends: all that is not an answer is thinking
            answer = outside_thinking(text)
            read_parts = {"thinking": text.removesuffix(answer) if answer else text, "answer": answer}
        else:
            read_parts = {"thinking": read.inside, "answer": read.outside}
        return read_parts if self.part == "each" else {self.part: read_parts[self.part]}
