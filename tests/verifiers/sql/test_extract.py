"""The query of a response: where it may stand, and what is not one."""

import time

import pytest

from rewardkit.verifiers.sql.extract import Query, Unclear, find_query

Q = "SELECT a FROM t"


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (f"```sql\n{Q}\n```", f"{Q}\n"),
        (f"```SQL\n{Q};\n```\nDone.", f"{Q};\n"),
        (f"```sql\nSELECT 1\n```\nBetter:\n```sql\n{Q}\n```", f"{Q}\n"),
        (f"```python\nprint(1)\n```\n```sqlite\n{Q}\n```\n```text\na\n```", f"{Q}\n"),
        (f"```\n{Q}\n```", f"{Q}\n"),
        (f"```\nnot this\n```\n```\n-- this\n{Q}\n```\n", f"-- this\n{Q}\n"),
        (f"```sql\n{Q}", Q),
        (f"<think>```sql\nSELECT 1\n```</think><answer>{Q}</answer>", Q),
        (f"<answer>```sql\n{Q}\n```</answer>", f"{Q}\n"),
        (f"<sql>{Q}</sql> as asked", Q),
        (f"Run `{Q}` on it.", Q),
        (f"{Q};", Q),
        (f"{Q}\n\nIt lists a.", Q),
        (f"SQL: {Q}; and that's it", Q),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT 1) SELECT * FROM x"),
        (f"Select the right rows as follows.\n\n{Q};", Q),
        ("```sql\nSELECT a FROM t WHERE a <s AND b> 3\n```", "SELECT a FROM t WHERE a <s AND b> 3\n"),
        ("```sql\nSELECT a FROM t WHERE a = '~~' OR b = '~~'\n```", "SELECT a FROM t WHERE a = '~~' OR b = '~~'\n"),
    ],
)
def test_the_query_is_found(response: str, text: str) -> None:
    found = find_query(response, "sqlite")
    assert isinstance(found, Query)
    assert found.text == text


@pytest.mark.parametrize(
    "response",
    ["", "I don't know.", f"<think>{Q}", f"<think>```sql\n{Q}\n```</think>", "<answer></answer>", "```sql\n\n```",
     "```python\nSELECT = 1\n```", f"<answer>42</answer>\n```sql\n{Q}\n```", "`SELECT`", "DELETE FROM t",
     f"<!--\n```sql\n{Q}\n```\n-->", f"~~`{Q}`~~", f"<del>\n{Q};\n</del>\nNo."],
)  # fmt: skip
def test_what_holds_no_query_outside_thinking_and_inside_the_answer_has_none(response: str) -> None:
    assert find_query(response, "sqlite") is None


def test_several_statements_in_prose_are_no_choice() -> None:
    assert find_query(f"{Q};\nor\nSELECT b FROM t;", "sqlite") == Unclear(2)
    assert find_query(f"{Q};\nonce more:\n{Q};", "sqlite") == Query(Q, "statement")


@pytest.mark.parametrize(
    "piece", ["SELECT ", "SELECT 1;\n", "```sql\n", "`SELECT a b` ", "<sql>", "WITH a AS (", "```\n", "\n\nSELECT 'x"]
)
def test_junk_is_searched_in_linear_time(piece: str) -> None:
    start = time.process_time()
    find_query(piece * (200_000 // len(piece)), "sqlite")
    assert time.process_time() - start < 2
