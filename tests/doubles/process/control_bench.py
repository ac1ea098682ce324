"""A control server in the test's own thread, and clients of its socket."""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from punctuald.clock import ManualClock
from punctuald.process.control.protocol import question_line
from punctuald.process.control.server import ControlServer, Reply

READY = question_line("ready", {})
LARGE = {"text": "x" * 4_000_000}
"""Far more than a socket's buffer takes."""


class ControlBench:
    """It is served only when the test says so, so whatever waited would hang the test.

    ``later`` are the replies of those who asked «later», and are not answered by themselves.
    """

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.path = path
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listening.bind(str(path))
        self.listening.listen(64)
        self.listening.settimeout(0)
        self.later: list[Reply] = []
        answerers = {
            "ready": lambda _arguments, reply: reply.answer({"ready": True}),
            "echo": lambda arguments, reply: reply.answer(arguments),
            "large": lambda _arguments, reply: reply.answer(LARGE),
            "later": lambda _arguments, reply: self.later.append(reply),
            "defect": lambda _arguments, _reply: dict[str, int]()["nothing"],
        }
        self.server = ControlServer(self.listening, answerers, self.clock)
        self.clients: list[socket.socket] = []

    def connect(self, data: bytes = b"") -> socket.socket:
        """A client that has said that."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(5)
        client.connect(str(self.path))
        client.sendall(data)
        self.clients.append(client)
        return client

    def serve(self) -> None:
        """As long as there is anything to do."""
        while True:
            poll = select.poll()
            for number, events in self.server.awaited().items():
                poll.register(number, events)
            found = dict(poll.poll(0))
            self.server.serve(found)
            if not found:
                return

    def asked(self, question: bytes) -> Mapping[str, Any]:
        """What a new client is answered, the number of the protocol and the version included."""
        client = self.connect(question)
        self.serve()
        return answer(client)

    def close(self) -> None:
        """Hang up, at both ends."""
        self.server.close()
        for each in (self.listening, *self.clients):
            each.close()


def answer(client: socket.socket) -> Mapping[str, Any]:
    """One line, after which it hangs up."""
    pieces = []
    while data := client.recv(1 << 16):
        pieces.append(data)
    answered = orjson.loads(b"".join(pieces))
    assert isinstance(answered, dict)
    return answered
