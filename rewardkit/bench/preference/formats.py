"""Rows of preference benchmarks as `Comparison`s: which formats there are, how one is recognised, how its rows read.

| format | columns |
|---|---|
| `rewardbench` | prompt, chosen, rejected, subset; usually chosen_model and rejected_model |
| `rewardbench2` | prompt, chosen (list), rejected (list), subset; id `ref:N` or `tied:N` in the subset Ties |
| `rm-bench` | prompt, chosen (3 texts), rejected (3 texts); domain, or a file named after it |
| `judgebench` | question, response_A, response_B, label `A>B` or `B>A`; usually source |
| `hh` | chosen, rejected: whole dialogues as text, turns opened by `Human:` and `Assistant:` (Anthropic HH-RLHF) |
| `pairs` | chosen, rejected: text or chat messages, with the prompt in the messages or in a column prompt |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardkit.bench.preference.best_of import TIES, RewardBench2Tally
from rewardkit.bench.preference.comparison import Comparison, Tally
from rewardkit.bench.preference.matrix import KNOWN, STYLES, MatrixTally
from rewardkit.bench.preference.pairwise import SECTIONS, JudgeBenchTally, RewardBenchTally, StrictTally
from rewardkit.data.fields import lookup
from rewardkit.data.lines import kind_of
from rewardkit.errors import RowError, UsageError, nearest
from rewardkit.sample import Sample, Text, is_messages

_TURN = re.compile(r"\n\n(Human|Assistant):")
_ROLES = {"Human": "user", "Assistant": "assistant"}
_TIE_ID = re.compile(r"(ref|tied):\S{1,100}")
_SUBSETS = frozenset(name for weights in SECTIONS.values() for name in weights)

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read, beside their format."""

    path: str = ""
    """The file, for what its name tells."""
    passes: int = 1
    """How often each pair of JudgeBench is scored."""
    reference: str | None = None
    """The column or dotted path of a reference, for rewards that need one."""


@dataclass(frozen=True)
class Format:
    """One format: how it is recognised, read and counted."""

    name: str
    columns: tuple[str, ...]
    """Columns that it can't do without."""
    is_like: Callable[[Fields], bool]
    """Whether a row that has the columns is of this format."""
    read: Callable[[Fields, Reading], Comparison]
    """Raises `RowError` for a row that can't be compared."""
    tally: type[Tally]
    rule: str
    """How a row is scored, in one sentence."""


def detect(rows: Sequence[Fields], given: str | None = None) -> Format:
    """The format of a file by its first rows, or the one that is `given`.

    Raises:
        UsageError: no such format, or the rows are of no known format or not of the given one.
    """
    columns = sorted({name for row in rows for name in row})
    if given is not None:
        if given not in FORMATS:
            raise UsageError(f"there is no format {given!r}; {nearest(given, FORMATS)}")
        missing = [name for name in FORMATS[given].columns if name not in columns]
        if missing:
            needs = ", ".join(FORMATS[given].columns)
            raise UsageError(
                f"the format {given} needs the columns {needs}; missing: {', '.join(missing)}; "
                f"columns: {', '.join(columns)}"
            )
        return FORMATS[given]
    for form in FORMATS.values():
        fits = [row for row in rows if all(name in row for name in form.columns)]
        if fits and all(form.is_like(row) for row in fits):
            return form
    known = "; ".join(f"{form.name}: {', '.join(form.columns)}" for form in FORMATS.values())
    raise UsageError(f"the columns {', '.join(columns)} belong to no known format; known: {known}")


def is_preference(rows: Sequence[Fields]) -> bool:
    """Whether rows look like those of a preference benchmark."""
    return any(all(name in row for name in form.columns) for row in rows for form in FORMATS.values())


def _read_pair(row: Fields, reading: Reading) -> Comparison:
    prompt = _prompt(row.get("prompt"), "prompt")
    used = ("prompt", "chosen", "rejected")
    return Comparison(
        (_sample(row, "chosen", row["chosen"], prompt, used, reading),),
        (_sample(row, "rejected", row["rejected"], prompt, used, reading),),
        _stratum(row, "subset"),
    )


