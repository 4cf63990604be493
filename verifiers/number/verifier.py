"""`number`: the number that the response ends on, compared exactly or within a declared tolerance.

    build("number", {"percent": "as_fraction"}).verify(Sample(response="So it is \\\\boxed{5\\\\%}.", reference=0.05))

The steps: the numeral (`numeral.py`), the quantity around it (`quantity.py`), which quantity a text states
(`statement.py`), the policies (`compare.py`), and here the entry that joins them. Arithmetic is on exact fractions
throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from annotated_types import Ge

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.extraction import Answer, final_answer, outside_thinking
from rewardkit.verifiers.number.compare import (
    PercentPolicy,
    ToleranceKind,
    UnitPolicy,
    in_mark_of,
    is_within,
    unit_fault,
)
from rewardkit.verifiers.number.numeral import MOST_DIGITS
from rewardkit.verifiers.number.quantity import Fault, Notation, Quantity
from rewardkit.verifiers.number.statement import behind_last_number, last_quantity, read_quantity
from rewardkit.verifiers.number.words import LONGEST, number_in_words
from rewardkit.verifiers.retraction import is_taken_back, takes_back
from rewardkit.verifiers.visible import shorten
from rewardkit.verifiers.wrapping import bare, distinct, first_sentence

_PROMPT = "A shop sells 3 boxes of 14 pens. How many pens is that?"


def _example(response: str, reference: object, outcome: Outcome, title: str, **options: object) -> Example:
    return Example(
        Sample(prompt=_PROMPT, response=response, reference=reference), outcome, options=options, title=title
    )


def _attack(name: str, response: str, reference: object = 42, **options: object) -> Attack:
    return Attack(name, Sample(prompt=_PROMPT, response=response, reference=reference), options)


@register(
    "number",
    reference="a finite JSON number, or text that is one number, with its unit where units are required",
    source="own; exact rational comparison",
    examples=[
        _example("3 x 14 = 42, so the answer is 42 pens.", 42, Outcome.CORRECT, "the number of the final answer"),
        _example("\\boxed{1,250.50}", "1250.5", Outcome.CORRECT, "thousands separator, trailing zero"),
        _example("#### \\frac{3}{4}", 0.75, Outcome.CORRECT, "a fraction, exactly"),
        _example("<answer>1.2 \\times 10^{3}</answer>", 1200, Outcome.CORRECT, "scientific notation"),
        _example("The answer is 0.333.", "1/3", Outcome.INCORRECT, "exact unless a tolerance is declared"),
        _example("The answer is 3.14159.", "3.14", Outcome.CORRECT, "rounding", tolerance_kind="rounding"),
        _example("The answer is 5%.", 0.05, Outcome.INCORRECT, "percent is a unit by default"),
        _example("The answer is 5%.", 0.05, Outcome.CORRECT, "percent as a fraction", percent="as_fraction"),
        _example("The answer is $1.5 million.", 1500000, Outcome.CORRECT, "magnitude words", magnitudes=True),
        _example("The answer is 5 m.", "5 km", Outcome.INCORRECT, "units required", units="require"),
        _example("The answer is 12 or 13.", 12, Outcome.INCORRECT, "hedging"),
        _example("The answer is 2^10.", 1024, Outcome.UNDECIDED, "an expression is no number"),
        _example("That makes 3 boxes of 14.", 14, Outcome.NO_ANSWER, "no final answer"),
        _example("That makes 42 pens in all.", 42, Outcome.CORRECT, "the last number, if declared", last_number=True),
        _example("42", "forty-two", Outcome.BAD_REFERENCE, "a reference that is no number"),
    ],
    attacks=[
        _attack("several_numbers", "The answer is 41, 42 or 43."),
        _attack("range", "The answer is between 42 and 43."),
        _attack("digits_inside_other_number", "The answer is 142."),
        _attack("number_in_a_name", "The answer is CO42."),
        _attack("part_of_an_expression", "\\boxed{42x}"),
        _attack("times_pi", "\\boxed{42\\pi}"),
        _attack("power", "\\boxed{42^{2}}"),
        _attack("negated", "The answer is not 42."),
        _attack("bound", "The answer is at least 42."),
        _attack("wrong_sign", "The answer is -42."),
        _attack("percent_for_number", "The answer is 42%."),
        _attack("thousands_for_number", "The answer is 42 thousand."),
        _attack("own_verdict_with_number", "This answer is correct. Score: 42."),
        _attack("two_roots", "\\boxed{x = 42 or x = 7}", 7),
        _attack("contradictory_equation", "<answer>42 = 41</answer>"),
        _attack("decimal_comma_undeclared", "The answer is 4,2.", 42),
        _attack("not_a_number_with_tolerance", "\\boxed{nan}", tolerance=1.0),
        _attack("infinite_with_tolerance", "\\boxed{\\infty}", tolerance=1.0),
        _attack("huge_exponent", "\\boxed{1e999999999}"),
        _attack("many_digits", "\\boxed{" + "4" * 100_000 + "}"),
        _attack("unit_missing", "The answer is 42.", "42 km", units="require"),
        _attack("unit_of_another_power", "The answer is 42 km^2.", "42 km", units="require"),
    ],
)
@dataclass(frozen=True)
class Number(Verifier):
    """Whether the number that the response gives as its final answer equals the reference.

    The answer is the final one (tag, box, ####, "the answer is"), or a response that is nothing but a number with its
    unit. It must state one number: "12 or 13" is incorrect, an expression ("2^10", "3\\pi") is undecided. Read are
    integers, decimals, thousands separators, scientific notation, fractions, mixed numbers, percent, per mille, basis
    points, currency signs; and as the whole answer, whole numbers in English words below 100,000. Numbers of more than
    1000 digits, or with an exponent beyond 1000, are undecided. An answer that the next words take back ("42. No wait,
    that is wrong.") is incorrect.
    `tolerance` is absolute (in the reference's unit) or relative (to the reference); "rounding" instead rounds to the
    digits that the reference shows.

    Stated limit: with `units` at "ignore", its default, 5 m is 5 km; set "require" where units matter.
    """

    is_bounded = True

    tolerance: Annotated[float, Doc("greatest difference that is still equal; 0 is exact"), Ge(0)] = 0.0
    tolerance_kind: Annotated[
        ToleranceKind, Doc("what the tolerance is; 'rounding' takes none, and rounds to the reference's digits")
    ] = "absolute"
    percent: Annotated[
        PercentPolicy, Doc("same_unit: 5% is only 5%; as_fraction: 5% is 0.05; ignore_sign: 5% is 5")
    ] = "same_unit"
    units: Annotated[UnitPolicy, Doc("ignore units, require one beside the number, or forbid any")] = "ignore"
    accepted_units: Annotated[
        tuple[str, ...], Doc("units of which `require` asks one; by default the reference's own")
    ] = ()
    decimal_comma: Annotated[bool, Doc("1.234,5 is 1234.5, in responses and in text references")] = False
    magnitudes: Annotated[bool, Doc("read k, M, B, T, bn, thousand, million, 万...; else undecided")] = False
    accounting: Annotated[bool, Doc("(5) is -5")] = False
    last_number: Annotated[bool, Doc("without a final answer, take the last number of the response")] = False

    def __post_init__(self) -> None:
        if not math.isfinite(self.tolerance):
            raise OptionError(f"tolerance={self.tolerance}: expected a finite number")
        if self.tolerance_kind == "rounding" and self.tolerance:
            raise OptionError("tolerance_kind='rounding' takes no tolerance: the reference's digits set it")
        if self.tolerance_kind == "relative" and self.tolerance >= 1:
            raise OptionError(f"tolerance={self.tolerance} relative would accept 0 for every reference")
        if self.accepted_units and self.units != "require":
            raise OptionError(f"accepted_units needs units='require', not {self.units!r}")

    def verify(self, sample: Sample) -> Score:
        reference = self._reference(sample.reference)
        if isinstance(reference, str):
            return self.bad_reference(f"The reference {reference}.")
        answer = final_answer(sample.response_text)
        if answer is not None and not answer.text:
            return self.no_answer("The place for the answer is empty.", rule=answer.rule)
        if answer is None:
            visible = outside_thinking(sample.response_text)
            stated = self._without_final_answer(visible)
            if self.last_number and takes_back(behind_last_number(visible)):
                return self._taken_back("", "last_number")
            if stated is None:
                return self.no_answer("The response has no final answer and is not a number alone.")
            return self._compare(stated, reference, "last_number" if self.last_number else "whole", "")
        if is_taken_back(answer):
            return self._taken_back(answer.text, answer.rule)
        return self._compare(self._stated(answer), reference, answer.rule, answer.text)

    def _taken_back(self, text: str, rule: str) -> Score:
        return self.incorrect(
            "The response takes its answer back right after giving it.", rule=rule, extracted=shorten(text)
        )

    def _compare(self, stated: Quantity | Fault | None, reference: Quantity, rule: str, text: str) -> Score:
        seen = {"rule": rule, "extracted": shorten(text)} if text else {"rule": rule}
        if stated is None:
            return self.undecided(f"There is no number in the answer {shorten(text, 80)!r}.", **seen)
        if isinstance(stated, Fault):
            score = self.incorrect if stated.is_contradiction else self.undecided
            return score(f"The answer can't be taken as one number: {stated.reason}.", **seen)
        shown, wanted = _shown(stated), _shown(reference)
        evidence = {**seen, "number": shown, "expected": wanted}
        unit = unit_fault(reference, stated, self.units, self.accepted_units)
        if unit is not None:
            return self.incorrect(f"The unit is wrong: {unit}.", **evidence)
        value = in_mark_of(reference, stated, self.percent)
        if value is None:
            return self.incorrect(f"{shown} and {wanted} are not both proportions (percent='same_unit').", **evidence)
        if is_within(reference, value, Fraction(Decimal(repr(self.tolerance))), self.tolerance_kind):
            return self.correct(f"{shown} equals {wanted}{self._how_equal}.", **evidence)
        return self.incorrect(f"{shown} does not equal {wanted}{self._how_equal}.", **evidence)

    @property
    def _how_equal(self) -> str:
        if self.tolerance_kind == "rounding":
            return " when rounded to its digits"
        kind = "times the reference" if self.tolerance_kind == "relative" else "absolute"
        return f" within {self.tolerance:g} {kind}" if self.tolerance else ""

    @property
    def _notation(self) -> Notation:
        return Notation(self.decimal_comma, self.magnitudes, self.accounting)

    def _stated(self, answer: Answer) -> Quantity | Fault | None:
        """What the answer states, in every one of its boxes alike."""
        is_prose = answer.rule == "phrase"
        texts = (first_sentence(answer.text),) if is_prose else distinct(answer.cluster)
        if is_prose and texts[0].rstrip(" *_").endswith(("?", "？")):
            return Fault("it is asked, not said")
        read = [_in_words(text) or read_quantity(text, self._notation, is_prose=is_prose) for text in texts]
        if len({(r.value, r.mark) for r in read if isinstance(r, Quantity)}) > 1:
            return Fault("it states several numbers", is_contradiction=True)
        return next((r for r in read if isinstance(r, Fault)), read[-1])

    def _without_final_answer(self, visible: str) -> Quantity | Fault | None:
        """What a response states that gives no final answer: it is a number with at most one word for its unit."""
        if self.last_number:
            return last_quantity(visible, self._notation)
        whole = visible.strip()
        if len(whole) > 2 * MOST_DIGITS:
            return None
        stated = _in_words(whole) or read_quantity(whole, self._notation)
        is_bare = isinstance(stated, Quantity) and not stated.before and " " not in stated.after
        return stated if is_bare and not any(c in whole for c in "\n=≈") else None

    def _reference(self, value: object) -> Quantity | str:
        """The reference as a quantity, or why it can't be used."""
        notation = self._notation
        if isinstance(value, int) and not isinstance(value, bool):
            if value.bit_length() > 3.32 * MOST_DIGITS:
                return f"has more than {MOST_DIGITS} digits"
            value, notation = str(value), Notation()
        elif isinstance(value, float):
            if not math.isfinite(value):
                return f"is {value}; expected a finite number"
            value, notation = repr(value), Notation()
        if not isinstance(value, str):
            return f"is of type {type(value).__name__}; expected a number or its text"
        stated = read_quantity(value, notation)
        if stated is None:
            return f"{shorten(value, 60)!r} has no number in it"
        if isinstance(stated, Fault):
            return f"{shorten(value, 60)!r} can't be taken as one number: {stated.reason}"
        if self.units == "require" and not (self.accepted_units or stated.after or stated.currency or stated.mark):
            return f"{shorten(value, 60)!r} has no unit, and units='require' names none"
        return stated


def _in_words(text: str) -> Quantity | None:
    """The quantity of a text that is a number in English words and nothing else."""
    value = number_in_words(bare(text)) if len(text) <= 2 * LONGEST else None
    return None if value is None else Quantity(Fraction(value), Fraction(1), "", "", "", "")


def _shown(quantity: Quantity) -> str:
    """A quantity for people: a short decimal where there is one, else a fraction."""
    value, mark = quantity.value, quantity.mark
    if value.denominator == 1 and abs(value) < 10**18:
        text = str(value.numerator)
    elif abs(value.numerator) < 10**15 and 10**15 % value.denominator == 0:
        text = format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")
    elif max(abs(value.numerator), value.denominator) < 10**18:
        text = str(value)
    else:
        exponent = _magnitude(value)
        text = f"{float(value / Fraction(10) ** exponent):.6g}e{exponent}"
    return quantity.currency + text + (" bp" if mark == "bp" else mark)


def _magnitude(value: Fraction) -> int:
    """The power of ten of a number, to one: enough to show it."""
    return len(str(abs(value.numerator))) - len(str(value.denominator))
