"""What an audit says of a reward is what slow and obvious arithmetic says."""

import itertools
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardkit as rk
from rewardkit import recipe
from rewardkit.audit import Audit, Limits, Report, Severity, checked, findings
from rewardkit.audit import within as within_module
from rewardkit.audit.comoments import CoMoments
from rewardkit.audit.decisions import Decision
from rewardkit.audit.ranks import Ranks, Reservoir, ranks
from rewardkit.audit.ratios import Ratio
from rewardkit.audit.within import ROUNDING, pairs
from rewardkit.execution.scorer import default_executor
from rewardkit.gates.first import First
from rewardkit.gates.node import Node, Part
from rewardkit.gates.transform import Clip, Threshold
from rewardkit.gates.vote import Vote
from rewardkit.plan import Plan
from rewardkit.recipe.leaf import Leaf
from rewardkit.reward import Doc, Verifier
from rewardkit.score import Score

Row = dict[str, Any]


@dataclass(frozen=True)
class FromColumn(Verifier):
    """The number in a column, in [0, 1]; none where there is no number."""

    is_bounded = True
    column: Annotated[str, Doc("where the number stands")] = "a"

    def verify(self, sample: rk.Sample) -> Score:
        value = sample.data.get(self.column)
        if value == "undecided":
            return self.undecided("nobody knows")
        if value is None:
            return self.unavailable(f"no {self.column}")
        return self.graded(float(value), f"{self.column} is {value}")


def leaf(column: str, name: str | None = None) -> Leaf:
    return Leaf(name or column, FromColumn(column), default_executor(), "column", {"column": column})


def audited(reward: Node, rows: Sequence[Mapping[str, Any]], path: Path, **options: Any) -> Report:
    file = path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options.setdefault("label", "label" if any("label" in row for row in rows) else None)
    audit = Audit(reward, **options)
    for where, judged in Plan.make([str(file)], reward).judge():
        audit.take(where, judged)
    return audit.close()


def texts(report: Report, severity: Severity | None = None) -> list[str]:
    return [f.text for f in findings(report) if severity is None or f.severity is severity]


def rollouts(count: int, seed: int = 0, levels: int = 5) -> list[Row]:
    """Rows in ragged groups, with ties, missing values and a label that goes along with `a`."""
    draw = random.Random(seed)
    rows: list[Row] = []
    for group in itertools.count():
        for _ in range(draw.randint(1, 6)):
            a = draw.randint(0, levels) / levels
            text = "word " * draw.randint(1, 30)
            rows.append(
                {
                    "id": str(len(rows)),
                    "group": f"g{group}",
                    "response": text,
                    "a": None if draw.random() < 0.1 else a,
                    "b": draw.random(),
                    "n_tokens": draw.randint(1, 50),
                    "label": int(a + draw.random() > 1),
                }
            )
            if len(rows) == count:
                return rows
    raise AssertionError


def column(rows: Sequence[Row], name: str) -> Any:
    return np.array([math.nan if row[name] is None else float(row[name]) for row in rows])


