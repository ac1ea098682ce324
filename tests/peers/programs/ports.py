"""Ports that stay ours while their server is down."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator

from punctuald.demo.servers import LOOPBACK

FIRST, END = 15_000, 32_000
"""Below what Linux gives to outgoing connections, one of which could sit there when the server comes back."""


def free_ports(count: int) -> list[int]:
    """So many different ones that nobody listens on."""
    ports: set[int] = set()
    for port in _candidates():
        if len(ports) == count:
            break
        if _is_free(port):
            ports.add(port)
    return sorted(ports)


def _candidates() -> Iterator[int]:
    while True:
        yield FIRST + secrets.randbelow(END - FIRST)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
