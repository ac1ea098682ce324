"""How much of a busy processor a process leaves to the others."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(nice: int) -> None:
    """Be at least as nice as that (sched(7)): at 10, and with a processor that others want too, about a tenth of it.

    Each child of ours leads a session, and where sched_autogroup_enabled is on, as it mostly is, that makes it a group
    for the scheduler, within which alone its own niceness counts: the group's has to be set as well. In a control group
    with a CPU controller there is no such file's effect, and a kernel without it has no such file.

    A sandbox may refuse either. Then the process is as nice as the others, which does no harm.
    """
    wanted = max(nice, os.getpriority(os.PRIO_PROCESS, 0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, wanted)
    with suppress(OSError):
        _AUTOGROUP.write_text(f"{wanted}\n")
