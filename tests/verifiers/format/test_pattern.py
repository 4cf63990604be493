from __future__ import annotations

import time

import pytest

from rewardkit.errors import OptionError
from rewardkit.reward import Deferred
from rewardkit.sample import Sample
from rewardkit.score import Outcome
from rewardkit.verifiers.format.linear_regex import PatternError, compile_pattern
from rewardkit.verifiers.format.pattern import Regex


def outcome(verifier: Regex, response: str, reference: object = None) -> str:
    return verifier.verify(Sample(response=response, reference=reference)).outcome.value


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(?=a)a", "lookaround"),
        (r"a(?!b)", "lookaround"),
        (r"(?<=a)b", "lookaround"),
        (r"(a)\1", "backreferences"),
        (r"a\Z", r"\z, not \Z"),
        ("a++", "possessive"),
        ("(?>a)", "atomic"),
        ("(a", "missing )"),
        ("a{1001}", "invalid repetition size"),
        (r"\pL{1000}", "too large"),
        ("a" * 300_000, "too large"),
        ("\ud800", "surrogate"),
        ("a*", "empty text"),
        ("", "empty text"),
    ],
)
def test_pattern_that_can_not_be_used_is_refused_with_the_reason(pattern: str, why: str) -> None:
    with pytest.raises(OptionError) as refused:
        Regex(pattern=pattern, match="search")
    assert why in str(refused.value)
    score = Regex(match="search").verify(Sample(response="a", reference=pattern))
    assert score.outcome is Outcome.BAD_REFERENCE
    assert why in score.reason


@pytest.mark.parametrize("reference", [None, 3, ["a"], {"pattern": "a"}])
def test_reference_that_is_no_text_is_a_bad_reference(reference: object) -> None:
    assert outcome(Regex(), "a", reference) == "BAD_REFERENCE"


def test_empty_match_is_permitted_when_declared() -> None:
    verifier = Regex(pattern=r"\d*", allow_empty=True)
    assert outcome(verifier, "12") == "CORRECT"
    assert outcome(verifier, "a") == "INCORRECT"
    assert outcome(verifier, " ") == "NO_ANSWER"


@pytest.mark.parametrize(
    ("options", "matching", "other"),
    [
        ({"pattern": "yes|no"}, " yes\n", "yes no"),
        ({"pattern": "yes", "match": "search"}, "oh yes!", "Yes"),
        ({"pattern": "yes", "ignore_case": True}, "YES", "yep"),
        ({"pattern": "a.b", "dot_all": True}, "a\nb", "a\n\nb"),
        ({"pattern": "^b$", "multiline": True, "match": "search"}, "a\nb\nc", "a b c"),
        ({"pattern": "b$", "match": "search"}, "a\nb", "b\na"),
        ({"pattern": "<think>.*", "where": "response"}, "<think>a", "b<think>a"),
        ({"pattern": r"\d+", "where": "answer"}, "1, 2? \\boxed{3}", "3 \\boxed{x}"),
        ({"pattern": "\u00e9+"}, "\u00e9\u00e9", "e"),
        ({"pattern": "a\ufffdb"}, "a\ud800b", "ab"),
    ],
)
def test_options_decide_what_is_matched_and_how(options: dict[str, object], matching: str, other: str) -> None:
    verifier = Regex(**options)  # type: ignore[arg-type]  # the table names the options
    assert outcome(verifier, matching) == "CORRECT"
    assert outcome(verifier, other) == "INCORRECT"


def test_closing_line_break_is_not_the_end_of_the_text() -> None:
    assert outcome(Regex(pattern="b$", match="search", where="response"), "ab\n") == "INCORRECT"


def test_search_never_looks_into_thinking_by_default() -> None:
    verifier = Regex(pattern="42", match="search")
    assert outcome(verifier, "<think>42</think>no") == "INCORRECT"
    assert outcome(verifier, "<think>no</think>42") == "CORRECT"
    assert outcome(verifier, "<think>42</think>") == "NO_ANSWER"


def test_exponential_pattern_takes_linear_time() -> None:
    verifier = Regex(pattern="(x+x+)+y|(a|a)*b|(.*)*c", match="search")
    started = time.process_time()
    assert outcome(verifier, "xa" * 100_000) == "INCORRECT"
    assert time.process_time() - started < 2.0


def test_match_is_found_where_the_states_do_not_fit_into_memory() -> None:
    pattern = compile_pattern("a.{12}b.{500}c", dot_all=True)
    text = "ab" * 3000
    assert pattern.search(text) is None
    needle = "a" + "x" * 12 + "b" + "y" * 500 + "c"
    assert pattern.search(text + needle + text) is not None
    assert pattern.fullmatch(needle) == needle


def test_large_pattern_on_a_long_text_is_left_to_a_worker() -> None:
    verifier = Regex(pattern="(?s)a.{990}c", match="search")
    short, long = Sample(response="a" * 100), Sample(response="a" * 50_000)
    assert not isinstance(verifier.begin(short), Deferred)
    begun = verifier.begin(long)
    assert isinstance(begun, Deferred)
    hash(begun.work)
    assert verifier.finish(begun.work) == verifier.verify(long)


def test_possible_silent_failure_of_re2_is_an_error() -> None:
    """re2 compiles this one, but not the reversed program that finds where a match begins."""
    with pytest.raises(PatternError, match="too large"):
        compile_pattern("a" * 300_000)


def test_evidence_can_always_be_written_as_json() -> None:
    score = Regex(pattern="b").verify(Sample(response="\ud800" * 500))
    assert score.evidence["text"] == "?" * 197 + "..."
