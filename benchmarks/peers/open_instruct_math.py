"""open-instruct's functions for mathematics: the last box and the Minerva phrase, each by both of its comparisons.

Its verifier class asks the same; it is not imported, as its module brings a trainer with it. Needs the repository on
PYTHONPATH.
"""

import contextlib
from typing import Any

from open_instruct import math_utils

REQUIRES = ("open_instruct.math_utils",)
PACKAGES = ("sympy",)


def judge(response: str, reference: Any) -> bool:
    """Whether one of the answers that it finds in the response equals the reference."""
    found = [math_utils.normalize_final_answer(math_utils.get_unnormalized_answer(response))]
    if (box := math_utils.last_boxed_only_string(response)) is not None:
        with contextlib.suppress(AssertionError):  # how it says that the box is none
            found.append(math_utils.remove_boxed(box))
    found = [answer for answer in found if answer != "[invalidanswer]"] or [response]
    label = str(reference)
    return any(math_utils.is_equiv(a, label) or math_utils.hendrycks_is_equiv(a, label) for a in found)
