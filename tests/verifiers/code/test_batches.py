"""Batches: programs run side by side, faults of the sandbox are nobody's answer, and every entry keeps its page."""

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rewardkit import Attack, Outcome, Sample, registry
from rewardkit.attacks import generic_attacks
from rewardkit.errors import RewardkitError
from rewardkit.execution.local import LocalExecutor
from rewardkit.execution.threads import Threads
from rewardkit.reward import Deferred
from rewardkit.verifiers.code import forbidden, static, syntax, verifier
from rewardkit.verifiers.code.cases import fenced
from rewardkit.verifiers.code.sandbox import Execution, Job, SandboxError, Status
from rewardkit.verifiers.code.verifier import CodeTests

ENTRIES = [registry.find(name) for name in ("code", "code.syntax", "code.forbidden")]
TWICE = {"inputs": ["1\n"], "outputs": ["2\n"]}
RIGHT = fenced("print(int(input()) * 2)")


def test_the_entries_are_those_of_this_folder() -> None:
    assert [entry.factory for entry in ENTRIES] == [verifier.CodeTests, syntax.Syntax, forbidden.Forbidden]


def cases() -> Iterator[Any]:
    for entry in ENTRIES:
        for example in entry.examples:
            yield pytest.param(entry, example, None, id=f"{entry.name}-{example.title}")
        for attack in entry.attacks:
            yield pytest.param(entry, None, attack, id=f"{entry.name}-{attack.name}")
        paid = [example for example in entry.examples if example.outcome is Outcome.CORRECT]
        for number, example in enumerate(paid):
            for name, sample in generic_attacks(example.sample):
                if name not in entry.exempt:
                    attack = Attack(name, sample, example.options)
                    yield pytest.param(entry, None, attack, id=f"{entry.name}-{number}-{name}")


@pytest.mark.parametrize(("entry", "example", "attack"), list(cases()))
def test_an_entry_keeps_its_page(
    entry: registry.Entry, example: registry.Example | None, attack: Attack | None, executor: LocalExecutor
) -> None:
    chosen = example or attack
    assert chosen is not None
    built = entry.build(chosen.options)
    [score] = executor.score(built, [chosen.sample])
    if example is not None:
        assert score.outcome is example.outcome, score.reason
        assert example.value is None or score.value == pytest.approx(example.value)
    else:
        assert score.outcome is not Outcome.UNAVAILABLE, score.reason
        assert score.value in (None, built.range.low), score.reason
    assert {"isolation", "assurance"} <= set(score.evidence)


class Fake:
    """A sandbox that runs nothing: it counts, waits, and fails when told to."""

    isolation = "fake"

    def __init__(self, failures: int = 0, waits_s: float = 0.0) -> None:
        self.failures = failures
        self.waits_s = waits_s
        self.running = self.most = self.runs = 0
        self.lock = threading.Lock()

    def run(self, job: Job) -> Execution:
        with self.lock:
            self.runs += 1
            self.running += 1
            self.most = max(self.most, self.running)
            fails = self.runs <= self.failures
        time.sleep(self.waits_s)
        with self.lock:
            self.running -= 1
        if fails:
            raise SandboxError("the zygote died")
        return Execution(Status.OK, stdout=b"2\n")


def use(sandbox: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "default_sandbox", lambda allow_weak: sandbox)
    monkeypatch.setattr(static, "_PAUSE_S", 0.0)


@pytest.mark.parametrize(("failures", "outcome"), [(0, "CORRECT"), (1, "CORRECT"), (2, "CORRECT"), (3, "UNAVAILABLE")])
def test_a_fault_of_the_sandbox_is_tried_again_and_never_a_wrong_answer(
    failures: int, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Fake(failures), monkeypatch)
    score = CodeTests().verify(Sample(response=RIGHT, reference=TWICE))
    assert score.outcome == outcome
    assert (score.value is None) is (outcome == "UNAVAILABLE")


def test_rows_of_a_batch_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Fake(waits_s=0.05)
    use(sandbox, monkeypatch)
    samples = [Sample(response=fenced(f"print({n})"), reference=TWICE) for n in range(16)]
    with LocalExecutor(workers=4) as executor:
        scores = executor.score(CodeTests(), samples)
        assert not executor.pool.pids(), "no worker process is needed to wait for sandboxes"
    assert {score.outcome for score in scores} == {Outcome.CORRECT}
    assert 4 <= sandbox.most <= 8


def test_equal_programs_of_a_batch_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Fake()
    use(sandbox, monkeypatch)
    with LocalExecutor() as executor:
        executor.score(CodeTests(), [Sample(response=RIGHT, reference=TWICE, group="g")] * 5)
    assert sandbox.runs == 1


def test_waiting_in_the_queue_is_on_nobodys_account(executor: LocalExecutor) -> None:
    slow = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint(2)"
    samples = [Sample(response=fenced(f"{slow}  # {n}"), reference=TWICE) for n in range(8)]
    with LocalExecutor(workers=2, deadline_s=0.2) as hasty:
        scores = hasty.score(CodeTests(timeout=1.0), samples)
    assert {score.outcome for score in scores} == {Outcome.CORRECT}


def test_what_an_executor_did_not_begin_when_it_was_closed_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Fake(waits_s=0.2), monkeypatch)
    executor = LocalExecutor(workers=1)
    samples = [Sample(response=fenced(f"print({n})"), reference=TWICE) for n in range(8)]
    batch = executor.submit(CodeTests(), samples)
    executor.close()
    outcomes = [score.outcome for score in batch.result()]
    assert set(outcomes) == {Outcome.CORRECT, Outcome.UNAVAILABLE}
    with pytest.raises(RewardkitError, match="closed"):
        executor.submit(CodeTests(), samples)


def test_a_bug_in_a_verifier_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: CodeTests, work: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(CodeTests, "finish", fail)
    with LocalExecutor() as executor:
        [score] = executor.score(CodeTests(), [Sample(response=RIGHT, reference=TWICE)])
    assert score.outcome is Outcome.UNAVAILABLE
    assert "KeyError" in score.reason


def test_a_forked_child_starts_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Fake(), monkeypatch)
    threads = Threads(2)
    work = CodeTests().begin(Sample(response=RIGHT, reference=TWICE))
    assert isinstance(work, Deferred)
    first = threads.submit(CodeTests(), work.work)
    assert first.result(timeout=10).score is not None
    child = os.fork()
    if child == 0:
        second = threads.submit(CodeTests(), work.work)
        os._exit(0 if second.result(timeout=10).score is not None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    threads.close()


def test_scores_are_the_same_whenever_they_are_made(executor: LocalExecutor) -> None:
    samples = [
        Sample(response=fenced(code), reference=TWICE)
        for code in ("print(2)", "print(3)", "raise ValueError", "import os; os._exit(3)", "print(")
    ]
    first, second = (LocalExecutor().score(CodeTests(), samples) for _ in range(2))
    assert first == second
