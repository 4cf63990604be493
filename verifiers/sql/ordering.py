"""What order a query asks for, and what it leaves open: rows that tie may come in any order, also around a LIMIT.

    plan = plan_order("SELECT name FROM t ORDER BY age LIMIT 2", "sqlite")
    plan.wide       # 'SELECT name, (age) FROM t ORDER BY age'

The reference's query is run a second time without its LIMIT and with the terms of its ORDER BY as further columns
(`wide`). Rows with equal terms are one group; the groups come in order, the rows inside one do not, and of the group
that a LIMIT cuts through any rows will do. Where a query can't be widened so, because it is a compound or DISTINCT and
orders by what it does not return, every row is a group of its own: its order is then compared strictly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rewardkit.verifiers.sql.lexer import Dialect, Statement, Token, read
from rewardkit.verifiers.sql.values import Row, Table, Value

_MAX_TERMS = 16


class Key(NamedTuple):
    """One term of ORDER BY, as a column of the wide query."""

    column: int
    """Its column; negative from the end of the query's own columns."""
    is_extra: bool
    """Whether it counts from the columns that were added."""
    ignores_case: bool


class Plan(NamedTuple):
    """How a query orders."""

    keys: tuple[Key, ...] | None
    """None: by terms that can't be had as columns."""
    wide: str | None
    """The query without LIMIT and with its terms as columns; None where it is the query itself or can't be had."""
    extras: int = 0
    """How many columns `wide` adds."""
    start: int = 0
    """OFFSET."""
    limit: int | None = None


class Group(NamedTuple):
    """Rows that tie."""

    rows: Sequence[Row]
    kept: int
    """How many of them the result holds; fewer than there are where a LIMIT cuts through."""


def plan_order(query: str, dialect: Dialect) -> Plan | None:
    """How a query orders its rows; None when it does not, at its top level.

    >>> plan_order("SELECT a FROM (SELECT a FROM t ORDER BY a)", "sqlite") is None
    True
    """
    statements = read(query, dialect, at_most=1)
    if not statements:
        return None
    statement = statements[0]
    order = statement.clause("ORDER", "BY")
    if order is None:
        return None
    tokens = statement.tokens
    limit_at = next((i for i in range(order, len(tokens)) if _is_word(tokens[i], "LIMIT", "OFFSET", "FETCH")), None)
    terms = _split(tokens[order + 2 : limit_at])
    window = _window(tokens[limit_at:]) if limit_at is not None else (0, None)
    select = statement.clause("SELECT")
    is_compound = any(_is_word(t, "UNION", "INTERSECT", "EXCEPT") for t in tokens)
    if select is None or window is None or len(terms) > _MAX_TERMS or any(_is_all(term) for term in terms):
        return Plan(None, None)
    from_at = _from(statement, select)
    items = _items(tokens[select + 1 : from_at if from_at is not None else order])
    is_distinct = _is_word(tokens[select + 1], "DISTINCT") if select + 1 < len(tokens) else False
    keys: list[Key] = []
    extras: list[str] = []
    for term in terms:
        expression, ignores_case = _bare(term)
        index = _column(expression, items)
        if index is not None:
            keys.append(Key(index, False, ignores_case))
        elif expression and from_at is not None and not is_compound and not is_distinct:
            keys.append(Key(len(extras), True, ignores_case))
            extras.append(query[expression[0].start : expression[-1].end])
        else:
            return Plan(None, None)
    start, limit = window
    if not extras and limit_at is None:
        return Plan(tuple(keys), None)
    source = statement.source
    end = tokens[limit_at - 1].end if limit_at is not None else statement.end
    added = "".join(f", ({text})" for text in extras)
    split = tokens[from_at - 1].end if from_at is not None else end
    wide = source[statement.start : split] + added + source[split:end]
    return Plan(tuple(keys), wide, len(extras), start, limit)


def groups(plan: Plan | None, plain: Table, wide: Table | None) -> list[Group] | None:
    """The groups of a result in order; None where its ties can't be known."""
    if plan is None or plan.keys is None:
        return None
    if plan.wide is None:
        return _grouped(plan.keys, plain.rows, 0, 0, None)
    if wide is None:
        return None if plan.extras else _grouped(plan.keys, plain.rows, 0, 0, None)
    found = _grouped(plan.keys, wide.rows, plan.extras, plan.start, plan.limit)
    return found if found is not None and sum(g.kept for g in found) == len(plain.rows) else None


