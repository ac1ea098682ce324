"""One client: its request, the answer, and the end. Never waits for it."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

import h11

from .answer import Answer, head_of, plain

LONGEST_REQUEST_BYTES = 8192
"""Of the request line and its headers."""

_READ_BYTES = 1 << 16
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, for no time at all

Respond = Callable[[str, str, str], Answer]
"""Method, target and the Accept header of a request, to its answer."""


class HttpConnection:
    """One request a connection, then it is closed, so that clients which come and go share the little room fairly.
    What is sent behind a request is not read.

    ``until_mono`` is when the client has had time enough.
    """

    def __init__(self, connected: socket.socket, until_mono: float) -> None:
        connected.settimeout(0)
        self._socket = connected
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_REQUEST_BYTES)
        self._unsent: list[memoryview] = []
        self._is_answered = False
        self.until_mono = until_mono
        self.is_over = False

    def fileno(self) -> int:
        """Of its socket."""
        return self._socket.fileno()

    @property
    def awaited(self) -> int:
        """What to wait for, as `select.poll` takes it."""
        return select.POLLOUT if self._unsent else select.POLLIN

    def go_on(self, respond: Respond, utc: float) -> None:
        """What was awaited is there: do what can be done at once. ``utc`` is now, in seconds since the epoch."""
        try:
            if self._unsent:
                self._send()
            elif self._is_answered:
                self._discard()
            else:
                self._read(respond, utc)
        except BlockingIOError:
            return
        except OSError:  # the client is gone
            self.is_over = True

    def close(self) -> None:
        """A client that is not through by now is reset: else the kernel would keep its answer for minutes, and there
        could be any number of those that never read theirs."""
        if not self.is_over:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        self._socket.close()

    def _read(self, respond: Respond, utc: float) -> None:
        data = self._socket.recv(_READ_BYTES)
        try:
            self._protocol.receive_data(data)
            event = self._protocol.next_event()
        except h11.RemoteProtocolError as error:
            self._answer(plain(HTTPStatus(error.error_status_hint), str(error)), utc)
            return
        if isinstance(event, h11.Request):
            self._answer(_answer_to(event, respond), utc, head_only=event.method == b"HEAD")
        elif not data:
            self.is_over = True

    def _answer(self, answer: Answer, utc: float, *, head_only: bool = False) -> None:
        self._is_answered = True
        head = head_of(answer, self._protocol, utc)
        self._unsent = [memoryview(part) for part in ((head,) if head_only else (head, answer.body))]
        self._send()

    def _send(self) -> None:
        self._unsent = _rest(self._unsent, self._socket.sendmsg(self._unsent))
        if not self._unsent:
            self._socket.shutdown(socket.SHUT_WR)

    def _discard(self) -> None:
        """Until the client closes as well. To close while something is unread would send a reset, which can take the
        answer away from a client that has not read it yet (RFC 9112, 9.6)."""
        self.is_over = not self._socket.recv(_READ_BYTES)


def _rest(parts: list[memoryview], sent: int) -> list[memoryview]:
    """What is left of ``parts`` after so many bytes. The pages' own bytes are sent, and never a copy of them."""
    while parts and sent >= len(parts[0]):
        sent -= len(parts[0])
        parts = parts[1:]
    return [parts[0][sent:], *parts[1:]] if parts else []


def _answer_to(request: h11.Request, respond: Respond) -> Answer:
    accept = b",".join(value for name, value in request.headers if name == b"accept")
    return respond(request.method.decode("latin-1"), request.target.decode("latin-1"), accept.decode("latin-1"))
