"""Which process is at the other end of a connection, by Linux's own tables (proc(5): net/tcp, PID/fd)."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def client_pid(port: int, among: int) -> int | None:
    """The process below ``among`` whose socket has this local port; None where none is found (it may have ended).

    Only that process tree is searched: a look at every process of the machine would hold up all connections.
    """
    inode = _socket_inode(port)
    if inode is None:
        return None
    link = f"socket:[{inode}]"
    return next((pid for pid in _tree(among) if link in _open_files(pid)), None)


def _socket_inode(port: int) -> str | None:
    """Of the connected IPv4 socket with this local port on 127.0.0.1."""
    local = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), 'little'):08X}:{port:04X}"
    for line in (PROC / "net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == local and fields[9] != "0":
            return fields[9]
    return None


def _tree(pid: int) -> Iterator[int]:
    """A process and all that it started, the youngest first: workers are the leaves."""
    with suppress(OSError):  # it ended while we looked
        for thread in (PROC / str(pid) / "task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _tree(int(child))
    yield pid


def _open_files(pid: int) -> set[str]:
    names: set[str] = set()
    with suppress(OSError):
        for entry in os.scandir(PROC / str(pid) / "fd"):
            with suppress(OSError):
                names.add(os.readlink(entry.path))  # noqa: PTH115 - the link is no path
    return names
