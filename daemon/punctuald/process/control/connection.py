"""One client of the control socket: its question comes, it waits for its answer, the answer goes."""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping

from punctuald.clock import Clock

from .protocol import LONGEST_QUESTION_BYTES, answer_line, error_line

ASK_SECONDS = 5.0
"""A client has so long to ask its question."""
ANSWER_SECONDS = 15.0
"""And its answer takes so long at most, until it is read."""
PATIENCE_SECONDS = 1.0
"""One that has had us wait for so long makes room where another one waits for it."""


_READ_BYTES = 1 << 16


class Connection:
    """Never waits and never raises: what a client does can end its own connection only. What it sends beyond its
    question is read and thrown away until it closes: to close while something is unread would reset it, and it would
    read that in place of its answer.

    ``asked``: the question's line, once all of it is there; "" where more than a line's worth came without an end.
    """

    def __init__(self, connected: socket.socket, clock: Clock) -> None:
        connected.settimeout(0)
        self._socket = connected
        self._came = b""
        self._answer: bytes | None = None
        self._sends_more = False
        self._clock = clock
        self._waits_since_mono = clock.mono()  # for this client to ask, or to read more
        self.until_mono = clock.mono() + ASK_SECONDS
        self.asked: bytes | None = None
        self.is_over = False

    def fileno(self) -> int:
        """For selectors."""
        return self._socket.fileno()

    @property
    def awaited(self) -> int:
        """What to wait for, as `select.poll` has it; 0 where the answer is not there yet, so that only a client that
        is gone is heard of."""
        if self._answer is not None:
            return select.POLLIN if self.is_answered else select.POLLOUT
        return select.POLLIN if self.asked is None else 0

    @property
    def is_answered(self) -> bool:
        """Whether all of the answer is sent."""
        return self._answer == b""

    @property
    def waited_seconds(self) -> float:
        """For how long this client has had us wait; 0 while it waits for us."""
        return self._clock.mono() - self._waits_since_mono if self.awaited else 0.0

    def read(self) -> None:
        """What came of the question, or behind it."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if self.is_answered:
            self.is_over = not data
        else:
            self._take(data)

    def _take(self, data: bytes) -> None:
        self._came += data
        line, ended, rest = self._came.partition(b"\n")
        self._sends_more = bool(rest) or len(line) > LONGEST_QUESTION_BYTES
        if len(line) > LONGEST_QUESTION_BYTES:
            self.asked = b""
            self.refuse(f"a question has at most {LONGEST_QUESTION_BYTES} bytes")
        elif ended:
            self.asked, self.until_mono = line, self._clock.mono() + ANSWER_SECONDS
        elif not data:
            self.is_over = True

    def answer(self, answer: Mapping[str, object]) -> None:
        """Say that, as far as the client takes it."""
        self._say(answer_line(answer))

    def refuse(self, text: str) -> None:
        """Say what is wrong with the question, or why it can't be answered."""
        self._say(error_line(text))

    def _say(self, line: bytes) -> None:
        if self._answer is None and not self.is_over:
            self._answer, self._waits_since_mono = line, self._clock.mono()
            self.write()

    def write(self) -> None:
        """What the client takes now."""
        try:
            sent = self._socket.send(self._answer or b"", socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return
        except OSError:  # gone before the answer came
            self.is_over = True
            return
        self._answer, self._waits_since_mono = (self._answer or b"")[sent:], self._clock.mono()
        if self.is_answered:
            self._end_answer()

    def _end_answer(self) -> None:
        self.is_over = not self._sends_more
        try:
            self._socket.shutdown(socket.SHUT_WR)  # who reads up to the end must not wait for us
        except OSError:  # gone
            self.is_over = True

    def hang_up(self) -> None:
        """It is over, or the observer ends."""
        self.is_over = True
        self._socket.close()
