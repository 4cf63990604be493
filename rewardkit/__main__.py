"""`python -m rewardkit`: the command line, where the `rewardkit` script is not on the path."""

from rewardkit.cli.main import run

run()
