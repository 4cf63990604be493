"""A reward as a TRL reward function: real GRPO steps of a tiny model made on the spot."""

import math
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rewardkit.errors import UsageError
from rewardkit.gates.difficulty import KimiLength
from rewardkit.recipe import get, load
from rewardkit.reward import Cost
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Range, Score
from rewardkit.trainers.trl import trl_reward

trl = pytest.importorskip("trl")


def test_text_and_messages_score_alike_and_none_stays_none() -> None:
    reward = trl_reward("math", reference="answer")
    plain = reward(
        prompts=["6 x 7?"] * 3, completions=["\\boxed{42}", "\\boxed{41}", "\\boxed{42}"], answer=["42", "42", ""]
    )
    chat = reward(
        prompts=[[{"role": "user", "content": "6 x 7?"}]] * 3,
        completions=[[{"role": "assistant", "content": f"\\boxed{{{n}}}"}] for n in (42, 41, 42)],
        answer=["42", "42", ""],
        completion_ids=[[1], [2], [3]],
        trainer_state=None,
    )
    assert plain == chat == [1.0, 0.0, None]


def test_a_missing_reference_column_is_one_clear_error() -> None:
    with pytest.raises(UsageError, match="no column 'answer' for the reference; did you mean 'answers'"):
        trl_reward("math")(prompts=["p"], completions=["c"], answers=["1"])


def test_outcomes_are_logged_as_shares() -> None:
    logged: dict[str, float] = {}
    reward = trl_reward("exact", reference="answer", name="accuracy")
    reward(prompts=["p"] * 4, completions=["1", "1", "2", ""], answer=["1"] * 4, log_metric=logged.__setitem__)
    assert logged["accuracy/CORRECT"] == 0.5
    assert math.fsum(logged.values()) == 1.0


class Recorder:
    """A reward that keeps the samples it was shown."""

    range = Range(0.0, 1.0)
    cost = Cost.CPU

    def __init__(self) -> None:
        self.seen: list[Sample] = []

    def score(self, samples: Sequence[Sample]) -> list[Score]:
        self.seen += samples
        return [Score.of(Outcome.CORRECT, "seen") for _ in samples]

    async def ascore(self, samples: Sequence[Sample]) -> list[Score]:
        return self.score(samples)


@pytest.mark.parametrize(
    ("prompts", "size", "expected"),
    [
        (["a", "a", "b", "b"], None, ["0", "0", "2", "2"]),
        (["a", "a", "a", "a"], None, ["0", "0", "0", "0"]),
        (["a", "a", "a", "a"], 2, ["0", "0", "2", "2"]),
    ],
)
def test_completions_of_one_prompt_are_a_group(prompts: list[str], size: int | None, expected: list[str]) -> None:
    recorder = Recorder()
    trl_reward(recorder, reference="", group_size=size)(prompts=prompts, completions=["x"] * 4)
    assert [sample.group for sample in recorder.seen] == expected


@pytest.mark.parametrize("prompts", [["a", "b"], ["a", "a", "b"]])
def test_a_batch_that_splits_groups_is_an_error(prompts: list[str]) -> None:
    with pytest.raises(UsageError, match=r"group_size is 2|whole groups of 2"):
        trl_reward(Recorder(), reference="", group_size=2)(prompts=prompts, completions=["x"] * len(prompts))


def test_a_reward_that_reads_groups_must_know_how_large_they_are() -> None:
    grouped = KimiLength(get("exact"), unit="words")
    with pytest.raises(UsageError, match="'kimi_length' reads whole groups: say group_size"):
        trl_reward(grouped, reference="answer")
    reward = trl_reward(grouped, reference="answer", group_size=2)
    assert reward(prompts=["a", "a"], completions=["1", "1 1"], answer=["1", "1"]) == [1.5, -0.5]


