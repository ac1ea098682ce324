"""How many messages may wait in a worker at once, of those whose handlers asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from .in_flight import InFlight


class HoldBudget:
    """Of all queues of a worker together. While it is full nothing more is received: it would not fit either. Who finds
    it full has to `wait`: the room that comes free may be that of another kind of handler, whose budget tells only its
    own queues.

    ``changed`` is called with their number whenever that is another one.
    """

    def __init__(self, limit: int, changed: Callable[[int], None]) -> None:
        self._limit = limit
        self._changed = changed
        self._held: set[InFlight] = set()
        self._waiting: dict[Callable[[], None], None] = {}

    @property
    def is_full(self) -> bool:
        """Whether there is room for no more."""
        return len(self._held) >= self._limit

    @property
    def is_half_full(self) -> bool:
        """Whether one more would be in the second half, which is for messages that nothing but their time keeps."""
        return 2 * (len(self._held) + 1) > self._limit

    def wait(self, call: Callable[[], None]) -> None:
        """Call once, when there is room again; in a later turn of the loop, for who frees it is not done yet."""
        self._waiting[call] = None

    def take(self, item: InFlight) -> None:
        """It is held."""
        self._held.add(item)
        self._changed(len(self._held))

    def free(self, items: Iterable[InFlight]) -> None:
        """They are held no longer, if they were."""
        before = len(self._held)
        self._held.difference_update(items)
        if len(self._held) != before:
            self._changed(len(self._held))
        if self._waiting and not self.is_full:
            waiting, self._waiting = self._waiting, {}
            for call in waiting:
                asyncio.get_running_loop().call_soon(call)
