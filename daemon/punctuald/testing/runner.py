"""Keeps the micro-batches that the delivery gives to handlers, until somebody outside its event loop calls them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.run.micro_batch import MicroBatch
from punctuald.delivery.run.runner import OnEnded, Running
from punctuald.model import Message, Outcome
from punctuald.policy.pool.handler_slots import HandlerKind

Call = Callable[[Sequence[Message]], Sequence[Outcome]]


class WaitingRunner:
    """See `Runner`. One handler runs at a time, so that a test has the same course each time.

    A handler is called between two turns of the delivery's loop, never inside one, so that it may run an event loop of
    its own, as it may in the daemon's threads. It takes as long as it moves the clock.
    """

    slots = 1
    kind = HandlerKind.FUNCTION
    one_by_one = False

    def __init__(self, clock: ManualClock, loop: asyncio.AbstractEventLoop, *, together: bool) -> None:
        self.idle = self.slots
        self.waiting: list[MicroBatch] = []
        self._clock = clock
        self._loop = loop
        self._together = together
        self._on_ended: OnEnded | None = None

    def start(self, on_ended: OnEnded) -> None:
        """See `Runner.start`."""
        self._on_ended = on_ended

    def run(self, batch: MicroBatch) -> None:
        """See `Runner.run`."""
        self.idle -= 1
        self.waiting.append(batch)

    def running(self) -> Sequence[Running]:
        """See `Runner.running`: when the loop turns, no handler runs."""
        return []

    def cancel(self) -> None:
        """See `Runner.cancel`."""

    def look(self) -> None:
        """See `Runner.look`: nobody looks."""

    def clear_running(self, kept: Sequence[Running]) -> None:
        """See `Runner.clear_running`: there is no board."""

    def call_waiting(self, call: Call) -> None:
        """Call handlers with all that waits for them. The time that they took passes on the loop afterwards, so that
        leases are renewed in it."""
        waiting, self.waiting = self.waiting, []
        for batch in waiting:
            began_mono = batch.begun_mono = self._clock.mono()
            while batch.unstarted:
                self._handle(batch, batch.take_unstarted() if self._together else [batch.unstarted.popleft()], call)
            batch.ended_mono = self._clock.mono()
            self._pass_on_loop(batch, batch.ended_mono - began_mono)

    def _pass_on_loop(self, batch: MicroBatch, took_seconds: float) -> None:
        if took_seconds == 0:
            self._loop.call_soon(self._end, batch)
        else:
            self._clock.advance(-took_seconds)
            self._loop.call_later(took_seconds, self._end, batch)

    def _handle(self, batch: MicroBatch, items: Sequence[InFlight], call: Call) -> None:
        started_mono = self._clock.mono()
        outcomes = call([item.message for item in items])
        finished_mono = self._clock.mono()
        for item, outcome in zip(items, outcomes, strict=True):
            item.started_mono, item.finished_mono, item.outcome = started_mono, finished_mono, outcome
        batch.finished.extend(items)

    def _end(self, batch: MicroBatch) -> None:
        self.idle += 1
        if self._on_ended is not None:
            self._on_ended([batch])
