from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.sample import Sample
from rewardkit.score import Outcome
from rewardkit.verifiers.format.sections import Format

GOOD = "<think>a</think><answer>b</answer>"


def judge(response: str, verifier: Format | None = None, **data: object) -> tuple[str, str]:
    score = (verifier or Format()).verify(Sample(response=response, data=data))
    return score.outcome.value, score.reason


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("<think>a</think><think>c</think><answer>b</answer>", "a second <think> at character 16"),
        ("<think>a</think><answer>b</answer><answer>b</answer>", "a second <answer> at character 34"),
        ("<answer>b</answer><think>a</think>", "an unexpected <answer> at character 0, where <think>"),
        ("<think>a</think>", "missing <answer> at character 16"),
        ("no tags", "missing <think> at character 0"),
        ("<think>a<answer>b</answer></think>", "<answer> at character 8 opens inside <think>"),
        ("<think>a<think>b</think></think>", "<think> at character 8 opens inside <think>"),
        ("<think>a</answer><answer>b</answer>", "</answer> at character 8 stands inside <think>"),
        ("</think><answer>b</answer>", "</think> at character 0 closes nothing"),
        ("<think>a</think><answer>b", "<answer>, which opened at character 16, is never closed"),
        ("<Think>a</Think><answer>b</answer>", "malformed section tag '<Think>' at character 0"),
        ("< think>a</think><answer>b</answer>", "malformed section tag '< think>' at character 0"),
        ("<think >a</think><answer>b</answer>", "malformed section tag '<think >'"),
        ("<think/><answer>b</answer>", "malformed section tag '<think/>'"),
        ("<think>a</ think><answer>b</answer>", "malformed section tag '</ think>'"),
        ('<think>a</think><answer lang="en">b</answer>', "malformed section tag '<answer lang=\"en\">'"),
        ("<think></think><answer>b</answer>", "<think> at character 0 is empty"),
        ("<think>a</think><answer>\u200b \u00ad</answer>", "<answer> at character 16 is empty"),
        ("So: " + GOOD, "text outside the sections at character 0: 'So:'"),
        ("<think>a</think> hm <answer>b</answer>", "text outside the sections at character 17"),
        (GOOD + " bye", "text outside the sections at character 35"),
        (GOOD + "\u200b", "text outside the sections at character 34"),
        ("<thought>x</thought>" + GOOD, "an unexpected <thought> at character 0"),
    ],
)
def test_fault_is_named_with_its_tag_and_place(response: str, reason: str) -> None:
    outcome, said = judge(response)
    assert outcome == "INCORRECT"
    assert reason in said


@pytest.mark.parametrize(
    "response",
    [
        GOOD,
        f"\n {GOOD}\n",
        "<think>if a < b and <em>c</em> > d, <thinkers> agree</think>\n\n<answer><b>x</b></answer>",
        "<think>a</think><answer>\u0434\u0430</answer>",
    ],
)
def test_other_markup_and_white_space_are_no_fault(response: str) -> None:
    assert judge(response)[0] == "CORRECT"


@pytest.mark.parametrize("response", ["", " \n", "\u200b\ufeff", []])
def test_empty_response_is_no_answer(response: object) -> None:
    assert Format().verify(Sample(response=response)).outcome is Outcome.NO_ANSWER  # type: ignore[arg-type]  # lists too


def test_thinking_policy_decides_about_absent_and_empty_thinking() -> None:
    full, empty, absent = GOOD, "<think>\n\n</think><answer>b</answer>", "<answer>b</answer>"
    wanted = {
        "required": (True, False, False),
        "optional": (True, True, True),
        "empty": (False, True, False),
        "forbidden": (False, False, True),
    }
    for policy, row in wanted.items():
        verifier = Format(think=policy)  # type: ignore[arg-type]  # the keys of the table are the policies
        assert tuple(judge(r, verifier)[0] == "CORRECT" for r in (full, empty, absent)) == row, policy


def test_optional_section_may_be_absent_but_not_empty() -> None:
    verifier = Format(sections=("think", "plan?", "answer"))
    assert judge(GOOD, verifier)[0] == "CORRECT"
    assert judge("<think>a</think><plan>p</plan><answer>b</answer>", verifier)[0] == "CORRECT"
    assert judge("<think>a</think><plan></plan><answer>b</answer>", verifier)[1] == "<plan> at character 16 is empty"


def test_prefilled_response_begins_inside_its_section() -> None:
    verifier = Format(prefilled="think")
    assert judge("a</think><answer>b</answer>", verifier)[0] == "CORRECT"
    assert "opened in the prompt" in judge(GOOD, verifier)[1]
    assert "<think> at character 0 is empty" in judge("</think><answer>b</answer>", verifier)[1]
    assert "never closed" in judge("a <em>b</em>", verifier)[1]


def test_text_outside_stands_only_where_it_is_allowed() -> None:
    texts = {"before": "x" + GOOD, "after": GOOD + "x", "between": GOOD.replace("><a", ">x<a")}
    wanted = {
        "none": set(),
        "before": {"before"},
        "after": {"after"},
        "around": {"before", "after"},
        "anywhere": {"before", "between", "after"},
    }
    for allowed, places in wanted.items():
        verifier = Format(allow_outside=allowed)  # type: ignore[arg-type]  # the keys of the table are the options
        assert {place for place, text in texts.items() if judge(text, verifier)[0] == "CORRECT"} == places, allowed


