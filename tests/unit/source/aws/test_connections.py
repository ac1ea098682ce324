"""Connections against a server that answers, closes, lies and falls silent on cue."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest
import trustme

from doubles.canned_server import SILENCE, CannedServer, Reply, reply
from punctuald.source.connection import (
    CannotConnect,
    Connection,
    ConnectionLost,
    ConnectTimedOut,
    NotTrusted,
    ReadTimedOut,
    Server,
)
from punctuald.source.connections import Connections

REQUEST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
PATIENCE_SECONDS = 10.0


def connection(server: CannedServer, *, tls: ssl.SSLContext | None = None, read_seconds: float = 10.0) -> Connection:
    return Connection(Server(server.host, server.port, tls), PATIENCE_SECONDS, read_seconds)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def serving(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_one_connection_carries_many_requests() -> None:
    with CannedServer(*[reply({"n": number}) for number in range(3)]) as server:
        kept = connection(server)
        assert [kept.exchange(REQUEST).body for _ in range(3)] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']
        kept.close()
    assert server.connections == [1, 1, 1]


@pytest.mark.parametrize("last", [reply(connection="close"), reply(close=True)], ids=["said", "done"])
def test_a_connection_that_the_server_ended_is_opened_anew(last: Reply) -> None:
    with CannedServer(last, reply()) as server:
        kept = connection(server)
        kept.exchange(REQUEST)
        threading.Event().wait(0.05)  # for the end of the stream to reach us; a race here is the next test's case
        assert kept.exchange(REQUEST).status == 200
        kept.close()
    assert server.connections == [1, 2]


def test_a_request_that_a_kept_connection_swallows_is_sent_anew_once() -> None:
    with CannedServer(reply(), Reply(close=True), reply({"second": "try"})) as server:
        kept = connection(server)
        kept.exchange(REQUEST)
        assert kept.exchange(REQUEST).body == b'{"second":"try"}'
        kept.close()
    assert server.connections == [1, 1, 2]


def test_a_request_that_is_swallowed_twice_is_lost() -> None:
    with CannedServer(reply(), Reply(close=True), Reply(close=True), reply()) as server:
        kept = connection(server)
        kept.exchange(REQUEST)
        with pytest.raises(ConnectionLost, match="without an answer"):
            kept.exchange(REQUEST)
    assert server.connections == [1, 1, 2]


def test_a_fresh_connection_that_is_closed_is_not_tried_twice() -> None:
    with CannedServer(Reply(close=True), reply()) as server, pytest.raises(ConnectionLost):
        connection(server).exchange(REQUEST)
    assert server.connections == [1]


def test_an_answer_that_breaks_off_is_not_asked_for_again() -> None:
    with CannedServer(reply(), Reply(reply({"long": "answer"}).data[:-3], close=True), reply()) as server:
        kept = connection(server)
        kept.exchange(REQUEST)
        with pytest.raises(ConnectionLost, match="middle"):
            kept.exchange(REQUEST)
    assert server.connections == [1, 1]


def test_what_is_no_http_loses_the_connection() -> None:
    with CannedServer(Reply(b"220 mail ESMTP\r\n\r\n")) as server, pytest.raises(ConnectionLost, match="not HTTP"):
        connection(server).exchange(REQUEST)


def test_silence_ends_the_wait_and_the_connection() -> None:
    with CannedServer(SILENCE, reply()) as server:
        kept = connection(server, read_seconds=0.1)
        with pytest.raises(ReadTimedOut, match=r"0\.1 s"):
            kept.exchange(REQUEST)
        assert kept.exchange(REQUEST).status == 200
        kept.close()
    assert server.connections == [1, 2], "a late answer must not be taken for the next one's"


def test_nobody_there_is_told_from_nobody_answering() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    with pytest.raises(CannotConnect):
        Connection(Server("127.0.0.1", port, None), PATIENCE_SECONDS, 1).exchange(REQUEST)
    with pytest.raises(CannotConnect):
        Connection(Server("no-such-host.invalid", 80, None), PATIENCE_SECONDS, 1).exchange(REQUEST)
    with pytest.raises(CannotConnect):
        Connection(Server("x" * 64 + ".example", 80, None), PATIENCE_SECONDS, 1).exchange(REQUEST)


def test_a_server_that_accepts_and_never_greets_is_a_connect_timeout() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        silent = Server("127.0.0.1", listening.getsockname()[1], context)
        with pytest.raises(ConnectTimedOut):
            Connection(silent, 0.1, 1).exchange(REQUEST)


def test_ipv6_works() -> None:
    with CannedServer(reply(), family=socket.AF_INET6) as server:
        kept = connection(server)
        assert kept.exchange(REQUEST).status == 200
        kept.close()


def test_tls_with_a_certificate_of_a_known_authority_is_used_again() -> None:
    authority = trustme.CA()
    with CannedServer(reply(), reply(), tls=serving(authority, "127.0.0.1")) as server:
        kept = connection(server, tls=trusting(authority))
        assert [kept.exchange(REQUEST).status for _ in range(2)] == [200, 200]
        kept.close()
    assert server.connections == [1, 1]


def test_silence_over_tls_ends_the_wait_too() -> None:
    authority = trustme.CA()
    with CannedServer(SILENCE, tls=serving(authority, "127.0.0.1")) as server:
        kept = connection(server, tls=trusting(authority), read_seconds=0.1)
        with pytest.raises(ReadTimedOut):
            kept.exchange(REQUEST)


def test_a_kept_connection_over_tls_that_the_server_ended_is_opened_anew() -> None:
    authority = trustme.CA()
    with CannedServer(reply(), Reply(close=True), reply(), tls=serving(authority, "127.0.0.1")) as server:
        kept = connection(server, tls=trusting(authority))
        assert [kept.exchange(REQUEST).status for _ in range(2)] == [200, 200]
        kept.close()
    assert server.connections == [1, 1, 2]


@pytest.mark.parametrize(
    ("known", "name"), [(False, "127.0.0.1"), (True, "sqs.example")], ids=["unknown authority", "another host's"]
)
def test_a_certificate_that_does_not_fit_gets_no_request(known: bool, name: str) -> None:
    authority = trustme.CA()
    trusted = authority if known else trustme.CA()
    refused = pytest.raises(NotTrusted, match="certificate verify failed")
    with CannedServer(reply(), tls=serving(authority, name)) as server, refused:
        connection(server, tls=trusting(trusted)).exchange(REQUEST)
    assert server.requests == []


def test_a_server_without_tls_is_not_trusted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            with listening.accept()[0] as connected:
                connected.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connected.recv(65_536)

        thread = threading.Thread(target=refuse)
        thread.start()
        plain = Server("127.0.0.1", listening.getsockname()[1], trusting(trustme.CA()))
        with pytest.raises(NotTrusted):
            Connection(plain, PATIENCE_SECONDS, 1).exchange(REQUEST)
        thread.join(PATIENCE_SECONDS)


def test_each_thread_has_a_connection_of_its_own() -> None:
    with CannedServer(*[reply()] * 4) as server:
        shared = Connections(lambda: connection(server))
        for work in (lambda: [shared.exchange(REQUEST) for _ in range(2)],) * 2:
            thread = threading.Thread(target=work)
            thread.start()
            thread.join(PATIENCE_SECONDS)
        shared.close()
    assert server.connections == [1, 1, 2, 2]


def test_closing_lets_a_call_under_way_end_and_closes_after_it() -> None:
    with CannedServer(SILENCE) as server:
        shared = Connections(lambda: connection(server, read_seconds=0.3))
        outcomes: list[str] = []

        def call() -> None:
            try:
                shared.exchange(REQUEST)
            except ReadTimedOut:
                outcomes.append("waited for its answer")

        thread = threading.Thread(target=call)
        thread.start()
        while not server.requests:
            threading.Event().wait(0.005)
        shared.close()
        thread.join(PATIENCE_SECONDS)
    assert outcomes == ["waited for its answer"]


def test_what_is_called_after_closing_leaves_no_connection_behind() -> None:
    with CannedServer(reply(), reply()) as server:
        shared = Connections(lambda: connection(server))
        shared.close()
        shared.exchange(REQUEST)
        shared.exchange(REQUEST)
    assert server.connections == [1, 2]
