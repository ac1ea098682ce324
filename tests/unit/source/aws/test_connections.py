"""Pooled connections against a server that answers, closes, lies and falls silent on cue."""

from __future__ import annotations

import asyncio
import threading

import pytest
import trustme

from conftest import RunAsync
from doubles.source.canned_server import SILENCE, CannedServer, Reply, reply
from doubles.source.http_pool import (
    PATIENCE_SECONDS,
    REQUEST,
    SHORT_SECONDS,
    Contexts,
    ask,
    at,
    failure_of,
    pool,
    serving,
    trusting,
)
from punctuald.source.aws.connection import ConnectionFailed, ConnectionLost, ReadTimedOut
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.http import HttpAnswer


@pytest.fixture(params=["plain", "tls"])
def contexts(request: pytest.FixtureRequest) -> Contexts:
    """The server's and the client's, of one authority; none of both."""
    if request.param == "plain":
        return None, None
    authority = trustme.CA()
    return serving(authority, "127.0.0.1"), trusting(authority)


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


def test_answers_that_come_at_once_each_reach_who_asked(run_async: RunAsync, contexts: Contexts) -> None:
    async def body(server: CannedServer) -> list[bytes]:
        async with pool(at(server, contexts[1])) as connections:
            calls = [connections.exchange(b"POST /%d" % n + REQUEST[6:], PATIENCE_SECONDS) for n in range(8)]
            return [answer.body for answer in await asyncio.gather(*calls)]

    sent = [str(number) * 300_000 for number in range(8)]
    with CannedServer(*[reply(body=text.encode()) for text in sent], tls=contexts[0]) as server:
        bodies = run_async(body(server))
    assert sorted(bodies) == [text.encode() for text in sent]


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


def test_an_answer_that_came_while_the_loop_stood_still_is_no_silence(run_async: RunAsync, contexts: Contexts) -> None:
    async def body(server: CannedServer) -> HttpAnswer:
        async with pool(at(server, contexts[1])) as connections:
            await connections.exchange(REQUEST, PATIENCE_SECONDS)
            poll = asyncio.ensure_future(connections.exchange(REQUEST, SHORT_SECONDS))
            while len(server.requests) < 2:
                await asyncio.sleep(0)
            threading.Event().wait(3 * SHORT_SECONDS)
            return await poll

    with CannedServer(reply(), reply(), tls=contexts[0]) as server:
        assert run_async(body(server)).status == 200


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
