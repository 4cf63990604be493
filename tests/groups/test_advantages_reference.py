"""Every advantage against a slow, plain reading of its formula, on 1,000 random batches of ragged groups.

The references work on Python lists, one group at a time, and share nothing with the package.
"""

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rewardkit.groups import Groups, catalog
from rewardkit.groups.shaped import State

CASES = 1000
TORCH_CASES = 50
Row = dict[str, Any]


def draw(rng: np.random.Generator, least: int = 1) -> dict[str, Any]:
    """A batch of 1 to 5 shuffled groups of `least` to 7 rows, with one of four sorts of rewards; some not scored."""
    sizes = rng.integers(least, 8, rng.integers(1, 6))
    ids = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    n = len(ids)
    sort = rng.integers(4)
    lost = rng.random(n) < rng.choice([0.0, 0.2])

    def column() -> np.ndarray:
        values = [rng.integers(0, 2, n), rng.integers(0, 4, n) / 4, rng.random(n), rng.normal(0, 3, n)][sort]
        return np.where(lost, np.nan, values)

    components = np.stack([column(), rng.integers(0, 2, n).astype(float), rng.random(n)], 1)
    components[rng.random((n, 3)) < 0.1] = np.nan
    return {
        "ids": ids,
        "rewards": column(),
        "binary": np.where(lost, np.nan, rng.integers(0, 2, n)),
        "unit": np.where(lost, np.nan, rng.random(n)),
        "components": components,
        "weights": rng.random(3) + 0.1,
        "lengths": rng.integers(2, 9000, n).astype(float),
        "tokens": rng.integers(2, 40, n).astype(float),
        "mean_logprobs": -rng.random(n),
        "entropies": rng.random(n),
        "outcome": np.where(lost, np.nan, rng.integers(0, 2, n)),
        "rubric": rng.integers(0, 5, n) / 4,
        "pool": ids % 2,
    }


def rows_of(batch: dict[str, Any], rewards: str = "rewards") -> list[Row]:
    rows = [
        {"at": at, "r": float(batch[rewards][at]), "group": int(batch["ids"][at])}
        | {key: batch[key][at] for key in ("lengths", "mean_logprobs", "entropies", "rubric", "components", "pool")}
        for at in range(len(batch["ids"]))
    ]
    return [row for row in rows if not math.isnan(row["r"])]


def grouped(rows: list[Row], key: str = "group") -> list[list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(int(row[key]), []).append(row)
    return list(found.values())


def std(values: list[float], ddof: int = 1) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - ddof))


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def same(values: list[float]) -> bool:
    return max(values) == min(values)


def normalised(values: list[float], eps: float, ddof: int = 1) -> list[float]:
    """GRPO of one group."""
    if len(values) == 1 or same(values):
        return [0.0] * len(values)
    return [(v - mean(values)) / (std(values, ddof) + eps) for v in values]


def per_group(formula: Callable[[list[Row]], list[float]], rewards: str = "rewards") -> Callable[..., dict[int, float]]:
    """A reference that looks at one group at a time."""

    def reference(batch: dict[str, Any]) -> dict[int, float]:
        result = {}
        for group in grouped(rows_of(batch, rewards)):
            result.update(zip([row["at"] for row in group], formula(group), strict=True))
        return result

    return reference


def r(group: list[Row]) -> list[float]:
    return [row["r"] for row in group]


def grpo(eps: float, ddof: int = 1, single: str = "zero", floor: float = 0.0) -> Callable[..., dict[int, float]]:
    def formula(group: list[Row]) -> list[float]:
        if len(group) == 1:
            return [group[0]["r"] / (1 + eps) if single == "raw" else 0.0]
        if same(r(group)):
            return [0.0] * len(group)
        scale = max(std(r(group), ddof), floor) + eps
        return [(x - mean(r(group))) / scale for x in r(group)]

    return per_group(formula)


