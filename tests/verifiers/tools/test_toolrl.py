"""Tool calls are read strictly, and matched as published, without its faults."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Range, Sample
from rewardkit.attacks import generic_attacks
from rewardkit.errors import OptionError
from rewardkit.registry import find, load_plugin
from rewardkit.score import check
from rewardkit.verifiers.tools.calls import Call, CallError, find_calls, read_calls
from rewardkit.verifiers.tools.toolrl import ToolRL

load_plugin("rewardkit.verifiers.tools.toolrl")
ENTRY = find("tools.toolrl")


def call(name: str, **parameters: Any) -> dict[str, Any]:
    return {"name": name, "parameters": parameters}


def block(*calls: Any) -> str:
    return "<tool_call>\n" + "\n".join(json.dumps(c) for c in calls) + "\n</tool_call>"


def judged(made: list[Any], expected: list[Any], **options: Any) -> Any:
    score = ToolRL(**options).verify(Sample(response=block(*made), reference=expected))
    check(score, ToolRL(**options).range)
    return score


@pytest.mark.parametrize("number", range(len(ENTRY.examples)))
def test_an_example_gets_the_score_on_its_page(number: int) -> None:
    example = ENTRY.examples[number]
    score = ENTRY.build(example.options).verify(example.sample)
    assert score.outcome is example.outcome, score.reason
    assert example.value is None or score.value == pytest.approx(example.value, abs=1e-9)


def attacks() -> Iterator[tuple[str, Any, Any, float | None]]:
    for attack in ENTRY.attacks:
        yield attack.name, attack.sample, attack.options, attack.below
    for example in ENTRY.examples:
        if example.outcome is Outcome.CORRECT:
            for name, sample in generic_attacks(example.sample):
                yield name, sample, example.options, None


@pytest.mark.parametrize(("name", "sample", "options", "below"), list(attacks()))
def test_an_attack_is_not_rewarded(name: str, sample: Sample, options: Any, below: float | None) -> None:
    verifier = ENTRY.build(options)
    score = verifier.verify(sample)
    assert score.value == verifier.range.low if below is None else score.value < below, score.reason


@pytest.mark.parametrize(
    ("made", "value"),
    [
        ([call("a", x=1, z=3)], 0.5),
        ([call("a", x=1, y=2)], 3.0),
        ([call("b", x=1, y=2)], -3.0),
        ([call("a", x=1, y=2), call("b")], 2.25),
    ],
)
def test_the_published_worked_examples_hold(made: list[Any], value: float) -> None:
    assert judged(made, [call("a", x=1, y=2)], extra_calls="names_only").value == pytest.approx(value)


def test_the_order_of_calls_does_not_matter() -> None:
    assert judged([call("b"), call("a", x=1)], [call("a", x=1), call("b")]).value == 3.0


@pytest.mark.parametrize(
    ("made", "expected"), [(True, 1), (1, True), ("1", 1), (1, "1"), (None, 0), ([1], 1), ({}, [])]
)
def test_values_of_different_kinds_are_not_equal(made: Any, expected: Any) -> None:
    assert judged([call("a", x=made)], [call("a", x=expected)]).outcome is Outcome.PARTIAL


@pytest.mark.parametrize(
    ("made", "expected"), [(1, 1.0), ({"b": [1, 2], "a": 1}, {"a": 1.0, "b": [1, 2.0]}), ("é", "é"), (None, None)]
)
def test_values_that_json_calls_equal_are_equal(made: Any, expected: Any) -> None:
    assert judged([call("a", x=made)], [call("a", x=expected)]).outcome is Outcome.CORRECT


def test_listing_calls_pays_less_with_every_further_one() -> None:
    right, others = call("a", x=1), [call("a", x=n) for n in range(2, 8)]
    values = [judged([right, *others[:n]], [right]).value for n in range(7)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 7


@pytest.mark.parametrize(
    "written",
    [
        '<tool_call>[{"name": "a", "parameters": {}}, {"name": "b", "parameters": {}}]</tool_call>',
        '<tool_call>{"name": "a", "parameters": {}}\n{"name": "b", "parameters": {}}</tool_call>',
        '<tool_call>{"name": "a"}</tool_call> then <tool_call>{"name": "b", "arguments": "{}"}</tool_call>',
        '<think><tool_call>x</tool_call></think><tool_call>[{"function": {"name": "a"}}, {"name": "b"}]</tool_call>',
    ],
)
def test_calls_are_read_in_every_usual_form(written: str) -> None:
    assert find_calls(written) == [Call("a", {}), Call("b", {})]


@pytest.mark.parametrize(
    "reference",
    [
        [call("a", x=1)],
        {"calls": [call("a", x=1)]},
        call("a", x=1),
        json.dumps([call("a", x=1)]),
        block(call("a", x=1)),
    ],
)
def test_a_reference_has_several_forms(reference: Any) -> None:
    assert read_calls(reference) == [Call("a", {"x": 1})]


@pytest.mark.parametrize("reference", [None, 3, "no JSON", [3], [{"name": 3}], [{"name": "a", "parameters": [1]}]])
def test_a_reference_of_another_kind_is_our_fault_and_not_the_responses(reference: Any) -> None:
    with pytest.raises(CallError):
        read_calls(reference)
    assert ToolRL().verify(Sample(response=block(call("a")), reference=reference)).outcome is Outcome.BAD_REFERENCE


def test_a_demand_to_call_nothing_can_be_judged() -> None:
    judge = ToolRL(no_call="judged")
    assert judge.verify(Sample(response="It is noon.", reference=[])).outcome is Outcome.CORRECT
    assert judge.verify(Sample(response=block(call("a")), reference=[])).outcome is Outcome.INCORRECT
    assert judge.verify(Sample(response=" ", reference=[])).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_a_range_that_is_none_is_refused(low: float, high: float) -> None:
    with pytest.raises(OptionError, match="low < high"):
        ToolRL(low=low, high=high)
    assert ToolRL(low=0, high=1).range == Range(0, 1)


@pytest.mark.parametrize(
    "junk",
    [
        "<tool_call>" * 18_000,
        "<" * 200_000,
        "<tool_call>" + "[" * 200_000,
        '<tool_call>{"name": "a", "parameters": {' + ",".join(f'"k{i}": {i}' for i in range(15_000)) + "}}</tool_call>",
        "<tool_call>\n" + '{"a": 1}\n' * 25_000 + "</tool_call>",
        "<tool_call>" + json.dumps([call("a", x=list(range(500)))] * 64) + "</tool_call>",
    ],
)
def test_junk_is_judged_quickly(junk: str) -> None:
    begun = time.process_time()
    score = ToolRL().verify(Sample(response=junk, reference=[call("a", x=list(range(500)))] * 64))
    assert time.process_time() - begun < 0.5
    check(score, ToolRL().range)


NAMES = st.sampled_from("ab")
CALLS = st.lists(
    st.builds(lambda n, p: call(n, **p), NAMES, st.dictionaries(NAMES, st.integers(0, 1), max_size=2)), max_size=3
)


@given(made=CALLS, expected=CALLS.filter(bool), options=st.sampled_from([{}, {"extra_calls": "names_only"}]))
def test_only_the_right_calls_are_correct_and_every_value_is_in_the_range(
    made: list[Any], expected: list[Any], options: Any
) -> None:
    score = judged(made, expected, **options)

    def key(c: Any) -> str:
        return json.dumps(c, sort_keys=True)

    assert (score.outcome is Outcome.CORRECT) == (sorted(map(key, made)) == sorted(map(key, expected)))
