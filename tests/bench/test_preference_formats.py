"""Rows of each benchmark, as they are published, become comparisons; what is wrong with a row is said."""

from typing import Any

import pytest

from rewardkit.bench.preference.formats import FORMATS, Reading, detect, is_preference
from rewardkit.errors import RowError, UsageError

V1 = {"id": 1, "prompt": "1+1?", "chosen": "2", "chosen_model": "a", "rejected": "3", "rejected_model": "b",
      "subset": "alpacaeval-easy"}  # fmt: skip
V2 = {"id": "7", "prompt": "1+1?", "chosen": ["2"], "rejected": ["3", "4", "5"], "num_correct": 1, "num_incorrect": 3,
      "total_completions": 4, "models": ["m"] * 4, "subset": "Math", "additional_metadata": None}  # fmt: skip
TIED = {**V2, "id": "tied:3", "chosen": ["red", "blue"], "rejected": ["dog"], "num_correct": 2, "subset": "Ties"}
STYLES = {"id": 3, "prompt": "p", "chosen": ["a", "b", "c"], "rejected": ["d", "e", "f"], "domain": "code"}
JUDGED = {"pair_id": "x", "original_id": 1, "source": "livebench-math", "question": "q", "response_model": "m",
          "response_A": "right", "response_B": "wrong", "label": "A>B"}  # fmt: skip
HH = {"chosen": "\n\nHuman: hi\n\nAssistant: hello\n\nHuman: bye\n\nAssistant: farewell",
      "rejected": "\n\nHuman: hi\n\nAssistant: hello\n\nHuman: bye\n\nAssistant: no"}  # fmt: skip
PLAIN = {"prompt": "q", "chosen": "good", "rejected": "bad"}
ASKED = {"role": "user", "content": "q"}
CHAT = {"chosen": [ASKED, {"role": "assistant", "content": "good"}],
        "rejected": [ASKED, {"role": "assistant", "content": "bad"}]}  # fmt: skip

ROWS = {"rewardbench": V1, "rewardbench2": V2, "rm-bench": STYLES, "judgebench": JUDGED, "hh": HH, "pairs": PLAIN}


def test_every_format_has_a_row_here() -> None:
    assert set(ROWS) == set(FORMATS)


@pytest.mark.parametrize(
    ("row", "name"),
    [*((row, name) for name, row in ROWS.items()), (CHAT, "pairs"), (TIED, "rewardbench2"),
     ({k: v for k, v in STYLES.items() if k != "domain"} | {"subset": "alpacaeval"}, "rm-bench"),
     ({**V1, "subset": "of my own"}, "rewardbench"),
     ({k: v for k, v in V1.items() if "model" not in k}, "rewardbench"),
     ({k: v for k, v in V2.items() if k != "num_correct"}, "rewardbench2"),
     ({**PLAIN, "subset": "mine"}, "pairs"), ({**PLAIN, "subset": ["mine"]}, "pairs")],
)  # fmt: skip
def test_the_columns_tell_the_format(row: dict[str, Any], name: str) -> None:
    assert detect([row]).name == name
    assert is_preference([row])


def test_one_row_of_three_and_three_does_not_make_a_best_of_file_rm_bench() -> None:
    assert detect([{**V2, "chosen": ["a", "b", "c"]}, V2]).name == "rewardbench2"


