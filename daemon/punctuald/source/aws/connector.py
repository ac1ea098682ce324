"""Makes connections to one server: its addresses one after the other, then TLS, all within one time-out."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable

from .addresses import Address, Addresses
from .connection import CannotConnect, Connection, ConnectTimedOut, NotTrusted, Server

CONNECT_TIMEOUT_SECONDS = 5.0

KEEPALIVE_IDLE_SECONDS = 45
KEEPALIVE_INTERVAL_SECONDS = 10
KEEPALIVE_PROBES = 3
DEAD_AFTER_SECONDS = KEEPALIVE_IDLE_SECONDS + KEEPALIVE_PROBES * KEEPALIVE_INTERVAL_SECONDS
"""How long a peer may be silent, to probes or to what we sent, before the kernel gives the connection up (tcp(7))."""

SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    # Firewalls forget a silent connection without a word, and by default Linux probes only after two hours.
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES),
    # For bytes that nobody acknowledges, which keep probes from being sent. In milliseconds.
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_SECONDS * 1000),
)


class Connector:
    """Each of the server's addresses gets an equal share of ``timeout_seconds``; one that fails comes last then."""

    def __init__(self, server: Server, addresses: Addresses, timeout_seconds: float) -> None:
        self._server = server
        self._addresses = addresses
        self._timeout_seconds = timeout_seconds

    async def connect(self, loop: asyncio.AbstractEventLoop, make: Callable[[], Connection]) -> Connection:
        """A new connection, which ``make`` makes. Raises `CannotConnect`, `ConnectTimedOut` or `NotTrusted`."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                connected = await self._connect_plain(loop)
                return await self._wrap(loop, connected, make)
        except TimeoutError as error:
            raise ConnectTimedOut(f"not connected within {self._timeout_seconds:g} s") from error

    async def _connect_plain(self, loop: asyncio.AbstractEventLoop) -> socket.socket:
        try:
            addresses = await self._addresses.current()
        except (OSError, UnicodeError) as error:  # UnicodeError: a label of the name is longer than DNS allows
            raise CannotConnect(str(error)) from error
        failure: OSError | None = None
        for address in addresses:
            share_seconds = self._timeout_seconds / len(addresses)
            try:
                return await _connect_to(loop, address, share_seconds)
            except OSError as error:  # TimeoutError is one
                self._addresses.demote(address)
                failure = error
        if isinstance(failure, TimeoutError):
            raise failure
        raise CannotConnect(str(failure or "the name has no address")) from failure

    async def _wrap(
        self, loop: asyncio.AbstractEventLoop, connected: socket.socket, make: Callable[[], Connection]
    ) -> Connection:
        tls = self._server.tls
        try:
            _, connection = await loop.create_connection(
                make,
                sock=connected,
                ssl=tls,
                server_hostname=self._server.host if tls is not None else None,
            )
        except (OSError, ValueError) as error:
            connected.close()
            if isinstance(error, TimeoutError) or tls is None:
                raise CannotConnect(str(error)) from error
            raise NotTrusted(str(error)) from error
        except BaseException:
            connected.close()
            raise
        return connection


async def _connect_to(loop: asyncio.AbstractEventLoop, address: Address, timeout_seconds: float) -> socket.socket:
    plain = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        plain.settimeout(0)  # not blocking
        for level, option, value in SOCKET_OPTIONS:
            plain.setsockopt(level, option, value)
        # Not `loop.sock_connect`: uvloop's looks the address up once more, and starts four threads for it.
        failure = plain.connect_ex(address.sockaddr)
        if failure == errno.EINPROGRESS:
            async with asyncio.timeout(timeout_seconds):
                await _writable(loop, plain)
            failure = plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            raise OSError(failure, os.strerror(failure))  # noqa: TRY301 - closed as after every other failure
    except BaseException:
        plain.close()
        raise
    return plain


async def _writable(loop: asyncio.AbstractEventLoop, plain: socket.socket) -> None:
    """Until the attempt to connect ended, whichever way."""
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    loop.add_writer(plain, end)
    try:
        await ended
    finally:
        loop.remove_writer(plain)
