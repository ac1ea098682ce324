"""What the keys do, and what the columns mean."""

from __future__ import annotations

from rich.text import Text

HELP = """\
KEYS
+  -          one worker more, one less; holds until a, or a restart
a             the autoscaler decides again
p             pause or resume the marked queue (>); holds until a restart
j  k  arrows  mark another queue
PgUp  PgDn    other workers; J and K do the same
d             drain, and end the daemon; asks first
q  Ctrl-C     leave; the daemon goes on

COLUMNS
DEPTH FLIGHT  waiting at the source, and received by anybody but not done
HEAD AGE      how long the oldest waiting message has waited
IN/S          sent a second; DONE/S: done a second
P50 P95 P99   latency in the last interval; ! is past the tier's threshold
OVERDUE       waiting past their deadline now
BUDGET        what is left of the lateness that the objective allows
BUSY HELD     slots at work (threads, then coroutines); waiting on purpose
LAG           how late the worker's event loop is
SINCE         how long the message has been at work; +2: two others with it
–             not known"""  # noqa: RUF001 - the dash that stands for what is not known


def help_lines() -> list[Text]:
    """The page; any key leaves it."""
    return [Text(line, style="bold" if line.isupper() and " " not in line else "") for line in HELP.splitlines()]