def _read_dialogue(row: Fields, reading: Reading) -> Comparison:
    (chosen_prompt, chosen), (rejected_prompt, rejected) = (_dialogue(row[c], c) for c in ("chosen", "rejected"))
    used = ("chosen", "rejected")
    return Comparison(
        (_sample(row, "chosen", chosen, chosen_prompt, used, reading),),
        (_sample(row, "rejected", rejected, rejected_prompt, used, reading),),
        _stratum(row, "subset"),
    )


def _read_best_of(row: Fields, reading: Reading) -> Comparison:
    stratum = _stratum(row, "subset")
    chosen, rejected = _texts(row, "chosen"), _texts(row, "rejected")
    said = row.get("num_correct")
    if said is not None and said != len(chosen):
        raise RowError(f"num_correct is {said!r} and there are {len(chosen)} chosen responses")
    identity = None
    if stratum.lower() == TIES.lower():
        stratum, identity = TIES, str(row.get("id"))
        kind = _TIE_ID.fullmatch(identity)
        if kind is None:
            raise RowError(f"id is {identity[:60]!r}; expected 'ref:N' or 'tied:N' in the subset Ties")
        if kind[1] == "tied" and len(chosen) < 2:
            raise RowError("a tied row needs at least two chosen responses, or their scores have no spread")
    elif len(chosen) != 1:
        raise RowError(f"there are {len(chosen)} chosen responses; expected one outside the subset Ties")
    return _many(row, chosen, rejected, stratum, reading, identity)


def _read_styles(row: Fields, reading: Reading) -> Comparison:
    chosen, rejected = _texts(row, "chosen"), _texts(row, "rejected")
    for name, texts in (("chosen", chosen), ("rejected", rejected)):
        if len(texts) != len(STYLES):
            raise RowError(f"{name} has {len(texts)} responses; expected {len(STYLES)}: {', '.join(STYLES)}")
    return _many(row, chosen, rejected, _domain(row, reading.path), reading)


def _read_judged(row: Fields, reading: Reading) -> Comparison:
    label = row["label"]
    if label not in ("A>B", "B>A"):
        raise RowError(f"label is {label!r}; expected 'A>B' or 'B>A'")
    better, worse = ("response_A", "response_B") if label == "A>B" else ("response_B", "response_A")
    prompt = _prompt(row["question"], "question")
    used = ("question", "response_A", "response_B", "label")
    chosen, rejected = (_sample(row, c, row[c], prompt, used, reading) for c in (better, worse))
    return Comparison((chosen,) * reading.passes, (rejected,) * reading.passes, _stratum(row, "source"))


def _many(
    row: Fields, chosen: list[str], rejected: list[str], stratum: str, reading: Reading, identity: str | None = None
) -> Comparison:
    prompt = _prompt(row["prompt"], "prompt")
    used = ("prompt", "chosen", "rejected")
    return Comparison(
        tuple(_sample(row, "chosen", text, prompt, used, reading) for text in chosen),
        tuple(_sample(row, "rejected", text, prompt, used, reading) for text in rejected),
        stratum,
        identity,
    )


def _sample(row: Fields, column: str, value: Any, prompt: Text, used: Sequence[str], reading: Reading) -> Sample:
    """One response; the messages before the last one of the assistant are its prompt."""
    if is_messages(value):
        last = max((i for i, m in enumerate(value) if m.get("role", "assistant") == "assistant"), default=None)
        if last is None:
            raise RowError(f"{column} has no message of the assistant")
        prompt, value = (list(value[:last]) or prompt), [value[last]]
    elif not isinstance(value, str):
        raise RowError(f"{column} is {kind_of(value)}; expected text or chat messages")
    reference = None
    if reading.reference is not None:
        reference = lookup(row, reading.reference)
        if not isinstance(reference, (str, int, float, list, tuple, dict, type(None))):  # lookup's mark of absence
            raise RowError(f"the row has no {reading.reference!r}, where the reference is expected")
    data = {name: content for name, content in row.items() if name not in used}
    return Sample(prompt=prompt, response=value, reference=reference, data=data)


