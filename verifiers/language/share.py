"""How much of a text is in an expected language: by its scripts, and where a detector is asked, by its sentences.

    share_of(prose("Das ist gut. And this is not."), "de", ask=detector)

Words in scripts of other languages are foreign. The rest is cut into stretches of a few sentences, and the detector
says of each whether it is the expected language; where it can't tell, the words of the stretch count for neither side.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from rewardkit.verifiers.language.languages import NAMES, are_close, composed, scripts_of, words_by_script
from rewardkit.verifiers.language.prose import letters

if TYPE_CHECKING:
    from lingua import LanguageDetector

Accuracy: TypeAlias = Literal["low", "high"]
Ask: TypeAlias = Callable[[str], Mapping[str, float]]
"""From a text to the confidence of each language, by code; they sum to 1, or all are 0."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_LONG_WORD = re.compile(r"\S{41,}")
_SHORTEST_REPEATED = 16
_STRETCH = 240
"""Characters of a stretch, at most."""
_SENTENCES = 40
"""Characters from which on sentences make a stretch of their own."""
_SHORTEST_STRETCH = 20
"""Letters below which the detector is not asked."""
_MOST_STRETCHES = 64
"""Stretches that the detector sees; of a longer text so many, spread evenly."""
_CLEAR = 0.2
"""How much more confident the detector must be in another language than in the expected one."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many words of a text are in the expected language, in another, and in who knows which."""

    own: int
    foreign: int
    unclear: int
    others: tuple[str, ...]
    """What the foreign words are: scripts, and codes of languages; the most frequent first."""

    @property
    def value(self) -> float:
        """Own words / (own + foreign); 0 where there are none."""
        return self.own / (self.own + self.foreign) if self.own + self.foreign else 0.0


def share_of(text: str, expected: str, ask: Ask | None = None) -> Share:
    """The share of `text` (prose) that is in the language `expected`. Sentences said again count once."""
    scripts = scripts_of(expected)
    own = foreign = unclear = 0
    others: dict[str, int] = {}
    stretches = _stretches(composed(text))
    if ask is not None and len(stretches) > _MOST_STRETCHES:
        stretches = [stretches[i * len(stretches) // _MOST_STRETCHES] for i in range(_MOST_STRETCHES)]
    for stretch in stretches:
        words = list(words_by_script(stretch))
        fitting = [word for word in words if word.script in scripts]
        foreign += len(words) - len(fitting)
        for word in words:
            if word.script not in scripts:
                others[word.script] = others.get(word.script, 0) + 1
        if not fitting:
            continue
        part = " ".join(stretch[w.start : w.end] for w in fitting) if len(fitting) < len(words) else stretch
        verdict = expected if ask is None else _verdict(part, expected, ask)
        if verdict == expected:
            own += len(fitting)
        elif verdict is None:
            unclear += len(fitting)
        else:
            foreign += len(fitting)
            others[verdict] = others.get(verdict, 0) + len(fitting)
    return Share(own, foreign, unclear, tuple(sorted(others, key=lambda name: (-others[name], name))[:4]))


def main_language(text: str, ask: Ask) -> str | None:
    """The language of a text (prose), None where the detector can't tell."""
    main = _LONG_WORD.sub(" ", _in_main_script("\n".join(_stretches(composed(text))[:_MOST_STRETCHES])))
    if not _is_enough(main):
        return None
    total: dict[str, float] = {}
    for stretch in _stretches(main):
        for code, confidence in ask(stretch).items():
            total[code] = total.get(code, 0.0) + confidence * letters(stretch) / letters(main)
    ranked = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else ("", 0.0)
    is_clear = best[1] > 0 and (best[1] - second[1] >= _CLEAR or are_close(best[0], second[0]))
    return best[0] if is_clear else None


def _verdict(text: str, expected: str, ask: Ask) -> str | None:
    """The expected language, another one, or None."""
    text = _LONG_WORD.sub(" ", text)
    if not _is_enough(text):
        return None
    best, is_clear = _best(text, expected, ask)
    if best == expected:
        return expected
    if not is_clear:
        return None
    half = text.find(" ", len(text) // 2)
    for part in (text[:half], text[half:]) if half > 0 else ():  # a lone letter can sway a detector of whole stretches
        if _is_enough(part) and not _best(part, expected, ask)[1]:
            return None
    return best


def _best(text: str, expected: str, ask: Ask) -> tuple[str | None, bool]:
    """The language that the detector is most confident in, and whether it is clearly another than the expected one."""
    confidence = ask(text)
    best = max(confidence, key=lambda code: (confidence[code], code == expected, code))
    if confidence[best] <= 0:
        return None, False
    lead = confidence[best] - confidence.get(expected, 0.0)
    return best, best != expected and not are_close(best, expected) and lead >= _CLEAR


def _is_enough(text: str) -> bool:
    """Whether a text is long enough for a verdict: a few letters of Han, kana, Hangul and such, or more of others."""
    telling = sum(word.script not in ("Latin", "Cyrillic", "Arabic", "other") for word in words_by_script(text))
    return telling >= 6 or letters(text) >= _SHORTEST_STRETCH


def _in_main_script(text: str) -> str:
    """The words of a text in the scripts that most of it is written in; two characters without spaces are one word."""
    words = list(words_by_script(text))
    families = {"Kana": "Han"}
    weight: dict[str, float] = {}
    for word in words:
        family = families.get(word.script, word.script)
        weight[family] = weight.get(family, 0.0) + (0.5 if family == "Han" else 1.0)
    if len(weight) < 2:
        return text
    main = max(weight, key=lambda script: (weight[script], script))
    glue = "" if main == "Han" else " "
    return glue.join(text[w.start : w.end] for w in words if families.get(w.script, w.script) == main)


def _stretches(text: str) -> list[str]:
    """The sentences of a text, each once, joined to stretches and cut where they are longer."""
    stretches: list[str] = []
    said = set[str]()
    current = ""
    for sentence in _SENTENCE.split(text):
        words = sentence.strip()
        if not words or (len(words) >= _SHORTEST_REPEATED and words in said):
            continue
        said.add(words)
        current = f"{current} {words}" if current else words
        if len(current) >= _SENTENCES:
            stretches += [current[i : i + _STRETCH] for i in range(0, len(current), _STRETCH)]
            current = ""
    return [*stretches, current] if current else stretches


def detector(languages: tuple[str, ...], accuracy: Accuracy) -> Ask:
    """A detector of these languages (all 75 for none), made once for a process; its models load with first use."""
    detect = _lingua(languages, accuracy)
    codes = {name: code for code, name in NAMES.items()}

    def ask(text: str) -> Mapping[str, float]:
        return {codes[found.language.name]: found.value for found in detect.compute_language_confidence_values(text)}

    return ask


@functools.lru_cache(maxsize=8)
def _lingua(languages: tuple[str, ...], accuracy: Accuracy) -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder

    chosen = [getattr(Language, NAMES[code]) for code in languages]
    builder = (
        LanguageDetectorBuilder.from_languages(*chosen) if chosen else LanguageDetectorBuilder.from_all_languages()
    )
    return (builder.with_low_accuracy_mode() if accuracy == "low" else builder).build()