def _grouped(
    keys: tuple[Key, ...], rows: Sequence[Row], extras: int, start: int, limit: int | None
) -> list[Group] | None:
    stop = len(rows) if limit is None else start + limit
    width = len(rows[0]) - extras if rows else 0
    if rows and any(not -width <= key.column < width for key in keys if not key.is_extra):
        return None
    found: list[Group] = []
    begin = 0
    while begin < len(rows):
        key = _key(keys, rows[begin], width)
        end = begin + 1
        while end < len(rows) and _key(keys, rows[end], width) == key:
            end += 1
        count = min(end, stop) - max(begin, start)
        if count > 0:
            found.append(Group([row[:width] for row in rows[begin:end]], count))
        begin = end
    return found


def _key(keys: tuple[Key, ...], row: Row, width: int) -> tuple[Value, ...]:
    values = []
    for key in keys:
        value = row[width + key.column] if key.is_extra else row[:width][key.column]
        values.append(value.lower() if key.ignores_case and isinstance(value, str) else value)
    return tuple(values)


def _is_word(token: Token, *words: str) -> bool:
    return token.depth == 0 and token.kind == "word" and token.text in words


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.depth == 0 and token.text == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _is_all(term: Sequence[Token]) -> bool:
    return not term or (term[0].kind == "word" and term[0].text == "ALL")


def _bare(term: Sequence[Token]) -> tuple[list[Token], bool]:
    """A term without its direction, its place for NULL and its collation; whether that ignores case."""
    rest = list(term)
    ignores_case = False
    while rest and rest[-1].depth == 0 and rest[-1].kind == "word":
        if rest[-1].text in ("ASC", "DESC"):
            rest = rest[:-1]
        elif len(rest) > 2 and _is_word(rest[-2], "NULLS"):
            rest = rest[:-2]
        elif len(rest) > 2 and _is_word(rest[-2], "COLLATE"):
            ignores_case = ignores_case or rest[-1].text == "NOCASE"
            rest = rest[:-2]
        else:
            break
    return rest, ignores_case


def _window(tokens: Sequence[Token]) -> tuple[int, int | None] | None:
    """OFFSET and LIMIT, where they are plain numbers."""
    match [t.text for t in tokens]:
        case ["LIMIT", n] if n.isdecimal():
            return 0, int(n)
        case ["LIMIT", n, "OFFSET", m] | ["LIMIT", m, ",", n] if n.isdecimal() and m.isdecimal():
            return int(m), int(n)
        case ["OFFSET", m] if m.isdecimal():
            return int(m), None
    return None


def _from(statement: Statement, select: int) -> int | None:
    """Where the FROM of the last SELECT at the top level stands."""
    at = statement.clause("FROM", after=select)
    while at is not None and _is_word(statement.tokens[at - 1], "DISTINCT"):  # a IS DISTINCT FROM b
        at = statement.clause("FROM", after=at + 1)
    return at


class _Item(NamedTuple):
    expression: tuple[str, ...]
    name: str | None
    column: int


def _items(tokens: Sequence[Token]) -> list[_Item]:
    """What a select list returns, with the index of each column; negative behind a star."""
    if tokens and _is_word(tokens[0], "DISTINCT", "ALL"):
        tokens = tokens[1:]
    parts = _split(tokens)
    stars = [
        i
        for i, part in enumerate(parts)
        if part and part[-1].text == "*" and part[-1].depth == 0 and len(part) in (1, 3)
    ]
    found: list[_Item] = []
    for i, part in enumerate(parts):
        if not part or i in stars or (stars and stars[0] < i < stars[-1]):
            continue
        index = i if not stars or i < stars[0] else i - len(parts)
        named = len(part) > 1 and part[-1].kind in ("word", "quoted") and part[-1].depth == 0
        if named and _is_word(part[-2], "AS"):
            found.append(_Item(_folded(part[:-2]), _name(part[-1]), index))
        elif (
            named
            and (part[-2].text == ")" or part[-2].kind in ("word", "quoted", "number", "string"))
            and part[-1].text != "END"
        ):
            found.append(_Item(_folded(part[:-1]), _name(part[-1]), index))
        else:
            is_column = all(t.kind in ("word", "quoted") or t.text == "." for t in part)
            found.append(_Item(_folded(part), _name(part[-1]) if is_column else None, index))
    return found


def _column(expression: Sequence[Token], items: Sequence[_Item]) -> int | None:
    """The column that a term of ORDER BY names: by its number, its name, or its expression."""
    if len(expression) == 1 and expression[0].kind == "number" and expression[0].text.isdecimal():
        return int(expression[0].text) - 1
    if len(expression) == 1 and expression[0].kind in ("word", "quoted"):
        named = [item.column for item in items if item.name == _name(expression[0])]
        if named:
            return named[0]
    same = [item.column for item in items if item.expression == _folded(expression)]
    return same[0] if same else None


def _folded(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(_name(t) if t.kind == "quoted" else t.text.upper() if t.kind == "word" else t.text for t in tokens)


def _name(token: Token) -> str:
    text = token.text[1:-1] if token.kind == "quoted" else token.text
    return text.upper()
