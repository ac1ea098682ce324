"""One persistent HTTP/1.1 connection on the event loop, plain or over TLS, for one request at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from .http import AnswerError, AnswerParser, HttpAnswer, OversizedAnswer, TruncatedAnswer, read_whole


class ConnectionFailed(Exception):
    """A request got no answer. The classes below say how far it came."""


class CannotConnect(ConnectionFailed):
    """No such host, nobody there, or no way to it."""


class ConnectTimedOut(ConnectionFailed):
    """Nobody answered the attempt to connect."""


class NotTrusted(ConnectionFailed):
    """TLS failed: a certificate that none of our authorities vouches for, another host's, or no TLS at all."""


class ReadTimedOut(ConnectionFailed):
    """Connected, asked, and heard nothing for too long; ``began``: after at least one byte of the answer."""

    def __init__(self, text: str, *, began: bool) -> None:
        super().__init__(text)
        self.began = began


class ConnectionLost(ConnectionFailed):
    """Reset or closed before the end of the answer, or what came was no answer."""


class AnswerTooLarge(ConnectionFailed):
    """More comes than we take in. Asked again in the same way, it would come again."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect; ``tls`` None speaks in the clear. ``host`` is a name or an address, IPv6 without brackets."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class Connection(asyncio.BufferedProtocol):
    """``buffer`` takes what arrives and is empty again when `buffer_updated` returns: connections may share one.

    ``deadline_mono`` (the loop's clock) is when whoever sweeps the connections ends a request under way;
    ``idle_since_mono`` is when the last one ended.
    """

    __slots__ = ("_answer", "_buffer", "_loop", "_on_lost", "_parser", "_transport", "deadline_mono", "idle_since_mono")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, buffer: memoryview, on_lost: Callable[[Connection], None]
    ) -> None:
        self._loop = loop
        self._buffer = buffer
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[HttpAnswer] | None = None  # of the request under way
        self._parser: AnswerParser | None = None  # of an answer that came in part
        self.deadline_mono = 0.0
        self.idle_since_mono = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it may carry a request, as far as the loop has heard."""
        return self._transport is not None

    def ask(self, request: bytes) -> asyncio.Future[HttpAnswer]:
        """Send; the answer. It fails with a `ConnectionFailed`, or `TruncatedAnswer` if the connection ended first.

        Whoever stops waiting for it must `abort`: a connection that is half read never carries another request.
        """
        answer = self._answer = self._loop.create_future()
        if self._transport is None:
            self._fail(TruncatedAnswer(began=False))
        else:
            self._transport.write(request)
        return answer

    def end_at_deadline(self, waited_seconds: float) -> None:
        """Give up the request under way: it heard nothing for too long."""
        self._fail(ReadTimedOut(f"no answer within {waited_seconds:g} s", began=self._parser is not None))

    def abort(self) -> None:
        """Close at once, without a farewell."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.BaseProtocol`."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own are no subclasses of it

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # the port's signature
        """See `asyncio.BufferedProtocol`."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """See `asyncio.BufferedProtocol`."""
        if self._answer is None:  # bytes that nobody asked for
            self.abort()
            return
        data = self._buffer[:nbytes].tobytes()
        answer = read_whole(data) if self._parser is None else None
        if answer is None:
            answer = self._take_piece(data)
        if answer is not None:
            self._finish(answer)

    def eof_received(self) -> None:
        """See `asyncio.BaseProtocol`. It may be what ends an answer without a length."""
        parser = self._parser
        if parser is None or self._answer is None:
            return
        try:
            self._finish(parser.end())
        except AnswerError as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.BaseProtocol`: reset, closed, or TLS ended without its farewell."""
        self._transport = None
        if self._answer is not None:
            truncated = TruncatedAnswer(began=self._parser is not None)
            truncated.__cause__ = exc
            self._fail(truncated)
        self._on_lost(self)

    def _take_piece(self, data: bytes) -> HttpAnswer | None:
        if self._parser is None:
            self._parser = AnswerParser()
        try:
            return self._parser.feed(data)
        except OversizedAnswer as error:
            self._fail(AnswerTooLarge(str(error)))
        except AnswerError as error:
            self._fail(ConnectionLost(str(error)))
        return None

    def _finish(self, answer: HttpAnswer) -> None:
        asked, self._answer, self._parser = self._answer, None, None
        if asked is not None and not asked.done():
            asked.set_result(answer)

    def _fail(self, error: Exception) -> None:
        asked, self._answer, self._parser = self._answer, None, None
        if asked is not None and not asked.done():
            asked.set_exception(error)
        self.abort()
