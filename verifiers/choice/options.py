"""The options of one multiple-choice sample: their labels in order, and their texts where the row says them.

Texts come from a column of the row, or else from the prompt; a row that brings neither has labels only, and then a
text in an answer can't be told from a remark.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from rewardkit.sample import Sample
from rewardkit.verifiers.visible import shorten
from rewardkit.verifiers.wrapping import bare

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COLUMNS = ("options", "choices")
"""The columns that are looked up when none is named."""

_LINE = re.compile(
    r"^[ \t]{0,8}(?:[-*•]\s{1,4})?\**[(\[]?\**([A-Z0-9])\**[)\].:：．、]\**[ \t]{0,8}(\S.{0,4000})$", re.MULTILINE
)
_OWN_LABEL = re.compile(r"^\s{0,8}[(\[]?([A-Za-z0-9])[)\].:]\s{1,8}(?=\S)")


_ARTICLE = re.compile(
    r"(?:the|an?|der|die|das|den|dem|eine?|einen|le|la|les|une?|el|los|las|una|il|lo|gli|i|os?|as|um|uma)\s(?=\S)"
    r"|l['’](?=\w)"
)


class UnusableOptionsError(ValueError):
    """The row's options can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one sample."""

    labels: tuple[str, ...]
    """Valid labels in order, each one upper-case letter or digit."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Label to folded text (see `fold`), without texts that look like a label; empty when the row says none."""
    are_counted: bool = True
    """Whether the number of options is known, rather than taken to be the whole alphabet."""
    are_questions: bool = False
    """Whether the text of any option asks, so that a question mark behind it says nothing."""

    @property
    def are_digits(self) -> bool:
        """Whether the labels are digits."""
        return self.labels[0].isdigit()

    def with_text(self, folded: str) -> tuple[str, ...]:
        """The labels of the options whose folded text is `folded`."""
        return tuple(label for label, text in self.texts.items() if text == folded)


def without_articles(texts: Mapping[str, str]) -> dict[str, str]:
    """The folded texts without the article that begins them; none where only articles tell two options apart.

    >>> without_articles({"A": "the cat", "B": "dog"}), without_articles({"A": "the cat", "B": "a cat"})
    ({'A': 'cat', 'B': 'dog'}, {})
    """
    short = {label: text[article_end(text) :] for label, text in texts.items()}
    return short if len(set(short.values())) == len(short) else {}


def article_end(text: str, start: int = 0) -> int:
    """Where the article that stands at `start` ends; `start` where none does."""
    article = _ARTICLE.match(text, start)
    return article.end() if article else start


def fold(text: str) -> str:
    """`text` as option texts are compared: unwrapped, Unicode-normalised, lower case, white space collapsed.

    >>> fold(" **The  Nile**. ")
    'the nile'
    """
    return lower(collapse(text))


def collapse(text: str) -> str:
    """`text` unwrapped and Unicode-normalised (NFKC), its white space collapsed; letter case is kept."""
    return " ".join(bare(unicodedata.normalize("NFKC", text)).split())


def lower(text: str) -> str:
    """Lower case that keeps every character at its place, so that positions in both texts agree."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def read_options(sample: Sample, *, column: str | None, n_options: int | None, labels: str) -> Options:
    """The options of `sample`: from its column, else from its prompt, else the first `n_options` of `labels`.

    Raises:
        UnusableOptionsError: the column is missing though named, malformed, or disagrees with `n_options`.
    """
    value = _column(sample, column)
    pairs = _from_prompt(sample.prompt_text, labels) if value is None else _from_column(value, labels)
    if not pairs:
        valid = tuple(labels[:n_options])
        return Options(valid, {}, are_counted=n_options is not None or labels != ALPHABET)
    if n_options is not None and len(pairs) != n_options:
        if value is not None:
            raise UnusableOptionsError(f"the row has {len(pairs)} options, but n_options is {n_options}")
        return Options(tuple(labels[:n_options]))
    texts = {label: fold(text) for label, text in pairs}
    valid = tuple(label for label, _ in pairs)
    shown = {label: text for label, text in texts.items() if text and not _looks_like_label(text, valid)}
    return Options(valid, shown, are_questions=any(text.rstrip().endswith(("?", "？")) for _, text in pairs))


def _column(sample: Sample, column: str | None) -> object:
    if column is not None:
        if sample.data.get(column) is None:
            raise UnusableOptionsError(f"the row has no options in the column {column!r}")
        return sample.data[column]
    return next((sample.data[name] for name in COLUMNS if sample.data.get(name) is not None), None)


def _from_column(value: object, labels: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        if {str(k) for k in value} in ({"text", "label"}, {"text", "labels"}):  # columns side by side, as in ARC
            names = value.get("label", value.get("labels"))
            texts = value["text"]
            if not _is_list(names) or not _is_list(texts) or len(names) != len(texts):
                raise UnusableOptionsError("the options' 'label' and 'text' are not two lists of one length")
            pairs = list(zip(names, texts, strict=True))
        else:
            pairs = list(value.items())
    elif _is_list(value):
        if len(value) > len(labels):
            raise UnusableOptionsError(f"the row has {len(value)} options, but only {len(labels)} labels are declared")
        own = [_OWN_LABEL.match(text) if isinstance(text, str) else None for text in value]
        if all(m is not None and m.group(1).upper() == label for m, label in zip(own, labels, strict=False)):
            value = [text[m.end() :] if m else text for text, m in zip(value, own, strict=True)]
        pairs = list(zip(labels, value, strict=False))
    else:
        raise UnusableOptionsError(f"the options are of type {type(value).__name__}; expected a list or a mapping")
    if len(pairs) < 2:
        raise UnusableOptionsError("the row has fewer than two options")
    named = [(_label(label), _text(text)) for label, text in pairs]
    found = [label for label, _ in named]
    if len(set(found)) != len(found):
        raise UnusableOptionsError("two options have the same label")
    if len({label.isdigit() for label in found}) > 1:
        raise UnusableOptionsError("some labels of the options are letters and some are digits")
    return named


def _looks_like_label(text: str, labels: tuple[str, ...]) -> bool:
    """Whether a text could be mistaken for a label: "B" as the text of option A would make the answer "B" ambiguous."""
    return len(text) == 1 and text.isascii() and (text.isdigit() if labels[0].isdigit() else text.isalpha())


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _label(value: object) -> str:
    text = bare(str(value)).strip("()[] ").upper()
    if len(text) != 1 or not (text.isascii() and text.isalnum()):
        raise UnusableOptionsError(f"{shorten(str(value), 40)!r} is no option label; expected one letter or digit")
    return text


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise UnusableOptionsError(f"an option is of type {type(value).__name__}; expected text")


def _from_prompt(prompt: str, labels: str) -> list[tuple[str, str]]:
    """The last run of lines `A) ...`, `B) ...` in the prompt; earlier runs are examples of other questions."""
    last: list[tuple[str, str]] = []
    run: list[tuple[str, str]] = []
    for line in _LINE.finditer(prompt):
        label, text = line.group(1), line.group(2)
        if label == labels[0]:
            run = [(label, text)]
        elif run and len(run) < len(labels) and label == labels[len(run)]:
            run.append((label, text))
        if len(run) >= 2:
            last = run
    return last
