"""`staged`: progressive rewards, in which each stage opens the next.

staged(get("json"), get("format", ...), Part(get("math"), pays=6), Part(get("f1"), pays=0.5))
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from rewardkit.errors import OptionError
from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import has_range
from rewardkit.gates.node import Gate, Part, can_be_correct, dearest, is_number, masked
from rewardkit.gates.tree import check_opens, check_parts, check_whole_groups
from rewardkit.gates.under_way import Then
from rewardkit.reward import Cost, Doc
from rewardkit.sample import Sample
from rewardkit.score import PAYS, Pays, Range, Score


@dataclass(frozen=True)
class Staged(Gate):
    """Stages in order, such as parse, format, correctness, quality: each is run and paid where the one before passed.

    A stage passes where it is CORRECT, or where its value is `at_least` what it says. With x_k the place of stage k's
    value in its range, 0 at the bottom and 1 at the top, a row whose first n stages were run gets

        floor + pays_1 * x_1 + ... + pays_n * x_n

    so partial credit in a stage never reaches what passing it pays, and a row that comes further never gets less. A
    stage with `pays: 0` only opens the next one.

    Range: from `floor` to `floor + sum(pays)`. Monotone in every stage. CORRECT where every stage is at its top; a row
    at the bottom keeps the outcome of the stage that stopped it. A stage without a value leaves the row without one,
    unless it is `optional`: then it adds 0 and opens the next, and the reason says so.

    Tiers of published rewards are stages: SQL-R1 pays -1 for a bad layout or a query that does not run, 0 for a wrong
    result and 6 for a right one, plus up to 1.5; that is a floor of -1 and stages that pay 0, 1, 6 and 1.5.
    """

    edges: ClassVar[frozenset[str]] = frozenset({"pays", "at_least", "optional"})

    children: tuple[Part, ...]
    floor: Annotated[float, Doc("what a row gets that fails the first stage")] = 0.0
    name: str = "staged"

    def __post_init__(self) -> None:
        check_parts(self, self.children)
        for part in self.children:
            if not is_number(part.pays) or part.pays < 0:
                raise OptionError(f"pays of {part.name!r} must be a finite number of at least 0, not {part.pays!r}")
        for part in self.children[:-1]:
            check_opens(part)
        if self.children[-1].at_least is not None:
            raise OptionError(
                f"{self.children[-1].name!r} is the last stage and opens nothing: at_least has no meaning"
            )
        if not is_number(self.floor):
            raise OptionError(f"floor must be a finite number, not {self.floor!r}")
        if not any(part.pays for part in self.children):
            raise OptionError("every stage pays 0, so every row would get the same")
        check_whole_groups("staged", [part.node for part in self.children[1:]])
        has_range(self)

    @functools.cached_property
    def range(self) -> Range:
        """From the floor to the floor and all that the stages pay."""
        return Range(self.floor, self._paid([part.pays for part in self.children]))

    @property
    def cost(self) -> Cost:
        """That of the dearest stage."""
        return dearest([part.node for part in self.children])

    @property
    def can_be_correct(self) -> bool:
        """Whether every stage can be."""
        return all(can_be_correct(part.node) for part in self.children)

    def submit(self, samples: Sequence[Sample]) -> Pending:
        """Run all stages but the last now, each on the rows that came through; begin with the last."""
        parts: list[dict[str, Score]] = [{} for _ in samples]
        open_ = list(range(len(samples)))
        for stage in self.children[:-1]:
            if not open_:
                break
            for i, score in zip(open_, stage.node.score([samples[i] for i in open_]), strict=True):
                parts[i][stage.name] = score
            open_ = [i for i in open_ if _opens(stage, parts[i][stage.name])]
        last = self.children[-1]

        def merge(columns: Sequence[list[Score]]) -> list[Score]:
            for column in columns:
                for i, score in zip(open_, column, strict=True):
                    parts[i][last.name] = score
            return [self.combine(own) for own in parts]

        return Then([last.node.submit([samples[i] for i in open_])] if open_ else [], merge)

    def combine(self, parts: Mapping[str, Score]) -> Score:
        """The score of one row from those of the stages that were run on it."""
        paid, left_out = [], {}
        reached = self.children[: len(parts)]
        for stage in reached:
            score = parts[stage.name]
            if score.value is not None:
                paid.append(stage.pays * _height(stage, score.value))
            elif stage.optional:
                left_out[stage.name] = score.reason
            else:
                return masked(stage.name, score, parts)
        if len(left_out) == len(parts):
            return masked(reached[-1].name, parts[reached[-1].name], parts)
        last = reached[-1]
        evidence = {"reached": last.name, "stage": len(reached), **({"left_out": left_out} if left_out else {})}
        notes = "".join(f"; without {name}: {why}" for name, why in left_out.items())
        reason = f"stage {len(reached)} of {len(self.children)}, {last.name}: {parts[last.name].reason}{notes}"
        within = self.range
        value = min(max(self._paid(paid), within.low), within.high)
        outcome = parts[last.name].outcome
        if value == within.low and PAYS[outcome] is Pays.BOTTOM:
            return Score.of(outcome, reason, within=within, evidence=evidence, parts=dict(parts))
        return Score.graded(value, reason, within=within, evidence=evidence, parts=dict(parts))

    def _paid(self, amounts: Sequence[float]) -> float:
        return math.fsum([self.floor, *amounts])


def _opens(stage: Part, score: Score) -> bool:
    return stage.passes(score) or (stage.optional and score.value is None)


def _height(stage: Part, value: float) -> float:
    low, high = stage.node.range
    return (value - low) / (high - low)
