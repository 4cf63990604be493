"""Where the final answer stands in a response: shared by every verifier that checks an answer.

    answer = final_answer("<think>2 or 3?</think> So it is \\\\boxed{3}.")
    answer.text, answer.rule        # ('3', 'boxed')

Two steps, each linear in the length of the text:

1. `outside_thinking` removes what is not an answer: thinking blocks, finished or not, and everything after an
   end-of-turn token (a model that goes on to write the next user turn has said its answer before).
2. `final_answer` tries `RULES` in order; the first rule that finds anything decides, and its last find wins.

What stands inside an answer is the business of each family: here a span is found, never interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from rewardkit.verifiers.hidden import shown

Rule: TypeAlias = Literal["tag", "boxed", "hashes", "phrase"]

_THINKING = re.compile(r"<(/?)(?:think|thinking|thought|thoughts)\s{0,8}>", re.IGNORECASE)
_END_OF_TURN = re.compile(
    r"<\|(?:im_end|im_start|eot_id|end_of_text|endoftext|end|user|assistant)\|>|</s>|<end_of_turn>"
)
_BOX = re.compile(r"\\(?:boxed|fbox)")
_BRACES = re.compile(r"\\(?:\\?(?:boxed|fbox)\s{0,8}\{|[\\{}])|\{|\}")
"""Two backslashes before the command: text escaped twice. Every branch begins with a plain character: found faster."""
_OPEN_BOX = re.compile(r"\\(?:\\?(?:boxed|fbox)\s{0,8}\{)")
_PLAIN_TEXT = r"[^{}\\]++|\\."
_FLAT = re.compile(rf"((?:{_PLAIN_TEXT}|\{{(?:{_PLAIN_TEXT}|\{{(?:{_PLAIN_TEXT})*+\}})*+\}})*+)\}}", re.DOTALL)
"""The content of a box and its closing brace; possessive, so that it is linear."""
_BARE_BOX = re.compile(
    r"\\(?:boxed|fbox)\s{1,8}(?:(?=[^\s{}$])([^$\n]{1,200}?)(?=\$|\\\)|\\\])|([^\s{}$\\][^\s{}$]{0,63}|\\[a-zA-Z]{1,32}))"
)
_ANSWER_TAG = re.compile(r"<(/?)answer\s{0,8}>", re.IGNORECASE)
_HASHES = re.compile(r"^[ \t]{0,8}#{4}(?!#)[ \t]{0,8}(.*)$", re.MULTILINE)

_PHRASES = (
    # English
    r"\banswers?(?: choice)?(?: to (?:the|this) (?:question|problem))?\**\s{0,3}"
    r"(?:is|are|would be|must be|will be|equals|=|:|：)(?:\s{0,3}[:：])?",
    r"\bfinal (?:answer|result)\**\s{0,3}[:：]?",
    # Spanish, Portuguese, Italian, French, German, Dutch, Polish, Turkish, Vietnamese, Russian, Ukrainian
    r"\brespuestas?(?: final| correcta)?\**\s{0,3}(?:es|son|:)\s{0,3}:?",
    r"\brespostas?(?: final| correta)?\**\s{0,3}(?:é|são|:)\s{0,3}:?",
    r"\brispost[ae](?: finale| corretta)?\**\s{0,3}(?:è|sono|:)\s{0,3}:?",
    r"\bréponses?(?: finale| correcte)?\**\s{0,3}(?:est|sont|:)\s{0,3}:?",
    r"\bantwort(?:en)?\**\s{0,3}(?:ist|sind|lautet|:)\s{0,3}:?",
    r"\b(?:eind)?antwoord\**\s{0,3}(?:is|:)\s{0,3}:?",
    r"\bodpowied[zź](?:\s(?:to|końcowa))?\**\s{0,3}(?:to\b|jest\b|:)?\s{0,3}:?",
    r"\bcevap\**\s{0,3}:",
    r"\bđáp (?:án|số)\**\s{0,3}(?:là|:)\s{0,3}:?",
    r"\bответ\**\s{0,3}(?:[:—–-]|равен)\s{0,3}:?",
    r"\bвідповідь\**\s{0,3}[:—–-]\s{0,3}:?",
    # Chinese, Japanese, Korean, Arabic, Hindi
    r"(?:最终)?答案\**\s{0,3}(?:是|为|為|[:：])\s{0,3}[:：]?",
    r"答え?\**\s{0,3}(?:は|[:：])\s{0,3}[:：]?",
    r"(?:정답|답)\**\s{0,3}(?:은|는|[:：])\s{0,3}[:：]?",
    r"(?:الجواب|الإجابة)(?: النهائية)?\**\s{0,3}(?:هو|هي|[:：])\s{0,3}[:：]?",
    r"उत्तर\**\s{0,3}(?:है|[:：])\s{0,3}[:：]?",
)
_PHRASE = re.compile("|".join(f"(?:{p})" for p in _PHRASES), re.IGNORECASE | re.MULTILINE)
_UNCLAIMED = re.compile(
    r"(?:\b(?:not|never|hardly|doubt|cannot|nobody|no one)\b|n['’]t\b)(?:\s[\w'’]{1,12}){0,3}?"
    r"\s(?:that\s|if\s)?(?:DET){0,3}$"
    r"|\b(?:if|whether|unless|suppose|supposing|assume|assuming)\s(?:that\s)?(?:DET){0,3}$"
    r"|\b(?:one|you|some|someone|people|many|most|students|they|he|she|others?|anyone)(?:\s\w{1,12}){0,2}"
    r"\s(?:think|say|believe|guess|argue|assume|expect|conclude|claim|suppose)s?\s(?:that\s)?(?:DET){0,3}$"
    r"|\b(?:mistaken?|wrong|error|incorrect|false|rash) to \w{1,12}\s(?:that\s)?(?:DET){0,3}$"
    r"|\b(?:wrong|incorrect|false|naive|tempting|worst)\s$".replace(
        "DET", r"(?:the|my|your|our|this|correct|right|final|best|only|true)\s"
    ),
    re.IGNORECASE,
)
"""What makes a phrase behind it no claim: a denial, a condition, what others say, a wrong answer by its name."""
_LINE_PHRASE = re.compile(
    r"[ \t]{0,8}(?:(?:#{1,6}|[-+•*])[ \t]{1,4})?\**"
    r"(?:A(?:ns)?\**\s?[:：]|answer\**(?:[ \t]{0,8}$|\s{1,3}(?=\$|\\\(|\\\[)))",
    re.IGNORECASE,
)
_CUE_TEXT = "ans final resp risp rép antwo eindantwo odpow cevap đáp ответ відпов 答 最终答 정답 답 الج الإ उत्तर"
_CUE = re.compile(
    "|".join(
        sorted({c for cue in _CUE_TEXT.split() for c in (cue, cue.capitalize(), cue.upper())}, key=len, reverse=True)
    )
)
"""Where a phrase can begin. Plain literals, so that text without any is skipped at the speed of a search."""

_SENTENCE_END = re.compile(r"[.!?;。！？](?:\s|\$|\\\]|\\\)|$)|\n")


_OPTION = re.compile(r"[ \t]{0,8}(?:[-+•*][ \t]{1,4})?\**\(?([AB])\)?\**\s?[:：.)]")
"""The first two lines of a list of options, which answer nothing."""

_CORRECTION = re.compile(
    r"\b(?:mistaken?|wrong|incorrect|rechecking|the correct (?:final )?(?:answer|value|result))\b"
    r"(?!.{0,60}\b(?:or|maybe|perhaps)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""Between two boxes: the first is no longer meant."""