def test_box_must_stand_inside_the_answer_and_hold_something() -> None:
    verifier = Format(require_boxed=True)
    assert judge("<think>a</think><answer>\\boxed{\\frac{1}{2}}</answer>", verifier)[0] == "CORRECT"
    for answer in ("1", "\\boxed{}", "\\boxed{ \u200b}", "\\boxed{1"):
        assert judge(f"<think>a</think><answer>{answer}</answer>", verifier)[0] == "INCORRECT", answer


def test_minimum_length_can_not_be_reached_by_repetition() -> None:
    verifier = Format(min_chars=12)
    assert judge("<think>Six sevens are 42.</think><answer>forty-two, 42</answer>", verifier)[0] == "CORRECT"
    padded = "<think>Let me see. {}</think><answer>forty-two, 42</answer>"
    for padding in ("Let me see. " * 90, "\n".join(["Let me see."] * 90), "\u200b" * 90, " " * 90):
        assert judge(padded.format(padding), verifier)[0] == "INCORRECT"


SEARCH = Format(
    turns="(think (search information)?)+ think answer", environment=("information",), observations_field="returned"
)
TURN = "<think>a</think><search>q</search><information>{}</information>"


def test_environment_section_may_hold_any_tag() -> None:
    text = TURN.format("<answer>spam</answer><think>") + GOOD
    assert judge(text, SEARCH, returned=["<answer>spam</answer><think>"])[0] == "CORRECT"


def test_environment_section_holds_exactly_what_was_returned() -> None:
    text = TURN.format("\nLima\n") + TURN.format("Peru") + GOOD
    assert judge(text, SEARCH, returned=["Lima", "Peru"])[0] == "CORRECT"
    for returned in (["Peru", "Lima"], ["Lima"], [], ["Lima", "Peru", "Chile"]):
        assert judge(text, SEARCH, returned=returned)[0] == "INCORRECT", returned
    for broken in (None, "Lima", [1, 2]):
        outcome, reason = judge(text, SEARCH, returned=broken)
        assert outcome == "UNAVAILABLE"
        assert "'returned'" in reason


def test_turns_are_counted_by_what_the_environment_wrote() -> None:
    verifier = Format(turns=SEARCH.turns, environment=("information",), max_turns=2)
    assert judge(TURN.format("x") + GOOD, verifier)[0] == "CORRECT"
    assert "3 turns, at most 2" in judge(TURN.format("x") * 2 + GOOD, verifier)[1]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"sections": ("a", "a")}, "distinct"),
        ({"sections": ()}, "distinct"),
        ({"sections": ("a b",)}, "no section name"),
        ({"sections": ("a?",)}, "without any section"),
        ({"sections": ("a",), "turns": "a"}, "give one of them"),
        ({"sections": ("A", "a")}, "differ in case"),
        ({"sections": ("a",), "think": "empty"}, "no section is called"),
        ({"prefilled": "answer"}, "no response in this format begins with it"),
        ({"prefilled": "thinks"}, "did you mean 'think'"),
        ({"think": "forbidden", "prefilled": "think"}, "no response in this format begins with it"),
        ({"environment": ("information",)}, "environment names the section 'information'"),
        ({"max_turns": 2}, "need environment"),
        ({"sections": ("think",), "require_boxed": True}, "needs a section called 'answer'"),
    ],
)
def test_options_that_can_not_be_meant_are_refused(options: dict[str, object], why: str) -> None:
    with pytest.raises(OptionError, match=why.replace("?", r"\?")):
        Format(**options)  # type: ignore[arg-type]  # wrong on purpose


contents = st.text(st.characters(exclude_characters="<", exclude_categories=["Cs"]), max_size=8).map("x{}".format)
TAGS = ["<think>", "</think>", "<answer>", "</answer>", "<THINK>", "<thought>", "<answer x>"]


@given(contents, contents, st.sampled_from(["", " ", "\n\n"]))
def test_any_visible_content_is_in_format(thought: str, answer: str, gap: str) -> None:
    assert judge(f"{gap}<think>{thought}</think>{gap}<answer>{answer}</answer>{gap}")[0] == "CORRECT"


@given(contents, contents, st.sampled_from(TAGS), st.data())
def test_one_more_tag_anywhere_breaks_the_format(thought: str, answer: str, tag: str, data: st.DataObject) -> None:
    text = f"<think>{thought}</think><answer>{answer}</answer>"
    place = data.draw(st.integers(0, len(text)))
    assert judge(text[:place] + tag + text[place:])[0] == "INCORRECT"


@pytest.mark.parametrize(
    "unit", ["<", "<think>", "<think>a</think>", "<think ", "< / ", "</think>", "<THINK", "<think x=", "\u200b"]
)
def test_long_junk_is_judged_at_once(unit: str) -> None:
    verifiers = [
        Format(),
        Format(turns="(think|search|information)+ answer", environment=("information",), allow_outside="anywhere"),
    ]
    for verifier in verifiers:
        started = time.process_time()
        assert judge(unit * (200_000 // len(unit)), verifier)[0] in ("INCORRECT", "NO_ANSWER")
        assert time.process_time() - started < 1.0
