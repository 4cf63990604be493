"""Inside both sandboxes of a duet: names of libraries that tests use without importing them, as if the program had.

A program must not judge its own values. So a comparison is the library's whatever the program defines under that name,
and a name that the program took from a library is the tests' own.
"""

import importlib
import sys
from collections.abc import Iterable
from typing import Any

ALIASES = {"np": "numpy", "pd": "pandas", "sp": "sympy", "nx": "networkx"}

COMPARISONS = {
    "isclose": "math",
    "allclose": "numpy",
    "array_equal": "numpy",
    "assert_allclose": "numpy.testing",
    "assert_almost_equal": "numpy.testing",
    "assert_array_almost_equal": "numpy.testing",
    "assert_array_equal": "numpy.testing",
    "assert_equal": "numpy.testing",
    "approx": "pytest",
    "raises": "pytest",
}
"""Functions that say whether a value is right, and where they come from."""

TAKEN = {
    "Counter": "collections",
    "OrderedDict": "collections",
    "defaultdict": "collections",
    "deque": "collections",
    "deepcopy": "copy",
    "date": "datetime",
    "datetime": "datetime",
    "timedelta": "datetime",
    "Decimal": "decimal",
    "Fraction": "fractions",
    "ceil": "math",
    "floor": "math",
    "sqrt": "math",
}
"""What tests make expected values of, and where it comes from if it is not the program's own."""


def is_taken(name: str, value: Any) -> bool:
    """Whether a program's `value` is the one that the library has under that name."""
    return getattr(sys.modules.get(TAKEN.get(name, "")), name, None) is value


def taken(name: str) -> Any:
    """What the library has under a name of `TAKEN`; None for other names."""
    return getattr(importlib.import_module(TAKEN[name]), name) if name in TAKEN else None


def of_libraries(attributes: dict[str, set[str]], names: Iterable[str]) -> dict[str, Any]:
    """Modules that tests take `attributes` of, and comparisons among the `names` that they use.

    >>> sorted(of_libraries({"math": {"isclose"}, "calendar": {"add_event"}}, ["isclose", "f"]))
    ['isclose', 'math']
    """
    found: dict[str, Any] = {}
    for name, used in attributes.items():
        module = module_named(name)
        if module is not None and all(hasattr(module, attribute) for attribute in used):
            found[name] = module
    for name in names:
        source = module_named(COMPARISONS[name]) if name in COMPARISONS else None
        if source is not None:
            found[name] = getattr(source, name)
    return found


def module_named(name: str) -> Any:
    """The module of the standard library, or of a library that has an alias, or None."""
    name = ALIASES.get(name, name)
    root = name.partition(".")[0]
    if root not in sys.stdlib_module_names and root not in (*ALIASES.values(), "pytest"):
        return None
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