def _dialogue(value: Any, column: str) -> tuple[list[dict[str, str]], str]:
    """The turns before the last one, and the last one, which is the assistant's."""
    if not isinstance(value, str):
        raise RowError(f"{column} is {kind_of(value)}; expected a dialogue as text")
    head, *turns = _TURN.split(value)
    if head.strip() or not turns or turns[-2] != "Assistant":
        raise RowError(f"{column} is no dialogue that begins with 'Human:' or 'Assistant:' and ends with 'Assistant:'")
    messages = [
        {"role": _ROLES[role], "content": content.strip()}
        for role, content in zip(turns[::2], turns[1::2], strict=True)
    ]
    return messages[:-1], messages[-1]["content"]


def _texts(row: Fields, column: str) -> list[str]:
    value = row[column]
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(v, str) for v in value):
        raise RowError(f"{column} is {kind_of(value)}; expected a list of texts with at least one")
    return list(value)


def _prompt(value: Any, column: str) -> Text:
    if value is None:
        return ""
    if isinstance(value, str) or is_messages(value):
        text: Text = value
        return text
    raise RowError(f"{column} is {kind_of(value)}; expected text or chat messages")


def _stratum(row: Fields, column: str) -> str:
    value = row.get(column)
    return value if isinstance(value, str) and value else "all"


def _domain(row: Fields, path: str) -> str:
    """The domain column, or what the file is named after: `safety-refuse_filtered.json`."""
    value = row.get("domain")
    if isinstance(value, str) and value:
        return value
    stem = Path(path).name.partition(".")[0].removesuffix("_filtered")
    return stem if stem in KNOWN else "unnamed domain"


def _are_texts(row: Fields, length: int | None = None) -> bool:
    return all(
        isinstance(row[c], (list, tuple))
        and len(row[c]) > 0
        and all(isinstance(v, str) for v in row[c])
        and length in (None, len(row[c]))
        for c in ("chosen", "rejected")
    )


def _is_rewardbench(row: Fields) -> bool:
    if not (isinstance(row["chosen"], str) and isinstance(row["rejected"], str)):
        return False
    subset = row["subset"]
    return (isinstance(subset, str) and subset in _SUBSETS) or {"chosen_model", "rejected_model"} <= row.keys()


def _is_dialogue(row: Fields) -> bool:
    return all(
        isinstance(row[c], str) and row[c].startswith(("\n\nHuman:", "\n\nAssistant:")) for c in ("chosen", "rejected")
    )


_STRICT = "chosen must score strictly above rejected; equal scores are wrong"

FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format(
            "judgebench",
            ("question", "response_A", "response_B", "label"),
            lambda row: isinstance(row["label"], str),
            _read_judged,
            JudgeBenchTally,
            "the better response must score strictly above the other, over all passes; equal scores are wrong",
        ),
        Format(
            "rewardbench2",
            ("prompt", "chosen", "rejected", "subset"),
            lambda row: _are_texts(row) and ("num_correct" in row or not _are_texts(row, len(STYLES))),
            _read_best_of,
            RewardBench2Tally,
            "1 / (responses that share the top score) if the chosen one does; the subset Ties by its own formula",
        ),
        Format(
            "rm-bench",
            ("prompt", "chosen", "rejected"),
            lambda row: _are_texts(row, len(STYLES)),
            _read_styles,
            MatrixTally,
            "each of three chosen styles must score strictly above each of three rejected styles",
        ),
        Format(
            "rewardbench",
            ("prompt", "chosen", "rejected", "subset"),
            _is_rewardbench,
            _read_pair,
            RewardBenchTally,
            _STRICT,
        ),
        Format("hh", ("chosen", "rejected"), _is_dialogue, _read_dialogue, StrictTally, _STRICT),
        Format(
            "pairs",
            ("chosen", "rejected"),
            lambda row: not isinstance(row["chosen"], (list, tuple)) or is_messages(row["chosen"]),
            _read_pair,
            StrictTally,
            _STRICT,
        ),
    )
}
"""The formats, in the order in which they are tried."""
