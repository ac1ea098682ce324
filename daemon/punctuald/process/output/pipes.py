"""Descriptors 1 and 2 of a worker, for those who write there past Python's objects: C code, and programs that handlers
start.

They lead into pipes that a thread of the worker's reads, for as long as the process lives: while handlers are imported,
before the event loop runs, as well as after its end, so that nobody waits for a reader. The thread takes no lock: a
handler may fork at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable

from .standard_objects import Write

PIPE_BYTES = 1 << 20
"""What fits before a writer has to wait; C code that holds the interpreter's lock while it writes more waits for ever,
for then its reader can't run. Of pipe-max-size (pipe(7)) the most that needs no privilege."""
READ_BYTES = 1 << 16
REST_SECONDS = 0.005  # after a full read, so that a program that writes without end leaves the interpreter to handlers
FINISH_SECONDS = 1.0


class OutputPipes:
    """``write`` is given what comes, and ``look`` is called about each ``look_seconds``. The thread calls both, and
    neither may raise."""

    def __init__(self, write: Write, look: Callable[[], None], look_seconds: float) -> None:
        self._write = write
        self._look = look
        self._look_seconds = look_seconds
        self._streams: dict[int, str] = {}  # by the end that is read
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._read_all = threading.Event()
        self._poll = select.poll()
        self._thread = threading.Thread(target=self._run, name="handler-output", daemon=True)

    def take(self, stream: str, descriptor: int) -> None:
        """Have ``descriptor`` lead into a pipe. Raises OSError where there is no room for one."""
        reader, writer = os.pipe()
        with contextlib.suppress(OSError):  # a user who has many large pipes already gets no more of them
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(reader, False)
        os.dup2(writer, descriptor, inheritable=True)
        os.close(writer)
        self._streams[reader] = stream

    def start(self) -> None:
        """Begin to read. Raises RuntimeError where there is no room for a thread."""
        for descriptor in (self._wake, *self._streams):
            self._poll.register(descriptor, select.POLLIN)
        self._thread.start()

    def finish(self) -> None:
        """Wait until everything that is in the pipes now is read, for a second at most."""
        if not self._thread.is_alive():
            return
        self._read_all.clear()
        os.eventfd_write(self._wake, 1)
        self._read_all.wait(FINISH_SECONDS)

    def leave(self) -> None:
        """In a fork, which has no such thread: the pipes end with the worker, and must not outlive it in here."""
        for descriptor in (self._wake, *self._streams):
            os.close(descriptor)
        self._streams.clear()

    def _run(self) -> None:
        look_due_mono = time.monotonic() + self._look_seconds
        while self._streams:  # for nothing can come any more where nobody can write
            for descriptor, _ in self._poll.poll(self._look_seconds * 1000):
                if descriptor == self._wake:
                    self._read_to_the_end()
                elif descriptor in self._streams:  # else it was read to its end, and closed, in this very turn
                    self._take_turn(descriptor)
            if time.monotonic() >= look_due_mono:
                look_due_mono += self._look_seconds
                self._look()
        self._read_all.set()

    def _take_turn(self, reader: int) -> None:
        if self._read(reader) == READ_BYTES:
            time.sleep(REST_SECONDS)

    def _read_to_the_end(self) -> None:
        os.eventfd_read(self._wake)
        for reader in tuple(self._streams):
            for _ in range(PIPE_BYTES // READ_BYTES):
                if self._read(reader) < READ_BYTES:
                    break
        self._read_all.set()

    def _read(self, reader: int) -> int:
        """How many bytes came."""
        try:
            data = os.read(reader, READ_BYTES)
        except BlockingIOError:
            return 0
        if data:
            self._write(self._streams[reader], data)
        else:  # nobody can write any more: a handler has closed 1 or 2, or has them lead elsewhere
            del self._streams[reader]
            self._poll.unregister(reader)
            os.close(reader)
        return len(data)
