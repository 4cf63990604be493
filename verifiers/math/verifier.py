"""`math`: mathematical equivalence of the final answer and the reference.

    Math().verify(Sample(response="So it is \\\\boxed{\\\\frac{2}{4}}.", reference="0.5")).outcome     # CORRECT

Four stages, a file each: `extract` finds the answer, `normalise` spells it canonically, `parse` reads its structure,
`compare` decides. All of that is bounded and runs in `begin`; a pair of answers that looks equal and can't be proved
so within bounds goes to `finish`, which runs `symbolic` in a worker process that can be killed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from annotated_types import Ge

from rewardkit.errors import OptionError
from rewardkit.registry import register
from rewardkit.reward import Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Score
from rewardkit.verifiers.math.cases import ATTACKS, EXAMPLES
from rewardkit.verifiers.math.compare import Comparison, Policy
from rewardkit.verifiers.math.equality import NumericEquality
from rewardkit.verifiers.math.extract import ALL_RULES, Rule, find_answer
from rewardkit.verifiers.math.multiprecision import QUICK, THOROUGH, Effort
from rewardkit.verifiers.math.readings import spelling, value
from rewardkit.verifiers.math.references import accepted
from rewardkit.verifiers.math.structure import FiniteSet, Several, Value
from rewardkit.verifiers.math.verdict import Verdict, either, every

_REMEMBERED = 400
"""Characters of answers and references together whose verdict is remembered."""
_SHOWN = 60
"""Characters of an answer in a reason."""
MAX_DEFERRED = 1_500
"""Characters of an answer that a worker is asked about."""


_DENIES = re.compile(r"(?<![a-zA-Z\\])(?:not|never|neither|nor)(?![a-zA-Z])|\(\s{0,4}or(?![a-zA-Z])", re.IGNORECASE)
"""Words that would be read as products of names."""


class Work(NamedTuple):
    """What a worker needs: the texts of the accepted answers and of the answers given."""

    references: tuple[str, ...]
    answers: tuple[str, ...]
    rule: str


@register(
    "math",
    reference="an answer (LaTeX or plain text, a number), or a list of accepted answers",
    source="own; the comparison rules follow the conventions of MATH, GSM8K and competition answer keys",
    examples=EXAMPLES,
    attacks=ATTACKS,
)
@dataclass(frozen=True)
class Math(Verifier):
    """Whether the final answer is mathematically the same as the reference.

    The last final answer outside the thinking counts: an answer tag, a box, `####`, "the answer is" in several
    languages, or a response that is nothing but one value. Numbers are compared exactly; expressions by value, with
    names taken to be positive; lists and sets in any order; tuples, intervals and matrices by place; equations up to a
    factor. Several different answers in one breath, "A or B", and an equation whose sides contradict each other are
    wrong, unless the reference has as many. Nearly equal is not equal: a decimal stands for an exact value only within
    the options below.
    """

    rules: Annotated[
        tuple[Rule, ...],
        Doc("ways to find the answer; tried in the order tag, boxed, hashes, phrase, whole, however they are listed"),
    ] = ALL_RULES
    last_number: Annotated[
        bool, Doc("take the last number of the response where no rule finds an answer; this is a guess")
    ] = False
    percent: Annotated[
        Literal["optional", "strict"],
        Doc("optional: 50% equals 0.5 and also 50, on either side; strict: 50% equals 50% and 0.5 only"),
    ] = "optional"
    units: Annotated[
        Literal["optional", "strict"],
        Doc(
            "optional: a unit may be left out or added; strict: an answer needs one where the reference has one; "
            "two known units are converted either way"
        ),
    ] = "optional"
    rounded_answer: Annotated[
        int | None,
        Doc(
            "significant digits from which on a decimal answer may stand for an exact reference that it rounds or "
            "truncates; null: never"
        ),
        Ge(4),
    ] = 10
    rounded_reference: Annotated[
        int | None,
        Doc(
            "significant digits from which on a decimal reference may stand for a more precise answer that rounds to "
            "it; null: never"
        ),
        Ge(2),
    ] = 3

    preload: ClassVar[tuple[str, ...]] = ("sympy", "math_verify", "latex2sympy2_extended")
    """Modules that a worker imports before its first row."""

    def __post_init__(self) -> None:
        if not self.rules and not self.last_number:
            raise OptionError("no way to find an answer is left: 'rules' is empty and 'last_number' is off")

    def verify(self, sample: Sample) -> Score:
        """Judge one sample in this process; may take long on hostile input, see `begin` and `finish`."""
        begun = self.begin(sample)
        return self.finish(begun.work) if isinstance(begun, Deferred) else begun

    def begin(self, sample: Sample) -> Score | Deferred:
        """The bounded part: everything but expressions that look equal and can't be proved so here."""
        references = accepted(sample.reference)
        if isinstance(references, str):
            return self.bad_reference(references)
        found = find_answer(sample.response_text, self.rules, last_number=self.last_number)
        if found is None:
            return self.no_answer("the response gives no final answer outside its thinking")
        answers = tuple(dict.fromkeys([text.strip() for text in found.texts]))
        if not "".join(map(spelling, answers)).strip("?.-_ "):
            return self.no_answer(f"the place of the answer ({found.rule}) holds nothing", answer=_cut(answers[-1]))
        if any(map(_denies, answers)) and not any(map(_denies, references)):
            shown = _cut(answers[-1], _SHOWN)
            return self.undecided(f"the answer {shown!r} says what it is not, or what else it may be", answer=shown)
        size = sum(map(len, (*references, *answers)))
        judge = _judge_once if size <= _REMEMBERED else _judge
        verdict, is_unsure = judge(self._policy, references, answers)
        work = Work(references, answers, found.rule)
        if verdict is Verdict.UNKNOWN and all(len(t) <= MAX_DEFERRED for t in (*references, *answers)):
            from rewardkit.verifiers.math.symbolic import may_tell

            if is_unsure or may_tell(references, answers):
                return Deferred(work)
        return self._score(work, verdict)

    def finish(self, work: Any) -> Score:
        """The part that may hang: many digits, and computer algebra for what the parser does not read."""
        from rewardkit.verifiers.math.symbolic import algebra

        assert isinstance(work, Work)
        verdict, _ = _judge(self._policy, work.references, work.answers, THOROUGH)
        if verdict is Verdict.UNKNOWN:
            verdict = every(algebra(work.references, answer) for answer in work.answers)
        return self._score(work, verdict)

    def account(self, sample: Sample) -> Mapping[str, str]:
        """How the answer and the reference were read, what was compared, and a point at which they differ."""
        from rewardkit.verifiers.math.account import account

        references = accepted(sample.reference)
        found = find_answer(sample.response_text, self.rules, last_number=self.last_number)
        if isinstance(references, str) or found is None:
            return {}
        return account(found.rule, [text.strip() for text in found.texts], references, self._policy)

    @functools.cached_property
    def _policy(self) -> Policy:
        return Policy(self.percent == "optional", self.units == "optional", self.rounded_answer, self.rounded_reference)

    def _score(self, work: Work, verdict: Verdict) -> Score:
        given, expected = " and ".join(work.answers), " or ".join(work.references)
        shown, wanted = given, expected
        if len(given) > _SHOWN or len(expected) > _SHOWN:
            given, expected = _cut(given), _cut(expected)
            shown, wanted = _cut(given, _SHOWN), _cut(expected, _SHOWN)
        evidence = {"answer": given, "reference": expected, "rule": work.rule}
        if verdict is Verdict.SAME:
            return self.correct(f"the answer {shown!r} equals {wanted!r}", **evidence)
        if verdict is Verdict.DIFFERENT:
            return self.incorrect(f"the answer {shown!r} does not equal {wanted!r}", **evidence)
        return self.undecided(f"can't tell whether the answer {shown!r} equals {wanted!r}", **evidence)


