"""An HTTP server on a bare socket that answers as it is told, however wrong, and remembers what it was asked."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

import orjson

DATE_OF_SENDING = "date of sending"
"""Stands for it in a reply, which may be made long before it is sent: a date of then would be that of a wrong clock."""

LOCALHOST = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


@dataclass(frozen=True)
class Request:
    """What came, and on which connection: they are numbered from 1."""

    connection: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is sent back for one request, and whether the connection ends then."""

    data: bytes = b""
    close: bool = False


def reply(
    content: Any = None, status: str = "200 OK", *, body: bytes | None = None, close: bool = False, **headers: str
) -> Reply:
    """A whole answer. ``content`` goes as JSON; underscores in header names become hyphens."""
    sent = orjson.dumps(content if content is not None else {}) if body is None else body
    fields = {"date": DATE_OF_SENDING, "content-type": "application/x-amz-json-1.0", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return Reply(f"HTTP/1.1 {status}\r\n{lines}content-length: {len(sent)}\r\n\r\n".encode() + sent, close)


SILENCE = None
"""In the place of a reply: none ever comes."""


class CannedServer:
    """Each request takes the next reply, on whatever connection it comes; without one left, connections end."""

    def __init__(
        self, *replies: Reply | None, tls: ssl.SSLContext | None = None, family: socket.AddressFamily = socket.AF_INET
    ) -> None:
        self.requests: list[Request] = []
        self._replies: SimpleQueue[Reply | None] = SimpleQueue()
        for each in replies:
            self._replies.put(each)
        self._tls = tls
        self._family = family
        self._listening = socket.create_server((LOCALHOST[family], 0), family=family)
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def host(self) -> str:
        return LOCALHOST[self._family]

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if self._family is socket.AF_INET6 else self.host
        return f"{'http' if self._tls is None else 'https'}://{host}:{self.port}"

    @property
    def connections(self) -> list[int]:
        """The number of the connection that each request came on."""
        return [request.connection for request in self.requests]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for each in (self._listening, *self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)  # ends an accept or a recv that waits in a thread; close does not
            except OSError:
                continue  # not connected any more
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            number += 1
            self._threads.append(threading.Thread(target=self._serve, args=(plain, number), daemon=True))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        with plain:
            try:
                connected = plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True)
                self._open.append(connected)
                with connected, connected.makefile("rb") as stream:
                    while self._answer_one(connected, stream, number):
                        pass
            except OSError:
                return  # the client went away, or did not trust us

    def _answer_one(self, connected: socket.socket, stream: Any, number: int) -> bool:
        if not stream.readline():
            return False
        headers = {}
        while line := stream.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        self.requests.append(Request(number, headers, stream.read(int(headers.get("content-length", 0)))))
        try:
            given = self._replies.get_nowait()
        except Empty:
            return False
        if given is None:
            return bool(stream.read(1))
        connected.sendall(given.data.replace(DATE_OF_SENDING.encode(), formatdate(usegmt=True).encode()))
        return not given.close
