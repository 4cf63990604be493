"""What the trees of each language need to be known by: comments, literals, assignments, loops.

The names are those of the tree-sitter grammars. A row of `assigns` says which fields of a kind of node are given a
value, which fields it comes from, and whether it is worked out (`computedFrom`) or handed over (`comesFrom`), in the
words of GraphCodeBERT and CodeBLEU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Relation: TypeAlias = Literal["comesFrom", "computedFrom"]

LanguageName: TypeAlias = Literal["python", "java", "javascript", "c", "cpp", "go", "rust", "bash"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMENTS = _words("comment line_comment block_comment hash_bang_line")
LITERALS = _words(
    "string string_literal raw_string_literal interpreted_string_literal char_literal character_literal rune_literal "
    "template_string raw_string system_lib_string concatenated_string regex"
)
"""Kinds of nodes whose insides are text and not structure."""


@dataclass(frozen=True, slots=True)
class Assign:
    """A kind of node that gives variables a value."""

    targets: tuple[str, ...]
    sources: tuple[str, ...]
    """Empty: the targets themselves, as in `i++`."""
    relation: Relation = "computedFrom"
    keeps: bool = False
    """Whether the old value is part of the new one, as in `i += 1`."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language."""

    assigns: Mapping[str, Assign]
    loops: frozenset[str]
    first: frozenset[str] = frozenset()
    """Kinds that are evaluated before what stands to the left of them."""
    docstring: str = ""
    """The kind of statement that is a comment where it holds nothing but a text."""


_LEFT_RIGHT = Assign(("left",), ("right",))
_KEEPING = Assign(("left",), ("right",), keeps=True)
_DECLARED = Assign(("name",), ("value",), "comesFrom")
_UPDATE = Assign(("argument",), ())

_C = {
    "init_declarator": Assign(("declarator",), ("value",), "comesFrom"),
    "assignment_expression": _LEFT_RIGHT,
    "update_expression": _UPDATE,
}

GRAMMARS: Mapping[LanguageName, Grammar] = {
    "python": Grammar(
        {
            "assignment": _LEFT_RIGHT,
            "augmented_assignment": _KEEPING,
            "named_expression": Assign(("name",), ("value",)),
            "for_statement": _LEFT_RIGHT,
            "for_in_clause": _LEFT_RIGHT,
            "default_parameter": _DECLARED,
            "typed_default_parameter": _DECLARED,
        },
        _words("for_statement while_statement"),
        _words("for_in_clause"),
        "expression_statement",
    ),
    "java": Grammar(
        {
            "variable_declarator": _DECLARED,
            "assignment_expression": _LEFT_RIGHT,
            "update_expression": _UPDATE,
            "enhanced_for_statement": Assign(("name",), ("value",)),
        },
        _words("for_statement enhanced_for_statement while_statement do_statement"),
    ),
    "javascript": Grammar(
        {
            "variable_declarator": _DECLARED,
            "assignment_pattern": Assign(("left",), ("right",), "comesFrom"),
            "assignment_expression": _LEFT_RIGHT,
            "augmented_assignment_expression": _KEEPING,
            "update_expression": _UPDATE,
            "for_in_statement": _LEFT_RIGHT,
        },
        _words("for_statement for_in_statement while_statement do_statement"),
    ),
    "c": Grammar(_C, _words("for_statement while_statement do_statement")),
    "cpp": Grammar(
        {
            **_C,
            "for_range_loop": Assign(("declarator",), ("right",)),
            "optional_parameter_declaration": Assign(("declarator",), ("default_value",), "comesFrom"),
        },
        _words("for_statement for_range_loop while_statement do_statement"),
    ),
    "go": Grammar(
        {
            "short_var_declaration": Assign(("left",), ("right",), "comesFrom"),
            "var_spec": _DECLARED,
            "const_spec": _DECLARED,
            "assignment_statement": _LEFT_RIGHT,
            "range_clause": _LEFT_RIGHT,
            "inc_statement": _UPDATE,
            "dec_statement": _UPDATE,
        },
        _words("for_statement"),
    ),
    "rust": Grammar(
        {
            "let_declaration": Assign(("pattern",), ("value",), "comesFrom"),
            "let_condition": Assign(("pattern",), ("value",), "comesFrom"),
            "const_item": _DECLARED,
            "static_item": _DECLARED,
            "assignment_expression": _LEFT_RIGHT,
            "compound_assignment_expr": _KEEPING,
            "for_expression": Assign(("pattern",), ("value",)),
        },
        _words("for_expression while_expression loop_expression"),
    ),
    "bash": Grammar(
        {
            "variable_assignment": Assign(("name",), ("value",)),
            "for_statement": Assign(("variable",), ("value",)),
        },
        _words("for_statement c_style_for_statement while_statement"),
    ),
}
