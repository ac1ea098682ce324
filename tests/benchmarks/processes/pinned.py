"""Run a command on some cores only, killed when its parent is: `python -I pinned.py PARENT_PID CORES COMMAND…`.

CORES is a list such as 0,1. Both properties outlive the exec, and hold for what the command starts itself (the cores)
or for it alone (the end).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(parent_pid: int, cores: set[int], command: list[str]) -> None:
    """Does not return."""
    os.sched_setaffinity(0, cores)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the parent is gone")
    os.execvp(command[0], command)  # noqa: S606 - a shell would be one process more to kill


if __name__ == "__main__":
    main(int(sys.argv[1]), {int(core) for core in sys.argv[2].split(",")}, sys.argv[3:])
