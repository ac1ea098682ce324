"""Messages that were received and stay: hidden while a command runs, so that it gets to the others."""

from __future__ import annotations

from collections.abc import Iterable

from punctuald.clock import Clock

from .calls import SqsCalls
from .entries import change_visibility
from .state import QueueState

RENEWED_AT = 0.5
"""Share of its time hidden after which a message is hidden for longer."""


class HiddenMessages:
    """By receipt handle, with when each becomes visible: after a kill too, ``hidden_seconds`` later."""

    def __init__(self, calls: SqsCalls, queue: QueueState, hidden_seconds: int, clock: Clock) -> None:
        self._calls = calls
        self._queue = queue
        self._hidden_seconds = hidden_seconds
        self._clock = clock
        self._until_mono: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._until_mono)

    def add(self, handle: str, received_mono: float) -> None:
        """One that was received then."""
        self._until_mono[handle] = received_mono + self._hidden_seconds

    def remove(self, handles: Iterable[str]) -> None:
        """They are deleted, or become visible when their time is over."""
        for handle in handles:
            self._until_mono.pop(handle, None)

    def renew(self) -> None:
        """Hide for longer what would soon be visible. Raises `SourceError`."""
        now_mono = self._clock.mono()
        soon_mono = now_mono + self._hidden_seconds * RENEWED_AT
        due = [handle for handle, until_mono in self._until_mono.items() if until_mono < soon_mono]
        self._until_mono |= dict.fromkeys(due, now_mono + self._hidden_seconds)
        for lost in change_visibility(self._calls, self._queue, due, self._hidden_seconds):
            del self._until_mono[lost]  # visible already, or somebody else's now

    def release(self) -> None:
        """Make all of them visible; what SQS refuses becomes so by itself. Raises `SourceError`."""
        change_visibility(self._calls, self._queue, list(self._until_mono), 0)
        self._until_mono.clear()
