"""Pooled connections against a server that answers, closes, lies and falls silent on cue."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from conftest import RunAsync
from doubles.canned_server import SILENCE, CannedServer, Reply, reply
from punctuald.source.aws.addresses import Address, Addresses
from punctuald.source.aws.connection import (
    CannotConnect,
    ConnectionFailed,
    ConnectionLost,
    ConnectTimedOut,
    NotTrusted,
    ReadTimedOut,
    Server,
)
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.http import HttpAnswer

REQUEST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
PATIENCE_SECONDS = 10.0
SHORT_SECONDS = 0.1


@asynccontextmanager
async def pool(
    server: Server, connect_seconds: float = PATIENCE_SECONDS, idle_seconds: float = 50.0
) -> AsyncIterator[Connections]:
    connections = Connections(server, None, connect_seconds, idle_seconds)
    connections.hold()
    try:
        yield connections
    finally:
        await connections.release()


def at(canned: CannedServer, tls: ssl.SSLContext | None = None) -> Server:
    return Server(canned.host, canned.port, tls)


async def ask(server: Server, times: int = 1, seconds: float = PATIENCE_SECONDS) -> list[HttpAnswer]:
    """So many requests, one after another."""
    async with pool(server) as connections:
        return [await connections.exchange(REQUEST, seconds) for _ in range(times)]


async def failure_of(connections: Connections, seconds: float = PATIENCE_SECONDS) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as raised:
        await connections.exchange(REQUEST, seconds)
    return raised.value


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def serving(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture(params=["plain", "tls"])
def contexts(request: pytest.FixtureRequest) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """The server's and the client's, of one authority; none of both."""
    if request.param == "plain":
        return None, None
    authority = trustme.CA()
    return serving(authority, "127.0.0.1"), trusting(authority)


Contexts = tuple[ssl.SSLContext | None, ssl.SSLContext | None]


def test_one_connection_carries_many_requests(run_async: RunAsync, contexts: Contexts) -> None:
    replies = [reply({"n": number}) for number in range(3)]
    with CannedServer(*replies, tls=contexts[0]) as server:
        answers = run_async(ask(at(server, contexts[1]), 3))
    assert [answer.body for answer in answers] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']
    assert server.connections == [1, 1, 1]


def test_calls_at_once_have_connections_of_their_own_and_the_last_used_is_used_next(run_async: RunAsync) -> None:
    async def body(server: CannedServer) -> None:
        async with pool(at(server)) as connections:
            await asyncio.gather(*[connections.exchange(REQUEST, PATIENCE_SECONDS) for _ in range(3)])
            for _ in range(2):
                await connections.exchange(REQUEST, PATIENCE_SECONDS)

    with CannedServer(*[reply()] * 5) as server:
        run_async(body(server))
    assert sorted(server.connections[:3]) == [1, 2, 3]
    assert server.connections[3] == server.connections[4]


def test_a_long_answer_comes_whole(run_async: RunAsync, contexts: Contexts) -> None:
    text = "x" * 1_000_000
    with CannedServer(reply({"long": text}), reply(), tls=contexts[0]) as server:
        first, second = run_async(ask(at(server, contexts[1]), 2))
    assert (len(first.body), second.body, server.connections) == (len(text) + 11, b"{}", [1, 1])


def test_an_answer_may_end_with_its_connection(run_async: RunAsync) -> None:
    endless = Reply(b"HTTP/1.1 200 OK\r\n\r\nall of it", close=True)
    with CannedServer(endless, reply()) as server:
        first, second = run_async(ask(at(server), 2))
    assert (first.body, second.body, server.connections) == (b"all of it", b"{}", [1, 2])


@pytest.mark.parametrize("last", [reply(connection="close"), reply(close=True)], ids=["said", "done"])
def test_a_connection_that_the_server_ended_is_opened_anew(
    last: Reply, run_async: RunAsync, contexts: Contexts
) -> None:
    with CannedServer(last, reply(), tls=contexts[0]) as server:
        assert [answer.status for answer in run_async(ask(at(server, contexts[1]), 2))] == [200, 200]
    assert server.connections == [1, 2]


def test_a_request_that_a_kept_connection_swallows_is_sent_anew_once(run_async: RunAsync, contexts: Contexts) -> None:
    with CannedServer(reply(), Reply(close=True), reply({"second": "try"}), tls=contexts[0]) as server:
        answers = run_async(ask(at(server, contexts[1]), 2))
    assert answers[1].body == b'{"second":"try"}'
    assert server.connections == [1, 1, 2]
    swallowed, again = server.requests[1:]
    assert (swallowed.headers, swallowed.body) == (again.headers, again.body)


def test_a_request_that_is_swallowed_twice_is_lost(run_async: RunAsync) -> None:
    with CannedServer(reply(), Reply(close=True), Reply(close=True), reply()) as server:
        with pytest.raises(ConnectionLost, match="without an answer"):
            run_async(ask(at(server), 2))
        assert server.connections == [1, 1, 2]


def test_a_fresh_connection_that_is_closed_is_not_tried_twice(run_async: RunAsync) -> None:
    with CannedServer(Reply(close=True), reply()) as server:
        with pytest.raises(ConnectionLost):
            run_async(ask(at(server)))
        assert server.connections == [1]


def test_an_answer_that_breaks_off_is_not_asked_for_again(run_async: RunAsync, contexts: Contexts) -> None:
    cut = Reply(reply({"long": "answer"}).data[:-3], close=True)
    with CannedServer(reply(), cut, reply(), tls=contexts[0]) as server:
        with pytest.raises(ConnectionLost, match="middle"):
            run_async(ask(at(server, contexts[1]), 2))
        assert server.connections == [1, 1]


def test_what_is_no_http_loses_the_connection(run_async: RunAsync) -> None:
    with CannedServer(Reply(b"220 mail ESMTP\r\n\r\n")) as server, pytest.raises(ConnectionLost, match="not HTTP"):
        run_async(ask(at(server)))


def test_bytes_that_nobody_asked_for_end_a_connection(run_async: RunAsync) -> None:
    chatty = Reply(reply().data + b"HTTP/1.1 200 OK\r\n")
    with CannedServer(chatty, reply()) as server:
        run_async(ask(at(server), 2))
    assert server.connections == [1, 2]


def test_silence_ends_the_call_at_its_deadline_and_the_connection(run_async: RunAsync, contexts: Contexts) -> None:
    async def body(server: CannedServer) -> ConnectionFailed:
        async with pool(at(server, contexts[1])) as connections:
            failure = await failure_of(connections, SHORT_SECONDS)
            assert (await connections.exchange(REQUEST, PATIENCE_SECONDS)).status == 200
        return failure

    with CannedServer(SILENCE, reply(), tls=contexts[0]) as server:
        failure = run_async(body(server))
    assert isinstance(failure, ReadTimedOut)
    assert str(failure) == "no answer within 0.1 s"
    assert server.connections == [1, 2], "a late answer must not be taken for the next one's"


def test_each_call_has_a_deadline_of_its_own(run_async: RunAsync) -> None:
    async def body(server: CannedServer) -> None:
        async with pool(at(server)) as connections:
            loop = asyncio.get_running_loop()
            begin = loop.time()
            poll = asyncio.ensure_future(connections.exchange(REQUEST, 0.5))
            assert isinstance(await failure_of(connections, SHORT_SECONDS), ReadTimedOut)
            assert not poll.done()
            with pytest.raises(ReadTimedOut):
                await poll
            assert loop.time() - begin > 0.45

    with CannedServer(SILENCE, SILENCE) as server:
        run_async(body(server))


def test_after_a_silent_connection_idle_ones_are_not_trusted_either(run_async: RunAsync) -> None:
    async def body(server: CannedServer) -> None:
        async with pool(at(server)) as connections:
            await asyncio.gather(*[connections.exchange(REQUEST, PATIENCE_SECONDS) for _ in range(2)])
            await failure_of(connections, SHORT_SECONDS)
            await connections.exchange(REQUEST, PATIENCE_SECONDS)

    with CannedServer(reply(), reply(), SILENCE, reply()) as server:
        run_async(body(server))
    assert server.connections[3] == 3


def test_a_connection_that_was_idle_for_long_is_not_used_again(run_async: RunAsync) -> None:
    async def body(server: CannedServer) -> None:
        async with pool(at(server), idle_seconds=0.0) as connections:
            for _ in range(2):
                await connections.exchange(REQUEST, PATIENCE_SECONDS)

    with CannedServer(reply(), reply()) as server:
        run_async(body(server))
    assert server.connections == [1, 2]


def test_a_cancelled_call_takes_its_connection_with_it(run_async: RunAsync) -> None:
    async def body(server: CannedServer) -> None:
        async with pool(at(server)) as connections:
            await connections.exchange(REQUEST, PATIENCE_SECONDS)
            poll = asyncio.ensure_future(connections.exchange(REQUEST, PATIENCE_SECONDS))
            while len(server.requests) < 2:
                await asyncio.sleep(0)
            poll.cancel()
            with pytest.raises(asyncio.CancelledError):
                await poll
            await connections.exchange(REQUEST, PATIENCE_SECONDS)

    with CannedServer(reply(), SILENCE, reply()) as server:
        run_async(body(server))
    assert server.connections == [1, 1, 2]


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


def test_releasing_lets_a_call_under_way_end_and_closes_after_it(run_async: RunAsync) -> None:
    async def body(server: CannedServer) -> None:
        connections = Connections(at(server))
        connections.hold()
        poll = asyncio.ensure_future(connections.exchange(REQUEST, 0.3))
        while not server.requests:
            await asyncio.sleep(0)
        await connections.release()
        assert not poll.done()
        with pytest.raises(ReadTimedOut):
            await poll

    with CannedServer(SILENCE) as server:
        run_async(body(server))


def test_connections_stay_until_the_last_of_their_holders_lets_go(run_async: RunAsync) -> None:
    async def body(server: CannedServer) -> None:
        connections = Connections(at(server))
        connections.hold()
        connections.hold()
        await connections.exchange(REQUEST, PATIENCE_SECONDS)
        await connections.release()
        await connections.exchange(REQUEST, PATIENCE_SECONDS)
        await connections.release()

    with CannedServer(reply(), reply()) as server:
        run_async(body(server))
    assert server.connections == [1, 1]
