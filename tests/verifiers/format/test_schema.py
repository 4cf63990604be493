from __future__ import annotations

import json
import time

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.verifiers.format.schema import DIALECT, SchemaError, canonical, load_schema


def error(schema: object, document: object) -> str | None:
    return load_schema(canonical(schema)).first_error(document)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([1.0, 0.5, -2.0, 1e300])
    | st.text("ab", max_size=2)
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)
schemas = st.recursive(
    st.booleans()
    | st.sampled_from(["integer", "number", "string", "boolean", "null", "array", "object"]).map(lambda t: {"type": t})
    | st.builds(lambda v: {"const": v}, scalars)
    | st.sampled_from(
        [{"pattern": "^a"}, {"minLength": 1}, {"uniqueItems": True}, {"minimum": 0}, {"required": ["a"]}]
    ),
    lambda inner: st.one_of(
        st.builds(lambda s: {"items": s}, inner),
        st.builds(lambda s: {"not": s}, inner),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"oneOf": [a, b]}, inner, inner),
        st.builds(lambda a, b, c: {"properties": {"a": a}, "patternProperties": {"b$": b}, "additionalProperties": c},
                  inner, inner, inner),
        st.builds(lambda a, b: {"contains": a, "propertyNames": b}, inner, inner),
        st.builds(lambda a, b: {"$defs": {"x": a}, "allOf": [{"$ref": "#/$defs/x"}, b]}, inner, inner),
    ),
    max_leaves=6,
)  # fmt: skip


@given(schemas, documents)
def test_verdict_is_that_of_the_stock_validator(schema: object, document: object) -> None:
    try:
        mine = error(schema, document) is None
    except SchemaError:
        assert "$ref" in json.dumps(schema)  # a nested $defs is not where the reference points
        return
    assert mine == jsonschema.Draft202012Validator(schema).is_valid(document)  # type: ignore[arg-type]  # bool or dict


@given(st.lists(documents, max_size=4))
def test_unique_items_agrees_with_the_stock_keyword(items: list[object]) -> None:
    stock = jsonschema.Draft202012Validator({"uniqueItems": True}).is_valid(items)
    assert (error({"uniqueItems": True}, items) is None) == stock


@pytest.mark.parametrize(
    ("value", "divisor", "is_multiple"),
    [(0.3, 0.1, True), (19.99, 0.01, True), (0.35, 0.1, False), (10**300, 3, False), (10**300, 0.1, True),
     (1e300, 7, False),     (7.0, 7, True), (0, 0.5, True), (5e-324, 1e300, False)],
)  # fmt: skip
def test_multiple_of_is_exact(value: float, divisor: float, is_multiple: bool) -> None:
    assert (error({"multipleOf": divisor}, value) is None) == is_multiple


def test_first_failing_path_is_named() -> None:
    schema = {"properties": {"people": {"items": {"properties": {"age": {"type": "integer"}}}}}}
    assert error(schema, {"people": [{"age": 1}, {"age": "2"}]}) == "$.people[1].age: '2' is not of type 'integer'"


def test_patterns_are_ecma_ones_without_backtracking() -> None:
    assert error({"pattern": "^\\u00e9\\d$"}, "\u00e93") is None
    assert error({"pattern": "^\\d$"}, "\u0663") is not None
    assert error({"pattern": "a$"}, "a\n") is not None
    assert error({"pattern": "^\\/\\p{L}$"}, "/\u0436") is None
    started = time.process_time()
    for schema, document in (
        ({"pattern": "^(a+)+$"}, "a" * 50_000 + "!"),
        (
            {"patternProperties": {"^(a+)+$": False}, "additionalProperties": {"type": "null"}},
            {"a" * 50_000 + "!": None},
        ),
    ):
        assert load_schema(canonical(schema)).first_error(document) is None or "pattern" in schema
    assert time.process_time() - started < 1.0