class TestCorrelations:
    def test_pearson_and_spearman_are_those_of_scipy_over_the_rows_that_have_both(self, tmp_path: Path) -> None:
        rows = rollouts(2500)
        report = audited(leaf("a") + leaf("b"), rows, tmp_path, tokens="n_tokens")
        whole = report.whole
        _, a, b = report.parts
        has = ~np.isnan(column(rows, "a"))
        characters = np.array([len(row["response"]) for row in rows])
        expected = {
            "characters": characters,
            "words": np.array([len(row["response"].split()) for row in rows]),
            "tokens": column(rows, "n_tokens"),
        }
        assert set(a.lengths) == set(expected)
        for unit, lengths in expected.items():
            link = a.lengths[unit]
            r = scipy.stats.pearsonr(column(rows, "a")[has], lengths[has])
            assert link.pearson.r == pytest.approx(r.statistic, abs=1e-12)
            assert (link.pearson.low, link.pearson.high) == pytest.approx(tuple(r.confidence_interval()), abs=1e-9)
            rho = scipy.stats.spearmanr(column(rows, "a")[has], lengths[has]).statistic
            assert link.spearman.r == pytest.approx(rho, abs=1e-12)
            assert link.spearman.low is not None
            assert link.spearman.low < rho < (link.spearman.high or 0)
            assert link.pearson.n == link.spearman.n == has.sum()
        assert b.lengths["words"].pearson.n == len(rows)
        assert b.label is not None
        label = column(rows, "label")
        assert b.label.pearson.r == pytest.approx(scipy.stats.pearsonr(column(rows, "b"), label).statistic)
        [between] = report.links
        assert {between.first, between.second} == {"a", "b"}
        assert between.pearson.r == pytest.approx(
            scipy.stats.pearsonr(column(rows, "a")[has], column(rows, "b")[has]).statistic
        )
        assert whole.distribution.unscored == (~has).sum()
        total = (column(rows, "a") + column(rows, "b"))[has]
        assert (whole.mean, whole.std) == pytest.approx((total.mean(), total.std()))

    def test_within_groups_the_means_of_the_groups_are_taken_out(self, tmp_path: Path) -> None:
        rows = rollouts(400, seed=3)
        found = audited(leaf("b"), rows, tmp_path).whole.within["characters"]
        x, y = [], []
        for _, own in itertools.groupby(rows, key=lambda row: row["group"]):
            group = list(own)
            if len(group) > 1:
                b, lengths = column(group, "b"), np.array([len(row["response"]) for row in group])
                x += list(b - b.mean())
                y += list(lengths - lengths.mean())
        assert found.r == pytest.approx(np.corrcoef(x, y)[0, 1])
        assert found.n == len(x)

    @given(
        st.lists(st.lists(st.floats(-5, 5) | st.none(), min_size=3, max_size=3), min_size=3, max_size=40),
        st.integers(1, 7),
        st.sampled_from([0.0, 1e6]),
    )
    @settings(max_examples=60, deadline=None)
    def test_moments_in_batches_are_those_of_all_rows(
        self, rows: list[list[float | None]], batch: int, offset: float
    ) -> None:
        table = np.array([[math.nan if v is None else round(v, 3) + offset for v in row] for row in rows])
        moments = CoMoments(3)
        for start in range(0, len(table), batch):
            moments.add(table[start : start + batch])
        for i, j in itertools.combinations(range(3), 2):
            both = table[~np.isnan(table[:, [i, j]]).any(axis=1)][:, [i, j]]
            found = moments.correlation(i, j)
            assert found.n == len(both)
            if len(both) > 1 and both.std(axis=0).min() > 1e-3:
                assert found.r == pytest.approx(np.corrcoef(both.T)[0, 1], abs=1e-5)

    def test_a_constant_has_no_correlation(self, tmp_path: Path) -> None:
        rows = [{"response": "x" * n, "a": 0.1} for n in range(1, 50)]
        link = audited(leaf("a"), rows, tmp_path).whole.longest
        assert link.strongest is None

    @given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
    def test_tied_values_share_their_mean_rank(self, values: list[int]) -> None:
        assert ranks(np.array(values, dtype=float)).tolist() == scipy.stats.rankdata(values).tolist()

    def test_ranks_without_two_rows_say_nothing(self) -> None:
        table = np.array([[1.0, math.nan], [math.nan, 2.0], [3.0, 4.0]])
        assert Ranks(table).spearman(0, 1).r is None


class TestReservoir:
    def test_rows_that_fit_are_all_kept(self) -> None:
        kept = Reservoir(1, 10, 0)
        kept.add(np.arange(10.0).reshape(-1, 1))
        assert kept.is_whole
        assert kept.rows[:, 0].tolist() == list(range(10))

    def test_every_row_has_the_same_chance(self) -> None:
        counts = np.zeros(60)
        for seed in range(2000):
            kept = Reservoir(1, 12, seed)
            for start in range(0, 60, 7):
                kept.add(np.arange(start, min(start + 7, 60), dtype=float).reshape(-1, 1))
            assert not kept.is_whole
            counts[kept.rows[:, 0].astype(int)] += 1
        assert counts.sum() == 12 * 2000
        assert scipy.stats.chisquare(counts).pvalue > 1e-4

    def test_the_sample_follows_from_the_seed(self) -> None:
        def drawn(seed: int) -> list[float]:
            kept = Reservoir(1, 5, seed)
            kept.add(np.arange(100.0).reshape(-1, 1))
            return list(kept.rows[:, 0])

        assert drawn(1) == drawn(1) != drawn(2)


