"""Rewrites of the response: the reference as it stands, in other ways to give a final answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from rewardkit.bench.carriers import honest, plainly
from rewardkit.bench.kinds import ALL, CLAIMING, FORMULAS, Kind, Material
from rewardkit.bench.probes import Maker, ProbeClass

_SHOWN = CLAIMING | {Kind.CODE}
_PHRASES = (
    "The answer is {a}.",
    "The final answer is {a}.",
    "So the answer is {a}.",
    "Therefore, the answer is: {a}",
    "Answer: {a}",
    "Final answer: {a}",
    "The correct answer is {a}.",
    "Thus the final answer is: {a}.",
    "Hence, the answer to the question is {a}.",
    "A: {a}",
)
_LANGUAGES = {
    "Spanish": "La respuesta es {a}.",
    "Portuguese": "A resposta é {a}.",
    "French": "La réponse est {a}.",
    "Italian": "La risposta è {a}.",
    "German": "Die Antwort ist {a}.",
    "Dutch": "Het antwoord is {a}.",
    "Polish": "Odpowiedź to {a}.",
    "Turkish": "Cevap: {a}",
    "Russian": "Ответ: {a}.",
    "Ukrainian": "Відповідь: {a}",
    "Vietnamese": "Đáp án là {a}.",
    "Chinese": "答案是 {a}。",
    "Japanese": "答えは {a}。",
    "Korean": "정답은 {a}",
    "Arabic": "الجواب هو {a}",
    "Hindi": "उत्तर: {a}",
}
_BOLD = (
    "The answer is **{a}**.",
    "**Answer:** {a}",
    "**The answer is {a}.**",
    "**Final Answer: {a}**",
    "### Final Answer\n\nThe answer is **{a}**",
    "**Final Answer**\n\n{p}",
    "- **Answer**: {a}",
)
_TAGS = ("<answer>{a}</answer>", "<answer>\n{a}\n</answer>")
_LEAD = (
    "Let me work through this step by step.\n\nFirst, I read the question again. Then I collect what is given.\n\n",
    "Step 1: set up the problem.\nStep 2: solve it.\nStep 3: check the result.\n\n",
    "We use what we know and simplify, which leads to the result.\n\n",
)
_TAIL = (
    "\n\nI hope this helps!",
    "\n\nLet me know if you have any questions.",
    "\n\nThis completes the solution.",
    " $\\blacksquare$",
    "\n\n---\n",
    "<|im_end|>",
    "\n\n\n",
)


def plain(m: Material, draw: Random) -> Iterator[str]:
    if honest(m):
        yield honest(m)


def _answer(m: Material) -> str:
    return m.reference.strip().strip("$").strip()


def _in_frame(frames: Sequence[str], *, in_math: bool = False) -> Maker:
    def make(m: Material, draw: Random) -> Iterator[str]:
        fitting = [f for f in frames if not (f.startswith("A: ") and m.options)]  # there it is an option's label
        answer = f"${_answer(m)}$" if in_math and "\\" in _answer(m) else _answer(m)
        yield draw.choice(fitting).replace("{a}", answer).replace("{p}", honest(m))

    return make


def prose_before(m: Material, draw: Random) -> Iterator[str]:
    if honest(m):
        yield draw.choice(_LEAD) + honest(m)


def prose_after(m: Material, draw: Random) -> Iterator[str]:
    if honest(m):
        tails = _TAIL if m.tests is None else [tail for tail in _TAIL if tail[0] == "\n"]  # a fence ends its line
        yield honest(m) + draw.choice(tails)


def thinking_before(m: Material, draw: Random) -> Iterator[str]:
    """A finished block of thinking that holds a wrong answer, and the right one after it."""
    if m.wrong:
        wrong = plainly(draw.choice(m.wrong), m)
        opening = draw.choice(("<think>", "<think>\n", "<thinking>", ""))
        closing = "</thinking>" if opening == "<thinking>" else "</think>"
        yield f"{opening}Perhaps {wrong} Let me check that again.{closing}\n{honest(m)}"


def corrected(m: Material, draw: Random) -> Iterator[str]:
    """A wrong answer, taken back, and the right one as the last word."""
    if m.wrong:
        wrong = plainly(draw.choice(m.wrong), m)
        yield f"{wrong}\n\nWait, that was a mistake. Let me redo the last step.\n\n{honest(m)}"


def said_twice(m: Material, draw: Random) -> Iterator[str]:
    yield f"{honest(m)}\n\nTo sum up:\n\n{honest(m)}"


FRAMES: tuple[ProbeClass, ...] = (
    ProbeClass("plain", ALL, "the reference itself, in the plainest response", plain),
    ProbeClass("phrase", CLAIMING, "a phrase for the final answer", _in_frame(_PHRASES)),
    ProbeClass(
        "phrase_math", FORMULAS, "a phrase for the final answer, in math mode", _in_frame(_PHRASES, in_math=True)
    ),
    *(
        ProbeClass(f"language_{name.lower()}", CLAIMING, f"the phrase in {name}", _in_frame((phrase,)))
        for name, phrase in _LANGUAGES.items()
    ),
    ProbeClass("markdown_bold", CLAIMING, "markdown emphasis", _in_frame(_BOLD)),
    ProbeClass(
        "answer_tag", CLAIMING, "an answer tag", _in_frame(("<answer>{a}</answer>", "<answer>\n{a}\n</answer>"))
    ),
    ProbeClass("hashes", CLAIMING, "four hashes", _in_frame(("#### {a}", "We are done.\n#### {a}"))),
    ProbeClass(
        "boxed",
        CLAIMING - {Kind.TEXT, Kind.BOOLEAN},
        "a box",
        _in_frame(("$\\boxed{{a}}$", "\\[\n\\boxed{{a}}\n\\]", "\\boxed{ {a} }", "\\fbox{{a}}")),
    ),
    ProbeClass(
        "box_in_tag",
        FORMULAS,
        "a box in an answer tag",
        _in_frame(("<answer>\\boxed{{a}}</answer>", "<answer>$\\boxed{{a}}$</answer>")),
    ),
    ProbeClass(
        "phrase_and_box",
        FORMULAS,
        "a phrase and a box",
        _in_frame(("The final answer is $\\boxed{{a}}$.", "**Final Answer**\n$$\\boxed{{a}}$$")),
    ),
    ProbeClass("prose_before", _SHOWN, "reasoning before it", prose_before),
    ProbeClass("prose_after", _SHOWN, "words after it", prose_after),
    ProbeClass("thinking_before", CLAIMING, "a block of thinking with a wrong answer before it", thinking_before),
    ProbeClass("said_twice", CLAIMING, "the same answer twice", said_twice),
    ProbeClass("bare", CLAIMING, "the answer and nothing else", _in_frame(("{a}", "{a}\n")), is_policy=True),
    ProbeClass("self_corrected", CLAIMING, "a wrong answer, taken back, before it", corrected, is_policy=True),
)
