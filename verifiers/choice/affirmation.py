"""Whether a text affirms or denies, and where a response states so without saying "the answer is".

    affirms("definitely yes, as it is odd", ("en",))       # True
    stated("It is odd. So yes.", ("en",)).affirms          # True

A word for yes or no counts where it begins the text and stands as a word of its own. Statements are those of
`statements.py`: "The statement is true", "Verdict: false", "So yes.", the word alone on the last line or at the end.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rewardkit.verifiers.choice.languages import senses
from rewardkit.verifiers.choice.statements import Frames, Statement, agreed, find_statements
from rewardkit.verifiers.wrapping import CONTINUATION, bare

LONGEST = 4096
"""Characters of an answer that are read."""

_FOLLOWS = (
    r"(?!\.?\s?\d)(?=\s*$|\s?[.,;:!?)。，；：！？、—–/]|\s-\s|\s\("
    rf"|\s(?:{CONTINUATION}|it|that|this|they|he|she|there|we|i|or|and)(?!\w))"
)
_OPENS_CLAUSE = (
    r"(?:^|[.,;:!?(。，；：！？、—–/\"']\s?|\s-\s|或|还是"
    r"|\b(?:or|and|but|actually|rather|maybe|perhaps|also|then|now)\s)"
)
_ENDS_CLAUSE = r"(?=\s?(?:$|[.,;:!?)。，；：！？、—–/\"'])|\s(?:or|and|but)\b|或|还是)"
_CERTAIN = (
    r"(?:absolutely|definitely|certainly|clearly|obviously|surely|simply|of course|therefore|thus"
    r"|a (?:resounding|clear|definite|firm))"
)
_AGREES = r"(?:correct|right|indeed|exactly|that['’]s (?:right|correct)|✅|✔️?|☑️?|👍)"
_DISAGREES = r"(?:incorrect|wrong|not at all|❌|✖️?|✗|🚫|👎)"
_COPULA = re.compile(r"(?:です|である|だ|입니다|이다)(?=[\s.,!。、，！]|$)")

_CLAIM = r"(?:statement|claim|sentence|assertion|proposition|hypothesis|conclusion)"
_QUOTED = r"(?: [\"“«][^\"”»\n]{1,240}[\"”»])?"
_JUDGED = re.compile(
    rf"((?:^|[.!?,]\s|\b(?:so|therefore|thus|hence),?\s)(?:the |this )(?:given |above |original )?{_CLAIM}{_QUOTED} is"
    r"(?: therefore| thus| clearly| indeed| actually)? )(?:(correct|accurate)|(incorrect|inaccurate))\b",
    re.IGNORECASE | re.MULTILINE,
)
_FRAMES = Frames(
    before=r"(?:i|we)(?:['’]d| would)? say\b|(?:the|my|our) (?:final |correct |right |short )?"
    r"(?:verdict|conclusion|response|judge?ment|decision|result) is\b"
    rf"|(?:(?:the |this )?(?:given |above |following |original )?{_CLAIM}{_QUOTED} (?:is|must be)"
    r"|die (?:aussage|behauptung) ist|(?:l['’]affirmation|cette affirmation|l['’]énoncé) est"
    r"|(?:la|esta) afirmación es|(?:a|esta) afirmação é|(?:l['’]affermazione|questa affermazione) è"
    r"|(?:это )?утверждение|(?:这个|该)?(?:说法|陈述|命题)(?:是|为))"
    r"(?: therefore| thus| clearly| indeed| actually| definitely)?",
    after=r"\sis the (?:correct |right |final )?answer",
    keys=r"verdict|judge?ment|conclusion|decision|determination|result|response|prediction|classification|label|output"
    r"|assessment|evaluation|truth value|fazit|urteil|veredicto|conclusión|verdetto|结论|判断|結論|결론|вывод|вердикт",
    conclusions=rf"(?:it|this|the (?:answer|{_CLAIM}))(?:['’]s| is| must be) |the answer: |答案是|答えは|답은 ",
)
_REPORTED = re.compile(r"[\"'”]{0,2},?\s(?:said|says?|claims?|claimed|thinks?|wrote|writes)\b")
_ASKED = re.compile(r"[\"'”)*]{0,3}\s?[?？]")


class Stated(NamedTuple):
    """What the statements of a response say together."""

    affirms: bool
    is_contradictory: bool
    rest: str
    """The last statement and what follows it."""


def readable(text: str) -> str:
    """The text without its wrapping, in lower case, white space collapsed."""
    text = _COPULA.sub("", unicodedata.normalize("NFKC", text[:LONGEST]))
    asks = text.rstrip(" \n*_\"'”)").endswith("?")
    return " ".join(bare(text.lstrip(" ,;:")).casefold().split()) + ("?" if asks and len(text) < LONGEST else "")


def affirms(text: str, languages: tuple[str, ...], *, is_whole: bool = False) -> bool | None:
    """Whether the word that begins the readable `text` affirms; None when no word for yes or no does.

    None as well where that word is asked ("yes?"), or stands against the words before it ("correct, no"). `is_whole`:
    nothing may follow.
    """
    first = _patterns(languages)[0].match(text)
    if (
        first is None
        or _REPORTED.match(text, first.end())
        or (_ASKED.match(text, first.end()) and not hedges(text, languages))
    ):
        return None
    if is_whole and text[first.end() :].strip(" .,!。！*"):
        return None
    says_yes = senses(languages)[first.group("word")][0]
    contradicts = first.group("disagrees") if says_yes else first.group("agrees")
    return None if contradicts else says_yes


def hedges(text: str, languages: tuple[str, ...]) -> bool:
    """Whether a text that begins with one word has an opposite one, standing as a clause of its own, or denies it.

    Of another kind ("Yes, that is false.") a word opposes only right behind the first one: "True? No."
    """
    first, clause, denied = _patterns(languages)
    opening = first.match(text)
    if opening is None:
        return False
    table = senses(languages)
    says_yes, kind = table[opening.group("word")]
    if any(table[other.group(1)] == (says_yes, kind) for other in denied.finditer(text, opening.end())):
        return True
    for position, other in enumerate(clause.finditer(text, opening.end())):
        other_says_yes, other_kind = table[other.group(1)]
        is_adjacent = position == 0 and len(text[opening.end() : other.start(1)].strip(" .,;:!?/-—()\"'")) <= 10
        if other_says_yes != says_yes and (other_kind == kind or is_adjacent):
            return True
    return False


def stated(text: str, languages: tuple[str, ...], *, has_answer: bool) -> Stated | None:
    """What the statements in `text` say; with `has_answer` it begins with the answer, which is none of them."""
    text = _JUDGED.sub(lambda m: m.group(1) + ("true" if m.group(2) else "false"), text[-2 * LONGEST :])
    read: list[tuple[Statement, bool]] = []
    hedged = False
    for statement in find_statements(text, _FRAMES):
        if has_answer and statement.start == 0 and statement.kind in ("first", "last", "line"):
            continue
        says_yes = affirms(readable(statement.text), languages, is_whole=statement.kind in ("last", "line"))
        if says_yes is not None:
            hedged |= hedges(readable(statement.text), languages)
            read.append((statement, says_yes))
    claim, is_contradictory = agreed(read)
    if claim is None:
        return None
    last = max(statement.start for statement, _ in read)
    return Stated(claim, is_contradictory or hedged, text[last : last + LONGEST])


@lru_cache(maxsize=64)
def _patterns(languages: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A word that begins an answer, one that stands as a clause further on, and one that is denied."""
    words = "|".join(re.escape(w) for w in sorted(senses(languages), key=len, reverse=True))
    before = rf"(?:(?:{_CERTAIN}|(?P<agrees>{_AGREES})|(?P<disagrees>{_DISAGREES}))[,:—–-]?\s)?"
    first = re.compile(rf"{before}[\"'“(*\[]{{0,3}}(?P<word>{words})(?!\w)[\"'”)*\]]{{0,3}}{_FOLLOWS}")
    clause = re.compile(rf"{_OPENS_CLAUSE}({words})(?!\w){_ENDS_CLAUSE}")
    denied = re.compile(rf"(?:\bnot|\bnever|n['’]t)\s({words})(?!\w)")
    return first, clause, denied
