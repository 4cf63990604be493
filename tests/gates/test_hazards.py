"""What has gone wrong in public rewards that combine scores, and must not go wrong here."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rewardkit as rk
from rewardkit import Outcome, Sample
from rewardkit.errors import DataError, OptionError, RecipeError
from rewardkit.gates.adactrl import AdaCtrl
from rewardkit.gates.bonus import Bonus
from rewardkit.gates.centring import LogSigmoid
from rewardkit.gates.combine import Sum
from rewardkit.gates.ensemble import Ensemble
from rewardkit.gates.means import Geometric, Mean, Product
from rewardkit.gates.node import Part
from rewardkit.gates.require import Require
from rewardkit.gates.route import Route
from rewardkit.gates.schedule import schedule
from rewardkit.gates.scheduled import Scheduled, Weighted
from rewardkit.gates.staged import Staged
from rewardkit.gates.transform import Affine
from rewardkit.recipe import get, load
from rewardkit.recipe.outline import outline
from rewardkit.recipe.scale import drowning
from rewardkit.recipe.trace import Trace, trace

Maker = Callable[..., Any]
C, N, X, B = Outcome.CORRECT, Outcome.INCORRECT, Outcome.UNAVAILABLE, Outcome.BAD_REFERENCE
RECIPES = Path(__file__).parents[2] / "examples" / "recipes"


def shipped(recipe: str) -> list[dict[str, Any]]:
    """The rows that a shipped recipe comes with."""
    return [json.loads(line) for line in (RECIPES / f"{recipe}.jsonl").read_text(encoding="utf-8").splitlines()]


def sample(row: dict[str, Any], tokens: int) -> Sample:
    """A shipped row whose response is so many tokens long."""
    told = {key: row[key] for key in ("prompt", "response", "reference")}
    return Sample(**told, data={"n_tokens": tokens})


# Soft objectives were added to hard ones, and enough of them bought a broken bottom line back.
def test_no_behaviour_buys_back_a_failed_bottom_line() -> None:
    reward = load(RECIPES / "searchllm.yaml")
    scores = reward.score([sample(row, 1) for row in shipped("searchllm")])
    failed = [s.value for s in scores if s.evidence.get("failed")]
    passed = [s.value for s in scores if not s.evidence.get("failed")]
    assert failed
    assert passed
    assert max(failed) < min(passed)


# A length term was paid on wrong answers, so that short guesses (or long ones) paid.
@pytest.mark.parametrize(("recipe", "right"), [("gdpo", "correct"), ("searchllm", "exact")])
def test_a_shipped_recipe_pays_brevity_behind_the_right_answer_only(recipe: str, right: str) -> None:
    reward = load(RECIPES / f"{recipe}.yaml")
    rows = shipped(recipe)
    short, long = (reward.score([sample(row, tokens) for row in rows]) for tokens in (1, 10_000))
    of_right = [score.parts.get(right, score.parts.get("sum", score).parts.get(right)) for score in short]
    is_right = [part is not None and part.outcome is C for part in of_right]
    assert [few.value > many.value for few, many in zip(short, long, strict=True)] == is_right
    assert 0 < sum(is_right) < len(rows)


# A mix of quality and layout computed its metric on outputs that had no layout.
def test_nothing_behind_a_broken_layout_is_looked_at(told: Maker, rows: Maker) -> None:
    layout, metric = told("layout"), told("metric")
    [score] = Require((Part(layout),), metric).score(rows(layout=[N], metric=[1.0]))
    assert (score.value, metric.shown) == (0.0, [])


# One part on a scale of its own decided everything, and the weights did not show it.
@pytest.mark.parametrize(("scale", "is_told"), [(1.0, False), (9.9, False), (10.1, True), (-50.0, True)])
def test_a_part_that_drowns_the_others_out_is_told(told: Maker, scale: float, is_told: bool) -> None:
    tree = Require((Part(told("layout")),), Sum((Part(told("right")), Part(told("brief", 0.0, abs(scale)), 1.0))))
    found = list(drowning(tree))
    assert bool(found) == is_told
    assert all("'brief'" in sentence and "'sum'" in sentence for sentence in found)
    weighted = list(drowning(Sum((Part(told("right")), Part(told("brief"), scale)))))
    assert bool(weighted) == is_told, "by weight as by range"
    assert bool(list(drowning(Mean((Part(told("right")), Part(told("brief"), abs(scale))))))) == is_told


# Two negative factors made a positive product, and a zero had no stated meaning.
def test_signs_never_cancel_in_a_product(told: Maker) -> None:
    for gate in (Product, Geometric):
        with pytest.raises(OptionError, match="goes below 0"):
            gate((Part(told("a", -1.0, 1.0)), Part(told("b", -1.0, 1.0))))


# A bonus for having everything right was paid when a part had failed to answer.
@pytest.mark.parametrize("missing", [X, B, Outcome.TIMEOUT, Outcome.UNDECIDED, Outcome.NO_ANSWER, 0.999])
def test_an_all_pass_bonus_needs_every_part(told: Maker, rows: Maker, missing: Any) -> None:
    gate = Bonus((Part(told("a")), Part(told("b"), optional=True)), amount=5.0)
    [score] = gate.score(rows(a=[C], b=[missing]))
    assert score.value is not None
    assert score.value < 5.0


# A penalty behind two conditions: failing one of them was the better answer.
def test_failing_one_of_two_conditions_never_pays(told: Maker) -> None:
    def gate(weight: float) -> Sum:
        return Sum((Part(told("a")), Part(told("b")), Part(told("long"), weight, only_if=("a", "b"))))

    assert gate(-1.0).range.low == 0.0
    for weight in (-1.1, -5.0):
        with pytest.raises(OptionError, match="a row that fails it would earn more"):
            gate(weight)


@given(
    weights=st.tuples(*(st.floats(0.1, 3.0),) * 2, *(st.floats(-3.0, 3.0).filter(lambda w: abs(w) > 0.01),) * 3),
    values=st.tuples(*(st.sampled_from([0.0, 0.5, 1.0]),) * 3),
)
def test_no_row_earns_more_by_failing_a_condition(
    told: Maker, rows: Maker, weights: tuple[float, ...], values: tuple[float, ...]
) -> None:
    only_if = {"x": ("a",), "y": ("a", "b"), "z": ("b",)}
    parts = [Part(told("a"), weights[0]), Part(told("b"), weights[1])]
    parts += [Part(told(n), w, only_if=c) for (n, c), w in zip(only_if.items(), weights[2:], strict=True)]
    try:
        gate = Sum(tuple(parts))
    except OptionError:
        return
    rest = {name: [value] * 4 for name, value in zip(only_if, values, strict=True)}
    scores = gate.score(rows(a=[C, N, C, N], b=[C, C, N, N], **rest))
    both, only_b, only_a, none = (score.value for score in scores)
    assert both >= max(only_a, only_b) - 1e-9
    assert min(only_a, only_b) >= none - 1e-9


# A penalty was escaped by a response that its checker could not read, as nothing was then taken away.
@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.UNDECIDED, Outcome.TIMEOUT, Outcome.CRASHED])
def test_breaking_a_penalty_never_pays(told: Maker, rows: Maker, outcome: Outcome) -> None:
    columns = {"right": [C, C, C], "penalty": [0.0, 1.0, outcome]}
    gates = (
        Sum((Part(told("right")), Part(told("penalty"), -0.5))),
        Sum((Part(told("right")), Part(Affine(told("penalty"), scale=-0.5, name="less")))),
        Scheduled((Weighted(told("right"), schedule(1.0)), Weighted(told("penalty"), schedule(-0.5))), default_step=0),
    )
    for gate in gates:
        kept, taken, broken = (score.value for score in gate.score(rows(**columns)))
        assert kept > taken == broken


# Weights moved with training, and no record said which step a reward was made at.
def test_a_moving_weight_leaves_its_step_in_the_score(told: Maker) -> None:
    weight = schedule({"linear": {"start": 0, "end": 10, "from": 1.0, "to": 0.0}})
    gate = Scheduled((Weighted(told("easy"), weight), Weighted(told("hard"), schedule(1.0))))
    [score] = gate.score([Sample(response="", data={"easy": C, "hard": N, "step": 5})])
    assert score.evidence == {"step": 5, "weights": {"easy": 0.5, "hard": 1.0}}
    [lost] = gate.score([Sample(response="", data={"easy": C, "hard": N})])
    assert (lost.value, lost.outcome) == (None, X)


# A transform to log space gave minus infinity where the reward had been exactly at its bottom.
def test_no_transform_gives_an_infinite_reward(told: Maker, rows: Maker) -> None:
    gate = LogSigmoid(told("v", -500.0, 500.0), centre=0.0)
    assert all(math.isfinite(end) for end in gate.range)
    assert all(math.isfinite(s.value) for s in gate.score(rows(v=[-500.0, 500.0])))


# Weights near the largest number there is made rewards infinite, and advantages no numbers.
@pytest.mark.parametrize(
    "make",
    [
        lambda c: Sum((Part(c("a"), 1e308), Part(c("b"), 1e308))),
        lambda c: Sum((Part(c("a"), 1e101),)),
        lambda c: Bonus((Part(c("a")),), amount=1e308),
        lambda c: Product((Part(c("a", 0.0, 1e90)), Part(c("b", 0.0, 1e90)))),
        lambda c: Mean((Part(c("a"), 1e308), Part(c("b"), 1e308))),
        lambda c: Staged((Part(c("a"), pays=1e308), Part(c("b"), pays=1e308))),
        lambda c: Staged((Part(c("a"), pays=1.0),), floor=1e50),
        lambda c: Scheduled((Weighted(c("a"), schedule(1e200)),)),
        lambda c: Ensemble((c("a"), c("b")), by="minus_variance", coefficient=1e308),
        lambda c: AdaCtrl(c("a"), unit="words", length_weight=1e308),
    ],
)
def test_a_reward_without_a_usable_range_is_refused(told: Maker, make: Callable[[Maker], object]) -> None:
    with pytest.raises(OptionError, match="finite"):
        make(told)


# A report named the wrong gate, as gates of one kind told of their decisions under one key.
def test_each_gate_tells_of_its_own_decision_only(told: Maker, rows: Maker) -> None:
    inner = Require((Part(told("b")),), told("right"), name="inner")
    tree = Require((Part(told("a")), Part(told("soft"), optional=True)), inner, name="outer")
    stopped, open_, early = tree.score(rows(a=[C, C, N], soft=[X, C, C], b=[N, C, C], right=[C, C, C]))
    assert stopped.evidence == {"left_out": {"soft": "soft says UNAVAILABLE"}}
    assert stopped.parts["inner"].evidence == {"failed": "b"}
    assert open_.evidence == {}
    assert _not_run(trace(outline(tree), stopped)) == {"right": "b did not pass"}
    assert _not_run(trace(outline(tree), early)) == dict.fromkeys(("soft", "inner"), "a did not pass")


# Cases of one route share the name of their reward, and the report showed the score under both.
def test_a_case_that_a_row_did_not_go_to_was_not_run(told: Maker, rows: Maker) -> None:
    tree = Route("task", {"x": told("right"), "y": told("right")})
    [score] = tree.score(rows(task=["y"], right=[C]))
    found = trace(outline(tree), score)
    assert [(child.score is None, child.why_not) for child in found.children] == [
        (True, "the row goes to y"),
        (False, ""),
    ]


# The verifier was picked by what the reference looked like.
def test_a_route_never_looks_at_the_reference(told: Maker) -> None:
    tree = Route("task", {"a": told("a"), "b": told("b")})
    references = ("b", {"b": 1}, ["b"], None)
    rows = [Sample(response="", reference=each, data={"task": "a", "a": C, "b": N}) for each in references]
    assert [score.value for score in tree.score(rows)] == [1.0] * 4
    lost = tree.score([Sample(response="", data=data) for data in ({}, {"task": "A"})])
    assert [(s.value, s.outcome) for s in lost] == [(None, B)] * 2
    assert "known: a, b" in lost[1].reason


# Settings were read by rules of an old standard: 010 as 8, and 1:30 as 90.
@pytest.mark.parametrize("written", ["010", "1:30", "-07", "190:20:30.15"])
def test_a_number_that_only_old_yaml_reads_so_is_refused(tmp_path: Path, written: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(f"reward: {{sum: [{{use: exact, weight: {written}}}]}}", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"recipe\.yaml:1: .*base 10"):
        load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('reward: {include: "\\0.yaml"}', "expected the name of a recipe file"),
        ('params: {"a b": 1}\nreward: {use: exact}', "the name of a parameter is letters"),
        ("params: {1: 1}\nreward: {use: exact}", "the name of a parameter is letters"),
        ("reward: {sum: [{use: exact, weight: 1e308}, {use: math, weight: 1e308}]}", r"reward\.sum: the range of sum"),
    ],
)
def test_a_spec_that_fails_points_at_its_fault(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=message):
        load(path)


# Rewards were compared across prompts, because rows of two prompts shared an id.
def test_an_audit_refuses_a_group_that_mixes_prompts(tmp_path: Path) -> None:
    from rewardkit.audit import Audit
    from rewardkit.plan import Plan

    data = tmp_path / "rows.jsonl"
    rows = [{"prompt": p, "response": "1", "reference": "1", "group": "g"} for p in ("a", "b")]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    audit = Audit(get("exact"))
    (first, one), (second, other) = Plan.make([str(data)], audit.reward).judge()
    audit.take(first, one)
    with pytest.raises(DataError, match=r"row 2: group 'g' mixes prompts.* row 1"):
        audit.take(second, other)


# A part was logged as a sum only, and nobody could say afterwards which part had paid.
def test_every_part_and_decision_of_a_tree_stays_in_its_score() -> None:
    reward = load(RECIPES / "gdpo.yaml")
    [score] = reward.score([sample(shipped("gdpo")[0], 5)])
    assert set(score.parts) | set(score.evidence.get("left_out", {})) == {"correct", "layout", "brief"}
    assert all(part.reason and part.outcome for part in score.parts.values())
    assert rk.Range(0.0, 2.5) == reward.range


def _not_run(found: Trace) -> dict[str, str]:
    below: dict[str, str] = {}
    for child in found.children:
        below |= _not_run(child)
    return ({found.outline.name: found.why_not} if found.score is None else {}) | below
