"""Inside a sandbox: what a Python program consists of, by its syntax tree; nothing of it is run.

One line of JSON to the result descriptor: `{"error": [type, message]}`, or the facts that `facts_of` returns. Parsing
happens here because a hostile source can exhaust a parser.
"""

import ast
import os
from typing import Any

from rewardkit.verifiers.code.drivers.encoding import describe, dumps

MOST = 20_000
_DYNAMIC = {"eval", "exec", "compile", "__import__", "globals", "locals", "vars", "getattr", "__builtins__"}


def run_facts(source: str) -> None:
    """Write down the facts of `source`."""
    try:
        facts = facts_of(source)
    except BaseException as error:  # noqa: BLE001  # any way a parser fails says that the source does not parse
        facts = {"error": describe(error)}
        if isinstance(error, SyntaxError) and error.lineno:
            facts["line"] = error.lineno
    os.write(int(os.environ["REWARDKIT_RESULT_FD"]), dumps(facts)[: 8 << 20] + b"\n")


def facts_of(source: str) -> dict[str, Any]:
    """Statements that do something, kinds of nodes, imports, names in use, definitions, recursion, dynamic names.

    >>> facts = facts_of("import os as o\\ndef f(n):\\n    return f(o.sep)\\n")
    >>> facts["imports"], facts["uses"], facts["definitions"], facts["recursive"], facts["statements"]
    (['os'], ['f', 'os', 'os.sep'], ['f'], True, 2)
    """
    tree = ast.parse(source)
    compile(tree, "solution.py", "exec", dont_inherit=True)
    nodes = list(ast.walk(tree))
    names = _aliases(nodes)
    imports = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imports |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    uses = {used for node in nodes if (used := _dotted(node, names))}
    uses |= {f"{n.module}.{a.name}" for n in nodes if isinstance(n, ast.ImportFrom) and n.module for a in n.names}
    functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    classes = [node.name for node in nodes if isinstance(node, ast.ClassDef)]
    return {
        "statements": sum(map(_does_something, nodes)),
        "nodes": sorted({type(node).__name__ for node in nodes}),
        "imports": sorted(imports)[:MOST],
        "uses": sorted(uses)[:MOST],
        "definitions": sorted({node.name for node in functions} | set(classes))[:MOST],
        "recursive": any(_calls_itself(node) for node in functions),
        "dynamic": sorted({use.split(".")[-1] for use in uses} & _DYNAMIC | (imports & {"importlib", "builtins"})),
    }


def _does_something(node: ast.AST) -> bool:
    """Whether a node is a statement other than pass, a bare name, or a constant."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, (ast.Constant, ast.Name, ast.Tuple))
    return isinstance(node, ast.stmt) and not isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom, ast.Global))


def _aliases(nodes: list[ast.AST]) -> dict[str, str]:
    """The local names of imported things, each with its full name."""
    names: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """The full name that a name or attribute stands for; empty for other nodes and for what is too long."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < 10:
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([names.get(node.id, node.id), *reversed(parts)])
    return "." + ".".join(reversed(parts)) if parts else ""


def _calls_itself(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id == function.name:
                return True
            if isinstance(called, ast.Attribute) and called.attr == function.name:
                owner = called.value
                if isinstance(owner, ast.Name) and owner.id in ("self", "cls"):
                    return True
    return False
