"""Where the final answer stands in a response."""

import time

import pytest

from rewardkit.verifiers.extraction import (
    final_answer,
    find_boxes,
    find_hashes,
    find_phrases,
    find_tags,
    last_cluster,
    outside_thinking,
)


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("plain", "plain"),
        ("<think>a</think>b", "b"),
        ("<think>a", ""),
        ("a</think>b", "b"),
        ("<think>a</think>b<think>c</think>d", "b\nd"),
        ("<THINKING >a</thinking>b", "b"),
        ("<thought>a</thought>b", "b"),
        ("answer<|im_end|>\nuser: no", "answer"),
        ("<|im_start|>answer", "<|im_start|>answer"),
        ("answer</s>more", "answer"),
        ("a < b <c> d", "a < b <c> d"),
    ],
)
def test_thinking_and_other_turns_are_not_visible(text: str, visible: str) -> None:
    assert outside_thinking(text) == visible


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        (r"\boxed{42}", ["42"]),
        (r"\boxed {42} and \fbox{43}", ["42", "43"]),
        (r"\boxed{\frac{1}{2}}", [r"\frac{1}{2}"]),
        (r"\boxed{\boxed{3}}", [r"\boxed{3}"]),
        (r"\boxed{a\}b}", [r"a\}b"]),
        (r"\boxed{ x", []),
        (r"\boxed{1} {\boxed{2}", ["1", "2"]),
        (r"$\boxed 7$", ["7"]),
        (r"\boxed 7.", ["7"]),
        (r"$\boxed 4 u v \sqrt{u}$", [r"4 u v \sqrt{u}"]),
        (r"\(\boxed \frac{1}{2}\)", [r"\frac{1}{2}"]),
        (r"\\boxed{\\frac{1}{2}}", [r"\\frac{1}{2}"]),
        (r"a \\\boxed{3}", ["3"]),
        ("no box", []),
    ],
)
def test_boxes_are_balanced_and_outermost(text: str, contents: list[str]) -> None:
    assert [span.content for span in find_boxes(text)] == contents


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("The answer is 7.", "7."),
        ("The answer is: 7", "7"),
        ("The final answer is 7", "7"),
        ("**Final Answer:** 7", "7"),
        ("**Final Answer**\n\n7\n", "7"),
        ("A: 26", "26"),
        ("Ans: 26", "26"),
        ("a: 26", "26"),
        ("Answer $9$", "$9$"),
        ("The answer is 7. Sorry.\nThe answer is 8", "8"),
        ("Respuesta final: 7", "7"),
        ("La réponse est 7", "7"),
        ("Het eindantwoord is 7", "7"),
        ("Đáp án: 7", "7"),
        ("ОТВЕТ: 7", "7"),
        ("最终答案是 7", "7"),
        ("답은 7", "7"),
        ("الإجابة هي 7", "7"),
        ("उत्तर: 7", "7"),
    ],
)
def test_phrases_of_many_languages_lead_to_the_answer(text: str, content: str) -> None:
    assert [span.content for span in find_phrases(text)] == [content]


@pytest.mark.parametrize(
    "text", ["", "no cue", "The transaction failed", "I answered him", "BA: 3 is late", "finally 3"]
)
def test_words_that_only_contain_a_cue_are_no_phrase(text: str) -> None:
    assert find_phrases(text) == []


def test_a_span_says_where_the_phrase_stands() -> None:
    text = "x\nThe answer is 7\ny"
    [span] = find_phrases(text)
    assert text[span.start : span.end] == "answer is 7"


def test_tags_and_hashes() -> None:
    assert [s.content for s in find_tags("<answer>1</answer> <ANSWER>2</Answer> <answer>3")] == ["1", "2"]
    assert [s.content for s in find_hashes("a\n#### 12\n##### no\n####13")] == ["12", "13"]


@pytest.mark.parametrize(
    ("text", "answer", "rule"),
    [
        ("<answer>1</answer> \\boxed{2}", "1", "tag"),
        ("\\boxed{2}\n#### 3", "2", "boxed"),
        ("The answer is 4.\n#### 3", "3", "hashes"),
        ("The answer is 4.", "4.", "phrase"),
        ("<answer>\\boxed{3}</answer>", "3", "tag"),
        ("\\boxed{\\boxed{3}}", "3", "boxed"),
    ],
)
def test_rules_have_their_priority(text: str, answer: str, rule: str) -> None:
    found = final_answer(text)
    assert found is not None
    assert (found.text, found.rule) == (answer, rule)


def test_only_the_rules_asked_for_are_tried() -> None:
    assert final_answer("\\boxed{2}\n#### 3", ["hashes"]) is not None
    assert final_answer("\\boxed{2}", ["hashes"]) is None


def test_a_sentence_end_parts_the_answers_of_one_breath() -> None:
    text = r"\boxed{1}. Then \boxed{2} or \boxed{3}"
    assert [s.content for s in last_cluster(text, find_boxes(text))] == ["2", "3"]


@pytest.mark.parametrize(
    "text",
    [
        "The answer is " + "x+y " * 50_000,
        "ans" * 66_000,
        "\n" * 200_000,
        "a: \n" * 50_000,
        "\\boxed{" * 30_000,
        "\\boxed " * 30_000,
        "{" * 200_000,
        "<answer>" * 25_000,
        "<think>" * 30_000,
        "#### " * 40_000,
    ],
)
def test_two_hundred_kilobytes_of_junk_are_read_at_once(text: str) -> None:
    started = time.process_time()
    final_answer(text)
    assert time.process_time() - started < 1.0
