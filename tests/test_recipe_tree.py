"""A recipe written out and read back is the same recipe, whether it came from a file or from Python."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rewardkit import Sample
from rewardkit.errors import OptionError, RecipeError, UnknownNameError
from rewardkit.execution.local import LocalExecutor
from rewardkit.execution.scorer import Scorer
from rewardkit.gates.catalog import GATES, keyword_of, kind
from rewardkit.gates.schedule import schedule
from rewardkit.gates.scheduled import Weighted
from rewardkit.gates.tree import needs_groups, walk
from rewardkit.recipe import (
    Part,
    bonus,
    build,
    dump,
    first,
    gate,
    geometric,
    get,
    lexicographic,
    load,
    product,
    require,
    route,
    staged,
    to_tree,
)
from rewardkit.recipe.outline import mermaid, outline
from rewardkit.recipe.source import read_yaml

LENGTH = {"unit": "words", "max_length": 9}
EXECUTOR = LocalExecutor()


def built(tree: dict[str, Any]) -> Any:
    return build({"reward": tree}, EXECUTOR)


BOTH = [
    (get("exact"), {"use": "exact"}),
    (get("exact", ignore_case=True).named("a"), {"use": "exact", "args": {"ignore_case": True}, "name": "a"}),
    (
        require(get("format", sections=["think", "answer"]), otherwise=-1)
        >> (get("math").named("x") + 0.5 * get("f1")),
        {
            "require": [{"use": "format", "args": {"sections": ["think", "answer"]}}],
            "sum": [{"use": "math", "name": "x"}, {"use": "f1", "weight": 0.5}],
            "otherwise": -1.0,
        },
    ),
    (
        require(Part(get("f1"), at_least=0.5), name="guard") >> get("math").named("x"),
        {"require": [{"use": "f1", "at_least": 0.5}], "reward": {"use": "math", "name": "x"}, "name": "guard"},
    ),
    (
        require(get("exact")) >> (require(get("f1")) >> get("math")),
        {"require": [{"use": "exact"}], "reward": {"require": [{"use": "f1"}], "use": "math"}},
    ),
    (
        get("math") + 0.2 * get("length.linear", **LENGTH).when("math") - get("f1"),
        {
            "sum": [
                {"use": "math"},
                {"use": "length.linear", "args": LENGTH, "weight": 0.2, "only_if": "math"},
                {"use": "f1", "weight": -1.0},
            ]
        },
    ),
    (
        first(get("exact"), get("math"), ask_on=["INCORRECT"]),
        {"first": [{"use": "exact"}, {"use": "math"}], "args": {"ask_on": ["INCORRECT"]}},
    ),
    (
        staged(get("exact"), Part(get("f1"), pays=2), floor=-1),
        {"staged": [{"use": "exact"}, {"use": "f1", "pays": 2.0}], "args": {"floor": -1.0}},
    ),
    (route("task", {"a": get("exact")}), {"route": {"by": "task", "cases": {"a": {"use": "exact"}}}}),
    (
        bonus(get("exact"), amount=0.5, name="all"),
        {"bonus": [{"use": "exact"}], "args": {"amount": 0.5}, "name": "all"},
    ),
    (product(geometric(get("f1")), get("em")), {"product": [{"geometric": [{"use": "f1"}]}, {"use": "em"}]}),
    (
        lexicographic(get("exact"), Part(get("f1"), levels=5)),
        {"lexicographic": [{"use": "exact"}, {"use": "f1", "levels": 5}]},
    ),
    (gate("clip", get("f1"), low=0.5), {"clip": {"use": "f1"}, "args": {"low": 0.5}}),
    (
        gate("scheduled", Weighted(get("f1"), schedule({"linear": {"from": 0, "to": 1, "end": 10}}))),
        {"scheduled": [{"use": "f1", "weight": {"piecewise": [[0.0, 0.0], [10.0, 1.0]]}}]},
    ),
    (gate("self_similarity", unit="words", size=4), {"self_similarity": {"size": 4}}),
]


@pytest.mark.parametrize(("node", "tree"), BOTH, ids=[str(tree)[:40] for _, tree in BOTH])
def test_python_and_a_file_write_the_same_tree(node: Any, tree: dict[str, Any], tmp_path: Path) -> None:
    assert to_tree(node) == tree
    assert to_tree(built(tree)) == tree
    path = tmp_path / "recipe.yaml"
    path.write_text(dump(node), encoding="utf-8")
    assert to_tree(load(path)) == tree
    assert load(path).range == node.range


NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(["yes", "1", "1e-3", "${x}", "$${x}", "null", "a: b", "#"])
LEAVES = st.sampled_from(
    [
        {"use": "exact"},
        {"use": "exact", "args": {"ignore_case": True}},
        {"use": "f1"},
        {"use": "format", "args": {"sections": ["think", "answer"]}},
        {"use": "length.linear", "args": LENGTH},
        {"use": "regex", "args": {"pattern": "${a}|b: [#]"}},
    ]
)
WEIGHTS = st.floats(0.001, 1000, allow_subnormal=False)


def named(trees: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    return [{**tree, "name": name} for tree, name in zip(trees, names, strict=False)]


@st.composite
def gates(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    names = draw(st.lists(NAMES, min_size=3, max_size=3, unique=True))
    children = named(draw(st.lists(inner, min_size=2, max_size=3)), names)
    weighted = [{**child, **({} if draw(st.booleans()) else {"weight": draw(WEIGHTS)})} for child in children]
    keyword = draw(st.sampled_from(["sum", "mean", "bonus", "product", "staged", "require", "first", "route", "power"]))
    if keyword == "require":
        floor = draw(st.sampled_from([{}, {"otherwise": -1.5}]))
        return {"require": children[:-1], "reward": children[-1], **floor}
    if keyword == "staged":
        return {"staged": [{**child, "pays": draw(WEIGHTS)} for child in children], "args": {"floor": draw(WEIGHTS)}}
    if keyword == "route":
        return {"route": {"by": draw(NAMES), "cases": {draw(NAMES): children[0]}}}
    if keyword == "first":
        return {"first": [children[0], {**children[0], "name": children[0]["name"] + "'"}]}
    if keyword == "power":
        return {"power": children[0], "args": {"exponent": draw(st.floats(0.5, 2))}}
    if keyword == "product":
        return {"product": [{**child, "optional": draw(st.booleans())} for child in children]}
    if keyword == "bonus":
        return {"bonus": weighted, "args": {"amount": draw(WEIGHTS)}}
    return {keyword: weighted, **draw(st.sampled_from([{}, {"name": "mine"}]))}


TREES = st.recursive(LEAVES, gates, max_leaves=8)


@settings(max_examples=150, deadline=None)
@given(tree=TREES)
def test_writing_a_recipe_and_reading_it_back_changes_nothing(tree: dict[str, Any], tmp_path_factory: Any) -> None:
    try:
        node = built(tree)
    except RecipeError as error:
        assume("goes below 0" not in str(error))  # a product of what can be negative is refused, and rightly
        raise
    once = to_tree(node)
    assert to_tree(built(once)) == once
    path = tmp_path_factory.getbasetemp() / "round_trip.yaml"
    path.write_text(dump(node), encoding="utf-8")
    again = load(path)
    assert to_tree(again) == once
    assert again.range == node.range
    assert [each.name for each in walk(again)] == [each.name for each in walk(node)]
    samples = [Sample(response=r, reference="a b", data={"task": "x"}) for r in ("a b", "<think>a</think> b", "")]
    assert again.score(samples) == node.score(samples)
    assert mermaid(outline(again)) == mermaid(outline(node))


def test_a_dumped_recipe_is_plain_yaml(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(dump(get("exact").named("*")), encoding="utf-8")
    assert read_yaml(path).data == {"reward": {"use": "exact", "name": "*"}}


def test_what_no_recipe_can_say_can_not_be_written() -> None:
    scorer = Scorer("mine", get("exact").verifier, EXECUTOR)
    with pytest.raises(RecipeError, match=r"'mine' .* can't stand in a recipe"):
        to_tree(get("exact") + scorer)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: gate("vot", get("exact")), UnknownNameError, "did you mean 'vote'"),
        (lambda: gate("clip", get("exact"), get("f1")), OptionError, "one child, not 2"),
        (lambda: gate("clip", get("exact"), lo=1), OptionError, "no option 'lo'; did you mean 'low'"),
        (lambda: gate("route", by="task"), OptionError, "needs 'cases'"),
        (lambda: gate("self_similarity", get("exact")), OptionError, "takes its children by name"),
        (lambda: staged(get("exact"), floor="low"), OptionError, "expected float"),
        (lambda: require(get("exact"), otherwise="low"), OptionError, "'otherwise'"),
    ],
)
def test_python_is_checked_like_a_file(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("keyword", ["require", *GATES])
def test_every_gate_of_the_catalog_can_be_said_in_a_recipe(keyword: str) -> None:
    found = kind(keyword)
    assert keyword_of(found.cls) == keyword
    assert (found.cls.__doc__ or "").strip()
    assert all(option.doc for option in found.schema.options), "every option says what it means"
    if keyword != "require":
        assert not {role.name for role in found.roles} & {*GATES, "use", "include", "reward", "require"}


def test_trees_that_need_groups_are_known() -> None:
    assert needs_groups(gate("self_similarity") + get("exact"))
    assert not needs_groups(get("exact") + get("f1"))
    with pytest.raises(RecipeError, match="needs whole groups, and require shows it some rows only"):
        built({"require": [{"use": "exact"}], "self_similarity": {}})


def test_a_chart_survives_what_names_may_hold() -> None:
    chart = mermaid(outline(get("exact").named('"] --> n9["<b>#') + get("f1")))
    assert chart.splitlines()[2] == '    n1(["#quot;] --&gt; n9[#quot;&lt;b&gt;#35;: exact<br/>[0, 1] cpu"])'
