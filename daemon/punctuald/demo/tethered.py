"""Run a Python module as a process that dies with its parent: `python -P tethered.py PARENT_PID MODULE [ARGUMENT…]`.

A process of its own, not `preexec_fn`: that runs Python between fork and exec, which a parent with threads can't do
safely.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def die_with_parent(parent_pid: int) -> None:
    """Ask Linux for SIGKILL when the thread that started us ends, and notice if it ended before we asked."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the parent is gone")


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    module = sys.argv[2]
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
