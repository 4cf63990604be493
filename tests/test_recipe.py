"""Recipe files: read safely, checked whole, and scored like their parts."""

from collections.abc import Callable
from pathlib import Path

import pytest

import rewardkit as rk
from rewardkit import Range, Sample
from rewardkit.errors import OptionError, RecipeError
from rewardkit.execution.local import LocalExecutor
from rewardkit.recipe import build, dump, parse_option, read, source, to_tree

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a recipe file and gives its path."""

    def write(text: str, name: str = "recipe.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


GOOD = """
reward:
  require: [{use: format, args: {sections: [think, answer]}}]
  sum:
    - {use: math, name: correct}
    - {use: exact, weight: 0.5}
  otherwise: -1
"""


def test_a_recipe_file_scores_like_its_parts(write: Write) -> None:
    reward = rk.load(write(GOOD))
    assert reward.range == Range(-1, 1.5)
    scores = reward.score(
        [
            Sample(response="<think>6*7</think><answer>42</answer>", reference="42"),
            Sample(response="<think>6*7</think><answer>42.0</answer>", reference="42"),
            Sample(response="42", reference="42"),
        ]
    )
    assert [s.value for s in scores] == [1.5, 1.0, -1.0]
    assert scores[1].parts["sum"].parts["correct"].value == 1.0


WRONG = [
    ("reward: {use: mth}", r":1: reward\.use: no reward is called 'mth'; did you mean 'math'"),
    (
        "reward:\n  use: exact\n  args:\n    ignore_cas: true",
        r":4: reward\.args\.ignore_cas: .*no option 'ignore_cas'; did you mean 'ignore_case'",
    ),
    ("reward: {use: exact, args: {ignore_case: 1}}", r"reward\.args\.ignore_case: .*expected bool"),
    ("reward: {use: exact, args: [1]}", r"reward\.args: expected a mapping of options"),
    ("reward: {use: length.linear}", "needs the option"),
    ("reward: {sum: [{use: exact}, {use: exact}]}", "two children are called 'exact'"),
    ("reward:\n  sum:\n    - use: exact\n      weight: heavy", r":4: reward\.sum\[0\]\.weight: .*got 'heavy'"),
    ("reward: {sum: [{use: exact, weight: true}]}", r"weight: .*got True"),
    ("reward: {sum: [{use: exact, weight: .nan}]}", r"numbers in a recipe are finite"),
    ("reward: {sum: [{use: exact, weight: 0}]}", "other than 0"),
    ("reward: {sum: [{use: exact, wieght: 1}]}", r"reward\.sum\[0\]\.wieght: unknown key 'wieght'; .*'weight'"),
    ("reward: {use: exact, weight: 1}", r"unknown key 'weight'; it has no meaning here"),
    ("reward: {product: [{use: exact, weight: 2}]}", r"unknown key 'weight'; it has no meaning here"),
    ("reward: {sum: []}", "at least one reward"),
    ("reward: {smu: []}", "unknown key 'smu'; did you mean 'sum'"),
    ("reward: {use: exact, sum: []}", "exactly one reward or gate .*'use' and 'sum'"),
    ("reward: {require: [{use: exact}]}", "exactly one reward or gate"),
    ("reward: {use: math, otherwise: 0}", "there is no 'require'"),
    ("reward: {use: math, require: [{use: exact}], otherwise: 2}", r"reward\.otherwise: .*not above the bottom"),
    ("reward: {use: math, require: [{use: exact, at_least: 1.5}]}", "'exact' can never pass: at_least 1.5"),
    ("reward: {use: math, require: [{use: exact, at_least: 0}]}", "'exact' always passes"),
    (
        "reward: {use: f1, require: [{name: x, sum: [{use: math}, "
        "{affine: {use: exact}, args: {scale: 0.5, shift: 0.5}, weight: -1, only_if: math}]}]}",
        "'x' can never be CORRECT",
    ),
    ("reward: {staged: [{use: exact, at_least: 7}, {use: math}]}", "'exact' can never pass"),
    ("reward: {route: {by: task}}", "needs 'cases'"),
    ("reward: {route: {by: task, case: {a: {use: exact}}}}", "gate 'route' has no 'case'; did you mean 'cases'"),
    ("reward: {route: {by: task, cases: {a: {use: nope}}}}", r"reward\.route\.cases\.a\.use: no reward is called"),
    (
        "reward: {route: {by: task, cases: {a: {use: exact}, b: {use: exact, require: [{use: math}], otherwise: -1}}}}",
        "must share one range",
    ),
    ("reward: {sum: [{use: exact}], params: {}}", "'sum' takes no 'params', but 'args'"),
    ("reward: {vote: [{use: exact}, {use: math}], args: {rul: majority}}", "gate 'vote' has no option 'rul'; .*'rule'"),
    (
        "reward: {vote: {children: [{use: exact}, {use: math}], rul: x}}",
        "gate 'vote' has no 'rul'; did you mean 'rule'",
    ),
    ("reward: {clip: [{use: exact}]}", r"reward\.clip: expected a reward"),
    ("reward: {sum: [{use: exact}, {use: f1, only_if: math}]}", "names no sibling 'math'"),
    (
        "reward: {sum: [{use: exact}, {use: length.linear, only_if: exact, weight: -2, "
        "args: {unit: words, max_length: 9}}]}",
        "a row that fails it would earn more",
    ),
    ("reward: {first: [{use: exact}, {use: math}], args: {ask_on: [CORRECT]}}", r"ask_on"),
    ("reward: {use: 3}", "expected the name of a reward, got 3"),
    ("reward: [1]", "expected a reward"),
    ("reward: {use: exact, name: 7}", r"reward\.name: expected text, got 7"),
    ("- 1", "expected a mapping with the key 'reward'"),
    ("", "expected a mapping with the key 'reward'"),
    ("reward: {use: math}\nrewards: 1", ":2: rewards: unknown key 'rewards' beside 'reward'"),
    ("reward: {use: math}\nreward: {use: exact}", ":2: the key 'reward' stands here twice"),
    ("reward: {use: [", "not valid YAML"),
    ("reward: !!python/object/apply:os.system [echo]", "not valid YAML .*tag"),
    ("reward: !!set {a}", "not valid YAML .*tag"),
    ("reward: {? [a] : 1}", "a key must be text"),
    ("reward: &a {sum: [*a]}", "stands inside what it stands for"),
    ("reward: " + "[" * 60 + "]" * 60, "nested more than 50 deep"),
    ("reward: {use: exact, args: '${options}'}", "no parameter is called 'options'"),
    ("params: 3\nreward: {use: exact}", "expected a mapping of parameters"),
    ("params: {a: 1}\nreward: {use: exact}", "parameter 'a' is declared and never used"),
    ("params: {a: null}\nreward: {sum: [{use: exact, weight: '${a}'}]}", "needs a value for its parameter 'a'"),
    ("params: {a: [1]}\nreward: {use: exact, name: 'x${a}'}", "is a list and can't stand inside a text"),
    ("reward: {include: 3}", "expected the name of a recipe file"),
    ("reward: {include: recipe.yaml}", r"includes itself: recipe\.yaml includes recipe\.yaml"),
    ("reward: {include: recpe.yaml}", r"no recipe file .*did you mean 'recipe\.yaml'"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text[:50] for text, _ in WRONG])
def test_a_wrong_recipe_is_one_error_that_names_the_place(write: Write, text: str, message: str) -> None:
    path = write(text)
    with pytest.raises(RecipeError, match=message) as caught:
        rk.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_recipe_offers_the_nearest_file(write: Write, tmp_path: Path) -> None:
    write(GOOD)
    with pytest.raises(RecipeError, match=r"did you mean 'recipe\.yaml'"):
        rk.load(tmp_path / "recpe.yaml")


def test_aliases_can_not_unfold_to_more_than_a_recipe_may_hold(write: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(RecipeError, match="at most 20000 values"):
        rk.load(write("\n".join(lines)))


def test_a_recipe_has_a_largest_size(write: Write) -> None:
    with pytest.raises(RecipeError, match="at most 256 kB"):
        rk.load(write("# " + "x" * source.MAX_BYTES + "\nreward: {use: exact}"))


def test_anchors_and_merge_keys_mean_what_yaml_says(write: Write) -> None:
    text = """
    reward:
      sum:
        - &base {use: length.linear, args: &args {unit: words, max_length: 9}, name: a}
        - {<<: *base, name: b, weight: 2}
        - {use: length.linear, args: {<<: [*args], max_length: 5}}
    """
    assert to_tree(rk.load(write(text)))["sum"][1:] == [
        {"use": "length.linear", "args": {"unit": "words", "max_length": 9}, "name": "b", "weight": 2.0},
        {"use": "length.linear", "args": {"unit": "words", "max_length": 5}},
    ]


@pytest.mark.parametrize("case", ["yes", "on", "no", "1", "null", "2024-01-01", "~"])
def test_a_key_is_the_text_that_stands_there(write: Write, case: str) -> None:
    reward = rk.load(write(f"reward: {{route: {{by: task, cases: {{{case}: {{use: exact}}}}}}}}"))
    [score] = reward.score([Sample(response="a", reference="a", data={"task": case})])
    assert score.value == 1.0


@pytest.mark.parametrize(("written", "value"), [("1e-3", 0.001), ("1", 1.0), ("2.5", 2.5), ("1E2", 100.0)])
def test_a_number_is_read_as_everybody_reads_it(write: Write, written: str, value: float) -> None:
    reward = rk.load(write(f"reward: {{sum: [{{use: exact, weight: {written}}}]}}"))
    assert reward.range.high == value


INCLUDED = """
params: {max_length: 20, unit: words, name: brief}
reward:
  sum:
    - {use: exact}
    - {use: length.linear, name: "${name}-part", weight: 0.5, args: {unit: "${unit}", max_length: "${max_length}"}}
