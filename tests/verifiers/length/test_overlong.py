from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardkit.errors import OptionError
from rewardkit.sample import Sample
from rewardkit.score import Range, check
from rewardkit.verifiers.length.overlong import SoftOverlong


def value(verifier: SoftOverlong, n_tokens: int) -> float:
    score = verifier.verify(Sample(response="x", data={"n_tokens": n_tokens}))
    check(score, verifier.range)
    assert score.value is not None
    return score.value


def test_worked_example_of_the_paper() -> None:
    """DAPO, equation 13, with the paper's 20480 and 4096; the last one is the clamp."""
    verifier = SoftOverlong(unit="tokens", max_length=20480, cache_length=4096)
    lengths, expected = [16000, 16384, 18432, 20480, 21000], [0.0, 0.0, -0.5, -1.0, -1.0]
    assert [value(verifier, n) for n in lengths] == pytest.approx(expected, abs=1e-9)


def test_factor_scales_value_and_range() -> None:
    verifier = SoftOverlong(unit="tokens", max_length=20480, cache_length=4096, factor=0.3)
    assert verifier.range == Range(-0.3, 0.0)
    assert value(verifier, 18432) == pytest.approx(-0.15)
    assert value(verifier, 10**9) == -0.3


def test_without_cache_the_step_is_sharp() -> None:
    verifier = SoftOverlong(unit="tokens", max_length=10)
    assert [value(verifier, n) for n in (1, 10, 11, 99)] == [0.0, 0.0, -1.0, -1.0]


def test_cache_as_long_as_the_limit_punishes_from_the_start() -> None:
    verifier = SoftOverlong(unit="tokens", max_length=10, cache_length=10)
    assert [value(verifier, n) for n in (1, 5, 10)] == pytest.approx([-0.1, -0.5, -1.0])


@given(
    st.integers(1, 10**6),
    st.integers(0, 10**6),
    st.floats(1e-6, 1e6),
    st.lists(st.integers(1, 2 * 10**6), min_size=2, max_size=5),
)
def test_value_stays_in_range_and_never_rises_with_length(
    max_length: int, cache: int, factor: float, lengths: list[int]
) -> None:
    verifier = SoftOverlong(unit="tokens", max_length=max_length, cache_length=min(cache, max_length), factor=factor)
    values = [value(verifier, n) for n in sorted(lengths)]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    "options",
    [
        {"max_length": 0},
        {"max_length": 10, "cache_length": 11},
        {"max_length": 10, "cache_length": -1},
        {"max_length": 10, "factor": 0.0},
        {"max_length": 10, "factor": math.nan},
        {"max_length": 10, "factor": math.inf},
    ],
)
def test_options_that_can_not_be_meant_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        SoftOverlong(unit="tokens", **options)  # type: ignore[arg-type]  # wrong on purpose


def test_worked_example_of_every_published_form() -> None:
    lengths = [16000, 16384, 18432, 20480, 21000]
    paper = SoftOverlong(unit="tokens", max_length=20480, cache_length=4096)
    assert [value(paper, n) for n in lengths] == pytest.approx([0.0, 0.0, -0.5, -1.0, -1.0], abs=1e-6)
    verl = SoftOverlong(unit="tokens", max_length=20480, cache_length=4096, form="unclamped", floor=-4.0)
    assert [value(verl, n) for n in lengths] == pytest.approx([0.0, 0.0, -0.5, -1.0, -1.126953], abs=1e-6)
    assert value(verl, 10**6) == -4.0


@settings(deadline=None)
@given(st.integers(1, 5000), st.integers(0, 5000), st.lists(st.integers(1, 10_000), min_size=1, max_size=8))
def test_the_paper_form_is_what_trl_computes(max_length: int, cache: int, lengths: list[int]) -> None:
    rewards = pytest.importorskip("trl.rewards")
    cache = min(cache, max_length)
    theirs = rewards.get_soft_overlong_punishment(max_length, cache)([[0] * n for n in lengths])
    verifier = SoftOverlong(unit="tokens", max_length=max_length, cache_length=cache)
    assert [value(verifier, n) for n in lengths] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"form": "unclamped"},
        {"floor": -4.0},
        {"form": "unclamped", "floor": -1.0},
        {"form": "unclamped", "floor": -4.0, "cache_length": 0},
    ],
)
def test_a_form_without_an_end_needs_a_floor(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="floor"):
        SoftOverlong(unit="tokens", max_length=10, **{"cache_length": 5, **options})  # type: ignore[arg-type]  # wrong on purpose