def grpo_batch(batch: dict[str, Any]) -> dict[int, float]:
    rows = rows_of(batch)
    if len(rows) < 2:
        return {}
    scale = std(r(rows)) + 1e-4
    return {row["at"]: (row["r"] - mean(r(group))) / scale for group in grouped(rows) for row in group}


def rloo(group: list[Row]) -> list[float]:
    if len(group) == 1:
        return [0.0]
    return [x - (math.fsum(r(group)) - x) / (len(group) - 1) for x in r(group)]


def rloo_whitened(batch: dict[str, Any]) -> dict[int, float]:
    plain = {k: v for g in grouped(rows_of(batch)) if len(g) > 1 for k, v in zip([x["at"] for x in g], rloo(g))}  # noqa: B905
    values = list(plain.values())
    if len(values) < 2 or max(map(abs, values)) < 1e-12:
        return {}
    return {at: (value - mean(values)) / (std(values) + 1e-4) for at, value in plain.items()}


def reinforce_baseline(ddof: int, single_raw: bool, root: Callable[[float], float]) -> Callable[..., dict[int, float]]:
    def reference(batch: dict[str, Any]) -> dict[int, float]:
        apart = {}
        for group in grouped(rows_of(batch)):
            base = 0.0 if single_raw and len(group) == 1 else mean(r(group))
            apart.update({row["at"]: row["r"] - base for row in group})
        tokens = [value for at, value in apart.items() for _ in range(int(batch["tokens"][at]))]
        if not tokens:
            return {}
        scale = root(std(tokens, ddof) ** 2)
        return {at: (value - mean(tokens)) / scale for at, value in apart.items()}

    return reference


def opo(group: list[Row]) -> list[float]:
    base = math.fsum(row["lengths"] * row["r"] for row in group) / math.fsum(row["lengths"] for row in group)
    return [x - base for x in r(group)]


def gpg(batch: dict[str, Any]) -> dict[int, float]:
    rows = rows_of(batch)
    factor = len(rows) / max(1, sum(x != 0 for x in r(rows))) / 2.0
    return {row["at"]: factor * (row["r"] - mean(r(group))) for group in grouped(rows) for row in group}


