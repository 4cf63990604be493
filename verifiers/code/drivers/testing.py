"""Inside the tests' sandbox: runs tests that are written as code, and writes down what became of each.

Lines of JSON to the result descriptor: `["program", stage, [type, message]]` where the program could not be loaded,
`["setup", [type, message], calls]` where the tests' own code failed, else `["units", [name...]]`, then one
`["unit", number, verdict, [type, message], calls]` for each unit from the first that was asked for, and
`["done", calls]`; `calls` counts what was asked of the program so far.

Verdicts: passed, failed (an assertion), error (any other exception), raised (the program's exception), skipped, large,
died (the program ended; nothing follows), unsplittable.
"""

import ast
import functools
import inspect
import json
import os
import sys
import types
import unittest
from collections.abc import Callable, Iterator
from typing import Any

from rewardkit.verifiers.code.drivers.encoding import TooLargeError, describe, dumps
from rewardkit.verifiers.code.drivers.library import of_libraries
from rewardkit.verifiers.code.drivers.link import DiedError, Link, UnsplittableError
from rewardkit.verifiers.code.drivers.names import attributes, imports_any, missing, names_read, shadowed, used_names
from rewardkit.verifiers.code.drivers.pytest_subset import SkippedError, UnusableError, install, parametrized

SOLUTION_MODULES = ("solution", "main", "candidate", "submission", "your_module", "program", "answer", "task")
"""Modules that tests import the program from."""

Unit = tuple[str, Callable[[], Any]]


class SolutionModule(types.ModuleType):
    """What `import solution` gives the tests."""

    __all__: tuple[str, ...] = ()  # `from solution import *` binds nothing: names come when they are used

    def __init__(self, name: str, resolve: Callable[[str], Any]) -> None:
        super().__init__(name)
        self.__dict__["resolve"] = resolve

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.__dict__["resolve"](name)
        except KeyError:
            raise AttributeError(f"the program defines no {name}") from None


class InProcess:
    """The program in the same process as the tests, in place of a `Link`: its names are the real things."""

    def __init__(self, source: str) -> None:
        self.calls = 1
        self.greeting: dict[str, Any] = {"loaded": True}
        module = types.ModuleType("solution")
        for name in SOLUTION_MODULES:
            sys.modules[name] = module
        stage = "compile"
        try:
            program = compile(source, "solution.py", "exec")
            stage = "load"
            exec(program, module.__dict__)
        except BaseException as error:  # noqa: BLE001  # whatever the tests raise is their result
            self.greeting = {stage: describe(error)}
        self._names = module.__dict__

    def resolve(self, name: str) -> Any:
        """The program's own object."""
        return self._names[name]

    def resolve_all(self, names: list[str]) -> dict[str, Any]:
        """The program's own objects, as far as it has them."""
        return {name: self._names[name] for name in names if name in self._names}


