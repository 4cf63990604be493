"""Fourth stage: whether two parsed answers are the same, by a table of pairs of their types.

    Comparison(Policy(), NumericEquality()).compare(parse("x ≥ 3"), parse("[3,∞)"))      # Verdict.SAME

`compare` walks both structures together; the rules for each pair of types stand in `compare_values` (single values),
`compare_members` (tuples, lists, sets, matrices) and `compare_relations` (equations, inequalities, sets of reals), and
single expressions are left to an `Equality`. It is not symmetric: an answer may say more than the reference (`x = 5`, a
unit, an approximate value behind the exact one), and what it adds must not contradict it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from rewardkit.verifiers.math import compare_members as members
from rewardkit.verifiers.math import compare_relations as relations
from rewardkit.verifiers.math import compare_values as values
from rewardkit.verifiers.math import compare_vectors as vectors
from rewardkit.verifiers.math.equality import Equality
from rewardkit.verifiers.math.sets import REALS
from rewardkit.verifiers.math.structure import (
    Based,
    Bracketed,
    Combined,
    FiniteSet,
    Matrix,
    Opaque,
    Quantity,
    Ratio,
    Relation,
    Several,
    Value,
    Words,
)
from rewardkit.verifiers.math.verdict import Verdict

_ALL_REALS = frozenset((REALS, "R"))


class Policy(NamedTuple):
    """What counts as the same where mathematics alone does not say; the options of the verifier say it."""

    percent_is_optional: bool = True
    """`50\\%` is `50`, not only `0.5`."""
    unit_is_optional: bool = True
    """An answer needs no unit where the reference has one."""
    rounded_answer_digits: int | None = 10
    """Significant digits from which on a decimal answer may stand for the exact value that it rounds."""
    rounded_reference_digits: int | None = 3
    """Significant digits from which on a decimal reference may stand for the more precise answer."""


class Comparison:
    """Compares answers with references under one policy, with one way to compare single expressions."""

    def __init__(self, policy: Policy, equality: Equality) -> None:
        self.policy = policy
        self.equality = equality

    def compare(self, reference: Value, answer: Value) -> Verdict:
        """Whether `answer` is the same as `reference`."""
        if reference.text == answer.text and type(reference) is type(answer):
            return Verdict.SAME
        rule = RULES.get((type(reference), type(answer)))
        if rule is None and isinstance(answer, Relation):
            rule = relations.relation_for_value
        elif rule is None and isinstance(reference, Relation):
            rule = relations.value_for_relation
        elif not _ALL_REALS.isdisjoint((reference.text, answer.text)):
            rule = relations.sets
        if rule is not None:
            return rule(self, reference, answer)
        if isinstance(reference, Opaque) or isinstance(answer, Opaque):
            return Verdict.UNKNOWN
        return Verdict.DIFFERENT


Rule: TypeAlias = Callable[[Comparison, Any, Any], Verdict]

RULES: dict[tuple[type, type], Rule] = {
    (Quantity, Quantity): values.quantities,
    (Words, Words): values.words,
    (Words, Quantity): values.words,
    (Quantity, Words): values.words,
    (Based, Based): values.based,
    (Based, Quantity): values.based_and_quantity,
    (Ratio, Ratio): values.ratios,
    (Ratio, Quantity): values.ratio_and_quantity,
    (Quantity, Ratio): values.ratio_and_quantity,
    (Based, Opaque): values.based_and_quantity,
    **{(vector, Quantity): vectors.tuple_and_sum for vector in (Bracketed, Matrix)},
    **{(Quantity, vector): vectors.tuple_and_sum for vector in (Bracketed, Matrix)},
    (Quantity, Based): values.quantity_and_based,
    (Bracketed, Bracketed): members.tuples,
    (Bracketed, Several): members.tuple_and_several,
    (Several, Bracketed): members.several_and_tuple,
    (Bracketed, Matrix): members.tuple_and_matrix,
    (Matrix, Bracketed): members.tuple_and_matrix,
    (Matrix, Matrix): members.matrices,
    (Several, Several): members.several,
    (Several, FiniteSet): members.several,
    (FiniteSet, Several): members.several,
    (FiniteSet, FiniteSet): members.several,
    **{(single, FiniteSet): members.value_and_set for single in (Quantity, Words, Based, Bracketed)},
    **{(FiniteSet, single): members.set_and_value for single in (Quantity, Words, Based, Bracketed)},
    (Quantity, Several): members.value_and_several,
    (Words, Several): members.value_and_several,
    (Several, Quantity): members.set_and_value,
    (Combined, Combined): relations.sets,
    (Combined, Bracketed): relations.sets,
    (Bracketed, Combined): relations.sets,
    (Combined, Several): relations.sets,
    (Several, Combined): relations.sets,
    (Relation, Relation): relations.relations,
}
"""Reference type and answer type to the rule that compares them; pairs that are not here are different answers."""
