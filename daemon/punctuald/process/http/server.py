"""Serves pages over HTTP from the observer's one loop, which no client can hold up."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Mapping
from contextlib import suppress

from punctuald.clock import Clock

from .connection import LONGEST_REQUEST_BYTES, HttpConnection
from .refusals import Refusals
from .site import Site

CLIENT_SECONDS = 5.0
"""So long a client has for all of it, from its connection to the end of the answer."""

_REST_SECONDS = 1.0  # where no descriptor is left for one more client
_MOST_ACCEPTED = 64  # in one turn, so that the loop comes to its other duties


class HttpServer:
    """Never waits. Of more clients than `policy.clients.admission` lets in the excess is refused with 503.

    ``listening``: a socket that does not block; it is the server's from now on.
    """

    def __init__(self, listening: socket.socket, site: Site, clock: Clock) -> None:
        self._listening = listening
        self._site = site
        self._clock = clock
        self._connections: dict[int, HttpConnection] = {}
        self._rests_until_mono = 0.0
        self._refusals = Refusals(listening.getsockname()[1], clock)

    def awaited(self) -> Mapping[int, int]:
        """What to wait for: events by descriptor, as `select.poll` takes them."""
        awaited = {number: connection.awaited for number, connection in self._connections.items()}
        if self._clock.mono() >= self._rests_until_mono:
            awaited[self._listening.fileno()] = select.POLLIN
        return awaited

    def serve(self, found: Mapping[int, int]) -> None:
        """``found``: what `select.poll` found, of any descriptors."""
        utc = self._clock.utc()
        for number in [number for number in self._connections if number in found]:
            self._connections[number].go_on(self._site.answer, utc)
        now_mono = self._clock.mono()
        for connection in list(self._connections.values()):
            if connection.is_over or now_mono >= connection.until_mono:
                self._hang_up(connection)
        if found.get(self._listening.fileno(), 0) & select.POLLIN:
            self._accept_some(now_mono)

    def close(self) -> None:
        """Hang up on everybody, and listen no more."""
        for connection in list(self._connections.values()):
            self._hang_up(connection)
        self._listening.close()

    def _accept_some(self, now_mono: float) -> None:
        try:
            for _ in range(_MOST_ACCEPTED):
                connected, _address = self._listening.accept()
                refusal = self._refusals.refusal(len(self._connections))
                if refusal is None:
                    self._connections[connected.fileno()] = HttpConnection(connected, now_mono + CLIENT_SECONDS)
                else:
                    _refuse(connected, refusal)
        except OSError as error:  # BlockingIOError: nobody else is there; ECONNABORTED: whoever it was is gone again
            if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                self._rests_until_mono = now_mono + _REST_SECONDS

    def _hang_up(self, connection: HttpConnection) -> None:
        del self._connections[connection.fileno()]
        connection.close()


def _refuse(connected: socket.socket, refusal: bytes) -> None:
    with connected:
        connected.settimeout(0)
        connected.send(refusal)  # into an empty buffer: it has room
        with suppress(OSError):  # what is not read makes of the end a reset, which can overtake the answer
            connected.recv(LONGEST_REQUEST_BYTES)