@pytest.mark.parametrize(
    ("rows", "given", "message"),
    [
        ([{"prompt": "p", "response": "r"}], None, "the columns prompt, response belong to no known format"),
        ([{"prompt": "p", "response": "r"}], None, "judgebench: question, response_A"),
        ([V1], "rewardbnch", "did you mean 'rewardbench'"),
        ([PLAIN], "judgebench", "missing: question, response_A, response_B, label; columns: chosen, prompt, rejected"),
        ([{"prompt": "p", "chosen": [1], "rejected": [2]}], None, "belong to no known format"),
    ],
)
def test_rows_of_no_format_are_one_clear_error(rows: list[dict[str, Any]], given: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        detect(rows, given)


def read(name: str, row: dict[str, Any], **how: Any) -> Any:
    return FORMATS[name].read(row, Reading(**how))


def texts(comparison: Any) -> tuple[list[str], list[str]]:
    return [s.response_text for s in comparison.chosen], [s.response_text for s in comparison.rejected]


@pytest.mark.parametrize(
    ("name", "row", "prompt", "chosen", "rejected", "stratum"),
    [
        ("rewardbench", V1, "1+1?", ["2"], ["3"], "alpacaeval-easy"),
        ("rewardbench2", V2, "1+1?", ["2"], ["3", "4", "5"], "Math"),
        ("rewardbench2", TIED, "1+1?", ["red", "blue"], ["dog"], "Ties"),
        ("rewardbench2", {**TIED, "subset": "ties"}, "1+1?", ["red", "blue"], ["dog"], "Ties"),
        ("rm-bench", STYLES, "p", ["a", "b", "c"], ["d", "e", "f"], "code"),
        ("judgebench", JUDGED, "q", ["right"], ["wrong"], "livebench-math"),
        ("judgebench", {**JUDGED, "label": "B>A"}, "q", ["wrong"], ["right"], "livebench-math"),
        ("hh", HH, "hi\n\nhello\n\nbye", ["farewell"], ["no"], "all"),
        ("pairs", PLAIN, "q", ["good"], ["bad"], "all"),
        ("pairs", CHAT, "q", ["good"], ["bad"], "all"),
        ("pairs", {**CHAT, "prompt": "other"}, "q", ["good"], ["bad"], "all"),
        ("pairs", {"chosen": "good", "rejected": "bad"}, "", ["good"], ["bad"], "all"),
    ],
)
def test_rows_become_comparisons(
    name: str, row: dict[str, Any], prompt: str, chosen: list[str], rejected: list[str], stratum: str
) -> None:
    comparison = read(name, row)
    assert texts(comparison) == (chosen, rejected)
    assert {sample.prompt_text for sample in comparison.samples} == {prompt}
    assert comparison.stratum == stratum


def test_a_prompt_column_serves_messages_that_hold_the_response_alone() -> None:
    row = {"prompt": [ASKED], "chosen": CHAT["chosen"][1:], "rejected": CHAT["rejected"][1:]}
    assert {sample.prompt_text for sample in read("pairs", row).samples} == {"q"}


def test_the_label_never_reaches_the_reward() -> None:
    for name, row in ROWS.items():
        for sample in read(name, row).samples:
            assert not {"label", "chosen", "rejected", "response_A"} & sample.data.keys()


def test_two_passes_ask_for_each_response_twice() -> None:
    assert texts(read("judgebench", JUDGED, passes=2)) == (["right"] * 2, ["wrong"] * 2)


def test_the_reference_comes_from_its_column() -> None:
    row = {**PLAIN, "meta": {"answer": "42"}}
    assert {sample.reference for sample in read("pairs", row, reference="meta.answer").samples} == {"42"}
    with pytest.raises(RowError, match=r"no 'meta.reply'"):
        read("pairs", row, reference="meta.reply")


@pytest.mark.parametrize(
    ("path", "domain"),
    [("x/safety-refuse_filtered.json", "safety-refuse"), ("chat.jsonl.gz", "chat"), ("rows.json", "unnamed domain")],
)
def test_the_domain_comes_from_the_file_name_where_no_column_has_it(path: str, domain: str) -> None:
    row = {k: v for k, v in STYLES.items() if k != "domain"}
    assert read("rm-bench", row, path=path).stratum == domain
    assert read("rm-bench", STYLES, path=path).stratum == "code"


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("judgebench", {**JUDGED, "label": "A=B"}, "label is 'A=B'; expected 'A>B' or 'B>A'"),
        ("judgebench", {**JUDGED, "response_A": None}, "expected text or chat messages"),
        (
            "rewardbench2",
            {**V2, "chosen": ["2", "two"], "num_correct": 2},
            "there are 2 chosen responses; expected one",
        ),
        ("rewardbench2", {**V2, "num_correct": 2}, "num_correct is 2 and there are 1"),
        ("rewardbench2", {**V2, "rejected": []}, "expected a list of texts with at least one"),
        ("rewardbench2", {**TIED, "id": "3"}, "expected 'ref:N' or 'tied:N'"),
        ("rewardbench2", {**TIED, "chosen": ["red"], "num_correct": 1}, "needs at least two chosen"),
        ("rm-bench", {**STYLES, "chosen": ["a", "b"]}, "chosen has 2 responses; expected 3"),
        ("rm-bench", {**STYLES, "prompt": 5}, "expected text or chat messages"),
        ("hh", {**HH, "chosen": "\n\nHuman: hi"}, "ends with 'Assistant:'"),
        ("hh", {**HH, "chosen": "once upon a time"}, "is no dialogue"),
        ("hh", {**HH, "chosen": 3}, "expected a dialogue as text"),
        ("pairs", {**PLAIN, "chosen": None}, "expected text or chat messages"),
        ("pairs", {"chosen": [ASKED], "rejected": [ASKED]}, "chosen has no message of the assistant"),
    ],
)
def test_a_row_that_can_not_be_compared_says_why(name: str, row: dict[str, Any], message: str) -> None:
    with pytest.raises(RowError, match=message.replace("(", r"\(")):
        read(name, row)


def test_a_dialogue_of_many_turns_takes_linear_time() -> None:
    import time

    text = "\n\nHuman: a\n\nAssistant: b" * 20_000
    begun = time.process_time()
    read("hh", {"chosen": text, "rejected": text})
    assert time.process_time() - begun < 2.0
