"""The catalogue: every advantage by name, from text."""

import json
from typing import Any

import numpy as np
import pytest

from rewardkit.errors import OptionError, UnknownNameError
from rewardkit.groups import GroupError, Groups, catalog

TWO = Groups.equal(4, 2)


def test_a_name_with_its_inputs_and_options_gives_advantages() -> None:
    shaped = catalog.shape("rloo", {"rewards": [1, 0, 1, 0]}, TWO, {"whiten": False})
    assert shaped.advantages.tolist() == [1, -1, 1, -1]


def test_rewards_are_the_weighted_sum_of_components_where_there_are_none() -> None:
    inputs = {"components": [[1, 0], [0, 1], [None, 1], [0, None]], "weights": [1.0, 0.5]}
    shaped = catalog.shape("dr-grpo", inputs, TWO)
    assert shaped.rewards.tolist() == [1, 0.5, 0.5, 0]
    given = catalog.shape("dr-grpo", inputs | {"rewards": [1, 1, 0, 0]}, TWO)
    assert given.rewards.tolist() == [1, 1, 0, 0]


def test_correctness_is_the_reward_where_there_is_no_such_column() -> None:
    shaped = catalog.shape("pass-at-k", {"rewards": [1, 0, 1, 1]}, TWO, {"k": 1})
    assert shaped.advantages[0] > 0 > shaped.advantages[1]


def test_inputs_that_are_not_used_are_passed_over() -> None:
    inputs = {"rewards": [1, 0, 1, 0], "lengths": [1, 2, 3, 4], "entropies": None}
    assert catalog.shape("grpo", inputs, TWO).signal.all()


@pytest.mark.parametrize(
    ("name", "inputs", "options", "error", "message"),
    [
        ("grop", {}, {}, UnknownNameError, "no advantage 'grop': did you mean 'grpo'"),
        ("grpo", {"reward": [1]}, {}, OptionError, "no input 'reward' of an advantage: did you mean 'rewards'"),
        ("grpo", {}, {}, GroupError, r"'grpo' needs rewards \(\[n\] one reward a row\)"),
        ("opo", {"rewards": [1, 0, 1, 0]}, {}, GroupError, "needs lengths"),
        ("gdpo", {"rewards": [1, 0, 1, 0]}, {}, GroupError, "needs components"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"esp": 1}, OptionError, "no option 'esp': did you mean 'eps'"),
        ("dr-grpo", {"rewards": [1, 0, 1, 0]}, {"eps": 1}, OptionError, "it takes none"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"eps": -1}, OptionError, "is float >= 0 | null, not -1"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"eps": "1"}, OptionError, "not '1'"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"eps": float("nan")}, OptionError, "not nan"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"ddof": 1.0}, OptionError, "int >= 0"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"ddof": True}, OptionError, "int >= 0"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"variant": "tlr"}, OptionError, "'trl' | 'verl'"),
        ("grpo", {"rewards": [1, 0, 1, 0]}, {"variant": ["trl"]}, OptionError, "'trl' | 'verl'"),
        ("rloo", {"rewards": [1, 0, 1, 0]}, {"whiten": 1}, OptionError, "is bool, not 1"),
        ("pass-at-k", {"rewards": [1, 0, 1, 0]}, {}, OptionError, "needs the option 'k': int >= 1"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(
    name: str, inputs: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        catalog.shape(name, inputs, TWO, options)


def test_null_is_a_value_of_options_that_have_it() -> None:
    assert catalog.shape("grpo", {"rewards": [1, 0, 1, 0]}, TWO, {"eps": None}).signal.all()


def test_the_description_is_json_and_its_defaults_are_accepted() -> None:
    described = json.loads(json.dumps(catalog.describe()))
    assert [one["name"] for one in described] == list(catalog.ENTRIES)
    for one in described:
        assert one["summary"].endswith((".", ":"))
        assert set(one["needs"]) | set(one["uses"]) <= set(catalog.INPUTS)
        defaults = {option["name"]: option["default"] for option in one["options"] if "default" in option}
        required = {option["name"]: 1 for option in one["options"] if "default" not in option}
        assert set(catalog.checked(catalog.entry(one["name"]), defaults | required)) == set(defaults) | set(required)


@pytest.mark.parametrize("name", catalog.ENTRIES)
def test_an_option_left_out_is_its_default(name: str) -> None:
    rng = np.random.default_rng(3)
    rewards = rng.integers(0, 2, 10).astype(float)
    inputs = {key: rng.random(10) for key in catalog.INPUTS if key not in ("components", "weights", "pool")}
    inputs |= {"rewards": rewards, "correct": rewards, "outcome": rewards, "lengths": np.arange(10.0) + 2}
    inputs |= {"components": rng.random((10, 2)), "pool": np.zeros(10, dtype=int)}
    chosen = catalog.entry(name)
    required = {option.name: 1 for option in chosen.options.values() if option.required}
    every = {option.name: option.default for option in chosen.options.values()} | required
    groups = Groups.equal(10, 2)
    left_out, spelt_out = (catalog.shape(name, inputs, groups, options) for options in (required, every))
    assert left_out.advantages.tolist() == spelt_out.advantages.tolist()
