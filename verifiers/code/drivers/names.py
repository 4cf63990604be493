"""Inside the tests' sandbox: which names of the tests are the program's, by the tests' syntax trees."""

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import Any


def used_names(trees: list[ast.Module]) -> set[str]:
    """The names that tests read, builtins and dunders apart; where the program defines one, it may be meant.

    >>> sorted(used_names([ast.parse("assert f(x) == len(y)")]))
    ['f', 'x', 'y']
    """
    return {name for name in names_read(trees) if not name.startswith("__") and not hasattr(builtins, name)}


def names_read(trees: Iterable[ast.Module]) -> set[str]:
    """All names in the tests."""
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def attributes(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """The names that tests take attributes of, with the attributes.

    >>> attributes([ast.parse("math.isclose(f(2), x.y.z)")])
    {'math': {'isclose'}, 'x': {'y'}}
    """
    found: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(node.value.id, set()).add(node.attr)
    return found


def imports_any(trees: Iterable[ast.Module], modules: Iterable[str]) -> bool:
    """Whether the tests import one of the modules."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return not named.isdisjoint(modules)


def shadowed(tests: list[str]) -> list[str]:
    """The builtins that tests mean when they say a function of the program: those called where nothing else is.

    >>> shadowed(["assert sum(10, 15) == 6"]), shadowed(["assert sorted(f(2)) == [1, 2]"])
    (['sum'], [])
    """
    trees = [ast.parse(test) for test in tests]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    if not called or any(not hasattr(builtins, name) for name in called):
        return []
    return sorted(called)


def missing(name: str) -> Callable[..., Any]:
    """Stands for a function that the program does not define."""

    def call(*args: Any, **kwargs: Any) -> Any:
        error = NameError(f"the program defines no {name}")
        error.__dict__["of_program"] = "NameError"
        raise error

    return call
