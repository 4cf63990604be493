"""A scoring run: the judged rows of a `Plan` into an output and a summary.

The output is written in order, and journalled (see `rewardkit.data.journal`): a run that is killed at any instant is
finished by the same command with `--resume`, with the same bytes as an unbroken run.

Each input row becomes one output row: its own columns, then

| column | meaning |
|---|---|
| reward | the value, null where the row can't be judged; a list where the row holds several responses |
| outcome | what happened: CORRECT, INCORRECT, ... |
| reason | one sentence |
| advantage, signal, group_state | of group shaping, see `rewardkit.shaping`; with one only |
| evidence, parts | what was seen, and the scores of a recipe's parts; with `explain` only |
| error | only in rows that could not become a sample: why |
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from rewardkit import __version__
from rewardkit.chunks import ADDED, EXPLAINED, Judged
from rewardkit.data.fields import ROLES, detect, samples_of
from rewardkit.data.journal import Journal, read_spool
from rewardkit.data.journal import fingerprint as journal_fingerprint
from rewardkit.data.lines import dump_line
from rewardkit.data.output import Output
from rewardkit.data.reading import open_source
from rewardkit.errors import DataError, RewardkitError, UsageError
from rewardkit.execution.local import Executor
from rewardkit.gates.node import Node
from rewardkit.gates.tree import walk
from rewardkit.plan import Plan
from rewardkit.recipe import bind, is_recipe, load, parse_option, read
from rewardkit.sample import Sample
from rewardkit.summary import Summary, group_of

CHECKPOINT_S = 0.5
"""Seconds between two checkpoints of the journal: what a kill can cost. The journal takes whole chunks of the plan, so
that a run goes on between two groups and never inside one."""


class Run:
    """Writes a plan's judged rows to an output that appears when it is complete; or goes on with one that is not."""

    def __init__(self, plan: Plan, *, prefix: str = "", explain: bool = False) -> None:
        self.plan = plan
        self.prefix = prefix
        self.explain = explain
        self.summary = Summary(plan.reward.range)
        self.notes: list[str] = []
        """What the output could not hold as it was, and what else is to be said at the end."""
        self._without_signal = 0
        self._check_columns()

    def _check_columns(self) -> None:
        names = {self.prefix + name for name in (*self.plan.added, *(EXPLAINED if self.explain else ()), "error")}
        for row in self.plan.first:
            clash = sorted(names & set(row.fields or ()))
            if clash:
                raise UsageError(
                    f"the rows have a column {clash[0]!r} already; give the added columns another name with --prefix, "
                    f"as in --prefix rk_"
                )

    def to_stream(self, stream: BinaryIO, on_row: Callable[[int], None]) -> None:
        """Write JSON Lines to a stream, which can't be resumed."""
        for where, judged in self.plan.judge():
            stream.write(self._line(judged, False))
            self._count(where, judged)
            on_row(self.summary.rows)
        stream.flush()
        self._close()

    def to_output(
        self,
        out: str,
        fingerprint: Mapping[str, Any],
        on_row: Callable[[int], None],
        *,
        resume: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Write to the path `out`, or finish what an interrupted run of the same fingerprint left.

        Raises:
            UsageError: the output or an unfinished run exists and neither `resume` nor `overwrite` is set, or the
                unfinished run was another one.
            DataError: reading or writing failed.
        """
        output = Output.at(out)
        stored = [source for source in self.plan.sources if not source.is_stream]
        output.check_apart(str(path) for source in stored for path in (source.path, *source.files))
        only = self.plan.sources[0] if len(self.plan.sources) == 1 and self.plan.limit is None else None
        join = only if only is not None and output.joins(only) else None
        with Journal.open(out, fingerprint, resume=resume, overwrite=overwrite) as journal:
            if journal.is_complete:
                self.notes.append(f"{out} is complete already; nothing was done")
                return
            if journal.done_rows:
                self._refuse_lost_state(out)
                self._recount(read_spool(journal.spool, journal.done_bytes))
            on_row(journal.done_rows)
            try:
                self._append(journal, join is not None, on_row)
            except (KeyboardInterrupt, RewardkitError):
                with contextlib.suppress(DataError):  # what could not be made certain is done again
                    journal.checkpoint()
                raise
            self.notes += journal.finish(join)
        self._close()

    def _close(self) -> None:
        self.summary.close()
        if self.plan.shaping is not None:
            self.notes.append(
                f"advantage {self.plan.shaping.name}: {self._without_signal:,} of {self.summary.samples:,} responses "
                "are in groups in which no response has an advantage (signal is false)"
            )

    def _refuse_lost_state(self, out: str) -> None:
        """What a reward learnt from the rows that are done went with the process that did them."""
        if not dataclasses.is_dataclass(self.plan.reward):
            return
        for node in walk(self.plan.reward):
            if hasattr(node, "state_dict") and getattr(node, "update", True):
                raise UsageError(
                    f"the run of {out} can't be resumed: {node.name!r} measures rows by those before them, and what it "
                    "had seen is gone; start anew with --overwrite, or freeze it (update: false)"
                )

    def _append(self, journal: Journal, added_only: bool, on_row: Callable[[int], None]) -> None:
        last = time.monotonic()
        for chunk in self.plan.judge_chunks(journal.done_rows):
            journal.append([self._line(judged, added_only) for _, judged in chunk])
            for where, judged in chunk:
                self._count(where, judged)
            on_row(self.summary.rows)
            if time.monotonic() - last > CHECKPOINT_S:
                journal.checkpoint()
                last = time.monotonic()

    def _recount(self, done: Iterable[dict[str, Any]]) -> None:
        """Rebuild the summary from the rows that an interrupted run has done."""
        for line, (where, row) in zip(done, self.plan.rows(), strict=False):
            added: dict[str, Any] = {k: line.get(self.prefix + k) for k in (*ADDED, "error")}
            if added["error"] is not None:
                self.summary.add_malformed(where, added["error"])
                continue
            samples, several = self.plan.sample(row)
            self._count_signal(line.get(self.prefix + "signal"))
            columns: list[list[Any]] = [added[k] if several else [added[k]] for k in ADDED]
            self.summary.rows += 1
            for sample, value, outcome, reason in zip(samples, *columns, strict=True):
                self.summary.add(group_of(sample), where, value, outcome, reason)

    def _line(self, judged: Judged, added_only: bool) -> bytes:
        added = judged.columns(self.prefix, self.explain)
        if added_only:
            return dump_line({**added, self.prefix + "error": judged.error})
        fields = judged.row.fields
        if fields is None:
            return dump_line({"raw": judged.row.raw, **added})
        for name in added.keys() & fields.keys():  # a column that came up later than the first rows: nothing is lost
            fields = {(f"{k}_in_input" if k == name else k): v for k, v in fields.items()}
        return dump_line({**fields, **added})

    def _count_signal(self, signal: Any) -> None:
        self._without_signal += [*signal].count(False) if isinstance(signal, (list, tuple)) else signal is False

    def _count(self, where: str, judged: Judged) -> None:
        if judged.error is not None:
            self.summary.add_malformed(where, judged.error)
            return
        self.summary.rows += 1
        self._count_signal(judged.shaped.get("signal"))
        for sample, score in zip(judged.samples, judged.scores, strict=True):
            self.summary.add(group_of(sample), where, score.value, score.outcome.value, score.reason)


def build_reward(name: str, options: Sequence[str], executor: Executor) -> Node:
    """The reward that a person names: an entry with `KEY=VALUE` options, or a recipe file with such parameters.

    Raises:
        UsageError: unknown names, options or parameters, a wrong recipe.
    """
    given = dict(parse_option(option) for option in options)
    return load(name, executor, given) if is_recipe(name) else bind(name, given, executor)


def describe_reward(name: str, options: Sequence[str]) -> Any:
    """The reward as plain data, to tell one run from another: the tree of a recipe, or name and options."""
    given = dict(parse_option(option) for option in options)
    return read(name, given) if is_recipe(name) else {"use": name, "args": given}


def fingerprint(plan: Plan, reward: str, options: Sequence[str], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same for a run to be gone on with: inputs, reward, and the settings that shape its scores."""
    inputs: list[Any] = [journal_fingerprint(source)["inputs"] for source in plan.sources]
    return {
        "source": ", ".join(plan.files),
        "inputs": None if None in inputs else list(itertools.chain.from_iterable(inputs)),
        "reward": describe_reward(reward, options),
        "columns": {role: getattr(plan.fields, role) for role in ROLES},
        "settings": dict(settings),
        "rewardkit": __version__,
    }


def samples_of_row(path: str, number: int, columns: Mapping[str, str | None]) -> list[Sample]:
    """The samples of one row of a file, the first being 1; `columns` by role, None to detect.

    Raises:
        DataError: the file can't be read, or has fewer rows.
        RowError: the row is malformed.
    """
    source = open_source(path)
    fields = detect(source.first(), columns)
    for row in itertools.islice(source.rows(), number - 1, None):
        return samples_of(row, fields)
    raise DataError(f"{path} has no row {number}")
