"""Every reward of length, repetition, thinking budgets and language keeps its page, and judges 200 kB of junk."""

import dataclasses
import importlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit import Attack, Entry, Example, Outcome, Sample, registry
from rewardkit.attacks import generic_attacks
from rewardkit.data.lines import dump_line
from rewardkit.score import check

HOMES = {
    "format.budget": "format.budget",
    "format.mode": "format.mode",
    "language": "language.language",
    "language.switch": "language.switch",
    "length.cosine": "length.cosine",
    "length.linear": "length.linear",
    "length.overlong": "length.overlong",
    "length.scaled": "length.scaled",
    "length.target": "length.target",
    "repetition.compression": "repetition.compression",
    "repetition.distinct": "repetition.distinct",
    "repetition.ngram": "repetition.ngram",
}


def entry(name: str) -> Entry:
    module = importlib.import_module(f"rewardkit.verifiers.{HOMES[name]}")
    found = registry.find(name)
    assert found.factory.__module__ == module.__name__
    if found.missing:
        pytest.skip(f"{name} needs {found.missing}")
    return found


@pytest.mark.parametrize("name", HOMES)
def test_examples_get_their_scores(name: str) -> None:
    for example in entry(name).examples:
        verifier = entry(name).build(example.options)
        score = verifier.verify(example.sample)
        check(score, verifier.range)
        assert score.outcome is example.outcome, f"{example.title}: {score.reason}"
        if example.value is not None:
            assert score.value == pytest.approx(example.value, abs=1e-9)


def attacks(found: Entry) -> list[tuple[Attack | Example, str, Sample]]:
    generic = [
        (example, name, sample)
        for example in found.examples
        if example.outcome is Outcome.CORRECT
        for name, sample in generic_attacks(example.sample)
        if name not in found.exempt
    ]
    return [*((attack, attack.name, attack.sample) for attack in found.attacks), *generic]


@pytest.mark.parametrize("name", HOMES)
def test_attacks_earn_nothing(name: str) -> None:
    for case, attack, sample in attacks(entry(name)):
        verifier = entry(name).build(case.options)
        score = verifier.verify(sample)
        assert score.outcome is not Outcome.UNAVAILABLE, f"{attack}: {score.reason}"
        below = case.below if isinstance(case, Attack) else None
        if score.value is not None:
            assert score.value == verifier.range.low or (below is not None and score.value < below), (
                f"{attack}: {score}"
            )


JUNK = [
    "x",
    "a b ",
    "\u200b",
    "<think>",
    "$",
    "```\n",
    "<!--",
    "\u6211",
    " ",
    "\n",
    "a.\n",
    "~~",
    "\\[",
    "\u201c",
    "\ufdfa",
]


@pytest.mark.parametrize("name", HOMES)
@settings(deadline=None, max_examples=30)
@given(response=st.text(st.characters(exclude_categories=[])), column=st.text() | st.integers() | st.none())
def test_any_text_gets_a_score_that_can_be_written(name: str, response: str, column: object) -> None:
    for example in entry(name).examples[:2]:
        data = dict.fromkeys(example.sample.data, column)
        for row in (dataclasses.replace(example.sample, response=response), Sample(response=response, data=data)):
            verifier = entry(name).build(example.options)
            score = verifier.verify(row)
            check(score, verifier.range)
            dump_line({"reason": score.reason, "evidence": dict(score.evidence)})


@pytest.mark.parametrize("name", HOMES)
def test_junk_of_200_kilobytes_is_judged_at_once(name: str) -> None:
    found = entry(name)
    verifiers: dict[str, Any] = {repr(e.options): (found.build(e.options), e.sample) for e in found.examples[:3]}
    for verifier, sample in verifiers.values():
        verifier.verify(sample)  # what loads with the first row is not the row's
        for piece in JUNK:
            junk = dataclasses.replace(sample, response=piece * (200_000 // len(piece)))
            began = time.process_time()
            check(verifier.verify(junk), verifier.range)
            assert time.process_time() - began < 0.5, repr(piece)