LONGEST_AFTER = 400
"""Characters behind an answer that are kept with it."""


_MOST_PHRASES = 64
"""Phrases of one line that are looked at."""


class Span(NamedTuple):
    """A stretch of text `[start, end)` of the response outside thinking, and the answer inside it."""

    start: int
    end: int
    content: str


class Answer(NamedTuple):
    """The final answer that a rule found."""

    text: str
    """The answer, stripped; may be empty when the rule found an empty place for it."""
    rule: Rule
    """Which rule found it."""
    cluster: tuple[str, ...]
    """All answers given in one breath with the last one, in order: `\\boxed{1} or \\boxed{2}` has two. Its last
    element is `text`. More than one means hedging, or a list, which the verifier's reference decides."""
    after: str = ""
    """What the response goes on to say behind it, up to `LONGEST_AFTER` characters."""


def outside_thinking(text: str, *, is_markup: bool = True) -> str:
    """The text outside thinking blocks, up to the end of the turn, without what a reader does not see (`hidden.shown`).

    What hides prose means other things in a program (`~~x`, `"<!--"`, `a[i]: int`): where the text is no markup
    (`is_markup` False), nothing but thinking is taken out of it.

    A block that never ends hides all that follows; a closing tag that was never opened (the opening one stood in the
    prompt) hides all before it.

    >>> outside_thinking("<think>it is 3</think>It is 4.<|im_end|>no, 5")
    'It is 4.'
    >>> outside_thinking("<think>it is 3"), outside_thinking("it is 3</think>4")
    ('', '4')
    >>> outside_thinking("~~x~~ 4"), outside_thinking("~~x~~ 4", is_markup=False)
    (' 4', '~~x~~ 4')
    """
    if "<" not in text:
        return shown(text) if is_markup else text
    kept: list[str] = []
    position, inside = 0, False
    for tag in _THINKING.finditer(text):
        closing = bool(tag.group(1))
        if inside and closing:
            inside, position = False, tag.end()
        elif not inside and closing:
            kept.clear()
            position = tag.end()
        elif not inside:
            kept.append(text[position : tag.start()])
            inside = True
    if not inside:
        kept.append(text[position:])
    visible = "\n".join(part for part in kept if part) if len(kept) > 1 else "".join(kept)
    if is_markup:
        visible = shown(visible)
    for token in _END_OF_TURN.finditer(visible):
        if visible[: token.start()].strip():
            return visible[: token.start()]
    return visible


