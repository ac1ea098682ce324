"""Whoever connects, and whatever they send, read or don't, the server goes on with the others and never waits."""

from __future__ import annotations

import select
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.policy.clients.admission import MOST_CONNECTIONS, MOST_PER_SECOND
from punctuald.process.http.answer import Answer
from punctuald.process.http.connection import LONGEST_REQUEST_BYTES
from punctuald.process.http.listening import listen_at
from punctuald.process.http.pages import FreshPage
from punctuald.process.http.server import CLIENT_SECONDS, HttpServer
from punctuald.process.http.site import Site

GET = b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n"
LARGE = b"x" * 20_000_000
"""More than any socket's buffers hold."""


class Bench:
    """A server in this very thread: it is served only when the test says so, so whatever waited would hang the test."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        listening = listen_at("127.0.0.1", 0)
        assert listening is not None
        self.address = listening.getsockname()
        pages = {
            "/page": FreshPage("/page", lambda: Answer(b"here it is"), self.clock),
            "/large": FreshPage("/large", lambda: Answer(LARGE), self.clock),
        }
        self.server = HttpServer(listening, Site(pages), self.clock)
        self.clients: list[socket.socket] = []

    def connect(self, data: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.address, timeout=5)
        client.sendall(data)
        self.clients.append(client)
        return client

    def serve(self) -> None:
        """As long as there is anything to do."""
        while True:
            poll = select.poll()
            for number, events in self.server.awaited().items():
                poll.register(number, events)
            found = dict(poll.poll(20))  # the kernel hands over a loopback's bytes a moment later
            self.server.serve(found)
            if not found:
                return

    def close(self) -> None:
        self.server.close()
        for each in self.clients:
            each.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def answer(client: socket.socket) -> tuple[bytes, bytes]:
    """Head and body; it hangs up after one."""
    received = b""
    while data := client.recv(1 << 16):
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def test_a_request_gets_its_page_and_the_end_of_the_connection(bench: Bench) -> None:
    client = bench.connect(GET)
    bench.serve()
    head, body = answer(client)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 10" in head
    assert b"Connection: close" in head
    assert body == b"here it is"


def test_a_request_may_come_in_pieces(bench: Bench) -> None:
    client = bench.connect(GET[:9])
    bench.serve()
    client.sendall(GET[9:])
    bench.serve()
    assert answer(client)[1] == b"here it is"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://127.0.0.1:9464/page", b"200"),
        (b"HTTP://metrics.example/page?x=http://y/z", b"200"),
        (b"https://metrics.example", b"200"),
        (b"http://metrics.example?x", b"200"),
        (b"http://metrics.example/elsewhere", b"404"),
        (b"http://[::1/page", b"404"),
    ],
)
def test_a_whole_address_is_served_as_its_path_is(bench: Bench, target: bytes, status: bytes) -> None:
    client = bench.connect(GET.replace(b"/page", target))
    bench.serve()
    assert answer(client)[0].split()[1] == status


def test_head_has_the_length_and_no_body(bench: Bench) -> None:
    client = bench.connect(GET.replace(b"GET", b"HEAD"))
    bench.serve()
    head, body = answer(client)
    assert b"Content-Length: 10" in head
    assert body == b""


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n", b"404"),
        (b"POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", b"405"),
        (b"DELETE /page HTTP/1.1\r\nHost: h\r\n\r\n", b"405"),
        (b"GET /page HTTP/1.1\r\n\r\n", b"400"),  # without a host
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),  # TLS
        (b"GET /page HTTP/1.1\r\nHost: h\r\nX: " + b"x" * LONGEST_REQUEST_BYTES * 2, b"431"),
        (b"GET /page HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", b"400"),
    ],
)
def test_what_can_not_be_answered_is_refused_with_a_status(bench: Bench, request_bytes: bytes, status: bytes) -> None:
    client = bench.connect(request_bytes)
    bench.serve()
    assert answer(client)[0].split()[1] == status


def test_an_http_1_0_client_without_headers_is_served(bench: Bench) -> None:
    client = bench.connect(b"GET /page HTTP/1.0\r\n\r\n")
    bench.serve()
    assert answer(client)[1] == b"here it is"


def test_a_client_that_closed_its_sending_half_is_answered(bench: Bench) -> None:
    client = bench.connect(GET)
    client.shutdown(socket.SHUT_WR)
    bench.serve()
    assert answer(client)[1] == b"here it is"


def test_who_reads_slowly_gets_all_of_it(bench: Bench) -> None:
    client = bench.connect(GET.replace(b"page", b"large"))
    received = 0
    client.settimeout(0.2)
    while received < len(LARGE):
        bench.serve()
        received += len(client.recv(1 << 20))
    assert received >= len(LARGE)


def test_who_never_reads_and_who_says_nothing_is_reset_after_seconds(bench: Bench) -> None:
    clients = [bench.connect(GET.replace(b"page", b"large")), bench.connect()]
    bench.serve()
    bench.clock.advance(CLIENT_SECONDS)
    bench.serve()
    assert len(bench.server.awaited()) == 1
    for client in clients:
        with pytest.raises(ConnectionResetError):
            answer(client)


def test_who_is_gone_before_the_answer_harms_nothing(bench: Bench) -> None:
    for data in (b"", GET[:5], GET, GET.replace(b"page", b"large")):
        bench.connect(data).close()
    bench.serve()
    client = bench.connect(GET)
    bench.serve()
    assert answer(client)[1] == b"here it is"


def test_more_clients_than_there_is_room_for_are_refused_and_counted(bench: Bench) -> None:
    for _ in range(MOST_CONNECTIONS):
        bench.connect()
    bench.serve()
    with capture_logs() as log:
        late = [bench.connect() for _ in range(3)]
        bench.serve()
        assert [answer(client)[0].split()[1] for client in late] == [b"503"] * 3
        bench.clock.advance(60)
        again = [bench.connect() for _ in range(MOST_CONNECTIONS + 1)]
        bench.serve()
        bench.serve()
    assert len(again) > MOST_CONNECTIONS
    assert len(bench.server.awaited()) == 1 + MOST_CONNECTIONS
    refused = [line for line in log if line["event"] == "http.clients_refused"]
    assert [(line["port"], line["suppressed"]) for line in refused] == [(bench.address[1], 0), (bench.address[1], 2)]
    assert {line["reason"] for line in refused} == {"connections"}


def test_more_clients_in_a_second_than_it_has_time_for_are_refused_and_counted(bench: Bench) -> None:
    def status_of_one() -> bytes:
        client = bench.connect(GET)
        bench.serve()
        status = answer(client)[0].split()[1]
        client.close()
        return status

    with capture_logs() as log:
        assert Counter(status_of_one() for _ in range(MOST_PER_SECOND + 3)) == {b"200": MOST_PER_SECOND, b"503": 3}
        bench.clock.advance(2.5 / MOST_PER_SECOND)
        assert [status_of_one() for _ in range(3)] == [b"200", b"200", b"503"]
    [line] = [line for line in log if line["event"] == "http.clients_refused"]
    assert (line["port"], line["reason"]) == (bench.address[1], "rate")


def test_the_room_of_those_who_were_dropped_is_free_again(bench: Bench) -> None:
    for _ in range(MOST_CONNECTIONS):
        bench.connect()
    bench.serve()
    bench.clock.advance(CLIENT_SECONDS)
    bench.serve()
    client = bench.connect(GET)
    bench.serve()
    assert answer(client)[1] == b"here it is"
