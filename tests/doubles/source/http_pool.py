"""A pool of our own connections to a canned server, for as long as a test needs it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from doubles.source.canned_server import CannedServer
from punctuald.source.aws.connection import ConnectionFailed, Server
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.http import HttpAnswer

Contexts = tuple[ssl.SSLContext | None, ssl.SSLContext | None]
"""The server's and the client's; none of both speaks in the clear."""

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
