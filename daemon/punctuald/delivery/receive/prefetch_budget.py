"""How much may be asked for just now: one account for all queues whose handlers share a runner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.delivery.ready.ready_queue import ReadyQueue
from punctuald.delivery.run.runner import Runner
from punctuald.policy.delivery.service_times import ServiceTimes
from punctuald.policy.receive import prefetch

HOLDS_ROOM_SECONDS = 0.25
"""A long poll that has not answered by then meets an empty queue: another queue may have the room kept for it."""

UNSETTLED_ALLOWED = 500
"""Of one queue: where more wait for their settlement, it can't keep up, and receiving must wait."""


class Reservation:
    """Room for what was asked for."""

    __slots__ = ("_on_end", "messages")

    def __init__(self, messages: int, on_end: Callable[[Reservation], None]) -> None:
        self.messages = messages
        self._on_end = on_end

    def end(self) -> None:
        """Give the room back, unless that was done before."""
        if self.messages:
            self._on_end(self)


class PrefetchBudget:
    """Counts what waits or runs, and what was asked for and has not come yet.

    A *quiet* consumer (its last receive brought nothing) reserves nothing and does not mind others' reservations: its
    long poll on an empty queue would otherwise hold ten places back from a full one for 20 s. What it costs is that
    the worker may for a moment hold ten messages more than its budget, once for each queue that comes to life.
    """

    def __init__(self, runner: Runner, ready: ReadyQueue, limit: int) -> None:
        self._runner = runner
        self._ready = ready
        self._limit = limit
        self._reserved = 0  # of the reservations together
        self._reservations: dict[Reservation, None] = {}
        self._look: asyncio.TimerHandle | None = None
        self._waiting: dict[Callable[[], None], None] = {}
        self.service_times = ServiceTimes()  # of all these queues together: what their shared slots are busy with
        self._limits: dict[StartLimit, None] = {}
        self._pending = 0

    def limit(self, limit: StartLimit) -> None:
        """What is ready and has this limit takes no room; what runs does."""
        self._limits[limit] = None

    @property
    def pending(self) -> int:
        """What waits to start, or runs."""
        return self._pending + sum([limit.running for limit in self._limits if limit.is_apart])

    def room(
        self,
        lookahead_seconds: float,
        receive_seconds: float,
        *,
        batch_size: int,
        largest_receive: int,
        most: int | None,
        quiet: bool,
    ) -> int:
        """How many messages this consumer may ask for now; 0 = not yet. ``most`` None = the worker's own limit."""
        budget = self.size(lookahead_seconds, receive_seconds, batch_size=batch_size, most=most)
        asked = 0 if quiet else self._reserved
        startable = self._startable(batch_size)
        room = prefetch.room(budget, startable + asked, slot_is_idle=self.slot_is_idle, largest_receive=largest_receive)
        return max(0, min(room, self._most(batch_size, most) - self.pending - asked))

    def size(
        self, lookahead_seconds: float, receive_seconds: float, *, batch_size: int, most: int | None = None
    ) -> int:
        """How many messages may wait or run, those of all consumers together."""
        return prefetch.budget(
            self._runner.slots * batch_size,
            self.service_times.mean_seconds,
            lookahead_seconds,
            receive_seconds,
            self._most_waiting(most),
        )

    def _startable(self, batch_size: int) -> int:
        """How many are in the way of what comes next, at the most. What waits behind others of its group is so only
        while every slot has work: a log goes on giving records of a slow key, and all other keys would wait for it."""
        if not self.slot_is_idle:
            return self.pending
        return min(self.pending, (self._runner.slots - self._runner.idle) * batch_size + len(self._ready))

    def _most(self, batch_size: int, most: int | None) -> int:
        """How many may be pending, those behind others of their group too: one a slot, whatever the limits say."""
        return max(self._runner.slots * batch_size, self._most_waiting(most))

    def _most_waiting(self, most: int | None) -> int:
        return self._limit if most is None else min(most, self._limit)

    @property
    def slots(self) -> int:
        """How many handlers can run at once."""
        return self._runner.slots

    @property
    def slot_is_idle(self) -> bool:
        """Whether a slot has nothing to do, and there is nothing ready for it: it is not just between two messages."""
        return self._runner.idle > len(self._ready)

    def reserve(self, messages: int) -> Reservation:
        """So many were asked for. It ends when the answer is there and what it brought is pending, or before that where
        a slot is idle and it brings nothing yet: its room may be another consumer's then."""
        reservation = Reservation(messages, self._ended)
        if messages:
            self._reserved += messages
            self._reservations[reservation] = None
        return reservation

    def _ended(self, reservation: Reservation) -> None:
        self._reserved -= reservation.messages
        reservation.messages = 0
        del self._reservations[reservation]
        self._room_changed()

    def wait(self, call: Callable[[], None]) -> None:
        """Call once, when there may be room again."""
        self._waiting[call] = None
        if self._look is None and self._reserved and self.slot_is_idle:
            loop = asyncio.get_running_loop()
            self._look = loop.call_later(HOLDS_ROOM_SECONDS, self._end_all, tuple(self._reservations))

    def _end_all(self, reservations: Iterable[Reservation]) -> None:
        self._look = None
        for reservation in reservations:
            reservation.end()

    def take(self, items: Iterable[InFlight]) -> None:
        """They wait to start, or run."""
        for item in items:
            if not (item.takes_room or item.options.is_apart):
                item.takes_room = True
                self._pending += 1

    def free(self, items: Iterable[InFlight]) -> None:
        """They do so no more: settled, gone, or held on purpose."""
        for item in items:
            if item.takes_room:
                item.takes_room = False
                self._pending -= 1
        self._room_changed()

    def _room_changed(self) -> None:
        """Who took room goes to the end, even if it waits for more at once: else a full queue would be first each time,
        and another one would get none while the backlog lasts."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        served: list[Callable[[], None]] = []
        for call in waiting:
            reserved = self._reserved
            call()
            if self._reserved > reserved and call in self._waiting:
                served.append(call)
        for call in served:
            del self._waiting[call]
            self._waiting[call] = None
