"""How a connection comes about: addresses, TLS, and what there is to trust."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest
import trustme

from conftest import RunAsync
from doubles.source.canned_server import CannedServer, reply
from doubles.source.http_pool import (
    PATIENCE_SECONDS,
    REQUEST,
    SHORT_SECONDS,
    ask,
    at,
    failure_of,
    pool,
    serving,
    trusting,
)
from punctuald.source.aws.addresses import Address, Addresses
from punctuald.source.aws.connection import CannotConnect, ConnectionFailed, ConnectTimedOut, NotTrusted, Server
from punctuald.source.aws.connections import Connections


def test_nobody_there_is_told_from_nobody_answering(run_async: RunAsync) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    for host, refused in (("127.0.0.1", port), ("no-such-host.invalid", 80), ("x" * 64 + ".example", 80)):
        with pytest.raises(CannotConnect):
            run_async(ask(Server(host, refused, None)))


def test_a_server_that_accepts_and_never_greets_is_a_connect_timeout(run_async: RunAsync) -> None:
    async def body(silent: Server) -> ConnectionFailed:
        async with pool(silent, connect_seconds=SHORT_SECONDS) as connections:
            return await failure_of(connections)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        failure = run_async(body(Server("127.0.0.1", listening.getsockname()[1], context)))
    assert isinstance(failure, ConnectTimedOut)


def test_ipv6_works(run_async: RunAsync) -> None:
    with CannedServer(reply(), family=socket.AF_INET6) as server:
        assert run_async(ask(at(server)))[0].status == 200


@pytest.mark.parametrize(
    ("known", "name"), [(False, "127.0.0.1"), (True, "sqs.example")], ids=["unknown authority", "another host's"]
)
def test_a_certificate_that_does_not_fit_gets_no_request(known: bool, name: str, run_async: RunAsync) -> None:
    authority = trustme.CA()
    trusted = authority if known else trustme.CA()
    with CannedServer(reply(), tls=serving(authority, name)) as server:
        with pytest.raises(NotTrusted, match="certificate verify failed"):
            run_async(ask(at(server, trusting(trusted))))
        assert server.requests == []


def test_a_server_without_tls_is_not_trusted(run_async: RunAsync) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            with listening.accept()[0] as connected:
                connected.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connected.recv(65_536)

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(NotTrusted):
            run_async(ask(Server("127.0.0.1", listening.getsockname()[1], trusting(trustme.CA()))))
        thread.join(PATIENCE_SECONDS)


def test_another_address_is_tried_where_the_first_does_not_answer_and_first_from_then_on(run_async: RunAsync) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        dead = Address(socket.AF_INET, bound.getsockname())

    async def body(server: CannedServer) -> None:
        alive = Address(socket.AF_INET, (server.host, server.port))
        addresses = Addresses("sqs.example", server.port, lambda _host, _port: [dead, alive])
        connections = Connections(at(server), addresses)
        connections.hold()
        assert (await connections.exchange(REQUEST, PATIENCE_SECONDS)).status == 200
        await connections.release()
        assert list(await addresses.current()) == [alive, dead]

    with CannedServer(reply()) as server:
        run_async(body(server))
