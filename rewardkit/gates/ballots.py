"""The vote of a group, row by row: what each response answers, who agrees with whom, what that pays.

Three stages, each one call of the child for all groups together (the second in as many rounds as the largest number of
clusters): every answer is read and confirmed, the answers of each group are put into clusters, and those are counted.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardkit.execution.scorer import Pending
from rewardkit.gates.checks import snapped
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score

if TYPE_CHECKING:
    from rewardkit.gates.majority import Majority
    from rewardkit.groups.clusters import Clusters

_NO_VOTE = frozenset({Outcome.NO_ANSWER, Outcome.TIMEOUT, Outcome.CRASHED})
"""Outcomes of reading a response that say more than that it can't be compared."""


class _GroupError(Exception):
    """Why a whole group gets no value."""


@dataclass(frozen=True)
class _Ballot:
    """What one row votes for."""

    answer: Any
    """As the child shows it, and as it is given as a reference; None for no vote."""
    shown: Score
    """The child's score that says so."""
    passes_probe: bool = False
    """Whether the response also passes against the probe."""
    outcome: Outcome = Outcome.UNDECIDED
    """Why it does not vote."""
    reason: str = ""

    @property
    def text(self) -> str | None:
        return None if self.answer is None else _text(self.answer)


@dataclass(frozen=True)
class Voting:
    gate: Majority
    samples: Sequence[Sample]
    groups: list[list[int]]
    lost: dict[int, Score]
    reading: Pending

    def result(self) -> list[Score]:
        return self._scores

    async def aresult(self) -> list[Score]:
        return await asyncio.to_thread(self.result)

    @functools.cached_property
    def _scores(self) -> list[Score]:
        scores = dict(self.lost)
        ballots = self._ballots(scores)
        for rows, clusters in self._clustered(ballots, scores):
            scores.update(_Count(self.gate, [ballots[row] for row in rows], clusters).scores(rows))
        return [scores[row] for row in range(len(self.samples))]

    def _ballots(self, scores: dict[int, Score]) -> dict[int, _Ballot]:
        """What every row votes for: the answer that the child found, if the child accepts it as its own reference."""
        shown = self.reading.result()
        ballots: dict[int, _Ballot] = {}
        at = 0
        for rows in self.groups:
            mine, at = shown[at : at + len(rows)], at + len(rows)
            try:
                ballots.update((row, self._read(score)) for row, score in zip(rows, mine, strict=True))
            except _GroupError as error:
                scores.update((row, self.gate.unknown(str(error))) for row in rows)
        voting = [row for rows in self.groups for row in rows if row not in scores and ballots[row].answer is not None]
        passed = self.gate.child.score([self._against(row, ballots[row].answer) for row in voting])
        for row, score in zip(voting, passed, strict=True):
            ballots[row] = self._confirmed(ballots[row], score)
        return ballots

    def _read(self, score: Score) -> _Ballot:
        child = self.gate.child.name
        if score.outcome is Outcome.UNAVAILABLE:
            raise _GroupError(f"{child}: {score.reason} (an incomplete group is not voted on)")
        if score.outcome is Outcome.BAD_REFERENCE:
            raise _GroupError(
                f"{child} can't take the probe {self.gate.probe!r} for a reference ({score.reason}); "
                f"set `probe` to one of the kind that it documents"
            )
        if score.outcome in _NO_VOTE:
            return _Ballot(None, score, False, score.outcome, score.reason)
        answer = next((score.evidence[key] for key in self.gate.answer_keys if key in score.evidence), None)
        if isinstance(answer, (list, tuple)) and len(answer) == 1:
            answer = answer[0]
        if answer is None:
            if score.outcome is Outcome.UNDECIDED:
                return _Ballot(None, score, False, score.outcome, score.reason)
            raise _GroupError(
                f"{child} does not show the answer that it judged: its evidence has none of "
                f"{', '.join(self.gate.answer_keys)} (see `answer_keys`)"
            )
        return _Ballot(answer, score, score.outcome is Outcome.CORRECT)

    def _confirmed(self, ballot: _Ballot, score: Score) -> _Ballot:
        if score.outcome is Outcome.CORRECT or score.outcome is Outcome.UNAVAILABLE:
            return dataclasses.replace(ballot, shown=score)  # what is unavailable shows when the group is compared
        if score.outcome in _NO_VOTE:
            return _Ballot(None, score, False, score.outcome, score.reason)
        return _Ballot(
            None,
            score,
            False,
            Outcome.UNDECIDED,
            f"the answer {_cut(ballot.answer)} does not pass where it is the reference itself ({score.reason})",
        )

    def _against(self, row: int, answer: Any) -> Sample:
        return dataclasses.replace(self.samples[row], reference=answer)

    def _clustered(
        self, ballots: dict[int, _Ballot], scores: dict[int, Score]
    ) -> Generator[tuple[list[int], Clusters], None, None]:
        """Groups with their clusters. All groups are compared side by side: each round is one call of the child."""
        from rewardkit.groups.clusters import comparing

        asking: list[tuple[list[int], Generator[Any, Any, Clusters], list[bool] | None]] = []
        for rows in self.groups:
            if rows[0] in scores:
                continue
            broken = next((b.shown for b in map(ballots.__getitem__, rows) if _is_unavailable(b.shown)), None)
            if broken is None:
                asking.append((rows, comparing([ballots[row].text for row in rows]), None))
            else:
                scores.update((row, self._broken(broken)) for row in rows)
        while asking:
            asked = []
            for rows, questions, verdicts in asking:
                try:
                    asked.append((rows, questions, questions.send(verdicts)))
                except StopIteration as done:
                    yield rows, _without_probes(done.value, [ballots[row] for row in rows])
            pairs = [self._against(rows[i], ballots[rows[j]].answer) for rows, _, asks in asked for i, j in asks]
            told = iter(self.gate.child.score(pairs) if pairs else [])
            asking = []
            for rows, questions, asks in asked:
                answers = [next(told) for _ in asks]
                broken = next(filter(_is_unavailable, answers), None)
                if broken is None:
                    asking.append((rows, questions, [score.outcome is Outcome.CORRECT for score in answers]))
                else:
                    scores.update((row, self._broken(broken)) for row in rows)

    def _broken(self, score: Score) -> Score:
        return self.gate.unknown(f"{self.gate.child.name}: {score.reason} (an incomplete group is not voted on)")


