"""What proxies before AWS's services have in common: a call is taken, passed on, and answered with a date of theirs."""

from __future__ import annotations

import http.client
import threading
import time
from abc import ABC, abstractmethod
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

LOOPBACK = "127.0.0.1"
NOT_PASSED_ON = frozenset({"date", "server", "connection", "content-length", "transfer-encoding"})
TIMEOUT_SECONDS = 30
LOOK_SECONDS = 0.02

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and content."""


def operation_of(headers: dict[str, str]) -> str:
    """What a call asks for."""
    return headers["x-amz-target"].partition(".")[2]


def refusal(status: int, code: str) -> Answer:
    """As Kinesis and DynamoDB refuse a call."""
    return status, {"content-type": "application/x-amz-json-1.1"}, orjson.dumps({"__type": code, "message": "no"})


class Proxy(ABC):
    """``with … as proxy``: it listens at ``proxy.url``, before the server at the URL ``behind``.

    ``ahead_seconds``: by how much its clock, whose dates its answers bear, is ahead of this machine's.
    """

    def __init__(self, behind: str, ahead_seconds: float = 0.0) -> None:
        self.ahead_seconds = ahead_seconds
        self._to = urlsplit(behind).netloc
        self._server = self._listen(0)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop_serving()
        self._thread.join()
        self._server.server_close()

    @abstractmethod
    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        """To a call with these headers, in lower case. `ConnectionAbortedError` cuts its connection instead."""

    def now_utc(self) -> float:
        """By its clock."""
        return time.time() + self.ahead_seconds

    def pass_on(self, headers: dict[str, str], body: bytes) -> Answer:
        """What the server behind it answers."""
        connection = http.client.HTTPConnection(self._to, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", "/", body, {**headers, "connection": "close"})
            answer = connection.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in NOT_PASSED_ON}
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def _listen(self, port: int) -> ThreadingHTTPServer:
        return ThreadingHTTPServer((LOOPBACK, port), self._connected)

    def _connected(self, *connection: Any) -> ProxyHandler:
        """Serves one connection."""
        return ProxyHandler(self, *connection)

    def _serve(self) -> None:
        self._server.serve_forever(LOOK_SECONDS)

    def _stop_serving(self) -> None:
        self._server.shutdown()


class ProxyHandler(BaseHTTPRequestHandler):
    """One connection of a proxy's."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, proxy: Proxy, *connection: Any) -> None:
        self._proxy = proxy
        super().__init__(*connection)  # which serves it to its end

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionAbortedError:
            self.close_connection = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        sent = {name.lower(): value for name, value in self.headers.items()}
        status, headers, content = self._proxy.answer(sent, body)
        self.send_response_only(status)
        for name, value in {**headers, "date": formatdate(self._proxy.now_utc(), usegmt=True)}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """The proxy itself remembers what goes by."""
