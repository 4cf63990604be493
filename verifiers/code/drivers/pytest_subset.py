"""Inside the tests' sandbox: the part of pytest that simple tests use, in place of the real one.

`raises`, `approx`, `skip`, `fail`, `fixture` (by name, with or without yield), `mark.parametrize`, and other marks,
which do nothing. What is not here raises an error while the tests are set up, and the row says that they can't be used.
"""

import contextlib
import functools
import inspect
import math
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any


class UnusableError(Exception):
    """The tests need what is not here."""


class SkippedError(Exception):
    """`pytest.skip`."""


class Raises:
    """`with pytest.raises(...) as info`."""

    def __init__(self, expected: Any, match: str | None = None) -> None:
        self._expected, self._match = expected, match
        self.value: BaseException | None = None
        self.type: type | None = None

    def __enter__(self) -> "Raises":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if error is None:
            raise AssertionError("did not raise")
        if not isinstance(error, self._expected):
            return False
        if self._match is not None and not re.search(self._match, str(error)):
            raise AssertionError(f"the message {str(error)[:200]!r} does not match {self._match!r}")
        self.value, self.type = error, kind
        return True


def raises(expected: Any, function: Any = None, *args: Any, match: str | None = None, **kwargs: Any) -> Any:
    """The context manager, or the call of a function under it."""
    manager = Raises(expected, match)
    if function is None:
        return manager
    with manager:
        function(*args, **kwargs)
    return manager


class Approx:
    """Equal to within a tolerance: the larger of `rel` (1e-6) of the expected value and `abs` (1e-12)."""

    def __init__(self, expected: Any, rel: float | None = None, abs: float | None = None) -> None:
        self._expected, self._rel, self._abs = expected, rel, abs

    __array_ufunc__ = None  # so that an array asks this side, and once

    def __eq__(self, actual: object) -> bool:
        return self._near(self._expected, actual)

    __hash__ = None  # type: ignore[assignment]  # equality by tolerance has none

    def _near(self, expected: Any, actual: Any) -> bool:
        expected, actual = plain(expected), plain(actual)
        if isinstance(expected, dict):
            if not isinstance(actual, dict) or expected.keys() != actual.keys():
                return False
            return all(self._near(expected[key], actual[key]) for key in expected)
        if isinstance(expected, (list, tuple)):
            return (
                isinstance(actual, (list, tuple))
                and len(actual) == len(expected)
                and all(map(self._near, expected, actual))
            )
        if isinstance(expected, bool) or not isinstance(expected, (int, float)):
            return bool(expected == actual)
        if isinstance(actual, bool) or not hasattr(type(actual), "__float__"):
            return False
        relative = 1e-6 if self._rel is None else self._rel
        absolute = 1e-12 if self._abs is None else self._abs
        if self._rel is None and self._abs is not None:
            relative = 0.0
        if math.isinf(expected) or math.isinf(float(actual)):
            return bool(expected == actual)
        return abs(expected - float(actual)) <= max(relative * abs(expected), absolute)


def plain(value: Any) -> Any:
    """A value of numpy's as lists and numbers."""
    return value.tolist() if type(value).__module__ == "numpy" and hasattr(value, "tolist") else value


def skip(reason: str = "") -> None:
    """Skip the test that runs."""
    raise SkippedError(reason)


def fail(reason: str = "") -> None:
    """Fail the test that runs."""
    raise AssertionError(reason)


def fixture(function: Any = None, **options: Any) -> Any:
    """Mark a function as a fixture."""
    if function is None:
        return lambda inner: fixture(inner, **options)
    if options.get("params"):
        raise UnusableError("pytest.fixture(params=...)")
    function.is_fixture = True
    function.is_autouse = bool(options.get("autouse"))
    return function


class Mark:
    """`pytest.mark`: parametrize counts, skip skips, the rest do nothing."""

    def __getattr__(self, name: str) -> Any:
        def mark(*args: Any, **kwargs: Any) -> Any:
            if len(args) == 1 and callable(args[0]) and not kwargs:
                return self._marked(args[0], name, (), {})
            return lambda function: self._marked(function, name, args, kwargs)

        return mark

    def _marked(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function.marks = [*getattr(function, "marks", ()), (name, args, kwargs)]
        return function


def param(*values: Any, **options: Any) -> tuple[Any, ...]:
    """One set of parameters; its id and marks do not matter here."""
    return values


def install() -> None:
    """Make `import pytest` give this subset."""
    module = types.ModuleType("pytest")
    functions = {"raises": raises, "approx": Approx, "skip": skip, "fail": fail, "fixture": fixture, "param": param}
    module.__dict__.update(functions, mark=Mark(), main=lambda *args, **kwargs: 0)
    sys.modules["pytest"] = module


def parametrized(
    name: str, function: Any, names: dict[str, Any], owner: type | None = None
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The units of one test function: one for each combination of its parameters."""
    sets: list[dict[str, Any]] = [{}]
    for mark, args, _ in getattr(function, "marks", ()):
        if mark == "skip":
            sets = []
        if mark == "parametrize":
            keys = [key.strip() for key in args[0].split(",")] if isinstance(args[0], str) else list(args[0])
            rows = [row if len(keys) > 1 or is_param(row) else (row,) for row in args[1]]
            sets = [{**done, **dict(zip(keys, row, strict=True))} for row in rows for done in sets]
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise UnusableError(f"the test {name} yields, so it would never run")
    taken = set().union(*sets)
    for key in list(inspect.signature(function).parameters)[1 if owner else 0 :]:
        if key not in taken and not getattr(names.get(key), "is_fixture", False):
            raise UnusableError(f"there is no fixture {key!r} here")
    for number, values in enumerate(sets):
        label = f"{name}[{number}]" if len(sets) > 1 else name
        yield label, functools.partial(call, function, values, names, owner)


def is_param(row: Any) -> bool:
    """Whether a row of parameters for one key is already wrapped, by `param` or as a tuple of one."""
    return isinstance(row, tuple) and len(row) == 1


def call(function: Any, values: dict[str, Any], names: dict[str, Any], owner: type | None) -> None:
    """Call a test function with its parameters and its fixtures."""
    with contextlib.ExitStack() as stack:
        made: dict[str, Any] = {}
        instance = owner() if owner else None
        before, after = getattr(instance, "setup_method", None), getattr(instance, "teardown_method", None)
        if after is not None:
            stack.callback(lambda: after(*[function][: len(inspect.signature(after).parameters)]))
        if before is not None:
            before(*[function][: len(inspect.signature(before).parameters)])
        for fixture_name, candidate in list(names.items()):
            if getattr(candidate, "is_autouse", False):
                _make(fixture_name, names, made, stack)
        wanted = list(inspect.signature(function).parameters)[1 if owner else 0 :]
        arguments = {key: values[key] if key in values else _make(key, names, made, stack) for key in wanted}
        returned = function(*([instance] if owner else []), **arguments)
        if inspect.iscoroutine(returned):
            import asyncio

            asyncio.run(returned)


def _make(name: str, names: dict[str, Any], made: dict[str, Any], stack: contextlib.ExitStack) -> Any:
    """The value of a fixture, made once for each test."""
    if name in made:
        return made[name]
    function = names.get(name)
    if not getattr(function, "is_fixture", False):
        raise UnusableError(f"there is no fixture {name!r} here")
    assert function is not None
    arguments = {key: _make(key, names, made, stack) for key in inspect.signature(function).parameters}
    if inspect.isgeneratorfunction(function):
        made[name] = stack.enter_context(contextlib.contextmanager(function)(**arguments))
    else:
        made[name] = function(**arguments)
    return made[name]
