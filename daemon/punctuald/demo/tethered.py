"""Run a Python module or another program as a process that dies with its parent:
`python -P tethered.py PARENT_PID MODULE [ARGUMENT…]`, `python -P tethered.py PARENT_PID --exec PROGRAM [ARGUMENT…]`.

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
EXEC = "--exec"


def die_with_parent(parent_pid: int) -> None:
    """Ask Linux for SIGKILL when the thread that started us ends, and notice if it ended before we asked."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the parent is gone")


def become(what: str, arguments: list[str]) -> None:
    """Run the module, or be the program: what was asked of Linux stays asked for across an exec (prctl(2))."""
    if what == EXEC:
        os.execvp(arguments[0], arguments)  # noqa: S606 - no shell is wanted
    sys.argv = [what, *arguments]
    runpy.run_module(what, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    become(sys.argv[2], sys.argv[3:])
