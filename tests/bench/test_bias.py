"""Bias probes: the changes add nothing and are reproducible, and the figures are those of scipy and numpy."""

import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

import rewardkit as rk
from rewardkit.bench.preference.bias import probe
from rewardkit.bench.preference.changes import Changes
from rewardkit.bench.preference.moments import Correlation, Grouped
from rewardkit.bench.preference.probes import FILLERS, FLATTERIES, PRAISES, PROBES, altered
from rewardkit.errors import DataError
from rewardkit.sample import Sample

SHORTER = rk.get("length.linear", unit="characters", max_length=10_000)


def write(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return str(path)


def changed(response: Any, name: str, seed: int = 0, row: str = "1") -> str | None:
    twin = altered(Sample(response=response), name, seed, row)
    return None if twin is None else twin.response_text


ANSWER = "The answer is seven. It has no divisors but one and itself."


@pytest.mark.parametrize(("name", "sentences"), [("verbosity", FILLERS), ("self_praise", PRAISES)])
def test_what_is_added_stands_after_the_response(name: str, sentences: tuple[str, ...]) -> None:
    text = changed(ANSWER, name)
    assert text is not None
    assert text.startswith(ANSWER + "\n\n")
    added = re.split(r"(?<=\.) ", text.removeprefix(ANSWER + "\n\n"))
    assert set(added) <= set(sentences)
    assert len(added) == len(set(added)) == (3 if name == "verbosity" else 1)


def test_flattery_stands_before_the_response() -> None:
    text = changed(ANSWER, "sycophancy")
    assert text is not None
    assert text.endswith("\n\n" + ANSWER)
    assert text.removesuffix("\n\n" + ANSWER) in FLATTERIES


def test_markdown_has_the_same_sentences_as_bullets() -> None:
    assert changed(ANSWER, "markdown") == "- **The answer is** seven.\n- **It has no** divisors but one and itself."


@given(st.text(alphabet="ab Z.!?\n\t12'$\\{}", max_size=200))
def test_markdown_keeps_every_word_in_order(text: str) -> None:
    after = changed(text, "markdown")
    if after is not None:
        bare = re.sub(r"^- ", "", after, flags=re.MULTILINE).replace("**", "")
        assert bare.split() == text.split()


@pytest.mark.parametrize(
    "text",
    ["- a list", "# head\ntext", "1. one\n2. two", "```\ncode\n```", "it is **bold**", "$$x$$", "| a | b |", "<b>x</b>",
     "> quoted", "\\[ x \\]", "\\begin{align} x \\end{align}"],
)  # fmt: skip
def test_markdown_leaves_alone_what_it_could_damage(text: str) -> None:
    assert changed(text, "markdown") is None


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("text", ["", " \n", "<think>only thinking</think>", "<think>unfinished thinking"])
def test_a_response_without_visible_text_is_not_probed(name: str, text: str) -> None:
    assert changed(text, name) is None


@pytest.mark.parametrize("name", PROBES)
def test_thinking_stays_as_it_is_and_in_front(name: str) -> None:
    text = changed("<think>\nhm. Hm.\n</think>\n\nSeven.", name)
    assert text is not None
    assert text.startswith("<think>\nhm. Hm.\n</think>\n\n")
    assert "Seven" in text.partition("</think>")[2]


@pytest.mark.parametrize("name", PROBES)
def test_only_the_judged_message_changes(name: str) -> None:
    before = [
        {"role": "assistant", "content": "First."},
        {"role": "user", "content": "go on"},
        {"role": "assistant", "content": "Second."},
        {"role": "tool", "content": "Third."},
    ]
    twin = altered(Sample(response=before), name, 0, "1")
    assert twin is not None
    assert [m == n for m, n in zip(before, twin.response, strict=True)] == [True, True, False, True]
    assert twin.response_text == changed("Second.", name)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    rows = [str(i) for i in range(40)]
    first = [changed(ANSWER, "verbosity", 1, row) for row in rows]
    assert first == [changed(ANSWER, "verbosity", 1, row) for row in rows]
    assert first != [changed(ANSWER, "verbosity", 2, row) for row in rows]
    assert len(set(first)) > 10


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("text", ["a" * 200_000, ". " * 100_000, "A. " * 70_000, " " * 200_000 + "a", "a " * 100_000])
def test_a_huge_response_is_changed_in_no_time(name: str, text: str) -> None:
    begun = time.perf_counter()
    changed(text, name)
    assert time.perf_counter() - begun < 1.0


def test_a_reward_for_brevity_falls_under_every_addition(tmp_path: Path) -> None:
    rows = [{"prompt": f"q{i // 2}", "response": "Some words. " * (i + 1)} for i in range(20)]
    report = probe(SHORTER, [write(tmp_path / "r.jsonl", rows)])
    assert set(report.probes) == set(PROBES)
    for name in ("verbosity", "self_praise", "sycophancy"):
        changes = report.probes[name]
        assert (changes.n, changes.higher, changes.lower) == (20, 0, 20)
        assert changes.mean < 0
    assert report.length.r == pytest.approx(-1)
    assert (report.groups, report.length_within.n) == (10, 20)


def test_the_mean_change_is_the_mean_of_the_differences(tmp_path: Path) -> None:
    rows = [{"prompt": "q", "response": "Some words. " * (i + 1)} for i in range(15)]
    report = probe(SHORTER, [write(tmp_path / "r.jsonl", rows)], probes=["sycophancy"], seed=3)
    differences = []
    for number, row in enumerate(rows, 1):
        sample = Sample(prompt="q", response=row["response"])
        twin = altered(sample, "sycophancy", 3, f"{number}/0")
        assert twin is not None
        before, after = (score.value for score in SHORTER.score([sample, twin]))
        assert before is not None
        assert after is not None
        differences.append(after - before)
    changes = report.probes["sycophancy"]
    assert changes.mean == pytest.approx(numpy.mean(differences))
    expected = scipy.stats.norm.interval(0.95, numpy.mean(differences), scipy.stats.sem(differences))
    assert changes.interval == pytest.approx(expected)


def test_shares_of_rises_and_of_no_falls() -> None:
    changes = Changes()
    for before, after in [(0.1, 0.5), (0.5, 0.5), (0.5, 0.1), (0.2, 0.3)]:
        changes.add(before, after)
    plain = changes.as_json()
    assert (plain["higher"]["credit"], plain["at_least_as_high"]["credit"], plain["lower"]["credit"]) == (2, 3, 1)
    interval = scipy.stats.binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert plain["at_least_as_high"]["low"] == pytest.approx(interval.low)


def test_a_verifier_of_answers_is_not_moved_by_praise(tmp_path: Path) -> None:
    rows = [{"prompt": "6*7?", "response": f"It is \\boxed{{{n}}}.", "reference": "42"} for n in (42, 41, 42, 40)]
    report = probe(rk.get("math"), [write(tmp_path / "r.jsonl", rows)])
    for changes in report.probes.values():
        assert (changes.n, changes.higher, changes.lower) == (4, 0, 0)


def test_responses_without_a_score_are_counted_apart(tmp_path: Path) -> None:
    rows = [
        {"prompt": "q", "response": "\\boxed{1}", "reference": "1"},
        {"prompt": "q", "response": "\\boxed{1}", "reference": ""},
        {"prompt": "q", "response": None, "reference": "1"},
        {"prompt": "q", "response": ["\\boxed{1}", "\\boxed{2}"], "reference": "1"},
    ]
    report = probe(rk.get("math"), [write(tmp_path / "r.jsonl", rows)])
    assert (report.rows, report.malformed, report.responses, report.unscored) == (4, 1, 4, 1)
    assert (report.probes["verbosity"].n, report.probes["verbosity"].unscored) == (3, 1)


def test_every_response_of_a_preference_file_is_probed(tmp_path: Path) -> None:
    rows = [{"prompt": "p", "chosen": ["a", "aa", "aaa"], "rejected": ["b", "bb", "bbb"]}] * 2
    report = probe(SHORTER, [write(tmp_path / "r.jsonl", rows)])
    assert report.responses == 12
    assert "every response of rm-bench rows" in report.how
    assert report.groups == 2


def test_blank_responses_do_not_hide_the_slope_of_length(tmp_path: Path) -> None:
    rows = [{"prompt": "q", "response": "x" * n} for n in (0, 0, *range(10, 20))]
    report = probe(SHORTER, [write(tmp_path / "r.jsonl", rows)])
    assert (report.responses, report.length.n) == (12, 10)
    assert report.length.r == pytest.approx(-1)


def test_a_column_that_is_named_is_taken_instead_of_the_format(tmp_path: Path) -> None:
    rows = [{"prompt": "p", "chosen": "aaa", "rejected": "b"}] * 2
    report = probe(SHORTER, [write(tmp_path / "r.jsonl", rows)], {"response": "chosen"})
    assert report.responses == 2


def test_no_row_that_could_be_scored_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could be scored; most often: malformed: response is null"):
        probe(SHORTER, [write(tmp_path / "r.jsonl", [{"response": None, "prompt": "q"}] * 2)], {"response": "response"})


@dataclass(frozen=True)
class Points:
    """Numbers with groups, for checking correlations."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    group: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int, n: int, groups: int, offset: float = 0.0) -> "Points":
        dice = random.Random(seed)
        points = cls()
        for i in range(n):
            group = i % groups
            x = dice.gauss(group, 1)
            points.x.append(x)
            points.y.append(offset + 0.5 * x - 2 * group + dice.gauss(0, 1))
            points.group.append(group)
        return points


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_the_correlation_and_its_interval_are_those_of_scipy(offset: float) -> None:
    points = Points.of(7, 60, 4, offset)
    grouped = Grouped()
    for x, y, g in zip(points.x, points.y, points.group, strict=True):
        grouped.add(x, y, g)
    overall, _ = grouped.correlations()
    expected = scipy.stats.pearsonr(points.x, points.y)
    low, high = expected.confidence_interval(0.95)
    assert (overall.r, overall.low, overall.high) == pytest.approx((expected.statistic, low, high), rel=1e-4)


def test_within_groups_is_the_partial_correlation_given_the_group() -> None:
    points = Points.of(11, 60, 5)
    grouped = Grouped()
    for x, y, g in zip(points.x, points.y, points.group, strict=True):
        grouped.add(x, y, g)
    overall, within = grouped.correlations()
    dummies = numpy.equal.outer(numpy.array(points.group), numpy.arange(5)).astype(float)

    def residual(values: list[float]) -> Any:
        column = numpy.array(values)
        return column - dummies @ numpy.linalg.lstsq(dummies, column, rcond=None)[0]

    r = float(numpy.corrcoef(residual(points.x), residual(points.y))[0, 1])
    half = 1.959963984540054 / numpy.sqrt(60 - 3 - 4)
    assert within.r == pytest.approx(r)
    assert (within.low, within.high) == pytest.approx(
        (numpy.tanh(numpy.arctanh(r) - half), numpy.tanh(numpy.arctanh(r) + half))
    )
    assert overall.r is not None
    assert overall.r < 0 < r  # the groups turn the sign over


def test_a_constant_score_has_no_correlation() -> None:
    grouped = Grouped()
    for x in range(10):
        grouped.add(float(x), 1.0, "g")
    assert grouped.correlations() == (Correlation(None, None, None, 10), Correlation(None, None, None, 10))


def test_responses_of_nobody_are_in_no_group() -> None:
    grouped = Grouped()
    for x in (1.0, 2.0, 3.0):
        grouped.add(x, x * x, None)
    overall, within = grouped.correlations()
    assert (overall.n, within.n, grouped.groups) == (3, 0, 0)
