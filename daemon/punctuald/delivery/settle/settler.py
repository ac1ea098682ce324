"""Decides when and in which batches messages are deleted, given back or dead-lettered; `settlement_call` does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from math import inf

from punctuald.delivery.error_back_off import ErrorBackOff
from punctuald.delivery.in_flight import State
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.tasks import TaskPool
from punctuald.delivery.timer import Timer
from punctuald.delivery.worker_context import WorkerContext

from .settlement import ACKNOWLEDGE, Action, Settlement, linger_until_mono
from .settlement_call import Settled, settle
from .settlement_queue import SettlementQueue

CALLS_AT_ONCE = 32
"""Of one queue. Where acknowledging takes 20 ms these are 16,000 messages a second."""


class Settler:
    """Settles one queue's messages: what is due goes in batches, several calls at once.

    ``on_settled`` is called with what came of each call that the source answered. A call that did not happen as a
    whole is tried again by us, after a back-off of its own kind.
    """

    def __init__(self, options: QueueOptions, context: WorkerContext, on_settled: Callable[[Settled], None]) -> None:
        self._source = options.source
        self._clock = context.clock
        self._on_settled = on_settled
        self._queue = SettlementQueue(options.source.limits.largest_batch)
        self._back_offs = {action: ErrorBackOff(action, options, context) for action in Action}
        self._linger_seconds = 0.0 if options.source.ordered else options.ack_linger_seconds
        self._calls: TaskPool[Sequence[Settlement]] = TaskPool(self._settle_batch, self._go_on)
        self._timer = Timer(context.clock, self._begin_due)
        self._emptied = asyncio.Event()
        self._emptied.set()

    def submit(self, settlements: Sequence[Settlement], due_mono: float) -> None:
        """Have them carried out from ``due_mono`` on, in their order; first acknowledgements may linger after it."""
        if not settlements:
            return
        self._emptied.clear()
        patient = [each for each in settlements if _may_linger(each)]
        if patient:
            self._queue.linger(patient, self._linger_until_mono(patient, due_mono))
        if len(patient) < len(settlements):
            for settlement in settlements:  # in their order: a group comes back in it
                if not _may_linger(settlement):
                    settlement.item.releasing = settlement.action is Action.RELEASE
                    self._queue.add(settlement, due_mono)
        self._begin_due()

    def _linger_until_mono(self, patient: list[Settlement], due_mono: float) -> float:
        return linger_until_mono(patient, self._linger_seconds, due_mono) if self._linger_seconds else due_mono

    def flush_soon(self) -> None:
        """Linger no more, from now on."""
        self._linger_seconds = 0.0
        self._queue.flush_soon(self._clock.mono())
        self._begin_due()

    async def flushed(self, timeout_seconds: float) -> bool:
        """Linger no more, and wait until everything is out. False where ``timeout_seconds`` passed first."""
        self.flush_soon()
        try:
            async with asyncio.timeout(max(0.0, timeout_seconds)):
                await self._emptied.wait()
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        """Begin no call any more. What is still in here is left to expire, so `flushed` comes first."""
        self._timer.stop()
        self._calls.cancel()

    def _begin_due(self) -> None:
        now_mono = self._clock.mono()
        while self._calls.busy < CALLS_AT_ONCE and (batch := self._queue.take(now_mono)):
            self._calls.start(batch)
        due_mono = self._queue.next_due_mono()
        if due_mono > now_mono and due_mono != inf:
            self._timer.by(due_mono)

    async def _settle_batch(self, batch: Sequence[Settlement]) -> None:
        if batch[0].action is Action.RELEASE:  # a message may have been received again before its release was sent
            batch = [settlement for settlement in batch if settlement.item.state is not State.GONE]
        begun_mono = self._clock.mono()
        settled = await settle(self._source, batch) if batch else Settled(Action.RELEASE)
        if settled.error is None:
            self._back_offs[settled.action].ended()
            self._on_settled(settled)
        else:
            self._put_off(settled.action, batch, self._back_offs[settled.action].failed(settled.error, begun_mono))

    def _go_on(self) -> None:
        self._begin_due()
        if not self._calls.busy and not self._queue:
            self._emptied.set()

    def _put_off(self, action: Action, batch: Sequence[Settlement], seconds: float) -> None:
        """The call as a whole failed: try the batch again after ``seconds``, and no call of this kind before."""
        again_mono = self._clock.mono() + seconds
        self._queue.pause_until(action, again_mono)
        for settlement in batch:
            settlement.attempts += 1
            self._queue.add(settlement, again_mono)


def _may_linger(settlement: Settlement) -> bool:
    """Whether it may share a request with later ones: an acknowledgement that did not fail before."""
    return settlement.action is ACKNOWLEDGE and not settlement.attempts
