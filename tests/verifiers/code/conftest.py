"""What the tests of the entry `code` share: a way to score a program, and one executor."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rewardkit import Sample, Score
from rewardkit.execution.local import LocalExecutor
from rewardkit.verifiers.code.verifier import CodeTests

ScoreCode = Callable[..., Score]


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor() as executor:
        yield executor


@pytest.fixture(scope="session")
def score_code() -> ScoreCode:
    """The score of a program for a reference: `score_code(program, reference, prompt="", data={}, **options)`."""

    def score(code: str, reference: Any, prompt: str = "", data: dict[str, Any] | None = None, **options: Any) -> Score:
        language = options.get("language", "python")
        response = f"```{language}\n{code}\n```"
        sample = Sample(prompt=prompt, response=response, reference=reference, data=data or {})
        return CodeTests(**options).verify(sample)

    return score
