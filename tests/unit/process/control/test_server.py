"""Whoever connects, and whatever they write or don't, the server answers the others and never waits."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from punctuald.clock import ManualClock
from punctuald.process.control.server import CLIENT_SECONDS, MOST_CLIENTS, ControlServer


class Bench:
    """A server in this very thread: it is served only when the test says so, so whatever waited would hang the test."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.path = path
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listening.bind(str(path))
        self.listening.listen(64)
        self.listening.settimeout(0)
        self.server = ControlServer(self.listening, {"ready": lambda: {"ready": True}}, self.clock)
        self.clients: list[socket.socket] = []

    def connect(self, data: bytes = b"") -> socket.socket:
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
            for number in self.server.descriptors():
                poll.register(number, select.POLLIN)
            readable = dict(poll.poll(0))
            self.server.serve(readable)
            if not readable:
                return

    def close(self) -> None:
        self.server.close()
        for each in (self.listening, *self.clients):
            each.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "control.sock")
    yield made
    made.close()


def answer(client: socket.socket) -> dict[str, object]:
    answered = orjson.loads(client.recv(4096))
    assert client.recv(4096) == b""  # one answer, and it hangs up
    assert isinstance(answered, dict)
    return answered


@pytest.mark.parametrize("question", [b"ready\n", b" ready\r\n", b"ready\nready\n"])
def test_a_question_gets_one_line_of_json(bench: Bench, question: bytes) -> None:
    client = bench.connect(question)
    bench.serve()
    assert orjson.loads(client.recv(4096)) == {"ready": True}


def test_a_question_may_come_in_pieces(bench: Bench) -> None:
    client = bench.connect(b"rea")
    bench.serve()
    client.sendall(b"dy\n")
    bench.serve()
    assert answer(client) == {"ready": True}


@pytest.mark.parametrize("question", [b"\n", b"stop\n", b"\xff\x00\n", b'{"ready": 1}\n'])
def test_who_asks_something_else_is_told_what_is_known(bench: Bench, question: bytes) -> None:
    client = bench.connect(question)
    bench.serve()
    assert "ready" in str(answer(client)["error"])


def test_a_line_without_an_end_is_refused_at_a_kilobyte(bench: Bench) -> None:
    client = bench.connect(b"x" * 1025)
    bench.serve()
    assert "1024" in str(answer(client)["error"])


def test_who_says_nothing_is_hung_up_on_and_the_others_are_served(bench: Bench) -> None:
    mute = bench.connect()
    bench.serve()
    client = bench.connect(b"ready\n")
    bench.serve()
    assert answer(client) == {"ready": True}
    bench.clock.advance(CLIENT_SECONDS)
    bench.serve()
    assert mute.recv(1) == b""


def test_who_is_gone_before_the_answer_harms_nothing(bench: Bench) -> None:
    for data in (b"", b"rea", b"ready\n"):
        bench.connect(data).close()
    bench.serve()
    client = bench.connect(b"ready\n")
    bench.serve()
    assert answer(client) == {"ready": True}


def test_more_clients_than_there_is_room_for_wait_in_line(bench: Bench) -> None:
    for _ in range(MOST_CLIENTS):
        bench.connect()
    bench.serve()
    late = bench.connect(b"ready\n")
    bench.serve()
    assert len(bench.server.descriptors()) == MOST_CLIENTS
    bench.clock.advance(CLIENT_SECONDS)
    bench.serve()
    bench.serve()
    assert answer(late) == {"ready": True}
