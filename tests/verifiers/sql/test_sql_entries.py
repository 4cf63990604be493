"""The entries of this family keep their own examples, attacks and the generic attacks, in a batch as alone."""

import json

import pytest

from rewardkit import Outcome, Sample, registry
from rewardkit.attacks import generic_attacks
from rewardkit.bench.suite import find_suite
from rewardkit.execution.local import LocalExecutor
from rewardkit.verifiers.sql import components, verifier

ENTRIES = [registry.find(name) for name in ("sql", "sql.components") if not registry.find(name).missing]
EACH = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def test_both_modules_register_an_entry() -> None:
    assert registry.find("sql").factory is verifier.Sql
    assert registry.find("sql.components").factory is components.SqlComponents


@EACH
def test_examples_get_their_scores(entry: registry.Entry) -> None:
    for example in entry.examples:
        score = entry.build(example.options).verify(example.sample)
        assert score.outcome is example.outcome, (example.title, score)
        if example.value is not None:
            assert score.value == pytest.approx(example.value)


@EACH
def test_attacks_are_not_paid(entry: registry.Entry) -> None:
    attacks = [(a.name, a.sample, a.options, a.below) for a in entry.attacks]
    for example in entry.examples:
        if example.outcome is Outcome.CORRECT:
            attacks += [(name, sample, example.options, None) for name, sample in generic_attacks(example.sample)]
    for name, sample, options, below in attacks:
        score = entry.build(options).verify(sample)
        assert score.outcome is not Outcome.UNAVAILABLE, (name, score)
        assert (score.value or 0) == 0 or (below is not None and (score.value or 0) < below), (name, score)


def test_the_shipped_suite_has_no_wrong_verdict_and_a_batch_judges_as_one_by_one() -> None:
    with find_suite("sql").file() as path:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    samples = [Sample(prompt=r["prompt"], response=r["response"], reference=r["reference"]) for r in rows]
    assert len(rows) >= 150
    with LocalExecutor() as executor:
        scores = executor.score(verifier.Sql(), samples)
    assert [r["id"] for r, s in zip(rows, scores, strict=True) if s.value != r["label"]] == []
    for sample, score in list(zip(samples, scores, strict=True))[::40]:
        assert verifier.Sql().verify(sample) == score