"""


def test_a_recipe_includes_others_and_gives_them_parameters(write: Write) -> None:
    write(INCLUDED, "parts/short.yaml")
    path = write(
        """
        params: {longest: 30}
        reward:
          sum:
            - {include: parts/short.yaml}
            - {include: ./parts/short.yaml, name: longer, weight: 2, params: {max_length: "${longest}", name: long}}
            - {use: parts/short.yaml, args: {unit: characters}, name: used}
        """
    )
    [short, longer, used] = read(path, {"longest": 40})["reward"]["sum"]
    assert [short["name"], longer["name"], used["name"]] == ["short", "longer", "used"]
    assert short["sum"][1]["args"] == {"unit": "words", "max_length": 20}
    assert longer["sum"][1] == {
        "use": "length.linear",
        "args": {"unit": "words", "max_length": 40},
        "name": "long-part",
        "weight": 0.5,
    }
    assert used["sum"][1]["args"] == {"unit": "characters", "max_length": 20}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"max_lenght": 3}, r"no parameter 'max_lenght'; did you mean 'max_length'"),
        ({"max_length": "3"}, r"parameter 'max_length' is a number \(20\), not '3'"),
        ({"max_length": True}, r"parameter 'max_length' is a number"),
        ({"unit": 3}, r"parameter 'unit' is text"),
        ({"max_length": None}, r"is a number"),
    ],
)
def test_a_parameter_is_known_and_has_the_type_of_its_default(write: Write, params: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        rk.load(write(INCLUDED), params=params)


def test_a_fault_in_an_included_file_names_that_file_and_line(write: Write) -> None:
    write("reward:\n  sum:\n    - {use: exact}\n    - {use: mth}", "inner.yaml")
    path = write("reward:\n  sum:\n    - {include: inner.yaml}")
    with pytest.raises(RecipeError, match=r"inner\.yaml:4: reward\.sum\[1\]\.use: no reward is called 'mth'"):
        rk.load(path)


def test_a_circle_of_includes_is_named(write: Write) -> None:
    write("reward: {include: c.yaml}", "b.yaml")
    write("reward: {include: recipe.yaml}", "c.yaml")
    path = write("reward: {include: b.yaml}")
    with pytest.raises(RecipeError, match=r"recipe\.yaml includes b\.yaml includes c\.yaml includes recipe\.yaml"):
        rk.load(path)


def test_includes_can_not_multiply_without_end(write: Write) -> None:
    write("reward: {use: exact}", "r0.yaml")
    for n in range(1, 12):
        twice = ", ".join(f"{{include: r{n - 1}.yaml, name: c{i}}}" for i in range(4))
        write(f"reward: {{sum: [{twice}]}}", f"r{n}.yaml")
    with pytest.raises(RecipeError, match="at most 2000 nodes"):
        rk.load(write("reward: {include: r11.yaml}"))


def test_a_recipe_can_have_a_name(write: Write) -> None:
    path = write("name: tidy\nreward: {use: exact}")
    assert rk.load(path).name == "tidy"
    outer = rk.load(write("reward: {sum: [{include: recipe.yaml}]}", "outer.yaml"))
    assert list(outer.score([Sample(response="a", reference="a")])[0].parts) == ["tidy"]


def test_a_dollar_brace_can_be_written(write: Write) -> None:
    reward = rk.load(write("reward: {use: exact, name: '$${x} and $$${y}'}"))
    assert reward.name == "${x} and $${y}"
    assert rk.load(write(dump(reward))).name == reward.name


def test_old_forms_of_nodes_keep_their_meaning(write: Write) -> None:
    reward = rk.load(write("reward: {require: [{use: exact}], use: math, name: both, otherwise: 0}"))
    [score] = reward.score([Sample(response="42", reference="42")])
    assert (reward.name, list(score.parts)) == ("both", ["exact", "both"])


def test_a_recipe_needs_no_file() -> None:
    reward = build({"reward": {"use": "exact"}}, LocalExecutor())
    assert reward.score([Sample(response="a", reference="a")])[0].value == 1.0


@pytest.mark.parametrize(
    ("text", "value"),
    [("eps=1e-6", 1e-6), ("k=3", 3), ("a=", None), ("on=2024-01-01", "2024-01-01"), ("a={b: [1, x]}", {"b": [1, "x"]})],
)
def test_an_option_is_read_as_in_a_recipe(text: str, value: object) -> None:
    assert parse_option(text)[1] == value


@pytest.mark.parametrize("text", ["tolerance", "=1", "a=[1", "a=!!python/name:os.system", "a=.nan", "a=" + "[" * 5000])
def test_a_malformed_option_is_one_clear_error(text: str) -> None:
    with pytest.raises(OptionError):
        parse_option(text)


def test_nodes_can_not_stand_inside_each_other_without_end(write: Write) -> None:
    tree = {"use": "exact"}
    for _ in range(100):
        tree = {"mean": [tree]}
    with pytest.raises(RecipeError, match="more than 60 deep"):
        build({"reward": tree}, LocalExecutor())
    write("reward: " + "{mean: [" * 20 + "{use: exact}" + "]}" * 20, "r0.yaml")
    for n in range(1, 6):
        write("reward: " + "{mean: [" * 20 + f"{{include: r{n - 1}.yaml}}" + "]}" * 20, f"r{n}.yaml")
    with pytest.raises(RecipeError, match="more than 60 deep"):
        rk.load(write("reward: {include: r5.yaml}"))


def test_the_range_of_a_deep_tree_is_worked_out_once_a_node() -> None:
    tree = {"use": "exact"}
    for gate in ["mean", "sum", "geometric", "min", "staged", "harmonic", "product", "bonus"] * 6:
        tree = {gate: [tree]}
    assert build({"reward": tree}, LocalExecutor()).range.high > 1