class TestOrder:
    @given(st.lists(st.integers(0, 4) | st.none(), max_size=8), st.lists(st.integers(0, 4) | st.none(), max_size=8))
    def test_pairs_are_counted_as_two_loops_count_them(self, right: list[int | None], wrong: list[int | None]) -> None:
        both = [(r / 3, w / 3) for r in right for w in wrong if r is not None and w is not None]
        found = pairs(*([math.nan if v is None else v / 3 for v in side] for side in (right, wrong)))
        assert found == (sum(r > w for r, w in both), sum(r == w for r, w in both), len(both))

    def test_values_that_differ_by_rounding_are_tied(self) -> None:
        assert pairs([0.1 + 0.2], [0.3]) == (0, 1, 1)
        assert pairs([-0.3], [-(0.1 + 0.2)]) == (0, 1, 1)

    def test_auc_is_that_of_all_pairs_inside_groups(self, tmp_path: Path) -> None:
        rows = rollouts(900, seed=5)
        report = audited(leaf("a") + leaf("b"), rows, tmp_path)
        for part, values in zip(
            report.parts, (column(rows, "a") + column(rows, "b"), column(rows, "a"), column(rows, "b")), strict=True
        ):
            wins = total = 0.0
            for i, j in itertools.product(range(len(rows)), repeat=2):
                if rows[i]["group"] == rows[j]["group"] and rows[i]["label"] > rows[j]["label"]:
                    right, wrong = values[i], values[j]
                    if not (math.isnan(right) or math.isnan(wrong)):
                        wins += 0.5 if abs(right - wrong) <= ROUNDING * abs(right) else right > wrong
                        total += 1
            assert part.auc.value == pytest.approx(wins / total, abs=1e-12)

    def test_the_interval_over_groups_is_that_of_the_bootstrap(self) -> None:
        draw = np.random.default_rng(0)
        totals = draw.integers(1, 9, 300)
        wins = draw.binomial(totals, draw.beta(4, 2, 300))
        ratio = Ratio()
        for counted, out_of in zip(wins.tolist(), totals.tolist(), strict=True):
            ratio.add(counted, out_of)
        chosen = draw.integers(0, 300, (4000, 300))
        drawn = wins[chosen].sum(axis=1) / totals[chosen].sum(axis=1)
        share = ratio.estimate()
        assert share.value == pytest.approx(wins.sum() / totals.sum())
        assert (share.low, share.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=0.004)

    def test_groups_that_all_agree_still_leave_doubt(self) -> None:
        ratio = Ratio()
        for _ in range(20):
            ratio.add(3, 3)
        share = ratio.estimate()
        assert (share.value, share.high) == (1.0, 1.0)
        assert share.low == pytest.approx(0.8389, abs=1e-4)
        assert Ratio().estimate().value is None

    def test_a_perfect_reward_ranks_every_right_answer_above_every_wrong_one(self, tmp_path: Path) -> None:
        rows = [{**row, "a": row["label"]} for row in rollouts(600)]
        report = audited(leaf("a"), rows, tmp_path)
        assert report.groups.auc.value == 1.0
        assert report.groups.worst == []
        assert report.paid_to_wrong.value == 0.0
        assert texts(report, Severity.SERIOUS) == []

    def test_a_reward_that_is_length_does_not_beat_length(self, tmp_path: Path) -> None:
        rows = [{**row, "a": len(row["response"]) / 150} for row in rollouts(600)]
        report = audited(leaf("a"), rows, tmp_path)
        assert report.groups.auc.value == report.groups.length_auc["characters"].value
        assert report.groups.gain["characters"].value == 0 or report.groups.auc.value < 0.5
        assert any("beat length" in text for text in texts(report, Severity.SERIOUS))
        assert any("the reward correlates 1.00" in text for text in texts(report, Severity.SERIOUS))

    def test_a_reward_that_prefers_wrong_answers_is_serious(self, tmp_path: Path) -> None:
        rows = [{**row, "a": 1 - row["label"]} for row in rollouts(600)]
        report = audited(leaf("a"), rows, tmp_path)
        said = texts(report, Severity.SERIOUS)
        assert any("wrong answers rank above right ones: AUC 0.000" in text for text in said)
        assert any(text.startswith("100.0% of the reward is paid to wrong answers") for text in said)
        assert any("the reward gives wrong answers more than right ones" in text for text in said)

    def test_a_part_that_is_higher_on_wrong_answers_is_fine_with_a_negative_weight(self, tmp_path: Path) -> None:
        rows = [{**row, "a": row["label"], "b": 0.5 - row["label"] / 2} for row in rollouts(600)]
        good = audited(leaf("a") - leaf("b"), rows, tmp_path)
        bad = audited(leaf("a") + 0.5 * leaf("b"), rows, tmp_path)
        assert not [t for t in texts(good) if "gives wrong answers" in t]
        assert [t for t in texts(bad) if "part 'b' gives wrong answers more" in t]

    def test_the_worst_rows_are_named_one_pair_a_group(self, tmp_path: Path) -> None:
        rows = [
            {"id": f"{g}{k}", "group": g, "prompt": f"prompt {g}", "response": f"text {k}", "a": a, "label": label}
            for g, own in {
                "p": [(0.9, 0), (0.1, 1), (0.8, 0)],
                "q": [(0.5, 0), (0.4, 1)],
                "r": [(0.2, 0), (0.4, 1)],
                "s": [(0.2, 0), (0.2, 1)],
                "t": [(0.1 + 0.2, 0), (0.3, 1)],
            }.items()
            for k, (a, label) in enumerate(own)
        ]
        report = audited(leaf("a"), rows, tmp_path)
        assert [(w.group, w.wrong.id, w.right.id) for w in report.groups.worst] == [
            ("p", "p0", "p1"),
            ("q", "q0", "q1"),
        ]
        worst = report.groups.worst[0]
        assert worst.margin == pytest.approx(0.8)
        assert (worst.prompt, worst.wrong.text, worst.right.reason) == ("prompt p", "text 0", "a is 0.1")
        assert (report.groups.inverted, report.groups.mixed, report.groups.blind) == (2, 5, 2)
        [only] = audited(leaf("a"), rows, tmp_path, shown=1).groups.worst
        assert only.group == "p"

    def test_groups_without_signal_are_counted(self, tmp_path: Path) -> None:
        values = {"p": [1, 1], "q": [0, 0, 0], "r": [0, 1], "s": [None, 1], "t": [0.5], "u": [0.1 + 0.2, 0.3]}
        rows = [{"group": g, "response": "x", "a": a} for g, own in values.items() for a in own]
        report = audited(leaf("a"), rows, tmp_path)
        groups = report.groups
        assert (groups.groups, groups.single, groups.comparable, groups.silent) == (5, 1, 4, 3)
        assert report.whole.varying == 1
        assert any("75.0% of the groups give no signal" in t for t in texts(report, Severity.WARNING))

    def test_a_group_whose_rows_lie_far_apart_costs_no_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(within_module, "OPEN_SAMPLES", 50)
        rows = [{"group": f"g{n % 100}", "response": "x", "a": n % 7 / 7, "label": n % 2} for n in range(1000)]
        report = audited(leaf("a"), rows, tmp_path)
        assert report.groups.closed_early == 950
        assert any("sort them by group" in t for t in texts(report))
        together = sorted(rows, key=lambda row: str(row["group"]))
        assert audited(leaf("a"), together, tmp_path).groups.groups == 100


