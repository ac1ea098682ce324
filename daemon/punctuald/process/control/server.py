"""Answers those who connect to the control socket: a line each, from one loop that nobody can hold up."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

import orjson

from punctuald.clock import Clock

LONGEST_LINE_BYTES = 1024
MOST_CLIENTS = 16
CLIENT_SECONDS = 5.0
"""A client has so long to ask its question. Who comes while `MOST_CLIENTS` are there waits in the kernel's line."""

_REST_SECONDS = 1.0  # where no descriptor is left for one more client

Verb = Callable[[], Mapping[str, object]]
"""Answers one question."""


class _Client:
    """Somebody who is connected and has not asked yet."""

    def __init__(self, connected: socket.socket, until_mono: float) -> None:
        self.socket = connected
        self.until_mono = until_mono
        self.asked = b""


class ControlServer:
    """One question and one answer a connection: a verb and a line's end, then a line of JSON. Never waits.

    ``verbs`` are the questions that are known. To another one the answer is an error.
    """

    def __init__(self, listening: socket.socket, verbs: Mapping[str, Verb], clock: Clock) -> None:
        self._listening = listening
        self._verbs = verbs
        self._clock = clock
        self._clients: dict[int, _Client] = {}
        self._rests_until_mono = 0.0

    def descriptors(self) -> list[int]:
        """What to wait for, to be readable."""
        full = len(self._clients) >= MOST_CLIENTS or self._clock.mono() < self._rests_until_mono
        return [*self._clients] if full else [self._listening.fileno(), *self._clients]

    def serve(self, readable: Mapping[int, int]) -> None:
        """``readable``: what `select.poll` found, of any descriptors."""
        if readable.get(self._listening.fileno(), 0) & select.POLLIN:
            self._accept()
        for number in [number for number in self._clients if number in readable]:
            self._read(self._clients[number])
        for client in [client for client in self._clients.values() if self._clock.mono() >= client.until_mono]:
            self._hang_up(client)

    def close(self) -> None:
        """Hang up on everybody. The listening socket is the supervisor's too, and stays."""
        for client in list(self._clients.values()):
            self._hang_up(client)

    def _accept(self) -> None:
        try:
            connected, _ = self._listening.accept()
        except OSError as error:  # BlockingIOError and ECONNABORTED: whoever it was is gone again
            if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                self._rests_until_mono = self._clock.mono() + _REST_SECONDS
            return
        connected.settimeout(0)
        self._clients[connected.fileno()] = _Client(connected, self._clock.mono() + CLIENT_SECONDS)

    def _read(self, client: _Client) -> None:
        try:
            data = client.socket.recv(LONGEST_LINE_BYTES + 1)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        client.asked += data
        line, ended, _ = client.asked.partition(b"\n")
        if ended and len(line) <= LONGEST_LINE_BYTES:
            self._answer(client, self._answer_to(line))
        elif len(client.asked) > LONGEST_LINE_BYTES:
            self._answer(client, {"error": f"a line has at most {LONGEST_LINE_BYTES} bytes"})
        elif not data:
            self._hang_up(client)

    def _answer_to(self, line: bytes) -> Mapping[str, object]:
        verb = self._verbs.get(line.strip().decode(errors="replace"))
        return verb() if verb else {"error": f"unknown; known are: {', '.join(self._verbs)}"}

    def _answer(self, client: _Client, answer: Mapping[str, object]) -> None:
        with suppress(OSError):  # gone before the answer came
            client.socket.send(orjson.dumps(answer) + b"\n", socket.MSG_NOSIGNAL)  # into an empty buffer: it has room
        self._hang_up(client)

    def _hang_up(self, client: _Client) -> None:
        del self._clients[client.socket.fileno()]
        client.socket.close()
