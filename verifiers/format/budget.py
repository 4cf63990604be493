"""`format.budget`: whether the thinking of a response keeps its budget, and is thinking at all.

    ThinkBudget(unit="characters", max_length=4000, min_length=20)
    ThinkBudget(unit="tokens", budget_field="budget", slack=200, max_outside=1500)

The block is read by the tags that open and close it, so thinking can't leave it unseen; what is paid for being long is
content, and what is paid for being short counts everything, hidden text too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple, TypeAlias

from annotated_types import Ge

from rewardkit.data.units import MAX_TOKENS, Unit, count_words, token_count
from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.format.tags import THINKING, Fault, read_sections
from rewardkit.verifiers.hidden import shown
from rewardkit.verifiers.length.padding import content_share
from rewardkit.verifiers.visible import has_visible

UnitOption: TypeAlias = Annotated[
    Unit, Doc("what thinking is counted in: characters, words, or the tokens that `tokens_field` declares")
]
ThinkTokens: TypeAlias = Annotated[
    str, Doc("column with the number of tokens of the thinking, or the list of their ids; read for unit 'tokens'")
]

_BUDGET = {"unit": "characters", "max_length": 60, "min_length": 10}
_THOUGHT = "6 x 7 is 6 x 5 + 6 x 2, that is 30 + 12."


class Thinking(NamedTuple):
    """A response, taken apart."""

    blocks: int
    inside: str
    """What stands in the thinking blocks."""
    outside: str
    """What stands outside them."""


def read_thinking(text: str, *, is_open: bool = False) -> Thinking | Fault:
    """The thinking of a response and what stands outside it, or the first fault in how its tags are written.

    `is_open` says that the response begins inside thinking, the opening tag being part of the prompt.

    >>> read_thinking("<think>a</think> b")
    Thinking(blocks=1, inside='a', outside=' b')
    """

    def closes(name: str) -> int:
        found = text.find(f"</{name}>")
        return found if found >= 0 else len(text)

    closing = min(THINKING, key=closes)
    sections = read_sections(text, THINKING, prefilled=closing if is_open else None)
    if isinstance(sections, Fault):
        return sections
    inside = [text[s.content_start : s.content_end] for s in sections]
    edges = [0, *(edge for s in sections for edge in (s.start, s.end)), len(text)]
    outside = [text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]
    return Thinking(len(sections), "\n".join(inside), "".join(outside))


def counted(verifier: Verifier, sample: Sample, text: str, unit: Unit, tokens_field: str) -> int | Score:
    """The length of a text in a unit; tokens are what the row declares, which must agree with whether there is text."""
    if unit == "characters":
        return len(text)
    if unit == "words":
        return count_words(text)
    count = token_count(sample.data.get(tokens_field))
    problem = f"holds {count}" if tokens_field in sample.data else "is missing"
    if isinstance(count, int):
        if count > 0 or not has_visible(text):
            return count
        problem = "says 0 tokens for a text"
    return verifier.unavailable(f"column {tokens_field!r} {problem}; unit 'tokens' needs their number, or their ids")


def _sample(response: str, **data: object) -> Sample:
    return Sample(prompt="Think briefly, then answer. What is 6 x 7?", response=response, data=data)


@register(
    "format.budget",
    reference="none: the response alone is judged; its budget may be a column",
    source="own; budgets of thinking as in L1 (arXiv 2503.04697) and Qwen3 (arXiv 2505.09388)",
    exempt={"empty_format_skeleton": "what stands in the answer is judged by the reward beside it, not by a budget"},
    examples=[
        Example(_sample(f"<think>{_THOUGHT}</think>42"), Outcome.CORRECT, 1.0, _BUDGET, "inside the budget"),
        Example(_sample(f"<think>{_THOUGHT * 3}</think>42"), Outcome.INCORRECT, 0.0, _BUDGET, "over the budget"),
        Example(_sample("<think>" + "So it goes, and so on. " * 2 + "</think>42"), Outcome.INCORRECT, 0.0,
                {**_BUDGET, "min_length": 30}, "a sentence said again fills nothing"),
        Example(_sample(f"<think>{_THOUGHT} </think>42", n=15, budget=10), Outcome.PARTIAL, 0.5,
                {"unit": "tokens", "tokens_field": "n", "budget_field": "budget", "slack": 10, "min_length": 1},
                "half of the slack used, by the row's own count and budget"),
        Example(_sample(f"{_THOUGHT}</think>42"), Outcome.CORRECT, 1.0, {**_BUDGET, "is_open": True},
                "the chat template opened the thinking"),
        Example(_sample("<think></think>42"), Outcome.INCORRECT, 0.0, _BUDGET, "empty thinking"),
        Example(_sample(f"<think>{_THOUGHT}</think>"), Outcome.NO_ANSWER, 0.0, _BUDGET, "no answer behind it"),
        Example(_sample("<think>x</think>42"), Outcome.UNAVAILABLE, None, {"unit": "tokens", "max_length": 9},
                "no count of tokens"),
    ],
    attacks=[
        Attack("thinking_outside", _sample(f"<think>{_THOUGHT}</think>{_THOUGHT * 9} 42"),
               {**_BUDGET, "max_outside": 100}),
        Attack("thinking_hidden_outside", _sample(f"<think>{_THOUGHT}</think><!-- {_THOUGHT * 9} -->42"),
               {**_BUDGET, "max_outside": 100}),
        Attack("stuffed_with_zero_width", _sample("<think>a" + "\u200b" * 40 + "</think>42"), _BUDGET),
        Attack("stuffed_with_white_space", _sample("<think>a" + " \n" * 20 + "</think>42"), _BUDGET),
        Attack("stuffed_with_a_comment", _sample("<think>a<!-- think think think --></think>42"), _BUDGET),
        Attack("stuffed_with_one_sentence", _sample("<think>" + "Let me think now. " * 3 + "</think>42"),
               {**_BUDGET, "min_length": 30}),
        Attack("no_block", _sample("42"), _BUDGET),
        Attack("second_block", _sample(f"<think>a</think>42<think>{_THOUGHT * 2}</think>"), _BUDGET),
        Attack("malformed_tag", _sample(f"<think>{_THOUGHT}</think >42"), _BUDGET),
        Attack("never_closed", _sample(f"<think>{_THOUGHT} 42"), _BUDGET),
        Attack("hidden_answer", _sample(f"<think>{_THOUGHT}</think><!-- 42 -->"), _BUDGET),
    ],
)  # fmt: skip
@dataclass(frozen=True)
class ThinkBudget(Verifier):
    """Whether the thinking of a response is no longer than its budget and no shorter than it must be.

    Thinking is what stands in think, thinking, thought or thoughts tags, all blocks together; malformed, unclosed or
    nested tags are INCORRECT, and so is a response without any block. From `max_length` (or the row's `budget_field`)
    the value falls in a straight line to 0 over `slack` more. The upper limit counts everything, hidden text too; the
    lower one only content, without invisible characters, hidden markup, long white space and sentences said again.
    `max_outside` limits the characters outside the blocks, so that thinking does not move there. Tokens are what the
    row declares of its thinking, never of the whole response.

    Range [0, 1]. A response without a visible answer outside its thinking is NO_ANSWER. Linear in the response.
    """

    is_bounded = True

    unit: UnitOption
    max_length: Annotated[int | None, Doc("the budget for every row"), Ge(0)] = None
    budget_field: Annotated[str | None, Doc("column with the budget of the row, a whole number")] = None
    min_length: Annotated[int, Doc("the least content that thinking must have"), Ge(0)] = 0
    slack: Annotated[int, Doc("how far over the budget the value falls to 0; none: at once"), Ge(0)] = 0
    max_outside: Annotated[int | None, Doc("characters outside the thinking, at most"), Ge(1)] = None
    is_open: Annotated[bool, Doc("the response begins inside thinking, which the prompt opened")] = False
    tokens_field: ThinkTokens = "n_thinking_tokens"

    def __post_init__(self) -> None:
        if self.max_length is not None and self.budget_field is not None:
            raise OptionError("give max_length, one budget for all rows, or budget_field, the column that holds it")
        if self.max_length is None and self.budget_field is None and not self.min_length:
            raise OptionError("without max_length, budget_field or min_length there is nothing to keep")
        if self.max_length is not None and self.min_length > self.max_length:
            raise OptionError(f"min_length ({self.min_length}) must not be more than max_length ({self.max_length})")

    def verify(self, sample: Sample) -> Score:
        """Judge the thinking of one response."""
        text = sample.response_text
        if not has_visible(text):
            return self.no_answer("the response is empty")
        read = read_thinking(text, is_open=self.is_open)
        if isinstance(read, Fault):
            return self.incorrect(read.reason, position=read.position)
        if not read.blocks:
            return self.incorrect("there is no thinking block")
        if not has_visible(shown(read.outside)):
            return self.no_answer("there is no answer outside the thinking")
        budget = self.max_length if self.budget_field is None else _budget(sample.data.get(self.budget_field))
        if budget is None and self.budget_field is not None:
            return self.unavailable(f"column {self.budget_field!r} must hold the budget, a whole number")
        length = counted(self, sample, read.inside, self.unit, self.tokens_field)
        if isinstance(length, Score):
            return length
        content = int(length * content_share(read.inside))
        evidence = {"length": length, "content": content, "budget": budget, "outside": len(read.outside)}
        if content < self.min_length:
            return self.incorrect(
                f"{content} {self.unit} of content, at least {self.min_length} are needed", **evidence
            )
        if self.max_outside is not None and len(read.outside) > self.max_outside:
            reason = f"{len(read.outside)} characters outside the thinking, at most {self.max_outside} are allowed"
            return self.incorrect(reason, **evidence)
        over = 0 if budget is None else max(length - budget, 0)
        value = 1.0 - min(over / max(self.slack, 1), 1.0)
        limit = "no budget" if budget is None else f"a budget of {budget}"
        return self.graded(value, f"{length} {self.unit} of thinking, for {limit}", **evidence)


def _budget(column: object) -> int | None:
    if isinstance(column, bool) or not isinstance(column, int):
        return None
    return column if 0 <= column <= MAX_TOKENS else None
