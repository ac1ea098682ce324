"""Python's stacks of a process that dies of its own fault (a segmentation fault in C code, say), that hangs, or that is
asked for them.

They go to the daemon's stderr as it was at the start, kept aside: in a worker descriptor 2 leads to a pipe that the
worker itself reads, and one that is dying reads nothing any more.
"""

from __future__ import annotations

import faulthandler
import fcntl
import os
import signal

_STDERR = 2
_FIRST_FREE = 3
_MODE = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

STACKS_SIGNAL = signal.SIGUSR2
LAST_RESORT_SIGNAL = signal.SIGRTMIN
STACKS_NAME = "punctuald-stacks"
"""Of the memory file that a process writes them to when it is signalled, as /proc/PID/fd has it."""

_descriptor: list[int] = []  # made once; all our processes inherit it, and nothing that they execute
_stacks: list[int] = []  # of this process, or the parent's until a child has its own


def keep() -> None:
    """From now on, in this process and in those that it forks. To be called before descriptor 2 leads elsewhere."""
    if not _descriptor:
        _descriptor.append(_own(_STDERR))
    faulthandler.enable(file=_descriptor[0], all_threads=True)


def show_when_signalled() -> None:
    """Write them at each `STACKS_SIGNAL`: into a file of this process's own, in memory, for there may be no room on a
    disk. It is appended to, so that whoever reads it may empty it.

    The main thread writes it while it has Python's lock: other threads' frames stand still then. faulthandler's own
    handler runs in C without the lock, and reads frames that another thread changes meanwhile: it printed lines that
    there are not, and ended processes. So it is at `LAST_RESORT_SIGNAL`, for a process whose main thread comes to run
    no Python, since C code keeps the lock; then no frame changes either.

    Where there is no descriptor for it, or memory files are not allowed, the signal does nothing.
    """
    try:
        file = os.memfd_create(STACKS_NAME, os.MFD_CLOEXEC)
    except OSError:
        if not _stacks:  # else those of whoever forked us: its file is still open here
            for number in (STACKS_SIGNAL, LAST_RESORT_SIGNAL):
                signal.signal(number, lambda _number, _frame: None)
        return
    fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)
    signal.signal(STACKS_SIGNAL, lambda _number, _frame: faulthandler.dump_traceback(file, all_threads=True))
    faulthandler.register(LAST_RESORT_SIGNAL, file=file, all_threads=True, chain=False)
    while _stacks:
        os.close(_stacks.pop())
    _stacks.append(file)


def show_after(seconds: float) -> None:
    """Write the stack of every thread of this process in so many seconds, unless `show_no_more` comes first."""
    if _descriptor:
        faulthandler.dump_traceback_later(seconds, file=_descriptor[0])


def show_no_more() -> None:
    """It did not hang."""
    faulthandler.cancel_dump_traceback_later()


def _own(descriptor: int) -> int:
    """A description of our own that never blocks: a reader that stands still must not keep a dead process alive. What
    can't be opened again (a socket, as journald's) is only duplicated."""
    try:
        return os.open(f"/proc/self/fd/{descriptor}", _MODE)
    except OSError:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
