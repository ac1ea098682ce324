"""A connection for each thread that calls: two never wait for one another, nor read each other's answers."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .connection import Connection
from .http_answer import HttpAnswer


class Connections:
    """Safe for threads. Each one's connection is made at its first call, by ``make``."""

    def __init__(self, make: Callable[[], Connection]) -> None:
        self._make = make
        self._own = threading.local()
        self._all: list[_Guarded] = []
        self._closing = threading.Event()

    def exchange(self, request: bytes) -> HttpAnswer:
        """See `Connection.exchange`."""
        own = self._of_this_thread()
        try:
            with own.busy:
                return own.connection.exchange(request)
        finally:
            if self._closing.is_set():
                own.close_if_idle()

    def close(self) -> None:
        """Close all that are idle; the others close when their answer is there."""
        self._closing.set()
        for guarded in list(self._all):
            guarded.close_if_idle()

    def _of_this_thread(self) -> _Guarded:
        own: _Guarded | None = getattr(self._own, "guarded", None)
        if own is None:
            own = self._own.guarded = _Guarded(self._make())
            self._all.append(own)
        return own


class _Guarded:
    """A connection that another thread may close, but not under the feet of its own."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.busy = threading.Lock()

    def close_if_idle(self) -> None:
        if self.busy.acquire(blocking=False):
            try:
                self.connection.close()
            finally:
                self.busy.release()