class TestWrongAnswers:
    def test_right_answers_that_go_without_a_value_are_serious(self, tmp_path: Path) -> None:
        rows = [{**row, "a": None if row["label"] else row["b"]} for row in rollouts(200)]
        said = texts(audited(leaf("a"), rows, tmp_path), Severity.SERIOUS)
        assert any(t.startswith("right answers go without a value more often than wrong ones") for t in said)
        even = audited(leaf("a"), rollouts(200), tmp_path)
        assert not any("go without a value" in t for t in texts(even))

    def test_what_is_paid_is_counted_from_the_bottom_of_the_range(self, tmp_path: Path) -> None:
        rows = [
            {"group": str(n // 2), "response": "x", "a": a, "label": label}
            for n, (a, label) in enumerate([(1, 1), (0.5, 0), (0.75, 1), (0, 0), (None, 0), (1, 1)])
        ]
        report = audited(recipe.gate("affine", child=leaf("a"), scale=2.0, shift=-1.0), rows, tmp_path)
        assert report.within == (-1.0, 1.0)
        assert report.paid_to_wrong.value == pytest.approx(0.5 / 3.25)
        wrong, right = report.labels[False], report.labels[True]
        assert (wrong.responses, wrong.scored, wrong.above_bottom, wrong.at_top, wrong.mean) == (3, 2, 1, 0, -0.5)
        assert (right.scored, right.at_top) == (3, 2)

    def test_wrong_answers_above_the_median_right_one(self, tmp_path: Path) -> None:
        pairs_ = [(0.2, 1), (0.5, 1), (0.9, 1), (0.5, 0), (0.6, 0), (0.4, 0), (0.95, 0)]
        rows = [{"group": "g", "response": "x", "a": a, "label": label} for a, label in pairs_]
        report = audited(leaf("a"), rows, tmp_path)
        assert (report.wrong_above_median.count, report.wrong_at_median.count) == (2, 3)
        assert report.wrong_above_median.total == 4

    def test_without_labels_nothing_is_said_of_right_and_wrong(self, tmp_path: Path) -> None:
        rows = [{k: v for k, v in row.items() if k != "label"} for row in rollouts(200)]
        report = audited(leaf("a"), rows, tmp_path)
        assert report.to_json()["labels"] is None
        assert report.groups.auc.value is None
        assert not [t for t in texts(report) if "right" in t or "wrong" in t]

    def test_labels_that_cannot_be_read_are_counted_and_in_no_figure(self, tmp_path: Path) -> None:
        rows = [
            {"group": "g", "response": "x", "a": a, "label": lab}
            for a, lab in [(1, 1), (0, "false"), (1, "maybe"), (0, None)]
        ]
        report = audited(leaf("a"), rows, tmp_path)
        assert report.unlabelled == 2
        assert report.groups.pairs == 1
        assert any("2 responses have no usable label: the label is 'maybe'" in t for t in texts(report))

    def test_a_recipe_that_reads_its_labels_is_found_out(self, tmp_path: Path) -> None:
        reward = leaf("label")
        rows = rollouts(100)
        assert any(
            "reads the column 'label', which holds the labels" in t for t in texts(audited(reward, rows, tmp_path))
        )


def decided(report: Report) -> dict[str, tuple[int, int]]:
    def name(decision: Decision) -> str:
        return " ".join(filter(None, (decision.gate, decision.kind, decision.name, decision.fires)))

    return {name(decision): (decision.fired, decision.rows) for decision in report.decisions}


ROWS = [
    {"response": "x", "a": 1, "b": 1, "task": "u"},
    {"response": "x", "a": 0, "b": 1, "task": "u"},
    {"response": "x", "a": "undecided", "b": 0, "task": "v"},
    {"response": "x", "a": None, "b": 1, "task": "v"},
    {"response": "x", "a": 1, "b": 0.25, "task": "?"},
]


@pytest.mark.parametrize(
    ("reward", "expected"),
    [
        (recipe.require(leaf("a")) >> leaf("b"), {"require a stops": (2, 4)}),
        (recipe.require(Part(leaf("b"), at_least=0.2)) >> leaf("a"), {"require b stops": (1, 5)}),
        (recipe.staged(leaf("a"), leaf("b")), {"staged a stops": (2, 4)}),
        (leaf("a") + leaf("b").when("a"), {"sum b closes": (2, 4)}),
        (First((leaf("a"), leaf("b"))), {"first b is asked about": (1, 5)}),
        (
            recipe.route("task", {"u": leaf("a"), "v": leaf("b")}),
            {"route u takes": (2, 5), "route v takes": (2, 5)},
        ),
        (recipe.bonus(leaf("a"), leaf("b"), amount=1.0), {"bonus pays the bonus of": (1, 4)}),
        (Vote((leaf("a"), leaf("b")), rule="k_of_n", k=1), {"vote passes": (3, 4)}),
        (Threshold(leaf("b"), at=0.25), {"threshold lets through": (4, 5)}),
        (Clip(leaf("b"), low=0.5), {"clip cuts": (2, 5)}),
        (
            (recipe.require(leaf("b")) >> (leaf("a") + leaf("b", "c").when("a"))).named("outer") + leaf("b", "d"),
            {"outer require b stops": (2, 5), "outer.sum sum c closes": (1, 2)},
        ),
    ],
    ids=lambda v: type(v).__name__ if not isinstance(v, dict) else "",
)  # fmt: skip
def test_how_often_a_gate_fires(reward: Node, expected: dict[str, tuple[int, int]], tmp_path: Path) -> None:
    assert decided(audited(reward, ROWS, tmp_path)) == expected


class TestGates:
    def test_a_gate_that_never_stops_a_row_is_named_with_its_counts(self, tmp_path: Path) -> None:
        rows = [{**row, "one": 1} for row in rollouts(300)]
        report = audited(recipe.require(leaf("one", "format")) >> leaf("b"), rows, tmp_path)
        assert "gate 'format' of the whole never fires: 0 of 300 rows" in texts(report, Severity.WARNING)
        assert "part 'format' never varies: 1 on all 300 rows" in texts(report, Severity.WARNING)

    def test_a_gate_that_stops_every_row_is_serious_and_told_once(self, tmp_path: Path) -> None:
        rows = [{**row, "none": 0} for row in rollouts(300)]
        report = audited(recipe.require(leaf("none")) >> (leaf("a") + leaf("b")), rows, tmp_path)
        said = texts(report)
        assert "gate 'none' of the whole stops every row, so nothing behind it is ever run: 300 of 300 rows" in said
        assert not [t for t in said if "'sum" in t]
        assert [p.distribution.run for p in report.parts] == [300, 300, 0, 0, 0]

    def test_equal_names_in_the_cases_of_a_route_are_told_apart(self, tmp_path: Path) -> None:
        cases = {"u": leaf("a", "same"), "v": leaf("b", "same")}
        report = audited(recipe.route("task", cases), ROWS, tmp_path)
        seen = {p.part.path: (p.distribution.run, p.mean) for p in report.parts}
        assert seen["same[u]"] == (2, 0.5)
        assert seen["same[v]"] == (2, 0.5)

    def test_the_path_of_a_part_goes_down_the_tree(self, tmp_path: Path) -> None:
        reward = recipe.require(leaf("b", "format")) >> (leaf("a", "correct") + recipe.product(leaf("a"), leaf("b")))
        report = audited(reward, ROWS, tmp_path)
        assert [p.part.path for p in report.parts] == [
            "", "format", "sum", "sum.correct", "sum.product", "sum.product.a", "sum.product.b",
        ]  # fmt: skip

    def test_two_parts_that_say_the_same_are_named(self, tmp_path: Path) -> None:
        said = texts(audited(leaf("b", "one") + leaf("b", "two"), rollouts(100), tmp_path), Severity.WARNING)
        assert any(t.startswith("'one' and 'two' say nearly the same: they correlate 1.00") for t in said)

    def test_a_part_that_goes_with_length_is_named_with_the_figure(self, tmp_path: Path) -> None:
        rows = [{**row, "b": len(row["response"]) / 150} for row in rollouts(300)]
        said = texts(audited(leaf("a") + 0.01 * leaf("b", "length"), rows, tmp_path), Severity.WARNING)
        assert any(
            t.startswith("part 'length' correlates 1.00 (Pearson") and "n 300) with characters" in t for t in said
        )

    def test_more_parts_than_are_looked_at_are_counted(self, tmp_path: Path) -> None:
        wide = recipe.mean(*(leaf("b", f"p{n}") for n in range(100)))
        report = audited(wide, rollouts(20), tmp_path)
        assert (len(report.parts), report.left_out) == (64, 37)
        assert any("37 parts of the recipe" in t for t in texts(report))


class TestLimits:
    LIMITS = (
        ("max_length_correlation", 0.9, True),
        ("max_length_correlation", 0.0, False),
        ("max_reward_to_wrong", 0.99, True),
        ("max_reward_to_wrong", 0.1, False),
        ("max_wrong_above_median", 1.0, True),
        ("max_wrong_above_median", 0.0, False),
        ("min_auc", 0.5, True),
        ("min_auc", 0.99, False),
        ("min_over_length", 0.0, True),
        ("min_over_length", 0.9, False),
        ("max_unscorable", 0.2, True),
        ("max_unscorable", 0.01, False),
        ("max_silent_groups", 0.9, True),
        ("max_silent_groups", 0.0, False),
    )

    @pytest.mark.parametrize(("name", "limit", "is_kept"), LIMITS)
    def test_a_limit_is_held_against_its_figure(self, name: str, limit: float, is_kept: bool, tmp_path: Path) -> None:
        report = audited(leaf("a"), rollouts(800, levels=20), tmp_path)
        [check] = checked(report, replace(Limits(), **{name: limit}))
        assert check.is_kept is is_kept, check.line
        assert check.option in check.line

    def test_none_holds_unless_it_is_asked_for(self, tmp_path: Path) -> None:
        assert checked(audited(leaf("a"), rollouts(20), tmp_path), Limits()) == []

    def test_what_cannot_be_told_does_not_keep_its_limit(self, tmp_path: Path) -> None:
        rows = [{"group": "g", "response": "x", "a": 1, "label": 1}] * 3
        report = audited(leaf("a"), rows, tmp_path)
        for check in checked(report, Limits(min_auc=0.1, max_length_correlation=1.0, max_wrong_above_median=1.0)):
            assert not check.is_kept
            assert "can't be told" in check.line


def test_the_json_is_strict_and_holds_every_part_and_decision(tmp_path: Path) -> None:
    reward = recipe.require(leaf("b", "format"), otherwise=-1) >> leaf("a")
    told = json.loads(json.dumps(audited(reward, rollouts(200), tmp_path).to_json(), allow_nan=False))
    assert [part["path"] for part in told["parts"]] == ["", "format", "a"]
    assert told["decisions"][0]["fired"]["of"] == 200
    assert told["ranks"] == {"responses": 200, "is_all": True, "seed": 0}
    assert told["groups"]["worst"] == []


def test_the_order_of_the_rows_of_a_group_changes_nothing(tmp_path: Path) -> None:
    rows = rollouts(300, seed=9)
    turned = [row for _, own in itertools.groupby(rows, key=lambda r: r["group"]) for row in reversed(list(own))]
    first, second = (audited(leaf("a") + leaf("b"), each, tmp_path) for each in (rows, turned))
    assert first.groups.auc == second.groups.auc
    assert first.paid_to_wrong == pytest.approx(second.paid_to_wrong)
    unmarked = [[text.rpartition(" (row ")[0] or text for text in texts(each)] for each in (first, second)]
    assert unmarked[0] == unmarked[1]  # but for the row that is shown as the first of its kind


def test_a_sample_of_the_rows_is_said_to_be_one(tmp_path: Path) -> None:
    report = audited(leaf("a"), rollouts(500), tmp_path, sample=100, seed=4)
    assert (report.sampled, report.is_whole) == (100, False)
    assert report.whole.lengths["words"].pearson.n > 400
    assert report.whole.lengths["words"].spearman.n <= 100
    assert any("taken on 100 of 500 responses, drawn with seed 4" in t for t in texts(report))
