"""How many messages may wait in a worker at once, of those whose handlers asked for it."""

from __future__ import annotations

from collections.abc import Iterable

from .in_flight import InFlight


class HoldBudget:
    """Of all queues of a worker together. While it is full nothing more is received: it would not fit either."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: set[InFlight] = set()

    @property
    def is_full(self) -> bool:
        """Whether there is room for no more."""
        return len(self._held) >= self._limit

    def take(self, item: InFlight) -> None:
        """It is held."""
        self._held.add(item)

    def free(self, items: Iterable[InFlight]) -> None:
        """They are held no longer, if they were."""
        self._held.difference_update(items)
