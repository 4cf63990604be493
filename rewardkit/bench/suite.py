"""The labelled suites that come with rewardkit, one for each entry that decides yes or no.

    suite = find_suite("math")
    cases = read_suite(suite)       # as `read_cases` gives them, with counts and a fingerprint
    reward = build(suite.entry, suite.options)

Every case says why its label is so, and its label was written from the meaning of the answer, never from what a
verifier says of it. A verifier may well be wrong on some: that is what a suite is for.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewardkit.bench.cases import Cases, LabelColumns, read_cases
from rewardkit.errors import UsageError, nearest


@dataclass(frozen=True)
class Suite:
    """A file of labelled cases inside the package, and the entry that it was made for."""

    name: str
    """The entry's name; a second suite of an entry has a word for its options behind it."""
    entry: str
    about: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Options that the entry needs to be measured on it, where its defaults won't do."""

    @property
    def title(self) -> str:
        """What stands for the file in results, which must not depend on where the package lies."""
        return f"suite {self.name}"

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The file, for as long as the context lasts: a package may lie in an archive."""
        resource = importlib.resources.files("rewardkit.bench.suites").joinpath(f"{self.name}.jsonl")
        with importlib.resources.as_file(resource) as path:
            yield path


SUITES: tuple[Suite, ...] = (
    Suite("boolean", "boolean", "yes and no, true and false, in words and sentences"),
    Suite("choice", "choice", "one option out of several, by its label, its text, or both"),
    Suite("choice.multiple", "choice", "sets of options, all of which must be chosen", {"multiple": True}),
    Suite("em", "em", "short texts under SQuAD's normalisation, with several accepted texts"),
    Suite("exact", "exact", "short texts, character for character"),
    Suite("format", "format", "think and answer tags: in order, closed, filled, and nothing else"),
    Suite("json", "json", "JSON documents against the schema in the reference"),
    Suite("label", "label", "labels out of a closed set, which stands in each row", {"column": "labels"}),
    Suite("math", "math", "final answers of mathematics, from integers to matrices, and ways to hide or hedge them"),
    Suite("number", "number", "single numbers with separators, signs, units and words around them"),
    Suite("regex", "regex", "texts against the pattern in the reference"),
    Suite("sql", "sql", "queries over six small schemas, each on two databases: other spellings and near misses"),
)

EXEMPT: Mapping[str, str] = {
    "code": "its cases are programs with tests that take seconds to run: benchmarks/code_labelled.py takes their file",
    "code.ast_match": "it grades the likeness of two programs; what is right, `code` says",
    "code.bleu": "it grades the likeness of two programs; what is right, `code` says",
    "code.dataflow_match": "it grades the likeness of two programs; what is right, `code` says",
    "code.forbidden": "it looks for names that its options give, so there is nothing to be right about",
    "code.plot": "its cases are programs that draw, seconds of sandbox each",
    "code.syntax": "it asks the parser of the language itself",
    "f1": "it grades: where right begins is the choice of its threshold; `em` has a suite of the same kind of answers",
    "format.budget": "it measures the thinking against a budget, so there is nothing to be right about",
    "format.mode": "it compares a tag with the thinking that follows, so there is nothing to be right about",
    "language": "it asks a maintained detector, whose own tests measure it",
    "language.switch": "it grades the share of words in a language",
    "length.cosine": "it grades the length and takes correctness from a column, so there is nothing to be right about",
    "length.linear": "it grades the length, so there is nothing to be right about",
    "length.overlong": "it grades the length, so there is nothing to be right about",
    "length.scaled": "it grades the length and takes correctness from a column, so there is nothing to be right about",
    "length.target": "it grades the length, so there is nothing to be right about",
    "repetition.compression": "it grades how far a text repeats itself",
    "repetition.distinct": "it grades how far a text repeats itself",
    "repetition.ngram": "it grades how far a text repeats itself",
    "sql.components": "it grades the likeness of two queries; what is right, `sql` says, and has a suite",
    "tools.toolrl": "it grades how far calls match; where right begins is the choice of its threshold",
}
"""Entries without a suite, each with the reason."""


def suite_names() -> list[str]:
    """The names of all suites, sorted."""
    return sorted(suite.name for suite in SUITES)


def find_suite(name: str) -> Suite:
    """The suite of an entry, or the one of that name.

    Raises:
        UsageError: there is none; the message offers the nearest names.

    >>> find_suite("choice.multiple").options
    {'multiple': True}
    """
    for suite in SUITES:
        if suite.name == name:
            return suite
    why = f"{name!r} has no suite of its own"
    if name in EXEMPT:
        why += f", because {EXEMPT[name]}"
    raise UsageError(f"{why}; --suite-of NAME takes that of another entry ({nearest(name, suite_names())})")


def read_suite(
    suite: Suite,
    columns: LabelColumns | None = None,
    overrides: Mapping[str, str | None] | None = None,
    limit: int | None = None,
) -> Cases:
    """The cases of a suite, as `read_cases` gives those of a file."""
    with suite.file() as path:
        cases = read_cases([str(path)], columns, overrides, limit)
    cases.files = (suite.title,)
    return cases
