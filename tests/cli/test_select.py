"""Data chosen from scored responses, as trainers read it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from rewardkit.cli.main import app
from rewardkit.errors import DataError, UsageError

HERE = "scored.jsonl"


def select(*words: str) -> None:
    app(["select", *words], standalone_mode=False)


def write_rows(path: Path, rows: list[Any]) -> None:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def scored_rows(chat: bool = False) -> list[Any]:
    chance = random.Random(4)
    rows: list[Any] = []
    for g in range(20):
        share = [0.0, 1.0, chance.random()][min(g, 2)]
        for i in range(6):
            right = chance.random() < share
            prompt, response = f"{g} + {g}?", f"{'so ' * chance.randrange(1, 9)}{2 * g if right else 'no'} #{i}"
            bad = g == 5
            rows.append({
                "id": f"{g}-{i}", "uid": f"q{g}", "level": g % 3, "answer": str(2 * g),
                "prompt": [{"role": "user", "content": prompt}] if chat else prompt,
                "response": [{"role": "assistant", "content": response}] if chat else response,
                "reward": None if bad else float(right),
                "outcome": "BAD_REFERENCE" if bad else "CORRECT" if right else "INCORRECT", "reason": "seen",
            })  # fmt: skip
    return [*rows, {"raw": "no json", "reward": None, "outcome": None, "error": "not JSON"}]


@pytest.fixture
def scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.chdir(tmp_path)
    rows = scored_rows()
    write_rows(tmp_path / HERE, rows)
    write_rows(tmp_path / "chat.jsonl", scored_rows(chat=True))
    return rows[:-1]


def test_the_best_of_every_prompt_in_every_format(scored: list[Any], tmp_path: Path) -> None:
    for name in ("best.jsonl", "best.parquet", "best.jsonl.gz", "best"):
        select("best", HERE, "-o", name, "--outcome", "CORRECT", "--keep", "uid", "-q")
    best = read_rows(tmp_path / "best.jsonl")
    solved = {row["uid"] for row in scored if row["reward"] == 1}
    assert {row["uid"] for row in best} == solved
    assert len(best) == len(solved)
    assert best[0].keys() == {"prompt", "completion", "uid"}
    assert pyarrow.parquet.read_table(tmp_path / "best.parquet").to_pylist() == best
    assert not [p.name for p in tmp_path.iterdir() if p.name.endswith((".partial", ".journal", ".converting"))]


def test_what_is_left_out_is_accounted_for(scored: list[Any], tmp_path: Path) -> None:
    select("filter", HERE, "-o", "f.jsonl", "--min-reward", "1", "--max-pass-rate", "0.9", "--json", "f.json", "-q")
    found = json.loads((tmp_path / "f.json").read_text())
    assert (
        found["responses"]
        == len(scored)
        == found["kept"] + sum(count for why, count in found["left_out"].items() if "could not be read" not in why)
    )
    assert found["left_out"]["without a reward (BAD_REFERENCE)"] == 6
    assert found["left_out"]["that could not be read"] == 1
    assert found["left_out"]["of prompts with a pass rate above 0.9"] >= 6
    assert len(read_rows(tmp_path / "f.jsonl")) == found["kept"]


def test_the_summary_says_how_many_were_kept_and_why_not_the_others(
    scored: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert scored
    select("pairs", HERE, "-o", "p.jsonl", "--per-prompt", "2", "--balance-length")
    shown = " ".join(capsys.readouterr().err.split())
    assert "a response passes when its outcome is CORRECT" in shown
    assert "read 120 responses to 20 prompts" in shown
    assert "pairs of" in shown
    assert "6 without a reward (BAD_REFERENCE)" in shown
    assert "prompts in which all rewards are equal" in shown
    assert "the chosen one is longer in" in shown


def test_the_same_seed_gives_the_same_bytes(scored: list[Any], tmp_path: Path) -> None:
    assert scored
    for seed, name in (("1", "a.parquet"), ("1", "b.parquet"), ("2", "c.parquet")):
        select("pairs", HERE, "-o", name, "--seed", seed, "-q")
    a, b, c = ((tmp_path / f"{name}.parquet").read_bytes() for name in "abc")
    assert a == b != c


def test_verl_reads_prompts_with_what_its_reward_needs(scored: list[Any], tmp_path: Path) -> None:
    assert scored
    with pytest.raises(UsageError, match="--data-source"):
        select("buckets", HERE, "-o", "v.parquet", "-l", "verl", "-q")
    assert not list(tmp_path.glob("v.*"))
    select("buckets", HERE, "-o", "v.parquet", "-l", "verl", "--data-source", "sums", "--bucket", "medium", "-q")
    rows = pyarrow.parquet.read_table(tmp_path / "v.parquet").to_pylist()
    assert rows
    for row in rows:
        assert row.keys() == {"data_source", "prompt", "reward_model", "extra_info"}
        [message] = row["prompt"]
        number = int(row["extra_info"]["index"].split("-")[0])
        assert message == {"role": "user", "content": f"{number} + {number}?"}
        assert row["reward_model"] == {"style": "rule", "ground_truth": str(2 * number)}
        assert row["extra_info"]["bucket"] == "medium"
        assert 1 / 3 < row["extra_info"]["pass_rate"] <= 2 / 3


def test_a_row_from_verl_keeps_its_own_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    row = {
        "data_source": "gsm8k", "ability": "math", "prompt": [{"role": "user", "content": "1+1?"}],
        "reward_model": {"style": "rule", "ground_truth": "2"}, "extra_info": {"index": 7, "split": "train"},
    }  # fmt: skip
    write_rows(
        tmp_path / HERE, [{**row, "responses": ["2", "3"], "reward": [1.0, 0.0], "outcome": ["CORRECT", "INCORRECT"]}]
    )
    select("best", HERE, "-o", "v.parquet", "-l", "verl", "-q")
    [out] = pyarrow.parquet.read_table(tmp_path / "v.parquet").to_pylist()
    assert {key: out[key] for key in ("data_source", "ability", "prompt", "reward_model")} == {
        key: row[key] for key in ("data_source", "ability", "prompt", "reward_model")
    }
    assert out["extra_info"] == {
        "index": 7, "split": "train", "pass_rate": 0.5, "scored": 2, "reward": 1.0, "outcome": "CORRECT",
    }  # fmt: skip
    assert out["messages"] == [*row["prompt"], {"role": "assistant", "content": "2"}]


@pytest.mark.parametrize("source", [HERE, "chat.jsonl"])
def test_openrlhf_finds_its_columns(scored: list[Any], tmp_path: Path, source: str) -> None:
    assert scored
    for what in ("best", "pairs", "buckets"):
        select(what, source, "-o", f"{what}.jsonl", "-l", "openrlhf", "-q")
    kind = list if source == "chat.jsonl" else str
    for row in read_rows(tmp_path / "best.jsonl"):
        assert row.keys() == {"input", "output", "label"}
        assert isinstance(row["input"], kind)
        assert isinstance(row["output"], kind)
        assert isinstance(row["label"], str)
    for row in read_rows(tmp_path / "pairs.jsonl"):
        assert row.keys() == {"prompt", "chosen", "rejected", "score_chosen", "score_rejected"}
        assert all(isinstance(row[key], kind) for key in ("prompt", "chosen", "rejected"))
        whole = row["prompt"] + row["chosen"]  # as its reader joins them
        assert isinstance(whole, kind)
    assert all({"input", "label", "datasource"} <= row.keys() for row in read_rows(tmp_path / "buckets.jsonl"))


def test_text_becomes_messages_and_messages_do_not_become_text(scored: list[Any], tmp_path: Path) -> None:
    assert scored
    select("best", HERE, "-o", "m.jsonl", "--as", "messages", "-q")
    first = read_rows(tmp_path / "m.jsonl")[0]
    assert [m["role"] for m in (*first["prompt"], *first["completion"])] == ["user", "assistant"]
    with pytest.raises(UsageError, match=r"chat.jsonl, row 1: the prompt is chat messages.*--as messages"):
        select("best", "chat.jsonl", "-o", "t.jsonl", "--as", "text", "-q")
    with pytest.raises(UsageError, match="made of messages"):
        select("best", HERE, "-o", "t.jsonl", "-l", "trl-messages", "--as", "text", "-q")


WRONG: list[tuple[list[str], type[Exception], str]] = [
    (["best", HERE, "-o", "o.jsonl", "-l", "trll"], UsageError, "no layout 'trll'; did you mean 'trl'"),
    (["pairs", HERE, "-o", "o.parquet", "-l", "verl"], UsageError, "verl has no pairs"),
    (["best", HERE, "-o", "o.jsonl", "--outcome", "CORECT"], UsageError, "did you mean 'CORRECT'"),
    (["best", HERE, "-o", "o.jsonl", "--min-reward", "2"], UsageError, "nothing was chosen, .*below 2"),
    (["best", HERE, "-o", "o.csv"], UsageError, "no known ending"),
    (["best", HERE, "-o", HERE, "--overwrite"], UsageError, "both input and output"),
    (["best", HERE, "-o", "there.jsonl"], UsageError, "--overwrite"),
    (["best", HERE, "-o", "o.jsonl", "--keep", "prompt"], UsageError, "column 'prompt' of its own"),
    (["best", "mixed.jsonl", "-o", "o.jsonl"], DataError, "mixed.jsonl, row 2: group 'q0' mixes prompts"),
    (["buckets", HERE, "-o", "o.jsonl", "--bucket", "mid"], UsageError, "no bucket 'mid'"),
    (["buckets", HERE, "-o", "o.jsonl", "--edges", "a,b"], UsageError, "expected numbers"),
    (["best", HERE, "-o", "o.jsonl", "--group-size", "7"], DataError, "row 6: group 'q0' ends here with 6"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_a_mistake_is_one_error_and_leaves_nothing(
    scored: list[Any], tmp_path: Path, words: list[str], error: type[Exception], message: str
) -> None:
    write_rows(tmp_path / "mixed.jsonl", [scored[0], {**scored[1], "prompt": "another"}])
    (tmp_path / "there.jsonl").write_text("kept")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(error, match=message):
        select(*words, "-q")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def load(path: Path) -> Any:
    datasets = pytest.importorskip("datasets")
    kind = "parquet" if path.suffix == ".parquet" else "json"
    return datasets.load_dataset(kind, data_files=str(path), split="train", cache_dir=str(path.parent / "cache"))


@pytest.mark.parametrize("source", [HERE, "chat.jsonl"])
@pytest.mark.parametrize("layout", ["trl", "trl-messages"])
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_trl_takes_the_rows_for_what_they_are(
    scored: list[Any], tmp_path: Path, source: str, layout: str, ending: str
) -> None:
    data_utils = pytest.importorskip("trl.data_utils")
    assert scored
    select("pairs", source, "-o", f"p.{ending}", "-l", layout, "--per-prompt", "3", "-q")
    pairs = load(tmp_path / f"p.{ending}")
    is_chat = source == "chat.jsonl" or layout == "trl-messages"
    assert len(pairs) > 10
    assert "margin" not in pairs.column_names
    for row in pairs:
        assert data_utils.is_conversational(row) == is_chat
        explicit = data_utils.maybe_extract_prompt(row)
        assert explicit["chosen"] != explicit["rejected"]
        assert row["score_chosen"] > row["score_rejected"]
        assert explicit["prompt"]
    select("best", source, "-o", f"b.{ending}", "-l", layout, "-q")
    best = load(tmp_path / f"b.{ending}")
    assert set(best.column_names) == ({"messages"} if layout == "trl-messages" else {"prompt", "completion"})
    assert all(data_utils.is_conversational(row) == is_chat for row in best)


def test_dpo_takes_a_real_step_on_our_pairs(scored: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trl = pytest.importorskip("trl")
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    assert scored
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    torch.manual_seed(0)
    symbols = ["<pad>", "<end>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.WordLevel({symbol: i for i, symbol in enumerate(symbols)}, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>")
    config = Qwen2Config(
        vocab_size=len(fast), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=128,
    )  # fmt: skip
    select("pairs", HERE, "-o", "p.parquet", "--balance-length", "-q")
    pairs = load(tmp_path / "p.parquet")
    arguments = trl.DPOConfig(
        output_dir=str(tmp_path / "out"), max_steps=2, per_device_train_batch_size=2, report_to="none", use_cpu=True,
        save_strategy="no", bf16=False, disable_tqdm=True, logging_steps=1,
    )  # fmt: skip
    place = str(tmp_path / "policy")  # on disk, for the trainer loads its reference model from there
    Qwen2ForCausalLM(config).save_pretrained(place)
    trainer = trl.DPOTrainer(model=place, args=arguments, train_dataset=pairs, processing_class=fast)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 2
    assert all(0 < loss < 2 for loss in losses)
