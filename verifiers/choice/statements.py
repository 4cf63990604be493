"""Where a response states its choice, verdict or label without saying "the answer is".

    frames = Frames(before=r"i (?:choose|pick)", keys="choice|pick")
    [s.text for s in find_statements("Let me see.\\nSo I choose B, since...", frames)]    # ['B, since...']

A statement is a sentence that claims, and a frame says how such sentences go: the claim behind some words ("I choose
B"), before some ("B is correct"), behind a key or a heading ("Verdict: true"), behind a conclusion ("So yes."), or
alone on the first or last line. What is asked, quoted, denied, supposed or put into another's mouth is no statement: a
frame counts only where a clause begins, so all of these stand before it. Each family reads the claims; one that can't
be read is no statement, and the ones that can must agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from rewardkit.verifiers.wrapping import CONTINUATION

Kind: TypeAlias = Literal["frame", "closed", "first", "last", "line"]
T = TypeVar("T")

LONGEST_READ = 4096
"""The last characters of a response, in which statements are looked for; and a quarter as many at its beginning."""
_LONGEST_CLAIM = 400
_MOST = 64

_MARKS = r"[\s*_#•✅☑✔👉➡→⇒️-]{0,16}+"
_CONCLUDES = (
    r"(?:so(?!\s(?:is|are)\b)|therefore|thus|hence|consequently|accordingly|overall|then|in conclusion|in summary"
    r"|in short|to (?:conclude|sum up)|finally|ultimately|as a result|all in all|in the end"
    r"|also|daher|deshalb|folglich|somit|insgesamt|donc|ainsi|en conclusion|por (?:lo )?tanto|por eso|así que|entonces"
    r"|portanto|logo|quindi|dunque|perciò|dus|итак|поэтому|следовательно|значит|таким образом|따라서|그러므로)(?!\w)"
    r"|所以|因此|因而|综上(?:所述)?|故|よって|したがって|つまり"
)
_LEAD = (
    rf"(?>(?:{_CONCLUDES})[,，、:]?\s{{0,2}}"
    r"|(?:and|but|though|although|however|only|clearly|evidently|obviously|definitely|certainly|indeed),?\s{1,2}"
    r"|(?:i|we)(?:['’]m| am| are)? (?:confident|sure|certain|convinced|think|believe|find)(?: that)?\s"
    r"|(?:i|we)(?:['’]d| would)? (?:say|conclude)(?: that)?\s(?=(?:the|it|this|option)\b)){0,3}+"
)
_BEGIN = rf"(?:^|\n|[.!?]\s{{1,4}}|[。！？]|(?P<inner>[,;:—–，；：]\s{{0,2}}|\s-\s)){_MARKS}"
_REPORTS = re.compile(
    r"\b(?:says?|said|tells?|told|claims?|claimed|thinks?|thought|believes?|argues?|denies|doubt|nobody|no one)\b",
    re.IGNORECASE,
)
_SUPPOSES = re.compile(
    r"\b(?:if|unless|whether|suppose|supposing|assum\w{1,5}|when|would|could|might|imagine|hypothetically"
    r"|for the sake|wenn|falls|ob|si|se|если)\b"
    r"|如果|假如|もし|만약",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(rf"[\s,;:—–，；：-]{{0,6}}(?:(?:and|but)\s)?(?:{_CONCLUDES})", re.IGNORECASE)
_ADJECTIVES = (
    r"the|my|our|final|correct|right|best|predicted|overall|selected|chosen|suggested|assigned|output|proposed|answer"
    r"|resulting|most|likely|primary"
)
_SENTENCE_BREAK = re.compile(r"[.!?](?=\s)|[。！？\n]")
_LINE_MARKS = re.compile(r"^[#•✅☑✔👉➡→⇒️\s-]{1,16}")
_EXPLAINED = re.compile(rf",?\s(?:{CONTINUATION})(?!\w)|,\s(?:because|for) ", re.IGNORECASE)
_LAST = re.compile(r"[.!。！]\s{1,3}([^.!?。！？\n]{1,60})[.!。！]{0,3}[\s*_]{0,8}$")
_PLEASANTRY = (
    r"(?:(?:(?:good|great|excellent|interesting) question|sure(?: thing)?|okay|ok|well|hmm|short answer)[.!,:]\s)"
)
_ASKED = re.compile(r"[^.!?。！？\n]{0,300}[?？]")


class Statement(NamedTuple):
    """A place where something may be claimed."""

    start: int
    """Where it begins in the text that was read."""
    text: str
    """What is claimed and the rest of its line, or just what is claimed where that stands first."""
    kind: Kind
    """`frame`: an explanation may follow; `closed`: nothing else may stand in its sentence; `first`, `last`: the first
    or the last line, or the last sentence; `line`: a line between them, which claims nothing by itself."""


@dataclass(frozen=True)
class Frames:
    """How the sentences of one family go; patterns without captures, matched without regard to case."""

    before: str
    """Words before a claim, which goes on to the end of the line."""
    after: str
    """Words after a claim, which stands between the beginning of its clause and them."""
    keys: str
    """Words that stand before a colon, or as a heading over the claim."""
    conclusions: str = "(?!)"
    """Words that may stand between "so" and a claim that is all of the rest: "it is"."""

    @cached_property
    def opening(self) -> re.Pattern[str]:
        """What may stand before a claim that is the rest of a line."""
        return re.compile(
            rf"(?:{_PLEASANTRY})?(?:{_LEAD})(?:(?:actually|rather|instead|simply put|in other words|easy|final"
            r"|based on [^.,\n]{1,80}|to answer (?:the|your) question)[,:]\s)?"
            rf"(?:{self.conclusions})?",
            re.IGNORECASE,
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any frame but a key at the beginning of a clause."""
        key = rf"(?:(?:{_ADJECTIVES})\s){{0,3}}(?:{self.keys})"
        return re.compile(
            rf"{_BEGIN}{_LEAD}(?:(?P<before>(?:{self.before})[\s*_:：]{{0,6}})"
            rf"|(?P<key>{key}\s?[*_]{{0,3}}\s?(?:[:：→⇒➡]|\s[-–—=]>?\s|$)[\s*_]{{0,8}}))",
            re.IGNORECASE | re.MULTILINE,
        )

    @cached_property
    def conclusion(self) -> re.Pattern[str]:
        """A conclusion at the beginning of a clause."""
        return re.compile(
            rf"{_BEGIN}(?:(?:and|but)\s)?(?:{_CONCLUDES})[,，、:]?\s{{0,2}}(?:{self.conclusions})?"
            r"[*_]{0,3}",
            re.IGNORECASE,
        )

    @cached_property
    def behind(self) -> re.Pattern[str]:
        """A clause that ends in the words after a claim."""
        return re.compile(
            rf"{_BEGIN}{_LEAD}(?P<claim>[^\n.!?。！？]{{1,120}}?)[*_]{{0,3}}(?:{self.after})"
            r"(?=[*_\s]{0,4}(?:(?:here|overall|in this case|among (?:these|them))[.!]|[.!?;:,(。！，；—–\n]|$|-\s"
            r"|because\b|since\b|as\b|for\b))",
            re.IGNORECASE,
        )


