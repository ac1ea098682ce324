"""What systemd hears of a daemon, by sd_notify(3)."""

from __future__ import annotations

import socket
from pathlib import Path


class Systemd:
    """Its end of the socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0)
        self.heard: list[dict[str, str]] = []

    def listen(self) -> None:
        """Take in what has come."""
        while True:
            try:
                datagram = self.socket.recv(4096).decode()
            except BlockingIOError:
                return
            self.heard.append(dict(line.split("=", 1) for line in datagram.splitlines()))

    def has_heard(self, key: str, count: int = 1) -> bool:
        """Whether ``key=1`` came so often."""
        self.listen()
        return self.states.count(key) >= count

    def has_shown(self, text: str) -> bool:
        """Whether a status line with it came."""
        self.listen()
        return any(text in said.get("STATUS", "") for said in self.heard)

    @property
    def states(self) -> list[str]:
        """The states in order, without the watchdog's."""
        return [key for said in self.heard for key, value in said.items() if value == "1"]
