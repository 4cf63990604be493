"""TRL: a reward as a function for `reward_funcs` of GRPOTrainer, RLOOTrainer and their kin.

    from rewardkit.trainers.trl import trl_reward

    GRPOTrainer(model=..., reward_funcs=[trl_reward("math", reference="answer")], ...)

TRL calls a reward function once a batch, by keyword: `prompts`, `completions`, `completion_ids`, every other dataset
column as a list, and (in recent versions) `trainer_state`, `log_extra` and `log_metric`. It takes None for "not
scorable" and masks it, so None passes through as it is. Prompts and completions may be text or messages, and some
forks hand over text for a dataset of messages: both are accepted, row by row.

The trainer's step is each sample's `data["step"]`, for schedules. Completions of one prompt stand side by side, and
become one group, for gates that read groups.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence
from typing import Any

from rewardkit.errors import UsageError, nearest
from rewardkit.gates.tree import needs_groups
from rewardkit.recipe import get, is_recipe, load
from rewardkit.reward import Reward
from rewardkit.sample import Sample
from rewardkit.score import Score

_NOT_COLUMNS = frozenset({"trainer_state", "log_extra", "log_metric", "environments"})

TrlReward = Callable[..., list[float | None]]


def trl_reward(
    reward: str | Reward,
    *,
    reference: str = "answer",
    name: str | None = None,
    group_size: int | None = None,
    **options: Any,
) -> TrlReward:
    """A function for TRL's `reward_funcs`.

    Args:
        reward: a registered name, the path of a recipe (.yaml), or a reward object.
        reference: the dataset column that holds the reference; it is required to exist unless it is "".
        name: the function's name, under which TRL logs the reward; by default the reward's own.
        group_size: completions of one prompt (`num_generations`), needed where the reward reads groups: a trainer of
            several processes may hand over a part of a group, which nothing else tells from a whole one.
        options: options of the reward, where it is given by name.

    Returns:
        `f(prompts, completions, **columns) -> list[float | None]`, one number a completion, None where the row can't be
        judged. It also logs the share of each outcome as `<name>/<OUTCOME>` where TRL offers `log_metric`.

    Raises:
        UsageError: unknown name or option, no `group_size` for a reward that reads groups; and at a call, when the
            dataset has no column `reference`, or when the prompts do not come in groups of `group_size`.
    """
    if isinstance(reward, str):
        if is_recipe(reward) and options:
            raise UsageError("options belong into the recipe when the reward is a recipe file")
        scorer: Reward = load(reward) if is_recipe(reward) else get(reward, **options)
    else:
        scorer = reward
    label = name or str(getattr(scorer, "name", type(scorer).__name__))
    if group_size is None and needs_groups(scorer):  # type: ignore[arg-type]  # any reward can be looked through
        raise UsageError(f"{label!r} reads whole groups: say group_size, the trainer's num_generations")

    def reward_function(
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        data = {key: column for key, column in columns.items() if key not in _NOT_COLUMNS}
        if reference and reference not in data:
            raise UsageError(f"the dataset has no column {reference!r} for the reference; {nearest(reference, data)}")
        step = getattr(columns.get("trainer_state"), "global_step", None)
        if step is not None and "step" not in data:
            data["step"] = [step] * len(prompts)
        groups = _groups(prompts, group_size)
        samples = [
            Sample(
                prompt=prompt,
                response=completion,
                reference=data[reference][i] if reference else None,
                data=_row(data, i, completion_ids),
                group=groups[i],
            )
            for i, (prompt, completion) in enumerate(zip(prompts, completions, strict=True))
        ]
        scores = scorer.score(samples)
        _log_outcomes(label, scores, columns.get("log_metric"))
        return [score.value for score in scores]

    reward_function.__name__ = reward_function.__qualname__ = label.replace(".", "_")
    return reward_function


def _groups(prompts: Sequence[Any], size: int | None) -> list[str]:
    """The group of each completion: `size` in a row, or where it is not given a run of equal prompts."""
    groups: list[str] = []
    start = 0
    for i, prompt in enumerate(prompts):
        follows = i > 0 and prompt == prompts[i - 1]
        if size is None:
            start = start if follows else i
        elif i % size == 0:
            start = i
        elif not follows:
            raise UsageError(
                f"group_size is {size}, and completion {i} of the batch answers another prompt than {i - 1}"
            )
        groups.append(str(start))
    if size is not None and len(prompts) % size:
        raise UsageError(f"a batch of {len(prompts)} completions is not made of whole groups of {size}")
    return groups


def _row(data: dict[str, Any], i: int, completion_ids: Sequence[Sequence[int]] | None) -> dict[str, Any]:
    row = {key: column[i] for key, column in data.items()}
    if completion_ids is not None:
        row["completion_ids"] = completion_ids[i]
    return row


def _log_outcomes(label: str, scores: Sequence[Score], log_metric: Callable[[str, float], None] | None) -> None:
    if log_metric is None or not scores:
        return
    for outcome, count in collections.Counter(score.outcome for score in scores).items():
        log_metric(f"{label}/{outcome}", count / len(scores))
