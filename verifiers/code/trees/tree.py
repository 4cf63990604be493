"""A program's syntax tree, made by tree-sitter and held as plain lists, so that nothing here recurses.

    tree = parse("def f(x):\\n    return x + 1\\n", "python")
    tree.tokens                     # ['def', 'f', '(', 'x', ...]

Comments, and texts that stand as statements in Python, are left out: they are no part of what a program does. What is
larger or deeper than people write raises `TooComplexError` after a bounded amount of work.
"""

from __future__ import annotations

import functools
import importlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rewardkit.verifiers.code.trees.grammars import COMMENTS, GRAMMARS, LITERALS, LanguageName

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LONGEST = 50_000
"""Characters of a program that is compared."""
DEEPEST = 1_000
_PARSE_S = 2.0
_CHUNK = 1 << 16

MODULES = ("tree_sitter", *(f"tree_sitter_{language}" for language in GRAMMARS))


class TooComplexError(Exception):
    """A program that is too long, too deep or too hard to parse; the message says which, as the end of a sentence."""


@dataclass(slots=True)
class Tree:
    """Nodes by number, each before its children; number 0 is the root."""

    language: LanguageName
    kinds: list[str] = field(default_factory=list)
    fields: list[str | None] = field(default_factory=list)
    """The name that the parent has for each node."""
    is_named: list[bool] = field(default_factory=list)
    """False for keywords, operators and punctuation."""
    children: list[list[int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """Of nodes without children; empty for others."""
    error_line: int | None = None
    """The first line that does not parse, from 1; None where all does."""

    @property
    def tokens(self) -> list[str]:
        """The texts of the leaves, in order."""
        return [text for text in self.texts if text.strip()]

    @property
    def keywords(self) -> frozenset[str]:
        """Those tokens that are words of the language itself."""
        pairs = zip(self.texts, self.is_named, strict=True)
        return frozenset(text for text, is_named in pairs if not is_named and text.isidentifier())

    def under(self, node: int, names: tuple[str, ...]) -> list[int]:
        """The children of a node that it has by one of these names."""
        return [child for child in self.children[node] if self.fields[child] in names]


def parse(source: str, language: LanguageName) -> Tree:
    """The tree of a program; what does not parse is noted, and the rest of it is kept.

    Raises:
        TooComplexError: see the limits.
    """
    if len(source) > LONGEST:
        raise TooComplexError(f"has {len(source)} characters; at most {LONGEST} are compared")
    data = source.encode("utf-8", "replace")
    end = time.monotonic() + _PARSE_S

    def read(offset: int, point: object) -> bytes:
        return data[offset : offset + _CHUNK]

    def takes_too_long(offset: int, has_error: bool) -> bool:
        return time.monotonic() > end

    try:
        parsed = _parser(language).parse(read, progress_callback=takes_too_long)
    except ValueError as error:  # how the library says that it was stopped
        _parser(language).reset()
        raise TooComplexError(f"takes more than {_PARSE_S:g} seconds to parse") from error
    tree = Tree(language)
    cursor = parsed.walk()
    above: list[int] = []  # the nodes between the root and here
    while True:
        node = cursor.node
        assert node is not None  # a cursor always stands on a node
        goes_down = False
        if not _is_left_out(node, language):
            number = _add(tree, node, cursor.field_name, above[-1] if above else None)
            if len(above) >= DEEPEST:
                raise TooComplexError(f"is nested more than {DEEPEST} levels deep")
            goes_down = node.type not in LITERALS and cursor.goto_first_child()
            if goes_down:
                above.append(number)
            else:
                tree.texts[number] = data[node.start_byte : node.end_byte].decode("utf-8", "replace")
        if goes_down:
            continue
        while not cursor.goto_next_sibling():
            if not above or not cursor.goto_parent():
                return tree
            above.pop()


def _add(tree: Tree, node: Node, name: str | None, parent: int | None) -> int:
    number = len(tree.kinds)
    tree.kinds.append(node.type)
    tree.fields.append(name)
    tree.is_named.append(node.is_named)
    tree.children.append([])
    tree.texts.append("")
    if parent is not None:
        tree.children[parent].append(number)
    if tree.error_line is None and (node.is_error or node.is_missing):
        tree.error_line = node.start_point[0] + 1
    return number


def _is_left_out(node: Node, language: LanguageName) -> bool:
    if node.type in COMMENTS:
        return True
    if node.type != GRAMMARS[language].docstring or node.child_count != 1:
        return False
    only = node.child(0)
    return only is not None and only.type in ("string", "concatenated_string")


@functools.cache
def _parser(language: LanguageName) -> Parser:
    from tree_sitter import Language, Parser

    grammar = importlib.import_module(f"tree_sitter_{language}")
    return Parser(Language(grammar.language()))