def test_replaced_keywords_hold_beside_a_declared_dialect() -> None:
    """jsonschema picks a class by $schema, which would bring the backtracking keywords back."""
    schema = {"$schema": DIALECT, "items": {"multipleOf": 0.1}}
    assert error(schema, [0.3]) is None


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ("{", "no strict JSON"),
        ("[]", "object or boolean"),
        (3, "object or boolean"),
        ({"type": "strin"}, "invalid at #/type"),
        ({"required": "a"}, "invalid at #/required"),
        ({"minimum": float("nan")}, "no JSON value"),
        ({"const": {1, 2}}, "no JSON value"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "only Draft 2020-12"),
        ({"items": {"$schema": DIALECT}}, "of its own"),
        ({"$ref": "https://example.com/s.json"}, "nothing is ever fetched"),
        ({"$ref": "file:///etc/passwd"}, "nothing is ever fetched"),
        ({"$ref": DIALECT}, "nothing is ever fetched"),
        ({"items": {"$ref": "#/$defs/absent"}}, "nothing is ever fetched"),
        ({"$ref": "http://[bad"}, "nothing is ever fetched"),
        ({"$ref": "#/x-parts/a", "x-parts": {"a": {"required": 3}}}, "invalid at #/required"),
        ({"$ref": "#/x-parts/a", "x-parts": {"a": 3}}, "invalid at #/"),
        ({"pattern": "(?=a)"}, "lookaround"),
        ({"patternProperties": {"(a)\\1": True}}, "backreferences"),
        ({"$ref": "#"}, "refers to itself"),
        ({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
         "refers to itself"),
        ({"items": {"$ref": "#/$defs/b"}, "allOf": [{"$ref": "#/$defs/c"}],
          "$defs": {"b": {"$ref": "#"}, "c": {"$ref": "#/$defs/b"}}}, "refers to itself"),
        (json.dumps({"not": True}).replace("true", '{"not":' * 150 + "true" + "}" * 150), "nested deeper"),
    ],
)  # fmt: skip
def test_schema_that_can_not_be_used_says_why(schema: object, why: str) -> None:
    with pytest.raises(SchemaError, match=why):
        load_schema(canonical(schema))


def test_references_inside_the_schema_are_followed() -> None:
    schema = {
        "$id": "https://example.com/tree",
        "$defs": {"leaf": {"$anchor": "leaf", "type": "integer"}},
        "type": "object",
        "properties": {"left": {"$ref": "https://example.com/tree"}, "value": {"$ref": "#leaf"}},
    }
    assert error(schema, {"left": {"left": {}, "value": 1}, "value": 2}) is None
    assert error(schema, {"left": {"value": "1"}}) == "$.left.value: '1' is not of type 'integer'"


def test_only_a_known_small_cost_is_cheap() -> None:
    flat = load_schema(canonical({"type": "object", "properties": {"a": {"enum": [1, 2]}}}))
    tree = load_schema(canonical({"properties": {"a": {"$ref": "#"}}}))
    loose = load_schema(canonical({"unevaluatedProperties": False}))
    listed = load_schema(canonical({"items": {"type": "integer"}}))
    assert flat.is_cheap('{"a": 1}')
    assert not tree.is_cheap('{"a": {}}')
    assert not loose.is_cheap("{}")
    assert listed.is_cheap("[1, 2, 3]")
    assert not listed.is_cheap("[" + "1," * 50_000 + "1]")


def test_cost_counts_what_is_shared_as_often_as_it_is_applied() -> None:
    levels = {f"l{i}": {"anyOf": [{"$ref": f"#/$defs/l{i + 1}"}] * 2} for i in range(30)}
    schema = load_schema(canonical({"$defs": {**levels, "l30": {"type": "null"}}, "$ref": "#/$defs/l0"}))
    assert schema.cost is not None
    assert schema.cost.once > 2**30
    assert not schema.is_cheap("1")


def test_cheap_documents_are_quick() -> None:
    listed = load_schema(canonical({"items": {"type": "integer", "minimum": 0}, "uniqueItems": True}))
    text = json.dumps(list(range(1600)))
    assert listed.is_cheap(text)
    started = time.process_time()
    assert listed.first_error(json.loads(text)) is None
    assert time.process_time() - started < 1.0


def test_unique_items_is_not_quadratic_even_on_colliding_numbers() -> None:
    prime = 2**61 - 1  # integers that differ by a multiple of it have the same hash
    numbers = [7 + prime * i for i in range(20_000)]
    started = time.process_time()
    assert error({"uniqueItems": True}, numbers) is None
    assert error({"uniqueItems": True}, [*numbers, 7]) is not None
    assert time.process_time() - started < 2.0