class Run:
    """One run of the tests, from setting up to the last unit."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._result, self._write = int(os.environ["REWARDKIT_RESULT_FD"]), os.write
        self._link: Any = None
        self._names: dict[str, Any] = {"__name__": "tests"}

    def report(self, *line: Any) -> None:
        """Write one line down."""
        text = dumps(list(line)) + b"\n"
        while text:
            text = text[self._write(self._result, text) :]

    def run(self) -> None:
        """Load, set up, and run every unit."""
        program = self._plan.get("program")
        try:
            self._link = Link() if program is None else InProcess(program)
        except (DiedError, TooLargeError):
            self.report("died")
            return
        for stage in ("compile", "load"):
            if stage in self._link.greeting:
                self.report("program", stage, self._link.greeting[stage])
                return
        try:
            units = self._set_up(in_process=program is not None)
        except DiedError:
            self.report("died")
            return
        except UnsplittableError as error:
            self.report("unsplittable", describe(error))
            return
        except UnusableError as error:
            self.report("setup", describe(error), 0)
            return
        except BaseException as error:  # noqa: BLE001  # whatever the tests raise is their result
            self.report("setup", describe(error), self._link.calls)
            return
        self.report("units", [name for name, _ in units])
        for number, (_, unit) in enumerate(units):
            if number >= self._plan["first"]:
                verdict, detail = judge(unit)
                self.report("unit", number, verdict, detail, self._link.calls)
                if verdict == "died" or (self._plan["stops"] and verdict not in ("passed", "skipped")):
                    return
        self.report("done", self._link.calls)

    def _set_up(self, in_process: bool) -> list[Unit]:
        if not in_process:
            for name in SOLUTION_MODULES:
                sys.modules[name] = SolutionModule(name, self._link.resolve)
        install()
        style, names = self._plan["style"], self._names
        module = types.ModuleType("tests")
        sys.modules["tests"] = module
        sources = [*self._plan["setup"], *self._plan["tests"]]
        trees = [ast.parse(source) for source in sources]
        used = used_names(trees)
        bound = self._link.resolve_all(sorted(used))
        names.update(bound)  # what the tests define goes over it
        if not in_process:
            self._link.expects_stops = "StopIteration" in names_read(trees)
            ours = of_libraries(attributes(trees), used)
            names.update({name: value for name, value in ours.items() if name in bound})
        for part in self._plan["setup"]:
            exec(compile(part, "setup.py", "exec"), names)
        entry_point = self._plan["entry_point"]
        is_called = any(map(callable, bound.values())) or imports_any(trees, SOLUTION_MODULES)
        for name in [entry_point] if entry_point else [] if is_called else shadowed(self._plan["tests"]):
            names[name] = self._under_test(name)
        if style == "asserts":
            return [(test.strip()[:80], statement(test, names)) for test in self._plan["tests"]]
        code = [compile(test, "tests.py", "exec") for test in self._plan["tests"]]
        if style == "script":
            return [(f"script {number}", functools.partial(exec, part, names)) for number, part in enumerate(code)]
        for part in code:
            exec(part, names)
        module.__dict__.update({name: value for name, value in names.items() if not name.startswith("__")})
        return list(COLLECTORS[style](names, entry_point, self))

    def _under_test(self, name: str) -> Any:
        try:
            return self._link.resolve(name)
        except KeyError:
            return missing(name)

    def target(self, entry_point: str) -> Any:
        """What `check` is called with."""
        return self._names[entry_point]


def statement(text: str, names: dict[str, Any]) -> Callable[[], Any]:
    """A unit that executes a statement."""
    code = compile(text, "tests.py", "exec")
    return lambda: exec(code, names)


def judge(unit: Callable[[], Any]) -> tuple[str, list[str]]:
    """Run one unit; what became of it, and the exception's type and message."""
    try:
        unit()
    except DiedError as error:
        return "died", describe(error)
    except UnsplittableError as error:
        return "unsplittable", describe(error)
    except TooLargeError as error:
        return "large", describe(error)
    except (unittest.SkipTest, SkippedError) as error:
        return "skipped", describe(error)
    except BaseException as error:  # noqa: BLE001  # whatever the tests raise is their result
        if "of_program" in getattr(error, "__dict__", {}):
            return "raised", [str(error.__dict__["of_program"]), describe(error)[1]]
        return "failed" if isinstance(error, AssertionError) else "error", describe(error)
    return "passed", ["", ""]


def collect_check(names: dict[str, Any], entry_point: str, run: Run) -> Iterator[Unit]:
    """`check(candidate)`, the form of HumanEval."""
    yield "check", lambda: names["check"](run.target(entry_point))


def collect_unittest(names: dict[str, Any], entry_point: str, run: Run) -> Iterator[Unit]:
    """The test methods of every `TestCase`."""
    for name, case in list(names.items()):
        if isinstance(case, type) and issubclass(case, unittest.TestCase) and case.__module__ == "tests":
            for method in unittest.TestLoader().getTestCaseNames(case):
                yield f"{name}.{method}", functools.partial(run_method, case, method)


def run_method(case: type[unittest.TestCase], method: str) -> None:
    """One test method, with its fixtures; raises what it raised."""

    class Result(unittest.TestResult):
        first: BaseException | None = None

        def addError(self, test: Any, err: Any) -> None:  # noqa: N802  # unittest's names
            self.first = self.first or err[1]

        def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
            self.first = self.first or err[1]

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
            if err is not None:
                self.first = self.first or err[1]

        def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
            self.first = self.first or unittest.SkipTest(reason)

        def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
            self.first = self.first

        def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
            self.first = self.first or AssertionError("expected to fail, and passed")

    result = Result()
    unittest.TestSuite([case(method)]).run(result)
    if result.first is not None:
        raise result.first


def collect_pytest(names: dict[str, Any], entry_point: str, run: Run) -> Iterator[Unit]:
    """Functions `test_*` and methods of classes `Test*`, with the fixtures and parameters that the subset knows."""
    yield from collect_unittest(names, entry_point, run)
    for name, value in list(names.items()):
        if name.startswith("test") and inspect.isfunction(value) and value.__module__ == "tests":
            yield from parametrized(name, value, names)
        elif name.startswith("Test") and isinstance(value, type) and not issubclass(value, unittest.TestCase):
            for method in [m for m in vars(value) if m.startswith("test")]:
                yield from parametrized(f"{name}.{method}", getattr(value, method), names, value)


COLLECTORS: dict[str, Callable[[dict[str, Any], str, Run], Iterator[Unit]]] = {
    "check": collect_check,
    "unittest": collect_unittest,
    "pytest": collect_pytest,
}


def run_tests(plan: str) -> None:
    """Run the tests of `plan`, which is JSON."""
    Run(json.loads(plan)).run()
    os._exit(0)