def find_tags(text: str) -> list[Span]:
    """Contents of complete `<answer>...</answer>` pairs, in order."""
    spans: list[Span] = []
    if "</" not in text:
        return spans
    opened: re.Match[str] | None = None
    for tag in _ANSWER_TAG.finditer(text):
        if not tag.group(1):
            opened = tag
        elif opened is not None:
            spans.append(Span(opened.start(), tag.end(), text[opened.end() : tag.start()]))
            opened = None
    return spans


def find_boxes(text: str) -> list[Span]:
    """Contents of balanced `\\boxed{...}` and `\\fbox{...}`, outermost ones only, in order; also `\\boxed 7`,
    which reaches to the end of its formula.

    >>> [s.content for s in find_boxes(r"\\boxed{\\frac{1}{2}} and \\boxed{ x")]
    ['\\\\frac{1}{2}']
    """
    if "boxed" not in text and "fbox" not in text:
        return []
    first = _BOX.search(text)
    if first is None:
        return []
    start = max(first.start() - 1, 0)  # a backslash before it belongs to it
    spans = _flat_boxes(text, start)
    if spans is None:
        spans = _nested_boxes(text, start)
    if text.count("{", start) and len(spans) == text.count("boxed", start) + text.count("fbox", start):
        return spans
    for bare in _BARE_BOX.finditer(text, start):
        if not any(s.start <= bare.start() < s.end for s in spans[-64:]):
            spans.append(Span(bare.start(), bare.end(), (bare.group(1) or bare.group(2)).strip().rstrip(".,;")))
    spans.sort(key=lambda s: s.start)
    return spans


def _flat_boxes(text: str, start: int) -> list[Span] | None:
    """The boxes with braces from `start` on, where each is closed and holds few braces within braces; else None."""
    spans: list[Span] = []
    while (opened := _OPEN_BOX.search(text, start)) is not None:
        content = _FLAT.match(text, opened.end())
        if content is None:
            return None
        start = content.end()
        spans.append(Span(opened.start(), start, content.group(1)))
    return spans


def _nested_boxes(text: str, start: int) -> list[Span]:
    """The same of any depth: boxes that are never closed hold nothing, and those inside them count."""
    spans: list[Span] = []
    stack: list[tuple[int, int] | None] = []  # for each open brace: (start of the command, start of content), or None
    for token in _BRACES.finditer(text, start):
        mark = token.group()
        if mark == "}":
            if stack and (opened := stack.pop()) is not None:
                while spans and spans[-1].start > opened[0]:
                    spans.pop()
                spans.append(Span(opened[0], token.end(), text[opened[1] : token.start()]))
        elif mark == "{":
            stack.append(None)
        elif mark.endswith("{") and len(mark) > 2:
            stack.append((token.start(), token.end()))
    return spans


