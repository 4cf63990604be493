"""The parts that a query is made of, in one spelling, and how far two queries share them.

    parts = components("SELECT T1.name FROM city AS T1 WHERE 3 < T1.size", "sqlite")
    parts["select"], parts["where"]     # Counter({'city.name': 1}), Counter({'city.size > 3': 1})

Every clause becomes a multiset of texts: aliases of tables are resolved, names of result columns dropped, keywords and
identifiers folded, the sides of symmetric operators put in order, AND taken apart. Joins and the order of conditions,
tables and columns make no difference; the order of ORDER BY does.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from rewardkit.errors import RewardkitError
from rewardkit.verifiers.sql.lexer import Dialect

Components: TypeAlias = Mapping[str, Counter[str]]
Literals: TypeAlias = Literal["compare", "ignore"]

_MAX_NODES = 2_000


class UnreadableQueryError(RewardkitError):
    """A query that can't be read; the message is a clause without its full stop."""


class Match(NamedTuple):
    """How far two queries share one clause."""

    precision: float
    recall: float
    f1: float


def components(
    query: str, dialect: Dialect, columns: ColumnsOf | None = None, literals: Literals = "compare"
) -> Components:
    """The clauses of a query that have anything in them, each a multiset of canonical texts.

    Args:
        columns: the columns of each table, where known: names without a table are then brought to theirs.

    Raises:
        UnreadableQueryError: it is no single SELECT that sqlglot can read, or too large.
    """
    import sqlglot
    from sqlglot import exp

    try:
        trees = sqlglot.parse(query, read=dialect)
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            raise UnreadableQueryError("it is not one SELECT")
        if sum(1 for _ in trees[0].walk()) > _MAX_NODES:
            raise UnreadableQueryError(f"it has more than {_MAX_NODES} parts")
        tree = _Canonical(columns or {}, literals, dialect).query(trees[0])
        found = {name: Counter(texts) for name, texts in _clauses(tree, "", dialect)}
    except sqlglot.errors.SqlglotError as error:
        raise UnreadableQueryError(str(error).split("\n")[0][:200]) from error
    except RecursionError as error:
        raise UnreadableQueryError("it is nested too deeply") from error
    return {name: texts for name, texts in found.items() if texts}


def matches(expected: Components, found: Components) -> dict[str, Match]:
    """Precision, recall and F1 of every clause that either query has."""
    return {name: _match(expected.get(name, Counter()), found.get(name, Counter())) for name in {**expected, **found}}


def _match(expected: Counter[str], found: Counter[str]) -> Match:
    shared = (expected & found).total()
    precision = shared / found.total() if found else 0.0
    recall = shared / expected.total() if expected else 0.0
    return Match(precision, recall, 2 * precision * recall / (precision + recall) if shared else 0.0)


ColumnsOf: TypeAlias = Mapping[str, frozenset[str]]
"""The columns of each table, in lower case."""


