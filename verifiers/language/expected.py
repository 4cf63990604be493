"""Which language a response is to be in: declared for all, read from a column, or that of the prompt."""

from __future__ import annotations

import functools
from typing import Annotated, TypeAlias

from rewardkit.errors import OptionError
from rewardkit.reward import Doc
from rewardkit.sample import Sample
from rewardkit.verifiers.language.languages import NAMES, code_of, find_code
from rewardkit.verifiers.language.prose import prose
from rewardkit.verifiers.language.share import Accuracy, detector, main_language

Expected: TypeAlias = Annotated[
    str | None, Doc("the language, as an ISO 639-1 code or an English name; default: that of the prompt")
]
LanguageField: TypeAlias = Annotated[str | None, Doc("column with the language that the row asks for")]
Languages: TypeAlias = Annotated[
    tuple[str, ...], Doc("the languages that the detector chooses from; fewer are surer and lighter; default: all 75")
]
AccuracyOption: TypeAlias = Annotated[
    Accuracy, Doc("the detector's models: low takes about 60 MB and half a second, high about 1 GB and 8 to 20 seconds")
]

CONTENT_CLASSES = ("self_declared_verdict", "prompt_injection", "prompt_restated")
EXEMPT = dict.fromkeys(
    CONTENT_CLASSES, "which language is written is judged and not what is said in it; combine it with a content reward"
)


def check_expected(expected: str | None, language_field: str | None, languages: tuple[str, ...]) -> None:
    """Raise `OptionError` for languages that can't be meant."""
    if expected is not None and language_field is not None:
        raise OptionError("give expected, one language for all rows, or language_field, the column that holds it")
    codes = [code_of(language, "languages") for language in languages]
    if languages and (len(set(codes)) < 2 or len(set(codes)) < len(codes)):
        raise OptionError("languages needs two distinct ones at least, or none for all")
    if expected is not None and code_of(expected, "expected") not in (codes or NAMES):
        raise OptionError(f"expected is {expected!r}, which is not among languages")


def codes_of(languages: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of valid languages."""
    return tuple(sorted(code_of(language, "languages") for language in languages))


def expected_language(
    sample: Sample, expected: str | None, language_field: str | None, languages: tuple[str, ...], accuracy: Accuracy
) -> tuple[str | None, str]:
    """The code of the language that a sample asks for, or None; and where it comes from, or why there is none."""
    if expected is not None:
        return code_of(expected, "expected"), "declared"
    if language_field is not None:
        code = find_code(sample.data.get(language_field))
        if code is None or (languages and code not in languages):
            known = ", ".join(languages or sorted(NAMES))
            return None, f"column {language_field!r} must hold a language, by code or English name; known: {known}"
        return code, f"column {language_field!r}"
    code = _prompt_language(sample.prompt_text, languages, accuracy)
    if code is None:
        return None, "the language of the prompt can't be told; declare it with expected or language_field"
    return code, "the prompt's"


@functools.lru_cache(maxsize=256)
def _prompt_language(prompt: str, languages: tuple[str, ...], accuracy: Accuracy) -> str | None:
    return main_language(prose(prompt), detector(languages, accuracy))
