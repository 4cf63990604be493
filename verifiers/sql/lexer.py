"""The words of SQL text: enough to find statements and clauses, linear in the text, for any dialect.

    statement = read("SELECT a FROM t -- all\\nORDER BY a;", "sqlite")[0]
    statement.clause("ORDER", "BY")         # where the top-level ORDER BY begins

Nothing is decided here that a database would have to be protected by: the engine reads the query again, by its own
rules, behind its own guards. What this reading decides is which text is the query and where its clauses stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Dialect: TypeAlias = Literal["sqlite", "duckdb"]

Kind: TypeAlias = Literal["word", "quoted", "string", "number", "mark"]


class Token(NamedTuple):
    """One word of a statement."""

    kind: Kind
    text: str
    """As it stands; a `word` in upper case."""
    start: int
    end: int
    depth: int
    """Parentheses around it; a parenthesis itself counts as outside."""


_PIECES = r"""
  (?P<space>\s++)
| (?P<comment>--[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))
| (?P<string>'(?:[^']++|'')*+(?:'|\Z){dollar})
| (?P<quoted>"(?:[^"]++|"")*+(?:"|\Z)|`[^`]*+(?:`|\Z){bracket})
| (?P<word>[^\W\d][\w$]*+)
| (?P<number>\d[\w.]*+|\.\d\w*+)
| (?P<mark>.)
"""
_PATTERNS: dict[Dialect, re.Pattern[str]] = {
    "sqlite": re.compile(_PIECES.format(dollar="", bracket=r"|\[[^\]]*+(?:\]|\Z)"), re.VERBOSE | re.DOTALL),
    "duckdb": re.compile(
        _PIECES.format(dollar=r"|\$\$(?:[^$]++|\$(?!\$))*+(?:\$\$|\Z)", bracket=""), re.VERBOSE | re.DOTALL
    ),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a text: its tokens, without comments and without the semicolon that ends it."""

    source: str
    """The whole text that it was read from; positions count from its beginning."""
    tokens: tuple[Token, ...]
    is_ended: bool
    """Whether a semicolon ends it."""

    @property
    def start(self) -> int:
        """Where it begins in the source."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where it ends in the source, before its semicolon."""
        return self.tokens[-1].end

    @property
    def text(self) -> str:
        """The statement as it stands in the source."""
        return self.source[self.start : self.end]

    @property
    def verb(self) -> str:
        """Its first word, in upper case, behind opening parentheses; empty where it begins with something else.

        >>> read("( select 1 )", "sqlite")[0].verb
        'SELECT'
        """
        for token in self.tokens:
            if token.text != "(":
                return token.text if token.kind == "word" else ""
        return ""

    def has(self, *words: str) -> bool:
        """Whether these words follow one another anywhere in it, at any depth."""
        return any(self._stands(i, words) for i in range(len(self.tokens)))

    def clause(self, *words: str, after: int = 0) -> int | None:
        """The index of the first token from `after` on at which these words follow one another at the top level."""
        for i in range(after, len(self.tokens)):
            if self.tokens[i].depth == 0 and self._stands(i, words):
                return i
        return None

    def _stands(self, index: int, words: tuple[str, ...]) -> bool:
        found = self.tokens[index : index + len(words)]
        return len(found) == len(words) and all(
            t.kind == "word" and t.text == w for t, w in zip(found, words, strict=True)
        )


def read(text: str, dialect: Dialect, at_most: int | None = None) -> list[Statement]:
    """The statements of `text`, the first `at_most` of them; what holds comments and semicolons only is none.

    >>> [s.text for s in read("SELECT ';' ; -- done\\n;", "sqlite")]
    ["SELECT ';'"]
    """
    statements: list[Statement] = []
    tokens: list[Token] = []
    depth = 0
    for match in _PATTERNS[dialect].finditer(text):
        kind, piece = match.lastgroup, match.group()
        if kind in ("space", "comment"):
            continue
        if piece == ";":
            if tokens:
                statements.append(Statement(text, tuple(tokens), True))
                tokens, depth = [], 0
                if at_most is not None and len(statements) >= at_most:
                    return statements
            continue
        if piece == ")":
            depth = max(depth - 1, 0)
        assert kind is not None  # every alternative is named
        tokens.append(Token(kind, piece.upper() if kind == "word" else piece, *match.span(), depth))  # type: ignore[arg-type]  # group names are the kinds
        if piece == "(":
            depth += 1
    if tokens:
        statements.append(Statement(text, tuple(tokens), False))
    return statements
