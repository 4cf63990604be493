"""The application: its commands, and the one place where an error becomes a line of text and an exit code.

Exit codes: 0 done; 1 a fault of rewardkit; 2 wrong usage (names, options, columns); 3 a missing extra; 4 a file that
can't be read or written; 5 a malformed row under --strict; 6 a gate that is closed, or a regression; 130 interrupted
(Ctrl-C), 143 terminated; both leave a state that --resume goes on from.
"""

from __future__ import annotations

import io
import os
import sys

import typer

from rewardkit.cli.bench import bench_app
from rewardkit.cli.catalog import list_rewards, show
from rewardkit.cli.doctor import doctor
from rewardkit.cli.explain import explain
from rewardkit.cli.groups import groups
from rewardkit.cli.recipe import recipe_app
from rewardkit.cli.score import score
from rewardkit.cli.select import select_app

app = typer.Typer(
    name="rewardkit",
    help="Turn (prompt, response, reference) rows into rewards that a trainer can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(score)
app.command("list")(list_rewards)
app.command()(show)
app.command()(explain)
app.command()(doctor)
app.command()(groups)
app.add_typer(bench_app)
app.add_typer(recipe_app)
app.add_typer(select_app)


@app.callback(invoke_without_command=True)
def _version(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        from rewardkit import __version__

        print(f"rewardkit {__version__}")
        raise typer.Exit


def run() -> None:
    """Entry point of the `rewardkit` command."""
    from rewardkit.errors import RewardkitError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names in people's data may hold what no encoding has
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(standalone_mode=False)
    except RewardkitError as error:
        print(f"rewardkit: error: {error}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away, as `head` does
        code = 0
    except Exception as error:
        if not hasattr(error, "show") or not hasattr(error, "exit_code"):
            raise
        error.show()  # a usage error of the command line itself: it shows the usage and the nearest command or option
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)
