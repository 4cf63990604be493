"""Which column is what: from rows as trainers write them to `Sample`s.

    fields = detect(source.first(), {"reference": "reward_model.ground_truth"})
    print(fields.describe())    # prompt=prompt, response=responses, reference=... (reference as given, ...)
    for row in source.rows():
        samples = samples_of(row, fields)

A column is named by its name, or by a dotted path into nested columns (`reward_model.ground_truth`, `choices.0.text`).
A column whose own name has dots comes before a path of the same spelling.

Several responses in one row, as a list of texts or of message lists, become several samples of one group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardkit.data.source import Row
from rewardkit.errors import DataError, RowError, UsageError, nearest
from rewardkit.sample import Sample, content_text, is_messages

ROLES = ("prompt", "response", "reference", "group", "id")

CONVERSATION = "messages"
"""The column that holds the whole conversation: its last assistant message is the response."""

CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "response": (
        "response",
        "responses",
        "completion",
        "completions",
        "response.output",
        "output",
        "outputs",
        "generation",
        "generations",
        "model_output",
        "model_response",
        "prediction",
        "rollout",
        CONVERSATION,
    ),
    "prompt": (
        "prompt",
        "question",
        "problem",
        "instruction",
        "query",
        "responses_create_params.input",
        "input",
        CONVERSATION,
    ),
    "reference": (
        "reference",
        "reference_answer",
        "expected_answer",
        "ground_truth",
        "reward_model.ground_truth",
        "gold_answer",
        "final_answer",
        "answer",
        "target",
        "gts",
        "solution",
        "label",
        "test_list",
        "test_cases",
        "input_output",
        "tests",
        "test",
    ),
    "group": ("group", "group_id", "uid", "prompt_id", "problem_id", "question_id"),
    "id": ("id", "sample_id", "row_id", "task_id", "idx", "index", "extra_info.index"),
}
"""Columns that each role is looked for in, roles and columns in order of priority: the names of TRL, verl, OpenRLHF,
NeMo Gym, Alpaca and plain chat files."""

_OUTPUT_ITEMS = frozenset(("message", "reasoning", "function_call", "function_call_output"))
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The column of each role: a name or a dotted path, None where there is none."""

    response: str
    prompt: str | None = None
    """The same as `response` where both are in one conversation."""
    reference: str | None = None
    group: str | None = None
    id: str | None = None
    given: frozenset[str] = frozenset()
    """The roles whose columns were named by the caller and not detected."""

    def describe(self) -> str:
        """The sentence to say aloud.

        >>> FieldMap("response", "question", "answer", "uid").describe()
        'prompt=question, response=response, reference=answer, group=uid (detected from the column names)'
        """
        found = {role: getattr(self, role) for role in ROLES if getattr(self, role)}
        columns = ", ".join(f"{role}={column}" for role, column in found.items())
        given = [role for role in ROLES if role in self.given]
        if not given:
            how = "detected from the column names"
        elif len(given) == len(found):
            how = "as given"
        else:
            how = f"{', '.join(given)} as given, the rest detected from the column names"
        return f"{columns} ({how})" + ("" if self.reference else "; no reference")


def detect(
    rows: Sequence[Row], overrides: Mapping[str, str | None] | None = None, *, needs_response: bool = True
) -> FieldMap:
    """The columns of the roles, by `overrides` (role to column) and else by the first of `CANDIDATES` that fits.

    Args:
        rows: The first rows of a source; those with an error are passed over.
        overrides: Columns named by the user; None is the same as absent.
        needs_response: Whether having no response is an error; if not, its column is then the empty text.

    Raises:
        UsageError: a named column is not there, or no column can be the response.
        DataError: none of the rows could be read.
    """
    given = {role: column for role, column in (overrides or {}).items() if column is not None}
    for role in given:
        if role not in ROLES:
            raise UsageError(f"there is no role {role!r}; {nearest(role, ROLES)}")
    seen = [row.fields for row in rows if row.fields is not None]
    if not seen:
        first = f"; row {rows[0].number}: {rows[0].error}" if rows else ""
        raise DataError(f"none of the first {len(rows)} rows could be read{first}")
    columns = columns_of(seen)
    for role, column in given.items():
        if not any(has_column(fields, column) for fields in seen):
            raise UsageError(f"there is no column {column!r} to take the {role} from; {_nearest(column, columns)}")
    found = dict(given)
    for role in CANDIDATES:
        if role not in found and (best := _best(role, seen, found)) is not None:
            found[role] = best
    if "response" not in found and not needs_response:
        found["response"] = ""
    if "response" not in found:
        raise UsageError(
            f"no column looks like the response; columns: {', '.join(columns)}; name it with --response-field"
        )
    return FieldMap(**found, given=frozenset(given))


