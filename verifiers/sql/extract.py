"""Which text of a response is its query.

    find_query("<think>...</think>Try this:\\n```sql\\nSELECT 1;\\n```", "sqlite").text      # 'SELECT 1;\\n'

Outside thinking, inside the last `<answer>` where there is one, the first of these places that holds anything decides:
the last `<sql>` tag, the last block fenced as SQL, the last fenced block without a language that begins as a query
does, inline code that does, a statement that stands in prose. What stands in such a place is taken whole, so two
statements in one block are two statements; the engine's guards say what comes of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rewardkit.verifiers.extraction import find_tags, outside_thinking
from rewardkit.verifiers.format.fences import fenced_blocks
from rewardkit.verifiers.hidden import shown
from rewardkit.verifiers.sql.lexer import Dialect, read

LONGEST = 20_000
"""Characters of a query that is judged."""

_LANGUAGES = frozenset({"sql", "sqlite", "sqlite3", "duckdb", "postgresql", "postgres", "mysql", "tsql"})
_SQL_TAG = re.compile(r"<(/?)sql\s{0,8}>", re.IGNORECASE)
_OPENS_QUERY = re.compile(r"(?:\s|\(|--[^\n]{0,1000}\n){0,64}(?:SELECT|WITH|VALUES|FROM)\b", re.IGNORECASE)
_STATEMENT = re.compile(
    r"^[ \t]{0,8}(?:[A-Za-z ]{0,40}[:：][ \t]{0,8})?"
    r"(\(?(?:SELECT\s|WITH\s{1,8}(?:RECURSIVE\s{1,8})?[\w\"`\[]+[^\n]{0,200}?\bAS\b))",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE = re.compile(r"(?:Select|With) ")  # "Select the rows that...", as a sentence begins and no query
_INLINE = re.compile(r"(?<!`)`([^`\n]{1,4000})`(?!`)")
_OPEN_FENCE = re.compile(r"^ {0,3}```[ \t]{0,8}(\w{1,16})[ \t]{0,8}\n", re.MULTILINE)


class Query(NamedTuple):
    """The text that a response offers as its query."""

    text: str
    place: str
    """Where it was found."""


class Unclear(NamedTuple):
    """Several statements stand in prose, and nothing says which of them is meant."""

    statements: int


def find_query(response: str, dialect: Dialect) -> Query | Unclear | None:
    """The query of a response; None where there is none outside its thinking.

    >>> find_query("SELECT a FROM t; This lists all.", "sqlite")
    Query(text='SELECT a FROM t', place='statement')
    >>> find_query("I don't know.", "sqlite") is None
    True
    """
    visible = outside_thinking(response, is_markup=False)
    answers = find_tags(visible)
    scope = answers[-1].content if answers else visible
    for place, find in _PLACES:
        found = find(scope)
        if found:
            return Query(found[-1], place) if _is_shown(found[-1], response) else None
    in_prose = _statements(scope, dialect)
    if len(in_prose) > 1:
        return Unclear(len(in_prose))
    return Query(in_prose[0], "statement") if in_prose and _is_shown(in_prose[0], response) else None


def _is_shown(query: str, response: str) -> bool:
    """Whether a reader sees the query: it stands in no comment and is not crossed out.

    What looks like such markup inside the query itself (`a <s AND b> 3`) is part of the query.
    """
    return query in outside_thinking(response) or shown(query) != query


def _tagged(text: str) -> list[str]:
    contents: list[str] = []
    opened: re.Match[str] | None = None
    for tag in _SQL_TAG.finditer(text):
        if not tag.group(1):
            opened = tag
        elif opened is not None:
            contents.append(_unfenced(text[opened.end() : tag.start()]))
            opened = None
    return [c for c in contents if c.strip()]


def _unfenced(content: str) -> str:
    blocks = fenced_blocks(content)
    return blocks[-1].content if blocks else content


def _fenced(text: str) -> list[str]:
    """Blocks fenced as SQL; where there is none, the one that a response ends in without closing it."""
    closed = [b.content for b in fenced_blocks(text) if b.language in _LANGUAGES and b.content.strip()]
    if closed:
        return closed
    *_, last = [None, *_OPEN_FENCE.finditer(text)]
    if last is None or last.group(1).lower() not in _LANGUAGES or "```" in text[last.end() :]:
        return []
    return [text[last.end() :]] if text[last.end() :].strip() else []


def _fenced_plainly(text: str) -> list[str]:
    return [b.content for b in fenced_blocks(text) if not b.language and _OPENS_QUERY.match(b.content)]


def _inline(text: str) -> list[str]:
    """Inline code that is a query; several different ones are not a choice."""
    found = list(dict.fromkeys(m.group(1) for m in _INLINE.finditer(text) if _OPENS_QUERY.match(m.group(1) + " ")))
    whole = [code for code in found if len(code.split()) > 1]
    return whole if len(whole) == 1 else []


_PLACES: Sequence[tuple[str, Callable[[str], list[str]]]] = (
    ("sql tag", _tagged),
    ("fenced block", _fenced),
    ("plain fenced block", _fenced_plainly),
    ("inline code", _inline),
)
"""Where a query is looked for, in order of priority, before prose."""


def _statements(text: str, dialect: Dialect) -> list[str]:
    """Statements that begin a line of `text`, each up to its semicolon, to an empty line or to the end.

    None beside fenced blocks: whoever fences code would have fenced the query.
    """
    if "```" in text:
        return []
    found: list[str] = []
    position = 0
    while (opening := _STATEMENT.search(text, position)) is not None:
        start = opening.start(1)
        rest = text[start : start + LONGEST + 1]
        statements = read(rest, dialect, at_most=1)
        if not statements:
            break
        statement = statements[0]
        end = statement.end
        if not statement.is_ended or _SENTENCE.match(rest):
            paragraph = rest.find("\n\n")
            end = end if paragraph < 0 else min(end, paragraph)
        if len(found) < 16:
            found.append(rest[:end].rstrip())
        position = start + max(end, 1)
        if len(found) >= 16:
            break
    found = list(dict.fromkeys(found))
    return [s for s in found if not _SENTENCE.match(s)] or found
