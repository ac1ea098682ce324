"""The simulated queue: gives messages in order, or in a best effort of order, and gives those that failed again."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from heapq import heappop, heappush
from math import ceil

import numpy as np

from punctuald.simulate.trace.stamps import SECOND


class Broker:
    """Messages by index, in the order of sending. ``next`` is the first that was not received, where order is kept."""

    def __init__(self, sent: memoryview, randomness: float, seed: int) -> None:
        self.next = 0
        self.returned: list[tuple[int, int]] = []  # (from when it can be received again, index)
        self.received_seconds: Counter[int] = Counter()  # by second of sending; kept for a random order only
        self.newest_sent = -1
        self.first_deliveries = 0  # for a random order only
        self.shuffled = randomness > 0
        self._sent = sent
        self._waiting: list[int] = []
        self._given_back: set[int] = set()
        self._randomness = randomness
        self._rng = np.random.default_rng((seed, 3))

    def arrived(self, now: int) -> int:
        """How many messages were sent up to ``now``."""
        return bisect_right(self._sent, now, self.next)

    def visible(self, now: int) -> int:
        """How many can be received at ``now``."""
        again = sum(at <= now for at, _ in self.returned)
        return self.arrived(now) - self.next + len(self._waiting) + again

    def give_back(self, index: int, visible_at: int) -> None:
        """A delivery failed; the message can be received again from ``visible_at`` on."""
        heappush(self.returned, (visible_at, index))
        self._given_back.add(index)

    def next_at(self) -> int | None:
        """When there is something to receive at the earliest, or None when all was received."""
        if self._waiting:
            return 0
        moments = [self._sent[self.next]] if self.next < len(self._sent) else []
        moments += [self.returned[0][0]] if self.returned else []
        return min(moments, default=None)

    def receive(self, now: int) -> int | None:
        """One message that is visible at ``now``, or None."""
        return self._any_of_the_oldest(now) if self.shuffled else self._oldest(now)

    def _oldest(self, now: int) -> int | None:
        if self.returned and self.returned[0][0] <= now:
            return heappop(self.returned)[1]
        if self.next == len(self._sent) or self._sent[self.next] > now:
            return None
        self.next += 1
        return self.next - 1

    def _any_of_the_oldest(self, now: int) -> int | None:
        while (index := self._oldest(now)) is not None:
            self._waiting.append(index)
        if not self._waiting:
            return None
        oldest = max(1, ceil(self._randomness * len(self._waiting)))
        index = self._waiting.pop(int(self._rng.random() * oldest))
        if index not in self._given_back:
            self.first_deliveries += 1
            self.received_seconds[self._sent[index] // SECOND] += 1
            self.newest_sent = max(self.newest_sent, self._sent[index])
        return index
