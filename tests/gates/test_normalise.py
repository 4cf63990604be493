"""Running statistics are those of all the values seen, however they were split, ordered, merged or restarted."""

import asyncio
import json
import math
import pickle
import random
import statistics
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit import Outcome, Sample, Score
from rewardkit.errors import OptionError
from rewardkit.gates.normalise import Quantile, ZScore
from rewardkit.gates.running import CAPACITY, MAX_DOMAINS, Histogram, Moments
from rewardkit.score import check

Maker = Callable[..., Any]
GATES = pytest.mark.parametrize("kind", [ZScore, Quantile])
numbers = st.floats(-10, 10)
batches = st.lists(st.lists(numbers, min_size=1, max_size=6), min_size=1, max_size=5)


def test_a_z_score_is_the_distance_from_the_mean_in_sample_deviations(told: Maker, rows: Maker) -> None:
    gate = ZScore(told("v", -10.0, 10.0), warm_up=2)
    values = [1.0, 2.0, 4.0, 9.0]
    scores = gate.score(rows(v=values))
    mean, std = statistics.mean(values), statistics.stdev(values)
    assert [s.value for s in scores] == pytest.approx([(v - mean) / std for v in values], abs=1e-12)
    assert scores[0].evidence["mean"] == pytest.approx(4.0)
    assert scores[0].evidence["count"] == 4
    assert scores[0].parts["v"].value == 1.0


def test_z_scores_are_cut_where_the_range_ends(told: Maker, rows: Maker) -> None:
    gate = ZScore(told("v", -10.0, 10.0), warm_up=2, clip=0.5)
    scores = gate.score(rows(v=[-5.0, 0.0, 5.0]))
    assert [s.value for s in scores] == [-0.5, 0.0, 0.5]
    assert [s.outcome for s in scores] == [Outcome.INCORRECT, Outcome.PARTIAL, Outcome.CORRECT]


def test_a_quantile_is_the_share_below_and_half_of_the_equal(told: Maker, rows: Maker) -> None:
    gate = Quantile(told("v", -10.0, 10.0), warm_up=2)
    scores = gate.score(rows(v=[3.0, 1.0, 3.0, 7.5]))
    assert [s.value for s in scores] == [0.5, 0.125, 0.5, 0.875]
    assert {s.evidence["error"] for s in scores} == {0.0}


@GATES
def test_nothing_without_a_finite_value_enters_the_state(told: Maker, rows: Maker, kind: Any) -> None:
    gate = kind(told("v"), warm_up=2)
    clean = kind(told("v"), warm_up=2)
    scores = gate.score(rows(v=[0.25, Outcome.BAD_REFERENCE, 0.75, Outcome.UNAVAILABLE, Outcome.TIMEOUT]))
    clean.score(rows(v=[0.25, 0.75, 0.0]))
    assert gate.state_dict() == clean.state_dict()
    assert [s.outcome for s in scores][1::2] == [Outcome.BAD_REFERENCE, Outcome.UNAVAILABLE]
    assert [s.value for s in scores][1::2] == [None, None]

    class Broken(type(told("v"))):  # type: ignore[misc]  # the class is the fixture's
        def judged(self, sample: Sample) -> Score:
            return Score(sample.data["v"], Outcome.PARTIAL, "no number")

    broken = kind(Broken("v"), warm_up=2)
    for score in broken.score(rows(v=[math.nan, math.inf, -math.inf])):
        assert (score.value, score.outcome) == (None, Outcome.UNAVAILABLE)
    assert broken.state_dict()["domains"] == {}


@GATES
@given(values=st.lists(numbers, min_size=3, max_size=12), data=st.data())
def test_the_order_of_rows_in_a_batch_does_not_matter(
    told: Maker, rows: Maker, kind: Any, values: list[float], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(values))))
    one, other = (kind(told("v", -10.0, 10.0), warm_up=2) for _ in range(2))
    straight = one.score(rows(v=values))
    mixed = other.score(rows(v=[values[i] for i in order]))
    assert [straight[i].value for i in order] == [s.value for s in mixed]
    assert one.state_dict() == other.state_dict()


@GATES
@given(values=st.lists(numbers, min_size=3, max_size=12))
def test_normalising_keeps_order_and_range(told: Maker, rows: Maker, kind: Any, values: list[float]) -> None:
    gate = kind(told("v", -10.0, 10.0), warm_up=2)
    scores = gate.score(rows(v=sorted(values)))
    for score in scores:
        check(score, gate.range)
    got = [s.value for s in scores]
    assert got == sorted(got)


