"""PRM800K's grade_answer. It takes an answer, not a response: the last box is handed over, as found here.

Needs the folder `prm800k` of its repository on PYTHONPATH.
"""

from typing import Any

from grading.grader import grade_answer

from rewardkit.verifiers.extraction import find_boxes

REQUIRES = ("grading.grader",)
PACKAGES = ("sympy", "pylatexenc")


def judge(response: str, reference: Any) -> bool:
    """Its verdict on the last box of the response, and on the whole response where there is none."""
    boxes = find_boxes(response)
    return bool(grade_answer(boxes[-1].content if boxes else response, str(reference)))
