"""The line between the supervisor and one child: JSON lines upward, and a lifeline downward.

Nothing is ever sent down: a child that can read from its end reads the end of file of a dead parent.
"""

from __future__ import annotations

import socket
from typing import Any

import orjson

_LONGEST_BACKLOG_BYTES = 1 << 20


class ChildEnd:
    """What the child holds."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        end.settimeout(None)

    def fileno(self) -> int:
        """Readable once the parent is gone: for selectors."""
        return self._end.fileno()

    def tell(self, kind: str, **fields: Any) -> None:
        """Send one message. Blocks while the parent is busy; raises OSError when it is gone."""
        self._end.sendall(orjson.dumps({"kind": kind, **fields}) + b"\n")

    def close(self) -> None:
        """Hang up."""
        self._end.close()


class ParentEnd:
    """What the supervisor holds."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._partial = b""
        end.settimeout(0)

    def fileno(self) -> int:
        """For selectors."""
        return self._end.fileno()

    def read(self) -> list[dict[str, Any]]:
        """The messages that are here in full. Whatever a dying child left half-written is dropped."""
        try:
            data = self._end.recv(65536)
        except (BlockingIOError, ConnectionResetError):
            return []
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()[-_LONGEST_BACKLOG_BYTES:]
        return [message for message in map(_parsed, lines) if message is not None]

    def close(self) -> None:
        """Hang up: the child sees its lifeline cut."""
        self._end.close()


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None  # a child in its last breath; its exit is reported by the reaper
    return message if isinstance(message, dict) else None


def open_channel() -> tuple[ParentEnd, ChildEnd]:
    """Both ends, before the fork; each side then closes the other's."""
    parent, child = socket.socketpair()
    return ParentEnd(parent), ChildEnd(child)
