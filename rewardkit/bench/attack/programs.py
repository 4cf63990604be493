"""Attacks on rewards that run programs: every class for rows whose reference holds tests.

What a program does to its grader, it does within the process that runs it, and it is meant to be harmless to the
machine of somebody who finds out that a grader isolates nothing. None of these programs deletes, writes or renames a
file, opens a network connection, starts a process or signals another one. They read the grader's memory, arguments and
files near the working folder; write to pipes that they hold; end, patch or disturb their own process; wait for two
minutes at most; and take some tens of megabytes. A grader that shares its process with them is left with patched
functions, so that what it says of later rows is no longer its own: that is the finding.
"""

from __future__ import annotations

from rewardkit.bench.attack.program_answers import PROGRAM_ANSWERS
from rewardkit.bench.attack.program_exits import PROGRAM_EXITS
from rewardkit.bench.attack.program_forgeries import PROGRAM_FORGERIES
from rewardkit.bench.attack.program_oracles import PROGRAM_ORACLES
from rewardkit.bench.probes import ProbeClass, table_of

PROGRAMS: tuple[ProbeClass, ...] = table_of(PROGRAM_ANSWERS, PROGRAM_EXITS, PROGRAM_FORGERIES, PROGRAM_ORACLES)
"""All classes; they apply to tests of programs alone."""
