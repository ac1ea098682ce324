"""How many messages may wait in a worker at once, of those whose handlers asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .in_flight import InFlight


class HoldBudget:
    """Of all queues of a worker together. While it is full nothing more is received: it would not fit either.

    ``changed`` is called with their number whenever that is another one.
    """

    def __init__(self, limit: int, changed: Callable[[int], None]) -> None:
        self._limit = limit
        self._changed = changed
        self._held: set[InFlight] = set()

    @property
    def is_full(self) -> bool:
        """Whether there is room for no more."""
        return len(self._held) >= self._limit

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
