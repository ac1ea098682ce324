"""The way to an SQS server of one region: open, shut in each of the ways in which a region can be away, or with a clock
of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from enum import Enum, auto
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any

import orjson

from doubles.source.proxy import LOOK_SECONDS, LOOPBACK, Answer, Proxy, ProxyHandler, operation_of

SLOW_SECONDS = 5
MANY = 64


class Way(Enum):
    """What becomes of a call."""

    OPEN = auto()
    REFUSED = auto()  # nobody listens, and what was connected is reset
    BLACK_HOLE = auto()  # packets get no answer, those that connect included
    SILENT = auto()  # connections are taken, and nothing is answered
    ERRORS = auto()  # 503 to everything
    SLOW = auto()  # each answer takes seconds


class RegionGate(Proxy):
    """On one port of 127.0.0.1, whatever becomes of it.

    ``ahead_seconds``: by how much its clock is ahead of this machine's, in answers' dates and in messages' times of
    sending. ``taken`` are the operations that were let through.
    """

    def __init__(self, endpoint_url: str, ahead_seconds: float = 0.0) -> None:
        super().__init__(endpoint_url, ahead_seconds)
        self.taken: list[str] = []
        self.connections: set[socket.socket] = set()
        self._way = Way.OPEN
        self._plugs: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closed = False

    def set(self, way: Way) -> None:
        """From now on, for calls under way too, but for those that were passed on already."""
        with self._lock:
            before, self._way = self._way, way
            if before is Way.REFUSED and way is not Way.REFUSED:
                self._server = self._listen(self.port)
            if way is Way.REFUSED:
                self._server.server_close()
                self._reset()
            if way is Way.BLACK_HOLE:
                self._plug()
            elif before is Way.BLACK_HOLE:
                self._unplug()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.set(Way.OPEN)
        super().__exit__(kind, error, traceback)
        self._reset()

    def _listen(self, port: int) -> ThreadingHTTPServer:
        return GateServer((LOOPBACK, port), self._connected)

    def _connected(self, *connection: Any) -> GateHandler:
        return GateHandler(self, *connection)

    def _serve(self) -> None:
        while not self._closed:
            with self._lock:
                accepts = self._way not in {Way.REFUSED, Way.BLACK_HOLE}
                if accepts:
                    with contextlib.suppress(OSError, ValueError):
                        self._server.handle_request()
            time.sleep(0 if accepts else LOOK_SECONDS)

    def _stop_serving(self) -> None:
        self._closed = True

    def _plug(self) -> None:
        """Fill the kernel's queue of connections that nobody takes: it drops what more comes."""
        while True:
            plug = socket.socket()
            plug.settimeout(0.2)
            self._plugs.append(plug)
            try:
                plug.connect((LOOPBACK, self.port))
            except OSError:
                return

    def _unplug(self) -> None:
        for plug in self._plugs:
            plug.close()
        self._plugs.clear()

    def _reset(self) -> None:
        for connection in tuple(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _wait_for_a_way(self) -> bool:
        """Whether the call is to be passed on, once that is known."""
        if self._way is Way.SLOW:
            time.sleep(SLOW_SECONDS)
        while self._way in {Way.SILENT, Way.BLACK_HOLE} and not self._closed:
            time.sleep(LOOK_SECONDS)
        return self._way is not Way.ERRORS

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        """What is answered already waits for a way back, too."""
        answer = self._answered(headers, body)
        self._wait_for_a_way()
        return answer

    def _answered(self, headers: dict[str, str], body: bytes) -> Answer:
        if not self._wait_for_a_way():
            return 503, {}, orjson.dumps({"__type": "ServiceUnavailable", "message": "away"})
        self.taken.append(operation_of(headers))
        status, kept, content = self.pass_on(headers, body)
        return status, kept, self._on_its_clock(content)

    def _on_its_clock(self, content: bytes) -> bytes:
        if not self.ahead_seconds or b"SentTimestamp" not in content:
            return content
        answer: dict[str, Any] = orjson.loads(content)
        for message in answer["Messages"]:
            system = message["Attributes"]
            system["SentTimestamp"] = str(int(system["SentTimestamp"]) + round(self.ahead_seconds * 1000))
        return orjson.dumps(answer)


class GateServer(ThreadingHTTPServer):
    """Its queue of connections that nobody takes yet has room for all clients."""

    request_queue_size = MANY
    timeout = LOOK_SECONDS


class GateHandler(ProxyHandler):
    """One connection, which the gate may reset at any time."""

    def __init__(self, gate: RegionGate, *connection: Any) -> None:
        self._gate = gate
        super().__init__(gate, *connection)

    def setup(self) -> None:
        super().setup()
        self._gate.connections.add(self.connection)

    def finish(self) -> None:
        self._gate.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()
