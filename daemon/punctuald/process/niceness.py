"""How much of a busy processor a process leaves to the others."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(nice: int) -> None:
    """Be at least as nice as that (sched(7)): at 10, and with a processor that others want too, about a tenth of it.

    Where sched_autogroup_enabled is on, as it mostly is, each session is a group for the scheduler, within which alone
    its processes' own niceness counts. So a process that leads a session, as our children do, makes that as nice; in
    another's session, a test run's say, that would slow down whoever is in it. Processes in a control group with a CPU
    controller are in no such group, and a kernel may have none at all.

    A sandbox may refuse either. Then the process is as nice as the others, which does no harm.
    """
    wanted = max(nice, os.getpriority(os.PRIO_PROCESS, 0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, wanted)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            _AUTOGROUP.write_text(f"{wanted}\n")