@given(parts=batches)
def test_moments_of_merged_parts_are_those_of_the_whole(parts: list[list[float]]) -> None:
    whole = Moments.of([v for part in parts for v in part])
    merged = Moments()
    for part in parts:
        merged = merged.merged(Moments.of(part))
    assert (merged.count, merged.low, merged.high) == (whole.count, whole.low, whole.high)
    assert merged.mean == pytest.approx(whole.mean, abs=1e-12)
    assert merged.squares == pytest.approx(whole.squares, rel=1e-12, abs=1e-12)
    assert merged.std == pytest.approx(whole.std, rel=1e-12, abs=1e-12)


def test_moments_hold_far_from_zero() -> None:
    values = [1e8 + v for v in (4, 7, 13, 16)]
    merged = Moments.of(values[:1]).merged(Moments.of(values[1:3])).merged(Moments.of(values[3:]))
    assert merged.std == pytest.approx(math.sqrt(30), rel=1e-12)


@given(parts=batches, data=st.data())
def test_histograms_of_parts_in_any_order_are_exactly_that_of_the_whole(
    parts: list[list[float]], data: st.DataObject
) -> None:
    whole = Histogram.of([v for part in parts for v in part], -10, 10)
    merged = Histogram(-10, 10)
    for part in data.draw(st.permutations(parts)):
        merged = merged.merged(Histogram.of(part, -10, 10))
    assert merged == whole


def test_a_full_histogram_joins_bins_the_same_way_however_it_was_filled() -> None:
    source = random.Random(7)
    values = [max(-10.0, min(10.0, source.gauss(0, 1))) for _ in range(20_000)]
    whole = Histogram.of(values, -10, 10)
    parts = Histogram(-10, 10)
    for start in range(0, 20_000, 777):
        parts = Histogram.of(values[start : start + 777], -10, 10).merged(parts)
    assert parts == whole
    assert len(whole.bins) <= CAPACITY < 2 * len(whole.bins)
    ordered = sorted(values)
    ranks = whole.ranks(ordered[::97])
    for position, (rank, error) in zip(range(0, 20_000, 97), ranks, strict=True):
        assert 0 < error < 0.001
        assert abs(rank - (position + 0.5) / 20_000) <= error


def test_a_histogram_bin_is_never_wider_than_a_4096th_of_the_range() -> None:
    values = [i / 100_000 for i in range(100_000)]
    full = Histogram.of(values, 0, 1)
    assert len(full.bins) == CAPACITY
    assert 2 ** (full.joins - 52) == 1 / CAPACITY
    assert full.ranks([0.0, 1.0, -5.0, 5.0])[0][0] < 0.001


@GATES
def test_a_domain_is_measured_by_its_own_values(told: Maker, rows: Maker, kind: Any) -> None:
    gate = kind(told("v", -10.0, 10.0), by="topic", warm_up=2)
    scores = gate.score(rows(v=[1.0, 2.0, 8.0, 9.0, 5.0], topic=["a", "a", 7, 7, None]))
    assert scores[0].value == scores[2].value
    assert scores[1].value == scores[3].value
    assert scores[0].value < scores[1].value
    assert (scores[4].value, scores[4].outcome) == (None, Outcome.UNAVAILABLE)
    assert "'topic'" in scores[4].reason
    assert sorted(gate.state_dict()["domains"]) == ["7", "a"]


@GATES
def test_rows_have_no_value_until_their_domain_is_warm(told: Maker, rows: Maker, kind: Any) -> None:
    gate = kind(told("v"), by="topic", warm_up=3)
    cold = gate.score(rows(v=[0.1, 0.2], topic=["a", "a"]))
    assert [(s.value, s.outcome) for s in cold] == [(None, Outcome.UNAVAILABLE)] * 2
    assert "2 of the 3 values of topic 'a' needed" in cold[0].reason
    warm = gate.score(rows(v=[0.3, 0.4], topic=["a", "b"]))
    assert warm[0].value is not None
    assert warm[1].value is None


@GATES
def test_values_that_are_all_equal_are_said_to_be(told: Maker, rows: Maker, kind: Any) -> None:
    gate = kind(told("v"), warm_up=2)
    for _ in range(3):
        scores = gate.score(rows(v=[0.1, 0.1, 0.1]))
    assert {s.value for s in scores} == {0.0 if kind is ZScore else 0.5}
    assert scores[0].evidence["all_equal"]
    assert not gate.score(rows(v=[0.2]))[0].evidence["all_equal"]


