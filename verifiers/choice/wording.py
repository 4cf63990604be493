"""Which labels of a closed set a text names, as whole words, and whether it gives one.

    table = table_of(("spam", "ham"), (), match_case=False)
    named("the ham class, as it is harmless", table, match_case=False, is_whole=False)    # Named(("ham",), True)

The longest label is read first: "positive" is found neither inside "nonpositive" nor inside "very positive".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from rewardkit.verifiers.choice.statements import Frames
from rewardkit.verifiers.wrapping import CONTINUATION, bare

Words: TypeAlias = tuple[str, ...]

_EDGE = ".,;:!?()[]{}\"'“”‘’*`。，；：！？、"
_EXPLAINS = re.compile(rf"(?:{CONTINUATION})(?!\w)|[-–—]+$", re.IGNORECASE)
_ARTICLES = frozenset(("the", "a", "an", "der", "die", "das", "la", "le", "el", "los", "il"))
_CERTAIN = frozenset(("clearly", "definitely", "certainly", "obviously", "indeed", "therefore", "thus", "overall"))
_NOUNS = frozenset(
    (
        *("class", "category", "label", "tag", "sentiment", "type", "group", "intent", "topic", "one", "message"),
        *("review", "text", "email", "sentence", "tweet", "post", "comment", "statement", "issue", "bug", "pair"),
    )
)
_DOUBTS = frozenset(
    ("not", "no", "never", "or", "unlikely", "maybe", "perhaps", "possibly", "unsure", "wrong", "false", "either")
)
_SENTENCE_END = re.compile(r"[.!](?=\s)|[。！\n]")
_OFFERS = re.compile(
    r"\W{0,6}(?:or|maybe|perhaps|possibly|alternatively|also|and|actually|no|wait|rather|instead|oder|ou|o|и|或)\b"
    r"|[^.!?\n]{0,80}\b(?:could|might|may)\b",
    re.IGNORECASE,
)
_COPULA = re.compile(r"(?<=\w)\s?(?:です|である|입니다|이다)(?=[\s.,!。、，！]|$)")

_SELF = r"(?:i|we)(?:['’](?:d|ll|ve|m)| would| will| must| have| am| should)?"
_VERBS = (
    r"(?:classif(?:y|ied)|label(?:l?ed)?|categori[sz]ed?|rated?|tag(?:ged)?|mark(?:ed)?|judged?|identif(?:y|ied)"
    r"|described?)"
)
_TEXT = (
    r"(?:message|review|text|e-?mail|mail|sentence|tweet|post|comment|statement|passage|document|article|input|sample"
    r"|ticket|request|query|utterance|relation(?:ship)?|image|headline|feedback|issue|bug|word|token|pair|hypothesis)"
)
_KEY = (
    r"(?:label|class|classification|category|sentiment|prediction|verdict|intent(?:ion)?|topic|emotion|stance|severity"
    r"|type|tag|rating|polarity|tone|priority|toxicity|relation(?:ship)?|part of speech|level)"
)
FRAMES = Frames(
    before=rf"{_SELF} {_VERBS} (?:[\w'’-]{{1,20}} ){{0,6}}?as(?: an?| the)?"
    rf"|(?:this|that|the|it)(?: [\w'’-]{{1,20}}){{0,3}}?"
    r" (?:is|was|should be|can be|would be|must be|has been)(?: best| clearly)?"
    rf" {_VERBS} as(?: an?| the)?"
    r"|(?:this|it|the \w{1,16}) (?:falls (?:under|into)|belongs (?:to|in)|fits(?: into)?)(?: the)?"
    r"|(?:this|it) is an?\b"
    rf"|(?:this|the)(?: given)? {_TEXT}(?: above| below| here)? (?:is|expresses|conveys|shows|has)(?: an?| the)?"
    r"|(?:the|its|my)"
    r"(?: (?:overall|correct|right|best|final|predicted|general|expressed"
    r"|(?:most )?(?:likely|appropriate|suitable|fitting))){0,2}"
    rf" {_KEY}"
    r"(?: (?:of|in|for|expressed|behind|conveyed|between|here)(?: [\w'’-]{1,20}){0,8}?)?"
    r" (?:is|would be|should be|must be)"
    r"(?: an?| the)?"
    rf"|{_SELF} (?:choose|pick|select|go with|assign)(?: the)?(?: {_KEY})?"
    # German, French, Spanish, Chinese
    r"|(?:die|das|der) (?:nachricht|text|bewertung|rezension|stimmung|klasse|kategorie|etikett|satz) ist"
    r"|(?:le|la|ce|cette) (?:message|texte|avis|sentiment|phrase|catégorie|classe) est"
    r"|(?:el|la|este|esta) (?:mensaje|texto|reseña|sentimiento|frase|categoría|clase) es"
    r"|(?:这条|这个|该|此)?(?:消息|信息|评论|文本|邮件|情感|类别|标签|分类)(?:的(?:情感|类别|标签|分类))?(?:是|为|属于)",
    after=r" is the (?:correct|right|best|appropriate|final|most (?:appropriate|suitable|likely))(?: \w{1,16})?"
    rf"|(?: is)? fits best| is the (?:{_KEY}|answer)",
    keys=rf"{_KEY}|decision|conclusion|judge?ment|assessment|output|result|response|etikett|klasse|klassifi[kz]ierung"
    r"|klassifikation|kategorie|stimmung|etiqueta|clase|clasificación|categoría|sentimiento|étiquette|classe|catégorie"
    r"|classificação|categoria|sentimento|classificazione|etichetta|метка|класс|категория|тональность|классификация"
    r"|标签|类别|分类|情感(?:倾向)?|分類|ラベル|カテゴリー?|感情|라벨|분류|감정|레이블",
    conclusions=rf"(?:it|this|that|the answer|(?:this|the) {_TEXT})(?:['’]s| is| must be) (?:an? |the )?|no, ",
)


class Named(NamedTuple):
    """What labels a text names."""

    labels: tuple[str, ...]
    """Distinct, in order."""
    gives_first: bool
    """Whether the text begins with a label that nothing but an explanation follows."""


def normalised(text: str, *, match_case: bool) -> str:
    """`text` without its wrapping, in one case unless `match_case`."""
    text = _COPULA.sub("", bare(unicodedata.normalize("NFKC", text)))
    return text if match_case else text.casefold()


def words_of(text: str, *, match_case: bool) -> Words:
    """The words of a label: hyphens and underscores separate, punctuation around a word does not count.

    >>> words_of("Not-Spam.", match_case=False), words_of("C++", match_case=True)
    (('not', 'spam'), ('C++',))
    """
    return tuple(word for word, _, _ in _tokens(text, match_case))


@lru_cache(maxsize=256)
def table_of(labels: tuple[str, ...], synonyms: tuple[tuple[str, Words], ...], *, match_case: bool) -> dict[Words, str]:
    """Every way to say a label, as words, to the label."""
    table = {words_of(label, match_case=match_case): label for label in labels}
    for label, others in synonyms:
        if label in labels:
            table.update((words_of(other, match_case=match_case), label) for other in others)
    return table


def named(text: str, table: Mapping[Words, str], *, match_case: bool, is_whole: bool) -> Named:
    """The labels in `text`; `is_whole`: nothing may follow the label that it begins with, not even an explanation.

    A sentence behind the first one may speak of other labels, unless it offers them ("Or maybe ham.") or is one.
    """
    asks = text.rstrip(" \n*_\"'”)").endswith(("?", "？"))
    first, *others = _SENTENCE_END.split(text)
    tokens = _tokens(first, match_case)
    found, gives = _read(tokens, table, is_whole=is_whole)
    if is_whole:
        found, gives = (found, gives) if not any(map(str.strip, others)) else (found, False)
    for sentence in others:
        others_found, begins = _read(_tokens(sentence, match_case), table, is_whole=False)
        if begins or _OFFERS.match(sentence):
            found += others_found
    if asks and not any(map(str.strip, others)):
        gives = False
    return Named(tuple(dict.fromkeys(found)), gives and not _is_asked(first, tokens, table))


def _is_asked(sentence: str, tokens: list[tuple[str, bool, bool]], table: Mapping[Words, str]) -> bool:
    """Whether a question mark stands within the sentence: "spam? No"."""
    return any(mark in sentence for mark in "?？") and not any(
        mark in word for words in table for word in words for mark in "?？"
    )


def _tokens(text: str, match_case: bool) -> list[tuple[str, bool, bool]]:
    """The words of a text, each with whether punctuation follows it, and whether a bracket opens before it."""
    tokens: list[tuple[str, bool, bool]] = []
    for raw in re.sub(r"(?<=\w)[-_](?=\w)", " ", normalised(text, match_case=match_case)).split():
        word = raw.strip(_EDGE)
        if word:
            tokens.append((word, raw[-1] in _EDGE, raw[0] in "(["))
        elif tokens:
            tokens[-1] = (tokens[-1][0], True, tokens[-1][2])
    return tokens


def _read(
    tokens: list[tuple[str, bool, bool]], table: Mapping[Words, str], *, is_whole: bool
) -> tuple[list[str], bool]:
    words = [word for word, _, _ in tokens]
    sizes = sorted({len(key) for key in table}, reverse=True)
    found: list[str] = []
    gives, position, begin = False, 0, _beginning(words, table)
    while position < len(words):
        left = len(words) - position
        size = next((n for n in sizes if n <= left and tuple(words[position : position + n]) in table), 0)
        if size:
            end = position + size
            found.append(table[tuple(words[position:end])])
            if position == begin:
                gives = _stands(tokens, end, is_whole=is_whole)
        else:
            found += [table[(part,)] for part in re.split(r"[/|,+&]", words[position]) if (part,) in table]
        position += size or 1
    return list(dict.fromkeys(found)), gives


def _beginning(words: list[str], table: Mapping[Words, str]) -> int:
    """Where a label may begin: behind an article or a word of certainty that is not part of one."""
    firsts = {key[0] for key in table}
    position = 0
    while position < min(len(words) - 1, 2) and words[position] in (_ARTICLES | _CERTAIN) - firsts:
        position += 1
    return position


def _stands(tokens: list[tuple[str, bool, bool]], end: int, *, is_whole: bool) -> bool:
    """Whether the label that ends before token `end` is given: the text ends there, or goes on to explain."""
    if end < len(tokens) and tokens[end][0] in _NOUNS and not tokens[end - 1][1]:
        end += 1
    if end == len(tokens):
        return True
    if _DOUBTS.intersection(word for word, _, _ in tokens[end : end + 3]) and (
        tokens[end][2] or not tokens[end - 1][1]
    ):
        return False
    explains = tokens[end - 1][1] or tokens[end][2] or _EXPLAINS.match(tokens[end][0]) is not None
    return not is_whole and explains
