"""`rewardkit recipe`: is a recipe right, what is in it, what does it do with a row, and what will it do in training?"""

from __future__ import annotations

import typer

from rewardkit.cli.recipe.audit import audit
from rewardkit.cli.recipe.check import check
from rewardkit.cli.recipe.explain import explain
from rewardkit.cli.recipe.show import show

recipe_app = typer.Typer(
    name="recipe",
    help="Check, show, explain and audit recipes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
recipe_app.command()(check)
recipe_app.command()(show)
recipe_app.command()(explain)
recipe_app.command()(audit)
