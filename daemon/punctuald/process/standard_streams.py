"""The descriptors 0, 1 and 2, as a daemon needs them before it does anything else."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import sys

_STANDARD = (0, 1, 2)


def repair_standard_streams() -> None:
    """Make all three lead somewhere, and those that lead into a file append to it.

    One that is closed would be given to the next file or socket that is opened, and log lines written into that. A file
    that a shell opened by ``>`` is written at an offset of its own: after logrotate truncated it, the next line would
    begin behind as many zeros.
    """
    for descriptor in _STANDARD:
        _open_if_closed(descriptor)
        _append(descriptor)
    # Python has none where the descriptor was closed at its start.
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def flush_standard_streams() -> None:
    """Whoever reads them may be gone, and the disk full: that is no reason not to fork."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def _open_if_closed(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
        null = os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
        if null != descriptor:
            raise AssertionError(f"descriptor {descriptor} was closed, and {null} was opened") from None


def _append(descriptor: int) -> None:
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)
