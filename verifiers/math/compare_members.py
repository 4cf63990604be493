"""Rules for values with members: tuples and matrices by place, lists and sets in any order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rewardkit.verifiers.math.compare_pairs import in_any_order, in_order
from rewardkit.verifiers.math.compare_relations import label, sets, without_label
from rewardkit.verifiers.math.sets import as_set
from rewardkit.verifiers.math.structure import Bracketed, FiniteSet, Matrix, Quantity, Relation, Several, Value, number
from rewardkit.verifiers.math.verdict import Verdict, every

if TYPE_CHECKING:
    from rewardkit.verifiers.math.compare import Comparison

_DECIMAL_COMMA = re.compile(r"(-?[0-9]{1,300}),([0-9]{1,300})")
"""`0,5`; it counts as one number only where a decimal number is asked, which no list can be."""
_WHOLE_NUMBERS = frozenset(
    ("\\mathbb{Z}", "\\mathbb{N}", "Z", "N", "\\mathbb{Z}^+", "\\mathbb{N}^*", "\\text{integers}")
)


def tuples(comparison: Comparison, reference: Bracketed, answer: Bracketed) -> Verdict:
    """Tuples, vectors and intervals: brackets count where there are two members, order always."""
    if len(reference.items) != len(answer.items):
        return Verdict.DIFFERENT
    if len(reference.items) <= 2 and _brackets(reference) != _brackets(answer):
        return Verdict.DIFFERENT
    mine, theirs = as_set(reference), as_set(answer)
    if mine is not None and theirs is not None:
        reference, answer = mine[0], theirs[0]  # type: ignore[assignment]  # a pair in brackets stays one
    return in_order(comparison, reference.items, answer.items)


def tuple_and_several(comparison: Comparison, reference: Bracketed, answer: Several) -> Verdict:
    """A tuple and the same values side by side: `(2, 3)` and `x = 2, y = 3`."""
    if as_set(answer) is not None:
        return sets(comparison, reference, answer)
    if reference.opening == "[" and len(reference.items) < 3:
        return Verdict.DIFFERENT
    return in_order(comparison, reference.items, [_unnamed(i) for i in answer.items])


def several_and_tuple(comparison: Comparison, reference: Several, answer: Bracketed) -> Verdict:
    """The same the other way round."""
    if as_set(reference) is not None:
        return sets(comparison, reference, answer)
    if answer.opening == "[" and len(answer.items) < 3:
        return Verdict.DIFFERENT
    return in_order(comparison, [_unnamed(i) for i in reference.items], answer.items)


def several(comparison: Comparison, reference: Value, answer: Value) -> Verdict:
    """Values side by side or in a set: the same ones in any order; values with names must have the same names."""
    one, other = _unconditioned(reference), _unconditioned(answer)
    if (one is reference) != (other is answer):
        return comparison.compare(one, other)
    if isinstance(reference, Several) and isinstance(answer, FiniteSet) and _repeats(answer):
        return in_any_order(comparison, _members(reference), answer.items)
    mine, theirs = _names(reference), _names(answer)
    if mine and theirs and mine.keys() == theirs.keys():
        return every(comparison.compare(mine[name], theirs[name]) for name in mine)
    if isinstance(reference, Several) and isinstance(answer, Several):
        one_set, other_set = as_set(reference), as_set(answer)
        if one_set and other_set:
            return sets(comparison, reference, answer)
        if (
            (one_set or other_set)
            and _bounds(reference)
            and _bounds(answer)
            and {reference.joiner, answer.joiner} == {"∧", "∨"}
        ):
            return Verdict.DIFFERENT
        if len(_letters(reference)) > 1 and len(_letters(answer)) == 1:
            return Verdict.DIFFERENT  # values of one name where several are asked for
    return in_any_order(comparison, _members(reference), _members(answer))


def value_and_set(comparison: Comparison, reference: Value, answer: FiniteSet) -> Verdict:
    """A value and a set: the set may hold nothing else."""
    return every(comparison.compare(reference, m) for m in _members(answer)) if answer.items else Verdict.DIFFERENT


def set_and_value(comparison: Comparison, reference: FiniteSet | Several, answer: Value) -> Verdict:
    """The same the other way round."""
    plain = _unconditioned(reference)
    if plain is not reference:
        return comparison.compare(plain, answer)
    if isinstance(reference, Several) and reference.joiner != "±" and len(reference.items) > 1:
        return Verdict.DIFFERENT
    return every(comparison.compare(m, answer) for m in _members(reference)) if reference.items else Verdict.DIFFERENT


def value_and_several(comparison: Comparison, reference: Value, answer: Several) -> Verdict:
    """A value and several: hedging, even where they are equal; only `±0` is one value."""
    plain = _unconditioned(answer)
    if plain is not answer:
        return comparison.compare(reference, plain)
    decimal = _DECIMAL_COMMA.fullmatch(answer.text) if isinstance(reference, Quantity) and reference.places else None
    if decimal:
        return comparison.compare(reference, number(f"{decimal.group(1)}.{decimal.group(2)}"))
    members = _members(answer)
    if answer.joiner != "±" and len(members) > 1:
        return Verdict.DIFFERENT
    return every(comparison.compare(reference, m) for m in members)


def matrices(comparison: Comparison, reference: Matrix, answer: Matrix) -> Verdict:
    """Matrices, cell by cell."""
    if [len(r) for r in reference.rows] != [len(r) for r in answer.rows]:
        return Verdict.DIFFERENT
    return in_order(comparison, [c for r in reference.rows for c in r], [c for r in answer.rows for c in r])


def tuple_and_matrix(comparison: Comparison, reference: Value, answer: Value) -> Verdict:
    """A tuple and a matrix of one row or column."""
    matrix, other = (answer, reference) if isinstance(answer, Matrix) else (reference, answer)
    assert isinstance(matrix, Matrix)
    assert isinstance(other, Bracketed)
    if (len(matrix.rows) > 1 and any(len(r) != 1 for r in matrix.rows)) or _brackets(other) not in ("()", "[]"):
        return Verdict.DIFFERENT
    cells = [c for r in matrix.rows for c in r]
    if matrix is answer:
        return in_order(comparison, other.items, cells)
    return in_order(comparison, cells, other.items)


def _unconditioned(value: Value) -> Value:
    """`2k\\pi, k \\in \\mathbb{Z}` without what it says of `k`; a value that ends in nothing of the kind as it is."""
    if not isinstance(value, Several) or value.joiner == "±":
        return value
    *others, last = value.items
    if not isinstance(last, Relation) or last.signs != ("∈",) or last.items[1].text not in _WHOLE_NUMBERS:
        return value
    if len(last.items[0].text) > 1 or not all(last.items[0].text in item.text for item in others):
        return value
    return others[0] if len(others) == 1 else Several(",".join(o.text for o in others), value.joiner, tuple(others))


def _members(value: Value) -> list[Value]:
    """The answers in a list or set, without names, with `±` and nested lists taken apart."""
    if not isinstance(value, (Several, FiniteSet)):
        return [value]
    members: list[Value] = []
    for item in value.items:
        group = _names(item)
        if len(group) > 1:  # p = 5, q = 2; p = 7, q = 2
            names = sorted(group)
            text = ",".join(f"{n}={group[n].text}" for n in names)
            members.append(Bracketed(text, "(", tuple(group[n] for n in names), ")"))
        elif isinstance(item, FiniteSet):  # a set in a list or set is one member
            members.append(item)
        else:
            members.extend(_members(_unnamed(item)))
    if isinstance(value, FiniteSet) or value.joiner == "±":
        return list({m.text: m for m in members}.values())
    return members


def _repeats(value: FiniteSet) -> bool:
    """Whether a set is written with a member twice, as a list in braces is: `{1, 1, 2}`."""
    return len({m.text for m in value.items}) < len(value.items)


def _names(value: Value) -> dict[str, Value]:
    """Values by name where every member of a list is an equation for a different name."""
    if not isinstance(value, Several):
        return {}
    found: dict[str, Value] = {}
    for item in value.items:
        plain = _unnamed(item)
        if plain is item or not isinstance(item, Relation):
            return {}
        found[label(item)] = plain
    return found if len(found) == len(value.items) else {}


def _bounds(value: Several) -> bool:
    """Whether every member is an inequality."""
    return all(isinstance(i, Relation) and "=" not in i.signs for i in value.items)


def _letters(value: Several) -> frozenset[str]:
    """The names, without subscripts, where every member of a list is an equation for one."""
    relations = [i for i in value.items if isinstance(i, Relation) and _unnamed(i) is not i]
    return (
        frozenset(label(r).partition("_")[0] for r in relations) if len(relations) == len(value.items) else frozenset()
    )


def _unnamed(value: Value) -> Value:
    """`x = 5` as `5`."""
    if isinstance(value, Relation) and set(value.signs) == {"="}:
        items, named = without_label(value)
        if named and len(items) == 1:
            return items[0]
    return value


def _brackets(value: Bracketed) -> str:
    return (value.opening + value.closing).replace("⟨", "(").replace("⟩", ")")
