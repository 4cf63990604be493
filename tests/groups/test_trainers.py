"""Our arithmetic against the trainer's own: real steps of TRL on rewards that we choose."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardkit.groups as g
from rewardkit.groups import Groups

trl = pytest.importorskip("trl")
GENERATIONS, PROMPTS, STEPS = 4, 3, 3
WEIGHTS = [1.0, 0.4]


def tables() -> list[np.ndarray]:
    """Two rewards of 12 rows for each step: missing ones, rows without any, dead groups, one row left in a group."""
    rng = np.random.default_rng(7)
    made = [np.stack([rng.integers(0, 2, 12).astype(float), rng.random(12)], 1) for _ in range(STEPS)]
    made[0][1, 1] = made[0][2] = made[0][7, 0] = np.nan
    made[1][:4] = [1.0, 0.5]
    made[1][4:7] = np.nan
    made[2][:4, 0] = np.nan
    made[2][8:, 1] = [0.25, 0.5, np.nan, np.nan]
    return made


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A byte-level tokenizer and a random model of one layer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, special_tokens=["<pad>", "<end>"])
    tokenizer.train_from_iterator(["1 2 3"], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>")
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = Qwen2Config(
        vocab_size=len(fast),
        **sizes,
        num_key_value_heads=1,
        max_position_embeddings=64,
        pad_token_id=fast.pad_token_id,
        eos_token_id=fast.eos_token_id,
    )
    place = str(tmp_path_factory.mktemp("policy"))
    Qwen2ForCausalLM(config).save_pretrained(place)
    fast.save_pretrained(place)
    return place


def advantages_of_trl(kind: str, policy: str, place: Path, **arguments: Any) -> list[list[float]]:
    """The advantages that the trainer made of `tables()`, step by step."""
    import datasets

    def column(k: int) -> Any:
        waiting: Iterator[np.ndarray] = iter(tables())

        def reward(completions: list[str], **_: Any) -> list[float | None]:
            return [None if math.isnan(value) else value for value in next(waiting)[:, k]]

        reward.__name__ = f"reward_{k}"
        return reward

    config = getattr(trl, f"{kind}Config")(
        output_dir=str(place),
        max_steps=STEPS,
        per_device_train_batch_size=GENERATIONS * PROMPTS,
        num_generations=GENERATIONS,
        max_completion_length=2,
        logging_steps=1,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        reward_weights=WEIGHTS,
        **arguments,
    )
    trainer = getattr(trl, f"{kind}Trainer")(
        model=policy,
        reward_funcs=[column(0), column(1)],
        args=config,
        train_dataset=datasets.Dataset.from_list([{"prompt": f"{i}"} for i in range(PROMPTS * STEPS)]),
    )
    seen: list[list[float]] = []
    made = trainer._generate_and_score_completions

    def watched(inputs: Any) -> Any:
        output = made(inputs)
        seen.append(output["advantages"].tolist())
        return output

    trainer._generate_and_score_completions = watched
    trainer.train()
    return seen


@pytest.mark.parametrize(
    ("kind", "arguments", "ours"),
    [
        ("GRPO", {"scale_rewards": "group"}, lambda mixed, _, groups: g.grpo(mixed, groups)),
        ("GRPO", {"scale_rewards": "batch"}, lambda mixed, _, groups: g.grpo_batch(mixed, groups)),
        ("GRPO", {"scale_rewards": "none"}, lambda mixed, _, groups: g.dr_grpo(mixed, groups)),
        (
            "GRPO",
            {"multi_objective_aggregation": "normalize_then_sum"},
            lambda _, apart, groups: g.gdpo(apart, groups, weights=WEIGHTS),
        ),
        ("RLOO", {"normalize_advantages": False}, lambda mixed, _, groups: g.rloo(mixed, groups)),
        ("RLOO", {"normalize_advantages": True}, lambda mixed, _, groups: g.rloo(mixed, groups, whiten=True)),
    ],
    ids=["grpo", "grpo-batch", "dr-grpo", "gdpo", "rloo", "rloo whitened"],
)
def test_the_installed_trl_computes_the_same_advantages(
    kind: str, arguments: dict[str, Any], ours: Any, policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    theirs = advantages_of_trl(kind, policy, tmp_path, beta=0.0, **arguments)
    assert len(theirs) == STEPS
    for table, found in zip(tables(), theirs, strict=True):
        groups = Groups.equal(len(table), GENERATIONS)
        shaped = ours(g.weighted_sum(table, WEIGHTS), table, groups)
        assert found == pytest.approx(shaped.advantages.tolist(), abs=2e-5)  # TRL computes in float32
        assert any(found)
