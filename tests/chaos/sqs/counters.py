"""SQS's approximate counters: late by some seconds, and not the same twice."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from random import Random

Counts = tuple[int, int, int]
"""Visible, in flight, delayed."""

BLANK_SHARE = 0.1
"""How often a flickering counter says 0: a server of SQS that was asked knew of no message."""


@dataclass(frozen=True, slots=True)
class Vagueness:
    """How wrong the counters may be: late by up to ``lag_seconds``, off by up to ``flicker_share`` of themselves."""

    lag_seconds: float = 0.0
    flicker_share: float = 0.0


class ApproximateCounters:
    """What GetQueueAttributes says of one queue."""

    def __init__(self, vagueness: Vagueness, random: Random) -> None:
        self._vagueness = vagueness
        self._random = random
        self._noted: deque[tuple[float, Counts]] = deque()

    def note(self, counts: Counts, now: float) -> None:
        """The true counts, as of now."""
        self._noted.append((now, counts))
        while len(self._noted) > 1 and self._noted[1][0] <= now - self._vagueness.lag_seconds:
            self._noted.popleft()

    def read(self, counts: Counts, now: float) -> Counts:
        """What is said where ``counts`` are true."""
        self.note(counts, now)
        as_of_mono = now - self._vagueness.lag_seconds * self._random.random()
        known = [noted for mono, noted in self._noted if mono <= as_of_mono]
        visible, in_flight, delayed = known[-1] if known else self._noted[0][1]
        return self._flicker(visible), self._flicker(in_flight), self._flicker(delayed)

    def _flicker(self, number: int) -> int:
        share = self._vagueness.flicker_share
        if share and self._random.random() < BLANK_SHARE:
            return 0
        return round(number * self._random.uniform(1 - share, 1 + share))
