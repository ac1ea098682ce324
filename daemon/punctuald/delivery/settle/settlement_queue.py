"""Settlements of one queue that wait for their batch to fill, or for their next try."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf

from .settlement import ACKNOWLEDGE, Action, Settlement

ACTIONS = tuple(Action)
"""To go through an enum takes several times as long."""


class SettlementQueue:
    """By action and due time.

    Acknowledgements *linger* until a batch is together or the first is due. Everything else goes when it is due, and
    so do acknowledgements that failed once: they have waited long enough to fill a batch, and must not count towards
    a full one.
    """

    def __init__(self, largest_batch: int) -> None:
        self._largest = {Action.ACKNOWLEDGE: largest_batch, Action.RELEASE: largest_batch, Action.DEAD_LETTER: 1}
        self._lingering: deque[Settlement] = deque()
        self._linger_until_mono = inf  # the earliest of their times
        self._due: dict[Action, list[tuple[float, int, Settlement]]] = {action: [] for action in Action}
        self._waiting = 0  # in `_due`, of all actions: mostly none
        self._held_until_mono = dict.fromkeys(Action, -inf)
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._lingering) + self._waiting

    def linger(self, settlements: Sequence[Settlement], due_mono: float) -> None:
        """Let acknowledgements wait for others to share a request with, until ``due_mono``."""
        for settlement in settlements:
            settlement.due_mono = due_mono
        self._lingering.extend(settlements)
        self._linger_until_mono = min(self._linger_until_mono, due_mono)

    def add(self, settlement: Settlement, due_mono: float) -> None:
        """Have ``settlement`` done at ``due_mono``."""
        self._sequence += 1
        self._waiting += 1
        heappush(self._due[settlement.action], (due_mono, self._sequence, settlement))

    def pause_until(self, action: Action, until_mono: float) -> None:
        """Try no ``action`` before ``until_mono``: the source just failed at one."""
        self._held_until_mono[action] = until_mono

    def flush_soon(self, now_mono: float) -> None:
        """Let nothing linger any more."""
        while self._lingering:
            self.add(self._lingering.popleft(), now_mono)
        self._linger_until_mono = inf

    def next_due_mono(self) -> float:
        """When there is something to do; infinity while empty, and the past where it is time already."""
        if not self._waiting:
            return self._action_due_mono(ACKNOWLEDGE)
        return min([self._action_due_mono(action) for action in ACTIONS])

    def take(self, now_mono: float) -> list[Settlement]:
        """One batch of one action that is due, taken out; empty where nothing is."""
        action = min(ACTIONS, key=self._action_due_mono) if self._waiting else ACKNOWLEDGE
        if self._action_due_mono(action) > now_mono:
            return []
        batch: list[Settlement] = []
        due = self._due[action]
        while due and len(batch) < self._largest[action] and due[0][0] <= now_mono:
            batch.append(heappop(due)[2])
        self._waiting -= len(batch)
        return self._take_lingering(batch) if action is ACKNOWLEDGE else batch

    def _take_lingering(self, batch: list[Settlement]) -> list[Settlement]:
        """``batch``, filled up with acknowledgements that linger."""
        lingering = self._lingering
        largest = self._largest[ACKNOWLEDGE]
        fitting = min(len(lingering), largest - len(batch))
        batch += [lingering.popleft() for _ in range(fitting)]
        if len(lingering) < largest:  # else the next batch is full, and goes without regard to its due time
            self._linger_until_mono = min([settlement.due_mono for settlement in lingering], default=inf)
        return batch

    def _action_due_mono(self, action: Action) -> float:
        due, held_until_mono = self._due[action], self._held_until_mono[action]
        due_mono = due[0][0] if due else inf
        if action is ACKNOWLEDGE:
            if len(self._lingering) >= self._largest[action]:
                return held_until_mono
            due_mono = min(due_mono, self._linger_until_mono)
        return max(due_mono, held_until_mono)
