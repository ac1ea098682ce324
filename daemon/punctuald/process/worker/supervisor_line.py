"""What a worker says to the supervisor."""

from __future__ import annotations

import contextlib

from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Up


class SupervisorLine:
    """One that is gone hears nothing, and the lifeline says so in a moment."""

    def __init__(self, channel: ChildEnd) -> None:
        self._channel = channel

    def send(self, frame: Up) -> None:
        """Send one frame."""
        with contextlib.suppress(OSError):
            self._channel.send(frame)
