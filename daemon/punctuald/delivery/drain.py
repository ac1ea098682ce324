"""The stop of a worker's delivery, in an order that wastes no receive, and what became of each message."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Callable, Collection, Mapping, Sequence

from punctuald.clock import Clock

from .consumer import Consumer
from .handler_pool import HandlerPool
from .in_flight import Fate, InFlight

LOOK_SECONDS = 0.02


class Drain:
    """The steps of a stop, for the worker to call one after the other:

    `begin` → `emptied` → `release_all` → `flushed` → `end` → `closed` → `fates`. Leases are renewed until `end`.
    """

    def __init__(self, consumers: Sequence[Consumer], pools: Sequence[HandlerPool], clock: Clock) -> None:
        self._consumers = consumers
        self._by_queue = {consumer.options.index: consumer for consumer in consumers}
        self._pools = pools
        self._clock = clock
        self._watched: dict[InFlight, None] = {}
        self._receiving: set[Consumer] = set()  # their last receives may still bring something, or take it back

    def begin(self, until_mono: float) -> None:
        """Receive no more, and go on with what is in flight; messages that the source won't bring again start first.

        What can't end before ``until_mono`` goes back as soon as no receive of our own can bring it again, so that
        others can have it soon.
        """
        for consumer in self._consumers:
            self._watched.update(dict.fromkeys(consumer.table.all()))
            consumer.stop_receiving(until_mono)
        for pool in self._pools:
            pool.lone_runs.stop()
        self._receiving.update(self._consumers)
        self._all_is_here(until_mono)

    async def emptied(self, until_mono: float, is_over: Callable[[], bool]) -> bool:
        """Wait until everything is handled and no receive is under way. False where ``until_mono`` passed or
        ``is_over`` became true first."""
        while not (await self._all_received() and self._is_empty()):  # in this order: a last receive may bring messages
            if self._clock.mono() >= until_mono or is_over():
                return False
            await asyncio.sleep(LOOK_SECONDS)
            self._all_is_here(until_mono)
        return True

    @property
    def awaits_a_start(self) -> bool:
        """Whether something that is held, or on its way here, will find a free slot."""
        return any(
            consumer.pool.runner.idle > 0 and (consumer.is_receiving or consumer.has_unstarted)
            for consumer in self._consumers
        )

    async def received(self, until_mono: float, is_over: Callable[[], bool]) -> bool:
        """Wait until no receive is under way; what one brings after `release_all` goes back. False as for `emptied`."""
        while not await self._all_received():
            if self._clock.mono() >= until_mono or is_over():
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    def release_all(self) -> None:
        """Give back what waits and what still runs. Outcomes that come after this are ignored."""
        for pool in self._pools:
            pool.dispatcher.close()
            pool.lone_runs.close()
        for consumer in self._consumers:
            self._watched.update(dict.fromkeys(consumer.release_all()))
        for pool in self._pools:
            pool.runner.cancel()

    async def flushed(self, timeout_seconds: float) -> bool:
        """Wait until every settlement was made. False where ``timeout_seconds`` passed first."""
        return all(await asyncio.gather(*(consumer.flushed(timeout_seconds) for consumer in self._consumers)))

    def end(self) -> None:
        """Stop everything, the leases last."""
        for consumer in self._consumers:
            consumer.end()

    async def closed(self, timeout_seconds: float) -> bool:
        """Let go of the sources: whoever shares a log with us has our partitions then, and need not find out that we
        are gone. False where ``timeout_seconds`` passed first; the process ends all the same."""
        closing = [asyncio.ensure_future(consumer.options.source.close()) for consumer in self._consumers]
        _, left = await asyncio.wait(closing, timeout=timeout_seconds)
        return not left

    def fates(self) -> Mapping[str, Fate]:
        """By message id: what became of everything that was in flight at the stop, or is still."""
        left = [item for consumer in self._consumers for item in consumer.table.all()]
        return {item.id: item.fate or Fate.LEFT_TO_EXPIRE for item in (*self._watched, *left)}

    def summary(self) -> dict[str, int]:
        """How many met which fate: the fields of one log line."""
        counts = Tally(self.fates().values())
        return {fate.value: counts[fate] for fate in Fate}

    def _is_last_receive(self, item: InFlight) -> bool:
        return self._by_queue[item.queue].redrive.is_last_receive(item)

    def _all_is_here(self, until_mono: float) -> None:
        """Once for each consumer, when its last receive is over: order what there is, and give back the surplus."""
        arrived = {consumer for consumer in self._receiving if not consumer.is_receiving}
        if not arrived:
            return
        self._receiving -= arrived
        for consumer in arrived:
            consumer.limited.release_paused()
        for pool in self._pools:
            pool.dispatcher.start_first(self._is_last_receive)
            for item in pool.dispatcher.too_late(until_mono - self._clock.mono()):
                self._release(item, arrived)
        for consumer in arrived:
            for item in consumer.limited.beyond(until_mono - self._clock.mono()):
                self._release(item, arrived)

    def _release(self, item: InFlight, arrived: Collection[Consumer]) -> None:
        consumer = self._by_queue[item.queue]
        if consumer in arrived and item.group is None and not self._is_last_receive(item):
            consumer.release_unstarted([item])

    def _is_empty(self) -> bool:
        return not any(consumer.table.unsettled() for consumer in self._consumers)

    async def _all_received(self) -> bool:
        return all([await consumer.received(0.0) for consumer in self._consumers])
