"""Runs `[sla] on_change`, a command of the user's, when a tier is violated or restored. Nobody waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

import orjson

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.process.process_group import has_exited, signal_group

log = logger()

LONGEST_SECONDS = 30.0
MOST_WAITING = 8
"""Changes; where a command is so slow that more wait, the oldest is dropped, for the newer ones matter more."""

_LAST_WORDS_BYTES = 300  # of what the command wrote to its standard error, for the line about its failure
_READ_BYTES = 1 << 16
_REAP_SECONDS = 1.0  # for what was killed just now
_MOST_READS = 32  # at once: more than a pipe holds (/proc/sys/fs/pipe-max-size, 1 MiB)


class ChangeCommand:
    """One run at a time, each with one event as a line of JSON on its standard input.

    A run has a session of its own, and all that it started is ended with it: when it exits, after 30 s, and at `close`.
    It inherits no descriptor of ours but /dev/null as its output, and no signal set-up.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], clock: Clock) -> None:
        self._command = tuple(command)
        self._environ = {name: value for name, value in environ.items() if name != "NOTIFY_SOCKET"}
        self._clock = clock
        self._waiting: deque[bytes] = deque()
        self._running: subprocess.Popen[bytes] | None = None
        self._until_mono = 0.0
        self._last_words = b""

    def put(self, event: Mapping[str, object]) -> None:
        """Run the command with that event, now or after those that wait. Nothing happens without a command."""
        if not self._command:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._failed("dropped: the runs before it take too long")
        self._waiting.append(orjson.dumps(event, default=str) + b"\n")
        self.look()

    def descriptors(self) -> list[int]:
        """What to wait for, to be readable: the run's standard error."""
        stderr = self._open_stderr
        return [] if stderr is None else [stderr.fileno()]

    def look(self) -> None:
        """See what became of the run, and start the next one. Never waits; call it each second or more often."""
        if self._running is not None:
            exited = has_exited(self._running.pid)  # before what it wrote is read, so that nothing can come after
            self._read()
            if exited:
                self._end("")
            elif self._clock.mono() >= self._until_mono:
                self._end(f"killed after {LONGEST_SECONDS:g} s")
        if self._running is None and self._waiting:
            self._start(self._waiting.popleft())

    def close(self) -> None:
        """The observer ends, and what still runs or waits with it."""
        for _ in self._waiting:
            self._failed("not run: the observer ends")
        self._waiting.clear()
        if self._running is not None:
            exited = has_exited(self._running.pid)
            self._read()
            self._end("" if exited else "killed: the observer ends")

    @property
    def running(self) -> bool:
        """Whether a run has not ended, or one waits to begin."""
        return self._running is not None or bool(self._waiting)

    @property
    def _open_stderr(self) -> IO[bytes] | None:
        """The run's, until its end is read: it may close it long before it exits."""
        stderr = None if self._running is None else self._running.stderr
        return None if stderr is None or stderr.closed else stderr

    def _start(self, line: bytes) -> None:
        self._last_words = b""
        try:
            self._running = subprocess.Popen(  # noqa: S603 - the user's own command
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # ValueError: a zero byte in an argument
            self._failed(str(error))
            return
        self._until_mono = self._clock.mono() + LONGEST_SECONDS
        if self._running.stdin is None or self._running.stderr is None:
            raise AssertionError("a run without pipes")
        os.set_blocking(self._running.stderr.fileno(), False)
        with suppress(OSError), self._running.stdin as stdin:  # EPIPE: it does not read, which is its own affair
            os.write(stdin.fileno(), line)  # far less than an empty pipe holds

    def _read(self) -> None:
        stderr = self._open_stderr
        if stderr is None:
            return
        with suppress(OSError):  # EAGAIN: no more for now
            for _ in range(_MOST_READS):
                data = os.read(stderr.fileno(), _READ_BYTES)
                self._last_words = (self._last_words + data)[-_LAST_WORDS_BYTES:]
                if not data:
                    stderr.close()  # else it would be readable at once for as long as the run goes on
                    return

    def _end(self, why: str) -> None:
        """End what is left of the run; ``why`` empty: it exited by itself."""
        run = self._running
        if run is None:
            return
        signal_group(run.pid, signal.SIGKILL)  # not reaped yet, so the number is still the run's
        status = None
        with suppress(subprocess.TimeoutExpired):  # a program of another user's, as by sudo, can't be killed
            status = run.wait(_REAP_SECONDS)
        self._running = None
        if run.stderr is not None:
            run.stderr.close()
        if why or status:
            self._failed(why or f"status {status}", self._last_words)

    def _failed(self, error: str, last_words: bytes = b"") -> None:
        stderr = last_words.decode(errors="replace").strip()
        log.warning("sla.on_change_failed", command=self._command[0], error=error, stderr=stderr)
