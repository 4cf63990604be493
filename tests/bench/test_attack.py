"""Attacks: deterministic, wrong by an independent check, and counted as they should be."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from rewardkit import Outcome, Sample, Score
from rewardkit.bench.attack.near_misses import PROPOSERS
from rewardkit.bench.attack.table import ATTACKS, prepare
from rewardkit.bench.kinds import Kind, Material
from rewardkit.bench.probes import Tally, chosen, harvest
from rewardkit.bench.trial import Trial, as_json, as_markdown
from rewardkit.cli.bench.probing import attack, rewrites
from rewardkit.errors import UsageError
from rewardkit.execution.local import LocalExecutor
from rewardkit.recipe import bind
from rewardkit.reward import Cost
from rewardkit.score import Range

REFERENCES = {
    "42": Kind.INTEGER, "1,450,000": Kind.INTEGER, "-17": Kind.INTEGER, "3.75": Kind.DECIMAL,
    "\\frac{3}{8}": Kind.FRACTION, "5/6": Kind.FRACTION, "28\\%": Kind.PERCENT, "5 km": Kind.QUANTITY,
    "75^{\\circ}": Kind.QUANTITY, "2\\sqrt{3}": Kind.EXPRESSION, "x^{2}-9": Kind.EXPRESSION,
    "y = 2x + 3": Kind.EQUATION,
    "x \\ge 2": Kind.INEQUALITY, "[-1, 0) \\cup (3, \\infty)": Kind.INTERVAL, "2, -6": Kind.SET, "(3, -2)": Kind.TUPLE,
    "Yes": Kind.BOOLEAN, "William Shakespeare": Kind.TEXT, "2,125": Kind.OTHER, "x_1": Kind.OTHER,
}  # fmt: skip
PROGRAM_TESTS = (
    ["assert double(3) == 286001", "assert double(12) == [4471, 2]", "assert double(100) == 9797"],
    {"inputs": ["3 4\n", "5 6\n"], "outputs": ["700001\n", "YES\nno\n"]},
)
CHOICE = "What is the capital of Peru?\nA) Lima\nB) Oslo\nC) Rome\nD) Cairo"


def samples() -> list[Sample]:
    rows = [
        Sample(prompt=f"Question {i} about the point with x in it?", response="", reference=reference, id=str(i))
        for i, reference in enumerate(REFERENCES)
    ]
    choices = [Sample(prompt=CHOICE, response="", reference=r) for r in ("A", "Lima")]
    return [
        *rows,
        *choices,
        *(Sample(prompt="Write a program.", response="", reference=tests) for tests in PROGRAM_TESTS),
    ]


ROWS = prepare(samples(), 0)


def responses(rows: Sequence[Material], seed: int = 0) -> Iterator[tuple[str, Material, str]]:
    for probe_class in ATTACKS:
        for probe in harvest(probe_class, rows, seed=seed, per_class=None, tally=Tally()):
            yield probe.name, probe.material, probe.response


def test_references_are_classified_and_what_is_ambiguous_is_not() -> None:
    kinds = {row.reference: row.kind for row in ROWS if row.kind is not Kind.CODE}
    assert kinds == {**REFERENCES, "A": Kind.OPTION, "Lima": Kind.OPTION_TEXT}


@pytest.mark.parametrize(
    ("reference", "prompt"),
    [
        ("x^{4} / 4 + k", "Find the antiderivative of x^3."),
        ("y = \\sin x + c", "Solve y' = cos x."),
        ("y = k x^{2}", "Find the curves orthogonal to the family y = k / x."),
        ("(3, \\frac{\\pi}{2})", "Give the point in polar coordinates."),
    ],
)
def test_an_answer_that_is_right_with_other_constants_gets_no_near_misses(reference: str, prompt: str) -> None:
    assert prepare([Sample(prompt=prompt, response="", reference=reference)], 0)[0].kind is Kind.OTHER


def test_names_of_classes_are_unique_and_every_class_says_why() -> None:
    assert len({c.name for c in ATTACKS}) == len(ATTACKS)
    assert all(c.why and c.kinds for c in ATTACKS)


def test_every_class_makes_something() -> None:
    made = {name for name, _, _ in responses(ROWS)}
    assert made == {c.name for c in ATTACKS}


def test_no_wrong_answer_is_a_right_one() -> None:
    for row in ROWS:
        assert all(row.is_wrong(answer) and not row.is_right(answer) for answer in row.wrong)


@pytest.mark.parametrize(
    ("name", "reference", "wrong"),
    [
        ("sign_flipped", "0", None),
        ("sign_flipped", "180^{\\circ}", None),
        ("fraction_inverted", "\\frac{1}{1}", None),
        ("order_swapped", "(2, 2)", None),
        ("digits_swapped", "11", None),
        ("digit_added", ".145", None),
        ("open_for_closed", "(1, 2]", "(1, 2)"),
        ("strictness_changed", "x \\le 3", "x < 3"),
        ("direction_reversed", "x \\le 3", "x \\ge 3"),
        ("numerator_only", "\\frac{3}{4}", "3"),
        ("unit_changed", "5 km", "5\\text{ m}"),
        ("truncated_decimal", "\\frac{5}{3}", "1.66"),
        ("opposite", "Yes", "No"),
        ("digit_added", "f^{-1}(x)=\\sqrt{y}", None),
        ("term_added", "22.1cm^{2}", None),
    ],
)
def test_a_near_miss_is_kept_only_when_it_differs(name: str, reference: str, wrong: str | None) -> None:
    rows = prepare([Sample(prompt="The ordered pair?", response="", reference=reference)], 0)
    [probe_class] = chosen(ATTACKS, [name])
    made = [p.response for seed in range(12) for p in harvest(probe_class, rows, seed=seed, per_class=9, tally=Tally())]
    if wrong is None:
        assert not made
    else:
        assert any(wrong in response for response in made)


def test_what_depends_on_the_question_is_asked_of_it() -> None:
    def responses_to(name: str, prompt: str, reference: str) -> list[str]:
        rows = prepare([Sample(prompt=prompt, response="", reference=reference)], 0)
        return [p.response for p in harvest(chosen(ATTACKS, [name])[0], rows, seed=0, per_class=1, tally=Tally())]

    assert not responses_to("sign_flipped", "What is the angle in degrees?", "180")
    assert responses_to("sign_flipped", "What is the sum?", "180")
    assert not responses_to("truncated_decimal", "Round to two decimal places.", "\\frac{4}{3}")
    assert responses_to("truncated_decimal", "What is it?", "\\frac{4}{3}")


def test_a_letter_of_another_row_is_no_wrong_answer() -> None:
    rows = [Sample(prompt=f"q{i}", response="", reference=r) for i, r in enumerate(("5", "B", "\\text{(C)}", "x"))]
    assert not {"B", "\\text{(C)}", "x"} & set(prepare(rows, 0)[0].wrong)


def test_the_same_seed_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    script = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]); import test_attack as t\n"
        "h = hashlib.sha256()\n"
        "for part in t.responses(t.ROWS): h.update(repr((part[0], part[2])).encode())\n"
        "print(h.hexdigest())"
    )
    digests = set()
    for hash_seed in ("0", "77"):
        path = os.pathsep.join(p for p in sys.path if p)
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        command = [sys.executable, "-c", script, str(Path(__file__).parent)]
        digests.add(subprocess.run(command, env=env, capture_output=True, text=True, check=True, cwd=tmp_path).stdout)
    here = hashlib.sha256()
    for name, _, response in responses(ROWS):
        here.update(repr((name, response)).encode())
    assert digests == {here.hexdigest() + "\n"}


def test_another_seed_gives_other_responses() -> None:
    assert [r for _, _, r in responses(ROWS, 1)] != [r for _, _, r in responses(ROWS, 2)]


def test_one_class_does_not_depend_on_the_others() -> None:
    alone = [p.response for p in harvest(chosen(ATTACKS, ["hedging"])[0], ROWS, seed=3, per_class=5, tally=Tally())]
    list(itertools.islice(responses(ROWS, 3), 100))
    assert alone == [
        p.response for p in harvest(chosen(ATTACKS, ["hedging"])[0], ROWS, seed=3, per_class=5, tally=Tally())
    ]


def test_rollouts_of_one_question_are_one_row() -> None:
    assert len(prepare([*samples(), *samples()], 0)) == len(ROWS)


def test_an_unknown_class_is_an_error_that_offers_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'hedging'"):
        chosen(ATTACKS, ["heging"])


class Fixed:
    """A reward that gives what a function of the response says."""

    name = "fixed"
    cost = Cost.CPU
    range = Range(0.0, 1.0)

    def __init__(self, judge: object) -> None:
        self.judge = judge

    def submit(self, batch: Sequence[Sample]) -> "Fixed.Done":
        return Fixed.Done([self._one(s) for s in batch])

    def score(self, batch: Sequence[Sample]) -> list[Score]:
        return self.submit(batch).result()

    async def ascore(self, batch: Sequence[Sample]) -> list[Score]:
        return self.score(batch)

    def _one(self, sample: Sample) -> Score:
        assert callable(self.judge)
        value = self.judge(sample)
        return Score.of(Outcome.UNAVAILABLE, "down") if value is None else Score.graded(value, "fixed")

    class Done:
        def __init__(self, scores: list[Score]) -> None:
            self.scores = scores

        def result(self) -> list[Score]:
            return self.scores

        async def aresult(self) -> list[Score]:
            return self.scores


def test_a_reward_that_pays_everything_fails_every_attack() -> None:
    result = Trial(Fixed(lambda s: 1.0), ROWS, "attack", per_class=5).run(ATTACKS)
    assert all(c.hits == c.scored for c in result.ran)
    assert result.total().value == 1.0


def test_values_of_none_are_in_no_rate() -> None:
    result = Trial(Fixed(lambda s: None), ROWS, "attack", per_class=5).run(chosen(ATTACKS, ["empty", "hedging"]))
    assert not result.ran
    assert [c.unscored for c in result.skipped] == [5, 5]
    assert result.honest.total == 0
    assert result.total().value is None
    assert "5 without a verdict" in as_markdown(result)


def test_a_graded_reward_is_compared_with_the_honest_response() -> None:
    by_length = Fixed(lambda s: min(len(s.response_text) / 1000, 1.0))
    result = Trial(by_length, ROWS, "attack", per_class=10, is_graded=True).run(chosen(ATTACKS, ["empty", "word_loop"]))
    assert {c.name: c.hits == c.scored for c in result.ran} == {"word_loop": True, "empty": False}
    flat = Trial(Fixed(lambda s: 0.0), ROWS, "attack", per_class=10, is_graded=True).run(chosen(ATTACKS, ["word_loop"]))
    assert flat.classes[0].scored == 0, "an honest response at the bottom says nothing"


def test_below_sets_the_value_that_counts_as_rewarded() -> None:
    half = Fixed(lambda s: 0.5)
    assert Trial(half, ROWS, "attack", per_class=3).run(ATTACKS[:1]).total().count == 0
    assert Trial(half, ROWS, "attack", per_class=3, below=0.5).run(ATTACKS[:1]).total().count == 3
    with pytest.raises(UsageError, match="must lie in"):
        Trial(half, ROWS, "attack", below=0.0)


def test_the_worst_classes_come_first_and_hits_are_rows() -> None:
    hits: list[dict[str, object]] = []
    pays_boxes = Fixed(lambda s: float("boxed{" in s.response_text))
    result = Trial(pays_boxes, ROWS, "attack", per_class=20).run(ATTACKS, hits.append)
    rates = [c.rate.value or 0.0 for c in result.ran]
    assert rates == sorted(rates, reverse=True)
    assert len(hits) == result.total().count
    assert all("boxed{" in str(hit["response"]) and hit["reward"] == 1.0 for hit in hits)
    written = json.loads(as_json(result))
    assert written["classes"][0]["low"] <= written["classes"][0]["rate"] <= written["classes"][0]["high"]
    assert {"n", "hits", "why", "policy"} <= written["classes"][0].keys()


@pytest.mark.parametrize("name", ["math", "number"])
def test_near_misses_earn_nothing_from_our_verifiers(name: str) -> None:
    numeric = [r for r in ROWS if r.kind in {Kind.INTEGER, Kind.DECIMAL, Kind.FRACTION}]
    with LocalExecutor(workers=1) as executor:
        result = Trial(bind(name, {}, executor), numeric, "attack").run(chosen(ATTACKS, [p[0] for p in PROPOSERS]))
    assert result.total().count == 0
    assert result.total().total > 20


app = typer.Typer()
app.command("attack")(attack)
app.command("rewrites")(rewrites)


def test_the_command_writes_hits_json_and_markdown(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps({"question": f"q{i}", "answer": str(i * 7)}) + "\n" for i in range(20)))
    outputs = [tmp_path / name for name in ("hits.jsonl", "result.json", "result.md")]
    arguments = ["attack", "exact", "--data", str(data), "--per-class", "10", "--classes", "empty,digit_changed"]
    arguments += ["--output", str(outputs[0]), "--json", str(outputs[1]), "--markdown", str(outputs[2])]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "attack success of exact: 0.0 %" in done.output
    assert outputs[0].read_text() == ""
    assert json.loads(outputs[1].read_text())["total"]["n"] == 20
    assert "| digit_changed | 10 | 0 |" in outputs[2].read_text()


def test_rows_need_no_response_and_a_prompt_ends_with_its_question(tmp_path: Path) -> None:
    from rewardkit.bench.prompts import read_prompts

    data = tmp_path / "rows.jsonl"
    messages = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "The answer is 4."}]
    data.write_text(json.dumps({"messages": messages, "answer": "4"}) + "\n{broken\n")
    found = read_prompts([str(data)], {})
    assert [s.prompt_text for s in found.samples] == ["2+2?"]
    assert found.malformed == 1
    (tmp_path / "bare.jsonl").write_text('{"prompt": "2+2?"}\n')
    with pytest.raises(UsageError, match="--reference-field"):
        read_prompts([str(tmp_path / "bare.jsonl")], {})
