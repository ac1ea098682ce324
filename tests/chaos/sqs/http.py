"""HTTP/1.1 as SQS's clients speak it, on a connection that can also be made to fail."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import cast

from chaos.sqs.clients import client_pid

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
TARGET = b"x-amz-target:"
REASONS = {200: "OK", 400: "Bad Request", 500: "Internal Server Error", 503: "Service Unavailable"}
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger on, for no time: close sends RST instead of FIN

Serve = Callable[["HttpConnection", str, bytes], Awaitable[None]]
"""Given the connection, the operation and the body of a request; answers it by the connection."""


class HttpConnection(asyncio.Protocol):
    """One client's connection. It has one request under way at a time, so that answers come in order."""

    def __init__(self, serve: Serve, clients_below: int) -> None:
        self._serve = serve
        self._clients_below = clients_below
        self._received = b""
        self._busy = False
        self._deaf = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None
        self.pid: int | None = None

    @property
    def closed(self) -> bool:
        """Whether an answer would reach nobody."""
        return self._transport is None or self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find out who it is while it surely lives."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.pid = client_pid(transport.get_extra_info("peername")[1], self._clients_below)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """What is under way goes on: SQS serves a poll whose client has gone."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Gather."""
        if not self._deaf:
            self._received += data
            self._next()

    def answer(self, status: int, body: bytes, headers: str = "") -> None:
        """A whole answer."""
        self._write(_head(status, len(body), headers) + body)

    def truncate(self, body: bytes) -> None:
        """Half an answer, and the end."""
        self._write(_head(200, len(body)) + body[: len(body) // 2])
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """End it as a host does that knows of no such connection."""
        if self._transport is not None:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._transport.abort()

    def go_silent(self) -> None:
        """As if the way between the two had been cut: nothing is heard or said any more."""
        self._deaf = True

    def _next(self) -> None:
        """Take up the next whole request, if there is one and nothing is under way."""
        head, separator, rest = self._received.partition(END_OF_HEAD)
        if self._busy or not separator:
            return
        length = int(_field(head, LENGTH) or b"0")
        if len(rest) < length:
            return
        self._received = rest[length:]
        operation = _field(head, TARGET).rpartition(b".")[2].decode()
        self._busy = True
        task = asyncio.get_running_loop().create_task(self._run(operation, rest[:length]))
        self._tasks.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        task.result()  # raises, to the loop's exception handler, what a defect of ours raised

    async def _run(self, operation: str, body: bytes) -> None:
        await self._serve(self, operation, body)
        self._busy = False
        if not self._deaf:
            self._next()

    def _write(self, data: bytes) -> None:
        if not self.closed and not self._deaf and self._transport is not None:
            self._transport.write(data)


def _head(status: int, length: int, headers: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status} {REASONS[status]}\r\ndate: {formatdate(usegmt=True)}\r\n"
        f"content-type: application/x-amz-json-1.0\r\n{headers}content-length: {length}\r\n\r\n"
    ).encode()


def _field(head: bytes, name: bytes) -> bytes:
    """A header's value; b"" without it."""
    for line in head.split(b"\r\n")[1:]:
        if line[: len(name)].lower() == name:
            return line[len(name) :].strip()
    return b""
