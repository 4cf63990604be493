"""Which options an answer claims: a label that stands alone, the whole text of an option, or a list of them.

    read_claim("B) Paris", options)       # Claim(labels=("B",))
    read_claim("A lot of them", options)  # None

What is claimed is decided without a look at the reference, so one answer claims the same whatever would be right.
The forms of one item:

| form | claims |
|---|---|
| `B`, `(B)`, `[B]`, `B.`, `B)`, `option B`, `\\text{B}`, `**B**` | B |
| `B) Paris`, `B. Paris`, `B: Paris`, `B - Paris`, `B (Paris)` | B; contradicts itself when Paris is another option |
| `Paris` | the option whose whole text this is |
| `b` alone, `(b)` | B; a lone `a` or `i` in prose is a word, not a label |
| `AC`, `A, C`, `A and C`, `A) Paris, C) Rome` | both |

A letter that runs on into words (`A lot`, `Because`, `A-level`, `B's`) claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from rewardkit.verifiers.choice.options import Options, article_end, collapse, lower, without_articles
from rewardkit.verifiers.wrapping import CONTINUATION

LONGEST = 4096
"""Characters of an answer that are read; an answer that needs more claims nothing."""

_MOST_ITEMS = 64

_LEAD = (
    r"(?:(?i:(?:(?:the|la|el|die|der|le|das|a|o|l['’])\s?)?(?:only\s|correct\s|right\s|best\s|final\s)?"
    r"(?:options?|choices?|letters?|alternatives?|statements?|answers?(?:\schoices?)?|opción|alternativa|opção|letra|opzione|lettera"
    r"|lettre|antwort|buchstabe|variante?|вариант|选项|選項|選択肢|선택지|보기)\s?[:#]?\s?)|(?:la|el|l['’]|die|a)\s(?=\(?[A-Z](?!\w)))?"
)
_FILLER = re.compile(r"(?i:(?:clearly|definitely|certainly|obviously|evidently|indeed|therefore|thus|simply)\s)")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_ORDINAL = re.compile(
    rf"(?i:the\s({'|'.join(_ORDINALS)}|last)\s(?:option|choice|answer|alternative|one|statement)(?!\w))"
)
_COPULA = re.compile(
    r"(?<![A-Za-z0-9])([A-Z0-9][)\]]?)\s?(?:です|である|だ|입니다|이다|이에요|예요|选项|選項|项|項|番|번){1,2}(?!\w)"
)
_AND = r"(?i:and/or|and|or|und|oder|et|ou|или|和|或|と|및)"
_CONNECTOR = re.compile(rf"\s?(?:(?:[,;/&+|、，；]|(?:{_AND}|[yoeи])(?!\w))\s?){{1,3}}|\s|(?<=[)\]])")
_OR = re.compile(r"[/|或]|\b(?:(?i:or|oder|ou|или)|o)\b")
_EITHER = re.compile(r"(?i:it(?:'s| is)\s)?(?i:either|entweder|one of)\s")
_SEPARATOR = re.compile(r"\s?(?:[)\]:：．、]|\.(?!\S))|\s[-–—](?=\s)")
_EXPLAINS = re.compile(
    rf"\s?(?:[。！？；：，、]|[,:](?=[\u2e80-\uffff])|[.!?;:](?!\w)|[,—–-]\s|\([^()]{{0,400}}\)(?:$|[.,;!?])"
    rf"|,?\s?(?i:{CONTINUATION}|is (?:the|correct|right|true|best))(?!\w))"
)
_ENDS_TEXT = re.compile(rf"\s?(?:$|[;!?。！？；、，|/&+]|[.,:](?!\w)|[)—–-])|\s(?:{_AND}|(?i:{CONTINUATION}))(?!\w)")
_HEDGES = re.compile(
    r"[\s,;:.(–—-]{0,6}(?:or|maybe|perhaps|possibly|alternatively|oder|vielleicht|ou|peut-être|o|quizás|или|或)(?!\w)",
    re.IGNORECASE,
)
_REVISES = re.compile(
    r"(?i:\b(?:or|wait|actually|maybe|perhaps|possibly|alternatively|could|might|either|instead|rather|no|but)\b)|\?"
)
_DENIED = re.compile(
    r"\s(?:is|are|was|were)(?:n['’]t|\s(?:not|wrong|incorrect|false|out|excluded|eliminated))\b", re.IGNORECASE
)
_DENIES = re.compile(r"\b(?:(?i:not|never|neither|nor)|n['’]t)\s(?i:option\s|the\s|answer\s)?\(?([A-Z0-9])(?![\w'’])")
_ASKED = re.compile(r"[\s\"'”’)\]]{0,4}[?？]")
_ASKS = "it is asked, not claimed"
_LINE_BREAK = re.compile(r"\n\s*(?:[-*•]\s{1,4})?")
_BULLET = re.compile(r"^[-*•]\s{1,4}")
_QUOTED_LABEL = re.compile(r"(?<!\w)['\"‘“]([A-Z0-9])['\"’”](?!\w)")
_LONE_LOWER = re.compile(r"([(\[]?)([a-z])([)\].]?)")


@dataclass(frozen=True, slots=True)
class Claim:
    """The options that an answer claims."""

    labels: tuple[str, ...]
    """Distinct labels in the order they were given; they may lie beyond the declared ones."""
    fault: str | None = None
    """Why this can't be one claim (it hedges, it contradicts itself), or None."""


