"""The addresses behind a host's name, found once for all connections and remembered for when the resolver fails."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from punctuald.policy.pool.illness import chain_of
from punctuald.source.blocking import in_a_thread

FRESH_SECONDS = 10.0
"""For so long a look-up counts. `getaddrinfo` tells no time to live; AWS's own records live for a minute or less."""

PATIENCE_SECONDS = 1.0
"""How long a look-up may take before older addresses are used, if there are any."""


NAME_NOT_RESOLVED = "NameNotResolved"
"""The code of an error for which no server was asked, since no address was found. A refused connection has another."""

_RESOLVER_CODES = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
"""getaddrinfo(3)'s names for what went wrong."""


class Address(NamedTuple):
    """Where a socket connects to: ``sockaddr`` as `socket.connect` takes it."""

    family: int
    sockaddr: tuple[Any, ...]


Resolve = Callable[[str, int], Sequence[Address]]
"""Blocks; raises `OSError`, or `UnicodeError` for a name that can be none."""


def resolve_stream(host: str, port: int) -> list[Address]:
    """By the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]


class Addresses:
    """Of one host and port. The look-up runs on a thread of its own; a host that is an address already needs none."""

    def __init__(self, host: str, port: int, resolve: Resolve = resolve_stream) -> None:
        self._host = host
        self._port = port
        self._resolve = resolve
        self._numeric = _numeric(host, port)
        self._good: list[Address] = []  # the last that a look-up found
        self._fresh_until_mono = 0.0
        self._looking: asyncio.Future[Sequence[Address]] | None = None

    async def current(self) -> Sequence[Address]:
        """The addresses to try in turn. Raises what the resolver raises if no look-up ever went well."""
        if self._numeric:
            return self._numeric
        if self._good and asyncio.get_running_loop().time() < self._fresh_until_mono:
            return list(self._good)
        looking = self._look_up()
        done, _ = await asyncio.wait((looking,), timeout=PATIENCE_SECONDS if self._good else None)
        if not done:  # whoever connects while it goes on need not wait as well
            self._fresh_until_mono = looking.get_loop().time() + FRESH_SECONDS
        return list(self._good) or list(looking.result())

    def demote(self, address: Address) -> None:
        """Try it last from now on: it did not answer."""
        if address in self._good:
            self._good.remove(address)
            self._good.append(address)

    def _look_up(self) -> asyncio.Future[Sequence[Address]]:
        """The look-up that is under way, for all who wait; a new one if there is none."""
        if self._looking is None:
            self._looking = in_a_thread("resolver", lambda: self._resolve(self._host, self._port))
            self._looking.add_done_callback(self._looked_up)
        return self._looking

    def _looked_up(self, looking: asyncio.Future[Sequence[Address]]) -> None:
        """Failed or not, a look-up is not made again at once; the first waiters see what went wrong with it."""
        self._looking = None
        self._fresh_until_mono = looking.get_loop().time() + FRESH_SECONDS
        if not looking.cancelled() and looking.exception() is None:
            self._good = list(looking.result()) or self._good


def _numeric(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]


def why_not_resolved(error: BaseException, host: str | None) -> str | None:
    """What a person should look at where ``error`` was raised because ``host`` has no address; None where it was not.

    A name that does not exist is one thing (a region is misspelt), and a resolver that does not answer is another.
    """
    name = repr(host) if host else "the host's name"
    for each in chain_of(error):
        if isinstance(each, socket.gaierror):
            code = _RESOLVER_CODES.get(each.errno or 0, each.errno)
            cause = f"[{code}: {each.strerror}]"
            if each.errno == socket.EAI_AGAIN:
                return f"{name} can't be looked up: DNS does not answer; is this machine's network up? {cause}"
            return f"{name} can't be resolved: is the region or the endpoint's name right? {cause}"
        if isinstance(each, UnicodeError):
            return f"{name} can't be resolved: it can't be a host's name [{each}]"
    return None
