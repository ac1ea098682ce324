"""A pool of connections to one server, on one event loop.

The connection that was used last is used next, so that those which a quiet time leaves over grow old and are closed.
No call costs a timer: one for the whole pool waits for the earliest deadline of those under way.
"""

from __future__ import annotations

import asyncio
from math import inf

from .addresses import Addresses
from .connection import Connection, ConnectionLost, ReadTimedOut, Server
from .connector import CONNECT_TIMEOUT_SECONDS, Connector
from .http import HttpAnswer, TruncatedAnswer

IDLE_SECONDS = 50.0
"""A connection that was idle for longer is closed: many balancers between us and a server end it after a minute."""

CLOSING_SECONDS = 2.0
"""How long a release waits for sockets that were closed to be gone: they are within one turn of the loop."""

READ_BYTES = 65_536


class Connections:
    """Opened when needed; as many as there are calls under way. Shared by those that `hold` it, until all let go."""

    def __init__(
        self,
        server: Server,
        addresses: Addresses | None = None,
        connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._connector = Connector(server, addresses or Addresses(server.host, server.port), connect_timeout_seconds)
        self._idle_seconds = idle_seconds
        self._buffer = memoryview(bytearray(READ_BYTES))  # for all: each copies what it read before another reads
        self._idle: list[Connection] = []  # the one used last is the last
        self._busy: dict[Connection, float] = {}  # with the time that its answer may take
        self._open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._sweep_mono = inf
        self._holders = 0
        self._emptied: asyncio.Future[None] | None = None

    def hold(self) -> None:
        """To be called by each user, once."""
        self._holders += 1

    async def exchange(self, request: bytes, timeout_seconds: float, *, twice: bool = False) -> HttpAnswer:
        """Send and read the answer, which may take ``timeout_seconds``. Raises a `ConnectionFailed`.

        A server ends a connection that it has long heard nothing on at any time, so also while our request is on its
        way. One that was closed before the first byte of an answer is therefore sent once more, on a new connection.
        With ``twice`` that is done whatever became of the first, a time-out included: for requests that change nothing
        more when they are done again.
        """
        loop = asyncio.get_running_loop()
        connection = self._take_idle(loop.time())
        kept = connection is not None
        try:
            return await self._exchange(loop, connection or await self._connect(loop), request, timeout_seconds)
        except TruncatedAnswer as error:
            if error.began or not (kept or twice):
                raise ConnectionLost(str(error)) from error
        except ReadTimedOut as error:
            if error.began or not twice:
                raise
        try:
            return await self._exchange(loop, await self._connect(loop), request, timeout_seconds)
        except TruncatedAnswer as error:
            raise ConnectionLost(str(error)) from error

    async def release(self) -> None:
        """The end of a `hold`. After the last: idle connections are closed, the others when their answer is there."""
        self._holders -= 1
        if self._holders > 0:
            return
        self._close_idle()
        if not self._busy:
            self._stop_sweep()
        if self._open.difference(self._busy):
            self._emptied = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._emptied,), timeout=CLOSING_SECONDS)

    async def _exchange(
        self, loop: asyncio.AbstractEventLoop, connection: Connection, request: bytes, timeout_seconds: float
    ) -> HttpAnswer:
        """On this connection, which is kept if it may carry another request. Raises `TruncatedAnswer` as well."""
        try:
            answer = await self._ask(loop, connection, request, timeout_seconds)
        except BaseException:
            self._drop(connection)
            raise
        self._put_back(loop, connection, answer)
        return answer

    def _ask(
        self, loop: asyncio.AbstractEventLoop, connection: Connection, request: bytes, timeout_seconds: float
    ) -> asyncio.Future[HttpAnswer]:
        deadline_mono = connection.deadline_mono = loop.time() + timeout_seconds
        if deadline_mono < self._sweep_mono:
            self._sweep_at(loop, deadline_mono)
        self._busy[connection] = timeout_seconds
        return connection.ask(request)

    def _put_back(self, loop: asyncio.AbstractEventLoop, connection: Connection, answer: HttpAnswer) -> None:
        if not answer.reusable or self._holders <= 0:
            self._drop(connection)
            return
        del self._busy[connection]
        now_mono = connection.idle_since_mono = loop.time()
        self._idle.append(connection)
        oldest = self._idle[0]
        if now_mono - oldest.idle_since_mono >= self._idle_seconds:
            self._idle.remove(oldest)
            oldest.abort()

    def _drop(self, connection: Connection) -> None:
        del self._busy[connection]
        connection.abort()
        if self._holders <= 0 and not self._busy:
            self._stop_sweep()

    def _take_idle(self, now_mono: float) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and now_mono - connection.idle_since_mono < self._idle_seconds:
                return connection
            connection.abort()
        return None

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().abort()

    def _lost(self, connection: Connection) -> None:
        """Closed, by whomever."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._emptied is not None and not self._emptied.done() and not self._open.difference(self._busy):
            self._emptied.set_result(None)

    def _sweep_at(self, loop: asyncio.AbstractEventLoop, when_mono: float) -> None:
        self._stop_sweep()
        self._sweep = loop.call_at(when_mono, self._end_overdue, loop)
        self._sweep_mono = when_mono

    def _stop_sweep(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        self._sweep, self._sweep_mono = None, inf

    def _end_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        self._sweep, self._sweep_mono = None, inf
        now_mono = loop.time()
        for connection, timeout_seconds in list(self._busy.items()):
            if connection.deadline_mono <= now_mono:
                connection.end_at_deadline(timeout_seconds)
                self._close_idle()  # whatever swallowed that one's packets has likely swallowed theirs as well
        left = [each.deadline_mono for each in self._busy if each.deadline_mono > now_mono]
        if left:
            self._sweep_at(loop, min(left))

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> Connection:
        connection = await self._connector.connect(loop, lambda: Connection(loop, self._buffer, self._lost))
        if connection.is_open:  # else it was lost already, which its first request will tell
            self._open.add(connection)
        return connection