def find_hashes(text: str) -> list[Span]:
    """What follows `####` at the start of a line, to the end of the line."""
    return [Span(m.start(), m.end(), m.group(1)) for m in _HASHES.finditer(text)]


def find_phrases(text: str) -> list[Span]:
    """What follows the last "the answer is", "Final answer:", "A:", and the like in other languages: the rest of the
    line, or the next line that is not empty.

    >>> [s.content for s in find_phrases("The answer is 7. Sorry.\\n**Final Answer:**\\n\\n12\\n")]
    ['12']
    """
    end = len(text)
    following: list[tuple[int, str]] = []  # the nearest line after this one that is not empty: its end, its content
    while end >= 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        line_end, end = end, start - 1
        if not line or line.isspace():
            continue
        for match in reversed(_phrases(line)[-_MOST_PHRASES:]):
            if _UNCLAIMED.search(line, max(0, match.start() - 72), match.start()):
                continue
            if following and _is_option(line, "A") and _is_option(following[0][1], "B"):
                continue
            content = _plain(line[match.end() :])
            if content:
                return [Span(start + match.start(), line_end, content)]
            if following:
                return [Span(start + match.start(), *following[0])]
        content = _plain(line)
        if content:
            following = [(line_end, content)]
    return []


def _phrases(line: str) -> list[re.Match[str]]:
    """The phrases in one line, in order."""
    opening = _LINE_PHRASE.match(line)
    found = [opening] if opening else []
    for cue in _CUE.finditer(line):
        match = _PHRASE.match(line, cue.start())
        if match:
            found.append(match)
    return found


def _is_option(line: str, letter: str) -> bool:
    option = _OPTION.match(line)
    return option is not None and option.group(1) == letter


def _plain(line: str) -> str:
    """A line without the spaces and the markdown emphasis around it, also where one ends and another begins."""
    return line.strip("*_ \t\r\f\v\u3000\u00a0")


RULES: Sequence[tuple[Rule, Callable[[str], list[Span]]]] = (
    ("tag", find_tags),
    ("boxed", find_boxes),
    ("hashes", find_hashes),
    ("phrase", find_phrases),
)
"""The rules in order of priority."""

ALL_RULES: tuple[Rule, ...] = tuple(name for name, _ in RULES)


def final_answer(response: str, rules: Sequence[Rule] = ALL_RULES) -> Answer | None:
    """The final answer of a response, or None when none of `rules` finds one outside the thinking.

    An answer tag that holds a box means the box: `<answer>\\boxed{3}</answer>` gives `3` by the rule `tag`.

    >>> final_answer("Is it 2? The answer is 3.").text
    '3.'
    >>> final_answer("Either \\\\boxed{1} or \\\\boxed{2}").cluster
    ('1', '2')
    """
    visible = outside_thinking(response)
    for name, find in RULES:
        if name not in rules:
            continue
        spans = find(visible)
        if not spans:
            continue
        cluster = last_cluster(visible, spans) if name == "boxed" else [spans[-1]]
        texts = [s.content.strip() for s in cluster]
        if name != "boxed":
            inner = find_boxes(texts[-1])
            if inner:
                texts = [s.content.strip() for s in last_cluster(texts[-1], inner)]
        texts = [_unwrapped(t) for t in texts]
        end = cluster[-1].end
        return Answer(texts[-1], name, tuple(texts), visible[end : end + LONGEST_AFTER])
    return None


def last_cluster(text: str, spans: Sequence[Span]) -> list[Span]:
    """The last span and those before it that are given in one breath: no sentence ends between them."""
    first = len(spans) - 1
    while first > 0:
        between = text[spans[first - 1].end : spans[first].start]
        if len(between) > 60 or _SENTENCE_END.search(between) or _CORRECTION.search(between):
            break
        first -= 1
    return list(spans[first:])


def _unwrapped(content: str) -> str:
    """A box inside a box is one box."""
    for _ in range(8):
        inner = find_boxes(content)
        if len(inner) != 1 or inner[0].start != 0 or inner[0].end != len(content):
            break
        content = inner[0].content.strip()
    return content
