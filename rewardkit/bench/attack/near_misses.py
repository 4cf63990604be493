"""Near misses: answers that almost are the reference.

Each maker proposes answers; one is used only when the independent check shows that it differs from every accepted
answer, so a proposal that happens to be right (the sign of 0 flipped) or that can't be checked never becomes an attack.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from rewardkit.bench.attack import near_numbers, near_structures
from rewardkit.bench.carriers import put
from rewardkit.bench.equality import relate
from rewardkit.bench.evaluation import Relation
from rewardkit.bench.kinds import CLAIMING, FORMULAS, MEASURES, OPTIONS, Kind, Material
from rewardkit.bench.probes import ProbeClass, random_for

Proposer = Callable[[Material, Random], Iterable[str]]

WRONG_ANSWERS = 6
"""How many wrong answers other attacks can choose from, for each row."""

_NAMED_FUNCTION = re.compile(r"\$?\s?[a-zA-Z](?:\^\s?\{?\s?-\s?1\s?\}?)?\s?(?:\\left)?\(")
_DIGITS = frozenset((*MEASURES, Kind.EXPRESSION, Kind.EQUATION, Kind.INEQUALITY, Kind.INTERVAL, Kind.SET, Kind.TUPLE))
_WHOLE = frozenset((Kind.INTEGER,))
_LISTS = frozenset((Kind.SET, Kind.TUPLE))
_SIGNED = frozenset((Kind.INTEGER, Kind.DECIMAL, Kind.FRACTION, Kind.PERCENT, Kind.QUANTITY, Kind.EXPRESSION))

PROPOSERS: Sequence[tuple[str, frozenset[Kind], str, Proposer]] = (
    ("digit_changed", _DIGITS, "one digit differs", near_numbers.digit_changed),
    ("digits_swapped", _DIGITS, "two neighbouring digits have changed places", near_numbers.digits_swapped),
    ("digit_dropped", _DIGITS, "a digit is missing", near_numbers.digit_dropped),
    ("digit_added", _DIGITS, "there is a digit too many", near_numbers.digit_added),
    ("sign_flipped", _SIGNED, "the sign is the other one", near_numbers.sign_flipped),
    ("inner_sign_flipped", FORMULAS - MEASURES, "a plus is a minus, or the reverse", near_numbers.inner_sign_flipped),
    ("off_by_one", _WHOLE, "one too many or too few", near_numbers.off_by_one),
    (
        "power_of_ten",
        frozenset((Kind.INTEGER, Kind.DECIMAL)),
        "ten times too large or too small",
        near_numbers.power_of_ten,
    ),
    (
        "truncated_decimal",
        frozenset((Kind.DECIMAL, Kind.FRACTION)),
        "cut to one or two decimals, more than 0.1 % from the value",
        near_numbers.truncated,
    ),
    (
        "fraction_inverted",
        frozenset((Kind.FRACTION,)),
        "numerator and denominator have changed places",
        near_numbers.fraction_inverted,
    ),
    ("numerator_only", frozenset((Kind.FRACTION,)), "the denominator is missing", near_numbers.numerator_only),
    (
        "open_for_closed",
        frozenset((Kind.INTERVAL,)),
        "an end belongs to one and not to the other",
        near_structures.ends_opened_or_closed,
    ),
    (
        "strictness_changed",
        frozenset((Kind.INEQUALITY,)),
        "the bound belongs to one and not to the other",
        near_structures.strictness_changed,
    ),
    (
        "direction_reversed",
        frozenset((Kind.INEQUALITY,)),
        "the unbounded side is the other one",
        near_structures.direction_reversed,
    ),
    ("element_dropped", _LISTS, "an element is missing", near_structures.element_dropped),
    ("element_added", _LISTS, "an element too many", near_structures.element_added),
    ("order_swapped", frozenset((Kind.TUPLE,)), "the order of a tuple counts", near_structures.order_swapped),
    (
        "union_part_dropped",
        frozenset((Kind.INTERVAL,)),
        "a part of the union is missing",
        near_structures.union_part_dropped,
    ),
    ("unit_changed", frozenset((Kind.QUANTITY,)), "the same number of another unit", near_structures.unit_changed),
    (
        "right_side_negated",
        frozenset((Kind.EQUATION,)),
        "one side has the other sign",
        near_structures.right_side_negated,
    ),
    (
        "right_side_off_by_one",
        frozenset((Kind.EQUATION,)),
        "one side is one more or less",
        near_structures.right_side_off_by_one,
    ),
    (
        "name_changed",
        frozenset((Kind.EXPRESSION,)),
        "a name of the question is replaced by one that it lacks",
        near_structures.name_changed,
    ),
    ("term_added", frozenset((Kind.EXPRESSION,)), "a term too many", near_structures.term_added),
    ("factor_added", frozenset((Kind.EXPRESSION,)), "a factor too many", near_structures.factor_added),
    ("other_letter", frozenset((Kind.OPTION,)), "the letter of another option", near_structures.other_letter),
    ("other_option_text", OPTIONS, "the text of another option", near_structures.other_option_text),
    ("opposite", frozenset((Kind.BOOLEAN,)), "the opposite", near_structures.opposite),
    (
        "other_reference",
        CLAIMING - OPTIONS,
        "the answer to another question, shown to differ",
        near_structures.other_reference,
    ),
)
"""Name, kinds, why it is wrong, maker."""


def _first_wrong(propose: Proposer, m: Material, draw: Random) -> Iterator[str]:
    for answer in propose(m, draw):
        if _is_surely_wrong(m, answer):
            yield put(answer, m, draw)


def _is_surely_wrong(m: Material, answer: str) -> bool:
    """Whether it differs; of an equation `f(x) = ...` the right side, for the left one is but a name."""
    is_name = m.kind is Kind.EQUATION and _NAMED_FUNCTION.match(m.reference) is not None
    is_renamed = is_name and _left(answer) != _left(m.reference)
    return not is_renamed and m.is_wrong(answer)


def _left(equation: str) -> list[str]:
    return equation.strip("$").partition("=")[0].split()


NEAR_MISSES: tuple[ProbeClass, ...] = tuple(
    ProbeClass(name, kinds, why, functools.partial(_first_wrong, propose)) for name, kinds, why, propose in PROPOSERS
)


def _adds_something(m: Material, answer: str) -> bool:
    """Whether a list stays wrong when a wrong list is put beside it: a part of the right one adds nothing."""
    if m.kind is not Kind.SET:
        return True
    right, beside = (t.replace("\\{", "").replace("\\}", "") for t in (m.reference, answer))
    return relate(right, f"{right}, {beside}") is Relation.DIFFERENT


def wrong_answers(m: Material, seed: int) -> tuple[str, ...]:
    """Answers that surely differ from the reference, for the attacks that need some: those that look closest first."""
    draw = random_for(seed, "wrong answers", m.index)
    proposers = [propose for _, kinds, _, propose in PROPOSERS if m.kind in kinds]
    draw.shuffle(proposers)
    found: dict[str, None] = {}
    for propose in proposers:
        for answer in propose(m, draw):
            if _is_surely_wrong(m, answer) and _adds_something(m, answer):
                found[answer] = None
                break
        if len(found) >= WRONG_ANSWERS:
            break
    others = (answer for answer in m.others if not near_structures.is_label(answer))
    for answer in (*m.options.values(), *others):
        if len(found) < 3 and m.is_wrong(answer) and _adds_something(m, answer):
            found[answer] = None
    return tuple(found)