@functools.lru_cache(maxsize=256)
def read_schema(script: str, dialect: Dialect) -> ColumnsOf:
    """The columns of the tables that a script makes; what can't be read of it is left out."""
    import sqlglot
    from sqlglot import exp

    try:
        trees = sqlglot.parse(script, read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return {}
    tables: dict[str, frozenset[str]] = {}
    for tree in trees:
        if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
            names = (e.name.lower() for e in tree.this.expressions if isinstance(e, exp.ColumnDef))
            tables[tree.this.this.name.lower()] = frozenset(names)
    return tables


class _Canonical:
    """Rewrites a tree into the one spelling, from the innermost query out."""

    def __init__(self, columns: ColumnsOf, literals: Literals, dialect: Dialect) -> None:
        self._columns, self._literals, self._dialect = columns, literals, dialect

    def query(self, tree: Any) -> Any:
        """The canonical tree of a whole query."""
        from sqlglot import exp

        tree = tree.copy()
        for select in list(tree.find_all(exp.Select)):
            self._resolve(select)
        for alias in list(tree.find_all(exp.TableAlias)):
            if isinstance(alias.parent, exp.Table):
                alias.pop()
        for identifier in tree.find_all(exp.Identifier):
            identifier.set("this", identifier.name.lower())
            identifier.set("quoted", False)
        if self._literals == "ignore":
            for literal in list(tree.find_all(exp.Literal)):
                literal.replace(exp.Placeholder())
        return self._reordered(tree)

    def _resolve(self, select: Any) -> None:
        """Give every column of one SELECT the name of its table instead of its alias."""
        from sqlglot import exp

        aliases = {item.alias.lower(): item.this for item in select.expressions if item.alias}
        sources: dict[str, str] = {}
        for table in select.find_all(exp.Table):
            if table.find_ancestor(exp.Select) is select:
                sources[table.alias_or_name.lower()] = table.name.lower()
        for column in select.find_all(exp.Column):
            inner = column.find_ancestor(exp.Select) is select
            name = column.table.lower()
            if name in sources:
                column.set("table", exp.to_identifier(sources[name]))
            elif not name and inner:
                owners = {t for t in sources.values() if column.name.lower() in self._columns.get(t, ())}
                if not owners and len(set(sources.values())) == 1 and not list(select.find_all(exp.Subquery)):
                    owners = set(sources.values())
                if len(owners) == 1 and column.name.lower() not in aliases:
                    column.set("table", exp.to_identifier(owners.pop()))
        for clause in ("order", "having", "group"):
            for column in list(select.args[clause].find_all(exp.Column)) if select.args.get(clause) else []:
                if not column.table and column.name.lower() in aliases:
                    column.replace(aliases[column.name.lower()].copy())

    def _reordered(self, tree: Any) -> Any:
        """The tree with the sides of symmetric operators in order, from the leaves to the root."""
        for node in reversed(list(tree.bfs())):
            spelled = self._spelled(node)
            if node is tree:
                tree = spelled
            elif spelled is not node:
                node.replace(spelled)
        return tree

    def _spelled(self, node: Any) -> Any:
        from sqlglot import exp

        flipped = {exp.LT: exp.GT, exp.LTE: exp.GTE}
        if isinstance(node, exp.Paren):
            return node.this
        if type(node) in flipped:
            return flipped[type(node)](this=node.expression, expression=node.this)
        if isinstance(node, (exp.EQ, exp.NEQ, exp.Add, exp.Mul)) and self._text(node.this) > self._text(
            node.expression
        ):
            return type(node)(this=node.expression, expression=node.this)
        if isinstance(node, exp.In) and node.expressions:
            node.set("expressions", sorted(node.expressions, key=self._text))
        if isinstance(node, exp.Connector) and type(node.parent) is not type(node):
            first, *rest = sorted(node.flatten(), key=self._text)
            return functools.reduce(lambda left, right: type(node)(this=left, expression=right), rest, first)
        return node

    def _text(self, node: Any) -> str:
        return str(node.sql(dialect=self._dialect))


def _clauses(tree: Any, prefix: str, dialect: Dialect) -> Iterator[tuple[str, list[str]]]:
    """Names and texts of the clauses of a canonical tree; those of a compound's sides behind a prefix."""
    from sqlglot import exp

    def text(node: Any) -> str:
        return str(node.sql(dialect=dialect))

    def parts_of(node: Any) -> list[Any]:
        return list(node.flatten()) if isinstance(node, exp.And) else [node]

    def is_link(node: Any) -> bool:
        sides = (node.this, node.expression) if isinstance(node, exp.EQ) else ()
        return (
            bool(sides)
            and all(isinstance(s, exp.Column) and s.table for s in sides)
            and len({s.table for s in sides}) == 2
        )

    while isinstance(tree, exp.Subquery):
        tree = tree.this
    common = tree.args.get("with_") or tree.args.get("with")
    if common is not None:
        yield f"{prefix}with", [text(cte) for cte in common.expressions]
    order = tree.args.get("order")
    if order is not None:
        yield f"{prefix}order", [f"{i}. {text(term)}" for i, term in enumerate(order.expressions, 1)]
    limits = [tree.args.get(name) for name in ("limit", "offset")]
    yield f"{prefix}limit", [text(one).strip() for one in limits if one is not None]
    if isinstance(tree, exp.SetOperation):
        kind = type(tree).__name__.lower() + ("" if tree.args.get("distinct", True) else " all")
        yield f"{prefix}compound", [kind]
        yield from _clauses(tree.left, f"{prefix}left ", dialect)
        yield from _clauses(tree.right, f"{prefix}right ", dialect)
        return
    items = [item.this if isinstance(item, exp.Alias) else item for item in tree.expressions]
    yield f"{prefix}select", [text(item) for item in items]
    yield f"{prefix}distinct", ["distinct"] if tree.args.get("distinct") else []
    joins = tree.args.get("joins") or []
    source = tree.args.get("from_") or tree.args.get("from")
    tables = ([source.this] if source is not None else []) + [join.this for join in joins]
    yield f"{prefix}tables", [text(table) for table in tables]
    on = [join.args["on"] for join in joins if join.args.get("on") is not None]
    kinds = [f"{join.side} {join.kind}".strip() for join in joins if join.side]
    where = tree.args.get("where")
    conditions = parts_of(where.this) if where is not None else []
    linking = [part for part in conditions if is_link(part)]  # FROM a, b WHERE a.id = b.id is a join as well
    yield f"{prefix}joins", [text(p) for condition in on for p in parts_of(condition)] + [*map(text, linking), *kinds]
    yield f"{prefix}where", [text(part) for part in conditions if not is_link(part)]
    group = tree.args.get("group")
    yield f"{prefix}group", [text(term) for term in group.expressions] if group is not None else []
    having = tree.args.get("having")
    yield f"{prefix}having", [text(part) for part in parts_of(having.this)] if having is not None else []
