"""Handlers on virtual time: a `Runner` whose handlers take as long as they are told, without threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.run.micro_batch import MicroBatch
from punctuald.delivery.run.runner import OnEnded, Running
from punctuald.model import DONE, Message, Outcome
from punctuald.policy.pool.handler_slots import HandlerKind

Verdict = Callable[[Message], Outcome]


class VirtualRunner:
    """See `Runner`. ``seconds`` says how long one message takes, ``outcome`` what becomes of it.

    ``started`` are the messages in the order in which handlers were called with them, with the time. ``together``: a
    micro-batch is one call, as batch handlers have it, and takes as long as its longest message.
    """

    kind = HandlerKind.FUNCTION
    one_by_one = False
    time_limit_seconds = 0.0
    """Nothing ends by it: a function can't be stopped."""

    def __init__(
        self,
        slots: int,
        clock: ManualClock,
        seconds: Callable[[Message], float],
        outcome: Verdict,
        *,
        together: bool = False,
    ) -> None:
        self.slots = slots
        self.idle = slots
        self.started: list[tuple[float, Message]] = []
        self.ended: list[Message] = []
        self._clock = clock
        self._seconds = seconds
        self._outcome = outcome
        self._together = together
        self._on_ended: OnEnded | None = None
        self._current: dict[MicroBatch, Sequence[InFlight]] = {}

    @classmethod
    def quick(cls, clock: ManualClock, slots: int = 4, seconds: float = 0.01) -> VirtualRunner:
        """Every message takes as long as the others, and is done."""
        return cls(slots, clock, lambda _: seconds, lambda _: DONE)

    def start(self, on_ended: OnEnded) -> None:
        self._on_ended = on_ended

    def run(self, batch: MicroBatch) -> None:
        self.idle -= 1
        batch.begun_mono = self._clock.mono()
        self._next(batch)

    def look(self) -> None:
        """It shares the worker's own loop, which nothing blocks."""

    def running(self) -> Sequence[Running]:
        return [
            Running(
                first.message.queue,
                first.id,
                first.started_mono or 0.0,
                self.time_limit_seconds,
                further_ids=tuple([item.id for item in further]),
            )
            for first, *further in self._current.values()
        ]

    def cancel(self) -> None:
        """What runs goes on, as in a thread."""

    def clear_running(self, kept: Sequence[Running]) -> None:
        """There is no board."""

    def _next(self, batch: MicroBatch) -> None:
        if not batch.unstarted:
            self._end(batch)
            return
        items = batch.take_unstarted() if self._together else [batch.unstarted.popleft()]
        seconds = max([self._begin(item) for item in items])
        self._current[batch] = items
        asyncio.get_running_loop().call_later(seconds, self._through, batch, items)

    def _begin(self, item: InFlight) -> float:
        item.started_mono = self._clock.mono()
        self.started.append((item.started_mono, item.message))
        return self._seconds(item.message)

    def _through(self, batch: MicroBatch, items: Sequence[InFlight]) -> None:
        for item in items:
            item.outcome, item.finished_mono = self._outcome(item.message), self._clock.mono()
            self.ended.append(item.message)
        batch.finished.extend(items)
        self._next(batch)

    def _end(self, batch: MicroBatch) -> None:
        self._current.pop(batch, None)
        batch.ended_mono = self._clock.mono()
        self.idle += 1
        if self._on_ended is not None:
            self._on_ended([batch])
