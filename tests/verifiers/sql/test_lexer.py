"""Statements and clauses are found as the engines find them, in time linear in the text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.verifiers.sql.lexer import Dialect, read


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;", ["SELECT 1"]),
        (" ; ;SELECT 1;; SELECT 2 ", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' -- ; SELECT 2\n", ["SELECT ';'"]),
        ("SELECT 1 /* ; */ + 2; /* end", ["SELECT 1 /* ; */ + 2"]),
        ("SELECT 'it''s; fine', \"a;b\"", ["SELECT 'it''s; fine', \"a;b\""]),
        ("SELECT `a;b`, [c;d] FROM t", ["SELECT `a;b`, [c;d] FROM t"]),
        ("SELECT 'never closed; SELECT 2", ["SELECT 'never closed; SELECT 2"]),
        ("-- nothing\n/* at all */;", []),
    ],
)
def test_a_semicolon_ends_a_statement_only_outside_quotes_and_comments(text: str, statements: list[str]) -> None:
    assert [s.text for s in read(text, "sqlite")] == statements


def test_dollar_quotes_are_those_of_duckdb_and_brackets_those_of_sqlite() -> None:
    assert [s.text for s in read("SELECT $$;$$", "duckdb")] == ["SELECT $$;$$"]
    assert len(read("SELECT [1, 2]; SELECT [3]", "duckdb")) == 2
    assert len(read("SELECT $$;$$", "sqlite")) == 2


def test_the_verb_stands_behind_parentheses() -> None:
    assert [read(text, "sqlite")[0].verb for text in ("((select 1))", "With a AS (SELECT 1) SELECT 1", "'x'")] == [
        "SELECT",
        "WITH",
        "",
    ]


def test_a_clause_inside_parentheses_is_none_of_the_top_level() -> None:
    statement = read("SELECT a, RANK() OVER (ORDER BY b) FROM (SELECT * FROM t ORDER BY c)", "sqlite")[0]
    assert statement.clause("ORDER", "BY") is None
    assert statement.has("ORDER", "BY")
    assert statement.clause("FROM") is not None


@given(st.text(alphabet="ab ;'\"`[]()-/*$\n", max_size=60), st.sampled_from(["sqlite", "duckdb"]))
def test_tokens_are_pieces_of_the_text_in_order(text: str, dialect: Dialect) -> None:
    position = 0
    for statement in read(text, dialect):
        for token in statement.tokens:
            assert position <= token.start < token.end
            assert text[token.start : token.end].upper() == token.text.upper()
            position = token.end


@pytest.mark.parametrize("piece", ["'", '"', "/*", "--", "(", ";", "[", "$$", "a ", "''", "*/", "\n"])
def test_junk_is_read_in_linear_time(piece: str) -> None:
    start = time.process_time()
    read(piece * (200_000 // len(piece)), "duckdb")
    assert time.process_time() - start < 2
