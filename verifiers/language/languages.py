"""Languages by their ISO 639-1 codes: the detector's name for each, and the scripts that it is written in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rewardkit.errors import OptionError, nearest

_LISTED = """
    af AFRIKAANS ar ARABIC az AZERBAIJANI be BELARUSIAN bg BULGARIAN bn BENGALI bs BOSNIAN ca CATALAN cs CZECH cy WELSH
    da DANISH de GERMAN el GREEK en ENGLISH eo ESPERANTO es SPANISH et ESTONIAN eu BASQUE fa PERSIAN fi FINNISH
    fr FRENCH ga IRISH gu GUJARATI he HEBREW hi HINDI hr CROATIAN hu HUNGARIAN hy ARMENIAN id INDONESIAN is ICELANDIC
    it ITALIAN ja JAPANESE ka GEORGIAN kk KAZAKH ko KOREAN la LATIN lg GANDA lt LITHUANIAN lv LATVIAN mi MAORI
    mk MACEDONIAN mn MONGOLIAN mr MARATHI ms MALAY nb BOKMAL nl DUTCH nn NYNORSK pa PUNJABI pl POLISH pt PORTUGUESE
    ro ROMANIAN ru RUSSIAN sk SLOVAK sl SLOVENE sn SHONA so SOMALI sq ALBANIAN sr SERBIAN st SOTHO sv SWEDISH sw SWAHILI
    ta TAMIL te TELUGU th THAI tl TAGALOG tn TSWANA tr TURKISH ts TSONGA uk UKRAINIAN ur URDU vi VIETNAMESE xh XHOSA
    yo YORUBA zh CHINESE zu ZULU
"""
NAMES: Mapping[str, str] = dict(re.findall(r"([a-z]{2}) ([A-Z]+)", _LISTED))
"""All 75 languages of the detector: code, and its name there."""

_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "ar": ("Arabic",), "fa": ("Arabic",), "ur": ("Arabic",), "hy": ("Armenian",), "bn": ("Bengali",),
    "be": ("Cyrillic",), "bg": ("Cyrillic",), "kk": ("Cyrillic",), "mk": ("Cyrillic",), "mn": ("Cyrillic",),
    "ru": ("Cyrillic",), "uk": ("Cyrillic",), "sr": ("Cyrillic", "Latin"), "zh": ("Han",), "ja": ("Han", "Kana"),
    "ko": ("Hangul", "Han"), "ka": ("Georgian",), "el": ("Greek",), "gu": ("Gujarati",), "he": ("Hebrew",),
    "hi": ("Devanagari",), "mr": ("Devanagari",), "pa": ("Gurmukhi",), "ta": ("Tamil",), "te": ("Telugu",),
    "th": ("Thai",),
}  # fmt: skip

CLOSE: tuple[frozenset[str], ...] = tuple(
    map(frozenset, ({"nb", "nn", "da"}, {"bs", "hr", "sr"}, {"id", "ms"}, {"cs", "sk"}, {"af", "nl"}, {"xh", "zu"},
                    {"st", "tn"}, {"bg", "mk"}, {"hi", "mr"}))
)  # fmt: skip
"""Languages so close that a detector's choice between them decides nothing."""

BLOCKS: Mapping[str, str] = {
    "Latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "Armenian": "\u0530-\u058f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Devanagari": "\u0900-\u097f\ua8e0-\ua8ff",
    "Bengali": "\u0980-\u09ff",
    "Gurmukhi": "\u0a00-\u0a7f",
    "Gujarati": "\u0a80-\u0aff",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "Kana": "\u3041-\u30ff\u31f0-\u31ff",
    "Han": "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
}
"""Unicode blocks of each script: character classes. A letter of any other script counts as 'other'."""

_UNSPACED = ("Han", "Kana", "Thai")
_EVERY = "".join(BLOCKS.values())
_MARKS = "\u0300-\u036f'\u2019\u00ad-"
_WORD = re.compile(
    "|".join(
        rf"(?P<{name}>[{block}])" if name in _UNSPACED else rf"(?P<{name}>[{block}][{block}{_MARKS}]*+)"
        for name, block in BLOCKS.items()
    )
    + rf"|(?P<other>[^\W\d_{_EVERY}]+)"
)


class Word(NamedTuple):
    """A word, or a character of a script that is written without spaces."""

    script: str
    start: int
    end: int


def code_of(language: str, option: str) -> str:
    """The code of a language, given by code or by English name; raises `OptionError` for an unknown one.

    >>> code_of("German", "expected"), code_of("de", "expected")
    ('de', 'de')
    """
    code = find_code(language)
    if code is None:
        known = [*NAMES, *(name.lower() for name in NAMES.values())]
        raise OptionError(f"{option}: no language is called {language!r}; {nearest(language.lower(), known)}")
    return code


def find_code(language: object) -> str | None:
    """The code of a language, given by code (also with a region, `de-AT`) or English name; None for an unknown one."""
    if not isinstance(language, str):
        return None
    lowered = language.strip().lower()
    by_name = next((code for code, name in NAMES.items() if name == lowered.upper()), None)
    short = re.split("[-_]", lowered, maxsplit=1)[0]
    return by_name or (lowered if lowered in NAMES else short if short in NAMES else None)


def scripts_of(code: str) -> tuple[str, ...]:
    """The scripts that a language is written in."""
    return _SCRIPTS.get(code, ("Latin",))


def are_close(one: str, other: str) -> bool:
    """Whether a detector can't be trusted to tell two languages apart."""
    return any(one in group and other in group for group in CLOSE)


def words_by_script(text: str) -> Iterator[Word]:
    """The words of a text with their scripts; digits and signs belong to none. A word that changes script in the middle
    is several: letters borrowed for their looks do not hide in another script's word.

    >>> [word.script for word in words_by_script("Hi \\u4f60\\u597d!")]
    ['Latin', 'Han', 'Han']
    """
    for match in _WORD.finditer(text):
        yield Word(match.lastgroup or "other", match.start(), match.end())


def composed(text: str) -> str:
    """A text in composed form, in which full-width letters are plain ones, without halves of surrogate pairs."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())
