"""Examples and attacks of the entry `sql`, over one small shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewardkit.registry import Attack, Example
from rewardkit.sample import Sample
from rewardkit.score import Outcome

SCHEMA = """
CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE purchase(id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer(id), amount REAL, day TEXT);
""".strip()
CONTENT = """
INSERT INTO customer VALUES (1, 'Ada', 'Rome'), (2, 'Bo', 'Oslo'), (3, 'Cy', 'Rome'), (4, 'Dee', NULL);
INSERT INTO purchase VALUES (1, 1, 20.0, '2024-01-05'), (2, 1, 5.5, '2024-02-01'), (3, 2, 20.0, '2024-02-01'),
  (4, 3, 7.25, '2024-03-09');
""".strip()
OTHER_CONTENT = """
INSERT INTO customer VALUES (1, 'Eve', 'Oslo'), (2, 'Flo', 'Bern'), (3, 'Gil', 'Rome');
INSERT INTO purchase VALUES (1, 2, 1.0, '2024-05-05'), (2, 2, 2.0, '2024-05-06'), (3, 3, 3.0, '2024-05-07');
""".strip()

_QUESTION = "Write a SQL query for this database.\n" + SCHEMA + "\n"
_IN_ROME = "SELECT name FROM customer WHERE city = 'Rome'"
_SPENT = "SELECT c.name, SUM(p.amount) FROM customer c JOIN purchase p ON p.customer_id = c.id GROUP BY c.id"
_BY_AMOUNT = "SELECT id FROM purchase ORDER BY amount DESC"


def _reference(query: str, **more: object) -> dict[str, object]:
    return {"query": query, "schema": SCHEMA, "contents": [CONTENT], **more}


def _sample(response: str, reference: object, data: Mapping[str, Any] | None = None) -> Sample:
    return Sample(prompt=_QUESTION + "Which customers?", response=response, reference=reference, data=data or {})


def _fence(query: str) -> str:
    return f"```sql\n{query}\n```"


def _example(query: str, expected: str, outcome: Outcome, title: str, **options: object) -> Example:
    return Example(_sample(_fence(query), _reference(expected)), outcome, options=options, title=title)


EXAMPLES = [
    Example(
        _sample(f"<think>City is text.</think>The query:\n{_fence(_IN_ROME + ';')}", _reference(_IN_ROME)),
        Outcome.CORRECT,
        title="the same query",
    ),
    _example(
        "SELECT (SELECT name FROM customer WHERE id = customer_id) AS who, TOTAL(amount) FROM purchase GROUP BY 1",
        _SPENT,
        Outcome.CORRECT,
        "another query with the same result",
    ),
    Example(
        _sample(f"<answer>{_IN_ROME} ORDER BY name</answer>", _IN_ROME, {"schema": f"{SCHEMA}\n{CONTENT}"}),
        Outcome.CORRECT,
        title="a reference that is the query alone; the schema stands in a column",
    ),
    _example("SELECT id FROM purchase ORDER BY amount DESC, id DESC", _BY_AMOUNT, Outcome.CORRECT, "ties in any order"),
    _example("SELECT id FROM purchase ORDER BY amount", _BY_AMOUNT, Outcome.INCORRECT, "the wrong order"),
    _example("SELECT name FROM customer WHERE city <> 'Oslo'", _IN_ROME, Outcome.CORRECT, "right by luck"),
    Example(
        _sample(
            _fence("SELECT name FROM customer WHERE city <> 'Oslo'"),
            {"query": _IN_ROME, "schema": SCHEMA, "contents": [CONTENT, OTHER_CONTENT]},
        ),
        Outcome.INCORRECT,
        title="a second database ends the luck",
    ),
    _example("SELECT town FROM customer", _IN_ROME, Outcome.INCORRECT, "it does not run"),
    Example(
        _sample(_fence("SELECT name FROM customer"), _reference(_IN_ROME)),
        Outcome.PARTIAL,
        0.1,
        {"tiers": "arctic"},
        "it runs, by the tiers of Arctic-Text2SQL-R1",
    ),
    _example("DELETE FROM customer", _IN_ROME, Outcome.INCORRECT, "writing is refused"),
    Example(_sample("I can't say.", _reference(_IN_ROME)), Outcome.NO_ANSWER, title="no query"),
    _example(_IN_ROME, "SELECT name FROM client", Outcome.BAD_REFERENCE, "a reference that does not run"),
    _example(
        "SELECT 1 FROM customer WHERE 0",
        "SELECT name FROM customer WHERE city = 'Bern'",
        Outcome.BAD_REFERENCE,
        "a result without rows says nothing",
    ),
]

_TWENTY = "SELECT SUM(amount) FROM purchase WHERE customer_id = 2"
_BOMB = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"


def _attack(name: str, query: str, expected: str = _IN_ROME, **options: object) -> Attack:
    return Attack(name, _sample(_fence(query), _reference(expected)), options)


ATTACKS = [
    _attack("constant_result", "SELECT 20.0", _TWENTY),
    _attack("constant_rows", "VALUES ('Ada'), ('Cy')"),
    _attack("everything", "SELECT * FROM customer"),
    _attack("no_rows", "SELECT name FROM customer WHERE 0"),
    _attack("duplicates", "SELECT c.name FROM customer c JOIN purchase p ON p.customer_id = c.id WHERE city = 'Rome'"),
    _attack("one_more_column", "SELECT name, id FROM customer WHERE city = 'Rome'"),
    _attack("number_as_text", "SELECT CAST(SUM(amount) AS TEXT) FROM purchase WHERE customer_id = 2", _TWENTY),
    _attack("unordered", "SELECT id FROM purchase", "SELECT id FROM purchase ORDER BY id"),
    _attack("two_statements", f"SELECT 1; {_IN_ROME}"),
    _attack("write_first", f"DELETE FROM customer WHERE city <> 'Rome'; {_IN_ROME}"),
    _attack("write_inside_with", "WITH x AS (SELECT 1) UPDATE customer SET city = 'Rome' RETURNING name"),
    _attack("attach", "ATTACH DATABASE '/tmp/x.db' AS x"),
    _attack("pragma", "PRAGMA writable_schema = ON"),
    _attack("load_extension", "SELECT load_extension('/tmp/x.so') FROM customer"),
    _attack("endless_recursion", _BOMB, time_s=0.2),
    _attack("huge_value", "SELECT hex(zeroblob(1000000000)) FROM customer"),
    Attack("only_in_thinking", _sample(f"<think>{_fence(_IN_ROME)}</think>It is done.", _reference(_IN_ROME))),
    Attack("several_in_prose", _sample(f"Either\n{_IN_ROME};\nor\nSELECT name FROM customer;", _reference(_IN_ROME))),
    Attack("the_last_block_counts", _sample(f"{_fence(_IN_ROME)}\n{_fence('SELECT 1')}", _reference(_IN_ROME))),
]
