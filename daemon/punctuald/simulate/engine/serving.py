"""The slots at work: which message starts when, exactly.

Every slot is a stamp: when it is free, and which worker's it is. The next free slot takes the next message. As long as
messages need no choice (first come, first served, one tier, none may overtake), a loop of a few lines is enough, at
half a microsecond a message; otherwise `Window` chooses among the messages that the pool holds back, at some
microseconds each. Not modelled: the time that receives and deletes take, and which worker holds a message that waits;
any free slot takes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappush, heapreplace

import numpy as np

from punctuald.simulate.trace.stamps import PLACE_BITS, PLACE_MASK, SECOND, Stamps, stamp
from punctuald.simulate.trace.tier_plan import TierPlan

from .broker import Broker
from .limits.start_limits import StartLimits
from .setup import Overload, Setup
from .traffic import Traffic
from .window import Window

PIECE = 4096


class Serving:
    """All slots of the workers that take messages, and what became of every message."""

    def __init__(self, traffic: Traffic, setup: Setup, plan: TierPlan, seed: int) -> None:
        self.slots: list[int] = []
        self.ended: Stamps = np.zeros(traffic.messages, dtype=np.int64)  # with the worker's index in its low bits
        self.done = 0  # messages that were started and will not come again
        self.redelivered = 0
        self.broker = Broker(traffic.sent.data, setup.order_randomness, seed)
        self._sent = traffic.sent.data
        self._service = traffic.service.data
        self._ends = self.ended.data
        self._failures = None if traffic.failures is None else traffic.failures.tolist()
        self._window = Window(self.broker, self._sent, plan, setup.overload)
        self._plan = plan
        self._rescue = setup.overload is Overload.RESCUE
        self._passable = setup.order_randomness > 0 or traffic.failures is not None
        self._limits = StartLimits(setup.limits)
        self._redelivery = stamp(setup.redelivery_seconds)
        self._work = np.concatenate(([0], np.cumsum(traffic.service >> PLACE_BITS)))
        self.started_work = 0.0
        self.starts = 0

    def open(self, place: int, slots: int, at: int) -> None:
        """A worker takes messages from ``at`` on."""
        for _ in range(slots):
            heappush(self.slots, at | place)

    def close(self, place: int) -> list[int]:
        """A worker takes no more; its slots' stamps say when each is free."""
        left = [free for free in self.slots if free & PLACE_MASK == place]
        self.slots[:] = [free for free in self.slots if free & PLACE_MASK != place]
        heapify(self.slots)
        return left

    def abandon(self, slots: Iterable[int], now: int) -> None:
        """The workers of these slots were killed: what they ran at ``now`` was not handled, and comes again."""
        for free in slots:
            if (free & ~PLACE_MASK) <= now:
                continue
            for index in np.flatnonzero(self.ended == free).tolist():
                self._ends[index] = 0
                self.done -= 1
                self.redelivered += 1
                self.broker.give_back(index, now + self._redelivery)
                self._passable = True

    def run(self, until: int, window: int) -> None:
        """Start whatever starts before ``until``; ``window`` messages can be held back."""
        if not self.slots:
            return
        if self._one_order(until):
            self._run_in_order(until)
        else:
            self._run_by_urgency(until, window)

    def waiting(self, now: int) -> int:
        """Messages that were sent and are not started, held back ones included."""
        return self.broker.visible(now) + self._window.held

    def received(self, now: int, window: int) -> int:
        """How many messages were received for the first time, where they come in order."""
        if self._window.held:
            return self.broker.next
        return min(self.broker.arrived(now), self.broker.next + window)

    def held(self, now: int, window: int) -> int:
        """Messages in flight that are not started."""
        return self._window.held or min(self.broker.arrived(now) - self.broker.next, window)

    def _one_order(self, until: int) -> bool:
        """Whether nothing that can start before ``until`` may pass another."""
        if self._passable or self._limits.any or not self._window.put_back():
            return False
        first, arrived = self.broker.next, self.broker.arrived(until)
        if first == arrived:
            return True
        oldest, newest = self._sent[first] / SECOND, self._sent[arrived - 1] / SECOND
        in_time = self._sent[first] + stamp(self._plan.threshold_at(oldest)) >= until
        return self._plan.span_at(oldest) == self._plan.span_at(newest) and (in_time or not self._rescue)

    def _run_in_order(self, until: int) -> None:
        slots = self.slots
        first = index = self.broker.next
        last = self.broker.arrived(until)
        ends: list[int] = []
        while index < last and len(ends) == index - first:
            # Arrays are converted to lists, piece by piece: reading an item of an array makes a new int each time.
            piece = slice(index, min(index + PIECE, last))
            for arrived, lasting in zip(self._sent[piece].tolist(), self._service[piece].tolist(), strict=True):
                free = slots[0]
                start = free if free > arrived else arrived | (free & PLACE_MASK)
                if start >= until:
                    break
                end = start + lasting
                heapreplace(slots, end)
                ends.append(end)
            index = piece.stop
        self._ended_in_order(first, ends)

    def _ended_in_order(self, first: int, ends: list[int]) -> None:
        last = first + len(ends)
        self.ended[first:last] = ends
        self.broker.next = last
        self.done += len(ends)
        self.starts += len(ends)
        self.started_work += float(self._work[last] - self._work[first]) / 1e6

    def _run_by_urgency(self, until: int, window: int) -> None:
        slots, held = self.slots, self._window
        size = max(1, window)
        while True:
            free = slots[0]
            now = self._limits.not_before(free & ~PLACE_MASK)
            held.fill(now, size)
            if not held.held:
                next_at = self.broker.next_at()
                if next_at is None or next_at >= until:
                    break
                now = max(now, next_at)
                held.fill(now, size)
            if now >= until:
                break
            end = (now | (free & PLACE_MASK)) + self._service[index := held.take(now)]
            heapreplace(slots, end)
            self._limits.started(now, end)
            self._end(index, end)
        held.fill(until, size)

    def _end(self, index: int, end: int) -> None:
        self.starts += 1
        self.started_work += (self._service[index] >> PLACE_BITS) / 1e6
        if self._failures is not None and self._failures[index] > 0:
            self._failures[index] -= 1
            self.redelivered += 1
            self.broker.give_back(index, (end & ~PLACE_MASK) + self._redelivery)
        else:
            self._ends[index] = end
            self.done += 1
