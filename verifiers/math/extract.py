"""First stage: which stretch of a response is its answer.

`rewardkit.verifiers.extraction` finds the place (an answer tag, a box, `####`, "the answer is"); here the place is read
as mathematics. A box or tag is its whole content. The rest of a line behind a phrase is prose that holds an answer:
the formula in it if it has one, else the value that it begins with, else its only number.

Two more rules belong to this family: `whole`, a response that is nothing but one value, and the last number of the
response, which guesses and is therefore an option that is off.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from rewardkit.verifiers import extraction
from rewardkit.verifiers.math.normalise import normalise
from rewardkit.verifiers.math.parse import parse
from rewardkit.verifiers.math.structure import Opaque, Quantity, Several, Words
from rewardkit.verifiers.retraction import is_taken_back

Rule: TypeAlias = Literal["tag", "boxed", "hashes", "phrase", "whole"]
ALL_RULES: tuple[Rule, ...] = (*extraction.ALL_RULES, "whole")

MAX_WHOLE = 200
"""Characters of a response that may be nothing but its answer."""
MAX_PROSE = 2_000
"""Characters behind a phrase that are read."""
_SHORTEST_WORDS = 7
"""Characters of the shortest words that take an answer back, with what stands before them: "$. Oops"."""

_FORMULA = re.compile(
    r"\$\$([^$]{1,1500})\$\$|\$([^$\n]{1,1500})\$|\\\(((?:[^\\]|\\[^)]){1,1500})\\\)|\\\[((?:[^\\]|\\[^\]]){1,1500})\\\]"
)
_BEHIND_FORMULA = re.compile(r"\s{0,4}(\\?%|percent|pct|degrees|°|[a-zA-Z]{1,20})(?=[\s.,;!]|$)")
_DEFINED = re.compile(r"\s{1,4}(?:is|are|equals|is equal to|would be|will be)\s{1,4}:?(.*)$", re.DOTALL)
_CONNECTED = re.compile(r"\s{0,4}(?:,|;|and|or|,\s{0,2}and|,\s{0,2}or)\s{0,4}")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？]|</?[a-zA-Z]{1,10}(?:\s[^<>]{0,80})?/?>")
_TAGS_BEFORE = re.compile(r"^(?:\s{0,8}</?[a-zA-Z]{1,10}(?:\s[^<>]{0,200})?/?>){1,8}")
_CLAUSE = re.compile(
    r"\s*(?:,\s{0,2})?(?:\b(?:because|since|as|so|which|where|thus|hence|after|by|for which|due to|that is|i\.?e)\b"
    r"|\((?:since|because)\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_LEADING = re.compile(
    r"^(?:#{1,6}|[:：=]|\b(?:is|are|es|est|ist|be|equals|approximately|about|simply|just|therefore)\b)\s*",
    re.IGNORECASE,
)
_LEADING_WORD = re.compile(r"[a-zA-Z]{2,}\s+[0-9(]")
_STYLED = re.compile(r"\\(?:text|mathrm|textbf)\{([^{}]*)\}")
_NUMBER = re.compile(
    r"(?<![0-9.,])[-−+]?(?:\\?\$\s?)?(?:[0-9]{1,3}(?:,[0-9]{3}){1,20}|[0-9]{1,300})(?:\.[0-9]{1,300})?(?:\s?/\s?[0-9]{1,100})?(?:\s?\\?%)?"
)
_DENIAL = re.compile(
    r"\b(?:not|never|no|isn't|wrong|incorrect|or|one of|except|other than)\b|≠|!=|\\n(?:ot|eq?)\b", re.IGNORECASE
)
_OPERATOR_BEFORE = re.compile(r"[-−+*/^_(\[{√\ufffd]\s{0,4}$")
"""Then the number is part of an expression that could not be read: taking it alone would change its value."""


class Found(NamedTuple):
    """The answer that a response gives."""

    texts: tuple[str, ...]
    """What it says, as written; more than one where several answers are given in one breath."""
    rule: str
    """Which rule found it."""


def find_answer(response: str, rules: Sequence[str] = ALL_RULES, *, last_number: bool = False) -> Found | None:
    """The last final answer of a response outside its thinking, or None.

    >>> find_answer("<think>5?</think>So the answer is $x = 4$, because 5 is odd.")
    Found(texts=('x = 4',), rule='phrase')
    >>> find_answer("It is 4") is None
    True
    """
    places = _places(tuple(rules))
    answer = extraction.final_answer(response, places)
    if answer is not None and _is_taken_back(answer):
        answer = extraction.final_answer(answer.after, places)
        if answer is None or _is_taken_back(answer):
            return None
    if answer is not None:
        if answer.rule == "boxed" or len(answer.cluster) > 1:
            return Found(tuple([read_box(text) for text in answer.cluster]), answer.rule)
        if answer.rule in ("phrase", "hashes"):
            return Found((read_prose(answer.text),), answer.rule)
        return Found((read_tag(answer.text),), answer.rule)
    if "whole" not in rules and not last_number:
        return None
    visible = extraction.outside_thinking(response)
    if "whole" in rules and (whole := _whole(visible)):
        return Found((whole,), "whole")
    if last_number:
        numbers = _NUMBER.findall(visible)
        if numbers:
            return Found((numbers[-1],), "last_number")
    return None


@functools.lru_cache(maxsize=64)
def _places(rules: tuple[str, ...]) -> tuple[extraction.Rule, ...]:
    """Those of the rules that every family has."""
    return tuple(name for name in extraction.ALL_RULES if name in rules)


def _is_taken_back(answer: extraction.Answer) -> bool:
    """As `is_taken_back`; what is too short to say so is not looked at."""
    is_short = answer.rule != "phrase" and len(answer.after) < _SHORTEST_WORDS
    return not is_short and is_taken_back(answer)


def read_box(content: str) -> str:
    """The answer in a box: all of it, or what stands behind "the answer is" in it."""
    if len(content) > MAX_PROSE or "answer" not in content.lower() or "\n" in content:
        return content
    plain = _STYLED.sub(lambda m: f" {m.group(1)} ", content)
    phrases = extraction.find_phrases(plain)
    return read_prose(phrases[-1].content) if phrases else content


def read_tag(content: str) -> str:
    """The answer inside an answer tag: all of it, or the formula in its prose."""
    formulas = list(_FORMULA.finditer(content[:MAX_PROSE]))
    if len(formulas) == 1 and formulas[0].span() != (0, len(content)) and _is_prose(content):
        return read_prose(content)
    return content


def read_prose(content: str) -> str:
    """The answer in the rest of a line behind "the answer is".

    >>> [read_prose(t) for t in ("42 because geometry proves it.", "$x$ or $y$", "Jane grew it 3 hours ago.")]
    ['42', 'x or y', '3']
    """
    content = content[:MAX_PROSE].strip()
    for _ in range(3):
        content = _LEADING.sub("", content).strip()
    formulas = list(_FORMULA.finditer(content))
    if formulas:
        rest = _DEFINED.match(content, formulas[0].end())
        if rest and rest.group(1).strip(" .*"):
            return read_prose(rest.group(1))
        return _formulas(content, formulas)
    content = _TAGS_BEFORE.sub("", content)
    end = _SENTENCE_END.search(content)
    if end and end.group() == "?" and re.search(r"\w", content[end.end() :]):
        return content  # a question, and what follows answers or doubts it
    sentence = (content[: end.start()] if end and end.start() else content).strip().strip("*_ ").strip()
    clause = _CLAUSE.sub("", sentence)
    sentence = clause or sentence
    if isinstance(parse(normalise(sentence)), (Words, Opaque)) and len(sentence) < 400:
        numbers = list(_NUMBER.finditer(sentence))
        is_plain = "\\" not in sentence.replace("\\$", "").replace("\\%", "") and not _denies(sentence)
        if len(numbers) == 1 and is_plain and not _OPERATOR_BEFORE.search(sentence[: numbers[0].start()]):
            return numbers[0].group()
    return sentence


def _formulas(content: str, formulas: list[re.Match[str]]) -> str:
    """The first formula, with those joined to it by commas, "and" or "or", and the unit behind it."""
    if content.startswith("$") and formulas[0].start() > 0 and _NUMBER.match(content):
        return content  # a price, not a formula
    texts = [_inside(formulas[0])]
    last = formulas[0]
    for formula in formulas[1:]:
        between = content[last.end() : formula.start()]
        if not _CONNECTED.fullmatch(between):
            break
        texts.append(between.strip() + " " if between.strip() in (",", ";") else f" {between.strip(' ,')} ")
        texts.append(_inside(formula))
        last = formula
    unit = _BEHIND_FORMULA.match(content, last.end())
    if unit and len(texts) == 1 and unit.group(1) in ("%", "\\%", "percent", "pct", "degrees", "°"):
        texts.append(" " + unit.group(1))
    return "".join(texts)


def _inside(formula: re.Match[str]) -> str:
    return next(g for g in formula.groups() if g is not None).strip()


def _is_prose(content: str) -> bool:
    return bool(re.search(r"[a-zA-Z]{2,}\s+[a-zA-Z]{2,}", _FORMULA.sub(" ", content[:MAX_PROSE])))


def _denies(sentence: str) -> bool:
    return _DENIAL.search(sentence) is not None


def _whole(visible: str) -> str:
    """The response itself, where it is one line that holds a value and nothing else."""
    text = visible.strip()
    if not text or len(text) > MAX_WHOLE or not re.search(r"[0-9\\]", text):
        return ""
    if _is_prose(text) or _LEADING_WORD.match(text):
        return ""
    value = parse(normalise(text))
    if isinstance(value, (Words, Opaque)) or (isinstance(value, Quantity) and value.unit.count(" ") > 2):
        return ""
    if isinstance(value, Several) and any(isinstance(i, (Words, Opaque)) for i in value.items):
        return ""
    return text