def find_statements(text: str, frames: Frames) -> list[Statement]:
    """The places in `text` where something may be claimed, in order.

    >>> frames = Frames(before="i pick", after=" is correct", keys="verdict")
    >>> found = find_statements("Is B right? C is correct.\\nVerdict: C", frames)
    >>> [s.text for s in found if s.kind in ("frame", "closed")]
    ['C', 'C']
    """
    if len(text) > LONGEST_READ:
        text = text[: LONGEST_READ // 4] + "\n" + text[-LONGEST_READ:]
    found = [Statement(m.start(), _claimed(text, m.end()), "frame") for m in frames.pattern.finditer(text)]
    for match in frames.behind.finditer(text):
        claim = match.group("claim")
        found.append(Statement(match.start(), claim.strip(" *_"), "closed"))
        comma = claim.rfind(", ")
        if comma >= 0:  # "After all that, B"
            tail = _opened(claim[comma + 2 :], frames.opening)
            found.append(Statement(match.start("claim") + comma, tail.strip(" *_"), "closed"))
    for match in frames.conclusion.finditer(text):
        sentence = _SENTENCE_BREAK.split(_claimed(text, match.end()), maxsplit=1)[0]
        found.append(Statement(match.start(), sentence, "closed"))
    kept = [s for s in found if s.text and not _is_reported(text, s.start) and not _is_asked(text, s.start)]
    return sorted([*kept[-_MOST:], *_lone_lines(text, frames.opening), *_last_sentence(text)])


def agreed(claims: Sequence[tuple[Statement, T]]) -> tuple[T | None, bool]:
    """What the statements that could be read claim together, or None; and whether they contradict one another.

    A line alone in the middle claims nothing; it only contradicts a first or a last one.
    """
    decisive = [claim for statement, claim in claims if statement.kind != "line"]
    if not decisive:
        return None, False
    is_edge_only = all(statement.kind in ("first", "last", "line") for statement, _ in claims)
    others = [claim for _, claim in claims] if is_edge_only else decisive
    return decisive[-1], any(claim != decisive[-1] for claim in others)


def _claimed(text: str, start: int) -> str:
    """The rest of the line at `start`, or the next line that says something."""
    while start < len(text) and text[start] in " \t\n\r*_":
        start += 1
    end = text.find("\n", start)
    return text[start : len(text) if end < 0 else end][:_LONGEST_CLAIM]


def _lone_lines(text: str, opening: re.Pattern[str]) -> list[Statement]:
    """The lines of a text, each of which may be a claim and nothing else; none that asks or stands below a question."""
    lines: list[Statement] = []
    position, is_below_question = 0, False
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith(("```", ">")):
            asks = line.rstrip(" *_").endswith(("?", "？"))
            if not asks and not is_below_question:
                lines.append(Statement(position, _opened(line, opening), "line"))
            is_below_question = asks
        position += len(line) + 1
    lines = lines if len(lines) <= _MOST else [*lines[: _MOST // 2], *lines[-_MOST // 2 :]]
    kinds: dict[int, Kind] = {len(lines) - 1: "last", 0: "first"}
    return [line._replace(kind=kinds.get(n, "line")) for n, line in enumerate(lines)]


def _opened(line: str, opening: re.Pattern[str]) -> str:
    """A line without its marks, the words that open it, and an explanation that ends it."""
    line = _LINE_MARKS.sub("", line.strip()[:_LONGEST_CLAIM])
    begin = opening.match(line)
    line = line[begin.end() :] if begin and begin.end() < len(line) else line
    explained = _EXPLAINED.search(line)
    return line[: explained.start()] if explained else line


def _last_sentence(text: str) -> list[Statement]:
    """The last sentence, when it is short, not the only one of its line, and none stands before it that asks."""
    ending = text[-200:].rstrip()
    found = _LAST.search(ending)
    return [] if found is None else [Statement(max(len(text) - 200, 0) + found.start(1), found.group(1), "last")]


def _is_reported(text: str, start: int) -> bool:
    """Whether the words of the sentence before `start` report or suppose what follows, or leave a quotation open."""
    if start == 0 or text[start] in ".!?。！？\n":
        return False
    before = _SENTENCE_BREAK.split(text[max(0, start - 200) : start])[-1]
    if _REPORTS.search(before) or before.count('"') % 2 or before.count("“") > before.count("”"):
        return True
    return _CONCLUSION.match(text, start) is None and _SUPPOSES.search(before) is not None


def _is_asked(text: str, start: int) -> bool:
    first = start
    while first < len(text) and text[first] in ".!?。！？,;:，；：—– \n*_#>-":
        first += 1
    return _ASKED.match(text, first) is not None
