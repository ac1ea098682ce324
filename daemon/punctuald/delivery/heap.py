"""A priority queue whose entries can be moved and taken back."""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)

GARBAGE_ALLOWED = 64
"""Stale entries kept beside as many live ones: sweeping then costs a constant per change."""


class LazyHeap(Generic[Item]):
    """Items by key, smallest first, the earlier one first among equals. Not thread safe.

    Deletion is lazy, as in the notes to Python's `heapq`: a stale entry stays until it surfaces. Under steady traffic
    the entries of a long lease would surface only minutes later and hold their messages' bodies until then, so they
    are swept out as soon as they are the majority.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Item]] = []
        self._live: dict[Item, tuple[float, int]] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, item: object) -> bool:
        return item in self._live

    def set(self, item: Item, key: float) -> None:
        """Put ``item`` in at ``key``, or move it there."""
        self._sequence += 1
        self._live[item] = (key, self._sequence)
        heapq.heappush(self._entries, (key, self._sequence, item))
        self._sweep()

    def discard(self, item: Item) -> bool:
        """Take ``item`` out wherever it is; False where it was not in."""
        if self._live.pop(item, None) is None:
            return False
        self._sweep()
        return True

    def first(self) -> tuple[float, Item] | None:
        """The smallest key and its item, which stays in; None when empty."""
        while self._entries:
            key, sequence, item = self._entries[0]
            if self._live.get(item) == (key, sequence):
                return key, item
            heapq.heappop(self._entries)
        return None

    def pop(self) -> tuple[float, Item] | None:
        """The smallest key and its item, taken out; None when empty."""
        first = self.first()
        if first is not None:
            heapq.heappop(self._entries)
            del self._live[first[1]]
        return first

    def pop_due(self, key: float) -> Item | None:
        """The first item whose key is at most ``key``, taken out; None where there is none."""
        first = self.first()
        if first is None or first[0] > key:
            return None
        self.pop()
        return first[1]

    def entries_held(self) -> int:
        """Live and stale entries together: what the memory bound is about."""
        return len(self._entries)

    def _sweep(self) -> None:
        if len(self._entries) > 2 * len(self._live) + GARBAGE_ALLOWED:
            self._entries = [(key, sequence, item) for item, (key, sequence) in self._live.items()]
            heapq.heapify(self._entries)