def _judge(
    policy: Policy, references: tuple[str, ...], answers: tuple[str, ...], effort: Effort = QUICK
) -> tuple[Verdict, bool]:
    """The answers against each accepted one, and whether more effort might tell more."""
    if len(answers) == 1 and spelling(answers[0]) in map(spelling, references):
        return Verdict.SAME, False
    equality = NumericEquality(effort, (*references, *answers))
    comparison = Comparison(policy, equality)
    given = [value(answer) for answer in answers]
    if len(references) == 1:
        verdict = _judge_one(comparison, value(references[0]), given)
    else:
        verdict = either(_judge_one(comparison, value(reference), given) for reference in references)
    return verdict, equality.is_unsure


_judge_once = functools.lru_cache(maxsize=8192)(_judge)
"""Rollouts of one prompt give the same answers again and again."""


def _judge_one(comparison: Comparison, expected: Value, given: Sequence[Value]) -> Verdict:
    """Answers given in one breath: together they are a list if the reference is one, else each must be right."""
    if len(given) == 1:
        return comparison.compare(expected, given[0])
    if len({v.text for v in given}) > 1 and isinstance(expected, (Several, FiniteSet)):
        together = Several(",".join(v.text for v in given), ",", tuple(given))
        return comparison.compare(expected, together)
    return every(comparison.compare(expected, v) for v in given)


def _denies(text: str) -> bool:
    """Whether `_DENIES` is found; most texts have not even its letters."""
    lower = text.lower()
    return ("no" in lower or "ne" in lower or "(" in lower) and _DENIES.search(text) is not None


def _cut(text: str, length: int = 200) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
