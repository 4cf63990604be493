"""What a reference may be, and what is said of one that can't be used."""

import pytest

from rewardkit.verifiers.sql.reference import BadReferenceError, Database, Defaults, read_reference

Q = "SELECT a FROM t"
S = "CREATE TABLE t(a)"


@pytest.mark.parametrize(
    ("value", "databases"),
    [
        ({"query": Q, "schema": S}, (Database((S,)),)),
        ({"query": Q, "schema": S, "contents": ["A", "B"]}, (Database((S, "A")), Database((S, "B")))),
        ({"query": Q, "database": "/a.db"}, (Database(path="/a.db"),)),
        ({"query": Q, "databases": ["/a.db", {"schema": S}]}, (Database(path="/a.db"), Database((S,)))),
    ],
)
def test_a_reference_names_its_databases(value: object, databases: object) -> None:
    assert read_reference(value, {}, Defaults()).databases == databases


def test_a_plain_query_takes_its_database_from_the_options_or_the_row() -> None:
    assert read_reference(f"{Q};", {"schema": [S, S]}, Defaults()) == (
        Q,
        (Database((S,)), Database((S,))),
        "sqlite",
        None,
    )
    assert read_reference(Q, {}, Defaults(schema=S)).databases == (Database((S,)),)
    folder = Defaults(database="/data/{db_id}/{db_id}.sqlite")
    assert read_reference(Q, {"db_id": "shop 2"}, folder).databases == (Database(path="/data/shop 2/shop 2.sqlite"),)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", ".hidden", "..", None, 3, "a\0b"])
def test_a_column_can_not_lead_out_of_the_folder(name: object) -> None:
    with pytest.raises(BadReferenceError, match="plain file name"):
        read_reference(Q, {"db_id": name}, Defaults(database="/data/{db_id}.sqlite"))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "of type|missing"),
        (7, "of type int"),
        ("", "no query"),
        (Q, "names no database"),
        ({"schema": S}, "no query"),
        ({"query": Q, "shema": S}, "unknown key 'shema'; did you mean 'schema'"),
        ({"query": Q, "schema": S, "database": "/a"}, "both `schema` and `database`"),
        ({"query": Q, "schema": S, "dialect": "oracle"}, "dialect is 'oracle'"),
        ({"query": Q, "schema": S, "order": "yes"}, "not true or false"),
        ({"query": f"{Q}; {Q}", "schema": S}, "not one statement"),
        ({"query": "DROP TABLE t", "schema": S}, "begins with 'DROP'"),
        ({"query": Q, "contents": ["x"]}, "without the `schema`"),
        ({"query": Q, "schema": S, "contents": []}, "not a list of scripts"),
        ({"query": Q, "schema": 5}, "`schema` is of type int"),
        ({"query": Q, "databases": []}, "not a list of paths"),
        ({"query": Q, "databases": ["/a"] * 40}, "more than 32"),
        ({"query": Q, "schema": "x" * 5_000_000}, "more than 4000000 characters"),
        ({"query": "SELECT " + "1" * 60_000, "schema": S}, "more than 50000 characters"),
    ],
)
def test_what_is_wrong_with_a_reference_is_said(value: object, why: str) -> None:
    with pytest.raises(BadReferenceError, match=why):
        read_reference(value, {}, Defaults())
