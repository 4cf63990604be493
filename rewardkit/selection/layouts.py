"""Rows as trainers read them.

| layout | responses | pairs | prompts |
|---|---|---|---|
| trl | prompt, completion | prompt, chosen, rejected | prompt, reference |
| trl-messages | messages | chosen, rejected, both with the prompt in front | prompt, reference |
| verl | messages, and the columns of prompts | - | data_source, prompt, reward_model, extra_info |
| openrlhf | input, output, label | prompt, chosen, rejected | input, label, datasource |

Text stays text and chat messages stay messages, one or the other for the whole output: `datasets` and Arrow take one
type a column. Layouts that are made of messages turn a text prompt into a message of the user, and a text response
into one of the assistant. Messages never become text, as that would choose a chat template.

No column is called `margin`: reward trainers of TRL and OpenRLHF change their loss when they find one. The rewards of
a pair stand in score_chosen and score_rejected.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rewardkit.data.fields import value_at
from rewardkit.errors import RowError, UsageError, nearest
from rewardkit.sample import Sample, Text
from rewardkit.selection.pairs import Pair
from rewardkit.selection.scored import Response, Scored, ScoredGroup

Shape = Literal["text", "messages"]
"""What prompts and responses are in the output."""

Facts = Mapping[str, Any]
"""What is known of a prompt beyond its row: pass_rate, scored, bucket."""


@dataclass(frozen=True)
class Layout:
    """How rows are laid out; make it with `Layout.named`."""

    name: str
    shape: Shape
    keep: tuple[str, ...] = ()
    """Input columns, by name or dotted path, that are carried over under their last name."""
    data_source: str | None = None
    """For verl: the data_source of rows that have none."""

    @classmethod
    def named(
        cls,
        name: str,
        scored: Scored,
        *,
        shape: Shape | None = None,
        keep: Sequence[str] = (),
        data_source: str | None = None,
    ) -> Layout:
        """The layout called `name`, for the rows of `scored`. Without `shape`, messages if the first rows have any.

        Raises:
            UsageError: there is no such layout, or it can't have that shape.
        """
        if name not in _RESPONSES:
            raise UsageError(f"no layout {name!r}; {nearest(name, _RESPONSES)}")
        if name in _OF_MESSAGES:
            if shape == "text":
                raise UsageError(f"the layout {name} is made of messages; --as text does not go with it")
            shape = "messages"
        return cls(name, shape or _found(scored), tuple(keep), data_source)

    @property
    def gives_pairs(self) -> bool:
        """Whether its trainers read pairs."""
        return self.name in _PAIRS

    def response(self, response: Response, facts: Facts) -> dict[str, Any]:
        """The row of one response. Raises `RowError`."""
        return self._kept(_RESPONSES[self.name](self, response, facts), response)

    def pair(self, pair: Pair) -> dict[str, Any]:
        """The row of one pair. Raises `RowError`."""
        row = _PAIRS[self.name](self, pair)
        scores = {"score_chosen": pair.chosen.reward, "score_rejected": pair.rejected.reward}
        return self._kept({**row, **scores}, pair.chosen)

    def prompt(self, response: Response, facts: Facts) -> dict[str, Any]:
        """The row of one prompt, for which one of its responses stands. Raises `RowError`."""
        return self._kept(_PROMPTS[self.name](self, response, facts), response)

    def prompt_of(self, sample: Sample) -> str | list[dict[str, Any]]:
        """The prompt in the shape of the output."""
        return self._shaped(sample.prompt, "user", "prompt")

    def response_of(self, sample: Sample) -> str | list[dict[str, Any]]:
        """The response in the shape of the output."""
        return self._shaped(sample.response, "assistant", "response")

    def _shaped(self, text: Text, role: str, name: str) -> str | list[dict[str, Any]]:
        if isinstance(text, str):
            return text if self.shape == "text" else [{"role": role, "content": text}] if text else []
        if self.shape == "text":
            raise RowError(
                f"the {name} is chat messages, and those before it were text; write all as messages: --as messages"
            )
        return [dict(message) for message in text]

    def _kept(self, row: dict[str, Any], response: Response) -> dict[str, Any]:
        for column in self.keep:
            name = column.rsplit(".", 1)[-1]
            if name in row:
                raise UsageError(f"--keep {column}: the layout {self.name} has a column {name!r} of its own")
            row[name] = value_at(response.row.fields or {}, column)
        return row


def facts_of(group: ScoredGroup, bucket: str | None = None) -> dict[str, Any]:
    """What layouts may tell of a prompt."""
    facts: dict[str, Any] = {"pass_rate": group.pass_rate, "scored": len(group.scored)}
    return facts if bucket is None else {"bucket": bucket, **facts}


def _found(scored: Scored) -> Shape:
    for row in scored.first:
        if row.fields is None:
            continue
        for column in (scored.fields.prompt, scored.fields.response):
            value = value_at(row.fields, column) if column else None
            if _has_messages(value):
                return "messages"
    return "text"


def _has_messages(value: Any) -> bool:
    if isinstance(value, (list, tuple)) and value:
        return isinstance(value[0], Mapping) or _has_messages(value[0])
    return isinstance(value, Mapping)


def _join(prompt: Any, response: Any) -> list[dict[str, Any]]:
    return [*prompt, *response]


def _trl_response(layout: Layout, response: Response, _facts: Facts) -> dict[str, Any]:
    return {"prompt": layout.prompt_of(response.sample), "completion": layout.response_of(response.sample)}


def _trl_conversation(layout: Layout, response: Response, _facts: Facts) -> dict[str, Any]:
    return {"messages": _join(layout.prompt_of(response.sample), layout.response_of(response.sample))}


def _trl_pair(layout: Layout, pair: Pair) -> dict[str, Any]:
    chosen, rejected = pair.chosen.sample, pair.rejected.sample
    return {
        "prompt": layout.prompt_of(chosen),
        "chosen": layout.response_of(chosen),
        "rejected": layout.response_of(rejected),
    }


def _trl_conversation_pair(layout: Layout, pair: Pair) -> dict[str, Any]:
    prompt = layout.prompt_of(pair.chosen.sample)
    return {
        "chosen": _join(prompt, layout.response_of(pair.chosen.sample)),
        "rejected": _join(prompt, layout.response_of(pair.rejected.sample)),
    }


def _trl_prompt(layout: Layout, response: Response, facts: Facts) -> dict[str, Any]:
    return {"prompt": layout.prompt_of(response.sample), "reference": response.sample.reference, **facts}


def _verl_prompt(layout: Layout, response: Response, facts: Facts) -> dict[str, Any]:
    sample = response.sample
    source = sample.data.get("data_source")
    if not isinstance(source, str):
        source = layout.data_source
    if source is None:
        raise UsageError(
            "verl picks its reward by the column data_source, which the rows do not have; name one: --data-source NAME"
        )
    rule = sample.data.get("reward_model")
    style = rule.get("style", "rule") if isinstance(rule, Mapping) else "rule"
    extra = sample.data.get("extra_info")
    row = {
        "data_source": source,
        "prompt": layout.prompt_of(sample),
        "reward_model": {"style": style, "ground_truth": sample.reference},
        "extra_info": {"index": sample.id, **(extra if isinstance(extra, Mapping) else {}), **facts},
    }
    ability = sample.data.get("ability")
    return {**row, "ability": ability} if isinstance(ability, str) else row


def _verl_response(layout: Layout, response: Response, facts: Facts) -> dict[str, Any]:
    own = {**facts, "reward": response.reward, "outcome": response.outcome}
    row = _verl_prompt(layout, response, own)
    return {**row, "messages": _join(row["prompt"], layout.response_of(response.sample))}


def _openrlhf_response(layout: Layout, response: Response, _facts: Facts) -> dict[str, Any]:
    sample = response.sample
    return {"input": layout.prompt_of(sample), "output": layout.response_of(sample), "label": _label(sample)}


def _openrlhf_prompt(layout: Layout, response: Response, facts: Facts) -> dict[str, Any]:
    sample = response.sample
    source = sample.data.get("data_source") or layout.data_source or "default"
    return {"input": layout.prompt_of(sample), "label": _label(sample), "datasource": source, **facts}


def _label(sample: Sample) -> str:
    """The reference as OpenRLHF hands it to a reward function: as text."""
    if sample.reference is None:
        return ""
    return sample.reference if isinstance(sample.reference, str) else json.dumps(sample.reference, ensure_ascii=False)


_OF_MESSAGES = frozenset(("trl-messages", "verl"))

_RESPONSES: Mapping[str, Callable[[Layout, Response, Facts], dict[str, Any]]] = {
    "trl": _trl_response,
    "trl-messages": _trl_conversation,
    "verl": _verl_response,
    "openrlhf": _openrlhf_response,
}
_PAIRS: Mapping[str, Callable[[Layout, Pair], dict[str, Any]]] = {
    "trl": _trl_pair,
    "trl-messages": _trl_conversation_pair,
    "openrlhf": _trl_pair,
}
_PROMPTS: Mapping[str, Callable[[Layout, Response, Facts], dict[str, Any]]] = {
    "trl": _trl_prompt,
    "trl-messages": _trl_prompt,
    "verl": _verl_prompt,
    "openrlhf": _openrlhf_prompt,
}
NAMES = tuple(_RESPONSES)
"""All layouts."""
