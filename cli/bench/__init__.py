"""`rewardkit bench`: how often is this reward wrong, and how can it be hacked?"""

from __future__ import annotations

import typer

from rewardkit.cli.bench.compare import compare_results
from rewardkit.cli.bench.gate import gate
from rewardkit.cli.bench.labelled import labelled
from rewardkit.cli.bench.preference import bias, preference
from rewardkit.cli.bench.probing import attack, rewrites

bench_app = typer.Typer(
    name="bench",
    help="Measure how often a reward is wrong, and how it can be hacked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
bench_app.command()(labelled)
bench_app.command()(gate)
bench_app.command("compare")(compare_results)
bench_app.command("attack")(attack)
bench_app.command("rewrites")(rewrites)
bench_app.command()(preference)
bench_app.command()(bias)
