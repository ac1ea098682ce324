"""Python's stacks of a process that dies of its own fault (a segmentation fault in C code, say), or that hangs.

They go to the daemon's stderr as it was at the start, kept aside: in a worker descriptor 2 leads to a pipe that the
worker itself reads, and one that is dying reads nothing any more.
"""

from __future__ import annotations

import faulthandler
import fcntl
import os

_STDERR = 2
_FIRST_FREE = 3
_MODE = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_descriptor: list[int] = []  # made once; all our processes inherit it, and nothing that they execute


def keep() -> None:
    """From now on, in this process and in those that it forks. To be called before descriptor 2 leads elsewhere."""
    if not _descriptor:
        _descriptor.append(_own(_STDERR))
    faulthandler.enable(file=_descriptor[0], all_threads=True)


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