def test_the_step_of_the_trainer_is_in_the_data_unless_the_dataset_has_one() -> None:
    recorder = Recorder()
    reward = trl_reward(recorder, reference="")
    state = types.SimpleNamespace(global_step=7)
    reward(prompts=["a"], completions=["x"], trainer_state=state)
    reward(prompts=["a"], completions=["x"], trainer_state=state, step=[3])
    assert [sample.data["step"] for sample in recorder.seen] == [7, 3]


@pytest.fixture(scope="module")
def tiny_policy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A byte-level tokenizer and a random model of two layers."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, special_tokens=["<pad>", "<end>"])
    tokenizer.train_from_iterator(["1 2 3 4 5 6 7 8 9 0"], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>")
    fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
    config = Qwen2Config(
        vocab_size=len(fast),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=128,
        pad_token_id=fast.pad_token_id,
        eos_token_id=fast.eos_token_id,
    )
    place = str(tmp_path_factory.mktemp("policy"))
    Qwen2ForCausalLM(config).save_pretrained(place)
    fast.save_pretrained(place)
    return place


SCHEDULED = """
reward:
  scheduled:
    - {use: math, weight: {linear: {from: 0, to: 1, end: 2}}}
    - {use: length.linear, weight: {linear: {from: 1, to: 0, end: 2}}, args: {unit: characters, max_length: 40}}
"""


def test_a_schedule_follows_the_steps_of_a_real_trainer(
    tiny_policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "recipe.yaml").write_text(SCHEDULED)
    scheduled = load(tmp_path / "recipe.yaml")
    seen: list[tuple[Any, Any]] = []

    class Watched(Recorder):
        range = scheduled.range

        def score(self, samples: Sequence[Sample]) -> list[Score]:
            scores = scheduled.score(samples)
            seen.extend(
                (sample.data["step"], score.evidence["step"]) for sample, score in zip(samples, scores, strict=True)
            )
            assert len({sample.group for sample in samples}) == len({str(sample.prompt) for sample in samples})
            return scores

    arguments = trl.GRPOConfig(
        output_dir=str(tmp_path / "out"),
        max_steps=3,
        per_device_train_batch_size=4,
        num_generations=2,
        max_completion_length=4,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
    )
    rows = [{"prompt": f"What is {i} + 30?", "answer": str(i + 30)} for i in range(8)]
    trl.GRPOTrainer(
        model=tiny_policy,
        reward_funcs=[trl_reward(Watched(), name="scheduled", group_size=2)],
        args=arguments,
        train_dataset=datasets.Dataset.from_list(rows),
    ).train()
    assert sorted({step for step, _ in seen}) == [0, 1, 2]
    assert all(given == told for given, told in seen)


@pytest.mark.parametrize("conversational", [False, True])
def test_grpo_takes_real_steps_on_our_rewards(
    tiny_policy: str, tmp_path: Path, conversational: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets
    import torch

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    torch.manual_seed(0)

    def prompt(i: int) -> Any:
        text = f"What is {i} + 30?"
        return [{"role": "user", "content": text}] if conversational else text

    rows = [{"prompt": prompt(i), "answer": "" if i % 4 == 0 else str(i + 30)} for i in range(8)]
    arguments = trl.GRPOConfig(
        output_dir=str(tmp_path),
        max_steps=3,
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=8,
        learning_rate=1e-3,
        logging_steps=1,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
    )
    trainer = trl.GRPOTrainer(
        model=tiny_policy,
        reward_funcs=[trl_reward("math"), trl_reward("length.linear", reference="", unit="characters", max_length=40)],
        args=arguments,
        train_dataset=datasets.Dataset.from_list(rows),
    )
    before = [p.detach().clone() for p in trainer.model.parameters()]
    trainer.train()
    steps = [log for log in trainer.state.log_history if "rewards/length_linear/mean" in log]
    assert len(steps) == 3
    assert all(math.isfinite(step["loss"]) for step in steps)
    assert any("math/NO_ANSWER" in step for step in steps)
    assert any(not torch.equal(a, b) for a, b in zip(before, trainer.model.parameters(), strict=True))
