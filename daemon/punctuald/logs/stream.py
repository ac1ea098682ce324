"""Where lines go: a file descriptor of our own that never makes anybody wait and never raises.

A log whose reader stands still, whose disk is full or whose reader has ended is a fault of the log, and must not become
one of the daemon or of a message. So whatever the errno is: the line is dropped, and counted.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
from collections.abc import Callable

LINE_BYTES = 4096
"""The longest line, its line feed included. A pipe takes so many bytes as a whole or not at all (PIPE_BUF, pipe(7)), so
lines of several processes never tear one another; journald cuts lines at 48 KiB, Docker at 16."""

_MODE = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_WRITABLE_NOW_MS = 0


class Stream:
    """Takes lines. ``write`` is given bytes and returns how many of them went through, or raises OSError; ``close``
    gives back what it writes to.

    Without a lock, though handler threads write too: a handler may fork while another thread holds one, and its child
    would wait for that for ever. CPython changes threads at calls and backward jumps only, so no count is lost.
    """

    def __init__(self, write: Callable[[bytes], int], close: Callable[[], None] = lambda: None) -> None:
        self._write = write
        self.close = close
        self._torn = False
        self.dropped = 0
        self.error = ""

    def put(self, line: bytes) -> bool:
        """``line``, which has its line feed; returns whether it went through. It was dropped and counted if not."""
        if self._torn:
            line = b"\n" + line  # the disk was full in the middle of the last one: let this one be readable
        try:
            sent = self._write(line)
        except OSError as error:
            return self._drop(errno.errorcode.get(error.errno or 0, str(error)))
        if sent < len(line):
            self._torn = sent > 0 or self._torn
            return self._drop("short write")
        self._torn = False
        return True

    def take_dropped(self) -> tuple[int, str]:
        """How many lines were dropped since this was asked last, and why the latest one was."""
        dropped, self.dropped = self.dropped, 0
        return dropped, self.error

    def _drop(self, error: str) -> bool:
        self.dropped += 1
        self.error = error
        return False


def open_stream(descriptor: int) -> Stream:
    """A stream to wherever ``descriptor`` leads; ``descriptor`` itself and those who share it are left as they are.

    O_NONBLOCK belongs to an open file description, which our stdout shares with the shell and with whatever else writes
    there, so it is set on a description of our own. A socket (journald) can't be opened again, but each send knows a
    flag. What else can't be (after a change of user, without /proc, a FIFO without a reader) is asked by poll before
    each write: a pipe that says it is writable has room for a whole line.
    """
    if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        journal = socket.socket(fileno=os.dup(descriptor))
        return Stream(lambda line: journal.send(line, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL), journal.close)
    try:
        own = os.open(f"/proc/self/fd/{descriptor}", _MODE)
    except OSError:
        own = os.dup(descriptor)
        return Stream(_polled(own), lambda: os.close(own))
    return Stream(lambda line: os.write(own, line), lambda: os.close(own))


def _polled(descriptor: int) -> Callable[[bytes], int]:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)

    def write(line: bytes) -> int:
        if not poll.poll(_WRITABLE_NOW_MS):
            raise BlockingIOError(errno.EAGAIN, "not writable")
        return os.write(descriptor, line)

    return write
