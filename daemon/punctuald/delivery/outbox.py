"""Settlements of one queue that wait for their batch to fill, or for their next try."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf

from .heap import LazyHeap
from .settlement import Action, Settlement

BATCH = {Action.ACKNOWLEDGE: 10, Action.RELEASE: 10, Action.DEAD_LETTER: 1}
"""One request's worth: a call that fails as a whole then concerns no more than these."""

FULL = BATCH[Action.ACKNOWLEDGE]
HELPED_FULL = 4 * FULL
"""Where slots that pass by take full tens along: more than these, and it can't keep up."""


class Outbox:
    """By action and due time. Not thread safe.

    Acknowledgements *linger* until ten are together or the first is due. Everything else goes when it is due, and so
    do acknowledgements that failed once: they have waited enough to fill a batch, but must not be called full.
    """

    def __init__(self) -> None:
        self._lingering: deque[Settlement] = deque()
        self._linger_until_mono = inf  # the earliest of them
        self._due = {action: LazyHeap[Settlement]() for action in Action}
        self._held_until_mono = dict.fromkeys(Action, -inf)
        self.full = FULL  # so many that linger are due at once

    def __len__(self) -> int:
        return len(self._lingering) + sum(len(heap) for heap in self._due.values())

    def linger(self, settlements: Sequence[Settlement], due_mono: float) -> None:
        """Acknowledgements that may wait for company, until ``due_mono``."""
        for settlement in settlements:
            settlement.due_mono = due_mono
        self._lingering.extend(settlements)
        self._linger_until_mono = min(self._linger_until_mono, due_mono)

    def add(self, settlement: Settlement, due_mono: float) -> None:
        """To be done at ``due_mono``."""
        self._due[settlement.action].set(settlement, due_mono)

    def hold(self, action: Action, until_mono: float) -> None:
        """Try nothing of this kind before: the source just failed at it."""
        self._held_until_mono[action] = until_mono

    def hurry(self, now_mono: float) -> None:
        """Let nothing linger any more."""
        while self._lingering:
            self.add(self._lingering.popleft(), now_mono)
        self._linger_until_mono = inf

    def next_due_mono(self) -> float:
        """When there is something to do; infinity while empty, and the past where it is time already."""
        return min(self._action_due_mono(action) for action in Action)

    def take(self, now_mono: float) -> list[Settlement]:
        """One batch of one action that is due, taken out; empty where nothing is."""
        action = min(Action, key=self._action_due_mono)
        if self._action_due_mono(action) > now_mono:
            return []
        batch: list[Settlement] = []
        while len(batch) < BATCH[action] and (due := self._due[action].pop_due(now_mono)) is not None:
            batch.append(due)
        if action is Action.ACKNOWLEDGE:
            while len(batch) < BATCH[action] and self._lingering:
                batch.append(self._lingering.popleft())
            self._linger_until_mono = self._earliest()
        return batch

    def take_full(self, now_mono: float) -> list[Settlement]:
        """Ten acknowledgements that linger, taken out; empty where there are fewer, or the source just failed."""
        if len(self._lingering) < FULL or self._held_until_mono[Action.ACKNOWLEDGE] > now_mono:
            return []
        batch = [self._lingering.popleft() for _ in range(FULL)]
        self._linger_until_mono = self._earliest()
        return batch

    def _earliest(self) -> float:
        if len(self._lingering) >= self.full:
            return -inf  # nobody waits for one of them: looking through a long backlog each time would take for ever
        return min((settlement.due_mono for settlement in self._lingering), default=inf)

    def _action_due_mono(self, action: Action) -> float:
        if action is Action.ACKNOWLEDGE:
            due_mono = min(self._first_due_mono(action), self._lingering_due_mono())
        else:
            due_mono = self._first_due_mono(action)
        return max(due_mono, self._held_until_mono[action])

    def _first_due_mono(self, action: Action) -> float:
        first = self._due[action].first()
        return inf if first is None else first[0]

    def _lingering_due_mono(self) -> float:
        return -inf if len(self._lingering) >= self.full else self._linger_until_mono