@GATES
def test_a_frozen_state_measures_and_does_not_change(told: Maker, rows: Maker, kind: Any) -> None:
    training = kind(told("v"), warm_up=2)
    training.score(rows(v=[0.2, 0.4, 0.6]))
    evaluation = kind(told("v"), warm_up=2, update=False)
    [blank] = evaluation.score(rows(v=[0.5]))
    assert (blank.value, blank.outcome) == (None, Outcome.UNAVAILABLE)
    evaluation.load_state(training.state_dict())
    training.load_state(training.state_dict())
    assert training.increment()["domains"] == {}
    first = evaluation.score(rows(v=[0.0, 0.5, 1.0]))
    second = evaluation.score(rows(v=[0.0, 0.5, 1.0]))
    assert first == second
    assert evaluation.state_dict() == training.state_dict()
    if kind is Quantile:
        assert [s.value for s in first] == [0.0, 2 / 3, 1.0]
        assert evaluation.can_be_correct
        assert not training.can_be_correct


@GATES
@given(parts=batches)
def test_a_state_survives_json_files_and_pickles(told: Maker, rows: Maker, kind: Any, parts: list[list[float]]) -> None:
    gate = kind(told("v", -10.0, 10.0), warm_up=2)
    for part in parts:
        gate.score(rows(v=part))
    state = gate.state_dict()
    again = kind(told("v", -10.0, 10.0), warm_up=2)
    again.load_state(json.loads(json.dumps(state)))
    copy = pickle.loads(pickle.dumps(gate))
    row = rows(v=[0.5, 3.25])
    assert again.state_dict() == copy.state_dict() == state
    assert gate.score(row) == again.score(row) == copy.score(row)


@GATES
def test_a_gate_begins_from_its_state_file(told: Maker, rows: Maker, kind: Any, tmp_path: Path) -> None:
    gate = kind(told("v"), warm_up=2)
    gate.score(rows(v=[0.2, 0.4, 0.6]))
    file = tmp_path / "state.json"
    file.write_text(json.dumps(gate.state_dict()), encoding="utf-8")
    assert kind(told("v"), warm_up=2, state_file=str(file)).state_dict() == gate.state_dict()
    file.write_text("{", encoding="utf-8")
    with pytest.raises(OptionError, match="can't read the state file"):
        kind(told("v"), state_file=str(file))
    with pytest.raises(OptionError, match="can't read the state file"):
        kind(told("v"), state_file=str(tmp_path / "none.json"))


@GATES
def test_processes_that_exchange_increments_count_nothing_twice(told: Maker, rows: Maker, kind: Any) -> None:
    source = random.Random(3)
    ranks = [kind(told("v"), by="d", warm_up=2) for _ in range(3)]
    whole = kind(told("v"), by="d", warm_up=2)
    for _ in range(4):
        for rank in ranks:
            batch = rows(v=[source.random() for _ in range(5)], d=[source.choice("xy") for _ in range(5)])
            rank.score(batch)
            whole.score(batch)
        told_by = [json.loads(json.dumps(rank.increment())) for rank in ranks]
        for i, rank in enumerate(ranks):
            for j, increment in enumerate(told_by):
                if i != j:
                    rank.merge_state(increment)
    expected = whole.state_dict()["domains"]
    for rank in ranks:
        found = rank.state_dict()["domains"]
        if kind is Quantile:
            assert found == expected
        else:
            for domain, moments in expected.items():
                assert found[domain] == pytest.approx(moments, rel=1e-12)
        assert rank.increment()["domains"] == {}


@GATES
def test_a_batch_enters_the_state_once_however_often_it_is_read(told: Maker, rows: Maker, kind: Any) -> None:
    gate = kind(told("v"), warm_up=2)
    pending = gate.submit(rows(v=[0.1, 0.9]))
    first = pending.result()
    assert asyncio.run(pending.aresult()) == first
    once = kind(told("v"), warm_up=2)
    assert asyncio.run(once.ascore(rows(v=[0.1, 0.9]))) == first
    assert gate.state_dict() == once.state_dict()


