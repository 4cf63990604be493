"""`rewardkit select`: training data chosen from scored responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rewardkit.cli import options

if TYPE_CHECKING:
    from rewardkit.selection.conditions import Conditions
    from rewardkit.selection.layouts import Layout
    from rewardkit.selection.scored import Scored
    from rewardkit.selection.writing import Chooser, Selection

select_app = typer.Typer(
    name="select",
    help="Choose training data from scored responses: the best, a filtered set, pairs, or prompts by difficulty.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Files = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Scored rows, as rewardkit score writes them; - is stdin.")
]
Out = Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="Where to: .jsonl(.gz), .parquet, or a folder.")]
LayoutName = Annotated[str, typer.Option("--layout", "-l", help="trl, trl-messages, verl or openrlhf.")]
As = Annotated[
    Literal["text", "messages"] | None,
    typer.Option("--as", help="What prompts and responses become [default: as in the first rows]."),
]
Keep = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Carry this input column over.")]
DataSource = Annotated[str | None, typer.Option(metavar="NAME", help="data_source of rows without one (verl).")]
MinReward = Annotated[float | None, typer.Option(help="Least reward of a response.")]
MaxReward = Annotated[float | None, typer.Option(help="Largest reward of a response.")]
Outcomes = Annotated[list[str] | None, typer.Option("--outcome", help="Take this outcome; may be given several times.")]
MinPassRate = Annotated[float | None, typer.Option(help="Least share of the prompt's responses that pass.")]
MaxPassRate = Annotated[float | None, typer.Option(help="Largest share of the prompt's responses that pass.")]
MinScored = Annotated[int, typer.Option(min=1, help="Scored responses that a prompt must have.")]
Distinct = Annotated[bool, typer.Option("--distinct", help="Of equal responses to a prompt take one.")]
Signal = Annotated[bool, typer.Option("--signal", help="Leave out prompts whose rewards are all equal.")]
Seed = Annotated[int, typer.Option(help="Of what is drawn at random.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the output if it exists.")]


@select_app.command()
def best(
    files: Files,
    out: Out,
    layout: LayoutName = "trl",
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Responses of a prompt.")] = 1,
    ties: Annotated[Literal["first", "shortest", "random"], typer.Option(help="Which of equally good ones.")] = "first",
    min_reward: MinReward = None,
    max_reward: MaxReward = None,
    outcome: Outcomes = None,
    min_pass_rate: MinPassRate = None,
    max_pass_rate: MaxPassRate = None,
    min_scored: MinScored = 1,
    signal: Signal = False,
    distinct: Distinct = False,
    seed: Seed = 0,
    shape: As = None,
    keep: Keep = None,
    data_source: DataSource = None,
    reward_field: options.RewardField = None,
    outcome_field: options.OutcomeField = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    id_field: options.IdField = None,
    pass_at: options.PassAt = None,
    group_size: options.GroupSize = None,
    overwrite: Overwrite = False,
    json_out: options.JsonOut = None,
    quiet: options.Quiet = False,
) -> None:
    """The best responses of every prompt (best of n)."""
    from rewardkit.selection.choosing import Best

    conditions = _conditions(
        min_reward, max_reward, outcome, min_pass_rate, max_pass_rate, min_scored, signal=signal, distinct=distinct
    )
    fields = _fields(prompt_field, response_field, reference_field, group_field, id_field)
    scored = _scored(files, fields, reward_field, outcome_field, pass_at, group_size)
    laid = _layout(layout, scored, shape, keep, data_source)
    _run(scored, Best(conditions, count, ties, seed), laid, out, "responses", overwrite, json_out, quiet)


@select_app.command("filter")
def filter_responses(
    files: Files,
    out: Out,
    layout: LayoutName = "trl",
    min_reward: MinReward = None,
    max_reward: MaxReward = None,
    outcome: Outcomes = None,
    min_pass_rate: MinPassRate = None,
    max_pass_rate: MaxPassRate = None,
    min_scored: MinScored = 1,
    per_prompt: Annotated[int | None, typer.Option(min=1, help="Draw at most so many of a prompt.")] = None,
    signal: Signal = False,
    distinct: Distinct = False,
    seed: Seed = 0,
    shape: As = None,
    keep: Keep = None,
    data_source: DataSource = None,
    reward_field: options.RewardField = None,
    outcome_field: options.OutcomeField = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    id_field: options.IdField = None,
    pass_at: options.PassAt = None,
    group_size: options.GroupSize = None,
    overwrite: Overwrite = False,
    json_out: options.JsonOut = None,
    quiet: options.Quiet = False,
) -> None:
    """All responses that meet the conditions (rejection sampling)."""
    from rewardkit.selection.choosing import Filter

    conditions = _conditions(
        min_reward, max_reward, outcome, min_pass_rate, max_pass_rate, min_scored, signal=signal, distinct=distinct
    )
    fields = _fields(prompt_field, response_field, reference_field, group_field, id_field)
    scored = _scored(files, fields, reward_field, outcome_field, pass_at, group_size)
    laid = _layout(layout, scored, shape, keep, data_source)
    _run(scored, Filter(conditions, per_prompt, seed), laid, out, "responses", overwrite, json_out, quiet)


@select_app.command()
def pairs(
    files: Files,
    out: Out,
    layout: LayoutName = "trl",
    margin: Annotated[float, typer.Option(min=0.0, help="Least difference of the two rewards.")] = 0.0,
    per_prompt: Annotated[int, typer.Option(min=1, help="Pairs of a prompt at most.")] = 1,
    pick: Annotated[
        Literal["random", "widest"], typer.Option(help="Which pairs: drawn, or those furthest apart.")
    ] = "random",
    length_ratio: Annotated[
        float | None, typer.Option(min=1.0, help="How many times as long as the other one response may be.")
    ] = None,
    balance_length: Annotated[
        bool, typer.Option("--balance-length", help="Keep chosen as long as rejected, over the whole output.")
    ] = False,
    min_pass_rate: MinPassRate = None,
    max_pass_rate: MaxPassRate = None,
    min_scored: MinScored = 2,
    seed: Seed = 0,
    shape: As = None,
    keep: Keep = None,
    reward_field: options.RewardField = None,
    outcome_field: options.OutcomeField = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    group_field: options.GroupField = None,
    id_field: options.IdField = None,
    pass_at: options.PassAt = None,
    group_size: options.GroupSize = None,
    overwrite: Overwrite = False,
    json_out: options.JsonOut = None,
    quiet: options.Quiet = False,
) -> None:
    """Preference pairs: a response and a worse one to the same prompt."""
    from rewardkit.selection.pairs import Pairs

    conditions = _conditions(None, None, None, min_pass_rate, max_pass_rate, min_scored)
    chooser = Pairs(conditions, margin, per_prompt, pick, length_ratio, balance_length, seed)
    fields = _fields(prompt_field, response_field, None, group_field, id_field)
    scored = _scored(files, fields, reward_field, outcome_field, pass_at, group_size)
    laid = _layout(layout, scored, shape, keep, None)
    _run(scored, chooser, laid, out, "pairs", overwrite, json_out, quiet)


@select_app.command()
def buckets(
    files: Files,
    out: Out,
    layout: LayoutName = "trl",
    edges: Annotated[
        str, typer.Option(metavar="RATES", help="Pass rates between the buckets, as in 0.25,0.75 [default: 1/3,2/3].")
    ] = "",
    bucket: Annotated[
        list[str] | None, typer.Option("--bucket", help="Write this bucket only; may be given several times.")
    ] = None,
    min_pass_rate: MinPassRate = None,
    max_pass_rate: MaxPassRate = None,
    min_scored: MinScored = 2,
    signal: Signal = False,
    shape: As = None,
    keep: Keep = None,
    data_source: DataSource = None,
    reward_field: options.RewardField = None,
    outcome_field: options.OutcomeField = None,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    group_field: options.GroupField = None,
    id_field: options.IdField = None,
    pass_at: options.PassAt = None,
    group_size: options.GroupSize = None,
    overwrite: Overwrite = False,
    json_out: options.JsonOut = None,
    quiet: options.Quiet = False,
) -> None:
    """Prompts, one row each, by how many of their responses pass: unsolved, hard, medium, easy, solved."""
    from rewardkit.selection.choosing import Buckets

    conditions = _conditions(None, None, None, min_pass_rate, max_pass_rate, min_scored, signal=signal)
    wanted = frozenset(bucket or [])
    chooser = Buckets(conditions, _edges(edges), wanted) if edges else Buckets(conditions, wanted=wanted)
    fields = _fields(prompt_field, response_field, reference_field, group_field, id_field)
    scored = _scored(files, fields, reward_field, outcome_field, pass_at, group_size)
    laid = _layout(layout, scored, shape, keep, data_source)
    _run(scored, chooser, laid, out, "prompts", overwrite, json_out, quiet)


def _conditions(
    min_reward: float | None,
    max_reward: float | None,
    outcomes: list[str] | None,
    min_pass_rate: float | None,
    max_pass_rate: float | None,
    min_scored: int,
    *,
    signal: bool = False,
    distinct: bool = False,
) -> Conditions:
    from rewardkit.errors import OptionError, nearest
    from rewardkit.score import Outcome
    from rewardkit.selection.conditions import Conditions

    known = {outcome.value for outcome in Outcome}
    for outcome in outcomes or []:
        if outcome not in known:
            raise OptionError(f"there is no outcome {outcome!r}; {nearest(outcome, known)}")
    return Conditions(
        min_reward,
        max_reward,
        frozenset(outcomes or []),
        min_pass_rate,
        max_pass_rate,
        min_scored,
        needs_signal=signal,
        distinct=distinct,
    )


def _fields(
    prompt: str | None, response: str | None, reference: str | None, group: str | None, identity: str | None
) -> dict[str, str | None]:
    return {"prompt": prompt, "response": response, "reference": reference, "group": group, "id": identity}


def _scored(
    files: list[str],
    fields: dict[str, str | None],
    reward: str | None,
    outcome: str | None,
    pass_at: float | None,
    group_size: int | None,
) -> Scored:
    from rewardkit.selection.scored import Scored

    return Scored.open(files, fields, reward=reward, outcome=outcome, pass_at=pass_at, group_size=group_size)


def _layout(
    name: str, scored: Scored, shape: Literal["text", "messages"] | None, keep: list[str] | None, source: str | None
) -> Layout:
    from rewardkit.selection.layouts import Layout

    return Layout.named(name, scored, shape=shape, keep=keep or (), data_source=source)


def _edges(text: str) -> tuple[float, ...]:
    from rewardkit.errors import OptionError

    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise OptionError(f"--edges: expected numbers with commas between, got {text!r}") from error


def _run(
    scored: Scored,
    chooser: Chooser,
    layout: Layout,
    out: str,
    what: str,
    overwrite: bool,
    json_out: str | None,
    quiet: bool,
) -> None:
    from rich.console import Console
    from rich.markup import escape

    from rewardkit.bench.results import write_text
    from rewardkit.selection.writing import select

    console = Console(stderr=True, highlight=False)
    if not quiet:
        console.print(escape(scored.describe()), soft_wrap=True)
    selection = select(scored, chooser, layout, out, overwrite=overwrite)
    if json_out is not None:
        found = {"output": out, "layout": layout.name, **selection.to_json(), **_lengths(chooser)}
        write_text(json_out, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    if not quiet:
        _print(console, selection, chooser, what, out)


def _lengths(chooser: Chooser) -> dict[str, Any]:
    """How long the two halves of the pairs are."""
    from rewardkit.selection.pairs import Pairs

    if not isinstance(chooser, Pairs) or not chooser.pairs:
        return {}
    return {
        "lengths": {
            "chosen_mean_characters": chooser.chosen_chars / chooser.pairs,
            "rejected_mean_characters": chooser.rejected_chars / chooser.pairs,
            "chosen_longer": chooser.longer_chosen,
            "rejected_longer": chooser.longer_rejected,
        }
    }


def _print(console: Any, selection: Selection, chooser: Chooser, what: str, out: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    from rewardkit.selection.choosing import Buckets

    for note in selection.notes:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    facts.add_row("read", f"{selection.responses:,} responses to {selection.prompts:,} prompts")
    facts.add_row("kept", f"{selection.kept:,} {what} of {selection.kept_prompts:,} prompts")
    for bucket in chooser.names if isinstance(chooser, Buckets) else ():
        if selection.buckets[bucket]:
            facts.add_row("", f"{selection.buckets[bucket]:,} {escape(bucket)}")
    lengths = _lengths(chooser).get("lengths")
    if lengths:
        facts.add_row(
            "length",
            f"chosen {lengths['chosen_mean_characters']:,.0f} characters on average, rejected "
            f"{lengths['rejected_mean_characters']:,.0f}; the chosen one is longer in {lengths['chosen_longer']:,} "
            f"pairs, the rejected one in {lengths['rejected_longer']:,}",
        )
    for number, (why, count) in enumerate(selection.left_out.most_common()):
        facts.add_row("" if number else "left out", escape(f"{count:,} {why}"))
    facts.add_row("output", escape(out))
    console.print(facts)