@dataclass(frozen=True, slots=True)
class _Item:
    label: str
    end: int
    fault: str | None = None
    is_closed: bool = False
    """Whether anything may follow: a letter with its bracket is a label, a bare letter may be a word."""


def read_claim(text: str, options: Options, *, is_framed: bool = True, is_whole: bool = False) -> Claim | None:
    """What `text` claims, or None when it claims nothing that can be told.

    `is_framed`: the text stood in a box or a tag, where a lone `a` is a label. `is_whole`: nothing may follow the
    claim, not even an explanation.

    >>> options = Options(("A", "B"), {"A": "paris", "B": "rome"})
    >>> read_claim("B. Rome, because...", options).labels, read_claim("A rome", options)
    (('B',), None)
    >>> read_claim("B) Paris", options).fault
    "it names B, but the text beside it is option A's"
    """
    if is_whole and len(text) > LONGEST:
        return None
    lines = _LINE_BREAK.sub("; ", text[: 4 * LONGEST].strip())
    asks = lines.rstrip(" *_\"'”’)]").endswith(("?", "？")) and not options.are_questions
    text = _COPULA.sub(r"\1", _without_brackets(collapse(_BULLET.sub("", lines)))[:LONGEST])
    if not text:
        return None
    alone = _alone(text, options, is_framed=is_framed)
    if alone is not None:
        return replace(alone, fault=_ASKS) if asks else alone
    return _listed(text, options, is_whole=is_whole, asks=asks)


def _without_brackets(text: str) -> str:
    """`[A, C]` and `['A', 'C']` without the signs of a list."""
    if text[:1] in ("[", "(") and text[-1:] in ("]", ")") and not re.search(r"[()\[\]]", text[1:-1]) and "," in text:
        text = text[1:-1]
    return _QUOTED_LABEL.sub(r"\1", text)


def _alone(text: str, options: Options, *, is_framed: bool) -> Claim | None:
    """A text that is one label, one option's whole text, or labels run together."""
    lone = _LONE_LOWER.fullmatch(text)
    if lone and not options.are_digits:
        is_bracketed = bool(lone.group(1)) or lone.group(3) in (")", "]")
        return Claim((lone.group(2).upper(),)) if is_framed or is_bracketed or lone.group(2) not in "ai" else None
    same = options.with_text(lower(text))
    if same:
        return Claim(same[:1], _ambiguous(same))
    if 2 <= len(text) == len(set(text)) and set(text) <= set(options.labels):
        return Claim(tuple(text))
    return None


