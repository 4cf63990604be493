"""Rewrites: right by construction or by the independent check, and counted as they should be."""

import pytest

from rewardkit import Sample
from rewardkit.bench.attack.table import prepare
from rewardkit.bench.kinds import Kind
from rewardkit.bench.probes import Tally, chosen, harvest
from rewardkit.bench.rewrite.table import REWRITES
from rewardkit.bench.trial import Trial
from rewardkit.execution.local import LocalExecutor
from rewardkit.recipe import bind

CHOICE = "What is the capital of Peru?\nA) Oslo\nB) Rome\nC) Lima\nD) Cairo"


def made(name: str, reference: str, prompt: str = "Solve for x.") -> set[str]:
    rows = prepare([Sample(prompt=prompt, response="", reference=reference)], 0)
    [probe_class] = chosen(REWRITES, [name])
    return {p.response for s in range(24) for p in harvest(probe_class, rows, seed=s, per_class=1, tally=Tally())}


@pytest.mark.parametrize(
    ("name", "reference", "expected"),
    [
        ("plain", "5", {"\\boxed{5}"}),
        ("frac_dfrac_tfrac", "\\frac{1}{2}", {"\\boxed{\\dfrac{1}{2}}", "\\boxed{\\tfrac{1}{2}}"}),
        ("slash", "-\\frac{1}{2}", {"\\boxed{-1/2}"}),
        ("exact_decimal", "\\frac{3}{8}", {"\\boxed{0.375}"}),
        ("exact_decimal", "\\frac{1}{3}", set()),
        ("sign_in_numerator", "-\\frac{2}{5}", {"\\boxed{\\frac{-2}{5}}"}),
        ("scientific_notation", "15000", {"\\boxed{1.5 \\times 10^{4}}"}),
        ("scientific_notation", "0.0012", {"\\boxed{1.2 \\times 10^{-3}}"}),
        ("no_thousands_separator", "1,450,000", {"\\boxed{1450000}"}),
        ("sum_reordered", "3-\\sqrt{2}", {"\\boxed{-\\sqrt{2} + 3}"}),
        ("product_reordered", "2\\sqrt{3}", {"\\boxed{\\sqrt{3} \\cdot 2}"}),
        ("left_right", "[0, 1)", {"\\boxed{\\left[0, 1\\right)}"}),
        ("list_reordered", "2, -6", {"\\boxed{-6, 2}"}),
        ("list_in_boxes", "2, -6", {"\\boxed{2}$ and $\\boxed{-6}"}),
        ("interval_as_inequality", "(-\\infty, 2]", {"\\boxed{x \\le 2}"}),
        ("inequality_as_interval", "x > 2", {"\\boxed{(2, \\infty)}"}),
        ("inequality_flipped", "x > 2", {"\\boxed{2 < x}"}),
        ("sides_swapped", "y = 2x", {"\\boxed{2x = y}"}),
        ("value_only", "x = 5", {"\\boxed{5}"}),
        ("value_only", "y = 2x", set()),
        ("all_on_one_side", "f(x) = 2x", set()),
        ("unit_converted", "5 km", {"\\boxed{5000\\text{ m}}"}),
        ("percent_as_number", "28\\%", {"\\boxed{0.28}"}),
        ("other_case_yes_no", "Yes", {"The answer is yes."}),
    ],
)
def test_a_rewrite_is_spelled_as_it_should_be(name: str, reference: str, expected: set[str]) -> None:
    assert made(name, reference) == expected


@pytest.mark.parametrize(
    ("name", "reference", "prompt"),
    [
        ("list_reordered", "2500, 7500", "Find the smallest and largest possible value."),
        ("list_reordered", "0, 1, 3, 7", "Write out the first four terms."),
        ("list_as_set", "25, 100, 55", "Find the second and third angles."),
        ("inequality_as_interval", "n \\geq 4", "For which integers n does it hold?"),
        ("membership", "[0, 1)", "What is the range of f(x)?"),
        ("interval_as_inequality", "[0, 1)", "For which a does it hold?"),
        ("value_only", "r = \\sin (\\theta)", "Give the curve in polar coordinates."),
        ("unit_added", "50", "How many tennis balls are there?"),
        ("unit_added", "40", "How many does she have?"),
        ("named_value", "5", "Find x + y."),
        ("spacing_removed", "p = 1 \\text{ and } p = 2", "Solve for p."),
    ],
)
def test_what_is_right_in_some_readings_only_is_not_made(name: str, reference: str, prompt: str) -> None:
    assert made(name, reference, prompt) == set()


def test_an_option_is_named_by_its_letter_and_by_its_text() -> None:
    assert made("text_for_label", "C", CHOICE) == {"The answer is Lima."}
    assert made("label_for_text", "Lima", CHOICE) == {"The answer is C."}
    assert all("C" in r and "Lima" in r for r in made("label_and_text", "C", CHOICE))
    assert not any(r.startswith("A: ") for r in made("phrase", "C", CHOICE)), "A is a label there"


def test_thinking_before_the_answer_holds_another_one() -> None:
    for response in made("thinking_before", "42"):
        thinking, _, answer = response.rpartition(">\n")
        assert answer == "\\boxed{42}"
        assert "\\boxed{42}" not in thinking


def test_names_are_unique_the_control_comes_first_and_policy_stands_apart() -> None:
    assert len({c.name for c in REWRITES}) == len(REWRITES)
    assert REWRITES[0].name == "plain"
    policy = {c.name for c in REWRITES if c.is_policy}
    assert {"unreduced_fraction", "percent_dropped", "unit_dropped", "label_in_small_letters"} <= policy


def test_the_control_is_rewarded_and_policy_is_not_in_the_total() -> None:
    references = ["42", "\\frac{3}{8}", "3.75", "2\\sqrt{3}", "2, -6", "x \\ge 2", "[-1, 0)", "28\\%"]
    rows = prepare([Sample(prompt=f"q{i}", response="", reference=r) for i, r in enumerate(references)], 0)
    assert Kind.OTHER not in {row.kind for row in rows}
    with LocalExecutor(workers=1) as executor:
        result = Trial(bind("math", {}, executor), rows, "rewrites").run(REWRITES)
    by_name = {c.name: c for c in result.classes}
    assert by_name["plain"].hits == 0
    assert by_name["plain"].scored == len(references)
    assert result.honest.value == 1.0
    assert result.total().total + result.total(is_policy=True).total == sum(c.scored for c in result.classes)
    assert by_name["frac_dfrac_tfrac"].hits == by_name["exact_decimal"].hits == by_name["list_reordered"].hits == 0


def test_a_reference_that_the_reward_does_not_pay_itself_is_told_apart() -> None:
    rows = prepare([Sample(prompt="q", response="", reference="\\frac{3}{8}")], 0)
    with LocalExecutor(workers=1) as executor:
        result = Trial(bind("exact", {}, executor), rows, "rewrites").run(chosen(REWRITES, ["plain", "slash"]))
    slash = next(c for c in result.classes if c.name == "slash")
    assert (slash.hits, slash.honest_missed) == (1, 0)
