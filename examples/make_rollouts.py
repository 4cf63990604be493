"""Writes rollouts.jsonl: about 200 made-up rollouts of four tasks, right and wrong, some of them broken.

    python examples/make_rollouts.py > examples/rollouts.jsonl

`expected` is what the recipe beside it must give: it is set by construction here, and a test compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]


def math_rows() -> Iterator[Row]:
    """Twelve questions, eight rollouts each: forms that are equal, forms that are not, hedges, thinking, silence."""
    questions = [
        ("What is 17 * 23?", "391", ["391.0", "17 \\cdot 23", "$391$"], ["381", "-391", "3910"]),
        ("Write 0.375 as a fraction.", "\\frac{3}{8}", ["3/8", "0.375", "\\dfrac{6}{16}"], ["\\frac83", "0.37", "3"]),
        ("Simplify \\sqrt{50}.", "5\\sqrt{2}", ["\\sqrt{50}", "5\\cdot\\sqrt{2}", "5√2"], ["2\\sqrt{5}", "25", "5"]),
        ("Expand (x+2)^2.", "x^2+4x+4", ["(x+2)^2", "4+4x+x^2", "x(x+4)+4"], ["x^2+4", "x^2+4x-4", "(x-2)^2"]),
        ("Solve x^2 = 9.", "\\{-3, 3\\}", ["3, -3", "x = \\pm 3", "\\{3,-3\\}"], ["3", "9", "\\{3\\}"]),
        ("Solve 2x - 1 > 5.", "x > 3", ["(3, \\infty)", "3 < x", "x \\in (3,\\infty)"], ["x \\ge 3", "x < 3", "3"]),
        ("Where is f(t)=1/t defined for t>0, up to t=2?", "(0,2]", ["\\left(0, 2\\right]", "0 < t \\le 2", "(0, 2]"],
         ["[0,2]", "(0,2)", "2"]),
        ("Give the midpoint of (0,0) and (4,6).", "(2,3)", ["(2, 3)", "\\left(2,3\\right)", "(4/2, 6/2)"],
         ["(3,2)", "2,3,0", "5"]),
        ("How many seconds are in a day?", "86400", ["86,400", "86{,}400\\text{ seconds}", "8.64 \\times 10^4"],
         ["86.400", "3600", "8640"]),
        ("What is 20% of 350?", "70", ["70.0", "\\text{70}", "\\frac{140}{2}"], ["7", "20", "350"]),
        ("Evaluate \\sin(\\pi/6).", "\\frac{1}{2}", ["0.5", "1/2", "\\sin(\\pi/6)"], ["\\frac{\\sqrt3}2", "2", "0"]),
        ("What is the slope-intercept form of 2y = 6x + 4?", "y = 3x + 2", ["3x+2", "y=2+3x", "3x + 2 = y"],
         ["y = 3x - 2", "y = 6x + 4", "3"]),
    ]  # fmt: skip
    for number, (prompt, reference, right, wrong) in enumerate(questions):
        responses = [
            (f"<think>{prompt} Let me see.</think>\nThe final answer is $\\boxed{{{reference}}}$.", 1.0),
            (f"We compute step by step. Hence \\boxed{{{right[0]}}}.", 1.0),
            (f"So the result is\n\\[ \\boxed{{{right[1]}}} \\]", 1.0),
            (f"First I had \\boxed{{{wrong[0]}}}. That was a slip.\n\nThe answer is \\boxed{{{right[2]}}}.", 1.0),
            (f"Therefore \\boxed{{{wrong[0]}}}.", 0.0),
            (f"<think>It is \\boxed{{{reference}}}.</think> Answer: \\boxed{{{wrong[1]}}}", 0.0),
            (f"Either \\boxed{{{wrong[2]}}} or \\boxed{{{wrong[0]}}}.", 0.0),
            (f"<think>It should be {reference}, but let me check once more", 0.0),
        ]
        yield from rollouts("math", f"math-{number}", prompt, reference, responses)


def choice_rows() -> Iterator[Row]:
    """Seven questions, five rollouts each."""
    questions = [
        ("Which planet is nearest to the sun?", ["Venus", "Mercury", "Mars", "Earth"], "B"),
        ("Which number is prime?", ["21", "27", "29", "33"], "C"),
        ("Which gas do plants take in?", ["Carbon dioxide", "Oxygen", "Helium", "Argon"], "A"),
        ("Which word is a verb?", ["Quickly", "Green", "Table", "Run"], "D"),
        ("What is the capital of Canada?", ["Toronto", "Ottawa", "Montreal", "Vancouver"], "B"),
        ("Which is a noble gas?", ["Neon", "Nitrogen", "Chlorine", "Hydrogen"], "A"),
        ("How many sides has a hexagon?", ["Four", "Five", "Six", "Seven"], "C"),
    ]
    for number, (question, options, reference) in enumerate(questions):
        listed = "\n".join(f"{letter}) {text}" for letter, text in zip("ABCD", options, strict=True))
        right = options["ABCD".index(reference)]
        wrong = "ABCD"[("ABCD".index(reference) + 1) % 4]
        responses = [
            (f"The answer is ({reference}).", 1.0),
            (f"<answer>{reference}) {right}</answer>", 1.0),
            (f"After some thought: \\boxed{{{wrong}}}", 0.0),
            ("It could be A, B, C or D. Answer: A, B, C, D", 0.0),
            (f"<answer>{reference} or {wrong}</answer>", 0.0),
        ]
        prompt = f"{question}\n{listed}"
        yield from rollouts("choice", f"choice-{number}", prompt, reference, responses)


def number_rows() -> Iterator[Row]:
    """Eight measurements, five rollouts each, judged to one percent."""
    questions = [
        ("How far does light travel in a nanosecond, in cm?", "29.98", "30.0", "28"),
        ("What is the mass of a litre of water at 20 C, in g?", "998.2", "1,000", "98.2"),
        ("How many metres are in a mile?", "1609.34", "1.609e3", "1760"),
        ("What is the boiling point of nitrogen, in K?", "77.36", "77.4", "-77.36"),
        ("How many days has a tropical year?", "365.2422", "365", "356"),
        ("What is the density of gold, in g/cm^3?", "19.32", "19.3", "1.932"),
        ("What is the population of a town of 12,500 after growing 4 %?", "13000", "13,000", "12,504"),
        ("What is the speed of sound in air at 20 C, in m/s?", "343", "3.43 \\times 10^2", "3430"),
    ]
    for number, (prompt, reference, near, far) in enumerate(questions):
        responses = [
            (f"The answer is {reference}.", 1.0),
            (f"#### {near}", 1.0),
            (f"Final answer: {far}", 0.0),
            (f"The answer is {near} or {far}", 0.0),
            ("I would have to look that up.", 0.0),
        ]
        yield from rollouts("number", f"number-{number}", prompt, reference, responses)


def format_rows() -> Iterator[Row]:
    """Five requests, five rollouts each, judged by their sections alone."""
    for number, topic in enumerate(["rain", "glass", "tides", "yeast", "magnets"]):
        prompt = f"Explain {topic} in one sentence. Think inside <think> and answer inside <answer>."
        responses = [
            (f"<think>What matters about {topic}?</think>\n<answer>It is well understood.</answer>", 1.0),
            (f"<think>Short: {topic}.</think><answer>See any textbook.</answer>", 1.0),
            (f"<answer>{topic}</answer><think>Order matters.</think>", 0.0),
            ("<think></think><answer></answer>", 0.0),
            (f"<think>{topic}</think><answer>One.</answer><answer>Two.</answer>", 0.0),
        ]
        yield from rollouts("format", f"format-{number}", prompt, None, responses)


def rollouts(task: str, group: str, prompt: str, reference: Any, responses: list[tuple[str, float]]) -> Iterator[Row]:
    """The rows of one prompt; every third prompt is written as chat messages."""
    is_chat = group[-1] in "258"
    for number, (response, expected) in enumerate(responses):
        yield {
            "id": f"{group}-{number}",
            "group": group,
            "task": task,
            "prompt": [{"role": "user", "content": prompt}] if is_chat else prompt,
            "response": [{"role": "assistant", "content": response}] if is_chat else response,
            "reference": reference,
            "expected": expected,
        }


# fmt: off
BROKEN = [
    b'{"id": "broken-0", "task": "math", "prompt": "2+2?", "response": "4", "reference": "4"',
    b'{"id": "broken-1", "task": "math", "prompt": "2+2?", "response": null, "reference": "4", "expected": null}',
    b'{"id": "broken-2", "task": "math", "prompt": "2+2?", "response": "\\\\boxed{4}", "reference": ""}',
    b'{"id": "broken-3", "task": "poetry", "prompt": "Rhyme.", "response": "Time.", "expected": null}',
    b'{"id": "broken-4", "task": "math", "prompt": "2+2?", "response": "\xff\xfe", "reference": "4", "expected": null}',
    b'["not", "an", "object"]',
]
# fmt: on
"""Rows that can't be judged: not JSON, no response, no reference, no such task, not UTF-8, not an object."""


def main() -> None:
    out = sys.stdout.buffer
    rows = [*math_rows(), *choice_rows(), *number_rows(), *format_rows()]
    step = len(rows) // len(BROKEN)
    broken = list(BROKEN)
    for number, row in enumerate(rows):
        begins = number > 0 and row["group"] != rows[number - 1]["group"]  # the rows of a group stand together
        if begins and broken and number >= step * (len(BROKEN) - len(broken)) + step - 1:
            out.write(broken.pop(0) + b"\n")
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


if __name__ == "__main__":
    main()
