"""Whether a response takes its answer back right after giving it: "The answer is B. No wait, that is wrong."

    is_taken_back(final_answer("\\\\boxed{7}. Scratch that."))    # True

An answer that is taken back, with no other one given later, is no answer. Two kinds of words do it: those that can
mean nothing else ("scratch that", "I made a mistake") anywhere in the next sentences, and those that need something to
refer to ("that is wrong") only directly behind the answer. They count at the beginning of a clause, never inside one.
"""

from __future__ import annotations

import re

from rewardkit.verifiers.extraction import LONGEST_AFTER, Answer

_PLAIN = (
    # English
    r"no,?\s{1,2}wait\b|wait,?\s(?:no\b|that|this|it\b|i\b|actually)|wait\s{0,2}(?:[.!…—-]|$)|hold on\b",
    r"(?:scratch|strike) that\b|never\s?mind\b|(?:please\s)?(?:disregard|ignore) (?:that|this|it|my|the above)\b",
    r"oops\b|(?:that was )?my (?:mistake|bad)\b|just kidding\b|correction\b|on (?:second thoughts?|reflection)\b",
    r"(?:sorry,? )?i(?:['’]ve| have| had)? (?:made|just made|found|spotted|see|notice) (?:a|an|my|the) (?:\w{1,12} )?"
    r"(?:mistake|error)\b",
    r"i (?:was|am|must be) (?:wrong|mistaken)\b|i (?:take|took) (?:that|it|this) back\b|i retract\b|i misread\b",
    r"let me (?:re-?(?:think|consider|do|compute|calculate|evaluate|try)|try again|start over|correct)\b",
    r"(?:no|actually),? (?:that|this|it)(?:['’]s| is| was) (?:wrong|incorrect|not (?:right|correct|it|true))\b",
    r"that was a mistake\b",
    # German, French, Spanish, Portuguese, Italian, Russian
    r"(?:nein,? )?(?:warte|moment mal)\b|das (?:ist|war) (?:falsch|ein fehler)|ich habe mich (?:geirrt|vertan)",
    r"(?:non,? )?attend(?:s|ez)\b|(?:non,? )?c['’]est (?:faux|une erreur)|je me suis trompé",
    r"(?:no,? )?espera\b|eso (?:es|está) (?:mal|incorrecto)|me equivoqué",
    r"(?:não,? )?espere\b|me enganei|isso está errado",
    r"(?:no,? )?aspetta\b|mi sono sbagliato|(?:нет,? )?(?:подожди|погоди|стоп)|это (?:неверно|неправильно)|я ошиб",
    # Chinese, Japanese, Korean
    r"(?:不，?)?等等|等一下|不对|我(?:弄|搞|算)?错了|这是错|(?:いや、?)?待って|間違(?:え|い)|잠깐|틀렸",
)
_REFERRING = (
    r"(?:that|this|it|(?:my|the|this|that) (?:above )?answer|the above)"
    r"(?:(?:['’]s| is| was| must be| seems| looks)(?: \w{1,12})? "
    r"(?:wrong|incorrect|false|mistaken|an? (?:mistake|error)|not (?:right|correct|it|true|the (?:\w{1,12} )?answer))"
    r"|(?: is|was)n['’]t (?:right|correct|it|true)| can(?:no|['’])t be (?:right|correct))\b"
)
_TURN = r"(?:but|however|no|nope|hmm+|wait|actually|well|though|although|sorry|oh)\b[\s,.]{0,3}"
_BEGINS = r"(?:^|[.!?;:,—–…\n。！？；，、)\]}]|\s-)[\s*_\"'“”$)\\]{0,8}"

_TAKES_BACK = re.compile(rf"{_BEGINS}(?:{_TURN}){{0,3}}(?:{'|'.join(_PLAIN)})", re.IGNORECASE)
_REFERS = re.compile(
    rf"[\s*_\"'“”$)\]}}\\.,;:!?—–-]{{0,12}}(?:{_TURN}){{0,3}}{_REFERRING}",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"[.!?](?=\s)|[。！？\n]|[,;:—–](?=\s?(?:but|however|no|wait|actually|though|although)\b)", re.IGNORECASE
)
_MOST_CLAUSES = 3


def is_taken_back(answer: Answer) -> bool:
    """Whether the words right behind `answer`, which `final_answer` found, take it back.

    >>> from rewardkit.verifiers.extraction import final_answer
    >>> [is_taken_back(final_answer(f"The answer is 7{rest}")) for rest in (". Wait, no.", ", but that's wrong.", ".")]
    [True, True, False]
    """
    if answer.rule == "phrase":
        return takes_back(answer.text[:LONGEST_AFTER] + "\n" + answer.after, has_answer=True)
    return takes_back(answer.after)


def takes_back(text: str, *, has_answer: bool = False, refers: bool = True) -> bool:
    """Whether `text`, the words behind an answer, takes it back; with `has_answer` it begins with the answer itself.

    `refers`: whether "that is wrong" means the answer, as it does not behind a "No".

    >>> takes_back("That is wrong."), takes_back("London: that is wrong."), takes_back("Oops, a typo.")
    (True, False, True)
    """
    text = text[: 2 * LONGEST_AFTER]
    if not has_answer:
        return _TAKES_BACK.search(text) is not None or (refers and _REFERS.match(text) is not None)
    if _TAKES_BACK.search(text, 1):
        return True
    nexts = [mark.end() for _, mark in zip(range(_MOST_CLAUSES), _NEXT.finditer(text, 1), strict=False)]
    return refers and any(_REFERS.match(text, position) for position in nexts)
