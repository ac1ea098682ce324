"""The page's server in its thread: what it answers with, to whom, and to how many at a time."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

import pytest

from captured_logs import capture_logs
from patience import PATIENCE_SECONDS, wait_until
from punctuald.clock import SystemClock
from punctuald.policy.clients.admission import MOST_CONNECTIONS
from punctuald.process.http.listening import listen_at
from punctuald.process.web import connection
from punctuald.process.web.events import Events
from punctuald.process.web.feed import Feed, News
from punctuald.process.web.server import WebServer
from punctuald.process.web.site import build_site

CLOCK = SystemClock()
GET_EVENTS = b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: Message


class Bench:
    """A server on a port of its own."""

    def __init__(self) -> None:
        listening = listen_at("127.0.0.1", 0)
        assert listening is not None
        self.address = listening.getsockname()
        self.feed = Feed()
        self.fails = False
        self.server = WebServer(listening, build_site(Events(self.feed, self.charts), CLOCK), self.feed, CLOCK)
        self.clients: list[socket.socket] = []
        self.number = 0

    def charts(self, _news: News) -> object:
        if self.fails:
            raise ValueError("no charts")
        return []

    def publish(self, size: int = 1) -> None:
        self.number += 1
        self.feed.publish(News(self.number, {"text": "x" * size}, (), ()))

    def get(self, path: str, host: str = "127.0.0.1", method: str = "GET") -> Got:
        client = http.client.HTTPConnection(self.address[0], self.address[1], timeout=PATIENCE_SECONDS)
        try:
            client.request(method, path, headers={"Host": host})
            answer = client.getresponse()
            answer.read()
            return Got(answer.status, answer.headers)
        finally:
            client.close()

    def connect(self, data: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.address, timeout=PATIENCE_SECONDS)
        client.sendall(data)
        self.clients.append(client)
        return client


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    made.server.start()
    yield made
    made.server.close()
    for each in made.clients:
        each.close()


def read_to_end(client: socket.socket) -> bytes:
    """All that comes until the server hangs up; a reset is an end as well."""
    data = b""
    try:
        while part := client.recv(1 << 16):
            data += part
    except ConnectionResetError:
        return data
    return data


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/", "text/html"), ("/page.js", "text/javascript"), ("/charts.css", "text/css"), ("/icon.svg", "image/svg+xml")],
)
def test_the_page_and_its_parts_run_no_script_but_our_own_and_are_in_no_frame(
    bench: Bench, path: str, content_type: str
) -> None:
    answer = bench.get(path)
    assert (answer.status, answer.headers.get_content_type()) == (200, content_type)
    policy = str(answer.headers["Content-Security-Policy"])
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_can_be_changed_there(bench: Bench) -> None:
    assert bench.get("/", method="POST").status == 405
    assert bench.get("/elsewhere").status == 404


@pytest.mark.parametrize("host", ["127.0.0.1:9465", "localhost:9465", "[::1]:9465", "10.0.0.7"])
def test_who_asks_for_an_address_is_answered(bench: Bench, host: str) -> None:
    assert bench.get("/", host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:9465", "", "127.0.0.1.evil.example"])
def test_a_name_of_somebody_elses_is_not_answered(bench: Bench, host: str) -> None:
    assert bench.get("/", host).status == 421
    assert bench.get("/events", host).status == 421


def test_a_whole_address_is_served_as_its_path_is(bench: Bench) -> None:
    assert bench.get(f"http://127.0.0.1:{bench.address[1]}/page.js").status == 200
    assert bench.get("http://evil.example/page.js").status == 421, "the host that is asked for counts, and no header"
    assert bench.get("http://127.0.0.1/elsewhere").status == 404


def test_more_connections_in_a_second_than_it_has_time_for_are_refused_and_it_goes_on(bench: Bench) -> None:
    with capture_logs() as captured:
        while not captured:
            read_to_end(bench.connect(b"GET / HTTP/1.0\r\n\r\n"))
    assert (captured[0]["event"], captured[0]["reason"]) == ("http.clients_refused", "rate")
    wait_until(lambda: bench.get("/").status == 200)


def test_more_connections_than_there_may_be_are_refused_which_is_logged_and_the_others_go_on(bench: Bench) -> None:
    viewers = [bench.connect(GET_EVENTS) for _ in range(MOST_CONNECTIONS)]
    for viewer in viewers:
        assert viewer.recv(1000).startswith(b"HTTP/1.1 200")
    with capture_logs() as captured:
        for _ in range(3):
            refused = read_to_end(bench.connect())
            assert refused == b"" or refused.startswith(b"HTTP/1.1 503")
    [line] = captured
    assert line["event"] == "http.clients_refused"
    assert (line["port"], line["connections"], line["suppressed"]) == (bench.address[1], MOST_CONNECTIONS, 0)
    bench.publish()
    wait_until(lambda: b"event: status" in viewers[-1].recv(1000))
    viewers[0].close()
    wait_until(lambda: bench.get("/").status == 200)


def test_a_connection_that_asks_for_nothing_is_closed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SILENT_SECONDS", 0.1)
    for sent in (b"", b"GET / HTT"):
        assert read_to_end(bench.connect(sent)) == b""


def test_a_viewer_that_does_not_read_is_dropped_and_is_no_viewer_any_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SLOW_SECONDS", 0.1)
    bench.connect(GET_EVENTS)
    wait_until(lambda: bench.feed.is_wanted)

    def is_dropped() -> bool:
        bench.publish(size=5_000_000)
        return not bench.feed.is_wanted

    wait_until(is_dropped)
    assert not bench.feed.is_wanted


def test_a_viewer_that_goes_is_not_published_for(bench: Bench) -> None:
    viewer = bench.connect(GET_EVENTS)
    wait_until(lambda: bench.feed.is_wanted)
    viewer.close()
    wait_until(lambda: not bench.feed.is_wanted)
    assert bench.get("/").status == 200, "and everybody else is served"


def test_charts_that_can_not_be_made_are_logged_once_and_end_nothing(bench: Bench) -> None:
    bench.fails = True
    with capture_logs() as captured:
        for _ in range(3):
            client = bench.connect(GET_EVENTS)
            wait_until(lambda: bench.feed.is_wanted)
            bench.publish()
            read_to_end(client)
            wait_until(lambda: not bench.feed.is_wanted)
    assert [line["event"] for line in captured] == ["web.page_failed"]
    assert bench.get("/").status == 200


def test_it_ends_soon_though_somebody_looks(bench: Bench) -> None:
    client = bench.connect(GET_EVENTS)
    wait_until(lambda: bench.feed.is_wanted)
    bench.server.close()
    assert b"event: status" not in read_to_end(client)
    wait_until(lambda: not any(thread.name == "web" for thread in threading.enumerate()))


def test_where_no_thread_can_be_had_it_is_said_and_the_daemon_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def none(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with capture_logs() as captured, monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none)
        bench.server.start()
    assert [line["event"] for line in captured] == ["web.failed"]
    bench.server.close()