def low_median(values: list[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2]


def mc_grpo(variant: str) -> Callable[..., dict[int, float]]:
    def formula(group: list[Row]) -> list[float]:
        middle = statistics.median_low(r(group))
        if len(group) == 1 or same(r(group)):
            return [0.0] * len(group)
        scale = low_median([abs(x - middle) for x in r(group)])
        if variant == "floored":
            scale = max(scale, 0.5 * std(r(group)))
        found = [(x - middle) / (scale + 1e-3) for x in r(group)]
        if variant == "authors-gsm":
            moved = [abs(a) > 1e-6 for a in found]
            found = [a * len(group) / sum(moved) if m else a for a, m in zip(found, moved, strict=True)]
        found[r(group).index(middle)] = 0.0
        return found

    return per_group(formula)


def gdpo(variant: str) -> Callable[..., dict[int, float]]:
    def reference(batch: dict[str, Any]) -> dict[int, float]:
        table, weights = batch["components"].copy(), batch["weights"]
        if variant == "authors-trl":
            table = np.nan_to_num(table)
        if variant == "authors-verl":
            weights = np.ones(3)
        totals = {at: 0.0 for at in range(len(table)) if not np.isnan(table[at]).all()}
        alive = set()
        for k in range(3):
            rows = [{"at": at, "r": float(table[at, k]), "group": batch["ids"][at]} for at in range(len(table))]
            for group in grouped([row for row in rows if not math.isnan(row["r"])]):
                eps = 1e-6 if variant == "authors-verl" else 1e-4
                for row, z in zip(group, normalised(r(group), eps), strict=True):
                    totals[row["at"]] += weights[k] * z
                if len(group) > 1 and not same(r(group)):
                    alive.add(group[0]["group"])
        values = list(totals.values())
        if variant == "authors-verl":
            values = [total for at, total in totals.items() for _ in range(int(batch["tokens"][at]))]
            if not values:
                return {}
            centre, scale = mean(values), math.sqrt(std(values) ** 2 + 1e-8)
            return {at: (total - centre) / scale for at, total in totals.items()}
        if len(values) < 2:
            return {}
        centre, scale = mean(values), std(values) + 1e-4
        return {at: (total - centre) / scale for at, total in totals.items() if batch["ids"][at] in alive}

    return reference


def rank_gaussian(ties: str) -> Callable[..., dict[int, float]]:
    normal = statistics.NormalDist()

    def formula(group: list[Row]) -> list[float]:
        ascending = sorted(r(group))
        found = []
        for x in r(group):
            ranks = [place + 1 for place, value in enumerate(ascending) if value == x]
            if ties == "mean":
                found.append(mean([normal.inv_cdf((rank - 0.5) / len(group)) for rank in ranks]))
            else:
                found.append(normal.inv_cdf((mean(ranks) - 0.5) / len(group)))
        return found

    return per_group(formula)


def ngrpo(authors: bool) -> Callable[..., dict[int, float]]:
    def formula(group: list[Row]) -> list[float]:
        if authors and len(group) == 1:
            return [group[0]["r"] / (1 + 1e-6)]
        more = [*r(group), 30.0, 30.0]
        return [(x - mean(more)) / (std(more) + 1e-6) for x in r(group)]

    return per_group(formula)


def unlikeliness(variant: str) -> Callable[..., dict[int, float]]:
    def formula(group: list[Row]) -> list[float]:
        shaped = []
        for row in group:
            rank = sum(other["mean_logprobs"] < row["mean_logprobs"] for other in group)
            right = row["r"] > 0 or variant == "authors"
            shaped.append(row["r"] * (1 - 0.25 * rank / len(group)) if right else row["r"])
        return normalised(shaped, 1e-6)

    return per_group(formula)


def grpo_s(group: list[Row]) -> list[float]:
    right = [row for row in group if row["r"] == 1]
    total = math.fsum(row["entropies"] for row in right)
    shaped = [
        0.3 + 0.7 * len(right) * row["entropies"] / total if row["r"] == 1 and total > 0 else row["r"] for row in group
    ]
    return normalised(shaped, 1e-6)


def grpo_lead(with_lengths: bool) -> Callable[..., dict[int, float]]:
    def weight(p: float) -> float:
        return 0.4 + 1.1 / (1 + math.exp(10 * (p - 0.75)))

    def formula(group: list[Row]) -> list[float]:
        rewards = r(group)
        right = [row["lengths"] for row in group if row["r"] > 0]
        if with_lengths and right and mean(sorted(row["lengths"] for row in group)[:3]) > 4000:
            scale = std(right) if len(right) > 1 else 1.0
            z = [(row["lengths"] - mean(right)) / (scale + 1e-6) for row in group]
            rewards = [x * math.exp(-0.05 * zi) if x > 0 else x for x, zi in zip(rewards, z, strict=True)]
        share = sum(x > 0 for x in rewards) / len(rewards)
        return [a * weight(share if a > 0 else 1 - share) for a in normalised(rewards, 1e-6)]

    return per_group(formula)


def a_grae(batch: dict[str, Any]) -> dict[int, float]:
    groups = grouped(rows_of(batch, "unit"))
    if not groups:
        return {}
    level = mean([mean(r(group)) for group in groups])
    result = {}
    for group in groups:
        root = math.sqrt(mean(r(group)))
        for row, a in zip(group, normalised(r(group), 1e-6), strict=True):
            mixed = (1 - level) * 0.5 * a / (1 - root + 1e-6) + level * 0.5 * a / (root + 1e-6)
            result[row["at"]] = mixed * min(1, level / 0.5) if mixed > 0 else mixed
    return result


def c_grpo(variant: str) -> Callable[..., dict[int, float]]:
    def formula(group: list[Row]) -> list[float]:
        best = max(row["rubric"] for row in group)
        shaped = []
        for row in group:
            met = row["rubric"] / best if variant == "paper" and best > 0 else row["rubric"]
            shaped.append(0.7 * row["r"] + 0.3 * met * (1 if variant == "server" else row["r"]))
        return normalised(shaped, 1e-6)

    return per_group(formula, "outcome")


def shared_baseline(batch: dict[str, Any]) -> dict[int, float]:
    result = {}
    for pool in grouped(rows_of(batch), "pool"):
        result.update(zip([row["at"] for row in pool], normalised(r(pool), 1e-4), strict=True))
    return result


def quantile(values: list[float], share: float) -> float:
    values = sorted(values)
    place = share * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def riskpo(tail: str, scale: bool) -> Callable[..., dict[int, float]]:
    """Bundles of one prompt: a response is a paper."""

    def formula(group: list[Row]) -> list[float]:
        x = r(group)
        low, high = quantile(x, 0.2), quantile(x, 0.8)
        found = []
        for v in x:
            a = (max(v - low, 0) - max(v - high, 0)) / (0.6 + 1e-6)
            if tail == "averse":
                a = (1.5 * -max(low - v, 0) / (0.2 + 1e-6) + a) / 2.5
            elif tail == "seeking":
                a = (1.5 * max(v - high, 0) / (0.2 + 1e-6) + a) / 2.5
            found.append(a / ((std(x) if len(x) > 1 else 1.0) + 1e-6) if scale else a)
        return found

    return per_group(formula)


def binary(formula: Callable[[float], float]) -> Callable[..., dict[int, float]]:
    return per_group(lambda group: [formula(x) for x in r(group)], "binary")


REFERENCES: list[tuple[str, dict[str, Any], Callable[..., dict[int, float]]]] = [
    ("grpo", {}, grpo(1e-4)),
    ("grpo", {"variant": "verl"}, grpo(1e-6, single="raw")),
    ("grpo", {"variant": "verl-vectorized"}, grpo(1e-6, single="raw", floor=1e-3)),
    ("grpo", {"variant": "oat"}, grpo(1e-8)),
    ("grpo", {"variant": "openrlhf"}, grpo(1e-9)),
    ("grpo", {"variant": "open-instruct"}, grpo(1e-8, ddof=0)),
    ("grpo-batch", {}, grpo_batch),
    ("dr-grpo", {}, per_group(lambda group: [x - mean(r(group)) for x in r(group)])),
    ("rloo", {}, per_group(rloo)),
    ("rloo", {"single": "raw"}, per_group(lambda group: rloo(group) if len(group) > 1 else r(group))),
    ("rloo", {"whiten": True}, rloo_whitened),
    ("reinforce++-baseline", {}, reinforce_baseline(1, True, lambda v: math.sqrt(v + 1e-8))),
    ("reinforce++-baseline", {"variant": "openrlhf"}, reinforce_baseline(0, False, lambda v: math.sqrt(max(v, 1e-8)))),
    ("opo", {}, per_group(opo)),
    ("opo", {"single": "raw"}, per_group(lambda group: opo(group) if len(group) > 1 else r(group))),
    ("gpg", {"f_norm": 2.0}, gpg),
    *(("mc-grpo", {"variant": v}, mc_grpo(v)) for v in ("floored", "authors-math", "authors-gsm")),
    *(("gdpo", {"variant": v}, gdpo(v)) for v in ("trl", "authors-trl", "authors-verl")),
    *(("g2rpo", {"ties": ties}, rank_gaussian(ties)) for ties in ("mean", "midrank")),
    ("ngrpo", {"max_reward": 30.0, "virtual": 2}, ngrpo(False)),
    ("ngrpo", {"max_reward": 30.0, "virtual": 2, "variant": "authors"}, ngrpo(True)),
    *(("unlikeliness", {"variant": v}, unlikeliness(v)) for v in ("right-rows", "authors")),
    ("grpo-s", {"plain": 0.3}, per_group(grpo_s)),
    ("grpo-lead", {}, grpo_lead(False)),
    ("grpo-lead", {}, grpo_lead(True)),
    ("a-grae", {"alpha": 0.5}, a_grae),
    ("psr", {}, binary(lambda x: x)),
    ("nsr", {}, binary(lambda x: x - 1)),
    ("w-reinforce", {"positive": 0.2}, binary(lambda x: 0.2 if x else -1)),
    *(("c-grpo", {"variant": v}, c_grpo(v)) for v in ("paper", "released", "server")),
    ("shared-baseline", {}, shared_baseline),
    *(
        ("riskpo", {"bundle": 1, "alpha_up": 0.8, "tail": tail, "scale": scale}, riskpo(tail, scale))
        for tail in ("averse", "seeking", "none")
        for scale in (False, True)
    ),
]
LABELS = [
    f"{name} {options}" + " with lengths" * (n and REFERENCES[n - 1][:2] == (name, options))
    for n, (name, options, _) in enumerate(REFERENCES)
]


def inputs_of(number: int, batch: dict[str, Any]) -> dict[str, Any]:
    name, options, _ = REFERENCES[number]
    inputs = {key: batch[key] for key in catalog.INPUTS if key in batch}
    inputs["rewards"] = batch[
        {"psr": "binary", "nsr": "binary", "w-reinforce": "binary", "a-grae": "unit"}.get(name, "rewards")
    ]
    if name == "grpo-lead" and "with lengths" not in LABELS[number]:
        del inputs["lengths"]
    if options.get("variant") == "authors-verl":
        del inputs["weights"]
    if name in ("reinforce++-baseline", "gdpo"):
        inputs["lengths"] = batch["tokens"]  # short: their references write every token out
    return inputs


@pytest.mark.parametrize("number", range(len(REFERENCES)), ids=LABELS)
def test_agrees_with_its_formula_on_random_ragged_groups(number: int) -> None:
    name, options, reference = REFERENCES[number]
    rng = np.random.default_rng(number)
    signals = 0
    for _ in range(CASES):
        batch = draw(rng)
        groups = Groups.of(batch["ids"])
        shaped = catalog.shape(name, inputs_of(number, batch), groups, options)
        expected = np.zeros(len(batch["ids"]))
        for at, value in reference(batch).items():
            expected[at] = value
        np.testing.assert_allclose(shaped.advantages, expected, rtol=1e-7, atol=1e-9)
        signals += int(np.asarray(shaped.signal).sum())
    assert signals > CASES / 2  # the draw was worth it


@pytest.mark.parametrize("number", range(len(REFERENCES)), ids=LABELS)
def test_torch_gives_what_numpy_gives(number: int) -> None:
    torch = pytest.importorskip("torch")
    name, options, _ = REFERENCES[number]
    rng = np.random.default_rng(number)
    for _ in range(TORCH_CASES):
        batch = draw(rng)
        inputs = inputs_of(number, batch)
        plain = catalog.shape(name, inputs, Groups.of(batch["ids"]), options)
        tensors = {key: torch.tensor(value) for key, value in inputs.items()}
        shaped = catalog.shape(name, tensors, Groups.of(torch.tensor(batch["ids"])), options)
        assert isinstance(shaped.advantages, torch.Tensor)
        assert shaped.advantages.dtype == torch.float64
        np.testing.assert_allclose(shaped.advantages.numpy(), plain.advantages, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(shaped.rewards.numpy(), plain.rewards, rtol=1e-12)
        for field in ("kept", "state", "signal"):
            np.testing.assert_array_equal(getattr(shaped, field).numpy(), getattr(plain, field))


def test_the_draw_has_every_state_and_every_entry_has_a_reference() -> None:
    rng = np.random.default_rng(0)
    states = set()
    for _ in range(200):
        batch = draw(rng)
        states |= set(catalog.shape("grpo", {"rewards": batch["rewards"]}, Groups.of(batch["ids"])).state.tolist())
    assert states == set(State)
    elsewhere = {"pass-at-k", "top-gap", "pkpo"}
    assert {name for name, _, _ in REFERENCES} | elsewhere == set(catalog.ENTRIES)
