"""Just enough HTTP/1.1 for the clients of AWS's JSON protocols, and nothing that costs time."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import cast

HEAD = (
    b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b"
)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class AnsweringProtocol(asyncio.Protocol):
    """One connection. Requests are answered in their order; a client that pipelines is not expected.

    ``target`` is what operations begin with in their header, in small letters. ``latency_seconds`` passes between a
    request and its being looked at: it limits no number of calls under way.
    """

    def __init__(self, target: bytes, latency_seconds: float = 0.0) -> None:
        self._target = target
        self._latency_seconds = latency_seconds
        self._received = b""
        self._transport: asyncio.Transport | None = None

    @abstractmethod
    def answer(self, operation: str, body: bytes) -> None:
        """Say it by `send`, now or later. ``operation`` is in small letters."""

    def send(self, content: bytes) -> None:
        """The answer to one request."""
        # Without a copy of the content into another buffer; a client that is gone needs no answer.
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(HEAD % (len(content), content))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods only

    def data_received(self, data: bytes) -> None:
        """Take up whole requests."""
        self._received = data if not self._received else self._received + data
        while True:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._received[:end].lower()  # hyper writes header names in small letters, others do not
            length = _content_length(head)
            body = self._received[end + 4 : end + 4 + length]
            if len(body) < length:
                if not body and b"100-continue" in head and self._transport is not None:
                    self._transport.write(CONTINUE)
                return
            self._received = self._received[end + 4 + length :]
            self._answer(self._operation_in(head), body)

    def _answer(self, operation: str, body: bytes) -> None:
        if self._latency_seconds:
            asyncio.get_running_loop().call_later(self._latency_seconds, self.answer, operation, body)
        else:
            self.answer(operation, body)

    def _operation_in(self, head: bytes) -> str:
        begin = head.find(self._target) + len(self._target)
        end = head.find(b"\r\n", begin)
        return head[begin : end if end >= 0 else None].strip().decode()


def _content_length(head: bytes) -> int:
    begin = head.find(b"content-length:")
    if begin < 0:
        return 0
    end = head.find(b"\r\n", begin)
    return int(head[begin + 15 : end if end >= 0 else None])