def samples_of(row: Row, fields: FieldMap) -> list[Sample]:
    """The samples of one row: one, or as many as it has responses, which then share a group.

    The id is that of the id column, or else the row's number; the samples of several responses are `id/0`, `id/1`...
    `data` holds the columns that have no role, shared and not copied.

    Raises:
        RowError: the row could not be read, or has no response that could be judged.
    """
    if row.fields is None:
        raise RowError(row.error or "the row could not be read")
    response = _judged(lookup(row.fields, fields.response), fields.response)
    prompt: Any = ""
    if fields.prompt == fields.response:
        prompt, response = _split(response)
    elif fields.prompt is not None:
        prompt = value_at(row.fields, fields.prompt)
    reference = None if fields.reference is None else value_at(row.fields, fields.reference)
    name = _text(row.fields, fields.id, "id") or str(row.number)
    group = _text(row.fields, fields.group, "group")
    roles = (fields.prompt, fields.response, fields.reference, fields.group, fields.id)
    data = {column: value for column, value in row.fields.items() if column not in roles}

    def sample(one: Any, identity: str, of: str | None) -> Sample:
        text = "" if prompt is None else prompt
        return Sample(prompt=text, response=one, reference=reference, data=data, group=of, id=identity)

    if not is_many(response):
        return [sample(response, name, group)]
    return [
        sample(_judged(one, f"{fields.response}[{index}]"), f"{name}/{index}", group or name)
        for index, one in enumerate(response)
    ]


def stated_group(row: Row, fields: FieldMap) -> str | None:
    """The id in the group column of a row, even of one that can't become a sample; None when there is none to read."""
    if row.fields is None:
        return None
    try:
        return _text(row.fields, fields.group, "group")
    except RowError:
        return None


def is_many(value: object) -> bool:
    """Whether `value` is a list of responses, and not one response in the form of chat messages.

    >>> is_many(["a", "b"]), is_many([{"role": "assistant", "content": "a"}])
    (True, False)
    >>> is_many([[{"role": "assistant", "content": "a"}]])
    True
    """
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return any(isinstance(item, (str, list, tuple)) for item in value)


def lookup(fields: Mapping[str, Any], path: str) -> Any:
    """The value at a column name or dotted path; a private marker, equal to nothing, when there is none.

    >>> lookup({"a": {"b": [10, 20]}, "a.b": 1}, "a.b"), lookup({"a": {"b": [10, 20]}}, "a.b.1")
    (1, 20)
    """
    if path in fields:  # nearly always; a name that has dots itself comes first anyway
        return fields[path]
    return _descend(fields, path.split(".")) if "." in path else _MISSING


def _descend(value: Any, parts: list[str]) -> Any:
    if not parts:
        return value
    if isinstance(value, Mapping):
        for length in range(len(parts), 0, -1):  # names that have dots themselves come first
            name = ".".join(parts[:length])
            if name in value and (found := _descend(value[name], parts[length:])) is not _MISSING:
                return found
    elif isinstance(value, (list, tuple)) and parts[0].isdecimal() and len(parts[0]) < 10:
        index = int(parts[0])
        if index < len(value):
            return _descend(value[index], parts[1:])
    return _MISSING


def has_column(fields: Mapping[str, Any], column: str) -> bool:
    """Whether a row has the column, by name or dotted path."""
    return lookup(fields, column) is not _MISSING


def value_at(fields: Mapping[str, Any], column: str) -> Any:
    """The value at a column name or dotted path; None when there is none."""
    value = lookup(fields, column)
    return None if value is _MISSING else value