def _listed(text: str, options: Options, *, is_whole: bool, asks: bool) -> Claim | None:
    """One item or several with connectors between them, then perhaps an explanation."""
    reader = _Reader(text, lower(text), options, without_articles(options.texts))
    hedge = _EITHER.match(text)
    filler = _FILLER.match(text)
    position, gives_alternatives = hedge.end() if hedge else filler.end() if filler else 0, hedge is not None
    items: list[_Item] = []
    item = reader.item(position)
    while item is not None and len(items) < _MOST_ITEMS:
        items.append(item)
        position = item.end
        connector = _CONNECTOR.match(text, position)
        if connector is None:
            break
        item = reader.item(connector.end())
        gives_alternatives |= item is not None and _OR.search(connector.group()) is not None
    if not items:
        return None
    rest = text[position:]
    if rest.strip(" .,;:!?)") and (is_whole or not (items[-1].is_closed or _EXPLAINS.match(rest))):
        return None
    if _DENIED.match(rest):
        return None
    labels = tuple(dict.fromkeys(i.label for i in items))
    fault = next((i.fault for i in items if i.fault), None)
    if fault is None and not options.are_questions and (_ASKED.match(rest) or (asks and not rest.strip(" .,;:!?)"))):
        fault = _ASKS
    if fault is None and gives_alternatives and (hedge or len(labels) > 1):
        fault = "it gives alternatives"
    return Claim(labels, fault or _revised(rest, labels, options))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads items at positions of one text."""

    text: str
    lowered: str
    options: Options
    short_texts: Mapping[str, str]
    """The texts of the options without their articles."""

    def item(self, start: int) -> _Item | None:
        """The label, with the text beside it, or the option's text that stands at `start`."""
        match = _label_pattern(self.options.are_digits).match(self.text, start)
        if match is None:
            return self.text_item(start) or self.ordinal_item(start)
        label = match.group("round") or match.group("square") or match.group("named") or match.group("plain")
        end, is_closed = match.end(), match.group("plain") is None
        separator = _SEPARATOR.match(self.text, end)
        if separator:
            end, is_closed = separator.end(), True
        beside = end + 1 if self.text.startswith(" ", end) else end
        is_in_brackets = self.text.startswith("(", beside)
        found = self.option_text(beside + is_in_brackets)
        if found is None:
            if is_closed or self.closes(end):
                return _Item(label, end, is_closed=is_closed)
            return self.text_item(start)
        other, stop = found
        stop += is_in_brackets and self.text.startswith(")", stop)
        if label in self.options.with_text(self.options.texts[other]):
            return _Item(label, stop, is_closed=True)
        if is_closed or is_in_brackets:
            return _Item(label, stop, f"it names {label}, but the text beside it is option {other}'s", is_closed=True)
        return None

    def ordinal_item(self, start: int) -> _Item | None:
        """The option that "the third option" at `start` names."""
        match = _ORDINAL.match(self.text, start)
        if match is None or not self.options.are_counted or not self.closes(match.end()):
            return None
        word = match.group(1).lower()
        position = len(self.options.labels) - 1 if word == "last" else _ORDINALS.index(word)
        return _Item(self.options.labels[position], match.end()) if position < len(self.options.labels) else None

    def text_item(self, start: int) -> _Item | None:
        """The option whose text stands at `start`."""
        found = self.option_text(start)
        if found is None:
            return None
        same = self.options.with_text(self.options.texts[found[0]])
        return _Item(*found, _ambiguous(same))

    def option_text(self, start: int) -> tuple[str, int] | None:
        """Label and end of the longest option text that stands whole at `start`, with its article, another or none."""
        found = self._longest(self.options.texts, start)
        return found or self._longest(self.short_texts, article_end(self.lowered, start))

    def _longest(self, texts: Mapping[str, str], start: int) -> tuple[str, int] | None:
        best: tuple[str, int] | None = None
        for label, option in texts.items():
            end = start + len(option)
            is_longer = best is None or end > best[1]
            if is_longer and self.lowered.startswith(option, start) and _ENDS_TEXT.match(self.text, end):
                best = (label, end)
        return best

    def closes(self, end: int) -> bool:
        """Whether a bare letter that ends at `end` is a label: nothing, an explanation or another item follows."""
        if end == len(self.text) or _EXPLAINS.match(self.text, end):
            return True
        connector = _CONNECTOR.match(self.text, end)
        if connector is None:
            return False
        is_spelled = bool(connector.group().strip())
        following = _label_pattern(self.options.are_digits).match(self.text, connector.end())
        if following is None:
            return is_spelled and self.option_text(connector.end()) is not None
        return is_spelled or following.group("plain") is None or following.end() == len(self.text)


def _ambiguous(same: tuple[str, ...]) -> str | None:
    return None if len(same) == 1 else f"options {' and '.join(same)} have this same text"


def _revised(rest: str, labels: tuple[str, ...], options: Options) -> str | None:
    """Whether the words after a claim take it back in favour of another label: "B. Or maybe C"."""
    rest = rest[:512]
    if _HEDGES.match(rest):
        return "it goes on to offer an alternative"
    denied = next((m.group(1) for m in _DENIES.finditer(rest) if m.group(1) in labels), None)
    if denied is not None:
        return f"it goes on to deny {denied}"
    if not _REVISES.search(rest):
        return None
    for other in _label_anywhere(options.are_digits).finditer(rest):
        if other.group() in options.labels and other.group() not in labels:
            return f"it goes on to offer {other.group()}"
    return None


@cache
def _label_pattern(are_digits: bool) -> re.Pattern[str]:
    one = "[0-9]" if are_digits else "[A-Z]"
    after = r"(?![\w'’^_%]|[.,/-]?\d)" if are_digits else r"(?![\w'’]|[.-]\w)"
    named = rf"(?i:the|der|die|das)\s(?P<named>{one})[-\s](?i:option|choice|answer|one|alternative)(?!\w)"
    inside_word = r"(?<![^\W\u2e80-\uffff])(?<!\.)"  # letters of East Asia are not part of a Latin word
    return re.compile(
        rf"{named}|{_LEAD}(?:\((?P<round>{one})\)|\[(?P<square>{one})\]|{inside_word}(?P<plain>{one}){after})"
    )


@cache
def _label_anywhere(are_digits: bool) -> re.Pattern[str]:
    one = "[0-9]" if are_digits else "[A-Z]"
    return re.compile(rf"(?<![\w'’.-]){one}(?![\w'’-]|\.\w)")
