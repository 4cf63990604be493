"""`rewardkit explain NAME`: one sample, and why it scores what it scores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rewardkit.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.tree import Tree

    from rewardkit.sample import Sample
    from rewardkit.score import Score


def explain(
    reward: options.RewardName,
    response: Annotated[str | None, typer.Option("--response", "-r", help="The response to judge.")] = None,
    reference: Annotated[str | None, typer.Option("--reference", "-R", help="The reference, as text.")] = None,
    prompt: Annotated[str, typer.Option("--prompt", "-p", help="The prompt.")] = "",
    file: Annotated[str | None, typer.Option("--file", "-f", help="Take the sample from this file of rows.")] = None,
    row: Annotated[int, typer.Option("--row", min=1, help="Which row of the file, counted from 1.")] = 1,
    prompt_field: options.PromptField = None,
    response_field: options.ResponseField = None,
    reference_field: options.ReferenceField = None,
    option: options.RewardOptions = None,
    plugin: options.Plugins = None,
    deadline: options.Deadline = 5.0,
) -> None:
    """Explain the score of one sample: what was extracted, how it was compared, why it scores so."""
    from rich.console import Console

    from rewardkit.errors import UsageError
    from rewardkit.execution.local import LocalExecutor
    from rewardkit.execution.scorer import Scorer
    from rewardkit.registry import load_plugin
    from rewardkit.run import build_reward, samples_of_row
    from rewardkit.sample import Sample

    if (file is None) == (response is None):
        raise UsageError("give either --response (and --reference) or --file with --row")
    for where in plugin or []:
        load_plugin(where)
    samples = (
        samples_of_row(file, row, {"prompt": prompt_field, "response": response_field, "reference": reference_field})
        if file is not None
        else [Sample(prompt=prompt, response=response or "", reference=reference)]
    )
    console = Console()
    with LocalExecutor(workers=1, deadline_s=deadline) as executor:
        node = build_reward(reward, option or [], executor)
        for sample, score in zip(samples, node.score(samples), strict=True):
            tree = _trace(sample, score, node.name, str(node.range))
            if isinstance(node, Scorer):
                _add_account(tree, node.verifier.account(sample))
            console.print(tree)


def _trace(sample: Sample, score: Score, name: str, within: str) -> Tree:
    from rich.markup import escape
    from rich.tree import Tree

    value = "None" if score.value is None else f"{score.value:g}"
    tree = Tree(f"[bold]{escape(name)}[/bold] gives [bold]{value}[/bold] of {escape(within)}: {score.outcome}")
    tree.add(f"reason: {escape(score.reason)}")
    tree.add(f"response: {escape(_show(sample.response_text))}")
    tree.add(f"reference: {escape(_show(sample.reference))}")
    _add_details(tree, score)
    return tree


def _add_account(tree: Tree, account: Mapping[str, str]) -> None:
    from rich.markup import escape

    if account:
        branch = tree.add("how it was judged")
        for name, text in account.items():
            branch.add(f"{escape(name)}: {escape(_show(text))}")


def _add_details(tree: Tree, score: Score) -> None:
    from rich.markup import escape

    if score.evidence:
        evidence = tree.add("evidence")
        for key, value in score.evidence.items():
            evidence.add(f"{escape(key)}: {escape(_show(value))}")
    for name, part in score.parts.items():
        value = "None" if part.value is None else f"{part.value:g}"
        branch = tree.add(f"[bold]{escape(name)}[/bold] gives {value}: {part.outcome}, {escape(part.reason)}")
        _add_details(branch, part)


def _show(value: Any, limit: int = 400) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]} ({len(text)} characters)"