def _judged(value: Any, column: str) -> Any:
    """A response, with the output items of a Responses API object turned into their text."""
    if value is _MISSING:
        raise RowError(f"the row has no {column!r}, where the response is expected")
    if value is None:
        raise RowError(f"{column} is null; expected a response")
    if isinstance(value, Mapping) and isinstance(value.get("output"), list):
        value = value["output"]
    if isinstance(value, (list, tuple)) and not value:
        raise RowError(f"{column} is an empty list; expected a response")
    if _is_output(value):
        return "".join(content_text(_texts(item)) for item in value if item.get("type") == "message")
    if is_messages(value) and not any(_is_assistant(message) for message in value):
        raise RowError(f"{column} has no message of the assistant")
    if not isinstance(value, str) and not is_many(value) and not is_messages(value):
        shown = type(value).__name__
        raise RowError(f"{column} is of type {shown}; expected text, chat messages, or a list of either")
    return value


def _is_assistant(message: Mapping[str, Any]) -> bool:
    return bool(message.get("role", "assistant") == "assistant")


def _is_output(value: object) -> bool:
    """Whether `value` is the `output` list of the Responses API: messages, reasoning and tool calls by `type`."""
    return (
        isinstance(value, (list, tuple))
        and len(value) > 0
        and all(isinstance(item, Mapping) and item.get("type") in _OUTPUT_ITEMS for item in value)
    )


def _texts(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message item with nothing but its output texts; a refusal is no text."""
    content = item.get("content")
    if not isinstance(content, (list, tuple)):
        return item
    return {"content": [part for part in content if isinstance(part, Mapping) and part.get("type") == "output_text"]}


def _split(conversation: Any) -> tuple[Any, Any]:
    """The messages before the last one of the assistant, and that one."""
    if not is_messages(conversation):
        return "", conversation
    last = max(index for index, message in enumerate(conversation) if _is_assistant(message))
    return list(conversation[:last]), [conversation[last]]


def _text(fields: Mapping[str, Any], column: str | None, role: str) -> str | None:
    value = None if column is None else value_at(fields, column)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (Mapping, list, tuple)):
        raise RowError(f"{column} is of type {type(value).__name__}; expected a text or a number for the {role}")
    return str(value)


def _best(role: str, seen: Sequence[Mapping[str, Any]], found: Mapping[str, str]) -> str | None:
    taken = set(found.values()) - ({CONVERSATION} if role == "prompt" else set())
    for column in CANDIDATES[role]:
        if column in taken:
            continue
        values = [value for fields in seen if (value := value_at(fields, column)) is not None]
        if values and _FITS[role](values) and not (column == "label" and _are_flags(values)):
            return column
    return None


def _is_response(values: list[Any]) -> bool:
    return any(isinstance(v, str) or is_messages(v) or is_many(v) or _is_output(v) for v in values)


def _is_prompt(values: list[Any]) -> bool:
    return any(isinstance(v, str) or is_messages(v) for v in values)


def _is_identity(values: list[Any]) -> bool:
    return all(isinstance(v, (str, int)) and not isinstance(v, bool) for v in values)


_FITS: Mapping[str, Callable[[list[Any]], bool]] = {
    "response": _is_response,
    "prompt": _is_prompt,
    "reference": bool,
    "group": _is_identity,
    "id": _is_identity,
}


def _are_flags(values: Iterable[Any]) -> bool:
    """Whether all are 0, 1 or booleans: marks of good and bad rows, as in KTO, and not answers."""
    return all(isinstance(v, (bool, int, float)) and v in (0, 1) for v in values)


def columns_of(seen: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of all columns, and the paths one level into nested ones, in order of appearance."""
    names: dict[str, None] = {}
    for fields in seen:
        for name, value in fields.items():
            names[name] = None
            if isinstance(value, Mapping):
                names.update(dict.fromkeys(f"{name}.{inner}" for inner in value))
    return list(names)


def _nearest(column: str, columns: Sequence[str]) -> str:
    listed = f"columns: {', '.join(columns)}"
    hint = nearest(column, columns)
    return f"{hint} {listed}" if hint.startswith("did you mean") else listed