@dataclass(frozen=True)
class _Count:
    """The scores of one group whose answers are in clusters."""

    gate: Majority
    ballots: Sequence[_Ballot]
    clusters: Clusters

    def scores(self, rows: Sequence[int]) -> dict[int, Score]:
        from rewardkit.groups import vote
        from rewardkit.groups.layout import Groups

        gate, ids = self.gate, self.clusters.ids
        whole_group = Groups.from_sizes([len(ids)])
        counted = vote.tally(ids, whole_group)
        decided = vote.ttrl(ids, whole_group, ties=gate.ties, fewest=gate.fewest)
        shares = vote.ttrv(ids, whole_group, weight=gate.entropy_weight, entropy=gate.entropy)
        leader = self.clusters.founders[int(decided.winner[0])] if decided.winner[0] >= 0 else None
        about = {
            "group_size": len(ids),
            "answers": int(counted.clusters[0]),
            "majority": None if leader is None else _cut(self.ballots[leader].answer),
            "majority_share": float(counted.majority[0]),
            "entropy": float(counted.entropy[0]),
        }
        none_won = (
            f"{int(decided.tied[0])} answers tie with {int(decided.votes[0])} of {len(ids)} votes"
            if decided.votes[0] >= gate.fewest
            else f"no answer has {gate.fewest} of {len(ids)} votes"
        )
        scores = {}
        for i, (row, ballot) in enumerate(zip(rows, self.ballots, strict=True)):
            votes = round(float(counted.share[i]) * len(ids))
            evidence = {**about, "answer": None if ballot.answer is None else _cut(ballot.answer), "votes": votes}
            if ballot.answer is None:
                outcome, reason, value = ballot.outcome, ballot.reason, None
            elif ids[i] < 0:
                outcome, value = Outcome.UNDECIDED, None
                reason = f"the answer {_cut(ballot.answer)} equals answers that differ from each other"
            elif gate.pays == "frequency":
                value = snapped(float(shares[i]), gate.range)
                outcome = Outcome.CORRECT if value == gate.range.high else Outcome.PARTIAL
                reason = f"{votes} of {len(ids)} responses answer {_cut(ballot.answer)}"
            elif leader is None:
                outcome, reason, value = Outcome.UNDECIDED, f"there is no majority: {none_won}", None
            elif decided.rewards[i]:
                outcome, value = Outcome.CORRECT, None
                reason = f"{votes} of {len(ids)} responses answer {_cut(ballot.answer)}, and no other answer has more"
            else:
                outcome, value = Outcome.INCORRECT, None
                reason = (
                    f"{votes} of {len(ids)} responses answer {_cut(ballot.answer)}, most answer {about['majority']}"
                )
            scores[row] = Score.of(
                outcome,
                reason,
                value=value,
                within=gate.range,
                evidence=evidence,
                parts={gate.child.name: ballot.shown},
            )
        return scores


def _without_probes(clusters: Clusters, ballots: Sequence[_Ballot]) -> Clusters:
    """Sets aside what passes against the probe when its founder does not: it equals two things that differ."""
    ids = clusters.ids.copy()
    for i, ballot in enumerate(ballots):
        if ids[i] >= 0 and ballot.passes_probe and not ballots[clusters.founders[int(ids[i])]].passes_probe:
            ids[i] = -1
    return dataclasses.replace(clusters, ids=ids)


def _is_unavailable(score: Score) -> bool:
    return score.outcome is Outcome.UNAVAILABLE


def _text(answer: Any) -> str:
    """An answer written so that only what is alike in type and text is alike."""
    return json.dumps(answer, ensure_ascii=False, sort_keys=True, default=repr)


def _cut(answer: Any) -> str:
    text = answer if isinstance(answer, str) else _text(answer)
    return text if len(text) <= 200 else text[:199] + "…"
