"""Inside a sandbox: calls a function of the program with each case's arguments and writes down what it returned.

One line of JSON for each case, to the result descriptor: `[case, "value", encoded]`,
`[case, "raised", [type, message]]` or `[case, "large", why]`; before the first case
`[-1, "compile" | "load" | "missing", [type, message]]` where the program can't be used.
All of it is the program's claim: whoever reads it compares, and believes nothing.
"""

import json
import os
import sys
import types
from typing import Any

from rewardkit.verifiers.code.drivers.encoding import Encoder, TooLargeError, describe, dumps

PRELUDE = """
import bisect, collections, copy, datetime, functools, heapq, itertools, json, math, operator, random, re, string, sys
from bisect import *
from collections import *
from functools import *
from heapq import *
from itertools import *
from math import *
from operator import *
from typing import *
from builtins import *
"""
"""What a judge of this kind imports before the program, which is written for it: the names that LeetCode's has."""


def run_calls(source: str, function: str, cases: str, first: int) -> None:
    """Call `function` of the program with the arguments of each of `cases` (JSON), which are counted from `first`."""
    result, write, leave = int(os.environ["REWARDKIT_RESULT_FD"]), os.write, os._exit

    def report(case: int, kind: str, content: Any) -> None:
        line = dumps([case, kind, content]) + b"\n"
        while line:
            line = line[write(result, line) :]

    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    try:
        exec(PRELUDE, module.__dict__)
        module.__dict__["__name__"] = "solution"
        program = compile(source, "solution.py", "exec")
    except BaseException as error:  # noqa: BLE001  # whatever the program raises is its result
        report(-1, "compile", describe(error))
        leave(0)
    try:
        exec(program, module.__dict__)
    except BaseException as error:  # noqa: BLE001  # whatever the program raises is its result
        report(-1, "load", describe(error))
        leave(0)
    for number, arguments in enumerate(json.loads(cases)):
        try:
            target = find(module.__dict__, function)
            if target is None:
                report(-1, "missing", [function, ""])
                leave(0)
            value = target(*arguments)
            report(first + number, "value", Encoder().encode(value))
        except TooLargeError as error:
            report(first + number, "large", str(error))
        except BaseException as error:  # noqa: BLE001  # whatever the program raises is its result
            report(first + number, "raised", describe(error))
    leave(0)


def find(names: dict[str, Any], function: str) -> Any:
    """The method of a fresh `Solution`, or the function of the module; None where there is neither."""
    solution = names.get("Solution")
    if isinstance(solution, type) and hasattr(solution, function):
        return getattr(solution(), function)
    target = names.get(function)
    return target if callable(target) else None
