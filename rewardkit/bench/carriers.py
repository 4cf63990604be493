"""How an answer is put into a response: the ways that every extraction of final answers knows."""

from __future__ import annotations

from random import Random

from rewardkit.bench.kinds import FORMULAS, OPTIONS, Kind, Material
from rewardkit.bench.solutions import honest_program

_FORMULA = (
    "\\boxed{%s}",
    "So the final answer is $\\boxed{%s}$.",
    "<answer>%s</answer>",
    "#### %s",
    "The answer is %s.",
    "**Final Answer:** %s",
)
_OPTION = ("The answer is %s.", "<answer>%s</answer>", "\\boxed{%s}", "**Answer:** %s", "#### %s")
_WORDS = ("The answer is %s.", "<answer>%s</answer>", "**Answer:** %s", "#### %s", "Final answer: %s")


def carriers_for(material: Material) -> tuple[str, ...]:
    """The carriers that suit a kind of reference; `%s` is the place of the answer."""
    if material.kind in OPTIONS:
        return _OPTION
    if material.kind in FORMULAS or (material.kind is Kind.OTHER and "\\" in material.reference):
        return _FORMULA
    return _WORDS


def put(answer: str, material: Material, draw: Random) -> str:
    """The answer in one of the carriers that suit it."""
    return draw.choice(carriers_for(material)).replace("%s", answer)


def plainly(answer: str, material: Material) -> str:
    """The answer in the plainest carrier.

    >>> from rewardkit.sample import Sample
    >>> plainly("5", Material(0, Sample(response=""), ("5",), Kind.INTEGER, {}))
    '\\\\boxed{5}'
    """
    return carriers_for(material)[0].replace("%s", _undecorated(answer))


def _undecorated(answer: str) -> str:
    return (
        answer[1:-1].strip()
        if len(answer) > 2 and answer[0] == answer[-1] == "$" and answer.count("$") == 2
        else answer
    )


def honest(material: Material) -> str:
    """The reference as a plain response, what every other response is compared with; empty where there is none.

    For tests of a program it is a program that passes them.
    """
    if material.tests is not None:
        return honest_program(material.tests)
    return plainly(material.reference, material) if material.reference else ""
