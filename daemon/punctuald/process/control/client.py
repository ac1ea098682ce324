"""Asks a daemon by its control socket."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

LONGEST_ANSWER_BYTES = 1 << 20


def ask(path: Path, verb: str, timeout_seconds: float) -> Mapping[str, Any] | None:
    """The daemon's answer; None where no daemon listens at ``path``, or where it says nothing of use in that time."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(timeout_seconds)
            client.connect(str(path))
            client.sendall(verb.encode() + b"\n")
            answer = orjson.loads(_line(client))
    except (OSError, ValueError):  # ValueError: no JSON
        return None
    return answer if isinstance(answer, dict) else None


def _line(client: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) <= LONGEST_ANSWER_BYTES:
        data = client.recv(1 << 16)
        if not data:
            break
        line += data
    return line
