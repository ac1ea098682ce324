"""Requests that may be done twice: sent again at once where nothing of an answer came, and only there."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from conftest import RunAsync
from doubles.source.canned_server import SILENCE, CannedServer, Reply, reply
from doubles.source.http_pool import PATIENCE_SECONDS, REQUEST, SHORT_SECONDS, at, pool
from punctuald.source.aws.addresses import Addresses
from punctuald.source.aws.connection import Connection, ReadTimedOut
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.connector import Connector
from punctuald.source.aws.http import HttpAnswer


async def ask_twice(connections: Connections) -> HttpAnswer:
    return await connections.exchange(REQUEST, SHORT_SECONDS, twice=True)


@pytest.mark.parametrize("lost", [SILENCE, Reply(close=True)], ids=["silent", "closed"])
@pytest.mark.parametrize("before", [0, 1], ids=["fresh", "kept"])
def test_what_may_be_done_twice_is_sent_again_at_once_on_a_fresh_connection(
    lost: Reply | None, before: int, run_async: RunAsync
) -> None:
    async def body() -> HttpAnswer:
        async with pool(at(server)) as connections:
            for _ in range(before):
                await connections.exchange(REQUEST, PATIENCE_SECONDS)
            return await connections.exchange(REQUEST, 0.5, twice=True)

    with CannedServer(*[reply()] * before, lost, reply({"second": "try"})) as server:
        assert run_async(body()).body == b'{"second":"try"}'
    assert server.connections == [*[1] * before, 1, 2]


@pytest.mark.parametrize(
    ("replies", "requests"),
    [
        ([SILENCE, SILENCE, reply()], 2),
        ([Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), reply()], 1),
    ],
    ids=["silent twice", "began"],
)
def test_it_is_sent_no_third_time_and_not_where_an_answer_began(
    replies: list[Reply | None], requests: int, run_async: RunAsync
) -> None:
    async def body() -> None:
        async with pool(at(server)) as connections:
            with pytest.raises(ReadTimedOut):
                await ask_twice(connections)

    with CannedServer(*replies) as server:
        run_async(body())
    assert len(server.requests) == requests


def test_the_kernel_looks_after_silent_connections(run_async: RunAsync) -> None:
    """tcp(7): probes after 45 s, each 10 s, and at three that nobody answers the connection is given up."""

    async def body() -> dict[str, int]:
        loop = asyncio.get_running_loop()
        made: list[Any] = []

        class Noting(Connection):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                made.append(transport.get_extra_info("socket"))

        connector = Connector(at(server), Addresses(server.host, server.port), PATIENCE_SECONDS)
        connection = await connector.connect(loop, lambda: Noting(loop, memoryview(bytearray(1)), lambda _: None))
        names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
        options = {name: made[0].getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names}
        options["SO_KEEPALIVE"] = made[0].getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        connection.abort()
        await asyncio.sleep(0)
        return options

    with CannedServer() as server:
        options = run_async(body())
    wanted = {"TCP_KEEPIDLE": 45, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 75_000, "SO_KEEPALIVE": 1}
    assert options == wanted