@GATES
def test_threads_lose_nothing(told: Maker, rows: Maker, kind: Any) -> None:
    gate = kind(told("v"), by="d", warm_up=2)
    work = [rows(v=[i / 40, j / 10], d=["x", "y"]) for i in range(40) for j in range(10)]
    failures: list[BaseException] = []

    def score(own: list[list[Sample]]) -> None:
        try:
            for batch in own:
                gate.score(batch)
                gate.state_dict()
        except BaseException as error:  # noqa: BLE001  # a thread's error is looked at below
            failures.append(error)

    threads = [threading.Thread(target=score, args=(work[i::8],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    alone = kind(told("v"), by="d", warm_up=2)
    alone.score([row for batch in work for row in batch])
    found, expected = gate.state_dict()["domains"], alone.state_dict()["domains"]
    if kind is Quantile:
        assert found == expected
    else:
        assert {d: pytest.approx(m, rel=1e-12) for d, m in expected.items()} == found


@GATES
def test_a_column_of_identifiers_does_not_fill_the_memory(told: Maker, rows: Maker, kind: Any) -> None:
    gate = kind(told("v"), by="id", warm_up=2)
    names = [f"row {i:04}" for i in range(MAX_DOMAINS + 5)]
    gate.score(rows(v=[0.5] * len(names), id=names))
    scores = gate.score(rows(v=[0.5] * len(names), id=names))
    assert len(gate.state_dict()["domains"]) == MAX_DOMAINS
    turned = kind(told("v"), by="id", warm_up=2)
    turned.score(rows(v=[0.5] * len(names), id=names[::-1]))
    assert sorted(turned.state_dict()["domains"]) == names[:MAX_DOMAINS]
    assert [s.value is None for s in scores] == [False] * MAX_DOMAINS + [True] * 5
    assert "1000 domains and no room for id 'row 1004'" in scores[-1].reason


ZSCORE = {"kind": "zscore", "by": None, "domains": {"": [3, 0.5, 0.1, 0.0, 1.0]}}
QUANTILE = {
    "kind": "quantile",
    "by": None,
    "domains": {"": {"low": 0.0, "high": 1.0, "joins": 0, "bins": [[1, 2]]}},
}


def spoilt(state: Any, *path: Any, value: Any) -> Any:
    copy = json.loads(json.dumps(state))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("kind", "state", "complaint"),
    [
        (ZScore, [], "has kind, by and domains"),
        (ZScore, QUANTILE, "the state is of 'quantile'"),
        (ZScore, spoilt(ZSCORE, "by", value="topic"), "by 'topic', and this gate"),
        (ZScore, spoilt(ZSCORE, "domains", value=[]), "domains must be a mapping"),
        (ZScore, spoilt(ZSCORE, "domains", "", value=[1, 2]), "expected .count, mean"),
        (ZScore, spoilt(ZSCORE, "domains", "", 0, value=2.5), "no values have the moments"),
        (ZScore, spoilt(ZSCORE, "domains", "", 1, value=7), "no values have the moments"),
        (ZScore, spoilt(ZSCORE, "domains", "", 2, value=-1), "no values have the moments"),
        (ZScore, spoilt(ZSCORE, "domains", "", 2, value=math.nan), "expected .count, mean"),
        (Quantile, spoilt(QUANTILE, "domains", "", value=3), "expected low, high, joins and bins"),
        (Quantile, spoilt(QUANTILE, "domains", "", "high", value=2.0), r"made over \[0, 2\]"),
        (Quantile, spoilt(QUANTILE, "domains", "", "joins", value=53), "53 joins"),
        (Quantile, spoilt(QUANTILE, "domains", "", "bins", value=[]), "expected from 1 to 4096 bins"),
        (Quantile, spoilt(QUANTILE, "domains", "", "bins", 0, value=[1, 0]), "expected .bin, number"),
        (Quantile, spoilt(QUANTILE, "domains", "", "bins", 0, value=[2**52, 1]), "expected .bin, number"),
        (Quantile, spoilt(QUANTILE, "domains", "", "bins", value=[[1, 1], [1, 1]]), "told twice"),
    ],
)
def test_a_state_that_is_not_of_this_gate_is_refused_and_changes_nothing(
    told: Maker, rows: Maker, kind: Any, state: Any, complaint: str
) -> None:
    gate = kind(told("v"), warm_up=2)
    gate.score(rows(v=[0.5, 0.25]))
    before = gate.state_dict()
    for take in (gate.load_state, gate.merge_state):
        with pytest.raises(OptionError, match=complaint):
            take(state)
    assert gate.state_dict() == before


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"warm_up": 1}, "of at least 2"),
        ({"warm_up": 2.5}, "of at least 2"),
        ({"clip": 0.0}, "above 0"),
        ({"clip": math.inf}, "finite"),
        ({"by": ""}, "name of a column"),
    ],
)
def test_options_that_make_no_z_score_are_refused(told: Maker, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(OptionError, match=complaint):
        ZScore(told("v"), **options)


def test_a_range_whose_squares_overflow_is_refused(told: Maker) -> None:
    with pytest.raises(OptionError, match="none beyond 1e"):
        ZScore(told("v", -1e200, 1e200))
    with pytest.raises(OptionError, match="finite ends"):
        Quantile(told("v", -1.7e308, 1.7e308))


def test_gates_are_equal_by_their_options_and_keep_their_states_apart(told: Maker, rows: Maker) -> None:
    one, other = ZScore(told("v"), warm_up=2), ZScore(told("v"), warm_up=2)
    one.score(rows(v=[0.1, 0.2]))
    assert one == other
    assert other.state_dict()["domains"] == {}
