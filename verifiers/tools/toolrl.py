"""`tools.toolrl`: how far the tool calls of a response match those of the reference, by ToolRL's measure.

ToolRL().verify(Sample(
    response='<think>...</think><tool_call>{"name": "add", "parameters": {"a": 1, "b": 2}}</tool_call>',
    reference=[{"name": "add", "parameters": {"a": 1, "b": 2}}],
))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Range, Score
from rewardkit.verifiers.format.strict_json import Json
from rewardkit.verifiers.tools.calls import Call, CallError, find_calls, read_calls
from rewardkit.verifiers.tools.cases import ATTACKS, EXAMPLES, EXEMPT
from rewardkit.verifiers.visible import has_visible


@register(
    "tools.toolrl",
    reference="the list of calls, each with `name` and `parameters`; also as JSON text, or as text with <tool_call>",
    source="ToolRL (arXiv 2504.13958), its correctness reward as released; extra calls count as own",
    examples=[Example(*case) for case in EXAMPLES],
    attacks=[Attack(*case) for case in ATTACKS],
    exempt=EXEMPT,
)
@dataclass(frozen=True)
class ToolRL(Verifier):
    """How far the tool calls of a response match those of the reference: names, parameter names, and values.

    With Match(a, b) = |a and b| / |a or b| on multisets, the points of a response are

        Match(names) + for each call of the reference, by the best call of that name not taken yet:
                       Match(parameter names) + number of parameters with the right value

    out of 1 + sum(1 + number of parameters) over the reference's calls, and the value is their share of the way from
    `low` to `high`; order does not matter. A response that makes all calls and no other is CORRECT; one that earns no
    point, or whose call can't be read, is INCORRECT; one without a call is NO_ANSWER. Range [low, high], [-3, 3] as
    published; the published total adds a layout reward in [0, 1], which is `format`.

    In the released code a further call costs only its share of Match(names), so that listing many calls pays well
    above the bottom: here each call beyond those that are matched adds 1 + its parameters to what there is to earn,
    unless `extra_calls` is `names_only`. Values are equal as JSON has it: true is not 1, and "1" is not 1, but 1 is
    1.0. A reference without calls gives every response 0 there; here it is a BAD_REFERENCE unless `no_call` is
    `judged`, by which making no call is CORRECT whatever else the response says.
    """

    is_bounded = True

    high: Annotated[float, Doc("value of a response that makes all calls and no other")] = 3.0
    low: Annotated[float, Doc("value of a response that earns no point")] = -3.0
    extra_calls: Annotated[
        Literal["missed", "names_only"],
        Doc("missed: a call that is not in the reference costs like one that is missed"),
    ] = "missed"
    no_call: Annotated[
        Literal["unusable", "judged"], Doc("a reference without calls: nothing to judge by, or the demand to make none")
    ] = "unusable"

    def __post_init__(self) -> None:
        if not float("-inf") < self.low < self.high < float("inf"):
            raise OptionError(f"expected low < high, both finite, got low={self.low} and high={self.high}")

    @property
    def range(self) -> Range:
        """From `low` to `high`."""
        return Range(self.low, self.high)

    def verify(self, sample: Sample) -> Score:
        """Compare the calls of one response with those of its reference."""
        try:
            expected = read_calls(sample.reference)
        except CallError as error:
            return self.bad_reference(f"the reference can't be used: {error}")
        if not expected and self.no_call == "unusable":
            return self.bad_reference("the reference has no call, so there is nothing to compare")
        if not has_visible(sample.response_text):
            return self.no_answer("the response is empty")
        try:
            made = find_calls(sample.response_text)
        except CallError as error:
            return self.incorrect(f"the calls can't be read: {error}")
        if not expected:
            return self._without(made or [])
        if made is None:
            return self.no_answer("the response makes no call")
        return self._compared(expected, made)

    def _without(self, made: Sequence[Call]) -> Score:
        if made:
            return self.incorrect("there is nothing to call, and the response does", made=_shown(made))
        return self.correct("there is nothing to call, and the response does not")

    def _compared(self, expected: Sequence[Call], made: Sequence[Call]) -> Score:
        points, most, missed = _points(expected, made, names_only=self.extra_calls == "names_only")
        evidence = {"points": points, "of": most, "made": _shown(made), "expected": _shown(expected)}
        if _is_same(expected, made):
            return self.correct("all calls are as in the reference", **evidence)
        share = min(points / most, 1.0)
        told = f"{points:.3g} of {most} points" + (f"; {missed}" if missed else "")
        value = self.low + (self.high - self.low) * share
        if share == 0.0 or value <= self.low:
            return self.incorrect(told, **evidence)
        return self.graded(min(value, _below(self.high, self.low)), told, **evidence)


def _points(expected: Sequence[Call], made: Sequence[Call], *, names_only: bool) -> tuple[float, int, str]:
    """Points, how many there are to earn, and what was missed first."""
    points = _match([c.name for c in expected], [c.name for c in made])
    most = 1 + sum(1 + len(call.parameters) for call in expected)
    missed = ""
    left = list(made)
    for call in expected:
        best, by = 0.0, None
        for other in left:
            if other.name == call.name:
                own = _match(call.parameters, other.parameters) + _equal_values(call.parameters, other.parameters)
                if own > best:
                    best, by = own, other
        if by is not None:
            left.remove(by)
        if best < 1 + len(call.parameters) and not missed:
            missed = f"{call.shown()} is " + ("missing" if by is None else f"made as {by.shown()}")
        points += best
    if not names_only:
        most += sum(1 + len(call.parameters) for call in left)
        if left and not missed:
            missed = f"{left[0].shown()} is not asked for"
    return points, most, missed


def _match(expected: Iterable[Hashable], made: Iterable[Hashable]) -> float:
    """|a and b| / |a or b| on multisets; 1 for two empty ones."""
    a, b = Counter(iter(expected)), Counter(iter(made))  # of the keys of a mapping, not of its values
    both = sum((a & b).values())
    either = sum((a | b).values())
    return both / either if either else 1.0


def _equal_values(expected: Mapping[str, Json], made: Mapping[str, Json]) -> int:
    return sum(key in made and _is_equal(value, made[key]) for key, value in expected.items())


def _is_same(expected: Sequence[Call], made: Sequence[Call]) -> bool:
    """Whether both make the same calls, in any order."""
    if len(expected) != len(made):
        return False
    left = list(made)
    for call in expected:
        twin = next((o for o in left if o.name == call.name and _is_equal(call.parameters, o.parameters)), None)
        if twin is None:
            return False
        left.remove(twin)
    return True


def _is_equal(a: Any, b: Any) -> bool:
    """Equality of JSON values: a truth value is no number, and a number equals one of the same value."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_is_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_is_equal, a, b))
    return type(a) is type(b) and bool(a == b)


def _below(high: float, low: float) -> float:
    """The greatest value that is not the top: it stands for every call, and no other."""
    return high - (high - low) * 1e-9


def _shown(calls: Sequence[Call]) -> list[str]:
    return [call.shown() for call in calls[:8]]
