"""The shipped suites: well formed, true as far as that can be derived again, and our own errors on them."""

import collections
import functools
import importlib.resources
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rewardkit.bench.cases import LabelColumns
from rewardkit.bench.suite import EXEMPT, SUITES, Suite, find_suite, read_suite, suite_names
from rewardkit.errors import UsageError
from rewardkit.execution.scorer import Scorer, default_executor
from rewardkit.registry import build, find, names

ROOT = Path(__file__).parents[2]
KEYS = ["id", "prompt", "reference", "response", "label", "category", "source", "policy"]
FEWEST = {"math": 400}
EACH = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)


@functools.cache
def checker() -> ModuleType:
    """The script under benchmarks/, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("check_suites", ROOT / "benchmarks" / "check_suites.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@functools.cache
def rows(suite: Suite) -> list[dict[str, object]]:
    found: list[dict[str, object]] = checker().rows_of(suite)
    return found


WRONG: dict[str, tuple[set[str], set[str]]] = {
    "math": (
        {"math-fractions-37", "math-decimals-and-rounding-13", "math-decimals-and-rounding-14"},
        {"math-integers-41"},
    ),
}
"""What our entries get wrong: the false positives and the false negatives of each suite. An entry that gets better or
worse must change this table."""

ABSTAINED = {"math": 5, "json": 2, "regex": 4}
"""Cases without a usable reference, which get no value."""


@EACH
def test_an_entry_makes_exactly_the_errors_that_are_known(suite: Suite) -> None:
    cases = read_suite(suite)
    verifier = build(suite.entry, suite.options)
    scores = Scorer(suite.name, verifier, default_executor()).score(cases.samples)
    paid, refused, abstained = set(), set(), 0
    for case, score in zip(cases.cases, scores, strict=True):
        is_rewarded = score.value is not None and score.value >= verifier.range.high
        abstained += score.value is None
        if is_rewarded and not case.is_right:
            paid.add(case.sample.id)
        elif case.is_right and not is_rewarded:
            refused.add(case.sample.id)
    assert (paid, refused) == WRONG.get(suite.name, (set(), set()))
    assert abstained == ABSTAINED.get(suite.name, 0)


@EACH
def test_every_row_has_its_keys_in_one_order_and_says_why(suite: Suite) -> None:
    for row in rows(suite):
        assert list(row)[: len(KEYS)] == KEYS, row["id"]
        assert list(row)[-1] == "why", row["id"]
        assert set(row) - {*KEYS, "why"} <= {"final", "labels", "options", "choices"}, row["id"]
        assert row["label"] in (0, 1), row["id"]
        assert isinstance(row["label"], int), row["id"]
        assert isinstance(row["policy"], bool), row["id"]
        assert row["category"], row["id"]
        assert row["source"], row["id"]
        assert re.fullmatch(r"[A-Z0-9-].{2,150}\.", str(row["why"])), row["id"]


@EACH
def test_ids_are_unique_and_no_response_has_two_labels(suite: Suite) -> None:
    assert len({row["id"] for row in rows(suite)}) == len(rows(suite))
    labels = collections.defaultdict(set)
    for row in rows(suite):
        options = row.get("options") or row.get("choices") or row.get("labels")
        labels[row["prompt"], str(row["reference"]), row["response"], str(options)].add(row["label"])
    assert [case for case, both in labels.items() if len(both) > 1] == []


@EACH
def test_no_case_stands_there_twice(suite: Suite) -> None:
    seen = collections.Counter((row["prompt"], str(row["reference"]), row["response"]) for row in rows(suite))
    assert [case for case, count in seen.items() if count > 1] == []


@EACH
def test_both_labels_are_at_least_two_fifths(suite: Suite) -> None:
    cases = read_suite(suite)
    assert len(cases.cases) == len(rows(suite)) >= FEWEST.get(suite.name, 60)
    assert (cases.unusable, cases.excluded, cases.problems) == (0, {}, [])
    for is_right in (True, False):
        assert cases.count(is_right) >= 0.4 * len(cases.cases)


@EACH
def test_labels_that_can_be_derived_again_agree(suite: Suite) -> None:
    derived = checker().check(suite)
    assert [row["id"] for row in derived.differ] == []
    assert derived.agree + derived.by_eye + derived.policy == len(rows(suite))


def test_most_labels_are_derived_where_a_derivation_exists() -> None:
    least = {"math": 0.85, "number": 0.6, "exact": 0.4, "em": 0.4, "format": 1, "json": 0.99, "regex": 1}
    assert set(least) == set(checker().DERIVATIONS)
    for name, share in least.items():
        derived = checker().check(find_suite(name))
        assert derived.agree >= share * len(rows(find_suite(name))), name


@EACH
def test_a_final_answer_stands_in_its_response(suite: Suite) -> None:
    for row in rows(suite):
        assert str(row.get("final", "")) in str(row["response"]), row["id"]


def test_every_reading_belongs_to_a_case() -> None:
    texts: set[str] = set()
    for row in (*rows(find_suite("math")), *rows(find_suite("number"))):
        references = row["reference"] if isinstance(row["reference"], list) else [row["reference"]]
        texts |= {str(row.get("final")), *map(str, references)}
    assert set(checker()._readings()) - texts == set()


def test_a_wrong_label_is_found_by_the_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = find_suite("math")
    [row, *_] = rows(suite)
    monkeypatch.setattr(checker(), "rows_of", lambda _: [row, {**row, "label": 1 - row["label"]}])
    derived = checker().check(suite)
    assert (derived.agree, [one["label"] for one in derived.differ]) == (1, [1 - row["label"]])


def test_every_entry_has_a_suite_or_a_reason_why_not() -> None:
    made_for = {suite.entry for suite in SUITES}
    assert made_for | set(EXEMPT) == set(names())
    assert made_for & set(EXEMPT) == set()
    assert [suite.name for suite in SUITES] == suite_names()
    for suite in SUITES:
        assert suite.name == suite.entry or suite.name.startswith(f"{suite.entry}.")
        find(suite.entry).build(suite.options)


def test_every_file_of_the_folder_is_a_suite_and_is_found_as_package_data() -> None:
    folder = importlib.resources.files("rewardkit.bench.suites")
    files = {file.name for file in folder.iterdir() if file.name.endswith(".jsonl")}
    assert files == {f"{name}.jsonl" for name in suite_names()}
    for suite in SUITES:
        with suite.file() as path:
            assert path.read_bytes() == (folder / f"{suite.name}.jsonl").read_bytes()


def test_the_file_can_be_read_by_people() -> None:
    for suite in SUITES:
        with suite.file() as path:
            text = path.read_text(encoding="utf-8")
        assert text.endswith("}\n")
        assert not [char for char in text if char in "\u200b\u2060\u202e\u202f\u2009\u00a0\r\t"]


def test_a_suite_gives_the_same_cases_and_fingerprint_each_time_and_no_path() -> None:
    first, second = read_suite(find_suite("boolean")), read_suite(find_suite("boolean"))
    assert first == second
    assert first.files == ("suite boolean",)
    assert len(first.fingerprint) == 16
    assert first.fields is not None
    assert (first.fields.prompt, first.fields.response, first.fields.reference) == ("prompt", "response", "reference")


@EACH
def test_cases_of_policy_can_be_left_out_of_any_suite(suite: Suite) -> None:
    cases = read_suite(suite, LabelColumns(exclude=["policy"]))
    policy = sum(bool(row["policy"]) for row in rows(suite))
    assert len(cases.cases) == len(rows(suite)) - policy
    assert cases.excluded == ({"policy": policy} if policy else {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("maths", "'maths' has no suite of its own; --suite-of NAME takes that of another entry (did you mean 'math'?"),
        ("recipe.yaml", "'recipe.yaml' has no suite of its own; --suite-of NAME takes that of another entry (known: "),
        ("f1", "'f1' has no suite of its own, because it grades"),
    ],
)
def test_a_name_without_a_suite_is_told_what_to_do(name: str, expected: str) -> None:
    with pytest.raises(UsageError, match=re.escape(expected)):
        find_suite(name)


def test_finding_a_suite_imports_nothing_heavy() -> None:
    code = "import sys, rewardkit.bench.suite as s; s.find_suite('math'); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numpy", "sympy", "pyarrow", "pydantic", "jsonschema"} & set(ran.stdout.split()) == set()


def test_the_table_of_the_docs_names_every_suite_with_its_counts() -> None:
    text = (ROOT / "docs" / "benchmarking.md").read_text(encoding="utf-8")
    for suite in SUITES:
        cases = read_suite(suite)
        row = f"| `{suite.name}` | {len(cases.cases)} | {cases.count(True)} | {cases.count(False)} | {suite.about} |"
        assert row in text, row
